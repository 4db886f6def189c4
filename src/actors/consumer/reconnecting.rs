//! What a consumer makes of its broker's death and return.

use actix::Handler;

use crate::protocol::Ctx;
use crate::protocol::event::Reopen;
use crate::protocol::node::{BrokerBack, BrokerLost};
use crate::scenario::model::OnConnectionLoss;

use crate::actors::client::RunsSteps;

use super::Consumer;

impl Consumer {
    /// The connection is void: deliveries that wait here are too, where the broker takes them back. Running
    /// handlers go on; their acks will be late.
    fn drop_what_rode_on_it(&mut self, context: &mut Ctx) {
        self.is_channel_closed = false;
        if self.plan.on_connection_loss == OnConnectionLoss::Return {
            self.discard_buffer(context);
            self.unsent.clear();
        }
    }
}

impl Handler<BrokerLost> for Consumer {
    type Result = ();

    fn handle(&mut self, lost: BrokerLost, context: &mut Ctx) {
        if self.publisher.broker_lost(lost.epoch) {
            self.drop_what_rode_on_it(context);
        }
    }
}

impl Handler<BrokerBack> for Consumer {
    type Result = ();

    fn handle(&mut self, _: BrokerBack, context: &mut Ctx) {
        if self.publisher.broker_back(context) {
            self.drop_what_rode_on_it(context);
        }
    }
}

impl Handler<Reopen> for Consumer {
    type Result = ();

    fn handle(&mut self, due: Reopen, context: &mut Ctx) {
        if !self.publisher.reopen(context, due) {
            return;
        }
        self.flush(context);
        if self.puller.is_some() {
            self.reconnected(context);
        }
        self.release_publishes(context);
    }
}
