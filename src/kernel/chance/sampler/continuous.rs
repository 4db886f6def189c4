//! Distributions with a formula, each drawn by inverting its distribution function.
//!
//! In the formulas U is a fraction in (0, 1). Owns no rounding. `libm` only: the standard library's
//! logarithms differ between platforms.

use crate::quantity::Span;

use super::super::draw::Draw;
use super::super::normal;
use super::Spread;

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_840_8;

/// An exponential distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    mean: f64,
}

/// A uniform distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    low: f64,
    width: f64,
}

/// A normal distribution whose negative values become zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutNormal {
    mean: f64,
    sd: f64,
}

/// A lognormal distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lognormal {
    /// ln of the median.
    mu: f64,
    sigma: f64,
}

/// A Pareto distribution of the first kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    min: f64,
    alpha: f64,
}

/// A Weibull distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    /// 1 / shape.
    power: f64,
    scale: f64,
}

impl Exponential {
    pub(super) fn new(mean: Span) -> Self {
        Self { mean: mean.as_nanos_f64() }
    }
}

impl Spread for Exponential {
    #[inline]
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        self.mean * standard_exponential(draw)
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn second_moment(&self) -> f64 {
        2.0 * self.mean * self.mean
    }
}

impl Uniform {
    pub(super) fn new(low: Span, high: Span) -> Self {
        assert!(low <= high, "a uniform distribution goes upwards, from {low} to {high}");
        Self { low: low.as_nanos_f64(), width: high.as_nanos_f64() - low.as_nanos_f64() }
    }
}

impl Spread for Uniform {
    #[inline]
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        self.low + self.width * draw.uniform()
    }

    fn mean(&self) -> f64 {
        self.low + self.width / 2.0
    }

    fn second_moment(&self) -> f64 {
        self.mean() * self.mean() + self.width * self.width / 12.0
    }
}

impl CutNormal {
    pub(super) fn new(mean: Span, sd: Span) -> Self {
        Self { mean: mean.as_nanos_f64(), sd: sd.as_nanos_f64() }
    }
}

impl Spread for CutNormal {
    #[inline]
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        (self.mean + self.sd * normal::quantile(draw.open_uniform())).max(0.0)
    }

    /// μΦ(μ/σ) + σφ(μ/σ), by integrating x over the positive part.
    fn mean(&self) -> f64 {
        let z = self.mean / self.sd;
        self.mean * normal::distribution(z) + self.sd * normal::density(z)
    }

    /// (μ² + σ²)Φ(μ/σ) + μσφ(μ/σ), by integrating x² over the positive part.
    fn second_moment(&self) -> f64 {
        let z = self.mean / self.sd;
        (self.mean * self.mean + self.sd * self.sd) * normal::distribution(z)
            + self.mean * self.sd * normal::density(z)
    }
}

impl Lognormal {
    pub(super) fn new(median: Span, sigma: f64) -> Self {
        assert!(!median.is_zero(), "the median of a lognormal distribution is positive");
        assert!(sigma.is_finite() && sigma > 0.0, "sigma is positive, got {sigma}");
        Self { mu: libm::log(median.as_nanos_f64()), sigma }
    }

    /// The mean is exp(μ + σ²/2) and the percentile exp(μ + z99·σ), so their ratio r gives
    /// σ² − 2·z99·σ + 2·ln r = 0, of which the smaller root is the less extreme distribution.
    pub(super) fn by_mean(mean: Span, p99: Span) -> Self {
        assert!(!mean.is_zero(), "the mean of a lognormal distribution is positive");
        let ratio = p99.as_nanos_f64() / mean.as_nanos_f64();
        let discriminant = Z99 * Z99 - 2.0 * libm::log(ratio);
        assert!(ratio > 1.0 && discriminant >= 0.0, "p99 / mean lies in 1..14.97, got {ratio}");
        // The smaller root, written so that nearly equal numbers are not subtracted.
        let sigma = 2.0 * libm::log(ratio) / (Z99 + discriminant.sqrt());
        Self { mu: libm::log(mean.as_nanos_f64()) - sigma * sigma / 2.0, sigma }
    }
}

impl Spread for Lognormal {
    #[inline]
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        libm::exp(self.mu + self.sigma * normal::quantile(draw.open_uniform()))
    }

    fn mean(&self) -> f64 {
        libm::exp(self.mu + self.sigma * self.sigma / 2.0)
    }

    fn second_moment(&self) -> f64 {
        libm::exp(2.0 * self.mu + 2.0 * self.sigma * self.sigma)
    }
}

impl Pareto {
    pub(super) fn new(min: Span, alpha: f64) -> Self {
        assert!(alpha.is_finite() && alpha > 0.0, "alpha is positive, got {alpha}");
        Self { min: min.as_nanos_f64(), alpha }
    }
}

impl Spread for Pareto {
    #[inline]
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        self.min * libm::exp(standard_exponential(draw) / self.alpha)
    }

    fn mean(&self) -> f64 {
        if self.alpha > 1.0 { self.min * self.alpha / (self.alpha - 1.0) } else { f64::INFINITY }
    }

    fn second_moment(&self) -> f64 {
        if self.alpha > 2.0 { self.min * self.min * self.alpha / (self.alpha - 2.0) } else { f64::INFINITY }
    }
}

impl Weibull {
    pub(super) fn new(shape: f64, scale: Span) -> Self {
        assert!(shape.is_finite() && shape > 0.0, "a shape is positive, got {shape}");
        Self { power: 1.0 / shape, scale: scale.as_nanos_f64() }
    }
}

impl Spread for Weibull {
    #[inline]
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        self.scale * libm::exp(self.power * libm::log(standard_exponential(draw)))
    }

    fn mean(&self) -> f64 {
        self.scale * libm::tgamma(1.0 + self.power)
    }

    fn second_moment(&self) -> f64 {
        self.scale * self.scale * libm::tgamma(1.0 + 2.0 * self.power)
    }
}

/// −ln(1 − U): exponential with mean 1, rising with U. At most 36.7, exceeded with probability 10^−16.
#[inline]
pub(in super::super) fn standard_exponential(draw: &mut impl Draw) -> f64 {
    -libm::log(1.0 - draw.open_uniform())
}
