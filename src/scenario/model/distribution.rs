//! Random spans of time, as a scenario gives them.

use crate::quantity::Span;

/// A random span of time. Every parameter was checked, so each has a finite or known-infinite mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Span),
    /// With this mean.
    Exponential {
        /// The mean.
        mean: Span,
    },
    /// Evenly between `low` and `high`.
    Uniform {
        /// The shortest.
        low: Span,
        /// The longest.
        high: Span,
    },
    /// A normal that is cut at zero (negative draws become zero).
    Normal {
        /// Before the cut.
        mean: Span,
        /// The standard deviation before the cut.
        sd: Span,
    },
    /// exp(N(ln median, sigma²)), given by its mean and 99th percentile.
    LognormalByMean {
        /// The mean.
        mean: Span,
        /// 1 to 14.97 times the mean; of two sigmas that fit, the smaller counts.
        p99: Span,
    },
    /// exp(N(ln median, sigma²)).
    Lognormal {
        /// The median.
        median: Span,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// The sum of `k` exponentials, with the mean of the sum.
    Erlang {
        /// How many exponentials; at least 1.
        k: u32,
        /// Of the sum.
        mean: Span,
    },
    /// min · U^(−1/alpha).
    Pareto {
        /// The shortest.
        min: Span,
        /// The tail index; at most 1 means an infinite mean.
        alpha: f64,
    },
    /// scale · (−ln U)^(1/shape).
    Weibull {
        /// Above 0; 1 is exponential.
        shape: f64,
        /// 63 % are shorter.
        scale: Span,
    },
    /// One of several, by weight (positive, of any sum).
    Mixture(Vec<(f64, Self)>),
    /// Upper bounds, ascending, with counts; uniform inside a bin, the first bin from zero.
    Histogram(Vec<(Span, u64)>),
    /// One of the given values, each as likely.
    Samples(Vec<Span>),
}
