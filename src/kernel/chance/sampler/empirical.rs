//! Distributions made of others or of measurements.
//!
//! Owns choosing among parts. Does not know the files that measurements come from.

use crate::quantity::Span;

use super::super::draw::Draw;
use super::{Sampler, Spread};

/// One of several distributions, by weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    parts: Box<[Part]>,
}

#[derive(Clone, Debug, PartialEq)]
struct Part {
    /// Probability of this part or one before it; 1 for the last.
    cumulative: f64,
    probability: f64,
    sampler: Sampler,
}

/// Counts in bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    bins: Box<[Bin]>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bin {
    /// Count in this bin and all before it.
    cumulative: f64,
    count: f64,
    low: f64,
    high: f64,
}

/// Values that were measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    values: Box<[f64]>,
}

impl Mixture {
    pub(super) fn new(parts: Vec<(f64, Sampler)>) -> Self {
        assert!(!parts.is_empty(), "a mixture has parts");
        assert!(parts.iter().all(|(weight, _)| weight.is_finite() && *weight > 0.0), "weights are positive");
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        let mut sum = 0.0;
        let mut parts: Box<[Part]> = parts
            .into_iter()
            .map(|(weight, sampler)| {
                sum += weight;
                Part { cumulative: sum / total, probability: weight / total, sampler }
            })
            .collect();
        if let Some(last) = parts.last_mut() {
            last.cumulative = 1.0;
        }
        Self { parts }
    }
}

impl Spread for Mixture {
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        let place = draw.uniform();
        let part = self.parts.partition_point(|part| part.cumulative <= place);
        self.parts[part].sampler.draw(draw)
    }

    fn mean(&self) -> f64 {
        self.parts.iter().map(|part| part.probability * part.sampler.mean()).sum()
    }

    fn second_moment(&self) -> f64 {
        self.parts.iter().map(|part| part.probability * part.sampler.second_moment()).sum()
    }
}

impl Histogram {
    #[expect(clippy::cast_precision_loss, reason = "a histogram of over 2^53 values is none")]
    pub(super) fn new(bins: &[(Span, u64)]) -> Self {
        let (mut low, mut cumulative) = (0.0, 0.0);
        let mut kept = Vec::with_capacity(bins.len());
        for &(bound, count) in bins {
            let (high, count) = (bound.as_nanos_f64(), count as f64);
            assert!(high >= low, "the bounds of a histogram ascend");
            cumulative += count;
            // An empty bin would be found by the search when the place falls on its edge.
            if count > 0.0 {
                kept.push(Bin { cumulative, count, low, high });
            }
            low = high;
        }
        assert!(!kept.is_empty(), "a histogram counts something");
        Self { bins: kept.into() }
    }

    fn total(&self) -> f64 {
        self.bins[self.bins.len() - 1].cumulative
    }

    /// The mean over all values of what `of` says about a bin.
    fn average(&self, of: impl Fn(&Bin) -> f64) -> f64 {
        self.bins.iter().map(|bin| bin.count * of(bin)).sum::<f64>() / self.total()
    }
}

impl Spread for Histogram {
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        let place = draw.uniform() * self.total();
        let found = self.bins.partition_point(|bin| bin.cumulative <= place);
        // The product may round up to the total itself.
        let bin = self.bins[found.min(self.bins.len() - 1)];
        let into = (place - (bin.cumulative - bin.count)) / bin.count;
        bin.low + (bin.high - bin.low) * into
    }

    fn mean(&self) -> f64 {
        self.average(|bin| f64::midpoint(bin.low, bin.high))
    }

    fn second_moment(&self) -> f64 {
        self.average(|bin| (bin.low * bin.low + bin.low * bin.high + bin.high * bin.high) / 3.0)
    }
}

impl Samples {
    /// Sorted, so that a larger fraction gives a longer span here as well.
    pub(super) fn new(values: &[Span]) -> Self {
        assert!(!values.is_empty(), "there is a sample to draw");
        let mut values = values.to_vec();
        values.sort_unstable();
        Self { values: values.iter().map(|value| value.as_nanos_f64()).collect() }
    }

    #[expect(clippy::cast_precision_loss, reason = "memory holds fewer than 2^53 values")]
    fn average(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.values.iter().map(|&value| of(value)).sum::<f64>() / self.values.len() as f64
    }
}

impl Spread for Samples {
    #[expect(clippy::cast_possible_truncation, reason = "a place below a length is a length")]
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        self.values[draw.below(self.values.len() as u64) as usize]
    }

    fn mean(&self) -> f64 {
        self.average(|value| value)
    }

    fn second_moment(&self) -> f64 {
        self.average(|value| value * value)
    }
}
