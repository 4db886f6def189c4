//! One direction between the broker and the instances of a component: latency, order, loss.
//!
//! A link is not an actor: it decides at sending when a message arrives, or that it never does.

use crate::faults::LinkRules;
use crate::kernel::chance::{LazyLuck, Sampler};
use crate::kernel::{ActorId, Delay, StreamId};
use crate::protocol::{Ctx, Event, Fact};
use crate::quantity::{Span, Time};
use crate::scenario::model::LinkMessage;

/// How long messages travel.
#[derive(Clone, Debug)]
pub enum Latency {
    /// Always as long.
    Constant(Delay),
    /// Drawn for each message.
    Random {
        /// From this distribution.
        sampler: Sampler,
        /// With this chance.
        stream: StreamId,
    },
}

/// What all connections of a component have in common in one direction.
///
/// Model: a message that vanishes does so alone; on a real TCP connection the connection breaks (`cut`).
#[derive(Clone, Debug)]
pub struct Link {
    /// How long messages travel.
    pub latency: Latency,
    /// Which of them vanish.
    pub rules: LinkRules,
}

/// One connection's end in one direction: it keeps messages in order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lane {
    latest_arrival: Time,
}

/// Whether a message is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It will arrive.
    OnItsWay,
    /// It vanished.
    Lost,
}

impl Link {
    /// Sends `event`, unless a fault makes it vanish.
    pub fn send(
        &self,
        context: &mut Ctx,
        to: Peer<'_>,
        what: LinkMessage,
        luck: &LazyLuck<'_>,
        event: impl Into<Event>,
    ) -> Sent {
        let Peer { actor, instance, lane } = to;
        if let Some(fault) = self.rules.lose(what, context.now(), instance, luck) {
            context.emit(Fact::FaultFired { fault });
            return Sent::Lost;
        }
        self.carry(context, actor, lane, event.into());
        Sent::OnItsWay
    }

    /// Sends what no fault can touch: a connection's own opening and closing.
    ///
    /// It arrives at the later of the previous arrival and now plus the latency.
    pub fn carry(&self, context: &mut Ctx, to: ActorId, lane: &mut Lane, event: Event) {
        match &self.latency {
            Latency::Constant(delay) => context.send(to, *delay, event),
            Latency::Random { sampler, stream } => {
                let latency = sampler.sample(context.stream(*stream));
                lane.latest_arrival = lane.latest_arrival.max(context.now() + latency);
                context.send_at(to, lane.latest_arrival, event);
            }
        }
    }

    /// The latency of one more message, which keeps no order with others.
    pub fn draw(&self, context: &mut Ctx) -> Span {
        match &self.latency {
            Latency::Constant(delay) => delay.span(),
            Latency::Random { sampler, stream } => sampler.sample(context.stream(*stream)),
        }
    }
}

/// The far end of a connection.
#[derive(Debug)]
pub struct Peer<'a> {
    /// Who gets the message.
    pub actor: ActorId,
    /// Which instance of the link's component the connection belongs to.
    pub instance: u32,
    /// The connection's order in this direction.
    pub lane: &'a mut Lane,
}
