//! Random spans, written.

use serde_yaml::Value;

use super::super::model::{Distribution, Redraw};
use super::super::words::{REDRAW, word_of};
use super::value::{Map, list, text};

pub(super) fn work(time: &Distribution, redraw: Redraw) -> Value {
    distribution_map(time).put("redraw", word_of(REDRAW, &redraw)).into()
}

pub(super) fn distribution(distribution: &Distribution) -> Value {
    match distribution {
        Distribution::Constant(span) => text(*span),
        other => distribution_map(other).into(),
    }
}

fn distribution_map(distribution: &Distribution) -> Map {
    let spans = |pairs: &[(&str, Value)]| {
        pairs.iter().fold(Map::new(), |map, (name, value)| map.put(name, value.clone()))
    };
    let (form, value): (&str, Value) = match distribution {
        Distribution::Constant(span) => ("constant", text(*span)),
        Distribution::Exponential { mean } => ("exponential", text(*mean)),
        Distribution::Uniform { low, high } => ("uniform", vec![text(*low), text(*high)].into()),
        Distribution::Normal { mean, sd } => {
            ("normal", spans(&[("mean", text(*mean)), ("sd", text(*sd))]).into())
        }
        Distribution::LognormalByMean { mean, p99 } => {
            ("lognormal", spans(&[("mean", text(*mean)), ("p99", text(*p99))]).into())
        }
        Distribution::Lognormal { median, sigma } => {
            ("lognormal", spans(&[("median", text(*median)), ("sigma", (*sigma).into())]).into())
        }
        Distribution::Erlang { k, mean } => {
            ("erlang", spans(&[("k", (*k).into()), ("mean", text(*mean))]).into())
        }
        Distribution::Pareto { min, alpha } => {
            ("pareto", spans(&[("min", text(*min)), ("alpha", (*alpha).into())]).into())
        }
        Distribution::Weibull { shape, scale } => {
            ("weibull", spans(&[("shape", (*shape).into()), ("scale", text(*scale))]).into())
        }
        Distribution::Mixture(parts) => {
            ("mixture", list(parts, |(weight, part)| distribution_map(part).put("weight", *weight).into()))
        }
        Distribution::Histogram(bins) => {
            ("histogram", list(bins, |(bound, count)| vec![text(*bound), Value::from(*count)].into()))
        }
        Distribution::Samples(samples) => ("samples", list(samples, |span| text(*span))),
    };
    Map::new().put(form, value)
}
