//! Profiles: what real systems do by default, as data, each value with where it is written.
//!
//! Reading a queue starts from its profile; `reference` prints this table. Knows no YAML.
//!
//! - `amqp`: the textbook queue and `RabbitMQ`
//! - `cloud`: Amazon SQS
//! - `stream`: systems that keep a stream and remember who has got what
//! - `reference`: the table as words

mod amqp;
mod cloud;
mod reference;
mod stream;

use crate::quantity::Span;

use super::model::{AckMode, AfterLimit, LateAck, OnConnectionLoss, OnTimeout, Ordering, Requeue};

pub use self::reference::Row;

/// A value and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// A page of the vendor's documentation, or the reason.
    pub source: &'static str,
}

/// A named set of defaults of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// As written under `profile:`.
    pub name: &'static str,
    /// The system and version it describes.
    pub describes: &'static str,
    /// Whether it is a work queue or a log.
    pub kind: Sourced<Kind>,
    /// How its consumers come to their messages, in words.
    pub model: Sourced<&'static str>,
    /// A consumer's prefetch where it does not say; `None`: unlimited. For a log: what one poll returns.
    pub window: Sourced<Option<u32>>,
    /// What one ack settles there, in words; here each settles one delivery, or a log's offset.
    pub acks: Sourced<&'static str>,
    /// When a consumer acks that does not say.
    pub ack: Sourced<AckMode>,
    /// How long a delivery may stay unacked.
    pub ack_timeout: Sourced<Option<Span>>,
    /// How often that is looked at; zero: at once.
    pub ack_timeout_check: Sourced<Span>,
    /// Shorter ack timeouts are possible here and not there.
    pub least_ack_timeout: Sourced<Span>,
    /// What a timeout returns.
    pub on_timeout: Sourced<OnTimeout>,
    /// What a broken connection does to its unacked copies.
    pub on_connection_loss: Sourced<OnConnectionLoss>,
    /// When a silent peer is noticed.
    pub heartbeat: Sourced<Option<Span>>,
    /// Where a returned copy goes.
    pub requeue: Sourced<Requeue>,
    /// How long it stays hidden before its second delivery, its third, and so on; none: at once.
    pub redelivery: Sourced<&'static [Span]>,
    /// What may be under way at once.
    pub ordering: Sourced<Ordering>,
    /// Deliveries in all.
    pub max_deliveries: Sourced<Option<u32>>,
    /// What follows the last of them.
    pub after_limit: Sourced<AfterLimit>,
    /// What a late ack does.
    pub late_ack: Sourced<LateAck>,
    /// Whether the broker itself can remember message ids.
    pub dedup: Sourced<bool>,
    /// How long it does.
    pub dedup_window: Sourced<Option<Span>>,
    /// Whether a client's retries are recognised by their sequence numbers.
    pub idempotent_producers: Sourced<bool>,
    /// Round trips before a reopened connection can be used.
    pub handshake_round_trips: Sourced<u32>,
    /// Whether a single ack can vanish while its connection stays up.
    pub single_ack_can_vanish: Sourced<bool>,
    /// How a consumer can tell a redelivery there, in words.
    pub redelivered: Sourced<&'static str>,
    /// Within what messages stay in order there, in words.
    pub order: Sourced<&'static str>,
    /// What a confirm promises there, in words; here it follows `broker:` and `durable`.
    pub confirm: Sourced<&'static str>,
}

/// What keeps the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A work queue: what was acked is gone.
    Queue,
    /// A log: what was consumed stays.
    Log,
}

/// The profile of a queue that names none.
pub const DEFAULT_PROFILE: &Profile = &amqp::PLAIN;

/// All profiles, in the order of the reference.
pub const PROFILES: &[&Profile] = &[
    &amqp::PLAIN,
    &amqp::RABBITMQ_CLASSIC,
    &amqp::RABBITMQ_QUORUM,
    &stream::KAFKA,
    &cloud::SQS,
    &cloud::SQS_FIFO,
    &stream::JETSTREAM,
    &stream::ROCKETMQ,
    &stream::REDIS_STREAMS,
    &stream::PULSAR,
];

/// The profile of this name.
#[must_use]
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().copied().find(|profile| profile.name == name)
}

const fn from<T>(value: T, source: &'static str) -> Sourced<T> {
    Sourced { value, source }
}

const fn seconds(seconds: u64) -> Span {
    Span::from_seconds(seconds)
}

const fn minutes(minutes: u64) -> Span {
    Span::from_seconds(60 * minutes)
}
