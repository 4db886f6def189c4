//! What a disk is worth: group commit, and what one broker has after its death, counted by hand.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, latency, run};

/// `count` publishes at once, each confirmed after a write of 10 ms.
fn written(count: u32, queue: &str, message: &str) -> Summary {
    run(&format!(
        "run_for: 2s\nbroker: {{fsync: 10ms}}\nqueues: {{q: {{{queue}}}}}\n\
         producers: {{p: {{arrivals: {{at_once: {count}}}, message: {{{message}}}, do: [{{publish: {{to: q, \
         confirm: {{timeout: 1s}}}}}}]}}}}\n"
    ))
}

#[test]
fn what_arrives_during_a_write_shares_the_next() {
    let one = written(1, "", "");
    assert_eq!(latency(&one, "confirm").max_ms, Some(10.0));
    let five = written(5, "", "");
    let confirm = latency(&five, "confirm");
    assert_eq!(confirm.count, 5);
    // The first is written alone, the other four together behind it.
    assert_eq!((confirm.mean_ms, confirm.max_ms), (Some((10.0 + 4.0 * 20.0) / 5.0), Some(20.0)));
}

#[test]
fn what_need_not_be_on_disk_is_confirmed_at_once() {
    for (queue, message) in [("durable: false", ""), ("", "persistent: false")] {
        let summary = written(5, queue, message);
        assert_eq!(latency(&summary, "confirm").max_ms, Some(0.0), "{queue}{message}");
    }
}

/// Poisson arrivals of rate λ, writes of constant length f. During a write λf arrive on average and wait for
/// the rest of it (f/2) and their own write; after a write nothing has arrived with probability e^-λf, and then
/// the next one is written at once. So the mean is (λf·1.5f + e^-λf·f) / (λf + e^-λf).
#[test]
fn group_commit_of_poisson_arrivals_takes_what_theory_says() {
    for (rate, load) in [(20.0, 0.2), (100.0, 1.0), (500.0, 5.0)] {
        let summary = run(&format!(
            "run_for: 200s\nbroker: {{fsync: 10ms}}\nqueues: {{q: {{}}}}\nproducers: {{p: {{arrivals: \
             {{poisson: {rate}/s}}, do: [{{publish: {{to: q, confirm: {{timeout: 1s}}}}}}]}}}}\n"
        ));
        let idle = libm::exp(-load);
        let expected = 10.0 * (load * 1.5 + idle) / (load + idle);
        let mean = latency(&summary, "confirm").mean_ms.expect("many were confirmed");
        assert!((mean - expected).abs() < 0.15, "λf = {load}: {mean} ms instead of {expected} ms");
    }
}

/// Ten messages at 0, one handled per second; the broker dies at 3.5 s for a second.
fn dies_at_3500ms(queue: &str, message: &str) -> Summary {
    run(&format!(
        "run_for: 10s\nuntil: drained\nbroker: {{fsync: 10ms}}\nqueues: {{q: {{{queue}}}}}\n\
         producers: {{p: {{arrivals: {{at_once: 10}}, message: {{{message}}}, do: [{{publish: {{to: q, confirm: \
         {{timeout: 1s}}}}}}]}}}}\nconsumers: {{c: {{from: q, prefetch: 2, do: [work: 1s]}}}}\n\
         faults: [crash: {{name: death, target: broker, after: 3500ms, restart_after: 1s}}]\n"
    ))
}

/// Three are done, the fourth is in its handler and gets done, the fifth waits in the consumer's buffer.
#[test]
fn a_durable_queue_with_persistent_messages_survives_and_nothing_else_does() {
    let survives = dies_at_3500ms("durable: true", "persistent: true");
    assert_eq!(fault(&survives, "death").fired, 1);
    assert_eq!((survives.outcomes.done, survives.outcomes.lost), (10, 0));
    assert_eq!(survives.ledger.duplicate_effects, 1, "the fourth, whose ack came too late");
    assert_eq!(survives.ledger.redeliveries, 2, "the fourth and the fifth");
    for (queue, message) in [
        ("durable: false", "persistent: true"),
        ("durable: true", "persistent: false"),
        ("durable: false", ""),
    ] {
        let lost = dies_at_3500ms(queue, message);
        assert_eq!((lost.outcomes.done, lost.outcomes.lost), (4, 6), "{queue}, {message}");
        assert_eq!(lost.ledger.lost_confirmed, 6, "a confirm promised nothing: {queue}, {message}");
        assert_eq!(lost.ledger.duplicate_effects, 0, "what was lost is not delivered again");
    }
}

