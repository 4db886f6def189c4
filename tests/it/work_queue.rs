//! A message's life in a work queue, in scenarios small enough to count by hand.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{consumer, latency, queue, run, shaving};

/// One queue `q` with a dead-letter queue `dead`, a consumer `c`, until nothing is left.
fn one(arrivals: &str, publish: &str, queue: &str, consumer: &str, faults: &str) -> Summary {
    run(&format!(
        "run_for: 2s\nuntil: drained\nproducers: {{p: {{arrivals: {arrivals}, do: [{{publish: {publish}}}]}}}}\n\
         queues: {{q: {{{queue}}}, dead: {{}}}}\nconsumers: {{c: {{from: q, {consumer}}}}}\nfaults: [{faults}]\n"
    ))
}

/// What is no consumer's: a queue that only fills.
fn filled(count: u32, publish: &str, queue: &str) -> Summary {
    run(&format!(
        "run_for: 2s\nproducers: {{p: {{arrivals: {{at_once: {count}}}, do: [{{publish: {publish}}}]}}}}\n\
         queues: {{q: {{{queue}}}, dead: {{}}}}\n"
    ))
}

/// Confirms are lost for a while, so every attempt stores a copy; dedup, or its absence, decides the rest.
#[test]
fn lost_confirms_make_copies_unless_the_id_is_known() {
    let lost = "{lose: {what: confirm, for: 250ms}}";
    // At 0, 100, 200 and 300 ms: three retries, and the last confirm comes.
    let publish =
        |id: &str| format!("{{to: q, confirm: {{timeout: 90ms, retries: 5, backoff: 10ms, id: {id}}}}}");
    let table = [
        ("", "keep", [4, 3, 0]),
        ("dedup_window: 10s", "keep", [1, 0, 3]),
        ("dedup_window: 10s", "new", [4, 3, 0]),
        // The window counts from the first copy and is not renewed: it ends at 200 ms, that instant excluded.
        ("dedup_window: 200ms", "keep", [2, 1, 2]),
        ("dedup_window: 201ms", "keep", [2, 1, 2]),
        ("dedup_window: 301ms", "keep", [1, 0, 3]),
    ];
    for (queue, id, expected) in table {
        let summary = one("{at_once: 1}", &publish(id), queue, "do: [work: 1ms]", lost);
        let ledger = summary.ledger;
        assert_eq!(
            [ledger.stored, ledger.stored_duplicates, ledger.deduplicated],
            expected,
            "{queue} and id {id}"
        );
        assert_eq!((ledger.published, ledger.confirmed, summary.outcomes.done), (1, 1, 1));
        assert_eq!(ledger.duplicate_effects, expected[1]);
        assert_eq!(latency(&summary, "confirm").max_ms, Some(300.0));
    }
}

/// Nobody answers: attempts at 0, then after each timeout and backoff, until the last times out.
#[test]
fn retries_back_off_and_give_up() {
    let table = [
        ("retries: 0, backoff: 10ms", 100.0, 1),
        ("retries: 3, backoff: 10ms", 430.0, 4),
        ("retries: 3, backoff: {base: 10ms, factor: 2}", 470.0, 4),
        ("retries: 4, backoff: {base: 10ms, factor: 3, cap: 50ms}", 640.0, 5),
    ];
    for (retries, ended_ms, attempts) in table {
        let publish = format!("{{to: q, confirm: {{timeout: 100ms, {retries}}}}}");
        let summary = one(
            "{at_once: 1}",
            &publish,
            "",
            "do: [work: 1ms]",
            "{lose: {what: publish, probability: 100%}}",
        );
        assert_eq!(summary.operations.timed_out, 1);
        assert_eq!(latency(&summary, "operation_failed").max_ms, Some(ended_ms), "{retries}");
        assert_eq!((summary.faults[0].1.fired, summary.outcomes.refused), (attempts, 1), "{retries}");
    }
}

/// Handler 0.8 s, limit 2 s, twelve messages (measured on `RabbitMQ`): with prefetch 10 the copies that wait
/// behind a slow one time out with it, and the channel closes; with prefetch 1 nothing does.
#[test]
fn prefetched_copies_age_behind_a_slow_one() {
    let closures = |prefetch: u32, on_timeout: &str| {
        let settings = format!("ack_timeout: 2s, on_timeout: {on_timeout}");
        let handler = format!("prefetch: {prefetch}, do: [work: 800ms]");
        one("{at_once: 12}", "q", &settings, &handler, "").ledger
    };
    let patient = closures(1, "return-channel");
    assert_eq!((patient.ack_timeouts, patient.deliveries, patient.duplicate_effects), (0, 12, 0));
    let eager = closures(10, "return-channel");
    // Of each window two are acked and the third is late, five times; the last two are in time.
    assert_eq!((eager.ack_timeouts, eager.duplicate_effects, eager.executions), (5, 5, 17));
    assert_eq!(eager.late_acks, eager.ack_timeouts, "the handler that ran finishes too late, each time");
}

