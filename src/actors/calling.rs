//! A caller's side of calls: choosing an instance, waiting, retrying, giving up.
//!
//! ```text
//!            ┌───────────── backoff over ──────────────┐
//!            ▼                                         │
//!  begin ─▶ Waiting ── timed out, rejected, failed ─▶ BackingOff
//!            │ succeeded          │ no retries, no budget, past the deadline
//!            ▼                    ▼
//!           done               given up (also at once: declined)
//! ```
//!
//! Producers, consumers and services embed a [`Calls`] and keep a [`Pending`] in each activity that waits.
//! Model: each attempt travels on a connection of its own from a pool, so calls keep no order.

use std::cell::RefCell;
use std::rc::Rc;

use crate::faults::{Copies, Verdict, WayRules};
use crate::kernel::chance::{LazyLuck, Purpose};
use crate::kernel::{ActorId, Delay, TimerId};
use crate::protocol::calling::{Answered, CallTimedOut, Caller, Reply, Request, RequestBody, RetryCall};
use crate::protocol::fact::{CallSent, Ending, Try};
use crate::protocol::id::{ActivityId, ServiceId};
use crate::protocol::{Ctx, Fact, Task, Twin};
use crate::quantity::{Span, Time};
use crate::scenario::model::{Backoff, Breaker, LinkMessage, RetryBudget};
use crate::strategies::backoff;
use crate::strategies::dispatch::Balancer;
use crate::strategies::restraint::{Budget, Circuit};

use super::client::Standing;
use super::link::Latency;
use super::program::Step;
use super::site::Sites;

/// One direction between the instances of two components.
#[derive(Clone, Debug)]
pub struct Way {
    /// How long messages travel.
    pub latency: Latency,
    /// What can happen to them.
    pub rules: WayRules,
}

/// A step that calls a service.
#[derive(Clone, Debug)]
pub struct CallStep {
    /// Whom.
    pub service: ServiceId,
    /// The address of its first instance.
    pub first: ActorId,
    /// The way there.
    pub way: Rc<Way>,
    /// The caller's place among those who call the service.
    pub caller: u16,
    /// Who chooses the instance.
    pub balancer: Rc<RefCell<Balancer>>,
    /// How long one attempt waits.
    pub timeout: Option<Delay>,
    /// Attempts beyond the first.
    pub retries: u32,
    /// The wait before each of them.
    pub backoff: Backoff,
    /// How long it waits in all.
    pub deadline: Option<Span>,
    /// Added to the luck of whoever calls it makes the luck of the call.
    pub luck_key: u64,
    /// The luck of the backoff.
    pub waits: Purpose,
    /// The luck of the choice.
    pub chooses: Purpose,
    /// Its place among the calls of its list.
    pub number: usize,
    /// What limits retries.
    pub retry_budget: Option<RetryBudget>,
    /// What stops calls.
    pub breaker: Option<Breaker>,
}

/// One instance's calls.
#[derive(Debug)]
pub struct Calls {
    instance: u32,
    /// Attempts so far.
    serial: u32,
    restraints: Vec<Restraint>,
}

/// What restrains one call step of an instance.
#[derive(Clone, Copy, Debug, Default)]
struct Restraint {
    budget: Option<Budget>,
    circuit: Option<Circuit>,
}

/// A call whose answer is awaited.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    serial: u32,
    task: Task,
    retries: u32,
    previous_wait: Span,
    deadline: Time,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Waiting { instance: u32, timer: Option<TimerId> },
    BackingOff,
}

impl Way {
    /// The latency of one more message.
    pub fn draw(&self, context: &mut Ctx) -> Span {
        match &self.latency {
            Latency::Constant(delay) => delay.span(),
            Latency::Random { sampler, stream } => sampler.sample(context.stream(*stream)),
        }
    }

