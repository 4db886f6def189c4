//! The hold model: N actors, each of which schedules itself again after a random delay.
//!
//! The classic measure of a pending-event structure (Jones 1986). A 4-ary heap of small keys; what an
//! event carries stays in a slab and does not move.

use super::{Chance, Counted};

/// Children of a node: four keys of 24 bytes are within two cache lines.
const ARITY: usize = 4;
/// Mean delay, in nanoseconds.
const MEAN: f64 = 1e9;

/// The order of events, and where the event is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    at: u64,
    sequence: u64,
    slot: u32,
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
        let mut place = self.keys.len();
        self.keys.push(key);
        while place > 0 {
            let parent = (place - 1) / ARITY;
            if self.keys[parent] <= key {
                break;
            }
            self.keys[place] = self.keys[parent];
            place = parent;
        }
        self.keys[place] = key;
    }

    #[inline]
    fn pop(&mut self) -> Option<Key> {
        let last = self.keys.pop()?;
        let Some(&top) = self.keys.first() else { return Some(last) };
        let keys = self.keys.as_mut_slice();
        let mut place = 0;
        loop {
            let first = place * ARITY + 1;
            let Some(children) = keys.get(first..keys.len().min(first + ARITY)) else { break };
            let Some((offset, child)) = least(children) else { break };
            if last <= child {
                break;
            }
            keys[place] = child;
            place = first + offset;
        }
        keys[place] = last;
        Some(top)
    }
}

#[inline]
fn least(children: &[Key]) -> Option<(usize, Key)> {
    let (mut place, mut found) = (0, *children.first()?);
    for (offset, &child) in children.iter().enumerate().skip(1) {
        if child < found {
            (place, found) = (offset, child);
        }
    }
    Some((place, found))
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
        heap.push(Key { at: chance.exponential(MEAN), sequence, slot: actor });
        sequence += 1;
    }
    let mut counted = Counted::NONE;
    while counted.events < events
        && let Some(Key { at, slot, .. }) = heap.pop()
    {
        counted.count(at);
        let payload = slab[slot as usize];
        free.push(slot);
        state[payload.actor as usize] += payload.hops;
        // Taken from the free list at once: always the slot just given back.
        let slot = free.pop().expect("a slot was just given back");
        slab[slot as usize] = Payload { hops: payload.hops + 1, ..payload };
        heap.push(Key { at: at + chance.exponential(MEAN), sequence, slot });
        sequence += 1;
    }
    counted.checksum ^= state.iter().fold(0, |sum: u64, hops| sum.wrapping_add(*hops));
    counted
}
