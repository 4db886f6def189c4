//! A client's end of its stores: transactions under way, statement by statement.
//!
//! ```text
//!           ┌───────────── backoff and restart delay over ─────────────┐
//!           ▼                                                          │
//!  begin ─▶ Asking ⇄ Thinking ─▶ … ─▶ done                          Resting
//!            │   rolled back because of others ─▶ tries left? ─ yes ───┘
//!            ├─▶ nothing left to take ─▶ declined          └─ no ─▶ given up
//!            └─▶ refused, dead, no answer in time ─▶ given up
//! ```
//!
//! - `trying`: one try after the other, and what an answer means
//! - `leasing`: keys in a cache that are taken before a try and given back behind it
//! - `plan`, `wire`: what is done, and the way there
//!
//! Producers and consumers embed a [`Transactor`] and keep a place in it in each activity that waits. What
//! statements there are and what the client makes of their answers is decided in
//! [`locks`](crate::strategies::locks).

mod leasing;
pub mod plan;
mod trying;
pub mod wire;

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use crate::kernel::{ActorId, Delay, Slab, TimerId};
use crate::protocol::fact::StoreFact;
use crate::protocol::id::{ActivityId, SessionId, StoreId, TransactionId};
use crate::protocol::store::{
    Ask, Consequence, KeyWork, Request, Row, SessionLost, Statement, TransactionDue, TransactionTimer,
};
use crate::protocol::{Ctx, Fact, Task};
use crate::quantity::{Span, Time};
use crate::scenario::model::{CrashHow, LinkMessage};
use crate::strategies::locks::{Access, Action};

use super::calling::Way;
use super::link::{Lane, Sent};
use super::site::Sites;

use self::leasing::Leases;
use self::plan::TransactionPlan;
use self::wire::End;

/// What all instances of a component have in common as clients of stores.
#[derive(Debug)]
pub struct TransactorPlan {
    /// Where luck comes from.
    pub sites: Rc<Sites>,
    /// The stores that its steps use.
    pub stores: Vec<StoreEnd>,
}

/// The way to a store.
#[derive(Debug)]
pub struct StoreEnd {
    /// Which.
    pub id: StoreId,
    /// Its address.
    pub actor: ActorId,
    /// The way to it.
    pub way: Way,
    /// The session of the component's first instance; the others' follow.
    pub first_session: u32,
    /// How long an answer is waited for; `None`: for ever.
    pub timeout: Option<Delay>,
    /// When the store notices the death of a machine; `None`: never.
    pub heartbeat: Option<Span>,
}

/// What an instance has for its transactions: nothing where it uses no store, for there may be a million like it.
#[derive(Debug)]
pub struct Transacting(Option<Box<Transactor>>);

impl Transacting {
    /// With nothing under way.
    #[must_use]
    pub fn new(plan: &Rc<TransactorPlan>, instance: u32) -> Self {
        let is_used = !plan.stores.is_empty();
        Self(is_used.then(|| Box::new(Transactor::new(Rc::clone(plan), instance))))
    }

    /// The instance has died; see [`Transactor::die`].
    pub fn die(&mut self, how: CrashHow, context: &mut Ctx) {
        if let Some(transactor) = &mut self.0 {
            transactor.die(how, context);
        }
    }
}

/// Only who uses stores has transactions.
const NO_STORES: &str = "a transaction is of a store";

impl Deref for Transacting {
    type Target = Transactor;

    #[inline]
    fn deref(&self) -> &Transactor {
        self.0.as_ref().expect(NO_STORES)
    }
}

impl DerefMut for Transacting {
    #[inline]
    fn deref_mut(&mut self) -> &mut Transactor {
        self.0.as_mut().expect(NO_STORES)
    }
}

/// One instance's transactions.
#[derive(Debug)]
pub struct Transactor {
    plan: Rc<TransactorPlan>,
    instance: u32,
    /// By store: this end of the way.
    lanes: Vec<Lane>,
    underway: Slab<Underway>,
    /// Tries, and calls about leases, so far, over all its lives.
    numbers: u32,
    /// Waits so far, over all its lives.
    tickets: u32,
    /// The numbers with which activities own their keys.
    owners: BTreeMap<ActivityId, u64>,
}

