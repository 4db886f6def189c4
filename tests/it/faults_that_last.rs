//! Partitions between clients and the broker, and outages of the broker.
//!
//! Time: a message every 100 ms from 100 ms on; 10 ms from one end of a link to the other.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, latency, run};

/// Ten messages into `q`, handled in 10 ms each.
fn ten(queue: &str, publish: &str, consumer: &str, fault: &str) -> Summary {
    ten_in("10ms", queue, publish, consumer, fault)
}

/// The same, handled in `work` each.
fn ten_in(work: &str, queue: &str, publish: &str, consumer: &str, fault: &str) -> Summary {
    run(&format!(
        "run_for: 1050ms\nuntil: drained\nnetwork: {{latency: 10ms}}\n\
         producers: {{p: {{arrivals: {{every: 100ms}}, do: [publish: {{to: q, {publish}}}]}}}}\n\
         queues: {{q: {{{queue}}}}}\n\
         consumers: {{c: {{from: q, do: [work: {work}], {consumer}}}}}\nfaults: [{fault}]\n"
    ))
}

/// `stored, deliveries, executions, ack timeouts, done, lost`.
fn counts(summary: &Summary) -> [u64; 6] {
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    [ledger.stored, ledger.deliveries, ledger.executions, ledger.ack_timeouts, outcomes.done, outcomes.lost]
}

fn parted(client: &str, window: &str) -> String {
    format!("{{partition: {{between: [[{client}], [broker]], {window}}}}}")
}

#[test]
fn what_is_published_into_a_partition_is_gone_and_what_was_under_way_arrives() {
    // From 505 ms: the message of 500 ms is on its way already.
    let summary = ten("", "", "", &parted("p", "after: 505ms, for: 200ms"));
    assert_eq!(counts(&summary), [8, 8, 8, 0, 8, 2]);
    assert_eq!((fault(&summary, "partition").planned, fault(&summary, "partition").fired), (Some(1), 1));
    // Its confirm leaves at 510 ms and is lost with the publishes; all three are sent again.
    let confirm = "confirm: {timeout: 50ms, retries: 9, backoff: 50ms}";
    let summary = ten("", confirm, "", &parted("p", "after: 505ms, for: 200ms"));
    assert_eq!((summary.outcomes.done, summary.ledger.stored_duplicates), (10, 1));
    assert_eq!(summary.ledger.confirmed, 10);
}

#[test]
fn a_partition_of_one_side_leaves_others_alone() {
    let summary = run("run_for: 1050ms\nuntil: drained\n\
         producers: {p: {instances: 2, arrivals: {every: 100ms}, do: [publish: q]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q}}\n\
         faults: [{partition: {between: [[\"p#1\"], [broker]], after: 450ms, for: 200ms}}]\n");
    // In turn: instance 0 publishes at 100 ms, 300 ms, 500 ms …; only the message of 600 ms is lost.
    assert_eq!((summary.ledger.stored, summary.outcomes.lost), (9, 1));
}

#[test]
fn deliveries_into_a_partition_wait_for_their_timeout() {
    let summary = ten("ack_timeout: 300ms", "", "", &parted("c", "after: 450ms, for: 200ms"));
    // Sent at 510 ms and 610 ms; noticed 300 ms later.
    assert_eq!(counts(&summary), [10, 12, 10, 2, 10, 0]);
    assert_eq!(latency(&summary, "end_to_end").max_ms, Some(330.0));
}

#[test]
fn acks_into_a_partition_are_lost() {
    // The message of 400 ms is received at 420 ms, handled until 490 ms.
    let slow = |window| ten_in("70ms", "ack_timeout: 300ms", "", "prefetch: 1", &parted("c", window));
    let summary = slow("after: 480ms, for: 10ms");
    assert_eq!((summary.ledger.deliveries, summary.ledger.duplicate_effects), (10, 0), "healed just in time");
    let summary = slow("after: 480ms, for: 20ms");
    assert_eq!((summary.ledger.deliveries, summary.ledger.duplicate_effects), (11, 1));
}

