//! One direction between the broker and the instances of a component: latency, order, what goes wrong.
//!
//! A link is not an actor: it decides at sending when a message arrives, how often, or that it never does.

use crate::faults::{Copies, LinkRules, Verdict};
use crate::kernel::chance::{LazyLuck, Sampler};
use crate::kernel::{ActorId, Delay, StreamId};
use crate::protocol::{Ctx, Event, Fact, Twin};
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
/// Model: a message that vanishes does so alone; on a real TCP connection the connection breaks (`cut`), and
/// what is sent into a short partition arrives when it heals.
#[derive(Clone, Debug)]
pub struct Link {
    /// How long messages travel.
    pub latency: Latency,
    /// What can happen to them.
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
    /// It will arrive, and then again.
    Twice,
    /// It vanished.
    Lost,
}

impl Lane {
    /// When something arrives that would at `at`, behind everything before it.
    pub fn in_order(&mut self, at: Time) -> Time {
        self.latest_arrival = self.latest_arrival.max(at);
        self.latest_arrival
    }
}

impl Latency {
    /// How long one more message travels.
    pub fn draw(&self, context: &mut Ctx) -> Span {
        match self {
            Self::Constant(delay) => delay.span(),
            Self::Random { sampler, stream } => sampler.sample(context.stream(*stream)),
        }
    }
}

impl Link {
    /// Sends `message`, with what faults make of it.
    #[inline]
    pub fn send(
        &self,
        context: &mut Ctx,
        to: Peer<'_>,
        what: LinkMessage,
        luck: &LazyLuck<'_>,
        message: impl Twin,
    ) -> Sent {
        self.send_under(context, to, what, || luck.clone(), message)
    }

    /// As [`Self::send`], with luck that is not even looked for where nothing can happen.
    #[inline]
    pub fn send_under<'l>(
        &self,
        context: &mut Ctx,
        to: Peer<'_>,
        what: LinkMessage,
        luck: impl FnOnce() -> LazyLuck<'l>,
        message: impl Twin,
    ) -> Sent {
        if self.rules.is_empty() {
            self.carry(context, to, message.into());
            return Sent::OnItsWay;
        }
        self.send_through(context, to, what, &luck(), message)
    }

    /// Sends `message` where something can happen to it.
    fn send_through(
        &self,
        context: &mut Ctx,
        to: Peer<'_>,
        what: LinkMessage,
        luck: &LazyLuck<'_>,
        message: impl Twin,
    ) -> Sent {
        let Peer { actor, instance, lane } = to;
        let later = match self.judge(context, what, instance, luck) {
            Verdict::Lost => return Sent::Lost,
            Verdict::Passes { copies: Copies::One, later } => later,
            Verdict::Passes { copies: Copies::Two, later } => {
                let twin = message.twin().into();
                let at = self.carry_slowly(context, actor, lane, later, message.into());
                context.send_at(actor, at, twin);
                return Sent::Twice;
            }
        };
        self.carry_slowly(context, actor, lane, later, message.into());
        Sent::OnItsWay
    }

    /// What faults make of a message.
    pub fn judge(&self, context: &mut Ctx, what: LinkMessage, instance: u32, luck: &LazyLuck<'_>) -> Verdict {
        let now = context.now();
        self.rules.judge(what, now, instance, luck, |fault| context.emit(Fact::FaultFired { fault }))
    }

    /// Sends what no fault on the link can take away: a connection's own opening and closing. In a
    /// partition it arrives when that is over, at the earliest.
    ///
    /// It arrives at the later of the previous arrival and now plus the latency.
    #[inline]
    pub fn carry(&self, context: &mut Ctx, to: Peer<'_>, event: Event) {
        let Peer { actor, instance, lane } = to;
        match &self.latency {
            Latency::Constant(delay) if self.rules.is_empty() => context.send(actor, *delay, event),
            _ => {
                let now = context.now();
                let later = self.rules.heals_at(now, instance).map_or(Span::ZERO, |at| at.since(now));
                self.carry_slowly(context, actor, lane, later, event);
            }
        }
    }

    /// Sends `event` so that it takes `later` longer than usual, and says when it arrives.
    fn carry_slowly(
        &self,
        context: &mut Ctx,
        to: ActorId,
        lane: &mut Lane,
        later: Span,
        event: Event,
    ) -> Time {
        let usual = context.now() + self.draw(context);
        let at = (usual + later).max(lane.latest_arrival);
        lane.latest_arrival = at;
        match &self.latency {
            Latency::Constant(delay) if at == usual => context.send(to, *delay, event),
            _ => context.send_at(to, at, event),
        }
        at
    }

    /// The latency of one more message, which keeps no order with others.
    pub fn draw(&self, context: &mut Ctx) -> Span {
        self.latency.draw(context)
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
