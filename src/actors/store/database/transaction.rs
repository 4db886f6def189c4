//! What a database remembers of a transaction under way.

use crate::kernel::TimerId;
use crate::protocol::store::{Held, KeyWork, LockMode, Request, Row};
use crate::quantity::{Span, Time};

/// One transaction, or one statement outside any.
#[derive(Debug)]
pub(super) struct Transaction {
    /// What is asked of it now, or was last.
    pub(super) request: Request,
    /// Recognises it behind events that may be for an earlier one at the same place.
    pub(super) stamp: u32,
    pub(super) stage: Stage,
    /// Rows that it read and that nobody may have changed when it commits, as they were.
    pub(super) reads: Vec<(Row, u64)>,
    /// What becomes of rows when it commits.
    pub(super) writes: Vec<Change>,
    /// What becomes of keys when it commits.
    pub(super) keys: Vec<(Row, KeyWork)>,
    /// Rows that it relies on leases of, with the numbers of their owner.
    pub(super) fences: Vec<(Row, u64)>,
    /// Locks that its statement needs and has not got.
    pub(super) wanted: Vec<(Row, LockMode)>,
    /// When the statement began to wait for its locks.
    pub(super) locking_since: Time,
    /// When it is looked for a deadlock, and when the wait is given up.
    pub(super) timers: [Option<TimerId>; 2],
    /// Objects of its statement that still have to go through disk and CPU.
    pub(super) objects: u32,
    /// How long the disks had stalled in all when its last object came to one.
    pub(super) stalls_before: Span,
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits to be admitted.
    Outside,
    /// It is admitted and waits for a connection.
    Admitted,
    /// It has a connection, and its statement begins at this instant.
    Starting,
    /// Its statement takes its locks.
    Locking,
    /// Its statement waits for one.
    Blocked,
    /// Its statement takes its time.
    Working(Working),
    /// Its client has the turn.
    Idle,
}

/// What a statement's time goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Working {
    /// The statement itself.
    Statement,
    /// A disk.
    Disk,
    /// A CPU.
    Cpu,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) row: Row,
    /// Its new value; `None`: it is only another version.
    pub(super) value: Option<i64>,
    /// What the client means to have added.
    pub(super) meant: i64,
    /// Whether the client had read an older version than the last.
    pub(super) overwrites: bool,
}

impl Transaction {
    pub(super) fn new(request: Request, stamp: u32, now: Time) -> Self {
        Self {
            request,
            stamp,
            stage: Stage::Outside,
            reads: Vec::new(),
            writes: Vec::new(),
            keys: Vec::new(),
            fences: Vec::new(),
            wanted: Vec::new(),
            locking_since: now,
            timers: [None; 2],
            objects: 0,
            stalls_before: Span::ZERO,
        }
    }

    /// A row as this transaction sees it: as it wrote it itself, or else as it is.
    pub(super) fn sees(&self, row: Row, committed: Held) -> i64 {
        let own = self.writes.iter().rev().filter(|change| change.row == row).find_map(|change| change.value);
        own.unwrap_or(committed.value)
    }

    /// Whether it has written the row.
    pub(super) fn has_written(&self, row: Row) -> bool {
        self.writes.iter().any(|change| change.row == row)
    }
}
