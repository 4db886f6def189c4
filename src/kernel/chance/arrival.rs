//! Arrivals whose rate changes linearly.
//!
//! Owns the gaps of one phase. Does not know when the phase began or what arrives.

use crate::quantity::{Rate, Span};

use super::draw::Draw;
use super::sampler::standard_exponential;

/// A Poisson process over a phase of given length, with a rate that goes linearly from one value to
/// another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// Arrivals per nanosecond at the beginning.
    from: f64,
    /// Change of that per nanosecond.
    slope: f64,
    lasts: Span,
}

impl Ramp {
    /// From `from` to `to` within `lasts`, which is longer than nothing.
    #[must_use]
    pub fn new(from: Rate, to: Rate, lasts: Span) -> Self {
        assert!(!lasts.is_zero(), "a ramp takes time");
        let per_nano = |rate: Rate| rate.as_per_second() / 1e9;
        let slope = (per_nano(to) - per_nano(from)) / lasts.as_nanos_f64();
        Self { from: per_nano(from), slope, lasts }
    }

    /// The gap to the next arrival, `elapsed` after the phase's beginning; `None` if none comes before
    /// its end. One draw.
    ///
    /// Inversion (Çinlar 1975; no thinning): with the rate r at `elapsed` and slope s, the expected
    /// number of arrivals within a gap g is r·g + s·g²/2. Setting it equal to a standard exponential E
    /// gives g = 2E / (r + √(r² + 2sE)), which is exact for s = 0 too.
    pub fn next_gap(&self, elapsed: Span, draw: &mut impl Draw) -> Option<Span> {
        let expected = standard_exponential(draw);
        let rate = (self.from + self.slope * elapsed.as_nanos_f64()).max(0.0);
        let square = rate * rate + 2.0 * self.slope * expected;
        // A falling rate reaches zero before so many arrive.
        if square < 0.0 {
            return None;
        }
        let gap = 2.0 * expected / (rate + square.sqrt());
        // Zero rate for ever makes the gap infinite, which is past the end as well.
        let left = self.lasts.as_nanos_f64() - elapsed.as_nanos_f64();
        let gap = (gap < left).then(|| Span::from_nanos_f64(gap))?;
        (elapsed + gap < self.lasts).then_some(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{oracle, stream};
    use super::Ramp;
    use crate::quantity::{Rate, Span};

    const SLICES: u32 = 20;
    const LASTS: Span = Span::from_seconds(100);

    /// Arrivals in each of the slices of a phase, added up over 50 runs.
    fn counts(from: f64, to: f64) -> Vec<u32> {
        let ramp = Ramp::new(Rate::per_second(from), Rate::per_second(to), LASTS);
        let mut counts = vec![0; SLICES as usize];
        for seed in 0..50 {
            let mut draws = stream(seed, "buyers", "arrivals");
            let mut elapsed = Span::ZERO;
            while let Some(gap) = ramp.next_gap(elapsed, &mut draws) {
                elapsed += gap;
                let slice = elapsed.as_nanos() * u64::from(SLICES) / LASTS.as_nanos();
                counts[usize::try_from(slice).expect("a slice is small")] += 1;
            }
        }
        counts
    }

    /// Compares with the expected shape, and the total with the area under the ramp.
    fn check(from: f64, to: f64) {
        let counts = counts(from, to);
        let at = |place: f64| from + (to - from) * place;
        let area = 50.0 * LASTS.as_seconds() * f64::midpoint(from, to);
        let total = f64::from(counts.iter().sum::<u32>());
        assert!((total - area).abs() < 4.0 * area.sqrt(), "{total} arrivals, {area} expected");
        let middle = |slice: u32| at((f64::from(slice) + 0.5) / f64::from(SLICES));
        let sum: f64 = (0..SLICES).map(middle).sum();
        oracle::chi_square(&counts, &(0..SLICES).map(|slice| middle(slice) / sum).collect::<Vec<_>>());
    }

    #[test]
    fn counts_follow_the_ramp() {
        check(0.0, 40.0);
        check(40.0, 0.0);
        check(10.0, 30.0);
        check(20.0, 20.0);
    }

    #[test]
    fn nothing_arrives_at_rate_zero_or_past_the_end() {
        let never = Ramp::new(Rate::per_second(0.0), Rate::per_second(0.0), LASTS);
        let busy = Ramp::new(Rate::per_second(1e6), Rate::per_second(1e6), LASTS);
        let mut draws = stream(1, "buyers", "arrivals");
        assert_eq!(never.next_gap(Span::ZERO, &mut draws), None);
        assert_eq!(busy.next_gap(LASTS, &mut draws), None);
        assert_eq!(busy.next_gap(LASTS + LASTS, &mut draws), None);
    }
}
