//! Every message an actor can get, and the enum that carries them through the kernel.
//!
//! A message is at most 24 bytes (28 if it asks for no alignment above 4), so that an event with its address
//! and its order fits one cache line.

use actix::Message;

use crate::kernel::Traced;
use crate::quantity::{Span, Time};
use crate::scenario::model::{CrashHow, OutageHow};

pub use super::reading::{
    Assigned, Assignment, Batch, BeatDue, Commit, Committed, Fetch, Heartbeat, Leave, PollDue, PollTimedOut,
    Records, ReplayDue, RequestTimedOut, RestOver, RetentionDue, Seek, SentRecord, SessionsDue, Skip,
    Verdict,
};

pub use super::calling::{CallTimedOut, Reply, Request, RetryCall};
use super::id::{ActivityId, Attempt, ConnectionId, CopyId, Epoch, FaultId, Key, MessageId, SiteId};

use super::node::{
    BrokerBack, BrokerLost, DiskWrote, FailoverDue, NodeBack, NodeDied, NodeStalls, Replicated, Reported,
};

use super::store::{Answered, Ask, LockWaitDue, SessionLost, StatementDue, TransactionDue};

/// Makes the enum, its conversions and its kinds from the list of messages.
macro_rules! events {
    ($($name:ident),* $(,)?) => {
        /// One variant per message.
        #[derive(Debug)]
        pub enum Event {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name)),*
        }

        $(impl From<$name> for Event {
            fn from(message: $name) -> Self {
                Self::$name(message)
            }
        })*

        /// The message without its content.
        #[derive(Clone, Copy)]
        #[repr(u8)]
        enum Kind { $($name),* }

        impl Event {
            /// The message's name, for people.
            #[must_use]
            pub fn name_of(kind: u8) -> &'static str {
                [$(stringify!($name)),*].get(usize::from(kind)).copied().unwrap_or("life of an actor")
            }

            const fn kind_of(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name),* }
            }
        }
    };
}

events!(
    Arrive,
    Ended,
    Begin,
    Worked,
    Confirmed,
    ConfirmTimedOut,
    RetryPublish,
    Reopen,
    PhaseEnds,
    Publish,
    Open,
    Ack,
    AckBatch,
    Nack,
    ConnectionLost,
    ConnectionCut,
    Deliver,
    ChannelClosed,
    FlushAcks,
    AckTimeoutDue,
    HeadExpires,
    RevealDue,
    GoOn,
    Crash,
    Cut,
    Pause,
    StrikeDue,
    UserReturns,
    SpellBegins,
    SpellEnds,
    PartitionBegan,
    PartitionEnded,
    OutageBegan,
    OutageEnded,
    Parted,
    Healed,
    Silent,
    Stall,
    Evict,
    Extend,
    ExtendDue,
    Heartbeat,
    Leave,
    Fetch,
    Commit,
    Skip,
    SessionsDue,
    RetentionDue,
    RestOver,
    ReplayDue,
    Assigned,
    Records,
    Committed,
    BeatDue,
    PollDue,
    PollTimedOut,
    RequestTimedOut,
    Replicated,
    Reported,
    DiskWrote,
    FailoverDue,
    NodeDied,
    NodeBack,
    NodeStalls,
    BrokerLost,
    BrokerBack,
    Ask,
    SessionLost,
    StatementDue,
    LockWaitDue,
    Answered,
    TransactionDue,
    Request,
    Reply,
    CallTimedOut,
    RetryCall,
    InboxDue,
);

impl Traced for Event {
    fn kind(&self) -> u8 {
        self.kind_of() as u8
    }

    fn pierces_pause(&self) -> bool {
        matches!(self, Self::Crash(_))
    }
}

// To a producer's source of arrivals.

/// The next arrival, or the next phase, is due.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Arrive;

/// A phase of arrivals is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct PhaseEnds;

/// A user's operation has ended; the user thinks and comes back.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Ended {
    /// The phase the user belongs to.
    pub phase: u16,
}

/// A user has thought.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct UserReturns;

// To producers and consumers: what runs a `do` list.

/// An operation begins.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Begin {
    /// Its number among all of its group.
    pub number: u64,
    /// Whether one of its source's users waits for it.
    pub waiting: Waiting,
    /// When it arrived: a frozen instance begins it later.
    pub arrived_at: Time,
}

/// Who waits for an operation's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Nobody whose next operation depends on it.
    Nobody,
    /// A user of this phase.
    UserOf(u16),
}

/// A `work` step has ended.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Worked {
    /// Whose.
    pub activity: ActivityId,
}

/// The broker's answer to a publish.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Confirmed {
    /// Which message.
    pub message: MessageId,
    /// Who waits for it.
    pub activity: ActivityId,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// Stored, or refused.
    pub answer: Answer,
    /// Publish attempts before the one it answers.
    pub retries: u16,
}

/// What the broker says of a publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is stored.
    Stored,
    /// It was refused.
    Refused,
    /// It reached no queue, and comes back: the last word on the message, since bindings do not change.
    Returned,
    /// There is no such exchange: the channel is closed, and everything on it fails.
    ChannelClosed,
}

/// No confirm came in time.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ConfirmTimedOut {
    /// Whose publish.
    pub activity: ActivityId,
    /// Which message.
    pub message: MessageId,
    /// Publish attempts before the one that heard nothing.
    pub retries: u16,
}

/// The wait before another try at a publish is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct RetryPublish {
    /// Whose publish.
    pub activity: ActivityId,
    /// Which message, so that a wait outlived by its activity is recognised.
    pub message: MessageId,
}

/// A connection that broke can be used again.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Reopen {
    /// The reopening this starts.
    pub epoch: Epoch,
}

// To the broker.

