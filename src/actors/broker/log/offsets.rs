//! Where one consumer group stands in one partition.
//!
//! ```text
//!   base      committed           position        highest     end
//!    ├── done ────┼── sent, not done ──┼── to be sent ┼─ never ───┤
//!                 │                    │   again      │  sent     │
//!                 └────── rewind ◀─────┘
//! ```
//!
//! `committed` is what survives an owner; `position` is what goes out next. Records that ended before the
//! committed offset passed them (skipped, dead-lettered) are remembered and never sent again.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

use crate::protocol::fact::Occasion;
use crate::quantity::Time;

/// A group's offsets in one partition.
#[derive(Clone, Debug)]
pub struct Offsets {
    committed: u64,
    position: u64,
    highest: u64,
    /// Deliveries so far of the records from `counted_from` to `highest`.
    counts: VecDeque<u16>,
    counted_from: u64,
    ended: BTreeSet<u64>,
    /// Deliveries below this are deliberate repetitions.
    replayed_below: u64,
    /// When the position last went back.
    returned_at: Time,
    rests_until: Time,
}

/// A record to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Its offset.
    pub offset: u64,
    /// Which delivery of it in this group, from 1.
    pub number: u32,
    /// Whether it is repeated deliberately.
    pub occasion: Occasion,
    /// Since when it has waited, if it had been sent before.
    pub returned_at: Option<Time>,
}

impl Offsets {
    /// A group that begins at `start`.
    #[must_use]
    pub const fn new(start: u64) -> Self {
        Self {
            committed: start,
            position: start,
            highest: start,
            counts: VecDeque::new(),
            counted_from: start,
            ended: BTreeSet::new(),
            replayed_below: 0,
            returned_at: Time::ZERO,
            rests_until: Time::ZERO,
        }
    }

    /// Up to here everything is done.
    #[must_use]
    pub const fn committed(&self) -> u64 {
        self.committed
    }

    /// What is sent next.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Records that were sent, are not committed, and have not ended otherwise.
    #[must_use]
    pub fn under_way(&self) -> u64 {
        let ended = if self.ended.is_empty() {
            0
        } else {
            self.ended.range(self.committed..self.position.max(self.committed)).count() as u64
        };
        self.position.saturating_sub(self.committed) - ended
    }

    /// Since when the next record has waited, which was stored at `stored_at`.
    #[must_use]
    pub fn waits_since(&self, stored_at: Time) -> Time {
        if self.position < self.highest { self.returned_at.max(stored_at) } else { stored_at }
    }

    /// Whether the record at `offset` is done because a commit passed it.
    #[must_use]
    pub fn is_done(&self, offset: u64) -> bool {
        offset < self.committed && !self.ended.contains(&offset)
    }

    /// Whether nothing is to be sent before a nacked record's delay is over.
    #[must_use]
    pub fn rests(&self, now: Time) -> bool {
        now < self.rests_until
    }

    /// Sends nothing before `until`.
    pub fn rest(&mut self, until: Time) {
        self.rests_until = until;
    }

    /// The next record to send, below `end`; the position moves behind it.
    pub fn send(&mut self, end: u64) -> Option<Sending> {
        if self.position >= end {
            return None;
        }
        let offset = self.position;
        self.position += 1;
        while self.ended.contains(&self.position) {
            self.position += 1;
        }
        let is_first = offset >= self.highest;
        let number = self.count(offset);
        Some(Sending {
            offset,
            number: u32::from(number),
            occasion: if offset < self.replayed_below { Occasion::Replay } else { Occasion::Ordinary },
            returned_at: (!is_first).then_some(self.returned_at),
        })
    }

    /// Counts one more delivery of the record at `offset`.
    fn count(&mut self, offset: u64) -> u16 {
        while self.highest <= offset {
            self.counts.push_back(0);
            self.highest += 1;
        }
        let place = usize::try_from(offset - self.counted_from).expect("what is under way fits memory");
        let count = &mut self.counts[place];
        *count = count.saturating_add(1);
        *count
    }

