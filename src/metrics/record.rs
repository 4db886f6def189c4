//! What is remembered of each (message, group) while something can still happen to it.
//!
//! Records stand in pages by message number, and a page goes when its records are closed (and comes again
//! if more begin): memory follows what is under way, not what is finished. A few late records do not keep a page: they move out.

use std::collections::BTreeMap;

use crate::protocol::id::{Key, MessageId, QueueId};
use crate::quantity::Time;

/// What happened so far to a (message, group).
#[derive(Clone, Copy, Debug)]
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
    /// Groups of dead-letter queues in which the message is under way.
    pub(super) elsewhere: u16,
    /// Copies stored, as far as it matters: none, one, more.
    pub(super) stored: u8,
    pub(super) last_end: LastEnd,
    pub(super) is_confirmed: bool,
    pub(super) is_given_up: bool,
    pub(super) is_started: bool,
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
            elsewhere: 0,
            stored: 0,
            last_end: LastEnd::None,
            is_confirmed: false,
            is_given_up: false,
            is_started: false,
        }
    }
}

const PAGE: usize = 256;

/// A full page with at most this many open records left gives them away and goes.
const STRAGGLERS: u16 = 4;

#[derive(Debug)]
struct Page {
    records: Box<[Option<Record>; PAGE]>,
    begun: u16,
    open: u16,
}

/// The records of all messages, in their home groups, and in the groups of dead-letter queues.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// By site, then page number.
    pages: Vec<Vec<Option<Page>>>,
    stragglers: BTreeMap<MessageId, Record>,
    dead_letters: BTreeMap<(MessageId, QueueId), Record>,
    spare: Vec<Box<[Option<Record>; PAGE]>>,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "page tables for more messages than a 32-bit machine addresses do not fit it"
)]
const fn place(message: MessageId) -> (usize, usize) {
    let number = message.number() as usize;
    (number / PAGE, number % PAGE)
}

impl Records {
    pub(super) fn new(sites: usize) -> Self {
        Self { pages: (0..sites).map(|_| Vec::new()).collect(), ..Self::default() }
    }

    /// Begins the record of a message in its home group.
    pub(super) fn begin(&mut self, message: MessageId, record: Record) {
        let (number, at) = place(message);
        let pages = &mut self.pages[usize::from(message.site().0)];
        if pages.len() <= number {
            pages.resize_with(number + 1, || None);
        }
        let spare = &mut self.spare;
        let page = pages[number].get_or_insert_with(|| Page {
            records: spare.pop().unwrap_or_else(|| Box::new([None; PAGE])),
            begun: 0,
            open: 0,
        });
        page.records[at] = Some(record);
        page.begun += 1;
        page.open += 1;
    }

    /// The record of a message in its home group.
    #[inline]
    pub(super) fn home(&mut self, message: MessageId) -> &mut Record {
        let (number, at) = place(message);
        let page = self.pages[usize::from(message.site().0)].get_mut(number).and_then(Option::as_mut);
        let record = match page {
            Some(page) => page.records[at].as_mut(),
            None => self.stragglers.get_mut(&message),
        };
        record.expect("a message under way has a record")
    }

    /// Ends the record of a message in its home group, and with it those of dead-letter queues: until then
    /// another copy of it may be dead-lettered there.
    pub(super) fn end(&mut self, message: MessageId) -> Record {
        self.end_dead_letters(message);
        let (number, at) = place(message);
        let slot = &mut self.pages[usize::from(message.site().0)][number];
        let Some(page) = slot else {
            return self.stragglers.remove(&message).expect("a message under way has a record");
        };
        let record = page.records[at].take().expect("a message under way has a record");
        page.open -= 1;
        if page.open == 0 || (usize::from(page.begun) == PAGE && page.open <= STRAGGLERS) {
            self.retire(message, number);
        }
        record
    }

    fn retire(&mut self, message: MessageId, number: usize) {
        let site = message.site();
        let Some(mut page) = self.pages[usize::from(site.0)][number].take() else { return };
        for (at, slot) in page.records.iter_mut().enumerate() {
            if let Some(record) = slot.take() {
                self.stragglers.insert(MessageId::new(site, (number * PAGE + at) as u64), record);
            }
        }
        // A few spare pages save the allocator; more would be memory that nothing uses.
        if self.spare.len() < 16 {
            self.spare.push(page.records);
        }
    }

    /// Begins the record of a message in the group of a dead-letter queue, if there is none.
    pub(super) fn begin_dead_letter(
        &mut self,
        message: MessageId,
        queue: QueueId,
        record: Record,
    ) -> &mut Record {
        self.dead_letters.entry((message, queue)).or_insert(record)
    }

    /// The record of a message in the group of a dead-letter queue.
    pub(super) fn dead_letter(&mut self, message: MessageId, queue: QueueId) -> &mut Record {
        self.dead_letters.get_mut(&(message, queue)).expect("a dead letter under way has a record")
    }

    /// Whether a message is under way in the group of a dead-letter queue.
    pub(super) fn has_dead_letter(&self, message: MessageId, queue: QueueId) -> bool {
        self.dead_letters.contains_key(&(message, queue))
    }

    /// Ends a message's records in the groups of dead-letter queues.
    fn end_dead_letters(&mut self, message: MessageId) {
        while let Some((&group, _)) =
            self.dead_letters.range((message, QueueId(0))..=(message, QueueId(u16::MAX))).next()
        {
            self.dead_letters.remove(&group);
        }
    }

    /// Every record of a home group that is not ended.
    pub(super) fn unended(&self) -> impl Iterator<Item = &Record> {
        let paged = self.pages.iter().flatten().flatten();
        paged.flat_map(|page| page.records.iter().flatten()).chain(self.stragglers.values())
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, Records};
    use crate::protocol::id::{Key, MessageId, SiteId};
    use crate::quantity::Time;

    #[test]
    fn finished_pages_go_and_late_records_stay() {
        let mut records = Records::new(1);
        let message = |number| MessageId::new(SiteId(0), number);
        for number in 0..10_000 {
            records.begin(message(number), Record::new(Time::from_nanos(number), number, Key::NONE));
        }
        for number in (0..10_000).filter(|number| number % 1000 != 7) {
            assert_eq!(records.end(message(number)).order, number);
        }
        assert_eq!(records.unended().count(), 10);
        assert_eq!(records.home(message(3007)).order, 3007);
        assert_eq!(records.pages[0].iter().flatten().count(), 0, "no page held more than one late record");
        assert_eq!(records.end(message(3007)).published_at, Time::from_nanos(3007));
        assert_eq!(records.unended().count(), 9);
    }
}
