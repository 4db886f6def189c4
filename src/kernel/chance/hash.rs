//! The stable hash that selects streams and purposes, and the mixer behind it.
//!
//! Owns two published functions whose values are part of what a seed promises: they are pinned by
//! tests and must never change. Not a defence against anyone who picks names on purpose.

/// The step of `SplitMix64`'s counter: 2^64 divided by the golden ratio, made odd.
pub(super) const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Offset basis of the 64-bit FNV-1a hash (Fowler, Noll, Vo; RFC 9923).
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
/// Prime of the 64-bit FNV-1a hash.
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
/// Stands between names; no UTF-8 text contains it, so ("ab", "c") and ("a", "bc") differ.
const SEPARATOR: u8 = 0xff;

/// `SplitMix64`'s finalizer (Steele, Lea, Flood 2014, with Stafford's variant 13): a bijection in which
/// every input bit flips every output bit with probability close to one half.
#[must_use]
pub(super) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stable hash of a number that leaves no pattern in its low bits, for dealing keys out.
#[must_use]
pub const fn spread(number: u64) -> u64 {
    mix(number.wrapping_add(GOLDEN))
}

/// A 64-bit hash of a pair of names: FNV-1a over `first`, a separator and `second`, then `mix`,
/// because FNV alone leaves the high bits of short names alike.
#[must_use]
pub const fn names(first: &str, second: &str) -> u64 {
    let hash = fnv(FNV_BASIS, first.as_bytes());
    let hash = fnv(hash, &[SEPARATOR]);
    mix(fnv(hash, second.as_bytes()))
}

/// 256 bits of key for a `ChaCha` generator: the `SplitMix64` sequence that starts at `seed`, told apart
/// by `domain` so that generators of different use never share a key.
#[must_use]
pub(super) fn key(seed: u64, domain: &str) -> [u8; 32] {
    let start = seed ^ names("key", domain);
    let mut key = [0; 32];
    for (place, word) in (1..).zip(key.chunks_exact_mut(8)) {
        word.copy_from_slice(&mix(start.wrapping_add(GOLDEN.wrapping_mul(place))).to_le_bytes());
    }
    key
}

/// One FNV-1a pass over `bytes`, going on from `hash`.
const fn fnv(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(FNV_PRIME);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::{FNV_BASIS, GOLDEN, fnv, key, mix, names};

    #[test]
    fn fnv_gives_the_published_values() {
        assert_eq!(fnv(FNV_BASIS, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(FNV_BASIS, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(FNV_BASIS, b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_mixer_gives_the_published_splitmix_sequence() {
        // The first outputs of SplitMix64 from state 1234567 (Rosetta Code, "Pseudo-random numbers").
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        for (step, value) in (1..).zip(expected) {
            assert_eq!(mix(1_234_567_u64.wrapping_add(GOLDEN.wrapping_mul(step))), value);
        }
    }

    #[test]
    fn names_are_told_apart_by_where_they_end() {
        assert_eq!(names("", ""), 0x4f2d_b50f_1240_40cd);
        assert_eq!(names("booking", "work#0"), 0x8dab_8d0f_40c7_dae8);
        assert_ne!(names("ab", "c"), names("a", "bc"));
        assert_ne!(names("a", ""), names("", "a"));
        assert_ne!(key(1, "stream"), key(1, "luck"));
        assert_ne!(key(1, "stream"), key(2, "stream"));
    }
}
