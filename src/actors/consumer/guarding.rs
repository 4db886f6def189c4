//! What an idempotency guard lets through, and what it stops.

use crate::actors::client::Pending;
use crate::actors::guard::{GuardPlace, GuardStep, GuardWork};
use crate::actors::program::Step;
use crate::protocol::Ctx;
use crate::protocol::fact::Ending;
use crate::protocol::id::ActivityId;
use crate::scenario::model::{OnStale, Point};

use super::handling::{Flow, Stage, after_guard};
use super::{Consumer, ConsumerPlan};

impl Consumer {
    /// The guard, which is the `at`th step, does its work.
    pub(super) fn guard(
        &mut self,
        plan: &ConsumerPlan,
        id: ActivityId,
        (at, guard): (usize, &GuardStep),
        context: &mut Ctx,
    ) -> Flow {
        let task = self.handlings[id.0].job().task(plan);
        match &guard.work {
            GuardWork::Ask(asked) => {
                self.handlings[id.0].wait_at(at);
                let standing = self.transactor.begin(context, id, asked, task);
                self.note(plan, id, standing.map(Pending::Transaction), context)
            }
            GuardWork::Remember(names) => {
                let next = after_guard(at, guard);
                let Some(key) = names.key(&task, &plan.client.sites) else { return Flow::To(next) };
                if self.remembered.insert(key, ()).is_none() {
                    return self.reach(plan, id, Point::KeyReserved, next, context);
                }
                self.tell_suppressed(id, context);
                Flow::To(self.ending(plan, id))
            }
        }
    }

    /// A store has done what the guard asked for.
    pub(super) fn guarded(
        &mut self,
        plan: &ConsumerPlan,
        id: ActivityId,
        (at, guard): (usize, &GuardStep),
        context: &mut Ctx,
    ) -> Flow {
        let next = after_guard(at, guard);
        match guard.place {
            GuardPlace::First if self.hint_inbox() => Flow::To(self.ending(plan, id)),
            GuardPlace::First | GuardPlace::Declined | GuardPlace::Inbox => Flow::To(next),
            GuardPlace::Last => self.reach(plan, id, Point::KeyMarked, next, context),
        }
    }

    /// The key of the `at`th step was taken.
    pub(super) fn suppressed(
        &mut self,
        plan: &ConsumerPlan,
        id: ActivityId,
        (at, is_done): (usize, bool),
        context: &mut Ctx,
    ) -> Flow {
        self.tell_suppressed(id, context);
        let (Step::Guard(GuardStep { work: GuardWork::Ask(transaction), .. })
        | Step::Transaction(transaction)) = &plan.program[at]
        else {
            unreachable!("only statements find keys taken")
        };
        let if_taken = transaction.key.as_ref().map_or(OnStale::Drop, |key| key.if_taken);
        match if_taken {
            _ if is_done => Flow::To(self.ending(plan, id)),
            OnStale::Drop => Flow::To(self.ending(plan, id)),
            OnStale::Retry => Flow::To(Stage::Failed(Ending::Failed)),
            OnStale::DeadLetter => {
                self.handlings[id.0].reject();
                Flow::To(Stage::Failed(Ending::Failed))
            }
        }
    }

    /// An error lets a duplicate try again that only this instance's memory would stop.
    ///
    /// Model: a key in a cache stays where an error leaves it.
    pub(super) fn unremember(&mut self, plan: &ConsumerPlan, id: ActivityId) {
        if let Some(Step::Guard(GuardStep { work: GuardWork::Remember(names), .. })) = plan.program.first()
            && let Some(key) = names.key(&self.handlings[id.0].job().task(plan), &plan.client.sites)
        {
            self.remembered.remove(key);
        }
    }
}
