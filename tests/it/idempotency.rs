//! Idempotency guards: which of them stop what, and at what rate the others break.

use mqlab::metrics::store::Reckoning;
use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, run, try_scenario};
use crate::random_scenario::Luck;

/// 1 999 messages through two instances that take a while, under `faults`, each of which updates a sum.
fn handled(idempotency: &str, faults: &str) -> Summary {
    run(&format!(
        "seed: 7\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
         queues: {{q: {{ack_timeout: 1s}}}}\n\
         stores: {{db: {{rows: {{sum: {{count: 50}}}}, latency: 1ms}}, redis: {{kind: cache, latency: 200us}}}}\n\
         producers: {{p: {{arrivals: {{for: 20s, every: 10ms}}, message: {{key: {{uniform: {{over: 50}}}}}}, do: [publish: q]}}}}\n\
         consumers: {{c: {{from: q, instances: 2, idempotency: {idempotency}, do: [work: 5ms, update: {{in: db, row: sum, add: 1, lock: atomic}}]}}}}\n\
         faults: [{faults}]\n"
    ))
}

/// What was applied twice, what was lost, what was stopped.
fn harm(summary: &Summary) -> [u64; 3] {
    [summary.ledger.duplicate_effects, summary.outcomes.lost, summary.ledger.suppressed]
}

const LOST_ACKS: &str = "lose: {what: ack, target: c, probability: 10%}";

#[test]
fn a_unique_key_in_the_effects_transaction_stops_every_duplicate() {
    let without = handled("none", LOST_ACKS);
    assert!(harm(&without)[0] > 100, "{:?}", harm(&without));
    let with = handled("{by: unique-key, in: db}", LOST_ACKS);
    let lost_acks = fault(&with, "lose-ack").fired;
    assert_eq!(harm(&with), [0, 0, lost_acks], "each redelivery is stopped once");
    assert_eq!((with.outcomes.done, with.ledger.suppressed_without_effect), (1999, 0));
    let Reckoning::Sum { actual, .. } = with.balance[0].reckoning else { panic!("it is a sum") };
    assert_eq!(actual, 1999);
}

#[test]
fn a_memory_is_lost_with_its_instance_and_no_other_instance_has_it() {
    let lost_acks = |instances: &str| {
        run(&format!(
            "until: drained\nqueues: {{q: {{ack_timeout: 1s}}}}\n\
             producers: {{p: {{arrivals: {{for: 20s, every: 10ms}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, instances: {instances}, idempotency: in-memory, do: [work: 1ms]}}}}\n\
             faults: [{LOST_ACKS}]\n"
        ))
    };
    let alone = lost_acks("1");
    assert_eq!(harm(&alone), [0, 0, fault(&alone, "lose-ack").fired]);
    let two = lost_acks("2");
    let [again, lost, stopped] = harm(&two);
    assert!(again > 50 && stopped > 50 && lost == 0, "{again} {stopped}");
    let restarted =
        handled("in-memory", "crash: {target: c, when: before-ack, probability: 5%, restart_after: 10ms}");
    let [again, lost, _] = harm(&restarted);
    let crashes = fault(&restarted, "crash-before-ack").fired;
    assert!(crashes > 50 && lost == 0);
    assert_eq!(again, crashes, "what died had forgotten that it was done");
}

/// A crash between the key and the effect loses the message, each of them and nothing else.
#[test]
fn setnx_before_loses_what_dies_between_key_and_effect() {
    let crash = "crash: {target: c, when: key-reserved, probability: 5%, restart_after: 10ms}";
    for guard in ["{by: setnx, in: redis}", "{by: unique-key, in: db, transaction: separate}"] {
        let summary = handled(guard, crash);
        let crashes = fault(&summary, "crash-key-reserved").fired;
        assert!(crashes > 50);
        assert_eq!(harm(&summary), [0, crashes, crashes], "{guard}");
        assert_eq!(summary.ledger.suppressed_without_effect, crashes, "{guard}");
    }
    let with_effect = handled("{by: unique-key, in: db}", crash);
    assert!(fault(&with_effect, "crash-key-reserved").fired > 50);
    assert_eq!(harm(&with_effect), [0, 0, 0], "the key rolls back with the effect that never came");
}

/// A crash between the effect and the mark repeats the message, each of them and nothing else.
#[test]
fn setnx_after_repeats_what_dies_between_effect_and_mark() {
    let crash = "crash: {target: c, when: applied, probability: 5%, restart_after: 10ms}";
    let summary = handled("{by: setnx, in: redis, mark: after}", crash);
    let crashes = fault(&summary, "crash-applied").fired;
    assert!(crashes > 50);
    assert_eq!(harm(&summary), [crashes, 0, 0]);
    let marked = "crash: {target: c, when: key-marked, probability: 5%, restart_after: 10ms}";
    let summary = handled("{by: setnx, in: redis, mark: after}", marked);
    assert_eq!(harm(&summary), [0, 0, fault(&summary, "crash-key-marked").fired]);
}

