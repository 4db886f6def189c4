//! Stores, and the transactions that steps run at them.

use crate::quantity::Span;

use super::{Backoff, Distribution};

/// A store.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// Unique among all components.
    pub name: String,
    /// What it is.
    pub kind: StoreKind,
    /// How long a client waits for an answer; `None`: for ever.
    pub timeout: Option<Span>,
    /// When the silence of a dead client's machine is noticed; `None`: never.
    pub heartbeat: Option<Span>,
}

/// What a store is.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreKind {
    /// Rows, transactions, locks.
    Database(Database),
    /// Keys that live for a while, in memory.
    Cache(Cache),
}

/// A cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    /// What each call takes.
    pub latency: Distribution,
    /// How far the replica lags behind that takes over after a crash; `None`: there is none, and a crash
    /// forgets everything.
    pub replica_lag: Option<Span>,
}

/// A database.
#[derive(Clone, Debug, PartialEq)]
pub struct Database {
    /// In the file's order; a [`TableRef`] points into it.
    pub tables: Vec<Table>,
    /// What each statement takes, commits too.
    pub latency: Distribution,
    /// What a commit takes beside that.
    pub fsync: Distribution,
    /// Transactions, or statements outside any, that are served at once; `None`: all.
    pub connections: Option<u32>,
    /// Transactions that are active at once; `None`: all.
    pub admission: Option<u32>,
    /// What each object read or written takes of a disk.
    pub disks: Option<Servers>,
    /// What it takes of a CPU, after the disk.
    pub cpus: Option<Servers>,
    /// When what was written goes through disk and CPU.
    pub writes: Writes,
    /// What becomes of deadlocks.
    pub deadlock: Deadlock,
}

impl Store {
    /// The database that it is, if it is one.
    #[must_use]
    pub const fn database(&self) -> Option<&Database> {
        match &self.kind {
            StoreKind::Database(database) => Some(database),
            StoreKind::Cache(_) => None,
        }
    }
}

/// Rows of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Unique in its store.
    pub name: String,
    /// How many rows there are.
    pub count: u32,
    /// What each holds in the beginning.
    pub start: i64,
}

/// Disks or CPUs.
#[derive(Clone, Debug, PartialEq)]
pub struct Servers {
    /// How many; `None`: as many as are asked for.
    pub count: Option<u32>,
    /// What an object takes.
    pub time: Distribution,
}

/// When what was written goes through disk and CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// When it is written.
    Immediate,
    /// At the commit.
    Deferred,
}

/// What becomes of deadlocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// Who is rolled back.
    pub victim: Victim,
    /// How long a statement waits for a lock before it is looked for one.
    pub after: Span,
}

/// Who is rolled back to end a deadlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// Whoever finds it.
    Detector,
    /// Who holds the fewest locks.
    Smallest,
    /// Who began last; another try keeps the time of the first.
    Youngest,
}

/// A position in [`Scenario::stores`](super::Scenario::stores).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreRef(pub usize);

/// A position in [`Database::tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableRef(pub usize);

/// An `update`, `transaction` or `read` step.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Where.
    pub store: StoreRef,
    /// How the file writes it.
    pub form: TransactionForm,
    /// One after the other.
    pub parts: Vec<Part>,
    /// What keeps others away.
    pub lock: Lock,
    /// Further tries after one that failed because of others.
    pub retries: Retries,
    /// The wait before each.
    pub backoff: Backoff,
    /// A further wait before each.
    pub restart_delay: RestartDelay,
}

/// How the file writes a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionForm {
    /// `update:`.
    Update,
    /// `read:`.
    Read,
    /// `transaction:` with a `do`.
    Several,
    /// `transaction:` with `reads` and a `write_share`.
    Synthetic,
}

/// A part of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it does to each of its rows.
    pub access: Access,
    /// Which rows.
    pub rows: Rows,
    /// The pause between reading and writing (before the statement where there is but one).
    pub think: Distribution,
}

