//! Idempotency guards: what keeps a consumer from doing again what a duplicate asks for.

use crate::quantity::Span;

use super::StoreRef;

/// A guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// How.
    pub by: Guard,
    /// By what it recognises a duplicate.
    pub key: KeyOf,
    /// Whether each owner of a key gets a higher number than the last, which the effect's database checks.
    pub fence: bool,
}

/// By what a duplicate is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOf {
    /// The message's id; a resend under a new id looks new.
    MessageId,
    /// The message's key. A message without one is not guarded.
    Business,
}

/// A strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A row with a unique key.
    UniqueKey {
        /// Where.
        store: StoreRef,
        /// Whether it is inserted with the effect or before it.
        transaction: KeyTransaction,
    },
    /// A key of a cache.
    SetNx(SetNx),
    /// The version of the row.
    Version {
        /// Where the rows are; `None`: the version is read from the row, which is only a lock.
        from_message: Option<StoreRef>,
        /// What is done with a message that comes too late.
        on_stale: OnStale,
    },
    /// A state that the row has to be in.
    Status {
        /// Where the rows are.
        store: StoreRef,
        /// The state that it has to be in.
        from: String,
        /// The state that it is in afterwards.
        to: String,
        /// What is done with a message that finds another state.
        on_stale: OnStale,
    },
    /// A table that deliveries are put into and handled from.
    Inbox {
        /// Where.
        store: StoreRef,
        /// How often each instance looks for what is there.
        poll: Span,
    },
    /// A set in the memory of each instance.
    InMemory,
}

/// With what a unique key is inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTransaction {
    /// It is the first statement of the effect's transaction.
    WithEffect,
    /// It is committed before the handler does anything.
    Separate,
}

/// A key of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetNx {
    /// Which cache.
    pub store: StoreRef,
    /// How long a key stays; `None`: for ever.
    pub ttl: Option<Span>,
    /// What is done with a message whose key is taken.
    pub if_taken: IfTaken,
    /// When the key is set.
    pub mark: Mark,
    /// Whether the time to live is set with the key.
    pub expire: Expire,
    /// What is done while the cache does not answer.
    pub when_down: WhenDown,
}

/// What is done with a message whose key is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfTaken {
    /// It is acked as if it were done.
    Skip,
    /// The handler returns an error.
    Retry,
}

/// When a key is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Before the handler does anything.
    Before,
    /// After its last step; before the first one it is only looked at.
    After,
    /// A lease of this length before, and the mark after. What is marked is skipped, whatever `if_taken` says.
    LeaseThenDone {
        /// How long.
        lease: Span,
    },
}

/// How a key gets its time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expire {
    /// With the key.
    Together,
    /// By a call that follows.
    SeparateCall,
}

/// What is done while a cache does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenDown {
    /// The handler goes on unguarded.
    Open,
    /// The handler returns an error.
    Closed,
}

/// What is done with a message that a row has no use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStale {
    /// It is acked as if it were done.
    Drop,
    /// The handler returns an error.
    Retry,
    /// It is rejected.
    DeadLetter,
}

impl Idempotency {
    /// The store that the guard asks, if it asks any.
    #[must_use]
    pub const fn store(&self) -> Option<StoreRef> {
        match &self.by {
            Guard::UniqueKey { store, .. } | Guard::Status { store, .. } | Guard::Inbox { store, .. } => {
                Some(*store)
            }
            Guard::SetNx(setnx) => Some(setnx.store),
            Guard::Version { from_message, .. } => *from_message,
            Guard::InMemory => None,
        }
    }

    /// Whether it asks before the handler does anything, rather than in the effect's transaction.
    #[must_use]
    pub const fn comes_first(&self) -> bool {
        matches!(
            self.by,
            Guard::UniqueKey { transaction: KeyTransaction::Separate, .. }
                | Guard::SetNx(_)
                | Guard::InMemory
        )
    }

    /// Whether a handler passes the point `key-reserved`.
    #[must_use]
    pub const fn reserves(&self) -> bool {
        match &self.by {
            Guard::UniqueKey { .. } | Guard::Inbox { .. } | Guard::InMemory => true,
            Guard::SetNx(setnx) => !matches!(setnx.mark, Mark::After),
            Guard::Version { .. } | Guard::Status { .. } => false,
        }
    }

    /// Whether a handler passes the point `key-marked`.
    #[must_use]
    pub const fn marks(&self) -> bool {
        matches!(&self.by, Guard::SetNx(setnx) if !matches!(setnx.mark, Mark::Before))
    }
}
