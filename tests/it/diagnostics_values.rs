//! What good scenarios come to: defaults, overrides, every form of a value, and the way back to YAML.

use mqlab::quantity::Span;
use mqlab::scenario::diagnostic::{Paint, render_all};
use mqlab::scenario::model::{
    ArrivalShape, Condition, Confirm, Distribution, FaultKind, LateAck, OnConnectionLoss, OnTimeout,
    PublishTo, QueueRef, Requeue, Scenario, Step, Until,
};
use mqlab::scenario::to_yaml;

use crate::diagnostics_support::read_text;

const EVERYTHING: &str = include_str!("data/everything.yaml");
const TEN_LINES: &str = include_str!("data/ten_lines.yaml");

fn scenario(text: &str, overrides: &[(&str, &str)]) -> Scenario {
    let checked =
        read_text(text, overrides).unwrap_or_else(|found| panic!("{}", render_all(&found, Paint::Plain)));
    assert_eq!(render_all(&checked.warnings, Paint::Plain), "");
    checked.scenario
}

#[test]
fn ten_lines_are_a_scenario() {
    let scenario = scenario(TEN_LINES, &[]);
    assert_eq!((scenario.name.as_str(), scenario.seed, scenario.until), ("test", 1, Until::RunFor));
    assert_eq!(scenario.run_for, Span::from_seconds(10));
    let queue = &scenario.queues[0];
    assert_eq!((queue.profile.as_str(), queue.ack_timeout), ("plain", Some(Span::from_seconds(30))));
    assert_eq!(scenario.consumers[0].prefetch, Some(10));
    let Step::Publish(publish) = &scenario.producers[0].steps[0] else { panic!("it publishes") };
    assert_eq!((&publish.to, &publish.confirm), (&PublishTo::Queue(QueueRef(0)), &None));
}

#[test]
fn what_is_written_reads_back_equal() {
    for text in [TEN_LINES, EVERYTHING] {
        let first = scenario(text, &[]);
        let written = to_yaml(&first);
        let second = scenario(&written, &[]);
        assert_eq!(first, second, "{written}");
        assert_eq!(written, to_yaml(&second));
    }
}

#[test]
fn everything_is_read_as_written() {
    let scenario = scenario(EVERYTHING, &[]);
    let names: Vec<&str> = scenario.faults.iter().map(|fault| fault.name.as_str()).collect();
    let expected = [
        "lose-ack",
        "lose-publish",
        "cut-before-ack",
        "crash-before-ack",
        "crash-before-ack-2",
        "one-dies",
        "pause",
        "pause-worked-2",
        "slow",
        "fail",
        "poison",
        "lose-request",
        "duplicate-reply",
        "crash",
        "outage",
        "partition",
    ];
    assert_eq!(names, expected);
    let FaultKind::Pause { lasts } = scenario.faults[6].kind else { panic!("it pauses") };
    assert_eq!((lasts, scenario.faults[6].trigger.lasts), (Span::from_seconds(3), None));
    let Step::Publish(publish) = &scenario.producers[1].steps[0] else { panic!("it publishes") };
    let Some(Confirm { timeout, retries, backoff, .. }) = &publish.confirm else { panic!("it waits") };
    assert_eq!((*timeout, *retries, backoff.base), (Span::from_seconds(1), 0, Span::from_millis(10)));
    let ArrivalShape::Trace(instants) = &scenario.producers[2].arrivals[0].shape else { panic!("a trace") };
    assert_eq!(instants.len(), 4);
    let Step::Work { time, .. } = &scenario.consumers[0].steps[1] else { panic!("it works") };
    let bins = [(1, 10), (5, 80), (50, 10)].map(|(bound, count)| (Span::from_millis(bound), count));
    assert_eq!(*time, Distribution::Histogram(bins.to_vec()));
}

