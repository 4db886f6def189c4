//! Distributions, wherever a duration may be random.
//!
//! Reads every form and checks its parameters. Samples nothing.

use crate::quantity::Span;

use super::data;
use super::model::Distribution;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{DISTRIBUTION, ERLANG, LOGNORMAL, MIXTURE_PART, NORMAL, PARETO, Shape, WEIBULL};
use super::tree::{Entry, Node, Value};

/// The largest p99/mean of a lognormal: exp(z²/2) with z the 99th percentile of the normal.
const LARGEST_P99_OVER_MEAN: f64 = 14.968;

/// Sums of more exponentials are constants for every practical purpose, and slow to draw.
const MOST_ERLANG_STAGES: u32 = 10_000;

impl Reader<'_> {
    /// A duration or a map with one form.
    pub(super) fn distribution(&mut self, node: &Node) -> Option<Distribution> {
        match &node.value {
            Value::Scalar { .. } => self.span(node).map(Distribution::Constant),
            Value::Map(_) => {
                let fields = self.fields(node, &DISTRIBUTION)?;
                self.distribution_in(&fields)
            }
            Value::List(_) => {
                self.wrong_type(node, "a duration or a distribution")
                    .help("evenly between two durations is `{uniform: [1ms, 5ms]}`");
                None
            }
        }
    }

    /// A distribution whose draws are neither always zero nor without a mean.
    pub(super) fn gap(&mut self, node: &Node) -> Option<Distribution> {
        let gap = self.distribution_with_mean(node)?;
        if gap == Distribution::Constant(Span::ZERO) {
            self.error(&registry::OUT_OF_RANGE, &node.place, "this must be longer than no time");
            return None;
        }
        Some(gap)
    }

    /// A distribution with a finite mean.
    pub(super) fn distribution_with_mean(&mut self, node: &Node) -> Option<Distribution> {
        let read = self.distribution(node)?;
        if has_mean(&read) {
            return Some(read);
        }
        self.error(&registry::NO_MEAN, &node.place, "this distribution has no mean, and one is needed here")
            .help("choose an `alpha` above 1");
        None
    }

    /// The one form in a map that may have other keys beside it.
    pub(super) fn distribution_in(&mut self, fields: &Fields<'_>) -> Option<Distribution> {
        let forms: Vec<&str> = DISTRIBUTION.names().collect();
        let Entry { key, node, .. } = self.one_of(fields, &forms)?;
        match key.as_str() {
            "constant" => self.span(node).map(Distribution::Constant),
            "exponential" => self.positive_span(node).map(|mean| Distribution::Exponential { mean }),
            "uniform" => self.uniform(node),
            "normal" => {
                let (mean, sd) = self.two_spans(node, &NORMAL, ["mean", "sd"])?;
                Some(Distribution::Normal { mean, sd })
            }
            "lognormal" => self.lognormal(node),
            "erlang" => self.erlang(node),
            "pareto" => {
                let (min, alpha) = self.span_and_number(node, &PARETO, ["min", "alpha"])?;
                Some(Distribution::Pareto { min, alpha })
            }
            "weibull" => {
                let (scale, shape) = self.span_and_number(node, &WEIBULL, ["scale", "shape"])?;
                Some(Distribution::Weibull { shape, scale })
            }
            "mixture" => self.mixture(node),
            "histogram" => data::histogram(self, node).map(Distribution::Histogram),
            _ => data::samples(self, node).map(Distribution::Samples),
        }
    }

    fn uniform(&mut self, node: &Node) -> Option<Distribution> {
        let [low, high] = self.pair(node, "two durations, as in `[1ms, 5ms]`")?;
        let (low_span, high_span) = (self.span(low), self.span(high));
        let (low, high) = (low_span?, high_span?);
        if low > high {
            self.error(&registry::BAD_DISTRIBUTION, &node.place, format!("`{low}` is more than `{high}`"))
                .help("the lower bound comes first");
            return None;
        }
        Some(Distribution::Uniform { low, high })
    }

    /// The two items of a list of two.
    pub(super) fn pair<'t>(&mut self, node: &'t Node, expected: &str) -> Option<[&'t Node; 2]> {
        match &node.value {
            Value::List(items) if items.len() == 2 => Some([&items[0], &items[1]]),
            Value::List(items) => {
                let items = match items.len() {
                    1 => "1 item".to_owned(),
                    count => format!("{count} items"),
                };
                let message = format!("expected {expected}, found {items}");
                self.error(&registry::WRONG_TYPE, &node.place, message);
                None
            }
            _ => {
                self.wrong_type(node, expected);
                None
            }
        }
    }

    fn lognormal(&mut self, node: &Node) -> Option<Distribution> {
        let fields = self.fields(node, &LOGNORMAL)?;
        let by_mean = ["mean", "p99"].iter().any(|name| fields.get(name).is_some());
        let by_median = ["median", "sigma"].iter().any(|name| fields.get(name).is_some());
        if by_mean == by_median {
            self.error(
                &registry::CHOOSE_ONE,
                fields.place(),
                "a lognormal has `mean` and `p99`, or `median` and `sigma`",
            );
            return None;
        }
        if by_median {
            let median = self.required(&fields, "median").and_then(|n| self.positive_span(n));
            let sigma = self.required(&fields, "sigma").and_then(|n| self.number_from(n, 0.0));
            return Some(Distribution::Lognormal { median: median?, sigma: sigma? });
        }
        let mean = self.required(&fields, "mean").and_then(|n| self.positive_span(n));
        let p99 = self.required(&fields, "p99").and_then(|n| self.positive_span(n));
        let (mean, p99) = (mean?, p99?);
        let ratio = p99.as_nanos_f64() / mean.as_nanos_f64();
        if !(1.0..=LARGEST_P99_OVER_MEAN).contains(&ratio) {
            let message = format!("no lognormal with the mean `{mean}` has the 99th percentile `{p99}`");
            self.error(&registry::BAD_DISTRIBUTION, &node.place, message)
                .help(format!("`p99` is 1 to 14.97 times the mean; here it is {ratio:.2} times"));
            return None;
        }
        Some(Distribution::LognormalByMean { mean, p99 })
    }

    fn erlang(&mut self, node: &Node) -> Option<Distribution> {
        let fields = self.fields(node, &ERLANG)?;
        let k = self.required(&fields, "k").and_then(|n| self.small_count(n, 1..=MOST_ERLANG_STAGES));
        let mean = self.required(&fields, "mean").and_then(|n| self.positive_span(n));
        Some(Distribution::Erlang { k: k?, mean: mean? })
    }

    fn two_spans(&mut self, node: &Node, shape: &'static Shape, names: [&str; 2]) -> Option<(Span, Span)> {
        let fields = self.fields(node, shape)?;
        let first = self.required(&fields, names[0]).and_then(|n| self.span(n));
        let second = self.required(&fields, names[1]).and_then(|n| self.span(n));
        Some((first?, second?))
    }

    fn span_and_number(
        &mut self,
        node: &Node,
        shape: &'static Shape,
        names: [&str; 2],
    ) -> Option<(Span, f64)> {
        let fields = self.fields(node, shape)?;
        let span = self.required(&fields, names[0]).and_then(|n| self.positive_span(n));
        let number = self.required(&fields, names[1]).and_then(|n| self.positive_number(n));
        Some((span?, number?))
    }

    fn mixture(&mut self, node: &Node) -> Option<Distribution> {
        let parts = self.list(Some(node), "parts with their weights");
        let before = self.errors();
        let mut read = Vec::new();
        for part in parts {
            let Some(fields) = self.fields(part, &MIXTURE_PART) else { continue };
            let weight = self.required(&fields, "weight").and_then(|n| self.positive_number(n));
            let distribution = self.distribution_in(&fields);
            if let (Some(weight), Some(distribution)) = (weight, distribution) {
                read.push((weight, distribution));
            }
        }
        if self.errors() > before {
            return None;
        }
        if read.is_empty() {
            self.error(&registry::BAD_DISTRIBUTION, &node.place, "a mixture of nothing")
                .help("as in `mixture: [{weight: 99, exponential: 15ms}, {weight: 1, constant: 2s}]`");
            return None;
        }
        Some(Distribution::Mixture(read))
    }
}

/// Whether the mean is finite.
fn has_mean(distribution: &Distribution) -> bool {
    match distribution {
        Distribution::Pareto { alpha, .. } => *alpha > 1.0,
        Distribution::Mixture(parts) => parts.iter().all(|(_, part)| has_mean(part)),
        _ => true,
    }
}