/// `handled`, where errors wait before they are tried again.
fn patient(idempotency: &str, faults: &str) -> Summary {
    run(&format!(
        "seed: 7\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
         queues: {{q: {{ack_timeout: 1s, max_deliveries: 30}}}}\n\
         stores: {{db: {{rows: {{sum: {{count: 50}}}}, latency: 1ms}}, redis: {{kind: cache, latency: 200us}}}}\n\
         producers: {{p: {{arrivals: {{for: 20s, every: 20ms}}, do: [publish: q]}}}}\n\
         consumers: {{c: {{from: q, instances: 2, on_error: {{requeue_after: 200ms}}, idempotency: {idempotency}, do: [work: 5ms, update: {{in: db, row: sum, add: 1, lock: atomic}}]}}}}\n\
         faults: [{faults}]\n"
    ))
}

#[test]
fn a_lease_loses_nothing_and_repeats_what_dies_before_its_mark() {
    let guard = "{by: setnx, in: redis, mark: lease-then-done, lease: 500ms}";
    let crash = |point| format!("crash: {{target: c, when: {point}, probability: 5%, restart_after: 10ms}}");
    let reserved = patient(guard, &crash("key-reserved"));
    assert!(fault(&reserved, "crash-key-reserved").fired > 20);
    assert_eq!(harm(&reserved)[..2], [0, 0], "the lease ends, and somebody else does it");
    let applied = patient(guard, &crash("applied"));
    assert_eq!(harm(&applied)[..2], [fault(&applied, "crash-applied").fired, 0]);
}

#[test]
fn a_crash_between_setnx_and_expire_leaves_the_key_for_ever() {
    let crash = "crash: {target: c, when: key-reserved, probability: 5%, restart_after: 10ms}";
    let apart = patient("{by: setnx, in: redis, ttl: 500ms, if_taken: retry, expire: separate-call}", crash);
    let crashes = fault(&apart, "crash-key-reserved").fired;
    assert!(crashes > 20);
    assert_eq!((apart.outcomes.dropped, apart.outcomes.done), (crashes, 999 - crashes));
    let together = patient("{by: setnx, in: redis, ttl: 500ms, if_taken: retry}", crash);
    assert_eq!((together.outcomes.dropped, together.outcomes.done), (0, 999));
}

#[test]
fn a_key_has_to_outlive_the_redelivery_and_the_handler() {
    let short = handled("{by: setnx, in: redis, ttl: 500ms}", LOST_ACKS);
    assert_eq!(harm(&short), [fault(&short, "lose-ack").fired, 0, 0], "it is gone when the message returns");
    let long = handled("{by: setnx, in: redis, ttl: 1min}", LOST_ACKS);
    assert_eq!(harm(&long), [0, 0, fault(&long, "lose-ack").fired]);
    let slow = "slow: {target: c, probability: 2%, factor: 300}";
    let owners = handled("{by: setnx, in: redis, ttl: 900ms}", slow);
    assert!(harm(&owners)[0] > 10, "{:?}", harm(&owners));
    let one = handled("{by: setnx, in: redis, ttl: 1min}", slow);
    assert_eq!(harm(&one)[..2], [0, 0]);
    assert!(harm(&one)[2] > 10, "{:?}", harm(&one));
}

#[test]
fn without_its_cache_a_guard_lets_through_or_stops() {
    let faults = format!("{LOST_ACKS}, outage: {{target: redis, after: 5s, for: 5s}}");
    let guard = |when| format!("{{by: setnx, in: redis, when_cache_is_down: {when}}}");
    let open = patient(&guard("open"), &faults);
    assert!(harm(&open)[0] > 5 && harm(&open)[1] == 0, "{:?}", harm(&open));
    let closed = patient(&guard("closed"), &faults);
    assert_eq!((harm(&closed)[..2].to_vec(), closed.outcomes.done), (vec![0, 0], 999));
    assert!(closed.ledger.nacks > open.ledger.nacks);
}

#[test]
fn a_cache_forgets_at_a_crash_what_no_replica_has() {
    let crash = |replica| {
        run(&format!(
            "until: drained\nqueues: {{q: {{ack_timeout: 2s}}}}\n\
             stores: {{redis: {{kind: cache, replica: {replica}}}}}\n\
             producers: {{p: {{arrivals: {{for: 20s, every: 10ms}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, on_error: {{requeue_after: 50ms}}, idempotency: {{by: setnx, in: redis}}, do: [work: 1ms]}}}}\n\
             faults: [{LOST_ACKS}, crash: {{target: redis, every: 5s, restart_after: 10ms}}]\n"
        ))
    };
    let [empty, old, fresh] = ["none", "{lag: 1s}", "{lag: 0s}"].map(|replica| harm(&crash(replica))[0]);
    assert!(empty > old && old > fresh, "{empty} {old} {fresh}");
    assert_eq!(fresh, 0, "a replica that misses nothing makes a crash harmless");
}

