//! The luck of a message: random numbers found by (seed, message, attempt, purpose).
//!
//! Owns the keyed bits and their purposes. 128 bits of `ChaCha8` serve everything that an attempt can
//! ask; each purpose reads them through a mixer of its own, so adding or removing a purpose never
//! shifts another, and variants of a scenario compare the same message under the same luck.
//!
//! ```text
//!  key = seed, stream number = attempt; in it one block, a window, for each four messages:
//!  │ message 0 │ message 1 │ message 2 │ message 3 │   │ message 4 │ …
//!  └────────────────── window 0 ───────────────────┘   └─ window 1 …
//! ```
//!
//! Windows are kept for a while, since neighbours are mostly asked for soon after each other; that
//! saves time and changes no value. Deliberately knows no order: asking twice gives the same answer.

use std::cell::{Cell, RefCell};

use rand::{Rng, SeedableRng};
use rand_chacha::{ChaCha8Core, ChaCha8Rng};

use super::draw::{Draw, fraction};
use super::hash::{self, GOLDEN, mix};

/// Messages in a window.
const MESSAGES_PER_WINDOW: usize = 4;
/// Words of 32 bits in a window, which is one block.
const WORDS_PER_WINDOW: u128 = 16;
/// The same in bytes.
const BYTES_PER_WINDOW: usize = 64;
/// Windows that are kept, a power of two: enough for 500 messages that overtake each other, and few
/// enough (11 KiB) to stay in a cache of the first level.
const WINDOWS: usize = 128;

/// What a message's luck is asked for, such as ("booking", "work#0") or ("fault", "lose-ack").
///
/// A stable 64-bit hash of two names; make it once, at wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(u64);

/// Where the luck of all messages of a run comes from.
#[derive(Clone, Debug)]
pub struct LuckSource {
    /// At the beginning of stream 0; copied for each window, which lets the compiler drop the three
    /// blocks of four that nobody reads.
    core: ChaCha8Core,
    /// A window has one place, found by [`place`]; who comes later takes it over.
    windows: RefCell<Box<[Window]>>,
}

/// The luck of neighbouring messages at the same attempt.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// `None` before anything was computed.
    of: Option<(u64, u32)>,
    lucks: [Luck; MESSAGES_PER_WINDOW],
}

/// All the luck of one attempt at one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Luck {
    words: [u64; 2],
}

/// The luck of one attempt, computed when it is first asked for, if ever.
#[derive(Clone, Debug)]
pub struct LazyLuck<'a> {
    source: &'a LuckSource,
    message: u64,
    attempt: u32,
    luck: Cell<Option<Luck>>,
}

/// An unlimited sequence of draws for one purpose: `SplitMix64`, 8 bytes.
#[derive(Clone, Debug)]
pub struct Draws {
    state: u64,
}

impl Purpose {
    /// The purpose `name` of `component`.
    #[must_use]
    pub const fn new(component: &str, name: &str) -> Self {
        Self(hash::names(component, name))
    }

    /// The hash itself, which also serves as a name where a number is asked for.
    #[must_use]
    pub const fn hash(self) -> u64 {
        self.0
    }
}

impl LuckSource {
    /// The luck that follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let empty = Window { of: None, lucks: [Luck { words: [0; 2] }; MESSAGES_PER_WINDOW] };
        let core = ChaCha8Core::from_seed(hash::key(seed, "luck"));
        Self { core, windows: RefCell::new(vec![empty; WINDOWS].into()) }
    }

    /// The luck of this attempt at `message`, not computed before it is used.
    #[must_use]
    pub const fn lazy(&self, message: u64, attempt: u32) -> LazyLuck<'_> {
        LazyLuck { source: self, message, attempt, luck: Cell::new(None) }
    }
}

