//! A fault that cannot strike changes nothing, and one aimed at somebody else nothing here.
//!
//! Every kind of fault, in a scenario full of chance: with a probability of zero, armed only after the run,
//! or aimed at components that have nothing to do.

use mqlab::metrics::summary::Summary;

use crate::laboratory::run;

fn with(faults: &str) -> Summary {
    run(&format!(
        "seed: 5\nrun_for: 5s\nuntil: drained\nnetwork: {{latency: {{exponential: 2ms}}}}\n\
         producers:\n  p: {{instances: 2, arrivals: {{poisson: 100/s}}, do: [work: {{exponential: 1ms}}, \
         publish: {{to: q, confirm: {{timeout: 20ms, retries: 5, backoff: {{base: 5ms, jitter: full}}}}}}]}}\n  \
         idler: {{arrivals: {{for: 5s, poisson: 0/s}}, do: [publish: other]}}\n\
         queues: {{q: {{ack_timeout: 200ms, max_deliveries: 20}}, other: {{heartbeat: 100ms}}}}\n\
         consumers:\n  c: {{instances: 3, from: q, do: [work: {{exponential: 10ms}}]}}\n  \
         idle: {{from: other, do: [work: 1ms]}}\n\
         faults: [{{lose: {{name: background, what: ack, target: c, probability: 5%}}}}{faults}]\n"
    ))
}

/// Every kind, with a blank for whom it strikes and one for when.
const BY_SHARE: &[(&str, &str)] = &[
    ("lose: {what: publish, target: @, $}", "idler"),
    ("lose: {what: confirm, target: @, $}", "idler"),
    ("lose: {what: delivery, target: @, $}", "idle"),
    ("lose: {what: ack, target: @, $}", "idle"),
    ("lose: {what: nack, target: @, $}", "idle"),
    ("lose: {what: request, target: @, $}", "idle"),
    ("lose: {what: reply, target: @, $}", "idle"),
    ("duplicate: {what: publish, target: @, $}", "idler"),
    ("duplicate: {what: delivery, target: @, $}", "idle"),
    ("delay: {what: delivery, by: {exponential: 1s}, target: @, $}", "idle"),
    ("delay: {what: confirm, by: 1s, target: @, $}", "idler"),
    ("reorder: {what: publish, within: 1s, target: @, $}", "idler"),
    ("slow: {factor: 9, target: @, $}", "idle"),
    ("fail: {target: @, $}", "idle"),
    ("cut: {when: before-ack, target: @, $}", "idle"),
    ("crash: {when: worked, target: @, $}", "idle"),
    ("crash: {how: machine, when: worked, target: @, $}", "idle"),
    ("pause: {when: worked, for: 1s, target: @, $}", "idle"),
];

const BY_CLOCK: &[(&str, &str)] = &[
    ("cut: {target: @, $}", "idle"),
    ("cut: {target: @, $}", "idler"),
    ("crash: {target: @, $}", "idle"),
    ("crash: {how: machine, target: @, $}", "idler"),
    ("pause: {for: 1s, target: @, $}", "idle"),
    ("partition: {between: [[@], [broker]], for: 1s, $}", "idle"),
    ("partition: {between: [[idler], [broker]], for: 1s, $}", "idler"),
];

fn of(kind: &str, target: &str, trigger: &str) -> String {
    format!(", {{{}}}", kind.replace('@', target).replace('$', trigger))
}

/// What a run measured, without its number of events and its faults.
fn measured(summary: &Summary) -> String {
    let Summary { ledger, outcomes, operations, latencies, queues, consumers, .. } = summary;
    format!("{ledger:?} {outcomes:?} {operations:?} {latencies:?} {:?} {:?}", queues[0], consumers[0])
}

