//! Inboxes: stored first, acked, handled in a transaction; neither loss nor duplicate, at the price of a write.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, latency, run, try_scenario};
use crate::random_scenario::Luck;

/// `messages` every 20 ms through consumers with this guard; a statement takes 1 ms, a commit another.
fn handled(messages: &str, consumer: &str, faults: &str) -> Summary {
    run(&format!(
        "seed: 7\nuntil: drained\nqueues: {{q: {{ack_timeout: 1s}}}}\n\
         stores: {{db: {{rows: {{item: {{start: 1000}}}}, latency: 1ms, heartbeat: 500ms}}}}\n\
         producers: {{p: {{arrivals: {{{messages}}}, do: [publish: q]}}}}\n\
         consumers: {{c: {{from: q, {consumer}, do: [work: 5ms, update: {{in: db, row: item, add: -1, floor: 0, lock: atomic}}]}}}}\n\
         faults: [{faults}]\n"
    ))
}

const MANY: &str = "for: 20s, every: 20ms";
const INBOX: &str = "idempotency: {by: inbox, in: db}";

/// What was applied twice, what was lost, what is unfinished.
fn harm(summary: &Summary) -> [u64; 3] {
    [summary.ledger.duplicate_effects, summary.outcomes.lost, summary.outcomes.unfinished]
}

/// The slowest first effect, in milliseconds.
fn last_effect(summary: &Summary) -> Option<f64> {
    latency(summary, "end_to_end").max_ms
}

const ONE: &str = "for: 1ms, at_once: 1";

/// Deposit until 1 ms, look until 2, work until 7, removal until 8, update until 9, commit until 10.
#[test]
fn one_message_goes_step_by_step() {
    let inbox = handled(ONE, INBOX, "");
    assert_eq!((last_effect(&inbox), inbox.ledger.acks_sent, inbox.outcomes.done), (Some(10.0), 1, 1));
    assert_eq!(inbox.stores[0].1.counts.calls, 5);
    let key = handled(ONE, "idempotency: {by: unique-key, in: db}", "");
    assert_eq!(
        key.stores[0].1.counts.calls, 3,
        "insert, update, commit: the deposit and the look are the price"
    );
    // The handler is the work and the transaction; what comes before it is waiting.
    let [wait, handler] = ["wait", "handler"].map(|name| latency(&inbox, name).max_ms);
    assert_eq!((wait, handler), (Some(2.0), Some(8.0)));
}

/// What the broker has forgotten is still there after a death, and is handled once.
#[test]
fn a_crash_after_the_ack_neither_loses_nor_repeats() {
    for (point, chance) in [("received", 5), ("key-reserved", 5), ("acked", 5), ("worked", 5), ("applied", 5)]
    {
        for how in ["process", "machine"] {
            let crash = format!(
                "crash: {{target: c, when: {point}, probability: {chance}%, how: {how}, restart_after: 10ms}}"
            );
            let summary = handled(MANY, &format!("instances: 2, {INBOX}"), &crash);
            assert!(fault(&summary, &format!("crash-{point}")).fired > 20, "{point}");
            assert_eq!((harm(&summary), summary.outcomes.done), ([0, 0, 0], 999), "{point}, {how}");
        }
    }
    let early = handled(
        MANY,
        "ack: before-handling",
        "crash: {target: c, when: worked, probability: 5%, restart_after: 10ms}",
    );
    assert!(harm(&early)[1] > 20, "without an inbox the same crash loses what was acked");
}

/// Whoever is left looks every so often, and finds what a dead holder had once its death is noticed.
#[test]
fn what_a_dead_instance_held_waits_for_its_death_to_be_noticed() {
    let taken_up = |poll: &str, how: &str| {
        let guard = format!("instances: 2, idempotency: {{by: inbox, in: db, poll: {poll}}}");
        let crash = format!(
            "crash: {{target: 'c#0', when: worked, probability: 100%, how: {how}, restart_after: 1h}}"
        );
        let summary = handled(ONE, &guard, &crash);
        assert_eq!((fault(&summary, "crash-worked").fired, harm(&summary)), (1, [0, 0, 0]));
        last_effect(&summary)
    };
    // It died after 7 ms; a look, the work and the transaction take 9.
    assert_eq!(taken_up("100ms", "process"), Some(109.0));
    assert_eq!(taken_up("100ms", "machine"), Some(609.0), "noticed at 507 ms");
    assert_eq!(taken_up("1s", "machine"), Some(1009.0));
}