#[test]
fn a_late_ack_does_what_the_policy_says() {
    // Handled from 0 to 300 ms; the lease ends at 200 ms and the copy goes to whoever is free.
    let late = |policy: &str| {
        let settings = format!("ack_timeout: 200ms, max_deliveries: 2, late_ack: {policy}");
        let handler = "instances: 2, prefetch: 1, do: [work: 300ms]";
        one("{at_once: 1}", "q", &settings, handler, "").ledger
    };
    let [ignored, accepted, unless] = ["ignore", "accept", "accept-unless-redelivered"].map(late);
    // The second delivery, from 200 ms on, is acked at 500 ms and times out at 400 ms, unless it is deleted.
    assert_eq!((ignored.deliveries, ignored.ack_timeouts, ignored.late_acks), (2, 2, 2));
    assert_eq!((accepted.deliveries, accepted.ack_timeouts, accepted.late_acks), (2, 1, 2));
    assert_eq!((unless.deliveries, unless.ack_timeouts, unless.late_acks), (2, 2, 2));
    // Alone, and returned behind another: at 300 ms the first is in line and was not delivered again.
    let behind = |policy: &str| {
        let settings = format!("ack_timeout: 200ms, max_deliveries: 2, requeue: tail, late_ack: {policy}");
        one("{at_once: 2}", "q", &settings, "prefetch: 1, do: [work: 300ms]", "").ledger.deliveries
    };
    assert_eq!(["ignore", "accept-unless-redelivered"].map(behind), [4, 3]);
}

#[test]
fn an_error_is_answered_as_the_consumer_says() {
    // The first attempt fails at 10 ms.
    let fail = "{fail: {target: c, for: 15ms}}";
    let answer = |on_error: &str, queue: &str| {
        one("{at_once: 1}", "q", queue, &format!("on_error: {on_error}, do: [work: 10ms]"), fail)
    };
    let requeued = answer("requeue", "");
    assert_eq!((requeued.ledger.nacks, latency(&requeued, "end_to_end").max_ms), (1, Some(20.0)));
    let delayed = answer("{requeue_after: 100ms}", "");
    assert_eq!((delayed.ledger.nacks, latency(&delayed, "end_to_end").max_ms), (1, Some(120.0)));
    let silent = answer("no-answer", "ack_timeout: 500ms");
    assert_eq!((silent.ledger.nacks, silent.ledger.ack_timeouts), (0, 1));
    assert_eq!(latency(&silent, "end_to_end").max_ms, Some(510.0));
    let rejected = answer("reject", "");
    assert_eq!((rejected.outcomes.dropped, rejected.ledger.deliveries), (1, 1));
    let buried = answer("reject", "dead_letter: dead");
    assert_eq!((buried.outcomes.dead_lettered, queue(&buried, "dead").depth.peak), (1, 1.0));
}

/// Three messages, the first fails once: where it goes decides when it is done.
#[test]
fn a_returned_copy_goes_where_the_policy_says() {
    let fail = "{fail: {target: c, for: 15ms}}";
    for (requeue, done_ms) in [("original-place", 20.0), ("head", 20.0), ("tail", 40.0)] {
        let settings = format!("requeue: {requeue}");
        let summary = one("{at_once: 3}", "q", &settings, "prefetch: 1, do: [work: 10ms]", fail);
        let waits = latency(&summary, "end_to_end");
        // The others end at 30 and 40 ms, or at 20 and 30 ms; the sum is the same.
        assert_eq!(waits.mean_ms, Some(30.0));
        assert_eq!(summary.ledger.redeliveries, 1);
        let out_of_order = u64::from(requeue == "tail");
        assert_eq!(waits.max_ms, Some(40.0), "{requeue} done at {done_ms}");
        let keyed = one_key(&settings, fail);
        assert_eq!(keyed.ledger.out_of_order, out_of_order, "{requeue}");
    }
}

fn one_key(queue: &str, faults: &str) -> Summary {
    run(&format!(
        "run_for: 2s\nuntil: drained\n\
         producers: {{p: {{arrivals: {{at_once: 3}}, message: {{key: 1}}, do: [publish: q]}}}}\n\
         queues: {{q: {{{queue}}}}}\nconsumers: {{c: {{from: q, prefetch: 1, do: [work: 10ms]}}}}\n\
         faults: [{faults}]\n"
    ))
}

