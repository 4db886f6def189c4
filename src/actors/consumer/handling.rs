//! What one delivery goes through in a handler, point by point.
//!
//! ```text
//!  Received ─▶ [ack, if before handling] ─▶ [guard ─▶ KeyReserved] ─▶ Step 0 ─▶ … ─▶ Step n ─▶ BeforeAck ─▶ ack ─▶ Acked ─▶ End
//!                                             │ first work ended, or there is none
//!                                             └▶ Worked: the execution counts, `fail` and crashes strike,
//!                                                without updates the effect counts ─▶ Applied
//!  a transaction ─▶ Waiting ─▶ Locked ─▶ Waiting ─▶ Applied, or declined ─▶ BeforeAck
//!  a guard, or the key of a transaction, is taken ─▶ suppressed: BeforeAck, or an error
//!  an error at any step ─▶ what `on_error` says ─▶ End
//! ```

mod standing;

use std::rc::Rc;

use crate::actors::calling::At;
use crate::actors::client::{Pending, Standing};
use crate::actors::producer::thaw;
use crate::actors::program::{PublishStep, Step, Work, slowed};
use crate::actors::publisher;
use crate::protocol::calling::RequestBody;
use crate::protocol::event::{GoOn, Worked};
use crate::protocol::fact::Ending;
use crate::protocol::id::{ActivityId, Effect};
use crate::protocol::{Ctx, Fact};
use crate::quantity::{Span, Time};
use crate::scenario::model::{AckMode, Identity, Point};

pub(super) use self::standing::after_guard;
use super::feed::{Feed, Job};
use super::inbox::is_aside;
use super::{Aftermath, Applies, Consumer, ConsumerPlan};

/// One delivery in a handler.
#[derive(Debug)]
pub(super) struct Handling {
    job: Job,
    started_at: Time,
    stage: Stage,
    /// How it ends, so far.
    ending: Ending,
    /// Whether its delivery is to be rejected, whatever errors are answered with.
    is_rejected: bool,
    pending: Option<Pending>,
    work_ends_at: Time,
    /// `frozen_for` when the work began.
    frozen_before: Span,
}

/// Where a handling goes on when it next does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Received,
    EarlyAck,
    EarlyAcked,
    Begun,
    /// Its guard lets it through.
    Guarded {
        next: usize,
    },
    Step(usize),
    Waiting(usize),
    WorkEnded(usize),
    /// A lock, or a key, was granted to the transaction at this place.
    Granted {
        at: usize,
        place: u32,
    },
    Executed {
        next: usize,
    },
    Failed(Ending),
    BeforeAck,
    Ack,
    End,
}

/// Whether a handling goes on. One that waits has noted where.
pub(super) enum Flow {
    To(Stage),
    Waits,
    Gone,
}

impl Handling {
    pub(super) const fn started_at(&self) -> Time {
        self.started_at
    }

    pub(super) const fn job(&self) -> &Job {
        &self.job
    }

    /// How it ends: as a success, rejected if it decided against what it was started for, or else as what failed.
    pub(super) const fn ending(&self) -> Ending {
        self.ending
    }

    pub(super) const fn is_rejected(&self) -> bool {
        self.is_rejected
    }

    /// Its delivery is to be rejected.
    pub(super) const fn reject(&mut self) {
        self.is_rejected = true;
    }

    /// The call that is handled, if one is.
    pub(super) fn call(&self) -> Option<RequestBody> {
        match &self.job {
            Job::Call(body) => Some(**body),
            Job::Delivery(_) | Job::Row(_) | Job::Look { .. } => None,
        }
    }

    /// It goes on as the handling of this.
    pub(super) fn begin_anew(&mut self, job: Job, now: Time) {
        (self.job, self.started_at, self.pending) = (job, now, None);
    }

    /// It waits at a step.
    pub(super) const fn wait_at(&mut self, at: usize) {
        self.stage = Stage::Waiting(at);
    }

    /// The step that it waits at, with what it waits for.
    pub(super) const fn waits_at(&self) -> Option<(usize, Pending)> {
        match (self.stage, self.pending) {
            (Stage::Waiting(at), Some(pending)) => Some((at, pending)),
            _ => None,
        }
    }

