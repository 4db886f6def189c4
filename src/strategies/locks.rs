//! Lock strategies: which statements a transaction sends, in which order, and what its client decides.
//!
//! ```text
//!  none               read, think, write what was computed
//!  check-only         read, check, think, add
//!  atomic             think, add where enough is left
//!  pessimistic        read and lock, check, think, write
//!  immediate-restart  the same, and never wait
//!  skip-locked        read and lock whatever is free, think, add
//!  optimistic         read, check, think, write where the version is the one read
//!  serializable       the same, and the commit fails if anything that was read has changed
//!  lease              take a key in a cache for each row, read, check, think, write; then give the keys back
//! ```
//!
//! Several statements make a transaction, which ends with a commit. A single one needs none.
//!
//! Pure: sends nothing and waits for nothing.

use crate::protocol::store::{Held, KeyWork, LockMode, Locking, Patience, Row, Statement};
use crate::quantity::Span;
use crate::scenario::model::{
    Granularity, Lock, LockBy, ReadLock, Release, RestartDelay, Retries, TransactionForm,
};

/// What a transaction does to one row.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Which part of the transaction it belongs to.
    pub part: u16,
    /// Which row.
    pub row: Row,
    /// What is done to it.
    pub change: Change,
    /// What it held when it was read.
    pub held: Held,
}

/// What is done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it is read.
    None,
    /// Something is added.
    Add {
        /// How much.
        add: i64,
        /// The least that may be left.
        floor: Option<i64>,
    },
    /// It is written, whatever it holds.
    Touch,
}

/// What a client does next. Rows are named by their place among the accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Takes a lease of a row.
    Acquire(u32),
    /// Reads a row.
    Read(u32),
    /// Thinks as long as this part says.
    Think(u16),
    /// Changes a row.
    Write(u32),
    /// Takes this step about the task's key.
    Key(u32),
    /// Makes it last.
    Commit,
}

/// Whether each statement stands alone and needs no commit.
#[must_use]
pub fn is_alone(by: LockBy, form: TransactionForm, accesses: &[Access]) -> bool {
    let is_single = matches!(form, TransactionForm::Update | TransactionForm::Read) && accesses.len() == 1;
    let needs_none = [LockBy::None, LockBy::CheckOnly, LockBy::Optimistic, LockBy::Atomic, LockBy::Lease];
    is_single && needs_none.contains(&by)
}

/// Everything that one try does, in order; `accesses` are ordered by their parts.
#[must_use]
pub fn script(by: LockBy, form: TransactionForm, accesses: &[Access]) -> Vec<Action> {
    let mut script = Vec::with_capacity(2 * accesses.len() + 2);
    let numbered: Vec<(u32, &Access)> = (0..).zip(accesses).collect();
    if by == LockBy::Lease {
        let is_first = |(at, access): &&(u32, &Access)| {
            accesses[..*at as usize].iter().all(|before| before.row != access.row)
        };
        script.extend(numbered.iter().filter(is_first).map(|(at, _)| Action::Acquire(*at)));
    }
    for part in numbered.chunk_by(|(_, one), (_, other)| one.part == other.part) {
        let reads = |access: &Access| by != LockBy::Atomic || access.change == Change::None;
        script.extend(part.iter().filter(|(_, access)| reads(access)).map(|(at, _)| Action::Read(*at)));
        script.push(Action::Think(part[0].1.part));
        let changed = part.iter().filter(|(_, access)| access.change != Change::None);
        script.extend(changed.map(|(at, _)| Action::Write(*at)));
    }
    if !is_alone(by, form, accesses) {
        script.push(Action::Commit);
    }
    script
}

/// The same try with so many steps about a key before every other statement of the database: a transaction, even
/// around a single statement. Leases come first, so that nothing is locked there while they are waited for.
#[must_use]
pub fn guarded(mut script: Vec<Action>, steps: u32) -> Vec<Action> {
    let ends = script.last() == Some(&Action::Commit);
    let commit = (!ends).then_some(Action::Commit);
    let leases = script.iter().take_while(|action| matches!(action, Action::Acquire(_))).count();
    let rest = script.split_off(leases);
    script.into_iter().chain((0..steps).map(Action::Key)).chain(rest).chain(commit).collect()
}

