//! The supervisor: carries out faults that the clock triggers.
//!
//! It only tells instances that they are struck. A dead instance does not hear it, so the fault did not
//! fire there.

use std::rc::Rc;

use actix::{Actor, Handler, Supervised};

use crate::faults::{Due, Strike, TimedFault};
use crate::kernel::chance::Purpose;
use crate::protocol::Ctx;
use crate::protocol::event::{Crash, Cut, Event, Pause, StrikeDue};
use crate::quantity::Time;

use super::site::Sites;

/// Faults by the clock.
#[derive(Debug)]
pub struct Supervisor {
    sites: Rc<Sites>,
    plan: Vec<TimedFault>,
}

impl Supervisor {
    /// A supervisor with this plan.
    #[must_use]
    pub const fn new(sites: Rc<Sites>, plan: Vec<TimedFault>) -> Self {
        Self { sites, plan }
    }

    /// Schedules what the plan's entry does for the `occurrence`th time, after `last`.
    fn schedule(&self, plan: u32, occurrence: u32, last: Time, context: &mut Ctx) {
        let timed = &self.plan[plan as usize];
        let at = match &timed.due {
            Due::At(at) => (occurrence == 0).then_some(*at),
            Due::Every(gap, armed) => {
                let luck = self.sites.luck_of(timed.luck_key, occurrence);
                let drawn = gap.as_constant().unwrap_or_else(|| gap.sample(&mut luck.draws(GAP)));
                Some(last.max(armed.from) + drawn).filter(|&at| armed.holds(at))
            }
        };
        if let Some(at) = at {
            context.remind_at(at, StrikeDue { plan, occurrence });
        }
    }
}

/// The luck of the gaps between a fault's strikes.
const GAP: Purpose = Purpose::new("fault", "gap");

impl Actor for Supervisor {
    type Context = Ctx;

    fn started(&mut self, context: &mut Ctx) {
        let entries = u32::try_from(self.plan.len()).expect("fewer than 2^32 faults");
        for plan in 0..entries {
            self.schedule(plan, 0, Time::ZERO, context);
        }
    }
}

impl Supervised for Supervisor {}

impl Handler<StrikeDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, due: StrikeDue, context: &mut Ctx) {
        let timed = &self.plan[due.plan as usize];
        let fault = timed.fault;
        let event: Event = match timed.strike {
            Strike::Crash { how, restart_after } => Crash { fault, how, restart_after }.into(),
            Strike::Cut { restart_after } => Cut { fault, restart_after }.into(),
            Strike::Pause { lasts } => Pause { fault, lasts }.into(),
        };
        context.send_at(timed.target, context.now(), event);
        self.schedule(due.plan, due.occurrence + 1, context.now(), context);
    }
}
