//! Which cell of a grid to take: the fewest instances whose runs meet every goal often enough, of these the one with
//! the most room left, and how often that is on seeds that it was not chosen by.
//!
//! The best of many cells looks better than it is, since luck helped to choose it. So the share that is told comes
//! from fresh seeds. Knows no words.

pub mod rules;

use crate::metrics::verdict::holds;
use crate::scenario::model::{Axis, Cell, Condition, Expectation, Scenario};

use super::crew::{Arm, Crew, Outcome, Trouble};
use super::replications::Replications;
use super::statistics::student::Sample;

use rules::Rules;

/// The axes that advice is about, as their paths end.
pub const KNOBS: [&str; 3] = [".instances", ".prefetch", ".ack_timeout"];

/// In how many of so many runs every goal was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Met {
    /// Those runs.
    pub runs: u64,
    /// Of so many.
    pub of: u64,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// The rules of thumb and what they are made of.
    pub rules: Rules,
    /// How often the goals have to be met.
    pub sure: f64,
    /// How often each cell met them.
    pub met: Vec<Met>,
    /// The cell to take; `None` if none meets the goals often enough.
    pub choice: Option<Choice>,
    /// The cell that met them most often.
    pub nearest: usize,
}

/// A cell that is recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its position.
    pub cell: usize,
    /// How often it met the goals on seeds that it was not chosen by.
    pub unseen: Met,
    /// How many cells have as few instances and met the goals as often, itself included.
    pub as_good: usize,
    /// Whether it has more room left than all of those.
    pub has_most_room: bool,
}

impl Met {
    /// The share of runs; 0 of none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "runs are few")]
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.runs as f64 / self.of as f64 }
    }
}

/// Advice from the runs of a grid; the cell that is chosen runs as often again, on the seeds that follow.
///
/// # Errors
/// If those runs could not be finished.
pub fn advise(
    scenario: &Scenario,
    rules: Rules,
    outcome: &Outcome,
    crew: &Crew<'_>,
) -> Result<Option<Advice>, Trouble> {
    let Some(advise) = &scenario.advise else { return Ok(None) };
    let met: Vec<Met> =
        scenario.sweep.cells.iter().zip(&outcome.arms).map(|(cell, arm)| met(cell, arm)).collect();
    let Some(nearest) =
        (0..met.len()).max_by(|a, b| met[*a].share().total_cmp(&met[*b].share()).then(b.cmp(a)))
    else {
        return Ok(None);
    };
    let instances = |cell: &usize| scenario.sweep.cells[*cell].scenario.consumers[advise.consumer].instances;
    let margin = |cell: &usize| margin(&scenario.sweep.cells[*cell], &outcome.arms[*cell]);
    let cheaper = |a: &usize, b: &usize| {
        instances(a)
            .cmp(&instances(b))
            .then(met[*b].runs.cmp(&met[*a].runs))
            .then(margin(b).total_cmp(&margin(a)))
    };
    let enough = (0..met.len()).filter(|cell| met[*cell].share() >= advise.sure);
    let choice = match enough.min_by(cheaper) {
        Some(cell) => {
            let is_as_good =
                |other: &usize| instances(other) == instances(&cell) && met[*other].runs == met[cell].runs;
            let others = || (0..met.len()).filter(is_as_good).filter(|other| *other != cell);
            Some(Choice {
                cell,
                unseen: unseen(&scenario.sweep.cells[cell], &outcome.arms[cell], crew)?,
                as_good: others().count() + 1,
                has_most_room: others().all(|other| margin(&other) < margin(&cell)),
            })
        }
        None => None,
    };
    Ok(Some(Advice { rules, sure: advise.sure, met, choice, nearest }))
}

/// How many standard deviations of a run lie between the mean and the bound of the goal that is nearest to being
/// missed: of cells that met everything, the one that will go on doing so.
fn margin(cell: &Cell, arm: &Replications) -> f64 {
    let of_goal = |goal: &Expectation| {
        let sample = Sample::of(&arm.measured(&goal.path))?;
        let room = match goal.condition {
            Condition::Equal(_) => return None,
            Condition::Less(bound) | Condition::AtMost(bound) => bound - sample.mean,
            Condition::More(bound) | Condition::AtLeast(bound) => sample.mean - bound,
            Condition::Between(low, high) => (sample.mean - low).min(high - sample.mean),
        };
        (sample.variance > 0.0).then(|| room / libm::sqrt(sample.variance))
    };
    cell.scenario.expect.iter().filter_map(of_goal).fold(f64::INFINITY, f64::min)
}

/// In how many runs every expectation came true.
fn met(cell: &Cell, arm: &Replications) -> Met {
    let columns: Vec<Vec<Option<f64>>> =
        cell.scenario.expect.iter().map(|goal| arm.column(&goal.path).unwrap_or_default()).collect();
    let all = |run: &usize| {
        let goals = cell.scenario.expect.iter().zip(&columns);
        goals.clone().all(|(goal, column)| {
            column.get(*run).copied().flatten().is_some_and(|value| holds(goal.condition, value))
        })
    };
    let runs = (0..arm.runs.len()).filter(all).count() as u64;
    Met { runs, of: arm.runs.len() as u64 }
}

/// As many runs again, on the seeds behind those that chose the cell.
fn unseen(cell: &Cell, arm: &Replications, crew: &Crew<'_>) -> Result<Met, Trouble> {
    let last = arm.runs.iter().map(|run| run.seed).max().unwrap_or(0);
    let seeds: Vec<u64> = (1..=arm.runs.len() as u64).map(|at| last.wrapping_add(at)).collect();
    let outcome = crew.run(&[Arm::of_cell(cell)], &seeds)?;
    Ok(met(cell, &outcome.arms[0]))
}

/// The setting of the knob that ends so, in a cell.
#[must_use]
pub fn knob<'a>(axes: &'a [Axis], at: &[usize], ending: &str) -> Option<&'a str> {
    let which = axes.iter().position(|axis| axis.name.ends_with(ending))?;
    Some(&axes[which].settings[at[which]].name)
}
