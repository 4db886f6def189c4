//! A run without its course: every published number and what is said about the run, as a file holds it.
//!
//! Much smaller than a [`Summary`], whose series fill a chart; what is compared over many runs needs no more.

use super::summary::{Expected, Summary, Verdict};
use super::tree::Node;

/// What is kept of a run that nobody draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The scenario's name.
    pub scenario: String,
    /// The seed it ran with.
    pub seed: u64,
    /// A fold of every event.
    pub trace_hash: u64,
    /// When the run ended, in seconds of virtual time.
    pub virtual_seconds: f64,
    /// Events the kernel dispatched.
    pub events: u64,
    /// All expectations together.
    pub verdict: Verdict,
    /// Every number from `operations` to `faults`.
    pub tree: Node,
    /// Store and table of each entry of the tree's `balance`.
    pub balance: Vec<(String, String)>,
    /// In the scenario's order.
    pub expectations: Vec<Expected>,
    /// What a reader should know before believing the numbers.
    pub remarks: Vec<String>,
}

impl Summary {
    /// The run without its course.
    #[must_use]
    pub fn outline(&self) -> Outline {
        Outline {
            scenario: self.scenario.clone(),
            seed: self.seed,
            trace_hash: self.trace_hash,
            virtual_seconds: self.ended_at.as_seconds(),
            events: self.events,
            verdict: self.verdict,
            tree: self.tree(),
            balance: self.balance.iter().map(|one| (one.store.clone(), one.row.clone())).collect(),
            expectations: self.expectations.clone(),
            remarks: self.remarks.clone(),
        }
    }
}

impl Outline {
    /// Names of the entries of a part of the tree, such as `faults` or `peak_shaving`.
    #[must_use]
    pub fn names(&self, part: &str) -> Vec<&str> {
        let Node::Map(parts) = &self.tree else { return Vec::new() };
        match parts.iter().find(|(name, _)| name == part) {
            Some((_, Node::Map(entries))) => entries.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// What an expectation may name: a number of the tree, or of the run itself.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "events beyond 2^53 are out of reach")]
    pub fn number(&self, path: &str) -> Option<f64> {
        match path {
            "virtual_seconds" => Some(self.virtual_seconds),
            "events" => Some(self.events as f64),
            _ => self.tree.at(path).flatten(),
        }
    }
}
