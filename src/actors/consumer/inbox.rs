//! Handling from an inbox: what is delivered is put into a table and acked; workers take it from there.
//!
//! ```text
//!  Deliver ─▶ deposit ─▶ ack          a look into the inbox ─▶ handed out ─▶ Step 0 ─▶ … ─▶ effect, and removed
//!             │ it was there: ack         ▲  ▲  ▲                │ declined: removed
//!             └ the store did not: nack   │  │  └ after each     └ an error, or a death: let go
//!                                         │  └ every so often
//!                                         └ after each deposit
//! ```
//!
//! As many workers as handlers at once look, beside as many that deposit. Whoever finds nothing looks again only
//! when there is a reason. Knows no database: what holds a message is its business.
//!
//! Model: an error leaves its message in the inbox, and its instance looks for no more than what it has deposited
//! itself until it polls again, so that what fails again and again does not keep it busy.

use actix::Handler;

use crate::actors::guard::{GuardPlace, GuardStep, GuardWork};
use crate::actors::program::Step;
use crate::kernel::TimerId;
use crate::protocol::event::{Deliver, InboxDue};
use crate::protocol::fact::Stage as DeliveryStage;
use crate::protocol::id::{ActivityId, Attempt, Key, MessageId};
use crate::protocol::store::{Answer, Answered, HandedOut};
use crate::protocol::{Ctx, Fact, Origin, Task};
use crate::quantity::Span;

use super::feed::Job;
use super::handling::{Flow, Handling, Stage};
use super::{Consumer, ConsumerPlan};

/// An instance's workers at its inbox.
#[derive(Debug)]
pub(super) struct Workers {
    poll: Span,
    timer: Option<TimerId>,
    /// Those who look or handle.
    busy: usize,
    /// Messages that are there for all this instance knows.
    hints: usize,
    /// Whether there may be more than that.
    is_unsure: bool,
    /// Whether a handling has ended in an error since it last polled.
    has_failed: bool,
    /// Looks so far, over all its lives.
    looks: u32,
}

/// A message that was handed out.
#[derive(Clone, Copy, Debug)]
pub(super) struct InboxRow {
    pub(super) message: MessageId,
    about: Key,
    attempt: Attempt,
    /// The number of the transaction that holds it.
    holder: u32,
}

impl Workers {
    pub(super) const fn new(poll: Span) -> Self {
        Self { poll, timer: None, busy: 0, hints: 0, is_unsure: false, has_failed: false, looks: 0 }
    }

    /// The instance died.
    pub(super) fn die(&mut self, context: &mut Ctx) {
        if let Some(timer) = self.timer.take() {
            context.cancel(timer);
        }
        *self = Self { looks: self.looks, ..Self::new(self.poll) };
    }

    /// Nobody knows what is there.
    fn wonder(&mut self) {
        self.hints = self.hints.max(1);
        self.is_unsure = true;
    }
}

impl InboxRow {
    /// On whose behalf it is handled.
    pub(super) fn task(&self, plan: &ConsumerPlan) -> Task {
        let Self { message, about, attempt, .. } = *self;
        let origin = Origin::Handling(message, plan.group());
        Task { luck_key: plan.client.sites.luck_key(message), attempt: attempt.number(), key: about, origin }
    }
}

impl Consumer {
    /// Handlers of deliveries, without those of what an inbox holds.
    pub(super) fn receiving(&self) -> usize {
        self.handlings.len() - self.workers.as_ref().map_or(0, |workers| workers.busy)
    }

    /// Looks into the inbox every so often from now on, for the first time at `first`.
    pub(super) fn watch_inbox(&mut self, first: Span, context: &mut Ctx) {
        if let Some(workers) = &mut self.workers {
            workers.timer = Some(context.timer_at(context.now() + first, InboxDue.into()));
        }
    }

    /// How long it takes until it looks for the first time in its life.
    pub(super) fn poll_of_inbox(&self) -> Span {
        self.workers.as_ref().map_or(Span::ZERO, |workers| workers.poll)
    }

