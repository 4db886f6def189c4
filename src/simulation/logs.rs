//! Logs with their consumer groups, and how each consumer reads them.

use crate::actors::broker::channel::Settling;
use crate::actors::broker::log::Log;
use crate::actors::broker::log::coordinator::{Coordinator, MemberId, Patience};
use crate::actors::broker::log::group::{Group, Subscription};
use crate::actors::consumer::log::PullPlan;
use crate::kernel::chance::Purpose;
use crate::protocol::id::{ConnectionId, QueueId};
use crate::quantity::Span;
use crate::scenario::model::{AckMode, Consumer, Pull, QueueRef, Rebalance, Replay, Scenario, Start};

use super::groups::ConsumerGroups;

/// By queue: the log that it is, if it is one.
pub(super) fn logs(scenario: &Scenario, groups: &ConsumerGroups) -> Vec<Option<Box<Log>>> {
    let queues = scenario.queues.iter().enumerate();
    queues
        .map(|(at, queue)| {
            let log = queue.log.as_ref()?;
            let ids = &groups.of_queue[at];
            let groups = (0..ids.len()).map(|nth| group(scenario, groups, at, nth, log.partitions)).collect();
            Some(Box::new(Log::new(queue, groups)))
        })
        .collect()
}

/// The `nth` group of the log at `queue`. Its members are the instances of every consumer that is in it,
/// in the order of the file; what they should agree on is the first one's.
///
/// Model: the members joined before the run.
fn group(scenario: &Scenario, groups: &ConsumerGroups, queue: usize, nth: usize, partitions: u32) -> Group {
    let id = groups.of_queue[queue][nth];
    let mut connection = scenario.producers.iter().map(|producer| producer.instances).sum();
    let (mut members, mut pulls) = (Vec::new(), Vec::new());
    for consumer in &scenario.consumers {
        let is_in = consumer.from == QueueRef(queue) && groups.of_consumer(scenario, consumer) == id;
        if let Some(pull) = consumer.pull.as_ref().filter(|_| is_in) {
            let ids = (connection..connection + consumer.instances).map(ConnectionId);
            members.extend(ids.map(|connection| (MemberId { connection, incarnation: 0 }, patience(pull))));
            pulls.push(pull);
        }
        connection += consumer.instances;
    }
    let protocol = pulls.first().map_or(Rebalance::Eager, |pull| pull.rebalance);
    let start = pulls.first().map_or(Start::Earliest, |pull| pull.start);
    let mut replays: Vec<Replay> = pulls.iter().filter_map(|pull| pull.replay).collect();
    replays.sort_by_key(|replay| std::cmp::Reverse(replay.after));
    let coordinator = Coordinator::new(protocol, partitions, &members);
    Group::new(id, start, coordinator, replays, partitions)
}

/// How one instance of a consumer reads its log; `None` if it consumes a work queue.
pub(super) fn subscription(
    scenario: &Scenario,
    groups: &ConsumerGroups,
    consumer: &Consumer,
    instance: u32,
) -> Option<Subscription> {
    let pull = consumer.pull.as_ref()?;
    let id = groups.of_consumer(scenario, consumer);
    let nth = groups.of_queue[consumer.from.0].iter().position(|of| *of == id).unwrap_or(0);
    let settling = if consumer.ack == AckMode::OnDelivery { Settling::OnDelivery } else { Settling::OnAck };
    Some(Subscription {
        queue: QueueId(small(consumer.from.0)),
        group: small(nth),
        max_records: pull.max_records as usize,
        patience: patience(pull),
        settling,
        luck_key: Purpose::new(&consumer.name, "answers").hash().wrapping_add(u64::from(instance)),
        told: 0,
    })
}

/// What a consumer's instances know of reading its log.
pub(super) fn pull_plan(consumer: &Consumer) -> Option<PullPlan> {
    let pull = consumer.pull.as_ref()?;
    Some(PullPlan {
        poll_every: pull.poll_every,
        poll_timeout: pull.poll_timeout,
        heartbeat_every: heartbeat_every(pull),
        luck_key: Purpose::new(&consumer.name, "requests").hash(),
    })
}

/// Kafka's default, `heartbeat.interval.ms`.
const HEARTBEAT: Span = Span::from_seconds(3);

/// Its documentation wants at most a third of the session timeout. And members hear of a rebalance with a
/// heartbeat, so that it comes often enough for them to give back in time.
fn heartbeat_every(pull: &Pull) -> Span {
    let shortest = pull.session_timeout.min(pull.poll_timeout);
    HEARTBEAT.min(Span::from_nanos((shortest.as_nanos() / 3).max(1)))
}

const fn patience(pull: &Pull) -> Patience {
    Patience { session_timeout: pull.session_timeout, rebalance_timeout: pull.poll_timeout }
}

fn small(position: usize) -> u16 {
    u16::try_from(position).expect("a checked scenario has at most 2^16 components of a kind")
}
