//! A producer instance: runs its `do` list for each arrival.

use std::rc::Rc;

use actix::{Actor, ActorContext, Handler, Supervised};

use crate::faults::HandlerRules;
use crate::kernel::{ActorId, Delay, Slab};
use crate::protocol::event::{
    Answer, Begin, ConfirmTimedOut, Confirmed, Crash, Cut, Ended, Pause, Reopen, RetryPublish, Waiting,
    Worked,
};
use crate::protocol::fact::Ending;
use crate::protocol::id::{ActivityId, ConnectionId, Key, ProducerId};
use crate::protocol::node::{BrokerBack, BrokerLost};
use crate::protocol::{Ctx, Fact};
use crate::quantity::{Span, Time};

use super::program::{ConfirmPlan, Step, slowed};
use super::publisher::{ClientPlan, Pending, Publisher, Standing};

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
    /// What each operation does.
    pub program: Vec<Step>,
    /// Keys the luck of its operations.
    pub luck_key: u64,
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
    operations: Slab<Operation>,
    frozen_for: Span,
}

/// One run of the `do` list.
#[derive(Debug)]
struct Operation {
    number: u64,
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
        let publisher = Publisher::new(Rc::clone(&plan.client), connection, instance);
        Self { plan, publisher, operations: Slab::default(), frozen_for: Span::ZERO }
    }

    /// An operation that this instance was too dead to begin.
    pub fn miss(&self, context: &mut Ctx, begin: Begin) {
        let (producer, started_at) = (self.plan.id, begin.arrived_at);
        context.emit(Fact::OperationEnded { producer, ending: Ending::Failed, started_at });
        if let Waiting::UserOf(phase) = begin.waiting {
            context.send_at(self.plan.source, context.now() + REFUSED_PAUSE, Ended { phase }.into());
        }
    }

    /// It goes on after being frozen: its work ends that much later.
    pub fn resumed(&mut self, frozen_for: Span) {
        self.frozen_for += frozen_for;
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
                    let luck =
                        self.publisher.sites().luck_of(plan.luck_key.wrapping_add(operation.number), 0);
                    let drawn = work.draw(&luck);
                    let lasts = slowed(drawn, &plan.handlers, self.publisher.instance(), &luck, context);
                    operation.work_ends_at = context.now() + lasts;
                    operation.frozen_before = self.frozen_for;
                    return work.end(context, operation.work_ends_at, Worked { activity: id });
                }
                Step::Publish(publish) => {
                    let number = operation.number;
                    let standing = self.publisher.begin(context, id, publish, number, Key::NONE);
                    if !self.follow(id, standing, context) {
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

    /// The publish that `id` waits for, with how it waits.
    fn pending<'p>(&self, plan: &'p ProducerPlan, id: ActivityId) -> Option<(Pending, &'p ConfirmPlan)> {
        let operation = self.operations.find(id.0)?;
        let Some(Step::Publish(publish)) = plan.program.get(operation.step) else { return None };
        Some((operation.pending?, publish.confirm.as_ref()?))
    }

    fn proceed(&mut self, id: ActivityId, standing: Standing, context: &mut Ctx) {
        if self.follow(id, standing, context) {
            self.run(id, context);
        }
    }

    /// The connection, or its channel, broke under every publish that waits.
    fn break_pending(&mut self, context: &mut Ctx) {
        let plan = Rc::clone(&self.plan);
        let waiting: Vec<u32> = self.operations.iter().map(|(position, _)| position).collect();
        for id in waiting.into_iter().map(ActivityId) {
            if let Some((pending, confirm)) = self.pending(&plan, id) {
                let standing = self.publisher.broken(context, id, confirm, pending);
                self.proceed(id, standing, context);
            }
        }
    }

    fn end(&mut self, id: ActivityId, ending: Ending, context: &mut Ctx) {
        let operation = self.operations.remove(id.0);
        self.report_end(context, operation.started_at, operation.waiting, ending);
    }

    fn report_end(&self, context: &mut Ctx, started_at: Time, waiting: Waiting, ending: Ending) {
        context.emit(Fact::OperationEnded { producer: self.plan.id, ending, started_at });
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
                pending.forget(context);
            }
            self.report_end(context, operation.started_at, operation.waiting, Ending::Failed);
        }
    }
}

impl Supervised for Producer {
    fn restarting(&mut self, context: &mut Ctx) {
        self.publisher.restart(context);
    }
}

impl Handler<Begin> for Producer {
    type Result = ();

    fn handle(&mut self, begin: Begin, context: &mut Ctx) {
        let operation = Operation {
            number: begin.number,
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
                self.break_pending(context);
            }
            return;
        }
        let plan = Rc::clone(&self.plan);
        let Some((pending, confirm)) = self.pending(&plan, confirmed.activity) else { return };
        if let Some(standing) = self.publisher.confirmed(context, confirm, &confirmed, pending) {
            self.proceed(confirmed.activity, standing, context);
        }
    }
}

impl Handler<ConfirmTimedOut> for Producer {
    type Result = ();

    fn handle(&mut self, due: ConfirmTimedOut, context: &mut Ctx) {
        let plan = Rc::clone(&self.plan);
        let Some((pending, confirm)) = self.pending(&plan, due.activity) else { return };
        if let Some(standing) = self.publisher.timed_out(context, due, confirm, pending) {
            self.proceed(due.activity, standing, context);
        }
    }
}

impl Handler<RetryPublish> for Producer {
    type Result = ();

    fn handle(&mut self, due: RetryPublish, context: &mut Ctx) {
        let plan = Rc::clone(&self.plan);
        let Some((pending, confirm)) = self.pending(&plan, due.activity) else { return };
        if let Some(standing) = self.publisher.retry(context, due, confirm, pending) {
            self.proceed(due.activity, standing, context);
        }
    }
}

impl Handler<Reopen> for Producer {
    type Result = ();

    fn handle(&mut self, due: Reopen, context: &mut Ctx) {
        if !self.publisher.reopen(context, due) {
            return;
        }
        let waiting: Vec<u32> = self.operations.iter().map(|(position, _)| position).collect();
        for position in waiting {
            if let Some(pending) = self.operations[position].pending
                && let Some(pending) = self.publisher.release(context, ActivityId(position), pending)
            {
                self.operations[position].pending = Some(pending);
            }
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
        context.restart_after(crash.restart_after);
        context.terminate();
    }
}

impl Handler<Cut> for Producer {
    type Result = ();

    fn handle(&mut self, cut: Cut, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: cut.fault });
        self.publisher.cut(context, cut.restart_after);
        self.break_pending(context);
    }
}

impl Handler<Pause> for Producer {
    type Result = ();

    fn handle(&mut self, pause: Pause, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: pause.fault });
        context.pause(pause.lasts);
    }
}
