//! A producer instance: runs its `do` list for each arrival.

use std::rc::Rc;

use actix::{Actor, ActorContext, Handler, Supervised};

use crate::faults::HandlerRules;
use crate::kernel::{ActorId, Delay, Slab};
use crate::protocol::event::{Answer, Begin, Confirmed, Crash, Cut, Ended, Pause, Reopen, Waiting, Worked};
use crate::protocol::fact::Ending;
use crate::protocol::id::{ActivityId, ConnectionId, OperationId, ProducerId};
use crate::protocol::node::{BrokerBack, BrokerLost};
use crate::protocol::{Ctx, Fact, Origin, Task};
use crate::quantity::{Span, Time};
use crate::scenario::model::CrashHow;

use super::calling::{At, Calls};
use super::client::{Pending, RunsSteps, Standing, answers_steps};
use super::program::{KeyPlan, Step, slowed};
use super::publisher::{ClientPlan, Publisher};
use super::transacting::{Transacting, Transactor, TransactorPlan};

/// Model: a user who finds nobody there does not come back at the same instant, even without thinking.
const REFUSED_PAUSE: Span = Span::from_millis(1);

/// What all instances of a producer have in common.
#[derive(Debug)]
pub struct ProducerPlan {
    /// Which producer.
    pub id: ProducerId,
    /// Where its arrivals come from.
    pub source: ActorId,
    /// How it reaches the broker.
    pub client: Rc<ClientPlan>,
    /// How it reaches stores.
    pub stores: Rc<TransactorPlan>,
    /// What each operation does.
    pub program: Rc<[Step]>,
    /// Names the luck of its operations.
    pub luck_key: u64,
    /// What each operation is about.
    pub key: KeyPlan,
    /// Names the luck that draws it: that of the operation's first message, whether it publishes one or not.
    pub key_luck_key: u64,
    /// What makes its work slow.
    pub handlers: HandlerRules,
    /// No time at all.
    pub at_once: Delay,
}

/// A producer instance.
#[derive(Debug)]
pub struct Producer {
    plan: Rc<ProducerPlan>,
    publisher: Publisher,
    transactor: Transacting,
    calls: Calls,
    operations: Slab<Operation>,
    frozen_for: Span,
    death: CrashHow,
}

/// One run of the `do` list.
#[derive(Debug)]
struct Operation {
    number: u64,
    task: Task,
    waiting: Waiting,
    started_at: Time,
    step: usize,
    pending: Option<Pending>,
    work_ends_at: Time,
    /// `frozen_for` when the work began.
    frozen_before: Span,
}

impl Producer {
    /// An idle instance with an open connection.
    #[must_use]
    pub fn new(plan: Rc<ProducerPlan>, connection: ConnectionId, instance: u32) -> Self {
        Self {
            publisher: Publisher::new(Rc::clone(&plan.client), connection, instance),
            transactor: Transacting::new(&plan.stores, instance),
            calls: Calls::new(instance, &plan.program),
            plan,
            operations: Slab::default(),
            frozen_for: Span::ZERO,
            death: CrashHow::Process,
        }
    }

    /// An operation that this instance was too dead to begin.
    pub fn miss(&self, context: &mut Ctx, begin: Begin) {
        let operation = OperationId { producer: self.plan.id, number: begin.number };
        let (ending, started_at) = (Ending::Failed, begin.arrived_at);
        context.emit(Fact::OperationEnded { operation, ending, started_at });
        if let Waiting::UserOf(phase) = begin.waiting {
            context.send_at(self.plan.source, context.now() + REFUSED_PAUSE, Ended { phase }.into());
        }
    }

    /// It goes on after being frozen: its work ends that much later.
    pub fn resumed(&mut self, frozen_for: Span) {
        self.frozen_for += frozen_for;
    }

    fn task(&self, number: u64) -> Task {
        let plan = &*self.plan;
        let sites = self.publisher.sites();
        let key = plan.key.choose(&sites.luck_of(plan.key_luck_key.wrapping_add(number), 0));
        let origin = Origin::Operation(OperationId { producer: plan.id, number });
        Task { luck_key: plan.luck_key.wrapping_add(number), attempt: 0, key, origin }
    }

