//! Random services that call each other under heavy faults: every operation ends once, everything drains, and
//! the same scenario runs the same twice.
//!
//! `MQLAB_SCENARIOS=10000 cargo test --release --test it services_random` runs a campaign of that many.

#![expect(clippy::format_push_string, reason = "a text that grows line by line reads best so")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use mqlab::metrics::summary::Summary;
use mqlab::quantity::{Span, Time};

use crate::laboratory::{run, scenario};
use crate::random_scenario::Luck;

const WORK: [&str; 6] = [
    "0s",
    "1ms",
    "20ms",
    "{exponential: 10ms}",
    "{uniform: [1ms, 60ms]}",
    "{lognormal: {mean: 5ms, p99: 40ms}}",
];

/// A scenario of one to three layers, each of which calls the next; some are fed by a queue.
struct Random {
    text: String,
    /// Whether every call gives up at last.
    is_patient: bool,
    has_queue: bool,
}

fn random(seed: u64) -> Random {
    let luck = &mut Luck(seed ^ 0x5e41_11ce);
    let is_patient = luck.rarely(4);
    let has_queue = luck.rarely(3);
    let layers = 1 + luck.below(3);
    let latency = luck.one_of(&["0s", "1ms", "{exponential: 2ms}", "{uniform: [0s, 30ms]}"]);
    let mut text = format!(
        "seed: {}\nrun_for: 2s\nuntil: drained\nnetwork: {{latency: {latency}}}\nservices:\n",
        luck.below(1_000_000)
    );
    for layer in 0..layers {
        text += &format!("  s{layer}: {}\n", service(luck, layer, layers, is_patient));
    }
    let key = luck.one_of(&["", "message: {key: 5}, ", "message: {key: {uniform: {over: 4}}}, "]);
    let arrivals = luck.one_of(&[
        "{for: 2s, poisson: 40/s}",
        "{for: 1s, at_once: 60}",
        "{for: 2s, users: 12, think: {exponential: 50ms}}",
        "[{for: 500ms, poisson: 20/s}, {for: 500ms, poisson: 200/s}, {for: 1s, poisson: 20/s}]",
    ]);
    let first = call(luck, 0, is_patient);
    let instances = 1 + luck.below(3);
    let other = luck.below(layers);
    let steps = match luck.below(3) {
        0 => format!("[{first}, {}]", call(luck, other, is_patient)),
        1 => format!("[work: {}, {first}]", luck.one_of(&WORK)),
        _ => format!("[{first}]"),
    };
    text += &format!("producers:\n  p: {{instances: {instances}, {key}arrivals: {arrivals}, do: {steps}}}\n");
    if has_queue {
        text += "queues: {q: {ack_timeout: 2s, max_deliveries: 3}}\n";
        text += "  # fed by a queue, beside those who call\n";
        text += &format!(
            "consumers: {{c: {{from: q, instances: 2, concurrency: 3, do: [work: 1ms, {}]}}}}\n",
            call(luck, other, is_patient)
        );
        text = text.replace(
            "producers:\n",
            "producers:\n  r: {arrivals: {for: 2s, poisson: 20/s}, do: [publish: q]}\n",
        );
    }
    text += "faults:\n";
    for _ in 0..luck.below(6) {
        text += &format!("  - {}\n", fault(luck, layers));
    }
    if text.ends_with("faults:\n") {
        text += "  []\n";
    }
    Random { text, is_patient, has_queue }
}

fn service(luck: &mut Luck, layer: usize, layers: usize, is_patient: bool) -> String {
    let mut steps = Vec::new();
    for _ in 0..luck.below(3) {
        steps.push(format!("work: {}", luck.one_of(&WORK)));
    }
    if layer + 1 < layers {
        for _ in 0..=luck.below(2) {
            let next = layer + 1 + luck.below(layers - layer - 1);
            steps.push(call(luck, next, is_patient));
        }
    }
    if luck.rarely(2) {
        steps.reverse();
    }
    let concurrency = 1 + luck.below(4);
    let full = luck.one_of(&[
        "reject",
        "queue",
        "{queue: 2}",
        "{queue: unlimited, order: newest-first}",
        "{queue: 5, order: newest-first}",
    ]);
    let dispatch = luck.one_of(&["round-robin", "random", "least-loaded", "power-of-two", "sticky-key"]);
    let slower = luck.one_of(&["", "slower: {factor: 3}, "]);
    let instances = 1 + luck.below(3);
    format!(
        "{{instances: {instances}, concurrency: {concurrency}, when_full: {full}, dispatch: {dispatch}, {slower}do: [{}]}}",
        steps.join(", ")
    )
}

