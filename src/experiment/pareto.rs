//! The Pareto front: the arms that no other arm beats in everything that was asked about.
//!
//! Owns which metrics are weighed against each other when nobody says so. Compares means; how sure they are is
//! for the reader of the intervals.

use crate::metrics::registry::Better;

use super::headline::{HEADLINES, Headline, headline_of};
use super::replications::Replications;

/// What goes wrong, the worst first.
const HARMS: [&str; 7] = [
    "balance.*.oversold",
    "balance.*.forgotten",
    "balance.*.difference",
    "outcomes.lost",
    "ledger.duplicate_effects",
    "ledger.duplicate_executions",
    "operations.succeeded",
];

/// What gets done.
const GAINS: [&str; 2] = ["stores.*.throughput", "throughput.completed"];

/// What it costs.
const PRICES: [&str; 4] = [
    "latency_ms.operation.p99",
    "latency_ms.end_to_end.p99",
    "stores.*.store_calls",
    "peak_shaving.*.peak_backlog",
];

/// The arms that are not beaten, and in what.
#[derive(Clone, Debug, PartialEq)]
pub struct Front {
    /// The numbers that were weighed; at least two.
    pub metrics: Vec<&'static Headline>,
    /// For each arm its mean of each number; `None` where one was not measured.
    pub means: Vec<Option<Vec<f64>>>,
    /// Positions of the arms on the front, in their order.
    pub members: Vec<usize>,
}

/// The front of `arms` over `metrics`, or over a harm or gain and a price that differ among them; `None` where
/// fewer than two numbers do.
#[must_use]
pub fn front(arms: &[Replications], metrics: &[&'static Headline]) -> Option<Front> {
    let metrics = if metrics.is_empty() { telling(arms)? } else { metrics.to_vec() };
    let means: Vec<Option<Vec<f64>>> =
        arms.iter().map(|arm| metrics.iter().map(|metric| mean(metric, arm)).collect()).collect();
    // Which way is good can depend on who is compared.
    let better = |a: usize, b: usize| -> Vec<Better> {
        metrics.iter().map(|metric| metric.better_among([&arms[a], &arms[b]])).collect()
    };
    let members = members(&means, better);
    Some(Front { metrics, means, members })
}

/// The mean of a headline over the runs that measured it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "runs are few")]
pub fn mean(headline: &Headline, arm: &Replications) -> Option<f64> {
    let values: Vec<f64> = headline.column(arm)?.into_iter().flatten().collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Whether the means of a headline differ among the arms.
#[must_use]
pub fn varies(headline: &Headline, arms: &[Replications]) -> bool {
    let means: Vec<f64> = arms.iter().filter_map(|arm| mean(headline, arm)).collect();
    means.windows(2).any(|pair| pair[0].to_bits() != pair[1].to_bits())
}

/// The first harm that differs, or else the first gain, against the first price.
fn telling(arms: &[Replications]) -> Option<Vec<&'static Headline>> {
    let tells =
        |headline: &&Headline| varies(headline, arms) && headline.better_among(arms) != Better::Neither;
    let first =
        |paths: &'static [&'static str]| paths.iter().filter_map(|path| headline_of(path)).find(tells);
    let wanted = first(&HARMS).or_else(|| first(&GAINS))?;
    Some(vec![wanted, first(&PRICES)?])
}

/// The points that no other is at least as good as in everything and better than in something, where `better` says
/// which way is good between two of them. Of values of which neither is better, none is at least as good.
fn members(points: &[Option<Vec<f64>>], better: impl Fn(usize, usize) -> Vec<Better>) -> Vec<usize> {
    let beats = |a: usize, b: usize| {
        let (Some(of_a), Some(of_b)) = (&points[a], &points[b]) else { return false };
        let gains = of_a.iter().zip(of_b).zip(better(a, b)).map(|((a, b), better)| match better {
            Better::Higher => a - b,
            Better::Lower => b - a,
            Better::Neither => -(a - b).abs(),
        });
        let gains: Vec<f64> = gains.collect();
        gains.iter().all(|gain| *gain >= 0.0) && gains.iter().any(|gain| *gain > 0.0)
    };
    let all = 0..points.len();
    all.clone().filter(|at| points[*at].is_some() && !all.clone().any(|other| beats(other, *at))).collect()
}

/// The headlines whose path, or the end of it, or name is `wanted`.
#[must_use]
pub fn named(wanted: &str) -> Vec<&'static Headline> {
    let ends = |headline: &&Headline| {
        headline.path == wanted
            || headline.name == wanted
            || headline.path.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('.'))
    };
    HEADLINES.iter().filter(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::members;
    use crate::metrics::registry::Better::{Higher, Lower, Neither};

    #[test]
    fn what_is_beaten_in_everything_is_not_on_the_front() {
        let points: Vec<Option<Vec<f64>>> =
            [[1.0, 9.0], [2.0, 8.0], [3.0, 8.5], [0.5, 1.0]].map(|point| Some(point.to_vec())).to_vec();
        assert_eq!(members(&points, |_, _| vec![Lower, Lower]), [3], "the last is the least in both");
        assert_eq!(members(&points, |_, _| vec![Lower, Higher]), [0, 3]);
        assert_eq!(members(&points, |_, _| vec![Higher, Lower]), [1, 2, 3]);
    }

    #[test]
    fn equals_do_not_beat_each_other_and_the_unmeasured_beats_nobody() {
        let points = [Some(vec![1.0, 1.0]), None, Some(vec![1.0, 1.0])];
        assert_eq!(members(&points, |_, _| vec![Lower, Lower]), [0, 2]);
    }

    /// The first has more of what overselling adds to, and is oversold: it beats only what has as much.
    #[test]
    fn what_cannot_be_compared_is_not_beaten() {
        let points: Vec<Option<Vec<f64>>> =
            [[9.0, 1.0], [5.0, 3.0], [9.0, 3.5], [5.0, 4.0]].map(|point| Some(point.to_vec())).to_vec();
        let better = |a: usize, b: usize| vec![if a == 0 || b == 0 { Neither } else { Higher }, Lower];
        assert_eq!(members(&points, better), [0, 1]);
        assert_eq!(members(&points, |_, _| vec![Higher, Lower]), [0]);
    }
}
