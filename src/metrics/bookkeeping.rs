//! The ledger as it is written: counts, obligations, and where every (message, group) ends.
//!
//! Each fact opens or closes obligations; a record without any is closed under exactly one outcome. So
//! nothing vanishes and nothing is counted twice, and [`Bookkeeping::close`] asserts it.

use crate::protocol::fact::{CopyEnd, Knowledge, Timeliness};
use crate::protocol::id::{Key, MessageId, QueueId};
use crate::quantity::Time;

use super::order::Latest;
use super::record::{LastEnd, Record, Records};
use super::summary::{Fraction, Ledger, Outcomes, Rates};

/// What the ledger needs to know of a scenario.
#[derive(Clone, Debug)]
pub struct Groups {
    /// The queue of each site's messages.
    pub home: Vec<QueueId>,
    /// By queue: whether its copies will be settled by a consumer, now or after they expire into another
    /// queue. A run is not drained while such copies are left.
    pub settles: Vec<bool>,
}

/// The ledger being written.
#[derive(Debug)]
pub(super) struct Bookkeeping {
    groups: Groups,
    records: Records,
    pub(super) ledger: Ledger,
    outcomes: Outcomes,
    /// (message, group) executed at least once, and more than once; with at least one effect.
    executed: u64,
    executed_again: u64,
    effective: u64,
    /// Copies delivered at least once.
    delivered_copies: u64,
    /// Open obligations that a drained run must have met.
    outstanding: u64,
    latest: Latest,
}

/// What a first effect or execution means for statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    First,
    Repeated,
}

impl Bookkeeping {
    pub(super) fn new(groups: Groups) -> Self {
        Self {
            records: Records::new(groups.home.len()),
            latest: Latest::new(groups.settles.len()),
            groups,
            ledger: Ledger::default(),
            outcomes: Outcomes::default(),
            executed: 0,
            executed_again: 0,
            effective: 0,
            delivered_copies: 0,
            outstanding: 0,
        }
    }

    /// Whether every obligation is met that some actor will still meet.
    pub(super) const fn is_settled(&self) -> bool {
        self.outstanding == 0
    }

    pub(super) fn published(&mut self, message: MessageId, key: Key, now: Time) {
        let mut record = Record::new(now, self.ledger.published, key);
        record.open = 2;
        self.outstanding += 2;
        self.records.begin(message, record);
        self.ledger.published += 1;
        self.ledger.expected_effects += 1;
    }

    pub(super) fn republished(&mut self, message: MessageId) {
        self.records.home(message).open += 1;
        self.outstanding += 1;
    }

    pub(super) fn attempt_ended(&mut self, message: MessageId) {
        self.outstanding -= 1;
        self.meet(message, self.home(message));
    }

    pub(super) fn settled(&mut self, message: MessageId, knowledge: Knowledge) {
        let record = self.records.home(message);
        match knowledge {
            Knowledge::Confirmed => record.is_confirmed = true,
            Knowledge::GaveUp => record.is_given_up = true,
            Knowledge::Nothing => {}
        }
        self.ledger.confirmed += u64::from(knowledge == Knowledge::Confirmed);
        self.attempt_ended(message);
    }

    /// An attempt became a copy: one obligation takes the other's place.
    pub(super) fn stored(&mut self, message: MessageId, queue: QueueId, now: Time) {
        let record = self.records.home(message);
        record.enqueued_at = record.enqueued_at.min(now);
        self.ledger.stored += 1;
        self.ledger.stored_duplicates += u64::from(record.stored > 0);
        record.stored = 1;
        if !self.is_settling(queue) {
            self.outstanding -= 1;
        }
    }

    pub(super) fn deduplicated(&mut self, message: MessageId) {
        self.ledger.deduplicated += 1;
        self.attempt_ended(message);
    }

    /// A refused attempt nobody hears of ends like a dropped copy.
    pub(super) fn refused_untold(&mut self, message: MessageId) {
        self.records.home(message).last_end = LastEnd::Dropped;
        self.attempt_ended(message);
    }

    pub(super) fn delivered(&mut self, message: MessageId, queue: QueueId, number: u32) -> Record {
        self.ledger.deliveries += 1;
        self.ledger.redeliveries += u64::from(number > 1);
        self.delivered_copies += u64::from(number == 1);
        self.outstanding += 1;
        let record = self.record(message, queue);
        record.open += 1;
        *record
    }

    /// Says whether it is the first handling of its (message, group).
    pub(super) fn handling_started(&mut self, message: MessageId, queue: QueueId) -> (Record, Count) {
        let record = self.record(message, queue);
        let count = if record.is_started { Count::Repeated } else { Count::First };
        record.is_started = true;
        (*record, count)
    }

    pub(super) fn executed(&mut self, message: MessageId, queue: QueueId) {
        let record = self.record(message, queue);
        record.executions += 1;
        let (executions, key, order) = (record.executions, record.key, record.order);
        self.ledger.executions += 1;
        match executions {
            1 => self.executed += 1,
            2 => self.executed_again += 1,
            _ => {}
        }
        self.ledger.duplicate_executions += u64::from(executions > 1);
        self.ledger.out_of_order += u64::from(self.latest.is_overtaken(queue, key, order));
    }

    pub(super) fn effect_applied(&mut self, message: MessageId, queue: QueueId) -> (Record, Count) {
        let record = self.record(message, queue);
        record.effects += 1;
        let record = *record;
        self.ledger.effects += 1;
        if record.effects == 1 {
            self.effective += 1;
            (record, Count::First)
        } else {
            self.ledger.duplicate_effects += 1;
            (record, Count::Repeated)
        }
    }

