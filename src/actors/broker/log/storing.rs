//! What comes into a log, and what retention takes away.

use actix::Handler;

use crate::protocol::event::{Publish, ReplayDue, RetentionDue};
use crate::protocol::fact::CopyEnd;
use crate::protocol::id::QueueId;
use crate::protocol::{Ctx, Fact};
use crate::quantity::Time;
use crate::scenario::model::Start;

use super::super::Broker;
use super::super::answers::Taken;
use super::super::copy::Copy;
use super::partition::Record;
use super::{Log, small, too_old_at};

impl Broker {
    /// Appends a publish to a log, unless it was stored before.
    pub(in super::super) fn store_in_log(
        &mut self,
        queue: QueueId,
        publish: &Publish,
        context: &mut Ctx,
    ) -> Taken {
        let Publish { message, key, retries, .. } = *publish;
        let of_site = self.sites.of(message);
        let (renews_id, bytes) = (of_site.renews_id, of_site.message.size);
        let shown_id = (message, if renews_id { retries } else { 0 });
        let now = context.now();
        let Some(log) = self.log(queue) else { return Taken::Refused };
        let is_repeated = !renews_id && log.sequences.as_ref().is_some_and(|known| known.knows(message));
        if is_repeated || log.dedup.as_mut().is_some_and(|dedup| dedup.knows(now, shown_id)) {
            context.emit(Fact::Deduplicated { message, queue });
            return self
                .durability
                .as_mut()
                .map_or(Taken::Stored, |nodes| nodes.store_again(queue, *publish));
        }
        if let Some(sequences) = log.sequences.as_mut().filter(|_| !renews_id) {
            sequences.remember(message);
        }
        if let Some(dedup) = &mut log.dedup {
            dedup.remember(now, shown_id);
        }
        context.emit(Fact::Stored { message, queue });
        let mut copy = Copy::new(message, key, retries);
        let taken = self.keep(queue, &mut copy, *publish, context);
        let size = u32::try_from(bytes).unwrap_or(u32::MAX);
        let Copy { attempt, lsn, .. } = copy;
        self.append(queue, Record { message, key, attempt, size, stored_at: now, lsn }, context);
        taken
    }

    /// Appends a dead letter to a log.
    pub(in super::super) fn store_dead_letter(&mut self, queue: QueueId, copy: &Copy, context: &mut Ctx) {
        let Copy { message, key, attempt, lsn, .. } = *copy;
        let size = u32::try_from(self.sites.of(message).message.size).unwrap_or(u32::MAX);
        context.emit(Fact::Relocated { message, queue });
        self.append(queue, Record { message, key, attempt, size, stored_at: context.now(), lsn }, context);
    }

    fn append(&mut self, queue: QueueId, record: Record, context: &mut Ctx) {
        let Some(log) = self.log(queue) else { return };
        let at = log.partition_of(record.key, record.message);
        let offset = log.partitions[at].append(record);
        for group in log.groups.iter().filter(|group| offset < group.offsets[at].committed()) {
            let end = group.left_out();
            context.emit(Fact::CopyEnded { message: record.message, group: group.id, end });
        }
        log.touched.push(u32::try_from(at).expect("partitions are counted in u32"));
        if let Some(most) = log.retention_size {
            while let Some((offset, record)) = log.partitions[at].shrink(most) {
                log.lose(at, offset, record, context);
            }
        }
        self.arm_retention(queue, context);
    }

    fn arm_retention(&mut self, queue: QueueId, context: &mut Ctx) {
        let Some(log) = self.log(queue) else { return };
        let Some(retention) = log.retention.filter(|_| !log.retention_armed) else { return };
        let oldest = log.partitions.iter().filter_map(super::Partition::oldest_at).min();
        if let Some(oldest) = oldest {
            log.retention_armed = true;
            context.remind_at(too_old_at(oldest, retention), RetentionDue { queue: queue.0 });
        }
    }

