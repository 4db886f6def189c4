//! Distributions of spans: exact counts, means and largest values, percentiles within 0.1 %.
//!
//! ```text
//!  nanoseconds   0 … 1023 │ 1024 … 2047 │ 2048 … 4095 │ 4096 … 8191 │ …
//!  a count for      1     │      1      │      2      │      4      │ …  neighbouring values
//!                chunk 0     chunk 1       chunk 2       chunk 3         each of 1024 counts
//! ```
//!
//! The buckets of an HDR histogram of three digits (hdrhistogram.org), in chunks that exist once something
//! fell into them: most distributions need two or three.

use crate::quantity::Span;

use super::summary::Latency;

/// Counts in a chunk: two neighbours differ by at most one part in so many, which is below 0.1 %.
const CHUNK: usize = 1 << CHUNK_BITS;
const CHUNK_BITS: u32 = 10;

/// One for the values below `CHUNK`, and one for each further bit of a value.
const CHUNKS: usize = (u64::BITS - CHUNK_BITS) as usize + 1;

/// A distribution of spans. Takes 8 KiB for each power of two that its spans reach.
#[derive(Debug)]
pub(super) struct Spans {
    chunks: [Option<Box<[u64; CHUNK]>>; CHUNKS],
    /// Spans of no length, of which many distributions mostly consist: they are counted apart.
    zeros: u64,
    sum: u128,
    max: u64,
}

/// Where a value is counted: its chunk, and the place in it.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "places are below 2^16")]
const fn place(nanos: u64) -> (usize, usize) {
    // By how many bits neighbours are alike; none in the first two chunks.
    let coarseness = (u64::BITS - 1 - CHUNK_BITS) - (nanos | CHUNK as u64).leading_zeros();
    let place = ((coarseness as usize) << CHUNK_BITS) + (nanos >> coarseness) as usize;
    (place >> CHUNK_BITS, place % CHUNK)
}

/// The largest value that is counted in `chunk` at `at`.
const fn largest(chunk: usize, at: usize) -> u64 {
    let coarseness = chunk.saturating_sub(1);
    let first = if chunk == 0 { at } else { CHUNK + at } as u64;
    (first << coarseness) + ((1 << coarseness) - 1)
}

impl Spans {
    pub(super) const fn new() -> Self {
        Self { chunks: [const { None }; CHUNKS], zeros: 0, sum: 0, max: 0 }
    }

    #[inline]
    pub(super) fn record(&mut self, span: Span) {
        if span.is_zero() {
            self.zeros += 1;
        } else {
            self.record_length(span);
        }
    }

    // Apart from its callers, whose code then stays in the cache.
    #[inline(never)]
    fn record_length(&mut self, span: Span) {
        let nanos = span.as_nanos();
        let (chunk, at) = place(nanos);
        match &mut self.chunks[chunk] {
            Some(counts) => counts[at] += 1,
            missing => begin(missing)[at] += 1,
        }
        self.sum += u128::from(nanos);
        self.max = self.max.max(nanos);
    }

