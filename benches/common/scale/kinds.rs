//! What grows: a scenario of each size, and what of it is counted.

use mqlab::metrics::summary::Summary;
use mqlab::simulation;

use crate::common::engine::{checked, hold};

/// One thing that grows.
pub(super) struct Kind {
    /// What it is called in the table.
    pub(super) name: &'static str,
    /// Ascending; what an item takes is told of all but the first.
    pub(super) sizes: &'static [u64],
    /// Runs it at a size; gives its events, and how many items it really had.
    pub(super) run: fn(u64) -> (u64, u64),
}

const ACTORS: &[u64] = &[100, 10_000, 1_000_000];
const MANY: &[u64] = &[100_000, 1_000_000, 10_000_000];
const MESSAGES: &[u64] = &[100_000, 1_000_000, 10_000_000, 100_000_000];

pub(super) const KINDS: [Kind; 16] = [
    Kind { name: "actors, kernel alone", sizes: ACTORS, run: kernel },
    Kind { name: "actors, a million messages", sizes: ACTORS, run: |actors| clients(actors, 1_000_000) },
    Kind { name: "actors, idle", sizes: ACTORS, run: |actors| clients(actors, 1_000) },
    Kind { name: "backlog", sizes: MANY, run: backlog },
    Kind { name: "ids in the broker's dedup window", sizes: MANY, run: dedup },
    Kind {
        name: "ids in a database, unique key",
        sizes: MANY,
        run: |ids| guarded(ids, "by: unique-key, in: db"),
    },
    Kind { name: "ids in a database, inbox", sizes: FEWER, run: |ids| guarded(ids, "by: inbox, in: db") },
    Kind {
        name: "ids in a cache, SETNX for ever",
        sizes: FEWER,
        run: |ids| guarded(ids, "by: setnx, in: cache"),
    },
    Kind {
        name: "ids in a cache, SETNX for a week",
        sizes: MANY,
        run: |ids| guarded(ids, "by: setnx, in: cache, ttl: 168h"),
    },
    Kind { name: "ids in a consumer's memory", sizes: MANY, run: |ids| guarded(ids, "by: in-memory") },
    Kind { name: "keys, in order of publishing", sizes: KEYS, run: |keys| keyed(keys, "") },
    Kind { name: "keys, one at a time each", sizes: KEYS, run: |keys| keyed(keys, "profile: sqs-fifo") },
    Kind { name: "keys, a waiting backlog of each", sizes: KEYS, run: waiting_keys },
    Kind {
        name: "keys, in partitions of a log",
        sizes: KEYS,
        run: |keys| keyed(keys, "kind: log, partitions: 64"),
    },
    Kind { name: "keys, versions of rows", sizes: KEYS, run: versions },
    Kind { name: "messages", sizes: MESSAGES, run: messages },
];

/// Where a smaller table shows the same.
const FEWER: &[u64] = &[100_000, 1_000_000];
const KEYS: &[u64] = &[1_000, 100_000, 1_000_000];

fn run(text: &str) -> Summary {
    let summary = simulation::run(&checked(text), &mut |_| {}).expect("time passes");
    assert_eq!(summary.outcomes.total(), summary.ledger.expected_effects, "the books balance");
    summary
}

fn kernel(actors: u64) -> (u64, u64) {
    let counted = hold(u32::try_from(actors).expect("2^32 actors are too many"), 2_000_000);
    (counted.events, actors)
}

/// Half of the actors are producers and half consumers; each in turn has something to do.
fn clients(actors: u64, messages: u64) -> (u64, u64) {
    let (each, run_for) = (actors / 2, messages * 10 + 5);
    let summary = run(&format!(
        "
run_for: {run_for}us
until: drained
network: {{latency: 1ms}}
producers: {{p: {{instances: {each}, arrivals: {{every: 10us}}, do: [publish: q]}}}}
queues: {{q: {{}}}}
consumers: {{c: {{instances: {each}, from: q, do: [work: 500us]}}}}
"
    ));
    (summary.events, actors)
}

