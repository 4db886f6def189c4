//! Databases: theory first, then who may oversell, then what dead clients and dead stores leave behind.

use mqlab::metrics::store::{Reckoning, StoreSummary};
use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, latency, run};
use crate::random_scenario::Luck;

pub(crate) fn store(summary: &Summary) -> &StoreSummary {
    &summary.stores[0].1
}

/// Start, capacity, accepted, row change, oversold, forgotten of the first table that is taken from.
pub(crate) fn stock(summary: &Summary) -> [i64; 6] {
    let stock = summary.balance.iter().find_map(|one| match one.reckoning {
        Reckoning::Stock { start, capacity, accepted, row_change, oversold, forgotten } => {
            Some([start, capacity, accepted, row_change, oversold, forgotten])
        }
        Reckoning::Sum { .. } => None,
    });
    stock.expect("something is taken")
}

const SAFE: [&str; 6] =
    ["atomic", "pessimistic", "optimistic", "serializable", "immediate-restart", "skip-locked"];

pub(crate) fn agrees(what: &str, value: f64, expected: f64, standard_error: f64) {
    let deviation = (value - expected) / standard_error;
    assert!(deviation.abs() < 4.0, "{what}: {value} and not {expected}, off by {deviation:.1} of them");
}

/// `users` who think for 100 ms on average hold a row's lock for 10 ms on average: the machine repairman, a
/// queue with one server and a finite source (Gross and Harris, Fundamentals of Queueing Theory, 2.7).
/// p(n) = p(0) · N!/(N−n)! · (s/z)^n, and the throughput is (1 − p(0)) / s.
#[test]
fn a_pessimistic_row_is_a_machine_repairman() {
    for users in [2_u32, 8, 20] {
        let summary = run(&format!(
            "run_for: 2000s\nwarm_up: 20s\n\
             producers: {{p: {{arrivals: {{users: {users}, think: {{exponential: 100ms}}}}, do: [\
             update: {{in: db, row: counter, add: 1, lock: pessimistic, think: {{exponential: 10ms}}}}]}}}}\n\
             stores: {{db: {{rows: {{counter: {{}}}}}}}}\n"
        ));
        let ratio = 0.01 / 0.1;
        let mut term = 1.0;
        let (mut sum, mut in_line) = (1.0, 0.0);
        for n in 1..=users {
            term *= f64::from(users - n + 1) * ratio;
            sum += term;
            in_line += f64::from(n - 1) * term;
        }
        let throughput = (1.0 - 1.0 / sum) / 0.01;
        let measured = store(&summary).throughput.expect("time passed");
        // Commits of a closed loop come more evenly than a Poisson process's.
        agrees("throughput", measured, throughput, (throughput / 1980.0).sqrt());
        let waiting = store(&summary).lock_queue.mean.expect("time passed");
        let expected = in_line / sum;
        assert!((waiting - expected).abs() < 0.05 * expected + 1e-4, "{waiting} wait, and not {expected}");
        // Little's law: who waits, for how long, how often.
        let wait = latency(&summary, "lock_wait").mean_ms.expect("locks were taken") / 1e3;
        assert!((wait * measured - waiting).abs() < 0.01 * waiting + 1e-4, "{wait} s at {measured}/s");
        let Reckoning::Sum { difference, .. } = summary.balance[0].reckoning else { panic!("it is a sum") };
        assert_eq!(difference, 0, "nothing is lost under a lock");
    }
}

/// All begin at once, and each round one of those that are left succeeds.
#[test]
fn optimistic_in_lock_step_makes_a_triangular_number_of_attempts() {
    for buyers in [1_u64, 2, 3, 10, 40] {
        let summary = run(&format!(
            "run_for: 1s\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
             producers: {{p: {{arrivals: {{at_once: {buyers}}}, do: [\
             update: {{in: db, row: counter, add: 1, lock: optimistic, retries: unlimited}}]}}}}\n\
             stores: {{db: {{rows: {{counter: {{}}}}}}}}\n"
        ));
        let counts = store(&summary).counts;
        assert_eq!(counts.attempts, buyers * (buyers + 1) / 2, "{buyers} buyers");
        assert_eq!((counts.commits, counts.conflicts), (buyers, counts.attempts - buyers));
        assert_eq!(counts.lost_updates, 0);
    }
}

