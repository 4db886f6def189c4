//! `summary.json` of many runs: the same names as for one, every number as mean, interval and extremes.
//!
//! One seed gives plain numbers: the block of each arm is then exactly that of the run.

use serde_json::{Map, Value, json};

use crate::experiment::comparison::Difference;
use crate::experiment::expecting::{self, Judged};
use crate::experiment::pareto::Front;
use crate::experiment::replications::Replications;
use crate::experiment::spread::{Spread, spread};
use crate::experiment::statistics::Interval;
use crate::metrics::tree::Node;
use crate::report::json::{self as one_run, children, number, shortest};

use super::grid::Grid;
use super::{Experiment, conclusion};

/// The whole file, with a newline at its end.
#[must_use]
pub fn summary_json(experiment: &Experiment<'_>) -> String {
    // A map of strings and finite numbers always serializes.
    let mut text =
        serde_json::to_string_pretty(&value(experiment)).expect("a tree of plain values serializes");
    text.push('\n');
    text
}

/// The same as a value: of one arm its block, of several all blocks and their differences.
#[must_use]
pub fn value(experiment: &Experiment<'_>) -> Value {
    if !experiment.is_comparison() && experiment.grid.is_none() {
        return block(experiment, 0, Value::Null);
    }
    let arms = experiment.arms.iter().enumerate();
    let variants = arms.map(|(at, arm)| (arm.name.clone(), block(experiment, at, json!(arm.name))));
    let mut fields = heading(experiment);
    fields.insert("runs".into(), json!(experiment.runs()));
    if experiment.partial {
        fields.insert("partial".into(), json!(true));
    }
    fields.insert("verdict".into(), json!(experiment.verdict().name()));
    fields.insert("conclusion".into(), json!(conclusion::sentences(experiment)));
    match &experiment.grid {
        None => fields.insert("variants".into(), Value::Object(variants.collect())),
        Some(grid) => {
            fields.insert(
                "cells".into(),
                variants.zip(0..).map(|(block, arm)| placed(grid, arm, block)).collect(),
            );
            if let Some(advice) = grid.advice {
                fields.insert("advice".into(), super::advice::json(experiment, advice));
            }
            fields
                .insert("front".into(), grid.front.map_or(Value::Null, |front| not_beaten(experiment, front)))
        }
    };
    let differences = experiment.differences.iter();
    fields.insert("differences".into(), differences.clone().map(|one| difference(experiment, one)).collect());
    let pairing = differences.filter_map(|one| pairing(experiment, one));
    fields.insert("pairing".into(), pairing.collect());
    Value::Object(fields)
}

/// The block of a cell with its settings, by axis.
fn placed(grid: &Grid<'_>, arm: usize, (name, mut block): (String, Value)) -> (String, Value) {
    let settings = grid.axes.iter().zip(grid.at(arm)).map(|(axis, at)| {
        let setting = &axis.settings[at].name;
        let value: Value =
            serde_json::from_str(setting).ok().filter(Value::is_number).unwrap_or(json!(setting));
        (axis.name.clone(), value)
    });
    if let Value::Object(fields) = &mut block {
        fields.shift_insert(2, "cell".into(), Value::Object(settings.collect()));
    }
    (name, block)
}

/// The cells that no other beats, and in what.
fn not_beaten(experiment: &Experiment<'_>, front: &Front) -> Value {
    let metrics: Vec<&str> = front.metrics.iter().map(|metric| metric.path).collect();
    let cells: Vec<&str> = front.members.iter().map(|at| experiment.arms[*at].name.as_str()).collect();
    json!({ "metrics": metrics, "cells": cells })
}

fn heading(experiment: &Experiment<'_>) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("mqlab".into(), json!(env!("CARGO_PKG_VERSION")));
    fields.insert("scenario".into(), json!(experiment.scenario));
    match experiment.arms.first().map(|arm| arm.runs.as_slice()) {
        Some([only]) => fields.insert("seed".into(), json!(only.seed)),
        _ => fields.insert("seeds".into(), json!(experiment.seeds())),
    };
    fields
}

fn block(experiment: &Experiment<'_>, at: usize, variant: Value) -> Value {
    let arm = &experiment.arms[at];
    if arm.runs.len() == 1 {
        let mut whole = one_run::value(&arm.example);
        whole["variant"] = variant;
        return whole;
    }
    let judged = &experiment.judged[at];
    let mut fields = heading(experiment);
    fields.shift_insert(2, "variant".into(), variant);
    fields.insert("runs".into(), json!(arm.runs.len()));
    if experiment.partial {
        fields.insert("partial".into(), json!(true));
    }
    fields.insert("trace_hash".into(), json!(format!("{:016x}", arm.trace_hash())));
    for path in ["virtual_seconds", "events"] {
        fields.insert(path.into(), many(spread(arm, path)));
    }
    fields.insert("verdict".into(), json!(expecting::verdict(judged).name()));
    for (name, measured) in children(&arm.example.tree) {
        let value = match name.as_str() {
            "rates" => rates(arm, measured),
            "balance" => balance(arm, measured),
            _ => node(arm, name, measured),
        };
        fields.insert(name.clone(), value);
    }
    fields.insert("expect".into(), judged.iter().map(expected).collect());
    Value::Object(fields)
}