#[test]
fn a_fault_that_cannot_strike_changes_no_event() {
    let without = with("").trace_hash;
    for (kind, target) in BY_SHARE {
        for target in [*target, if *target == "idler" { "p" } else { "c" }] {
            let impossible = with(&of(kind, target, "probability: 0%")).trace_hash;
            assert_eq!(impossible, without, "{kind} of {target} with probability zero");
            let late = with(&of(kind, target, "after: 10h, probability: 100%")).trace_hash;
            assert_eq!(late, without, "{kind} of {target} after the run");
        }
    }
    for (kind, target) in BY_CLOCK {
        for target in [*target, "c"] {
            let kind = of(kind, target, "after: 10h");
            assert_eq!(with(&kind).trace_hash, without, "{kind}");
        }
    }
    for kind in [
        "outage: {target: broker, after: 10h, for: 1s}",
        "poison: {of: p, probability: 0%}",
        "poison: {of: idler, probability: 100%}",
        "poison: {of: p, probability: 100%, after: 10h}",
        "level: none",
        "crash: {target: broker, after: 10h}",
        "stall: {target: broker, for: 1s, after: 10h}",
    ] {
        assert_eq!(with(&format!(", {{{kind}}}")).trace_hash, without, "{kind}");
    }
}

#[test]
fn a_fault_elsewhere_changes_nothing_here() {
    let without = measured(&with(""));
    for (kind, target) in BY_SHARE {
        let elsewhere = with(&of(kind, target, "probability: 50%"));
        assert_eq!(measured(&elsewhere), without, "{kind} of {target}");
    }
    for (kind, target) in BY_CLOCK {
        let elsewhere = with(&of(kind, target, "after: 1s"));
        assert_eq!(elsewhere.faults[1].1.fired, 1, "{kind} of {target}");
        assert_eq!(measured(&elsewhere), without, "{kind} of {target}");
    }
}

/// The same faults do strike where something happens.
#[test]
fn a_fault_here_changes_something() {
    let without = measured(&with(""));
    for (kind, target) in BY_SHARE {
        // Nobody asks or answers on a plain queue, and only failures are nacked.
        if kind.contains("request") || kind.contains("reply") || kind.contains("nack") {
            continue;
        }
        let kind = of(kind, if *target == "idler" { "p" } else { "c" }, "probability: 50%");
        let here = with(&kind);
        assert!(here.faults[1].1.fired > 0, "{kind} fires");
        // Some of what is lost or late here is not even noticed, as a confirm that comes again.
        assert_ne!(measured(&here), without, "{kind}");
    }
    for (kind, _) in BY_CLOCK.iter().filter(|(kind, _)| !kind.contains("idle")) {
        let kind = of(kind, "c", "after: 1s");
        assert_ne!(measured(&with(&kind)), without, "{kind}");
    }
}

/// A cluster whose nodes nothing strikes, with a fault of its nodes.
fn cluster(fault: &str) -> Summary {
    run(&format!(
        "seed: 5\nrun_for: 5s\nuntil: drained\nnetwork: {{latency: {{exponential: 2ms}}}}\n\
         broker: {{nodes: 3, replication: quorum, fsync: {{exponential: 1ms}}, failover: 500ms}}\n\
         producers: {{p: {{instances: 2, arrivals: {{poisson: 100/s}}, do: [publish: {{to: q, confirm: \
         {{timeout: 200ms, retries: 20, backoff: 50ms}}}}]}}}}\n\
         queues: {{q: {{ack_timeout: 2s}}}}\nconsumers: {{c: {{instances: 3, from: q, do: [work: 10ms]}}}}\n\
         faults: [{{lose: {{name: background, what: ack, target: c, probability: 5%}}}}{fault}]\n"
    ))
}

const OF_NODES: &[&str] = &[
    "crash: {target: broker#0, $}",
    "crash: {how: machine, target: broker, $}",
    "stall: {target: broker#0, for: 1s, $}",
    "partition: {between: [[broker#0], [broker#1-2]], for: 1s, $}",
    "partition: {between: [[p, broker#0], [broker#1-2, c]], for: 1s, $}",
    "partition: {between: [[broker#0-2, p], [c]], for: 1s, $}",
];

#[test]
fn faults_of_nodes_strike_when_they_are_due_and_never_else() {
    let without = cluster("");
    for kind in OF_NODES {
        let fault = |when: &str| format!(", {{{}}}", kind.replace('$', when));
        assert_eq!(cluster(&fault("after: 10h")).trace_hash, without.trace_hash, "{kind}");
        let struck = cluster(&fault("after: 2s"));
        let count = struck.faults[1].1;
        assert!(count.fired > 0 && Some(count.fired) == count.planned, "{kind}: {count:?}");
        assert_ne!(measured(&struck), measured(&without), "{kind}");
        assert_eq!((struck.ledger.lost_confirmed, struck.outcomes.lost), (0, 0), "{kind}");
    }
}
