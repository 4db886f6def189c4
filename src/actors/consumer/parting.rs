//! What a consumer makes of a partition: nobody tells it, but it hears nothing.

use actix::Handler;

use crate::protocol::Ctx;
use crate::protocol::event::{ConnectionLost, Healed, Parted, Silent};

use super::Consumer;

impl Handler<Parted> for Consumer {
    type Result = ();

    /// A client that pulls does not reach the broker with its requests; where both ends send heartbeats,
    /// both notice their absence; otherwise ack timeouts and the sessions of groups do what they do.
    fn handle(&mut self, _: Parted, context: &mut Ctx) {
        let now = context.now();
        let Some(heals_at) = self.publisher.heals_at(now) else { return };
        if self.puller.is_some() {
            // Its group notices its silence; TCP sends again what was on the way.
            context.remind_at(heals_at, Healed);
        } else if self.pulls() {
            // Model: a request that waits at the broker is not answered into the partition.
            let (connection, epoch) = (self.publisher.connection(), self.publisher.epoch());
            context.send_at(self.plan.client.broker, now, ConnectionLost { connection, epoch }.into());
            context.remind_at(heals_at, Healed);
        } else if let Some(heartbeat) = self.plan.heartbeat
            && now + heartbeat < heals_at
        {
            // Model: exactly one heartbeat after the partition began.
            context.remind_at(now + heartbeat, Silent { epoch: self.publisher.epoch() });
        }
    }
}

impl Handler<Healed> for Consumer {
    type Result = ();

    fn handle(&mut self, _: Healed, context: &mut Ctx) {
        if !self.publisher.is_open() {
            return;
        }
        if self.puller.is_some() {
            self.reconnected(context);
        } else {
            self.publisher.announce(context);
        }
    }
}

impl Handler<Silent> for Consumer {
    type Result = ();

    /// Both ends give the connection up; it opens again when the partition is over.
    fn handle(&mut self, silent: Silent, context: &mut Ctx) {
        let now = context.now();
        if silent.epoch == self.publisher.epoch()
            && self.publisher.is_open()
            && let Some(heals_at) = self.publisher.heals_at(now)
        {
            self.cut(heals_at.since(now), context);
        }
    }
}
