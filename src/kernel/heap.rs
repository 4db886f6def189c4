//! A four-ary heap of small keys for events whose delay is not constant; what is far from due waits beside it.
//!
//! Payloads stay put in a slab, and a key names its payload's place in its lowest bits, so that sifting
//! moves 16 bytes and compares one number. A cancelled event leaves only its key, and keys are swept when
//! more than half of them are dead.

use super::far::Far;
use super::pending::{Key, NEVER, PLACES};
use super::slab::Slab;

const ARITY: usize = 4;

/// Sweeping fewer keys than this costs more than carrying them.
const SWEEP_FROM: usize = 64;

/// More keys than this make a heap that is deeper than it need be: those that are far from due leave it. Few in
/// tests, which have few events.
const MOST_NEAR: usize = if cfg!(test) { 100 } else { 1 << 10 };

/// Pending events by key. Push and pop take O(log n), from `MOST_NEAR` events on nearly constant time; cancelling
/// takes amortised constant time.
#[derive(Debug)]
pub(super) struct Heap<T> {
    keys: Vec<Key>,
    /// Whether the top was taken and its place is still open: the next key that is pushed goes there, which
    /// saves sinking one key and raising another.
    has_hole: bool,
    /// Keys from its horizon on; none before there were too many.
    far: Far,
    horizon: Key,
    /// How many keys the heap may have before some leave it.
    most_near: usize,
    /// The key tells whether a payload still belongs to an entry of the heap.
    payloads: Slab<(Key, T)>,
}

impl<T> Heap<T> {
    pub(super) fn new() -> Self {
        Self {
            keys: Vec::new(),
            has_hole: false,
            far: Far::default(),
            horizon: Key::MAX,
            most_near: MOST_NEAR,
            payloads: Slab::default(),
        }
    }

    /// Adds an event under `key`, whose lowest bits are free; returns the key with the payload's place.
    pub(super) fn push(&mut self, key: Key, event: T) -> Key {
        let place = self.payloads.insert((key, event));
        assert!(place < PLACES, "fewer than 2^28 random events are pending at once");
        let key = key | Key::from(place);
        self.payloads[place].0 = key;
        if key >= self.horizon {
            self.far.push(key);
        } else if self.has_hole {
            self.has_hole = false;
            self.sink(key);
            self.settle();
        } else {
            self.keys.push(key);
            self.rise(self.keys.len() - 1, key);
            if self.keys.len() > self.most_near {
                self.part();
            }
        }
        key
    }

    /// When the next event is due, if no hole is open. Its entry is alive: [`Self::settle`] keeps the top alive.
    pub(super) fn head(&self) -> Key {
        debug_assert!(!self.has_hole, "the hole is filled first");
        self.keys.first().copied().unwrap_or(NEVER)
    }

    /// Takes the next event, if no hole is open, and leaves one.
    pub(super) fn pop(&mut self) -> Option<(Key, T)> {
        debug_assert!(!self.has_hole, "the hole is filled first");
        let top = *self.keys.first()?;
        self.has_hole = true;
        Some(self.payloads.remove(place(top)))
    }

    /// Whether a popped event has left its place open.
    #[inline]
    pub(super) const fn has_hole(&self) -> bool {
        self.has_hole
    }

    /// Closes it.
    pub(super) fn fill_hole(&mut self) {
        self.has_hole = false;
        self.remove_top();
        self.settle();
    }

