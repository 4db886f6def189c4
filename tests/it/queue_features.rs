//! Priorities, delays, times to live, groups, leases and backpressure, in scenarios small enough to count by
//! hand.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{latency, queue, run};

/// Producers as given, one queue `q` with a dead-letter queue `dead`, a consumer `c`.
fn with(producers: &str, queue: &str, consumer: &str, rest: &str) -> Summary {
    run(&format!(
        "run_for: 5s\nuntil: drained\nproducers: {{{producers}}}\nqueues: {{q: {{{queue}}}, dead: {{}}}}\n\
         consumers: {{c: {{from: q, {consumer}}}}}\n{rest}\n"
    ))
}

fn producer(name: &str, arrivals: &str, message: &str) -> String {
    format!("{name}: {{arrivals: {arrivals}, message: {{{message}}}, do: [publish: q]}}")
}

fn ended_s(summary: &Summary) -> f64 {
    summary.ended_at.as_seconds()
}

/// Six messages of a second each at 0, one at 0.5 s: last of all it waits 5.5 s, as next in line it makes the
/// last of the others wait 6 s.
#[test]
fn a_higher_priority_goes_first() {
    let longest_wait = |priorities: u32, priority: u32| {
        let usual = producer("usual", "{at_once: 6}", "key: 1");
        let urgent = producer("urgent", "{trace: [500ms]}", &format!("key: 2, priority: {priority}"));
        let queue = format!("priorities: {priorities}");
        let summary = with(&format!("{usual}, {urgent}"), &queue, "prefetch: 1, do: [work: 1s]", "");
        assert_eq!(summary.outcomes.done, 7);
        latency(&summary, "queue_wait").max_ms
    };
    assert_eq!(longest_wait(1, 5), Some(5500.0), "one level: priorities do not matter");
    assert_eq!(longest_wait(10, 0), Some(5500.0));
    assert_eq!(longest_wait(10, 5), Some(6000.0));
    assert_eq!(longest_wait(2, 200), Some(6000.0), "more than the highest is the highest");
}

/// Two seconds hidden, then handled; in the queue's depth only from then on.
#[test]
fn a_delayed_message_is_stored_and_not_seen() {
    let delayed = producer("p", "{at_once: 3}", "delay: 2s");
    let summary = with(&delayed, "", "prefetch: 1, do: [work: 1s]", "");
    assert_eq!((summary.ledger.stored, summary.outcomes.done), (3, 3));
    assert_eq!(latency(&summary, "queue_wait").max_ms, Some(4000.0), "from the storing on");
    let depth = &queue(&summary, "q").depth;
    assert_eq!((depth.peak, depth.peak_at_s), (2.0, 2.0));
    assert!((ended_s(&summary) - 5.0).abs() < 1e-9);
}

/// The time to live counts from the storing: it is over when the delay is.
#[test]
fn a_delay_longer_than_the_time_to_live_expires() {
    let outcomes = |ttl: &str| {
        let message = format!("delay: 2s, ttl: {ttl}");
        with(&producer("p", "{at_once: 1}", &message), "", "do: [work: 1s]", "").outcomes
    };
    assert_eq!(outcomes("1s").expired, 1);
    assert_eq!(outcomes("2s").expired, 1, "at the very instant");
    assert_eq!(outcomes("3s").done, 1);
}

/// Only the head expires: a short time to live behind a long one waits for it. The head of a queue with
/// priorities is that of its highest level.
#[test]
fn expiry_happens_at_the_head() {
    let expired_after_two_seconds = |first: &str, second: &str, priorities: u32| {
        let first = producer("first", "{trace: [10ms]}", first);
        let second = producer("second", "{trace: [20ms]}", second);
        let summary = run(&format!(
            "run_for: 2s\nproducers: {{{first}, {second}}}\nqueues: {{q: {{priorities: {priorities}}}}}\n"
        ));
        assert_eq!(summary.outcomes.expired + summary.outcomes.unfinished, 2);
        summary.outcomes.expired
    };
    assert_eq!(expired_after_two_seconds("ttl: 3s", "ttl: 1s", 1), 0);
    assert_eq!(expired_after_two_seconds("ttl: 1s", "ttl: 3s", 1), 1);
    assert_eq!(expired_after_two_seconds("ttl: 3s", "ttl: 1s, priority: 1", 2), 1);
    assert_eq!(expired_after_two_seconds("ttl: 1s", "ttl: 3s, priority: 1", 2), 0);
}

/// Each key's messages one after the other: two keys, three messages of a second each, four consumers.
#[test]
fn one_per_key_lets_other_keys_overtake() {
    let one = producer("one", "{at_once: 3}", "key: 1");
    let two = producer("two", "{at_once: 3}", "key: 2");
    let keyless = producer("keyless", "{at_once: 2}", "ttl: 1h");
    let ended = |ordering: &str| {
        let queue = format!("ordering: {ordering}");
        let summary = with(
            &format!("{one}, {two}, {keyless}"),
            &queue,
            "instances: 8, prefetch: 1, do: [work: 2s]",
            "",
        );
        assert_eq!((summary.outcomes.done, summary.ledger.out_of_order), (8, 0));
        ended_s(&summary)
    };
    assert!((ended("free") - 5.0).abs() < 1e-9, "all at once; the run itself is longer");
    assert!((ended("one-per-key") - 6.0).abs() < 1e-9, "three after each other");
    assert!((ended("key-to-one-consumer") - 6.0).abs() < 1e-9, "with one place each, too");
}

