//! Logs: partitions of records that stay after they were read, and the consumer groups that read them.
//!
//! - `partition`: records and their retention
//! - `offsets`: where one group stands in one partition
//! - `coordinator`: who is in a group, and who may work on which partition
//! - `group`: both together, and who waits for records
//! - `sequences`: what makes producers idempotent
//! - `storing`, `reading`, `membership`, `recovery`: the broker's own work, by occasion

pub mod coordinator;
pub mod group;
mod membership;
pub mod offsets;
pub mod partition;
mod reading;
mod recovery;
pub mod sequences;
mod storing;

use crate::kernel::chance::spread;
use crate::protocol::fact::CopyEnd;
use crate::protocol::id::{Key, MessageId, QueueId};
use crate::protocol::{Ctx, Fact};
use crate::quantity::{Span, Time};

use self::group::Group;
use self::partition::Partition;
use self::sequences::Sequences;
use super::Broker;
use super::dedup::Dedup;

/// A log and its groups.
#[derive(Debug)]
pub struct Log {
    partitions: Vec<Partition>,
    groups: Vec<Group>,
    retention: Option<Span>,
    retention_size: Option<u64>,
    max_deliveries: Option<u32>,
    sequences: Option<Sequences>,
    dedup: Option<Dedup>,
    /// Partitions with new records since somebody looked.
    touched: Vec<u32>,
    /// Whether a `RetentionDue` is on its way.
    retention_armed: bool,
}

impl Log {
    /// An empty log with the settings of `config`, which is one of a log.
    #[must_use]
    pub fn new(config: &crate::scenario::model::Queue, groups: Vec<Group>) -> Self {
        let log = config.log.as_ref().expect("a log has the settings of one");
        Self {
            partitions: vec![Partition::default(); log.partitions as usize],
            groups,
            retention: log.retention,
            retention_size: log.retention_size,
            max_deliveries: config.max_deliveries,
            sequences: config.idempotent_producers.then(Sequences::default),
            dedup: config.dedup_window.map(Dedup::new),
            touched: Vec::new(),
            retention_armed: false,
        }
    }

    /// Where a message goes: messages with the same key to the same partition, those without one to each
    /// in turn, by their numbers.
    fn partition_of(&self, key: Key, message: MessageId) -> usize {
        let number = if key == Key::NONE { message.number() } else { spread(u64::from(key.0)) };
        usize::try_from(number % self.partitions.len() as u64).expect("partitions are counted in u32")
    }
}

impl Group {
    /// How a record ends that a commit passed: for good, unless a replay may still undo it.
    const fn done(&self) -> CopyEnd {
        if self.replays.is_empty() { CopyEnd::Acked } else { CopyEnd::AckedForNow }
    }

    /// How a record ends that the group leaves out.
    const fn left_out(&self) -> CopyEnd {
        if self.replays.is_empty() { CopyEnd::Dropped } else { CopyEnd::AckedForNow }
    }

    /// Reports the end of records of `partition` for this group.
    fn end_all(&self, partition: &Partition, offsets: &[u64], end: CopyEnd, context: &mut Ctx) {
        for record in offsets.iter().filter_map(|offset| partition.get(*offset)) {
            context.emit(Fact::CopyEnded { message: record.message, group: self.id, end });
        }
    }
}

impl Broker {
    fn log(&mut self, queue: QueueId) -> Option<&mut Log> {
        self.logs[usize::from(queue.0)].as_deref_mut()
    }

    /// Whether it is a log.
    pub(super) fn is_log(&self, queue: QueueId) -> bool {
        self.logs[usize::from(queue.0)].is_some()
    }

    /// Sends what is new to whoever waits for it, or if nothing is, what there is; and reports the log.
    pub(super) fn pump_log(&mut self, queue: QueueId, context: &mut Ctx) {
        let Some(log) = self.log(queue) else { return };
        let touched = std::mem::take(&mut log.touched);
        if touched.is_empty() {
            (0..log_groups(self.log(queue))).for_each(|group| self.answer_polls(queue, group, context));
        }
        for partition in touched {
            let groups = log_groups(self.log(queue));
            for group in 0..groups {
                let owner = self.log(queue).and_then(|log| log.groups[group].coordinator.owner(partition));
                if let Some(owner) = owner {
                    self.answer_poll(queue, group, owner.member, context);
                }
            }
        }
        self.report_log(queue, context);
    }

    /// Reports what a log holds for each of its groups.
    fn report_log(&mut self, queue: QueueId, context: &mut Ctx) {
        let Some(log) = self.log(queue) else { return };
        for group in &log.groups {
            let (ready, unacked, oldest_at) = group.levels(&log.partitions);
            let small = |count: u64| u32::try_from(count).expect("fewer than 2^32 records wait");
            context.emit(Fact::QueueChanged {
                group: group.id,
                ready: small(ready),
                unacked: small(unacked),
                oldest_at,
            });
        }
    }

    /// What the clock has to do for logs from the start on.
    pub(super) fn start_logs(&mut self, context: &mut Ctx) {
        for queue in (0..self.logs.len()).map(|at| QueueId(small(at))) {
            let groups = log_groups(self.log(queue));
            for group in 0..groups {
                self.arm_sessions(queue, group, context);
                self.arm_replays(queue, group, context);
            }
        }
    }
}

fn log_groups(log: Option<&mut Log>) -> usize {
    log.map_or(0, |log| log.groups.len())
}

fn small(position: usize) -> u16 {
    u16::try_from(position).expect("a checked scenario has at most 2^16 components of a kind")
}

/// When something that was stored at `stored_at` is too old.
fn too_old_at(stored_at: Time, retention: Span) -> Time {
    stored_at + retention
}