impl Window {
    /// Computes the window `of`.
    #[cold]
    fn compute(&mut self, core: &ChaCha8Core, of: (u64, u32)) {
        let (window, attempt) = of;
        let mut rng = ChaCha8Rng::from(core.clone());
        rng.set_stream(u64::from(attempt));
        rng.set_word_pos(u128::from(window) * WORDS_PER_WINDOW);
        let mut block = [0; BYTES_PER_WINDOW];
        rng.fill_bytes(&mut block);
        let (halves, _) = block.as_chunks::<8>();
        let (pairs, _) = halves.as_chunks::<2>();
        for (luck, pair) in self.lucks.iter_mut().zip(pairs) {
            luck.words = pair.map(u64::from_le_bytes);
        }
        self.of = Some(of);
    }
}

/// Where a window is kept: Fibonacci hashing, which spreads neighbours evenly.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "7 bits are left")]
const fn place((window, attempt): (u64, u32)) -> usize {
    let hash = (window ^ (attempt as u64).rotate_right(8)).wrapping_mul(GOLDEN);
    (hash >> (u64::BITS - WINDOWS.ilog2())) as usize
}

impl Luck {
    /// The luck of this attempt at `message`: 128 bits of the `ChaCha8` stream number `attempt`, from
    /// word 4 · `message` on. About 12 ns when messages come nearly in order, 45 when they do not; ask
    /// once and keep it (16 bytes).
    #[inline]
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the remainder is below 4")]
    pub fn of(source: &LuckSource, message: u64, attempt: u32) -> Self {
        let of = (message / MESSAGES_PER_WINDOW as u64, attempt);
        let window = &mut source.windows.borrow_mut()[place(of)];
        if window.of != Some(of) {
            window.compute(&source.core, of);
        }
        window.lucks[(message % MESSAGES_PER_WINDOW as u64) as usize]
    }

    /// The draws for `purpose`, always from their beginning.
    #[inline]
    #[must_use]
    pub const fn draws(self, purpose: Purpose) -> Draws {
        let [first, second] = self.words;
        Draws { state: mix(first ^ purpose.0) ^ second }
    }

    /// The first fraction in [0, 1) for `purpose`; the same as `draws(purpose).uniform()`.
    #[inline]
    #[must_use]
    pub fn uniform(self, purpose: Purpose) -> f64 {
        fraction(self.draws(purpose).next_u64())
    }

    /// Whether what `purpose` names, of this probability, happens. Monotone: what happens at one
    /// probability happens at every higher one.
    #[inline]
    #[must_use]
    pub fn happens(self, purpose: Purpose, probability: f64) -> bool {
        self.draws(purpose).happens(probability)
    }
}

impl LazyLuck<'_> {
    /// The luck itself, computed now unless it was before.
    #[inline]
    #[must_use]
    pub fn resolve(&self) -> Luck {
        let luck = self.luck.get().unwrap_or_else(|| Luck::of(self.source, self.message, self.attempt));
        self.luck.set(Some(luck));
        luck
    }

    /// As [`Luck::draws`].
    #[must_use]
    pub fn draws(&self, purpose: Purpose) -> Draws {
        self.resolve().draws(purpose)
    }

    /// As [`Luck::uniform`].
    #[must_use]
    pub fn uniform(&self, purpose: Purpose) -> f64 {
        self.resolve().uniform(purpose)
    }

    /// As [`Luck::happens`], but computes nothing for what cannot or must happen.
    #[inline]
    #[must_use]
    pub fn happens(&self, purpose: Purpose, probability: f64) -> bool {
        if probability <= 0.0 {
            return false;
        }
        probability >= 1.0 || self.uniform(purpose) < probability
    }
}

impl Draw for Draws {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::{Draw, Luck, LuckSource, Purpose};

    const WORK: Purpose = Purpose::new("booking", "work#0");
    const LOSE: Purpose = Purpose::new("fault", "lose-ack");
    const MESSAGES: u32 = 100_000;