    /// When its frozen work really ends, if it was frozen since it began.
    pub(super) fn thaw(&mut self, frozen_for: Span) -> Option<Time> {
        thaw(&mut self.work_ends_at, &mut self.frozen_before, frozen_for)
    }
}

impl Consumer {
    pub(super) fn start(&mut self, job: Job, received_at: Time, context: &mut Ctx) {
        let id = self.insert(job, Stage::Received, context);
        // What an inbox is for has not begun when it is put there.
        if self.workers.is_none() {
            self.tell_started(self.handlings[id.0].job(), received_at, context);
        }
        self.advance(id, context);
    }

    /// Begins at this stage what nobody is told of.
    pub(super) fn begin_at(&mut self, job: Job, stage: Stage, context: &mut Ctx) {
        let id = self.insert(job, stage, context);
        self.advance(id, context);
    }

    fn insert(&mut self, job: Job, stage: Stage, context: &Ctx) -> ActivityId {
        let handling = Handling {
            job,
            started_at: context.now(),
            stage,
            ending: Ending::Succeeded,
            is_rejected: false,
            pending: None,
            work_ends_at: Time::ZERO,
            frozen_before: self.frozen_for,
        };
        ActivityId(self.handlings.insert(handling))
    }

    /// Lets a handling that waited go on, and others start if it ended.
    pub(super) fn go_on(&mut self, id: ActivityId, context: &mut Ctx) {
        self.advance(id, context);
        if !context.is_interrupted() {
            self.pump(context);
        }
    }

    fn advance(&mut self, id: ActivityId, context: &mut Ctx) {
        let plan = Rc::clone(&self.plan);
        let mut stage = self.handlings[id.0].stage;
        while let Flow::To(next) = self.perform(&plan, id, stage, context) {
            stage = next;
        }
    }

    fn perform(&mut self, plan: &ConsumerPlan, id: ActivityId, stage: Stage, context: &mut Ctx) -> Flow {
        match stage {
            Stage::Received => {
                let next = if plan.ack == AckMode::BeforeHandling { Stage::EarlyAck } else { Stage::Begun };
                self.reach(plan, id, Point::Received, next, context)
            }
            Stage::EarlyAck => self.reach(plan, id, Point::BeforeAck, Stage::EarlyAcked, context),
            Stage::EarlyAcked => {
                self.acknowledge(id, context);
                self.reach(plan, id, Point::Acked, Stage::Begun, context)
            }
            Stage::Begun => match plan.program.first() {
                Some(Step::Work(_)) => self.step(plan, id, 0, context),
                Some(Step::Guard(guard)) => self.guard(plan, id, (0, guard), context),
                _ => Flow::To(Stage::Guarded { next: 0 }),
            },
            Stage::Guarded { next } if plan.has_work() => Flow::To(Stage::Step(next)),
            Stage::Guarded { next } => self.execute(plan, id, next, context),
            Stage::Step(at) => self.step(plan, id, at, context),
            Stage::Waiting(_) => Flow::Waits,
            Stage::WorkEnded(at) => match &plan.program[at] {
                Step::Work(Work { number: 0, .. }) => self.execute(plan, id, at + 1, context),
                Step::Work(work) => {
                    self.reach(plan, id, Point::Worked(work.number), Stage::Step(at + 1), context)
                }
                _ => unreachable!("only work ends"),
            },
            Stage::Granted { at, place } => {
                self.handlings[id.0].stage = Stage::Waiting(at);
                let standing = self.transactor.release(place, context);
                self.note(plan, id, standing.map(Pending::Transaction), context)
            }
            Stage::Executed { next } => self.executed(plan, id, next, context),
            Stage::Failed(why) => self.fail(plan, id, why, context),
            Stage::BeforeAck => self.reach(plan, id, Point::BeforeAck, Stage::Ack, context),
            Stage::Ack => {
                self.acknowledge(id, context);
                // Most handlers end here: straight on where nothing can strike.
                match self.reach(plan, id, Point::Acked, Stage::End, context) {
                    Flow::To(_) => self.end(id, context),
                    other => other,
                }
            }
            Stage::End => self.end(id, context),
        }
    }

    /// A named point: what strikes here decides whether, and when, `next` comes.
    #[inline]
    pub(super) fn reach(
        &mut self,
        plan: &ConsumerPlan,
        id: ActivityId,
        point: Point,
        next: Stage,
        context: &mut Ctx,
    ) -> Flow {
        if plan.points.is_empty() { Flow::To(next) } else { self.suffer_at(plan, id, point, next, context) }
    }

