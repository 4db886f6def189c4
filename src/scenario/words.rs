//! The words of the language that stand for one of several things, for reading and for writing.
//!
//! Each list is in the order in which help shows it. Knows no keys.

use super::model::{
    AfterLimit, Connection, CrashHow, Dispatch, ExchangeKind, Expire, Granularity, Identity, IfTaken, Jitter,
    KeyOf, KeyTransaction, LateAck, Level, LinkMessage, LockBy, Matching, OnConnectionLoss, OnStale,
    OnTimeout, Ordering, OutageHow, Overflow, QueueOrder, ReadLock, Rebalance, Redraw, Release, Replication,
    Requeue, RetryId, RowOrder, Unroutable, Until, Victim, WhenDown, Writes,
};

/// Words with what they stand for.
pub(super) type Words<T> = &'static [(&'static str, T)];

pub(super) const UNTIL: Words<Until> = &[("run_for", Until::RunFor), ("drained", Until::Drained)];

pub(super) const CONNECTION: Words<Connection> =
    &[("kept", Connection::Kept), ("per-message", Connection::PerMessage)];

pub(super) const REDRAW: Words<Redraw> =
    &[("per-attempt", Redraw::PerAttempt), ("per-message", Redraw::PerMessage)];

pub(super) const RETRY_ID: Words<RetryId> = &[("keep", RetryId::Keep), ("new", RetryId::New)];

pub(super) const JITTER: Words<Jitter> = &[
    ("none", Jitter::None),
    ("full", Jitter::Full),
    ("equal", Jitter::Equal),
    ("decorrelated", Jitter::Decorrelated),
];

pub(super) const ON_TIMEOUT: Words<OnTimeout> =
    &[("return-one", OnTimeout::ReturnOne), ("return-channel", OnTimeout::ReturnChannel)];

pub(super) const OVERFLOW: Words<Overflow> =
    &[("reject", Overflow::Reject), ("drop-head", Overflow::DropHead), ("block", Overflow::Block)];

pub(super) const LATE_ACK: Words<LateAck> = &[
    ("ignore", LateAck::Ignore),
    ("accept", LateAck::Accept),
    ("accept-unless-redelivered", LateAck::AcceptUnlessRedelivered),
];

pub(super) const REQUEUE: Words<Requeue> =
    &[("original-place", Requeue::OriginalPlace), ("head", Requeue::Head), ("tail", Requeue::Tail)];

pub(super) const ON_CONNECTION_LOSS: Words<OnConnectionLoss> =
    &[("return", OnConnectionLoss::Return), ("wait", OnConnectionLoss::Wait)];

pub(super) const LINK_MESSAGE: Words<LinkMessage> = &[
    ("publish", LinkMessage::Publish),
    ("confirm", LinkMessage::Confirm),
    ("delivery", LinkMessage::Delivery),
    ("ack", LinkMessage::Ack),
    ("nack", LinkMessage::Nack),
    ("request", LinkMessage::Request),
    ("reply", LinkMessage::Reply),
];

pub(super) const CRASH_HOW: Words<CrashHow> =
    &[("process", CrashHow::Process), ("machine", CrashHow::Machine)];

pub(super) const OUTAGE_HOW: Words<OutageHow> = &[("refuse", OutageHow::Refuse), ("hang", OutageHow::Hang)];

pub(super) const LEVEL: Words<Level> =
    &[("none", Level::None), ("light", Level::Light), ("heavy", Level::Heavy), ("swarm", Level::Swarm)];

pub(super) const EXCHANGE_KIND: Words<ExchangeKind> = &[
    ("direct", ExchangeKind::Direct),
    ("topic", ExchangeKind::Topic),
    ("fanout", ExchangeKind::Fanout),
    ("headers", ExchangeKind::Headers),
];

pub(super) const MATCHING: Words<Matching> = &[("all", Matching::All), ("any", Matching::Any)];

pub(super) const REPLICATION: Words<Replication> =
    &[("none", Replication::None), ("async", Replication::Async), ("quorum", Replication::Quorum)];

pub(super) const ORDERING: Words<Ordering> = &[
    ("free", Ordering::Free),
    ("one-per-key", Ordering::OnePerKey),
    ("key-to-one-consumer", Ordering::KeyToOneConsumer),
];

pub(super) const AFTER_LIMIT: Words<AfterLimit> =
    &[("dead-letter", AfterLimit::DeadLetter), ("keep", AfterLimit::Keep)];

pub(super) const REBALANCE: Words<Rebalance> =
    &[("eager", Rebalance::Eager), ("cooperative", Rebalance::Cooperative)];