/// Every order in which buyers can read and write, each as likely: how large the counter becomes.
fn interleavings(reads: &mut Vec<Option<u32>>, left: &mut Vec<u8>, counter: u32, found: &mut Vec<u32>) {
    let mut is_over = true;
    for buyer in 0..left.len() {
        let (held, value) = (reads[buyer], counter);
        match left[buyer] {
            2 => {
                is_over = false;
                (reads[buyer], left[buyer]) = (Some(counter), 1);
                interleavings(reads, left, value, found);
                (reads[buyer], left[buyer]) = (held, 2);
            }
            1 => {
                is_over = false;
                left[buyer] = 0;
                let written = held.expect("it has read") + 1;
                interleavings(reads, left, written, found);
                left[buyer] = 1;
            }
            _ => {}
        }
    }
    if is_over {
        found.push(counter);
    }
}

/// Buyer b reads at `at[b]` and writes `gap[b]` later: the engine and a hand-made replay of the same order.
fn counter_of(schedule: &[(u64, u64)]) -> i64 {
    let buyers: Vec<String> = schedule
        .iter()
        .enumerate()
        .map(|(buyer, (at, gap))| {
            format!(
                "  b{buyer}: {{arrivals: {{trace: [{at}ms]}}, do: [\
                 update: {{in: db, row: counter, add: 1, lock: none, think: {gap}ms}}]}}\n"
            )
        })
        .collect();
    let summary = run(&format!(
        "run_for: 1s\nuntil: drained\nproducers:\n{}stores: {{db: {{rows: {{counter: {{}}}}}}}}\n",
        buyers.concat()
    ));
    let Reckoning::Sum { expected, actual, difference } = summary.balance[0].reckoning else {
        panic!("it is a sum")
    };
    assert_eq!(expected, i64::try_from(schedule.len()).expect("few"), "each was told that it succeeded");
    assert_eq!(u64::try_from(difference).expect("none is found twice"), store(&summary).counts.lost_updates);
    actual
}

/// Every interleaving of two and of three buyers without a lock, each run by the engine.
#[test]
fn without_a_lock_every_interleaving_gives_its_counter() {
    for buyers in [2_usize, 3] {
        let mut counters = Vec::new();
        interleavings(&mut vec![None; buyers], &mut vec![2; buyers], 0, &mut counters);
        let mut orders: Vec<Vec<usize>> = Vec::new();
        arrange(&mut Vec::new(), &mut vec![2; buyers], &mut orders);
        assert_eq!(orders.len(), counters.len());
        assert_eq!(orders.len(), if buyers == 2 { 6 } else { 90 }, "(2n)! / 2^n");
        let mut sum = 0;
        for (order, expected) in orders.iter().zip(&counters) {
            let place = |buyer: usize, nth: usize| {
                let mut places = order.iter().zip(1_u64..).filter(|(who, _)| **who == buyer);
                places.nth(nth).expect("each acts twice").1
            };
            let schedule: Vec<(u64, u64)> =
                (0..buyers).map(|buyer| (place(buyer, 0), place(buyer, 1) - place(buyer, 0))).collect();
            assert_eq!(counter_of(&schedule), i64::from(*expected), "{order:?}");
            sum += *expected;
        }
        // Two buyers: in two of the six orders one ends before the other begins.
        let expected = if buyers == 2 { 2 * 2 + 4 } else { counters.iter().sum() };
        assert_eq!(sum, expected);
    }
}

/// Every order of acting, `left[b]` times for each.
fn arrange(so_far: &mut Vec<usize>, left: &mut Vec<u8>, orders: &mut Vec<Vec<usize>>) {
    if left.iter().all(|left| *left == 0) {
        return orders.push(so_far.clone());
    }
    for buyer in 0..left.len() {
        if left[buyer] > 0 {
            left[buyer] -= 1;
            so_far.push(buyer);
            arrange(so_far, left, orders);
            so_far.pop();
            left[buyer] += 1;
        }
    }
}

