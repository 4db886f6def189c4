//! Many runs: the same whatever the number of threads, paired message by message, and honest about equals.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mqlab::experiment::comparison::{Difference, Finding, differences};
use mqlab::experiment::crew::{Arm, Crew, Outcome, Trouble};
use mqlab::experiment::expecting;
use mqlab::experiment::precision::{Precision, Reached};
use mqlab::experiment::spread::spread;
use mqlab::metrics::summary::Verdict;
use mqlab::protocol::Event;
use mqlab::quantity::Time;
use mqlab::report;
use mqlab::report::experiment::{Experiment, conclusion, csv, json, terminal};
use mqlab::scenario::model::Scenario;
use mqlab::simulation::{self, stepwise};
use serde_json::Value;

use crate::laboratory::{experiment, scenario};

/// Lost acks, crashes and random work: no two seeds are alike.
const SHOP: &str = "
run_for: 5s
until: drained
network: {latency: {exponential: 2ms}}
producers:
  buyers: {arrivals: {poisson: 60/s}, message: {key: {zipf: {over: 9, exponent: 1.1}}}, do: [publish: orders]}
queues:
  orders: {ack_timeout: 1s}
consumers:
  booking: {instances: 2, from: orders, do: [work: {exponential: 20ms}]}
faults:
  - lose: {what: ack, target: booking, probability: 5%}
  - crash: {target: booking, every: {exponential: 2s}, restart_after: 100ms}
expect: {lost: 0, end_to_end.p99: < 10s, duplicate_effects: < 1}
variants:
  two workers: {}
  the same two: {}
  eight workers: {consumers.booking.instances: 8}
";

fn arms(scenario: &Scenario) -> Vec<Arm<'_>> {
    scenario.variants.iter().map(|variant| Arm { name: &variant.name, scenario: &variant.scenario }).collect()
}

