//! Runs of a sweep as lines of a file: what a killed sweep goes on from, what a shard hands over.
//!
//! ```text
//! {"mqlab": "0.1.0", "sweep": "16 hex digits", "shard": "1/4", …, "scenario": "the YAML"}
//! {"cell": 0, "first": {the block of a run, its remarks}}
//! {"cell": 0, "seed": 2, "trace_hash": "…", "verdict": "held", "numbers": [1.0, null, …]}
//! ```
//!
//! Owns the lines, one JSON value each, and that they give back the very numbers. Knows no files.

use serde_json::{Map, Value, json};

use crate::experiment::replications::RunNumbers;
use crate::metrics::outline::Outline;
use crate::metrics::summary::{Expected, Verdict};
use crate::metrics::tree::Node;
use crate::report::json as one_run;

/// What stands in a block beside the tree.
const BESIDE: [&str; 10] = [
    "mqlab",
    "scenario",
    "variant",
    "seed",
    "trace_hash",
    "virtual_seconds",
    "events",
    "verdict",
    "expect",
    "remarks",
];

/// The first line: which sweep, and which part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The version that made the file.
    pub version: String,
    /// A hash of the whole sweep, its seeds and its version.
    pub sweep: u64,
    /// Which shard of how many, from 1.
    pub shard: (u64, u64),
    /// What the report folder is called after.
    pub stem: String,
    /// The command that runs the whole sweep.
    pub command: String,
    /// What the Pareto front weighs, by path; empty for what differs most.
    pub front: Vec<String>,
    /// The seeds, from the first, and how many; `None` until a metric is exact enough.
    pub seeds: Option<(u64, u64)>,
    /// The scenario, its sweep and every default spelled out.
    pub scenario: String,
}

/// A later line: a run of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The first of its cell, with all that says what the cell's rows hold.
    First(usize, Outline),
    /// Another one.
    Later(usize, RunNumbers),
}

impl Heading {
    /// The line, without a newline.
    #[must_use]
    pub fn write(&self) -> String {
        json!({
            "mqlab": self.version,
            "sweep": format!("{:016x}", self.sweep),
            "shard": format!("{}/{}", self.shard.0, self.shard.1),
            "stem": self.stem,
            "command": self.command,
            "front": self.front,
            "seeds": self.seeds.map(|(first, count)| [first, count]),
            "scenario": self.scenario,
        })
        .to_string()
    }

    /// What a line says; `None` if it is no such line.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let (index, count) = value["shard"].as_str()?.split_once('/')?;
        let front = value["front"].as_array()?.iter();
        let seeds = match &value["seeds"] {
            Value::Null => None,
            seeds => Some((seeds[0].as_u64()?, seeds[1].as_u64()?)),
        };
        Some(Self {
            version: text("mqlab")?,
            sweep: hash(&value["sweep"])?,
            shard: (index.parse().ok()?, count.parse().ok()?),
            stem: text("stem")?,
            command: text("command")?,
            front: front.map(|path| path.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            seeds,
            scenario: text("scenario")?,
        })
    }
}

impl Line {
    /// The line of a first run, without a newline.
    #[must_use]
    pub fn write_first(cell: usize, run: &Outline) -> String {
        let mut block = one_run::value(run);
        block["remarks"] = json!(run.remarks);
        json!({ "cell": cell, "first": block }).to_string()
    }

    /// The line of a later run, without a newline.
    #[must_use]
    pub fn write_later(cell: usize, run: &RunNumbers) -> String {
        json!({
            "cell": cell,
            "seed": run.seed,
            "trace_hash": format!("{:016x}", run.trace_hash),
            "verdict": run.verdict.name(),
            "numbers": run.numbers,
        })
        .to_string()
    }

    /// What a line says; `None` if it is no such line, or only the beginning of one.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let cell = usize::try_from(value["cell"].as_u64()?).ok()?;
        if let Some(block) = value.get("first") {
            return Some(Self::First(cell, outline(block)?));
        }
        let number = |value: &Value| (value.is_null() || value.is_number()).then(|| value.as_f64());
        let numbers = value["numbers"].as_array()?.iter().map(number).collect::<Option<_>>()?;
        let (seed, trace_hash) = (value["seed"].as_u64()?, hash(&value["trace_hash"])?);
        Some(Self::Later(
            cell,
            RunNumbers { seed, trace_hash, verdict: verdict(&value["verdict"])?, numbers },
        ))
    }
}

fn outline(block: &Value) -> Option<Outline> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let fields = block.as_object()?;
    let mut tree = Vec::new();
    let mut balances = Vec::new();
    for (name, part) in fields.iter().filter(|(name, _)| !BESIDE.contains(&name.as_str())) {
        if name == "balance" {
            balances = part.as_array()?.iter().map(balance).collect::<Option<Vec<_>>>()?;
            let entries =
                balances.iter().map(|(store, row, numbers)| (format!("{store}.{row}"), numbers.clone()));
            tree.push((name.clone(), Node::Map(entries.collect())));
        } else {
            tree.push((name.clone(), node(part)?));
        }
    }
    Some(Outline {
        scenario: text(&block["scenario"])?,
        seed: block["seed"].as_u64()?,
        trace_hash: hash(&block["trace_hash"])?,
        virtual_seconds: block["virtual_seconds"].as_f64()?,
        events: block["events"].as_u64()?,
        verdict: verdict(&block["verdict"])?,
        tree: Node::Map(tree),
        balance: balances.into_iter().map(|(store, row, _)| (store, row)).collect(),
        expectations: block["expect"].as_array()?.iter().map(expected).collect::<Option<_>>()?,
        remarks: block["remarks"].as_array()?.iter().map(text).collect::<Option<_>>()?,
    })
}

/// Store, table, and the numbers of an entry of the balance.
fn balance(entry: &Value) -> Option<(String, String, Node)> {
    let fields = entry.as_object()?;
    let name = |name: &str| fields.get(name)?.as_str().map(str::to_owned);
    let numbers = fields.iter().filter(|(name, _)| *name != "store" && *name != "row");
    let numbers = numbers.map(|(name, number)| Some((name.clone(), node(number)?)));
    Some((name("store")?, name("row")?, Node::Map(numbers.collect::<Option<_>>()?)))
}

fn node(value: &Value) -> Option<Node> {
    Some(match value {
        Value::Null => Node::Null,
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(count), _) => Node::Count(count),
            (None, Some(whole)) => Node::Whole(whole),
            (None, None) => Node::Number(number.as_f64()?),
        },
        Value::Object(fields) => return children(fields),
        _ => return None,
    })
}

fn children(fields: &Map<String, Value>) -> Option<Node> {
    let fields = fields.iter().map(|(name, value)| Some((name.clone(), node(value)?)));
    fields.collect::<Option<_>>().map(Node::Map)
}

fn expected(value: &Value) -> Option<Expected> {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    Some(Expected {
        metric: text("metric")?,
        condition: text("condition")?,
        value: value["value"].as_f64(),
        verdict: verdict(&value["verdict"])?,
        reason: text("reason"),
    })
}

fn verdict(value: &Value) -> Option<Verdict> {
    let known = [Verdict::Held, Verdict::Broken, Verdict::Unknown];
    known.into_iter().find(|verdict| Some(verdict.name()) == value.as_str())
}

fn hash(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?, 16).ok()
}