fn call(luck: &mut Luck, layer: usize, is_patient: bool) -> String {
    let limits = ["timeout: 30ms", "timeout: 200ms", "deadline: 150ms", "timeout: 50ms, deadline: 180ms"];
    let mut limit = luck.one_of(&limits);
    if is_patient && luck.rarely(2) {
        limit = "timeout: off";
    }
    let retries = luck.below(4);
    let backoff = luck.one_of(&[
        "0s",
        "5ms",
        "{base: 5ms, factor: 2, cap: 50ms, jitter: full}",
        "{base: 5ms, factor: 3, jitter: equal}",
        "{base: 2ms, cap: 40ms, jitter: decorrelated}",
    ]);
    let restraint = luck.one_of(&[
        "",
        "",
        ", retry_budget: 20%",
        ", retry_budget: {ratio: 0.5, reserve: 3}",
        ", breaker: {failures: 3, open_for: 100ms}",
        ", breaker: {failures: 1, open_for: 30ms, probes: 2}, retry_budget: 10%",
    ]);
    format!("call: {{service: s{layer}, {limit}, retries: {retries}, backoff: {backoff}{restraint}}}")
}

fn fault(luck: &mut Luck, layers: usize) -> String {
    let service = luck.below(layers);
    let chance = luck.one_of(&["1%", "10%", "50%", "100%"]);
    let what = luck.one_of(&["request", "reply"]);
    let trigger = luck.one_of(&["probability: 5%", "probability: 40%", "after: 300ms, for: 400ms"]);
    let lasts = luck.one_of(&["20ms", "300ms"]);
    let due = luck.one_of(&["after: 100ms", "every: {exponential: 200ms}, for: 2s", "every: 97ms, for: 2s"]);
    match luck.below(11) {
        0 => format!("lose: {{what: {what}, {trigger}}}"),
        1 => format!("duplicate: {{what: {what}, target: s{service}, {trigger}}}"),
        2 => format!("delay: {{what: {what}, by: {{exponential: 60ms}}, {trigger}}}"),
        3 | 4 => {
            let how = luck.one_of(&["process", "machine"]);
            let restart = luck.one_of(&["0s", "30ms", "1s"]);
            let trigger = match luck.below(3) {
                0 => format!(
                    "when: {}, probability: {chance}",
                    luck.one_of(&["received", "worked", "before-ack", "acked"])
                ),
                _ => due.to_owned(),
            };
            format!("crash: {{target: s{service}, {trigger}, how: {how}, restart_after: {restart}}}")
        }
        5 => format!("crash: {{target: p, {due}, restart_after: {}}}", luck.one_of(&["0s", "50ms"])),
        6 => format!(
            "pause: {{target: s{service}, after: {}, for: {lasts}}}",
            luck.one_of(&["0s", "150ms", "1s"])
        ),
        7 => format!("slow: {{target: s{service}, factor: 20, probability: {chance}}}"),
        8 => format!("fail: {{target: s{service}, probability: {chance}}}"),
        9 => {
            let how = luck.one_of(&["refuse", "hang"]);
            format!("outage: {{target: s{service}, how: {how}, after: 200ms, for: {lasts}}}")
        }
        // The first service is called by the producer in any case.
        _ => format!("partition: {{between: [[p], [s0]], after: 150ms, for: {lasts}}}"),
    }
}