#[test]
fn what_is_still_in_an_inbox_is_unfinished() {
    let summary = run("run_for: 2s\nqueues: {q: {}}\nstores: {db: {rows: {sum: {}}}}\n\
         producers: {p: {arrivals: {for: 1ms, at_once: 9}, do: [publish: q]}}\n\
         consumers: {c: {from: q, idempotency: {by: inbox, in: db}, do: [work: 300ms, update: {in: db, row: sum, add: 1}]}}\n");
    assert_eq!((summary.ledger.acks_received, summary.outcomes.done), (9, 6), "all are acked at once");
    assert_eq!(harm(&summary), [0, 0, 3]);
    let backlog = summary.peak_shaving[0].1.peak_backlog;
    assert_eq!(backlog, 9, "what waits in the inbox waits");
}

#[test]
fn a_duplicate_is_stopped_at_the_inbox() {
    let summary = handled(MANY, INBOX, "lose: {what: ack, target: c, probability: 10%}");
    let lost_acks = fault(&summary, "lose-ack").fired;
    assert!(lost_acks > 50);
    assert_eq!((harm(&summary), summary.ledger.suppressed), ([0, 0, 0], lost_acks));
    assert_eq!(summary.ledger.executions, 999, "a duplicate costs a statement and no work");
}

#[test]
fn what_is_declined_leaves_the_inbox() {
    let summary = run("until: drained\nqueues: {q: {}}\nstores: {db: {rows: {item: {start: 4}}}}\n\
         producers: {p: {arrivals: {for: 1s, every: 100ms}, do: [publish: q]}}\n\
         consumers: {c: {from: q, idempotency: {by: inbox, in: db}, do: [update: {in: db, row: item, add: -1, floor: 0}]}}\n");
    assert_eq!((summary.outcomes.done, summary.outcomes.declined, harm(&summary)), (4, 5, [0, 0, 0]));
    assert_eq!(summary.ledger.declined, 5, "once each");
}

/// An error leaves a message where it is, behind those that had none.
#[test]
fn an_error_is_tried_again_later() {
    let summary = handled(MANY, INBOX, "fail: {target: c, probability: 20%}");
    let errors = fault(&summary, "fail").fired;
    assert!(errors > 150);
    assert_eq!((harm(&summary), summary.outcomes.done), ([0, 0, 0], 999));
    assert_eq!((summary.ledger.executions, summary.ledger.nacks), (999 + errors, 0));
}

/// A message without a key is recognised by its id; one with a key, by that.
#[test]
fn a_business_key_recognises_another_message_about_the_same() {
    let keyed = |message: &str| {
        run(&format!(
            "until: drained\nqueues: {{q: {{}}}}\nstores: {{db: {{rows: {{sum: {{}}}}}}}}\n\
             producers: {{p: {{arrivals: {{for: 1s, every: 10ms}}, {message}do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, idempotency: {{by: inbox, in: db, key: business}}, do: [update: {{in: db, row: sum, add: 1}}]}}}}\n"
        ))
    };
    let without = keyed("");
    assert_eq!((without.outcomes.done, without.ledger.suppressed), (99, 0));
    let with = keyed("message: {key: {uniform: {over: 10}}}, ");
    assert_eq!((with.outcomes.done, with.ledger.suppressed), (10, 89));
}

#[test]
fn records_of_a_log_are_committed_when_they_are_in_the_inbox() {
    let summary = run(&format!(
        "until: drained\nqueues: {{q: {{profile: kafka, partitions: 2}}}}\n\
         stores: {{db: {{rows: {{sum: {{}}}}, latency: 1ms}}}}\n\
         producers: {{p: {{arrivals: {{{MANY}}}, do: [publish: q]}}}}\n\
         consumers: {{c: {{from: q, instances: 2, session_timeout: 1s, {INBOX}, do: [work: 5ms, update: {{in: db, row: sum, add: 1, lock: atomic}}]}}}}\n\
         faults: [crash: {{target: c, when: worked, probability: 3%, restart_after: 100ms}}]\n"
    ));
    assert!(fault(&summary, "crash-worked").fired > 20);
    assert_eq!((harm(&summary), summary.outcomes.done), ([0, 0, 0], 999));
}

