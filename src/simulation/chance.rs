//! Distributions and keys of a scenario as samplers of the kernel.

use crate::kernel::chance::{Keys, Sampler};
use crate::scenario::model::{Distribution, KeySpec};

pub(super) fn sampler(distribution: &Distribution) -> Sampler {
    match distribution {
        Distribution::Constant(span) => Sampler::constant(*span),
        Distribution::Exponential { mean } => Sampler::exponential(*mean),
        Distribution::Uniform { low, high } => Sampler::uniform(*low, *high),
        Distribution::Normal { mean, sd } => Sampler::normal(*mean, *sd),
        Distribution::LognormalByMean { mean, p99 } => Sampler::lognormal_by_mean(*mean, *p99),
        Distribution::Lognormal { median, sigma } => Sampler::lognormal(*median, *sigma),
        Distribution::Erlang { k, mean } => Sampler::erlang(*k, *mean),
        Distribution::Pareto { min, alpha } => Sampler::pareto(*min, *alpha),
        Distribution::Weibull { shape, scale } => Sampler::weibull(*shape, *scale),
        Distribution::Mixture(parts) => {
            Sampler::mixture(parts.iter().map(|(weight, part)| (*weight, sampler(part))).collect())
        }
        Distribution::Histogram(bins) => Sampler::histogram(bins),
        Distribution::Samples(values) => Sampler::samples(values),
    }
}

pub(super) fn keys(spec: KeySpec) -> Keys {
    match spec {
        KeySpec::Fixed(key) => Keys::Fixed(key),
        KeySpec::Uniform { over } => Keys::Uniform { over },
        KeySpec::Zipf { over, exponent } => Keys::zipf(over, exponent),
    }
}
