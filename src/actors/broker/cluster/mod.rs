//! The broker's nodes: who has received and written what, who leads, and what a change of leader loses.
//!
//! Every change has a position in one log, the leader's. The leader writes it to its disk and sends it to
//! the others; they write it and report back.
//!
//! ```text
//!  leader   append ──▶ Write … written ──────────────────┐
//!             └─ Send ──▶ arrived ──▶ Write … written      ├─▶ what may be confirmed
//!  follower                             └─ Report ─▶ heard┘
//! ```
//!
//! Time, latencies and chance are the caller's business: what has to happen later is asked for with an
//! [`Action`]. `disk` is one node's log, `election` is who leads next.

mod disk;
mod election;

use crate::protocol::node::{Lsn, Medium, Voyage, Write};
use crate::scenario::model::{CrashHow, Replication};

use self::disk::Disk;

/// Something the cluster asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Let `written` come when the node's disk is done.
    Write { node: u16, write: Write },
    /// Let `arrived` come one latency from now.
    Send { to: Voyage, medium: Medium },
    /// Let `heard` come one latency from now.
    Report { from: Voyage },
    /// Let `failover_due` come when a failover's time has passed.
    CountDown { election: u32 },
    /// The node that led has died.
    LeaderLost { how: CrashHow },
    /// A node leads from now on. The log ends at `end`, and what is behind that is lost.
    Leads { node: u16, end: Lsn, contents: Contents },
}

/// What a node has of the log it has received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// Everything.
    Everything,
    /// What belongs on disk.
    WhatIsOnDisk,
}

/// Whether a node may lead under asynchronous replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sync {
    /// It may.
    In,
    /// It has what it lacked, and is about to.
    Joining,
    /// It may not.
    Out,
}

#[derive(Clone, Debug)]
struct Node {
    is_up: bool,
    incarnation: u16,
    disk: Disk,
    contents: Contents,
    sync: Sync,
    /// What the leader knows to be on its disk.
    told: Lsn,
}

/// Two sets of nodes that do not hear each other: the pairs, by the fault that parts them.
type Parting = (u16, Vec<(u16, u16)>);

/// Where the failover stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failover {
    /// None is needed.
    Idle,
    /// It is on its way.
    Counting(u32),
    /// It waits for a node that can lead.
    Overdue,
}

/// The nodes of the broker.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    replication: Replication,
    nodes: Vec<Node>,
    leader: u16,
    /// Whether the leader is alive and knows that it leads.
    is_led: bool,
    term: u32,
    head: Lsn,
    /// No change of leader can undo what is up to here.
    stands: Lsn,
    failover: Failover,
    elections: u32,
    partings: Vec<Parting>,
    actions: Vec<Action>,
}

