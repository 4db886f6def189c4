//! What statements do to rows, and how transactions end.

use std::collections::VecDeque;

use crate::protocol::fact::StoreFact;
use crate::protocol::id::GroupId;
use crate::protocol::store::{
    AbortReason, Answer, Consequence, Free, Held, KeyWork, Request, Row, Statement, TableId,
};
use crate::protocol::{Ctx, Fact, Origin};

use super::keys::Judged;
use super::transaction::{Change, Stage, Transaction};
use super::{Database, commit_over};

/// Taking what is not there would be a bug, whatever a scenario adds.
fn plus(value: i64, add: i64) -> i64 {
    value.saturating_add(add)
}

impl Database {
    /// A statement's time is over: it does what it does.
    pub(super) fn perform(&mut self, place: u32, context: &mut Ctx) {
        if self.is_fenced_off(place, context) {
            return self.abort(place, AbortReason::Conflict, context);
        }
        let statement = self.transactions[place].request.statement;
        match statement {
            Statement::Read { row, is_tracked, .. } => {
                let committed = self.row(row);
                let transaction = &mut self.transactions[place];
                if is_tracked {
                    transaction.reads.push((row, committed.version));
                }
                let held = Held { value: transaction.sees(row, committed), ..committed };
                self.finish_statement(place, Answer::Row(held), context);
            }
            Statement::ReadFree { .. } => {
                let row = *self.locks.rows_of(place).last().expect("it has locked the row that it found");
                let value = self.row(row).value;
                let free = Free { number: row.number, value };
                self.finish_statement(place, Answer::Free(free), context);
            }
            Statement::Write { row, to, add, seen, must_be_last } => {
                let change = Change { row, value: Some(to), meant: add, overwrites: false };
                self.change(place, change, Some(seen), must_be_last, context);
            }
            Statement::Add { row, add, floor, seen, must_be_last } => {
                let value = self.transactions[place].sees(row, self.row(row));
                if floor.is_some_and(|floor| plus(value, add) < floor) {
                    return self.sold_out(place, context);
                }
                let change = Change { row, value: Some(plus(value, add)), meant: add, overwrites: false };
                self.change(place, change, seen, must_be_last, context);
            }
            Statement::Touch { row, .. } => {
                let change = Change { row, value: None, meant: 0, overwrites: false };
                self.change(place, change, None, false, context);
            }
            Statement::Key { key, work } => self.use_key(place, key, work, context),
            Statement::HandOut { inbox, group } => self.hand_out(place, inbox, group, context),
            Statement::Commit => self.commit(place, context),
            Statement::Rollback => unreachable!("it takes no time"),
        }
    }

    /// Whether a later owner of a row has been here since the one that the transaction relies on. What comes with
    /// a higher number than any before is remembered at once, a read too: otherwise the write of a former owner
    /// could come between a later one's read and its write.
    ///
    /// Model: a fence costs no statement and no write of its own, and a commit is judged when it is done.
    fn is_fenced_off(&mut self, place: u32, context: &mut Ctx) -> bool {
        let transaction = &mut self.transactions[place];
        let Request { statement, fence, .. } = transaction.request;
        if let (Some(row), Some(number)) = (statement.row(), fence) {
            transaction.fences.push((row, number));
        }
        let is_last = |(row, number): &(Row, u64)| {
            self.keys.judge(*row, KeyWork::Fence(*number), context.now()) == Judged::Free(Answer::Done)
        };
        if !transaction.fences.iter().all(is_last) {
            return true;
        }
        for (row, number) in &transaction.fences {
            self.keys.note(*row, KeyWork::Fence(*number));
        }
        false
    }

    fn row(&self, row: Row) -> Held {
        self.tables[usize::from(row.table.0)].row(row.number)
    }

