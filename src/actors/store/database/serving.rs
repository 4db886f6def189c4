//! The way of a statement: gates, locks, time.

use crate::protocol::Ctx;
use crate::protocol::fact::{Resource, StoreFact};
use crate::protocol::id::TransactionId;
use crate::protocol::store::{
    Abort, AbortReason, Answer, LockMode, LockWait, LockWaitDue, Locking, Patience, Request, Row, Statement,
    StatementDue, TableId,
};
use crate::quantity::{Span, Time};
use crate::scenario::model::{OutageHow, Writes};

use super::locks::Outcome;
use super::transaction::{Stage, Transaction, Working};
use super::{Database, commit_over};

/// The lock that every statement takes which changes a row.
const OF_WRITERS: Locking =
    Locking { mode: LockMode::Exclusive, patience: Patience::Endless, whole_table: false };

impl Database {
    /// A statement has arrived.
    pub(super) fn ask(&mut self, request: Request, context: &mut Ctx) {
        if request.statement == Statement::Rollback {
            if let Some(&place) = self.places.get(&request.transaction) {
                self.abandon(place, context);
            } else {
                self.inboxes.let_go(request.transaction);
            }
            return;
        }
        self.emit(context, StoreFact::Called);
        let place = self.places.get(&request.transaction).copied();
        match self.outage {
            Some((_, OutageHow::Refuse)) => {
                if let Some(place) = place {
                    self.abandon(place, context);
                }
                return self.turn_away(context, &request, Answer::Refused);
            }
            Some((_, OutageHow::Hang)) => return commit_over(context, &request),
            None => {}
        }
        if self.is_of_the_dead(request.transaction) {
            return commit_over(context, &request);
        }
        match place {
            Some(place) => {
                let transaction = &mut self.transactions[place];
                assert_eq!(transaction.stage, Stage::Idle, "a client waits for each answer");
                transaction.request = request;
                self.begin_statement(place, context);
            }
            None if !request.is_first => self.turn_away(context, &request, Answer::Gone),
            None => self.begin_transaction(request, context),
        }
    }

    fn turn_away(&mut self, context: &mut Ctx, request: &Request, answer: Answer) {
        commit_over(context, request);
        self.answer(context, request, answer);
    }

    fn begin_transaction(&mut self, request: Request, context: &mut Ctx) {
        self.stamps = self.stamps.wrapping_add(1);
        let id: TransactionId = request.transaction;
        let place = self.transactions.insert(Transaction::new(request, self.stamps, context.now()));
        self.places.insert(id, place);
        if self.admission.enter(place) {
            self.admit(place);
        }
    }

    /// It is active: next it needs a connection.
    pub(super) fn admit(&mut self, place: u32) {
        self.transactions[place].stage = Stage::Admitted;
        if self.connections.enter(place) {
            self.connect(place);
        }
    }

    /// It has a connection: its statement can begin.
    pub(super) fn connect(&mut self, place: u32) {
        self.transactions[place].stage = Stage::Starting;
        self.make_ready(place);
    }

    pub(super) fn make_ready(&mut self, place: u32) {
        self.ready.push_back((place, self.transactions[place].stamp));
    }

    fn begin_statement(&mut self, place: u32, context: &mut Ctx) {
        let now = context.now();
        let Some(locking) = self.locking(place) else {
            return self.work(place, context);
        };
        let row = match self.transactions[place].request.statement {
            // It looks only once nobody has the whole table: what is free now may be taken by then.
            Statement::ReadFree { table, .. } if self.has_to_wait_for_table(place, table) => {
                Row { table, number: Row::WHOLE }
            }
            Statement::ReadFree { table, add, floor } => match self.find_free(table, add, floor) {
                Some(row) => row,
                None => return self.sold_out(place, context),
            },
            Statement::Read { row, .. }
            | Statement::Write { row, .. }
            | Statement::Add { row, .. }
            | Statement::Touch { row, .. } => row,
            Statement::Key { key, .. } => key,
            Statement::HandOut { .. } | Statement::Commit | Statement::Rollback => {
                unreachable!("only rows are locked")
            }
        };
        let mut wanted = if row.number == Row::WHOLE {
            vec![(row, LockMode::IntentExclusive)]
        } else {
            wanted(row, locking, self.plan.locks_tables)
        };
        wanted.retain(|(row, mode)| !self.locks.holds(place, *row, *mode));
        if wanted.is_empty() {
            return self.work(place, context);
        }
        let transaction = &mut self.transactions[place];
        if transaction.stage != Stage::Locking {
            transaction.locking_since = now;
        }
        transaction.wanted = wanted;
        transaction.stage = Stage::Locking;
        self.take_locks(place, context);
    }

