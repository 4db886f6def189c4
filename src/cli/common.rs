//! The options that all commands share which run something.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::scenario::{Origin, Override};

use super::many::Many;
use super::reading::parse_override;

/// Which runs, of what, and where the results go.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Begins with this seed instead of the scenario's own
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub many: Many,
    /// Replaces a value of the scenario, as in `consumers.booking.prefetch=1`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = parse_override)]
    pub overrides: Vec<Override>,
    /// Writes the report here instead of into a folder of `reports/`
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How the summary is printed; json is exactly what `summary.json` holds
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub format: Format,
    /// Prints one line for each scenario, and no progress
    #[arg(long, short)]
    pub quiet: bool,
}

/// How a summary is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Common {
    /// What is set; `--seed` is the shorter way to say `--set seed=N`, and the later word.
    pub(super) fn all_overrides(&self) -> Vec<Override> {
        let seed = self.seed.map(|seed| Override {
            path: "seed".into(),
            value: seed.to_string(),
            origin: Origin::Seed,
        });
        self.overrides.iter().cloned().chain(seed).collect()
    }
}
