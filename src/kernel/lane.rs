//! A lane: pending events of one constant delay, which come due in the order they were sent.
//!
//! Owns a ring buffer. Knows no other lane; [`super::pending`] merges them.

use std::collections::VecDeque;

use super::pending::{Key, NEVER};

/// Events of one constant delay, the earliest first. Push and pop take constant time.
#[derive(Debug)]
pub(super) struct Lane<T> {
    entries: VecDeque<(Key, T)>,
}

impl<T> Lane<T> {
    pub(super) const fn new() -> Self {
        Self { entries: VecDeque::new() }
    }

    /// Appends an event due no earlier than any before it.
    pub(super) fn push(&mut self, key: Key, event: T) {
        debug_assert!(self.entries.back().is_none_or(|(last, _)| *last < key), "a lane's delay is constant");
        self.entries.push_back((key, event));
    }

    /// When the next event is due.
    pub(super) fn head(&self) -> Key {
        self.entries.front().map_or(NEVER, |(key, _)| *key)
    }

    pub(super) fn pop(&mut self) -> Option<(Key, T)> {
        self.entries.pop_front()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
