//! Idempotency guards: which of them stop what, and at what rate the others break.

use mqlab::metrics::store::Reckoning;
use mqlab::metrics::summary::Summary;

use crate::laboratory::{fault, run};

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