    #[inline(never)]
    fn suffer_at(
        &mut self,
        plan: &ConsumerPlan,
        id: ActivityId,
        point: Point,
        next: Stage,
        context: &mut Ctx,
    ) -> Flow {
        self.handlings[id.0].stage = next;
        let client = Rc::clone(&plan.client);
        let luck = self.handlings[id.0].job.task(plan).luck(&client.sites);
        let mut aftermath = Aftermath::GoesOn;
        for (fault, strike) in plan.points.strikes(point, context.now(), self.publisher.instance(), &luck) {
            aftermath = aftermath.max(self.suffer(fault, strike, context));
            if aftermath == Aftermath::Dead {
                return Flow::Gone;
            }
        }
        if aftermath == Aftermath::Frozen {
            // Frozen before it could go on: this comes when it thaws.
            context.remind_at(context.now(), GoOn { activity: id });
            return Flow::Waits;
        }
        Flow::To(next)
    }

    fn step(&mut self, plan: &ConsumerPlan, id: ActivityId, at: usize, context: &mut Ctx) -> Flow {
        match plan.program.get(at) {
            None => Flow::To(self.ending(plan, id)),
            Some(Step::Work(work)) => {
                let lasts = self.work_span(plan, id, work, context);
                let handling = &mut self.handlings[id.0];
                handling.work_ends_at = context.now() + lasts;
                handling.frozen_before = self.frozen_for;
                handling.stage = Stage::WorkEnded(at);
                work.end(context, handling.work_ends_at, Worked { activity: id });
                Flow::Waits
            }
            Some(Step::Publish(publish)) => {
                self.handlings[id.0].stage = Stage::Waiting(at);
                let standing = self.publish(plan, id, publish, context);
                self.note(plan, id, standing.map(Pending::Publish), context)
            }
            Some(Step::Transaction(transaction)) => {
                let handling = &mut self.handlings[id.0];
                handling.stage = Stage::Waiting(at);
                let task = handling.job.task(plan);
                let standing = self.transactor.begin(context, id, transaction, task);
                self.note(plan, id, standing.map(Pending::Transaction), context)
            }
            // Behind the last step of the list, unless that is what it was sent for.
            Some(Step::Guard(guard))
                if is_aside(guard.place)
                    && matches!(self.handlings[id.0].job, Job::Row(_))
                    && self.handlings[id.0].ending == Ending::Succeeded =>
            {
                Flow::To(Stage::End)
            }
            Some(Step::Guard(guard)) => self.guard(plan, id, (at, guard), context),
            Some(Step::Call(call)) => {
                let handling = &mut self.handlings[id.0];
                handling.stage = Stage::Waiting(at);
                let (task, deadline) = (handling.job.task(plan), handling.job.deadline());
                let at = At { step: call, activity: id, sites: &plan.client.sites };
                let standing = self.calls.begin(context, at, task, deadline);
                self.note(plan, id, standing.map(Pending::Call), context)
            }
        }
    }

    /// Publishes a message of its own, with the key of the one it handles, or that very message again.
    fn publish(
        &mut self,
        plan: &ConsumerPlan,
        id: ActivityId,
        step: &PublishStep,
        context: &mut Ctx,
    ) -> Standing<publisher::Pending> {
        let job = &self.handlings[id.0].job;
        if step.identity == Identity::OfHandled {
            let delivery = *job.delivery().expect("only consumers publish what they handle");
            return self.publisher.send_back(context, id, step, &delivery);
        }
        let key = job.task(plan).key;
        let number = self.published * u64::from(plan.instances) + u64::from(self.publisher.instance());
        self.published += 1;
        self.publisher.begin(context, id, step, number, key)
    }

    fn work_span(&self, plan: &ConsumerPlan, id: ActivityId, work: &Work, context: &mut Ctx) -> Span {
        if let Some(lane) = work.lane
            && !plan.handlers.can_slow()
            && matches!(plan.feed, Feed::Queue { .. })
        {
            return lane.span();
        }
        let task = self.handlings[id.0].job.task(plan);
        let drawn = work.draw_for(&task, &plan.client.sites);
        let luck = task.luck(&plan.client.sites);
        let lasts = slowed(drawn, &plan.handlers, self.publisher.instance(), &luck, context);
        match self.stretch() {
            1.0 => lasts,
            times => Span::from_nanos_f64(lasts.as_nanos_f64() * times),
        }
    }

