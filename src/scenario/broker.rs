//! The broker as a whole: its nodes, its disks, its memory.

use super::model::{Broker, Replication};
use super::reader::Reader;
use super::shape::BROKER;
use super::tree::Node;
use super::words::REPLICATION;

/// A majority of more has never been seen.
const MOST_NODES: u32 = 99;

impl Reader<'_> {
    /// `broker:`.
    pub(super) fn broker(&mut self, node: Option<&Node>) -> Broker {
        let mut broker = Broker::single();
        let Some(fields) = node.and_then(|node| self.fields(node, &BROKER)) else { return broker };
        if let Some(nodes) = fields.get("nodes").and_then(|n| self.small_count(n, 1..=MOST_NODES)) {
            broker.nodes = nodes;
        }
        broker.replication =
            fields.get("replication").and_then(|n| self.choice(n, REPLICATION)).unwrap_or(Replication::None);
        if let Some(failover) = fields.get("failover").and_then(|n| self.span(n)) {
            broker.failover = failover;
        }
        if let Some(fsync) = fields.get("fsync").and_then(|n| self.distribution(n)) {
            broker.fsync = fsync;
        }
        broker.memory_limit = fields.get("memory_limit").and_then(|n| self.or_off(n, Self::size)).flatten();
        broker
    }
}
