//! A lane: pending events of one constant delay, which come due in the order they were sent.
//!
//! Owns a ring buffer. Knows no other lane; [`super::pending`] merges them.

use std::collections::VecDeque;

use super::pending::{Key, NEVER};

/// Events of one constant delay, the earliest first. Push and pop take constant time.
#[derive(Debug)]
pub(super) struct Lane<T> {
    entries: VecDeque<(Key, T)>,
    /// Where [`super::pending`] keeps the key of its first event.
    pub(super) place: usize,
}

impl<T> Lane<T> {
    /// An empty lane, whose first key is kept at `place`.
    pub(super) const fn new(place: usize) -> Self {
        Self { entries: VecDeque::new(), place }
    }

    /// Appends an event due no earlier than any before it; says whether it is the first.
    #[inline]
    pub(super) fn push(&mut self, key: Key, event: T) -> bool {
        debug_assert!(self.entries.back().is_none_or(|(last, _)| *last < key), "a lane's delay is constant");
        self.entries.push_back((key, event));
        self.entries.len() == 1
    }

    /// Takes the first event, which there is.
    #[inline]
    pub(super) fn pop(&mut self) -> T {
        self.entries.pop_front().expect("a lane with a head has an event").1
    }

    /// Which key is the first.
    #[inline]
    pub(super) fn head(&self) -> Key {
        self.entries.front().map_or(NEVER, |(key, _)| *key)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
