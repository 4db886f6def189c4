//! Distributions and keys of a scenario as samplers of the kernel.

use crate::kernel::chance::{Draw, Keys, Sampler};
use crate::quantity::Span;
use crate::scenario::model::{Consumer, Distribution, KeySpec, Scenario, Step};

/// How long the work of one handler of a consumer takes in all, without calls, stores and slowness.
pub fn handler_time(consumer: &Consumer, draw: &mut impl Draw) -> Span {
    let work = consumer.steps.iter().filter_map(|step| match step {
        Step::Work { time, .. } => Some(sampler(time)),
        _ => None,
    });
    work.fold(Span::ZERO, |sum, time| sum + time.sample(draw))
}

/// The mean latency one way between a component and the broker; 0 where it is infinite.
#[must_use]
pub fn mean_latency(scenario: &Scenario, component: &str) -> Span {
    let is_broker =
        |name: &String| name == "broker" || scenario.queues.iter().any(|queue| queue.name == *name);
    let own = scenario.network.links.iter().rev().find(|link| {
        let [a, b] = &link.between;
        (a == component && is_broker(b)) || (b == component && is_broker(a))
    });
    let latency = own.map_or(&scenario.network.latency, |link| &link.latency);
    Span::from_nanos_f64(sampler(latency).mean_nanos().unwrap_or(0.0))
}

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
