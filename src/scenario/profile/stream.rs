//! Systems that keep a stream: Kafka, `JetStream`, `RocketMQ`, Redis Streams, Pulsar.

use crate::quantity::Span;
use crate::scenario::model::{AckMode, AfterLimit, LateAck, OnConnectionLoss, OnTimeout, Ordering, Requeue};

use super::{Kind, Profile, from, minutes, seconds};

const POLL: &str = "kafka.apache.org/documentation: max.poll.interval.ms 300 000, session.timeout.ms 45 000";
const REBALANCE: &str =
    "kafka.apache.org/documentation, group protocol: whoever leaves gives its partitions to the others";
const OFFSETS: &str = "kafka.apache.org/documentation: a group's position is an offset per partition";
const SEQUENCE: &str = "kafka.apache.org/documentation: enable.idempotence, true by default since 3.0; sequence numbers per partition";

/// A topic of Apache Kafka, consumed by a group.
pub(super) const KAFKA: Profile = Profile {
    name: "kafka",
    describes: "Apache Kafka 4.0 (classic group protocol)",
    kind: from(Kind::Log, "kafka.apache.org/documentation: a topic is a log in partitions"),
    model: from("pull by offset", OFFSETS),
    window: from(Some(500), "kafka.apache.org/documentation: max.poll.records 500"),
    acks: from("offset, cumulative", OFFSETS),
    ack: from(
        AckMode::Every(seconds(5)),
        "kafka.apache.org/documentation: enable.auto.commit true, auto.commit.interval.ms 5 000",
    ),
    ack_timeout: from(Some(minutes(5)), POLL),
    ack_timeout_check: from(Span::ZERO, POLL),
    least_ack_timeout: from(Span::ZERO, POLL),
    on_timeout: from(OnTimeout::ReturnChannel, REBALANCE),
    on_connection_loss: from(OnConnectionLoss::Wait, REBALANCE),
    heartbeat: from(Some(seconds(45)), POLL),
    requeue: from(Requeue::OriginalPlace, OFFSETS),
    redelivery: from(&[], OFFSETS),
    ordering: from(Ordering::Free, OFFSETS),
    max_deliveries: from(None, "the broker counts no deliveries"),
    after_limit: from(AfterLimit::DeadLetter, "dead letters are the application's business"),
    late_ack: from(LateAck::Ignore, "kafka.apache.org/documentation: a commit of an old generation fails"),
    dedup: from(false, SEQUENCE),
    dedup_window: from(None, SEQUENCE),
    idempotent_producers: from(true, SEQUENCE),
    handshake_round_trips: from(2, "TCP and ApiVersions: one round trip each"),
    single_ack_can_vanish: from(true, "a commit is a request of its own, which can fail alone"),
    redelivered: from(
        "none",
        "kafka.apache.org/documentation, record format: nothing tells a second reading",
    ),
    order: from("per partition", "kafka.apache.org/documentation"),
    confirm: from(
        "all in-sync replicas",
        "kafka.apache.org/documentation: acks=all; with min.insync.replicas 1 perhaps the leader alone",
    ),
};

const ACK_WAIT: &str = "docs.nats.io, JetStream consumers: AckWait 30 s by default";
const MAX_DELIVER: &str = "docs.nats.io, JetStream consumers: MaxDeliver unlimited by default; beyond it a message stays in the stream and is not delivered";
const WINDOW: &str = "docs.nats.io, JetStream streams: duplicate window 2 min by default, by Nats-Msg-Id";
const NAK: &str = "docs.nats.io, JetStream consumers: redeliveries go before new messages";

/// A stream of NATS with a consumer that acks each message.
pub(super) const JETSTREAM: Profile = Profile {
    name: "jetstream",
    describes: "NATS 2.11 JetStream (durable consumer, explicit acks)",
    kind: from(Kind::Queue, "docs.nats.io, JetStream: work-queue retention"),
    model: from("lease", ACK_WAIT),
    // Model: the vendor's window is one for all instances of a consumer, ours is of each.
    window: from(Some(1000), "docs.nats.io, JetStream consumers: MaxAckPending 1000 by default"),
    acks: from("each", "docs.nats.io, JetStream consumers: AckExplicit"),
    ack: from(AckMode::AfterHandling, "docs.nats.io, JetStream consumers: AckExplicit"),
    ack_timeout: from(Some(seconds(30)), ACK_WAIT),
    ack_timeout_check: from(Span::ZERO, ACK_WAIT),
    least_ack_timeout: from(Span::ZERO, ACK_WAIT),
    on_timeout: from(OnTimeout::ReturnOne, ACK_WAIT),
    on_connection_loss: from(
        OnConnectionLoss::Wait,
        "docs.nats.io, JetStream consumers: a consumer outlives connections, AckWait alone counts",
    ),
    heartbeat: from(None, ACK_WAIT),
    requeue: from(Requeue::Head, NAK),
    redelivery: from(&[], "docs.nats.io: a plain nak redelivers at once"),
    ordering: from(Ordering::Free, "docs.nats.io: pull consumers share a stream, whatever it is about"),
    max_deliveries: from(None, MAX_DELIVER),
    after_limit: from(AfterLimit::Keep, MAX_DELIVER),
    late_ack: from(
        LateAck::Accept,
        "nats-server, consumer.go: an ack names the stream sequence, whichever delivery it answers",
    ),
    dedup: from(true, WINDOW),
    dedup_window: from(Some(minutes(2)), WINDOW),
    idempotent_producers: from(false, WINDOW),
    handshake_round_trips: from(
        3,
        "docs.nats.io, client protocol: TCP, INFO and CONNECT, PING: one round trip each",
    ),
    single_ack_can_vanish: from(true, "an ack is a message of its own, which nobody confirms"),
    redelivered: from("count", "docs.nats.io: the reply subject has the number of deliveries"),
    order: from("per stream", "docs.nats.io, JetStream streams"),
    confirm: from("stored, R replicas", "docs.nats.io, JetStream: PubAck after a quorum of the replicas"),
};

