//! From many runs to their report: what `run --seeds` and `compare` have in common.
//!
//! Knows the order of things, not how any of them is done.

use std::io;
use std::path::Path;

use crate::experiment::comparison;
use crate::experiment::crew::Arm;
use crate::experiment::expecting;
use crate::report::experiment::{Experiment, folder, json, remarks, terminal};
use crate::scenario::model::{Runs, Scenario};
use crate::scenario::to_yaml;
use crate::simulation;

use super::many::Ran;
use super::output::{Outcome, complain, emit};
use super::run::Format;

/// What is to be reported, and how.
pub(super) struct Study<'a> {
    /// The file's scenario, variants and all.
    pub scenario: &'a Scenario,
    /// What ran.
    pub arms: &'a [Arm<'a>],
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
        let mut experiment = Experiment {
            scenario: &self.scenario.name,
            about: self.scenario.about.as_deref(),
            yaml: &yaml,
            reproduce: "",
            not_modelled: simulation::NOT_MODELLED,
            arms: &outcome.arms,
            judged: &judged,
            differences: &differences,
            remarks: &remarks,
            partial: outcome.missing > 0,
        };
        let reproduce = format!("{} --seeds {}", self.command, a_range(&experiment.seeds()));
        experiment.reproduce = &reproduce;
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

    /// The scenario with the seeds that it ran under.
    fn as_it_ran(&self, ran: &Ran) -> Scenario {
        let mut scenario = self.scenario.clone();
        let runs = ran.outcome.arms.first().map(|arm| arm.runs.as_slice()).unwrap_or_default();
        scenario.seed = runs.first().map_or(scenario.seed, |run| run.seed);
        for variant in &mut scenario.variants {
            variant.scenario.seed = scenario.seed;
        }
        scenario.runs = Runs::Count(runs.len() as u64);
        scenario
    }
}

/// The seeds as the option takes them: from the first to the last.
fn a_range(seeds: &str) -> String {
    let first = seeds.split(['.', ',']).next().unwrap_or(seeds);
    let last = seeds.rsplit(['.', ',']).next().unwrap_or(seeds);
    format!("{first}..{last}")
}
