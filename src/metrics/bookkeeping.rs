//! The ledger as it is written: counts, obligations, and where every (message, group) ends.
//!
//! Each fact opens or closes obligations; a record without any is closed under exactly one outcome. So
//! nothing vanishes and nothing is counted twice, and [`Bookkeeping::close`] asserts it.

mod copies;

use crate::protocol::fact::{Knowledge, Occasion, Timeliness};
use crate::protocol::id::{Effect, GroupId, Key, MessageId, QueueId, SiteId};
use crate::quantity::Time;

use super::order::Latest;
use super::record::{LastEnd, Record, Records};
use super::summary::{Fraction, Harm, Ledger, Outcomes, Rates};

/// What the ledger needs to know of a scenario.
#[derive(Clone, Debug)]
pub struct Groups {
    /// The groups that each site's messages are meant for.
    pub of_site: Vec<Box<[GroupId]>>,
    /// The groups of each queue; a log may have several.
    pub of_queue: Vec<Box<[GroupId]>>,
    /// By group: whether its copies will be settled by a consumer, now or after they expire into another
    /// queue. A run is not drained while such copies are left.
    pub settles: Vec<bool>,
}

/// The ledger being written.
#[derive(Debug)]
pub(super) struct Bookkeeping {
    groups: Groups,
    /// By site and group: the group's place among those that the site's messages are meant for.
    positions: Vec<u16>,
    records: Records,
    pub(super) ledger: Ledger,
    outcomes: Outcomes,
    /// By group.
    harms: Vec<Harm>,
    /// (message, group) executed at least once, and more than once; with at least one effect.
    executed: u64,
    executed_again: u64,
    effective: u64,
    /// Effects beyond the first of their (message, group) that no other like them came before.
    further_effects: u64,
    /// Executions and effects of deliberate replays, beyond the first.
    replayed_executions: u64,
    replayed_effects: u64,
    /// Copies delivered at least once.
    delivered_copies: u64,
    /// Open obligations that a drained run must have met.
    outstanding: u64,
    latest: Latest,
}

/// Stands for no position.
const NOWHERE: u16 = u16::MAX;

fn positions(groups: &Groups) -> Vec<u16> {
    let all = groups.settles.len();
    let mut positions = vec![NOWHERE; groups.of_site.len() * all];
    for (site, meant_for) in groups.of_site.iter().enumerate() {
        for (position, group) in (0..).zip(meant_for) {
            positions[site * all + usize::from(group.0)] = position;
        }
    }
    positions
}

impl Bookkeeping {
    pub(super) fn new(groups: Groups) -> Self {
        Self {
            records: Records::new(groups.of_site.iter().map(|groups| groups.len())),
            latest: Latest::new(groups.settles.len()),
            harms: vec![Harm::default(); groups.settles.len()],
            positions: positions(&groups),
            groups,
            ledger: Ledger::default(),
            outcomes: Outcomes::default(),
            executed: 0,
            executed_again: 0,
            effective: 0,
            further_effects: 0,
            replayed_executions: 0,
            replayed_effects: 0,
            delivered_copies: 0,
            outstanding: 0,
        }
    }

    /// Whether every obligation is met that some actor will still meet.
    pub(super) const fn is_settled(&self) -> bool {
        self.outstanding == 0
    }

    /// Says in how many groups.
    pub(super) fn published(&mut self, message: MessageId, key: Key, now: Time, is_awaited: bool) -> u64 {
        let mut record = Record::new(now, self.ledger.published, key);
        record.open = 1 + u32::from(is_awaited);
        let groups = self.records.groups(message) as u64;
        self.outstanding += u64::from(record.open) * groups;
        self.records.begin(message, record);
        self.ledger.published += 1;
        self.ledger.expected_effects += groups;
        groups
    }

    pub(super) fn republished(&mut self, message: MessageId) {
        for position in 0..self.records.groups(message) {
            self.records.of(message, position).open += 1;
            self.outstanding += 1;
        }
    }

    /// An attempt, or the producer, is done with the message in all its groups.
    pub(super) fn attempt_ended(&mut self, message: MessageId) {
        self.meet_in_all(message, |_| {});
    }

    /// Meets an obligation in each of the message's groups, with a note in each record.
    fn meet_in_all(&mut self, message: MessageId, note: impl Fn(&mut Record)) {
        let mut is_over = true;
        for position in 0..self.records.groups(message) {
            self.outstanding -= 1;
            let record = self.records.of(message, position);
            note(record);
            record.open -= 1;
            is_over &= record.is_over();
        }
        if is_over {
            self.close_if_over(message);
        }
    }

