//! One partition of a log: records with consecutive offsets, and what retention takes away again.
//!
//! Nothing is removed by being read. Time is an argument; who reads what is the groups' business.

use std::collections::VecDeque;

use crate::protocol::id::{Attempt, Key, MessageId};
use crate::protocol::node::Lsn;
use crate::quantity::Time;

/// A stored record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which message.
    pub message: MessageId,
    /// What it is about.
    pub key: Key,
    /// The publish attempt that made it.
    pub attempt: Attempt,
    /// In bytes.
    pub size: u32,
    /// When it was appended.
    pub stored_at: Time,
    /// Its place among the broker's changes.
    pub lsn: Lsn,
}

/// Records in the order they came. The first has the offset `base`, the next to come has `end`.
#[derive(Clone, Debug, Default)]
pub struct Partition {
    base: u64,
    records: VecDeque<Record>,
    bytes: u64,
}

impl Partition {
    /// Appends a record and returns its offset.
    pub fn append(&mut self, record: Record) -> u64 {
        self.bytes += u64::from(record.size);
        self.records.push_back(record);
        self.end() - 1
    }

    /// The oldest offset that is still there, or the next to come if nothing is.
    #[must_use]
    pub const fn base(&self) -> u64 {
        self.base
    }

    /// The offset of the next record to come.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.base + self.records.len() as u64
    }

    /// The record at `offset`, if it is there.
    #[must_use]
    pub fn get(&self, offset: u64) -> Option<&Record> {
        let place = usize::try_from(offset.checked_sub(self.base)?).ok()?;
        self.records.get(place)
    }

    /// When the oldest record was appended.
    #[must_use]
    pub fn oldest_at(&self) -> Option<Time> {
        self.records.front().map(|record| record.stored_at)
    }

    /// Removes the oldest record if it was appended at `limit` or before.
    pub fn expire(&mut self, limit: Time) -> Option<(u64, Record)> {
        if self.oldest_at()? > limit {
            return None;
        }
        self.remove_oldest()
    }

    /// Removes the oldest record if all together have more than `most` bytes; the newest always stays.
    pub fn shrink(&mut self, most: u64) -> Option<(u64, Record)> {
        if self.bytes <= most || self.records.len() < 2 {
            return None;
        }
        self.remove_oldest()
    }

    /// Removes the newest record if it is one that is lost.
    pub fn truncate(&mut self, is_lost: impl Fn(&Record) -> bool) -> Option<(u64, Record)> {
        let record = *self.records.back().filter(|record| is_lost(record))?;
        self.records.pop_back();
        self.bytes -= u64::from(record.size);
        Some((self.end(), record))
    }

    fn remove_oldest(&mut self) -> Option<(u64, Record)> {
        let record = self.records.pop_front()?;
        self.bytes -= u64::from(record.size);
        self.base += 1;
        Some((self.base - 1, record))
    }
}

#[cfg(test)]
mod tests {
    use super::{Partition, Record};
    use crate::protocol::id::{Attempt, Key, MessageId, SiteId};
    use crate::protocol::node::Lsn;
    use crate::quantity::Time;

    fn record(number: u64, size: u32) -> Record {
        Record {
            message: MessageId::new(SiteId(0), number),
            key: Key::NONE,
            attempt: Attempt::default(),
            size,
            stored_at: Time::from_nanos(number * 10),
            lsn: Lsn(number),
        }
    }

    #[test]
    fn offsets_go_on_whatever_is_removed() {
        let mut partition = Partition::default();
        assert_eq!((partition.base(), partition.end()), (0, 0));
        for number in 0..5 {
            assert_eq!(partition.append(record(number, 1)), number);
        }
        assert_eq!(partition.expire(Time::from_nanos(10)).map(|(offset, _)| offset), Some(0));
        assert_eq!(partition.expire(Time::from_nanos(10)).map(|(offset, _)| offset), Some(1));
        assert_eq!(partition.expire(Time::from_nanos(19)), None);
        assert_eq!((partition.base(), partition.end()), (2, 5));
        assert_eq!(partition.get(1), None);
        assert_eq!(partition.get(4).map(|record| record.message.number()), Some(4));
        assert_eq!(partition.get(5), None);
        assert_eq!(partition.append(record(5, 1)), 5);
    }

    #[test]
    fn what_is_lost_is_the_newest_and_its_offsets_are_given_again() {
        let mut partition = Partition::default();
        for number in 0..4 {
            partition.append(record(number, 1));
        }
        let is_lost = |record: &Record| record.lsn > Lsn(1);
        assert_eq!(partition.truncate(is_lost).map(|(offset, _)| offset), Some(3));
        assert_eq!(partition.truncate(is_lost).map(|(offset, _)| offset), Some(2));
        assert_eq!(partition.truncate(is_lost), None);
        assert_eq!(partition.append(record(9, 1)), 2);
    }

    #[test]
    fn size_removes_the_oldest_but_never_the_newest() {
        let mut partition = Partition::default();
        (0..4).for_each(|number| {
            partition.append(record(number, 100));
        });
        assert_eq!(partition.shrink(400), None, "exactly full is not too much");
        assert_eq!(partition.shrink(399).map(|(offset, _)| offset), Some(0));
        assert_eq!(partition.shrink(399), None);
        while partition.shrink(0).is_some() {}
        assert_eq!((partition.base(), partition.end()), (3, 4));
    }
}
