//! What actors report, in the past tense: the only way anything reaches a statistic.
//!
//! ```text
//!  a message's obligations, each opened and closed by exactly one fact:
//!    producer:  Published, if it waits ───────────────▶ Settled
//!    attempt:   Published, Republished ──▶ Stored │ Deduplicated │ Refused │ Unroutable │ PublishLost │ AttemptLost
//!    redrive:   Redriven ──▶ RedriveEnded; for each queue RedriveReached ──▶ as an attempt's
//!    copy:      Stored, Relocated ─────────────────────▶ CopyEnded
//!    delivery:  Delivered, DeliveryDoubled ──▶ (HandlingStarted) ──▶ HandlingEnded, DeliveryEnded
//!    inbox:     Deposited ──▶ Removed; each time it is handed out: HandedOut ──▶ as a delivery's
//! ```
//!
//! An attempt is open in every group the message is meant for; `Stored`, `Deduplicated` and `Refused` come
//! once for each queue, as does `AttemptLost`. A message whose groups have no open obligation can change no more; the ledger then
//! closes it.

use crate::quantity::{Span, Time};

use super::event::Publish;
use super::id::{
    ConsumerId, Effect, FaultId, GroupId, Key, MessageId, OperationId, ProducerId, QueueId, ServiceId,
    StoreId,
};
use super::store::{AbortReason, Row};
use super::task::Origin;

/// Something that happened at the current instant.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "a field is named after its type or after the fact that began it")]
pub enum Fact {
    /// An arrival: its `do` list begins as soon as its instance can.
    OperationStarted { producer: ProducerId },
    /// It ended.
    OperationEnded { operation: OperationId, ending: Ending, started_at: Time },
    /// A source has no further arrivals.
    ArrivalsEnded,
    /// A message exists: its first attempt is open, and its producer if that waits to hear of it.
    Published { message: MessageId, key: Key, is_awaited: bool },
    /// A further attempt is on its way, or one that arrives twice.
    Republished { message: MessageId },
    /// An attempt vanished on its way.
    PublishLost { message: MessageId },
    /// The producer has no further interest in the message.
    Settled { message: MessageId, knowledge: Knowledge },
    /// A publish was confirmed this long after its first attempt began.
    ConfirmReceived { message: MessageId, published_at: Time },
    /// An attempt became a copy.
    Stored { message: MessageId, queue: QueueId },
    /// An attempt reached the broker, and no binding selects it; it may go back to its producer.
    Unroutable { message: MessageId, returned: bool },
    /// An attempt was recognised and not stored again.
    Deduplicated { message: MessageId, queue: QueueId },
    /// An attempt was not stored.
    Refused { message: MessageId, queue: QueueId, told: Told },
    /// An attempt that waited at one queue vanished with its broker.
    AttemptLost { message: MessageId, queue: QueueId },
    /// A handler sends the message that it handles back to the broker; an attempt of this is on its way.
    Redriven { message: MessageId },
    /// That attempt reached a queue, which will say what it made of it.
    RedriveReached { message: MessageId, queue: QueueId },
    /// That attempt vanished, or every queue it reached has said so.
    RedriveEnded { message: MessageId },
    /// A copy was sent to a consumer.
    Delivered { message: MessageId, group: GroupId, enqueued_at: Time, number: u32, occasion: Occasion },
    /// A delivery that was sent arrives twice.
    DeliveryDoubled { message: MessageId, group: GroupId },
    /// A delivery reached its consumer's buffer.
    Received { consumer: ConsumerId },
    /// A delivery left the buffer unhandled.
    Discarded { consumer: ConsumerId },
    /// A handler began.
    HandlingStarted {
        message: MessageId,
        group: GroupId,
        consumer: ConsumerId,
        instance: u32,
        received_at: Time,
    },
    /// A handler reached `worked`; where nothing can come between, with its effect.
    Executed { message: MessageId, group: GroupId, effect: Option<Effect> },
    /// An effect was applied.
    EffectApplied { message: MessageId, group: GroupId, effect: Effect },
    /// The same of a user's operation.
    OperationApplied { operation: OperationId, effect: Effect },
    /// A handler decided against its effect.
    Declined { message: MessageId, group: GroupId },
    /// An idempotency guard stopped a delivery.
    Suppressed { message: MessageId, group: GroupId },
    /// A commit is on its way to a store: its effect may come after everything else is over.
    CommitSent { origin: Origin },
    /// It has arrived and come to something, or never will.
    CommitOver { origin: Origin },
    /// Something about a store.
    Store { store: StoreId, what: StoreFact },
    /// A handler ended, well or not, this long after it started, and with it its delivery.
    HandlingEnded { message: MessageId, group: GroupId, consumer: ConsumerId, started_at: Time },
    /// A handler died with its instance.
    HandlingAborted { consumer: ConsumerId },
    /// A delivery can have no further consequence at its consumer.
    DeliveryEnded { message: MessageId, group: GroupId, stage: Stage },
    /// A consumer sent so many acks.
    AcksSent { count: u32 },
    /// An ack reached the broker.
    AckReceived { timeliness: Timeliness },
    /// A negative ack reached the broker.
    NackReceived,
    /// An ack timeout struck.
    AckTimedOut,
    /// A copy left its queue for good.
    CopyEnded { message: MessageId, group: GroupId, end: CopyEnd },
    /// A copy was delivered as often as it may be and stays where it is, delivered no more.
    CopyKept { message: MessageId, group: GroupId },
    /// A copy that was kept is about to end after all.
    CopyUnkept { message: MessageId, group: GroupId },
    /// An ack that could have been undone ([`CopyEnd::AckedForNow`]) stands for good.
    AckStands { message: MessageId, group: GroupId },
    /// The broker forgot an ack, and the copy is back.
    AckUndone { message: MessageId, group: GroupId },
    /// A copy that had been dead-lettered entered this queue.
    Relocated { message: MessageId, queue: QueueId },
    /// What a queue holds now, or a log for one of its groups.
    QueueChanged { group: GroupId, ready: u32, unacked: u32, oldest_at: Time },
    /// A caller made an attempt at a call; if a request is on its way, it will end.
    Called { service: ServiceId, origin: Origin, which: Try, sent: CallSent },
    /// An attempt failed, and its caller knows how.
    CallFailed { service: ServiceId, ending: Ending },
    /// A request will arrive twice, and end twice.
    RequestDoubled { origin: Origin },
    /// A request reached its service.
    RequestReceived { service: ServiceId },
    /// Its handling began.
    RequestStarted { service: ServiceId, received_at: Time },
    /// A service's handler reached `worked`.
    RequestExecuted { service: ServiceId },
    /// A request can have no further consequence at its service.
    RequestEnded { service: ServiceId, origin: Origin, end: RequestEnd },
    /// What an instance of a service has under way now.
    ServiceChanged { service: ServiceId, instance: u32, waiting: u32, running: u32, oldest_at: Time },
    /// The broker's memory is full: publishers wait from here on.
    PublishersBlocked,
    /// None of them waits any more.
    PublishersAdmitted,
    /// A fault struck.
    FaultFired { fault: FaultId },
    /// A message is in the inbox of a consumer, whatever becomes of its copy.
    Deposited { message: MessageId, group: GroupId },
    /// It was handed out to be handled, for the first time or again.
    HandedOut { message: MessageId, group: GroupId, again: bool },
    /// It is in the inbox no more: it was handled.
    Removed { message: MessageId, group: GroupId },
}

