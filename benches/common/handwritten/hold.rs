//! The hold model: N actors, each of which schedules itself again after a random delay.
//!
//! The classic measure of a pending-event structure (Jones 1986). A 4-ary heap of small keys; what an
//! event carries stays in a slab and does not move.

use super::{Chance, Counted};

/// Children of a node: four keys of 16 bytes are a cache line.
const ARITY: usize = 4;
/// Mean delay, in nanoseconds.
const MEAN: f64 = 1e9;

/// Bits of a key for the slot, below the sequence: 16 million actors, 10^12 events.
const SLOT_BITS: u32 = 24;

/// The order of events, and where the event is.
#[derive(Clone, Copy)]
struct Key {
    at: u64,
    sequence_and_slot: u64,
}

impl Key {
    #[inline]
    const fn new(at: u64, sequence: u64, slot: u32) -> Self {
        Self { at, sequence_and_slot: sequence << SLOT_BITS | slot as u64 }
    }

    #[inline]
    const fn slot(self) -> usize {
        (self.sequence_and_slot & ((1 << SLOT_BITS) - 1)) as usize
    }

    /// Both words as one, so that comparing needs no branch.
    #[inline]
    const fn order(self) -> u128 {
        (self.at as u128) << 64 | self.sequence_and_slot as u128
    }
}

/// What is carried to an actor: as much as a small message.
#[derive(Clone, Copy)]
struct Payload {
    actor: u32,
    hops: u64,
}

struct Heap {
    keys: Vec<Key>,
}

impl Heap {
    #[inline]
    fn push(&mut self, key: Key) {
        self.keys.push(key);
        self.rise(self.keys.len() - 1, key);
    }

    /// Takes the least key. The hole goes down to a leaf along the least children, then the last key
    /// rises from there: it mostly belongs near the leaves, so this compares less.
    #[inline]
    fn pop(&mut self) -> Option<Key> {
        let last = self.keys.pop()?;
        let Some(&top) = self.keys.first() else { return Some(last) };
        let keys = self.keys.as_mut_slice();
        let mut place = 0;
        while let Some(&[a, b, c, d]) = keys.get(place * ARITY + 1..place * ARITY + 1 + ARITY) {
            let (left, low) = less((0, a), (1, b));
            let (right, high) = less((2, c), (3, d));
            let (offset, child) = less((left, low), (right, high));
            keys[place] = child;
            place = place * ARITY + 1 + offset;
        }
        // The last node may have fewer children.
        let children = keys.iter().copied().enumerate().skip(place * ARITY + 1);
        if let Some((child, key)) = children.min_by_key(|(_, key)| key.order()) {
            keys[place] = key;
            place = child;
        }
        self.rise(place, last);
        Some(top)
    }

    /// Puts `key` where it belongs between the hole at `place` and the root.
    #[inline]
    fn rise(&mut self, mut place: usize, key: Key) {
        let keys = self.keys.as_mut_slice();
        while place > 0 {
            let parent = (place - 1) / ARITY;
            if keys[parent].order() <= key.order() {
                break;
            }
            keys[place] = keys[parent];
            place = parent;
        }
        keys[place] = key;
    }
}

#[inline]
const fn less(a: (usize, Key), b: (usize, Key)) -> (usize, Key) {
    if b.1.order() < a.1.order() { b } else { a }
}

/// Lets `actors` actors handle `events` events in all.
pub(crate) fn hold(actors: u32, events: u64) -> Counted {
    let mut chance = Chance::new(1);
    let mut heap = Heap { keys: Vec::with_capacity(actors as usize) };
    let mut slab: Vec<Payload> = Vec::with_capacity(actors as usize);
    let mut free: Vec<u32> = Vec::new();
    let mut state = vec![0_u64; actors as usize];
    let mut sequence = 0;
    for actor in 0..actors {
        slab.push(Payload { actor, hops: 0 });
        heap.push(Key::new(chance.exponential(MEAN), sequence, actor));
        sequence += 1;
    }
    let mut counted = Counted::NONE;
    while counted.events < events
        && let Some(key) = heap.pop()
    {
        let (at, slot) = (key.at, key.slot());
        counted.count(at);
        let payload = slab[slot];
        free.push(u32::try_from(slot).expect("a slot has 24 bits"));
        state[payload.actor as usize] += payload.hops;
        // Taken from the free list at once: always the slot just given back.
        let slot = free.pop().expect("a slot was just given back");
        slab[slot as usize] = Payload { hops: payload.hops + 1, ..payload };
        heap.push(Key::new(at + chance.exponential(MEAN), sequence, slot));
        sequence += 1;
    }
    counted.checksum ^= state.iter().fold(0, |sum: u64, hops| sum.wrapping_add(*hops));
    counted
}