const CONSUME_TIMEOUT: &str = "DefaultMQPushConsumer: consumeTimeout 15 min, then sent back to the broker";
const RETRIES: &str = "DefaultMQPushConsumer: maxReconsumeTimes 16, then %DLQ%group";
const LEVELS: &str = "messageDelayLevel from its third entry on, as consumers ask for it: 10 s, 30 s, 1 to 10 min, 20 min, 30 min, 1 h, 2 h";
const RETRY_TOPIC: &str = "rocketmq.apache.org/docs, consumption retry: sent to %RETRY%group";
const NO_DEDUP: &str = "rocketmq.apache.org/docs: consumers have to be idempotent";

/// A topic of `RocketMQ` with a concurrent push consumer.
pub(super) const ROCKETMQ: Profile = Profile {
    name: "rocketmq",
    describes: "Apache RocketMQ 5 (push consumer, concurrent)",
    kind: from(Kind::Queue, RETRY_TOPIC),
    model: from("lease / offset", "rocketmq.apache.org/docs: push consumers pull, and commit offsets"),
    window: from(Some(32), "DefaultMQPushConsumer: pullBatchSize 32"),
    acks: from("each", "ConsumeConcurrentlyStatus, for each message with a batch size of 1"),
    ack: from(AckMode::AfterHandling, "ConsumeConcurrentlyStatus: returned by the listener when it is done"),
    ack_timeout: from(Some(minutes(15)), CONSUME_TIMEOUT),
    ack_timeout_check: from(Span::ZERO, CONSUME_TIMEOUT),
    least_ack_timeout: from(minutes(1), "DefaultMQPushConsumer: consumeTimeout is counted in minutes"),
    on_timeout: from(OnTimeout::ReturnOne, CONSUME_TIMEOUT),
    on_connection_loss: from(
        OnConnectionLoss::Return,
        "rocketmq.apache.org/docs, load balancing: its queues go to the rest of the group",
    ),
    heartbeat: from(None, CONSUME_TIMEOUT),
    requeue: from(Requeue::Tail, RETRY_TOPIC),
    redelivery: from(
        &[
            seconds(10),
            seconds(30),
            minutes(1),
            minutes(2),
            minutes(3),
            minutes(4),
            minutes(5),
            minutes(6),
            minutes(7),
            minutes(8),
            minutes(9),
            minutes(10),
            minutes(20),
            minutes(30),
            minutes(60),
            minutes(120),
        ],
        LEVELS,
    ),
    ordering: from(Ordering::Free, "MessageListenerConcurrently"),
    // The vendor's 16 counts retries; ours counts all deliveries.
    max_deliveries: from(Some(17), RETRIES),
    after_limit: from(AfterLimit::DeadLetter, RETRIES),
    late_ack: from(LateAck::Ignore, "it was sent back, and is another message by now"),
    dedup: from(false, NO_DEDUP),
    dedup_window: from(None, NO_DEDUP),
    idempotent_producers: from(false, NO_DEDUP),
    handshake_round_trips: from(2, "TCP and the first heartbeat: one round trip each"),
    single_ack_can_vanish: from(true, "offsets are committed by requests of their own"),
    redelivered: from("count", "MessageExt.getReconsumeTimes"),
    order: from("per queue", "rocketmq.apache.org/docs, ordered messages"),
    confirm: from("flush setting", "rocketmq.apache.org/docs: flushDiskType, ASYNC_FLUSH by default"),
};

const PENDING: &str =
    "redis.io/docs, XREADGROUP: what was not XACKed stays in the consumer's pending entries list";
const CLAIM: &str =
    "redis.io/docs, XAUTOCLAIM: another consumer takes over what has been idle for long enough, if it asks";
const NO_REDIS_DEDUP: &str = "redis.io/docs, XADD: every call adds an entry";

