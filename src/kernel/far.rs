//! Keys of events that are far from due, by time: what a heap would have to carry without need.
//!
//! ```text
//!   in the heap │ bucket │ bucket │ bucket │ … │ beyond: in no order
//!               ▲ horizon                      ▲ where the buckets end
//! ```
//!
//! A ladder queue (Tang, Goh and Thng 2005) of one rung, in front of which the heap stands as its bottom. With
//! a million pending events a heap is ten levels deep and each level a miss of the cache; here a key is written to
//! the end of a bucket and read once, with its neighbours.

use super::pending::Key;

/// Keys in a bucket, in the mean.
const PER_BUCKET: usize = 32;

/// The buckets end behind this many sixteenths of the keys: what few events come late shall not make them wide.
const SIXTEENTHS: usize = 15;

/// Keys at and after the horizon. Push takes constant time, and so does taking, amortised, unless most of them are
/// due at nearly the same time.
#[derive(Debug, Default)]
pub(super) struct Far {
    buckets: Vec<Vec<Key>>,
    /// The first bucket that was not taken.
    next: usize,
    /// When the first bucket begins, in nanoseconds.
    begins_at: u64,
    /// A bucket is 2^`shift` nanoseconds wide.
    shift: u32,
    beyond: Vec<Key>,
    len: usize,
}

/// When it is due.
const fn nanos(key: Key) -> u64 {
    (key >> 64) as u64
}

impl Far {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// From which key on they belong here; [`Key::MAX`] while there are none.
    pub(super) fn horizon(&self) -> Key {
        if self.len == 0 {
            return Key::MAX;
        }
        let at = Key::from(self.begins_at) + ((self.next as Key) << self.shift);
        if at > Key::from(u64::MAX) { Key::MAX } else { at << 64 }
    }

    /// Adds a key that is not before the horizon.
    pub(super) fn push(&mut self, key: Key) {
        self.len += 1;
        let bucket = usize::try_from((nanos(key) - self.begins_at) >> self.shift).unwrap_or(usize::MAX);
        match self.buckets.get_mut(bucket) {
            Some(bucket) => bucket.push(key),
            None => self.beyond.push(key),
        }
    }

    /// Takes the earliest keys, in no order; the horizon moves behind them. There are some.
    pub(super) fn take(&mut self) -> Vec<Key> {
        loop {
            while let Some(bucket) = self.buckets.get_mut(self.next) {
                self.next += 1;
                if !bucket.is_empty() {
                    self.len -= bucket.len();
                    return std::mem::take(bucket);
                }
            }
            let beyond = std::mem::take(&mut self.beyond);
            assert!(!beyond.is_empty(), "keys that are counted are somewhere");
            self.spread(beyond);
        }
    }

    /// Takes everything, in no order.
    pub(super) fn take_all(&mut self) -> Vec<Key> {
        let mut all = std::mem::take(&mut self.beyond);
        self.buckets.drain(..).for_each(|bucket| all.extend(bucket));
        *self = Self::default();
        all
    }

    /// Spreads keys over new buckets; until now there are none, nor keys in them.
    pub(super) fn spread(&mut self, mut keys: Vec<Key>) {
        let last = keys.len() - 1;
        let (_, &mut end, _) = keys.select_nth_unstable(last * SIXTEENTHS / 16);
        let begins_at = keys.iter().copied().map(nanos).min().expect("there are keys");
        let (span, most) = (nanos(end) - begins_at, (keys.len() / PER_BUCKET).max(2));
        let mut shift = 0;
        while span >> shift >= most as u64 {
            shift += 1;
        }
        let count = usize::try_from(span >> shift).expect("fewer buckets than keys") + 1;
        let mut buckets = std::mem::take(&mut self.buckets);
        buckets.iter_mut().for_each(Vec::clear);
        buckets.resize_with(count, Vec::new);
        *self = Self { buckets, next: 0, begins_at, shift, beyond: Vec::new(), len: 0 };
        for key in keys {
            self.push(key);
        }
    }

    /// Keeps only the keys that `keep` wants.
    pub(super) fn retain(&mut self, keep: impl Fn(Key) -> bool) {
        self.buckets.iter_mut().chain([&mut self.beyond]).for_each(|keys| keys.retain(|&key| keep(key)));
        self.len = self.buckets.iter().map(Vec::len).sum::<usize>() + self.beyond.len();
    }
}

#[cfg(test)]
mod tests {
    use super::{Far, Key};

    const fn at(nanos: u64) -> Key {
        (nanos as Key) << 64 | 7
    }

    #[test]
    fn keys_come_by_time_bucket_after_bucket() {
        let mut far = Far::default();
        // In reverse, close together, but for one at the end of time.
        let spread = (0..1000).rev().map(|n| at(5_000 + 3 * n));
        far.spread(spread.chain([at(u64::MAX)]).collect());
        assert!(far.buckets.len() > 10 && !far.beyond.is_empty());
        let (mut seen, mut horizon) = (0, 0);
        while far.len() > 0 {
            let keys = far.take();
            assert!(keys.iter().all(|&key| horizon <= key && key < far.horizon()));
            horizon = far.horizon();
            if (at(6_000)..at(7_000)).contains(&horizon) {
                far.push(horizon);
                seen -= 1;
            }
            seen += keys.len();
        }
        assert_eq!((seen, far.horizon()), (1001, Key::MAX));
    }

    #[test]
    fn keys_of_one_instant_are_one_bucket() {
        let mut far = Far::default();
        far.spread((0..10_000).map(|n| at(9) + n).collect());
        assert_eq!(far.take().len(), 10_000);
        assert_eq!(far.len(), 0);
    }
}
