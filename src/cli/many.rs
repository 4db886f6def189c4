//! Several seeds from the command line: which, how many at once, and the bar meanwhile.
//!
//! Knows the experiment room's crew; not what is done with the runs.

use std::io::{self, IsTerminal as _, stderr};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::crew::{Arm, Crew, Memory, Outcome, Trouble};
use crate::experiment::precision::{Precision, Reached};
use crate::experiment::replications::Replications;
use crate::report::number::{group, list, percent};
use crate::scenario::model::Runs;

use super::interrupt;
use super::output::note;

const TEMPLATE: &str = "{spinner} {wide_bar:.cyan/dim} {pos} of {len} runs, {eta} left{msg}";

/// A remark names so many cells.
const MOST_NAMED: usize = 5;

/// Options of commands that run several seeds.
#[derive(Debug, Default, Args)]
pub(super) struct Many {
    /// Runs all these seeds, as in `1..200`
    #[arg(long, value_name = "FROM..TO", value_parser = parse_seeds, conflicts_with_all = ["seed", "runs"])]
    seeds: Option<Seeds>,
    /// Runs so many seeds, from the scenario's own on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    runs: Option<u64>,
    /// Runs so many at once, instead of one for each core; the results do not depend on it
    #[arg(long, value_name = "N", value_parser = parse_jobs)]
    jobs: Option<usize>,
}

/// Seeds in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seeds {
    first: u64,
    count: u64,
}

/// What came of many runs.
#[derive(Debug)]
pub(super) struct Ran {
    /// The runs.
    pub outcome: Outcome,
    /// What a reader should know about their number, if anything.
    pub remark: Option<String>,
}

impl Many {
    /// Whether several seeds are asked for on the command line.
    pub(super) const fn is_asked_for(&self) -> bool {
        self.seeds.is_some() || self.runs.is_some()
    }

