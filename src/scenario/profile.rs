//! Profiles: what real systems do by default, as data, each value with where it is written.
//!
//! Reading a queue starts from its profile; the reference prints this table. Knows no YAML.

use crate::quantity::Span;

use super::model::{LateAck, OnConnectionLoss, OnTimeout, Requeue};

/// A value and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// A page of the vendor's documentation, or the reason.
    pub source: &'static str,
}

/// A named set of defaults of a queue.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// As written under `profile:`.
    pub name: &'static str,
    /// The system and version it describes.
    pub describes: &'static str,
    /// A consumer's prefetch where it does not say; `None`: unlimited.
    pub window: Sourced<Option<u32>>,
    /// How long a delivery may stay unacked.
    pub ack_timeout: Sourced<Option<Span>>,
    /// How often that is looked at; zero: at once.
    pub ack_timeout_check: Sourced<Span>,
    /// Shorter ack timeouts are possible here and not there.
    pub least_ack_timeout: Sourced<Span>,
    /// What a timeout returns.
    pub on_timeout: Sourced<OnTimeout>,
    /// Deliveries in all.
    pub max_deliveries: Sourced<Option<u32>>,
    /// Where a returned copy goes.
    pub requeue: Sourced<Requeue>,
    /// What a broken connection does to its unacked copies.
    pub on_connection_loss: Sourced<OnConnectionLoss>,
    /// When a silent peer is noticed.
    pub heartbeat: Sourced<Option<Span>>,
    /// What a late ack does.
    pub late_ack: Sourced<LateAck>,
    /// Round trips before a reopened connection can be used.
    pub handshake_round_trips: Sourced<u32>,
    /// Whether the broker itself can remember message ids.
    pub dedup: Sourced<bool>,
    /// Whether a single ack can vanish while its connection stays up.
    pub single_ack_can_vanish: Sourced<bool>,
}

/// Profiles the language has and this version does not.
pub const LATER_PROFILES: &[&str] =
    &["kafka", "sqs-fifo", "jetstream", "rocketmq", "redis-streams", "pulsar"];

/// The profile of a queue that names none.
pub const DEFAULT_PROFILE: &Profile = &PLAIN;

/// All profiles, in the order of the reference.
pub const PROFILES: &[&Profile] = &[&PLAIN, &RABBITMQ_CLASSIC, &RABBITMQ_QUORUM, &SQS];

/// The profile of this name.
#[must_use]
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().copied().find(|profile| profile.name == name)
}

const fn from<T>(value: T, source: &'static str) -> Sourced<T> {
    Sourced { value, source }
}

const TEXTBOOK: &str = "the textbook queue";

/// The textbook queue.
const PLAIN: Profile = Profile {
    name: "plain",
    describes: "the textbook queue, no product",
    window: from(Some(10), TEXTBOOK),
    ack_timeout: from(Some(Span::from_seconds(30)), TEXTBOOK),
    ack_timeout_check: from(Span::ZERO, TEXTBOOK),
    least_ack_timeout: from(Span::ZERO, TEXTBOOK),
    on_timeout: from(OnTimeout::ReturnOne, TEXTBOOK),
    max_deliveries: from(None, TEXTBOOK),
    requeue: from(Requeue::OriginalPlace, TEXTBOOK),
    on_connection_loss: from(OnConnectionLoss::Return, TEXTBOOK),
    heartbeat: from(None, TEXTBOOK),
    late_ack: from(LateAck::Ignore, TEXTBOOK),
    handshake_round_trips: from(0, TEXTBOOK),
    dedup: from(true, "off unless `dedup_window` is given"),
    single_ack_can_vanish: from(true, TEXTBOOK),
};

const RABBIT_ACK_TIMEOUT: &str =
    "rabbitmq.com/docs/consumers: delivery acknowledgement timeout, default 30 min, checked every minute";
const RABBIT_CHANNEL: &str = "rabbitmq.com/docs/consumers: the channel is closed with PRECONDITION_FAILED and its deliveries are requeued";
const RABBIT_PREFETCH: &str = "rabbitmq.com/docs/consumer-prefetch: no limit unless basic.qos sets one";
const RABBIT_REQUEUE: &str =
    "rabbitmq.com/docs/confirms: requeued to its original position if possible, or closer to the head";
const RABBIT_CLOSED: &str =
    "rabbitmq.com/docs/confirms: unacked deliveries are requeued when the channel or connection closes";
const RABBIT_HEARTBEAT: &str = "rabbitmq.com/docs/heartbeats: timeout 60 s by default";
const RABBIT_LATE: &str = "AMQP 0-9-1: a delivery tag is valid on its own channel only, which is gone";
const RABBIT_HANDSHAKE: &str = "AMQP 0-9-1, connection and channel classes: TCP, start, tune, open, channel.open, basic.qos, basic.consume: one round trip each";
const RABBIT_DEDUP: &str = "rabbitmq.com/docs/reliability: deduplication is the consumer's business";
const RABBIT_TCP: &str = "one TCP connection delivers everything in order or breaks";

