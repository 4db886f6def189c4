//! The broker's nodes: their disks, and the way between them.

use crate::actors::broker::durability::{NodeParts, Nodes};
use crate::actors::link::{Latency, Link};
use crate::faults::LinkRules;
use crate::kernel::chance::stream;
use crate::protocol::Ctx;
use crate::scenario::model::{Distribution, Replication, Scenario};

use super::spells::{BROKER, Partitions};
use super::{chance, faulting};

/// How many nodes there are to strike: none where it does not matter what they do.
pub(super) fn count(scenario: &Scenario) -> u32 {
    if matter(scenario) { scenario.broker.nodes } else { 0 }
}

/// What the nodes are like, if it matters what they do.
pub(super) fn of(scenario: &Scenario, partitions: &Partitions<'_>, context: &mut Ctx) -> Option<Nodes> {
    matter(scenario).then(|| Nodes {
        replication: scenario.broker.replication,
        failover: scenario.broker.failover,
        parts: (0..scenario.broker.nodes).map(|node| parts(scenario, node, context)).collect(),
        partitions: partitions.inside_the_broker(),
        leader: partitions.leader(),
    })
}

/// Storing takes no time, and nothing is ever lost, unless one of these says otherwise.
fn matter(scenario: &Scenario) -> bool {
    let broker = &scenario.broker;
    let takes_time = !matches!(broker.fsync, Distribution::Constant(span) if span.is_zero());
    let replicates = broker.nodes > 1 && broker.replication != Replication::None;
    takes_time || replicates || faulting::can_strike_nodes(scenario)
}

fn parts(scenario: &Scenario, node: u32, context: &mut Ctx) -> NodeParts {
    let name = format!("{BROKER}#{node}");
    let between = |link: &&crate::scenario::model::LinkLatency| link.between.iter().all(|end| end == BROKER);
    let named = scenario.network.links.iter().rev().find(between);
    let latency = named.map_or(&scenario.network.latency, |link| &link.latency);
    NodeParts {
        fsync: timing(scenario.seed, &scenario.broker.fsync, &name, "fsync", context),
        link: Link {
            latency: timing(scenario.seed, latency, &name, "latency", context),
            rules: LinkRules::default(),
        },
    }
}

fn timing(seed: u64, spans: &Distribution, name: &str, purpose: &str, context: &mut Ctx) -> Latency {
    match spans {
        Distribution::Constant(span) => Latency::Constant(context.delay(*span)),
        random => Latency::Random {
            sampler: chance::sampler(random),
            stream: context.add_stream(stream(seed, name, purpose)),
        },
    }
}
