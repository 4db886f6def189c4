//! Keeping leases: while an instance holds deliveries it tells the broker every so often that it needs more
//! time for each, whether it waits in the buffer or runs.

use actix::Handler;

use crate::protocol::Ctx;
use crate::protocol::event::{Deliver, Extend, ExtendDue};
use crate::scenario::model::LinkMessage;

use super::Consumer;

impl Consumer {
    /// Sees to it that leases are extended if they are to be: one timer for everything it holds, which
    /// begins with the first delivery.
    pub(super) fn keep_extending(&mut self, context: &mut Ctx) {
        let Some(every) = self.plan.extend_every else { return };
        if !self.is_extending {
            self.is_extending = true;
            context.send(context.me(), every, ExtendDue.into());
        }
    }

    /// An extension is a request of its own, and can be lost.
    fn extend(&mut self, delivery: &Deliver, context: &mut Ctx) {
        let extend = Extend { delivery: self.ack_of(delivery) };
        let (client, peer) = self.publisher.line();
        let luck = client.sites.luck(delivery.message, delivery.attempt.number());
        client.link.send(context, peer, LinkMessage::Request, &luck, extend);
    }
}

impl Handler<ExtendDue> for Consumer {
    type Result = ();

    fn handle(&mut self, _: ExtendDue, context: &mut Ctx) {
        self.is_extending = false;
        let running = self.handlings.iter().filter_map(|(_, handling)| handling.job().delivery().copied());
        let held: Vec<Deliver> = running.chain(self.buffer.iter().map(|waiting| waiting.delivery)).collect();
        if held.is_empty() {
            return;
        }
        if self.publisher.is_open() {
            for delivery in &held {
                self.extend(delivery, context);
            }
        }
        self.keep_extending(context);
    }
}
