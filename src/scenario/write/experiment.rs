//! Variants, wishes and runs. A variant is written as what differs between its whole tree and the base's, so that
//! its paths lead through the defaults spelled out in this file and not through the shorthands of the first.

use serde_yaml::{Mapping, Value};

use super::super::model::{Advise, Runs, Scenario};
use super::value::{Map, list, named, one, text};
use super::{Writer, sweep};

/// The scenario's tree with its variants and runs.
pub(super) fn with_variants(scenario: &Scenario) -> Value {
    let base = Writer { scenario }.scenario();
    let variants = named(&scenario.variants, |variant| {
        (&variant.name, overrides(&base, &Writer { scenario: &variant.scenario }.scenario()))
    });
    let sweep = sweep::sweep(&base, &scenario.sweep);
    let runs = runs(&scenario.runs);
    let mut whole = base;
    if let Value::Mapping(top) = &mut whole {
        top.insert("variants".into(), variants);
        top.insert("sweep".into(), sweep);
        if let Some(advise) = &scenario.advise {
            top.insert("advise".into(), wish(scenario, advise));
        }
        top.insert("runs".into(), runs);
    }
    whole
}

fn wish(scenario: &Scenario, advise: &Advise) -> Value {
    Map::new()
        .put("consumer", scenario.consumers[advise.consumer].name.as_str())
        .put("instances", list(&advise.instances, |count| Value::from(*count)))
        .put("prefetch", list(&advise.prefetch, |count| Value::from(*count)))
        .put("ack_timeout", list(&advise.ack_timeout, |span| text(*span)))
        .put("sure", text(advise.sure))
        .into()
}

fn runs(runs: &Runs) -> Value {
    match runs {
        Runs::Count(count) => Value::from(*count),
        Runs::Until { of, within } => {
            one("until", Map::new().put("of", of.as_str()).put("within", text(within)))
        }
    }
}

/// Paths and values that make `base` into `other`.
fn overrides(base: &Value, other: &Value) -> Value {
    let mut found = Mapping::new();
    let (Value::Mapping(base), Value::Mapping(other)) = (base, other) else { return Value::Mapping(found) };
    for (key, value) in other {
        let Some(path) = key.as_str() else { continue };
        match base.get(key) {
            Some(known) if path != "expect" => difference(path, known, value, &mut found),
            Some(known) if known == value => {}
            // The keys of expectations are metrics, whose dots would be read as steps.
            _ => put(&mut found, path, value),
        }
    }
    Value::Mapping(found)
}

/// What differs below a path: single values where the structure is the same, else all that is there.
fn difference(path: &str, base: &Value, other: &Value, found: &mut Mapping) {
    if base == other {
        return;
    }
    match (base, other) {
        (Value::Mapping(a), Value::Mapping(b)) if a.keys().eq(b.keys()) => {
            let steps: Option<Vec<String>> = b.keys().map(|key| key.as_str().and_then(step)).collect();
            let Some(steps) = steps else { return put(found, path, other) };
            for (step, (a, b)) in steps.iter().zip(a.values().zip(b.values())) {
                difference(&format!("{path}.{step}"), a, b, found);
            }
        }
        (Value::Sequence(a), Value::Sequence(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                difference(&format!("{path}.{at}"), a, b, found);
            }
        }
        _ => put(found, path, other),
    }
}

fn put(found: &mut Mapping, path: &str, value: &Value) {
    found.insert(Value::from(path), value.clone());
}

/// A key as a step of a path, in quotes where it needs them; `None` where no quotes help.
pub(super) fn step(key: &str) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || "-_:".contains(c);
    if !key.is_empty() && key.chars().all(plain) {
        return Some(key.to_owned());
    }
    let quote = ['"', '\''].into_iter().find(|quote| !key.contains(*quote)).filter(|_| !key.is_empty())?;
    Some(format!("{quote}{key}{quote}"))
}
