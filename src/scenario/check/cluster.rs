//! What the broker's settings mean together: nodes, replication, failover, disks, memory.

use crate::quantity::{Span, bytes_text};

use super::super::model::{Distribution, Replication, Scenario, Store};
use super::super::reader::Reader;
use super::super::registry;
use super::super::tree::{Entry, Node, Value};
use super::{descend, place_in};

impl Reader<'_> {
    /// Warns about nodes, replication and failover that cannot have their effect.
    pub(super) fn question_cluster(&mut self, scenario: &Scenario, node: &Node) {
        let broker = &scenario.broker;
        let given = |key: &str| descend(node, &[key]);
        let alone = broker.nodes == 1;
        if let (Some(replication), true) = (given("replication"), alone)
            && broker.replication != Replication::None
        {
            self.warning(
                &registry::CLUSTER_OF_ONE,
                &replication.place,
                "one node has nobody to replicate to",
            )
            .help("add `nodes: 3`");
        }
        if let (Some(failover), true) = (given("failover"), alone || broker.replication == Replication::None)
        {
            let message =
                if alone { "one node has no other to fail over to" } else { "no other node has the queues" };
            let help =
                if alone { "add `nodes: 3` and `replication: quorum`" } else { "add `replication: quorum`" };
            self.warning(&registry::CLUSTER_OF_ONE, &failover.place, message).help(help);
        }
        if let (Some(nodes), None, false) = (given("nodes"), given("replication"), alone) {
            let message = format!("of {} nodes only the first has the queues", broker.nodes);
            self.warning(&registry::CLUSTER_OF_ONE, &nodes.place, message)
                .help("add `replication: quorum` or `async`; `replication: none` if it is meant");
        }
        if let (Some(nodes), 2, Replication::Quorum) = (given("nodes"), broker.nodes, broker.replication) {
            self.warning(&registry::QUORUM_OF_TWO, &nodes.place, "a quorum of 2 nodes survives no failure")
                .help("the majority of 2 is 2, of 3 it is 2 as well: write `nodes: 3`");
        }
    }

    /// Warns about a limit that a single message reaches.
    pub(super) fn question_memory(&mut self, scenario: &Scenario, node: &Node, producers: &[Entry]) {
        let (Some(limit), Some(given)) = (scenario.broker.memory_limit, descend(node, &["memory_limit"]))
        else {
            return;
        };
        let Some(largest) = scenario.producers.iter().max_by_key(|producer| producer.message.size) else {
            return;
        };
        if largest.message.size >= limit {
            let message = format!(
                "a single message of `{}` takes {}, which reaches the limit",
                largest.name,
                bytes_text(largest.message.size)
            );
            self.warning(&registry::MEMORY_LIMIT_TINY, &given.place, message)
                .also(place_in(producers, &largest.name, &["message", "size"]), "its messages")
                .help("publishers are blocked after every message");
        }
    }

    /// Warns about stalls of disks that take no time; `items` are those of `faults:`.
    pub(super) fn question_stalls(&mut self, scenario: &Scenario, items: &[Node]) {
        let stalls = items.iter().filter_map(Node::entries).flatten().filter(|entry| entry.key == "stall");
        for stall in stalls {
            let target = stall.node.entries().into_iter().flatten().find(|entry| entry.key == "target");
            let Some(Value::Scalar { text, .. }) = target.map(|target| &target.node.value) else { continue };
            let store = scenario.stores.iter().find(|store| store.name == *text);
            let database = store.and_then(Store::database);
            let (takes_time, cure) = match database {
                Some(database) => (
                    database.fsync != Distribution::Constant(Span::ZERO) || database.disks.is_some(),
                    format!("say how long a commit takes: `{text}: {{fsync: 2ms}}`"),
                ),
                None => (
                    scenario.broker.fsync != Distribution::Constant(Span::ZERO),
                    "say how long a write takes: `broker: {fsync: 2ms}`".to_owned(),
                ),
            };
            if !takes_time {
                let message = "a disk that takes no time cannot stall";
                self.warning(&registry::STALL_WITHOUT_FSYNC, &stall.place, message).help(cure);
            }
        }
    }
}

/// The items of a list, none if it is something else.
pub(super) fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}
