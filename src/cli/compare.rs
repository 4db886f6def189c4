//! `mqlab compare`: variants on the same random numbers, what differs, and how sure that is.
//!
//! Knows the order of things, not how any of them is done.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::experiment::crew::Arm;
use crate::scenario::Override;

use super::many::Many;
use super::output::{Outcome, complain};
use super::reading::{load, parse_override};
use super::run::{Format, quoted, sets};
use super::studying::Study;
use super::vary::{Vary, parse_vary, variants};

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
    /// Begins with this seed instead of the scenario's own
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    many: Many,
    /// Replaces a value of the scenario in every variant; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = parse_override)]
    overrides: Vec<Override>,
    /// Writes the report here instead of into `reports/<scenario>-compare/`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How the summary is printed; json is exactly what `summary.json` holds
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// Prints one line, and no progress
    #[arg(long, short)]
    quiet: bool,
}

impl Compare {
    /// Runs the variants and compares them.
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        let Some(loaded) = load(&self.file, &self.all_overrides()) else { return Ok(Outcome::Wrong) };
        let scenario = &loaded.checked.scenario;
        let mut arms: Vec<Arm<'_>> = scenario
            .variants
            .iter()
            .map(|variant| Arm { name: &variant.name, scenario: &variant.scenario })
            .collect();
        if arms.is_empty() {
            complain(&format!("`{}` has nothing to compare: it defines no `variants`", self.file));
            super::output::note("name some, or vary a value: `--vary consumers.booking.prefetch=1,10`");
            return Ok(Outcome::Wrong);
        }
        if arms.len() == 1 {
            arms.insert(0, Arm { name: AS_WRITTEN, scenario });
        }
        let ran = self.many.run(&arms, scenario.seed, &scenario.runs, self.quiet)?;
        let study =
            Study { scenario, arms: &arms, command: self.command(), format: self.format, quiet: self.quiet };
        let own = || Path::new("reports").join(format!("{}-compare", loaded.stem));
        study.report(&ran, &self.out.clone().unwrap_or_else(own))
    }

    /// What is set comes before what is varied, and `--seed` is the later word on the seed.
    fn all_overrides(&self) -> Vec<Override> {
        let seed = self.seed.map(|seed| Override { path: "seed".into(), value: seed.to_string() });
        self.overrides.iter().cloned().chain(seed).chain(variants(&self.vary)).collect()
    }

    /// The same call without its seeds.
    fn command(&self) -> String {
        let mut command = format!("mqlab compare {}", quoted(&self.file));
        for vary in &self.vary {
            let _ = write!(command, " --vary {}", quoted(&vary.to_string()));
        }
        command + &sets(&self.overrides)
    }
}