/// A transaction under way.
#[derive(Debug)]
struct Underway {
    activity: ActivityId,
    task: Task,
    plan: Rc<TransactionPlan>,
    /// The key that the task is recognised by.
    key: Option<Row>,
    accesses: Vec<Access>,
    script: Vec<Action>,
    is_alone: bool,
    /// The next action.
    at: usize,
    /// Which try it is, from 0.
    attempt: u32,
    /// Its number among all tries of the instance.
    number: u32,
    /// When the first try began.
    begun_at: Time,
    previous_wait: Span,
    /// Whether the store has heard of this try.
    is_known: bool,
    /// Whether a lock of it was told of.
    is_locked: bool,
    leases: Leases,
    waits: Waits,
}

/// What a transaction waits for: only what bears the ticket is it.
#[derive(Clone, Copy, Debug)]
struct Waits {
    ticket: u32,
    for_what: For,
}

#[derive(Clone, Copy, Debug)]
enum For {
    /// The answer to a statement, so long at most.
    Answer(Option<TimerId>),
    /// The end of its thinking.
    Thinking,
    /// Another try.
    Retry,
    /// Whoever runs its steps to go on.
    Leave,
}

impl Transactor {
    /// One that has nothing under way.
    #[must_use]
    pub fn new(plan: Rc<TransactorPlan>, instance: u32) -> Self {
        let lanes = vec![Lane::default(); plan.stores.len()];
        Self {
            plan,
            instance,
            lanes,
            underway: Slab::default(),
            numbers: 0,
            tickets: 0,
            owners: BTreeMap::new(),
        }
    }

    /// Whoever waited for this has died. The store notices by [`Self::die`].
    pub fn forget(&mut self, place: u32, context: &mut Ctx) {
        let mut underway = self.underway.remove(place);
        if let For::Answer(Some(timer)) = underway.waits.for_what {
            context.cancel(timer);
        }
        underway.leases.stop_watchdog(context);
    }

    /// Gives a message back that was handed out in the transaction with this number, for this plan.
    pub fn let_go(&mut self, plan: &Rc<TransactionPlan>, number: u32, context: &mut Ctx) {
        let at = plan.store;
        let store = &self.plan.stores[at];
        let session = SessionId(store.first_session + self.instance);
        let request = Request {
            transaction: TransactionId { session, number },
            activity: ActivityId(u32::MAX),
            statement: Statement::Rollback,
            ticket: 0,
            is_first: false,
            is_alone: false,
            consequence: None,
            fence: None,
            begun_at: context.now(),
            luck: (plan.luck_key, number),
        };
        self.send_rollback(at, request, context);
    }

    /// The instance has died: its stores notice by the closing connections, or, if its machine died, by their
    /// heartbeat.
    pub fn die(&mut self, how: CrashHow, context: &mut Ctx) {
        self.underway.clear();
        self.owners.clear();
        let plan = Rc::clone(&self.plan);
        let Some(last) = self.numbers.checked_sub(1) else { return };
        for (store, lane) in plan.stores.iter().zip(&mut self.lanes) {
            let session = SessionId(store.first_session + self.instance);
            let death = SessionLost { session, last };
            let end = End { actor: store.actor, instances: (self.instance, 0), lane };
            let is_heard =
                how == CrashHow::Process && wire::close(&store.way, context, end, death) == Sent::OnItsWay;
            if let (false, Some(heartbeat)) = (is_heard, store.heartbeat) {
                context.send_at(store.actor, context.now() + heartbeat, death.into());
            }
            *lane = Lane::default();
        }
    }

    /// A wait that nothing else has.
    fn ticket(&mut self) -> u32 {
        self.tickets = self.tickets.wrapping_add(1);
        self.tickets
    }

    fn emit(&self, place: u32, context: &mut Ctx, what: StoreFact) {
        let store = self.plan.stores[self.underway[place].plan.store].id;
        context.emit(Fact::Store { store, what });
    }