/// Five messages, written from 0 to 2 s, handled at once, with acks that are on disk at 4 s; the broker dies at
/// `at` for a second.
fn acks_of_slow_disk(at: &str) -> Summary {
    run(&format!(
        "run_for: 10s\nuntil: drained\nbroker: {{fsync: 2s}}\nqueues: {{q: {{}}}}\n\
         producers: {{p: {{arrivals: {{at_once: 1}}, do: [{{publish: {{to: q}}}}]}}}}\n\
         consumers: {{c: {{from: q, do: [work: 1ms]}}}}\n\
         faults: [crash: {{target: broker, after: {at}, restart_after: 1s}}]\n"
    ))
}

#[test]
fn an_ack_that_was_not_on_disk_is_undone() {
    let before_the_message = acks_of_slow_disk("1s");
    assert_eq!(before_the_message.ledger.duplicate_effects, 0, "neither the message nor its ack is known");
    assert_eq!(before_the_message.outcomes.done, 1);
    let between = acks_of_slow_disk("3s");
    assert_eq!(between.ledger.duplicate_effects, 1, "the message is, its ack is not");
    assert_eq!(between.ledger.redeliveries, 1);
    let after = acks_of_slow_disk("5s");
    assert_eq!(after.ledger.duplicate_effects, 0, "both are");
}

#[test]
fn what_was_not_on_disk_is_lost_unless_its_producer_asks() {
    let dies = |confirm: &str| {
        run(&format!(
            "run_for: 10s\nuntil: drained\nbroker: {{fsync: 2s}}\nqueues: {{q: {{}}}}\n\
             producers: {{p: {{arrivals: {{at_once: 3}}, do: [{{publish: {{to: q{confirm}}}}}]}}}}\n\
             consumers: {{c: {{from: q, prefetch: 1, do: [work: 3s]}}}}\n\
             faults: [crash: {{target: broker, after: 1s, restart_after: 1s}}]\n"
        ))
    };
    let careless = dies("");
    // The first is in its handler, which goes on.
    assert_eq!((careless.outcomes.done, careless.outcomes.lost), (1, 2));
    let careful = dies(", confirm: {timeout: 5s, retries: 3, backoff: 10ms}");
    assert_eq!((careful.outcomes.done, careful.outcomes.lost), (3, 0));
    assert_eq!(careful.ledger.duplicate_effects, 1, "the first is resent though it was handled");
}

/// The only copy is lost; its id must be as new as it was.
#[test]
fn the_id_of_a_lost_copy_is_forgotten() {
    let summary = run("run_for: 10s\nuntil: drained\nbroker: {fsync: 2s}\nqueues: {q: {dedup_window: 1h}}\n\
         producers: {p: {arrivals: {at_once: 1}, do: [{publish: {to: q, confirm: {timeout: 5s, retries: 3, backoff: 10ms}}}]}}\n\
         faults: [crash: {target: broker, after: 1s, restart_after: 1s}]\n");
    assert_eq!((summary.ledger.deduplicated, summary.ledger.stored), (0, 2));
    assert_eq!((summary.ledger.confirmed, summary.outcomes.lost), (1, 0));
}

/// A duplicate that comes while the first copy is being written is confirmed with it, not before.
#[test]
fn a_recognised_publish_is_as_safe_as_its_first_copy() {
    let summary = run("run_for: 10s\nbroker: {fsync: 2s}\nqueues: {q: {dedup_window: 1h}}\n\
         producers: {p: {arrivals: {at_once: 1}, do: [{publish: {to: q, confirm: {timeout: 500ms, retries: 9, backoff: 0s}}}]}}\n");
    assert_eq!((summary.ledger.stored, summary.ledger.deduplicated), (1, 3));
    assert_eq!(latency(&summary, "confirm").max_ms, Some(2000.0));
}

/// A publish at 1.5 s finds the broker known to be gone, waits in the client, and is stored when it is back; one
/// whose timeout ends before fails.
#[test]
fn publishes_wait_in_the_client_while_the_broker_is_gone() {
    let text = |timeout: &str| {
        format!(
            "run_for: 10s\nnetwork: {{latency: 1ms}}\nqueues: {{q: {{}}}}\n\
             producers: {{p: {{arrivals: {{every: 1500ms}}, do: [{{publish: {{to: q, confirm: {{timeout: {timeout}}}}}}}]}}}}\n\
             faults: [crash: {{target: broker, after: 1s, restart_after: 1s}}]\n"
        )
    };
    let patient = run(&text("1s"));
    assert_eq!((patient.outcomes.lost, patient.ledger.confirmed), (0, 6));
    // Back at 2 s, heard of after 1 ms, confirmed after a round trip; the others take a round trip alone.
    assert_eq!(latency(&patient, "confirm").max_ms, Some(503.0));
    let impatient = run(&text("400ms"));
    assert_eq!((impatient.ledger.confirmed, impatient.operations.timed_out), (5, 1));
    assert_eq!(impatient.ledger.stored, 5);
}

