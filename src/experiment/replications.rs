//! The runs of one arm of an experiment: every public number of each, in the order of the seeds.
//!
//! Owns how a summary becomes a row of numbers. Knows no statistics.

use crate::metrics::outline::Outline;
use crate::metrics::summary::{Summary, Verdict};
use crate::metrics::tree::Node;

/// Numbers of the run itself, which stand beside the tree.
const OF_THE_RUN: [&str; 2] = ["virtual_seconds", "events"];

/// All runs of one arm.
#[derive(Clone, Debug)]
pub struct Replications {
    /// What tables call the arm.
    pub name: String,
    /// Paths of every number, as published.
    pub paths: Vec<String>,
    /// One for each seed, in their order.
    pub runs: Vec<RunNumbers>,
    /// The first run, for its structure.
    pub example: Outline,
    /// The same with its course, where charts are drawn of it.
    pub course: Option<Summary>,
}

/// What is kept of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunNumbers {
    /// Its seed.
    pub seed: u64,
    /// A fold of its events.
    pub trace_hash: u64,
    /// What came of its expectations.
    pub verdict: Verdict,
    /// One for each path; `None` where nothing was measured.
    pub numbers: Vec<Option<f64>>,
}

impl Replications {
    /// The arm `name` with the run of its first seed.
    #[must_use]
    pub fn new(name: &str, example: Outline, course: Option<Summary>) -> Self {
        let paths = paths(&example);
        let first = RunNumbers::of(&example, &paths);
        Self { name: name.to_owned(), paths, runs: vec![first], example, course }
    }

    /// Where a path stands in every row.
    #[must_use]
    pub fn position(&self, path: &str) -> Option<usize> {
        self.paths.iter().position(|known| known == path)
    }

    /// A number over the runs.
    #[must_use]
    pub fn column(&self, path: &str) -> Option<Vec<Option<f64>>> {
        let at = self.position(path)?;
        Some(self.runs.iter().map(|run| run.numbers[at]).collect())
    }

    /// A number over the runs in which it was measured.
    #[must_use]
    pub fn measured(&self, path: &str) -> Vec<f64> {
        self.column(path).unwrap_or_default().into_iter().flatten().collect()
    }

    /// One hash for all runs: equal hashes mean equal runs in the same order.
    #[must_use]
    pub fn trace_hash(&self) -> u64 {
        // FNV-1a over whole words; a single run keeps its own.
        match self.runs.as_slice() {
            [only] => only.trace_hash,
            runs => runs.iter().fold(0xcbf2_9ce4_8422_2325, |hash, run| {
                (hash ^ run.trace_hash).wrapping_mul(0x0100_0000_01b3)
            }),
        }
    }
}

impl RunNumbers {
    /// What `paths` lead to in a run.
    pub(super) fn of(outline: &Outline, paths: &[String]) -> Self {
        let leaves = leaves(&outline.tree);
        let same = leaves.iter().map(|(path, _)| path).eq(paths.iter().take(leaves.len()));
        let of_the_run = || OF_THE_RUN.map(|path| outline.number(path));
        let numbers = if same {
            leaves.iter().map(|(_, node)| node.at("").flatten()).chain(of_the_run()).collect()
        } else {
            paths.iter().map(|path| outline.number(path)).collect()
        };
        Self { seed: outline.seed, trace_hash: outline.trace_hash, verdict: outline.verdict, numbers }
    }
}

fn paths(outline: &Outline) -> Vec<String> {
    let of_the_run = OF_THE_RUN.map(str::to_owned);
    leaves(&outline.tree).into_iter().map(|(path, _)| path).chain(of_the_run).collect()
}

/// Every leaf that a single run fills: the bounds of a rate come from several.
fn leaves(tree: &Node) -> Vec<(String, &Node)> {
    let is_bound =
        |path: &str| path.starts_with("rates.") && matches!(path.rsplit_once('.'), Some((_, "low" | "high")));
    tree.leaves().into_iter().filter(|(path, _)| !is_bound(path)).collect()
}
