//! Services and calls, by hand: what happens when, to the nanosecond, and how often.
//!
//! One or a few operations begin at once; the longest operation is then an instant that can be computed.

use mqlab::kernel::Outcome;
use mqlab::metrics::summary::Summary;
use mqlab::protocol::Event;
use mqlab::quantity::{Span, Time};
use mqlab::simulation::stepwise;

use crate::laboratory::{fault, latency, run, scenario, service};

/// `count` operations at the instant 0, all of them this call of `s`.
fn at_once(count: u32, latency: &str, of_service: &str, call: &str, faults: &str) -> Summary {
    run(&format!(
        "run_for: 60s\nuntil: drained\nnetwork: {{latency: {latency}}}\nservices: {{s: {{{of_service}}}}}\n\
         producers: {{p: {{arrivals: {{for: 1s, at_once: {count}}}, do: [call: {{service: s, {call}}}]}}}}\n\
         faults: [{faults}]\n"
    ))
}

/// How many operations succeeded, were rejected, timed out and failed.
fn endings(summary: &Summary) -> [u64; 4] {
    let of = &summary.operations;
    assert_eq!(of.unfinished, 0, "every operation ended");
    [of.succeeded, of.rejected, of.timed_out, of.failed]
}

/// How long the longest operation took that succeeded, and the longest that did not.
fn longest(summary: &Summary) -> [Option<f64>; 2] {
    ["operation", "operation_failed"].map(|name| latency(summary, name).max_ms)
}

const SILENT: &str = "{outage: {target: s, how: hang, after: 0s, for: 60s}}";

#[test]
fn a_call_takes_two_links_and_the_work() {
    let summary = at_once(1, "1ms", "do: [work: 10ms]", "timeout: 1s", "");
    assert_eq!(endings(&summary), [1, 0, 0, 0]);
    assert_eq!(longest(&summary), [Some(12.0), None]);
    let chain = run("run_for: 1s\nuntil: drained\nnetwork: {latency: 1ms}\n\
         services: {front: {do: [work: 5ms, call: back, work: 3ms]}, back: {do: [work: 10ms]}}\n\
         producers: {p: {arrivals: {for: 1s, at_once: 1}, do: [call: front, work: 1ms]}}\n");
    assert_eq!(longest(&chain), [Some(1.0 + 5.0 + 12.0 + 3.0 + 1.0 + 1.0), None]);
}

/// Attempts begin at 0, 150 and 350 ms: each waits 100 ms, then come 50, 100 and 200 ms.
#[test]
fn retries_wait_for_their_backoff() {
    let backoff = "timeout: 100ms, retries: 3, backoff: {base: 50ms, factor: 2, jitter: none";
    let cases = [
        (format!("{backoff}}}"), 750.0, 4),
        (format!("{backoff}, cap: 80ms}}"), 610.0, 4),
        // The deadline cuts the third attempt short, and nothing may begin after it.
        (format!("{backoff}}}, deadline: 400ms"), 400.0, 3),
        // A third attempt would begin at 350 ms: who can see that waits no further.
        (format!("{backoff}}}, deadline: 350ms"), 250.0, 2),
        ("timeout: 100ms, retries: 2, backoff: 30ms".to_owned(), 360.0, 3),
        ("timeout: 100ms".to_owned(), 100.0, 1),
        ("deadline: 70ms, retries: 5".to_owned(), 70.0, 1),
        ("timeout: 100ms, retries: 9, retry_budget: {ratio: 1%, reserve: 2}".to_owned(), 300.0, 3),
        // After two failures the breaker answers at once.
        ("timeout: 100ms, retries: 9, breaker: {failures: 2, open_for: 1min}".to_owned(), 200.0, 10),
    ];
    for (call, ends_at, calls) in cases {
        let summary = at_once(1, "1ms", "", &call, SILENT);
        assert_eq!(longest(&summary), [None, Some(ends_at)], "{call}");
        let s = service(&summary, "s");
        assert_eq!((s.calls, s.retries), (calls, calls - 1), "{call}");
        assert_eq!(s.timed_out + s.rejected, calls, "{call}");
        let breaks = call.contains("breaker");
        assert_eq!(endings(&summary), if breaks { [0, 1, 0, 0] } else { [0, 0, 1, 0] }, "{call}");
    }
}

