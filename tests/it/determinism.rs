//! The same scenario and seed are the same run: byte for byte, event for event, on every machine.
//!
//! Two kernels go in lockstep so that a difference is named where it begins; a world that is not
//! deterministic on purpose shows that the naming works.

use std::sync::atomic::{AtomicU64, Ordering};

use mqlab::kernel::{ActorId, Kernel, Lifecycle, SimContext, Step, Traced, World};
use mqlab::metrics::summary::Summary;
use mqlab::metrics::tree::Node;
use mqlab::quantity::{Span, Time};
use mqlab::report::chart;
use mqlab::report::json::summary_json;
use mqlab::simulation::stepwise;

use crate::laboratory::{queue, run, scenario};

/// Every kind of chance at once: arrivals, latencies, work, faults at points, on links and by the clock.
const EVERYTHING: &str = "
run_for: 20s
until: drained
network: {latency: {lognormal: {mean: 1ms, p99: 5ms}}}
producers:
  p:
    instances: 3
    arrivals: [{for: 5s, poisson: 100/s}, {for: 5s, ramp: [10/s, 300/s]}, {users: 5, think: {exponential: 100ms}}]
    message: {key: {zipf: {over: 50, exponent: 1.1}}}
    do: [publish: {to: q, confirm: {timeout: 20ms, retries: 3, backoff: {base: 5ms, jitter: full}}}]
queues:
  q: {ack_timeout: 500ms, max_deliveries: 4, dead_letter: dead, dedup_window: 1s}
  dead: {}
consumers:
  c: {instances: 4, from: q, prefetch: 5, concurrency: 2, do: [work: {exponential: 20ms}]}
faults:
  - lose: {what: ack, probability: 5%}
  - lose: {what: confirm, probability: 5%}
  - fail: {target: c, probability: 5%}
  - crash: {target: c, when: before-ack, probability: 1%}
  - cut: {target: c, every: {exponential: 5s}}
  - pause: {target: c#1, every: {exponential: 5s}, for: 300ms}
  - crash: {target: p, every: {exponential: 7s}}
";

/// Nothing random but the arrivals.
const SIMPLE: &str = "
run_for: 10s
producers: {p: {arrivals: {poisson: 500/s}, do: [publish: q]}}
queues: {q: {}}
consumers: {c: {from: q, do: [work: 1ms]}}
";

/// `RabbitMQ` with connections that break, and an SQS queue behind it.
const RABBIT: &str = "
run_for: 60s
until: drained
network: {latency: {exponential: 2ms}}
producers: {p: {arrivals: {every: 7ms}, do: [work: {weibull: {shape: 0.7, scale: 4ms}}, publish: q]}}
queues: {q: {profile: rabbitmq-quorum, dead_letter: later}, later: {profile: sqs, ack_timeout: 2s, max_deliveries: 9}}
consumers:
  c: {instances: 3, from: q, prefetch: 50, ack: {batch: 10, every: 100ms}, do: [work: {erlang: {k: 3, mean: 12ms}}]}
  d: {from: later, do: [work: {pareto: {min: 1ms, alpha: 1.5}}]}
faults:
  - cut: {target: c, when: worked, probability: 0.5%}
  - poison: {of: p, probability: 2%}
  - lose: {what: ack, target: d, probability: 10%}
";

fn with_seed(seed: u64, text: &str) -> String {
    format!("seed: {seed}\n{text}")
}

fn pictures(summary: &Summary) -> Vec<String> {
    chart::draw_all(summary).iter().map(|chart| chart::render::svg(&chart.scene)).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for text in [EVERYTHING, SIMPLE, RABBIT] {
        let (one, other) = (run(text), run(text));
        assert_eq!(one.trace_hash, other.trace_hash);
        assert_eq!(summary_json(&one), summary_json(&other));
        assert_eq!(pictures(&one), pictures(&other));
        assert!(!pictures(&one).is_empty(), "there is something to compare");
    }
}

#[test]
fn another_seed_gives_another_run() {
    for text in [EVERYTHING, SIMPLE, RABBIT] {
        let hashes: Vec<u64> = (1..=4).map(|seed| run(&with_seed(seed, text)).trace_hash).collect();
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash), "seeds {hashes:x?} are told apart");
        }
    }
}

