//! `mqlab sweep`: every cell of a grid under every seed, in one go or as one of several shards.
//!
//! Knows the order of things, not how any of them is done.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::experiment::advice::rules::Rules;
use crate::experiment::crew::Arm;
use crate::experiment::headline::{HEADLINES, Headline};
use crate::experiment::pareto::named;
use crate::kernel::chance::names;
use crate::report::experiment::record::Heading;
use crate::report::junit::Suite;
use crate::scenario::{Override, to_yaml};

use super::advising;
use super::common::Common;
use super::journal::Journal;
use super::junit::{Junit, suites_of};
use super::output::{Outcome, complain, note};
use super::reading::{Loaded, load, load_again};
use super::run::{quoted, sets};
use super::shard::{Shard, parse_shard, partial};
use super::slurm;
use super::studying::{Study, with_course};
use super::vary::{Vary, options, parse_vary, sweep};

/// The arguments of `sweep`.
#[derive(Debug, Args)]
pub(super) struct Sweep {
    /// A scenario file with a `sweep`, or a name from `mqlab list`
    #[arg(value_name = "FILE")]
    file: String,
    /// Varies these values of a path instead, as in `consumers.booking.prefetch=1,10`; repeated, the product
    #[arg(long, value_name = "PATH=A,B,…", value_parser = parse_vary)]
    vary: Vec<Vary>,
    /// Numbers that the Pareto front weighs against each other, as in `lost,end_to_end.p99`
    #[arg(long, value_name = "METRIC,METRIC,…", value_delimiter = ',')]
    pareto: Vec<String>,
    /// Runs only shard I of N, into the file that `--out` names; `mqlab merge` puts them together
    #[arg(long, value_name = "I/N", value_parser = parse_shard, conflicts_with = "junit")]
    shard: Option<Shard>,
    /// Runs nothing, and writes a Slurm batch file of so many shards instead
    #[arg(long, value_name = "N", conflicts_with_all = ["shard", "junit"], value_parser = clap::value_parser!(u64).range(1..=10_000))]
    slurm: Option<u64>,
    #[command(flatten)]
    junit: Junit,
    #[command(flatten)]
    common: Common,
}

/// What is done is kept.
pub(super) const GOES_ON: &str = "the same command goes on from here";

/// A hash of a sweep: its scenario, its seeds, and the version, since another may run it otherwise.
pub(super) fn fingerprint(yaml: &str, seeds: Option<(u64, u64)>) -> u64 {
    names(&format!("{} {seeds:?}", env!("CARGO_PKG_VERSION")), yaml)
}

/// What a shard's file is called if nobody says otherwise.
pub(super) fn shard_file(stem: &str, index: &str) -> String {
    format!("{stem}-shard-{index}.jsonl")
}

