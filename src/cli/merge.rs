//! `mqlab merge`: the shards of a sweep put together, to what one machine would have reported.
//!
//! Refuses what would make something else of it: gaps, doubles, shards of different sweeps.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::experiment::crew::{Arm, Outcome as Runs};
use crate::experiment::headline::{Headline, headline_of};
use crate::experiment::replications::Replications;
use crate::metrics::registry;
use crate::report::experiment::record::{Heading, Line};
use crate::scenario::model::Scenario;
use crate::scenario::{self, Source};

use super::advising;
use super::common::Format;
use super::many::{Many, Ran, remark_of_each};
use super::output::{Outcome, complain};
use super::reading::Folder;
use super::studying::{Study, with_course};
use super::sweep::fingerprint;

/// The arguments of `merge`.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Files that `mqlab sweep --shard` wrote, all of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Writes the report here instead of into a folder of `reports/`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How the summary is printed; json is exactly what `summary.json` holds
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// Prints one line only
    #[arg(long, short)]
    quiet: bool,
}

/// A file of runs.
struct Shard {
    file: PathBuf,
    heading: Heading,
    lines: Vec<Line>,
}

impl Merge {
    /// Reads the shards and reports the sweep.
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        match self.read().and_then(|shards| whole_sweep(&shards).map(|()| shards)) {
            Ok(shards) => self.report(shards),
            Err(why) => {
                complain(&why);
                Ok(Outcome::Wrong)
            }
        }
    }

    fn read(&self) -> Result<Vec<Shard>, String> {
        self.files.iter().map(|file| read(file)).collect()
    }

    fn report(&self, shards: Vec<Shard>) -> io::Result<Outcome> {
        let heading = shards[0].heading.clone();
        let Some(scenario) = scenario_of(&heading) else { return Ok(Outcome::Wrong) };
        let arms: Vec<Arm<'_>> = scenario.sweep.cells.iter().map(Arm::of_cell).collect();
        let mut outcome = match replications(&arms, shards, heading.seeds) {
            Ok(arms) => Runs { arms, missing: 0, absent: Vec::new() },
            Err(why) => {
                complain(&why);
                return Ok(Outcome::Wrong);
            }
        };
        with_course(&arms, &mut outcome.arms)?;
        let remark = if heading.seeds.is_some() { None } else { remark_of_each(&scenario.runs, &outcome) };
        let rules = advising::rules(&scenario)?;
        let advice = advising::advice(&scenario, rules, &outcome, &Many::default(), self.quiet)?;
        let front: Vec<&Headline> = heading.front.iter().filter_map(|path| headline_of(path)).collect();
        let study = Study {
            scenario: &scenario,
            arms: &arms,
            axes: &scenario.sweep.axes,
            advice: advice.as_ref(),
            front: &front,
            command: heading.command.clone(),
            format: self.format,
            quiet: self.quiet,
        };
        let own = || Path::new("reports").join(format!("{}-sweep", heading.stem));
        study.report(&Ran { outcome, remark }, &self.out.clone().unwrap_or_else(own))
    }
}

fn read(file: &Path) -> Result<Shard, String> {
    let named = |why: String| format!("`{}`: {why}", file.display());
    let text = fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
    let mut lines = text.lines();
    let heading = lines.next().and_then(Heading::read);
    let heading = heading.ok_or_else(|| named("this is no shard of a sweep".into()))?;
    let read =
        |line: &str| Line::read(line).ok_or_else(|| named("a line is damaged: run this shard again".into()));
    let lines = lines.map(read).collect::<Result<_, _>>()?;
    Ok(Shard { file: file.to_owned(), heading, lines })
}

/// Whether these are all shards of one sweep of this version, each once.
fn whole_sweep(shards: &[Shard]) -> Result<(), String> {
    let first = &shards[0];
    let version = env!("CARGO_PKG_VERSION");
    let count = first.heading.shard.1;
    let mut seen: BTreeMap<u64, &Path> = BTreeMap::new();
    for shard in shards {
        let file = shard.file.display();
        if shard.heading.version != version {
            let theirs = &shard.heading.version;
            return Err(format!("`{file}` was made by mqlab {theirs}, and this is {version}"));
        }
        if shard.heading.sweep != first.heading.sweep || shard.heading.shard.1 != count {
            return Err(format!("`{file}` and `{}` are of different sweeps", first.file.display()));
        }
        if let Some(other) = seen.insert(shard.heading.shard.0, &shard.file) {
            let index = shard.heading.shard.0;
            return Err(format!("`{file}` and `{}` are both shard {index}/{count}", other.display()));
        }
    }
    let missing: Vec<String> =
        (1..=count).filter(|index| !seen.contains_key(index)).map(|n| n.to_string()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("of {count} shards these are missing: {}", missing.join(", ")))
}

/// The scenario that the shards ran; `None` after a complaint.
fn scenario_of(heading: &Heading) -> Option<Scenario> {
    if fingerprint(&heading.scenario, heading.seeds) != heading.sweep {
        complain("the scenario in these shards is not the one that they ran");
        return None;
    }
    let source = Source { name: "the scenario in the shards".into(), text: heading.scenario.clone() };
    match scenario::read(&source, &[], &registry::patterns(), &Folder::here()) {
        Ok(checked) => Some(checked.scenario),
        Err(complaints) => {
            super::reading::print(&complaints);
            None
        }
    }
}

/// The runs of every cell, in the order of the seeds, all of which a shard has.
fn replications(
    arms: &[Arm<'_>],
    shards: Vec<Shard>,
    seeds: Option<(u64, u64)>,
) -> Result<Vec<Replications>, String> {
    let mut cells: Vec<Option<Replications>> = arms.iter().map(|_| None).collect();
    for Shard { file, lines, .. } in shards {
        let mut own: Vec<usize> = Vec::new();
        let damaged = || format!("`{}` is damaged: run this shard again", file.display());
        for line in lines {
            match line {
                Line::First(cell, outline) => {
                    let arm = arms.get(cell).ok_or_else(damaged)?;
                    cells[cell] = Some(Replications::new(arm.name, outline, None));
                    own.push(cell);
                }
                Line::Later(cell, run) => {
                    let known = cells.get_mut(cell).and_then(Option::as_mut).ok_or_else(damaged)?;
                    if run.numbers.len() != known.paths.len() {
                        return Err(damaged());
                    }
                    known.runs.push(run);
                }
            }
        }
        let whole = |cell: &usize| {
            let runs = cells[*cell].as_ref().map_or(0, |cell| cell.runs.len() as u64);
            seeds.is_none_or(|(_, count)| runs == count)
        };
        if !own.iter().all(whole) {
            return Err(format!("`{}` is not whole: run this shard again", file.display()));
        }
    }
    let named = arms.iter().zip(cells);
    named.map(|(arm, cell)| cell.ok_or_else(|| format!("no shard has the cell `{}`", arm.name))).collect()
}