/// Where nothing can strike, handlers take the straight way through their points: it comes to the same.
#[test]
fn a_crash_that_never_comes_changes_nothing() {
    const RUN: &str = "
run_for: 20s
until: drained
network: {latency: {exponential: 1ms}}
producers: {p: {instances: 2, arrivals: {poisson: 200/s}, message: {key: {uniform: {over: 9}}}, do: [publish: q]}}
queues: {q: {ack_timeout: 500ms, max_deliveries: 3, dead_letter: dead}, dead: {}}
consumers:
  c: {instances: 3, from: q, prefetch: 5, do: [work: {exponential: 10ms}]}
  d: {from: dead, do: []}
faults:
  - lose: {what: ack, target: c, probability: 10%}
  - slow: {target: c#0, factor: 60, probability: 2%}
";
    let untouched = run(RUN);
    let crash =
        |target| format!("  - crash: {{target: {target}, when: worked, probability: 1%, after: 24h}}\n");
    let mut other = run(&format!("{RUN}{}{}", crash("c"), crash("d")));
    assert!(untouched.ledger.redeliveries > 300 && untouched.ledger.duplicate_effects > 100);
    let never: Vec<u64> = other.faults.split_off(2).into_iter().map(|(_, count)| count.fired).collect();
    assert_eq!(never, [0, 0]);
    assert_eq!(summary_json(&other), summary_json(&untouched));
}

/// Debug and release, and every machine, agree on these. A change here changes what every seed means: it
/// belongs into the changelog.
#[test]
fn pinned_runs_are_what_they_were() {
    let hashes = [EVERYTHING, SIMPLE, RABBIT].map(|text| run(&with_seed(7, text)).trace_hash);
    assert_eq!(
        hashes.map(|hash| format!("{hash:016x}")),
        ["6bf6395876d2f38d", "5489f6931ff81bd1", "910e567f65db60f0"]
    );
}

/// The first step in which two kernels differ, or how many steps they agreed in.
fn first_divergence<A: World, B: World>(
    one: &mut Kernel<A>,
    other: &mut Kernel<B>,
    until: Time,
) -> Result<u64, (Option<Step>, Option<Step>)> {
    let mut steps = 0;
    loop {
        let (left, right) = (one.step(until), other.step(until));
        let (left, right) = (left.expect("time passes"), right.expect("time passes"));
        match (left, right) {
            (None, None) => return Ok(steps),
            (left, right) if left == right => steps += 1,
            different => return Err(different),
        }
    }
}

#[test]
fn two_runs_go_in_lockstep() {
    for text in [EVERYTHING, RABBIT] {
        let scenario = scenario(text);
        let (mut one, mut other) = (stepwise(&scenario), stepwise(&scenario));
        match first_divergence(&mut one, &mut other, Time::ZERO + scenario.run_for) {
            Ok(steps) => assert!(steps > 10_000, "only {steps} steps were compared"),
            Err((left, right)) => {
                let name = |step: Option<Step>| {
                    step.map(|step| {
                        let event = mqlab::protocol::Event::name_of(step.kind);
                        format!("{} gets a {event} at {:?}", one.world.name_of(step.target), step.at)
                    })
                };
                panic!("two runs part: {:?}, {:?}", name(left), name(right));
            }
        }
    }
}

/// Every number of a summary, apart from those whose path begins with one of `but`.
fn numbers(summary: &Summary, but: &[&str]) -> Vec<(String, Node)> {
    let tree = summary.tree();
    let leaves = tree.leaves().into_iter();
    leaves
        .filter(|(path, _)| !but.iter().any(|prefix| path.starts_with(prefix)))
        .map(|(path, leaf)| (path, leaf.clone()))
        .collect()
}

fn unchanged_by(text: &str, from: &str, to: &str, but: &[&str]) {
    assert!(text.contains(from), "`{from}` is in the scenario");
    let changed = text.replacen(from, to, 1);
    for seed in 1..=3 {
        let (before, after) = (run(&with_seed(seed, text)), run(&with_seed(seed, &changed)));
        assert_eq!(numbers(&before, but), numbers(&after, but), "seed {seed} with `{to}`");
        for (name, course) in &before.queues {
            let same = course.series == queue(&after, name).series;
            assert!(same || but.iter().any(|path| path.contains(name)), "the course of `{name}` with `{to}`");
        }
    }
}

#[test]
fn an_idle_producer_changes_nobody() {
    for idle in [
        "producers:\n  idle: {arrivals: {poisson: 0/s}, do: [publish: q]}\n",
        "producers:\n  idle: {instances: 9, arrivals: {for: 1s}, message: {key: 3}, do: [work: 1ms, publish: dead]}\n",
    ] {
        unchanged_by(EVERYTHING, "producers:\n", idle, &[]);
    }
}

#[test]
fn a_fault_that_never_strikes_changes_nobody() {
    for fault in [
        "lose: {what: publish, probability: 0}",
        "lose: {what: delivery, target: c, probability: 0}",
        "crash: {target: c, when: worked, probability: 0}",
        "cut: {target: c, when: acked, probability: 0}",
        "pause: {target: c, when: received, probability: 0, for: 1s}",
        "slow: {target: c, probability: 0, factor: 9}",
        "poison: {of: p, probability: 0}",
        "crash: {target: c#3, after: 30h}",
    ] {
        let to = format!("faults:\n  - {fault}\n");
        // The others keep their names: a fault's name keys its luck, and an added one is numbered after.
        let named = EVERYTHING.replace("pause: {target", "pause: {name: frozen, target");
        let to = to.replace("{what", "{name: extra, what").replace("{target", "{name: extra, target");
        let to = to.replace("{of", "{name: extra, of");
        unchanged_by(&named, "faults:\n", &to, &["faults.extra"]);
    }
}

#[test]
fn an_unused_queue_or_consumer_changes_nobody() {
    let but = ["queues.spare", "peak_shaving.spare", "consumers.idler"];
    unchanged_by(EVERYTHING, "\nqueues:\n", "\nqueues:\n  spare: {message_ttl: 1s}\n", &but);
    let queue = EVERYTHING.replacen("\nqueues:\n", "\nqueues:\n  spare: {}\n", 1);
    let idler = "\nconsumers:\n  idler: {instances: 3, from: spare, do: [work: {exponential: 1s}]}\n";
    unchanged_by(&queue, "\nconsumers:\n", idler, &but);
}

/// Shared by all worlds of the process, which is what makes [`Fickle`] nondeterministic.
static SHARED: AtomicU64 = AtomicU64::new(0);

/// A world whose one actor looks outside after a while.
struct Fickle {
    beats: u64,
}

struct Beat;

impl Traced for Beat {
    fn kind(&self) -> u8 {
        7
    }
}

/// The beat that looks outside.
const SLIP: u64 = 40;

impl World for Fickle {
    type Event = Beat;
    type Fact = ();

    fn dispatch(&mut self, _: ActorId, _: Beat, context: &mut SimContext<Beat, ()>) {
        self.beats += 1;
        let outside = if self.beats == SLIP { SHARED.fetch_add(1, Ordering::Relaxed) } else { 0 };
        context.remind_at(context.now() + Span::from_millis(1 + outside), Beat);
    }

    fn live(&mut self, _: ActorId, _: Lifecycle, context: &mut SimContext<Beat, ()>) {
        context.remind_at(context.now() + Span::from_millis(1), Beat);
    }

    fn undelivered(&mut self, _: ActorId, _: Beat, _: &mut SimContext<Beat, ()>) {}

    fn is_finished(&self, (): &()) -> bool {
        false
    }
}

fn fickle() -> Kernel<Fickle> {
    let mut context = SimContext::new(());
    context.add_actor();
    Kernel::new(Fickle { beats: 0 }, context)
}

#[test]
fn an_actor_that_looks_outside_is_caught_at_its_first_divergence() {
    let (mut one, mut other) = (fickle(), fickle());
    let found = first_divergence(&mut one, &mut other, Time::from_nanos(1_000_000_000));
    let (left, right) = found.expect_err("the shared counter leaks into one of them");
    let (left, right) = (left.expect("both go on"), right.expect("both go on"));
    let instants = [left.at, right.at].map(|at| at.as_nanos() / 1_000_000);
    assert_eq!(instants, [SLIP + 1, SLIP + 2], "the first beat after the slip, not some later one");
    assert_eq!((left.target, left.kind), (right.target, right.kind));
}
