//! The textbook queue, and `RabbitMQ`, which comes closest to it.

use crate::quantity::Span;
use crate::scenario::model::{AckMode, AfterLimit, LateAck, OnConnectionLoss, OnTimeout, Ordering, Requeue};

use super::{Kind, Profile, from, minutes, seconds};

const TEXTBOOK: &str = "the textbook queue";

/// The textbook queue.
pub(super) const PLAIN: Profile = Profile {
    name: "plain",
    describes: "the textbook queue, no product",
    kind: from(Kind::Queue, TEXTBOOK),
    model: from("push", TEXTBOOK),
    window: from(Some(10), TEXTBOOK),
    acks: from("each", TEXTBOOK),
    ack: from(AckMode::AfterHandling, TEXTBOOK),
    ack_timeout: from(Some(seconds(30)), TEXTBOOK),
    ack_timeout_check: from(Span::ZERO, TEXTBOOK),
    least_ack_timeout: from(Span::ZERO, TEXTBOOK),
    on_timeout: from(OnTimeout::ReturnOne, TEXTBOOK),
    on_connection_loss: from(OnConnectionLoss::Return, TEXTBOOK),
    heartbeat: from(None, TEXTBOOK),
    requeue: from(Requeue::OriginalPlace, TEXTBOOK),
    redelivery: from(&[], TEXTBOOK),
    ordering: from(Ordering::Free, TEXTBOOK),
    max_deliveries: from(None, TEXTBOOK),
    after_limit: from(AfterLimit::DeadLetter, TEXTBOOK),
    late_ack: from(LateAck::Ignore, TEXTBOOK),
    dedup: from(true, TEXTBOOK),
    dedup_window: from(None, "off unless `dedup_window` is given"),
    idempotent_producers: from(false, TEXTBOOK),
    handshake_round_trips: from(0, TEXTBOOK),
    single_ack_can_vanish: from(true, TEXTBOOK),
    redelivered: from("flag and count", TEXTBOOK),
    order: from("per queue", TEXTBOOK),
    confirm: from("stored", TEXTBOOK),
};

const ACK_TIMEOUT: &str =
    "rabbitmq.com/docs/consumers: delivery acknowledgement timeout, default 30 min, checked every minute";
const CHANNEL: &str = "rabbitmq.com/docs/consumers: the channel is closed with PRECONDITION_FAILED and its deliveries are requeued";
const CLOSED: &str =
    "rabbitmq.com/docs/confirms: unacked deliveries are requeued when the channel or connection closes";
const DEAD_LETTERS: &str =
    "rabbitmq.com/docs/dlx: dead-lettered if an exchange for it is configured, dropped otherwise";
const DEDUP: &str = "rabbitmq.com/docs/reliability: deduplication is the consumer's business";

/// A classic queue of `RabbitMQ` 4.2.
pub(super) const RABBITMQ_CLASSIC: Profile = Profile {
    name: "rabbitmq-classic",
    describes: "RabbitMQ 4.2 (classic queue)",
    kind: from(Kind::Queue, "rabbitmq.com/docs/classic-queues"),
    model: from("push", "rabbitmq.com/docs/consumers: basic.consume has deliveries pushed"),
    window: from(None, "rabbitmq.com/docs/consumer-prefetch: no limit unless basic.qos sets one"),
    acks: from("each / up to", "rabbitmq.com/docs/confirms: basic.ack with or without `multiple`"),
    ack: from(
        AckMode::AfterHandling,
        "rabbitmq.com/docs/confirms: manual acknowledgement, sent by the client when it is done",
    ),
    ack_timeout: from(Some(minutes(30)), ACK_TIMEOUT),
    ack_timeout_check: from(seconds(60), ACK_TIMEOUT),
    least_ack_timeout: from(seconds(60), ACK_TIMEOUT),
    on_timeout: from(OnTimeout::ReturnChannel, CHANNEL),
    on_connection_loss: from(OnConnectionLoss::Return, CLOSED),
    heartbeat: from(Some(seconds(60)), "rabbitmq.com/docs/heartbeats: timeout 60 s by default"),
    requeue: from(
        Requeue::OriginalPlace,
        "rabbitmq.com/docs/confirms: requeued to its original position if possible, or closer to the head",
    ),
    redelivery: from(&[], "rabbitmq.com/docs/nack: ready for redelivery at once"),
    ordering: from(
        Ordering::Free,
        "rabbitmq.com/docs/queues: consumers compete, whatever the message is about",
    ),
    max_deliveries: from(None, "rabbitmq.com/docs/classic-queues: no delivery limit"),
    after_limit: from(AfterLimit::DeadLetter, DEAD_LETTERS),
    late_ack: from(
        LateAck::Ignore,
        "AMQP 0-9-1: a delivery tag is valid on its own channel only, which is gone",
    ),
    dedup: from(false, DEDUP),
    dedup_window: from(None, DEDUP),
    idempotent_producers: from(false, DEDUP),
    handshake_round_trips: from(
        7,
        "AMQP 0-9-1, connection and channel classes: TCP, start, tune, open, channel.open, basic.qos, basic.consume: one round trip each",
    ),
    single_ack_can_vanish: from(false, "one TCP connection delivers everything in order or breaks"),
    redelivered: from("flag", "rabbitmq.com/docs/consumers: the redelivered property of a delivery"),
    order: from("per queue", "rabbitmq.com/docs/queues: FIFO, but for returns and priorities"),
    confirm: from(
        "on disk if durable",
        "rabbitmq.com/docs/confirms: persistent messages are confirmed when they are on disk",
    ),
};

/// A quorum queue of `RabbitMQ` 4.2.
pub(super) const RABBITMQ_QUORUM: Profile = Profile {
    name: "rabbitmq-quorum",
    describes: "RabbitMQ 4.2 (quorum queue)",
    kind: from(Kind::Queue, "rabbitmq.com/docs/quorum-queues"),
    window: from(
        Some(2000),
        "rabbit_fifo: at most 2000 unsettled messages per consumer where no prefetch is set",
    ),
    requeue: from(Requeue::Head, "rabbitmq.com/docs/quorum-queues: returned messages are delivered first"),
    // Model: the vendor's limit of 20 counts redeliveries; ours counts all deliveries.
    max_deliveries: from(Some(21), "rabbitmq.com/docs/quorum-queues: delivery limit 20 by default since 4.0"),
    redelivered: from("flag and count", "rabbitmq.com/docs/quorum-queues: the x-delivery-count header"),
    confirm: from(
        "a quorum has it",
        "rabbitmq.com/docs/quorum-queues: written to a majority of the replicas",
    ),
    ..RABBITMQ_CLASSIC
};
