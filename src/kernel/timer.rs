//! Timer lanes: cancellable events of a constant delay, in lists through one slab.
//!
//! Cancelling unlinks at once and leaves nothing behind, because most timers of a message queue are
//! cancelled and tombstones would cost memory in proportion to rate × timeout.

use super::pending::{Key, NEVER};
use super::slab::Slab;

const END: u32 = u32::MAX;

/// One waiting timer.
#[derive(Debug)]
struct Node<T> {
    key: Key,
    list: u8,
    previous: u32,
    next: u32,
    event: T,
}

/// The ends of one lane's list.
#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
}

/// All timer lanes. Every operation takes constant time.
#[derive(Debug)]
pub(super) struct TimerLanes<T> {
    nodes: Slab<Node<T>>,
    lists: Vec<List>,
}

impl<T> TimerLanes<T> {
    pub(super) fn new() -> Self {
        Self { nodes: Slab::default(), lists: Vec::new() }
    }

    pub(super) fn add_lane(&mut self) {
        self.lists.push(List { first: END, last: END });
    }

    /// Appends a timer due no earlier than any before it in `list`; returns its position.
    pub(super) fn push(&mut self, list: u8, key: Key, event: T) -> u32 {
        let previous = self.lists[usize::from(list)].last;
        let position = self.nodes.insert(Node { key, list, previous, next: END, event });
        let ends = &mut self.lists[usize::from(list)];
        ends.last = position;
        if previous == END {
            ends.first = position;
        } else {
            self.nodes[previous].next = position;
        }
        position
    }

    /// When the next timer of `list` is due.
    pub(super) fn head(&self, list: u8) -> Key {
        match self.lists[usize::from(list)].first {
            END => NEVER,
            first => self.nodes[first].key,
        }
    }

    pub(super) fn pop(&mut self, list: u8) -> Option<(Key, T)> {
        match self.lists[usize::from(list)].first {
            END => None,
            first => Some(self.unlink(first)),
        }
    }

    /// Takes the timer at `position` out if it still is the one with `key`; returns its list.
    pub(super) fn cancel(&mut self, position: u32, key: Key) -> Option<u8> {
        let node = self.nodes.find(position).filter(|node| node.key == key)?;
        let list = node.list;
        self.unlink(position);
        Some(list)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn unlink(&mut self, position: u32) -> (Key, T) {
        let node = self.nodes.remove(position);
        let ends = &mut self.lists[usize::from(node.list)];
        if node.previous == END {
            ends.first = node.next;
        } else {
            self.nodes[node.previous].next = node.next;
        }
        if node.next == END {
            ends.last = node.previous;
        } else {
            self.nodes[node.next].previous = node.previous;
        }
        (node.key, node.event)
    }
}
