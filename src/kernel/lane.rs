//! A lane: pending events of one constant delay, which come due in the order they were sent.
//!
//! Owns a ring. Knows no other lane; [`super::pending`] merges them.

use super::pending::{Key, NEVER};

/// Slots of a new ring.
const FEWEST_SLOTS: usize = 16;

/// Events of one constant delay, the earliest first. Push and pop take constant time.
///
/// A ring of its own rather than a `VecDeque`: with [`Self::grow`] apart, sending an event calls nothing, and so
/// saves no registers.
#[derive(Debug)]
pub(super) struct Lane<T> {
    /// A power of two of them, of which one is free whenever something is pushed.
    slots: Vec<Option<(Key, T)>>,
    /// Where the first event is, and where the next will be; both grow for ever and are wrapped on use.
    first: usize,
    end: usize,
    /// Where [`super::pending`] keeps the key of its first event.
    pub(super) place: usize,
}

impl<T> Lane<T> {
    /// An empty lane, whose first key is kept at `place`.
    pub(super) fn new(place: usize) -> Self {
        Self { slots: free_slots(FEWEST_SLOTS), first: 0, end: 0, place }
    }

    /// Appends an event due no earlier than any before it; says whether it is the first. Afterwards the lane
    /// may be full.
    #[inline]
    pub(super) fn push(&mut self, key: Key, event: T) -> bool {
        debug_assert!(self.last().is_none_or(|last| last < key), "a lane's delay is constant");
        let at = self.end & (self.slots.len() - 1);
        match &mut self.slots[at] {
            slot @ None => *slot = Some((key, event)),
            Some(_) => unreachable!("a full lane grows before the next event"),
        }
        self.end = self.end.wrapping_add(1);
        self.end == self.first.wrapping_add(1)
    }

    /// Whether it has to grow before the next event.
    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.end.wrapping_sub(self.first) == self.slots.len()
    }

    /// Makes room for twice as many events.
    #[cold]
    #[inline(never)]
    pub(super) fn grow(&mut self) {
        let held = self.slots.len();
        self.slots.rotate_left(self.first & (held - 1));
        self.slots.extend(free_slots(held));
        (self.first, self.end) = (0, held);
    }

    /// Takes the first event, which there is.
    #[inline]
    pub(super) fn pop(&mut self) -> T {
        let mask = self.slots.len() - 1;
        let (_, event) = self.slots[self.first & mask].take().expect("a lane with a head has an event");
        self.first = self.first.wrapping_add(1);
        event
    }

    /// Which key is the first.
    #[inline]
    pub(super) fn head(&self) -> Key {
        self.slots[self.first & (self.slots.len() - 1)].as_ref().map_or(NEVER, |(key, _)| *key)
    }

    /// Which key is the last.
    fn last(&self) -> Option<Key> {
        let at = self.end.wrapping_sub(1) & (self.slots.len() - 1);
        self.slots[at].as_ref().map(|(key, _)| *key)
    }

    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.end.wrapping_sub(self.first)
    }
}

fn free_slots<T>(count: usize) -> Vec<Option<(Key, T)>> {
    std::iter::repeat_with(|| None).take(count).collect()
}
