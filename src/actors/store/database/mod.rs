//! A database: rows with versions, transactions, and the locks between them.
//!
//! ```text
//!  a first statement ─▶ admission ─▶ connection ─┐
//!  any other ────────────────────────────────────┴▶ locks ─▶ latency, disks, CPUs ─▶ answer
//!                                                   │ wait   a commit: rows change, effects count, locks go
//!                                                   ├▶ too long, or a deadlock's victim: rolled back
//!                                                   └▶ client noticed dead: rolled back
//! ```
//!
//! - `serving`: the way of a statement; `performing`: what it does to rows, and how transactions end
//! - `locks`: who holds and waits; `deadlock`: who is rolled back
//! - `gate`, `servers`, `table`, `keys`, `inbox`: connections, disks and CPUs, rows, idempotency keys, inboxes
//! - `stall`: disks that write nothing for a while
//!
//! A cache is one without rows: its statements are about keys, stand alone, and lock nothing. Only it forgets.
//!
//! Model: reads that lock nothing see the last commit (as "read committed" with versions), and wait for nobody.

mod deadlock;
mod gate;
mod inbox;
mod keys;
pub mod locks;
mod performing;
pub mod servers;
mod serving;
mod stall;
mod table;
mod transaction;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use actix::{Actor, ActorContext, Handler, Supervised};

use crate::actors::calling::Way;
use crate::actors::link::{Lane, Sent};
use crate::actors::site::Sites;
use crate::actors::transacting::wire::{self, End};
use crate::kernel::chance::Sampler;
use crate::kernel::{ActorId, Slab, StreamId};
use crate::protocol::event::{Crash, Evict, OutageBegan, OutageEnded};
use crate::protocol::fact::{Stage as DeliveryStage, StoreFact};
use crate::protocol::id::{FaultId, SessionId, StoreId, TransactionId};
use crate::protocol::store::{
    Answer, Answered, Ask, LockWait, LockWaitDue, Request, SessionLost, Statement, StatementDue,
};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Span;
use crate::scenario::model::{CrashHow, Deadlock, LinkMessage, OutageHow, Writes};

use self::gate::Gate;
use self::inbox::Inboxes;
use self::keys::Keys;
use self::locks::Locks;
use self::servers::Servers;
use self::stall::Stalls;
use self::table::Table;
use self::transaction::{Stage, Transaction};

/// What a database is like.
#[derive(Debug)]
pub struct DatabasePlan {
    /// Which store.
    pub id: StoreId,
    /// Rows of each table, and what each holds in the beginning.
    pub tables: Vec<(u32, i64)>,
    /// What each statement takes.
    pub latency: Timing,
    /// What a commit takes beside that.
    pub fsync: Timing,
    /// Transactions served at once.
    pub connections: Option<u32>,
    /// Transactions active at once.
    pub admission: Option<u32>,
    /// What objects go through.
    pub disks: Option<Servers>,
    /// What they go through afterwards.
    pub cpus: Option<Servers>,
    /// When what was written goes through them.
    pub writes: Writes,
    /// What becomes of deadlocks.
    pub deadlock: Deadlock,
    /// What a cache still knows after a crash is what it knew this long before, if it has a replica.
    pub replica_lag: Option<Span>,
    /// Whether anybody locks whole tables, so that rows announce their locks there.
    pub locks_tables: bool,
}

/// A span that is drawn from a stream of the store's own.
#[derive(Debug)]
pub struct Timing {
    /// From this distribution.
    pub sampler: Sampler,
    /// With this chance.
    pub chance: StreamId,
}

/// A client instance, seen from the store.
#[derive(Debug)]
pub struct Client {
    /// Who it is.
    pub peer: ActorId,
    /// Which instance of its component.
    pub instance: u32,
    /// The way to it.
    pub way: Rc<Way>,
    /// This end of the way.
    pub lane: Lane,
    /// The last of its transactions that died with it.
    pub dead: Option<u32>,
}

/// A database.
#[derive(Debug)]
pub struct Database {
    plan: DatabasePlan,
    sites: Rc<Sites>,
    clients: Vec<Client>,
    tables: Vec<Table>,
    keys: Keys,
    inboxes: Inboxes,
    locks: Locks,
    admission: Gate,
    connections: Gate,
    transactions: Slab<Transaction>,
    places: BTreeMap<TransactionId, u32>,
    /// Places and stamps of transactions that can go on at this instant.
    ready: VecDeque<(u32, u32)>,
    stamps: u32,
    outage: Option<(FaultId, OutageHow)>,
    stalls: Stalls,
    responses: Responses,
    levels: (u32, u32, u32),
    death: CrashHow,
}