pub(super) const LOCK_BY: Words<LockBy> = &[
    ("none", LockBy::None),
    ("check-only", LockBy::CheckOnly),
    ("atomic", LockBy::Atomic),
    ("pessimistic", LockBy::Pessimistic),
    ("optimistic", LockBy::Optimistic),
    ("serializable", LockBy::Serializable),
    ("immediate-restart", LockBy::ImmediateRestart),
    ("skip-locked", LockBy::SkipLocked),
    ("lease", LockBy::Lease),
];

pub(super) const RELEASE: Words<Release> =
    &[("checked", Release::Checked), ("unchecked", Release::Unchecked)];

pub(super) const GRANULARITY: Words<Granularity> =
    &[("row", Granularity::Row), ("table", Granularity::Table)];

pub(super) const READ_LOCK: Words<ReadLock> =
    &[("shared", ReadLock::Shared), ("exclusive", ReadLock::Exclusive)];

pub(super) const ROW_ORDER: Words<RowOrder> = &[("given", RowOrder::Given), ("sorted", RowOrder::Sorted)];

pub(super) const WRITES: Words<Writes> = &[("immediate", Writes::Immediate), ("deferred", Writes::Deferred)];

pub(super) const VICTIM: Words<Victim> =
    &[("detector", Victim::Detector), ("smallest", Victim::Smallest), ("youngest", Victim::Youngest)];

/// The strategies of idempotency guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GuardWord {
    UniqueKey,
    SetNx,
    Version,
    Status,
    Inbox,
    InMemory,
}

pub(super) const GUARD: Words<GuardWord> = &[
    ("unique-key", GuardWord::UniqueKey),
    ("setnx", GuardWord::SetNx),
    ("version", GuardWord::Version),
    ("status", GuardWord::Status),
    ("inbox", GuardWord::Inbox),
    ("in-memory", GuardWord::InMemory),
];

/// When keys are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkWord {
    Before,
    After,
    LeaseThenDone,
}

pub(super) const MARK: Words<MarkWord> =
    &[("before", MarkWord::Before), ("after", MarkWord::After), ("lease-then-done", MarkWord::LeaseThenDone)];

pub(super) const KEY_OF: Words<KeyOf> = &[("message-id", KeyOf::MessageId), ("business", KeyOf::Business)];

pub(super) const KEY_TRANSACTION: Words<KeyTransaction> =
    &[("with-effect", KeyTransaction::WithEffect), ("separate", KeyTransaction::Separate)];

pub(super) const IF_TAKEN: Words<IfTaken> = &[("skip", IfTaken::Skip), ("retry", IfTaken::Retry)];

pub(super) const EXPIRE: Words<Expire> =
    &[("together", Expire::Together), ("separate-call", Expire::SeparateCall)];

pub(super) const WHEN_DOWN: Words<WhenDown> = &[("open", WhenDown::Open), ("closed", WhenDown::Closed)];

/// Of `from:`, whether the message brings the version.
pub(super) const VERSION_FROM: Words<bool> = &[("message", true), ("row", false)];

pub(super) const ON_STALE: Words<OnStale> =
    &[("drop", OnStale::Drop), ("retry", OnStale::Retry), ("dead-letter", OnStale::DeadLetter)];

/// The kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreWord {
    Database,
    Cache,
}

pub(super) const STORE_KIND: Words<StoreWord> =
    &[("database", StoreWord::Database), ("cache", StoreWord::Cache)];

pub(super) const DISPATCH: Words<Dispatch> = &[
    ("round-robin", Dispatch::RoundRobin),
    ("random", Dispatch::Random),
    ("least-loaded", Dispatch::LeastLoaded),
    ("power-of-two", Dispatch::PowerOfTwo),
    ("sticky-key", Dispatch::StickyKey),
];

pub(super) const QUEUE_ORDER: Words<QueueOrder> =
    &[("oldest-first", QueueOrder::OldestFirst), ("newest-first", QueueOrder::NewestFirst)];

/// Of `mandatory:`.
pub(super) const MANDATORY: Words<Unroutable> =
    &[("true", Unroutable::Returned), ("false", Unroutable::Dropped)];

/// Of `same_message:`.
pub(super) const SAME_MESSAGE: Words<Identity> = &[("true", Identity::OfHandled), ("false", Identity::New)];

pub(super) const BOOLEAN: Words<bool> =
    &[("true", true), ("false", false), ("yes", true), ("no", false), ("on", true), ("off", false)];

/// The first word for a value.
pub(super) fn word_of<T: PartialEq>(words: Words<T>, value: &T) -> &'static str {
    words.iter().find(|(_, meaning)| meaning == value).expect("every value of the language has a word").0
}
