//! How often intervals cover what theory says: 1 000 independent experiments, each with an interval of its own.
//!
//! Of 1 000 intervals at 95 %, 936 to 963 cover the truth in 95 of 100 such tables; fewer would say that they
//! promise too much, more that they are longer than need be.

use std::ops::RangeInclusive;
use std::sync::atomic::AtomicBool;

use mqlab::experiment::crew::{Arm, Crew};
use mqlab::experiment::spread::of_values;
use mqlab::experiment::statistics::Interval;
use mqlab::experiment::statistics::proportion::wilson;
use mqlab::metrics::registry;
use mqlab::scenario::model::Scenario;
use mqlab::scenario::{Source, read};

use crate::theory::NoFiles;

/// What the 95 % intervals of so many experiments cover at least and at most.
const COVERED: RangeInclusive<usize> = 936..=963;
const EXPERIMENTS: usize = 1_000;

/// Runs of an experiment about the mean wait.
const REPLICATIONS: usize = 10;

/// M/M/1 at load 0.8 with services of 1 ms. A run is 30 000 messages long behind its warm-up, for the means of
/// shorter ones are skewed: a t interval of ten of 10 000 messages covers 94.3 % (20 000 experiments with
/// Lindley's recursion), and what is missing shrinks as the messages grow. The empty start is forgotten by
/// exp(−t / 90 ms), 1/(μ(1 − √ρ)²) being 90 ms, so a second of warm-up leaves nothing of it; the few messages
/// that still wait at the end take some 0.01 % off the mean.
const WAITS: &str = "
run_for: 38.5s
warm_up: 1s
producers: {p: {arrivals: {poisson: 800/s}, do: [publish: q]}}
queues: {q: {ack_timeout: off}}
consumers: {c: {from: q, prefetch: 1, do: [work: {exponential: 1ms}]}}
";
const WAIT: &str = "latency_ms.wait.mean";
/// ρ/(μ − λ), in ms.
const MEAN_WAIT: f64 = 0.8 / 0.2;

/// 2 000 messages, each handled at once and independent of the others: one in five loses its first ack.
const LOSSES: &str = "
run_for: 20s
until: drained
producers: {p: {arrivals: {every: 10ms}, do: [publish: q]}}
queues: {q: {ack_timeout: 50ms}}
consumers: {c: {from: q, prefetch: unlimited, do: []}}
faults: [{lose: {what: ack, target: c, probability: 20%}}]
";
const AFFECTED: [&str; 2] = ["rates.affected_rate.numerator", "rates.affected_rate.denominator"];
const LOST: f64 = 0.2;

/// Makes all experiments, or only so many, prints how many intervals cover the truth, and gives the number of
/// rows with too few or too many.
pub(crate) fn beyond(experiments: Option<usize>) -> usize {
    let count = experiments.unwrap_or(EXPERIMENTS);
    let covered = [
        ("mean wait, M/M/1 at load 0.8, t of 10 runs", waits(count)),
        ("share affected by lost acks, Wilson of one run", losses(count)),
    ];
    println!("{:<50} {:>12} {:>9}", "", "experiments", "covered");
    for (name, covered) in covered {
        println!("{name:<50} {count:>12} {covered:>9}");
    }
    // A few experiments only show that it runs.
    let held = |covered: usize| count < EXPERIMENTS || COVERED.contains(&covered);
    covered.into_iter().filter(|(_, covered)| !held(*covered)).count()
}

fn waits(experiments: usize) -> usize {
    let [means] = columns(WAITS, experiments * REPLICATIONS, [WAIT]);
    let intervals = means.chunks(REPLICATIONS).map(|runs| of_values(runs, WAIT)?.interval);
    covering(intervals, MEAN_WAIT)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they are counts")]
fn losses(experiments: usize) -> usize {
    let [hits, of] = columns(LOSSES, experiments, AFFECTED);
    covering(hits.iter().zip(of).map(|(hits, of)| wilson(*hits as u64, of as u64)), LOST)
}

fn covering(intervals: impl Iterator<Item = Option<Interval>>, truth: f64) -> usize {
    intervals
        .map(|interval| interval.expect("something was measured"))
        .filter(|one| one.contains(truth))
        .count()
}

/// Numbers of the runs of as many seeds, from 1 on.
fn columns<const N: usize>(text: &str, runs: usize, paths: [&str; N]) -> [Vec<f64>; N] {
    let scenario = scenario(text);
    let stop = AtomicBool::new(false);
    let crew = Crew::new(None, &|_| {}, &stop).expect("threads are to be had");
    let seeds: Vec<u64> = (1..=runs as u64).collect();
    let arm = Arm { name: "theory", scenario: &scenario };
    let outcome = crew.run(&[arm], &seeds).expect("every run ends");
    paths.map(|path| outcome.arms[0].measured(path))
}

fn scenario(text: &str) -> Scenario {
    let source = Source { name: "coverage.yaml".to_owned(), text: text.to_owned() };
    let checked = read(&source, &[], &registry::patterns(), &NoFiles);
    checked.unwrap_or_else(|_| panic!("the scenario is sound")).scenario
}
