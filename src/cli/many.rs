//! Several seeds from the command line: which, how many at once, and the bar meanwhile.
//!
//! Knows the experiment room's crew; not what is done with the runs.

use std::io::{self, IsTerminal as _, stderr};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::crew::{Arm, Crew, Outcome, Trouble};
use crate::experiment::precision::{Precision, Reached};
use crate::report::number::{group, percent};
use crate::scenario::model::Runs;

use super::interrupt;
use super::output::note;

const TEMPLATE: &str = "{spinner} {wide_bar:.cyan/dim} {pos} of {len} runs, {eta} left{msg}";

/// Options of commands that run several seeds.
#[derive(Debug, Args)]
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

    /// Runs every arm under every seed asked for; without an option, under those that the scenario names.
    ///
    /// # Errors
    /// If nothing came of it; the reason.
    pub(super) fn run(&self, arms: &[Arm<'_>], seed: u64, runs: &Runs, quiet: bool) -> io::Result<Ran> {
        let stop = interrupt::stop()?;
        let bar = bar(quiet);
        let progress = |count: usize| bar.inc(count as u64);
        let trouble = |trouble: Trouble| io::Error::other(in_words(trouble));
        let crew = Crew::new(self.jobs, &progress, stop).map_err(trouble)?;
        let rows = arms.len() as u64;
        let ran = match self.seeds(seed, runs) {
            Ok(Seeds { first, count }) => {
                bar.set_length(count * rows);
                let seeds: Vec<u64> = (0..count).map_while(|at| first.checked_add(at)).collect();
                crew.run(arms, &seeds).map(|outcome| Ran { outcome, remark: None })
            }
            Err(precision) => {
                let mut told = |done: u64, expected: u64| {
                    bar.set_length(expected.max(done) * rows);
                    bar.set_message(format!("; {} runs expected", group(expected)));
                };
                precision.reach(&crew, arms, seed, &mut told).map(|(outcome, reached)| Ran {
                    remark: Some(remark(&precision, &outcome, reached)),
                    outcome,
                })
            }
        };
        bar.finish_and_clear();
        let ran = ran.map_err(trouble)?;
        if ran.outcome.missing > 0 {
            note(&format!("stopped: {} seeds are missing", group(ran.outcome.missing as u64)));
        }
        Ok(ran)
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
