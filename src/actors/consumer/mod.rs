//! A consumer instance: buffers deliveries, runs a handler for each, and acks. An instance of a service is
//! the same, fed by calls instead of a queue.
//!
//! - `feed`, `serving`: a queue or log and its acks, or calls and their answers
//! - `handling`: what one delivery, or call, goes through, point by point
//! - `guarding`: what an idempotency guard stops; `inbox`: what is put aside and handled later
//! - `acks`: when acks are sent, one by one or in batches
//! - `extending`: how leases are kept
//! - `log`: reading a log instead of a work queue
//! - `parting`: what it makes of a partition
//! - `reconnecting`: what it makes of its broker's death and return

mod acks;
mod extending;
pub mod feed;
mod guarding;
mod handling;
mod inbox;
pub mod log;
mod parting;
mod reconnecting;
pub mod serving;

use std::collections::VecDeque;
use std::rc::Rc;

use actix::{Actor, ActorContext, Handler, Supervised};

use crate::faults::{HandlerRules, PointRules, Strike};
use crate::kernel::{Delay, Slab};
use crate::protocol::event::{
    ChannelClosed, Confirmed, ConnectionLost, Crash, Cut, Deliver, FlushAcks, GoOn, Pause, Worked,
};
use crate::protocol::fact::Stage as DeliveryStage;
use crate::protocol::id::{ConnectionId, FaultId};
use crate::protocol::{Ctx, Fact};
use crate::quantity::{Span, Time};
use crate::scenario::model::{AckMode, CrashHow, OnConnectionLoss, OnError};

use self::acks::UnsentAcks;
use self::feed::{Feed, Job};
use self::handling::Handling;
use self::inbox::Workers;
use self::log::{PullPlan, Puller};
use self::serving::Desk;
use super::calling::Calls;
use super::client::{RunsSteps, answers_steps};
use super::program::Step;
use super::publisher::{ClientPlan, Publisher};
use super::store::row_map::RowMap;
use super::transacting::{Transacting, TransactorPlan};

/// What all instances of a consumer have in common.
#[derive(Debug)]
pub struct ConsumerPlan {
    /// What gives it work.
    pub feed: Feed,
    /// How many instances share the numbering of what they publish.
    pub instances: u32,
    /// How it reaches the broker.
    pub client: Rc<ClientPlan>,
    /// How it reaches stores.
    pub stores: Rc<TransactorPlan>,
    /// What each handler does.
    pub program: Rc<[Step]>,
    /// When its handlers have their effect.
    pub applies: Applies,
    /// Handlers at once in one instance.
    pub concurrency: usize,
    /// When it acks.
    pub ack: AckMode,
    /// What an error is answered with.
    pub on_error: OnError,
    /// How often it extends the leases of what it holds; `None`: never.
    pub extend_every: Option<Delay>,
    /// What a broken connection does to deliveries that wait here: they are void where the broker takes
    /// them back, and stay good where each has its own lease.
    pub on_connection_loss: OnConnectionLoss,
    /// How long a dead machine is silent before the broker notices; `None`: for ever.
    pub noticed_after: Option<Span>,
    /// How long both ends of a connection are silent before they give it up; `None`: for ever.
    pub heartbeat: Option<Span>,
    /// How often it looks into its inbox, if it has one: then its program begins with a step that puts deliveries
    /// there, and ends with two of which one removes what was declined and the other looks for what is there.
    pub inbox: Option<Span>,
    /// How it reads a log, if it does.
    pub pull: Option<PullPlan>,
    /// What strikes at points.
    pub points: PointRules,
    /// What makes its handlers slow or wrong.
    pub handlers: HandlerRules,
}

/// When a handler has its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// At the point `worked`, since neither it nor the services that it calls update anything.
    AtWorked,
    /// When a store commits.
    AtCommit,
}

/// A consumer instance.
#[derive(Debug)]
pub struct Consumer {
    plan: Rc<ConsumerPlan>,
    publisher: Publisher,
    transactor: Transacting,
    calls: Calls,
    buffer: VecDeque<Received>,
    handlings: Slab<Handling>,
    unsent: UnsentAcks,
    /// Keys of messages that it began to handle, if it is guarded by its own memory.
    remembered: RowMap<()>,
    /// Whether an `ExtendDue` is on its way.
    is_extending: bool,
    frozen_for: Span,
    /// Whether the broker closed the channel of the present opening.
    is_channel_closed: bool,
    /// Messages published so far by this instance, of each of its sites.
    published: u64,
    death: CrashHow,
    /// Its reading of a log, if it does.
    puller: Option<Box<Puller>>,
    /// Its desk, if it is called instead.
    desk: Option<Box<Desk>>,
    /// Its workers, if it handles from an inbox.
    workers: Option<Box<Workers>>,
}

/// A delivery that has arrived.
#[derive(Clone, Copy, Debug)]
struct Received {
    delivery: Deliver,
    at: Time,
}