    /// The lock that a transaction's statement takes, if it takes one.
    fn locking(&self, place: u32) -> Option<Locking> {
        match self.transactions[place].request.statement {
            Statement::Read { locking, .. } => locking,
            Statement::Touch { patience, .. } => patience.map(|patience| Locking { patience, ..OF_WRITERS }),
            Statement::ReadFree { .. } | Statement::Write { .. } | Statement::Add { .. } => Some(OF_WRITERS),
            Statement::Key { work, .. } => (!work.is_of_cache()).then_some(OF_WRITERS),
            Statement::HandOut { .. } | Statement::Commit | Statement::Rollback => None,
        }
    }

    /// It is what it waited for at this instant.
    pub(super) fn go_on(&mut self, place: u32, context: &mut Ctx) {
        match self.transactions[place].stage {
            Stage::Starting => self.begin_statement(place, context),
            Stage::Locking => self.take_locks(place, context),
            stage => unreachable!("nobody that is {stage:?} was made ready"),
        }
    }

    /// A lock was granted that the statement waited for.
    pub(super) fn unblock(&mut self, place: u32, context: &mut Ctx) {
        let transaction = &mut self.transactions[place];
        let timers = std::mem::take(&mut transaction.timers);
        timers.into_iter().flatten().for_each(|timer| context.cancel(timer));
        transaction.stage = Stage::Locking;
        self.make_ready(place);
    }

    /// Takes what locks the statement still needs, one after the other.
    fn take_locks(&mut self, place: u32, context: &mut Ctx) {
        while let Some((row, mode)) = self.transactions[place].wanted.pop() {
            if self.locks.request(place, row, mode) == Outcome::Blocked {
                return self.block(place, context);
            }
        }
        if self.locks.rows_of(place).last().is_some_and(|row| row.number == Row::WHOLE)
            && matches!(self.transactions[place].request.statement, Statement::ReadFree { .. })
        {
            return self.begin_statement(place, context);
        }
        self.note_lock_wait(place, context);
        self.work(place, context);
    }

    fn note_lock_wait(&self, place: u32, context: &mut Ctx) {
        let since = self.transactions[place].locking_since;
        self.emit(context, StoreFact::LockWaited { since });
    }

    /// The statement waits for a lock.
    fn block(&mut self, place: u32, context: &mut Ctx) {
        let now = context.now();
        let patience = self.locking(place).map_or(Patience::Endless, |locking| locking.patience);
        let transaction = &mut self.transactions[place];
        transaction.stage = Stage::Blocked;
        if patience == Patience::None {
            return self.abort(place, AbortReason::Locked, context);
        }
        let stamp = transaction.stamp;
        let due = |what| LockWaitDue { place, stamp, what }.into();
        if let Patience::For(span) = patience {
            let over = (transaction.locking_since + span).max(now);
            transaction.timers[1] = Some(context.timer_at(over, due(LockWait::Over)));
        }
        let after = self.plan.deadlock.after;
        if after.is_zero() {
            self.examine(place, context);
        } else {
            self.transactions[place].timers[0] = Some(context.timer_at(now + after, due(LockWait::Examined)));
        }
    }

    /// The statement has waited long enough for a lock.
    pub(super) fn lock_timed_out(&mut self, place: u32, context: &mut Ctx) {
        self.abort(place, AbortReason::TimedOut, context);
    }

    /// The statement has its locks and takes its time: its own latency, then disk and CPU for each object.
    fn work(&mut self, place: u32, context: &mut Ctx) {
        if self.transactions[place].request.statement == Statement::Commit && !self.validate(place, context) {
            return;
        }
        let mut lasts = self.plan.latency.draw(context);
        if self.commits_now(place) {
            let now = context.now();
            if self.fsync_stalls() {
                lasts = lasts.max(self.stalls.until.max(now).since(now));
            }
            lasts += self.plan.fsync.draw(context);
        }
        let objects = self.objects(place);
        let transaction = &mut self.transactions[place];
        transaction.objects = objects;
        transaction.stage = Stage::Working(Working::Statement);
        if lasts.is_zero() {
            return self.worked(place, context);
        }
        let due = StatementDue { place, stamp: transaction.stamp };
        context.remind_at(context.now() + lasts, due);
    }

    /// Whether the transaction's statement is its last and changes something.
    fn commits_now(&self, place: u32) -> bool {
        let transaction = &self.transactions[place];
        match transaction.request.statement {
            Statement::Commit => !transaction.writes.is_empty(),
            Statement::Read { .. }
            | Statement::ReadFree { .. }
            | Statement::HandOut { .. }
            | Statement::Rollback => false,
            Statement::Key { work, .. } => transaction.request.is_alone && !work.is_of_cache(),
            Statement::Write { .. } | Statement::Add { .. } | Statement::Touch { .. } => {
                transaction.request.is_alone
            }
        }
    }