    /// Runs every arm under every seed asked for; without an option, under those that the scenario names. Arms
    /// that shall be known so exactly go on together, until each is.
    ///
    /// # Errors
    /// If nothing came of it; the reason.
    pub(super) fn run(&self, arms: &[Arm<'_>], seed: u64, runs: &Runs, quiet: bool) -> io::Result<Ran> {
        let ran = self.with_crew(None, quiet, |crew, bar| match self.seeds(seed, runs) {
            Ok(seeds) => counted(crew, bar, arms, seeds),
            Err(precision) => precise(crew, bar, arms, seed, &precision),
        });
        ran.inspect(tell_missing)
    }

    /// The same for arms that do not wait for each other: each goes on until it is exact itself. Runs that are
    /// remembered are not made again.
    ///
    /// # Errors
    /// If nothing came of it; the reason.
    pub(super) fn run_each(
        &self,
        arms: &[Arm<'_>],
        (seed, runs): (u64, &Runs),
        memory: Option<&dyn Memory>,
        quiet: bool,
    ) -> io::Result<Ran> {
        let ran = self.with_crew(memory, quiet, |crew, bar| {
            let outcome = match self.seeds(seed, runs) {
                Ok(seeds) => crew.run_what_can(arms, &all_of(seeds, arms, bar))?,
                Err(precision) => precise_each(crew, bar, arms, seed, &precision)?,
            };
            let remarks = [remark_of_each(runs, &outcome), remark_of_absent(arms, &outcome)];
            let remark = remarks.into_iter().flatten().reduce(|all, one| format!("{all}; {one}"));
            Ok(Ran { outcome, remark })
        });
        ran.inspect(tell_missing)
    }

    /// Does `work` with a crew and a bar.
    pub(super) fn with_crew<T>(
        &self,
        memory: Option<&dyn Memory>,
        quiet: bool,
        work: impl FnOnce(&Crew<'_>, &ProgressBar) -> Result<T, Trouble>,
    ) -> io::Result<T> {
        let stop = interrupt::stop()?;
        let bar = bar(quiet);
        let progress = |count: usize| bar.inc(count as u64);
        let trouble = |trouble: Trouble| io::Error::other(in_words(trouble));
        let mut crew = Crew::new(self.jobs, &progress, stop).map_err(trouble)?;
        if let Some(memory) = memory {
            crew = crew.remembering(memory);
        }
        let ran = work(&crew, &bar);
        bar.finish_and_clear();
        ran.map_err(trouble)
    }

    /// The seeds by their first and their number, unless a metric shall be known so exactly.
    pub(super) fn known_seeds(&self, first: u64, runs: &Runs) -> Option<(u64, u64)> {
        self.seeds(first, runs).ok().map(|seeds| (seeds.first, seeds.count))
    }

    /// The options that say how many runs, each with a blank before it.
    pub(super) fn options(&self) -> String {
        let seeds = self.seeds.map(|seeds| {
            format!(" --seeds {}..{}", seeds.first, seeds.first.saturating_add(seeds.count - 1))
        });
        let runs = self.runs.map(|runs| format!(" --runs {runs}"));
        seeds.into_iter().chain(runs).collect()
    }

    /// The seeds, or else how exact the scenario wants it.
    fn seeds<'r>(&self, first: u64, runs: &'r Runs) -> Result<Seeds, Precision<'r>> {
        match (self.seeds, self.runs, runs) {
            (Some(seeds), _, _) => Ok(seeds),
            (None, Some(count), _) => Ok(Seeds { first, count }),
            (None, None, Runs::Count(count)) => Ok(Seeds { first, count: *count }),
            (None, None, Runs::Until { of, within }) => Err(Precision { of, within: *within }),
        }
    }
}

fn tell_missing(ran: &Ran) {
    if !ran.outcome.absent.is_empty() {
        note("stopped before every cell had run once");
    } else if ran.outcome.missing > 0 {
        note(&format!("stopped: {} seeds are missing", group(ran.outcome.missing as u64)));
    }
}

/// Every arm under the same seeds.
fn counted(crew: &Crew<'_>, bar: &ProgressBar, arms: &[Arm<'_>], seeds: Seeds) -> Result<Ran, Trouble> {
    crew.run(arms, &all_of(seeds, arms, bar)).map(|outcome| Ran { outcome, remark: None })
}

