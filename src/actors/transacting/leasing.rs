//! Leases: keys in a cache that stand for a transaction's rows from before its first statement until it has ended.
//!
//! ```text
//!  take ─▶ granted ─▶ next row ─▶ … ─▶ the transaction ─▶ its upshot ─▶ give back ─▶ … ─▶ the upshot stands
//!    └▶ taken ──────────────────────────────────────────────▶ (another try)
//! ```
//!
//! A watchdog may renew them meanwhile. Deliberately nobody looks whether they are still held: an owner that was
//! frozen, or thought for too long, goes on as if nothing had happened.
//!
//! Model: who finds a lease taken asks again after its backoff; nobody tells it when the lease is free.

use crate::kernel::TimerId;
use crate::protocol::Ctx;
use crate::protocol::fact::StoreFact;
use crate::protocol::id::{SessionId, TransactionId};
use crate::protocol::store::{
    Abort, AbortReason, Answer, Answered, KeyWork, Request, Row, Statement, TableId, TransactionDue,
    TransactionTimer,
};
use crate::quantity::{Span, Time};
use crate::strategies::locks::{self, Action};

use super::plan::LeasePlan;
use super::trying::Upshot;
use super::{Transactor, Underway};
use crate::actors::client::Standing;

/// Calls about leases have luck of their own, beside that of a script's statements.
const FIRST_CALL: u64 = 1 << 32;

/// What a transaction under way has to do with leases.
#[derive(Debug, Default)]
pub(super) struct Leases {
    /// Those that it was granted and has not given back, whether they have run out or not.
    held: Vec<Lease>,
    /// Since when it has wanted those that it still needs.
    wanted_since: Option<Time>,
    /// When they are renewed next.
    watchdog: Option<Watchdog>,
    /// What stands once they are all given back.
    upshot: Option<Upshot>,
    /// Calls so far.
    calls: u64,
}

#[derive(Debug)]
struct Lease {
    row: Row,
    key: Row,
    /// The number that the cache gave to this owner.
    number: u64,
    /// Recognises the answer to its last renewal.
    renewal: Option<u32>,
    /// Whether the cache has told the watchdog that it is lost.
    is_lost: bool,
}

#[derive(Debug)]
struct Watchdog {
    ticket: u32,
    timer: TimerId,
}

impl Leases {
    /// Whether they are being given back, so that whatever the cache answers is the end of a lease.
    pub(super) const fn are_given_back(&self) -> bool {
        self.upshot.is_some()
    }

    /// Nothing renews them any more.
    pub(super) fn stop_watchdog(&mut self, context: &mut Ctx) {
        if let Some(watchdog) = self.watchdog.take() {
            context.cancel(watchdog.timer);
        }
    }
}

impl Underway {
    fn lease_plan(&self) -> LeasePlan {
        self.plan.lease.expect("only a plan with leases takes any")
    }

    /// The owner's number that a statement brings with it, if the store is to check it.
    pub(super) fn fence(&self, statement: Statement) -> Option<u64> {
        let row = statement.row().filter(|_| self.plan.lease.is_some_and(|lease| lease.terms.fence))?;
        self.leases.held.iter().find(|lease| lease.row == row).map(|lease| lease.number)
    }
}

impl Transactor {
    /// Asks for the lease of the row of this access.
    pub(super) fn take_lease(&mut self, place: u32, at: u32, context: &mut Ctx) -> Standing<u32> {
        let underway = &mut self.underway[place];
        let plan = underway.lease_plan();
        let key = plan.key(underway.accesses[at as usize].row);
        underway.leases.wanted_since.get_or_insert(context.now());
        self.call(place, key, KeyWork::SetIfAbsent(Some(plan.terms.ttl)), context);
        Standing::Waiting(place)
    }

    /// The row whose lease the last action asked for, if it did.
    pub(super) fn wanted_row(&self, place: u32) -> Option<Row> {
        let underway = &self.underway[place];
        match underway.script.get(underway.at.checked_sub(1)?)? {
            Action::Acquire(at) => Some(underway.accesses[*at as usize].row),
            _ => None,
        }
    }

    /// A lease was granted.
    pub(super) fn granted(
        &mut self,
        place: u32,
        (row, number): (Row, u64),
        context: &mut Ctx,
    ) -> Standing<u32> {
        let underway = &mut self.underway[place];
        let plan = underway.lease_plan();
        let lease = Lease { row, key: plan.key(row), number, renewal: None, is_lost: false };
        underway.leases.held.push(lease);
        if plan.terms.renew && underway.leases.watchdog.is_none() {
            self.watch(place, plan.terms.ttl, context);
        }
        let underway = &self.underway[place];
        if !matches!(underway.script.get(underway.at), Some(Action::Acquire(_))) {
            self.note_wait(place, context);
        }
        self.go_on(place, context)
    }

