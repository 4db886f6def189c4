//! The unit of a metric, found from where it stands in the results.
//!
//! Public names carry their unit last, or stand in a group that does; this knows those groups, and
//! writes a value of any metric for the eye.

use crate::metrics::summary::Summary;

use super::number::{decimal, group, millis, percent, seconds};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Plain,
    Milliseconds,
    Seconds,
    PerSecond,
    Share,
}

/// `value` of the metric that a user named `metric`, in its unit.
#[must_use]
pub fn in_its_unit(summary: &Summary, metric: &str, value: f64) -> String {
    match unit(summary, metric) {
        Unit::Plain => plain(value),
        Unit::Milliseconds => millis(value),
        Unit::Seconds => seconds(value),
        Unit::PerSecond => format!("{}/s", decimal(value)),
        Unit::Share => percent(value),
    }
}

/// By the metric's full path, which may be named by its last part only.
fn unit(summary: &Summary, metric: &str) -> Unit {
    let ending = format!(".{metric}");
    let rate = format!("{ending}.value");
    let tree = summary.tree();
    let paths: Vec<String> = tree.leaves().into_iter().map(|(path, _)| path).collect();
    let path = paths
        .iter()
        .find(|path| *path == metric || path.ends_with(&ending) || path.ends_with(&rate))
        .map_or(metric, String::as_str);
    let (head, last) = (path.split('.').next().unwrap_or(path), path.rsplit('.').next().unwrap_or(path));
    match (head, last) {
        (_, "count" | "without_effect" | "numerator" | "denominator" | "peak_backlog") => Unit::Plain,
        (_, "peak_at_s" | "peak_backlog_at" | "drain_time" | "longest_wait") => Unit::Seconds,
        (_, "shaved" | "utilization") | ("rates", _) => Unit::Share,
        ("latency_ms", _) => Unit::Milliseconds,
        ("throughput", _) | (_, "peak_in" | "peak_out") => Unit::PerSecond,
        ("queues", _) if path.contains(".oldest_age_s.") => Unit::Seconds,
        _ => Unit::Plain,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole, not negative, and beyond 2^64 `as` saturates"
)]
fn plain(value: f64) -> String {
    if value.fract() == 0.0 && value >= 0.0 { group(value as u64) } else { decimal(value) }
}