    /// Takes the event with `key` out if it is still pending.
    pub(super) fn cancel(&mut self, key: Key) -> bool {
        if !self.is_alive(key) {
            return false;
        }
        if self.has_hole {
            self.fill_hole();
        }
        self.payloads.remove(place(key));
        let keys = self.keys.len() + self.far.len();
        if keys > SWEEP_FROM && keys > 2 * self.payloads.len() {
            self.sweep();
        }
        self.settle();
        true
    }

    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.payloads.len()
    }

    fn is_alive(&self, key: Key) -> bool {
        is_alive(&self.payloads, key)
    }

    /// Sees to it that the top is alive: removes dead entries, and lets the next come nearer when none is left.
    fn settle(&mut self) {
        if self.keys.len() + self.far.len() == self.payloads.len() && !self.keys.is_empty() {
            return;
        }
        loop {
            while self.keys.first().is_some_and(|&top| !self.is_alive(top)) {
                self.remove_top();
            }
            if !self.keys.is_empty() || self.far.len() == 0 {
                return;
            }
            let nearest = self.far.take();
            self.begin_anew(nearest);
        }
    }

    fn sweep(&mut self) {
        let Self { far, payloads, .. } = self;
        far.retain(|key| is_alive(payloads, key));
        let keys = std::mem::take(&mut self.keys);
        self.begin_anew(keys);
    }

    /// Lets all keys but the earliest leave the heap.
    #[cold]
    fn part(&mut self) {
        let mut keys = self.far.take_all();
        keys.append(&mut self.keys);
        self.far.spread(keys);
        let nearest = self.far.take();
        self.begin_anew(nearest);
        self.settle();
        // Where most keys are due at the same time, that did not help, and shall not be tried at once again.
        self.most_near = MOST_NEAR.max(2 * self.keys.len());
    }

    /// The heap has just these keys, as far as they are alive, and those behind the horizon are far.
    fn begin_anew(&mut self, mut keys: Vec<Key>) {
        keys.retain(|&key| is_alive(&self.payloads, key));
        // A sorted vector is a heap, and sorting makes the layout independent of history.
        keys.sort_unstable();
        self.keys = keys;
        self.horizon = self.far.horizon();
    }

    fn remove_top(&mut self) {
        let last = self.keys.pop().expect("only called when there is a top");
        if !self.keys.is_empty() {
            self.sink(last);
        }
    }

    /// Puts `key` into the hole at the top: lets that sink to a leaf, and the key rise from there. It is late, so
    /// it rarely rises far, and each level on the way down costs one comparison less.
    fn sink(&mut self, key: Key) {
        let keys = self.keys.as_mut_slice();
        let mut hole = 0;
        while let Some(&[a, b, c, d]) = keys.get(hole * ARITY + 1..hole * ARITY + 1 + ARITY) {
            let left = earlier((0, a), (1, b));
            let right = earlier((2, c), (3, d));
            let (child, least) = earlier(left, right);
            keys[hole] = least;
            hole = hole * ARITY + 1 + child;
        }
        // The last node may have fewer children.
        let children = keys.iter().copied().enumerate().skip(hole * ARITY + 1);
        if let Some((child, least)) = children.min_by_key(|&(_, key)| key) {
            keys[hole] = least;
            hole = child;
        }
        self.rise(hole, key);
    }

    /// Puts `key` where it belongs between the hole at `child` and the root.
    #[inline]
    fn rise(&mut self, mut child: usize, key: Key) {
        let keys = self.keys.as_mut_slice();
        while child > 0 {
            let parent = (child - 1) / ARITY;
            if keys[parent] <= key {
                break;
            }
            keys[child] = keys[parent];
            child = parent;
        }
        keys[child] = key;
    }
}

/// Whether the payload that `key` names is its own.
fn is_alive<T>(payloads: &Slab<(Key, T)>, key: Key) -> bool {
    payloads.find(place(key)).is_some_and(|(own, _)| *own == key)
}

/// The earlier of two, without a branch: which it is cannot be predicted.
#[inline]
pub(super) const fn earlier(a: (usize, Key), b: (usize, Key)) -> (usize, Key) {
    if b.1 < a.1 { b } else { a }
}

/// The payload's place that a key names.
#[expect(clippy::cast_possible_truncation, reason = "the mask keeps 28 bits")]
const fn place(key: Key) -> u32 {
    (key & (PLACES as Key - 1)) as u32
}