#[test]
fn the_random_part_of_a_backoff_stays_in_its_range() {
    for (jitter, least, most) in
        [("full", 300.0, 500.0), ("equal", 400.0, 500.0), ("decorrelated", 500.0, 1_500.0)]
    {
        let call =
            format!("timeout: 100ms, retries: 2, backoff: {{base: 100ms, factor: 1, jitter: {jitter}}}");
        let summary = at_once(200, "0s", "", &call, SILENT);
        let ended = latency(&summary, "operation_failed");
        let (half, max) = (ended.p50_ms.expect("200 ended"), ended.max_ms.expect("200 ended"));
        // Two waits: each up to 100 ms, from 50 to 100 ms, and from 100 ms to three times the one before.
        assert!(least < half && half < max && max <= most, "{jitter}: {half} and {max}");
    }
}

#[test]
fn a_full_service_says_no_or_lets_wait() {
    let cases = [
        ("concurrency: 2", [2, 3, 0, 0], 100.0),
        ("concurrency: 2, when_full: {queue: 0}", [2, 3, 0, 0], 100.0),
        ("concurrency: 2, when_full: {queue: 2}", [4, 1, 0, 0], 200.0),
        ("concurrency: 2, when_full: queue", [5, 0, 0, 0], 300.0),
        // Round robin gives the first instance calls 1, 3 and 5.
        ("instances: 2, when_full: {queue: 1}", [4, 1, 0, 0], 200.0),
        ("instances: 5", [5, 0, 0, 0], 100.0),
    ];
    for (of_service, ended, last) in cases {
        let summary = at_once(5, "0s", &format!("{of_service}, do: [work: 100ms]"), "timeout: 9s", "");
        assert_eq!(endings(&summary), ended, "{of_service}");
        assert_eq!(longest(&summary)[0], Some(last), "{of_service}");
        assert_eq!(service(&summary, "s").handled, ended[0], "{of_service}");
        assert_eq!(service(&summary, "s").rejected, ended[1], "{of_service}");
    }
}

/// Calls come at 10, 20 and 30 ms and take 100 ms each.
#[test]
fn the_newest_may_go_first() {
    for (order, longest_wait) in [("oldest-first", 180.0), ("newest-first", 190.0)] {
        let summary = run(&format!(
            "run_for: 40ms\nuntil: drained\n\
             services: {{s: {{when_full: {{queue: unlimited, order: {order}}}, do: [work: 100ms]}}}}\n\
             producers: {{p: {{arrivals: {{every: 10ms}}, do: [call: s]}}}}\n"
        ));
        let waits = &service(&summary, "s").service_wait;
        assert_eq!(
            (waits.count, waits.mean_ms, waits.max_ms),
            (3, Some(90.0), Some(longest_wait)),
            "{order}"
        );
    }
}

/// n running handlers take 1 + (factor − 1)(n − beyond)/(concurrency − beyond) times as long.
#[test]
fn many_handlers_slow_each_other() {
    // Of 4 places 3 are taken, one after the other.
    let cases = [
        ("factor: 3", [15.0, 20.0, 25.0]),
        ("beyond: 1, factor: 4", [10.0, 20.0, 30.0]),
        ("beyond: 2, factor: 5", [10.0, 10.0, 30.0]),
    ];
    for (slower, expected) in cases {
        let of_service = format!("concurrency: 4, slower: {{{slower}}}, do: [work: 10ms]");
        let summary = at_once(3, "0s", &of_service, "timeout: 9s", "");
        let took = latency(&summary, "operation");
        assert_eq!(took.max_ms, Some(expected[2]), "{slower}");
        let sum: f64 = expected.iter().sum();
        assert_eq!(took.mean_ms.map(|mean| (mean * 3.0).round()), Some(sum), "{slower}");
    }
}