    /// Somebody else has it.
    pub(super) fn denied(&mut self, place: u32, context: &mut Ctx) -> Standing<u32> {
        let why = AbortReason::Locked;
        self.emit(place, context, StoreFact::Aborted { why });
        self.finish(place, Upshot::Again(Abort { why, mean_response: Span::ZERO }), context)
    }

    /// Tells how long leases were waited for, if any were.
    pub(super) fn note_wait(&mut self, place: u32, context: &mut Ctx) {
        if let Some(since) = self.underway[place].leases.wanted_since.take() {
            self.emit(place, context, StoreFact::LockWaited { since });
        }
    }

    /// A try is over: its leases go back first.
    pub(super) fn finish(&mut self, place: u32, upshot: Upshot, context: &mut Ctx) -> Standing<u32> {
        let leases = &mut self.underway[place].leases;
        leases.stop_watchdog(context);
        leases.upshot = Some(upshot);
        self.give_back(place, context)
    }

    /// Gives the next lease back; once none is left, the upshot stands. An answer that does not come, or says that
    /// the cache is away, changes nothing: the lease runs out.
    pub(super) fn give_back(&mut self, place: u32, context: &mut Ctx) -> Standing<u32> {
        let underway = &mut self.underway[place];
        let Some(lease) = underway.leases.held.pop() else {
            let upshot = underway.leases.upshot.take().expect("leases are given back when a try is over");
            return self.conclude(place, upshot, context);
        };
        let work = locks::release(underway.lease_plan().terms.release, lease.number);
        self.call(place, lease.key, work, context);
        Standing::Waiting(place)
    }

    /// Sets the watchdog's clock.
    fn watch(&mut self, place: u32, ttl: Span, context: &mut Ctx) {
        let ticket = self.ticket();
        let underway = &mut self.underway[place];
        let due = TransactionDue { activity: underway.activity, ticket, what: TransactionTimer::Renew };
        let timer = context.timer_at(context.now() + locks::renewed_after(ttl), due.into());
        underway.leases.watchdog = Some(Watchdog { ticket, timer });
    }

    /// The watchdog's clock has run down: it renews what it does not know to be lost, and goes on watching.
    pub(super) fn renew(&mut self, place: u32, due: &TransactionDue, context: &mut Ctx) {
        let leases = &self.underway[place].leases;
        if leases.watchdog.as_ref().is_none_or(|watchdog| watchdog.ticket != due.ticket) {
            return;
        }
        let ttl = self.underway[place].lease_plan().terms.ttl;
        for at in 0..leases.held.len() {
            let ticket = self.ticket();
            let lease = &mut self.underway[place].leases.held[at];
            if lease.is_lost {
                continue;
            }
            lease.renewal = Some(ticket);
            let (key, work) = (lease.key, KeyWork::Renew { owner: lease.number, ttl });
            let request = Request { ticket, ..self.about_lease(place, key, work) };
            let store = self.underway[place].lease_plan().store;
            self.send(store, request, context);
        }
        self.watch(place, ttl, context);
    }

    /// Notes what came of a renewal, if that is what was answered.
    pub(super) fn renewed(&mut self, place: u32, answered: &Answered) {
        let Some(underway) = self.underway.find_mut(place) else { return };
        let mut held = underway.leases.held.iter_mut();
        if let Some(lease) = held.find(|lease| lease.renewal == Some(answered.ticket)) {
            lease.is_lost = matches!(answered.answer, Answer::Taken { .. });
        }
    }

    /// Asks the cache about a lease, and waits for its answer.
    fn call(&mut self, place: u32, key: Row, work: KeyWork, context: &mut Ctx) {
        let request = self.about_lease(place, key, work);
        let store = self.underway[place].lease_plan().store;
        self.ask_at(place, store, request, context);
    }

    /// A call about a lease: a transaction of its own, whatever else is under way.
    fn about_lease(&mut self, place: u32, key: Row, work: KeyWork) -> Request {
        let number = self.next_number();
        let underway = &mut self.underway[place];
        underway.leases.calls += 1;
        let (calls, store) = (underway.leases.calls, underway.lease_plan().store);
        let session = SessionId(self.plan.stores[store].first_session + self.instance);
        Request {
            transaction: TransactionId { session, number },
            is_first: true,
            is_alone: true,
            luck: self.luck_of_statement(place, FIRST_CALL + calls),
            ..self.request(place, Statement::Key { key, work })
        }
    }
}

impl LeasePlan {
    /// The key that stands for a row.
    const fn key(&self, row: Row) -> Row {
        Row { table: TableId(self.first.0 + row.table.0), number: row.number }
    }
}
