//! Sequences of random numbers for things that happen one after the other, such as arrivals.
//!
//! Owns how a stream is found: `ChaCha8` with the key from the seed and the stream number from the
//! names. Deliberately knows no order of creation: the thousandth stream asked for is the same as
//! if it had been the first. What belongs to a message is in `luck`, not here.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::draw::Draw;
use super::hash;

/// A sequence of random numbers, found by (seed, component, purpose).
///
/// Holds about 300 bytes, so one belongs to a component and a purpose, never to each of many
/// instances.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
}

/// The stream of `purpose` in `component`, at its beginning.
///
/// Two calls with the same arguments give the same sequence; any other argument gives one that is
/// independent of it.
#[must_use]
pub fn stream(seed: u64, component: &str, purpose: &str) -> Stream {
    let mut rng = ChaCha8Rng::from_seed(hash::key(seed, "stream"));
    rng.set_stream(hash::names(component, purpose));
    Stream { rng }
}

impl Draw for Stream {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.rng.next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::{Draw, stream};

    fn first(seed: u64, component: &str, purpose: &str) -> u64 {
        stream(seed, component, purpose).next_u64()
    }

    /// Computed by a second implementation (Python, from the descriptions in `hash` and RFC 8439).
    #[test]
    fn streams_never_change() {
        let mut arrivals = stream(7, "buyers", "arrivals");
        let drawn = [arrivals.next_u64(), arrivals.next_u64(), arrivals.next_u64()];
        let expected = [10_256_826_267_089_823_155, 17_960_178_111_726_393_716, 15_218_024_426_505_601_280];
        assert_eq!(drawn, expected);
        assert_eq!(first(0, "", ""), 4_232_960_258_305_239_129);
    }

    #[test]
    fn every_part_of_the_name_counts() {
        let base = first(1, "booking", "work");
        assert_eq!(base, first(1, "booking", "work"));
        assert_ne!(base, first(2, "booking", "work"));
        assert_ne!(base, first(1, "billing", "work"));
        assert_ne!(base, first(1, "booking", "fail"));
    }
}
