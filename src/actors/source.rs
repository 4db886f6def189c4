//! A producer group's source of arrivals: when operations begin, and in which instance.
//!
//! It is apart from the instances because arrivals go on while an instance is down: they fail there.

use std::rc::Rc;

use actix::{Actor, Handler, Supervised};

use crate::kernel::chance::{Draw, Ramp, Sampler};
use crate::kernel::{ActorId, Delay, StreamId};
use crate::protocol::event::{Arrive, Begin, Ended, PhaseEnds, UserReturns, Waiting};
use crate::protocol::id::ProducerId;
use crate::protocol::{Ctx, Fact};
use crate::quantity::{Rate, Span, Time};

/// What a source needs to know.
#[derive(Debug)]
pub struct SourcePlan {
    /// Whose arrivals these are.
    pub producer: ProducerId,
    /// The instances, which take arrivals in turn.
    pub instances: Vec<ActorId>,
    /// One after the other.
    pub phases: Vec<Phase>,
    /// No arrival comes at or after this.
    pub run_until: Time,
    /// The chance of gaps and thinking.
    pub stream: StreamId,
    /// No time at all.
    pub at_once: Delay,
}

/// A stretch of arrivals.
#[derive(Debug)]
pub struct Phase {
    /// How long; `None`: to the end.
    pub lasts: Option<Span>,
    /// The shape.
    pub shape: Shape,
}

/// How arrivals are spread over a phase.
#[derive(Debug)]
pub enum Shape {
    /// A Poisson process.
    Poisson(Rate),
    /// Equal gaps.
    Every(Delay),
    /// All at the beginning.
    AtOnce(u64),
    /// A Poisson process of changing rate.
    Ramp(Ramp),
    /// A closed loop of users.
    Users {
        /// How many.
        count: u64,
        /// How long each waits before its next operation.
        think: Sampler,
    },
    /// At these spans after the beginning, ascending.
    Trace(Vec<Span>),
    /// Nothing.
    Silence,
}

/// A source of arrivals.
#[derive(Debug)]
pub struct Source {
    plan: Rc<SourcePlan>,
    phase: usize,
    began_at: Time,
    ends_at: Time,
    /// Arrivals so far in this phase.
    in_phase: u64,
    /// Operations so far.
    number: u64,
    /// The instance whose turn it is: the remainder of `number`, kept because a division is slow.
    turn: usize,
    /// Users who will come back, of any phase.
    users: u64,
    is_over: bool,
}

impl Source {
    /// A source that has not started.
    #[must_use]
    pub const fn new(plan: Rc<SourcePlan>) -> Self {
        Self {
            plan,
            phase: 0,
            began_at: Time::ZERO,
            ends_at: Time::ZERO,
            in_phase: 0,
            number: 0,
            turn: 0,
            users: 0,
            is_over: false,
        }
    }

    fn enter_phase(&mut self, context: &mut Ctx) {
        let plan = Rc::clone(&self.plan);
        let Some(phase) = plan.phases.get(self.phase) else { return self.finish_if_over(context) };
        self.began_at = context.now();
        self.in_phase = 0;
        self.ends_at =
            phase.lasts.map_or(plan.run_until, |lasts| (self.began_at + lasts).min(plan.run_until));
        if phase.lasts.is_some() && self.ends_at < plan.run_until {
            context.remind_at(self.ends_at, PhaseEnds);
        }
        match &phase.shape {
            Shape::Users { count, .. } => {
                self.users += count;
                (0..*count).for_each(|_| self.begin(context, self.user()));
                self.finish_if_over(context);
            }
            _ => self.schedule_next(context),
        }
    }

    /// Schedules the next arrival of this phase, or finishes if none is left in any.
    fn schedule_next(&mut self, context: &mut Ctx) {
        let at = self.next_at(context).filter(|&at| at < self.ends_at);
        match (at, &self.plan.phases[self.phase].shape) {
            (None, _) => self.finish_if_over(context),
            (Some(_), Shape::Every(gap)) => context.send(context.me(), *gap, Arrive.into()),
            (Some(at), _) if at == context.now() => {
                context.send(context.me(), self.plan.at_once, Arrive.into());
            }
            (Some(at), _) => context.remind_at(at, Arrive),
        }
    }

