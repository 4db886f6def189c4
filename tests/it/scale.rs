//! Scenarios of a hundred thousand actors, keys or ids, and files of thousands of queues: the books balance there
//! as well. How time and memory grow is the bench's business.

use mqlab::metrics::summary::Summary;

use crate::laboratory::run;

/// Every message is done, once.
fn assert_all_done(summary: &Summary, messages: u64) {
    assert_eq!((summary.ledger.published, summary.outcomes.done), (messages, messages));
    assert_eq!((summary.ledger.effects, summary.ledger.duplicate_effects), (messages, 0));
}

#[test]
fn two_hundred_thousand_actors_take_turns() {
    let summary = run("
run_for: 100500.5us
until: drained
network: {latency: 1ms}
producers: {p: {instances: 100_000, arrivals: {every: 1us}, do: [publish: q]}}
queues: {q: {}}
consumers: {c: {instances: 100_000, from: q, prefetch: 1, do: [work: 1s]}}
");
    assert_all_done(&summary, 100_500);
    // Each has one, and 500 have two of them, one after the other.
    assert!((summary.consumers[0].1.concurrency.peak - 100_000.0).abs() < 0.5);
}

#[test]
fn a_hundred_thousand_keys_wait_in_their_order() {
    for ordering in ["one-per-key", "key-to-one-consumer"] {
        let summary = run(&format!(
            "
run_for: 150500.5us
until: drained
producers:
  p: {{arrivals: {{every: 1us}}, message: {{key: {{uniform: {{over: 100_000}}}}}}, do: [publish: q]}}
queues: {{q: {{ordering: {ordering}, requeue: original-place}}}}
consumers: {{c: {{instances: 4, from: q, prefetch: 3, do: [work: 10us]}}}}
faults: [{{fail: {{target: c, probability: 1%}}}}]
"
        ));
        assert_all_done(&summary, 150_500);
        // A consumer that holds two of a key goes on with the second when the first has failed.
        let may_overtake = ordering == "key-to-one-consumer";
        assert!(may_overtake || summary.ledger.out_of_order == 0, "{ordering}");
    }
}

/// Each lost ack brings its message again, and the guard knows it.
#[test]
fn guards_know_every_id() {
    for guard in
        ["by: unique-key, in: db", "by: setnx, in: cache", "by: setnx, in: cache, ttl: 1h", "by: in-memory"]
    {
        let summary = run(&format!(
            "
run_for: 1s
until: drained
producers: {{p: {{arrivals: {{every: 100us}}, do: [publish: q]}}}}
queues: {{q: {{ack_timeout: 1s}}}}
stores: {{db: {{rows: {{stock: {{count: 100}}}}, latency: 1us}}, cache: {{kind: cache, latency: 1us}}}}
consumers:
  c:
    from: q
    prefetch: unlimited
    idempotency: {{{guard}}}
    do: [update: {{in: db, row: stock, add: 1, lock: atomic}}]
faults: [{{lose: {{what: ack, target: c, probability: 50%}}}}]
"
        ));
        assert_all_done(&summary, summary.ledger.published);
        let lost = summary.ledger.redeliveries;
        assert!(lost > 7_000, "about as many as there are messages: {lost}");
        assert_eq!(summary.ledger.suppressed, lost, "{guard}");
    }
}

#[test]
fn a_file_of_two_thousand_queues_is_read_wired_and_run() {
    let list = |line: &dyn Fn(u32) -> String| (0..2_000).map(line).collect::<String>();
    let summary = run(&format!(
        "run_for: 1s\nuntil: drained\nproducers:\n{}queues:\n{}consumers:\n{}",
        list(&|n| format!("  p{n}: {{arrivals: {{at_once: 2}}, do: [publish: q{n}]}}\n")),
        list(&|n| format!("  q{n}: {{}}\n")),
        list(&|n| format!("  c{n}: {{from: q{n}, do: [work: 1ms]}}\n")),
    ));
    assert_all_done(&summary, 4_000);
}