    /// Every count above zero with the largest value it stands for, ascending.
    fn counts(&self) -> Vec<(u64, u64)> {
        let chunks = self.chunks.iter().enumerate();
        let chunks = chunks.filter_map(|(chunk, counts)| counts.as_ref().map(|counts| (chunk, counts)));
        let mut found = Vec::new();
        if self.zeros > 0 {
            found.push((0, self.zeros));
        }
        for (chunk, counts) in chunks {
            for (at, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                found.push((largest(chunk, at).min(self.max), count));
            }
        }
        found
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more than 53 bits")]
    pub(super) fn summary(&self) -> Latency {
        let counts = self.counts();
        let count = counts.iter().map(|(_, count)| count).sum();
        if count == 0 {
            return Latency::default();
        }
        let [half, most, nearly_all, all_but_few] = quantiles(&counts, count, [0.5, 0.9, 0.99, 0.999]);
        Latency {
            count,
            mean_ms: Some(self.sum as f64 / count as f64 / 1e6),
            p50_ms: half,
            p90_ms: most,
            p99_ms: nearly_all,
            p999_ms: all_but_few,
            max_ms: Some(Span::from_nanos(self.max).as_millis_f64()),
            tail: tail(&counts, count),
        }
    }
}

/// The values at these shares of all counts, which ascend.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are below 2^53"
)]
fn quantiles<const N: usize>(counts: &[(u64, u64)], total: u64, shares: [f64; N]) -> [Option<f64>; N] {
    let mut counts = counts.iter();
    let (mut at_most, mut value) = (0, 0);
    shares.map(|share| {
        let wanted = ((share * total as f64).ceil() as u64).max(1);
        while at_most < wanted
            && let Some((largest, count)) = counts.next()
        {
            (at_most, value) = (at_most + count, *largest);
        }
        Some(Span::from_nanos(value).as_millis_f64())
    })
}

/// Points of the complementary distribution, each at least 1 % apart in value or share.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
fn tail(counts: &[(u64, u64)], total: u64) -> Vec<(f64, f64)> {
    const APART: f64 = 1.01;
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut at_most = 0;
    for (largest, count) in counts {
        at_most += count;
        let point = (Span::from_nanos(*largest).as_millis_f64(), (total - at_most) as f64 / total as f64);
        let is_apart = points
            .last()
            .is_none_or(|&(ms, share)| point.0 >= ms * APART || share >= point.1 * APART || at_most == total);
        if is_apart {
            points.push(point);
        }
    }
    points
}

#[cold]
fn begin(missing: &mut Option<Box<[u64; CHUNK]>>) -> &mut [u64; CHUNK] {
    missing.insert(Box::new([0; CHUNK]))
}

#[cfg(test)]
mod tests {
    use super::{Spans, largest, place};
    use crate::kernel::chance::{Draw, stream};
    use crate::quantity::Span;

    #[test]
    fn neighbours_that_share_a_count_differ_by_less_than_a_thousandth() {
        let mut chance = stream(3, "histogram", "test");
        let edges = [0, 1, 1023, 1024, 2047, 2048, 2049, 4095, 4096, u64::MAX / 2, u64::MAX];
        let drawn = (0..100_000).map(|_| chance.next_u64() >> (chance.next_u64() % 64));
        for nanos in edges.into_iter().chain(drawn) {
            let (chunk, at) = place(nanos);
            let largest = largest(chunk, at);
            assert!(largest >= nanos && place(largest) == (chunk, at), "{nanos} is counted as {largest}");
            assert!(largest - nanos <= nanos / 1024, "{nanos} is counted as {largest}");
            assert!(largest == u64::MAX || place(largest + 1) != (chunk, at));
        }
    }

    /// The reference implementation, over spans of many sizes.
    #[test]
    fn agrees_with_the_hdr_histogram() {
        for seed in 0..20 {
            let mut chance = stream(seed, "histogram", "reference");
            let mut spans = Spans::new();
            let mut reference = hdrhistogram::Histogram::<u64>::new(3).expect("three digits are allowed");
            for _ in 0..1000 {
                let nanos = chance.next_u64() >> (1 + chance.next_u64() % 60);
                spans.record(Span::from_nanos(nanos));
                reference.record(nanos).expect("it grows");
            }
            let found = spans.summary();
            let expected = |quantile| {
                let nanos = reference.value_at_quantile(quantile).min(spans.max);
                Some(Span::from_nanos(nanos).as_millis_f64())
            };
            assert_eq!(found.count, reference.len());
            for (found, quantile) in
                [(found.p50_ms, 0.5), (found.p90_ms, 0.9), (found.p99_ms, 0.99), (found.p999_ms, 0.999)]
            {
                assert_eq!(found, expected(quantile), "at {quantile} of seed {seed}");
            }
        }
    }
}