    pub(super) fn record_of(&mut self, message: MessageId, queue: QueueId) -> Record {
        *self.record(message, queue)
    }

    pub(super) fn delivery_ended(&mut self, message: MessageId, queue: QueueId) {
        self.outstanding -= 1;
        self.meet(message, queue);
    }

    pub(super) fn ack_received(&mut self, timeliness: Timeliness) {
        self.ledger.acks_received += 1;
        self.ledger.late_acks += u64::from(timeliness == Timeliness::Late);
    }

    /// A dead-lettered copy entered a queue: its home again, or the group of a dead-letter queue.
    pub(super) fn relocated(&mut self, message: MessageId, queue: QueueId, now: Time) {
        self.outstanding += u64::from(self.is_settling(queue));
        if queue == self.home(message) {
            self.records.home(message).open += 1;
            return;
        }
        if !self.records.has_dead_letter(message, queue) {
            let home = self.records.home(message);
            let mut record = Record::new(home.published_at, home.order, home.key);
            record.enqueued_at = now;
            self.records.begin_dead_letter(message, queue, record);
        }
        let record = self.records.dead_letter(message, queue);
        record.open += 1;
        let is_back = record.open == 1;
        self.records.home(message).elsewhere += u16::from(is_back);
    }

    pub(super) fn copy_ended(&mut self, message: MessageId, queue: QueueId, end: CopyEnd) {
        self.outstanding -= u64::from(self.is_settling(queue));
        let record = self.record(message, queue);
        let has_effect = record.effects > 0;
        record.last_end = match end {
            CopyEnd::Acked => LastEnd::Acked,
            CopyEnd::DeadLettered => LastEnd::DeadLettered,
            CopyEnd::Expired => LastEnd::Expired,
            CopyEnd::Dropped => LastEnd::Dropped,
        };
        if end == CopyEnd::DeadLettered {
            self.ledger.dead_lettered += 1;
            self.ledger.dead_lettered_after_effect += u64::from(has_effect);
        }
        self.meet(message, queue);
    }

    /// Ends every record and returns the finished ledger with (message, group) pairs by outcome.
    ///
    /// # Panics
    /// If the outcomes do not add up: a bug of the engine, never of a scenario.
    pub(super) fn close(&mut self) -> (Ledger, Outcomes, Rates) {
        let unended: Vec<Record> = self.records.unended().copied().collect();
        for record in unended {
            self.count_outcome(&record);
        }
        self.records = Records::default();
        let (ledger, outcomes) = (self.ledger, self.outcomes);
        assert_eq!(outcomes.total(), ledger.expected_effects, "every (message, group) has one outcome");
        assert!(ledger.executions >= ledger.effects, "every effect here belongs to an execution");
        assert_eq!(ledger.executions, self.executed + ledger.duplicate_executions, "executions add up");
        assert_eq!(ledger.effects, self.effective + ledger.duplicate_effects, "effects add up");
        assert_eq!(ledger.deliveries, self.delivered_copies + ledger.redeliveries, "deliveries add up");
        (ledger, outcomes, self.rates())
    }

    fn rates(&self) -> Rates {
        let ledger = &self.ledger;
        let share = |numerator, denominator| Fraction { numerator, denominator };
        Rates {
            redelivery_rate: share(ledger.redeliveries, self.delivered_copies),
            duplicate_consumption_rate: share(ledger.duplicate_executions, self.executed),
            affected_rate: share(self.executed_again, self.executed),
            duplicate_effect_rate: share(ledger.duplicate_effects, self.effective),
            loss_rate: share(self.outcomes.lost, ledger.expected_effects),
        }
    }

    fn home(&self, message: MessageId) -> QueueId {
        self.groups.home[usize::from(message.site().0)]
    }

    fn is_settling(&self, queue: QueueId) -> bool {
        self.groups.settles[usize::from(queue.0)]
    }

    #[inline]
    fn record(&mut self, message: MessageId, queue: QueueId) -> &mut Record {
        if queue == self.home(message) {
            self.records.home(message)
        } else {
            self.records.dead_letter(message, queue)
        }
    }

    /// Meets one obligation; the last one closes the record.
    fn meet(&mut self, message: MessageId, queue: QueueId) {
        let record = self.record(message, queue);
        record.open -= 1;
        if record.open > 0 {
            return;
        }
        if queue != self.home(message) {
            self.records.home(message).elsewhere -= 1;
        }
        let home = self.records.home(message);
        if home.open == 0 && home.elsewhere == 0 {
            let record = self.records.end(message);
            self.count_outcome(&record);
        }
    }

    /// Counts a record under the first outcome that holds.
    fn count_outcome(&mut self, record: &Record) {
        let outcomes = &mut self.outcomes;
        let outcome = match record.last_end {
            _ if record.effects > 0 => &mut outcomes.done,
            _ if record.open > 0 => &mut outcomes.unfinished,
            LastEnd::DeadLettered => &mut outcomes.dead_lettered,
            LastEnd::Expired => &mut outcomes.expired,
            LastEnd::Dropped => &mut outcomes.dropped,
            LastEnd::None | LastEnd::Acked if record.is_given_up => &mut outcomes.refused,
            LastEnd::None | LastEnd::Acked => {
                self.ledger.lost_confirmed += u64::from(record.is_confirmed);
                &mut outcomes.lost
            }
        };
        *outcome += 1;
    }
}
