//! Advice on a consumer's settings: the grid that it needs if the file names none, and the runs on fresh seeds.
//!
//! Knows the order of things; which cell is chosen is the business of [`advice`](crate::experiment::advice).

use std::io;

use crate::experiment::advice::rules::{Rules, arriving};
use crate::experiment::advice::{Advice, advise};
use crate::experiment::crew::Outcome;
use crate::scenario::model::Scenario;
use crate::scenario::{Origin, Override};
use crate::simulation;

use super::many::Many;

/// The rules of thumb on the scenario's own numbers, if it asks for advice. How much comes into the consumer's queue
/// is what came in one run of it.
///
/// # Errors
/// If that run cannot be finished.
pub(super) fn rules(scenario: &Scenario) -> io::Result<Option<Rules>> {
    let Some(advise) = &scenario.advise else { return Ok(None) };
    let summary = simulation::run(scenario, &mut |_| {}).map_err(|error| io::Error::other(error.message))?;
    Ok(Some(Rules::of(scenario, advise, arriving(scenario, advise, &summary))))
}

/// Overrides that make the grid: instances, prefetch and ack timeout, those of the rules and of the file itself
/// where the wish lists none.
pub(super) fn grid(scenario: &Scenario, rules: &Rules) -> Vec<Override> {
    let Some(advise) = &scenario.advise else { return Vec::new() };
    let consumer = &scenario.consumers[advise.consumer];
    let queue = &scenario.queues[consumer.from.0];
    let instances = either(&advise.instances, || rules.instances(consumer.concurrency));
    let prefetch = either(&advise.prefetch, || {
        let own = consumer.prefetch.map(u64::from);
        rules.prefetches.iter().map(|(_, prefetch)| *prefetch).chain(own).collect()
    });
    let timeouts = either(&advise.ack_timeout, || {
        rules.ack_timeouts.iter().map(|(_, timeout)| *timeout).chain(queue.ack_timeout).collect()
    });
    let axis = |path: String, values: Vec<String>| Override {
        path,
        value: format!("[{}]", values.join(", ")),
        origin: Origin::Advise,
    };
    vec![
        axis(format!("consumers.{}.instances", consumer.name), in_words(instances)),
        axis(format!("consumers.{}.prefetch", consumer.name), in_words(prefetch)),
        axis(format!("queues.{}.ack_timeout", queue.name), in_words(timeouts)),
    ]
}

/// What is listed, or else what is chosen.
fn either<T: Copy>(listed: &[T], chosen: impl FnOnce() -> Vec<T>) -> Vec<T> {
    if listed.is_empty() { chosen() } else { listed.to_vec() }
}

/// Growing, each once.
fn in_words<T: Ord + ToString>(mut values: Vec<T>) -> Vec<String> {
    values.sort_unstable();
    values.dedup();
    values.iter().map(ToString::to_string).collect()
}

/// The advice that follows from the runs of the grid.
///
/// # Errors
/// If the cell that is chosen cannot be run again.
pub(super) fn advice(
    scenario: &Scenario,
    rules: Option<Rules>,
    outcome: &Outcome,
    many: &Many,
    quiet: bool,
) -> io::Result<Option<Advice>> {
    let Some(rules) = rules else { return Ok(None) };
    many.with_crew(None, quiet, |crew, bar| {
        bar.set_length(outcome.arms.first().map_or(0, |arm| arm.runs.len() as u64));
        bar.set_message("; seeds that the choice has not seen");
        advise(scenario, rules, outcome, crew)
    })
}
