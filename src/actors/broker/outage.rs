//! The broker is down, though it forgets nothing: nothing is stored, delivered or settled.
//!
//! Its own clocks go on: leases and times to live end as they always do.

use std::rc::Rc;

use actix::Handler;

use crate::protocol::event::{Answer, OutageBegan, OutageEnded, Publish};
use crate::protocol::fact::Told;
use crate::protocol::id::{FaultId, QueueId};
use crate::protocol::{Ctx, Fact};
use crate::scenario::model::OutageHow;

use super::Broker;

/// The outages that hold, the latest last.
#[derive(Debug, Default)]
pub(super) struct Outage {
    begun: Vec<(FaultId, OutageHow)>,
}

impl Outage {
    /// Whether whoever asks gets no answer, not even a refusal.
    pub(super) fn hangs(&self) -> bool {
        self.begun.last().is_some_and(|(_, how)| *how == OutageHow::Hang)
    }

    /// Whether the broker is down.
    #[inline]
    pub(super) const fn holds(&self) -> bool {
        !self.begun.is_empty()
    }
}

impl Broker {
    /// What a publish gets while the broker is down.
    pub(super) fn turn_away(&mut self, publish: Publish, context: &mut Ctx) {
        let refuses = !self.outage.hangs();
        if !refuses {
            return context.emit(Fact::lost(&publish));
        }
        let message = publish.message;
        let sites = Rc::clone(&self.sites);
        let site = sites.at(publish.site);
        let told = if site.wants_confirm { Told::Told } else { Told::Untold };
        if site.queues.is_empty() && !publish.is_redrive() {
            context.emit(Fact::PublishLost { message });
        }
        Self::redrive_reaches(&publish, &site.queues, context);
        for &queue in &site.queues {
            context.emit(Fact::Refused { message, queue, told });
        }
        self.answer(publish, Answer::Refused, context);
    }
}

impl Handler<OutageBegan> for Broker {
    type Result = ();

    fn handle(&mut self, began: OutageBegan, _: &mut Ctx) {
        self.outage.begun.push((began.fault, began.how));
    }
}

impl Handler<OutageEnded> for Broker {
    type Result = ();

    fn handle(&mut self, ended: OutageEnded, context: &mut Ctx) {
        self.outage.begun.retain(|(fault, _)| *fault != ended.fault);
        let queues = u16::try_from(self.queues.len()).expect("at most 2^16 queues");
        for queue in (0..queues).map(QueueId) {
            self.pump(queue, context);
        }
    }
}
