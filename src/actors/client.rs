//! What an instance's steps wait for, and what its messages from the outside mean to them.
//!
//! Producers, consumers and services run `do` lists. While a step waits, its activity keeps a [`Pending`]; an
//! answer, a timeout or a broken connection turns that into a [`Standing`], by which the activity goes on.
//!
//! Knows no actor: who runs steps implements [`RunsSteps`] and gets its handlers from [`answers_steps`].

use std::rc::Rc;

use crate::kernel::chance::LazyLuck;
use crate::protocol::Ctx;
use crate::protocol::event::Deliver;
use crate::protocol::fact::Ending;
use crate::protocol::id::{ActivityId, GroupId, Key, MessageId, OperationId};

use super::program::{ConfirmPlan, Step};
use super::publisher::{self, Publisher};
use super::site::Sites;

/// On whose behalf steps run: it names the luck that they draw.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Of the operation, message or call; no two share it.
    pub luck_key: u64,
    /// Which try at it.
    pub attempt: u32,
    /// What it is about.
    pub key: Key,
    /// What it is done for in the end: whose effects its steps apply.
    pub origin: Origin,
}

/// What steps are done for in the end, through however many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A user's operation.
    Operation(OperationId),
    /// The handling of a message in one of the groups it is meant for.
    Handling(MessageId, GroupId),
}

/// Luck that belongs to a whole task rather than to one try at it is that of this impossible attempt.
const WHOLE: u32 = u32::MAX;

/// What a step waits for.
#[derive(Clone, Copy, Debug)]
pub enum Pending {
    /// The confirm of a publish.
    Publish(publisher::Pending),
}

/// How a step stands.
#[derive(Clone, Copy, Debug)]
pub enum Standing {
    /// Nothing more to wait for.
    Done,
    /// It waits.
    Waiting(Pending),
    /// It could not be done.
    GivenUp(Ending),
}

impl Task {
    /// The handling of a delivery.
    #[must_use]
    pub fn of_delivery(sites: &Sites, delivery: &Deliver, group: GroupId) -> Self {
        let Deliver { message, key, attempt, .. } = *delivery;
        let origin = Origin::Handling(message, group);
        Self { luck_key: sites.luck_key(message), attempt: attempt.number(), key, origin }
    }

    /// The luck of this try.
    #[must_use]
    pub const fn luck<'s>(&self, sites: &'s Sites) -> LazyLuck<'s> {
        sites.luck_of(self.luck_key, self.attempt)
    }

    /// The luck that all tries share.
    #[must_use]
    pub const fn luck_of_all_tries<'s>(&self, sites: &'s Sites) -> LazyLuck<'s> {
        sites.luck_of(self.luck_key, WHOLE)
    }
}

impl Pending {
    /// Whoever waited for it has died.
    pub fn forget(&self, context: &mut Ctx) {
        match self {
            Self::Publish(publish) => publish.forget(context),
        }
    }
}

impl From<publisher::Standing> for Standing {
    fn from(standing: publisher::Standing) -> Self {
        match standing {
            publisher::Standing::Done => Self::Done,
            publisher::Standing::Waiting(pending) => Self::Waiting(Pending::Publish(pending)),
            publisher::Standing::GivenUp(why) => Self::GivenUp(why),
        }
    }
}

/// An actor that runs `do` lists.
pub(super) trait RunsSteps {
    /// Its end of the connection to the broker.
    fn publisher(&mut self) -> &mut Publisher;

    /// Its `do` list.
    fn program(&self) -> Rc<[Step]>;

    /// Activities under way.
    fn activities(&self) -> Vec<ActivityId>;

    /// The step that `id` waits at, with what it waits for.
    fn waits_at(&self, id: ActivityId) -> Option<(usize, Pending)>;

    /// `id` goes on waiting, for this.
    fn wait_for(&mut self, id: ActivityId, pending: Pending);

    /// `id` goes on as its step stands.
    fn proceed(&mut self, id: ActivityId, standing: Standing, context: &mut Ctx);

    /// Lets `answer` look at the publish that `id` waits for; what it says is how the step stands.
    fn answer_publish(
        &mut self,
        id: ActivityId,
        context: &mut Ctx,
        answer: impl FnOnce(
            &mut Publisher,
            &mut Ctx,
            &ConfirmPlan,
            publisher::Pending,
        ) -> Option<publisher::Standing>,
    ) {
        let Some((at, Pending::Publish(pending))) = self.waits_at(id) else { return };
        let program = self.program();
        let Some(Step::Publish(step)) = program.get(at) else { return };
        let Some(confirm) = &step.confirm else { return };
        if let Some(standing) = answer(self.publisher(), context, confirm, pending) {
            self.proceed(id, standing.into(), context);
        }
    }

    /// The connection, or its channel, broke under every publish that waits.
    fn break_publishes(&mut self, context: &mut Ctx) {
        for id in self.activities() {
            if context.is_terminated() {
                return;
            }
            self.answer_publish(id, context, |publisher, context, confirm, pending| {
                Some(publisher.broken(context, id, confirm, pending))
            });
        }
    }

    /// The connection is open again: what could not be sent leaves now.
    fn release_publishes(&mut self, context: &mut Ctx) {
        for id in self.activities() {
            if let Some((_, Pending::Publish(pending))) = self.waits_at(id)
                && let Some(pending) = self.publisher().release(context, id, pending)
            {
                self.wait_for(id, Pending::Publish(pending));
            }
        }
    }
}

/// Handlers for the answers that steps wait for.
macro_rules! answers_steps {
    ($actor:ty) => {
        impl Handler<ConfirmTimedOut> for $actor {
            type Result = ();

            fn handle(&mut self, due: ConfirmTimedOut, context: &mut Ctx) {
                self.answer_publish(due.activity, context, |publisher, context, confirm, pending| {
                    publisher.timed_out(context, due, confirm, pending)
                });
            }
        }

        impl Handler<RetryPublish> for $actor {
            type Result = ();

            fn handle(&mut self, due: RetryPublish, context: &mut Ctx) {
                self.answer_publish(due.activity, context, |publisher, context, confirm, pending| {
                    publisher.retry(context, due, confirm, pending)
                });
            }
        }
    };
}

pub(super) use answers_steps;
