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
use crate::protocol::id::{ActivityId, GroupId, Key};

use super::program::{ConfirmPlan, Step};
use super::publisher::{self, Publisher};
use super::site::Sites;
use super::transacting::{self, Transactor};

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

pub use crate::protocol::id::Origin;

/// Luck that belongs to a whole task rather than to one try at it is that of this impossible attempt.
const WHOLE: u32 = u32::MAX;

/// What a step waits for.
#[derive(Clone, Copy, Debug)]
pub enum Pending {
    /// The confirm of a publish.
    Publish(publisher::Pending),
    /// A transaction, at this place of the instance's [`Transactor`].
    Transaction(u32),
}

/// How a step stands.
#[derive(Clone, Copy, Debug)]
pub enum Standing {
    /// Nothing more to wait for.
    Done,
    /// It waits.
    Waiting(Pending),
    /// It is at the named point `locked`, and goes on when it is let.
    Locked(Pending),
    /// It decided against doing anything, and so nothing that follows is done either.
    Declined,
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
    pub fn forget(&self, transactor: &mut Transactor, context: &mut Ctx) {
        match self {
            Self::Publish(publish) => publish.forget(context),
            Self::Transaction(place) => transactor.forget(*place, context),
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

impl From<transacting::Standing> for Standing {
    fn from(standing: transacting::Standing) -> Self {
        match standing {
            transacting::Standing::Done => Self::Done,
            transacting::Standing::Waiting(place) => Self::Waiting(Pending::Transaction(place)),
            transacting::Standing::Locked(place) => Self::Locked(Pending::Transaction(place)),
            transacting::Standing::Declined => Self::Declined,
            transacting::Standing::GivenUp(why) => Self::GivenUp(why),
        }
    }
}

/// An actor that runs `do` lists.
pub(super) trait RunsSteps {
    /// Its end of the connection to the broker.
    fn publisher(&mut self) -> &mut Publisher;

    /// Its end of the connections to stores.
    fn transactor(&mut self) -> &mut Transactor;

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

    /// Lets `answer` look at the transaction that `id` waits for; what it says is how the step stands.
    fn answer_transaction(
        &mut self,
        id: ActivityId,
        context: &mut Ctx,
        answer: impl FnOnce(&mut Transactor, u32, &mut Ctx) -> Option<transacting::Standing>,
    ) {
        let Some((_, Pending::Transaction(place))) = self.waits_at(id) else { return };
        if let Some(standing) = answer(self.transactor(), place, context) {
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

        impl Handler<Answered> for $actor {
            type Result = ();

            fn handle(&mut self, answered: Answered, context: &mut Ctx) {
                self.answer_transaction(answered.activity, context, |transactor, place, context| {
                    transactor.answered(place, &answered, context)
                });
            }
        }

        impl Handler<TransactionDue> for $actor {
            type Result = ();

            fn handle(&mut self, due: TransactionDue, context: &mut Ctx) {
                self.answer_transaction(due.activity, context, |transactor, place, context| {
                    transactor.due(place, &due, context)
                });
            }
        }
    };
}

pub(super) use answers_steps;
