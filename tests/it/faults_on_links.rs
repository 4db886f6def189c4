//! Faults of messages on links: what each kind costs, and what it leaves alone.
//!
//! Time: a message every 100 ms from 100 ms on; 10 ms from one end of a link to the other.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, latency, run};

/// Ten messages into `q`, handled in 10 ms each; a fault is armed for the fifth, published at 500 ms.
fn ten(queue: &str, producer: &str, consumer: &str, fault: &str) -> Summary {
    run(&format!(
        "run_for: 1050ms\nuntil: drained\nnetwork: {{latency: 10ms}}\n\
         producers: {{p: {{arrivals: {{every: 100ms}}, {producer}}}}}\n\
         queues: {{q: {{ack_timeout: 1s, {queue}}}}}\n\
         consumers: {{c: {{from: q, do: [work: 10ms], {consumer}}}}}\nfaults: [{fault}]\n"
    ))
}

const FORGETFUL: &str = "do: [publish: q]";
const CAREFUL: &str = "do: [publish: {to: q, confirm: {timeout: 50ms, retries: 3, backoff: 10ms}}]";
const FIFTH: &str = "after: 450ms, for: 100ms";

/// `stored, deliveries, executions, acks sent, acks received, late acks, done`.
fn counts(summary: &Summary) -> [u64; 7] {
    let ledger = summary.ledger;
    [
        ledger.stored,
        ledger.deliveries,
        ledger.executions,
        ledger.acks_sent,
        ledger.acks_received,
        ledger.late_acks,
        summary.outcomes.done,
    ]
}

fn twice(what: &str) -> String {
    format!("{{duplicate: {{what: {what}, {FIFTH}}}}}")
}

#[test]
fn a_doubled_publish_is_a_second_copy_unless_its_id_is_known() {
    for producer in [FORGETFUL, CAREFUL, "connection: per-message, do: [publish: q]"] {
        let summary = ten("", producer, "", &twice("publish"));
        assert_eq!(counts(&summary), [11, 11, 11, 11, 11, 0, 10], "{producer}");
        assert_eq!((summary.ledger.stored_duplicates, summary.ledger.duplicate_effects), (1, 1));
        assert_eq!(fault(&summary, "duplicate-publish").fired, 1);
        let known = ten("dedup_window: 1s", producer, "", &twice("publish"));
        assert_eq!(counts(&known), [10, 10, 10, 10, 10, 0, 10], "{producer}");
        assert_eq!(known.ledger.deduplicated, 1);
    }
    // A doubled packet is no retry of the client's: its id is the same even where retries renew it.
    let renewed = CAREFUL.replace("backoff", "id: new, backoff");
    assert_eq!(ten("dedup_window: 1s", &renewed, "", &twice("publish")).ledger.deduplicated, 1);
}

#[test]
fn a_doubled_delivery_is_handled_twice_though_it_was_sent_once() {
    let summary = ten("", FORGETFUL, "", &twice("delivery"));
    assert_eq!(counts(&summary), [10, 10, 11, 11, 11, 1, 10]);
    assert_eq!((summary.ledger.redeliveries, summary.ledger.duplicate_effects), (0, 1));
    let forgotten = ten("", FORGETFUL, "ack: on-delivery", &twice("delivery"));
    assert_eq!(counts(&forgotten), [10, 10, 11, 0, 0, 0, 10]);
}

#[test]
fn a_doubled_answer_is_late_or_does_nothing() {
    let ack = ten("", FORGETFUL, "", &twice("ack"));
    assert_eq!(counts(&ack), [10, 10, 10, 10, 11, 1, 10]);
    let batch = ten("", FORGETFUL, "ack: {batch: 5, every: 1s}", &twice("ack"));
    // The fifth fills a batch, and each of its acks arrives twice.
    assert_eq!((batch.ledger.executions, batch.ledger.acks_received, batch.ledger.late_acks), (10, 15, 5));
    let confirm = ten("", CAREFUL, "", &twice("confirm"));
    assert_eq!(counts(&confirm), [10, 10, 10, 10, 10, 0, 10]);
    assert_eq!((confirm.ledger.confirmed, fault(&confirm, "duplicate-confirm").fired), (10, 1));
    let failing = format!("{}, {{fail: {{target: c, {FIFTH}}}}}", twice("nack"));
    let nack = ten("", FORGETFUL, "", &failing);
    assert_eq!((nack.ledger.nacks, nack.ledger.deliveries, nack.outcomes.done), (2, 11, 10));
}