    fn run(&mut self, id: ActivityId, context: &mut Ctx) {
        let plan = Rc::clone(&self.plan);
        loop {
            let operation = &mut self.operations[id.0];
            let Some(step) = plan.program.get(operation.step) else {
                return self.end(id, Ending::Succeeded, context);
            };
            match step {
                Step::Work(work) => {
                    let luck = operation.task.luck(self.publisher.sites());
                    let drawn = work.draw(&luck);
                    let lasts = slowed(drawn, &plan.handlers, self.publisher.instance(), &luck, context);
                    operation.work_ends_at = context.now() + lasts;
                    operation.frozen_before = self.frozen_for;
                    return work.end(context, operation.work_ends_at, Worked { activity: id });
                }
                Step::Transaction(transaction) => {
                    let task = operation.task;
                    let standing = self.transactor.begin(context, id, transaction, task);
                    if !self.follow(id, standing.map(Pending::Transaction), context) {
                        return;
                    }
                }
                Step::Publish(publish) => {
                    let number = operation.number;
                    let key = operation.task.key;
                    let standing = self.publisher.begin(context, id, publish, number, key);
                    if !self.follow(id, standing.map(Pending::Publish), context) {
                        return;
                    }
                }
                Step::Guard(_) => unreachable!("only consumers have idempotency keys"),
                Step::Call(call) => {
                    let (client, task) = (Rc::clone(&plan.client), operation.task);
                    let at = At { step: call, activity: id, sites: &client.sites };
                    let standing = self.calls.begin(context, at, task, Time::NEVER);
                    if !self.follow(id, standing.map(Pending::Call), context) {
                        return;
                    }
                }
            }
        }
    }

    /// Notes how a publish stands; says whether the operation goes on.
    fn follow(&mut self, id: ActivityId, standing: Standing, context: &mut Ctx) -> bool {
        let operation = &mut self.operations[id.0];
        match standing {
            // Named points are places in handlers.
            Standing::Locked(Pending::Transaction(place)) => {
                let standing = self.transactor.release(place, context);
                self.follow(id, standing.map(Pending::Transaction), context)
            }
            Standing::Locked(_) => unreachable!("only transactions lock"),
            Standing::Reserved(_) | Standing::Suppressed { .. } | Standing::HandedOut { .. } => {
                unreachable!("only consumers have idempotency keys")
            }
            Standing::Declined => {
                self.end(id, Ending::Rejected, context);
                false
            }
            Standing::Done => {
                operation.pending = None;
                operation.step += 1;
                true
            }
            Standing::Waiting(pending) => {
                operation.pending = Some(pending);
                false
            }
            Standing::GivenUp(ending) => {
                self.end(id, ending, context);
                false
            }
        }
    }

    fn end(&mut self, id: ActivityId, ending: Ending, context: &mut Ctx) {
        self.report_end(context, &self.operations[id.0], ending);
        self.operations.discard(id.0);
    }

    fn report_end(&self, context: &mut Ctx, operation: &Operation, ending: Ending) {
        let Operation { started_at, waiting, .. } = *operation;
        let operation = OperationId { producer: self.plan.id, number: operation.number };
        context.emit(Fact::OperationEnded { operation, ending, started_at });
        if let Waiting::UserOf(phase) = waiting {
            context.send(self.plan.source, self.plan.at_once, Ended { phase }.into());
        }
    }
}

impl Actor for Producer {
    type Context = Ctx;

    /// It died: what was running failed, and what was unconfirmed is forgotten.
    fn stopped(&mut self, context: &mut Ctx) {
        let operations = std::mem::take(&mut self.operations);
        for (_, operation) in operations.iter() {
            if let Some(pending) = operation.pending {
                pending.forget(&self.plan.program[operation.step], &mut self.transactor, context);
            }
            self.report_end(context, operation, Ending::Failed);
        }
        self.transactor.die(self.death, context);
    }
}

impl Supervised for Producer {
    fn restarting(&mut self, context: &mut Ctx) {
        self.calls.restart(&self.plan.program);
        self.publisher.restart(context);
    }
}

impl Handler<Begin> for Producer {
    type Result = ();