    pub(super) fn settled(&mut self, message: MessageId, knowledge: Knowledge) {
        self.ledger.confirmed += u64::from(knowledge == Knowledge::Confirmed);
        self.meet_in_all(message, |record| {
            record.is_confirmed |= knowledge == Knowledge::Confirmed;
            record.is_given_up |= knowledge == Knowledge::GaveUp;
        });
    }

    /// No binding selects the message; who gets it back knows.
    pub(super) fn unroutable(&mut self, message: MessageId, returned: bool) {
        let record = self.records.of(message, 0);
        let is_first = record.stored == 0;
        record.stored = 1;
        record.is_given_up |= returned;
        self.ledger.unroutable += u64::from(is_first);
        self.ledger.returned += u64::from(is_first && returned);
        self.attempt_ended(message);
    }

    /// An attempt became a copy: one obligation takes the other's place, in each of the queue's groups.
    pub(super) fn stored(&mut self, message: MessageId, queue: QueueId, now: Time) {
        for at in 0..self.groups.of_queue[usize::from(queue.0)].len() {
            let group = self.groups.of_queue[usize::from(queue.0)][at];
            let record = self.record(message, group);
            record.enqueued_at = record.enqueued_at.min(now);
            let is_duplicate = at == 0 && record.stored > 0;
            record.stored = 1;
            self.ledger.stored_duplicates += u64::from(is_duplicate);
            self.outstanding -= u64::from(!self.is_settling(group));
        }
        self.ledger.stored += 1;
    }

    pub(super) fn deduplicated(&mut self, message: MessageId, queue: QueueId) {
        self.ledger.deduplicated += 1;
        self.attempt_ended_at(message, queue, |_| {});
    }

    pub(super) fn refused(&mut self, message: MessageId, queue: QueueId) {
        self.attempt_ended_at(message, queue, |_| {});
    }

    /// A refused attempt nobody hears of ends like a dropped copy.
    pub(super) fn refused_untold(&mut self, message: MessageId, queue: QueueId) {
        self.attempt_ended_at(message, queue, |record| record.last_end = LastEnd::Dropped);
    }

    /// An attempt came to nothing in one queue.
    fn attempt_ended_at(&mut self, message: MessageId, queue: QueueId, note: impl Fn(&mut Record)) {
        for at in 0..self.groups.of_queue[usize::from(queue.0)].len() {
            let group = self.groups.of_queue[usize::from(queue.0)][at];
            self.outstanding -= 1;
            self.meet_with(message, group, &note);
        }
    }

    pub(super) fn delivered(
        &mut self,
        message: MessageId,
        group: GroupId,
        number: u32,
        occasion: Occasion,
    ) -> Time {
        let is_replay = occasion == Occasion::Replay;
        self.ledger.deliveries += 1;
        self.ledger.replayed += u64::from(is_replay);
        self.ledger.redeliveries += u64::from(number > 1 && !is_replay);
        self.delivered_copies += u64::from(number == 1 && !is_replay);
        self.outstanding += 1;
        let record = self.record(message, group);
        record.open += 1;
        record.is_replaying = is_replay;
        record.published_at
    }

    /// A delivery arrives twice, and each arrival has its consequences.
    pub(super) fn delivery_doubled(&mut self, message: MessageId, group: GroupId) {
        self.outstanding += 1;
        self.record(message, group).open += 1;
    }

    /// Says when it was published, and since when it has waited if this is the first handling of its
    /// (message, group).
    pub(super) fn handling_started(&mut self, message: MessageId, group: GroupId) -> (Time, Option<Time>) {
        let record = self.record(message, group);
        let waits_since = (!record.is_started).then_some(record.enqueued_at);
        record.is_started = true;
        (record.published_at, waits_since)
    }

    /// An execution, and the effect that came with it, if one did; says the same as [`Self::effect_applied`].
    pub(super) fn executed(
        &mut self,
        message: MessageId,
        group: GroupId,
        effect: Option<Effect>,
    ) -> Option<Time> {
        let position = self.position(message, group);
        let record = match position {
            Some(position) => self.records.of(message, position),
            None => self.records.dead_letter(message, group),
        };
        record.executions += 1;
        let is_new = effect.map(|effect| record.apply(effect));
        let record = *record;
        self.count_execution(group, &record);
        let is_first = is_new.is_some_and(|is_new| self.count_effect(&record, is_new));
        position.filter(|_| is_first).map(|_| record.published_at)
    }

