//! The ticket rush under every lock, hot and spread, with two, eight and thirty-two workers; and which way of
//! keeping order wins where, as Agrawal, Carey and Livny found it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use mqlab::metrics::store::Reckoning;
use mqlab::metrics::summary::Summary;

use crate::scenarios::run_with;

const LEASE: &str = "{by: lease, in: redis, ttl: 1s}";

const LOCKS: [&str; 9] = [
    "none",
    "check-only",
    "atomic",
    "pessimistic",
    "optimistic",
    "serializable",
    "immediate-restart",
    "skip-locked",
    LEASE,
];

fn row(lock: &str, workers: &str, summary: &Summary) -> String {
    let Reckoning::Stock { accepted, oversold, forgotten, .. } = summary.balance[0].reckoning else {
        panic!("tickets are taken")
    };
    let (store, wait) = (&summary.stores[0].1, summary.stores[0].1.lock_wait.mean_ms.unwrap_or(0.0));
    let calls = store.store_calls.expect("some were sold");
    let conflicts = store.counts.conflicts;
    let name = if lock == LEASE { "lease" } else { lock };
    format!(
        "{name:<18}{workers:>7}{accepted:>9}{oversold:>9}{forgotten:>10}{conflicts:>10}{calls:>12.2}{wait:>14.2}\n"
    )
}

/// The numbers of all of them, beside each other.
#[test]
fn the_ticket_rush_under_every_lock() {
    let mut table = String::new();
    for scenario in ["ticket_rush", "ticket_rush_spread"] {
        let head =
            ["workers", "accepted", "oversold", "forgotten", "conflicts", "calls/sold", "lock wait, ms"];
        writeln!(
            table,
            "{scenario:<18}{:>7}{:>9}{:>9}{:>10}{:>10}{:>12}{:>14}",
            head[0], head[1], head[2], head[3], head[4], head[5], head[6]
        )
        .expect("a string takes everything");
        for lock in LOCKS.into_iter().filter(|lock| *lock != "skip-locked" || scenario != "ticket_rush") {
            for workers in ["2", "8", "32"] {
                let mut sets = vec![
                    ("consumers.booking.do.0.update.lock", lock),
                    ("consumers.booking.do.0.update.retries", "unlimited"),
                    ("consumers.booking.instances", workers),
                ];
                if lock == LEASE {
                    sets.push(("consumers.booking.do.0.update.backoff", "{base: 10ms, jitter: full}"));
                }
                let summary = run_with(scenario, &sets);
                table += &row(lock, workers, &summary);
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/goldens/ticket_rush.txt");
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&path, &table).expect("goldens are writable");
    }
    assert_eq!(table, fs::read_to_string(&path).expect("the golden is there"));
}

const SHORT: [(&str, &str); 2] = [("run_for", "100s"), ("warm_up", "20s")];

fn throughput(lock: &str, limit: &str, resources: &[(&str, &str)]) -> f64 {
    let sets = [("stores.db.admission", limit), ("producers.terminals.do.0.transaction.lock", lock)];
    let summary = run_with("agrawal_carey_livny", &[&SHORT[..], &sets, resources].concat());
    summary.stores[0].1.throughput.expect("time passed")
}

const UNLIMITED: [(&str, &str); 2] =
    [("stores.db.disks.count", "unlimited"), ("stores.db.cpus.count", "unlimited")];

/// With one CPU and two disks, blocking wins, and the most that it reaches is near what the disks can do:
/// 10 objects a transaction (8 read, 2 written) at 35 ms on two disks are 5.7 transactions a second.
#[test]
fn blocking_wins_where_resources_are_scarce() {
    let at = |lock, limit| throughput(lock, limit, &[]);
    let blocking = at("pessimistic", "25");
    assert!((4.8..5.72).contains(&blocking), "{blocking}");
    assert!(blocking > at("optimistic", "25"));
    assert!(at("optimistic", "25") > at("immediate-restart", "25"));
    assert!(at("pessimistic", "200") < 0.75 * blocking, "too many active transactions thrash");
}

/// With resources for everybody, work thrown away costs nobody anything: hoping wins, restarting reaches a
/// plateau, and blocking thrashes.
#[test]
fn hoping_wins_where_resources_are_plenty() {
    let at = |lock, limit| throughput(lock, limit, &UNLIMITED);
    let (blocking, thrashing) = (at("pessimistic", "50"), at("pessimistic", "200"));
    assert!(thrashing < 0.5 * blocking, "{blocking} falls to {thrashing}");
    let (restarting, plateau) = (at("immediate-restart", "75"), at("immediate-restart", "200"));
    assert!((restarting / plateau - 1.0).abs() < 0.05, "{restarting} stays {plateau}");
    let hoping = at("optimistic", "200");
    assert!(hoping > 2.0 * plateau && hoping > 2.0 * blocking, "{hoping}");
}