    /// Notes what becomes of a row, unless the client has read what is no more.
    fn change(
        &mut self,
        place: u32,
        change: Change,
        seen: Option<u64>,
        must_be_last: bool,
        context: &mut Ctx,
    ) {
        let last = self.row(change.row).version;
        let transaction = &mut self.transactions[place];
        let is_old = seen.is_some_and(|seen| seen != last) && !transaction.has_written(change.row);
        if is_old && must_be_last {
            return self.abort(place, AbortReason::Conflict, context);
        }
        transaction.writes.push(Change { overwrites: is_old, ..change });
        self.finish_statement(place, Answer::Done, context);
    }

    /// A statement about a key: a refusal ends its transaction.
    fn use_key(&mut self, place: u32, key: Row, work: KeyWork, context: &mut Ctx) {
        let judged = match work {
            KeyWork::Remove if self.inboxes.has(key) => Judged::Free(Answer::Done),
            KeyWork::Remove => Judged::Taken { is_done: true },
            _ => self.keys.judge(key, work, context.now()),
        };
        match judged {
            Judged::Taken { is_done } => self.fail(place, Answer::Taken { is_done }, context),
            Judged::Free(answer) => {
                self.transactions[place].keys.push((key, work));
                self.finish_statement(place, answer, context);
            }
        }
    }

    /// Hands a message of an inbox out, to be handled by who asks.
    fn hand_out(&mut self, place: u32, inbox: TableId, group: GroupId, context: &mut Ctx) {
        let to = self.transactions[place].request.transaction;
        let answer = match self.inboxes.hand_out(inbox, to) {
            Some((handed, again)) => {
                context.emit(Fact::HandedOut { message: handed.message, group, again });
                Answer::HandedOut(handed)
            }
            None => Answer::Done,
        };
        self.finish_statement(place, answer, context);
    }

    /// Looks for a row that is free and holds enough.
    pub(super) fn find_free(&mut self, table: TableId, add: i64, floor: i64) -> Option<Row> {
        let row = |number| Row { table, number };
        let locks = &self.locks;
        let found = self.tables[usize::from(table.0)]
            .lowest(|number| locks.is_free(row(number)), |value| plus(value, add) >= floor);
        found.map(row)
    }

    /// Whether what the transaction has read and may not have changed is unchanged; if not, it is rolled back.
    ///
    /// Model: a commit is judged when it begins. Rows of which only the place matters are other versions from
    /// then on, and whoever is on the way to commit a row counts as having committed it, so that no two that
    /// conflict pass each other.
    pub(super) fn validate(&mut self, place: u32, context: &mut Ctx) -> bool {
        let transaction = &self.transactions[place];
        let is_changed = |(row, seen): &(Row, u64)| {
            let changed = self.row(*row).version != *seen;
            changed || self.locks.rival(place, *row).is_some_and(|rival| self.is_committing(rival))
        };
        if transaction.reads.iter().any(is_changed) {
            self.abort(place, AbortReason::Conflict, context);
            return false;
        }
        let touched: Vec<Row> = transaction
            .writes
            .iter()
            .filter(|change| change.value.is_none())
            .map(|change| change.row)
            .collect();
        for row in touched {
            self.tables[usize::from(row.table.0)].touch(row.number);
        }
        true
    }

    fn is_committing(&self, place: u32) -> bool {
        let found = self.transactions.find(place);
        found.is_some_and(|other| {
            matches!(other.stage, Stage::Working(_)) && other.request.statement == Statement::Commit
        })
    }

    /// A statement is done: one outside any transaction commits now.
    fn finish_statement(&mut self, place: u32, answer: Answer, context: &mut Ctx) {
        if self.transactions[place].request.is_alone {
            return self.end_well(place, answer, context);
        }
        let transaction = &mut self.transactions[place];
        transaction.stage = Stage::Idle;
        let request = transaction.request;
        self.answer(context, &request, answer);
    }

    fn commit(&mut self, place: u32, context: &mut Ctx) {
        self.end_well(place, Answer::Done, context);
    }