fn how_many(usual: u64) -> u64 {
    std::env::var("MQLAB_SCENARIOS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

#[test]
fn every_operation_ends_once_whatever_happens_to_calls() {
    let mut ended = [0; 5];
    for seed in 0..how_many(600) {
        let random = random(seed);
        let examined = catch_unwind(AssertUnwindSafe(|| {
            let summary = run(&random.text);
            adds_up(&random, &summary);
            summary
        }));
        let summary =
            examined.unwrap_or_else(|_| panic!("that is true of scenario {seed}:\n{}", random.text));
        let of = summary.operations;
        for (sum, count) in
            ended.iter_mut().zip([of.succeeded, of.rejected, of.timed_out, of.failed, of.unfinished])
        {
            *sum += count;
        }
    }
    // The scenarios reach every ending often, so the checks above see all of them.
    assert!(ended[..4].iter().all(|count| *count > 1_000), "{ended:?}");
}

fn adds_up(random: &Random, summary: &Summary) {
    let of = summary.operations;
    let endings = of.succeeded + of.rejected + of.timed_out + of.failed + of.unfinished;
    assert_eq!(endings, of.started, "each operation has one ending");
    let latest = Time::ZERO + Span::from_seconds(2 + 24 * 3600);
    let is_drained = summary.ended_at < latest;
    if !random.is_patient {
        assert_eq!(of.unfinished, 0, "whoever gives up at last does not wait for ever");
        assert!(is_drained, "what ends drains");
    }
    for (name, service) in &summary.services {
        let failed = service.rejected + service.timed_out + service.failed;
        assert!(service.retries + failed <= 2 * service.calls && failed <= service.calls, "{name}");
        assert!(service.wasted <= service.handled, "{name}");
        assert!((service.wasted > 0) || service.wasted_s == 0.0, "{name}");
        let received: u64 = service.series.iter().map(|point| point.stored).sum();
        assert!(service.handled <= received, "{name} handles what it received");
        if !random.has_doubles() {
            assert!(received <= service.calls, "{name} receives what was sent");
        }
        if is_drained {
            let last = service.series.last().expect("time passed");
            assert_eq!(
                (last.depth, last.unacked, last.oldest_age_s),
                (0, 0, 0.0),
                "{name} is empty at the end"
            );
        }
        assert!(service.utilization.is_none_or(|busy| (0.0..=1.0).contains(&busy)), "{name}");
    }
    if random.has_queue {
        assert_eq!(summary.outcomes.total(), summary.ledger.expected_effects);
    }
}

impl Random {
    fn has_doubles(&self) -> bool {
        self.text.contains("duplicate:")
    }
}

#[test]
fn random_services_run_the_same_twice_and_written_out() {
    for seed in 0..how_many(600) / 6 {
        let text = random(seed).text;
        let once = run(&text);
        assert_eq!(once.trace_hash, run(&text).trace_hash, "{text}");
        let written = mqlab::scenario::to_yaml(&scenario(&text));
        assert_eq!(once.trace_hash, run(&written).trace_hash, "{text}\n{written}");
    }
}

/// A fault that never strikes leaves every draw as it was.
#[test]
fn without_faults_calls_that_have_room_succeed_once() {
    for seed in 0..how_many(600) / 6 {
        let text = random(seed).text;
        let before = text.split("faults:").next().expect("there is a first part");
        let calm = before
            .replace("timeout: 30ms", "timeout: 1h")
            .replace("timeout: 50ms", "timeout: 1h")
            .replace("timeout: 200ms", "timeout: 1h")
            .replace("deadline: 150ms", "deadline: 1h")
            .replace("deadline: 180ms", "deadline: 1h");
        let calm = ["reject", "{queue: 2}", "{queue: 5, order: newest-first}"]
            .iter()
            .fold(calm, |calm, full| calm.replace(&format!("when_full: {full}"), "when_full: queue"));
        let summary = run(&calm);
        let of = summary.operations;
        assert_eq!(of.succeeded, of.started, "{calm}");
        for (name, service) in &summary.services {
            let received: u64 = service.series.iter().map(|point| point.stored).sum();
            let counts = [service.handled, received, service.calls];
            assert_eq!(counts, [service.calls; 3], "{name} handles each call once\n{calm}");
            assert_eq!((service.retries, service.wasted), (0, 0), "{name}\n{calm}");
        }
    }
}