/// How long transactions took so far, from their first try to their commit.
#[derive(Clone, Copy, Debug, Default)]
struct Responses {
    count: u64,
    total: u128,
}

impl Responses {
    fn note(&mut self, response: Span) {
        self.count += 1;
        self.total += u128::from(response.as_nanos());
    }

    fn mean(self) -> Span {
        let mean = self.total.checked_div(u128::from(self.count)).unwrap_or(0);
        Span::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }
}

impl Timing {
    fn draw(&self, context: &mut Ctx) -> Span {
        self.sampler.as_constant().unwrap_or_else(|| self.sampler.sample(context.stream(self.chance)))
    }
}

impl Database {
    /// A database with its clients in the order of their sessions.
    #[must_use]
    pub fn new(plan: DatabasePlan, sites: Rc<Sites>, clients: Vec<Client>) -> Self {
        Self {
            sites,
            clients,
            tables: plan.tables.iter().map(|(count, start)| Table::new(*count, *start)).collect(),
            keys: Keys::default(),
            inboxes: Inboxes::default(),
            locks: Locks::default(),
            admission: Gate::new(plan.admission),
            connections: Gate::new(plan.connections),
            transactions: Slab::default(),
            places: BTreeMap::new(),
            ready: VecDeque::new(),
            stamps: 0,
            outage: None,
            stalls: Stalls::default(),
            responses: Responses::default(),
            levels: (0, 0, 0),
            death: CrashHow::Process,
            plan,
        }
    }

    /// A statement that found this store dead.
    pub fn miss(&mut self, context: &mut Ctx, ask: &Ask) {
        let request = *ask.0;
        commit_over(context, &request);
        if self.death == CrashHow::Process && request.statement != Statement::Rollback {
            self.answer(context, &request, Answer::Gone);
        }
    }

    /// The death of a client, noticed by a store that is dead itself.
    pub fn miss_death(&mut self, lost: &SessionLost) {
        self.bury(*lost);
    }

    /// An outage begins, whether or not this store is alive to see it.
    pub fn outage_began(&mut self, began: &OutageBegan) {
        self.outage = Some((began.fault, began.how));
    }

    /// It is over, likewise.
    pub fn outage_ended(&mut self, ended: OutageEnded) {
        if self.outage.is_some_and(|(fault, _)| fault == ended.fault) {
            self.outage = None;
        }
    }

    /// Whoever died with a session holds nothing of an inbox any more.
    fn bury(&mut self, lost: SessionLost) {
        self.clients[lost.session.0 as usize].dead = Some(lost.last);
        self.inboxes.bury(lost.session, |number| !is_after(number, lost.last));
    }

    fn emit(&self, context: &mut Ctx, what: StoreFact) {
        context.emit(Fact::Store { store: self.plan.id, what });
    }

    fn answer(&mut self, context: &mut Ctx, request: &Request, answer: Answer) {
        let client = &mut self.clients[request.transaction.session.0 as usize];
        let Client { peer, instance, way, lane, .. } = client;
        let end = End { actor: *peer, instances: (0, *instance), lane };
        let answered = Answered { activity: request.activity, ticket: request.ticket, answer };
        let luck = self.sites.luck_of(request.luck.0, request.luck.1);
        let sent = wire::send(way, context, end, LinkMessage::Reply, &luck, answered.into());
        if let (Sent::Lost, Answer::HandedOut(handed), Statement::HandOut { group, .. }) =
            (sent, answer, request.statement)
        {
            let stage = DeliveryStage::Waiting;
            context.emit(Fact::DeliveryEnded { message: handed.message, group, stage });
        }
    }

    /// Whether the transaction belongs to a client that is known to be dead.
    fn is_of_the_dead(&self, transaction: TransactionId) -> bool {
        let dead = self.clients[transaction.session.0 as usize].dead;
        dead.is_some_and(|last| !is_after(transaction.number, last))
    }

