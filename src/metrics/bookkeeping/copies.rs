//! Copies in the books: how they end, move to queues of dead letters, are sent back, and come back.

use crate::metrics::record::{LastEnd, Record};
use crate::protocol::fact::CopyEnd;
use crate::protocol::id::{GroupId, MessageId, QueueId};
use crate::quantity::Time;

use super::Bookkeeping;

impl Bookkeeping {
    /// A dead-lettered copy entered a queue: one that the message is meant for, or one of dead letters.
    pub(in crate::metrics) fn relocated(&mut self, message: MessageId, queue: QueueId, now: Time) {
        for at in 0..self.groups.of_queue[usize::from(queue.0)].len() {
            let group = self.groups.of_queue[usize::from(queue.0)][at];
            self.outstanding += u64::from(self.is_settling(group));
            if let Some(position) = self.position(message, group) {
                self.records.of(message, position).open += 1;
            } else {
                self.entered_elsewhere(message, group, now);
            }
        }
    }

    /// A handler sends the message back: it cannot be over while that is on its way.
    pub(in crate::metrics) fn redriven(&mut self, message: MessageId) {
        self.outstanding += 1;
        self.records.of(message, 0).elsewhere += 1;
    }

    /// An attempt to send the message back opens in every group of a queue that it reached. The copy it
    /// may become is no stored duplicate.
    pub(in crate::metrics) fn redrive_reached(&mut self, message: MessageId, queue: QueueId, now: Time) {
        for at in 0..self.groups.of_queue[usize::from(queue.0)].len() {
            let group = self.groups.of_queue[usize::from(queue.0)][at];
            self.outstanding += 1;
            if let Some(position) = self.position(message, group) {
                self.records.of(message, position).open += 1;
            } else {
                self.entered_elsewhere(message, group, now);
            }
            self.record(message, group).stored = 0;
        }
    }

    pub(in crate::metrics) fn redrive_ended(&mut self, message: MessageId) {
        self.outstanding -= 1;
        self.records.of(message, 0).elsewhere -= 1;
        self.close_if_over(message);
    }

    /// One more obligation in a group that the message was not meant for.
    fn entered_elsewhere(&mut self, message: MessageId, group: GroupId, now: Time) {
        if !self.records.has_dead_letter(message, group) {
            let home = self.records.of(message, 0);
            let mut record = Record::new(home.published_at, home.order, home.key);
            record.enqueued_at = now;
            self.records.begin_dead_letter(message, group, record);
        }
        let record = self.records.dead_letter(message, group);
        record.open += 1;
        let is_back = record.open == 1 && record.revocable == 0;
        self.records.of(message, 0).elsewhere += u16::from(is_back);
    }

    pub(in crate::metrics) fn copy_ended(&mut self, message: MessageId, group: GroupId, end: CopyEnd) {
        self.outstanding -= u64::from(self.is_settling(group));
        if end == CopyEnd::DeadLettered {
            let has_effect = self.record(message, group).effects > 0;
            self.ledger.dead_lettered += 1;
            self.ledger.dead_lettered_after_effect += u64::from(has_effect);
        }
        self.meet_with(message, group, |record| {
            record.revocable += u16::from(end == CopyEnd::AckedForNow);
            record.last_end = match end {
                CopyEnd::Acked | CopyEnd::AckedForNow => LastEnd::Acked,
                CopyEnd::DeadLettered => LastEnd::DeadLettered,
                CopyEnd::Expired => LastEnd::Expired,
                CopyEnd::Dropped => LastEnd::Dropped,
                CopyEnd::Lost => LastEnd::None,
            };
        });
    }

    /// A copy stays in its queue for ever; a drain does not wait for it.
    pub(in crate::metrics) fn copy_kept(&mut self, group: GroupId) {
        self.outstanding -= u64::from(self.is_settling(group));
    }

    /// It ends after all, which the next fact says.
    pub(in crate::metrics) fn copy_unkept(&mut self, group: GroupId) {
        self.outstanding += u64::from(self.is_settling(group));
    }

    /// An ack can no more be undone.
    pub(in crate::metrics) fn ack_stands(&mut self, message: MessageId, group: GroupId) {
        let record = self.record(message, group);
        record.revocable -= 1;
        if record.is_over() {
            self.over(message, self.position(message, group));
        }
    }

    /// An ack was undone: its copy is back.
    pub(in crate::metrics) fn ack_undone(&mut self, message: MessageId, group: GroupId) {
        self.outstanding += u64::from(self.is_settling(group));
        let record = self.record(message, group);
        record.revocable -= 1;
        record.open += 1;
    }
}
