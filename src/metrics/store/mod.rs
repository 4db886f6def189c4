//! What stores did: counts, levels, and the balance of their rows.
//!
//! Counts cover the whole run, like the ledger; levels, waits and flows begin where the warm-up ends.

mod summary;

use crate::protocol::fact::{Resource, StoreFact};
use crate::protocol::store::{AbortReason, Row};
use crate::quantity::{Span, Time};

use super::histogram::Spans;
use super::level::Gauge;

pub use self::summary::{Balance, Reckoning, StoreCounts, StoreSummary};

/// What there is to know of a store beforehand.
#[derive(Clone, Debug)]
pub struct StoreScope {
    /// Its name.
    pub name: String,
    /// Whether it is a cache.
    pub is_cache: bool,
    /// Transactions that it serves at once; `None`: all.
    pub connections: Option<u32>,
    /// How many disks it has; `None`: none, or no end of them.
    pub disks: Option<u32>,
    /// How many CPUs it has; `None`: none, or no end of them.
    pub cpus: Option<u32>,
    /// What it holds.
    pub tables: Vec<TableScope>,
}

/// What there is to know of a table beforehand.
#[derive(Clone, Debug)]
pub struct TableScope {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub count: u32,
    /// What each holds in the beginning.
    pub start: i64,
    /// What steps do to it.
    pub kind: TableKind,
}

/// What steps do to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// Nothing that changes a value.
    Constant,
    /// They take from it, down to this floor.
    Stock(i64),
    /// They add to it.
    Sum,
}

/// Everything measured of one store.
#[derive(Debug)]
pub(super) struct StoreMeter {
    counts: StoreCounts,
    commits_since_cut: u64,
    lock_wait: Spans,
    connections: Gauge,
    queued: Gauge,
    waiting: Gauge,
    disks: Span,
    cpus: Span,
    tables: Vec<TableMeter>,
}

/// The changes of one table's rows.
#[derive(Clone, Debug, Default)]
struct TableMeter {
    /// By row, once one has changed: what clients mean to have added, and what was.
    rows: Vec<(i64, i64)>,
    /// What was taken, and what was added, as clients mean it.
    taken: i64,
    added: i64,
    /// The least size of a change.
    least: u64,
}

impl StoreMeter {
    pub(super) fn new(scope: &StoreScope, cut: Time) -> Self {
        Self {
            counts: StoreCounts::default(),
            commits_since_cut: 0,
            lock_wait: Spans::new(),
            connections: Gauge::new(cut),
            queued: Gauge::new(cut),
            waiting: Gauge::new(cut),
            disks: Span::ZERO,
            cpus: Span::ZERO,
            tables: vec![TableMeter::default(); scope.tables.len()],
        }
    }

    /// Folds a fact; says how long a lock was waited for, if that counts.
    pub(super) fn observe(
        &mut self,
        now: Time,
        cut: Time,
        scope: &StoreScope,
        what: StoreFact,
    ) -> Option<Span> {
        let counts = &mut self.counts;
        match what {
            StoreFact::Called => counts.calls += 1,
            StoreFact::Attempted { again } => {
                counts.attempts += 1;
                counts.retries += u64::from(again);
            }
            StoreFact::GaveUp => counts.gave_up += 1,
            StoreFact::SoldOut => counts.sold_out += 1,
            StoreFact::Committed => {
                counts.commits += 1;
                self.commits_since_cut += u64::from(now >= cut);
            }
            StoreFact::Aborted { why } => {
                *match why {
                    AbortReason::Conflict | AbortReason::Locked => &mut counts.conflicts,
                    AbortReason::TimedOut => &mut counts.lock_timeouts,
                    AbortReason::Deadlock => &mut counts.deadlocks,
                } += 1;
            }
            StoreFact::LockWaited { since } if since >= cut => {
                let waited = now.since(since);
                self.lock_wait.record(waited);
                return Some(waited);
            }
            StoreFact::Changed { row, by, meant, overwrites } => {
                counts.overwrites += u64::from(overwrites);
                let table = usize::from(row.table.0);
                self.tables[table].changed(&scope.tables[table], row, by, meant);
            }
            StoreFact::Levels { connections, queued, waiting } => {
                self.connections.set(now, connections.into());
                self.queued.set(now, queued.into());
                self.waiting.set(now, waiting.into());
            }
            StoreFact::Worked { resource, lasts } if now >= cut => match resource {
                Resource::Disk => self.disks += lasts,
                Resource::Cpu => self.cpus += lasts,
            },
            StoreFact::LockWaited { .. } | StoreFact::Worked { .. } => {}
        }
        None
    }