    /// Computed by a second implementation (Python, from the descriptions in `hash` and RFC 8439).
    #[test]
    fn luck_never_changes() {
        let source = LuckSource::new(7);
        let luck = Luck::of(&source, 1, 0);
        assert_eq!(luck.words, [4_753_005_904_835_402_690, 14_035_444_931_134_789_624]);
        let mut draws = luck.draws(WORK);
        assert_eq!(draws.next_u64(), 13_080_399_640_548_069_548);
        assert_eq!(draws.next_u64(), 4_608_012_781_175_555_229);
        let last = Luck::of(&source, u64::MAX, u32::MAX);
        assert_eq!(last.words, [3_376_584_427_569_253_064, 6_366_773_856_251_276_562]);
    }

    #[test]
    fn neither_order_nor_other_purposes_matter() {
        let source = LuckSource::new(3);
        let alone = Luck::of(&source, 42, 2).draws(WORK).next_u64();
        let other = Luck::of(&source, 41, 0);
        let luck = Luck::of(&source, 42, 2);
        let mut fault = luck.draws(LOSE);
        let _ = (other.uniform(LOSE), fault.next_u64(), fault.next_u64());
        assert_eq!(luck.draws(WORK).next_u64(), alone);
        assert_eq!(source.lazy(42, 2).draws(WORK).next_u64(), alone);
    }

    #[test]
    fn what_is_kept_changes_nothing() {
        let used = LuckSource::new(9);
        for step in 0..20_000_u64 {
            let scrambled = super::mix(step);
            let (message, attempt) = (scrambled % 5_000, (scrambled >> 40) % 3);
            let attempt = u32::try_from(attempt).expect("below 3");
            let fresh = (step % 100 == 0).then(|| LuckSource::new(9));
            let found = Luck::of(&used, message, attempt);
            if let Some(fresh) = fresh {
                assert_eq!(found, Luck::of(&fresh, message, attempt));
            }
        }
        assert_eq!(
            Luck::of(&LuckSource::new(7), 37, 3).words,
            [64_071_770_774_545_444, 15_987_062_193_188_063_608]
        );
    }

    #[test]
    fn seed_message_attempt_and_purpose_all_count() {
        let words = |seed, message, attempt| Luck::of(&LuckSource::new(seed), message, attempt).words;
        let base = words(1, 5, 0);
        for other in [words(2, 5, 0), words(1, 6, 0), words(1, 5, 1), words(1, 5 << 32, 0)] {
            assert_ne!(base, other);
        }
        let luck = Luck::of(&LuckSource::new(1), 5, 0);
        assert_ne!(luck.draws(WORK).next_u64(), luck.draws(LOSE).next_u64());
    }

    #[test]
    fn impossible_and_certain_things_compute_nothing() {
        let source = LuckSource::new(3);
        let luck = source.lazy(1, 1);
        assert!(!luck.happens(LOSE, 0.0));
        assert!(luck.happens(LOSE, 1.0));
        assert!(luck.luck.get().is_none());
        assert!(luck.happens(LOSE, 0.999_999_999));
        assert!(luck.luck.get().is_some());
    }

    /// Correlation of two sequences of fractions, whose mean is 1/2 and variance 1/12.
    fn correlation(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
        pairs.map(|(a, b)| (a - 0.5) * (b - 0.5)).sum::<f64>() * 12.0 / f64::from(MESSAGES)
    }

    #[test]
    fn purposes_attempts_and_messages_are_uncorrelated() {
        let source = LuckSource::new(11);
        let of = |message: u32, attempt| Luck::of(&source, u64::from(message), attempt);
        let across = [
            correlation((0..MESSAGES).map(|m| (of(m, 0).uniform(WORK), of(m, 0).uniform(LOSE)))),
            correlation((0..MESSAGES).map(|m| (of(m, 0).uniform(WORK), of(m, 1).uniform(WORK)))),
            correlation((0..MESSAGES).map(|m| (of(m, 0).uniform(WORK), of(m + 1, 0).uniform(WORK)))),
            correlation((0..MESSAGES).map(|m| {
                let mut draws = of(m, 0).draws(WORK);
                (draws.uniform(), draws.uniform())
            })),
        ];
        for found in across {
            // The standard error of a correlation near zero is 1/√n.
            assert!(found.abs() < 4.0 / f64::from(MESSAGES).sqrt(), "correlation {found}");
        }
    }
}