fn node(arm: &Replications, path: &str, measured: &Node) -> Value {
    match measured {
        Node::Map(fields) => {
            let below = fields
                .iter()
                .map(|(name, child)| (name.clone(), node(arm, &format!("{path}.{name}"), child)));
            Value::Object(below.collect())
        }
        _ => many(spread(arm, path)),
    }
}

/// A list, as for one run.
fn balance(arm: &Replications, measured: &Node) -> Value {
    let entries =
        arm.example.balance.iter().zip(children(measured)).map(|((store, row), (name, numbers))| {
            let mut fields = Map::new();
            fields.insert("store".into(), json!(store));
            fields.insert("row".into(), json!(row));
            if let Value::Object(numbers) = node(arm, &format!("balance.{name}"), numbers) {
                fields.extend(numbers);
            }
            Value::Object(fields)
        });
    entries.collect()
}

/// A rate keeps its bounds beside its value, as for one run.
fn rates(arm: &Replications, measured: &Node) -> Value {
    let Node::Map(rates) = measured else { return json!({}) };
    let rates = rates.iter().map(|(name, fields)| {
        let mut rate = node(arm, &format!("rates.{name}"), fields);
        let interval = spread(arm, &format!("rates.{name}.value")).and_then(|spread| spread.interval);
        rate["low"] = bound(interval, |interval| interval.low);
        rate["high"] = bound(interval, |interval| interval.high);
        (name.clone(), rate)
    });
    Value::Object(rates.collect())
}

/// A number over the runs, `null` where it was never measured.
fn many(spread: Option<Spread>) -> Value {
    let Some(Spread { sample, interval }) = spread else { return Value::Null };
    json!({
        "mean": shortest(sample.mean),
        "low": bound(interval, |interval| interval.low),
        "high": bound(interval, |interval| interval.high),
        "min": shortest(sample.min),
        "max": shortest(sample.max),
    })
}

fn bound(interval: Option<Interval>, end: fn(Interval) -> f64) -> Value {
    interval.map_or(Value::Null, |interval| shortest(end(interval)))
}

fn expected(judged: &Judged) -> Value {
    let mut fields = Map::new();
    fields.insert("metric".into(), json!(judged.metric));
    fields.insert("condition".into(), json!(judged.condition));
    fields.insert("value".into(), many(judged.spread));
    fields.insert("held_in".into(), json!(judged.held_in));
    fields.insert("measured_in".into(), json!(judged.of));
    fields.insert("verdict".into(), json!(judged.verdict.name()));
    if let Some(seed) = judged.broken_by {
        fields.insert("broken_by_seed".into(), json!(seed));
    }
    if let Some(reason) = &judged.reason {
        fields.insert("reason".into(), json!(reason));
    }
    Value::Object(fields)
}

fn difference(experiment: &Experiment<'_>, one: &Difference) -> Value {
    let paired = &one.paired;
    let optional = |value: Option<f64>| value.map_or(Value::Null, number);
    json!({
        "metric": one.headline.path,
        "a": experiment.arms[one.a].name,
        "b": experiment.arms[one.b].name,
        "difference": number(paired.difference),
        "low": optional(paired.interval.map(|interval| interval.low)),
        "high": optional(paired.interval.map(|interval| interval.high)),
        "ratio": optional(paired.ratio),
        "ratio_low": optional(paired.ratio_interval.map(|interval| interval.low)),
        "ratio_high": optional(paired.ratio_interval.map(|interval| interval.high)),
        "p_adjusted": optional(one.p_adjusted),
        "comparisons": one.comparisons,
    })
}

/// By how much running on the same luck shortened an interval, and how many runs would tell what is open.
fn pairing(experiment: &Experiment<'_>, one: &Difference) -> Option<Value> {
    let narrowed = 1.0 - one.paired.width_of_unpaired?;
    Some(json!({
        "metric": one.headline.path,
        "a": experiment.arms[one.a].name,
        "b": experiment.arms[one.b].name,
        "pairs": one.paired.count,
        "narrowed": number(narrowed),
        "runs_needed": one.runs_needed().map_or(Value::Null, shortest),
    }))
}
