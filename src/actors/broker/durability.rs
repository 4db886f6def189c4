//! How safely the broker keeps what it has: on which nodes' disks, and what waits for that.
//!
//! Without it (a single node whose disk takes no time and which nothing can strike) everything is safe at
//! once, and none of this exists.
//!
//! - `none`, `async`: a change takes effect at once. Its confirm waits for the leader's disk; what a change of
//!   leader can still undo is remembered until it can not.
//! - `quorum`: a change takes effect when a majority has it on disk, so what has taken effect is never undone.
//!
//! Model: under `quorum` everything is kept as a durable queue keeps persistent messages.
//! Model: what the broker does by itself (expiring, dead-lettering, dropping), delivery counts and delays are known
//! to every node at once.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::actors::link::{Latency, Link};
use crate::faults::{Leader, Partition};
use crate::protocol::event::Publish;
use crate::protocol::fact::CopyEnd;
use crate::protocol::id::{FaultId, QueueId};
use crate::protocol::node::{DiskWrote, FailoverDue, Lsn, Medium, Replicated, Reported, Write};
use crate::protocol::{Ctx, Event};
use crate::quantity::{Span, Time};
use crate::scenario::model::{CrashHow, Replication};

use super::answers::Taken;
use super::cluster::{Action, Cluster, Contents};
use super::copy::Copy;

/// What the nodes of a run are like.
#[derive(Debug)]
pub struct Nodes {
    /// How they share what they store.
    pub replication: Replication,
    /// From a leader's end until another node leads.
    pub failover: Span,
    /// One per node.
    pub parts: Vec<NodeParts>,
    /// The partitions that can come between them.
    pub partitions: Vec<Rc<Partition>>,
    /// Tells links who leads.
    pub leader: Leader,
}

/// A node's disk and its way to the leader.
#[derive(Debug)]
pub struct NodeParts {
    /// How long a write takes.
    pub fsync: Latency,
    /// The way to it and back.
    pub link: Link,
}

/// The nodes at work.
#[derive(Debug)]
pub(super) struct Durability {
    pub(super) cluster: Cluster,
    disks: Vec<NodeDisk>,
    failover: Span,
    partitions: Vec<Rc<Partition>>,
    leader: Leader,
    /// Publishes whose confirm waits for a disk.
    waiting: VecDeque<(Lsn, QueueId, Publish)>,
    /// Copies that were acked, and could come back.
    settled: VecDeque<(Lsn, QueueId, Copy)>,
    /// What a majority does not have yet.
    held_back: VecDeque<(Lsn, Event)>,
    turns: Vec<Turn>,
    /// How the leader died that nobody has followed yet.
    pub(super) death: CrashHow,
}

#[derive(Debug)]
struct NodeDisk {
    parts: NodeParts,
    stalled_until: Time,
    /// The latest arrival on the way to the node, and back: messages keep their order.
    latest: [Time; 2],
}

/// A turn in the life of the cluster that the whole broker takes part in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// The leader has died.
    Lost { how: CrashHow },
    /// A node leads, with the log up to `end`.
    Leads { node: u16, end: Lsn, contents: Contents },
}

const THERE: usize = 0;
const BACK: usize = 1;

impl Durability {
    pub(super) fn new(nodes: Nodes) -> Self {
        let Nodes { replication, failover, parts, partitions, leader } = nodes;
        let count = u16::try_from(parts.len()).expect("a broker has few nodes");
        let disk = |parts| NodeDisk { parts, stalled_until: Time::ZERO, latest: [Time::ZERO; 2] };
        Self {
            cluster: Cluster::new(count, replication),
            disks: parts.into_iter().map(disk).collect(),
            failover,
            partitions,
            leader,
            waiting: VecDeque::new(),
            settled: VecDeque::new(),
            held_back: VecDeque::new(),
            turns: Vec::new(),
            death: CrashHow::Process,
        }
    }

    /// Whether a majority has to have a change before it takes effect.
    pub(super) fn is_quorum(&self) -> bool {
        self.cluster.replication() == Replication::Quorum
    }