/// Whatever strikes.
#[test]
fn an_inbox_never_applies_twice_and_never_loses() {
    let mut luck = Luck(23);
    let (mut stopped, mut deaths, mut again) = (0, 0, 0);
    for round in 0..120_u64 {
        let [ack, request, reply, dies, works, commits, twice, fails] = [(); 8].map(|()| luck.below(12));
        let how = luck.one_of(&["process", "machine"]);
        let ack_mode = luck.one_of(&["after-handling", "{batch: 3, every: 20ms}"]);
        let key = luck.one_of(&["message-id", "business"]);
        let outage = luck.one_of(&["refuse", "hang"]);
        let summary = run(&format!(
            "seed: {round}\nrun_for: 1s\nuntil: drained\nnetwork: {{latency: {{exponential: 1ms}}}}\n\
             queues: {{q: {{profile: rabbitmq-classic, ack_timeout: 300ms, ack_timeout_check: 0s, heartbeat: 200ms}}}}\n\
             stores: {{db: {{rows: {{item: {{count: 3, start: 6}}}}, latency: {{exponential: 1ms}}, timeout: 100ms, heartbeat: 150ms, connections: 4}}}}\n\
             producers: {{p: {{arrivals: {{at_once: 30}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, instances: 3, concurrency: 2, ack: {ack_mode}, idempotency: {{by: inbox, in: db, key: {key}, poll: 200ms}}, do: [work: 1ms, update: {{in: db, row: {{table: item, pick: uniform}}, add: -1, floor: 0, lock: pessimistic, think: {{exponential: 1ms}}, retries: 3, backoff: 1ms}}]}}}}\n\
             faults:\n\
             - lose: {{what: ack, target: c, probability: {ack}%}}\n\
             - lose: {{what: request, target: c, probability: {request}%}}\n\
             - lose: {{what: reply, target: c, probability: {reply}%}}\n\
             - duplicate: {{what: delivery, target: c, probability: {twice}%}}\n\
             - fail: {{target: c, probability: {fails}%}}\n\
             - crash: {{target: c, when: key-reserved, probability: {dies}%, how: {how}, restart_after: 30ms}}\n\
             - crash: {{target: c, when: worked, probability: {works}%, how: {how}, restart_after: 30ms}}\n\
             - crash: {{target: c, when: applied, probability: {commits}%, how: {how}, restart_after: 30ms}}\n\
             - crash: {{target: db, every: {{exponential: 400ms}}, restart_after: 50ms}}\n\
             - outage: {{target: db, how: {outage}, after: 500ms, for: 60ms}}\n\
             - pause: {{target: 'c#1', every: {{exponential: 500ms}}, for: 400ms}}\n\
             - partition: {{between: [[c#2], [db]], every: 700ms, for: 200ms}}\n"
        ));
        assert_eq!(harm(&summary), [0, 0, 0], "seed {round}");
        assert_eq!(summary.outcomes.done + summary.outcomes.declined, 30, "seed {round}");
        stopped += summary.ledger.suppressed;
        deaths += ["key-reserved", "worked", "applied"]
            .map(|at| fault(&summary, &format!("crash-{at}")).fired)
            .iter()
            .sum::<u64>();
        again += summary.ledger.duplicate_executions;
    }
    assert!(stopped > 100 && deaths > 200 && again > 200, "{stopped} {deaths} {again}");
}

#[test]
fn an_inbox_is_where_the_effect_is() {
    let text = |guard: &str, steps: &str| {
        format!(
            "queues: {{q: {{}}}}\nstores: {{db: {{rows: {{sum: {{}}}}}}, other: {{}}, redis: {{kind: cache}}}}\n\
             producers: {{p: {{arrivals: {{for: 1s, every: 10ms}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, idempotency: {guard}, do: [{steps}]}}}}\n"
        )
    };
    let update = "update: {in: db, row: sum, add: 1}";
    for (guard, steps, id) in [
        ("inbox", update, "guard-misfit"),
        ("{by: inbox}", update, "missing-key"),
        ("{by: inbox, in: other}", update, "key-apart"),
        ("{by: inbox, in: redis}", update, "guard-misfit"),
        ("{by: inbox, in: db}", "work: 1ms", "key-apart"),
        ("{by: inbox, in: db, ttl: 1s}", update, "key-elsewhere"),
        ("{by: unique-key, in: db, poll: 1s}", update, "key-elsewhere"),
        ("{by: inbox, in: db, poll: 0s}", update, "out-of-range"),
        (
            "{by: inbox, in: db}",
            "update: {in: db, row: sum, add: 1}, publish: {to: q, same_message: true}",
            "guard-misfit",
        ),
    ] {
        let found = try_scenario(&text(guard, steps)).expect_err("it makes no sense");
        assert!(found.contains(&format!("[{id}]")), "{guard}: {found}");
    }
    try_scenario(&text("{by: inbox, in: db, key: business, poll: 50ms}", update)).expect("it is sound");
}