    /// Deliveries so far of the record at `offset`, as far as they are still counted.
    #[must_use]
    pub fn deliveries(&self, offset: u64) -> u32 {
        let place = offset.checked_sub(self.counted_from).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.counts.get(place)).copied().map_or(0, u32::from)
    }

    /// Goes back to `to`, but not behind what is committed; says whether that was a step back.
    pub fn rewind(&mut self, now: Time, to: u64) -> bool {
        let to = to.max(self.committed);
        let goes_back = to < self.position;
        if goes_back {
            self.position = to;
            self.returned_at = now;
            self.pass_ended();
        }
        goes_back
    }

    /// Everything below `to` is done: which records that is news of, but for those that had ended.
    pub fn commit(&mut self, to: u64) -> Vec<u64> {
        let news = self.committed..to.max(self.committed);
        self.position = self.position.max(to);
        self.pass(news)
    }

    /// Moves the committed offset over `range`; returns the records in it that had not ended.
    fn pass(&mut self, range: Range<u64>) -> Vec<u64> {
        let end = range.end;
        let passed = range.filter(|offset| !self.ended.contains(offset)).collect();
        self.committed = end;
        self.pass_ended();
        passed
    }

    /// Ends the record at `offset` before its time; says whether it had not ended yet.
    pub fn end(&mut self, offset: u64) -> bool {
        let is_news = offset >= self.committed && self.ended.insert(offset);
        self.pass_ended();
        is_news
    }

    fn pass_ended(&mut self) {
        while self.ended.contains(&self.committed) {
            self.committed += 1;
        }
        self.position = self.position.max(self.committed);
        while self.ended.contains(&self.position) {
            self.position += 1;
        }
        self.highest = self.highest.max(self.committed);
        while self.counted_from < self.committed {
            self.counts.pop_front();
            self.counted_from += 1;
        }
    }

    /// Forgets what ended below `offset`: it can never be asked for again.
    pub fn forget_below(&mut self, offset: u64) {
        if !self.ended.is_empty() {
            self.ended = self.ended.split_off(&offset);
        }
    }

    /// The records below `base` are gone: which of them the group had not done.
    pub fn lose_below(&mut self, base: u64) -> Vec<u64> {
        let lost = if base > self.committed { self.pass(self.committed..base) } else { Vec::new() };
        self.forget_below(base);
        lost
    }

    /// The records from `end` on are lost; says whether the one at `end` was done.
    pub fn truncate(&mut self, end: u64) -> bool {
        let was_done = self.is_done(end);
        self.ended.split_off(&end);
        self.committed = self.committed.min(end);
        self.position = self.position.min(end);
        self.highest = self.highest.min(end);
        self.replayed_below = self.replayed_below.min(end);
        self.counted_from = self.counted_from.min(end);
        self.counts.truncate(usize::try_from(self.highest - self.counted_from).unwrap_or(usize::MAX));
        was_done
    }

    /// Whether the record at `offset` ended before a commit passed it.
    #[must_use]
    pub fn has_ended(&self, offset: u64) -> bool {
        self.ended.contains(&offset)
    }

    /// Goes on at `to`, in either direction, deliberately; what was sent before is sent again as a replay.
    pub fn replay(&mut self, now: Time, to: u64) -> Replayed {
        let open = |offset: &u64| !self.ended.contains(offset);
        let undone: Vec<u64> = (to..self.committed).filter(open).collect();
        let skipped: Vec<u64> = (self.committed..to).filter(open).collect();
        self.replayed_below = self.highest.max(self.replayed_below);
        while self.counted_from > to {
            // What was done before was delivered once at least.
            self.counts.push_front(1);
            self.counted_from -= 1;
        }
        self.committed = to;
        self.position = to;
        self.returned_at = now;
        self.pass_ended();
        Replayed { undone, skipped }
    }
}

/// What a replay changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Records that were done and are to be done again.
    pub undone: Vec<u64>,
    /// Records that were not done and are left out.
    pub skipped: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use super::{Offsets, Replayed};
    use crate::protocol::fact::Occasion;
    use crate::quantity::Time;

    const LATER: Time = Time::from_nanos(5);

    fn sent(offsets: &mut Offsets, end: u64) -> Vec<(u64, u32)> {
        std::iter::from_fn(|| offsets.send(end)).map(|sending| (sending.offset, sending.number)).collect()
    }

    #[test]
    fn what_was_not_committed_is_sent_again_and_counted() {
        let mut offsets = Offsets::new(0);
        assert_eq!(sent(&mut offsets, 3), [(0, 1), (1, 1), (2, 1)]);
        assert_eq!(offsets.commit(1), [0]);
        assert_eq!(offsets.under_way(), 2);
        assert!(offsets.rewind(LATER, 0), "not behind what is committed");
        let again = offsets.send(5).expect("there is more");
        assert_eq!((again.offset, again.number, again.returned_at), (1, 2, Some(LATER)));
        assert_eq!(sent(&mut offsets, 5), [(2, 2), (3, 1), (4, 1)]);
        assert!(!offsets.rewind(LATER, 7));
        assert_eq!(offsets.deliveries(2), 2);
    }

    #[test]
    fn an_older_commit_changes_nothing() {
        let mut offsets = Offsets::new(0);
        sent(&mut offsets, 4);
        assert_eq!(offsets.commit(3), [0, 1, 2]);
        assert_eq!(offsets.commit(2), [0; 0]);
        assert_eq!(offsets.committed(), 3);
    }

    #[test]
    fn what_ended_early_ends_once_and_is_passed_over() {
        let mut offsets = Offsets::new(0);
        sent(&mut offsets, 4);
        assert!(offsets.end(1));
        assert!(!offsets.end(1));
        assert_eq!(offsets.under_way(), 3);
        offsets.rewind(LATER, 0);
        assert_eq!(sent(&mut offsets, 4), [(0, 2), (2, 2), (3, 2)]);
        assert_eq!(offsets.commit(1), [0]);
        assert_eq!(offsets.committed(), 2, "the ended record needs no commit of its own");
        assert!(!offsets.end(0), "what is committed has ended");
    }

    #[test]
    fn retention_takes_what_was_not_done() {
        let mut offsets = Offsets::new(0);
        sent(&mut offsets, 2);
        assert_eq!(offsets.commit(1), [0]);
        assert_eq!(offsets.lose_below(4), [1, 2, 3]);
        assert_eq!((offsets.committed(), offsets.position()), (4, 4));
        assert_eq!(sent(&mut offsets, 6), [(4, 1), (5, 1)]);
    }

    #[test]
    fn a_replay_goes_back_and_says_so_until_it_has_caught_up() {
        let mut offsets = Offsets::new(0);
        sent(&mut offsets, 5);
        offsets.end(1);
        offsets.commit(3);
        assert_eq!(offsets.replay(LATER, 0), Replayed { undone: vec![0, 2], skipped: vec![] });
        let occasions: Vec<_> = std::iter::from_fn(|| offsets.send(6))
            .map(|sending| (sending.offset, sending.number, sending.occasion))
            .collect();
        let replay = Occasion::Replay;
        assert_eq!(
            occasions,
            [(0, 2, replay), (2, 2, replay), (3, 2, replay), (4, 2, replay), (5, 1, Occasion::Ordinary)]
        );
        assert_eq!(offsets.replay(LATER, 6), Replayed { undone: vec![], skipped: vec![0, 2, 3, 4, 5] });
    }
}