    /// Notes a change that takes effect now. `None` if it needs no place in the log: a quorum has it already,
    /// or no node but this will ever know of it.
    pub(super) fn append(&mut self, medium: Medium, context: &mut Ctx) -> Option<Lsn> {
        match (self.cluster.replication(), medium) {
            (Replication::Quorum, _) | (Replication::None, Medium::Memory) => None,
            (Replication::None, Medium::Disk) | (Replication::Async, _) => {
                let lsn = self.cluster.append(medium);
                self.follow(context);
                Some(lsn)
            }
        }
    }

    /// Notes that `copy` is stored, and says whether its confirm has to wait for a disk.
    pub(super) fn store(
        &mut self,
        queue: QueueId,
        copy: &mut Copy,
        medium: Medium,
        publish: Publish,
        context: &mut Ctx,
    ) -> Taken {
        self.store_unconfirmed(copy, medium, context);
        match medium {
            Medium::Disk => self.confirm_when_safe(copy.lsn, queue, publish),
            Medium::Memory => Taken::Stored,
        }
    }

    /// Notes that `copy` is stored, which nobody asked to hear.
    pub(super) fn store_unconfirmed(&mut self, copy: &mut Copy, medium: Medium, context: &mut Ctx) -> Taken {
        copy.lsn = self.append(medium, context).unwrap_or_default();
        Taken::Stored
    }

    /// Lets the confirm of `publish` wait until the leader's disk has everything up to `lsn`.
    pub(super) fn confirm_when_safe(&mut self, lsn: Lsn, queue: QueueId, publish: Publish) -> Taken {
        if self.cluster.confirmable() >= lsn {
            return Taken::Stored;
        }
        self.waiting.push_back((lsn, queue, publish));
        Taken::Waits
    }

    /// A publish that was recognised is as safe as the first copy of its message.
    pub(super) fn store_again(&mut self, queue: QueueId, publish: Publish) -> Taken {
        let is_first =
            |entry: &&(Lsn, QueueId, Publish)| (entry.1, entry.2.message) == (queue, publish.message);
        let Some(&(lsn, ..)) = self.waiting.iter().find(is_first) else { return Taken::Stored };
        let at = self.waiting.partition_point(|(other, ..)| *other <= lsn);
        self.waiting.insert(at, (lsn, queue, publish));
        Taken::Waits
    }

    /// Notes that `copy` was acked, and says whether that can be undone.
    pub(super) fn settle(
        &mut self,
        queue: QueueId,
        copy: Copy,
        medium: Medium,
        context: &mut Ctx,
    ) -> CopyEnd {
        let Some(lsn) = self.append(medium, context) else { return CopyEnd::Acked };
        if self.cluster.stands() >= lsn {
            return CopyEnd::Acked;
        }
        self.settled.push_back((lsn, queue, copy));
        CopyEnd::AckedForNow
    }

    /// Holds an event back until a majority has it.
    pub(super) fn hold_back(&mut self, event: Event, context: &mut Ctx) {
        let lsn = self.cluster.append(Medium::Disk);
        self.held_back.push_back((lsn, event));
        self.follow(context);
    }

    /// The next publish whose confirm need not wait any more.
    pub(super) fn next_confirm(&mut self) -> Option<Publish> {
        let safe = self.cluster.confirmable();
        self.waiting.front().filter(|(lsn, ..)| *lsn <= safe)?;
        self.waiting.pop_front().map(|(.., publish)| publish)
    }

    /// The next ack that cannot be undone any more.
    pub(super) fn next_standing(&mut self) -> Option<(QueueId, Copy)> {
        let stands = self.cluster.stands();
        self.settled.front().filter(|(lsn, ..)| *lsn <= stands)?;
        self.settled.pop_front().map(|(_, queue, copy)| (queue, copy))
    }

    /// The next event that a majority has.
    pub(super) fn next_agreed(&mut self) -> Option<Event> {
        let agreed = self.cluster.stands();
        self.held_back.front().filter(|(lsn, _)| *lsn <= agreed)?;
        self.held_back.pop_front().map(|(_, event)| event)
    }