    /// How many objects the transaction's statement reads or writes.
    fn objects(&self, place: u32) -> u32 {
        if self.plan.disks.is_none() && self.plan.cpus.is_none() {
            return 0;
        }
        let transaction = &self.transactions[place];
        let is_deferred = self.plan.writes == Writes::Deferred;
        match transaction.request.statement {
            Statement::Read { .. } | Statement::ReadFree { .. } | Statement::HandOut { .. } => 1,
            Statement::Commit if is_deferred => {
                u32::try_from(transaction.writes.len()).expect("a transaction writes fewer than 2^32 rows")
            }
            Statement::Commit | Statement::Rollback => 0,
            Statement::Key { .. }
            | Statement::Write { .. }
            | Statement::Add { .. }
            | Statement::Touch { .. } => u32::from(!is_deferred || transaction.request.is_alone),
        }
    }

    /// A part of a statement's time is over.
    pub(super) fn worked(&mut self, place: u32, context: &mut Ctx) {
        let Stage::Working(done) = self.transactions[place].stage else {
            unreachable!("only a statement that works has worked")
        };
        if let Some(later) = self.stalled(place, done, context) {
            let due = StatementDue { place, stamp: self.transactions[place].stamp };
            return context.remind_at(later, due);
        }
        let mut next = match done {
            Working::Statement | Working::Cpu => Working::Disk,
            Working::Disk => Working::Cpu,
        };
        loop {
            let transaction = &mut self.transactions[place];
            if next == Working::Disk {
                if transaction.objects == 0 {
                    return self.perform(place, context);
                }
                transaction.objects -= 1;
            }
            let (servers, resource, earliest) = match next {
                Working::Cpu => (&mut self.plan.cpus, Resource::Cpu, Time::ZERO),
                _ => (&mut self.plan.disks, Resource::Disk, self.stalls.until),
            };
            if let Some(servers) = servers {
                let (at, lasts) = servers.serve(earliest, context);
                transaction.stalls_before = self.stalls.total;
                transaction.stage = Stage::Working(next);
                let due = StatementDue { place, stamp: transaction.stamp };
                context.remind_at(at, due);
                return self.emit(context, StoreFact::Worked { resource, lasts });
            }
            next = if next == Working::Disk { Working::Cpu } else { Working::Disk };
        }
    }

    /// Whether somebody may hold a whole table in which a statement is to find a free row.
    fn has_to_wait_for_table(&self, place: u32, table: TableId) -> bool {
        let whole = Row { table, number: Row::WHOLE };
        self.plan.locks_tables && !self.locks.holds(place, whole, LockMode::IntentExclusive)
    }

    /// Whether a commit takes time that a stall of the disk makes longer.
    fn fsync_stalls(&self) -> bool {
        self.plan.fsync.sampler.as_constant() != Some(Span::ZERO)
    }

    /// When a part of a statement's time really is over, if a stall of the disks has made it later.
    fn stalled(&mut self, place: u32, done: Working, context: &Ctx) -> Option<Time> {
        let now = context.now();
        match done {
            Working::Statement if self.commits_now(place) && self.fsync_stalls() => {
                Some(self.stalls.until).filter(|until| *until > now)
            }
            Working::Disk => {
                let total = self.stalls.total;
                let before = std::mem::replace(&mut self.transactions[place].stalls_before, total);
                let longer = Span::from_nanos(total.as_nanos() - before.as_nanos());
                (!longer.is_zero()).then(|| now + longer)
            }
            Working::Statement | Working::Cpu => None,
        }
    }

    /// Rolls a transaction back because of others, and tells its client.
    pub(super) fn abort(&mut self, place: u32, why: AbortReason, context: &mut Ctx) {
        if self.transactions[place].stage == Stage::Blocked {
            self.note_lock_wait(place, context);
        }
        self.emit(context, StoreFact::Aborted { why });
        let mean_response = self.responses.mean();
        self.fail(place, Answer::Aborted(Abort { why, mean_response }), context);
    }
}

/// The locks that a row's lock takes, the last one first.
fn wanted(row: Row, locking: Locking, locks_tables: bool) -> Vec<(Row, LockMode)> {
    if locking.whole_table {
        return vec![(row.whole_table(), locking.mode)];
    }
    let mut wanted = vec![(row, locking.mode)];
    if locks_tables {
        let intent = match locking.mode {
            LockMode::Exclusive | LockMode::IntentExclusive => LockMode::IntentExclusive,
            LockMode::Shared | LockMode::IntentShared => LockMode::IntentShared,
        };
        wanted.push((row.whole_table(), intent));
    }
    wanted
}