/// The fifth delivery leaves at 510 ms and takes 260 ms; those of 610 ms and 710 ms wait behind it.
#[test]
fn a_delay_holds_up_what_follows_on_its_connection() {
    let delay = "{delay: {what: delivery, by: 250ms, after: 505ms, for: 10ms}}";
    let summary = ten("", FORGETFUL, "", delay);
    assert_eq!(counts(&summary), [10, 10, 10, 10, 10, 0, 10]);
    // Handled one after the other from 770 ms on: 280 ms, 190 ms and 100 ms after their publishing.
    let end_to_end = latency(&summary, "end_to_end");
    assert_eq!(end_to_end.max_ms, Some(280.0));
    let mean = end_to_end.mean_ms.expect("ten were done");
    assert!((mean - (7.0 * 30.0 + 280.0 + 190.0 + 100.0) / 10.0).abs() < 1e-9, "{mean}");
    assert_eq!(latency(&summary, "buffer_wait").max_ms, Some(20.0));
    let closing = "{delay: {what: delivery, by: 250ms, after: 505ms, for: 10ms}}, \
         {cut: {target: c, after: 520ms, restart_after: 10ms}}";
    let again = ten("", FORGETFUL, "", closing);
    // A new connection does not wait for what was delayed on the old one: open at 540 ms, delivered at 550 ms.
    assert_eq!(latency(&again, "end_to_end").max_ms, Some(60.0));
}

#[test]
fn a_delayed_publish_overtakes_nothing_on_its_own_connection() {
    let delay = "{delay: {what: publish, by: 250ms, after: 450ms, for: 100ms}}";
    // At 760 ms also arrive those of 600 ms and 700 ms, unless each has a connection of its own.
    for (connection, next) in [("kept", [170.0, 70.0]), ("per-message", [20.0, 20.0])] {
        let producer =
            format!("connection: {connection}, do: [publish: {{to: q, confirm: {{timeout: 1s}}}}]");
        let summary = ten("", &producer, "", delay);
        let confirm = latency(&summary, "confirm");
        assert_eq!(confirm.max_ms, Some(270.0), "{connection}");
        let mean = (7.0 * 20.0 + 270.0 + next[0] + next[1]) / 10.0;
        let found = confirm.mean_ms.expect("ten were confirmed");
        assert!((found - mean).abs() < 1e-9, "{connection}: {found} and not {mean}");
    }
}

/// Each publish takes up to 50 ms longer: 25 ms in the mean, and only different connections overtake.
#[test]
fn a_reordering_is_one_between_connections() {
    let text = |instances: u32, gap: &str| {
        format!(
            "run_for: 200005ms\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
             producers: {{p: {{instances: {instances}, arrivals: {{every: {gap}}}, message: {{key: 1}}, \
             do: [publish: {{to: q, confirm: {{timeout: 1s}}}}]}}}}\n\
             queues: {{q: {{}}}}\nconsumers: {{c: {{from: q}}}}\n\
             faults: [{{reorder: {{what: publish, within: 50ms, probability: 100%}}}}]\n"
        )
    };
    let alone = run(&text(1, "100ms"));
    assert_eq!((alone.ledger.out_of_order, alone.outcomes.done), (0, 2_000));
    // Uniform: the mean of 2 000 lies within 4 · 50/√12/√2000 of 25 ms.
    let mean = latency(&alone, "confirm").mean_ms.expect("they were confirmed");
    assert!((mean - 27.0).abs() < 4.0 * 50.0 / 12_f64.sqrt() / 2_000_f64.sqrt(), "{mean}");
    assert!(latency(&alone, "confirm").max_ms.expect("as above") <= 52.0);
    // Every 10 ms each waits behind those before it, and still none overtakes.
    assert_eq!(run(&text(1, "10ms")).ledger.out_of_order, 0);
    let crowd = run(&text(5, "10ms"));
    assert!(crowd.ledger.out_of_order > 2_000, "{}", crowd.ledger.out_of_order);
    assert_eq!(crowd.outcomes.done, 20_000);
}