/// How a row is read.
#[must_use]
pub fn read(lock: &Lock, form: TransactionForm, access: &Access) -> Statement {
    let row = access.row;
    let is_synthetic = form == TransactionForm::Synthetic;
    if let (LockBy::SkipLocked, Change::Add { add, floor }) = (lock.by, access.change) {
        return Statement::ReadFree { table: row.table, add, floor: floor.unwrap_or(i64::MIN) };
    }
    let mode = match access.change {
        Change::None => LockMode::Shared,
        Change::Touch if lock.mode == ReadLock::Shared => LockMode::Shared,
        Change::Add { .. } | Change::Touch => LockMode::Exclusive,
    };
    let locking = patience(lock).map(|patience| Locking {
        mode,
        patience,
        whole_table: lock.granularity == Granularity::Table,
    });
    let is_tracked = lock.by == LockBy::Serializable || (lock.by == LockBy::Optimistic && is_synthetic);
    Statement::Read { row, locking, is_tracked }
}

/// How a row is changed, after it was read (unless the strategy reads nothing).
#[must_use]
pub fn write(lock: &Lock, access: &Access) -> Statement {
    let Access { row, held, .. } = *access;
    let seen = held.version;
    let (add, floor) = match access.change {
        Change::Add { add, floor } => (add, floor),
        Change::Touch => return Statement::Touch { row, patience: patience_of_touch(lock) },
        Change::None => unreachable!("what is only read is not written"),
    };
    match lock.by {
        LockBy::Atomic => Statement::Add { row, add, floor, seen: None, must_be_last: false },
        LockBy::SkipLocked => Statement::Add { row, add, floor: None, seen: None, must_be_last: false },
        LockBy::CheckOnly => Statement::Add { row, add, floor: None, seen: Some(seen), must_be_last: false },
        LockBy::None | LockBy::Pessimistic | LockBy::ImmediateRestart | LockBy::Lease => {
            Statement::Write { row, to: held.value.saturating_add(add), add, seen, must_be_last: false }
        }
        LockBy::Optimistic | LockBy::Serializable => {
            Statement::Write { row, to: held.value.saturating_add(add), add, seen, must_be_last: true }
        }
    }
}

/// How long an explicit lock is waited for; `None`: no lock is taken.
fn patience(lock: &Lock) -> Option<Patience> {
    match (lock.by, lock.wait_timeout) {
        (LockBy::ImmediateRestart, _) | (LockBy::Pessimistic, Some(Span::ZERO)) => Some(Patience::None),
        (LockBy::Pessimistic, None) => Some(Patience::Endless),
        (LockBy::Pessimistic, Some(span)) => Some(Patience::For(span)),
        _ => None,
    }
}

fn patience_of_touch(lock: &Lock) -> Option<Patience> {
    match lock.by {
        LockBy::Serializable => Some(Patience::Endless),
        // The table's lock covers it.
        LockBy::Pessimistic if lock.granularity == Granularity::Table => None,
        _ => patience(lock),
    }
}

/// Whether the client, having read a row, finds too little left. Some strategies leave that to the statement.
#[must_use]
pub fn is_sold_out(by: LockBy, access: &Access) -> bool {
    let Change::Add { add, floor: Some(floor) } = access.change else { return false };
    !matches!(by, LockBy::Atomic | LockBy::SkipLocked) && access.held.value.saturating_add(add) < floor
}

/// Whether a row that was read is locked from then on, or was already, as far as its reader knows.
#[must_use]
pub const fn locks(by: LockBy) -> bool {
    matches!(by, LockBy::Pessimistic | LockBy::ImmediateRestart | LockBy::SkipLocked | LockBy::Lease)
}

/// How a lease is given back that was taken with this number.
#[must_use]
pub const fn release(how: Release, owner: u64) -> KeyWork {
    match how {
        Release::Checked => KeyWork::Release(Some(owner)),
        Release::Unchecked => KeyWork::Release(None),
    }
}

/// How long after a lease was taken or renewed its watchdog renews it: Redisson's `lockWatchdogTimeout` / 3.
#[must_use]
pub const fn renewed_after(ttl: Span) -> Span {
    Span::from_nanos(ttl.as_nanos() / 3)
}

/// Whether another try is made after so many.
#[must_use]
pub const fn tries_again(retries: Retries, tries: u32) -> bool {
    match retries {
        Retries::AtMost(most) => tries <= most,
        Retries::Unlimited => true,
    }
}