    /// A number that no other transaction of the instance has.
    const fn next_number(&mut self) -> u32 {
        let number = self.numbers;
        self.numbers = self.numbers.wrapping_add(1);
        number
    }

    /// Sends a statement and waits for its answer.
    fn ask(&mut self, place: u32, statement: Statement, context: &mut Ctx) {
        let underway = &self.underway[place];
        let is_last = statement == Statement::Commit
            || (underway.is_alone && !matches!(statement, Statement::Read { .. }));
        let consequence = match statement {
            Statement::Key { work: KeyWork::Deposit(_), .. } => Some(Consequence::Deposit),
            _ => underway.plan.effect.filter(|_| is_last).map(Consequence::Effect),
        };
        let consequence = consequence.map(|consequence| (underway.task.origin, consequence));
        if let Some((origin, _)) = consequence {
            context.emit(Fact::CommitSent { origin });
        }
        let request = Request {
            is_first: !underway.is_known || underway.is_alone,
            is_alone: underway.is_alone,
            consequence,
            fence: underway.fence(statement),
            ..self.request(place, statement)
        };
        let underway = &mut self.underway[place];
        underway.is_known = true;
        let store = underway.plan.store;
        self.ask_at(place, store, request, context);
    }

    /// Sends a request to this store of the instance and waits for its answer.
    fn ask_at(&mut self, place: u32, store: usize, request: Request, context: &mut Ctx) {
        let ticket = self.ticket();
        let request = Request { ticket, ..request };
        let due = TransactionDue { activity: request.activity, ticket, what: TransactionTimer::Unanswered };
        let timer = self.plan.stores[store].timeout.map(|timeout| context.timer(timeout, due.into()));
        self.underway[place].waits = Waits { ticket, for_what: For::Answer(timer) };
        self.send(store, request, context);
    }

    /// Sends a request to this store of the instance.
    fn send(&mut self, store: usize, request: Request, context: &mut Ctx) {
        let end = &self.plan.stores[store];
        let lane = &mut self.lanes[store];
        let luck = self.plan.sites.luck_of(request.luck.0, request.luck.1);
        let (way, end) = (&end.way, End { actor: end.actor, instances: (self.instance, 0), lane });
        let ask = Ask(Box::new(request)).into();
        let sent = wire::send(way, context, end, LinkMessage::Request, &luck, ask);
        if let (Sent::Lost, Some((origin, _))) = (sent, request.consequence) {
            context.emit(Fact::CommitOver { origin });
        }
    }

    /// Tells the store that the transaction is over. Nobody waits for an answer.
    fn roll_back(&mut self, place: u32, context: &mut Ctx) {
        let underway = &self.underway[place];
        if !underway.is_known {
            return;
        }
        self.send_rollback(underway.plan.store, self.request(place, Statement::Rollback), context);
    }

    /// What nothing can lose, though a partition may delay it.
    fn send_rollback(&mut self, at: usize, request: Request, context: &mut Ctx) {
        let store = &self.plan.stores[at];
        let (ask, again) = (Ask(Box::new(request)), Ask(Box::new(request)));
        let end = End { actor: store.actor, instances: (self.instance, 0), lane: &mut self.lanes[at] };
        let is_heard = wire::close(&store.way, context, end, ask) == Sent::OnItsWay;
        if let (false, Some(heartbeat)) = (is_heard, store.heartbeat) {
            context.send_at(store.actor, context.now() + heartbeat, again.into());
        }
    }

    /// A request that nobody waits for.
    fn request(&self, place: u32, statement: Statement) -> Request {
        let underway = &self.underway[place];
        let store = &self.plan.stores[underway.plan.store];
        let session = SessionId(store.first_session + self.instance);
        Request {
            transaction: TransactionId { session, number: underway.number },
            activity: underway.activity,
            statement,
            ticket: 0,
            is_first: false,
            is_alone: false,
            consequence: None,
            fence: None,
            begun_at: underway.begun_at,
            luck: self.luck_of_statement(place, underway.at as u64),
        }
    }
}