    /// The store's numbers over a run that ended at `end` with so many completed messages (or operations,
    /// where no message was published).
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
    pub(super) fn summary(&self, scope: &StoreScope, cut: Time, end: Time, completed: u64) -> StoreSummary {
        let seconds = end.since(cut).as_seconds();
        let connections = self.connections.summary(end);
        let share = |busy: Span, count: Option<u32>| {
            count.filter(|_| seconds > 0.0).map(|count| busy.as_seconds() / seconds / f64::from(count))
        };
        let calls = (completed > 0).then(|| self.counts.calls as f64 / completed as f64);
        let lost = self.tables.iter().map(TableMeter::lost_updates).sum();
        StoreSummary {
            counts: StoreCounts { lost_updates: lost, ..self.counts },
            store_calls: calls.filter(|_| !scope.is_cache),
            cache_calls: calls.filter(|_| scope.is_cache),
            throughput: (seconds > 0.0).then(|| self.commits_since_cut as f64 / seconds),
            utilization: scope.connections.and_then(|limit| Some(connections.mean? / f64::from(limit))),
            disk_utilization: share(self.disks, scope.disks),
            cpu_utilization: share(self.cpus, scope.cpus),
            lock_wait: self.lock_wait.summary(),
            connections,
            queue_length: self.queued.summary(end),
            lock_queue: self.waiting.summary(end),
        }
    }

    /// What became of the rows that steps change.
    pub(super) fn balances<'m>(&'m self, scope: &'m StoreScope) -> impl Iterator<Item = Balance> + 'm {
        let tables = self.tables.iter().zip(&scope.tables);
        tables.filter_map(|(meter, table)| {
            let reckoning = meter.reckoning(table)?;
            Some(Balance { store: scope.name.clone(), row: table.name.clone(), reckoning })
        })
    }
}

impl TableMeter {
    fn changed(&mut self, scope: &TableScope, row: Row, by: i64, meant: i64) {
        if self.rows.is_empty() {
            self.rows = vec![(0, 0); scope.count as usize];
        }
        let (all_meant, all_by) = &mut self.rows[row.number as usize];
        *all_meant += meant;
        *all_by += by;
        if meant < 0 {
            self.taken -= meant;
        } else {
            self.added += meant;
        }
        let size = meant.unsigned_abs();
        if size > 0 && (self.least == 0 || size < self.least) {
            self.least = size;
        }
    }

    fn change(&self) -> i64 {
        self.rows.iter().map(|(_, by)| by).sum()
    }

    /// Changes that clients were told of and that no row shows, of the least size.
    fn lost_updates(&self) -> u64 {
        let meant = self.added - self.taken;
        (meant - self.change()).unsigned_abs().checked_div(self.least).unwrap_or(0)
    }

    fn reckoning(&self, scope: &TableScope) -> Option<Reckoning> {
        match scope.kind {
            TableKind::Constant => None,
            TableKind::Sum => {
                let (expected, actual) = (self.added - self.taken, self.change());
                Some(Reckoning::Sum { expected, actual, difference: expected - actual })
            }
            TableKind::Stock(floor) => {
                let room = scope.start - floor;
                let over = self.rows.iter().map(|(meant, _)| (-meant - room).max(0)).sum();
                let row_change = -self.change();
                Some(Reckoning::Stock {
                    start: scope.start * i64::from(scope.count),
                    capacity: room * i64::from(scope.count) + self.added,
                    accepted: self.taken,
                    row_change,
                    oversold: over,
                    forgotten: self.taken - self.added - row_change,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reckoning, Row, TableKind, TableMeter, TableScope};
    use crate::protocol::store::TableId;

    fn table(count: u32, start: i64, kind: TableKind) -> TableScope {
        TableScope { name: "item".to_owned(), count, start, kind }
    }

    const fn row(number: u32) -> Row {
        Row { table: TableId(0), number }
    }

    #[test]
    fn each_row_is_oversold_by_itself_and_what_no_row_shows_is_forgotten() {
        let scope = table(2, 2, TableKind::Stock(0));
        let mut meter = TableMeter::default();
        for by in [-1, -1, 0] {
            meter.changed(&scope, row(0), by, -1);
        }
        meter.changed(&scope, row(1), -1, -1);
        let expected =
            Reckoning::Stock { start: 4, capacity: 4, accepted: 4, row_change: 3, oversold: 1, forgotten: 1 };
        assert_eq!(meter.reckoning(&scope), Some(expected), "the other row's last ticket is not in this one");
        assert_eq!(meter.lost_updates(), 1);
    }

    #[test]
    fn sums_say_what_is_missing() {
        let scope = table(1, 0, TableKind::Sum);
        let mut meter = TableMeter::default();
        for by in [5, 0, 5, 0] {
            meter.changed(&scope, row(0), by, 5);
        }
        assert_eq!(
            meter.reckoning(&scope),
            Some(Reckoning::Sum { expected: 20, actual: 10, difference: 10 })
        );
        assert_eq!(meter.lost_updates(), 2);
        assert_eq!(TableMeter::default().reckoning(&table(1, 0, TableKind::Constant)), None);
    }
}
