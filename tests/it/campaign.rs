//! Guards and locks under heavy faults, drawn at random: which stop what, whatever they are combined with.
//!
//! `MQLAB_SCENARIOS=10000 cargo test --test it campaign` runs a campaign of that many.

use mqlab::metrics::store::Reckoning;
use mqlab::metrics::summary::Summary;

use crate::laboratory::run;
use crate::properties::how_many;
use crate::random_scenario::Luck;

/// They never sell what is not there.
const SAFE: [&str; 6] =
    ["atomic", "pessimistic", "optimistic", "serializable", "skip-locked", "immediate-restart"];

const UNSAFE: [&str; 2] = ["none", "check-only"];

/// They never apply twice.
const TIGHT: [&str; 4] = [
    "{by: unique-key, in: db}",
    "{by: unique-key, in: db, key: business}",
    "{by: inbox, in: db, poll: 200ms}",
    "{by: inbox, in: db, key: business, poll: 200ms}",
];

const LEAKY: [&str; 6] = [
    "none",
    "in-memory",
    "{by: version, from: row}",
    "{by: setnx, in: redis, ttl: 200ms}",
    "{by: setnx, in: redis, mark: after}",
    "{by: setnx, in: redis, mark: lease-then-done, lease: 100ms, fence: true}",
];

/// What a run did that it should not have.
#[derive(Clone, Copy, Debug, Default)]
struct Harm {
    again: u64,
    oversold: u64,
    forgotten: u64,
}

impl Harm {
    fn of(summary: &Summary) -> Self {
        let mut harm = Self { again: summary.ledger.duplicate_effects, ..Self::default() };
        for balance in &summary.balance {
            if let Reckoning::Stock { oversold, forgotten, .. } = balance.reckoning {
                harm.oversold += oversold.unsigned_abs();
                harm.forgotten += forgotten.unsigned_abs();
            }
        }
        harm
    }
}

/// Thirty orders for up to 24 tickets, through three workers, under everything at once.
fn rush(round: u64, dice: &mut Luck, lock: &str, guard: &str) -> Summary {
    let [ack, request, reply, twice, dies, works, commits, fails] = [(); 8].map(|()| dice.below(12));
    let [how, again] = [(); 2].map(|()| dice.one_of(&["process", "machine"]));
    let ack_mode = dice.one_of(&["after-handling", "{batch: 3, every: 20ms}"]);
    let outage = dice.one_of(&["refuse", "hang"]);
    let tickets = dice.one_of(&["2", "5", "8"]);
    let reserves = !guard.contains("none") && !guard.contains("version") && !guard.contains("after");
    let point = if reserves { "key-reserved" } else { "received" };
    run(&format!(
        "seed: {round}\nrun_for: 1s\nuntil: drained\nnetwork: {{latency: {{exponential: 1ms}}}}\n\
         queues: {{q: {{profile: rabbitmq-classic, ack_timeout: 300ms, ack_timeout_check: 0s, heartbeat: 200ms}}}}\n\
         stores:\n  db: {{rows: {{item: {{count: 3, start: {tickets}}}}}, latency: {{exponential: 1ms}}, fsync: 500us, timeout: 100ms, heartbeat: 150ms, connections: 4}}\n  \
         redis: {{kind: cache, latency: 200us, timeout: 50ms}}\n\
         producers: {{p: {{arrivals: {{at_once: 30}}, message: {{key: {{uniform: {{over: 1000000}}}}}}, do: [publish: q]}}}}\n\
         consumers: {{c: {{from: q, instances: 3, concurrency: 2, ack: {ack_mode}, on_error: {{requeue_after: 50ms}}, idempotency: {guard}, do: [work: 1ms, update: {{in: db, row: {{table: item, pick: uniform}}, add: -1, floor: 0, lock: {lock}, think: {{exponential: 1ms}}, retries: 3, backoff: 1ms}}]}}}}\n\
         faults:\n\
         - lose: {{what: ack, target: c, probability: {ack}%}}\n\
         - lose: {{what: request, target: c, probability: {request}%}}\n\
         - lose: {{what: reply, target: c, probability: {reply}%}}\n\
         - duplicate: {{what: delivery, target: c, probability: {twice}%}}\n\
         - fail: {{target: c, probability: {fails}%}}\n\
         - crash: {{target: c, when: {point}, probability: {dies}%, how: {how}, restart_after: 30ms}}\n\
         - crash: {{target: c, when: worked, probability: {works}%, how: {again}, restart_after: 30ms}}\n\
         - crash: {{target: c, when: applied, probability: {commits}%, how: {how}, restart_after: 30ms}}\n\
         - crash: {{target: db, every: {{exponential: 400ms}}, for: 5s, restart_after: 50ms}}\n\
         - outage: {{target: db, how: {outage}, after: 500ms, for: 60ms}}\n\
         - stall: {{target: db, after: 300ms, for: 80ms}}\n\
         - pause: {{target: 'c#1', after: 100ms, for: 400ms}}\n\
         - partition: {{between: [[c#2], [db]], after: 200ms, for: 200ms}}\n"
    ))
}

#[test]
fn a_guard_stops_duplicates_and_a_lock_overselling_and_only_both_do_both() {
    let mut dice = Luck(31);
    // By whether the lock is safe, and whether the guard is tight.
    let mut totals = [[Harm::default(); 2]; 2];
    for round in 0..how_many(160) {
        let (is_safe, is_tight) = (round & 1 == 1, round & 2 == 2);
        let lock = dice.one_of(if is_safe { &SAFE[..] } else { &UNSAFE });
        let guard = dice.one_of(if is_tight { &TIGHT[..] } else { &LEAKY });
        let harm = Harm::of(&rush(round, &mut dice, lock, guard));
        assert!(!is_tight || harm.again == 0, "round {round}: {guard} under {lock}: {harm:?}");
        assert!(
            !is_safe || harm.oversold + harm.forgotten == 0,
            "round {round}: {lock} under {guard}: {harm:?}"
        );
        let total = &mut totals[usize::from(is_safe)][usize::from(is_tight)];
        total.again += harm.again;
        total.oversold += harm.oversold;
        total.forgotten += harm.forgotten;
    }
    println!("unsafe and safe locks, each under leaky and tight guards: {totals:?}");
    let [[neither, guard_alone], [lock_alone, both]] = totals;
    assert!(neither.again > 0 && neither.oversold + neither.forgotten > 0, "{neither:?}");
    assert!(guard_alone.oversold + guard_alone.forgotten > 0, "a guard is no lock: {guard_alone:?}");
    assert!(lock_alone.again > 0, "a lock is no guard: {lock_alone:?}");
    assert_eq!((both.again, both.oversold, both.forgotten), (0, 0, 0));
}
