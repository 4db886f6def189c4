//! A connection between a client and a store, one direction of it: in order, with what can happen on the way.
//!
//! Model: a connection to a store delivers nothing twice, as TCP does; what vanishes does so alone, and only
//! the client's timeout notices.

use crate::actors::calling::Way;
use crate::actors::link::{Lane, Latency, Sent};
use crate::faults::Verdict;
use crate::kernel::ActorId;
use crate::kernel::chance::LazyLuck;
use crate::protocol::{Ctx, Event, Fact};
use crate::quantity::Span;
use crate::scenario::model::LinkMessage;

/// The far end of a connection.
#[derive(Debug)]
pub struct End<'a> {
    /// Who gets the message.
    pub actor: ActorId,
    /// The instances at both ends, the sender's first.
    pub instances: (u32, u32),
    /// The order in this direction.
    pub lane: &'a mut Lane,
}

/// Sends a statement or an answer; says whether it arrives.
pub fn send(
    way: &Way,
    context: &mut Ctx,
    mut end: End<'_>,
    what: LinkMessage,
    luck: &LazyLuck<'_>,
    event: Event,
) -> Sent {
    if way.rules.is_empty() {
        carry(way, context, &mut end, Span::ZERO, event);
        return Sent::OnItsWay;
    }
    let now = context.now();
    let fired = |fault| context.emit(Fact::FaultFired { fault });
    match way.rules.judge(what, now, end.instances, luck, fired) {
        Verdict::Lost => Sent::Lost,
        Verdict::Passes { later, .. } => {
            carry(way, context, &mut end, later, event);
            Sent::OnItsWay
        }
    }
}

/// Sends what no loss can take away: that a connection is closed. Says whether it arrives: in a partition it
/// does not, and the other end has to notice by itself.
pub fn close(way: &Way, context: &mut Ctx, mut end: End<'_>, event: impl Into<Event>) -> Sent {
    if way.rules.parts(context.now(), end.instances) {
        return Sent::Lost;
    }
    carry(way, context, &mut end, Span::ZERO, event.into());
    Sent::OnItsWay
}

fn carry(way: &Way, context: &mut Ctx, end: &mut End<'_>, later: Span, event: Event) {
    match &way.latency {
        Latency::Constant(delay) if way.rules.is_empty() => context.send(end.actor, *delay, event),
        latency => {
            let usual = context.now() + latency.draw(context);
            let at = end.lane.in_order(usual + later);
            context.send_at(end.actor, at, event);
        }
    }
}
