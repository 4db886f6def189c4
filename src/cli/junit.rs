//! `--junit`: what came of every expectation of a call, in one file for CI.
//!
//! Knows when the file is written, not what is in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::folder::{WriteError, replace};
use crate::report::junit::{Suite, render};

use super::output::{Outcome, complain};

/// The option.
#[derive(Debug, Args)]
pub(super) struct Junit {
    /// Also writes what came of every expectation into this file, as JUnit XML for CI
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl Junit {
    /// Does `work`, and then writes the suites that it collected, whatever became of it: what is left of an
    /// earlier call would be believed.
    ///
    /// # Errors
    /// That of `work`.
    pub(super) fn write_after(
        &self,
        work: impl FnOnce(&mut Vec<Suite>) -> io::Result<Outcome>,
    ) -> io::Result<Outcome> {
        let mut suites = Vec::new();
        let done = work(&mut suites);
        let Some(file) = &self.junit else { return done };
        match write(file, &suites) {
            Ok(()) => done,
            Err(error) => {
                complain(&error.to_string());
                done.map(|_| Outcome::Wrong)
            }
        }
    }
}

/// Does `work` for one file. Where it adds no suite, since the file cannot be read or run, one that says so is
/// added.
///
/// # Errors
/// That of `work`.
pub(super) fn suites_of(
    file: &str,
    suites: &mut Vec<Suite>,
    work: impl FnOnce(&mut Vec<Suite>) -> io::Result<Outcome>,
) -> io::Result<Outcome> {
    let before = suites.len();
    let done = work(suites);
    if suites.len() == before {
        let why = match &done {
            Ok(_) => "it could not be run: standard error says why".to_owned(),
            Err(error) => error.to_string(),
        };
        suites.push(Suite::not_run(file, &why));
    }
    done
}

/// Into a folder that is made if need be.
fn write(file: &Path, suites: &[Suite]) -> Result<(), WriteError> {
    let cannot = |error: io::Error| WriteError { path: file.to_owned(), reason: error.to_string() };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), fs::create_dir_all).map_err(cannot)?;
    replace(file, render(suites).as_bytes())
}