/// The mean of an adaptive delay, and whether it is drawn. As long as no transaction has committed, the mean
/// is what this one has taken so far, or else a millisecond: without any wait no time would pass.
#[must_use]
pub fn delay(policy: RestartDelay, mean_response: Span, age: Span) -> Delay {
    match policy {
        RestartDelay::None => Delay::Constant(Span::ZERO),
        RestartDelay::Constant(span) => Delay::Constant(span),
        RestartDelay::Adaptive => {
            let known = [mean_response, age].into_iter().find(|span| !span.is_zero());
            Delay::Exponential(known.unwrap_or(Span::from_millis(1)))
        }
    }
}

/// A wait before another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// Always as long.
    Constant(Span),
    /// With this mean.
    Exponential(Span),
}

#[cfg(test)]
mod tests {
    use super::{Access, Action, Change, Delay, delay, guarded, is_alone, is_sold_out, script};
    use crate::protocol::store::{Held, Row, TableId};
    use crate::quantity::Span;
    use crate::scenario::model::{LockBy, RestartDelay, TransactionForm};

    use Action::{Acquire, Commit, Key, Read, Think, Write};
    use TransactionForm::{Several, Synthetic, Update};

    fn access(part: u16, number: u32, change: Change) -> Access {
        let row = Row { table: TableId(0), number };
        Access { part, row, change, held: Held { value: 1, version: 0 } }
    }

    const TAKE: Change = Change::Add { add: -1, floor: Some(0) };

    #[test]
    fn a_single_statement_needs_no_commit() {
        let one = [access(0, 0, TAKE)];
        assert_eq!(script(LockBy::None, Update, &one), [Read(0), Think(0), Write(0)]);
        assert_eq!(script(LockBy::Atomic, Update, &one), [Think(0), Write(0)]);
        assert_eq!(script(LockBy::Pessimistic, Update, &one), [Read(0), Think(0), Write(0), Commit]);
        assert!(!is_alone(LockBy::Atomic, Several, &one), "a transaction is one");
        assert!(!is_alone(LockBy::Serializable, Update, &one), "what it has read is judged at the commit");
    }

    #[test]
    fn parts_follow_each_other_and_a_synthetic_one_reads_before_it_writes() {
        let parts = [access(0, 4, Change::None), access(1, 2, TAKE), access(1, 3, TAKE)];
        let expected = [Read(0), Think(0), Read(1), Read(2), Think(1), Write(1), Write(2), Commit];
        assert_eq!(script(LockBy::Optimistic, Several, &parts), expected);
        let touched = [access(0, 4, Change::None), access(0, 2, Change::Touch), access(0, 9, Change::None)];
        let expected = [Read(0), Read(1), Read(2), Think(0), Write(1), Commit];
        assert_eq!(script(LockBy::Pessimistic, Synthetic, &touched), expected);
    }

    #[test]
    fn leases_come_before_everything_and_each_row_has_one() {
        let one = [access(0, 0, TAKE)];
        assert_eq!(script(LockBy::Lease, Update, &one), [Acquire(0), Read(0), Think(0), Write(0)]);
        let twice = [access(0, 4, Change::None), access(1, 4, TAKE), access(1, 2, TAKE)];
        let bare = script(LockBy::Lease, Several, &twice);
        let rest = [Read(0), Think(0), Read(1), Read(2), Think(1), Write(1), Write(2), Commit];
        assert_eq!(bare, [&[Acquire(0), Acquire(2)], &rest[..]].concat());
        assert_eq!(guarded(bare, 1), [&[Acquire(0), Acquire(2), Key(0)], &rest[..]].concat());
        assert_eq!(guarded(vec![Think(0), Write(0)], 1), [Key(0), Think(0), Write(0), Commit]);
    }

    #[test]
    fn who_reads_checks_the_floor_itself() {
        let mut last = access(0, 0, TAKE);
        assert!(!is_sold_out(LockBy::None, &last));
        last.held.value = 0;
        assert!(is_sold_out(LockBy::None, &last) && !is_sold_out(LockBy::Atomic, &last));
        last.change = Change::Add { add: -1, floor: None };
        assert!(!is_sold_out(LockBy::None, &last), "without a floor there is no bottom");
    }

    #[test]
    fn an_adaptive_delay_is_never_nothing() {
        let second = Span::from_seconds(1);
        let adaptive = |mean, age| delay(RestartDelay::Adaptive, mean, age);
        assert_eq!(adaptive(second, Span::ZERO), Delay::Exponential(second));
        assert_eq!(adaptive(Span::ZERO, second), Delay::Exponential(second));
        assert_eq!(adaptive(Span::ZERO, Span::ZERO), Delay::Exponential(Span::from_millis(1)));
    }
}
