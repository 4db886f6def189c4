//! `mqlab run`: one seed of each scenario, or several, its summary on standard output and its report in a folder.
//!
//! Knows the order of things, not how any of them is done.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::experiment::crew::Arm;
use crate::report::junit::Suite;
use crate::report::{Report, folder, json, terminal};
use crate::scenario::{Override, to_yaml};
use crate::simulation;

use super::common::{Common, Format};
use super::junit::{Junit, suites_of};
use super::output::{Outcome, complain, emit};
use super::progress::Bar;
use super::reading::{Loaded, load};
use super::studying::Study;

/// The arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Scenario files, or names from `mqlab list`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    junit: Junit,
}

impl Run {
    /// Runs every file, whatever becomes of the others.
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        self.junit.write_after(|suites| self.run_all(suites))
    }

    fn run_all(&self, suites: &mut Vec<Suite>) -> io::Result<Outcome> {
        let mut worst = Outcome::Held;
        let mut taken = BTreeSet::new();
        for (index, file) in self.files.iter().enumerate() {
            if index > 0 && self.common.format == Format::Text && !self.common.quiet {
                emit("\n")?;
            }
            worst = worst.max(suites_of(file, suites, |suites| self.run(file, &mut taken, suites))?);
        }
        Ok(worst)
    }

    fn run(&self, file: &str, taken: &mut BTreeSet<PathBuf>, suites: &mut Vec<Suite>) -> io::Result<Outcome> {
        let Some(loaded) = load(file, &self.common.all_overrides()) else { return Ok(Outcome::Wrong) };
        let scenario = &loaded.checked.scenario;
        if self.common.many.is_asked_for() {
            let folder = free_folder(&self.folder(&loaded), taken);
            return self.run_many(file, &loaded, &folder, suites);
        }
        let mut bar = Bar::new(scenario, self.common.quiet);
        let ran = simulation::run(scenario, &mut |progress| bar.update(progress));
        bar.clear();
        let summary = match ran {
            Ok(summary) => summary,
            Err(error) => {
                complain(&format!("`{file}`: {}", error.message));
                return Ok(Outcome::Wrong);
            }
        };
        let yaml = to_yaml(scenario);
        let report = Report {
            summary: &summary,
            about: scenario.about.as_deref(),
            yaml: &yaml,
            reproduce: &self.reproduce(file, summary.seed),
            not_modelled: simulation::NOT_MODELLED,
        };
        suites.push(Suite::of_run(&report));
        let folder = free_folder(&self.folder(&loaded), taken);
        let written = folder::write(&folder, &report);
        self.print(&report, written.is_ok().then_some(folder.as_path()))?;
        Ok(written.map_or_else(
            |error| {
                complain(&error.to_string());
                Outcome::Wrong
            },
            |()| summary.verdict.into(),
        ))
    }

    /// The scenario under several seeds.
    fn run_many(
        &self,
        file: &str,
        loaded: &Loaded,
        folder: &Path,
        suites: &mut Vec<Suite>,
    ) -> io::Result<Outcome> {
        let scenario = &loaded.checked.scenario;
        let arms = [Arm { name: &scenario.name, scenario }];
        let ran = self.common.many.run(&arms, scenario.seed, &scenario.runs, self.common.quiet)?;
        let command = format!("mqlab run {}{}", quoted(file), sets(&self.common.overrides));
        let study = Study {
            scenario,
            arms: &arms,
            axes: &[],
            advice: None,
            front: &[],
            command,
            format: self.common.format,
            quiet: self.common.quiet,
        };
        study.report_with_suites(&ran, folder, suites)
    }

    fn print(&self, report: &Report<'_>, folder: Option<&Path>) -> io::Result<()> {
        let folder = folder.map(|folder| format!("{}/index.html", folder.display()));
        match self.common.format {
            Format::Json => emit(&json::summary_json(report.summary)),
            Format::Text if self.common.quiet => emit(&terminal::render_quiet(report.summary)),
            Format::Text => emit(&terminal::render(report, folder.as_deref())),
        }
    }

    /// `--out` itself for one file, a folder in it for each of several.
    fn folder(&self, loaded: &Loaded) -> PathBuf {
        match &self.common.out {
            Some(out) if self.files.len() == 1 => out.clone(),
            Some(out) => out.join(&loaded.stem),
            None => Path::new("reports").join(&loaded.stem),
        }
    }

    /// The command that gives the same run.
    fn reproduce(&self, file: &str, seed: u64) -> String {
        format!("mqlab run {} --seed {seed}{}", quoted(file), sets(&self.common.overrides))
    }
}

/// The options that set values, each with a blank before it; the seed is told otherwise.
pub(super) fn sets(overrides: &[Override]) -> String {
    let mut options = String::new();
    for one in overrides.iter().filter(|one| one.path != "seed") {
        let _ = write!(options, " --set {}", quoted(&format!("{}={}", one.path, one.value)));
    }
    options
}

/// `wanted`, or `wanted-2` and so on if a scenario of the same call has written there already.
fn free_folder(wanted: &Path, taken: &mut BTreeSet<PathBuf>) -> PathBuf {
    let mut folder = wanted.to_path_buf();
    let mut number = 1;
    while !taken.insert(folder.clone()) {
        number += 1;
        let mut name = wanted.as_os_str().to_owned();
        name.push(format!("-{number}"));
        folder = name.into();
    }
    folder
}

/// As a shell takes it literally.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_only_where_a_shell_would_read_them_otherwise() {
        assert_eq!(quoted("scenarios/lost_ack.yaml"), "scenarios/lost_ack.yaml");
        assert_eq!(quoted("faults.0={lose: ack}"), "'faults.0={lose: ack}'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
