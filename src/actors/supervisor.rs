//! The supervisor: carries out faults that the clock triggers.
//!
//! It only tells instances that they are struck. A dead instance does not hear it, so the fault did not
//! fire there. A fault that lasts (a partition, an outage) concerns several at once: it fires when it begins.

use std::rc::Rc;

use actix::{Actor, Handler, Supervised};

use crate::faults::{Due, Strike, TimedFault, TimedSpell, Visits};
use crate::kernel::ActorId;
use crate::kernel::chance::Purpose;
use crate::protocol::event::{
    Crash, Cut, Event, Evict, OutageBegan, OutageEnded, Parted, PartitionBegan, PartitionEnded, Pause,
    SpellBegins, SpellEnds, Stall, StrikeDue,
};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Time;

use super::site::Sites;

/// Faults by the clock.
#[derive(Debug)]
pub struct Supervisor {
    sites: Rc<Sites>,
    broker: ActorId,
    plan: Vec<TimedFault>,
    spells: Vec<TimedSpell>,
}

impl Supervisor {
    /// A supervisor with this plan of what strikes and of what lasts.
    #[must_use]
    pub const fn new(
        sites: Rc<Sites>,
        broker: ActorId,
        plan: Vec<TimedFault>,
        spells: Vec<TimedSpell>,
    ) -> Self {
        Self { sites, broker, plan, spells }
    }

    /// Schedules the next beginning of a fault that lasts and does not hold now.
    fn schedule_spell(&mut self, spell: u32, context: &mut Ctx) {
        let next = self.spells[spell as usize].visits.at_or_after(context.now());
        if let Some(next) = next.filter(|next| next.from < Time::NEVER) {
            context.remind_at(next.from, SpellBegins { spell });
        }
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
        let entries = u32::try_from(self.spells.len()).expect("fewer than 2^32 faults");
        for spell in 0..entries {
            self.schedule_spell(spell, context);
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
            Strike::Evict { share } => Evict { fault, share }.into(),
            Strike::Stall { lasts } => Stall { fault, lasts }.into(),
        };
        context.send_at(timed.target, context.now(), event);
        self.schedule(due.plan, due.occurrence + 1, context.now(), context);
    }
}

impl Handler<SpellBegins> for Supervisor {
    type Result = ();

    fn handle(&mut self, begins: SpellBegins, context: &mut Ctx) {
        let now = context.now();
        let TimedSpell { fault, visits } = &mut self.spells[begins.spell as usize];
        let fault = *fault;
        context.emit(Fact::FaultFired { fault });
        match visits {
            Visits::Partition { partition, consumers } => {
                for consumer in consumers {
                    context.send_at(*consumer, now, Parted.into());
                }
                if partition.is_inside_the_broker() {
                    context.send_at(self.broker, now, PartitionBegan { fault }.into());
                }
            }
            Visits::Outage { whom, how, .. } => {
                for target in whom {
                    context.send_at(*target, now, OutageBegan { fault, how: *how }.into());
                }
            }
        }
        let ends_at = visits.at_or_after(now).map_or(Time::NEVER, |spell| spell.until);
        if ends_at < Time::NEVER {
            context.remind_at(ends_at, SpellEnds { spell: begins.spell });
        }
    }
}

impl Handler<SpellEnds> for Supervisor {
    type Result = ();

    fn handle(&mut self, ends: SpellEnds, context: &mut Ctx) {
        let TimedSpell { fault, visits } = &self.spells[ends.spell as usize];
        let fault = *fault;
        match visits {
            Visits::Partition { partition, .. } if partition.is_inside_the_broker() => {
                context.send_at(self.broker, context.now(), PartitionEnded { fault }.into());
            }
            Visits::Partition { .. } => {}
            Visits::Outage { whom, .. } => {
                for target in whom {
                    context.send_at(*target, context.now(), OutageEnded { fault }.into());
                }
            }
        }
        self.schedule_spell(ends.spell, context);
    }
}