    fn count_execution(&mut self, group: GroupId, record: &Record) {
        let Record { executions, key, order, is_replaying, .. } = *record;
        self.ledger.executions += 1;
        let is_repeated = executions > 1;
        self.executed += u64::from(!is_repeated);
        if is_replaying {
            self.replayed_executions += u64::from(is_repeated);
            return;
        }
        self.executed_again += u64::from(executions == 2);
        self.ledger.duplicate_executions += u64::from(is_repeated);
        self.harms[usize::from(group.0)].duplicate_executions += u64::from(is_repeated);
        self.ledger.out_of_order += u64::from(self.latest.is_overtaken(group, key, order));
    }

    /// Says when it was published, if this is the first effect of its (message, group) and the message is
    /// meant for the group.
    pub(super) fn effect_applied(
        &mut self,
        message: MessageId,
        group: GroupId,
        effect: Effect,
    ) -> Option<Time> {
        let position = self.position(message, group);
        let record = match position {
            Some(position) => self.records.of(message, position),
            None => self.records.dead_letter(message, group),
        };
        let is_new = record.apply(effect);
        let record = *record;
        let is_first = self.count_effect(&record, is_new);
        position.filter(|_| is_first).map(|_| record.published_at)
    }

    /// Counts the latest effect of a record; says whether it is the first of all.
    fn count_effect(&mut self, record: &Record, is_new: bool) -> bool {
        self.ledger.effects += 1;
        if record.effects == 1 {
            self.effective += 1;
            return true;
        }
        if is_new {
            self.further_effects += 1;
        } else if record.is_replaying {
            self.replayed_effects += 1;
        } else {
            self.ledger.duplicate_effects += 1;
        }
        false
    }

    /// A handling, and with it its delivery, has ended; says when the message was published.
    pub(super) fn handling_ended(&mut self, message: MessageId, group: GroupId) -> Time {
        self.outstanding -= 1;
        self.meet(message, group)
    }

    /// A handler decided against its effect.
    pub(super) fn declined(&mut self, message: MessageId, group: GroupId) {
        self.ledger.declined += 1;
        self.record(message, group).is_declined = true;
    }

    /// An idempotency guard stopped a delivery.
    pub(super) fn suppressed(&mut self, message: MessageId, group: GroupId) {
        let has_effect = self.record(message, group).effects > 0;
        self.ledger.suppressed += 1;
        self.ledger.suppressed_without_effect += u64::from(!has_effect);
    }

    /// A commit is on its way, and its effect may come when its delivery is over.
    pub(super) fn commit_sent(&mut self, message: MessageId, group: GroupId) {
        self.outstanding += 1;
        self.record(message, group).open += 1;
    }

    /// A message is in an inbox, where it is not over whatever becomes of its copies.
    pub(super) fn deposited(&mut self, message: MessageId, group: GroupId) {
        self.commit_sent(message, group);
    }

    /// It was handed out, and that will end.
    pub(super) fn handed_out(&mut self, message: MessageId, group: GroupId) {
        self.commit_sent(message, group);
    }

    pub(super) fn delivery_ended(&mut self, message: MessageId, group: GroupId) {
        self.outstanding -= 1;
        self.meet(message, group);
    }

    pub(super) fn ack_received(&mut self, timeliness: Timeliness) {
        self.ledger.acks_received += 1;
        self.ledger.late_acks += u64::from(timeliness == Timeliness::Late);
    }

    /// Ends every record and returns the finished ledger with (message, group) pairs by outcome.
    ///
    /// # Panics
    /// If the outcomes do not add up: a bug of the engine, never of a scenario.
    pub(super) fn close(&mut self) -> (Ledger, Outcomes, Rates) {
        let unended: Vec<(SiteId, usize, Record)> = self.records.unended().collect();
        for (site, position, record) in unended {
            let group = self.groups_of(site).get(position).copied();
            let harm = group.map(|group| &mut self.harms[usize::from(group.0)]);
            count_outcome(&record, &mut self.outcomes, &mut self.ledger, harm);
        }
        self.records = Records::default();
        let (ledger, outcomes) = (self.ledger, self.outcomes);
        assert_eq!(outcomes.total(), ledger.expected_effects, "every (message, group) has one outcome");
        let executions = self.executed + ledger.duplicate_executions + self.replayed_executions;
        assert_eq!(ledger.executions, executions, "executions add up");
        let effects =
            self.effective + self.further_effects + ledger.duplicate_effects + self.replayed_effects;
        assert_eq!(ledger.effects, effects, "effects add up");
        let deliveries = self.delivered_copies + ledger.redeliveries + ledger.replayed;
        assert_eq!(ledger.deliveries, deliveries, "deliveries add up");
        let repeated: u64 = self.harms.iter().map(|harm| harm.duplicate_executions).sum();
        assert_eq!(ledger.duplicate_executions, repeated, "each is some group's");
        (ledger, outcomes, self.rates())
    }