    /// Sends `message` from instance `ends.0` to instance `ends.1`, at address `to`; says how often it arrives.
    pub fn send(
        &self,
        context: &mut Ctx,
        (to, ends): (ActorId, (u32, u32)),
        what: LinkMessage,
        luck: &LazyLuck<'_>,
        message: impl Twin,
    ) -> Option<Copies> {
        if self.rules.is_empty() {
            match &self.latency {
                Latency::Constant(delay) => context.send(to, *delay, message.into()),
                Latency::Random { .. } => {
                    let at = context.now() + self.draw(context);
                    context.send_at(to, at, message.into());
                }
            }
            return Some(Copies::One);
        }
        let now = context.now();
        let fired = |fault| context.emit(Fact::FaultFired { fault });
        match self.rules.judge(what, now, ends, luck, fired) {
            Verdict::Lost => None,
            Verdict::Passes { copies, later } => {
                let at = now + self.draw(context) + later;
                if copies == Copies::Two {
                    context.send_at(to, at, message.twin().into());
                }
                context.send_at(to, at, message.into());
                Some(copies)
            }
        }
    }
}

impl Calls {
    /// The calls of `instance`, which runs these steps.
    #[must_use]
    pub fn new(instance: u32, program: &[Step]) -> Self {
        let mut calls = Self { instance, serial: 0, restraints: Vec::new() };
        calls.restart(program);
        calls
    }

    /// The instance is back after a crash: what restrained it is forgotten. Answers to attempts before it are
    /// still recognised as old.
    pub fn restart(&mut self, program: &[Step]) {
        let restraints = program.iter().filter_map(Step::call).map(|step| Restraint {
            budget: step.retry_budget.map(Budget::new),
            circuit: step.breaker.map(Circuit::new),
        });
        self.restraints = restraints.collect();
    }

    /// Calls for `task`, which somebody else waits for until `deadline`.
    pub fn begin(&mut self, context: &mut Ctx, at: At<'_>, task: Task, deadline: Time) -> Standing<Pending> {
        let step = at.step;
        if let Some(budget) = &mut self.restraints[step.number].budget {
            budget.earn();
        }
        let own = step.deadline.map_or(Time::NEVER, |deadline| context.now() + deadline);
        let pending = Pending {
            serial: self.serial,
            task,
            retries: 0,
            previous_wait: step.backoff.base,
            deadline: own.min(deadline),
            state: State::BackingOff,
        };
        self.attempt(context, at, pending)
    }

    /// An answer came: `None` if it is not the one this activity waits for.
    pub fn answered(
        &mut self,
        context: &mut Ctx,
        at: At<'_>,
        reply: Reply,
        pending: Pending,
    ) -> Option<Standing<Pending>> {
        let State::Waiting { instance, timer } = pending.state else { return None };
        if reply.serial != pending.serial {
            return None;
        }
        if let Some(timer) = timer {
            context.cancel(timer);
        }
        at.step.balancer.borrow_mut().ended(instance);
        let circuit = &mut self.restraints[at.step.number].circuit;
        let why = match reply.answer {
            Answered::Succeeded | Answered::Declined => {
                circuit.iter_mut().for_each(Circuit::succeeded);
                let is_no = reply.answer == Answered::Declined;
                return Some(if is_no { Standing::GivenUp(Ending::Rejected) } else { Standing::Done });
            }
            Answered::Rejected => Ending::Rejected,
            Answered::TooLate => Ending::TimedOut,
            Answered::Failed => Ending::Failed,
        };
        Some(self.failed(context, at, pending, why))
    }

    /// No answer came in time: `None` if one came after all.
    pub fn timed_out(
        &mut self,
        context: &mut Ctx,
        at: At<'_>,
        due: CallTimedOut,
        pending: Pending,
    ) -> Option<Standing<Pending>> {
        let State::Waiting { instance, .. } = pending.state else { return None };
        if due.serial != pending.serial {
            return None;
        }
        at.step.balancer.borrow_mut().ended(instance);
        Some(self.failed(context, at, pending, Ending::TimedOut))
    }

    /// The wait before another attempt is over: `None` if it is not this activity's.
    pub fn retry(
        &mut self,
        context: &mut Ctx,
        at: At<'_>,
        due: RetryCall,
        pending: Pending,
    ) -> Option<Standing<Pending>> {
        let is_due = matches!(pending.state, State::BackingOff) && due.serial == pending.serial;
        is_due.then(|| self.attempt(context, at, pending))
    }