#[test]
fn a_full_queue_does_what_the_policy_says() {
    let confirm = "{to: q, confirm: {timeout: 1s}}";
    let rejected = filled(10, confirm, "max_length: 4");
    assert_eq!((rejected.outcomes.unfinished, rejected.outcomes.refused), (4, 6));
    assert_eq!((rejected.operations.succeeded, rejected.operations.rejected), (4, 6));
    let untold = filled(10, "q", "max_length: 4");
    assert_eq!((untold.outcomes.unfinished, untold.outcomes.dropped), (4, 6), "nobody was told");
    let dropped = filled(10, confirm, "max_length: 4, overflow: drop-head");
    assert_eq!((dropped.outcomes.unfinished, dropped.outcomes.dropped), (4, 6));
    assert_eq!((dropped.operations.succeeded, dropped.ledger.stored), (10, 10), "confirmed all the same");
    let moved = filled(10, "q", "max_length: 4, overflow: drop-head, dead_letter: dead");
    assert_eq!((moved.outcomes.unfinished, moved.outcomes.dead_lettered), (4, 6));
    assert_eq!((queue(&moved, "q").depth.peak, queue(&moved, "dead").depth.peak), (4.0, 6.0));
    let blocked = filled(10, confirm, "max_length: 4, overflow: block");
    assert_eq!((blocked.ledger.stored, blocked.outcomes.refused), (4, 0));
    assert_eq!(
        (blocked.operations.timed_out, blocked.outcomes.unfinished),
        (6, 10),
        "they wait at the broker"
    );
    let freed =
        one("{at_once: 10}", "q", "max_length: 4, overflow: block", "prefetch: 1, do: [work: 10ms]", "");
    assert_eq!((freed.outcomes.done, queue(&freed, "q").depth.peak), (10, 4.0));
    assert_eq!(latency(&freed, "wait").max_ms, Some(40.0), "four are before it at the most");
}

#[test]
fn a_time_to_live_ends_at_the_head() {
    let busy = "prefetch: 1, do: [work: 100ms]";
    // One is handled from 0; the others wait until 100, 200 … ms and live for 250 ms.
    let expired = one("{at_once: 10}", "q", "message_ttl: 250ms", busy, "");
    assert_eq!((expired.outcomes.done, expired.outcomes.expired), (3, 7));
    let buried = one("{at_once: 10}", "q", "message_ttl: 250ms, dead_letter: dead", busy, "");
    assert_eq!((buried.outcomes.done, buried.outcomes.dead_lettered), (3, 7));
    // Prefetched copies are out, and do not expire; one that returns does.
    let held = one("{at_once: 10}", "q", "message_ttl: 250ms", "prefetch: 10, do: [work: 100ms]", "");
    assert_eq!(held.outcomes.done, 10);
    let cut = "{cut: {target: c, after: 350ms}}";
    let returned = one("{at_once: 10}", "q", "message_ttl: 250ms", "prefetch: 10, do: [work: 100ms]", cut);
    assert_eq!((returned.outcomes.done, returned.outcomes.expired), (4, 6), "the fourth was being handled");
}

#[test]
fn a_delivery_limit_buries_or_drops() {
    let poison = "{poison: {of: p, probability: 100%}}";
    for limit in 1..=4 {
        let settings = format!("max_deliveries: {limit}");
        let dropped = one("{at_once: 5}", "q", &settings, "do: [work: 1ms]", poison);
        assert_eq!((dropped.outcomes.dropped, dropped.ledger.deliveries), (5, 5 * limit));
        let buried = one("{at_once: 5}", "q", &(settings + ", dead_letter: dead"), "do: [work: 1ms]", poison);
        assert_eq!((buried.outcomes.dead_lettered, buried.ledger.redeliveries), (5, 5 * (limit - 1)));
    }
}

/// A copy that goes round by expiry alone is dropped when it would come back; a rejected one may go round.
#[test]
fn dead_letters_do_not_circle_by_themselves() {
    let circle = |consumers: &str| {
        run(&format!(
            "run_for: 1s\nproducers: {{p: {{arrivals: {{at_once: 3}}, do: [publish: a]}}}}\n\
             queues: {{a: {{message_ttl: 100ms, dead_letter: b}}, b: {{message_ttl: 100ms, dead_letter: a}}}}\n\
             {consumers}"
        ))
    };
    let alone = circle("");
    assert_eq!((alone.ledger.dead_lettered, alone.outcomes.dropped), (3, 0), "moved once, then dropped");
    assert_eq!(alone.outcomes.dead_lettered, 3);
    let refused = circle(
        "consumers: {c: {from: a, on_error: reject, do: []}}\nfaults: [{poison: {of: p, probability: 100%}}]\n",
    );
    // Rejected at 0, 100 … 900 ms, and back from `b` 100 ms later each time.
    assert_eq!((refused.ledger.nacks, refused.ledger.dead_lettered), (30, 30 + 27));
}