/// Buyers come at rate λ and write what they computed g after they read it. A write overwrites if another
/// committed in between: 1 − e^(−λg). The row grows by one for each chain of writes that builds on another,
/// a renewal every g + 1/λ: of λ updates a second 1/(g + 1/λ) remain, and λg/(1 + λg) of all are lost.
#[test]
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn updates_are_lost_at_the_rate_of_the_closed_form() {
    for gap_ms in [1.0_f64, 5.0, 20.0] {
        let summary = run(&format!(
            "run_for: 2000s\nuntil: drained\n\
             producers: {{p: {{arrivals: {{poisson: 100/s}}, do: [\
             update: {{in: db, row: counter, add: 1, lock: none, think: {gap_ms}ms}}]}}}}\n\
             stores: {{db: {{rows: {{counter: {{}}}}}}}}\n"
        ));
        let counts = store(&summary).counts;
        let commits = counts.commits as f64;
        let load = 100.0 * gap_ms / 1e3;
        let lost = load / (1.0 + load);
        // Renewals with gaps of mean μ and variance σ² have the variance σ²/μ³ per second, here λ/(1 + λg)³;
        // their number is divided by another count.
        let error = (libm::pow(1.0 + load, -1.5) + 1.0 / (1.0 + load)) / commits.sqrt();
        agrees("lost updates", counts.lost_updates as f64 / commits, lost, error);
        let overwrites = 1.0 - libm::exp(-load);
        let error = 2.0 * (overwrites * (1.0 - overwrites) / commits).sqrt();
        agrees("overwrites", counts.overwrites as f64 / commits, overwrites, error);
    }
}

/// A small rush with faults of every kind, under one strategy.
fn rush(luck: &mut Luck, strategy: &str) -> String {
    let start = 1 + luck.below(8);
    let rows = 1 + luck.below(3);
    let (count, each) = if strategy == "skip-locked" { (start * rows, 1) } else { (rows, start) };
    let instances = 1 + luck.below(6);
    let by = match strategy {
        "pessimistic" => {
            *["pessimistic", "{by: pessimistic, wait_timeout: 30ms}", "{by: pessimistic, granularity: table}"]
                .get(luck.below(3))
                .expect("below three")
        }
        other => other,
    };
    let retries = luck.one_of(&["0", "3", "unlimited"]);
    let backoff = luck.one_of(&["2ms", "{base: 1ms, factor: 2, cap: 20ms, jitter: full}"]);
    let think = luck.one_of(&["0s", "3ms", "{exponential: 5ms}"]);
    let how_many = if rows > 1 && strategy != "skip-locked" { 1 + luck.below(2) } else { 1 };
    let pick = luck.one_of(&["key", "uniform", "{zipf: {exponent: 1.2}}"]);
    let order = luck.one_of(&["given", "sorted"]);
    let level = luck.one_of(&["none", "light", "heavy", "swarm"]);
    format!(
        "seed: {}\nrun_for: 1s\nuntil: drained\nnetwork: {{latency: {}}}\n\
         producers: {{p: {{arrivals: {{poisson: 60/s}}, message: {{key: {{uniform: {{over: 5}}}}}}, do: [publish: q]}}}}\n\
         queues: {{q: {{ack_timeout: 300ms, max_deliveries: 5}}}}\n\
         stores: {{db: {{rows: {{item: {{count: {count}, start: {each}}}}}, latency: {}, fsync: {}, connections: {}, \
         deadlock: {{victim: {}}}, timeout: 500ms, heartbeat: 200ms}}}}\n\
         consumers: {{c: {{from: q, instances: {instances}, prefetch: 4, concurrency: 2, do: [work: 1ms, \
         update: {{in: db, row: {{table: item, pick: {pick}, how_many: {how_many}, order: {order}}}, add: -1, floor: 0, \
         lock: {by}, retries: {retries}, backoff: {backoff}, think: {think}}}]}}}}\n\
         faults: [{{level: {level}}}, {{crash: {{target: c, every: {{exponential: 300ms}}, restart_after: 50ms}}}}, \
         {{crash: {{target: c, how: machine, when: worked, probability: 3%, restart_after: 100ms}}}}, \
         {{crash: {{target: db, every: {{exponential: 400ms}}, restart_after: 30ms}}}}, \
         {{lose: {{what: reply, target: db, probability: 2%}}}}, {{lose: {{what: request, target: db, probability: 2%}}}}, \
         {{pause: {{target: c, every: {{exponential: 500ms}}, for: 100ms}}}}, \
         {{outage: {{target: db, after: 700ms, for: 100ms, how: {}}}}}, \
         {{partition: {{between: [[c], [db]], after: 400ms, for: 80ms}}}}]\n",
        luck.below(1_000_000),
        luck.one_of(&["0s", "1ms", "{exponential: 2ms}"]),
        luck.one_of(&["0s", "1ms", "{exponential: 2ms}"]),
        luck.one_of(&["0s", "2ms"]),
        luck.one_of(&["1", "3", "unlimited"]),
        luck.one_of(&["detector, after: 50ms", "smallest", "youngest"]),
        luck.one_of(&["refuse", "hang"]),
    )
}