/// A handler is under way, or the request arrives at an instance that is dead.
#[test]
fn who_died_as_a_process_is_noticed_and_who_died_as_a_machine_is_not() {
    let crash = |how: &str, at: &str| {
        format!("{{crash: {{target: s, how: {how}, after: {at}, restart_after: 10s}}}}")
    };
    let cases = [
        ("process", "50ms", [0, 0, 0, 1], 51.0),
        ("machine", "50ms", [0, 0, 1, 0], 200.0),
        // The request is on its way when the instance dies, and finds nobody.
        ("process", "500us", [0, 0, 0, 1], 2.0),
        ("machine", "500us", [0, 0, 1, 0], 200.0),
    ];
    for (how, at, ended, when) in cases {
        let summary = at_once(1, "1ms", "do: [work: 100ms]", "timeout: 200ms", &crash(how, at));
        assert_eq!((endings(&summary), longest(&summary)[1]), (ended, Some(when)), "{how} at {at}");
        assert_eq!(service(&summary, "s").handled, 0, "{how} at {at}");
    }
    // Calls that wait die with it too.
    let summary =
        at_once(3, "1ms", "when_full: queue, do: [work: 100ms]", "timeout: 9s", &crash("process", "50ms"));
    assert_eq!((endings(&summary), longest(&summary)[1]), ([0, 0, 0, 3], Some(51.0)));
}

#[test]
fn an_outage_refuses_or_hangs() {
    let outage = |how: &str| format!("{{outage: {{target: s, how: {how}, after: 50ms, for: 500ms}}}}");
    // A handler that runs goes on, and its answer is an error, or gone.
    let refused = at_once(1, "1ms", "do: [work: 100ms]", "timeout: 200ms", &outage("refuse"));
    assert_eq!((endings(&refused), longest(&refused)[1]), ([0, 0, 0, 1], Some(102.0)));
    assert_eq!((service(&refused, "s").handled, service(&refused, "s").wasted), (1, 0));
    let hung = at_once(1, "1ms", "do: [work: 100ms]", "timeout: 200ms", &outage("hang"));
    assert_eq!((endings(&hung), longest(&hung)[1]), ([0, 0, 1, 0], Some(200.0)));
    // Calls that wait are handled when it is over, and retries get through.
    let after = at_once(2, "0s", "when_full: queue, do: [work: 100ms]", "timeout: 700ms", &outage("hang"));
    assert_eq!((endings(&after), longest(&after)), ([1, 0, 1, 0], [Some(650.0), Some(700.0)]));
    let again = at_once(
        1,
        "1ms",
        "do: [work: 100ms]",
        "timeout: 200ms, retries: 5, backoff: 100ms",
        &outage("refuse"),
    );
    assert_eq!(endings(&again), [1, 0, 0, 0]);
}

#[test]
fn a_request_that_arrives_twice_is_handled_twice() {
    let twice = "{duplicate: {what: request, probability: 100%}}";
    let summary = at_once(3, "1ms", "concurrency: 9, do: [work: 10ms]", "timeout: 1s", twice);
    let s = service(&summary, "s");
    assert_eq!((endings(&summary), s.calls, s.handled, s.wasted), ([3, 0, 0, 0], 3, 6, 0));
    assert_eq!(fault(&summary, "duplicate-request").fired, 3);
    let twice = "{duplicate: {what: reply, probability: 100%}}";
    let summary = at_once(3, "1ms", "concurrency: 9, do: [work: 10ms]", "timeout: 1s", twice);
    assert_eq!((endings(&summary), service(&summary, "s").handled), ([3, 0, 0, 0], 3));
}

#[test]
fn a_lost_message_is_a_timeout_and_a_lost_reply_is_wasted_on_nobody_who_listens() {
    for (what, handled) in [("request", 0), ("reply", 2)] {
        let lost = format!("{{lose: {{what: {what}, probability: 100%}}}}");
        let summary = at_once(1, "1ms", "do: [work: 10ms]", "timeout: 50ms, retries: 1", &lost);
        assert_eq!((endings(&summary), longest(&summary)[1]), ([0, 0, 1, 0], Some(100.0)), "{what}");
        let s = service(&summary, "s");
        assert_eq!((s.calls, s.timed_out, s.handled, s.wasted), (2, 2, handled, 0), "{what}");
    }
}

/// The second operation takes the first one's place in the restarted instance, and its answer is still to come.
#[test]
fn an_old_answer_is_not_taken_for_a_new_one() {
    let summary = run("run_for: 1s\nuntil: drained\nnetwork: {latency: 1ms}\n\
         services: {s: {concurrency: 5, do: [work: 100ms]}}\n\
         producers: {p: {arrivals: [{for: 70ms, at_once: 1}, {for: 100ms, at_once: 1}], do: [call: s]}}\n\
         faults: [{crash: {target: p, after: 50ms, restart_after: 10ms}}]\n");
    assert_eq!((endings(&summary), longest(&summary)), ([1, 0, 0, 1], [Some(102.0), Some(50.0)]));
    assert_eq!(service(&summary, "s").handled, 2);
}