#[test]
fn profiles_fill_in_what_the_file_leaves_out() {
    let scenario = scenario(EVERYTHING, &[]);
    let [orders, _, tasks, classic, plain] = scenario.queues.as_slice() else { panic!("five queues") };
    assert_eq!((orders.max_deliveries, orders.requeue), (Some(5), Requeue::Head));
    assert_eq!((orders.heartbeat, orders.handshake_round_trips), (Some(Span::from_seconds(60)), 5));
    assert_eq!(
        (tasks.late_ack, tasks.on_connection_loss),
        (LateAck::AcceptUnlessRedelivered, OnConnectionLoss::Wait)
    );
    assert_eq!((classic.ack_timeout, classic.requeue, classic.heartbeat), (None, Requeue::Tail, None));
    assert_eq!((plain.on_timeout, plain.max_length), (OnTimeout::ReturnChannel, Some(10)));
    let prefetches: Vec<Option<u32>> = scenario.consumers.iter().map(|consumer| consumer.prefetch).collect();
    assert_eq!(prefetches, [Some(10), Some(10), None, Some(10)]);
}

#[test]
fn expectations_are_in_the_units_of_their_metrics() {
    let scenario = scenario(EVERYTHING, &[]);
    let read: Vec<(&str, Condition)> =
        scenario.expect.iter().map(|expected| (expected.path.as_str(), expected.condition)).collect();
    let expected = [
        ("outcomes.lost", Condition::Equal(0.0)),
        ("ledger.duplicate_effects", Condition::Between(0.0, 10.0)),
        ("latency_ms.end_to_end.p99", Condition::Less(5000.0)),
        ("queues.orders.depth.peak", Condition::More(3.0)),
        ("rates.loss_rate.value", Condition::Less(0.02)),
        ("throughput.offered", Condition::Between(100.0, 6000.0)),
        ("faults.one-dies.fired", Condition::Equal(1.0)),
    ];
    assert_eq!(read, expected);
    assert_eq!(scenario.expect[3].needs, ["lose-ack", "one-dies"]);
}

#[test]
fn overrides_change_what_is_there_and_add_what_is_known() {
    let overrides = [
        ("consumers.booking.prefetch", "unlimited"),
        ("seed", "8"),
        ("network.latency", "{exponential: 5ms}"),
        ("producers.buyers.arrivals.poisson", "200/s"),
        ("\"queues\".orders.dedup_window", "5min"),
        ("expect.end_to_end.p99", "< 5s"),
        ("expect.wait.mean.is", "1ms..2ms"),
    ];
    let scenario = scenario(TEN_LINES, &overrides);
    assert_eq!((scenario.seed, scenario.consumers[0].prefetch), (8, None));
    assert_eq!(scenario.network.latency, Distribution::Exponential { mean: Span::from_millis(5) });
    assert_eq!(scenario.queues[0].dedup_window, Some(Span::from_seconds(300)));
    let paths: Vec<&str> = scenario.expect.iter().map(|expected| expected.path.as_str()).collect();
    assert_eq!(paths, ["latency_ms.end_to_end.p99", "latency_ms.wait.mean"]);
}

#[test]
fn a_run_is_as_long_as_its_arrivals() {
    let cases = [
        ("{for: 10s, poisson: 5/s}", "run_for", "10s"),
        ("[{for: 10s, poisson: 5/s}, {for: 5s}, {for: 1min, every: 1s}]", "run_for", "1min 15s"),
        ("{at_once: 100}", "drained", "1ns"),
        ("{trace: [1s, 2s]}", "drained", "2.000000001s"),
    ];
    for (arrivals, until, run_for) in cases {
        let scenario = scenario(TEN_LINES, &[("producers.buyers.arrivals", arrivals), ("until", until)]);
        assert_eq!(scenario.run_for.to_string(), run_for, "{arrivals}");
    }
}

#[test]
fn large_files_are_read_in_time() {
    let faults = "  - fail: {target: booking, probability: 0}\n".repeat(20_000);
    let scenario = scenario(&format!("{TEN_LINES}faults:\n{faults}"), &[]);
    assert_eq!(scenario.faults[19_999].name, "fail-20000");
    let wrong = "  - fial: {}\n".repeat(50_000);
    assert!(read_text(&format!("{TEN_LINES}faults:\n{wrong}"), &[]).is_err_and(|found| found.len() == 100));
}