#[test]
fn a_version_that_is_read_from_the_row_stops_no_duplicate() {
    let none = handled("none", LOST_ACKS);
    let row = handled("{by: version, from: row}", LOST_ACKS);
    assert!(harm(&row)[0] > 100 && harm(&row)[2] == 0);
    assert_eq!(harm(&row)[0], harm(&none)[0], "the same redeliveries, applied as often");
    let message = handled("{by: version, in: db, from: message}", LOST_ACKS);
    let [again, _, stopped] = harm(&message);
    assert!(again == 0 && stopped >= fault(&message, "lose-ack").fired);
}

#[test]
fn a_status_is_as_fine_as_its_states() {
    let summary = handled("{by: status, in: db, states: {from: pending, to: paid}}", LOST_ACKS);
    assert_eq!((summary.outcomes.done, harm(&summary)[0]), (50, 0), "one for each of the 50 keys");
    assert_eq!(summary.outcomes.lost, 1949);
    let stale = handled(
        "{by: status, in: db, states: {from: pending, to: paid}, on_stale: dead-letter}",
        "lose: {what: ack, target: c, probability: 0%}",
    );
    assert_eq!((stale.outcomes.done, stale.outcomes.dropped), (50, 1949), "rejected, and nobody takes them");
}

/// A resend under a new id is another message to whoever looks at ids, and the same to whoever looks at keys.
#[test]
fn a_business_key_recognises_a_resend_under_a_new_id() {
    let resent = |key: &str| {
        run(&format!(
            "until: drained\nqueues: {{q: {{}}}}\nstores: {{db: {{rows: {{sum: {{}}}}}}}}\n\
             producers: {{p: {{arrivals: {{for: 2s, every: 10ms}}, message: {{key: {{uniform: {{over: 1000000000}}}}}}, do: [publish: {{to: q, confirm: {{timeout: 50ms, retries: 9, id: new}}}}]}}}}\n\
             consumers: {{c: {{from: q, idempotency: {{by: unique-key, in: db, key: {key}}}, do: [update: {{in: db, row: sum, add: 1}}]}}}}\n\
             faults: [lose: {{what: confirm, target: p, probability: 20%}}]\n"
        ))
    };
    let by_id = resent("message-id");
    assert!(by_id.ledger.stored_duplicates > 10);
    assert_eq!(harm(&by_id), [by_id.ledger.stored_duplicates, 0, 0]);
    let by_key = resent("business");
    assert_eq!(harm(&by_key), [0, 0, by_key.ledger.stored_duplicates]);
}

#[test]
fn a_fence_refuses_an_owner_that_overslept_its_lease() {
    let asleep = |fence: bool| {
        run(&format!(
            "seed: 3\nuntil: drained\nnetwork: {{latency: 1ms}}\nqueues: {{q: {{ack_timeout: 500ms}}}}\n\
             stores: {{db: {{rows: {{sum: {{}}}}}}, redis: {{kind: cache}}}}\n\
             producers: {{p: {{arrivals: {{for: 40s, every: 20ms}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, instances: 6, prefetch: 1, on_error: {{requeue_after: 100ms}}, \
             idempotency: {{by: setnx, in: redis, mark: lease-then-done, lease: 200ms, fence: {fence}}}, \
             do: [work: 1ms, update: {{in: db, row: sum, add: 1, lock: atomic}}]}}}}\n\
             faults: [pause: {{target: 'c#0', when: key-reserved, probability: 10%, for: 1750ms}}]\n"
        ))
    };
    let bare = asleep(false);
    assert!(harm(&bare)[0] > 5 && harm(&bare)[1] == 0, "{:?}", harm(&bare));
    let fenced = asleep(true);
    assert!(fault(&fenced, "pause-key-reserved").fired > 5);
    assert_eq!(harm(&fenced)[..2], [0, 0], "only one worker ever sleeps: the other is always first");
}