/// Of n opportunities a share p is struck, within four standard errors.
#[test]
fn a_share_of_all_messages_is_struck() {
    let many = |fault: &str| {
        run(&format!(
            "run_for: 100005ms\nuntil: drained\n\
             producers: {{p: {{arrivals: {{every: 10ms}}, do: [publish: {{to: q, confirm: {{timeout: 1s}}}}]}}}}\n\
             queues: {{q: {{}}}}\nconsumers: {{c: {{from: q, instances: 2}}}}\nfaults: [{fault}]\n"
        ))
    };
    let (n, p) = (10_000.0, 0.1);
    let close = |found: u64, what: &str| {
        #[expect(clippy::cast_precision_loss, reason = "a small count")]
        let off = (found as f64 - n * p).abs();
        assert!(off < 4.0 * f64::sqrt(n * p * (1.0 - p)), "{what}: {found}");
    };
    let doubled = many("{duplicate: {what: publish, probability: 10%}}");
    let fired = fault(&doubled, "duplicate-publish").fired;
    close(fired, "publishes");
    assert_eq!((doubled.ledger.stored_duplicates, doubled.ledger.duplicate_effects), (fired, fired));
    let doubled = many("{duplicate: {what: delivery, probability: 10%}}");
    let fired = fault(&doubled, "duplicate-delivery").fired;
    close(fired, "deliveries");
    assert_eq!((doubled.ledger.deliveries, doubled.ledger.duplicate_effects), (10_000, fired));
    for what in ["confirm", "ack", "delivery", "publish"] {
        let delayed =
            many(&format!("{{delay: {{what: {what}, by: {{exponential: 20ms}}, probability: 10%}}}}"));
        close(fault(&delayed, &format!("delay-{what}")).fired, what);
        assert_eq!((delayed.ledger.executions, delayed.outcomes.done), (10_000, 10_000));
    }
}

/// Two arrivals of one message have luck of their own: both acks are lost with probability 1/4, not 1/2.
#[test]
fn twins_do_not_share_their_luck() {
    let summary = run(
        "run_for: 30005ms\nuntil: drained\nproducers: {p: {arrivals: {every: 10ms}, do: [publish: q]}}\n\
         queues: {q: {ack_timeout: 1s}}\nconsumers: {c: {from: q}}\n\
         faults: [{duplicate: {what: delivery, probability: 100%}}, {lose: {what: ack, probability: 50%}}]\n",
    );
    // Deliveries of a message are geometric: mean 4/3, variance 4/9.
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let off = (summary.ledger.deliveries as f64 - 4_000.0).abs();
    assert!(off < 4.0 * (3_000.0 * 4.0 / 9.0_f64).sqrt(), "{} deliveries", summary.ledger.deliveries);
}

/// The two copies of a doubled publish lose their acks independently as well.
#[test]
fn twin_copies_do_not_share_their_luck() {
    let summary = run(
        "run_for: 30005ms\nuntil: drained\nproducers: {p: {arrivals: {every: 10ms}, do: [publish: q]}}\n\
         queues: {q: {max_deliveries: 1, dead_letter: dead, ack_timeout: 1s}, dead: {}}\n\
         consumers: {c: {from: q, on_error: reject}}\n\
         faults: [{duplicate: {what: publish, probability: 100%}}, {fail: {target: c, probability: 50%}}]\n",
    );
    // Both copies of a message fail, or neither, with probability 1/4 each.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let (dead, n) = (summary.outcomes.dead_lettered as f64, 3_000.0);
    assert!((dead - n / 4.0).abs() < 4.0 * f64::sqrt(n * 3.0 / 16.0), "{dead}");
}
