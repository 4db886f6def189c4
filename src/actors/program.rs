//! A `do` list, ready to run: what producers' operations and consumers' handlers go through.
//!
//! Shared by all instances of a component. Knows no actor; whoever runs a program keeps the place.

use std::rc::Rc;

use crate::faults::HandlerRules;
use crate::kernel::Delay;
use crate::kernel::chance::{Keys, LazyLuck, Purpose, Sampler};
use crate::protocol::event::Worked;
use crate::protocol::id::{Key, SiteId};
use crate::protocol::{Ctx, Fact, Task};
use crate::quantity::{Span, Time};
use crate::scenario::model::{Backoff, Identity, Redraw};

use super::calling::CallStep;
use super::guard::GuardStep;
use super::site::Sites;
use super::transacting::plan::TransactionPlan;

/// A step of a `do` list.
#[derive(Clone, Debug)]
pub enum Step {
    /// Takes time.
    Work(Work),
    /// Publishes a message.
    Publish(PublishStep),
    /// Reads or changes rows of a store.
    Transaction(Rc<TransactionPlan>),
    /// Calls a service.
    Call(CallStep),
    /// Asks an idempotency guard before the first step, or marks its key after the last.
    Guard(GuardStep),
}

/// A step that takes time.
#[derive(Clone, Debug)]
pub struct Work {
    /// How long.
    pub sampler: Sampler,
    /// Its lane, if it always takes as long.
    pub lane: Option<Delay>,
    /// The luck it draws with.
    pub purpose: Purpose,
    /// Whether another attempt draws again.
    pub redraw: Redraw,
    /// Its number among the works of the list, from 0.
    pub number: u32,
}

/// A step that publishes.
#[derive(Clone, Debug)]
pub struct PublishStep {
    /// Its place among all sites.
    pub site: SiteId,
    /// Whether its messages are new.
    pub identity: Identity,
    /// How it waits for the broker's answer; `None`: not at all.
    pub confirm: Option<ConfirmPlan>,
}

/// What an operation, and all its messages, are about.
#[derive(Clone, Debug)]
pub enum KeyPlan {
    /// Nothing in particular.
    Nothing,
    /// Always the same.
    Fixed(Key),
    /// Drawn for each operation.
    Drawn(Keys, Purpose),
}

/// Waiting for the broker's answer.
#[derive(Clone, Debug)]
pub struct ConfirmPlan {
    /// How long one attempt waits.
    pub timeout: Delay,
    /// Attempts beyond the first.
    pub retries: u32,
    /// The wait before each.
    pub backoff: Backoff,
    /// The luck of that wait.
    pub purpose: Purpose,
}

impl Step {
    /// The call that it is, if it is one.
    #[must_use]
    pub const fn call(&self) -> Option<&CallStep> {
        match self {
            Self::Call(call) => Some(call),
            _ => None,
        }
    }
}

impl KeyPlan {
    /// The key of an operation with this luck.
    #[must_use]
    pub fn choose(&self, luck: &LazyLuck<'_>) -> Key {
        match self {
            Self::Nothing => Key::NONE,
            Self::Fixed(key) => *key,
            Self::Drawn(keys, purpose) => {
                let key = keys.draw(&mut luck.draws(*purpose));
                Key(u32::try_from(key).expect("a checked scenario has fewer than 2^32 keys"))
            }
        }
    }
}

impl Work {
    /// How long it takes, with this luck of the attempt or the message.
    #[must_use]
    pub fn draw(&self, luck: &LazyLuck<'_>) -> Span {
        match self.lane {
            Some(lane) => lane.span(),
            None => self.sampler.sample(&mut luck.draws(self.purpose)),
        }
    }

    /// How long it takes for `task`, by the luck of this try or of the whole task.
    #[must_use]
    pub fn draw_for(&self, task: &Task, sites: &Sites) -> Span {
        match self.redraw {
            Redraw::PerAttempt => self.draw(&task.luck(sites)),
            Redraw::PerMessage => self.draw(&task.luck_of_all_tries(sites)),
        }
    }

    /// Lets `worked` come at `at`.
    pub fn end(&self, context: &mut Ctx, at: Time, worked: Worked) {
        match self.lane {
            Some(lane) if context.now() + lane.span() == at => {
                context.send(context.me(), lane, worked.into());
            }
            _ => context.remind_at(at, worked),
        }
    }
}

/// How long work that would take `span` takes under the faults that slow `instance` down.
pub fn slowed(
    span: Span,
    rules: &HandlerRules,
    instance: u32,
    luck: &LazyLuck<'_>,
    context: &mut Ctx,
) -> Span {
    let mut factors = 1.0;
    let mut is_slowed = false;
    for (fault, factor) in rules.slowed(context.now(), instance, luck) {
        context.emit(Fact::FaultFired { fault });
        factors *= factor;
        is_slowed = true;
    }
    if is_slowed { Span::from_nanos_f64(span.as_nanos_f64() * factors) } else { span }
}