/// A classic queue of `RabbitMQ` 4.2.
const RABBITMQ_CLASSIC: Profile = Profile {
    name: "rabbitmq-classic",
    describes: "RabbitMQ 4.2 (classic queue)",
    window: from(None, RABBIT_PREFETCH),
    ack_timeout: from(Some(Span::from_seconds(30 * 60)), RABBIT_ACK_TIMEOUT),
    ack_timeout_check: from(Span::from_seconds(60), RABBIT_ACK_TIMEOUT),
    least_ack_timeout: from(Span::from_seconds(60), RABBIT_ACK_TIMEOUT),
    on_timeout: from(OnTimeout::ReturnChannel, RABBIT_CHANNEL),
    max_deliveries: from(None, "rabbitmq.com/docs/classic-queues: no delivery limit"),
    requeue: from(Requeue::OriginalPlace, RABBIT_REQUEUE),
    on_connection_loss: from(OnConnectionLoss::Return, RABBIT_CLOSED),
    heartbeat: from(Some(Span::from_seconds(60)), RABBIT_HEARTBEAT),
    late_ack: from(LateAck::Ignore, RABBIT_LATE),
    handshake_round_trips: from(7, RABBIT_HANDSHAKE),
    dedup: from(false, RABBIT_DEDUP),
    single_ack_can_vanish: from(false, RABBIT_TCP),
};

/// A quorum queue of `RabbitMQ` 4.2.
const RABBITMQ_QUORUM: Profile = Profile {
    name: "rabbitmq-quorum",
    describes: "RabbitMQ 4.2 (quorum queue)",
    window: from(
        Some(2000),
        "rabbit_fifo: at most 2000 unsettled messages per consumer where no prefetch is set",
    ),
    ack_timeout: from(Some(Span::from_seconds(30 * 60)), RABBIT_ACK_TIMEOUT),
    ack_timeout_check: from(Span::from_seconds(60), RABBIT_ACK_TIMEOUT),
    least_ack_timeout: from(Span::from_seconds(60), RABBIT_ACK_TIMEOUT),
    on_timeout: from(OnTimeout::ReturnChannel, RABBIT_CHANNEL),
    // Model: the vendor's limit of 20 counts redeliveries; ours counts all deliveries.
    max_deliveries: from(Some(21), "rabbitmq.com/docs/quorum-queues: delivery limit 20 by default since 4.0"),
    requeue: from(Requeue::Head, "rabbitmq.com/docs/quorum-queues: returned messages are delivered first"),
    on_connection_loss: from(OnConnectionLoss::Return, RABBIT_CLOSED),
    heartbeat: from(Some(Span::from_seconds(60)), RABBIT_HEARTBEAT),
    late_ack: from(LateAck::Ignore, RABBIT_LATE),
    handshake_round_trips: from(7, RABBIT_HANDSHAKE),
    dedup: from(false, RABBIT_DEDUP),
    single_ack_can_vanish: from(false, RABBIT_TCP),
};

const SQS_VISIBILITY: &str =
    "SQS developer guide, visibility timeout: 30 s by default, whole seconds from 0 to 12 h, per message";
const SQS_DELETE: &str =
    "SQS API, DeleteMessage: an old receipt handle may still delete, unless the message was received again";

/// A standard queue of Amazon SQS.
const SQS: Profile = Profile {
    name: "sqs",
    describes: "Amazon SQS (standard queue)",
    window: from(Some(10), "SQS API, ReceiveMessage: at most 10 messages"),
    ack_timeout: from(Some(Span::from_seconds(30)), SQS_VISIBILITY),
    ack_timeout_check: from(Span::ZERO, SQS_VISIBILITY),
    least_ack_timeout: from(Span::from_seconds(1), SQS_VISIBILITY),
    on_timeout: from(OnTimeout::ReturnOne, SQS_VISIBILITY),
    max_deliveries: from(None, "SQS developer guide, dead-letter queues: none without a redrive policy"),
    // Model: best effort is the original place, which is its likeliest outcome.
    requeue: from(Requeue::OriginalPlace, "SQS developer guide: best-effort ordering"),
    on_connection_loss: from(OnConnectionLoss::Wait, SQS_VISIBILITY),
    heartbeat: from(None, "requests over HTTP: there is no connection to watch, the lease ends"),
    late_ack: from(LateAck::AcceptUnlessRedelivered, SQS_DELETE),
    handshake_round_trips: from(2, "TCP and TLS 1.3: one round trip each"),
    dedup: from(false, "SQS developer guide: only FIFO queues deduplicate"),
    single_ack_can_vanish: from(true, "DeleteMessage is a request of its own, which can fail alone"),
};