impl Consumer {
    /// An idle, subscribed instance.
    #[must_use]
    pub fn new(plan: Rc<ConsumerPlan>, connection: ConnectionId, instance: u32) -> Self {
        Self {
            publisher: Publisher::new(Rc::clone(&plan.client), connection, instance),
            transactor: Transacting::new(&plan.stores, instance),
            calls: Calls::new(instance, &plan.program),
            desk: matches!(plan.feed, Feed::Calls(_)).then(Box::default),
            workers: plan.inbox.map(|poll| Box::new(Workers::new(poll))),
            puller: plan.pull.clone().map(|plan| Box::new(Puller::new(plan))),
            plan,
            buffer: VecDeque::new(),
            handlings: Slab::default(),
            unsent: UnsentAcks::default(),
            remembered: RowMap::default(),
            is_extending: false,
            frozen_for: Span::ZERO,
            is_channel_closed: false,
            published: 0,
            death: CrashHow::Process,
        }
    }

    /// A delivery that never reached this instance's buffer.
    pub fn miss(&self, context: &mut Ctx, delivery: &Deliver) {
        self.end_delivery(context, delivery, DeliveryStage::Waiting);
    }

    /// It goes on after being frozen: its work ends that much later.
    pub fn resumed(&mut self, frozen_for: Span, context: &mut Ctx) {
        self.frozen_for += frozen_for;
        if self.pulls() && self.publisher.is_open() {
            self.publisher.announce(context);
        }
        self.pump(context);
    }

    /// Starts handlers while there are deliveries and free places.
    fn pump(&mut self, context: &mut Ctx) {
        if self.workers.is_some() {
            self.pump_inbox(context);
        }
        if context.is_interrupted() {
            return;
        }
        if self.puller.is_some() {
            return self.pump_log(context);
        }
        if self.desk.is_some() {
            return self.pump_calls(context);
        }
        while self.receiving() < self.plan.concurrency
            && let Some(received) = self.buffer.pop_front()
        {
            self.start(Job::Delivery(received.delivery), received.at, context);
            if context.is_interrupted() {
                return;
            }
        }
    }

    fn end_delivery(&self, context: &mut Ctx, delivery: &Deliver, stage: DeliveryStage) {
        context.emit(Fact::DeliveryEnded { message: delivery.message, group: self.plan.group(), stage });
    }

    /// Opens a channel that the broker closed again, once no handler runs.
    fn reopen_channel(&mut self, context: &mut Ctx) {
        if self.is_channel_closed && self.receiving() == 0 && self.publisher.is_open() {
            self.is_channel_closed = false;
            self.publisher.announce(context);
        }
    }

    fn discard_buffer(&mut self, context: &mut Ctx) {
        for received in std::mem::take(&mut self.buffer) {
            context.emit(Fact::Discarded { consumer: self.plan.id() });
            self.end_delivery(context, &received.delivery, DeliveryStage::Waiting);
        }
    }

    /// A fault strikes this instance; says whether what was going on goes on at once.
    fn suffer(&mut self, fault: FaultId, strike: Strike, context: &mut Ctx) -> Aftermath {
        context.emit(Fact::FaultFired { fault });
        match strike {
            Strike::Crash { how, restart_after } => {
                self.death = how;
                context.restart_after(restart_after);
                context.terminate();
                Aftermath::Dead
            }
            Strike::Cut { restart_after } => {
                self.cut(restart_after, context);
                if context.is_terminated() {
                    Aftermath::Dead
                } else if context.is_interrupted() {
                    Aftermath::Frozen
                } else {
                    Aftermath::GoesOn
                }
            }
            Strike::Pause { lasts } => {
                if self.pulls() {
                    self.stop_pulling(context);
                }
                context.pause(lasts);
                Aftermath::Frozen
            }
            Strike::Stall { .. } => unreachable!("only nodes of the broker have disks"),
            Strike::Evict { .. } => unreachable!("only caches forget keys"),
        }
    }

    /// Whether the broker is one that clients pull from under leases: it sends nothing to whoever does not ask.
    fn pulls(&self) -> bool {
        self.plan.on_connection_loss == OnConnectionLoss::Wait && self.puller.is_none()
    }

    /// Asks for nothing more, or is heard to close its connection. What a lease covers stays covered.
    fn stop_pulling(&mut self, context: &mut Ctx) {
        let lost = ConnectionLost { connection: self.publisher.connection(), epoch: self.publisher.epoch() };
        self.publisher.carry(context, lost);
    }

    fn cut(&mut self, restart_after: Span, context: &mut Ctx) {
        self.publisher.cut(context, restart_after);
        self.is_channel_closed = false;
        if self.plan.on_connection_loss == OnConnectionLoss::Return {
            self.discard_buffer(context);
            self.unsent.clear();
        }
        self.break_publishes(context);
    }
}

/// What a fault leaves of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Aftermath {
    GoesOn,
    Frozen,
    Dead,
}

impl Actor for Consumer {
    type Context = Ctx;

