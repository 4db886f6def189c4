//! `mqlab check`: reads scenarios, reports every mistake, runs nothing.

use std::io;

use clap::Args;

use super::output::{Outcome, note};
use super::reading::load;

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Scenario files, or names from `mqlab list`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

impl Check {
    /// Checks every file, whatever becomes of the others.
    #[expect(clippy::unnecessary_wraps, reason = "commands share one shape")]
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        let mut worst = Outcome::Held;
        for file in &self.files {
            match load(file, &[]) {
                Some(loaded) => note(&format!("`{}` can run: {}", loaded.file, loaded.checked.scenario.name)),
                None => worst = Outcome::Wrong,
            }
        }
        Ok(worst)
    }
}