/// With heartbeats both ends notice the silence, and the connection opens again when the partition is over.
#[test]
fn a_partition_longer_than_the_heartbeat_breaks_the_connection() {
    let queue = "ack_timeout: off, on_connection_loss: return, heartbeat: 300ms, handshake_round_trips: 1";
    let summary = ten(queue, "", "", &parted("c", "after: 450ms, for: 1s"));
    // Those of 510 ms, 610 ms and 710 ms vanish and return at 750 ms. At 1450 ms it is over; then the
    // handshake, the opening, and the delivery, which arrives at 1490 ms.
    assert_eq!(counts(&summary), [10, 13, 10, 0, 10, 0]);
    assert_eq!(latency(&summary, "end_to_end").max_ms, Some(1000.0));
    // A shorter one is noticed by nobody, and without an ack timeout its deliveries hang until the end.
    let brief = run("run_for: 1050ms\nnetwork: {latency: 10ms}\n\
         producers: {p: {arrivals: {every: 100ms}, do: [publish: q]}}\n\
         queues: {q: {ack_timeout: off, on_connection_loss: return, heartbeat: 300ms}}\n\
         consumers: {c: {from: q, do: [work: 10ms]}}\n\
         faults: [{partition: {between: [[c], [broker]], after: 450ms, for: 200ms}}]\n");
    assert_eq!((brief.ledger.deliveries, brief.ledger.redeliveries, brief.outcomes.unfinished), (10, 0, 2));
}

/// A client that pulls under leases cannot ask, so nothing is wasted on it.
#[test]
fn nothing_is_delivered_into_a_partition_where_clients_pull() {
    let summary = ten("profile: sqs, ack_timeout: 200ms", "", "", &parted("c", "after: 450ms, for: 500ms"));
    assert_eq!(counts(&summary), [10, 10, 10, 0, 10, 0]);
    // It asks again at 950 ms, is heard at 960 ms and served at 970 ms.
    assert_eq!(latency(&summary, "end_to_end").max_ms, Some(480.0));
}

/// The closing of a dead client's connection is heard when the partition is over, or its silence before.
#[test]
fn nobody_hears_of_a_death_in_a_partition() {
    let death = |client: &str| {
        let crash = format!("{{crash: {{target: {client}, after: 485ms, restart_after: 50ms}}}}");
        format!("{}, {crash}", parted(client, "after: 480ms, for: 1s"))
    };
    let queue = |heartbeat| format!("ack_timeout: off, on_connection_loss: return, heartbeat: {heartbeat}");
    let summary = ten_in("70ms", &queue("off"), "", "prefetch: 1", &death("c"));
    // The message of 400 ms is being handled. The broker hears at 1490 ms; handled again until 1570 ms.
    assert_eq!((summary.ledger.deliveries, summary.ledger.executions), (11, 10));
    assert_eq!(latency(&summary, "end_to_end").max_ms, Some(1170.0));
    let summary = ten_in("70ms", &queue("200ms"), "", "instances: 2, prefetch: 1", &death("\"c#1\""));
    // It returns at 685 ms; instance 0 is free at 700 ms and has handled it at 780 ms.
    assert_eq!((summary.ledger.deliveries, summary.ledger.executions), (11, 10));
    assert_eq!(latency(&summary, "end_to_end").max_ms, Some(380.0));
}

#[test]
fn a_partition_can_come_again_and_again() {
    let summary = run("run_for: 10050ms\nuntil: drained\n\
         producers: {p: {arrivals: {every: 100ms}, do: [publish: q]}}\nqueues: {q: {}}\nconsumers: {c: {from: q}}\n\
         faults: [{partition: {between: [[p], [broker]], every: 1s, for: 150ms}}]\n");
    // From k s to k.15 s: two messages each time, but only one at 10 s.
    let count = fault(&summary, "partition");
    assert_eq!((summary.outcomes.lost, count.planned, count.fired), (19, None, 10));
}

#[test]
fn an_outage_that_refuses_says_so_and_forgets_nothing() {
    let outage = "{outage: {target: broker, after: 450ms, for: 200ms}}";
    let summary = ten("", "confirm: {timeout: 1s}", "", outage);
    // The messages of 500 ms and 600 ms arrive 10 ms later.
    assert_eq!((summary.operations.rejected, summary.outcomes.refused, summary.outcomes.done), (2, 2, 8));
    assert_eq!((fault(&summary, "outage").planned, fault(&summary, "outage").fired), (Some(1), 1));
    let patient = ten("", "confirm: {timeout: 1s, retries: 3, backoff: 100ms}", "", outage);
    assert_eq!((patient.outcomes.done, patient.ledger.stored_duplicates), (10, 0));
    let untold = ten("", "", "", outage);
    assert_eq!((untold.outcomes.dropped, untold.outcomes.done), (2, 8));
}

