//! Who is meant to get what: the consumer groups, and the way of each `publish` step to them.

use crate::protocol::id::{GroupId, QueueId};
use crate::scenario::model::{Consumer, MessageSpec, Publish, QueueRef, Scenario, Step};
use crate::strategies::routing::{Addressed, route};

/// The consumer groups of a scenario.
#[derive(Clone, Debug)]
pub(super) struct ConsumerGroups {
    /// By queue: its groups. A work queue has one, a log one for each `group:` that reads it, or one that
    /// nobody is in.
    pub(super) of_queue: Vec<Vec<GroupId>>,
    /// By group: the queue it reads.
    pub(super) queues: Vec<QueueRef>,
    /// By group: its name in results, the queue's own wherever that has one group.
    pub(super) names: Vec<String>,
}

impl ConsumerGroups {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let count = scenario.queues.len();
        let mut groups = Self {
            of_queue: (0..count).map(|at| vec![GroupId(small(at))]).collect(),
            queues: (0..count).map(QueueRef).collect(),
            names: scenario.queues.iter().map(|queue| queue.name.clone()).collect(),
        };
        for at in 0..count {
            let queue = QueueRef(at);
            let readers = group_names(scenario, queue);
            for (nth, name) in readers.iter().enumerate().filter(|_| readers.len() > 1) {
                let name = format!("{}:{name}", scenario.queues[at].name);
                if nth == 0 {
                    groups.names[at] = name;
                } else {
                    groups.of_queue[at].push(GroupId(small(groups.queues.len())));
                    groups.queues.push(queue);
                    groups.names.push(name);
                }
            }
        }
        groups
    }

    /// The group that a consumer is a member of.
    pub(super) fn of_consumer(&self, scenario: &Scenario, consumer: &Consumer) -> GroupId {
        let own = consumer.pull.as_ref().map(|pull| pull.group.as_str());
        let readers = group_names(scenario, consumer.from);
        let nth = readers.iter().position(|name| Some(*name) == own).unwrap_or(0);
        self.of_queue[consumer.from.0][nth]
    }
}

/// The names of the groups that read a log, in the order in which they are first mentioned; none of a work queue.
pub(super) fn group_names(scenario: &Scenario, log: QueueRef) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    if scenario.queues[log.0].log.is_none() {
        return names;
    }
    for consumer in scenario.consumers.iter().filter(|consumer| consumer.from == log) {
        if let Some(pull) = &consumer.pull
            && !names.contains(&pull.group.as_str())
        {
            names.push(&pull.group);
        }
    }
    names
}

/// The queues that the messages of each `publish` step reach, in the order of the sites.
pub(super) fn routes(scenario: &Scenario) -> Vec<Vec<QueueId>> {
    sites_of(scenario)
        .map(|(message, publish)| {
            let headers = message.map_or(&[][..], |message| &message.headers);
            let message = Addressed { routing_key: &publish.routing_key, headers };
            let queues = route(&scenario.exchanges, &publish.to, message);
            queues.into_iter().map(|queue| QueueId(small(queue.0))).collect()
        })
        .collect()
}

/// Every `publish` step with what its messages are like, in the order of [`Scenario::programs`].
fn sites_of(scenario: &Scenario) -> impl Iterator<Item = (Option<&MessageSpec>, &Publish)> {
    let messages = scenario.producers.iter().map(|producer| Some(&producer.message));
    let messages = messages.chain(std::iter::repeat(None));
    messages.zip(scenario.programs()).flat_map(|(message, (_, steps))| {
        steps.iter().filter_map(Step::publish).map(move |publish| (message, publish))
    })
}

fn small(position: usize) -> u16 {
    u16::try_from(position).expect("a checked scenario has at most 2^16 components of a kind")
}
