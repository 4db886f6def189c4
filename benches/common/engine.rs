//! The same questions as the hand-written loops, put to mqlab itself: the kernel alone, and whole
//! scenarios from YAML with every statistic on.

use actix::{Actor, Handler, Message};

use mqlab::kernel::chance::{Draw, stream};
use mqlab::kernel::{ActorId, Kernel, Lifecycle, SimContext, StreamId, Traced, World};
use mqlab::metrics::registry;
use mqlab::quantity::{Span, Time};
use mqlab::scenario::model::Scenario;
use mqlab::scenario::{Loader, Source, read};
use mqlab::simulation;

use super::handwritten::Counted;

/// Reads and checks a scenario.
pub(crate) fn checked(text: &str) -> Scenario {
    let source = Source { name: "bench.yaml".to_owned(), text: text.to_owned() };
    read(&source, &[], &registry::patterns(), &NoFiles).expect("the bench's scenario is right").scenario
}

/// Runs a scenario from its text, as `mqlab run` does without the report.
pub(crate) fn run_scenario(text: &str) -> Counted {
    let summary = simulation::run(&checked(text), &mut |_| {}).expect("time passes");
    Counted { events: summary.events, checksum: summary.trace_hash }
}

/// One scenario of 100 messages under so many seeds; an event here is a run.
pub(crate) fn short_runs(runs: u64) -> Counted {
    let mut scenario = checked(
        "
scenario: short
run_for: 1s
until: drained
producers: {p: {arrivals: {every: 10ms}, do: [publish: q]}}
queues: {q: {}}
consumers: {c: {from: q, do: [work: {exponential: 5ms}]}}
",
    );
    let mut counted = Counted::NONE;
    for seed in 0..runs {
        scenario.seed = seed;
        counted.count(simulation::run(&scenario, &mut |_| {}).expect("time passes").trace_hash);
    }
    counted
}

/// 1 000 messages a second through a log of eight partitions with a group of eight.
pub(crate) fn log(run_for: &str) -> Counted {
    run_scenario(&format!(
        "
scenario: log
run_for: {run_for}
until: drained
network: {{latency: 1ms}}
producers: {{p: {{arrivals: {{every: 1ms}}, do: [publish: l]}}}}
queues: {{l: {{kind: log, partitions: 8}}}}
consumers: {{c: {{instances: 8, from: l, do: [work: 1ms]}}}}
"
    ))
}

/// 1 000 messages a second, each for one of 20 rows that is locked while its worker thinks: the locks of a row
/// are taken half of the time.
pub(crate) fn locks(messages: u64) -> Counted {
    run_scenario(&format!(
        "
scenario: locks
run_for: {messages}ms
until: drained
network: {{latency: 1ms}}
producers:
  p: {{arrivals: {{every: 1ms}}, message: {{key: {{uniform: {{over: 20}}}}}}, do: [publish: q]}}
queues: {{q: {{}}}}
stores: {{db: {{rows: {{tickets: {{count: 20, start: 1000000000}}}}, latency: 100us, connections: 40}}}}
consumers:
  c:
    instances: 32
    from: q
    do: [update: {{in: db, row: tickets, add: -1, floor: 0, lock: pessimistic, think: 5ms}}]
"
    ))
}

/// The text of a scenario of so many queues, each with a producer and a consumer of its own.
pub(crate) fn large_text(queues: u32) -> String {
    let list = |line: &dyn Fn(u32) -> String| (0..queues).map(line).collect::<String>();
    format!(
        "scenario: large\nrun_for: 1min\nproducers:\n{}queues:\n{}consumers:\n{}",
        list(&|n| format!("  p{n}: {{arrivals: {{poisson: 10/s}}, do: [publish: q{n}]}}\n")),
        list(&|n| format!("  q{n}: {{ack_timeout: 30s, max_length: 1000}}\n")),
        list(&|n| format!("  c{n}: {{from: q{n}, prefetch: 5, do: [work: {{exponential: 5ms}}]}}\n")),
    )
}

struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, path: &str) -> Result<String, String> {
        Err(format!("there is no file {path}"))
    }
}

/// The hand-written pipeline as a scenario; `interval` is between two messages of all producers.
pub(crate) fn pipeline(interval: &str, run_for: &str) -> Counted {
    run_scenario(&format!(
        "
scenario: pipeline
run_for: {run_for}
until: drained
network: {{latency: 1ms}}
producers:
  producers: {{instances: 100, arrivals: {{every: {interval}}}, do: [publish: queue]}}
queues: {{queue: {{ack_timeout: 30s}}}}
consumers:
  consumers: {{instances: 100, from: queue, prefetch: 10, do: [work: 500us]}}
faults:
  - lose: {{what: ack, target: consumers, probability: 1%}}
"
    ))
}

/// M/M/c at 80 % as a scenario, with a service of 1 s in the mean.
pub(crate) fn mmc(servers: u32, run_for: &str) -> Counted {
    let rate = 0.8 * f64::from(servers);
    run_scenario(&format!(
        "
scenario: waiting line
run_for: {run_for}
producers:
  arrivals: {{arrivals: {{poisson: {rate}/s}}, do: [publish: line]}}
queues: {{line: {{ack_timeout: off}}}}
consumers:
  servers: {{instances: {servers}, from: line, prefetch: 1, do: [work: {{exponential: 1s}}]}}
"
    ))
}

/// The kernel alone: `actors` that each schedule themselves again after an exponential delay.
pub(crate) fn hold(actors: u32, events: u64) -> Counted {
    let mut context = SimContext::new(());
    let stream = context.add_stream(stream(1, "hold", "delays"));
    let actors = (0..actors)
        .map(|_| {
            context.add_actor();
            Holder { stream, hops: 0 }
        })
        .collect();
    let mut kernel = Kernel::new(HoldWorld { actors, left: events }, context);
    kernel.run(Time::NEVER, &mut |_, _| {}).expect("time passes");
    Counted { events: kernel.events(), checksum: kernel.trace_hash() }
}

#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
struct Hop {
    hops: u64,
}

impl Traced for Hop {
    fn kind(&self) -> u8 {
        0
    }
}

struct Holder {
    stream: StreamId,
    hops: u64,
}

impl Holder {
    fn hop(&mut self, context: &mut SimContext<Hop, ()>) {
        const MEAN: f64 = 1e9;
        let delay = -MEAN * libm::log(context.stream(self.stream).open_uniform());
        let at = context.now() + Span::from_nanos_f64(delay);
        context.remind_at(at, Hop { hops: self.hops });
    }
}

impl Actor for Holder {
    type Context = SimContext<Hop, ()>;

    fn started(&mut self, context: &mut Self::Context) {
        self.hop(context);
    }
}

impl Handler<Hop> for Holder {
    type Result = ();

    fn handle(&mut self, hop: Hop, context: &mut Self::Context) {
        self.hops = hop.hops + 1;
        self.hop(context);
    }
}

struct HoldWorld {
    actors: Vec<Holder>,
    left: u64,
}

impl World for HoldWorld {
    type Event = Hop;
    type Fact = ();

    #[inline]
    fn dispatch(&mut self, target: ActorId, event: Hop, context: &mut SimContext<Hop, ()>) {
        self.left -= 1;
        self.actors[target.index() as usize].handle(event, context);
    }

    fn live(&mut self, target: ActorId, turn: Lifecycle, context: &mut SimContext<Hop, ()>) {
        if turn == Lifecycle::Started {
            self.actors[target.index() as usize].started(context);
        }
    }

    fn undelivered(&mut self, _: ActorId, _: Hop, _: &mut SimContext<Hop, ()>) {}

    #[inline]
    fn is_finished(&self, (): &()) -> bool {
        self.left == 0
    }
}