fn run(arms: &[Arm<'_>], seeds: u64, jobs: usize) -> Outcome {
    let stop = AtomicBool::new(false);
    let crew = Crew::new(Some(jobs), &|_| {}, &stop).expect("threads are to be had");
    let seeds: Vec<u64> = (1..=seeds).collect();
    crew.run(arms, &seeds).expect("every run ends")
}

/// What a report says of these runs.
fn told(arms: &[Arm<'_>], outcome: &Outcome, tell: fn(&Experiment<'_>) -> String) -> String {
    let judge = |(arm, runs): (&Arm<'_>, _)| expecting::judge(&arm.scenario.expect, runs);
    let judged: Vec<_> = arms.iter().zip(&outcome.arms).map(judge).collect();
    let differences = differences(outcome);
    tell(&Experiment {
        reproduce: "mqlab compare shop.yaml",
        judged: &judged,
        differences: &differences,
        partial: outcome.missing > 0,
        ..experiment(&outcome.arms)
    })
}

fn value(arms: &[Arm<'_>], outcome: &Outcome) -> Value {
    serde_json::from_str(&told(arms, outcome, json::summary_json)).expect("it is JSON")
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let scenario = scenario(SHOP);
    let arms = arms(&scenario);
    let (one, two) = (run(&arms, 12, 1), run(&arms, 12, 2));
    for tell in [json::summary_json, csv::runs_csv] {
        assert!(told(&arms, &one, tell) == told(&arms, &two, tell), "the bytes differ");
    }
}

/// The n-th run is that of the n-th seed by itself.
#[test]
fn a_replication_is_the_run_of_its_seed() {
    let scenario = scenario(SHOP);
    let outcome = run(&arms(&scenario), 3, 2);
    let mut third = scenario.clone();
    third.seed = 3;
    let alone = simulation::run(&third, &mut |_| {}).expect("it ends");
    let replication = &outcome.arms[0];
    assert_eq!((replication.runs[2].seed, replication.runs[2].trace_hash), (3, alone.trace_hash));
    for (path, number) in replication.paths.iter().zip(&replication.runs[2].numbers) {
        assert_eq!(*number, alone.number(path), "{path}");
    }
}

#[test]
fn equals_are_found_equal() {
    let scenario = scenario(SHOP);
    let arms = arms(&scenario);
    let outcome = run(&arms, 10, 2);
    let found = differences(&outcome);
    let (same, others): (Vec<&Difference>, Vec<&Difference>) = found.iter().partition(|one| one.b == 1);
    assert!(same.len() > 8 && same.iter().all(|one| one.finding() == Finding::Same));
    assert!(same.iter().all(|one| one.p_adjusted == Some(1.0) && one.runs_needed().is_none()));
    let wait = others.iter().find(|one| one.headline.path == "latency_ms.end_to_end.p50");
    let wait = wait.expect("it is measured");
    assert_eq!(wait.finding(), Finding::Less, "{wait:?}");
    let text = told(&arms, &outcome, |experiment| conclusion::sentences(experiment).join("\n"));
    assert!(text.contains("`the same two` and `two workers` came to the same in each of 10 runs"), "{text}");
}

/// When every operation began and whose it was, in a run of the scenario.
fn arrivals(scenario: &Scenario) -> Vec<(Time, String)> {
    let mut kernel = stepwise(scenario);
    let end = Time::ZERO + scenario.run_for;
    let mut found = Vec::new();
    while let Some(step) = kernel.step(end).expect("time passes") {
        if Event::name_of(step.kind) == "Begin" {
            found.push((step.at, kernel.world.name_of(step.target)));
        }
    }
    found
}

#[test]
fn variants_meet_the_same_arrivals_message_by_message() {
    let scenario = scenario(SHOP);
    let (two, eight) = (&scenario.variants[0].scenario, &scenario.variants[2].scenario);
    assert_ne!(two.consumers, eight.consumers);
    let (first, second) = (arrivals(two), arrivals(eight));
    assert!(first.len() > 200, "{} arrivals", first.len());
    assert_eq!(first, second);
}

/// On the same luck the interval of a small change is shorter than on different luck.
#[test]
fn pairing_narrows_the_interval() {
    let slower = "slower: {consumers.booking.do: [work: {exponential: 21ms}]}";
    let text = SHOP.replace("eight workers: {consumers.booking.instances: 8}", slower);
    let scenario = scenario(&text);
    let found = differences(&run(&arms(&scenario), 12, 2));
    let wait = found.iter().find(|one| one.b == 2 && one.headline.path == "latency_ms.end_to_end.p50");
    let width = wait.and_then(|one| one.paired.width_of_unpaired).expect("it is measured in both");
    assert!(width < 0.7, "paired over unpaired: {width}");
}

#[test]
fn json_has_the_published_shape() {
    let scenario = scenario(SHOP);
    let arms = arms(&scenario);
    let many = value(&arms, &run(&arms, 4, 2));
    assert_eq!((&many["seeds"], &many["runs"]), (&"1..4".into(), &4.into()));
    let block = &many["variants"]["two workers"];
    let keys = |value: &Value| value.as_object().expect("a map").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&block["ledger"]["published"]), ["mean", "low", "high", "min", "max"]);
    assert_eq!(keys(&block["rates"]["loss_rate"]), ["value", "low", "high", "numerator", "denominator"]);
    // None of four runs lost anything, which allows a share of up to 1 − 0.05^(1/4).
    let high = block["rates"]["loss_rate"]["value"]["high"].as_f64().expect("a number");
    assert!((high - 0.527_129).abs() < 1e-6, "{high}");
    let names = [
        "metric",
        "a",
        "b",
        "difference",
        "low",
        "high",
        "ratio",
        "ratio_low",
        "ratio_high",
        "p_adjusted",
        "comparisons",
    ];
    assert_eq!(keys(&many["differences"][0]), names);
    let single = value(&arms, &run(&arms, 1, 2));
    assert_eq!(single["seed"], 1);
    assert!(
        single["variants"]["two workers"]["ledger"]["published"].is_u64(),
        "one seed gives plain numbers"
    );
    assert!(single["differences"][0]["low"].is_null());
    let alone = report::json::value(&simulation::run(&scenario, &mut |_| {}).expect("it ends").outline());
    assert_eq!(keys(&single["variants"]["two workers"]), keys(&alone));
}

#[test]
fn text_fits_eighty_columns_and_one_seed_says_so() {
    let scenario = scenario(SHOP);
    let arms = arms(&scenario);
    for seeds in [1, 6] {
        let outcome = run(&arms, seeds, 2);
        let text = told(&arms, &outcome, |experiment| terminal::render(experiment, Some("reports/shop")));
        let plain = anstream::adapter::strip_str(&text).to_string();
        for line in plain.lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", line.chars().count());
        }
        assert_eq!(plain.contains("seed 1 alone"), seeds == 1, "{plain}");
    }
}

