//! Several nodes: what each kind of replication loses when one dies or is cut off, and what it does not.

use mqlab::metrics::summary::Summary;
use mqlab::quantity::Span;
use mqlab::scenario::model::Scenario;
use mqlab::simulation;

use crate::laboratory::{latency, run, scenario};

/// A message each millisecond until 2 s; three nodes 10 ms apart; node 0 dies at 1.2 s for 20 s.
fn leader_dies(broker: &str, how: &str) -> Summary {
    run(&format!(
        "run_for: 2s\nuntil: drained\nnetwork: {{latency: 10ms}}\nbroker: {{nodes: 3, {broker}}}\nqueues: {{q: {{}}}}\n\
         producers: {{p: {{arrivals: {{every: 1ms}}, do: [{{publish: {{to: q, confirm: {{timeout: 10s}}}}}}]}}}}\n\
         consumers: {{c: {{from: q, prefetch: 1, concurrency: 1, do: [work: 20ms]}}}}\n\
         faults: [crash: {{target: broker#0, after: 1200ms, restart_after: 20s, how: {how}}}]\n"
    ))
}

#[test]
fn asynchronous_replication_loses_what_was_on_its_way() {
    let summary = leader_dies("replication: async, failover: 3s", "process");
    // Stored in the last 10 ms, and confirmed by a message that is on its way already.
    let lost = summary.ledger.lost_confirmed;
    assert!((9..=11).contains(&lost), "{lost} confirmed messages were lost");
    let why =
        "of `q` were lost all the same: another node took over before it had them (`replication: async`)";
    assert!(summary.remarks.iter().any(|remark| remark.ends_with(why)), "{:?}", summary.remarks);
    let unheard = summary.ledger.published - summary.ledger.confirmed;
    assert!((19..=21).contains(&unheard), "{unheard} were on their way, or sent before anybody was told");
}

#[test]
fn a_quorum_loses_nothing_it_confirmed() {
    for how in ["process", "machine"] {
        let summary = leader_dies("replication: quorum, failover: 3s", how);
        assert_eq!(summary.ledger.lost_confirmed, 0);
        // A round trip between nodes, and one between client and broker.
        assert_eq!(latency(&summary, "confirm").p50_ms.map(f64::round), Some(40.0), "{how}");
        let unconfirmed = summary.ledger.published - summary.ledger.confirmed;
        match how {
            // Sent from 1.17 s, confirmed no more; until 1.21 s, when the client is told, or 2 s, if it is not.
            "process" => assert!((39..=41).contains(&unconfirmed), "{unconfirmed}"),
            _ => assert!((829..=831).contains(&unconfirmed), "{unconfirmed} vanish until the failover"),
        }
    }
}

/// Three of ten messages fit, and seven wait for memory when the leader dies. They are gone with their connections:
/// who tries once has lost them and knows it, and who tries again has each stored once, by the new leader.
#[test]
fn what_waits_for_memory_dies_with_the_leader() {
    let summary = |retries: u8| {
        run(&format!(
            "run_for: 30s\nuntil: drained\nbroker: {{nodes: 3, replication: quorum, failover: 1s, memory_limit: 3kB}}\n\
             queues: {{q: {{}}}}\n\
             producers: {{p: {{arrivals: {{at_once: 10}}, message: {{size: 1kB}},\
              do: [{{publish: {{to: q, confirm: {{timeout: 20s, retries: {retries}, backoff: 2s}}}}}}]}}}}\n\
             consumers: {{c: {{from: q, prefetch: 1, do: [work: 3s]}}}}\n\
             faults: [crash: {{target: broker#0, after: 1s, restart_after: 20s}}]\n"
        ))
    };
    let once = summary(0);
    assert_eq!((once.ledger.stored, once.outcomes.done, once.outcomes.refused), (3, 3, 7), "{once:?}");
    assert_eq!(once.publishers_blocked_for, Span::from_seconds(1));
    let again = summary(1);
    assert_eq!((again.ledger.stored, again.ledger.stored_duplicates, again.outcomes.done), (10, 0, 10));
    assert!(again.publishers_blocked_for.as_seconds() > 5.0, "they wait for the new leader's memory");
}

#[test]
fn without_replication_the_queue_waits_for_its_node() {
    let summary = leader_dies("fsync: 1ms", "process");
    assert_eq!(summary.ledger.lost_confirmed, 0);
    assert!(summary.ended_at.as_nanos() > 21_200_000_000, "nothing happens before node 0 is back");
}

/// Two of three nodes are away from 1 s to 5 s.
#[test]
fn without_a_majority_nothing_is_confirmed() {
    let text = |replication: &str| {
        format!(
            "run_for: 8s\nnetwork: {{latency: 1ms}}\nbroker: {{nodes: 3, replication: {replication}}}\nqueues: {{q: {{}}}}\n\
             producers: {{p: {{arrivals: {{every: 100ms}}, do: [{{publish: {{to: q, confirm: {{timeout: 10s}}}}}}]}}}}\n\
             faults: [crash: {{target: broker#1-2, after: 950ms, restart_after: 4s}}]\n"
        )
    };
    let quorum = run(&text("quorum"));
    // The one of 1 s waits until node 1 is back at 4.95 s: there and back between nodes, and to the client.
    assert_eq!(latency(&quorum, "confirm").max_ms, Some(3953.0));
    assert_eq!(quorum.ledger.confirmed, 79);
    let asynchronous = run(&text("async"));
    assert_eq!(latency(&asynchronous, "confirm").max_ms, Some(2.0));
}

