//! Who leads when the leader is gone, or cannot reach a majority.
//!
//! - `none`: node 0, as soon as it is back.
//! - `async`: of the nodes that were in sync when the leader was last heard, the one that received most.
//! - `quorum`: the one with the longest log among those that a majority finds at least as long as its own.
//!
//! The latter two take the failover's time; a node that comes back meanwhile takes part.

use crate::scenario::model::Replication;

use super::{Action, Cluster, Contents, Failover, Lsn, Sync};

impl Cluster {
    /// The time of a failover has passed.
    pub(in crate::actors::broker) fn failover_due(&mut self, election: u32) {
        if self.failover == Failover::Counting(election) {
            self.failover = Failover::Overdue;
            self.assess();
        }
    }

    /// Begins, goes on with, or gives up a failover.
    pub(super) fn assess(&mut self) {
        let candidate = self.candidate();
        let is_needed = !self.is_led || (!self.has_majority(self.leader) && candidate.is_some());
        match (is_needed, self.failover, candidate) {
            (false, _, _) => self.failover = Failover::Idle,
            (true, Failover::Idle, Some(node)) if self.replication == Replication::None => self.elect(node),
            (true, Failover::Idle, _) if self.replication != Replication::None => {
                self.elections += 1;
                self.failover = Failover::Counting(self.elections);
                self.actions.push(Action::CountDown { election: self.elections });
            }
            (true, Failover::Overdue, Some(node)) => self.elect(node),
            (true, _, _) => {}
        }
    }

    /// The node that would lead next.
    fn candidate(&self) -> Option<u16> {
        match self.replication {
            Replication::None => self.node(0).is_up.then_some(0).filter(|_| !self.is_led),
            Replication::Async => {
                // While the leader lives on its side, only a majority may replace it.
                let may_lead = |node: &u16| {
                    let speaks = !self.is_led || self.has_majority(*node);
                    speaks && self.node(*node).is_up && self.node(*node).sync == Sync::In
                };
                self.longest(self.ids().filter(may_lead))
            }
            Replication::Quorum => self.longest(self.ids().filter(|&node| self.wins(node))),
        }
    }

    /// Whether a majority would vote for `node`: whoever hears it and has no longer log.
    fn wins(&self, node: u16) -> bool {
        let own = self.node(node).disk.received;
        let votes = |&other: &u16| {
            let voter = self.node(other);
            voter.is_up && self.hear_each_other(node, other) && voter.disk.received <= own
        };
        self.node(node).is_up && self.ids().filter(votes).count() >= self.majority()
    }

    /// The first of those with the longest log.
    fn longest(&self, nodes: impl Iterator<Item = u16>) -> Option<u16> {
        nodes.max_by_key(|&node| (self.node(node).disk.received, std::cmp::Reverse(node)))
    }

    fn elect(&mut self, winner: u16) {
        let (end, contents) = (self.node(winner).disk.received, self.node(winner).contents);
        self.failover = Failover::Idle;
        self.leader = winner;
        self.is_led = true;
        self.term += 1;
        self.head = end;
        for node in &mut self.nodes {
            node.disk.truncate(end);
            node.told = Lsn::default();
        }
        if self.replication == Replication::Quorum {
            self.settle_reign(end);
        } else {
            self.begin_reign();
        }
        assert!(self.stands <= end, "what stands survives every change of leader");
        self.actions.push(Action::Leads { node: winner, end, contents });
        self.progress();
    }

    /// Model: a new leader brings those that elected it up to its own log, on disk, before it opens; that
    /// takes no longer than the failover.
    fn settle_reign(&mut self, end: Lsn) {
        for node in self.ids() {
            if self.node(node).is_up && self.hear_each_other(self.leader, node) {
                let node = self.node_mut(node);
                node.disk.hold_all(end);
                node.contents = Contents::Everything;
                node.told = end;
            }
        }
        self.stands = self.stands.max(end);
    }

    /// The leader is in sync with itself; the others have to catch up first.
    fn begin_reign(&mut self) {
        for node in &mut self.nodes {
            node.sync = Sync::Out;
        }
        let leader = self.leader;
        self.node_mut(leader).sync = Sync::In;
        self.node_mut(leader).contents = Contents::Everything;
        for node in self.ids() {
            self.catch_up(node);
        }
    }
}
