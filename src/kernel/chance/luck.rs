//! The luck of a message: random numbers found by (seed, message, attempt, purpose).
//!
//! Owns the keyed block and its purposes. One `ChaCha8` block serves everything that an attempt can
//! ask; each purpose reads it through a mixer of its own, so adding or removing a purpose never
//! shifts another, and variants of a scenario compare the same message under the same luck.
//! Deliberately knows no order: asking twice gives the same answer.

use std::cell::OnceCell;

use rand::{Rng, SeedableRng};
use rand_chacha::{ChaCha8Core, ChaCha8Rng};

use super::draw::{Draw, fraction};
use super::hash::{self, GOLDEN, mix};

/// Words of 32 bits in one block of `ChaCha`.
const WORDS_PER_BLOCK: u128 = 16;

/// What a message's luck is asked for, such as ("booking", "work#0") or ("fault", "lose-ack").
///
/// A stable 64-bit hash of two names; make it once, at wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(u64);

/// Where the luck of all messages of a run comes from.
#[derive(Clone, Debug)]
pub struct LuckSource {
    core: ChaCha8Core,
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
    luck: OnceCell<Luck>,
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
}

impl LuckSource {
    /// The luck that follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { core: ChaCha8Core::from_seed(hash::key(seed, "luck")) }
    }

    /// The luck of this attempt at `message`, not computed before it is used.
    #[must_use]
    pub const fn lazy(&self, message: u64, attempt: u32) -> LazyLuck<'_> {
        LazyLuck { source: self, message, attempt, luck: OnceCell::new() }
    }
}

impl Luck {
    /// The luck of this attempt at `message`: the first 128 bits of block number `attempt` of the
    /// `ChaCha8` stream number `message`. About 40 ns, so ask once and keep it (16 bytes).
    #[must_use]
    pub fn of(source: &LuckSource, message: u64, attempt: u32) -> Self {
        let mut rng = ChaCha8Rng::from(source.core.clone());
        rng.set_stream(message);
        rng.set_word_pos(u128::from(attempt) * WORDS_PER_BLOCK);
        Self { words: [rng.next_u64(), rng.next_u64()] }
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
        *self.luck.get_or_init(|| Luck::of(self.source, self.message, self.attempt))
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
        assert_eq!(luck.words, [11_477_943_378_223_245_772, 11_357_796_284_700_736_977]);
        let mut draws = luck.draws(WORK);
        assert_eq!(draws.next_u64(), 2_463_442_695_625_620_194);
        assert_eq!(draws.next_u64(), 7_504_827_243_749_765_187);
        let last = Luck::of(&source, u64::MAX, u32::MAX);
        assert_eq!(last.words, [17_755_670_230_420_601_001, 94_134_440_978_441_009]);
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
