//! From many runs to their report: what `run --seeds`, `compare`, `sweep` and `merge` have in common.
//!
//! Knows the order of things, not how any of them is done.

use std::io;
use std::path::Path;

use crate::experiment::advice::Advice;
use crate::experiment::comparison;
use crate::experiment::crew::Arm;
use crate::experiment::expecting;
use crate::experiment::headline::Headline;
use crate::experiment::pareto;
use crate::experiment::replications::Replications;
use crate::report::experiment::grid::Grid;
use crate::report::experiment::{Experiment, folder, json, junit, remarks, terminal};
use crate::report::junit::Suite;
use crate::scenario::model::{Axis, Runs, Scenario};
use crate::scenario::to_yaml;
use crate::simulation;

use super::common::Format;
use super::many::Ran;
use super::output::{Outcome, complain, emit};

/// What is to be reported, and how.
pub(super) struct Study<'a> {
    /// The file's scenario, variants and all.
    pub scenario: &'a Scenario,
    /// What ran.
    pub arms: &'a [Arm<'a>],
    /// The grid that the arms form, the last axis changing fastest; empty if they form none.
    pub axes: &'a [Axis],
    /// What is recommended, if advice is asked for.
    pub advice: Option<&'a Advice>,
    /// What the Pareto front is asked of; empty for what differs most.
    pub front: &'a [&'static Headline],
    /// The command that gives the same runs, but for their seeds.
    pub command: String,
    /// How the summary is printed.
    pub format: Format,
    /// Prints one line only.
    pub quiet: bool,
}

impl Study<'_> {
    /// Writes the report into `folder`, prints the summary, and says how it went.
    ///
    /// # Errors
    /// If the summary cannot be printed.
    pub(super) fn report(&self, ran: &Ran, folder: &Path) -> io::Result<Outcome> {
        self.report_with_suites(ran, folder, &mut Vec::new())
    }

    /// The same, and adds what was expected to the suites.
    ///
    /// # Errors
    /// If the summary cannot be printed.
    pub(super) fn report_with_suites(
        &self,
        ran: &Ran,
        folder: &Path,
        suites: &mut Vec<Suite>,
    ) -> io::Result<Outcome> {
        let outcome = &ran.outcome;
        let judged: Vec<_> = self
            .arms
            .iter()
            .zip(&outcome.arms)
            .map(|(arm, runs)| expecting::judge(&arm.scenario.expect, runs))
            .collect();
        let differences = comparison::differences(outcome);
        let remarks: Vec<String> =
            remarks::remarks(&outcome.arms).into_iter().chain(ran.remark.clone()).collect();
        let yaml = to_yaml(&self.as_it_ran(ran));
        let front = if self.axes.is_empty() { None } else { pareto::front(&outcome.arms, self.front) };
        let grid = (!self.axes.is_empty()).then_some(Grid {
            axes: self.axes,
            absent: &outcome.absent,
            front: front.as_ref(),
            advice: self.advice,
        });
        let mut experiment = Experiment {
            scenario: &self.scenario.name,
            about: self.scenario.about.as_deref(),
            yaml: &yaml,
            reproduce: "",
            not_modelled: simulation::NOT_MODELLED,
            arms: &outcome.arms,
            judged: &judged,
            differences: &differences,
            grid,
            remarks: &remarks,
            partial: outcome.missing > 0,
        };
        let reproduce = self.command_with_seeds(&experiment);
        experiment.reproduce = &reproduce;
        suites.extend(junit::suites(&experiment));
        let written = folder::write(folder, &experiment);
        let page = format!("{}/index.html", folder.display());
        self.print(&experiment, written.is_ok().then_some(page.as_str()))?;
        Ok(written.map_or_else(
            |error| {
                complain(&error.to_string());
                Outcome::Wrong
            },
            |()| experiment.verdict().into(),
        ))
    }

    fn print(&self, experiment: &Experiment<'_>, page: Option<&str>) -> io::Result<()> {
        match self.format {
            Format::Json => emit(&json::summary_json(experiment)),
            Format::Text if self.quiet => emit(&terminal::render_quiet(experiment)),
            Format::Text => emit(&terminal::render(experiment, page)),
        }
    }

    /// The command that gives the same runs. Arms that went on until each was exact enough do so again.
    fn command_with_seeds(&self, experiment: &Experiment<'_>) -> String {
        if experiment.runs_differ() {
            return self.command.clone();
        }
        format!("{} --seeds {}", self.command, a_range(&experiment.seeds()))
    }

    /// The scenario with the seeds that it ran under.
    fn as_it_ran(&self, ran: &Ran) -> Scenario {
        let mut scenario = self.scenario.clone();
        let runs = ran.outcome.arms.first().map(|arm| arm.runs.as_slice()).unwrap_or_default();
        scenario.seed = runs.first().map_or(scenario.seed, |run| run.seed);
        for variant in &mut scenario.variants {
            variant.scenario.seed = scenario.seed;
        }
        for cell in &mut scenario.sweep.cells {
            cell.scenario.seed = scenario.seed;
        }
        if ran.outcome.arms.windows(2).all(|pair| pair[0].runs.len() == pair[1].runs.len()) {
            scenario.runs = Runs::Count(runs.len() as u64);
        }
        scenario
    }
}

/// What the charts of a single arm are drawn of: a run that was kept in a file has no course, so it is made again.
///
/// # Errors
/// If that run cannot be finished.
pub(super) fn with_course(arms: &[Arm<'_>], runs: &mut [Replications]) -> io::Result<()> {
    let ([arm], [runs]) = (arms, runs) else { return Ok(()) };
    if runs.course.is_none() {
        let mut scenario = arm.scenario.clone();
        scenario.seed = runs.example.seed;
        let summary = simulation::run(&scenario, &mut |_| {});
        runs.course = Some(summary.map_err(|error| io::Error::other(error.message))?);
    }
    Ok(())
}

/// The seeds as the option takes them: from the first to the last.
fn a_range(seeds: &str) -> String {
    let first = seeds.split(['.', ',']).next().unwrap_or(seeds);
    let last = seeds.rsplit(['.', ',']).next().unwrap_or(seeds);
    format!("{first}..{last}")
}
