//! Two cores against one on the same experiment: how much sooner it ends, and that its files are the same.

use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use mqlab::experiment::comparison::differences;
use mqlab::experiment::crew::{Arm, Crew, Outcome};
use mqlab::experiment::expecting;
use mqlab::report::experiment::{Experiment, csv, json};

use super::engine::checked;

/// Three variants of some 6 000 messages a run, with faults: what people compare. The seeds are no multiple of
/// what is handed out together.
const SCENARIO: &str = "
run_for: 60s
until: drained
network: {latency: {exponential: 2ms}}
producers: {buyers: {arrivals: {poisson: 100/s}, do: [publish: orders]}}
queues: {orders: {ack_timeout: 1s}}
consumers: {booking: {instances: 4, from: orders, do: [work: {exponential: 20ms}]}}
faults:
  - lose: {what: ack, target: booking, probability: 5%}
  - crash: {target: booking, every: {exponential: 5s}, restart_after: 100ms}
expect: {lost: 0}
variants:
  four workers: {}
  eight workers: {consumers.booking.instances: 8}
  one by one: {consumers.booking.prefetch: 1}
";
const SEEDS: u64 = 100;
/// The fastest of so many counts: whatever disturbs makes it slower.
const ROUNDS: u32 = 3;
/// Less than this of two cores is a fault of the crew, on a machine that has nothing else to do.
const LEAST: f64 = 1.8;

/// Prints how much faster two threads are than one.
pub(crate) fn print_table() -> ExitCode {
    let (mut one, mut two) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let (alone, files) = timed(1);
        let (together, same_files) = timed(2);
        assert!(files == same_files, "one thread and two write different files");
        (one, two) = (one.min(alone), two.min(together));
    }
    let ratio = one / two;
    println!("| threads | {} runs take, s | ratio |\n|---|---|---|", 3 * SEEDS);
    println!("| 1 | {one:.2} | 1.00 |\n| 2 | {two:.2} | {ratio:.2} |");
    if ratio < LEAST {
        println!("below {LEAST}: either the machine has other work, or the crew waits for something");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Seconds that the experiment takes on so many threads, and its files.
#[expect(clippy::disallowed_methods, reason = "a bench is about the wall clock")]
fn timed(jobs: usize) -> (f64, [String; 2]) {
    let scenario = checked(SCENARIO);
    let variants = scenario.variants.iter();
    let arms: Vec<Arm<'_>> =
        variants.map(|variant| Arm { name: &variant.name, scenario: &variant.scenario }).collect();
    let seeds: Vec<u64> = (1..=SEEDS).collect();
    let stop = AtomicBool::new(false);
    let started_at = Instant::now();
    let crew = Crew::new(Some(jobs), &|_| {}, &stop).expect("threads are to be had");
    let outcome = crew.run(&arms, &seeds).expect("every run ends");
    let took = started_at.elapsed().as_secs_f64();
    (took, files(&arms, &outcome))
}

/// What a report would hold of it in numbers.
fn files(arms: &[Arm<'_>], outcome: &Outcome) -> [String; 2] {
    let judge = |(arm, runs): (&Arm<'_>, _)| expecting::judge(&arm.scenario.expect, runs);
    let judged: Vec<_> = arms.iter().zip(&outcome.arms).map(judge).collect();
    let differences = differences(outcome);
    let experiment = Experiment {
        scenario: "cores",
        about: None,
        yaml: "",
        reproduce: "",
        not_modelled: &[],
        arms: &outcome.arms,
        judged: &judged,
        differences: &differences,
        grid: None,
        remarks: &[],
        partial: outcome.missing > 0,
    };
    [json::summary_json(&experiment), csv::runs_csv(&experiment)]
}