    fn handle(&mut self, begin: Begin, context: &mut Ctx) {
        let operation = Operation {
            number: begin.number,
            task: self.task(begin.number),
            waiting: begin.waiting,
            started_at: begin.arrived_at,
            step: 0,
            pending: None,
            work_ends_at: Time::ZERO,
            frozen_before: Span::ZERO,
        };
        let id = ActivityId(self.operations.insert(operation));
        self.run(id, context);
    }
}

impl Handler<Worked> for Producer {
    type Result = ();

    fn handle(&mut self, worked: Worked, context: &mut Ctx) {
        let operation = &mut self.operations[worked.activity.0];
        if let Some(late) = thaw(&mut operation.work_ends_at, &mut operation.frozen_before, self.frozen_for) {
            return context.remind_at(late, worked);
        }
        operation.step += 1;
        self.run(worked.activity, context);
    }
}

/// When work that was frozen for a while really ends, if that was while it ran.
pub(super) fn thaw(ends_at: &mut Time, frozen_before: &mut Span, frozen_for: Span) -> Option<Time> {
    let owed = Span::from_nanos(frozen_for.as_nanos() - frozen_before.as_nanos());
    if owed.is_zero() {
        return None;
    }
    *frozen_before = frozen_for;
    *ends_at = *ends_at + owed;
    Some(*ends_at)
}

impl Handler<Confirmed> for Producer {
    type Result = ();

    fn handle(&mut self, confirmed: Confirmed, context: &mut Ctx) {
        if confirmed.answer == Answer::ChannelClosed {
            if self.publisher.close(context, &confirmed) {
                self.break_publishes(context);
            }
            return;
        }
        self.answer_publish(confirmed.activity, context, |publisher, context, confirm, pending| {
            publisher.confirmed(context, confirm, &confirmed, pending)
        });
    }
}

answers_steps!(Producer);

impl RunsSteps for Producer {
    fn publisher(&mut self) -> &mut Publisher {
        &mut self.publisher
    }

    fn transactor(&mut self) -> &mut Transactor {
        &mut self.transactor
    }

    fn calls(&mut self) -> &mut Calls {
        &mut self.calls
    }

    fn client(&self) -> Rc<ClientPlan> {
        Rc::clone(&self.plan.client)
    }

    fn program(&self) -> Rc<[Step]> {
        Rc::clone(&self.plan.program)
    }

    fn activities(&self) -> Vec<ActivityId> {
        self.operations.iter().map(|(position, _)| ActivityId(position)).collect()
    }

    fn waits_at(&self, id: ActivityId) -> Option<(usize, Pending)> {
        let operation = self.operations.find(id.0)?;
        Some((operation.step, operation.pending?))
    }

    fn wait_for(&mut self, id: ActivityId, pending: Pending) {
        self.operations[id.0].pending = Some(pending);
    }

    fn proceed(&mut self, id: ActivityId, standing: Standing, context: &mut Ctx) {
        if self.follow(id, standing, context) {
            self.run(id, context);
        }
    }
}

impl Handler<Reopen> for Producer {
    type Result = ();

    fn handle(&mut self, due: Reopen, context: &mut Ctx) {
        if self.publisher.reopen(context, due) {
            self.release_publishes(context);
        }
    }
}

impl Handler<BrokerLost> for Producer {
    type Result = ();

    /// Publishes under way go on waiting for confirms that cannot come.
    fn handle(&mut self, lost: BrokerLost, _: &mut Ctx) {
        self.publisher.broker_lost(lost.epoch);
    }
}

impl Handler<BrokerBack> for Producer {
    type Result = ();

    fn handle(&mut self, _: BrokerBack, context: &mut Ctx) {
        self.publisher.broker_back(context);
    }
}

impl Handler<Crash> for Producer {
    type Result = ();

    fn handle(&mut self, crash: Crash, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: crash.fault });
        self.death = crash.how;
        context.restart_after(crash.restart_after);
        context.terminate();
    }
}

impl Handler<Cut> for Producer {
    type Result = ();

    fn handle(&mut self, cut: Cut, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: cut.fault });
        self.publisher.cut(context, cut.restart_after);
        self.break_publishes(context);
    }
}

impl Handler<Pause> for Producer {
    type Result = ();

    fn handle(&mut self, pause: Pause, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: pause.fault });
        context.pause(pause.lasts);
    }
}
