//! What is asked of a scenario beside one run of it: its variants, its sweep, and how many seeds.

use crate::quantity::{Rate, Span, parse_number, parse_ratio};

use super::Scenario;

/// The same experiment with something changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// What tables call it.
    pub name: String,
    /// The whole of it, ready to run; without variants of its own.
    pub scenario: Scenario,
}

/// How many seeds, counted up from the scenario's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Runs {
    /// So many.
    Count(u64),
    /// Until the mean of a metric is known this well.
    Until {
        /// Its whole path in the results.
        of: String,
        /// Half of the 95 % interval over the mean.
        within: f64,
    },
}

/// A grid of settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep {
    /// What is varied, in the file's order; later ones change what earlier ones have set.
    pub axes: Vec<Axis>,
    /// Every combination, the last axis changing fastest.
    pub cells: Vec<Cell>,
}

/// Whose settings shall be recommended; lists that are empty are chosen by whoever gives the advice.
#[derive(Clone, Debug, PartialEq)]
pub struct Advise {
    /// A position in [`Scenario::consumers`]; its queue is a work queue.
    pub consumer: usize,
    /// How many instances to try.
    pub instances: Vec<u64>,
    /// Which prefetches to try.
    pub prefetch: Vec<u64>,
    /// Which ack timeouts to try.
    pub ack_timeout: Vec<Span>,
    /// In what share of runs all goals have to be met.
    pub sure: f64,
}

/// One thing that a sweep varies.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The path whose values it goes through, or what its sets of overrides are called together.
    pub name: String,
    /// Whether the name is a path.
    pub is_path: bool,
    /// What it goes through, in the file's order.
    pub settings: Vec<Setting>,
}

/// One setting of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// What tables call it: a value as written, or the name of a set.
    pub name: String,
    /// Paths with their values, as YAML on one line.
    pub overrides: Vec<(String, String)>,
}

/// One combination of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What tables call it: `prefetch=1, ack_timeout=5s`.
    pub name: String,
    /// Which setting of each axis.
    pub at: Vec<usize>,
    /// The whole of it, ready to run.
    pub scenario: Scenario,
}

impl Axis {
    /// The settings as numbers of one kind, with their unit: counts, seconds, shares, or things per second; `None`
    /// if one is a word, or they are of several kinds.
    #[must_use]
    pub fn numbers(&self) -> Option<(Vec<f64>, &'static str)> {
        let read: Vec<(f64, &str)> =
            self.settings.iter().map(|setting| number(&setting.name)).collect::<Option<_>>()?;
        let unit = read.first()?.1;
        let same = read.iter().all(|(value, other)| *other == unit || *value == 0.0);
        same.then(|| (read.into_iter().map(|(value, _)| value).collect(), unit))
    }
}

/// A number in its base unit: `8`, `30s`, `20%`, `5000/s`.
fn number(text: &str) -> Option<(f64, &'static str)> {
    if let Ok(plain) = parse_number(text) {
        return Some((plain, ""));
    }
    if text.ends_with('%') {
        return Some((parse_ratio(text).ok()? * 100.0, " %"));
    }
    if let Ok(span) = Span::parse(text) {
        return Some((span.as_seconds(), " s"));
    }
    Some((Rate::parse(text).ok()?.as_per_second(), "/s"))
}

/// The last part of each path, or all of it where another path ends in the same or it is a mere number.
#[must_use]
pub fn short_names<'n>(names: &[&'n str]) -> Vec<&'n str> {
    let last = |path: &'n str| path.rsplit('.').next().unwrap_or(path);
    let short = |path: &&'n str| {
        let own = last(path);
        let same = names.iter().filter(|other| last(other) == own).count();
        if same > 1 || own.parse::<usize>().is_ok() { path } else { own }
    };
    names.iter().map(short).collect()
}
