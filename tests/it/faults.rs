//! Each fault at each place, in scenarios small enough to count by hand.
//!
//! Time: a message every 100 ms from 100 ms on, unless a scenario says otherwise; no latency.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, latency, run};

/// Ten messages into `q`, one every 100 ms, handled in 10 ms; until nothing is left.
fn ten(queue: &str, consumer: &str, faults: &str) -> Summary {
    run(&format!(
        "run_for: 1050ms\nuntil: drained\n\
         producers: {{p: {{arrivals: {{every: 100ms}}, do: [publish: q]}}}}\n\
         queues: {{q: {{{queue}}}, dead: {{}}}}\n\
         consumers: {{c: {{from: q, do: [work: 10ms], {consumer}}}}}\nfaults: [{faults}]\n"
    ))
}

/// `deliveries, executions, effects, acks received, done, lost`.
fn counts(summary: &Summary) -> [u64; 6] {
    let ledger = summary.ledger;
    let outcomes = summary.outcomes;
    [ledger.deliveries, ledger.executions, ledger.effects, ledger.acks_received, outcomes.done, outcomes.lost]
}

/// The fifth message is struck once: a crash at each point, for each way of acking, and what it costs.
#[test]
fn a_crash_at_a_point_costs_what_was_not_yet_acked() {
    let table = [
        ("after-handling", "received", [11, 10, 10, 10, 10, 0]),
        ("after-handling", "worked", [11, 11, 10, 10, 10, 0]),
        ("after-handling", "applied", [11, 11, 11, 10, 10, 0]),
        ("after-handling", "before-ack", [11, 11, 11, 10, 10, 0]),
        ("after-handling", "acked", [10, 10, 10, 10, 10, 0]),
        // Acked first: what was not applied is lost, and nothing comes twice.
        ("before-handling", "received", [11, 10, 10, 10, 10, 0]),
        ("before-handling", "before-ack", [11, 10, 10, 10, 10, 0]),
        ("before-handling", "acked", [10, 9, 9, 10, 9, 1]),
        ("before-handling", "worked", [10, 10, 9, 10, 9, 1]),
        ("before-handling", "applied", [10, 10, 10, 10, 10, 0]),
        // Never acked by the consumer: the broker forgot on sending.
        ("on-delivery", "received", [10, 9, 9, 0, 9, 1]),
        ("on-delivery", "worked", [10, 10, 9, 0, 9, 1]),
        ("on-delivery", "applied", [10, 10, 10, 0, 10, 0]),
    ];
    for (ack, point, expected) in table {
        // Armed for the 90 ms around the fifth message, which comes at 500 ms.
        let strike =
            format!("{{crash: {{target: c, when: {point}, after: 450ms, for: 90ms, restart_after: 50ms}}}}");
        // Back at 550 ms or 560 ms, beyond the fault's window.
        let summary = ten("", &format!("ack: {ack}"), &strike);
        assert_eq!(counts(&summary), expected, "ack {ack}, crash at {point}");
        assert_eq!(summary.ledger.redeliveries, expected[0] - 10);
        assert_eq!(summary.faults[0].1.fired, 1);
    }
}

/// A cut strikes the connection and not the handler, which goes on and applies its effect.
#[test]
fn a_cut_at_a_point_returns_what_was_not_yet_acked() {
    let table = [
        ("return", "received", [11, 11, 11, 10, 10, 0]),
        ("return", "worked", [11, 11, 11, 10, 10, 0]),
        ("return", "before-ack", [11, 11, 11, 10, 10, 0]),
        // The ack travels no time, and is on its way before the cut.
        ("return", "acked", [10, 10, 10, 10, 10, 0]),
        // A lease outlives its connection: the ack is sent when that is back.
        ("wait", "received", [10, 10, 10, 10, 10, 0]),
        ("wait", "before-ack", [10, 10, 10, 10, 10, 0]),
    ];
    for (on_loss, point, expected) in table {
        let strike =
            format!("{{cut: {{target: c, when: {point}, after: 450ms, for: 90ms, restart_after: 50ms}}}}");
        let summary = ten(&format!("on_connection_loss: {on_loss}"), "ack: after-handling", &strike);
        assert_eq!(counts(&summary), expected, "{on_loss}, cut at {point}");
    }
}