    /// Makes everything last, and tells the client.
    fn end_well(&mut self, place: u32, answer: Answer, context: &mut Ctx) {
        let Transaction { request, writes, keys, .. } = self.take(place, context);
        let is_of_cache = keys.iter().any(|(_, work)| work.is_of_cache());
        let is_read_alone = request.is_alone && (is_of_cache || (writes.is_empty() && keys.is_empty()));
        let mut removed = None;
        for (key, work) in keys {
            match work {
                KeyWork::Deposit(deposit) => self.inboxes.put(key, deposit),
                KeyWork::Remove => removed = self.inboxes.remove(key),
                _ => {}
            }
            self.keys.note(key, work);
        }
        for Change { row, value, meant, overwrites } in writes {
            let Some(value) = value else { continue };
            let before = self.row(row).value;
            self.tables[usize::from(row.table.0)].write(row.number, value);
            self.emit(
                context,
                StoreFact::Changed { row, by: value.saturating_sub(before), meant, overwrites },
            );
        }
        if !is_read_alone {
            self.responses.note(context.now().since(request.begun_at));
            self.emit(context, StoreFact::Committed);
        }
        follow(context, &request);
        if let Some((message, group)) = removed {
            context.emit(Fact::Removed { message, group });
        }
        commit_over(context, &request);
        self.answer(context, &request, answer);
    }

    /// Nothing is left to take.
    pub(super) fn sold_out(&mut self, place: u32, context: &mut Ctx) {
        self.fail(place, Answer::SoldOut, context);
    }

    /// Rolls a transaction back, and tells its client why.
    pub(super) fn fail(&mut self, place: u32, answer: Answer, context: &mut Ctx) {
        let Transaction { request, .. } = self.take(place, context);
        commit_over(context, &request);
        self.answer(context, &request, answer);
    }

    /// Rolls a transaction back of which nobody wants to hear any more.
    pub(super) fn abandon(&mut self, place: u32, context: &mut Ctx) {
        let Transaction { request, stage, .. } = self.take(place, context);
        if stage != Stage::Idle {
            commit_over(context, &request);
        }
    }

    /// Ends a transaction: its locks go, and its places are taken by who waits for them.
    fn take(&mut self, place: u32, context: &mut Ctx) -> Transaction {
        let transaction = self.transactions.remove(place);
        self.places.remove(&transaction.request.transaction);
        transaction.timers.into_iter().flatten().for_each(|timer| context.cancel(timer));
        let unlocked: Vec<Row> = self.locks.rows_of(place).to_vec();
        let mut granted = VecDeque::new();
        self.locks.release(place, &mut granted);
        for place in granted {
            self.unblock(place, context);
        }
        for row in unlocked {
            // Keys are in tables of their own.
            if row.number != Row::WHOLE
                && let Some(table) = self.tables.get_mut(usize::from(row.table.0))
            {
                table.look_again(row.number);
            }
        }
        match transaction.stage {
            Stage::Outside => self.admission.give_up(place),
            Stage::Admitted => {
                self.connections.give_up(place);
                self.leave_admission();
            }
            _ => {
                if let Some(next) = self.connections.leave() {
                    self.connect(next);
                }
                self.leave_admission();
            }
        }
        transaction
    }

    fn leave_admission(&mut self) {
        if let Some(next) = self.admission.leave() {
            self.admit(next);
        }
    }
}

/// What a commit brings about has happened.
fn follow(context: &mut Ctx, request: &Request) {
    let Some((origin, consequence)) = request.consequence else { return };
    match (origin, consequence) {
        (Origin::Handling(message, group), Consequence::Effect(effect)) => {
            context.emit(Fact::EffectApplied { message, group, effect });
        }
        (Origin::Handling(message, group), Consequence::Deposit) => {
            context.emit(Fact::Deposited { message, group });
        }
        (Origin::Operation(operation), Consequence::Effect(effect)) => {
            context.emit(Fact::OperationApplied { operation, effect });
        }
        (Origin::Operation(_), Consequence::Deposit) | (Origin::Upkeep, _) => {
            unreachable!("only deliveries are put into inboxes, and upkeep commits nothing")
        }
    }
}