/// A message for the queues that the step reaches which publishes it.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Publish {
    /// Which message.
    pub message: MessageId,
    /// From whom.
    pub connection: ConnectionId,
    /// Who waits for the confirm.
    pub activity: ActivityId,
    /// What it is about.
    pub key: Key,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// Publish attempts before this one; the second arrival of a doubled one is marked with
    /// [`TWIN_PUBLISH`](super::id::TWIN_PUBLISH).
    pub retries: u16,
    /// The step that publishes it: the message's own, or that of a handler which sends it back.
    pub site: SiteId,
    /// Deliveries of the copy that the handler sends back; 0 for a message of its own.
    pub deliveries: u16,
}

impl Publish {
    /// Whether a handler publishes the very message that it handles.
    #[inline]
    #[must_use]
    pub fn is_redrive(&self) -> bool {
        self.site != self.message.site()
    }
}

/// A connection is open again; if its peer consumes, it is ready for deliveries.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Open {
    /// Whose.
    pub connection: ConnectionId,
    /// The reopening it travels on.
    pub epoch: Epoch,
}

/// A delivery was handled.
#[derive(Clone, Copy, Debug, Message, PartialEq, Eq)]
#[rtype(result = "()")]
pub struct Ack {
    /// Which message.
    pub message: MessageId,
    /// Which copy of it.
    pub copy: CopyId,
    /// From whom.
    pub connection: ConnectionId,
    /// Which delivery of the copy.
    pub attempt: Attempt,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
}

/// Several deliveries were handled.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct AckBatch(pub Box<[Ack]>);

/// A delivery was not handled.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Nack {
    /// The delivery, told as an ack would tell it.
    pub delivery: Ack,
    /// Whether it is rejected, whatever the channel does with the others.
    pub is_rejected: bool,
}

/// The broker notices that a peer is gone.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ConnectionLost {
    /// Whose.
    pub connection: ConnectionId,
    /// Which reopening of it.
    pub epoch: Epoch,
}

/// A connection breaks under both ends at once.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ConnectionCut {
    /// Whose.
    pub connection: ConnectionId,
    /// The reopening that will follow.
    pub next: Epoch,
}

/// The oldest unacked delivery of a queue may have timed out.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct AckTimeoutDue {
    /// Which queue.
    pub queue: u16,
}

/// The copy at a queue's head may have outlived its time to live.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct HeadExpires {
    /// Which queue.
    pub queue: u16,
}

/// The delay of a queue's next hidden copy may be over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct RevealDue {
    /// Which queue.
    pub queue: u16,
}

/// A consumer still needs its lease on a delivery.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Extend {
    /// The delivery, told as an ack would tell it.
    pub delivery: Ack,
}

// To consumers.

/// A copy is delivered.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Deliver {
    /// Which message.
    pub message: MessageId,
    /// Which copy of it.
    pub copy: CopyId,
    /// What it is about.
    pub key: Key,
    /// Which delivery of the copy.
    pub attempt: Attempt,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
}

/// The broker closed the channel after an ack timeout.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ChannelClosed {
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
}

/// It is time to extend the leases of what is held.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ExtendDue;

/// It is time to look into the inbox.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct InboxDue;

/// A batch of acks has waited long enough.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct FlushAcks;

/// A handler that was frozen at a point goes on from there.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct GoOn {
    /// Which handling.
    pub activity: ActivityId,
}

// From the supervisor: faults at a time.

/// The instance dies.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Crash {
    /// By which fault.
    pub fault: FaultId,
    /// Who notices when.
    pub how: CrashHow,
    /// When it is back.
    pub restart_after: Span,
}

/// The instance's connection breaks.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Cut {
    /// By which fault.
    pub fault: FaultId,
    /// When it can be used again.
    pub restart_after: Span,
}

/// The instance freezes.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Pause {
    /// By which fault.
    pub fault: FaultId,
    /// For how long.
    pub lasts: Span,
}

/// A cache forgets its oldest keys.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Evict {
    /// By which fault.
    pub fault: FaultId,
    /// Which share of them.
    pub share: f64,
}

/// What the instance writes to its disk stalls.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Stall {
    /// By which fault.
    pub fault: FaultId,
    /// For how long.
    pub lasts: Span,
}

/// A partition that has nodes of the broker on both sides begins.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct PartitionBegan {
    /// Which fault; the shared plan knows its sides and its end.
    pub fault: FaultId,
}

/// It is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct PartitionEnded {
    /// Which fault.
    pub fault: FaultId,
}

/// To the broker or an instance of a service: it is down from now on.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct OutageBegan {
    /// By which fault.
    pub fault: FaultId,
    /// What whoever asks gets.
    pub how: OutageHow,
}

/// It goes on.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct OutageEnded {
    /// By which fault.
    pub fault: FaultId,
}

/// To a consumer: a partition may have come between it and the broker.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Parted;

/// To a consumer: the partition that it noticed may be over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Healed;

/// To a consumer: if it is still cut off, neither end has heard the other for a heartbeat.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Silent {
    /// The opening of its connection that was cut off.
    pub epoch: Epoch,
}

/// To the supervisor: a fault that lasts begins.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct SpellBegins {
    /// Position in its plan.
    pub spell: u32,
}

/// To the supervisor: it is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct SpellEnds {
    /// Position in its plan.
    pub spell: u32,
}

/// To the supervisor: a planned fault is due.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct StrikeDue {
    /// Position in its plan.
    pub plan: u32,
    /// How often it was due before.
    pub occurrence: u32,
}

#[cfg(test)]
mod tests {
    use super::Event;

    #[test]
    fn an_event_with_its_tag_takes_four_words() {
        assert!(size_of::<Event>() <= 32, "{} bytes", size_of::<Event>());
    }
}