/// The number returned is the whole window, not the number processed: prefetch 1, 10, 50 (measured).
#[test]
fn a_broken_connection_returns_its_whole_window() {
    for prefetch in [1, 10, 50] {
        let summary = run(&format!(
            "run_for: 1s\nuntil: drained\nproducers: {{p: {{arrivals: {{at_once: 100}}, do: [publish: q]}}}}\n\
             queues: {{q: {{ack_timeout: off}}}}\nconsumers: {{c: {{from: q, prefetch: {prefetch}, do: [work: 1s]}}}}\n\
             faults: [{{cut: {{target: c, after: 500ms}}}}]\n"
        ));
        assert_eq!(summary.ledger.redeliveries, prefetch, "prefetch {prefetch}");
        // Its one handler goes on; what it did is done again.
        assert_eq!(summary.ledger.duplicate_effects, 1, "prefetch {prefetch}");
        assert_eq!(summary.outcomes.done, 100);
    }
}

/// The message at 500 ms is out when the consumer dies at 505 ms; it is back at 555 ms.
#[test]
fn who_notices_a_death_depends_on_how_it_came() {
    let table = [
        // The process died: its connection closes at once, and the copy waits for the restart.
        ("", "process", 100.0),
        // The machine died: nobody notices until it is back and opens anew; that copy waits for its lease.
        ("ack_timeout: 1s, heartbeat: off", "machine", 1000.0),
        // The heartbeat, at 805 ms, is faster than the lease; the eighth is being handled until 810 ms.
        ("ack_timeout: 1s, heartbeat: 300ms", "machine", 310.0),
    ];
    for (queue, how, back_after) in table {
        let strike = format!("{{crash: {{target: c, after: 505ms, restart_after: 50ms, how: {how}}}}}");
        let summary = ten(queue, "prefetch: 5", &strike);
        assert_eq!(counts(&summary), [11, 10, 10, 10, 10, 0], "{queue}, {how}");
        let slowest = latency(&summary, "end_to_end").max_ms.expect("ten were done");
        let expected = if how == "process" { 65.0 } else { back_after + 10.0 };
        assert!((slowest - expected).abs() < 1e-9, "{queue}, {how}: {slowest} and not {expected}");
    }
}

/// A pause is no crash: what was being handled goes on as a zombie when its lease has long run out.
#[test]
fn a_paused_consumer_goes_on_as_a_zombie() {
    // At 505 ms, in the middle of the fifth, until 1 505 ms; its lease of 600 ms ends at 1 100 ms. Then it is
    // the frozen instance's turn, which handles it twice when it thaws: to 1 510 ms and to 1 520 ms.
    let pause = "{pause: {target: \"c#0\", after: 505ms, for: 1s}}";
    let summary = ten("ack_timeout: 600ms", "instances: 2, prefetch: 1", pause);
    // In turn: the odd ones go to instance 0, so it holds the fifth alone; instance 1 does the rest.
    assert_eq!(counts(&summary), [11, 11, 11, 11, 10, 0]);
    assert_eq!((summary.ledger.ack_timeouts, summary.ledger.late_acks), (1, 1));
    assert_eq!(summary.ledger.duplicate_effects, 1, "the zombie's effect comes on top");
    let longest = latency(&summary, "handler").max_ms.expect("eleven handlings");
    assert!((longest - 1010.0).abs() < 1e-9, "frozen for a second: {longest}");
}

/// A client that pulls under leases asks for nothing while it is dead or frozen, and so wastes no delivery.
#[test]
fn a_silent_client_that_pulls_gets_nothing() {
    for fault in [
        "{crash: {target: c, how: machine, after: 550ms, restart_after: 500ms}}",
        "{pause: {target: c, after: 550ms, for: 500ms}}",
    ] {
        let summary = ten("profile: sqs, ack_timeout: 200ms", "prefetch: 10", fault);
        assert_eq!(counts(&summary), [10, 10, 10, 10, 10, 0], "{fault}");
        assert_eq!(summary.ledger.ack_timeouts, 0, "{fault}");
    }
}

/// A copy that may not be delivered again does not wait for its delay first.
#[test]
fn the_delivery_limit_strikes_before_a_delay() {
    let fail = "{fail: {target: c, after: 450ms, for: 100ms}}";
    let summary = ten("max_deliveries: 1, dead_letter: dead", "on_error: {requeue_after: 1h}", fail);
    assert_eq!((summary.outcomes.done, summary.outcomes.dead_lettered), (9, 1));
    assert!(summary.ended_at.as_seconds() < 2.0, "it ended at {} s", summary.ended_at.as_seconds());
}

