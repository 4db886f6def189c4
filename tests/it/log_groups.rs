//! Consumer groups on random small runs in which everything goes wrong: what each way of committing
//! promises holds in every one of them.
//!
//! `MQLAB_SCENARIOS=100000 cargo test --release --test it log_groups` runs a campaign of that many.

#![expect(clippy::format_push_string, reason = "a text that grows line by line reads best so")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use mqlab::metrics::summary::Summary;
use mqlab::quantity::{Span, Time};

use crate::laboratory::run;
use crate::random_scenario::Luck;

fn how_many(usual: u64) -> u64 {
    std::env::var("MQLAB_SCENARIOS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// A run in which members crash, freeze, lose their connections and their messages; `acks` are the ways of
/// committing that it may have.
fn random_group(seed: u64, acks: &[&'static str]) -> String {
    let luck = &mut Luck(seed);
    let mut text = format!("seed: {seed}\nrun_for: 2s\nuntil: drained\n");
    text += &format!("network: {{latency: {}}}\n", luck.one_of(&["0s", "1ms", "{exponential: 5ms}"]));
    let partitions = 1 + luck.below(4);
    text += &format!("queues: {{q: {{kind: log, partitions: {partitions}}}}}\n");
    let key = luck.one_of(&["", ", message: {key: {uniform: {over: 6}}}"]);
    let arrivals = luck.one_of(&["{poisson: 40/s}", "{at_once: 60}", "{every: 30ms}"]);
    text += &format!("producers: {{p: {{arrivals: {arrivals}{key}, do: [publish: q]}}}}\n");
    let session = luck.one_of(&["200ms", "1s", "3s"]);
    let (ack, max_records) = (luck.one_of(acks), luck.one_of(&["1", "5", "500"]));
    // A member that never gets through a batch in time, and commits nothing before, never gets anywhere.
    let commits_as_it_goes = max_records == "1" || ack == "after-handling";
    let poll_timeout = luck.one_of(if commits_as_it_goes { &["200ms", "500ms", "10s"] } else { &["10s"] });
    text += &format!(
        "consumers:\n  c: {{from: q, instances: {}, concurrency: {}, ack: {ack}, session_timeout: {session}, \
         poll_timeout: {poll_timeout}, rebalance: {}, poll: {{max_records: {max_records}, every: {}}}, do: [work: {}]}}\n",
        1 + luck.below(4),
        1 + luck.below(3),
        luck.one_of(&["eager", "cooperative"]),
        luck.one_of(&["0s", "0s", "50ms"]),
        luck.one_of(&["1ms", "{exponential: 10ms}", "{uniform: [0s, 60ms]}"]),
    );
    text += "faults:\n";
    for _ in 0..=luck.below(4) {
        text += &format!("  - {}\n", fault(luck));
    }
    text
}

fn fault(luck: &mut Luck) -> String {
    // Faults end with the arrivals, so that the drain can end.
    let target = luck.one_of(&["c", "c#0"]);
    let probability = luck.one_of(&["1%", "10%", "30%"]);
    let gap = luck.one_of(&["200ms", "{exponential: 500ms}", "1s"]);
    let lasts = luck.one_of(&["20ms", "300ms", "1500ms"]);
    let after = luck.one_of(&["10ms", "350ms", "1s"]);
    match luck.below(9) {
        0 => format!("lose: {{what: ack, target: {target}, probability: {probability}, for: 2s}}"),
        1 => format!("lose: {{what: delivery, target: {target}, probability: {probability}, for: 2s}}"),
        2 => format!("lose: {{what: request, target: {target}, probability: {probability}, for: 2s}}"),
        3 => format!("lose: {{what: reply, target: {target}, probability: {probability}, for: 2s}}"),
        4 => format!("crash: {{target: {target}, every: {gap}, restart_after: {lasts}, for: 2s}}"),
        5 => format!("pause: {{target: {target}, after: {after}, for: {lasts}}}"),
        6 => format!("cut: {{target: {target}, every: {gap}, restart_after: {lasts}, for: 2s}}"),
        7 => {
            let point = luck.one_of(&["received", "worked"]);
            format!(
                "crash: {{target: {target}, when: {point}, probability: {probability}, restart_after: {lasts}, for: 2s}}"
            )
        }
        _ => {
            let what = luck.one_of(&["delivery", "ack", "request", "reply"]);
            format!("duplicate: {{what: {what}, target: {target}, probability: {probability}, for: 2s}}")
        }
    }
}

/// Runs a text and checks it, showing it if anything is wrong.
fn examine(seed: u64, text: &str, check: fn(&Summary)) {
    let examined = catch_unwind(AssertUnwindSafe(|| check(&run(text))));
    assert!(examined.is_ok(), "what was just said is true of scenario {seed}:\n{text}");
}

const AT_LEAST_ONCE: [&str; 4] =
    ["after-handling", "{batch: 5, every: 200ms}", "{every: 300ms}", "{batch: 500, every: 1s}"];

#[test]
fn at_least_once_commits_never_lose() {
    for seed in 0..how_many(5_000) {
        examine(seed, &random_group(seed, &AT_LEAST_ONCE), |summary| {
            assert!(summary.ended_at < Time::ZERO + Span::from_seconds(3600), "the drain ends");
            assert_eq!(summary.outcomes.done, summary.ledger.published, "everything is done");
        });
    }
}

#[test]
fn at_most_once_commits_never_handle_a_record_twice() {
    for seed in 0..how_many(5_000) {
        examine(seed, &random_group(seed, &["before-handling", "on-delivery"]), |summary| {
            assert_eq!(summary.ledger.duplicate_executions, 0, "nothing is done twice");
            assert_eq!(
                summary.outcomes.done + summary.outcomes.lost,
                summary.ledger.published,
                "what is not done is lost"
            );
        });
    }
}