/// Three come at once and are handled one after the other, 100 ms each; who asked waits for 150 ms.
#[test]
fn a_deadline_stops_what_has_not_begun() {
    let of_service = "when_full: queue, do: [work: 100ms]";
    let wasted = |call: &str| {
        let summary = at_once(3, "0s", of_service, call, "");
        assert_eq!((endings(&summary), longest(&summary)), ([1, 0, 2, 0], [Some(100.0), Some(150.0)]));
        let s = service(&summary, "s");
        (s.handled, s.wasted, s.wasted_s, s.wasted_share())
    };
    assert_eq!(wasted("deadline: 150ms"), (2, 1, 0.1, Some(0.5)));
    assert_eq!(wasted("timeout: 150ms"), (3, 2, 0.2, Some(2.0 / 3.0)));
}

/// What is left of the deadline goes on with the calls of a service.
#[test]
fn a_deadline_travels_to_the_last_service() {
    let text = |deadline: &str| {
        format!(
            "run_for: 1s\nuntil: drained\nservices: {{front: {{concurrency: 9, do: [call: back]}}, \
             back: {{when_full: queue, do: [work: 100ms]}}}}\n\
             producers: {{p: {{arrivals: {{for: 1s, at_once: 3}}, do: [call: {{service: front, {deadline}}}]}}}}\n"
        )
    };
    let with = run(&text("deadline: 150ms"));
    assert_eq!((endings(&with), service(&with, "back").handled), ([1, 0, 2, 0], 2));
    let without = run(&text("timeout: 150ms"));
    assert_eq!((endings(&without), service(&without, "back").handled), ([1, 0, 2, 0], 3));
}

/// When operations begin, and which instance of `s` then hears of them, which is what they are about.
fn heard(text: &str) -> (Vec<Time>, Vec<(Time, u32)>) {
    let scenario = scenario(text);
    let mut kernel = stepwise(&scenario);
    let end = Time::ZERO + scenario.run_for;
    let (mut begun, mut asked) = (Vec::new(), Vec::new());
    while let Some(step) = kernel.step(end).expect("time passes") {
        assert_eq!(step.outcome, Outcome::Delivered);
        match Event::name_of(step.kind) {
            "Begin" => begun.push(step.at),
            "Request" => asked.push((step.at, step.target.index())),
            _ => {}
        }
    }
    let first = asked.iter().map(|(_, target)| *target).min().unwrap_or_default();
    (begun, asked.into_iter().map(|(at, target)| (at, target - first)).collect())
}

/// The direct variant calls what the queued one's consumer calls: an instance for each key, so that who is
/// asked tells what the operation is about.
#[test]
fn direct_and_queued_variants_get_the_same_arrivals() {
    let text = "\
run_for: 20s
services: {s: {instances: 7, concurrency: 1000000, dispatch: sticky-key, do: []}}
queues: {orders: {ack_timeout: off}}
producers:
  shop:
    instances: 3
    arrivals: [{for: 5s, poisson: 50/s}, {for: 5s, poisson: 400/s}, {ramp: [100/s, 20/s]}]
    message: {key: {zipf: {over: 7, exponent: 0.8}}}
    do: [publish: orders]
consumers: {booking: {from: orders, prefetch: unlimited, concurrency: 1000, do: [call: s]}}
variants:
  queued: {}
  direct: {producers.shop.do: [call: s], consumers: {}, queues: {}}
";
    let variants = scenario(text).variants;
    let of = |name: &str| {
        let variant = variants.iter().find(|variant| variant.name == name).expect("it is there");
        heard(&mqlab::scenario::to_yaml(&variant.scenario))
    };
    let (queued, direct) = (of("queued"), of("direct"));
    assert!(queued.0.len() > 2_000, "{}", queued.0.len());
    assert_eq!(queued.0, direct.0, "operations begin at the same instants");
    assert_eq!(queued.1, direct.1, "and are about the same");
    let asked = |instance| queued.1.iter().filter(|(_, of)| *of == instance).count();
    assert!((0..7).all(|instance| asked(instance) > 50), "every key is drawn");
    let spread = Span::from_millis(1);
    assert!(queued.0.windows(2).any(|pair| pair[1].since(pair[0]) < spread), "and they are not in step");
}
