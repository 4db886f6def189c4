//! `summary.json`: every number under its public name, in the published order, byte for byte the same
//! for the same run.
//!
//! Knows the shape of the file; the names within come from the summary's own tree.

use serde_json::{Map, Number, Value, json};

use crate::metrics::outline::Outline;
use crate::metrics::summary::{Expected, Summary};
use crate::metrics::tree::Node;

/// The whole file, with a newline at its end.
#[must_use]
pub fn summary_json(summary: &Summary) -> String {
    // A map of strings and finite numbers always serializes.
    let mut text =
        serde_json::to_string_pretty(&value(&summary.outline())).expect("a tree of plain values serializes");
    text.push('\n');
    text
}

/// The same as a value.
#[must_use]
pub fn value(outline: &Outline) -> Value {
    let mut fields = Map::new();
    fields.insert("mqlab".into(), json!(env!("CARGO_PKG_VERSION")));
    fields.insert("scenario".into(), json!(outline.scenario));
    fields.insert("variant".into(), Value::Null);
    fields.insert("seed".into(), json!(outline.seed));
    fields.insert("trace_hash".into(), json!(format!("{:016x}", outline.trace_hash)));
    fields.insert("virtual_seconds".into(), number(outline.virtual_seconds));
    fields.insert("events".into(), json!(outline.events));
    fields.insert("verdict".into(), json!(outline.verdict.name()));
    for (name, measured) in children(&outline.tree) {
        let value = if name == "balance" { balance(outline, measured) } else { node(measured) };
        fields.insert(name.clone(), value);
    }
    fields.insert("expect".into(), outline.expectations.iter().map(expected).collect());
    Value::Object(fields)
}

/// A list, since an entry is named by two things.
fn balance(outline: &Outline, measured: &Node) -> Value {
    let entries = outline.balance.iter().zip(children(measured)).map(|((store, row), (_, numbers))| {
        let mut fields = Map::new();
        fields.insert("store".into(), json!(store));
        fields.insert("row".into(), json!(row));
        fields.extend(children(numbers).iter().map(|(name, number)| (name.clone(), node(number))));
        Value::Object(fields)
    });
    entries.collect()
}

pub(super) fn children(tree: &Node) -> &[(String, Node)] {
    match tree {
        Node::Map(fields) => fields,
        _ => &[],
    }
}

fn node(measured: &Node) -> Value {
    match measured {
        Node::Null => Value::Null,
        Node::Count(count) => json!(count),
        Node::Whole(whole) => json!(whole),
        Node::Number(value) => number(*value),
        Node::Map(fields) => {
            Value::Object(fields.iter().map(|(name, child)| (name.clone(), node(child))).collect())
        }
    }
}

fn expected(one: &Expected) -> Value {
    let mut fields = Map::new();
    fields.insert("metric".into(), json!(one.metric));
    fields.insert("condition".into(), json!(one.condition));
    fields.insert("value".into(), one.value.map_or(Value::Null, shortest));
    fields.insert("verdict".into(), json!(one.verdict.name()));
    if let Some(reason) = &one.reason {
        fields.insert("reason".into(), json!(reason));
    }
    Value::Object(fields)
}

/// JSON knows no infinities and no NaN; a summary holds none.
pub(super) fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// A value that may be a count: whole numbers without a point.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within 2^53")]
pub(super) fn shortest(value: f64) -> Value {
    let whole = (0.0..9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0;
    if whole { json!(value as u64) } else { number(value) }
}
