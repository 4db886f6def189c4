//! Queues, logs and consumers, with every setting in place.

use crate::quantity::Span;

use super::{Idempotency, QueueRef, Step};

/// A work queue or a log. Every field holds its final value, whether from the file or the profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Unique among all components.
    pub name: String,
    /// The profile's name, for the report.
    pub profile: String,
    /// How long a delivery may stay unacked; `None`: for ever.
    pub ack_timeout: Option<Span>,
    /// How often timeouts are looked at (multiples of this since the start); zero: at once.
    pub ack_timeout_check: Span,
    /// What a timeout returns.
    pub on_timeout: OnTimeout,
    /// Deliveries in all; `None`: no limit.
    pub max_deliveries: Option<u32>,
    /// Where rejected, expired, overflowing and undeliverable copies go.
    pub dead_letter: Option<QueueRef>,
    /// Ready copies; `None`: no limit.
    pub max_length: Option<u64>,
    /// What happens beyond `max_length`.
    pub overflow: Overflow,
    /// How long a copy may wait.
    pub message_ttl: Option<Span>,
    /// How long a message id is remembered; `None`: no dedup.
    pub dedup_window: Option<Span>,
    /// Whether it outlives its broker.
    pub durable: bool,
    /// What a late ack does.
    pub late_ack: LateAck,
    /// Where a returned copy goes.
    pub requeue: Requeue,
    /// What a broken connection does to its unacked copies.
    pub on_connection_loss: OnConnectionLoss,
    /// When a silent peer (a dead machine) is noticed; `None`: never, the ack timeout alone acts.
    pub heartbeat: Option<Span>,
    /// Round trips before a reopened connection can be used.
    pub handshake_round_trips: u32,
    /// Levels of priority, 0 the lowest; 1 means that priorities do not matter.
    pub priorities: u32,
    /// What may be under way at once.
    pub ordering: Ordering,
    /// How long a returned copy stays hidden.
    pub redelivery: Redelivery,
    /// What becomes of a copy that was delivered `max_deliveries` times.
    pub after_limit: AfterLimit,
    /// Whether a retry of the same client is recognised by its sequence number, for as long as it retries.
    pub idempotent_producers: bool,
    /// What makes it a log; `None`: a work queue.
    pub log: Option<Log>,
}

/// A queue that keeps what was consumed: consumers pull by offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Records with the same key share one, in order; those without a key go to each in turn.
    pub partitions: u32,
    /// How long a record is kept; `None`: for ever.
    pub retention: Option<Span>,
    /// Bytes that one partition keeps; `None`: no limit.
    pub retention_size: Option<u64>,
}

/// Which copies of a queue may be under way at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordering {
    /// Any.
    Free,
    /// One per key: the next waits until it is settled (SQS FIFO's message groups).
    OnePerKey,
    /// Those of a key at one consumer at a time (Pulsar's key-shared subscription).
    KeyToOneConsumer,
}

/// How long a copy that returns (nacked, or after its ack timeout) stays hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redelivery {
    /// Not at all.
    AtOnce,
    /// The delay before the second delivery, the third, and so on; the last goes for all further ones.
    After(Vec<Span>),
}

/// What becomes of a copy that was delivered as often as it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterLimit {
    /// It is dead-lettered, or dropped where nothing takes dead letters.
    DeadLetter,
    /// It stays in the queue and is not delivered any more (`JetStream`).
    Keep,
}

/// What an ack timeout returns to its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// The one copy.
    ReturnOne,
    /// Every unacked copy of the channel, which is closed and opened again.
    ReturnChannel,
}

/// What happens to a publish into a full queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Refused, negatively confirmed.
    Reject,
    /// The oldest ready copy makes room.
    DropHead,
    /// The publish waits at the broker until there is room.
    Block,
}

/// What an ack does that comes after its delivery was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateAck {
    /// Nothing.
    Ignore,
    /// Deletes the copy, wherever it is.
    Accept,
    /// Deletes the copy unless it was delivered again meanwhile (SQS).
    AcceptUnlessRedelivered,
}

/// Where a returned copy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// Where it stood.
    OriginalPlace,
    /// Before everything else, behind those returned before it.
    Head,
    /// Behind everything else.
    Tail,
}

/// What becomes of the unacked copies of a broken connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConnectionLoss {
    /// All return at once.
    Return,
    /// Each waits for its own ack timeout.
    Wait,
}

/// A group of instances that consume one queue or log.
#[derive(Clone, Debug, PartialEq)]
pub struct Consumer {
    /// Unique among all components.
    pub name: String,
    /// How many compete.
    pub instances: u32,
    /// The queue.
    pub from: QueueRef,
    /// Unacked deliveries an instance may hold; `None`: unlimited.
    pub prefetch: Option<u32>,
    /// Handlers at once in an instance (at most `prefetch` of them run).
    pub concurrency: u32,
    /// When it acks.
    pub ack: AckMode,
    /// What a handler's error sends.
    pub on_error: OnError,
    /// How often it renews the lease of what it holds; `None`: never.
    pub extend_every: Option<Span>,
    /// What keeps it from doing again what a duplicate asks for.
    pub idempotency: Option<Idempotency>,
    /// How it reads a log; `None` where it consumes a work queue.
    pub pull: Option<Pull>,
    /// What a handler does.
    pub steps: Vec<Step>,
}

/// How a consumer reads a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// The group whose members share the partitions and the committed offsets.
    pub group: String,
    /// Where a group without committed offsets begins.
    pub start: Start,
    /// The most records one poll returns.
    pub max_records: u32,
    /// The least time between the beginnings of two polls.
    pub poll_every: Span,
    /// How long a member may be silent before it is put out of its group.
    pub session_timeout: Span,
    /// How long a member may take between two polls before it is put out of its group.
    pub poll_timeout: Span,
    /// How partitions change hands.
    pub rebalance: Rebalance,
    /// When the group's offsets are set back, deliberately.
    pub replay: Option<Replay>,
}

/// Where a group begins in each partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record.
    Earliest,
    /// Behind the newest record.
    Latest,
    /// At this offset.
    Offset(u64),
}

/// How partitions change hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// Everybody stops and gives all of them back, then they are dealt anew.
    Eager,
    /// Only those that move stop.
    Cooperative,
}

/// A deliberate return to older records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    /// When, in absolute virtual time.
    pub after: Span,
    /// Where the group goes on in each partition ([`Start::Latest`] skips what is there).
    pub from: Start,
}

/// When a consumer acks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckMode {
    /// Never: the broker forgets the copy on sending it.
    OnDelivery,
    /// Before the first step.
    BeforeHandling,
    /// After the last step.
    AfterHandling,
    /// After handling, several at once: when `size` are ready, or `every` after the first of them.
    Batch {
        /// How many acks are sent at once.
        size: u32,
        /// The latest, counted from the first of them.
        every: Span,
    },
    /// On a log: what was handled is committed at a poll, when this long has passed since the last time.
    Every(Span),
}

/// What a handler's error sends to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// A nack that requeues.
    Requeue,
    /// A nack that requeues after a while.
    RequeueAfter(Span),
    /// A nack that does not requeue: dead-lettered or dropped.
    Reject,
    /// Nothing: the ack timeout has to notice.
    NoAnswer,
}
