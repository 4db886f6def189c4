//! What clients and stores say to each other, and the names of what they speak of.
//!
//! A client sends statements one by one and waits for the answer to each. A transaction begins with its first
//! statement and ends with a commit, a rollback, or the end of its client.

use actix::Message;

use crate::quantity::{Span, Time};

use super::id::{ActivityId, Attempt, Effect, GroupId, Key, MessageId, SessionId, TransactionId};
use super::task::Origin;

/// A table of a database: its position there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u16);

/// One row, or (with [`Row::WHOLE`]) all of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// Where.
    pub table: TableId,
    /// Which, from 0.
    pub number: u32,
}

impl Row {
    /// The number that stands for every row of a table.
    pub const WHOLE: u32 = u32::MAX;

    /// The table that it belongs to, as a whole.
    #[must_use]
    pub const fn whole_table(self) -> Self {
        Self { number: Self::WHOLE, ..self }
    }
}

/// How a lock shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// Some row of the table is locked `Shared`.
    IntentShared,
    /// Some row of the table is locked `Exclusive`.
    IntentExclusive,
    /// With other readers.
    Shared,
    /// With nobody.
    Exclusive,
}

/// How long a statement waits for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Until it is granted.
    Endless,
    /// So long at most.
    For(Span),
    /// Not at all (`NOWAIT`).
    None,
}

/// A lock that a statement takes before it does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locking {
    /// How it shares.
    pub mode: LockMode,
    /// How long it is waited for.
    pub patience: Patience,
    /// Whether all of the table is locked.
    pub whole_table: bool,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Reads a row.
    Read {
        /// Which.
        row: Row,
        /// The lock that it takes and keeps, if it takes one.
        locking: Option<Locking>,
        /// Whether the commit fails if somebody else has changed the row by then.
        is_tracked: bool,
    },
    /// Reads and locks the lowest unlocked row to which `add` can be added.
    ReadFree {
        /// Among the rows of this table.
        table: TableId,
        /// What is to be added.
        add: i64,
        /// The least that may be left.
        floor: i64,
    },
    /// Sets a row to what the client has computed.
    Write {
        /// Which.
        row: Row,
        /// What it becomes.
        to: i64,
        /// What the client means to have added.
        add: i64,
        /// The version that the client has read.
        seen: u64,
        /// Whether it fails if that version is not the last one.
        must_be_last: bool,
    },
    /// Adds to a row.
    Add {
        /// Which.
        row: Row,
        /// How much.
        add: i64,
        /// The least that may be left, if the statement itself sees to that.
        floor: Option<i64>,
        /// The version that the client has read, if it has read any.
        seen: Option<u64>,
        /// Whether it fails if that version is not the last one.
        must_be_last: bool,
    },
    /// Writes a row of which only the place matters.
    Touch {
        /// Which.
        row: Row,
        /// How long it waits for the lock; `None`: it takes none, and the commit finds out.
        patience: Option<Patience>,
    },
    /// Does something about an idempotency key.
    Key {
        /// The key: a row of a table that holds nothing but keys.
        key: Row,
        /// What.
        work: KeyWork,
    },
    /// Asks for a message that waits in an inbox and that nobody handles yet.
    HandOut {
        /// Which inbox.
        inbox: TableId,
        /// In which group its messages were delivered.
        group: GroupId,
    },
    /// Makes everything so far last.
    Commit,
    /// Undoes everything so far. Nobody waits for an answer.
    Rollback,
}

impl Statement {
    /// The row that it reads or changes, if it names one.
    #[must_use]
    pub const fn row(&self) -> Option<Row> {
        match self {
            Self::Read { row, .. }
            | Self::Write { row, .. }
            | Self::Add { row, .. }
            | Self::Touch { row, .. } => Some(*row),
            Self::ReadFree { .. }
            | Self::Key { .. }
            | Self::HandOut { .. }
            | Self::Commit
            | Self::Rollback => None,
        }
    }
}

/// What a statement does about a key, of a guard against duplicates or of a lease. What is said to refuse answers [`Answer::Taken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyWork {
    /// At a database: inserts it, once whoever inserts it already has ended; refuses if it is there.
    Insert,
    /// At a database: makes this its version; refuses unless it is higher than the last.
    Advance(u64),
    /// At a database: changes its state; refuses if it is in another.
    Move {
        /// The state that it has to be in.
        from: u16,
        /// The state that it is in afterwards.
        to: u16,
        /// Whether a key that nobody has moved yet is in the first one.
        is_first: bool,
    },
    /// At a database: refuses if it has seen a higher number.
    Fence(u64),
    /// At a database: puts a message into an inbox, once whoever does so already has ended; refuses if it is, or was,
    /// there.
    Deposit(Deposit),
    /// At a database: removes a message from its inbox for good; refuses if it is not there any more.
    Remove,
    /// At a cache: sets it, for so long, unless it is there (`SET key owner NX PX ttl`). Answers with a number that
    /// grows with each.
    SetIfAbsent(Option<Span>),
    /// At a cache: refuses if it is there (`GET`).
    Get,
    /// At a cache: sets it as done, for so long (`SET key done PX ttl`).
    SetDone(Option<Span>),
    /// At a cache: gives it so long from now on (`PEXPIRE`).
    Expire(Span),
    /// At a cache: gives it so long from now on if its owner has this number (a script that compares first);
    /// refuses if not.
    Renew {
        /// The owner's number.
        owner: u64,
        /// How long.
        ttl: Span,
    },
    /// At a cache: deletes it if its owner has this number (a script that compares first), or else, where none is
    /// given, whoever owns it (`DEL`).
    Release(Option<u64>),
}