/// What happens at the very edge of the last window is in the series.
#[test]
fn a_run_that_ends_on_the_edge_of_a_window_shows_its_end() {
    let summary = run("run_for: 950ms\nuntil: drained\n\
         producers: {p: {arrivals: {every: 100ms}, do: [publish: q]}}\nqueues: {q: {}}\n\
         consumers: {c: {from: q, do: [work: 100ms]}}\n");
    assert_eq!(summary.ended_at.as_nanos(), 1_000_000_000);
    let series = &summary.queues[0].1.series;
    assert_eq!(series.iter().map(|point| point.executed).sum::<u64>(), 9);
    let last = series.last().expect("there are windows");
    assert_eq!((last.until_s.to_string().as_str(), last.unacked, last.backlog), ("1", 0, 0));
}

#[test]
fn each_kind_of_message_can_be_lost() {
    // Armed for one message only, the one at 500 ms.
    let lose = |what: &str| format!("{{lose: {{what: {what}, after: 450ms, for: 100ms}}}}");
    let summary = ten("ack_timeout: 200ms", "prefetch: 5", &lose("publish"));
    assert_eq!((counts(&summary), summary.outcomes.lost), ([9, 9, 9, 9, 9, 1], 1), "nobody knows");
    let summary = ten("ack_timeout: 200ms", "prefetch: 5", &lose("delivery"));
    assert_eq!(counts(&summary), [11, 10, 10, 10, 10, 0], "sent again at its timeout");
    let summary = ten("ack_timeout: 200ms", "prefetch: 5", &lose("ack"));
    assert_eq!(counts(&summary), [11, 11, 11, 10, 10, 0], "handled again at its timeout");
    assert_eq!(summary.ledger.acks_sent, 11);
    let both = format!("{}, {{fail: {{target: c, after: 450ms, for: 100ms}}}}", lose("nack"));
    let summary = ten("ack_timeout: 200ms", "prefetch: 5", &both);
    assert_eq!(counts(&summary), [11, 11, 10, 10, 10, 0], "failed, and sent again at its timeout");
    assert_eq!((summary.ledger.nacks, summary.ledger.ack_timeouts), (0, 1));
    let summary = ten("", "ack: on-delivery", &lose("delivery"));
    assert_eq!(counts(&summary), [9 + 1, 9, 9, 0, 9, 1], "the broker had forgotten it");
}

#[test]
fn slow_and_fail_strike_attempts_and_poison_messages() {
    let slow = ten("", "prefetch: 5", "{slow: {target: c, factor: 5, after: 450ms, for: 100ms}}");
    let handler = latency(&slow, "handler");
    assert_eq!((handler.max_ms, handler.p50_ms.map(f64::round)), (Some(50.0), Some(10.0)));
    let fail = ten("max_deliveries: 3", "", "{fail: {target: c, after: 450ms, for: 60ms}}");
    // Armed until 510 ms: the first attempt ends exactly then and passes.
    assert_eq!(counts(&fail), [10, 10, 10, 10, 10, 0]);
    let fail = ten("max_deliveries: 3", "", "{fail: {target: c, after: 450ms, for: 75ms}}");
    // Attempts end at 510 ms, 520 ms (both fail) and 530 ms.
    assert_eq!((counts(&fail), fail.ledger.nacks), ([12, 12, 10, 10, 10, 0], 2));
    let poison = ten("max_deliveries: 3, dead_letter: dead", "", "{poison: {of: p, probability: 100%}}");
    assert_eq!(counts(&poison), [30, 30, 0, 0, 0, 0]);
    assert_eq!(
        (poison.outcomes.dead_lettered, poison.ledger.nacks, fault(&poison, "poison").fired),
        (10, 30, 30)
    );
}

/// Poison with a window is a bug that is mended: its messages fail at every attempt until then.
#[test]
fn poison_can_be_mended() {
    let summary = ten("", "", "{poison: {of: p, probability: 100%, after: 450ms, for: 100ms}}");
    // Attempts at the fifth end every 10 ms from 510 ms on, and that of 550 ms succeeds.
    assert_eq!(counts(&summary), [14, 14, 10, 10, 10, 0]);
    assert_eq!(fault(&summary, "poison").fired, 4);
}