    /// Lets everything go on that can at this instant, then tells what is under way.
    fn settle(&mut self, context: &mut Ctx) {
        while let Some((place, stamp)) = self.ready.pop_front() {
            // It may have been rolled back since.
            if self.is_present(place, stamp) {
                self.go_on(place, context);
            }
        }
        let levels = (
            self.connections.inside(),
            self.admission.waiting() + self.connections.waiting(),
            self.locks.waiting(),
        );
        if levels != self.levels {
            self.levels = levels;
            let (connections, queued, waiting) = levels;
            self.emit(context, StoreFact::Levels { connections, queued, waiting });
        }
    }

    /// The place of the transaction that an event from itself is for, if it is still there.
    fn is_present(&self, place: u32, stamp: u32) -> bool {
        self.transactions.find(place).is_some_and(|transaction| transaction.stamp == stamp)
    }
}

/// Whether one of an instance's numbers comes after another; they wrap.
const fn is_after(one: u32, other: u32) -> bool {
    let ahead = one.wrapping_sub(other);
    ahead != 0 && ahead <= u32::MAX / 2
}

/// What came of a request that would have committed something.
fn commit_over(context: &mut Ctx, request: &Request) {
    if let Some((origin, _)) = request.consequence {
        context.emit(Fact::CommitOver { origin });
    }
}

impl Actor for Database {
    type Context = Ctx;

    /// It died: what was not committed is rolled back. Rows outlive it.
    fn stopped(&mut self, context: &mut Ctx) {
        let transactions = std::mem::take(&mut self.transactions);
        for (_, transaction) in transactions.iter() {
            if transaction.stage == Stage::Idle {
                continue;
            }
            commit_over(context, &transaction.request);
            if self.death == CrashHow::Process {
                self.answer(context, &transaction.request, Answer::Gone);
            }
        }
        self.keys.crash(self.plan.replica_lag, context.now());
        self.inboxes.crash();
        self.places.clear();
        self.ready.clear();
        self.locks = Locks::default();
        self.admission = Gate::new(self.plan.admission);
        self.connections = Gate::new(self.plan.connections);
        self.settle(context);
    }
}

impl Supervised for Database {}

impl Handler<Ask> for Database {
    type Result = ();

    fn handle(&mut self, ask: Ask, context: &mut Ctx) {
        let request = *ask.0;
        self.ask(request, context);
        self.settle(context);
    }
}

impl Handler<StatementDue> for Database {
    type Result = ();

    fn handle(&mut self, due: StatementDue, context: &mut Ctx) {
        if self.is_present(due.place, due.stamp) {
            self.worked(due.place, context);
            self.settle(context);
        }
    }
}

impl Handler<LockWaitDue> for Database {
    type Result = ();

    fn handle(&mut self, due: LockWaitDue, context: &mut Ctx) {
        let LockWaitDue { place, stamp, what } = due;
        if self.is_present(place, stamp) && self.transactions[place].stage == Stage::Blocked {
            match what {
                LockWait::Examined => self.examine(place, context),
                LockWait::Over => self.lock_timed_out(place, context),
            }
            self.settle(context);
        }
    }
}

impl Handler<SessionLost> for Database {
    type Result = ();

    /// Its transactions roll back, and only now are their locks released.
    fn handle(&mut self, lost: SessionLost, context: &mut Ctx) {
        self.bury(lost);
        for place in self.places_of(lost.session) {
            if self.is_of_the_dead(self.transactions[place].request.transaction) {
                self.abandon(place, context);
            }
        }
        self.settle(context);
    }
}

impl Database {
    fn places_of(&self, session: SessionId) -> Vec<u32> {
        let of = |number| TransactionId { session, number };
        self.places.range(of(0)..=of(u32::MAX)).map(|(_, place)| *place).collect()
    }
}

impl Handler<OutageBegan> for Database {
    type Result = ();

    fn handle(&mut self, began: OutageBegan, _: &mut Ctx) {
        self.outage_began(&began);
    }
}

impl Handler<OutageEnded> for Database {
    type Result = ();

    fn handle(&mut self, ended: OutageEnded, _: &mut Ctx) {
        self.outage_ended(ended);
    }
}

impl Handler<Evict> for Database {
    type Result = ();

    fn handle(&mut self, evict: Evict, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: evict.fault });
        self.keys.evict(evict.share, context.now());
    }
}

impl Handler<Crash> for Database {
    type Result = ();

    fn handle(&mut self, crash: Crash, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: crash.fault });
        self.death = crash.how;
        context.restart_after(crash.restart_after);
        context.terminate();
    }
}