/// Whatever strikes, and however rows are locked.
#[test]
fn a_unique_key_with_the_effect_never_applies_twice() {
    const LOCKS: [&str; 8] = [
        "none",
        "check-only",
        "atomic",
        "pessimistic",
        "optimistic",
        "serializable",
        "immediate-restart",
        "skip-locked",
    ];
    let mut luck = Luck(11);
    let mut stopped = 0;
    for round in 0..160_u64 {
        let strategy = luck.one_of(&LOCKS);
        let [ack, request, reply, dies, commits, twice] = [(); 6].map(|()| luck.below(12));
        let how = luck.one_of(&["process", "machine"]);
        let ack_mode = luck.one_of(&["after-handling", "{batch: 3, every: 20ms}"]);
        let summary = run(&format!(
            "seed: {round}\nrun_for: 1s\nuntil: drained\nnetwork: {{latency: {{exponential: 1ms}}}}\n\
             queues: {{q: {{profile: rabbitmq-classic, ack_timeout: 300ms, ack_timeout_check: 0s, heartbeat: 200ms}}}}\n\
             stores: {{db: {{rows: {{item: {{count: 3, start: 1000}}}}, latency: {{exponential: 1ms}}, timeout: 100ms, heartbeat: 150ms, connections: 4}}}}\n\
             producers: {{p: {{arrivals: {{at_once: 30}}, message: {{key: {{uniform: {{over: 3}}}}}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, instances: 3, concurrency: 2, ack: {ack_mode}, idempotency: {{by: unique-key, in: db}}, do: [work: 1ms, update: {{in: db, row: item, add: -1, floor: 0, lock: {strategy}, think: {{exponential: 1ms}}, retries: 3, backoff: 1ms}}]}}}}\n\
             faults:\n\
             - lose: {{what: ack, target: c, probability: {ack}%}}\n\
             - lose: {{what: request, target: c, probability: {request}%}}\n\
             - lose: {{what: reply, target: c, probability: {reply}%}}\n\
             - duplicate: {{what: delivery, target: c, probability: {twice}%}}\n\
             - crash: {{target: c, when: key-reserved, probability: {dies}%, how: {how}, restart_after: 30ms}}\n\
             - crash: {{target: c, when: applied, probability: {commits}%, how: {how}, restart_after: 30ms}}\n\
             - crash: {{target: db, every: {{exponential: 400ms}}, restart_after: 50ms}}\n"
        ));
        assert_eq!(summary.ledger.duplicate_effects, 0, "{strategy}, seed {round}");
        stopped += summary.ledger.suppressed;
    }
    assert!(stopped > 300, "{stopped} duplicates came");
}

#[test]
fn a_key_in_another_store_than_the_effect_is_an_error() {
    let text = |guard: &str, steps: &str| {
        format!(
            "queues: {{q: {{}}}}\nstores: {{db: {{rows: {{sum: {{}}}}}}, other: {{}}, redis: {{kind: cache}}}}\n\
             producers: {{p: {{arrivals: {{for: 1s, every: 10ms}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, idempotency: {guard}, do: [{steps}]}}}}\n"
        )
    };
    let update = "update: {in: db, row: sum, add: 1}";
    let complaint =
        |guard: &str, steps: &str| try_scenario(&text(guard, steps)).expect_err("it makes no sense");
    for (guard, steps, id) in [
        ("{by: unique-key, in: other}", update, "key-apart"),
        ("{by: unique-key, in: db}", "work: 1ms", "key-apart"),
        ("{by: unique-key, in: redis}", update, "guard-misfit"),
        ("{by: setnx, in: db}", update, "guard-misfit"),
        ("{by: setnx, in: redis, fence: true}", "work: 1ms", "guard-misfit"),
        ("{by: setnx, in: redis, lease: 1s}", update, "guard-misfit"),
        ("{by: version, from: row}", "work: 1ms", "guard-misfit"),
        ("{by: status, in: db, states: {from: paid, to: paid}}", update, "guard-misfit"),
        ("setnx", update, "guard-misfit"),
        ("{by: unique-key, in: db, ttl: 1s}", update, "key-elsewhere"),
        ("{by: unique-key, in: nowhere}", update, "unknown-name"),
        ("{by: unique-key, in: db}", "update: {in: redis, row: sum, add: 1}", "unknown-name"),
    ] {
        let found = complaint(guard, steps);
        assert!(found.contains(&format!("[{id}]")), "{guard}: {found}");
    }
    for guard in ["none", "in-memory", "{by: none}", "{by: unique-key, in: other, transaction: separate}"] {
        try_scenario(&text(guard, update)).unwrap_or_else(|found| panic!("{guard}: {found}"));
    }
}

#[test]
fn an_eviction_forgets_keys_that_a_redelivery_would_need() {
    let evicted = |share: &str| {
        handled(
            "{by: setnx, in: redis}",
            &format!("{LOST_ACKS}, evict: {{target: redis, every: 500ms, share: {share}}}"),
        )
    };
    let [none, half, all] = ["0%", "50%", "100%"].map(|share| harm(&evicted(share))[0]);
    assert!(none == 0 && half > 50 && all > half, "{none} {half} {all}");
}