#[test]
fn nobody_hears_of_a_dead_machine() {
    let text = |how: &str| {
        format!(
            "run_for: 3s\nnetwork: {{latency: 1ms}}\nqueues: {{q: {{}}}}\n\
             producers: {{p: {{arrivals: {{every: 100ms}}, do: [{{publish: {{to: q}}}}]}}}}\n\
             faults: [crash: {{target: broker, after: 1050ms, restart_after: 1s, how: {how}}}]\n"
        )
    };
    // 29 arrivals; those from 1.1 s to 2 s find no broker.
    let process = run(&text("process"));
    assert_eq!((process.operations.failed, process.ledger.stored), (10, 19));
    let machine = run(&text("machine"));
    assert_eq!((machine.operations.failed, machine.ledger.stored), (0, 19));
    assert_eq!(machine.outcomes.lost, 10);
}

/// A write that begins at 0 takes 10 ms; one that would end at 30 ms stalls until 100 ms; one that begins at
/// 60 ms takes its 10 ms after that.
#[test]
fn a_stalled_disk_writes_when_the_stall_is_over() {
    let summary = run("run_for: 1s\nbroker: {fsync: 10ms}\nqueues: {q: {}}\n\
         producers: {p: {arrivals: {every: 20ms}, do: [{publish: {to: q, confirm: {timeout: 1s}}}]}}\n\
         faults: [stall: {target: broker, after: 25ms, for: 75ms}]\n");
    assert_eq!(fault(&summary, "stall").fired, 1);
    // Published at 20 ms, on disk at 100 ms; those of 40, 60, 80 and 100 ms share the write that ends at 110 ms.
    assert_eq!(latency(&summary, "confirm").max_ms, Some(80.0));
    assert_eq!(summary.ledger.confirmed, 49);
}

/// The same deaths as above: six messages, and who consumes them does so carefully.
#[test]
fn a_broken_promise_is_told_with_its_reason() {
    let told = |summary: &Summary| {
        let lost = |remark: &&String| remark.contains("lost all the same");
        summary.remarks.iter().filter(lost).cloned().collect::<Vec<_>>()
    };
    let memory =
        "6 confirmed messages of `q` were lost all the same: the broker died and had them in memory only";
    assert_eq!(told(&dies_at_3500ms("durable: false", "persistent: true")), [memory]);
    assert_eq!(told(&dies_at_3500ms("durable: true", "persistent: false")), [memory]);
    assert_eq!(told(&dies_at_3500ms("durable: true", "persistent: true")), [""; 0]);
    // Of three messages the consumer has handled one when it dies, and holds the other two.
    let acked = run("run_for: 10s\nuntil: drained\nqueues: {q: {}}\n\
         producers: {p: {arrivals: {at_once: 3}, do: [{publish: {to: q, confirm: {timeout: 1s}}}]}}\n\
         consumers: {c: {from: q, ack: on-delivery, do: [work: 1s]}}\n\
         faults: [crash: {target: c, after: 1500ms}]\n");
    let early =
        "2 confirmed messages of `q` were lost all the same: a consumer acked them before they were handled";
    assert_eq!(told(&acked), [early]);
}

/// Two queues get the same messages; one consumer dies with two of its three in hand.
#[test]
fn each_queue_knows_what_it_lost_and_did_again() {
    let summary = run("run_for: 10s\nuntil: drained\nqueues: {a: {}, b: {}}\n\
         producers: {p: {arrivals: {at_once: 3}, do: [publish: a, publish: b]}}\n\
         consumers: {c: {from: a, ack: on-delivery, do: [work: 1s]}, d: {from: b, do: [work: 1s]}}\n\
         faults: [crash: {target: c, after: 1500ms}, lose: {what: ack, target: d, for: 1500ms}, \
         cut: {target: d, after: 5s, restart_after: 1s}]\n\
         expect: {lost: 2, a.lost: 2, b.lost: 0, duplicate_executions: 1, b.duplicate_executions: 1}\n");
    assert_eq!(summary.verdict.name(), "held", "{:?}", summary.expectations);
}

/// Three copies are hidden until 100 ms, but from 50 ms to 1.05 s there is no broker to show them.
#[test]
fn a_delay_that_ends_while_the_broker_is_down_is_over_when_it_is_back() {
    let summary = run("run_for: 2s\nuntil: drained\nqueues: {q: {}}\n\
         producers: {p: {arrivals: {at_once: 3}, message: {delay: 100ms}, do: [{publish: {to: q}}]}}\n\
         consumers: {c: {from: q}}\n\
         faults: [crash: {target: broker, after: 50ms, restart_after: 1s}]\n");
    assert_eq!((summary.ledger.executions, summary.outcomes.done, summary.outcomes.lost), (3, 3, 0));
    let queued = latency(&summary, "queue_wait").max_ms.expect("three were delivered");
    assert!(queued >= 950.0, "nobody delivers while the broker is down: {queued} ms");
}