/// Work in a producer is slowed as well.
#[test]
fn a_producers_work_can_be_slow() {
    let summary = run(
        "run_for: 1s\nproducers: {p: {arrivals: {every: 100ms}, do: [work: 10ms, publish: q]}}\nqueues: {q: {}}\n\
         faults: [{slow: {target: p, factor: 5, after: 450ms, for: 100ms}}]\n",
    );
    assert_eq!(fault(&summary, "slow").fired, 1);
    assert_eq!(latency(&summary, "operation").max_ms, Some(50.0));
}

/// Arrivals while a producer is down fail; so does what it was doing.
#[test]
fn a_dead_producer_fails_its_arrivals() {
    let summary = run("run_for: 1050ms\nuntil: drained\n\
         producers: {p: {arrivals: {every: 100ms}, do: [work: 20ms, publish: {to: q, confirm: {timeout: 1s}}]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q}}\n\
         faults: [{crash: {target: p, after: 510ms, restart_after: 150ms}}]\n");
    let operations = summary.operations;
    // The one from 500 ms dies, the one of 600 ms finds nobody.
    assert_eq!((operations.started, operations.succeeded, operations.failed), (10, 8, 2));
    assert_eq!((summary.ledger.published, summary.outcomes.done), (8, 8));
}

/// A user who thinks while its producer dies and comes back finds it there again.
#[test]
fn a_thinking_user_survives_a_crash() {
    let summary = run("run_for: 1050ms\nuntil: drained\n\
         producers: {p: {arrivals: {users: 1, think: 100ms}, do: [publish: q]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q}}\n\
         faults: [{crash: {target: p, after: 510ms, restart_after: 50ms}}]\n");
    // At 0, 100 … 1000 ms; down from 510 ms to 560 ms only.
    assert_eq!((summary.operations.succeeded, summary.operations.failed), (11, 0));
}

/// A consumer that crashes forgets its unsent acks, and acks later ones in time again.
#[test]
fn a_batch_goes_on_after_a_crash() {
    let strike = "{crash: {target: c, after: 520ms, restart_after: 10ms}}";
    let summary = ten("ack_timeout: 10s", "ack: {batch: 100, every: 50ms}", strike);
    // The fifth was handled at 510 ms and its ack waited for 560 ms: it comes again, once.
    assert_eq!(counts(&summary), [11, 11, 11, 10, 10, 0]);
    assert_eq!(summary.ledger.ack_timeouts, 0, "every later ack leaves 50 ms after its handling");
}

/// A confirm and its timeout both wait while the producer is frozen; the confirm came first.
#[test]
fn a_pause_does_not_time_a_later_publish_out() {
    let summary = run("run_for: 1s\nuntil: drained\nnetwork: {latency: 10ms}\n\
         producers: {p: {arrivals: {trace: t.csv}, do: [publish: {to: q, confirm: {timeout: 50ms}}, \
         publish: {to: q, confirm: {timeout: 1s}}]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q}}\n\
         faults: [{pause: {target: p, after: 105ms, for: 200ms}}]\n"
        .replace("{trace: t.csv}", "{for: 150ms, every: 100ms}")
        .as_str());
    // Published at 100 ms, confirmed at 120 ms and due at 150 ms, both heard at 305 ms.
    assert_eq!((summary.operations.succeeded, summary.operations.timed_out), (1, 0));
    assert_eq!((summary.ledger.published, summary.ledger.stored, summary.outcomes.done), (2, 2, 2));
}

/// What arrives at a frozen producer is an operation from its arrival on: it begins when the producer thaws,
/// a drain waits for it, and without one it is unfinished.
#[test]
fn arrivals_at_a_frozen_producer_count() {
    let text = "run_for: 1050ms\n\
         producers: {p: {arrivals: {every: 100ms}, do: [publish: q]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q}}\n\
         faults: [{pause: {target: p, after: 510ms, for: 1s}}]\n";
    let cut_short = run(text).operations;
    assert_eq!((cut_short.started, cut_short.succeeded, cut_short.unfinished), (10, 5, 5));
    let drained = run(&format!("until: drained\n{text}"));
    assert_eq!((drained.operations.started, drained.operations.succeeded), (10, 10));
    // The one of 600 ms waited until 1510 ms.
    assert_eq!(latency(&drained, "operation").max_ms, Some(910.0));
}
