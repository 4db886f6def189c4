//! What an instance's steps wait for, and what its messages from the outside mean to them.
//!
//! Producers, consumers and services run `do` lists. While a step waits, its activity keeps a [`Pending`]; an
//! answer, a timeout or a broken connection turns that into a [`Standing`], by which the activity goes on.
//!
//! Knows no actor: who runs steps implements `RunsSteps` and gets its handlers from `answers_steps`.

use std::rc::Rc;

use crate::kernel::chance::LazyLuck;
use crate::protocol::event::Deliver;
use crate::protocol::fact::Ending;
use crate::protocol::id::{ActivityId, GroupId};
use crate::protocol::store::{Answered, HandedOut};
use crate::protocol::{Ctx, Origin, Task};

use super::calling::{self, At, Calls};
use super::program::{ConfirmPlan, Step};
use super::publisher::{self, ClientPlan, Publisher};
use super::site::Sites;
use super::transacting::{Transacting, Transactor};

/// Luck that belongs to a whole task rather than to one try at it is that of this impossible attempt.
const WHOLE: u32 = u32::MAX;

/// What a step waits for.
#[derive(Clone, Copy, Debug)]
pub enum Pending {
    /// The confirm of a publish.
    Publish(publisher::Pending),
    /// The answer to a call.
    Call(calling::Pending),
    /// A transaction, at this place of the instance's [`Transactor`].
    Transaction(u32),
}

/// How a step stands; while it waits, for a `P`.
#[derive(Clone, Copy, Debug)]
pub enum Standing<P = Pending> {
    /// Nothing more to wait for.
    Done,
    /// It waits.
    Waiting(P),
    /// It is at the named point `locked`, and goes on when it is let.
    Locked(P),
    /// It is at the named point `key-reserved`, and goes on when it is let.
    Reserved(P),
    /// An idempotency key was taken: what is asked for has been done, or is somebody else's.
    Suppressed {
        /// Whether the key stands for something that is done.
        is_done: bool,
    },
    /// A message of an inbox was handed out.
    HandedOut {
        /// Which.
        handed: HandedOut,
        /// The number of the transaction that holds it.
        holder: u32,
    },
    /// It decided against doing anything, and so nothing that follows is done either.
    Declined,
    /// It could not be done.
    GivenUp(Ending),
}

/// Whether somebody waited for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    Yes,
    No,
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
    /// Whoever waited for it, at `step`, has died.
    pub fn forget(&self, step: &Step, transacting: &mut Transacting, context: &mut Ctx) {
        match (self, step) {
            (Self::Transaction(place), _) => transacting.forget(*place, context),
            (Self::Publish(publish), _) => publish.forget(context),
            (Self::Call(call), Step::Call(step)) => call.forget(step),
            (Self::Call(_), _) => unreachable!("only call steps wait for answers"),
        }
    }
}

impl<P> Standing<P> {
    /// The same, where `wrap` tells what is waited for in wider terms.
    pub fn map<Q>(self, wrap: impl FnOnce(P) -> Q) -> Standing<Q> {
        match self {
            Self::Done => Standing::Done,
            Self::Waiting(pending) => Standing::Waiting(wrap(pending)),
            Self::Locked(pending) => Standing::Locked(wrap(pending)),
            Self::Reserved(pending) => Standing::Reserved(wrap(pending)),
            Self::Suppressed { is_done } => Standing::Suppressed { is_done },
            Self::HandedOut { handed, holder } => Standing::HandedOut { handed, holder },
            Self::Declined => Standing::Declined,
            Self::GivenUp(why) => Standing::GivenUp(why),
        }
    }
}

/// An actor that runs `do` lists.
pub(super) trait RunsSteps {
    /// Its end of the connection to the broker.
    fn publisher(&mut self) -> &mut Publisher;

    /// Its end of the connections to stores.
    fn transactor(&mut self) -> &mut Transactor;

    /// Its calls.
    fn calls(&mut self) -> &mut Calls;