    /// Lets free workers look for what may be there.
    pub(super) fn pump_inbox(&mut self, context: &mut Ctx) {
        let plan = std::rc::Rc::clone(&self.plan);
        while let Some(workers) = &mut self.workers
            && workers.busy < plan.concurrency
            && workers.hints > 0
            && !context.is_interrupted()
        {
            workers.hints -= 1;
            workers.busy += 1;
            workers.looks = workers.looks.wrapping_add(1);
            let number = workers.looks;
            let explores = workers.hints == 0 && std::mem::take(&mut workers.is_unsure);
            let at = plan.program.len() - 1;
            self.begin_at(Job::Look { number, explores }, Stage::Step(at), context);
        }
    }

    /// A message was handed out to a worker: it begins to handle it.
    pub(super) fn handed_out(
        &mut self,
        id: ActivityId,
        (handed, holder): (HandedOut, u32),
        context: &mut Ctx,
    ) -> Flow {
        let HandedOut { message, about, attempt } = handed;
        let handling = &mut self.handlings[id.0];
        let was_exploring = matches!(handling.job(), Job::Look { explores: true, .. });
        handling.begin_anew(Job::Row(InboxRow { message, about, attempt, holder }), context.now());
        if let (true, Some(workers)) = (was_exploring, &mut self.workers)
            && !workers.has_failed
        {
            workers.wonder();
        }
        context.emit(Fact::Received { consumer: self.plan.id() });
        self.tell_started(self.handlings[id.0].job(), context.now(), context);
        Flow::To(Stage::Guarded { next: 1 })
    }

    /// Something was deposited, if this instance has an inbox; says whether it has.
    pub(super) fn hint_inbox(&mut self) -> bool {
        if let Some(workers) = &mut self.workers {
            workers.hints += 1;
        }
        self.workers.is_some()
    }

    /// A handler of an instance with an inbox has ended.
    pub(super) fn end_at_inbox(&mut self, handling: &Handling, context: &mut Ctx) {
        match handling.job() {
            Job::Delivery(delivery) => return self.leave_buffer(delivery, context),
            Job::Row(_) => self.tell_ended(handling, context),
            Job::Look { .. } => {}
            Job::Call(_) => unreachable!("calls go to services, which have no inbox"),
        }
        if let Some(workers) = &mut self.workers {
            workers.busy -= 1;
        }
    }

    /// A delivery is in the inbox, or was not put there, and nothing more comes of it here.
    pub(super) fn leave_buffer(&self, delivery: &Deliver, context: &mut Ctx) {
        context.emit(Fact::Discarded { consumer: self.plan.id() });
        self.end_delivery(context, delivery, DeliveryStage::Waiting);
    }

    /// An error of a message's handler: it stays in the inbox.
    pub(super) fn let_go(&mut self, plan: &ConsumerPlan, row: InboxRow, context: &mut Ctx) {
        let Some(Step::Guard(GuardStep { work: GuardWork::Ask(look), .. })) = plan.program.last() else {
            unreachable!("the last step of who has an inbox is to look into it")
        };
        self.transactor.let_go(look, row.holder, context);
        if let Some(workers) = &mut self.workers {
            (workers.is_unsure, workers.has_failed) = (false, true);
        }
    }

    /// A message was handed out to an instance that waits for it no more: it died, or gave its question up.
    pub fn miss_answer(&self, answered: &Answered, context: &mut Ctx) {
        if let Answer::HandedOut(handed) = answered.answer {
            let (message, group) = (handed.message, self.plan.group());
            context.emit(Fact::DeliveryEnded { message, group, stage: DeliveryStage::Waiting });
        }
    }
}

impl ConsumerPlan {
    /// Where a message that was declined leaves its inbox.
    pub(super) fn removal(&self) -> usize {
        self.program.len() - 2
    }
}

/// Whether a step is none of the list's own.
pub(super) const fn is_aside(place: GuardPlace) -> bool {
    matches!(place, GuardPlace::Declined | GuardPlace::Inbox)
}

impl Handler<InboxDue> for Consumer {
    type Result = ();

    fn handle(&mut self, _: InboxDue, context: &mut Ctx) {
        let poll = self.poll_of_inbox();
        self.watch_inbox(poll, context);
        if let Some(workers) = &mut self.workers {
            workers.has_failed = false;
            workers.wonder();
        }
        self.pump_inbox(context);
    }
}
