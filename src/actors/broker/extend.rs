//! Extending leases: a consumer that needs more time for a delivery gets a whole ack timeout from now on.

use actix::Handler;

use crate::protocol::Ctx;
use crate::protocol::event::Extend;
use crate::scenario::model::OnTimeout;

use super::Broker;

impl Handler<Extend> for Broker {
    type Result = ();

    /// Does nothing for a delivery that was taken back, nor where a timeout closes the channel: such brokers
    /// (`RabbitMQ`) have no leases to extend.
    fn handle(&mut self, extend: Extend, context: &mut Ctx) {
        let delivery = extend.delivery;
        if self.is_deaf_to(&delivery) {
            return;
        }
        let Some(id) = self.queue_of(delivery.connection) else { return };
        if self.holder_of(&delivery, id).is_some() && self.queue(id).config.on_timeout == OnTimeout::ReturnOne
        {
            self.queue(id).extend(context.now(), delivery.copy);
        }
    }
}
