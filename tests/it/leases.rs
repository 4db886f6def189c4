//! Leases as locks: times by hand, theory where there is one, and random runs in which only a fence holds.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, latency, run};
use crate::random_scenario::Luck;
use crate::scenarios::run_variant;
use crate::stores::{agrees, how_many_rushes, stock, store};

fn calls_of_cache(summary: &Summary) -> u64 {
    summary.stores[1].1.counts.calls
}

fn is_ms(value: f64, expected: f64) -> bool {
    (value - expected).abs() < 1e-9
}

/// Two buyers, 1 ms apart. The first is told at 2.2 that it has the lease, reads until 4.2, thinks until 9.2, has
/// written at 11.2, and is told at 13.4 that the lease is free, which it is since 12.4. The second asks at 1 and at
/// 6.2 in vain, and a third time at 11.4: that arrives when it is free, and is answered at 13.6.
fn two_buyers(retries: &str) -> Summary {
    run(&format!(
        "run_for: 1s\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
         stores: {{db: {{rows: {{item: {{start: 5}}}}}}, redis: {{kind: cache, latency: 200us}}}}\n\
         producers: {{p: {{arrivals: {{trace: [0ms, 1ms]}}, do: [update: {{in: db, row: item, add: -1, floor: 0, \
         lock: {{by: lease, in: redis, ttl: 1s}}, think: 5ms, retries: {retries}, backoff: 3ms}}]}}}}\n"
    ))
}

#[test]
fn a_lease_is_polled_for_and_given_back_behind_the_update() {
    let summary = two_buyers("unlimited");
    let operation = latency(&summary, "operation");
    let both = operation.mean_ms.expect("two succeeded") * 2.0;
    assert!(is_ms(operation.max_ms.expect("two succeeded"), 23.8), "{operation:?}");
    assert!(is_ms(both, 13.4 + 23.8), "{operation:?}");
    let wait = latency(&summary, "lock_wait");
    assert_eq!(wait.count, 4, "two leases, and the locks that the two writes take for themselves, at once");
    assert!(is_ms(wait.max_ms.expect("both waited"), 12.6), "{wait:?}");
    assert!(is_ms(wait.mean_ms.expect("both waited"), (2.2 + 12.6) / 4.0), "{wait:?}");
    let counts = store(&summary).counts;
    assert_eq!((counts.attempts, counts.retries, counts.conflicts, counts.commits), (4, 2, 2, 2));
    assert_eq!(
        (counts.calls, calls_of_cache(&summary)),
        (4, 6),
        "a read and a write; 4 tries and 2 releases"
    );
    assert_eq!(summary.stores[1].1.cache_calls, Some(3.0));
    assert_eq!((stock(&summary), counts.gave_up), ([5, 5, 2, 2, 0, 0], 0));
}

#[test]
fn who_has_no_tries_left_gives_up_as_with_any_other_lock() {
    let summary = two_buyers("1");
    let counts = store(&summary).counts;
    assert_eq!((counts.gave_up, counts.conflicts, counts.retries, counts.commits), (1, 2, 1, 1));
    assert_eq!((summary.operations.succeeded, summary.operations.failed), (1, 1));
    let wait = latency(&summary, "lock_wait").max_ms.expect("both waited");
    assert!(is_ms(wait, 7.4), "from 1 to the second no at 8.4: {wait}");
}