    /// The execution counts; then `fail` and crashes strike; what survives goes on to its effect.
    fn execute(&mut self, plan: &ConsumerPlan, id: ActivityId, next: usize, context: &mut Ctx) -> Flow {
        if plan.is_undisturbed() && plan.applies == Applies::AtWorked {
            self.tell_executed(id, Some(Effect::ONLY), context);
            return Flow::To(Stage::Step(next));
        }
        self.tell_executed(id, None, context);
        if plan.handlers.can_fail() && self.goes_wrong(plan, id, context) {
            return self.reach(plan, id, Point::Worked(0), Stage::Failed(Ending::Failed), context);
        }
        match self.reach(plan, id, Point::Worked(0), Stage::Executed { next }, context) {
            Flow::To(_) => self.executed(plan, id, next, context),
            other => other,
        }
    }

    /// What survived its execution has its effect, unless that comes with a commit.
    fn executed(&mut self, plan: &ConsumerPlan, id: ActivityId, next: usize, context: &mut Ctx) -> Flow {
        if plan.applies == Applies::AtCommit {
            return Flow::To(Stage::Step(next));
        }
        self.tell_applied(id, context);
        self.reach(plan, id, Point::Applied(0), Stage::Step(next), context)
    }

    #[inline(never)]
    fn goes_wrong(&self, plan: &ConsumerPlan, id: ActivityId, context: &mut Ctx) -> bool {
        let sites = &plan.client.sites;
        let job = &self.handlings[id.0].job;
        let task = job.task(plan);
        let luck = task.luck(sites);
        let mut fault = plan.handlers.fails(context.now(), self.publisher.instance(), &luck);
        if fault.is_none()
            && plan.handlers.has_poison()
            && let Some(message) = job.message()
        {
            let producer = sites.of(message).producer;
            let luck = task.luck_of_all_tries(sites);
            fault = plan.handlers.poisons(producer, context.now(), &luck);
        }
        if let Some(fault) = fault {
            context.emit(Fact::FaultFired { fault });
        }
        fault.is_some()
    }

    /// What follows the last step.
    pub(super) fn ending(&self, plan: &ConsumerPlan, id: ActivityId) -> Stage {
        match self.handlings[id.0].job {
            Job::Delivery(_) | Job::Call(_) if acks_at_the_end(plan.ack) => Stage::BeforeAck,
            // What comes from an inbox was acked when it went there.
            _ => Stage::End,
        }
    }

    /// The handler returned an error.
    fn fail(&mut self, plan: &ConsumerPlan, id: ActivityId, why: Ending, context: &mut Ctx) -> Flow {
        self.handlings[id.0].ending = why;
        self.unremember(plan, id);
        if let Job::Row(row) = self.handlings[id.0].job {
            self.let_go(plan, row, context);
        } else if acks_at_the_end(plan.ack) {
            self.answer_error(id, why, context);
        }
        Flow::To(Stage::End)
    }

    fn end(&mut self, id: ActivityId, context: &mut Ctx) -> Flow {
        if let (Some(puller), Some(delivery)) = (&mut self.puller, self.handlings[id.0].job.delivery()) {
            puller.ended(delivery);
        }
        if self.workers.is_some() {
            let handling = self.handlings.remove(id.0);
            self.end_at_inbox(&handling, context);
        } else {
            self.tell_ended(&self.handlings[id.0], context);
            self.handlings.discard(id.0);
        }
        if self.is_channel_closed {
            self.reopen_channel(context);
        }
        Flow::Gone
    }
}

/// Whether a handled delivery is acked after its last step.
const fn acks_at_the_end(mode: AckMode) -> bool {
    matches!(mode, AckMode::AfterHandling | AckMode::Batch { .. } | AckMode::Every(_))
}

impl ConsumerPlan {
    /// Whether nothing can strike at its points, or go wrong at `worked`.
    fn is_undisturbed(&self) -> bool {
        self.points.is_empty() && !self.handlers.can_fail()
    }

    fn has_work(&self) -> bool {
        self.program.iter().any(|step| matches!(step, Step::Work(_)))
    }
}