/// A handler of 3 s under a lease of 2 s is overtaken by its own message, unless it extends the lease.
#[test]
fn a_lease_that_is_extended_does_not_end() {
    let table = [
        ("", "", 1),
        ("extend_every: 1s,", "", 0),
        // Too late: the lease has ended by then.
        ("extend_every: 2500ms,", "", 1),
        // Requests that are lost extend nothing.
        ("extend_every: 1s,", "faults: [lose: {what: request, for: 10s}]", 1),
        ("extend_every: 1s,", "faults: [lose: {what: request, after: 10s, for: 1s}]", 0),
        // Frozen before the first extension: it extends nothing until it goes on.
        ("extend_every: 1s,", "faults: [pause: {target: c#0, after: 500ms, for: 1900ms}]", 1),
    ];
    for (extend, faults, timeouts) in table {
        let consumer = format!("instances: 2, prefetch: 1, {extend} do: [work: 3s]");
        let queue = "ack_timeout: 2s, max_deliveries: 2, on_connection_loss: wait, late_ack: accept";
        let ledger = with(&producer("p", "{at_once: 1}", ""), queue, &consumer, faults).ledger;
        assert_eq!(ledger.ack_timeouts, timeouts, "{extend} {faults}");
    }
}

/// What waits in the buffer is extended as well.
#[test]
fn a_lease_is_extended_in_the_buffer_too() {
    let ledger = |extend: &str| {
        let consumer = format!("prefetch: 3, {extend} do: [work: 1500ms]");
        with(&producer("p", "{at_once: 3}", ""), "ack_timeout: 2s", &consumer, "").ledger
    };
    assert!(ledger("").ack_timeouts > 0);
    let extended = ledger("extend_every: 500ms,");
    assert_eq!((extended.ack_timeouts, extended.deliveries, extended.acks_sent), (0, 3, 3));
}

/// Where a timeout closes the channel there is no lease to extend.
#[test]
fn a_channel_has_no_lease() {
    let queue = "ack_timeout: 2s, on_timeout: return-channel, max_deliveries: 1";
    let consumer = "extend_every: 1s, do: [work: 3s]";
    assert_eq!(with(&producer("p", "{at_once: 1}", ""), queue, consumer, "").ledger.ack_timeouts, 1);
}

/// Five of ten messages of a kilobyte fit; each that is acked lets another in, the last after half a second.
#[test]
fn publishers_wait_at_the_memory_limit() {
    let ten = "p: {arrivals: {at_once: 10}, message: {size: 1kB}, do: [{publish: {to: q, confirm: {timeout: 10s}}}]}";
    let blocked = |limit: &str| {
        let rest = format!("broker: {{memory_limit: {limit}}}");
        let summary = with(ten, "", "prefetch: 1, do: [work: 100ms]", &rest);
        assert_eq!((summary.ledger.stored, summary.outcomes.done), (10, 10));
        let said = summary.remarks.iter().any(|remark| remark.contains("publishers were blocked"));
        assert_eq!(said, !summary.publishers_blocked_for.is_zero());
        (summary.publishers_blocked_for.as_seconds(), latency(&summary, "confirm").max_ms)
    };
    assert_eq!(blocked("5kB"), (0.5, Some(500.0)));
    assert_eq!(blocked("4_500B"), (0.5, Some(500.0)), "the one that oversteps the limit is let in");
    assert_eq!(blocked("10kB"), (0.0, Some(0.0)));
}

/// A publish that waits longer than its producer comes twice, as in life.
#[test]
fn what_waits_too_long_is_published_again() {
    let two = "p: {arrivals: {at_once: 2}, message: {size: 1kB}, \
               do: [{publish: {to: q, confirm: {timeout: 300ms, retries: 1, backoff: 100ms}}}]}";
    let ledger = |queue: &str| {
        with(two, queue, "prefetch: 1, do: [work: 500ms]", "broker: {memory_limit: 1kB}").ledger
    };
    let twice = ledger("");
    assert_eq!((twice.stored, twice.stored_duplicates, twice.confirmed), (3, 1, 2));
    let once = ledger("dedup_window: 1min");
    assert_eq!((once.stored, once.deduplicated, once.confirmed), (2, 1, 2));
}

/// Dead letters and what is acked make room; a copy that moves takes its bytes along.
#[test]
fn a_dead_letter_keeps_its_place_in_memory() {
    let three = producer("p", "{at_once: 3}", "size: 1kB");
    let faults = "broker: {memory_limit: 2kB}\nfaults: [fail: {target: c, for: 10s}]";
    let text = |target: &str| {
        format!(
            "run_for: 5s\nproducers: {{{three}}}\nqueues: {{q: {{{target}}}, dead: {{}}}}\n\
             consumers: {{c: {{from: q, on_error: reject, do: [work: 1s]}}}}\n{faults}\n"
        )
    };
    assert_eq!(run(&text("")).ledger.stored, 3);
    assert_eq!(run(&text("dead_letter: dead")).ledger.stored, 2, "nobody takes the dead letters away");
}

/// Refused at 10 ms, hidden for 1 s, then for 3 s each time.
#[test]
fn redelivery_delays_go_through_their_list() {
    let summary = |on_error: &str| {
        let consumer = format!("{on_error} do: [work: 10ms]");
        let queue = "redelivery_delay: [1s, 3s], max_deliveries: 4";
        let faults = "faults: [fail: {target: c, for: 1min}]";
        ended_s(&with(&producer("p", "{at_once: 1}", ""), queue, &consumer, faults))
    };
    assert!((summary("") - 7.04).abs() < 1e-9);
    assert!((summary("on_error: {requeue_after: 2s},") - 6.04).abs() < 1e-9, "the consumer's own wins");
}
