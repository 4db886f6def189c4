//! A node of the broker, as faults see it: it dies, comes back, and its disk stalls.
//!
//! What it stores, and who leads, is the broker's business: this only tells it.

use actix::{Actor, ActorContext, Handler, Supervised};

use crate::kernel::ActorId;
use crate::protocol::event::{Crash, Stall};
use crate::protocol::node::{NodeBack, NodeDied, NodeStalls};
use crate::protocol::{Ctx, Fact};
use crate::scenario::model::CrashHow;

/// One node.
#[derive(Debug)]
pub struct Node {
    broker: ActorId,
    number: u16,
    death: CrashHow,
}

impl Node {
    /// Node `number` of `broker`, alive.
    #[must_use]
    pub const fn new(broker: ActorId, number: u16) -> Self {
        Self { broker, number, death: CrashHow::Process }
    }
}

impl Actor for Node {
    type Context = Ctx;

    fn stopped(&mut self, context: &mut Ctx) {
        let died = NodeDied { node: self.number, how: self.death };
        context.send_at(self.broker, context.now(), died.into());
    }
}

impl Supervised for Node {
    fn restarting(&mut self, context: &mut Ctx) {
        context.send_at(self.broker, context.now(), NodeBack { node: self.number }.into());
    }
}

impl Handler<Crash> for Node {
    type Result = ();

    fn handle(&mut self, crash: Crash, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: crash.fault });
        self.death = crash.how;
        context.restart_after(crash.restart_after);
        context.terminate();
    }
}

impl Handler<Stall> for Node {
    type Result = ();

    fn handle(&mut self, stall: Stall, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: stall.fault });
        let until = context.now() + stall.lasts;
        context.send_at(self.broker, context.now(), NodeStalls { node: self.number, until }.into());
    }
}