    /// All sites, and where luck comes from.
    fn client(&self) -> Rc<ClientPlan>;

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
        ) -> Option<Standing<publisher::Pending>>,
    ) {
        let Some((at, Pending::Publish(pending))) = self.waits_at(id) else { return };
        let program = self.program();
        let Some(Step::Publish(step)) = program.get(at) else { return };
        let Some(confirm) = &step.confirm else { return };
        if let Some(standing) = answer(self.publisher(), context, confirm, pending) {
            self.proceed(id, standing.map(Pending::Publish), context);
        }
    }

    /// Lets `answer` look at the call that `id` waits for; what it says is how the step stands.
    fn answer_call(
        &mut self,
        id: ActivityId,
        context: &mut Ctx,
        answer: impl FnOnce(&mut Calls, &mut Ctx, At<'_>, calling::Pending) -> Option<Standing<calling::Pending>>,
    ) {
        let Some((at, Pending::Call(pending))) = self.waits_at(id) else { return };
        let (program, client) = (self.program(), self.client());
        let Some(Step::Call(step)) = program.get(at) else { return };
        let at = At { step, activity: id, sites: &client.sites };
        if let Some(standing) = answer(self.calls(), context, at, pending) {
            self.proceed(id, standing.map(Pending::Call), context);
        }
    }

    /// Lets `answer` look at the transaction that `id` waits for; what it says is how the step stands.
    fn answer_transaction(
        &mut self,
        id: ActivityId,
        context: &mut Ctx,
        answer: impl FnOnce(&mut Transactor, u32, &mut Ctx) -> Option<Standing<u32>>,
    ) -> Awaited {
        let Some((_, Pending::Transaction(place))) = self.waits_at(id) else { return Awaited::No };
        let Some(standing) = answer(self.transactor(), place, context) else { return Awaited::No };
        self.proceed(id, standing.map(Pending::Transaction), context);
        Awaited::Yes
    }

    /// A store's answer that nobody waits for any more.
    fn ignore(&mut self, _: &Answered, _: &mut Ctx) {}

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
        impl actix::Handler<$crate::protocol::event::ConfirmTimedOut> for $actor {
            type Result = ();

            fn handle(
                &mut self,
                due: $crate::protocol::event::ConfirmTimedOut,
                context: &mut $crate::protocol::Ctx,
            ) {
                self.answer_publish(due.activity, context, |publisher, context, confirm, pending| {
                    publisher.timed_out(context, due, confirm, pending)
                });
            }
        }

        impl actix::Handler<$crate::protocol::event::RetryPublish> for $actor {
            type Result = ();

            fn handle(
                &mut self,
                due: $crate::protocol::event::RetryPublish,
                context: &mut $crate::protocol::Ctx,
            ) {
                self.answer_publish(due.activity, context, |publisher, context, confirm, pending| {
                    publisher.retry(context, due, confirm, pending)
                });
            }
        }

        impl actix::Handler<$crate::protocol::event::Reply> for $actor {
            type Result = ();

            fn handle(&mut self, reply: $crate::protocol::event::Reply, context: &mut $crate::protocol::Ctx) {
                self.answer_call(reply.activity, context, |calls, context, at, pending| {
                    calls.answered(context, at, reply, pending)
                });
            }
        }

        impl actix::Handler<$crate::protocol::event::CallTimedOut> for $actor {
            type Result = ();

            fn handle(
                &mut self,
                due: $crate::protocol::event::CallTimedOut,
                context: &mut $crate::protocol::Ctx,
            ) {
                self.answer_call(due.activity, context, |calls, context, at, pending| {
                    calls.timed_out(context, at, due, pending)
                });
            }
        }

        impl actix::Handler<$crate::protocol::store::Answered> for $actor {
            type Result = ();

            fn handle(
                &mut self,
                answered: $crate::protocol::store::Answered,
                context: &mut $crate::protocol::Ctx,
            ) {
                let awaited =
                    self.answer_transaction(answered.activity, context, |transactor, place, context| {
                        transactor.answered(place, &answered, context)
                    });
                if awaited == $crate::actors::client::Awaited::No {
                    self.ignore(&answered, context);
                }
            }
        }

        impl actix::Handler<$crate::protocol::store::TransactionDue> for $actor {
            type Result = ();

            fn handle(
                &mut self,
                due: $crate::protocol::store::TransactionDue,
                context: &mut $crate::protocol::Ctx,
            ) {
                self.answer_transaction(due.activity, context, |transactor, place, context| {
                    transactor.due(place, &due, context)
                });
            }
        }

        impl actix::Handler<$crate::protocol::event::RetryCall> for $actor {
            type Result = ();

            fn handle(
                &mut self,
                due: $crate::protocol::event::RetryCall,
                context: &mut $crate::protocol::Ctx,
            ) {
                self.answer_call(due.activity, context, |calls, context, at, pending| {
                    calls.retry(context, at, due, pending)
                });
            }
        }
    };
}

pub(super) use answers_steps;
