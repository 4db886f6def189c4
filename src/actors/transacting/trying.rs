//! One try after the other: what comes next, and what an answer means.

use std::rc::Rc;

use crate::kernel::chance::{LazyLuck, Sampler};
use crate::protocol::fact::{Ending, StoreFact};
use crate::protocol::id::{ActivityId, Attempt};
use crate::protocol::store::{
    Abort, AbortReason, Answer, Answered, Deposit, Held, KeyWork, OwnerNumber, Row, Statement,
    TransactionDue, TransactionTimer,
};
use crate::protocol::{Ctx, Origin, Task};
use crate::quantity::Span;
use crate::strategies::backoff::wait_before;
use crate::strategies::locks::{self, Action, Delay};

use super::leasing::Leases;
use super::plan::TransactionPlan;
use super::{For, Transactor, Underway, Waits};
use crate::actors::client::Standing;
use crate::actors::guard::{KeyPlan, KeyStep};

/// What a try comes to, once its leases are given back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Upshot {
    /// It is done.
    Done,
    /// It found nothing left to take.
    Declined,
    /// Its key was taken.
    Suppressed { is_done: bool },
    /// It could not be done.
    GivenUp(Ending),
    /// It failed because of others: there may be another.
    Again(Abort),
}

/// Odd, so that the keys of neighbouring tries at a task lie far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Transactor {
    /// Begins a transaction.
    pub fn begin(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        plan: &Rc<TransactionPlan>,
        task: Task,
    ) -> Standing<u32> {
        let accesses = plan.accesses(task.key, &task.luck_of_all_tries(&self.plan.sites));
        let key = plan.key.as_ref().and_then(|key| key.names.key(&task, &self.plan.sites));
        let is_asked = |plan: &&KeyPlan| key.is_some() || plan.asks_for_any();
        let steps = plan.key.as_ref().filter(is_asked).map_or(0, KeyPlan::steps);
        let (script, is_alone) = if plan.is_about_key_alone() {
            self.owners.remove(&activity);
            ((0..steps).map(Action::Key).collect(), true)
        } else {
            let script = locks::script(plan.lock.by, plan.form, &accesses);
            match steps {
                0 => (script, locks::is_alone(plan.lock.by, plan.form, &accesses)),
                _ => (locks::guarded(script, steps), false),
            }
        };
        let underway = Underway {
            activity,
            task,
            key,
            script,
            is_alone,
            accesses,
            plan: Rc::clone(plan),
            at: 0,
            attempt: 0,
            number: 0,
            begun_at: context.now(),
            previous_wait: plan.backoff.base,
            is_known: false,
            is_locked: false,
            leases: Leases::default(),
            waits: Waits { ticket: 0, for_what: For::Leave },
        };
        let place = self.underway.insert(underway);
        self.attempt(place, context)
    }

    /// An answer: `None` if the transaction at this place does not wait for it.
    pub fn answered(&mut self, place: u32, answered: &Answered, context: &mut Ctx) -> Option<Standing<u32>> {
        let Waits { ticket, for_what: For::Answer(timer) } = self.underway.find(place)?.waits else {
            self.renewed(place, answered);
            return None;
        };
        if ticket != answered.ticket {
            self.renewed(place, answered);
            return None;
        }
        if let Some(timer) = timer {
            context.cancel(timer);
        }
        Some(self.heed(place, answered.answer, context))
    }

    /// Something is due: `None` if the transaction at this place does not wait for it.
    pub fn due(&mut self, place: u32, due: &TransactionDue, context: &mut Ctx) -> Option<Standing<u32>> {
        let waits = self.underway.find(place)?.waits;
        if due.what == TransactionTimer::Renew {
            self.renew(place, due, context);
            return None;
        }
        if waits.ticket != due.ticket {
            return None;
        }
        match (due.what, waits.for_what) {
            (TransactionTimer::Thought, For::Thinking) => Some(self.go_on(place, context)),
            (TransactionTimer::Retry, For::Retry) => Some(self.attempt(place, context)),
            (TransactionTimer::Unanswered, For::Answer(_))
                if self.underway[place].leases.are_given_back() =>
            {
                Some(self.give_back(place, context))
            }
            (TransactionTimer::Unanswered, For::Answer(_)) => {
                self.roll_back(place, context);
                Some(self.give_up(place, Ending::TimedOut, context))
            }
            _ => None,
        }
    }

    /// Lets a transaction go on that has told of its lock.
    pub fn release(&mut self, place: u32, context: &mut Ctx) -> Standing<u32> {
        self.go_on(place, context)
    }

    fn attempt(&mut self, place: u32, context: &mut Ctx) -> Standing<u32> {
        let number = self.next_number();
        let underway = &mut self.underway[place];
        underway.number = number;
        underway.at = 0;
        underway.is_known = false;
        let again = underway.attempt > 0;
        if !underway.plan.key.as_ref().is_some_and(|key| key.is_of_cache() || key.asks_for_any()) {
            self.emit(place, context, StoreFact::Attempted { again });
        }
        self.go_on(place, context)
    }

    /// Does what comes next, until something has to be waited for.
    pub(super) fn go_on(&mut self, place: u32, context: &mut Ctx) -> Standing<u32> {
        loop {
            let underway = &mut self.underway[place];
            let Some(&action) = underway.script.get(underway.at) else {
                return self.finish(place, Upshot::Done, context);
            };
            underway.at += 1;
            let plan = Rc::clone(&underway.plan);
            let statement = match action {
                Action::Acquire(at) => return self.take_lease(place, at, context),
                Action::Think(part) => {
                    let lasts = plan.parts[usize::from(part)].think(&self.luck(place));
                    if lasts.is_zero() {
                        continue;
                    }
                    self.rest(place, lasts, (TransactionTimer::Thought, For::Thinking), context);
                    return Standing::Waiting(place);
                }
                Action::Read(at) => locks::read(&plan.lock, plan.form, &underway.accesses[at as usize]),
                Action::Write(at) => locks::write(&plan.lock, &underway.accesses[at as usize]),
                Action::Key(step) => match self.key_statement(place, step) {
                    Some(statement) => statement,
                    None => continue,
                },
                Action::Commit => Statement::Commit,
            };
            self.ask(place, statement, context);
            return Standing::Waiting(place);
        }
    }

    /// What the plan's step about the task's key asks; nothing if it is about an owner's number and there is none.
    fn key_statement(&self, place: u32, step: u32) -> Option<Statement> {
        let Underway { plan, task, key, activity, .. } = &self.underway[place];
        let plan = plan.key.as_ref().expect("only a plan about a key has steps about it");
        let work = match plan.steps[step as usize] {
            KeyStep::Work(work) => work,
            KeyStep::Advance => {
                let Origin::Handling(message, _) = task.origin else {
                    unreachable!("only handlings have keys")
                };
                KeyWork::Advance(message.number() + 1)
            }
            KeyStep::Fence => KeyWork::Fence(*self.owners.get(activity)?),
            KeyStep::Deposit => {
                let Origin::Handling(message, group) = task.origin else {
                    unreachable!("only deliveries are put into inboxes")
                };
                let attempt = Attempt::numbered(task.attempt);
                let inbox = plan.names.first;
                KeyWork::Deposit(Deposit { inbox, message, group, about: task.key, attempt })
            }
            KeyStep::HandOut(group) => return Some(Statement::HandOut { inbox: plan.names.first, group }),
        };
        Some(Statement::Key { key: key.expect("a script with such steps has a key"), work })
    }

    /// What was done about the key is done.
    fn key_used(&mut self, place: u32, context: &mut Ctx) -> Standing<u32> {
        let Underway { plan, script, at, .. } = &self.underway[place];
        let Action::Key(step) = script[*at - 1] else { return self.go_on(place, context) };
        let steps = &plan.key.as_ref().expect("only a plan about a key has steps about it").steps;
        match steps[step as usize] {
            step if step.reserves() => {
                self.underway[place].waits = Waits { ticket: 0, for_what: For::Leave };
                Standing::Reserved(place)
            }
            _ => self.go_on(place, context),
        }
    }

    fn rest(&mut self, place: u32, lasts: Span, wait: (TransactionTimer, For), context: &mut Ctx) {
        let (what, for_what) = wait;
        let ticket = self.ticket();
        let underway = &mut self.underway[place];
        underway.waits = Waits { ticket, for_what };
        context
            .remind_at(context.now() + lasts, TransactionDue { activity: underway.activity, ticket, what });
    }

    /// The luck of the present try.
    fn luck(&self, place: u32) -> LazyLuck<'_> {
        let (key, attempt) = self.luck_of_try(place);
        self.plan.sites.luck_of(key, attempt)
    }

    /// Names the luck of a statement of the present try.
    pub(super) fn luck_of_statement(&self, place: u32, statement: u64) -> (u64, u32) {
        let (key, attempt) = self.luck_of_try(place);
        (key.wrapping_add(SPREAD.rotate_left(32).wrapping_mul(statement + 1)), attempt)
    }

    fn luck_of_try(&self, place: u32) -> (u64, u32) {
        let Underway { task, plan, attempt, .. } = &self.underway[place];
        let key = plan
            .luck_key
            .wrapping_add(task.luck_key)
            .wrapping_add(SPREAD.wrapping_mul(u64::from(task.attempt)));
        (key, *attempt)
    }

    /// What an answer means for the transaction.
    fn heed(&mut self, place: u32, answer: Answer, context: &mut Ctx) -> Standing<u32> {
        if self.underway[place].leases.are_given_back() {
            return self.give_back(place, context);
        }
        let wanted = self.wanted_row(place);
        match answer {
            Answer::Done => self.key_used(place, context),
            Answer::Owned(OwnerNumber(number)) => {
                if let Some(row) = wanted {
                    return self.granted(place, (row, number), context);
                }
                let activity = self.underway[place].activity;
                self.owners.insert(activity, number);
                self.key_used(place, context)
            }
            Answer::Taken { .. } if wanted.is_some() => self.denied(place, context),
            Answer::Taken { is_done } => self.finish(place, Upshot::Suppressed { is_done }, context),
            Answer::Row(held) => self.read(place, held, context),
            Answer::Free(free) => {
                let access = self.accessed(place);
                access.row = Row { number: free.number, ..access.row };
                self.read(place, Held { value: free.value, version: 0 }, context)
            }
            Answer::HandedOut(handed) => {
                let holder = self.underway.remove(place).number;
                Standing::HandedOut { handed, holder }
            }
            Answer::SoldOut => self.decline(place, context),
            Answer::Aborted(abort) => self.finish(place, Upshot::Again(abort), context),
            Answer::Refused | Answer::Gone => self.give_up(place, Ending::Failed, context),
        }
    }

    /// The row that the last action was about.
    fn accessed(&mut self, place: u32) -> &mut locks::Access {
        let underway = &mut self.underway[place];
        let (Action::Read(at) | Action::Write(at)) = underway.script[underway.at - 1] else {
            unreachable!("only reading is answered with a row")
        };
        &mut underway.accesses[at as usize]
    }

    fn read(&mut self, place: u32, held: Held, context: &mut Ctx) -> Standing<u32> {
        let access = self.accessed(place);
        access.held = held;
        let access = *access;
        let underway = &mut self.underway[place];
        let by = underway.plan.lock.by;
        if locks::is_sold_out(by, &access) {
            if !underway.is_alone {
                self.roll_back(place, context);
            }
            return self.decline(place, context);
        }
        if locks::locks(by) && !underway.is_locked {
            underway.is_locked = true;
            underway.waits = Waits { ticket: 0, for_what: For::Leave };
            return Standing::Locked(place);
        }
        self.go_on(place, context)
    }

    fn decline(&mut self, place: u32, context: &mut Ctx) -> Standing<u32> {
        self.emit(place, context, StoreFact::SoldOut);
        self.finish(place, Upshot::Declined, context)
    }

    fn give_up(&mut self, place: u32, ending: Ending, context: &mut Ctx) -> Standing<u32> {
        self.note_wait(place, context);
        self.emit(place, context, StoreFact::GaveUp);
        self.finish(place, Upshot::GivenUp(ending), context)
    }

    /// A try is over, and its leases are given back.
    pub(super) fn conclude(&mut self, place: u32, upshot: Upshot, context: &mut Ctx) -> Standing<u32> {
        let standing = match upshot {
            Upshot::Again(abort) => return self.try_again(place, abort, context),
            Upshot::Done => Standing::Done,
            Upshot::Declined => Standing::Declined,
            Upshot::Suppressed { is_done } => Standing::Suppressed { is_done },
            Upshot::GivenUp(ending) => Standing::GivenUp(ending),
        };
        self.underway.remove(place);
        standing
    }

    /// Rolled back because of others: another try after a while, if there are tries left.
    fn try_again(&mut self, place: u32, abort: Abort, context: &mut Ctx) -> Standing<u32> {
        let underway = &mut self.underway[place];
        underway.attempt = underway.attempt.saturating_add(1);
        let plan = Rc::clone(&underway.plan);
        if !locks::tries_again(plan.retries, underway.attempt) {
            let ending = if abort.why == AbortReason::TimedOut { Ending::TimedOut } else { Ending::Failed };
            return self.give_up(place, ending, context);
        }
        let (attempt, previous) = (underway.attempt - 1, underway.previous_wait);
        let age = context.now().since(underway.begun_at);
        let (backoff, delay) = {
            let luck = self.luck(place);
            let mut draws = luck.draws(plan.waiting);
            let backoff = wait_before(&plan.backoff, attempt, previous, &mut draws);
            let delay = match locks::delay(plan.restart_delay, abort.mean_response, age) {
                Delay::Constant(span) => span,
                Delay::Exponential(mean) => Sampler::exponential(mean).sample(&mut draws),
            };
            (backoff, delay)
        };
        self.underway[place].previous_wait = backoff;
        let wait = backoff + delay;
        if wait.is_zero() {
            return self.attempt(place, context);
        }
        self.rest(place, wait, (TransactionTimer::Retry, For::Retry), context);
        Standing::Waiting(place)
    }
}