/// What a part does to its rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Access {
    /// Reads them.
    Read,
    /// Adds to each.
    Add {
        /// How much.
        add: i64,
        /// The least that may be left; `None`: anything.
        floor: Option<i64>,
    },
    /// Reads each, and then writes some.
    Touch {
        /// How likely each is written.
        write_share: f64,
    },
}

/// Rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Which table.
    pub table: TableRef,
    /// How they are picked.
    pub pick: Pick,
    /// How many distinct ones, both ends included and each as likely.
    pub how_many: (u32, u32),
    /// In which order.
    pub order: RowOrder,
}

/// How rows are picked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pick {
    /// By the key of the message or operation; further ones follow it.
    Key,
    /// Each as likely.
    Uniform,
    /// Row k with probability proportional to 1/(k+1)^exponent.
    Zipf {
        /// How uneven.
        exponent: f64,
    },
    /// This one; further ones follow it.
    Fixed(u32),
}

/// In which order several rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// As they were picked.
    Given,
    /// By their numbers, so that no two transactions wait for each other.
    Sorted,
}

/// What keeps others away from a transaction's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// How.
    pub by: LockBy,
    /// Whether rows or whole tables are locked.
    pub granularity: Granularity,
    /// How a row is locked that is only to be read.
    pub mode: ReadLock,
    /// How long a lock is waited for; `None`: for ever.
    pub wait_timeout: Option<Span>,
    /// More about a [`LockBy::Lease`], which is the only one that has it.
    pub lease: Option<Lease>,
}

impl Lock {
    /// None at all.
    pub const NONE: Self = Self {
        by: LockBy::None,
        granularity: Granularity::Row,
        mode: ReadLock::Shared,
        wait_timeout: None,
        lease: None,
    };
}

/// A key in a cache that stands for a row, and is its owner's for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The cache.
    pub store: StoreRef,
    /// How long it lasts.
    pub ttl: Span,
    /// Whether a watchdog gives it its whole time again every third of it, as Redisson's does.
    pub renew: bool,
    /// How it is given back.
    pub release: Release,
    /// Whether the database refuses the statements of former owners.
    pub fence: bool,
}

/// How a lease is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Its key is deleted if it is still the owner's (a script that compares and deletes).
    Checked,
    /// Its key is deleted, whoever owns it (`DEL`).
    Unchecked,
}

/// A lock strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockBy {
    /// Read, compute, write blindly.
    None,
    /// Read and check, then add without a guard.
    CheckOnly,
    /// `SELECT … FOR UPDATE`.
    Pessimistic,
    /// `… WHERE version = old`.
    Optimistic,
    /// The database rolls one of two back that conflict.
    Serializable,
    /// `FOR UPDATE NOWAIT`, over and over.
    ImmediateRestart,
    /// One guarded statement.
    Atomic,
    /// `FOR UPDATE SKIP LOCKED`.
    SkipLocked,
    /// A key in a cache that lives for a while.
    Lease,
}

/// What is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// Rows.
    Row,
    /// All of a row's table.
    Table,
}

/// How a row is locked that is read, and perhaps written later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadLock {
    /// With other readers; a writer upgrades it.
    Shared,
    /// For itself alone.
    Exclusive,
}

/// Further tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// So many.
    AtMost(u32),
    /// Until it succeeds.
    Unlimited,
}

/// What a transaction waits for before it is tried again, beside its backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartDelay {
    /// Nothing.
    None,
    /// Always as long.
    Constant(Span),
    /// Exponential, with the running mean of response times.
    Adaptive,
}

impl Transaction {
    /// Whether its commit changes anything that counts.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        self.parts.iter().any(|part| part.access != Access::Read)
    }

    /// The stores that it asks: the database, and the cache that keeps its leases.
    pub fn stores(&self) -> impl Iterator<Item = StoreRef> {
        [self.store].into_iter().chain(self.lock.lease.map(|lease| lease.store))
    }
}