impl Fact {
    /// A publish is on its way once more.
    #[must_use]
    pub fn again(publish: &Publish) -> Self {
        let message = publish.message;
        if publish.is_redrive() { Self::Redriven { message } } else { Self::Republished { message } }
    }

    /// A publish vanished before any queue saw it.
    #[must_use]
    pub fn lost(publish: &Publish) -> Self {
        let message = publish.message;
        if publish.is_redrive() { Self::RedriveEnded { message } } else { Self::PublishLost { message } }
    }
}

/// Something that happened at a store, or to a client of it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "a field is named after its type")]
pub enum StoreFact {
    /// A statement arrived.
    Called,
    /// A client began a transaction, for the first time or again.
    Attempted { again: bool },
    /// A client gives a transaction up.
    GaveUp,
    /// A client found nothing left to take.
    SoldOut,
    /// A transaction has committed.
    Committed,
    /// One was rolled back because of others.
    Aborted { why: AbortReason },
    /// A lock was granted, or not, after this long.
    LockWaited { since: Time },
    /// A row was changed by `by`, for a client that means to have added `meant`.
    Changed { row: Row, by: i64, meant: i64, overwrites: bool },
    /// What is under way now: connections in use, transactions that wait for one, statements that wait for
    /// locks.
    Levels { connections: u32, queued: u32, waiting: u32 },
    /// A disk or CPU has worked for so long.
    Worked { resource: Resource, lasts: Span },
}

/// What a store works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// One of its disks.
    Disk,
    /// One of its CPUs.
    Cpu,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It reached the end of its list.
    Succeeded,
    /// It was told no.
    Rejected,
    /// It heard nothing in time.
    TimedOut,
    /// Anything else.
    Failed,
}

/// What a producer knows of a message when it lets go of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// The broker confirmed it.
    Confirmed,
    /// It was told no, or gave up.
    GaveUp,
    /// Nothing: it never asked, or it died.
    Nothing,
}

/// Whether a producer hears of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A negative confirm follows.
    Told,
    /// Nobody hears of it.
    Untold,
}

/// Whether an attempt is a call's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    /// It is.
    First,
    /// It is a further one.
    Retry,
}

/// Whether an attempt sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallSent {
    /// It is on its way.
    Sent,
    /// It vanished on its way.
    Lost,
    /// The caller's circuit breaker is open.
    Stopped,
}

/// How a request ended at its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestEnd {
    /// It was handled to the handler's end.
    Handled {
        /// Since when.
        started_at: Time,
        /// Whether its caller had given up by then.
        usage: Usage,
        /// How its handler ended.
        ending: Ending,
    },
    /// Nobody began it: refused, too late, lost with its instance, or unanswered.
    NotBegun,
    /// Its instance died while it was handled.
    Aborted,
}

/// Whether anybody waited for what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Its caller still waited.
    Wanted,
    /// Its caller had given up.
    Wasted,
}

/// Why a copy is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It is to be handled.
    Ordinary,
    /// It is to be handled again, deliberately.
    Replay,
}

/// How far a delivery came at its consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its handling had not started.
    Waiting,
    /// Its handling had started.
    Started,
}

/// Whether an ack was in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeliness {
    /// It settled its delivery.
    InTime,
    /// Its delivery had been taken back.
    Late,
}

/// Why a copy left its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyEnd {
    /// An ack deleted it, or the broker forgot it on sending.
    Acked,
    /// As `Acked`, but a crash of the broker can still undo it, or a replay bring it back: `AckStands` or
    /// `AckUndone` may follow.
    AckedForNow,
    /// It was moved to a dead-letter queue.
    DeadLettered,
    /// It outlived its time to live.
    Expired,
    /// Overflow, the delivery limit, or a rejection threw it away.
    Dropped,
    /// The broker lost it.
    Lost,
}
