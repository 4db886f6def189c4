//! The engine against queueing theory, inside the interval of the run.
//!
//! Waits come from independent replications, and their standard error is that of the replications' means
//! (`benches/theory.rs` prints the same table at 10^6 messages a row and more). Counts of independent
//! trials have a standard error of their own, from the theory. A deviation beyond [`WIDEST`] standard
//! errors would come in one of 2 000 tables by chance; the seeds are fixed, so it comes always or never.

#[path = "../../benches/common/theory.rs"]
mod formulas;

use mqlab::metrics::summary::Summary;

use self::formulas::cases;
use crate::laboratory::{consumer, latency, queue, run, shaving};

/// Standard errors; with 19 degrees of freedom one in 1 000 estimates lies beyond.
const WIDEST: f64 = 3.9;

const REPLICATIONS: u32 = 20;

/// In all replications of a case, warm-up apart.
const MESSAGES: f64 = 200_000.0;

#[test]
fn waits_levels_and_flows_agree_with_queueing_theory() {
    for case in cases() {
        let estimate = case.estimate(REPLICATIONS, MESSAGES);
        let relative = estimate.standard_error / case.expected;
        assert!(relative < 0.05, "{}: a standard error of {relative} says nothing", case.name);
        let deviation = estimate.deviation(case.expected);
        assert!(
            deviation.abs() < WIDEST,
            "{}: {} and not {}, off by {deviation:.1} standard errors",
            case.name,
            estimate.mean,
            case.expected
        );
    }
}

#[test]
fn a_wrong_formula_is_noticed() {
    let case = cases().swap_remove(1);
    let estimate = case.estimate(REPLICATIONS, MESSAGES);
    // As if the wait of M/M/1 held the service too.
    assert!(estimate.deviation(case.expected + 1.0).abs() > WIDEST, "{}", estimate.standard_error);
}

/// One partition and one member are M/M/1 too.
#[test]
fn a_log_waits_as_a_queue_does() {
    let mut case = cases().swap_remove(1);
    let queue = case.scenario.clone();
    case.scenario = queue.replace("ack_timeout: off", "kind: log").replace("prefetch: 1, ", "");
    assert_ne!(case.scenario, queue, "it is a log now");
    let estimate = case.estimate(REPLICATIONS, MESSAGES);
    let deviation = estimate.deviation(case.expected);
    assert!(deviation.abs() < WIDEST, "{} and not {}", estimate.mean, case.expected);
}

/// Every copy's time in line, in nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn waited_in_line(summary: &Summary) -> f64 {
    let waits = latency(summary, "queue_wait");
    waits.count as f64 * waits.mean_ms.unwrap_or(0.0) * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a run are below 2^53")]
fn area_under_depth(summary: &Summary, name: &str) -> f64 {
    queue(summary, name).depth.mean.unwrap_or(0.0) * summary.ended_at.as_nanos() as f64
}

/// Every copy that was in line was sent, so the areas are equal, whatever happened meanwhile.
#[test]
fn littles_law_holds_exactly() {
    let consumers = [
        "{from: q, prefetch: 1, do: [work: {exponential: 9ms}]}",
        "{from: q, instances: 3, prefetch: 20, concurrency: 4, do: [work: {lognormal: {mean: 90ms, p99: 1s}}]}",
        "{from: q, ack: on-delivery, do: [work: 30ms]}",
        "{from: q, instances: 2, on_error: {requeue_after: 50ms}, do: [work: {exponential: 15ms}]}",
    ];
    let faults = [
        "[]",
        "[{lose: {what: ack, probability: 10%}}, {crash: {target: c, every: {exponential: 2s}}}]",
        "[{fail: {target: c, probability: 20%}}, {cut: {target: c, every: {exponential: 3s}}}]",
    ];
    let mut total = 0.0;
    for consumer in consumers {
        for faults in faults {
            let summary = run(&format!(
                "run_for: 20s\nuntil: drained\nnetwork: {{latency: {{exponential: 1ms}}}}\n\
                 producers: {{p: {{arrivals: {{poisson: 100/s}}, do: [publish: q]}}}}\n\
                 queues: {{q: {{ack_timeout: 5s}}}}\nconsumers: {{c: {consumer}}}\nfaults: {faults}\n"
            ));
            let (area, waits) = (area_under_depth(&summary, "q"), waited_in_line(&summary));
            assert_eq!(summary.outcomes.unfinished, 0, "the run drained");
            // A mean is rounded twice, to a part in 2^53 each.
            assert!((area - waits).abs() <= 1e-13 * waits, "{area} and {waits} with {consumer} and {faults}");
            total += waits;
        }
    }
    assert!(total > 1e12, "some waited for long");
}