    fn started(&mut self, context: &mut Ctx) {
        self.beat(context);
        self.watch_inbox(self.poll_of_inbox(), context);
    }

    /// It died: handlers, buffer and unsent acks are gone. The broker notices by the closing connection,
    /// or, if the machine died, by its silence.
    fn stopped(&mut self, context: &mut Ctx) {
        self.discard_buffer(context);
        let handlings = std::mem::take(&mut self.handlings);
        for (_, handling) in handlings.iter() {
            if let Some((at, pending)) = handling.waits_at() {
                pending.forget(&self.plan.program[at], &mut self.transactor, context);
            }
            self.tell_aborted(handling.job(), context);
        }
        if let Some(workers) = &mut self.workers {
            workers.die(context);
        }
        self.unsent.clear();
        self.remembered.clear();
        self.is_extending = false;
        self.is_channel_closed = false;
        let how = std::mem::replace(&mut self.death, CrashHow::Process);
        self.transactor.die(how, context);
        if self.desk.is_some() {
            let running: Vec<_> = handlings.iter().filter_map(|(_, handling)| handling.call()).collect();
            return self.abandon_calls(&running, how, context);
        }
        if self.puller.is_some() {
            // Its group notices when its session ends, however it died.
            return self.lose_memory(context);
        }
        if how == CrashHow::Process || self.pulls() {
            self.stop_pulling(context);
            // In a partition nobody hears it, and its silence may be noticed first.
            if self.publisher.heals_at(context.now()).is_none() {
                return;
            }
        }
        // Model: the silence is noticed exactly one heartbeat, or else one ack timeout, after the death.
        if let Some(silence) = self.plan.noticed_after {
            let lost =
                ConnectionLost { connection: self.publisher.connection(), epoch: self.publisher.epoch() };
            context.send_at(self.plan.client.broker, context.now() + silence, lost.into());
        }
    }
}

impl Supervised for Consumer {
    fn restarting(&mut self, context: &mut Ctx) {
        self.calls.restart(&self.plan.program);
        self.publisher.restart(context);
        self.watch_inbox(Span::ZERO, context);
    }
}

impl Handler<Deliver> for Consumer {
    type Result = ();

    fn handle(&mut self, delivery: Deliver, context: &mut Ctx) {
        if delivery.epoch != self.publisher.epoch() {
            return self.miss(context, &delivery);
        }
        context.emit(Fact::Received { consumer: self.plan.id() });
        self.buffer.push_back(Received { delivery, at: context.now() });
        self.keep_extending(context);
        self.pump(context);
    }
}

impl Handler<ChannelClosed> for Consumer {
    type Result = ();

    /// Model: running handlers finish, and find the channel closed when they ack; then the client opens it
    /// again (as a client that handles and acks on one thread, which is how this was measured).
    fn handle(&mut self, closed: ChannelClosed, context: &mut Ctx) {
        if closed.epoch == self.publisher.epoch() {
            self.discard_buffer(context);
            self.unsent.clear();
            self.is_channel_closed = true;
            self.reopen_channel(context);
        }
    }
}

impl Handler<FlushAcks> for Consumer {
    type Result = ();

    fn handle(&mut self, _: FlushAcks, context: &mut Ctx) {
        if self.puller.is_some() {
            return self.commit_due(context);
        }
        self.unsent.timer_fired();
        self.flush(context);
    }
}

impl Handler<Worked> for Consumer {
    type Result = ();

    fn handle(&mut self, worked: Worked, context: &mut Ctx) {
        if let Some(late) = self.handlings[worked.activity.0].thaw(self.frozen_for) {
            return context.remind_at(late, worked);
        }
        self.go_on(worked.activity, context);
    }
}

impl Handler<GoOn> for Consumer {
    type Result = ();

    fn handle(&mut self, go_on: GoOn, context: &mut Ctx) {
        self.go_on(go_on.activity, context);
    }
}

impl Handler<Confirmed> for Consumer {
    type Result = ();

    fn handle(&mut self, confirmed: Confirmed, context: &mut Ctx) {
        self.answer_publish(confirmed.activity, context, |publisher, context, confirm, pending| {
            publisher.confirmed(context, confirm, &confirmed, pending)
        });
    }
}

answers_steps!(Consumer);

impl Handler<Crash> for Consumer {
    type Result = ();

    fn handle(&mut self, crash: Crash, context: &mut Ctx) {
        let Crash { fault, how, restart_after } = crash;
        self.suffer(fault, Strike::Crash { how, restart_after }, context);
    }
}

impl Handler<Cut> for Consumer {
    type Result = ();

    fn handle(&mut self, cut: Cut, context: &mut Ctx) {
        self.suffer(cut.fault, Strike::Cut { restart_after: cut.restart_after }, context);
    }
}

impl Handler<Pause> for Consumer {
    type Result = ();

    fn handle(&mut self, pause: Pause, context: &mut Ctx) {
        self.suffer(pause.fault, Strike::Pause { lasts: pause.lasts }, context);
    }
}