/// The leader is cut off from the others, with every client, from 1 s to 10 s.
fn minority_leader(replication: &str) -> Summary {
    run(&format!(
        "run_for: 3s\nuntil: drained\nnetwork: {{latency: 1ms}}\nbroker: {{nodes: 3, replication: {replication}, failover: 1s}}\n\
         queues: {{q: {{}}}}\nproducers: {{p: {{arrivals: {{every: 100ms}}, do: [{{publish: {{to: q, confirm: \
         {{timeout: 20s}}}}}}]}}}}\nconsumers: {{c: {{from: q, do: [work: 10s]}}}}\n\
         faults: [partition: {{between: [[broker#0], [broker#1-2]], after: 1050ms, for: 9s}}]\n"
    ))
}

#[test]
fn a_leader_in_the_minority_confirms_what_will_be_lost_unless_it_needs_a_quorum() {
    // 1.1 s to 2 s, ten of them, reach the old leader alone.
    let asynchronous = minority_leader("async");
    assert_eq!(asynchronous.ledger.lost_confirmed, 10);
    assert_eq!(asynchronous.ledger.confirmed, 29);
    let quorum = minority_leader("quorum");
    assert_eq!((quorum.ledger.lost_confirmed, quorum.ledger.confirmed), (0, 19));
    assert_eq!(quorum.operations.timed_out, 10, "nobody tells them; they wait for their timeout");
}

/// Acks that only the dead leader knew of come back.
#[test]
fn acks_that_were_not_copied_are_undone() {
    let summary = run(
        "run_for: 2s\nuntil: drained\nnetwork: {latency: 1ms, links: [{between: [broker, broker], latency: 50ms}]}\n\
         broker: {nodes: 2, replication: async, failover: 100ms}\nqueues: {q: {}}\n\
         producers: {p: {arrivals: {every: 10ms}, do: [{publish: {to: q}}]}}\n\
         consumers: {c: {from: q, concurrency: 10, do: [work: 28ms]}}\n\
         faults: [crash: {target: broker#0, after: 1s, restart_after: 10s}]\n",
    );
    // Stored at t, acked at t + 30 ms: those stored in [920, 950) ms were copied, their acks were not.
    assert_eq!(summary.ledger.duplicate_effects, 3);
}

const CHAOS: &str = "run_for: 60s\nuntil: drained\nnetwork: {latency: {exponential: 2ms}}\n\
    queues: {q: {dedup_window: 1h}}\n\
    producers: {p: {arrivals: {poisson: 1/s}, do: [{publish: {to: q, confirm: {timeout: 2s, retries: 2, backoff: 100ms}}}]}}\n\
    consumers: {c: {from: q, instances: 2, prefetch: 3, do: [work: {exponential: 300ms}]}}\n";

/// Random runs under a heavy level of faults, with nodes that die more often than that.
fn chaos(replication: &str, nodes: u32) -> Scenario {
    scenario(&format!(
        "{CHAOS}broker: {{nodes: {nodes}, replication: {replication}, failover: 1s, fsync: {{exponential: 3ms}}}}\n\
         faults:\n  - level: heavy\n  - crash: {{name: node, target: broker, every: {{exponential: 15s}}, restart_after: 3s}}\n  \
         - crash: {{name: node machine, target: broker, every: {{exponential: 30s}}, restart_after: 3s, how: machine}}\n  \
         - partition: {{name: nodes, between: [[broker#0], [broker#1-{last}]], every: {{exponential: 20s}}, for: 4s}}\n",
        last = nodes - 1
    ))
}

/// Confirmed messages lost in so many runs, on two threads; every run balances its books.
fn lost_confirmed(replication: &str, runs: u64) -> u64 {
    let part = |first: u64, nodes: u32| {
        let mut scenario = chaos(replication, nodes);
        let mut lost = 0;
        for seed in (first..=runs).step_by(2) {
            scenario.seed = seed;
            let summary = simulation::run(&scenario, &mut |_| {}).unwrap_or_else(|e| panic!("{}", e.message));
            let ledger = summary.ledger;
            if replication == "quorum" {
                assert_eq!(ledger.lost_confirmed, 0, "seed {seed} of {nodes} nodes");
            }
            lost += ledger.lost_confirmed;
        }
        lost
    };
    std::thread::scope(|scope| {
        let five = scope.spawn(|| part(1, 5));
        part(2, 3) + five.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn no_seed_of_a_heavy_level_makes_a_quorum_lose_what_it_confirmed() {
    let runs = std::env::var("MQLAB_SCENARIOS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    assert_eq!(lost_confirmed("quorum", runs), 0);
}

#[test]
fn some_seed_of_a_heavy_level_makes_asynchronous_replication_lose_some() {
    assert!(lost_confirmed("async", 300) > 0);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for replication in ["none", "async", "quorum"] {
        let scenario = chaos(replication, 3);
        let run = || simulation::run(&scenario, &mut |_| {}).unwrap_or_else(|e| panic!("{}", e.message));
        assert_eq!(run().trace_hash, run().trace_hash, "{replication}");
    }
}