/// `value` is `expected` within what chance alone explains.
fn agrees(what: &str, value: f64, expected: f64, standard_error: f64) {
    let deviation = (value - expected) / standard_error;
    assert!(deviation.abs() < WIDEST, "{what}: {value} and not {expected}, off by {deviation:.1} of them");
}

const TRIALS: f64 = 200_000.0;

fn ledger_run(queue: &str, consumer: &str, fault: &str) -> Summary {
    run(&format!(
        "run_for: 200s\nuntil: drained\n\
         producers: {{p: {{arrivals: {{every: 1ms}}, do: [publish: q]}}}}\n\
         queues: {{q: {{{queue}}}, dead: {{}}}}\nconsumers: {{c: {{from: q, {consumer}}}}}\nfaults: [{fault}]\n"
    ))
}

/// The number of times a lost ack makes a message come again is geometric: mean p/(1 − p), variance
/// p/(1 − p)².
#[test]
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn lost_acks_duplicate_geometrically() {
    for percent in [2.0, 20.0, 50.0_f64] {
        let p = percent / 100.0;
        let fault = format!("{{lose: {{what: ack, probability: {percent}%}}}}");
        let summary = ledger_run("ack_timeout: 1s", "prefetch: unlimited", &fault);
        let ledger = summary.ledger;
        assert_eq!(ledger.published, 199_999, "at 1 ms, 2 ms … before 200 s");
        let messages = ledger.published as f64;
        let deviation = p.sqrt() / (1.0 - p) / messages.sqrt();
        let rate = summary.rates.duplicate_consumption_rate.value().expect("something was executed");
        agrees("duplicates per message", rate, p / (1.0 - p), deviation);
        // P(at least two deliveries) = p, and P(none beyond the first) = 1 − p.
        let affected = summary.rates.affected_rate.value().expect("something was executed");
        agrees("affected messages", affected, p, (p * (1.0 - p) / messages).sqrt());
        assert_eq!(ledger.acks_sent - ledger.acks_received, summary.faults[0].1.fired);
        assert_eq!(ledger.ack_timeouts, ledger.redeliveries);
        assert_eq!((summary.outcomes.done, ledger.duplicate_effects), (199_999, ledger.redeliveries));
    }
}

/// P(k deliveries) = p^(k−1)(1 − p): with a limit of n, those still failing at it are a fraction p^n, and
/// each limit cuts the same geometric distribution elsewhere.
#[test]
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn deliveries_are_geometric_up_to_the_limit() {
    let p = 0.4_f64;
    let mut beyond_before = 1.0;
    for limit in 1..=6 {
        let settings = format!("max_deliveries: {limit}, dead_letter: dead");
        let summary = ledger_run(&settings, "prefetch: unlimited", "{fail: {target: c, probability: 40%}}");
        let messages = summary.ledger.published as f64;
        let expected = libm::pow(p, f64::from(limit));
        let beyond = summary.outcomes.dead_lettered as f64 / messages;
        agrees(
            "dead-lettered at the limit",
            beyond,
            expected,
            (expected * (1.0 - expected) / messages).sqrt(),
        );
        // Deliveries are min(geometric, limit): their mean is the sum of P(at least k), k = 1 … limit.
        let mean: f64 = (0..limit).map(|k| libm::pow(p, f64::from(k))).sum();
        let square: f64 = (0..limit).map(|k| f64::from(2 * k + 1) * libm::pow(p, f64::from(k))).sum();
        let deviation = ((square - mean * mean) / messages).sqrt();
        if limit == 1 {
            assert_eq!(summary.ledger.redeliveries, 0, "one delivery in all is no redelivery");
        } else {
            agrees("deliveries per message", summary.ledger.deliveries as f64 / messages, mean, deviation);
        }
        // The same message has the same luck under every limit.
        assert!(beyond < beyond_before, "a higher limit saves some");
        beyond_before = beyond;
        assert_eq!(summary.outcomes.done + summary.outcomes.dead_lettered, summary.ledger.published);
        assert_eq!(summary.ledger.nacks, summary.ledger.deliveries - summary.outcomes.done);
    }
}

