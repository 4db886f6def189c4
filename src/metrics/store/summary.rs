//! What one run measured of stores, as plain data under its public names.

use super::super::summary::{Latency, Level, counters};

counters!(
    /// What happened at a store, and to its clients, over the whole run.
    StoreCounts {
        /// Statements that arrived, commits too.
        calls,
        /// Tries at transactions, and at single statements that change something, that committed.
        commits,
        /// Tries that clients began.
        attempts,
        /// Those beyond the first of their transaction.
        retries,
        /// Tries rolled back because another had changed, or locked, what they needed.
        conflicts,
        /// Tries rolled back to end a deadlock.
        deadlocks,
        /// Tries rolled back because they had waited long enough for a lock.
        lock_timeouts,
        /// Transactions that clients gave up.
        gave_up,
        /// Transactions that found nothing left to take.
        sold_out,
        /// Changes of rows that had changed since the client read them.
        overwrites,
        /// Changes that clients were told of and that no row shows.
        lost_updates,
    }
);

/// One store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreSummary {
    /// What happened.
    pub counts: StoreCounts,
    /// Statements for each completed message, or else for each succeeded operation.
    pub store_calls: Option<f64>,
    /// The same, of a cache.
    pub cache_calls: Option<f64>,
    /// Commits per second.
    pub throughput: Option<f64>,
    /// Connections in use over those there are; `None` where there is no limit.
    pub utilization: Option<f64>,
    /// How busy its disks were; `None` without any that queue.
    pub disk_utilization: Option<f64>,
    /// How busy its CPUs were; `None` without any that queue.
    pub cpu_utilization: Option<f64>,
    /// How long statements that lock a row waited for it.
    pub lock_wait: Latency,
    /// Transactions being served.
    pub connections: Level,
    /// Transactions that wait to be admitted or for a connection.
    pub queue_length: Level,
    /// Statements that wait for a lock.
    pub lock_queue: Level,
}

/// What became of a table that steps change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Which store.
    pub store: String,
    /// Which of its tables.
    pub row: String,
    /// The numbers.
    pub reckoning: Reckoning,
}

/// What should be there, and what is, over all rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reckoning {
    /// Something was taken, down to a floor.
    Stock {
        /// What there was in the beginning.
        start: i64,
        /// What there was to take, with what was added meanwhile.
        capacity: i64,
        /// What was taken, as clients were told.
        accepted: i64,
        /// How much less the rows hold.
        row_change: i64,
        /// How much more than there was to take, row by row.
        oversold: i64,
        /// What was taken and no row shows.
        forgotten: i64,
    },
    /// Something was added.
    Sum {
        /// What was added, as clients were told.
        expected: i64,
        /// How much more the rows hold.
        actual: i64,
        /// What is missing.
        difference: i64,
    },
}