    /// The latest ack behind `end`, newest first.
    pub(super) fn next_undone(&mut self, end: Lsn) -> Option<(QueueId, Copy)> {
        self.settled.back().filter(|(lsn, ..)| *lsn > end)?;
        self.settled.pop_back().map(|(_, queue, copy)| (queue, copy))
    }

    /// What never became known to enough nodes.
    pub(super) fn take_held_back(&mut self) -> VecDeque<(Lsn, Event)> {
        std::mem::take(&mut self.held_back)
    }

    /// Nobody will confirm what waits.
    pub(super) fn forget_waiting(&mut self) {
        self.waiting.clear();
    }

    /// What the whole broker has to take part in.
    pub(super) fn take_turns(&mut self) -> Vec<Turn> {
        std::mem::take(&mut self.turns)
    }

    /// Another node leads from now on.
    pub(super) fn set_leader(&self, node: u16) {
        self.leader.set(u32::from(node));
    }

    /// A disk is through with a write, unless it stalls.
    pub(super) fn wrote(&mut self, wrote: DiskWrote, context: &mut Ctx) {
        let stalled_until = self.disks[usize::from(wrote.node)].stalled_until;
        if stalled_until > context.now() {
            context.remind_at(stalled_until, wrote);
        } else {
            self.cluster.written(wrote.node, wrote.write);
        }
    }

    /// A disk stalls: the write under way, and those that begin, wait for the end of that.
    pub(super) fn stall(&mut self, node: u16, until: Time) {
        let disk = &mut self.disks[usize::from(node)];
        disk.stalled_until = disk.stalled_until.max(until);
    }

    /// A partition begins.
    pub(super) fn part(&mut self, fault: FaultId) {
        let Some(partition) = self.partitions.iter().find(|partition| partition.fault() == fault) else {
            return;
        };
        let nodes = u16::try_from(self.disks.len()).expect("a broker has few nodes");
        let pairs = (0..nodes).flat_map(|one| (one + 1..nodes).map(move |other| (one, other)));
        let parted = pairs.filter(|&(one, other)| partition.parts_nodes(u32::from(one), u32::from(other)));
        self.cluster.parted(fault.0, parted.collect());
    }

    /// Does what the cluster asks for.
    pub(super) fn follow(&mut self, context: &mut Ctx) {
        loop {
            let mut actions = self.cluster.take_actions();
            let is_done = actions.is_empty();
            for action in actions.drain(..) {
                self.perform(action, context);
            }
            self.cluster.give_back(actions);
            if is_done {
                return;
            }
        }
    }

    fn perform(&mut self, action: Action, context: &mut Ctx) {
        match action {
            Action::Write { node, write } => self.write(node, write, context),
            Action::Send { to, medium } => {
                let at = self.arrival(to.node, THERE, context);
                context.remind_at(at, Replicated { voyage: to, medium });
            }
            Action::Report { from } => {
                let at = self.arrival(from.node, BACK, context);
                context.remind_at(at, Reported { voyage: from });
            }
            Action::CountDown { election } => {
                context.remind_at(context.now() + self.failover, FailoverDue { election });
            }
            Action::LeaderLost { how } => {
                self.death = how;
                self.turns.push(Turn::Lost { how });
            }
            Action::Leads { node, end, contents } => self.turns.push(Turn::Leads { node, end, contents }),
        }
    }

    fn write(&mut self, node: u16, write: Write, context: &mut Ctx) {
        let disk = &self.disks[usize::from(node)];
        let lasts = match &disk.parts.fsync {
            Latency::Constant(delay) => delay.span(),
            Latency::Random { sampler, stream } => sampler.sample(context.stream(*stream)),
        };
        let at = context.now().max(disk.stalled_until) + lasts;
        if at == context.now() {
            self.cluster.written(node, write);
        } else {
            context.remind_at(at, DiskWrote { node, write });
        }
    }

    fn arrival(&mut self, node: u16, way: usize, context: &mut Ctx) -> Time {
        let NodeDisk { parts, latest, .. } = &mut self.disks[usize::from(node)];
        latest[way] = latest[way].max(context.now() + parts.link.draw(context));
        latest[way]
    }
}
