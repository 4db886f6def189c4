//! What is remembered of each (message, group) while something can still happen to it.
//!
//! Records stand in pages by message number, and a page goes when its records are closed (and comes again
//! if more begin): memory follows what is under way, not what is finished. A few late records do not keep a page: they move out.

use std::collections::BTreeMap;

use crate::protocol::id::{Effect, GroupId, Key, MessageId, SiteId};
use crate::quantity::Time;

/// What happened so far to a (message, group).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "five facts that do not exclude each other")]
pub(super) struct Record {
    pub(super) published_at: Time,
    /// When its first copy entered the queue.
    pub(super) enqueued_at: Time,
    /// Its place among all published messages.
    pub(super) order: u64,
    pub(super) key: Key,
    /// Obligations not yet met: see [`crate::protocol::fact`].
    pub(super) open: u32,
    pub(super) executions: u32,
    pub(super) effects: u32,
    /// A bit for each effect of the handler that was applied at least once, and how many it has.
    pub(super) applied: u64,
    pub(super) applicable: u8,
    /// Acks that can still be undone.
    pub(super) revocable: u16,
    /// Groups of dead-letter queues in which the message is under way, and handlers' attempts to send it
    /// back; kept in the first group's record.
    pub(super) elsewhere: u16,
    /// Copies stored, as far as it matters: none, one, more.
    pub(super) stored: u8,
    pub(super) last_end: LastEnd,
    pub(super) is_confirmed: bool,
    pub(super) is_given_up: bool,
    pub(super) is_started: bool,
    pub(super) is_declined: bool,
    /// Whether it is being delivered again deliberately.
    pub(super) is_replaying: bool,
}

/// Why the latest copy that ended did so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastEnd {
    None,
    Acked,
    DeadLettered,
    Expired,
    Dropped,
}

impl Record {
    pub(super) const fn new(published_at: Time, order: u64, key: Key) -> Self {
        Self {
            published_at,
            enqueued_at: Time::NEVER,
            order,
            key,
            open: 0,
            executions: 0,
            effects: 0,
            applied: 0,
            applicable: 0,
            revocable: 0,
            elsewhere: 0,
            stored: 0,
            last_end: LastEnd::None,
            is_confirmed: false,
            is_given_up: false,
            is_started: false,
            is_declined: false,
            is_replaying: false,
        }
    }

    /// Notes an effect; says whether no other like it came before.
    #[inline]
    pub(super) const fn apply(&mut self, effect: Effect) -> bool {
        let bit = 1 << effect.number;
        let is_new = self.applied & bit == 0;
        self.effects += 1;
        self.applied |= bit;
        if effect.of > self.applicable {
            self.applicable = effect.of;
        }
        is_new
    }

    /// Whether it was left with some of its effects but not all.
    pub(super) const fn is_partial(&self) -> bool {
        self.applied != 0 && self.applied.count_ones() < self.applicable as u32
    }

    /// Whether nothing can happen to it any more.
    #[inline]
    pub(super) const fn is_over(&self) -> bool {
        self.open == 0 && self.revocable == 0
    }
}

const PAGE: usize = 256;

/// A full page with at most this many open records left gives them away and goes.
const STRAGGLERS: u16 = 4;

/// The records of `PAGE` neighbouring messages, those of one message next to each other.
#[derive(Debug)]
struct Page {
    records: Box<[Option<Record>]>,
    begun: u16,
    open: u16,
}

/// The records of one site's messages.
#[derive(Debug)]
struct Site {
    /// Groups that each message is meant for; at least 1, for what no binding selects.
    groups: usize,
    pages: Vec<Option<Page>>,
    spare: Vec<Box<[Option<Record>]>>,
}

/// The records of all messages, in the groups they are meant for and in those of dead-letter queues.
#[derive(Debug, Default)]
pub(super) struct Records {
    sites: Vec<Site>,
    stragglers: BTreeMap<(MessageId, usize), Record>,
    dead_letters: BTreeMap<(MessageId, GroupId), Record>,
}

const UNDER_WAY: &str = "a message under way has a record";

impl Site {
    #[cold]
    fn begin_page(&mut self, number: usize) -> &mut Page {
        let Self { groups, pages, spare } = self;
        if pages.len() <= number {
            pages.resize_with(number + 1, || None);
        }
        let records = spare.pop().unwrap_or_else(|| vec![None; PAGE * *groups].into_boxed_slice());
        pages[number].insert(Page { records, begun: 0, open: 0 })
    }
}