/// A stream of Redis with a consumer group.
pub(super) const REDIS_STREAMS: Profile = Profile {
    name: "redis-streams",
    describes: "Redis 7 Streams (consumer group)",
    kind: from(Kind::Queue, PENDING),
    model: from("pull, pending list", PENDING),
    // Model: XREADGROUP reads on while entries are pending; here they count against the prefetch.
    window: from(Some(10), "redis.io/docs, XREADGROUP: COUNT says how many, at each call; 10 is usual"),
    acks: from("each", "redis.io/docs, XACK"),
    ack: from(AckMode::AfterHandling, "redis.io/docs, XACK: sent by the client when it is done"),
    ack_timeout: from(None, CLAIM),
    ack_timeout_check: from(Span::ZERO, CLAIM),
    least_ack_timeout: from(Span::ZERO, CLAIM),
    on_timeout: from(OnTimeout::ReturnOne, CLAIM),
    on_connection_loss: from(OnConnectionLoss::Wait, PENDING),
    heartbeat: from(None, PENDING),
    requeue: from(Requeue::Head, CLAIM),
    redelivery: from(&[], CLAIM),
    ordering: from(Ordering::Free, PENDING),
    max_deliveries: from(None, "redis.io/docs, XPENDING: deliveries are counted, nothing follows"),
    after_limit: from(AfterLimit::DeadLetter, "dead letters are the application's business"),
    late_ack: from(LateAck::Accept, "redis.io/docs, XACK: by entry id, whoever has claimed it"),
    dedup: from(false, NO_REDIS_DEDUP),
    dedup_window: from(None, NO_REDIS_DEDUP),
    idempotent_producers: from(false, NO_REDIS_DEDUP),
    handshake_round_trips: from(2, "TCP and HELLO: one round trip each"),
    single_ack_can_vanish: from(true, "XACK is a request of its own, which can fail alone"),
    redelivered: from("count", "redis.io/docs, XPENDING: the number of deliveries"),
    order: from("per stream", "redis.io/docs, streams"),
    confirm: from("reply", "redis.io/docs, persistence: the reply to XADD; appendfsync everysec by default"),
};

const SHARED: &str = "pulsar.apache.org/docs, Key_Shared: messages with the same key go to one consumer";
const ACK_TIMEOUT: &str =
    "ConsumerBuilder.ackTimeout: off by default, at least 1 s, looked at every 1 s (ackTimeoutTickTime)";
const NEGATIVE: &str = "ConsumerBuilder.negativeAckRedeliveryDelay: 1 min by default";
const NO_LIMIT: &str = "pulsar.apache.org/docs: no dead-letter policy unless one is set (maxRedeliverCount)";
const BROKER_DEDUP: &str =
    "pulsar.apache.org/docs, message deduplication: brokerDeduplicationEnabled, false by default";

/// A topic of Pulsar with a key-shared subscription.
pub(super) const PULSAR: Profile = Profile {
    name: "pulsar",
    describes: "Apache Pulsar 4.0 (key-shared subscription)",
    kind: from(Kind::Queue, SHARED),
    model: from("push", "pulsar.apache.org/docs: the broker pushes while the receiver queue has room"),
    window: from(Some(1000), "ConsumerBuilder.receiverQueueSize: 1000 by default"),
    acks: from("each / cumulative", "pulsar.apache.org/docs, acknowledgment (key-shared: each)"),
    ack: from(
        AckMode::AfterHandling,
        "pulsar.apache.org/docs, acknowledgment: sent by the client when it is done",
    ),
    ack_timeout: from(None, ACK_TIMEOUT),
    ack_timeout_check: from(seconds(1), ACK_TIMEOUT),
    least_ack_timeout: from(seconds(1), ACK_TIMEOUT),
    on_timeout: from(OnTimeout::ReturnOne, ACK_TIMEOUT),
    on_connection_loss: from(
        OnConnectionLoss::Return,
        "pulsar.apache.org/docs: unacked messages go to the other consumers when one disconnects",
    ),
    heartbeat: from(
        Some(seconds(60)),
        "broker.conf, keepAliveIntervalSeconds 30: closed when a ping stays unanswered for the next interval",
    ),
    requeue: from(Requeue::OriginalPlace, SHARED),
    // Model: there only negative acks wait; a message whose ack timeout is over goes out at once.
    redelivery: from(&[seconds(60)], NEGATIVE),
    ordering: from(Ordering::KeyToOneConsumer, SHARED),
    max_deliveries: from(None, NO_LIMIT),
    after_limit: from(AfterLimit::DeadLetter, NO_LIMIT),
    late_ack: from(LateAck::Accept, "pulsar.apache.org/docs, acknowledgment: by message id, whoever has it"),
    dedup: from(true, BROKER_DEDUP),
    dedup_window: from(None, BROKER_DEDUP),
    idempotent_producers: from(false, BROKER_DEDUP),
    handshake_round_trips: from(
        4,
        "pulsar.apache.org/docs, binary protocol: TCP, CONNECT, LOOKUP, SUBSCRIBE: one round trip each",
    ),
    single_ack_can_vanish: from(false, "one TCP connection delivers everything in order or breaks"),
    redelivered: from("count", "pulsar.apache.org/docs, binary protocol: redelivery_count"),
    order: from("per key", SHARED),
    confirm: from("stored", "pulsar.apache.org/docs: the ack quorum of bookies has it on disk"),
};