/// A poisoned message fails as often as it is delivered, so exactly the poisoned share is dead-lettered.
#[test]
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn poison_is_a_share_of_the_messages() {
    let settings = "max_deliveries: 3, dead_letter: dead";
    let summary = ledger_run(settings, "prefetch: unlimited", "{poison: {of: p, probability: 5%}}");
    let (dead, messages) = (summary.outcomes.dead_lettered, summary.ledger.published as f64);
    agrees("poisoned", dead as f64 / messages, 0.05, (0.05 * 0.95 / messages).sqrt());
    assert_eq!(summary.faults[0].1.fired, 3 * dead, "each of its three deliveries fails");
    assert!(messages > 0.99 * TRIALS);
}

/// A thousand at once, 10 ms each, one at a time: the k-th (from 0) waits k · 10 ms.
#[test]
#[expect(clippy::float_cmp, reason = "whole nanoseconds in seconds are the same number every time")]
fn a_burst_at_once_drains_to_the_message() {
    let summary = run(
        "producers: {p: {arrivals: [{for: 1s}, {for: 1s, at_once: 1000}, {for: 98s}], do: [publish: q]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q, prefetch: 1, do: [work: 10ms]}}\n",
    );
    let shaving = shaving(&summary, "q");
    assert_eq!((shaving.peak_in, shaving.peak_out), (1000.0, 100.0));
    assert_eq!((shaving.peak_backlog, shaving.peak_backlog_at), (999, 1.0), "one is handled at once");
    assert_eq!(shaving.longest_wait, 9.99);
    // The last handling starts 9.99 s after the burst came at 1 s; its phase ends at 2 s.
    assert_eq!(shaving.drain_time, Some(8.99));
    let wait = latency(&summary, "wait");
    assert_eq!((wait.count, wait.max_ms), (1000, Some(9990.0)));
    let mean = wait.mean_ms.expect("a thousand waits");
    assert!((mean - 4995.0).abs() < 1e-9, "{mean} is not the mean of 0, 10 … 9990");
    assert_eq!(queue(&summary, "q").depth.peak, 999.0);
    let busy = consumer(&summary, "c").utilization.expect("time passed");
    assert!((busy - 0.1).abs() < 1e-12, "10 s of 100 s, not {busy}");
}

/// For 10 s arrivals come at twice the capacity: 2 000 of them every 5 ms less the one at the end, and
/// capacity does one in 10 ms.
#[test]
#[expect(clippy::float_cmp, reason = "whole nanoseconds in seconds are the same number every time")]
fn a_steady_overload_drains_to_the_message() {
    let summary = run(
        "producers: {p: {arrivals: [{for: 10s, every: 50ms}, {for: 10s, every: 5ms}, {for: 30s, every: 20ms}], \
         do: [publish: q]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q, prefetch: 1, do: [work: 10ms]}}\n",
    );
    let (published, shaving) = (summary.ledger.published, shaving(&summary, "q"));
    // 50 ms … 9.95 s; 10.005 … 19.995 s; 20.02 … 49.98 s.
    assert_eq!(published, 199 + 1999 + 1499);
    assert_eq!((shaving.peak_in, shaving.peak_out), (200.0, 100.0));
    // The k-th of the burst (from 1) comes at 5k ms into the phase and the m-th starts at 5 + 10(m−1) ms:
    // at 9 990 ms 1 998 have come and 999 started; at 9 995 ms one more of each.
    assert_eq!(shaving.peak_backlog, 999);
    assert_eq!(shaving.peak_backlog_at, 19.99);
    // Later arrivals come every 20 ms, so the backlog is gone at the first m = 1 999 + j with
    // 20j ≤ 10m − 10 005 < 20(j + 1): j = 997, at 9 995 + 10 · 2 996 ms, 19.955 s after the phase.
    assert_eq!(shaving.drain_time, Some(19.955));
    assert_eq!(summary.outcomes.unfinished, 0, "the last at 49.98 s is done at 49.99 s");
}