#[cold]
fn straggler(
    stragglers: &mut BTreeMap<(MessageId, usize), Record>,
    message: MessageId,
    position: usize,
) -> &mut Record {
    stragglers.get_mut(&(message, position)).expect(UNDER_WAY)
}

/// Whether nothing can happen any more to a message with these records.
#[inline]
fn are_over<'r>(mut records: impl Iterator<Item = &'r Record>) -> bool {
    let Some(first) = records.next() else { return true };
    first.is_over() && first.elsewhere == 0 && records.all(Record::is_over)
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "page tables for more messages than a 32-bit machine addresses do not fit it"
)]
const fn place(message: MessageId) -> (usize, usize) {
    let number = message.number() as usize;
    (number / PAGE, number % PAGE)
}

impl Records {
    /// No records; `groups` says for how many groups each site's messages are meant.
    pub(super) fn new(groups: impl Iterator<Item = usize>) -> Self {
        let site = |groups: usize| Site { groups: groups.max(1), pages: Vec::new(), spare: Vec::new() };
        Self { sites: groups.map(site).collect(), ..Self::default() }
    }

    /// How many records each message of the same site has.
    #[inline]
    pub(super) fn groups(&self, message: MessageId) -> usize {
        self.sites[usize::from(message.site().0)].groups
    }

    /// Begins the records of a message, all alike.
    #[inline]
    pub(super) fn begin(&mut self, message: MessageId, record: Record) {
        let (number, at) = place(message);
        let site = &mut self.sites[usize::from(message.site().0)];
        let groups = site.groups;
        let page = match site.pages.get_mut(number) {
            Some(Some(page)) => page,
            _ => site.begin_page(number),
        };
        page.records[at * groups..(at + 1) * groups].fill(Some(record));
        page.begun += 1;
        page.open += 1;
    }

    /// The record of a message in the group at `position` among those it is meant for.
    #[inline]
    pub(super) fn of(&mut self, message: MessageId, position: usize) -> &mut Record {
        let (number, at) = place(message);
        let site = &mut self.sites[usize::from(message.site().0)];
        if let Some(Some(page)) = site.pages.get_mut(number) {
            return page.records[at * site.groups + position].as_mut().expect(UNDER_WAY);
        }
        straggler(&mut self.stragglers, message, position)
    }

    /// If all records of a message are over and it is under way nowhere else, ends them and gives each to
    /// `close`, and with them those of dead-letter queues: until then another copy of it may be dead-lettered
    /// there.
    #[inline]
    pub(super) fn end_if_over(&mut self, message: MessageId, mut close: impl FnMut(&Record)) {
        let (number, at) = place(message);
        let site = &mut self.sites[usize::from(message.site().0)];
        let groups = site.groups;
        let Some(Some(page)) = site.pages.get_mut(number) else {
            return self.end_stragglers_if_over(message, groups, close);
        };
        let slots = &mut page.records[at * groups..(at + 1) * groups];
        let is_over = match &*slots {
            [Some(only)] => only.is_over() && only.elsewhere == 0,
            slots => are_over(slots.iter().map(|slot| slot.as_ref().expect(UNDER_WAY))),
        };
        if !is_over {
            return;
        }
        for slot in slots {
            close(slot.as_ref().expect(UNDER_WAY));
            *slot = None;
        }
        page.open -= 1;
        if page.open == 0 || (usize::from(page.begun) == PAGE && page.open <= STRAGGLERS) {
            self.retire(message, number);
        }
        if !self.dead_letters.is_empty() {
            self.end_dead_letters(message);
        }
    }

    #[cold]
    fn end_stragglers_if_over(&mut self, message: MessageId, groups: usize, mut close: impl FnMut(&Record)) {
        let records = (0..groups).map(|position| self.stragglers.get(&(message, position)).expect(UNDER_WAY));
        if !are_over(records) {
            return;
        }
        for position in 0..groups {
            close(&self.stragglers.remove(&(message, position)).expect(UNDER_WAY));
        }
        self.end_dead_letters(message);
    }