#[test]
fn an_outage_that_hangs_answers_nothing() {
    let outage = "{outage: {target: broker, how: hang, after: 450ms, for: 200ms}}";
    let summary = ten("", "confirm: {timeout: 50ms}", "", outage);
    assert_eq!((summary.operations.timed_out, summary.outcomes.refused, summary.outcomes.done), (2, 2, 8));
    assert_eq!(ten("", "", "", outage).outcomes.lost, 2, "nobody knows");
}

#[test]
fn an_outage_stops_deliveries_and_ignores_acks() {
    let summary = run("run_for: 1s\nuntil: drained\n\
         producers: {p: {arrivals: {at_once: 20}, do: [publish: q]}}\nqueues: {q: {ack_timeout: 2s}}\n\
         consumers: {c: {from: q, prefetch: 1, do: [work: 50ms]}}\n\
         faults: [{outage: {target: broker, after: 120ms, for: 1s}}]\n");
    // The third ack, at 150 ms, is ignored, and its copy comes again at 2 100 ms: only then there is credit.
    assert_eq!((summary.ledger.executions, summary.ledger.duplicate_effects), (21, 1));
    assert_eq!((summary.ledger.ack_timeouts, summary.ended_at.as_nanos()), (1, 3_000_000_000));
}

/// The broker's clocks go on: what outlives its time to live in an outage is gone after it.
#[test]
fn times_to_live_end_in_an_outage() {
    let summary = run("run_for: 1s\nuntil: drained\n\
         producers: {p: {arrivals: {at_once: 10}, do: [publish: q]}}\n\
         queues: {q: {message_ttl: 500ms, ack_timeout: 2s}}\n\
         consumers: {c: {from: q, prefetch: 1, do: [work: 100ms]}}\n\
         faults: [{outage: {target: broker, after: 250ms, for: 1s}}]\n");
    // Handled until 100 ms, 200 ms and 300 ms; seven wait at 500 ms. The third ack is not taken, and its copy
    // returns at 2 200 ms, when its time has long been over.
    assert_eq!((summary.outcomes.done, summary.outcomes.expired), (3, 7));
    assert_eq!((summary.ledger.duplicate_effects, summary.ended_at.as_nanos()), (0, 2_200_000_000));
}

/// A log's consumer asks again as soon as it can, and goes on where it was.
#[test]
fn a_log_goes_on_after_a_partition_and_an_outage() {
    let log = |fault: &str| ten_in("10ms", "kind: log, partitions: 1", "confirm: {timeout: 1s}", "", fault);
    let away = log(&parted("c", "after: 450ms, for: 500ms"));
    // Those of 500 ms to 900 ms are stored; the poll is repeated at 950 ms, heard and answered 20 ms later.
    assert_eq!((away.outcomes.done, away.ledger.duplicate_executions), (10, 0));
    assert_eq!(latency(&away, "end_to_end").max_ms, Some(480.0));
    let down = log("{outage: {target: broker, after: 415ms, for: 500ms}}");
    // The record of 400 ms is handled until 430 ms; its poll waits until 915 ms, as do those to come.
    assert_eq!((down.outcomes.done, down.outcomes.refused), (5, 5));
    assert!(down.ended_at.as_seconds() < 1.2, "it ended at {} s", down.ended_at.as_seconds());
}

/// A client on the old leader's side alone is left behind when the others have elected another leader.
#[test]
fn a_client_talks_to_the_node_that_leads() {
    let half = |side: &str| {
        let (left, right) =
            if side == "left" { ("p, broker#0", "broker#1-2") } else { ("broker#0", "broker#1-2, p") };
        run(&format!(
            "run_for: 3050ms\nuntil: drained\nbroker: {{nodes: 3, replication: quorum, failover: 500ms}}\n\
             producers: {{p: {{arrivals: {{every: 100ms}}, do: [publish: {{to: q, confirm: {{timeout: 50ms}}}}]}}}}\n\
             queues: {{q: {{}}}}\nconsumers: {{c: {{from: q}}}}\n\
             faults: [{{partition: {{between: [[{left}], [{right}]], after: 1050ms, for: 1s}}}}]\n"
        ))
    };
    // With the old leader nothing is confirmed from 1100 ms to 2000 ms; with the others only until 1550 ms.
    assert_eq!(half("left").operations.succeeded, 20);
    assert_eq!(half("right").operations.succeeded, 25);
}