/// With a confirm and a random time for each, and one in a hundred that fails.
fn messages(count: u64) -> (u64, u64) {
    let summary = run(&format!(
        "
run_for: {count}ms
until: drained
network: {{latency: 1ms}}
producers:
  p: {{arrivals: {{poisson: 1000/s}}, do: [publish: {{to: q, confirm: {{timeout: 1s, retries: 3}}}}]}}
queues: {{q: {{max_deliveries: 5}}}}
consumers: {{c: {{instances: 8, from: q, do: [work: {{exponential: 5ms}}]}}}}
faults: [{{fail: {{target: c, probability: 1%}}}}]
"
    ));
    (summary.events, count)
}

/// A million a second come, and ten thousand a second go.
fn backlog(count: u64) -> (u64, u64) {
    let summary = run(&format!(
        "
run_for: {count}.5us
until: drained
producers: {{p: {{arrivals: {{every: 1us}}, do: [publish: q]}}}}
queues: {{q: {{}}}}
consumers: {{c: {{from: q, do: [work: 100us]}}}}
"
    ));
    (summary.events, peak_depth(&summary))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a depth is a count")]
fn peak_depth(summary: &Summary) -> u64 {
    summary.queues[0].1.depth.peak as u64
}

fn dedup(ids: u64) -> (u64, u64) {
    let summary = run(&format!(
        "
run_for: {ids}.5us
until: drained
producers: {{p: {{arrivals: {{every: 1us}}, do: [publish: q]}}}}
queues: {{q: {{dedup_window: 168h}}}}
consumers: {{c: {{from: q, prefetch: unlimited, concurrency: 10, do: []}}}}
"
    ));
    (summary.events, ids)
}

/// A guard that remembers every message.
fn guarded(ids: u64, guard: &str) -> (u64, u64) {
    let summary = run(&format!(
        "
run_for: {ids}5us
until: drained
producers: {{p: {{arrivals: {{every: 10us}}, do: [publish: q]}}}}
queues: {{q: {{}}}}
stores: {{db: {{rows: {{stock: {{count: 100}}}}, latency: 1us}}, cache: {{kind: cache, latency: 1us}}}}
consumers:
  c: {{from: q, idempotency: {{{guard}}}, do: [update: {{in: db, row: stock, add: 1, lock: atomic}}]}}
"
    ));
    assert_eq!(summary.ledger.effects, ids, "each is done once");
    (summary.events, ids)
}

/// Twice as many messages as there are keys, a million or more, through an exchange.
fn keyed(keys: u64, queue: &str) -> (u64, u64) {
    let messages = (2 * keys).max(2_000_000);
    let summary = run(&format!(
        "
run_for: {messages}5us
until: drained
exchanges: {{e: {{kind: topic, bindings: [{{routing_key: order.*, to: q}}]}}}}
producers:
  p:
    arrivals: {{every: 10us}}
    message: {{key: {{uniform: {{over: {keys}}}}}}}
    do: [publish: {{to: e, routing_key: order.created}}]
queues: {{q: {{{queue}}}}}
consumers: {{c: {{instances: 8, from: q, do: [work: 10us]}}}}
"
    ));
    (summary.events, keys)
}

/// A message of each key, all of which wait: ten times as many come as go.
fn waiting_keys(keys: u64) -> (u64, u64) {
    let summary = run(&format!(
        "
run_for: {keys}.5us
until: drained
producers:
  p:
    arrivals: {{every: 1us}}
    message: {{key: {{uniform: {{over: {keys}}}}}}}
    do: [publish: q]
queues: {{q: {{profile: sqs-fifo}}}}
consumers: {{c: {{from: q, do: [work: 10us]}}}}
"
    ));
    (summary.events, peak_depth(&summary))
}

/// A row of each key, whose version the guard keeps.
fn versions(keys: u64) -> (u64, u64) {
    let messages = (2 * keys).max(2_000_000);
    let summary = run(&format!(
        "
run_for: {messages}5us
until: drained
producers:
  p:
    arrivals: {{every: 10us}}
    message: {{key: {{uniform: {{over: {keys}}}}}}}
    do: [publish: q]
queues: {{q: {{}}}}
stores: {{db: {{rows: {{stock: {{count: {keys}}}}}, latency: 1us}}}}
consumers:
  c:
    from: q
    idempotency: {{by: version, in: db, from: message}}
    do: [update: {{in: db, row: stock, add: 1, lock: atomic}}]
"
    ));
    (summary.events, keys)
}
