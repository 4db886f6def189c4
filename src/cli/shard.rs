//! One shard of a sweep: every N-th cell, into a file that `mqlab merge` puts together with the others.
//!
//! Knows the order of things; what a file holds is the business of the [`journal`](super::journal).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::experiment::crew::Arm;
use crate::report::experiment::record::Heading;
use crate::report::folder::replace;
use crate::report::number::count_of;
use crate::scenario::model::Scenario;

use super::common::Common;
use super::journal::{Journal, whole};
use super::output::{Outcome, complain, note};
use super::sweep::GOES_ON;

/// Which shard of how many, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    /// Which.
    pub index: u64,
    /// Of how many.
    pub count: u64,
}

/// `i/N`.
///
/// # Errors
/// If it is not, or `i` is not one of 1 to `N`.
pub(super) fn parse_shard(text: &str) -> Result<Shard, String> {
    let parsed = text.split_once('/').and_then(|(index, count)| {
        Some(Shard { index: index.trim().parse().ok()?, count: count.trim().parse().ok()? })
    });
    parsed
        .filter(|shard| (1..=shard.count).contains(&shard.index) && shard.count <= 10_000)
        .ok_or_else(|| "expected I/N, for example `1/4` to `4/4`".into())
}

impl Shard {
    /// The cells of this shard with their positions: neighbours, which often take equally long, go to different
    /// shards.
    pub(super) fn cells(self, scenario: &Scenario) -> Vec<(usize, Arm<'_>)> {
        let mine = |at: &usize| *at as u64 % self.count == self.index - 1;
        let cells = scenario.sweep.cells.iter().enumerate();
        cells.filter(|(at, _)| mine(at)).map(|(at, cell)| (at, Arm::of_cell(cell))).collect()
    }

    /// Runs the shard's cells into `file`, unless it is there already.
    ///
    /// # Errors
    /// If nothing came of it; the reason.
    pub(super) fn run(
        self,
        file: &Path,
        heading: &Heading,
        scenario: &Scenario,
        common: &Common,
    ) -> io::Result<Outcome> {
        if let Ok(text) = fs::read_to_string(file) {
            return Ok(there_already(file, &text, heading));
        }
        let cells = self.cells(scenario);
        let arms: Vec<Arm<'_>> = cells.iter().map(|(_, arm)| *arm).collect();
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        if arms.is_empty() {
            write(file, &(heading.write() + "\n"))?;
        } else {
            let journal = Journal::open(&partial(file), heading, &cells)?;
            let wanted = (scenario.seed, &scenario.runs);
            let ran = common.many.run_each(&arms, wanted, Some(&journal), common.quiet);
            let ran = ran.inspect_err(|_| note(GOES_ON))?;
            if ran.outcome.missing > 0 {
                note(GOES_ON);
                return Ok(Outcome::Unknown);
            }
            write(file, &whole(heading, &cells, &ran.outcome))?;
            journal.close()?;
        }
        if !common.quiet {
            let cells = count_of(cells.len() as u64, "cell");
            note(&format!("{cells} of shard {}/{} in `{}`", self.index, self.count, file.display()));
        }
        Ok(Outcome::Held)
    }
}

/// A finished shard is not run again; a file of something else is not overwritten.
fn there_already(file: &Path, text: &str, heading: &Heading) -> Outcome {
    if text.lines().next().and_then(Heading::read).as_ref() == Some(heading) {
        note(&format!("`{}` is there already", file.display()));
        return Outcome::Held;
    }
    complain(&format!("`{}` holds something else: remove it, or write elsewhere", file.display()));
    Outcome::Wrong
}

/// Where the runs of an unfinished file are kept.
pub(super) fn partial(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    replace(file, text.as_bytes()).map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{Shard, parse_shard};

    #[test]
    fn shards_are_numbered_from_one() {
        assert_eq!(parse_shard("2/4"), Ok(Shard { index: 2, count: 4 }));
        assert!(["0/4", "5/4", "4", "a/b", "1/0"].iter().all(|text| parse_shard(text).is_err()));
    }
}