#[test]
fn expectations_have_three_answers() {
    let scenario = scenario(SHOP);
    let outcome = run(&arms(&scenario)[..1], 8, 2);
    let judged = expecting::judge(&scenario.expect, &outcome.arms[0]);
    let verdicts: Vec<(&str, Verdict)> =
        judged.iter().map(|one| (one.metric.as_str(), one.verdict)).collect();
    let expected =
        [("lost", Verdict::Held), ("end_to_end.p99", Verdict::Held), ("duplicate_effects", Verdict::Broken)];
    assert_eq!(verdicts, expected);
    assert_eq!(expecting::verdict(&judged), Verdict::Broken);
}

#[test]
fn runs_go_on_until_the_mean_is_known() {
    let scenario = scenario(SHOP);
    let arms = &arms(&scenario)[..1];
    let stop = AtomicBool::new(false);
    let crew = Crew::new(Some(2), &|_| {}, &stop).expect("threads are to be had");
    let precision = Precision { of: "latency_ms.end_to_end.mean", within: 0.10 };
    let mut heard = Vec::new();
    let reached = precision.reach(&crew, arms, 1, &mut |done, needed| heard.push((done, needed)));
    let (outcome, reached) = reached.expect("every run ends");
    assert_eq!(reached, Reached::Enough);
    let known = spread(&outcome.arms[0], precision.of).expect("it was measured");
    assert!(known.half_width() <= 0.10 * known.sample.mean, "{known:?}");
    assert!(heard.len() >= 2 && heard[1].1 > 10, "{heard:?}");
    // What is always zero is known at once.
    let never = Precision { of: "outcomes.lost", within: 0.05 };
    let (outcome, reached) = never.reach(&crew, arms, 1, &mut |_, _| {}).expect("every run ends");
    assert_eq!((outcome.arms[0].runs.len(), reached), (10, Reached::Enough));
}

#[test]
fn stopped_it_keeps_whole_seeds() {
    let scenario = scenario(SHOP);
    let arms = arms(&scenario);
    let stop = AtomicBool::new(false);
    let done = AtomicUsize::new(0);
    let after_seven = |count: usize| {
        let done = done.fetch_add(count, Ordering::Relaxed) + count;
        stop.store(done >= 7, Ordering::Relaxed);
    };
    let crew = Crew::new(Some(1), &after_seven, &stop).expect("threads are to be had");
    let outcome = crew.run(&arms, &[1, 2, 3, 4]).expect("a seed was done");
    let seeds: Vec<u64> = outcome.arms[0].runs.iter().map(|run| run.seed).collect();
    assert_eq!((seeds, outcome.missing), (vec![1, 2], 2));
    assert!(outcome.arms.iter().all(|arm| arm.runs.len() == 2));
    assert_eq!(value(&arms, &outcome)["partial"], true);
    assert!(matches!(crew.run(&arms, &[1]), Err(Trouble::Stopped)));
}

#[test]
fn stopped_before_every_arm_has_run_it_keeps_those_that_have() {
    let scenario = scenario(SHOP);
    let arms = arms(&scenario);
    let stop = AtomicBool::new(false);
    let after_one = |_: usize| stop.store(true, Ordering::Relaxed);
    let crew = Crew::new(Some(1), &after_one, &stop).expect("threads are to be had");
    let outcome = crew.run_what_can(&arms, &[1, 2, 3]).expect("one was done");
    assert_eq!((outcome.arms.len(), outcome.missing, outcome.absent.clone()), (1, 3, vec![1, 2]));
    assert!(matches!(crew.run_what_can(&arms, &[1]), Err(Trouble::Stopped)), "nothing is no part");
}