    fn attempt(&mut self, context: &mut Ctx, at: At<'_>, mut pending: Pending) -> Standing<Pending> {
        let At { step, activity, sites } = at;
        let now = context.now();
        if now >= pending.deadline {
            return Standing::GivenUp(Ending::TimedOut);
        }
        let task = Task {
            luck_key: pending.task.luck_key.wrapping_add(step.luck_key),
            // The tries of a message fill the number's upper and lower bits; retries are few.
            attempt: pending.task.attempt.rotate_left(12).wrapping_add(pending.retries),
            ..pending.task
        };
        let luck = task.luck(sites);
        let attempt = |sent| {
            let which = if pending.retries == 0 { Try::First } else { Try::Retry };
            Fact::Called { service: step.service, origin: task.origin, which, sent }
        };
        if let Some(circuit) = &mut self.restraints[step.number].circuit
            && !circuit.admits(now)
        {
            context.emit(attempt(CallSent::Stopped));
            return self.retry_or_give_up(context, at, pending, Ending::Rejected);
        }
        let instance = step.balancer.borrow_mut().choose(task.key, &mut luck.draws(step.chooses));
        self.serial = self.serial.wrapping_add(1);
        pending.serial = self.serial;
        let given_up_at =
            step.timeout.map_or(pending.deadline, |timeout| pending.deadline.min(now + timeout.span()));
        let caller = Caller {
            actor: context.me(),
            instance: self.instance,
            way: step.caller,
            activity,
            serial: self.serial,
        };
        let deadline = pending.deadline;
        let body = RequestBody { service: step.service, instance, caller, task, given_up_at, deadline };
        let to = (ActorId::new(step.first.index() + instance), (self.instance, instance));
        let copies = step.way.send(context, to, LinkMessage::Request, &luck, Request(Box::new(body)));
        context.emit(attempt(if copies.is_some() { CallSent::Sent } else { CallSent::Lost }));
        if copies == Some(Copies::Two) {
            context.emit(Fact::RequestDoubled { origin: task.origin });
        }
        let due = CallTimedOut { activity, serial: self.serial };
        let timer = match step.timeout {
            Some(timeout) if given_up_at == now + timeout.span() => Some(context.timer(timeout, due.into())),
            _ if given_up_at == Time::NEVER => None,
            _ => Some(context.timer_at(given_up_at, due.into())),
        };
        pending.state = State::Waiting { instance, timer };
        Standing::Waiting(pending)
    }

    /// An attempt that was made failed.
    fn failed(&mut self, context: &mut Ctx, at: At<'_>, pending: Pending, why: Ending) -> Standing<Pending> {
        if let Some(circuit) = &mut self.restraints[at.step.number].circuit {
            circuit.failed(context.now());
        }
        self.retry_or_give_up(context, at, pending, why)
    }

    fn retry_or_give_up(
        &mut self,
        context: &mut Ctx,
        at: At<'_>,
        mut pending: Pending,
        why: Ending,
    ) -> Standing<Pending> {
        let At { step, activity, sites } = at;
        context.emit(Fact::CallFailed { service: step.service, ending: why });
        if pending.retries >= step.retries {
            return Standing::GivenUp(why);
        }
        let luck_key = pending.task.luck_key.wrapping_add(step.luck_key);
        let mut draws = sites.luck_of(luck_key, pending.retries).draws(step.waits);
        let wait = backoff::wait_before(&step.backoff, pending.retries, pending.previous_wait, &mut draws);
        let again_at = context.now() + wait;
        let budget = &mut self.restraints[step.number].budget;
        if again_at >= pending.deadline || !budget.as_mut().is_none_or(Budget::spend) {
            return Standing::GivenUp(why);
        }
        pending.retries += 1;
        pending.previous_wait = wait;
        pending.state = State::BackingOff;
        context.remind_at(again_at, RetryCall { activity, serial: pending.serial });
        Standing::Waiting(pending)
    }
}

/// Which step of which activity calls.
#[derive(Clone, Copy, Debug)]
pub struct At<'s> {
    /// The step.
    pub step: &'s CallStep,
    /// The activity.
    pub activity: ActivityId,
    /// Where luck comes from.
    pub sites: &'s Sites,
}

impl Pending {
    /// Whoever waited for it has died.
    pub fn forget(&self, step: &CallStep) {
        if let State::Waiting { instance, .. } = self.state {
            step.balancer.borrow_mut().ended(instance);
        }
    }
}
