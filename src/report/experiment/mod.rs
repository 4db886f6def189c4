//! From many runs to what people read: one arm over several seeds, or variants beside each other.
//!
//! ```text
//! Experiment ─▶ conclusion (sentences), tables ─▶ terminal, markdown, html
//!            ─▶ json, csv                          exact numbers
//!            ─▶ junit                              what was expected, for CI
//!            ─▶ chart                              bars with whiskers, peaks above each other
//!                    all of them ─▶ folder
//! ```
//!
//! Knows the experiment only by its results: nothing here runs anything.

pub mod advice;
pub mod cell;
pub mod cells;
pub mod conclusion;
pub mod csv;
pub mod folder;
pub mod grid;
mod heat_map;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod pictures;
pub mod record;
pub mod remarks;
pub mod study;
pub mod tables;
pub mod terminal;

use crate::experiment::comparison::Difference;
use crate::experiment::expecting::Judged;
use crate::experiment::replications::Replications;
use crate::metrics::summary::Verdict;
use crate::metrics::verdict::overall;

/// Many runs with everything a report says about them.
#[derive(Clone, Copy, Debug)]
pub struct Experiment<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// The scenario's own words about itself.
    pub about: Option<&'a str>,
    /// The scenario as it ran, every default spelled out.
    pub yaml: &'a str,
    /// One command that gives the same runs.
    pub reproduce: &'a str,
    /// What the real systems do and the simulation leaves out, a sentence each.
    pub not_modelled: &'a [&'a str],
    /// What ran, all under the same seeds.
    pub arms: &'a [Replications],
    /// What came of each arm's expectations.
    pub judged: &'a [Vec<Judged>],
    /// The arms after the first against the first; none of a single arm.
    pub differences: &'a [Difference],
    /// The grid that the arms form, if they form one.
    pub grid: Option<grid::Grid<'a>>,
    /// What a reader should know before believing the numbers, a sentence each.
    pub remarks: &'a [String],
    /// Whether runs that were asked for are missing.
    pub partial: bool,
}

impl Experiment<'_> {
    /// How many runs of each arm.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.arms.first().map_or(0, |arm| arm.runs.len())
    }

    /// Whether some arms ran more often than others.
    #[must_use]
    pub fn runs_differ(&self) -> bool {
        self.arms.iter().any(|arm| arm.runs.len() != self.runs())
    }

    /// The grid, if there is more to it than one cell.
    #[must_use]
    pub fn several_cells(&self) -> Option<&grid::Grid<'_>> {
        self.grid.as_ref().filter(|_| self.is_comparison())
    }

    /// Whether variants are compared, rather than one arm looked at.
    #[must_use]
    pub const fn is_comparison(&self) -> bool {
        self.arms.len() > 1
    }

    /// All expectations of all arms together. Where they are goals, they hold if a cell meets them often enough.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if let Some(advice) = self.grid.and_then(|grid| grid.advice) {
            return if advice.choice.is_some() { Verdict::Held } else { Verdict::Broken };
        }
        overall(self.judged.iter().flatten().map(|judged| judged.verdict))
    }

    /// The seeds of the first arm, as the command line takes them: `7`, `1..200`, `1..9,12`.
    #[must_use]
    pub fn seeds(&self) -> String {
        self.arms.first().map_or_else(String::new, seeds_of)
    }
}

/// The seeds of an arm, as the command line takes them.
fn seeds_of(arm: &Replications) -> String {
    let mut stretches: Vec<(u64, u64)> = Vec::new();
    for run in &arm.runs {
        match stretches.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(run.seed) => *last = run.seed,
            _ => stretches.push((run.seed, run.seed)),
        }
    }
    let written = stretches
        .into_iter()
        .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}..{to}") });
    written.collect::<Vec<_>>().join(",")
}