    /// When the arrival after `in_phase` others is due.
    fn next_at(&self, context: &mut Ctx) -> Option<Time> {
        let now = context.now();
        match &self.plan.phases[self.phase].shape {
            Shape::Poisson(rate) => {
                let per_nano = rate.as_per_second() / 1e9;
                let exponential = -libm::log(context.stream(self.plan.stream).open_uniform());
                (per_nano > 0.0).then(|| now + Span::from_nanos_f64(exponential / per_nano))
            }
            Shape::Every(gap) => Some(now + gap.span()),
            Shape::AtOnce(count) => (self.in_phase < *count).then_some(self.began_at),
            Shape::Ramp(ramp) => {
                let gap = ramp.next_gap(now.since(self.began_at), context.stream(self.plan.stream));
                gap.map(|gap| now + gap)
            }
            Shape::Trace(offsets) => {
                let at = usize::try_from(self.in_phase).expect("a trace fits into memory");
                offsets.get(at).map(|&offset| self.began_at + offset)
            }
            Shape::Users { .. } | Shape::Silence => None,
        }
    }

    fn begin(&mut self, context: &mut Ctx, waiting: Waiting) {
        let instances = &self.plan.instances;
        let begin = Begin { number: self.number, waiting, arrived_at: context.now() };
        context.emit(Fact::OperationStarted { producer: self.plan.producer });
        context.send(instances[self.turn], self.plan.at_once, begin.into());
        self.number += 1;
        self.turn = if self.turn + 1 == instances.len() { 0 } else { self.turn + 1 };
        self.in_phase += 1;
    }

    fn user(&self) -> Waiting {
        Waiting::UserOf(u16::try_from(self.phase).expect("a scenario has fewer than 2^16 phases"))
    }

    /// Says so once no phase and no user is left.
    fn finish_if_over(&mut self, context: &mut Ctx) {
        let has_later_phase = self.ends_at < self.plan.run_until && self.phase < self.plan.phases.len();
        if !self.is_over && self.users == 0 && !has_later_phase {
            self.is_over = true;
            context.emit(Fact::ArrivalsEnded);
        }
    }
}

impl Actor for Source {
    type Context = Ctx;

    fn started(&mut self, context: &mut Ctx) {
        self.enter_phase(context);
    }
}

impl Supervised for Source {}

impl Handler<Arrive> for Source {
    type Result = ();

    fn handle(&mut self, _: Arrive, context: &mut Ctx) {
        self.begin(context, Waiting::Nobody);
        self.schedule_next(context);
    }
}

impl Handler<PhaseEnds> for Source {
    type Result = ();

    fn handle(&mut self, _: PhaseEnds, context: &mut Ctx) {
        self.phase += 1;
        self.enter_phase(context);
    }
}

impl Handler<Ended> for Source {
    type Result = ();

    /// A user comes back after thinking, unless its phase will be over by then.
    fn handle(&mut self, ended: Ended, context: &mut Ctx) {
        let plan = Rc::clone(&self.plan);
        let think = match &plan.phases[usize::from(ended.phase)].shape {
            Shape::Users { think, .. } => think.sample(context.stream(plan.stream)),
            _ => Span::ZERO,
        };
        let at = context.now() + think;
        if usize::from(ended.phase) == self.phase && at < self.ends_at {
            // The instance is chosen on return: it may die and come back while the user thinks.
            context.remind_at(at, UserReturns);
        } else {
            self.users -= 1;
            self.finish_if_over(context);
        }
    }
}

impl Handler<UserReturns> for Source {
    type Result = ();

    fn handle(&mut self, _: UserReturns, context: &mut Ctx) {
        self.begin(context, self.user());
    }
}