/// Two copies of one message that are dead-lettered one after the other are handled twice there.
#[test]
fn a_dead_letter_group_remembers_a_message_while_another_copy_lives() {
    let summary = run("run_for: 2s\nuntil: drained\n\
         producers: {p: {arrivals: {at_once: 1}, do: [publish: {to: q, confirm: {timeout: 90ms, retries: 1, backoff: 10ms}}]}}\n\
         queues: {q: {dead_letter: dead}, dead: {}}\n\
         consumers:\n  c: {from: q, prefetch: 1, on_error: reject, do: [work: 70ms]}\n  d: {from: dead}\n\
         faults: [{lose: {what: confirm, for: 50ms}}, {fail: {target: c, probability: 100%}}]\n");
    // Rejected at 70 ms and 170 ms; the second copy is stored at 100 ms.
    assert_eq!((summary.ledger.stored, summary.ledger.dead_lettered, summary.ledger.executions), (2, 2, 4));
    assert_eq!((summary.ledger.duplicate_executions, summary.ledger.duplicate_effects), (2, 1));
}

#[test]
fn a_connection_per_message_pays_its_handshake() {
    let confirm = |connection: &str| {
        let summary = run(&format!(
            "run_for: 1s\nnetwork: {{latency: 10ms}}\n\
             producers: {{p: {{arrivals: {{at_once: 1}}, connection: {connection}, \
             do: [publish: {{to: q, confirm: {{timeout: 1s}}}}]}}}}\n\
             queues: {{q: {{handshake_round_trips: 3}}}}\n"
        ));
        latency(&summary, "confirm").max_ms
    };
    assert_eq!((confirm("kept"), confirm("per-message")), (Some(20.0), Some(20.0 + 60.0)));
}

/// Three users, each 50 ms of work and 150 ms of thinking: five rounds a second each.
#[test]
fn users_are_a_closed_loop() {
    let summary = run(
        "run_for: 10s\nproducers: {p: {arrivals: {users: 3, think: 150ms}, do: [work: 50ms, publish: q]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q, do: [work: 20ms]}}\n",
    );
    assert_eq!(summary.operations.started, 150);
    assert_eq!(summary.throughput.offered, Some(15.0));
    let busy = consumer(&summary, "c").utilization.expect("time passed");
    assert!((busy - 0.3).abs() < 1e-12, "15/s of 20 ms, not {busy}");
}

#[test]
fn a_warm_up_cuts_statistics_and_not_the_ledger() {
    let scenario = |warm_up: &str| {
        run(&format!(
            "run_for: 10s\n{warm_up}producers: {{p: {{arrivals: {{every: 10ms}}, do: [publish: q]}}}}\n\
             queues: {{q: {{}}}}\nconsumers: {{c: {{from: q, do: [work: 4ms]}}}}\n"
        ))
    };
    let (whole, cut) = (scenario(""), scenario("warm_up: 4s\n"));
    assert_eq!((whole.ledger, whole.outcomes), (cut.ledger, cut.outcomes));
    // At 10 ms … 9.99 s; from 4 s on there are 600 of them.
    assert_eq!((latency(&whole, "wait").count, latency(&cut, "wait").count), (999, 600));
    assert_eq!((cut.throughput.offered, cut.throughput.completed), (Some(100.0), Some(100.0)));
    assert_eq!(whole.trace_hash, cut.trace_hash, "measuring changes nothing");
    let auto = scenario("warm_up: auto\n");
    assert_eq!((auto.ledger, auto.trace_hash), (whole.ledger, whole.trace_hash));
    assert!(auto.remarks.iter().any(|remark| remark.contains("MSER-5")), "{:?}", auto.remarks);
}

/// A backlog that is gone when the busiest phase ends has drained at once, even if nothing happens after it.
#[test]
fn silence_after_a_burst_is_a_drain() {
    let summary = run("run_for: 6s\nuntil: drained\n\
         producers: {p: {arrivals: [{for: 1s, every: 100ms}, {for: 5s, every: 10s}], do: [publish: q]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q, do: [work: 1ms]}}\n");
    assert_eq!(shaving(&summary, "q").drain_time, Some(0.0));
}

/// The first attempt is refused at 150 ms, which is heard at 300 ms, when the second is on its way since
/// 200 ms: that one is stored at 350 ms, but its own confirm is late as well.
#[test]
fn a_refusal_is_of_the_attempt_it_answers() {
    let summary = run("run_for: 2s\nuntil: drained\nnetwork: {latency: 150ms}\n\
         producers:\n  filler: {arrivals: {at_once: 1}, do: [publish: q]}\n  \
         p: {arrivals: {at_once: 1}, do: [publish: {to: q, confirm: {timeout: 200ms, retries: 1, backoff: 0s}}]}\n\
         queues: {q: {max_length: 1, overflow: reject, message_ttl: 100ms}}\n");
    assert_eq!((summary.operations.timed_out, summary.operations.rejected), (1, 0));
    assert_eq!(latency(&summary, "operation_failed").max_ms, Some(400.0));
}