impl Sweep {
    /// Runs the grid and reports it.
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        self.junit.write_after(|suites| suites_of(&self.file, suites, |suites| self.whole_or_part(suites)))
    }

    fn whole_or_part(&self, suites: &mut Vec<Suite>) -> io::Result<Outcome> {
        let Some(front) = self.front() else { return Ok(Outcome::Wrong) };
        let overrides: Vec<Override> =
            self.common.all_overrides().into_iter().chain(sweep(&self.vary)).collect();
        let Some(mut loaded) = load(&self.file, &overrides) else { return Ok(Outcome::Wrong) };
        let rules = advising::rules(&loaded.checked.scenario)?;
        if let Some(rules) = rules.as_ref().filter(|_| loaded.checked.scenario.sweep.cells.is_empty()) {
            let grid = advising::grid(&loaded.checked.scenario, rules);
            let overrides: Vec<Override> = overrides.into_iter().chain(grid).collect();
            match load_again(&self.file, &overrides, &loaded.checked.warnings) {
                Some(with_grid) => loaded = with_grid,
                None => return Ok(Outcome::Wrong),
            }
        }
        let scenario = &loaded.checked.scenario;
        if scenario.sweep.cells.is_empty() {
            complain(&format!("`{}` has nothing to sweep: it defines no `sweep`", self.file));
            note("vary a value: `--vary consumers.booking.prefetch=1,10,100`");
            return Ok(Outcome::Wrong);
        }
        let heading = self.heading(&loaded, &front);
        if let Some(tasks) = self.slurm {
            let call = format!("{}{}", self.command(), self.common.many.options());
            return slurm::write(&loaded.stem, &call, tasks, self.common.out.as_deref());
        }
        if let Some(shard) = self.shard {
            let own = || PathBuf::from(shard_file(&loaded.stem, &shard.index.to_string()));
            let file = self.common.out.clone().unwrap_or_else(own);
            return shard.run(&file, &heading, scenario, &self.common);
        }
        self.run((&loaded, &heading), rules, &front, suites)
    }

    /// The whole sweep in one go, or the rest of it after an earlier call was stopped.
    fn run(
        &self,
        (loaded, heading): (&Loaded, &Heading),
        rules: Option<Rules>,
        front: &[&'static Headline],
        suites: &mut Vec<Suite>,
    ) -> io::Result<Outcome> {
        let scenario = &loaded.checked.scenario;
        let cells = Shard { index: 1, count: 1 }.cells(scenario);
        let arms: Vec<Arm<'_>> = cells.iter().map(|(_, arm)| *arm).collect();
        let folder = self.folder(&loaded.stem);
        fs::create_dir_all(&folder)
            .map_err(|error| io::Error::other(format!("cannot write `{}`: {error}", folder.display())))?;
        let journal = Journal::open(&partial(&folder.join("runs")), heading, &cells)?;
        let wanted = (scenario.seed, &scenario.runs);
        let ran = self.common.many.run_each(&arms, wanted, Some(&journal), self.common.quiet);
        let mut ran = ran.inspect_err(|_| note(GOES_ON))?;
        let absent = &ran.outcome.absent;
        let arms: Vec<Arm<'_>> =
            (0..arms.len()).filter(|at| !absent.contains(at)).map(|at| arms[at]).collect();
        with_course(&arms, &mut ran.outcome.arms)?;
        // Advice on a part would be about that part.
        let rules = rules.filter(|_| ran.outcome.missing == 0);
        let (many, quiet) = (&self.common.many, self.common.quiet);
        let advice = advising::advice(scenario, rules, &ran.outcome, many, quiet)?;
        let study = Study {
            scenario,
            arms: &arms,
            axes: &scenario.sweep.axes,
            advice: advice.as_ref(),
            front,
            command: self.command(),
            format: self.common.format,
            quiet: self.common.quiet,
        };
        let outcome = study.report_with_suites(&ran, &folder, suites)?;
        if ran.outcome.missing > 0 {
            note(GOES_ON);
        } else if outcome != Outcome::Wrong {
            journal.close()?;
        }
        Ok(outcome)
    }

    fn heading(&self, loaded: &Loaded, front: &[&'static Headline]) -> Heading {
        let scenario = &loaded.checked.scenario;
        let yaml = to_yaml(scenario);
        let seeds = self.common.many.known_seeds(scenario.seed, &scenario.runs);
        let shard = self.shard.map_or((1, 1), |shard| (shard.index, shard.count));
        Heading {
            version: env!("CARGO_PKG_VERSION").into(),
            sweep: fingerprint(&yaml, seeds),
            shard,
            stem: loaded.stem.clone(),
            command: self.command(),
            front: front.iter().map(|headline| headline.path.to_owned()).collect(),
            seeds,
            scenario: yaml,
        }
    }

    /// The headlines that `--pareto` names; `None` after a complaint.
    fn front(&self) -> Option<Vec<&'static Headline>> {
        let mut front: Vec<&Headline> = Vec::new();
        for wanted in &self.pareto {
            match named(wanted.trim()).as_slice() {
                [one] if front.contains(one) => complain(&format!("`{wanted}` is weighed twice")),
                [one] => {
                    front.push(one);
                    continue;
                }
                [] => complain(&format!("the Pareto front knows no number `{wanted}`")),
                several => {
                    let paths: Vec<&str> = several.iter().map(|headline| headline.path).collect();
                    complain(&format!("`{wanted}` can be {}", paths.join(" or ")));
                }
            }
            let known: Vec<&str> = HEADLINES.iter().map(|headline| headline.path).collect();
            note(&format!("it weighs {}", known.join(", ")));
            return None;
        }
        if front.len() == 1 {
            complain("a Pareto front weighs at least two numbers, as in `--pareto lost,end_to_end.p99`");
            return None;
        }
        Some(front)
    }

    fn folder(&self, stem: &str) -> PathBuf {
        self.common.out.clone().unwrap_or_else(|| Path::new("reports").join(format!("{stem}-sweep")))
    }

    /// The same call without its seeds.
    fn command(&self) -> String {
        let pareto = if self.pareto.is_empty() {
            String::new()
        } else {
            format!(" --pareto {}", quoted(&self.pareto.join(",")))
        };
        let (vary, sets) = (options(&self.vary), sets(&self.common.overrides));
        format!("mqlab sweep {}{vary}{pareto}{sets}", quoted(&self.file))
    }
}