impl Cluster {
    /// `nodes` nodes that are up and have nothing; node 0 leads.
    pub(super) fn new(nodes: u16, replication: Replication) -> Self {
        let replication = if nodes == 1 { Replication::None } else { replication };
        let node = Node {
            is_up: true,
            incarnation: 0,
            disk: Disk::default(),
            contents: Contents::Everything,
            sync: Sync::In,
            told: Lsn::default(),
        };
        Self {
            replication,
            nodes: vec![node; usize::from(nodes)],
            leader: 0,
            is_led: true,
            term: 0,
            head: Lsn::default(),
            stands: Lsn::default(),
            failover: Failover::Idle,
            elections: 0,
            partings: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// How nodes share what they store.
    pub(super) const fn replication(&self) -> Replication {
        self.replication
    }

    /// Whether someone leads.
    pub(super) const fn is_led(&self) -> bool {
        self.is_led
    }

    /// What was asked for since the last time, in order.
    pub(super) fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Gives the emptied list back, so that it need not be made anew.
    pub(super) fn give_back(&mut self, mut actions: Vec<Action>) {
        if self.actions.is_empty() {
            actions.clear();
            self.actions = actions;
        }
    }

    /// Up to where the leader may confirm what has to be on disk.
    pub(super) fn confirmable(&self) -> Lsn {
        match self.replication {
            Replication::Quorum => self.stands,
            Replication::None | Replication::Async => self.node(self.leader).disk.persisted,
        }
    }

    /// Up to where nothing can be undone any more.
    pub(super) const fn stands(&self) -> Lsn {
        self.stands
    }

    /// The leader changes something: the position of the change.
    pub(super) fn append(&mut self, medium: Medium) -> Lsn {
        assert!(self.is_led, "nothing changes without a leader");
        self.head = self.head.next();
        let (head, leader) = (self.head, self.leader);
        if let Some(write) = self.node_mut(leader).disk.receive(head, medium) {
            self.actions.push(Action::Write { node: leader, write });
        }
        self.send_to_all(medium);
        self.progress();
        head
    }

    /// Something the leader sent has arrived.
    ///
    /// Model: what a dead leader had on its way is lost with it.
    pub(super) fn arrived(&mut self, voyage: Voyage, medium: Medium) {
        if !self.is_led || !self.is_current(voyage) {
            return;
        }
        let node = self.node_mut(voyage.node);
        let write = node.disk.receive(voyage.lsn, medium);
        node.contents = Contents::Everything;
        if node.sync == Sync::Out {
            node.sync = Sync::Joining;
        }
        if let Some(write) = write {
            self.actions.push(Action::Write { node: voyage.node, write });
        }
        if self.node(voyage.node).disk.persisted >= voyage.lsn {
            self.report(voyage.node);
        }
        self.progress();
    }

    /// A disk has written.
    pub(super) fn written(&mut self, node: u16, write: Write) {
        let before = self.node(node).disk.persisted;
        if let Some(write) = self.node_mut(node).disk.written(write) {
            self.actions.push(Action::Write { node, write });
        }
        if self.node(node).disk.persisted > before && node != self.leader {
            self.report(node);
        }
        self.progress();
    }

    /// A report has reached the leader.
    pub(super) fn heard(&mut self, voyage: Voyage) {
        if self.is_current(voyage) {
            let node = self.node_mut(voyage.node);
            node.told = node.told.max(voyage.lsn);
            self.progress();
        }
    }

    /// A node has died.
    pub(super) fn died(&mut self, dead: u16, how: CrashHow) {
        let node = self.node_mut(dead);
        node.is_up = false;
        node.incarnation = node.incarnation.wrapping_add(1);
        node.disk.lose_memory();
        node.contents = Contents::WhatIsOnDisk;
        if dead == self.leader && self.is_led {
            self.is_led = false;
            self.actions.push(Action::LeaderLost { how });
        } else if self.is_led {
            // Model: the leader notices at once that another node is gone.
            self.node_mut(dead).sync = Sync::Out;
        }
        self.progress();
        self.assess();
    }

    /// A node is back, with what its disk has.
    pub(super) fn back(&mut self, node: u16) {
        self.node_mut(node).is_up = true;
        self.catch_up(node);
        self.assess();
    }

    /// Some nodes do not hear others any more.
    pub(super) fn parted(&mut self, fault: u16, pairs: Vec<(u16, u16)>) {
        self.partings.push((fault, pairs));
        // Only a leader that can speak for the cluster puts others out of it.
        if self.is_led && self.has_majority(self.leader) {
            for node in self.ids() {
                if !self.hear_each_other(self.leader, node) {
                    self.node_mut(node).sync = Sync::Out;
                }
            }
        }
        self.progress();
        self.assess();
    }

    /// They do again.
    pub(super) fn healed(&mut self, fault: u16) {
        self.partings.retain(|(of, _)| *of != fault);
        for node in self.ids() {
            self.catch_up(node);
        }
        self.assess();
    }

    /// Sends a node what it may lack.
    fn catch_up(&mut self, node: u16) {
        if self.is_led && node != self.leader {
            self.send(node, Medium::Disk);
        }
    }

    fn send_to_all(&mut self, medium: Medium) {
        for node in self.ids() {
            if node != self.leader {
                self.send(node, medium);
            }
        }
    }

    fn send(&mut self, node: u16, medium: Medium) {
        if self.replication != Replication::None
            && self.node(node).is_up
            && self.hear_each_other(self.leader, node)
        {
            let to = self.voyage(node, self.head);
            self.actions.push(Action::Send { to, medium });
        }
    }

    /// A node tells the leader what its disk has.
    fn report(&mut self, node: u16) {
        if self.is_led && self.node(node).is_up && self.hear_each_other(self.leader, node) {
            let from = self.voyage(node, self.node(node).disk.persisted);
            self.actions.push(Action::Report { from });
        }
    }

    fn voyage(&self, node: u16, lsn: Lsn) -> Voyage {
        Voyage { node, incarnation: self.node(node).incarnation, term: self.term, lsn }
    }

    fn is_current(&self, voyage: Voyage) -> bool {
        voyage.term == self.term && voyage.incarnation == self.node(voyage.node).incarnation
    }

    /// Finds out how far nothing can be undone.
    fn progress(&mut self) {
        let reached = match self.replication {
            _ if !self.is_led => return,
            Replication::None => self.node(0).disk.persisted,
            Replication::Async => self.in_every_disk(),
            Replication::Quorum => self.in_a_majority(),
        };
        self.stands = self.stands.max(reached);
        let stands = self.stands;
        for node in &mut self.nodes {
            // Whoever joins has held `stands` up since; so it never has less than what stands.
            if node.sync == Sync::Joining && node.disk.persisted >= stands {
                node.sync = Sync::In;
            }
        }
    }

    /// What every node that may lead has on disk, whether the leader knows or not.
    fn in_every_disk(&self) -> Lsn {
        let candidates = self.nodes.iter().filter(|node| node.sync != Sync::Out);
        candidates.map(|node| node.disk.persisted).min().unwrap_or_default()
    }

    /// What the leader knows to be on a majority's disks.
    fn in_a_majority(&self) -> Lsn {
        let known = |node: u16| {
            if node == self.leader { self.node(node).disk.persisted } else { self.node(node).told }
        };
        let has_majority =
            |lsn: Lsn| self.ids().filter(|&node| known(node) >= lsn).count() >= self.majority();
        self.ids().map(known).filter(|&lsn| has_majority(lsn)).max().unwrap_or_default()
    }

    const fn majority(&self) -> usize {
        self.nodes.len() / 2 + 1
    }

    /// Whether a node that is up hears a majority, itself included.
    fn has_majority(&self, node: u16) -> bool {
        let heard = |&other: &u16| self.node(other).is_up && self.hear_each_other(node, other);
        self.node(node).is_up && self.ids().filter(heard).count() >= self.majority()
    }

    fn hear_each_other(&self, one: u16, other: u16) -> bool {
        let parts = |&(a, b): &(u16, u16)| (a, b) == (one, other) || (b, a) == (one, other);
        !self.partings.iter().any(|(_, pairs)| pairs.iter().any(parts))
    }

    fn ids(&self) -> std::ops::Range<u16> {
        0..u16::try_from(self.nodes.len()).expect("a broker has few nodes")
    }

    fn node(&self, node: u16) -> &Node {
        &self.nodes[usize::from(node)]
    }

    fn node_mut(&mut self, node: u16) -> &mut Node {
        &mut self.nodes[usize::from(node)]
    }
}

#[cfg(test)]
mod tests;