/// The seeds one by one, and the bar's length from them.
fn all_of(seeds: Seeds, arms: &[Arm<'_>], bar: &ProgressBar) -> Vec<u64> {
    bar.set_length(seeds.count * arms.len() as u64);
    (0..seeds.count).map_while(|at| seeds.first.checked_add(at)).collect()
}

/// Each arm until it is exact enough itself. Stopped, it gives those that have run.
fn precise_each(
    crew: &Crew<'_>,
    bar: &ProgressBar,
    arms: &[Arm<'_>],
    seed: u64,
    precision: &Precision<'_>,
) -> Result<Outcome, Trouble> {
    let mut whole = Outcome { arms: Vec::new(), missing: 0, absent: Vec::new() };
    for (at, arm) in arms.iter().enumerate() {
        match precise(crew, bar, std::slice::from_ref(arm), seed, precision) {
            Ok(ran) => {
                whole.missing += ran.outcome.missing;
                whole.arms.extend(ran.outcome.arms);
            }
            Err(Trouble::Stopped) => {
                whole.missing += 1;
                whole.absent.push(at);
            }
            Err(trouble) => return Err(trouble),
        }
    }
    if whole.arms.is_empty() { Err(Trouble::Stopped) } else { Ok(whole) }
}

/// Which cells have not run at all, if any.
fn remark_of_absent(arms: &[Arm<'_>], outcome: &Outcome) -> Option<String> {
    let absent = &outcome.absent;
    let mut named: Vec<String> =
        absent.iter().take(MOST_NAMED).map(|at| format!("`{}`", arms[*at].name)).collect();
    if absent.len() > MOST_NAMED {
        named.push(format!("{} more", group((absent.len() - MOST_NAMED) as u64)));
    }
    let (count, all) = (group(absent.len() as u64), group(arms.len() as u64));
    (!absent.is_empty()).then(|| format!("{count} of {all} cells have no run yet: {}", list(&named)))
}

/// The arms until each is exact enough.
fn precise(
    crew: &Crew<'_>,
    bar: &ProgressBar,
    arms: &[Arm<'_>],
    seed: u64,
    precision: &Precision<'_>,
) -> Result<Ran, Trouble> {
    let (before, rows) = (bar.position(), arms.len() as u64);
    let mut told = |done: u64, expected: u64| {
        bar.set_length(before + expected.max(done) * rows);
        bar.set_message(format!("; {} runs expected", group(expected)));
    };
    precision
        .reach(crew, arms, seed, &mut told)
        .map(|(outcome, reached)| Ran { remark: Some(remark(precision, &outcome, reached)), outcome })
}

/// In how many of the arms the wanted metric is known well enough, if one shall be.
pub(super) fn remark_of_each(runs: &Runs, outcome: &Outcome) -> Option<String> {
    let Runs::Until { of, within } = runs else { return None };
    let precision = Precision { of, within: *within };
    let enough = |arm: &&Replications| {
        precision.runs_needed(arm).is_some_and(|needed| needed <= arm.runs.len() as u64)
    };
    let exact = outcome.arms.iter().filter(enough).count();
    let (exact, all) = (group(exact as u64), group(outcome.arms.len() as u64));
    Some(format!("`{of}` is known within {} in {exact} of {all} cells", percent(*within)))
}

/// How exact the wanted metric has become.
fn remark(precision: &Precision<'_>, outcome: &Outcome, reached: Reached) -> String {
    let Precision { of, within } = precision;
    let runs = outcome.arms.first().map_or(0, |arm| arm.runs.len() as u64);
    let (of, within, runs) = (format!("`{of}`"), percent(*within), group(runs));
    match reached {
        Reached::Enough => format!("{of} is known within {within} in every variant after {runs} runs"),
        Reached::NotYet(Some(needed)) => {
            format!(
                "{of} is not known within {within} after {runs} runs; about {} would be needed",
                group(needed)
            )
        }
        Reached::NotYet(None) => {
            format!(
                "{of} is not known within {within} after {runs} runs, and they do not tell how many would be needed"
            )
        }
    }
}

fn in_words(trouble: Trouble) -> String {
    match trouble {
        Trouble::Failed(why) => why,
        Trouble::Stopped => "stopped before every variant had run once".to_owned(),
        Trouble::NoThreads(why) => format!("cannot start threads: {why}"),
    }
}

/// Hidden off a terminal.
fn bar(quiet: bool) -> ProgressBar {
    if quiet || !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

fn parse_seeds(text: &str) -> Result<Seeds, String> {
    let seeds = text.split_once("..").and_then(|(first, last)| {
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let count = last.checked_sub(first)?.checked_add(1).filter(|count| *count <= 1_000_000)?;
        Some(Seeds { first, count })
    });
    seeds.ok_or_else(|| "expected FROM..TO, for example `1..200`, at most a million of them".into())
}

fn parse_jobs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|jobs| (1..=1024).contains(jobs)).ok_or_else(|| "expected 1 to 1024".into())
}

#[cfg(test)]
mod tests {
    use super::{Seeds, parse_seeds};

    #[test]
    fn seeds_are_a_range_with_both_ends() {
        assert_eq!(parse_seeds("1..200"), Ok(Seeds { first: 1, count: 200 }));
        assert_eq!(parse_seeds("7..7"), Ok(Seeds { first: 7, count: 1 }));
        assert!(
            parse_seeds("7").is_err()
                && parse_seeds("9..7").is_err()
                && parse_seeds("0..18446744073709551615").is_err()
        );
    }
}
