//! Queues and consumers, with every setting in place.

use crate::quantity::Span;

use super::{QueueRef, Step};

/// A work queue. Every field holds its final value, whether from the file or the profile.
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

/// A group of instances that consume one queue.
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
    /// What a handler does.
    pub steps: Vec<Step>,
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
