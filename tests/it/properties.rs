//! What holds of every scenario, tried on random ones: nothing vanishes, nothing is counted twice.
//!
//! `MQLAB_SCENARIOS=100000 cargo test --release --test it properties` runs a campaign of that many.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mqlab::metrics::store::Reckoning;
use mqlab::metrics::summary::Summary;
use mqlab::quantity::{Span, Time};
use mqlab::scenario::model::{
    AckMode, AfterLimit, Consumer, FaultKind, Guard, Idempotency, LinkMessage, LockBy, Overflow, RetryId,
    Scenario, Step, Until,
};
use mqlab::simulation;

use crate::laboratory::{run, try_scenario};
use crate::random_scenario::random_scenario;

/// How many random scenarios a test tries.
pub(crate) fn how_many(usual: u64) -> u64 {
    std::env::var("MQLAB_SCENARIOS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// Runs scenario `seed` and checks it, showing its text if anything is wrong.
fn examine(seed: u64, text: &str, check: fn(&Scenario, &Summary)) {
    let scenario = try_scenario(text).unwrap_or_else(|found| panic!("scenario {seed}\n{found}\n{text}"));
    let examined = catch_unwind(AssertUnwindSafe(|| {
        let summary = simulation::run(&scenario, &mut |_| {});
        check(&scenario, &summary.unwrap_or_else(|error| panic!("{}", error.message)));
    }));
    assert!(examined.is_ok(), "what was just said is true of scenario {seed}:\n{text}");
}

#[test]
fn the_books_of_random_scenarios_balance() {
    for seed in 0..how_many(2_000) {
        examine(seed, &random_scenario(seed), books_balance);
    }
}

fn books_balance(scenario: &Scenario, summary: &Summary) {
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!(outcomes.total(), ledger.expected_effects, "every (message, group) has one outcome");
    let doubled = Doubled::of(scenario, summary);
    assert!(ledger.published <= ledger.expected_effects, "a message is meant for a group at least");
    assert!(ledger.returned <= ledger.unroutable && ledger.unroutable <= ledger.published);
    assert!(ledger.unroutable <= outcomes.refused + outcomes.lost + outcomes.unfinished);
    // What is in an inbox is handled until it succeeds.
    let has_inbox = scenario.consumers.iter().any(has_inbox);
    assert!(
        has_inbox || ledger.deliveries + doubled.deliveries >= ledger.executions,
        "an execution needs a delivery"
    );
    assert!(ledger.executions >= ledger.effects, "an effect needs an execution");
    assert!(ledger.executions >= ledger.duplicate_executions, "a duplicate is an execution");
    assert!(ledger.acks_sent >= ledger.acks_received || doubled.answers > 0, "an ack arrives at most once");
    assert!(ledger.acks_received >= ledger.late_acks, "a late ack is an ack");
    assert!(
        ledger.deliveries + doubled.deliveries + doubled.answers >= ledger.acks_sent + ledger.nacks,
        "a delivery has at most one answer each time it arrives"
    );
    assert!(ledger.deliveries >= ledger.redeliveries + ledger.ack_timeouts.saturating_sub(ledger.deliveries));
    assert!(ledger.confirmed <= ledger.published, "a message is confirmed at most once");
    assert!(ledger.lost_confirmed <= outcomes.lost);
    assert!(ledger.stored_duplicates <= ledger.stored, "a duplicate is a copy");
    assert!(ledger.dead_lettered_after_effect <= ledger.dead_lettered);
    assert!(outcomes.done <= ledger.effects, "what is done has an effect");
    nothing_is_left_behind(scenario, summary);
    stores_add_up(scenario, summary);
    limits_hold(scenario, summary);
}

/// How often links doubled what.
struct Doubled {
    deliveries: u64,
    /// Acks and nacks.
    answers: u64,
}

impl Doubled {
    fn of(scenario: &Scenario, summary: &Summary) -> Self {
        let mut doubled = Self { deliveries: 0, answers: 0 };
        for (fault, (_, count)) in scenario.faults.iter().zip(&summary.faults) {
            match fault.kind {
                FaultKind::Duplicate { what: LinkMessage::Delivery } => doubled.deliveries += count.fired,
                FaultKind::Duplicate { what: LinkMessage::Ack | LinkMessage::Nack } => {
                    doubled.answers += count.fired;
                }
                _ => {}
            }
        }
        doubled
    }
}

/// After a drain that ended, only queues that nobody consumes still hold anything.
fn nothing_is_left_behind(scenario: &Scenario, summary: &Summary) {
    let longest = Time::ZERO + scenario.run_for + Span::from_seconds(24 * 3600);
    if scenario.until != Until::Drained || summary.ended_at >= longest {
        return;
    }
    assert_eq!(summary.operations.unfinished, 0, "every operation ended");
    let mut held = 0;
    for (at, (name, queue)) in summary.queues.iter().enumerate() {
        let last = queue.series.last().expect("time passed");
        if scenario.consumers.iter().any(|consumer| consumer.from.0 == at) {
            assert_eq!((last.depth, last.unacked, last.backlog), (0, 0, 0), "`{name}` is consumed");
        }
        assert_eq!(last.unacked, 0, "nobody holds anything of `{name}`");
        held += last.depth;
    }
    // What is kept beyond the delivery limit is in no line, nor what is delayed where nobody waits for it.
    let keeps = scenario.queues.iter().any(|queue| queue.after_limit == AfterLimit::Keep);
    let delays = scenario.producers.iter().any(|producer| !producer.message.delay.is_zero());
    assert!(keeps || delays || summary.outcomes.unfinished <= held, "what is unfinished is somewhere");
}

fn has_inbox(consumer: &Consumer) -> bool {
    matches!(consumer.idempotency, Some(Idempotency { by: Guard::Inbox { .. }, .. }))
}

/// Where everybody locks well, nothing is taken that is not there, and no change is lost.
fn stores_add_up(scenario: &Scenario, summary: &Summary) {
    let locks = || scenario.programs().flat_map(|(_, steps)| steps).filter_map(Step::transaction);
    let all_safe = !locks().any(|step| matches!(step.lock.by, LockBy::None | LockBy::CheckOnly));
    for balance in &summary.balance {
        match balance.reckoning {
            Reckoning::Stock { accepted, row_change, oversold, forgotten, .. } => {
                assert_eq!(forgotten, accepted - row_change, "what is taken is in the row, or forgotten");
                assert!(
                    !all_safe || (oversold, forgotten) == (0, 0),
                    "{oversold} oversold, {forgotten} forgotten"
                );
            }
            Reckoning::Sum { expected, actual, difference } => {
                assert_eq!(difference, expected - actual);
                assert!(!all_safe || difference == 0, "{difference} missing");
            }
        }
    }
    // Each consumer has its own inbox; a resend under a new id looks new to one that goes by ids.
    let is_new = |step: &Step| matches!(step, Step::Publish(publish) if publish.confirm.as_ref().is_some_and(|confirm| confirm.id == RetryId::New));
    let renews = scenario.programs().flat_map(|(_, steps)| steps).any(is_new);
    let is_only_inbox = scenario.consumers.len() == 1 && scenario.consumers.iter().all(has_inbox);
    assert!(!is_only_inbox || renews || summary.ledger.duplicate_effects == 0, "an inbox applies once");
}

fn limits_hold(scenario: &Scenario, summary: &Summary) {
    for (queue, (name, measured)) in scenario.queues.iter().zip(&summary.queues) {
        if let Some(most) = queue.max_length {
            // Returned and delayed copies come into a full queue, which only drops for them if it drops at all.
            let delays = scenario.producers.iter().any(|producer| !producer.message.delay.is_zero());
            let returns = queue.overflow != Overflow::DropHead
                && scenario.consumers.iter().any(|consumer| {
                    scenario.queues[consumer.from.0].name == *name && consumer.ack != AckMode::OnDelivery
                });
            let peak = measured.depth.peak;
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            let most = most as f64;
            let appears = queue.overflow != Overflow::DropHead && delays;
            assert!(returns || appears || peak <= most, "`{name}` holds {peak}, and may {most}");
        }
    }
}

#[test]
fn without_faults_everything_is_done_exactly_once() {
    for seed in 0..how_many(500) {
        let consumer = ["instances: 3", "prefetch: 1", "prefetch: unlimited, concurrency: 5", "instances: 9"];
        let work = ["1ms", "{exponential: 5ms}", "{uniform: [0s, 20ms]}"];
        let latency = ["0s", "2ms", "{exponential: 4ms}"];
        let pick = |choices: &[&'static str], at: u64| {
            choices[usize::try_from(seed / at).expect("small") % choices.len()]
        };
        let text = format!(
            "seed: {seed}\nuntil: drained\nnetwork: {{latency: {}}}\n\
             producers: {{p: {{arrivals: [{{for: 300ms, poisson: 200/s}}, {{for: 1s, at_once: 50}}], do: [publish: q]}}}}\n\
             queues: {{q: {{ack_timeout: 1h}}}}\n\
             consumers: {{c: {{from: q, {}, do: [work: {}]}}}}\n",
            pick(&latency, 1),
            pick(&consumer, 3),
            pick(&work, 12)
        );
        examine(seed, &text, exactly_once);
    }
}

fn exactly_once(_: &Scenario, summary: &Summary) {
    let (ledger, published) = (summary.ledger, summary.ledger.published);
    assert!(published >= 50);
    let counts = [
        ledger.stored,
        ledger.deliveries,
        ledger.executions,
        ledger.effects,
        ledger.acks_sent,
        ledger.acks_received,
        summary.outcomes.done,
        summary.operations.succeeded,
    ];
    assert_eq!(counts, [published; 8], "each message once at every level");
    assert_eq!((ledger.late_acks, ledger.ack_timeouts, ledger.out_of_order), (0, 0, ledger.out_of_order));
}

#[test]
fn a_random_scenario_runs_the_same_twice() {
    for seed in 0..100 {
        let text = random_scenario(seed);
        assert_eq!(run(&text).trace_hash, run(&text).trace_hash, "{text}");
    }
}
