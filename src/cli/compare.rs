//! `mqlab compare`: variants on the same random numbers, what differs, and how sure that is.
//!
//! Knows the order of things, not how any of them is done.

use std::io;
use std::path::Path;

use clap::Args;

use crate::experiment::crew::Arm;
use crate::report::junit::Suite;
use crate::scenario::Override;
use crate::scenario::model::Scenario;

use super::common::Common;
use super::junit::{Junit, suites_of};
use super::output::{Outcome, complain, note};
use super::reading::load;
use super::run::{quoted, sets};
use super::studying::Study;
use super::vary::{Vary, options, parse_vary, sweep};

/// What the file itself is called beside a single variant of it.
const AS_WRITTEN: &str = "as written";

/// The arguments of `compare`.
#[derive(Debug, Args)]
pub(super) struct Compare {
    /// A scenario file with `variants`, or a name from `mqlab list`
    #[arg(value_name = "FILE")]
    file: String,
    /// Compares these values of a path instead, as in `consumers.booking.prefetch=1,10`; repeated, the product
    #[arg(long, value_name = "PATH=A,B,…", value_parser = parse_vary)]
    vary: Vec<Vary>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    junit: Junit,
}

impl Compare {
    /// Runs the variants and compares them.
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        self.junit.write_after(|suites| suites_of(&self.file, suites, |suites| self.compare(suites)))
    }

    fn compare(&self, suites: &mut Vec<Suite>) -> io::Result<Outcome> {
        let overrides: Vec<Override> =
            self.common.all_overrides().into_iter().chain(sweep(&self.vary)).collect();
        let Some(loaded) = load(&self.file, &overrides) else { return Ok(Outcome::Wrong) };
        let scenario = &loaded.checked.scenario;
        let arms = self.arms(scenario);
        if arms.is_empty() {
            complain(&format!("`{}` has nothing to compare: it defines no `variants`", self.file));
            note("name some, or vary a value: `--vary consumers.booking.prefetch=1,10`");
            return Ok(Outcome::Wrong);
        }
        let ran = self.common.many.run(&arms, scenario.seed, &scenario.runs, self.common.quiet)?;
        // One thing varied makes variants, several make a grid.
        let axes = scenario.sweep.axes.as_slice();
        let axes = if self.are_cells(scenario) && axes.len() > 1 { axes } else { &[] };
        let command = format!(
            "mqlab compare {}{}{}",
            quoted(&self.file),
            options(&self.vary),
            sets(&self.common.overrides)
        );
        let study = Study {
            scenario,
            arms: &arms,
            axes,
            advice: None,
            front: &[],
            command,
            format: self.common.format,
            quiet: self.common.quiet,
        };
        let own = || Path::new("reports").join(format!("{}-compare", loaded.stem));
        study.report_with_suites(&ran, &self.common.out.clone().unwrap_or_else(own), suites)
    }

    /// Whether the cells of a grid are compared: what is varied, or the file's sweep if it has no variants.
    fn are_cells(&self, scenario: &Scenario) -> bool {
        !self.vary.is_empty() || scenario.variants.is_empty()
    }

    /// The cells, or else the variants, or else the file beside its only variant.
    fn arms<'s>(&self, scenario: &'s Scenario) -> Vec<Arm<'s>> {
        if self.are_cells(scenario) {
            return scenario.sweep.cells.iter().map(Arm::of_cell).collect();
        }
        let variants = scenario.variants.iter();
        let mut arms: Vec<Arm<'s>> =
            variants.map(|variant| Arm { name: &variant.name, scenario: &variant.scenario }).collect();
        if arms.len() == 1 {
            arms.insert(0, Arm { name: AS_WRITTEN, scenario });
        }
        arms
    }
}
