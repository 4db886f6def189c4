//! How a handler goes on when what a step waited for has come, or never will.

use std::rc::Rc;

use crate::actors::calling::Calls;
use crate::actors::client::{Pending, RunsSteps, Standing};
use crate::actors::guard::{GuardPlace, GuardStep};
use crate::actors::program::Step;
use crate::actors::publisher::{ClientPlan, Publisher};
use crate::actors::transacting::Transactor;
use crate::protocol::Ctx;
use crate::protocol::fact::Ending;
use crate::protocol::id::ActivityId;
use crate::protocol::store::Answered;
use crate::scenario::model::Point;

use super::{Flow, Stage};
use crate::actors::consumer::feed::Job;
use crate::actors::consumer::{Consumer, ConsumerPlan};

impl Consumer {
    /// Notes how a step of a handler stands.
    pub(in crate::actors::consumer) fn note(
        &mut self,
        plan: &ConsumerPlan,
        id: ActivityId,
        standing: Standing,
        context: &mut Ctx,
    ) -> Flow {
        let handling = &mut self.handlings[id.0];
        let Stage::Waiting(at) = handling.stage else {
            unreachable!("only a step that waits stands somehow")
        };
        match standing {
            Standing::Done => {
                handling.pending = None;
                match &plan.program[at] {
                    Step::Transaction(transaction) if transaction.effect.is_some() => {
                        let point = Point::Applied(transaction.nth_effect);
                        self.reach(plan, id, point, Stage::Step(at + 1), context)
                    }
                    Step::Guard(guard) => self.guarded(plan, id, (at, guard), context),
                    _ => Flow::To(Stage::Step(at + 1)),
                }
            }
            Standing::Reserved(pending) => {
                handling.pending = Some(pending);
                let Pending::Transaction(place) = pending else { unreachable!("only stores have keys") };
                self.reach(plan, id, Point::KeyReserved, Stage::Granted { at, place }, context)
            }
            Standing::Suppressed { is_done } => {
                handling.pending = None;
                self.suppressed(plan, id, (at, is_done), context)
            }
            Standing::Locked(pending) => {
                handling.pending = Some(pending);
                let Pending::Transaction(place) = pending else { unreachable!("only transactions lock") };
                self.reach(plan, id, Point::Locked, Stage::Granted { at, place }, context)
            }
            Standing::HandedOut { handed, holder } => self.handed_out(id, (handed, holder), context),
            Standing::Declined => {
                handling.pending = None;
                handling.ending = Ending::Rejected;
                let is_row = matches!(handling.job, Job::Row(_));
                self.tell_declined(id, context);
                Flow::To(if is_row { Stage::Step(plan.removal()) } else { self.ending(plan, id) })
            }
            Standing::Waiting(pending) => {
                handling.pending = Some(pending);
                Flow::Waits
            }
            Standing::GivenUp(why) => {
                handling.pending = None;
                match &plan.program[at] {
                    Step::Guard(guard) if guard.fails_open => Flow::To(after_guard(at, guard)),
                    Step::Guard(GuardStep { place: GuardPlace::Inbox, .. }) => Flow::To(Stage::End),
                    _ => Flow::To(Stage::Failed(why)),
                }
            }
        }
    }
}

impl RunsSteps for Consumer {
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
        self.handlings.iter().map(|(position, _)| ActivityId(position)).collect()
    }

    fn waits_at(&self, id: ActivityId) -> Option<(usize, Pending)> {
        self.handlings.find(id.0)?.waits_at()
    }

    fn wait_for(&mut self, id: ActivityId, pending: Pending) {
        self.handlings[id.0].pending = Some(pending);
    }

    fn ignore(&mut self, answered: &Answered, context: &mut Ctx) {
        self.miss_answer(answered, context);
    }

    fn proceed(&mut self, id: ActivityId, standing: Standing, context: &mut Ctx) {
        let plan = Rc::clone(&self.plan);
        if let Flow::To(next) = self.note(&plan, id, standing, context) {
            self.handlings[id.0].stage = next;
            self.go_on(id, context);
        }
    }
}

/// What follows a guard that lets a handling through.
pub(in crate::actors::consumer) const fn after_guard(at: usize, guard: &GuardStep) -> Stage {
    match guard.place {
        GuardPlace::First => Stage::Guarded { next: at + 1 },
        GuardPlace::Last => Stage::Step(at + 1),
        GuardPlace::Declined | GuardPlace::Inbox => Stage::End,
    }
}
