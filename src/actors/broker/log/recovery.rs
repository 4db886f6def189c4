//! A log through the deaths of the broker's nodes: it is cut back to what the new leader has.
//!
//! Model: every record of a durable log is kept on disk, whatever its message says, and what groups have
//! committed is known to every node at once.

use crate::protocol::fact::CopyEnd;
use crate::protocol::id::QueueId;
use crate::protocol::node::Lsn;
use crate::protocol::{Ctx, Fact};

use super::super::Broker;
use super::super::cluster::Contents;
use super::Log;
use super::partition::Record;

impl Broker {
    /// The records behind `end` are lost, and all of them if only memory had them. Owners begin anew where
    /// their groups have committed; nobody could be heard of meanwhile.
    pub(in super::super) fn roll_back_log(
        &mut self,
        queue: QueueId,
        end: Lsn,
        contents: Contents,
        context: &mut Ctx,
    ) {
        let is_durable = self.queue(queue).config.durable;
        let Some(log) = self.log(queue) else { return };
        let forgets = contents == Contents::WhatIsOnDisk && !is_durable;
        for at in 0..log.partitions.len() {
            while let Some((offset, record)) =
                log.partitions[at].truncate(|record| forgets || record.lsn > end)
            {
                log.undo(at, offset, record, context);
            }
        }
        for group in 0..log.groups.len() {
            let Some(log) = self.log(queue) else { return };
            log.groups[group].coordinator.excuse(context.now());
            let notices = log.groups[group].coordinator.renew();
            self.carry_out_notices(queue, group, notices, context);
        }
    }
}

impl Log {
    fn undo(&mut self, at: usize, offset: u64, record: Record, context: &mut Ctx) {
        let message = record.message;
        for group in &mut self.groups {
            let id = group.id;
            let had_ended = group.offsets[at].has_ended(offset);
            let was_done = group.offsets[at].truncate(offset);
            if was_done && !group.replays.is_empty() {
                context.emit(Fact::AckStands { message, group: id });
            } else if !was_done && !had_ended {
                context.emit(Fact::CopyEnded { message, group: id, end: CopyEnd::Lost });
            }
        }
        if let Some(sequences) = self.sequences.as_mut().filter(|known| known.knows(message)) {
            sequences.forget(message);
        }
    }
}