impl KeyWork {
    /// Whether a cache does it.
    #[must_use]
    pub const fn is_of_cache(self) -> bool {
        matches!(
            self,
            Self::SetIfAbsent(_)
                | Self::Get
                | Self::SetDone(_)
                | Self::Expire(_)
                | Self::Renew { .. }
                | Self::Release(_)
        )
    }

    /// Whether the key is its owner's from then on, if it was not refused.
    #[must_use]
    pub const fn reserves(self) -> bool {
        matches!(self, Self::Insert | Self::SetIfAbsent(_) | Self::Deposit(_))
    }
}

/// A message as an inbox keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Which inbox: the first of its owner's tables of keys.
    pub inbox: TableId,
    /// Which message.
    pub message: MessageId,
    /// In which group it was delivered.
    pub group: GroupId,
    /// What it is about.
    pub about: Key,
    /// Which try at it the next one is.
    pub attempt: Attempt,
}

/// What a commit brings about, beside what rows hold then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// An effect.
    Effect(Effect),
    /// A message is in an inbox.
    Deposit,
}

/// To a store: a statement of a transaction.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Ask(pub Box<Request>);

/// A statement with whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Of which transaction.
    pub transaction: TransactionId,
    /// Who waits for the answer.
    pub activity: ActivityId,
    /// What it does.
    pub statement: Statement,
    /// Recognises the answer.
    pub ticket: u32,
    /// Whether the transaction begins with it.
    pub is_first: bool,
    /// Whether it is a transaction of its own, which commits when it is done.
    pub is_alone: bool,
    /// What has happened, and for whom, once this has committed.
    pub consequence: Option<(Origin, Consequence)>,
    /// The number of the owner on whose lease of the statement's row it relies, if the store is to check it.
    pub fence: Option<u64>,
    /// When the first try at the transaction began.
    pub begun_at: Time,
    /// Names the luck of the request and of its answer.
    pub luck: (u64, u32),
}

/// To a client: what came of a statement.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Answered {
    /// Who waits for it.
    pub activity: ActivityId,
    /// That of the request.
    pub ticket: u32,
    /// The answer.
    pub answer: Answer,
}

/// What came of a statement. Anything but `Done`, `Row`, `Free` and `Owned` has ended the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// What a row holds.
    Row(Held),
    /// The free row that was locked.
    Free(Free),
    /// The number that a key was set with.
    Owned(OwnerNumber),
    /// A key refused.
    Taken {
        /// Whether what it stands for is done, or at least is nobody's any more.
        is_done: bool,
    },
    /// A message of an inbox, which nobody else gets until this client is noticed dead or lets it go.
    HandedOut(HandedOut),
    /// Nothing is left to take.
    SoldOut,
    /// It was rolled back, and may be tried again.
    Aborted(Abort),
    /// The store is there and does not work.
    Refused,
    /// The store has died.
    Gone,
}

/// What a row holds, as it was read. Aligned to 4 bytes, so that an event stays within four words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Held {
    /// Its value.
    pub value: i64,
    /// How often it has been written.
    pub version: u64,
}

/// How many owners keys have had at a cache, this one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct OwnerNumber(pub u64);

/// A row that was free, and is locked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Free {
    /// Which row of its table.
    pub number: u32,
    /// Its value.
    pub value: i64,
}

/// A message of an inbox, handed out to be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct HandedOut {
    /// Which message.
    pub message: MessageId,
    /// What it is about.
    pub about: Key,
    /// Which try at it this is.
    pub attempt: Attempt,
}

/// Why a transaction was rolled back, with the running mean of response times where that decides how long
/// it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Abort {
    /// The reason.
    pub why: AbortReason,
    /// From the first try of a transaction to its commit, on average so far.
    pub mean_response: Span,
}

/// Why a transaction was rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbortReason {
    /// Somebody else has changed what it had read.
    Conflict,
    /// It would not wait for a lock.
    Locked,
    /// It has waited long enough for a lock.
    TimedOut,
    /// It was part of a deadlock, and chosen.
    Deadlock,
}

/// To a store: it notices that a client's process or machine is gone, with the transactions it had.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct SessionLost {
    /// Whose.
    pub session: SessionId,
    /// The number of the last transaction that died with it.
    pub last: u32,
}

/// To a store, from itself: the next part of a statement's time is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct StatementDue {
    /// The transaction's place.
    pub place: u32,
    /// Recognises a place that is somebody else's by now.
    pub stamp: u32,
}

/// To a store, from itself: a statement has waited so long for a lock that something happens.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct LockWaitDue {
    /// The transaction's place.
    pub place: u32,
    /// Recognises a place that is somebody else's by now.
    pub stamp: u32,
    /// What happens.
    pub what: LockWait,
}

/// What happens when a lock was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWait {
    /// It is looked for a deadlock.
    Examined,
    /// The wait is given up.
    Over,
}

/// To a client, from itself: something about its transaction is due.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct TransactionDue {
    /// Whose.
    pub activity: ActivityId,
    /// Recognises what it is for.
    pub ticket: u32,
    /// What.
    pub what: TransactionTimer,
}

/// What can be due about a client's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionTimer {
    /// It has thought.
    Thought,
    /// It is tried again.
    Retry,
    /// No answer has come in time.
    Unanswered,
    /// Its leases are to be renewed.
    Renew,
}
