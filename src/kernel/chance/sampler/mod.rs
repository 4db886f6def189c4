//! Random spans of time.
//!
//! Owns the choice among distributions and the rounding to nanoseconds; each distribution lives in
//! a file beside this one, with its parameters computed once, at wiring. Where a distribution can be
//! inverted it is, with one draw, and a larger fraction gives a longer span, so that two variants
//! with different parameters but the same luck stay comparable. Does not know who asks.

mod continuous;
mod empirical;
mod gamma;

use crate::quantity::Span;

use super::draw::Draw;

pub use continuous::{CutNormal, Exponential, Lognormal, Pareto, Uniform, Weibull};
pub use empirical::{Histogram, Mixture, Samples};
pub use gamma::Erlang;

pub(super) use continuous::standard_exponential;

/// What the distributions have in common; all in nanoseconds, before rounding.
trait Spread {
    /// One value.
    fn draw(&self, draw: &mut impl Draw) -> f64;
    /// The mean, or infinity.
    fn mean(&self) -> f64;
    /// The mean of the square, or infinity.
    fn second_moment(&self) -> f64;
}

/// A random span, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Sampler {
    /// Always the same; draws nothing.
    Constant(Span),
    /// See [`Sampler::exponential`].
    Exponential(Exponential),
    /// See [`Sampler::uniform`].
    Uniform(Uniform),
    /// See [`Sampler::normal`].
    Normal(CutNormal),
    /// See [`Sampler::lognormal`].
    Lognormal(Lognormal),
    /// See [`Sampler::erlang`].
    Erlang(Erlang),
    /// See [`Sampler::pareto`].
    Pareto(Pareto),
    /// See [`Sampler::weibull`].
    Weibull(Weibull),
    /// See [`Sampler::mixture`].
    Mixture(Mixture),
    /// See [`Sampler::histogram`].
    Histogram(Histogram),
    /// See [`Sampler::samples`].
    Samples(Samples),
}

/// Does the same with whichever distribution it is; a constant has a case of its own.
macro_rules! each {
    ($sampler:expr, $constant:ident => $otherwise:expr, $spread:ident => $then:expr) => {
        match $sampler {
            Sampler::Constant($constant) => $otherwise,
            Sampler::Exponential($spread) => $then,
            Sampler::Uniform($spread) => $then,
            Sampler::Normal($spread) => $then,
            Sampler::Lognormal($spread) => $then,
            Sampler::Erlang($spread) => $then,
            Sampler::Pareto($spread) => $then,
            Sampler::Weibull($spread) => $then,
            Sampler::Mixture($spread) => $then,
            Sampler::Histogram($spread) => $then,
            Sampler::Samples($spread) => $then,
        }
    };
}

impl Sampler {
    /// Always `span`.
    #[must_use]
    pub const fn constant(span: Span) -> Self {
        Self::Constant(span)
    }

    /// Exponential with this mean.
    #[must_use]
    pub fn exponential(mean: Span) -> Self {
        Self::Exponential(Exponential::new(mean))
    }

    /// Evenly between `low` and `high`, which is not less; a constant if they are equal.
    #[must_use]
    pub fn uniform(low: Span, high: Span) -> Self {
        if low == high { Self::Constant(low) } else { Self::Uniform(Uniform::new(low, high)) }
    }

    /// Normal with these parameters before negative values become zero; a constant if `sd` is zero.
    #[must_use]
    pub fn normal(mean: Span, sd: Span) -> Self {
        if sd.is_zero() { Self::Constant(mean) } else { Self::Normal(CutNormal::new(mean, sd)) }
    }

    /// `median` · exp(N(0, `sigma`²)), `sigma` finite and not negative; a constant if it is zero.
    #[must_use]
    pub fn lognormal(median: Span, sigma: f64) -> Self {
        if sigma == 0.0 { Self::Constant(median) } else { Self::Lognormal(Lognormal::new(median, sigma)) }
    }

    /// The lognormal with this mean and 99th percentile that has the smaller sigma; a constant if
    /// they are equal. `p99` / `mean` lies in 1..14.97, beyond which there is none.
    #[must_use]
    pub fn lognormal_by_mean(mean: Span, p99: Span) -> Self {
        if mean == p99 { Self::Constant(mean) } else { Self::Lognormal(Lognormal::by_mean(mean, p99)) }
    }

    /// The sum of `k` ≥ 1 exponentials; `mean` is the sum's.
    #[must_use]
    pub fn erlang(k: u32, mean: Span) -> Self {
        Self::Erlang(Erlang::new(k, mean))
    }

    /// `min` · U^(−1/`alpha`), `alpha` > 0. Its mean is infinite for `alpha` ≤ 1.
    #[must_use]
    pub fn pareto(min: Span, alpha: f64) -> Self {
        Self::Pareto(Pareto::new(min, alpha))
    }

    /// `scale` · (−ln U)^(1/`shape`), `shape` > 0.
    #[must_use]
    pub fn weibull(shape: f64, scale: Span) -> Self {
        Self::Weibull(Weibull::new(shape, scale))
    }

    /// One of several, by weight: positive, of any sum.
    #[must_use]
    pub fn mixture(parts: Vec<(f64, Self)>) -> Self {
        Self::Mixture(Mixture::new(parts))
    }

    /// Bins given by ascending upper bounds, with counts, not all zero; evenly inside a bin, the
    /// first of which begins at zero.
    #[must_use]
    pub fn histogram(bins: &[(Span, u64)]) -> Self {
        Self::Histogram(Histogram::new(bins))
    }

    /// One of `values`, each as likely; at least one.
    #[must_use]
    pub fn samples(values: &[Span]) -> Self {
        Self::Samples(Samples::new(values))
    }

    /// One span, rounded to the nearest nanosecond and at most the longest span.
    #[inline]
    pub fn sample(&self, draw: &mut impl Draw) -> Span {
        each!(self, span => *span, spread => Span::from_nanos_f64(spread.draw(draw)))
    }

    /// The span that is always drawn, if there is only one.
    #[must_use]
    pub const fn as_constant(&self) -> Option<Span> {
        if let Self::Constant(span) = self { Some(*span) } else { None }
    }

    /// The mean in nanoseconds, `None` if it is infinite. Of a normal it is that of the cut one.
    #[must_use]
    pub fn mean_nanos(&self) -> Option<f64> {
        finite(self.mean())
    }

    /// Variance over the square of the mean: 0 for constants, 1 for exponentials. `None` if the
    /// variance is infinite or the mean zero.
    #[must_use]
    pub fn squared_coefficient_of_variation(&self) -> Option<f64> {
        let mean = self.mean();
        if let Self::Constant(_) = self {
            return (mean > 0.0).then_some(0.0);
        }
        finite(self.second_moment() / (mean * mean) - 1.0)
    }

    fn draw(&self, draw: &mut impl Draw) -> f64 {
        each!(self, span => span.as_nanos_f64(), spread => spread.draw(draw))
    }

    fn mean(&self) -> f64 {
        each!(self, span => span.as_nanos_f64(), spread => spread.mean())
    }

    fn second_moment(&self) -> f64 {
        each!(self, span => span.as_nanos_f64() * span.as_nanos_f64(), spread => spread.second_moment())
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests;
