//! Mutated scenarios that still read are run: none makes the engine panic, and each adds up or says why not.
//!
//! Reading mutated files is `diagnostics_fuzz`'s; here only words and numbers are exchanged, so that most
//! are sound, and sizes are capped before the run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mqlab::quantity::Span;
use mqlab::scenario::model::{ArrivalShape, OnError, Scenario, Until};
use mqlab::simulation;

use crate::laboratory::try_scenario;
use crate::random_scenario::{Luck, random_scenario};

const SPANS: [&str; 8] = ["0s", "1ns", "1us", "3ms", "999us", "1s", "1h", "10000h"];
const SHARES: [&str; 6] = ["0%", "0.001%", "1%", "50%", "99.9%", "100%"];
const COUNTS: [&str; 6] = ["0", "1", "2", "7", "100", "4294967295"];
const WORDS: [&str; 22] = [
    "off",
    "unlimited",
    "requeue",
    "reject",
    "no-answer",
    "on-delivery",
    "before-handling",
    "after-handling",
    "return",
    "wait",
    "return-one",
    "return-channel",
    "drop-head",
    "block",
    "head",
    "tail",
    "accept",
    "machine",
    "q",
    "dead",
    "sqs",
    "rabbitmq-quorum",
];

/// What stands in for a value: mostly another of its sort.
fn instead_of(value: &str, luck: &mut Luck) -> &'static str {
    let is_number = value.starts_with(|first: char| first.is_ascii_digit());
    match value.chars().last() {
        Some('s') if is_number => luck.one_of(&SPANS),
        Some('%') => luck.one_of(&SHARES),
        _ if is_number => luck.one_of(&COUNTS),
        _ => luck.one_of(&WORDS),
    }
}

/// Exchanges a few values.
fn mutate(text: &str, luck: &mut Luck) -> String {
    let mut text = text.to_owned();
    for _ in 0..=luck.below(3) {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.%#".contains(&byte);
        let bytes = text.as_bytes();
        let is_value =
            |at: usize| is_word(bytes[at]) && (bytes[..at].ends_with(b": ") || bytes[..at].ends_with(b"["));
        let Some(start) = (luck.below(bytes.len())..bytes.len()).find(|at| is_value(*at)) else { continue };
        let end = (start..bytes.len()).find(|at| !is_word(bytes[*at])).unwrap_or(bytes.len());
        let other = instead_of(&text[start..end], luck);
        text.replace_range(start..end, other);
    }
    text
}

/// Whether a scenario is small, and cannot turn in a circle for a day of virtual time.
fn cap(scenario: &mut Scenario) {
    scenario.run_for = scenario.run_for.min(Span::from_seconds(3));
    scenario.until = Until::RunFor;
    for queue in &mut scenario.queues {
        queue.max_deliveries = Some(queue.max_deliveries.unwrap_or(50).min(50));
    }
    for producer in &mut scenario.producers {
        producer.instances = producer.instances.min(100);
        for phase in &mut producer.arrivals {
            phase.lasts = phase.lasts.map(|lasts| lasts.min(Span::from_seconds(1)));
            match &mut phase.shape {
                ArrivalShape::AtOnce(count) => *count = (*count).min(1_000),
                ArrivalShape::Every(gap) => *gap = (*gap).max(Span::from_millis(1)),
                ArrivalShape::Users { count, .. } => *count = (*count).min(5),
                _ => {}
            }
        }
    }
    for consumer in &mut scenario.consumers {
        consumer.instances = consumer.instances.min(100);
        if consumer.on_error == OnError::RequeueAfter(Span::ZERO) {
            consumer.on_error = OnError::Requeue;
        }
    }
}

/// An endless loop at one instant is an answer too; it would only take this test too long.
fn loops(scenario: &Scenario) -> bool {
    let circle = scenario
        .queues
        .iter()
        .any(|queue| queue.dead_letter.is_some_and(|next| scenario.queues[next.0].dead_letter.is_some()));
    let thoughtless = scenario.producers.iter().flat_map(|producer| &producer.arrivals).any(|phase| {
        matches!(&phase.shape, ArrivalShape::Users { think, .. }
            if !matches!(think, mqlab::scenario::model::Distribution::Constant(span) if *span >= Span::from_millis(1)))
    });
    let restless = scenario.faults.iter().any(|fault| fault.trigger.every.is_some());
    let wide = scenario.producers.iter().flat_map(|producer| &producer.arrivals).any(|phase| {
        matches!(phase.shape, ArrivalShape::Poisson(rate) if rate.as_per_second() > 2_000.0)
            || matches!(phase.shape, ArrivalShape::Ramp { to, .. } if to.as_per_second() > 2_000.0)
    });
    circle || thoughtless || restless || wide
}

#[test]
fn mutated_scenarios_run_without_a_panic() {
    let (mut ran, mut refused) = (0, 0);
    for seed in 0..14_000 {
        let luck = &mut Luck(seed);
        let text = mutate(&random_scenario(seed), luck);
        let Ok(mut scenario) = try_scenario(&text) else {
            refused += 1;
            continue;
        };
        cap(&mut scenario);
        if loops(&scenario) {
            continue;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| simulation::run(&scenario, &mut |_| {})));
        assert!(outcome.is_ok(), "what was just said is true of mutation {seed}:\n{text}");
        ran += 1;
    }
    assert!(ran > 1_200 && refused > 1_000, "{ran} ran and {refused} were refused: this tries too little");
}