/// What c#0 does to the first of two messages, 1 ms apart, and what the other worker makes of the second. Each
/// ends by itself; the second one asks for the lease every 12 ms.
fn struck(fault: &str, lease: &str) -> Summary {
    run(&format!(
        "run_for: 2s\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
         producers: {{p: {{arrivals: {{trace: [1ms, 2ms]}}, do: [publish: q]}}}}\n\
         queues: {{q: {{ack_timeout: 30s}}}}\n\
         stores: {{db: {{rows: {{item: {{start: 5}}}}}}, redis: {{kind: cache}}}}\n\
         consumers: {{c: {{from: q, instances: 2, prefetch: 1, do: [update: {{in: db, row: item, add: -1, floor: 0, \
         lock: {{by: lease, in: redis, {lease}}}, think: 5ms, retries: unlimited, backoff: 10ms}}]}}}}\n\
         faults: [{{{fault}, target: \"c#0\", when: locked, probability: 100%, after: 0s}}}}]\n"
    ))
}

/// The owner dies at once; its lease begins when the second asks for the first time minus 1 ms. The second's
/// questions arrive 1, 13, 25, … after that: the first from 500 ms on comes at 1 + 42 · 12 = 505.
#[test]
fn a_dead_owner_holds_the_row_until_the_lease_runs_out() {
    let summary = struck("crash: {restart_after: 600s", "ttl: 500ms");
    assert_eq!(fault(&summary, "crash-locked").fired, 1);
    let wait = latency(&summary, "lock_wait");
    assert!(is_ms(wait.max_ms.expect("two waited"), 506.0), "{wait:?}");
    let renewed = struck("crash: {restart_after: 600s", "ttl: 500ms, renew: true");
    let wait = latency(&renewed, "lock_wait");
    assert!(is_ms(wait.max_ms.expect("two waited"), 506.0), "the dead renew nothing: {wait:?}");
}

/// The owner has read the row, freezes for 300 ms, and writes what it computed over what the other has sold.
#[test]
fn a_paused_owner_outlives_its_lease_even_a_renewed_one() {
    for lease in ["ttl: 100ms", "ttl: 100ms, renew: true", "ttl: 100ms, renew: true, release: unchecked"] {
        let summary = struck("pause: {for: 300ms", lease);
        assert_eq!(fault(&summary, "pause-locked").fired, 1);
        let counts = store(&summary).counts;
        assert_eq!((counts.commits, counts.overwrites, counts.lost_updates), (2, 1, 1), "{lease}");
        assert_eq!(stock(&summary)[2..4], [2, 1], "{lease}");
    }
    let in_time = struck("pause: {for: 300ms", "ttl: 400ms");
    assert_eq!(store(&in_time).counts.lost_updates, 0);
}

/// The other has read the row with a higher number: the late write is refused, and its owner tries again.
#[test]
fn a_fence_refuses_the_late_write() {
    for lease in ["ttl: 100ms", "ttl: 100ms, renew: true", "ttl: 100ms, release: unchecked"] {
        let summary = struck("pause: {for: 300ms", &format!("{lease}, fence: true"));
        assert_eq!(fault(&summary, "pause-locked").fired, 1);
        let counts = store(&summary).counts;
        // The second asks at 1, 13, … after the lease began: nine times in vain until it ends at 100.
        assert_eq!((counts.commits, counts.conflicts), (2, 9 + 1), "{lease}");
        assert_eq!((counts.overwrites, counts.lost_updates), (0, 0), "{lease}");
        assert_eq!(stock(&summary), [5, 5, 2, 2, 0, 0], "{lease}");
    }
}

/// A think of five times the lease. The watchdog renews it every 10 ms, from when its grant is heard at 2 ms until
/// the answer to the write at 156: 15 times for each buyer. The second asks every 12 ms from 1 on, the 14th time in
/// time for the release that arrives at 157.
#[test]
fn a_watchdog_keeps_a_long_think_safe() {
    let buyers = |renew: bool| {
        run(&format!(
            "run_for: 1s\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
             stores: {{db: {{rows: {{item: {{start: 5}}}}}}, redis: {{kind: cache}}}}\n\
             producers: {{p: {{arrivals: {{trace: [0ms, 1ms]}}, do: [update: {{in: db, row: item, add: -1, floor: 0, \
             lock: {{by: lease, in: redis, ttl: 30ms, renew: {renew}}}, think: 150ms, retries: unlimited, backoff: 10ms}}]}}}}\n"
        ))
    };
    let renewed = buyers(true);
    assert_eq!(store(&renewed).counts.lost_updates, 0);
    assert_eq!(calls_of_cache(&renewed), (1 + 15 + 1) + (14 + 15 + 1));
    let bare = buyers(false);
    assert_eq!(
        store(&bare).counts.lost_updates,
        1,
        "the second read what the first was still thinking about"
    );
}

/// Leases of 40 ms, no time but thinking. A thinks for 50 from 0; B takes the lease at 40 and thinks for 30; A
/// writes and gives back at 50. Unchecked, that is B's: C, who asks from 52 on, reads then, and writes at 62 what B
/// overwrites at 70. Checked, C waits for B.
#[test]
fn an_unchecked_release_frees_the_lock_of_another() {
    let three = |more: &str| {
        let buyer = |name: &str, at: u32, think: u32| {
            format!(
                "{name}: {{arrivals: {{trace: [{at}ms]}}, do: [update: {{in: db, row: counter, add: 1, \
                 lock: {{by: lease, in: redis, ttl: 40ms, {more}}}, think: {think}ms, retries: unlimited, backoff: 5ms}}]}}"
            )
        };
        let buyers = [buyer("a", 0, 50), buyer("b", 5, 30), buyer("c", 52, 10)].join(", ");
        let summary = run(&format!(
            "run_for: 1s\nuntil: drained\nstores: {{db: {{rows: {{counter: {{}}}}}}, redis: {{kind: cache}}}}\n\
             producers: {{{buyers}}}\n"
        ));
        let counts = store(&summary).counts;
        assert_eq!(counts.commits, 3, "{more}");
        counts.lost_updates
    };
    assert_eq!(three("release: unchecked"), 2);
    assert_eq!(three("release: checked"), 1, "only A's own: it has overslept");
    assert_eq!(three("release: checked, fence: true"), 0);
    assert_eq!(three("release: unchecked, fence: true"), 0);
}

/// Buyers come at rate λ to a lease of length T, think for g > T, and give up where it is taken. That is an Erlang
/// loss system with one server: λT/(1 + λT) are turned away. Who is let in follows the one before after T and an
/// exponential time, and overwrites if that is less than g: 1 − q of them, with q = e^(−λ(g−T)); with T = g nobody,
/// with T = 0 as many as without a lock. What an update builds on is the last that had been written when it was
/// begun: the one before it with probability q, or else (g ≤ 2T) the one before that. So 1/(2 − q) remain.
#[test]
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn a_lease_shorter_than_its_use_loses_what_the_closed_form_says() {
    for (ttl_ms, gap_ms) in [(12.0_f64, 20.0_f64), (10.0, 20.0), (30.0, 20.0)] {
        let summary = run(&format!(
            "run_for: 2000s\nuntil: drained\nstores: {{db: {{rows: {{counter: {{}}}}}}, redis: {{kind: cache}}}}\n\
             producers: {{p: {{arrivals: {{poisson: 100/s}}, do: [update: {{in: db, row: counter, add: 1, \
             lock: {{by: lease, in: redis, ttl: {ttl_ms}ms}}, think: {gap_ms}ms}}]}}}}\n"
        ));
        let counts = store(&summary).counts;
        let (commits, attempts) = (counts.commits as f64, counts.attempts as f64);
        let held = ttl_ms.min(gap_ms);
        let load = 0.1 * held;
        let denied = load / (1.0 + load);
        let error = (denied * (1.0 - denied) / attempts).sqrt();
        agrees("turned away", counts.gave_up as f64 / attempts, denied, error);
        let q = libm::exp(-0.1 * (gap_ms - held));
        let error = (q * (1.0 - q) / commits).sqrt().max(1e-9);
        agrees("overwrites", counts.overwrites as f64 / commits, 1.0 - q, error);
        let jump = 2.0 - q;
        let error = (q * (1.0 - q) / (jump * jump * jump * commits)).sqrt().max(1e-9);
        agrees("lost", counts.lost_updates as f64 / commits, 1.0 - 1.0 / jump, error);
    }
}

/// A small rush under leases, with faults of every kind.
fn rush(luck: &mut Luck, fence: bool) -> String {
    let rows = 1 + luck.below(3);
    let how_many = if rows > 1 { 1 + luck.below(2) } else { 1 };
    let take = format!(
        "row: {{table: item, pick: {}, how_many: {how_many}, order: {}}}, add: -1, floor: 0, think: {}",
        luck.one_of(&["key", "uniform", "{zipf: {exponent: 1.2}}"]),
        luck.one_of(&["given", "sorted"]),
        luck.one_of(&["3ms", "20ms", "{exponential: 15ms}"])
    );
    let more = format!(
        "lock: {{by: lease, in: redis, ttl: {}, renew: {}, release: {}, fence: {fence}}}, retries: {}, backoff: {}",
        luck.one_of(&["5ms", "30ms", "200ms"]),
        luck.one_of(&["true", "false"]),
        luck.one_of(&["checked", "unchecked"]),
        luck.one_of(&["3", "unlimited"]),
        luck.one_of(&["4ms", "{base: 2ms, factor: 2, cap: 20ms, jitter: full}"])
    );
    let step = match luck.below(3) {
        0 => format!("transaction: {{in: db, do: [read: item, update: {{{take}}}], {more}}}"),
        _ => format!("update: {{in: db, {take}, {more}}}"),
    };
    format!(
        "seed: {}\nrun_for: 1s\nuntil: drained\nnetwork: {{latency: {}}}\n\
         producers: {{p: {{arrivals: {{poisson: 60/s}}, message: {{key: {{uniform: {{over: 5}}}}}}, do: [publish: q]}}}}\n\
         queues: {{q: {{ack_timeout: 300ms, max_deliveries: 5}}}}\n\
         stores: {{db: {{rows: {{item: {{count: {rows}, start: {}}}}}, latency: {}, fsync: {}, timeout: 500ms, heartbeat: 200ms}}, \
         redis: {{kind: cache, latency: {}, replica: {}, timeout: 200ms}}}}\n\
         consumers: {{c: {{from: q, instances: {}, prefetch: 4, concurrency: 2, idempotency: {}, do: [work: 1ms, {step}]}}}}\n\
         faults: [{{level: {}}}, {{pause: {{target: c, every: {{exponential: 200ms}}, for: 100ms}}}}, \
         {{pause: {{target: c, when: locked, probability: 5%, for: 60ms}}}}, \
         {{crash: {{target: c, every: {{exponential: 400ms}}, restart_after: 50ms}}}}, \
         {{crash: {{target: c, how: machine, when: locked, probability: 3%, restart_after: 100ms}}}}, \
         {{crash: {{target: db, every: {{exponential: 500ms}}, restart_after: 30ms}}}}, \
         {{crash: {{target: redis, every: {{exponential: 300ms}}, restart_after: 10ms}}}}, \
         {{evict: {{target: redis, every: 150ms, share: 50%}}}}, \
         {{lose: {{what: reply, target: redis, probability: 3%}}}}, {{lose: {{what: request, target: redis, probability: 3%}}}}, \
         {{lose: {{what: reply, target: db, probability: 2%}}}}, {{lose: {{what: request, target: db, probability: 2%}}}}, \
         {{delay: {{what: request, target: db, by: 40ms, probability: 5%}}}}, \
         {{partition: {{between: [[c], [redis]], after: 400ms, for: 80ms}}}}]\n",
        luck.below(1_000_000),
        luck.one_of(&["0s", "1ms", "{exponential: 2ms}"]),
        5 + luck.below(40),
        luck.one_of(&["0s", "1ms", "{exponential: 2ms}"]),
        luck.one_of(&["0s", "2ms"]),
        luck.one_of(&["0s", "200us"]),
        luck.one_of(&["none", "{lag: 20ms}"]),
        2 + luck.below(5),
        luck.one_of(&["none", "{by: unique-key, in: db}", "{by: setnx, in: redis, ttl: 1s}"]),
        luck.one_of(&["none", "light", "heavy", "swarm"]),
    )
}

/// Random runs of each kind; `MQLAB_RUSHES` makes more.
const RUSHES: u64 = 400;

#[test]
fn a_fenced_lease_never_oversells_whatever_fails() {
    let (mut accepted, mut conflicts) = (0, 0);
    for seed in 0..how_many_rushes(RUSHES) {
        let text = rush(&mut Luck(seed), true);
        let summary = run(&text);
        let [_, capacity, taken, row_change, oversold, forgotten] = stock(&summary);
        assert!(oversold == 0 && forgotten == 0 && taken <= capacity, "{taken} of {capacity}:\n{text}");
        assert_eq!((taken, summary.stores[0].1.counts.overwrites), (row_change, 0), "{text}");
        assert_eq!(summary.outcomes.unfinished, 0, "it drained:\n{text}");
        assert!(summary.ledger.duplicate_effects == 0 || !text.contains("unique-key"), "{text}");
        accepted += taken;
        conflicts += summary.stores[0].1.counts.conflicts;
    }
    assert!(accepted > 2000 && conflicts > 1000, "{accepted} sold, {conflicts} conflicts");
}

/// The same runs without a fence.
#[test]
fn a_lease_alone_loses_updates_and_oversells() {
    let (mut broken, mut too_many) = (0_u64, 0);
    let runs = how_many_rushes(RUSHES);
    for seed in 0..runs {
        let [_, _, _, _, oversold, forgotten] = stock(&run(&rush(&mut Luck(seed), false)));
        broken += u64::from(forgotten > 0);
        too_many += oversold;
    }
    assert!(broken > runs / 2 && too_many > 0, "{broken} of {runs} broke, {too_many} sold too many");
}

/// Two buyers at once of the first table of each of these databases.
fn at_once(first: &str, second: &str) -> u64 {
    let buyer = |at: &str| {
        format!(
            "{{arrivals: {{trace: [0ms]}}, do: [update: {{in: {at}, row: item, add: 1, \
             lock: {{by: lease, in: redis, ttl: 1s}}, think: 5ms}}]}}"
        )
    };
    let summary = run(&format!(
        "run_for: 1s\nuntil: drained\n\
         stores: {{db: {{rows: {{item: {{}}}}}}, redis: {{kind: cache}}, other: {{rows: {{item: {{}}, more: {{}}}}}}}}\n\
         producers: {{p: {}, q: {}}}\n",
        buyer(first),
        buyer(second)
    ));
    summary.operations.succeeded
}

#[test]
fn leases_of_two_databases_are_not_the_same() {
    assert_eq!(at_once("db", "db"), 1);
    assert_eq!(at_once("other", "other"), 1);
    assert_eq!(at_once("db", "other"), 2);
}

/// Two transactions that take the same two leases the other way round end: who is refused the second gives the
/// first one back.
#[test]
fn leases_of_several_rows_are_all_or_none() {
    let summary = run("run_for: 100s\nuntil: drained\nnetwork: {latency: 1ms}\n\
         producers: {p: {arrivals: {poisson: 20/s}, do: [update: {in: db, \
         row: {table: item, pick: uniform, how_many: 2}, add: -1, floor: 0, \
         lock: {by: lease, in: redis, ttl: 60s}, think: 5ms, retries: unlimited, \
         backoff: {base: 10ms, jitter: full}}]}}\n\
         stores: {db: {rows: {item: {count: 3, start: 400}}}, redis: {kind: cache}}\n");
    let operations = summary.operations;
    assert!(operations.started > 1800 && store(&summary).counts.conflicts > 300, "{operations:?}");
    assert_eq!(operations.succeeded + operations.rejected, operations.started);
    let [_, capacity, taken, row_change, oversold, forgotten] = stock(&summary);
    assert_eq!((taken, oversold, forgotten), (row_change, 0, 0));
    assert!(taken > capacity - 200, "a pair of rows is sold out when one of them is: {taken} of {capacity}");
    let longest = latency(&summary, "lock_wait").max_ms.expect("leases were waited for");
    assert!(longest < 20_000.0, "no lease had to run out: {longest}");
}

/// Lost updates in a variant of a shipped scenario, on average over seeds.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn mean_lost(scenario: &str, variant: &str) -> f64 {
    let lost =
        (1..=u64::from(SEEDS)).map(|seed| store(&run_variant(scenario, variant, seed)).counts.lost_updates);
    lost.sum::<u64>() as f64 / f64::from(SEEDS)
}

const SEEDS: u32 = 40;

/// Sales go on until 200 of them last. With a checked release each is overwritten if it overran its lease, one in
/// twenty: a negative binomial number, 200 · p/(1 − p) of variance 200 · p/(1 − p)².
#[test]
fn a_checked_release_keeps_the_harm_to_the_overrun_itself() {
    let measured = mean_lost("lease_unchecked_release", "checked");
    let (expected, variance) = (200.0 * 0.05 / 0.95, 200.0 * 0.05 / (0.95 * 0.95));
    agrees("lost", measured, expected, f64::sqrt(variance / f64::from(SEEDS)));
    let unchecked = mean_lost("lease_unchecked_release", "unchecked");
    assert!(unchecked > 10.0 * measured, "each overrun lets one more in, for good: {unchecked}");
}

/// 50 orders a second over 100 rows for 40 s; 2 % of their owners sleep for 1.75 s, all but 200 ms of it without the
/// lease. A Poisson number (40) of Poisson numbers (1.55 · 0.5) is overwritten.
#[test]
fn what_a_paused_owner_overwrites_is_what_came_since_its_lease_ended() {
    let measured = mean_lost("paused_lease_owner", "lock by lease");
    let each = 1.55 * 0.5;
    let variance = 40.0 * (each + each * each);
    agrees("overwritten", measured, 40.0 * each, f64::sqrt(variance / f64::from(SEEDS)));
}
