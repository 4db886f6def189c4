//! Suites of JUnit XML from many runs: one for each arm.

use crate::experiment::expecting::Judged;
use crate::experiment::replications::Replications;
use crate::report::junit::{Case, Suite, properties};
use crate::report::number::group;

use super::tables::unit_of;
use super::{Experiment, cell, seeds_of};

/// The suite of each arm, in their order.
#[must_use]
pub fn suites(experiment: &Experiment<'_>) -> Vec<Suite> {
    let arms = experiment.arms.iter().zip(experiment.judged);
    arms.map(|(arm, judged)| suite(experiment, arm, judged)).collect()
}

fn suite(experiment: &Experiment<'_>, arm: &Replications, judged: &[Judged]) -> Suite {
    let name = if experiment.is_comparison() {
        format!("{}: {}", experiment.scenario, arm.name)
    } else {
        experiment.scenario.to_owned()
    };
    let mut properties = properties(seeds_of(arm), arm.trace_hash(), experiment.reproduce);
    if experiment.partial {
        properties.push(("partial", "true".into()));
    }
    Suite { name, properties, cases: judged.iter().map(|one| case(one, experiment.reproduce)).collect() }
}

fn case(judged: &Judged, reproduce: &str) -> Case {
    let unit = unit_of(&judged.path);
    let measured =
        judged.spread.map_or_else(|| "nothing".into(), |spread| cell::with_interval(unit, &spread));
    let (held, of) = (group(judged.held_in as u64), group(judged.of as u64));
    let mut notes = vec![format!("held in: {held} of {of} runs")];
    if let Some(seed) = judged.broken_by {
        notes.push(format!("first broken by: seed {seed}"));
    }
    let measured = (measured.as_str(), judged.reason.as_deref());
    Case::new((&judged.metric, &judged.condition), judged.verdict, measured, &notes, reproduce)
}