    #[cold]
    fn retire(&mut self, message: MessageId, number: usize) {
        let site = message.site();
        let Site { groups, pages, spare } = &mut self.sites[usize::from(site.0)];
        let Some(mut page) = pages[number].take() else { return };
        let late = if page.open > 0 { page.records.iter_mut() } else { [].iter_mut() };
        for (at, slot) in late.enumerate() {
            if let Some(record) = slot.take() {
                let message = MessageId::new(site, (number * PAGE + at / *groups) as u64);
                self.stragglers.insert((message, at % *groups), record);
            }
        }
        // A few spare pages save the allocator; more would be memory that nothing uses.
        if spare.len() < 16 {
            spare.push(page.records);
        }
    }

    /// Begins the record of a message in the group of a dead-letter queue, if there is none.
    pub(super) fn begin_dead_letter(
        &mut self,
        message: MessageId,
        group: GroupId,
        record: Record,
    ) -> &mut Record {
        self.dead_letters.entry((message, group)).or_insert(record)
    }

    /// The record of a message in the group of a dead-letter queue.
    #[cold]
    pub(super) fn dead_letter(&mut self, message: MessageId, group: GroupId) -> &mut Record {
        self.dead_letters.get_mut(&(message, group)).expect("a dead letter under way has a record")
    }

    /// Whether a message is under way in the group of a dead-letter queue.
    pub(super) fn has_dead_letter(&self, message: MessageId, group: GroupId) -> bool {
        self.dead_letters.contains_key(&(message, group))
    }

    /// Ends a message's records in the groups of dead-letter queues.
    fn end_dead_letters(&mut self, message: MessageId) {
        while let Some((&group, _)) =
            self.dead_letters.range((message, GroupId(0))..=(message, GroupId(u16::MAX))).next()
        {
            self.dead_letters.remove(&group);
        }
    }

    /// Every record that is not ended, but those of dead-letter queues: with its site, and the position of
    /// its group among those that the message is meant for.
    pub(super) fn unended(&self) -> impl Iterator<Item = (SiteId, usize, Record)> {
        let sites = (0..).map(SiteId).zip(&self.sites);
        let paged = sites.flat_map(|(id, site)| {
            let slots = site.pages.iter().flatten().flat_map(|page| page.records.iter().enumerate());
            slots.filter_map(move |(at, slot)| slot.map(|record| (id, at % site.groups, record)))
        });
        let late = self.stragglers.iter();
        paged.chain(late.map(|((message, position), record)| (message.site(), *position, *record)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, Records};
    use crate::protocol::id::{Key, MessageId, SiteId};
    use crate::quantity::Time;

    #[test]
    fn finished_pages_go_and_late_records_stay() {
        let mut records = Records::new([1].into_iter());
        let message = |number| MessageId::new(SiteId(0), number);
        for number in 0..10_000 {
            records.begin(message(number), Record::new(Time::from_nanos(number), number, Key::NONE));
        }
        for number in (0..10_000).filter(|number| number % 1000 != 7) {
            records.end_if_over(message(number), |record| assert_eq!(record.order, number));
        }
        assert_eq!(records.unended().count(), 10);
        assert_eq!(records.of(message(3007), 0).order, 3007);
        assert_eq!(
            records.sites[0].pages.iter().flatten().count(),
            0,
            "no page held more than one late record"
        );
        records.of(message(3007), 0).open = 1;
        records.end_if_over(message(3007), |_| panic!("it is not over"));
        records.of(message(3007), 0).open = 0;
        records.end_if_over(message(3007), |record| assert_eq!(record.published_at, Time::from_nanos(3007)));
        assert_eq!(records.unended().count(), 9);
    }

    #[test]
    fn a_message_has_a_record_for_each_of_its_groups() {
        let mut records = Records::new([3, 0].into_iter());
        let message = MessageId::new(SiteId(0), 300);
        records.begin(message, Record::new(Time::ZERO, 0, Key::NONE));
        for position in 0..3 {
            records.of(message, position).executions = u32::try_from(position).expect("small");
        }
        let mut executions = Vec::new();
        records.of(message, 0).elsewhere = 1;
        records.end_if_over(message, |_| panic!("it is under way elsewhere"));
        records.of(message, 0).elsewhere = 0;
        records.end_if_over(message, |record| executions.push(record.executions));
        assert_eq!(executions, [0, 1, 2]);
        assert_eq!(records.groups(MessageId::new(SiteId(1), 0)), 1, "what nobody gets is in the books too");
    }
}