    pub(super) fn arm_replays(&mut self, queue: QueueId, group: usize, context: &mut Ctx) {
        let Some(log) = self.log(queue) else { return };
        for replay in &log.groups[group].replays {
            let due = ReplayDue { queue: queue.0, group: small(group) };
            context.remind_at(Time::ZERO + replay.after, due);
        }
    }
}

impl Log {
    /// The record at `offset` of the partition at `at` is gone, for every group.
    fn lose(&mut self, at: usize, offset: u64, record: Record, context: &mut Ctx) {
        let partition = &self.partitions[at];
        for group in &mut self.groups {
            let (message, id) = (record.message, group.id);
            let offsets = &mut group.offsets[at];
            let was_unread = offsets.position() <= offset;
            let stands = offsets.is_done(offset) && !group.replays.is_empty();
            let is_lost = !offsets.lose_below(offset + 1).is_empty();
            if is_lost {
                context.emit(Fact::CopyEnded { message, group: id, end: CopyEnd::Expired });
            } else if stands {
                context.emit(Fact::AckStands { message, group: id });
            }
            // A reader that stands at what is gone goes on where its settings say: at the oldest or the newest.
            if is_lost && was_unread && group.start == Start::Latest {
                let skipped = group.offsets[at].commit(partition.end());
                group.end_all(partition, &skipped, group.left_out(), context);
            }
        }
    }

    /// Removes what is too old.
    ///
    /// Model: a record goes at the instant it is too old, not with its segment.
    fn expire(&mut self, context: &mut Ctx) {
        let Some(retention) = self.retention else { return };
        let Some(limit) = context.now().as_nanos().checked_sub(retention.as_nanos()) else { return };
        for at in 0..self.partitions.len() {
            while let Some((offset, record)) = self.partitions[at].expire(Time::from_nanos(limit)) {
                self.lose(at, offset, record, context);
            }
        }
    }
}

impl Handler<RetentionDue> for Broker {
    type Result = ();

    fn handle(&mut self, due: RetentionDue, context: &mut Ctx) {
        let queue = QueueId(due.queue);
        let Some(log) = self.log(queue) else { return };
        log.retention_armed = false;
        log.expire(context);
        self.arm_retention(queue, context);
        self.report_log(queue, context);
    }
}

impl Handler<ReplayDue> for Broker {
    type Result = ();

    /// The group goes on elsewhere; what its members work on now counts no more.
    fn handle(&mut self, due: ReplayDue, context: &mut Ctx) {
        let queue = QueueId(due.queue);
        let position = usize::from(due.group);
        let Some(log) = self.log(queue) else { return };
        let Log { partitions, groups, .. } = log;
        let group = &mut groups[position];
        let Some(replay) = group.replays.pop() else { return };
        for (at, partition) in partitions.iter().enumerate() {
            let (base, end) = (partition.base(), partition.end());
            let to = match replay.from {
                Start::Earliest => base,
                Start::Latest => end,
                Start::Offset(offset) => offset.clamp(base, end),
            };
            let stands = base..to.min(group.offsets[at].committed());
            let stands: Vec<u64> = stands.filter(|offset| group.offsets[at].is_done(*offset)).collect();
            let replayed = group.offsets[at].replay(context.now(), to);
            let facts = |offsets: &[u64]| -> Vec<_> {
                offsets.iter().filter_map(|offset| partition.get(*offset)).map(|r| r.message).collect()
            };
            for message in facts(&replayed.undone) {
                context.emit(Fact::AckUndone { message, group: group.id });
            }
            group.end_all(partition, &replayed.skipped, group.left_out(), context);
            if group.replays.is_empty() {
                for message in facts(&stands) {
                    context.emit(Fact::AckStands { message, group: group.id });
                }
            }
        }
        let notices = group.coordinator.renew();
        self.carry_out_notices(queue, position, notices, context);
        self.report_log(queue, context);
    }
}