    /// How many (message, group) have an effect.
    pub(super) const fn effective(&self) -> u64 {
        self.effective
    }

    /// What each group lost and did again; complete once the ledger is closed.
    pub(super) fn harms(&self) -> &[Harm] {
        &self.harms
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

    /// The groups that messages of `site` are meant for.
    pub(super) fn groups_of(&self, site: SiteId) -> &[GroupId] {
        &self.groups.of_site[usize::from(site.0)]
    }

    /// The place of `group` among those that the message is meant for; `None` for a dead-letter queue's.
    #[inline]
    fn position(&self, message: MessageId, group: GroupId) -> Option<usize> {
        let site = usize::from(message.site().0);
        match self.positions[site * self.groups.settles.len() + usize::from(group.0)] {
            NOWHERE => None,
            position => Some(usize::from(position)),
        }
    }

    fn is_settling(&self, group: GroupId) -> bool {
        self.groups.settles[usize::from(group.0)]
    }

    #[inline]
    fn record(&mut self, message: MessageId, group: GroupId) -> &mut Record {
        match self.position(message, group) {
            Some(position) => self.records.of(message, position),
            None => self.records.dead_letter(message, group),
        }
    }

    /// Meets one obligation; the last one closes the message's records. Says when it was published.
    #[inline]
    fn meet(&mut self, message: MessageId, group: GroupId) -> Time {
        self.meet_with(message, group, |_| {})
    }

    /// The same, with a note in the record before that.
    #[inline]
    fn meet_with(&mut self, message: MessageId, group: GroupId, note: impl FnOnce(&mut Record)) -> Time {
        let position = self.position(message, group);
        let record = match position {
            Some(position) => self.records.of(message, position),
            None => self.records.dead_letter(message, group),
        };
        note(record);
        let published_at = record.published_at;
        record.open -= 1;
        if record.is_over() {
            self.over(message, position);
        }
        published_at
    }

    /// Nothing is open in one of the message's groups, if in one that it is meant for at this position.
    fn over(&mut self, message: MessageId, position: Option<usize>) {
        if position.is_none() {
            self.records.of(message, 0).elsewhere -= 1;
        }
        self.close_if_over(message);
    }

    fn close_if_over(&mut self, message: MessageId) {
        let (outcomes, ledger, harms) = (&mut self.outcomes, &mut self.ledger, &mut self.harms);
        let mut groups = self.groups.of_site[usize::from(message.site().0)].iter();
        self.records.end_if_over(message, |record| {
            let harm = groups.next().map(|group| &mut harms[usize::from(group.0)]);
            count_outcome(record, outcomes, ledger, harm);
        });
    }
}

/// Counts a record under the first outcome that holds; what no binding selects is lost in no group.
#[inline]
fn count_outcome(record: &Record, outcomes: &mut Outcomes, ledger: &mut Ledger, harm: Option<&mut Harm>) {
    ledger.partial_effects += u64::from(record.is_partial());
    let outcome = match record.last_end {
        _ if record.effects > 0 => &mut outcomes.done,
        LastEnd::Acked if record.is_declined => &mut outcomes.declined,
        _ if record.open > 0 => &mut outcomes.unfinished,
        LastEnd::DeadLettered => &mut outcomes.dead_lettered,
        LastEnd::Expired => &mut outcomes.expired,
        LastEnd::Dropped => &mut outcomes.dropped,
        LastEnd::None | LastEnd::Acked if record.is_given_up => &mut outcomes.refused,
        LastEnd::None | LastEnd::Acked => {
            ledger.lost_confirmed += u64::from(record.is_confirmed);
            if let Some(harm) = harm {
                harm.lost += 1;
                harm.lost_confirmed += u64::from(record.is_confirmed);
            }
            &mut outcomes.lost
        }
    };
    *outcome += 1;
}
