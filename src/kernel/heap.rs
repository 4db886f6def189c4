//! A four-ary heap of small keys for events whose delay is not constant.
//!
//! Payloads stay put in a slab, so that sifting moves 32 bytes. A cancelled event leaves only its key,
//! and keys are swept when more than half of them are dead.

use super::pending::{Key, NEVER};
use super::slab::Slab;

const ARITY: usize = 4;

/// Sweeping fewer keys than this costs more than carrying them.
const SWEEP_FROM: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: Key,
    position: u32,
}

/// Pending events by key. Push and pop take O(log n), cancelling amortised constant time.
#[derive(Debug)]
pub(super) struct Heap<T> {
    entries: Vec<Entry>,
    /// The key tells whether an entry's payload is still its own.
    payloads: Slab<(Key, T)>,
}

impl<T> Heap<T> {
    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), payloads: Slab::default() }
    }

    /// Adds an event; returns its position.
    pub(super) fn push(&mut self, key: Key, event: T) -> u32 {
        let position = self.payloads.insert((key, event));
        self.entries.push(Entry { key, position });
        self.sift_up(self.entries.len() - 1);
        position
    }

    /// When the next event is due. Its entry is alive: [`Self::settle`] keeps the top alive.
    pub(super) fn head(&self) -> Key {
        self.entries.first().map_or(NEVER, |entry| entry.key)
    }

    pub(super) fn pop(&mut self) -> Option<(Key, T)> {
        let top = *self.entries.first()?;
        self.remove_top();
        let payload = self.payloads.remove(top.position);
        self.settle();
        Some(payload)
    }

    /// Takes the event at `position` out if it still is the one with `key`.
    pub(super) fn cancel(&mut self, position: u32, key: Key) -> bool {
        if self.payloads.find(position).is_none_or(|(own, _)| *own != key) {
            return false;
        }
        self.payloads.remove(position);
        if self.entries.len() > SWEEP_FROM && self.entries.len() > 2 * self.payloads.len() {
            self.sweep();
        }
        self.settle();
        true
    }

    pub(super) fn len(&self) -> usize {
        self.payloads.len()
    }

    fn is_alive(&self, entry: Entry) -> bool {
        self.payloads.find(entry.position).is_some_and(|(own, _)| *own == entry.key)
    }

    /// Removes dead entries from the top.
    fn settle(&mut self) {
        if self.entries.len() == self.payloads.len() {
            return;
        }
        while self.entries.first().is_some_and(|&top| !self.is_alive(top)) {
            self.remove_top();
        }
    }

    fn sweep(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.retain(|&entry| self.is_alive(entry));
        // A sorted vector is a heap, and sorting makes the layout independent of history.
        entries.sort_unstable_by_key(|entry| entry.key);
        self.entries = entries;
    }

    fn remove_top(&mut self) {
        let last = self.entries.pop().expect("only called when there is a top");
        if let Some(top) = self.entries.first_mut() {
            *top = last;
            self.sift_down(0);
        }
    }

    fn sift_up(&mut self, mut child: usize) {
        let moving = self.entries[child];
        while child > 0 {
            let parent = (child - 1) / ARITY;
            if self.entries[parent].key <= moving.key {
                break;
            }
            self.entries[child] = self.entries[parent];
            child = parent;
        }
        self.entries[child] = moving;
    }

    fn sift_down(&mut self, mut parent: usize) {
        let moving = self.entries[parent];
        loop {
            let first = parent * ARITY + 1;
            let children = first..(first + ARITY).min(self.entries.len());
            let Some(least) = children.min_by_key(|&child| self.entries[child].key) else { break };
            if moving.key <= self.entries[least].key {
                break;
            }
            self.entries[parent] = self.entries[least];
            parent = least;
        }
        self.entries[parent] = moving;
    }
}
