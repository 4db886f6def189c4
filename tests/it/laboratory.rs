//! The way from a scenario's text to its summary, and from runs to what is reported, for every test that runs
//! something.
//!
//! A text that cannot be read, or a run that stops passing time, fails the test with what a user would see.

use mqlab::experiment::replications::Replications;
use mqlab::metrics::registry;
use mqlab::metrics::summary::{
    ConsumerSummary, FaultCount, Latency, PeakShaving, QueueSummary, ServiceSummary, Summary,
};
use mqlab::report::experiment::Experiment;
use mqlab::scenario::diagnostic::{Paint, render_all};
use mqlab::scenario::model::Scenario;
use mqlab::scenario::{Loader, Source, read};
use mqlab::simulation;

/// Scenarios of these tests name no files.
struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &str) -> Result<String, String> {
        Err("no such file".to_owned())
    }
}

/// Reads a scenario, or says what is wrong with it.
pub(crate) fn try_scenario(text: &str) -> Result<Scenario, String> {
    let source = Source { name: "test.yaml".to_owned(), text: text.to_owned() };
    let read = read(&source, &[], &registry::patterns(), &NoFiles);
    read.map(|checked| checked.scenario).map_err(|found| render_all(&found, Paint::Plain))
}

/// Reads a scenario that is sound.
pub(crate) fn scenario(text: &str) -> Scenario {
    try_scenario(text).unwrap_or_else(|complaints| panic!("{complaints}\n{text}"))
}

/// Runs a scenario that is sound.
pub(crate) fn run(text: &str) -> Summary {
    let summary = simulation::run(&scenario(text), &mut |_| {});
    summary.unwrap_or_else(|error| panic!("{}\n{text}", error.message))
}

/// The entry of this name.
fn named<'a, T>(entries: &'a [(String, T)], name: &str) -> &'a T {
    let found = entries.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("nothing is called `{name}`")).1
}

/// What was measured of a queue.
pub(crate) fn queue<'a>(summary: &'a Summary, name: &str) -> &'a QueueSummary {
    named(&summary.queues, name)
}

/// How a queue or a service shaved its peak.
pub(crate) fn shaving<'a>(summary: &'a Summary, name: &str) -> &'a PeakShaving {
    named(&summary.peak_shaving, name)
}

/// What was measured of a consumer.
pub(crate) fn consumer<'a>(summary: &'a Summary, name: &str) -> &'a ConsumerSummary {
    named(&summary.consumers, name)
}

/// What was measured of a service.
pub(crate) fn service<'a>(summary: &'a Summary, name: &str) -> &'a ServiceSummary {
    named(&summary.services, name)
}

/// How often a fault was due and struck.
pub(crate) fn fault(summary: &Summary, name: &str) -> FaultCount {
    *named(&summary.faults, name)
}

/// A distribution of spans by its public name.
pub(crate) fn latency<'a>(summary: &'a Summary, name: &str) -> &'a Latency {
    let found = summary.latencies.iter().find(|(known, _)| *known == name);
    &found.unwrap_or_else(|| panic!("no latency is called `{name}`")).1
}

/// Runs as a report tells them, with nothing expected, compared or remarked.
pub(crate) fn experiment(arms: &[Replications]) -> Experiment<'_> {
    Experiment {
        scenario: "Test",
        about: None,
        yaml: "",
        reproduce: "",
        not_modelled: &[],
        arms,
        judged: &[],
        differences: &[],
        grid: None,
        remarks: &[],
        partial: false,
    }
}
