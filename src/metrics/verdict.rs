//! Expectations held against what was measured.

use crate::scenario::MetricUnit;
use crate::scenario::model::{Condition, Expectation};

use super::registry;
use super::summary::{Expected, FaultCount, Summary, Verdict};

/// Judges every expectation and the run as a whole.
pub fn judge(summary: &mut Summary, expectations: &[Expectation]) {
    let judged: Vec<Expected> =
        expectations.iter().map(|expectation| judge_one(expectation, summary)).collect();
    summary.verdict = overall(judged.iter().map(|expected| expected.verdict));
    summary.expectations = judged;
}

/// Broken if anything is, else unknown if anything is.
pub fn overall(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    verdicts.fold(Verdict::Held, |all, one| match (all, one) {
        (Verdict::Broken, _) | (_, Verdict::Broken) => Verdict::Broken,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        _ => Verdict::Held,
    })
}

fn judge_one(expectation: &Expectation, summary: &Summary) -> Expected {
    let value = summary.number(&expectation.path);
    let holds = value.map(|value| holds(expectation.condition, value));
    let own_fault = expectation.path.strip_prefix("faults.");
    let silent = expectation.needs.iter().find(|name| {
        // A fault that is expected not to fire is measured by its silence.
        let is_own = own_fault.is_some_and(|path| path.starts_with(name.as_str()));
        fired(&summary.faults, name) == 0 && !(is_own && holds == Some(true))
    });
    let (verdict, reason) = match (holds, silent) {
        (_, Some(fault)) => (Verdict::Unknown, Some(format!("the fault `{fault}` never fired"))),
        (None, None) => (Verdict::Unknown, Some("nothing was measured".to_owned())),
        (Some(true), None) => (Verdict::Held, None),
        (Some(false), None) => (Verdict::Broken, None),
    };
    let metric = expectation.metric.clone();
    Expected { metric, condition: describe(expectation), value, verdict, reason }
}

fn fired(faults: &[(String, FaultCount)], name: &str) -> u64 {
    faults.iter().find(|(fault, _)| fault == name).map_or(0, |(_, count)| count.fired)
}

/// Whether a value meets the condition.
#[must_use]
#[expect(clippy::float_cmp, reason = "an expected count is exactly that count")]
pub fn holds(condition: Condition, value: f64) -> bool {
    match condition {
        Condition::Equal(bound) => value == bound,
        Condition::Less(bound) => value < bound,
        Condition::AtMost(bound) => value <= bound,
        Condition::More(bound) => value > bound,
        Condition::AtLeast(bound) => value >= bound,
        Condition::Between(low, high) => low <= value && value <= high,
    }
}

/// The condition with its unit, as a person would write it.
#[must_use]
pub fn describe(expectation: &Expectation) -> String {
    let unit = unit_of(&expectation.path);
    let bound = |bound: f64| match unit {
        Some(MetricUnit::Ratio) => percent(bound),
        _ => bound.to_string(),
    };
    let unit = match unit {
        Some(MetricUnit::Milliseconds) => " ms",
        Some(MetricUnit::Seconds) => " s",
        Some(MetricUnit::PerSecond) => "/s",
        Some(MetricUnit::Ratio) => " %",
        _ => "",
    };
    match expectation.condition {
        Condition::Equal(value) => format!("== {}{unit}", bound(value)),
        Condition::Less(value) => format!("< {}{unit}", bound(value)),
        Condition::AtMost(value) => format!("<= {}{unit}", bound(value)),
        Condition::More(value) => format!("> {}{unit}", bound(value)),
        Condition::AtLeast(value) => format!(">= {}{unit}", bound(value)),
        Condition::Between(low, high) => format!("{}..{}{unit}", bound(low), bound(high)),
    }
}

/// A ratio in hundredths, without what multiplying adds far behind the point.
fn percent(ratio: f64) -> String {
    let text = format!("{:.10}", ratio * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The unit of the metric at `path`, whatever stands for its star.
fn unit_of(path: &str) -> Option<MetricUnit> {
    registry::metrics().find(|metric| matches(metric.path, path)).map(|metric| metric.unit)
}

/// Whether `path` is `pattern` with something in the place of its star.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((head, tail)) => {
            path.len() > head.len() + tail.len() && path.starts_with(head) && path.ends_with(tail)
        }
    }
}