/// How many random runs are made; `MQLAB_RUSHES=10000 cargo test --release --test it oversell` makes more.
pub(crate) fn how_many_rushes(usual: u64) -> u64 {
    std::env::var("MQLAB_RUSHES").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

#[test]
fn what_should_never_oversell_never_does_whatever_fails() {
    let mut accepted = 0;
    for seed in 0..how_many_rushes(600) {
        let mut luck = Luck(seed);
        let strategy = SAFE[usize::try_from(seed).expect("few") % SAFE.len()];
        let text = rush(&mut luck, strategy);
        let summary = run(&text);
        let [_, capacity, taken, row_change, oversold, forgotten] = stock(&summary);
        assert!(oversold == 0 && forgotten == 0 && taken <= capacity, "{taken} of {capacity}:\n{text}");
        assert_eq!(taken, row_change, "{text}");
        assert_eq!(summary.outcomes.unfinished, 0, "it drained:\n{text}");
        accepted += taken;
    }
    assert!(accepted > 600, "something was sold");
}

#[test]
fn what_oversells_does_and_says_so() {
    let rush = |lock: &str| {
        run(&format!(
            "run_for: 10s\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
             producers: {{p: {{arrivals: {{poisson: 100/s}}, do: [publish: q]}}}}\nqueues: {{q: {{}}}}\n\
             stores: {{db: {{rows: {{item: {{start: 200}}}}, latency: 2ms}}}}\n\
             consumers: {{c: {{from: q, instances: 8, do: [\
             update: {{in: db, row: item, add: -1, floor: 0, lock: {lock}, think: 20ms}}]}}}}\n"
        ))
    };
    let [start, capacity, accepted, row_change, oversold, forgotten] = stock(&rush("none"));
    assert_eq!((start, capacity, row_change), (200, 200, 200), "the row does not show it");
    assert_eq!((oversold, forgotten), (accepted - 200, accepted - 200));
    assert!(oversold > 100, "{oversold} too many");
    let [_, _, accepted, row_change, oversold, forgotten] = stock(&rush("check-only"));
    assert_eq!((accepted, forgotten), (row_change, 0), "the row shows it, below zero");
    assert!((1..=7).contains(&oversold), "at most the workers less one: {oversold}");
    for lock in ["atomic", "pessimistic", "serializable"] {
        let summary = rush(lock);
        assert_eq!(stock(&summary), [200, 200, 200, 200, 0, 0], "{lock}");
        let outcomes = summary.outcomes;
        assert_eq!((outcomes.done, outcomes.done + outcomes.declined), (200, summary.ledger.published));
        assert_eq!(summary.ledger.declined, store(&summary).counts.sold_out);
    }
}

/// One worker dies with the lock in its hand; another waits until the store notices: after one latency when its
/// process died, after the store's heartbeat when its machine did.
#[test]
fn the_locks_of_a_dead_client_go_when_its_death_is_noticed() {
    let wait = |how: &str| {
        let summary = run(&format!(
            "run_for: 1s\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
             producers: {{p: {{arrivals: {{trace: [1ms, 2ms]}}, do: [publish: q]}}}}\n\
             queues: {{q: {{profile: rabbitmq-classic}}}}\n\
             stores: {{db: {{rows: {{item: {{start: 5}}}}, heartbeat: 7s}}}}\n\
             consumers: {{c: {{from: q, instances: 2, prefetch: 1, do: [\
             update: {{in: db, row: item, add: -1, floor: 0, lock: pessimistic, think: 100ms}}]}}}}\n\
             faults: [{{crash: {{target: \"c#0\", how: {how}, when: locked, probability: 100%, after: 0s, for: 50ms, \
             restart_after: 600s}}}}]\n"
        ));
        assert_eq!(fault(&summary, "crash-locked").fired, 1);
        // The first lock was granted at once; the second one waited.
        latency(&summary, "lock_wait").max_ms.expect("locks were taken")
    };
    // Locked at 3 ms, told at 4, dead at 4, noticed at 5; the other asked at 4.
    assert!((wait("process") - 1.0).abs() < 1e-9, "{}", wait("process"));
    assert!((wait("machine") - 7000.0).abs() < 1e-9, "{}", wait("machine"));
}

/// A machine that dies under a lock that nobody ever notices keeps it for ever.
#[test]
fn without_a_heartbeat_a_dead_machine_keeps_its_locks() {
    let summary = run("run_for: 100s\nnetwork: {latency: 1ms}\n\
         producers: {p: {arrivals: {trace: [1ms, 2ms, 50s]}, do: [publish: q]}}\nqueues: {q: {ack_timeout: off}}\n\
         stores: {db: {rows: {item: {start: 5}}, heartbeat: off, timeout: off}}\n\
         consumers: {c: {from: q, instances: 2, prefetch: 1, do: [\
         update: {in: db, row: item, add: -1, floor: 0, lock: pessimistic}]}}\n\
         faults: [{crash: {target: \"c#0\", how: machine, when: locked, probability: 100%, for: 50ms, restart_after: 1s}}]\n");
    assert_eq!(stock(&summary)[2], 0, "nobody got through");
    assert_eq!(store(&summary).counts.commits, 0);
}

/// What a commit did not finish is undone, and its client hears that the store died.
#[test]
fn a_store_that_dies_undoes_what_was_not_committed() {
    let summary = run("run_for: 10s\nuntil: drained\nnetwork: {latency: 1ms}\n\
         producers: {p: {arrivals: {every: 100ms}, do: [update: {in: db, row: item, add: 1, lock: pessimistic, think: 20ms}]}}\n\
         stores: {db: {rows: {item: {}}, latency: 2ms, fsync: 10ms}}\n\
         faults: [{crash: {target: db, every: 1s, restart_after: 200ms}}]\n");
    let operations = summary.operations;
    assert!(fault(&summary, "crash").fired >= 8);
    assert!(operations.failed > 8 && operations.succeeded > 60, "{operations:?}");
    let Reckoning::Sum { expected, actual, .. } = summary.balance[0].reckoning else { panic!("it is a sum") };
    assert_eq!(expected, actual);
    let commits = i64::try_from(store(&summary).counts.commits).expect("few");
    assert_eq!(actual, commits, "every commit is in the row, and nothing else");
    assert!(operations.succeeded <= store(&summary).counts.commits, "who succeeded was committed");
}

/// Two take two rows in opposite orders. Each holds the first for 20 ms, a round trip, before it asks for the
/// second, and half of all pairs are in opposite orders: of 1 000 at 1/s about 1 000 · 20 ms · 1/s · 1/2 = 10 meet.
#[test]
fn a_deadlock_is_found_and_its_victim_tries_again() {
    let deadlocks = |order: &str, victim: &str| {
        let summary = run(&format!(
            "run_for: 1000s\nuntil: drained\nnetwork: {{latency: 10ms}}\n\
             producers: {{p: {{arrivals: {{poisson: 1/s}}, do: [update: {{in: db, \
             row: {{table: item, pick: uniform, how_many: 2, order: {order}}}, add: 1, \
             lock: pessimistic, think: 50ms, retries: unlimited, backoff: {{base: 200ms, jitter: full}}}}]}}}}\n\
             stores: {{db: {{rows: {{item: {{count: 2}}}}, timeout: off, deadlock: {{victim: {victim}, after: 100ms}}}}}}\n"
        ));
        assert_eq!(summary.operations.succeeded, summary.operations.started, "{victim}");
        store(&summary).counts.deadlocks
    };
    for victim in ["detector", "smallest", "youngest"] {
        let met = deadlocks("given", victim);
        assert!((4..=25).contains(&met), "{victim}: {met}");
        assert_eq!(deadlocks("sorted", victim), 0, "in one order nobody waits for who waits for it");
    }
}

/// A connection is held from the first statement to the end: a pool of one makes transactions follow each other.
#[test]
fn connections_and_admission_let_so_many_in() {
    let summary = run("run_for: 100s\n\
         producers: {p: {arrivals: {at_once: 50}, do: [update: {in: db, row: {table: item, pick: uniform}, add: 1, lock: pessimistic, think: 100ms}]}}\n\
         stores: {db: {rows: {item: {count: 1000}}, connections: 1}}\n");
    let longest = latency(&summary, "operation").max_ms.expect("they succeeded");
    assert!((longest - 5000.0).abs() < 1e-6, "the last one waits for all others: {longest}");
    assert!((store(&summary).queue_length.peak - 49.0).abs() < f64::EPSILON);
    let admitted = run("run_for: 100s\n\
         producers: {p: {arrivals: {at_once: 50}, do: [update: {in: db, row: {table: item, pick: uniform}, add: 1, lock: pessimistic, think: 100ms}]}}\n\
         stores: {db: {rows: {item: {count: 1000}}, admission: 5}}\n");
    let longest = latency(&admitted, "operation").max_ms.expect("they succeeded");
    assert!((longest - 1000.0).abs() < 1e-6, "ten rounds of five: {longest}");
}

/// Several updates are several effects; a crash between them leaves a message with one of them.
#[test]
fn a_handler_with_two_updates_can_be_left_in_the_middle() {
    let text = "run_for: 5s\nuntil: drained\nnetwork: {latency: 1ms}\n\
         producers: {p: {arrivals: {every: 100ms}, do: [publish: q]}}\n\
         queues: {q: {max_deliveries: 1, after_limit: dead-letter}}\n\
         stores: {db: {rows: {stock: {start: 1000}, orders: {}}}}\n\
         consumers: {c: {from: q, do: [work: 5ms, STEPS]}}\n\
         faults: [{crash: {target: c, when: applied, probability: 20%, restart_after: 10ms}}]\n";
    let apart = "update: {in: db, row: stock, add: -1, floor: 0, lock: atomic}, \
         update: {in: db, row: orders, add: 1, lock: atomic}";
    let summary = run(&text.replace("STEPS", apart));
    let fired = fault(&summary, "crash-applied").fired;
    assert!(fired > 3);
    assert_eq!(summary.ledger.partial_effects, fired, "each crash was between the two");
    let both = "transaction: {in: db, lock: pessimistic, do: [\
         update: {row: stock, add: -1, floor: 0}, update: {row: orders, add: 1}]}";
    let summary = run(&text.replace("STEPS", both));
    assert!(fault(&summary, "crash-applied").fired > 3);
    assert_eq!(summary.ledger.partial_effects, 0, "all or nothing");
}

/// A store that is dead when its outage ends comes back without it; one that is dead when it begins, with it.
#[test]
fn an_outage_ends_and_begins_while_its_store_is_dead() {
    let answered = |outage: &str| {
        let summary = run(&format!(
            "run_for: 10s\nstores: {{db: {{rows: {{sum: {{}}}}}}}}\nqueues: {{}}\n\
             producers: {{p: {{arrivals: {{every: 100ms}}, do: [update: {{in: db, row: sum, add: 1}}]}}}}\n\
             faults: [crash: {{target: db, after: 950ms, restart_after: 1s}}, outage: {{target: db, {outage}}}]\n"
        ));
        summary.operations.succeeded
    };
    // Ten a second from 0.1 s on; the store is dead for one second.
    assert_eq!(answered("after: 550ms, for: 1s"), 5 + 80, "from the sixth on until it is back");
    assert_eq!(answered("after: 1450ms, for: 1s"), 9 + 75, "from the tenth on until the outage is over");
}

/// Who looks for a free row while somebody has the whole table looks when that is over: the last ticket is not
/// found before it is sold.
#[test]
fn skip_locked_looks_once_nobody_has_the_table() {
    let summary = run(
        "until: drained\nstores: {db: {rows: {item: {start: 1}}, latency: 10ms}}\nqueues: {}\nproducers:\n\
         \x20 table: {arrivals: {for: 1ms, at_once: 1}, do: [update: {in: db, row: item, add: -1, floor: 0, lock: {by: pessimistic, granularity: table}}]}\n\
         \x20 free: {arrivals: {for: 1ms, at_once: 1}, do: [work: 5ms, update: {in: db, row: item, add: -1, floor: 0, lock: skip-locked}]}\n",
    );
    let Reckoning::Stock { accepted, oversold, .. } = summary.balance[0].reckoning else {
        panic!("it is stock")
    };
    assert_eq!((accepted, oversold, summary.operations.rejected), (1, 0, 1));
}
