//! Dead-lettering: a copy that nobody handled moves to another queue, or is gone.
//!
//! It keeps its message's identity and gets an entry in its death history. Model: the move takes no time
//! and is at most once; a target that has no room loses the copy. A copy that would go round a cycle without ever having been rejected
//! by a consumer is dropped, as `RabbitMQ` does
//! (rabbitmq.com/docs/dlx, "Automatically dead-letter cycles").

use crate::protocol::fact::CopyEnd;
use crate::protocol::id::{GroupId, QueueId};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Span;
use crate::scenario::model::Overflow;

use super::Broker;
use super::copy::{Copy, Death, DeathReason};

/// Buries `copy`, which has left a queue, or which a group of a log is not to handle.
pub(super) fn bury(
    broker: &mut Broker,
    (queue, group): (QueueId, GroupId),
    copy: Copy,
    reason: DeathReason,
    context: &mut Ctx,
) {
    let message = copy.message;
    let target = broker
        .queue(queue)
        .config
        .dead_letter
        .map(|target| QueueId(u16::try_from(target.0).expect("a scenario has at most 2^16 queues")));
    let end = match target {
        Some(target) if !goes_round(&copy, target, reason) && has_room(broker, target) => {
            relocate(broker, queue, target, copy, reason, context);
            CopyEnd::DeadLettered
        }
        None if reason == DeathReason::Expired => CopyEnd::Expired,
        Some(_) | None => CopyEnd::Dropped,
    };
    context.emit(Fact::CopyEnded { message, group, end });
    if let (Some(target), CopyEnd::DeadLettered) = (target, end) {
        broker.pump(target, context);
    }
}

fn has_room(broker: &mut Broker, target: QueueId) -> bool {
    let queue = broker.queue(target);
    !queue.is_full() || queue.config.overflow == Overflow::DropHead
}

/// Whether the copy was in `target` before and has been moved on by the broker alone ever since.
fn goes_round(copy: &Copy, target: QueueId, reason: DeathReason) -> bool {
    let Some(deaths) = &copy.deaths else { return false };
    let Some(last_there) = deaths.iter().position(|death| death.queue == target) else { return false };
    let since_then = &deaths[..=last_there];
    reason != DeathReason::Rejected && since_then.iter().all(|death| death.reason != DeathReason::Rejected)
}

fn relocate(
    broker: &mut Broker,
    from: QueueId,
    target: QueueId,
    mut copy: Copy,
    reason: DeathReason,
    context: &mut Ctx,
) {
    let message = copy.message;
    let deaths = copy.deaths.get_or_insert_default();
    let earlier = deaths.iter().position(|death| death.queue == from && death.reason == reason);
    let count = earlier.map_or(0, |at| deaths.remove(at).count) + 1;
    deaths.insert(0, Death { queue: from, reason, count });
    copy.deliveries_elsewhere = copy.attempt.delivery();
    if broker.is_log(target) {
        return broker.store_dead_letter(target, &copy, context);
    }
    // The message's own time to live was spent where it expired, and its delay where it was published; only
    // the target's time to live applies from here.
    broker.queue(target).store(context.now(), copy, None, Span::ZERO);
    context.emit(Fact::Relocated { message, queue: target });
}
