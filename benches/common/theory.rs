//! Queueing formulas beside the scenarios they describe: one table for the tests and for the bench.
//!
//! A case runs as independent replications, one per seed. The standard error is that of their means, so
//! the interval is the run's own and not a tolerance someone chose.

use mqlab::metrics::registry;
use mqlab::metrics::summary::Summary;
use mqlab::scenario::{Loader, Source, read};
use mqlab::simulation;

/// A formula, and a scenario that has to obey it.
pub(crate) struct Case {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    /// The text of the scenario, without `seed`, `run_for` and `warm_up`.
    pub(crate) scenario: String,
    /// Messages per second of virtual time.
    pub(crate) rate: f64,
    /// Seconds until the start is forgotten: several relaxation times of the queue.
    pub(crate) warm_up: f64,
    /// What theory says.
    pub(crate) expected: f64,
    /// What the run says.
    pub(crate) measured: fn(&Summary) -> f64,
}

/// What a case came to.
pub(crate) struct Estimate {
    /// The mean of the replications.
    pub(crate) mean: f64,
    /// Its standard error.
    pub(crate) standard_error: f64,
}

impl Estimate {
    /// How far it lies from `expected`, in standard errors.
    pub(crate) fn deviation(&self, expected: f64) -> f64 {
        (self.mean - expected) / self.standard_error
    }
}

/// Scenarios here import nothing.
pub(crate) struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &str) -> Result<String, String> {
        Err("no such file".to_owned())
    }
}

impl Case {
    /// Runs `replications` seeds from 1 on, with about `messages` messages in all after the warm-ups.
    pub(crate) fn estimate(&self, replications: u32, messages: f64) -> Estimate {
        let seconds = self.warm_up + messages / f64::from(replications) / self.rate;
        let values: Vec<f64> =
            (1..=replications).map(|seed| (self.measured)(&self.run(seed, seconds))).collect();
        let count = f64::from(replications);
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Estimate { mean, standard_error: (squares / (count - 1.0) / count).sqrt() }
    }

    fn run(&self, seed: u32, seconds: f64) -> Summary {
        let head = format!("seed: {seed}\nrun_for: {seconds:.3}s\nwarm_up: {:.3}s\n", self.warm_up);
        let source = Source { name: "theory.yaml".to_owned(), text: head + &self.scenario };
        let checked = read(&source, &[], &registry::patterns(), &NoFiles);
        let checked = checked.unwrap_or_else(|_| panic!("the scenario of {} is sound", self.name));
        simulation::run(&checked.scenario, &mut |_| {}).expect("time passes")
    }
}

/// Every formula.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [("M/M/1, load 0.5", 0.5), ("M/M/1, load 0.8", 0.8), ("M/M/1, load 0.9", 0.9)]
        .map(|(name, load)| single(name, load, "{exponential: 1ms}", 2.0, mean_wait))
        .into();
    cases.push(Case {
        expected: 0.8,
        measured: utilization,
        ..single("M/M/1, load 0.8: utilization", 0.8, "{exponential: 1ms}", 2.0, mean_wait)
    });
    cases.push(Case {
        expected: 800.0,
        measured: completed,
        ..single("M/M/1, load 0.8: throughput", 0.8, "{exponential: 1ms}", 2.0, mean_wait)
    });
    cases.push(Case {
        // Of a geometric number in the system, those beyond the one in service.
        expected: 0.8 * 0.8 / 0.2,
        measured: mean_depth,
        ..single("M/M/1, load 0.8: depth", 0.8, "{exponential: 1ms}", 2.0, mean_wait)
    });
    cases.push(many("M/M/2, load 0.8", 2, 1));
    cases.push(many("M/M/8, load 0.8", 8, 1));
    cases.push(many("M/M/8 in one instance", 1, 8));
    cases.push(single("M/D/1, load 0.8", 0.8, "1ms", 1.0, mean_wait));
    cases.push(single("M/G/1 lognormal, load 0.7", 0.7, LOGNORMAL, libm::exp(0.64), mean_wait));
    cases.push(single("M/G/1 mixture, load 0.7", 0.7, MIXTURE, 6.275, mean_wait));
    cases.push(finite());
    cases.extend(ledger());
    cases
}

/// Deliveries are geometric when each fails to settle its copy with probability p: p/(1 − p) duplicates for
/// each message, of which p are affected; p³ are given up after three.
fn ledger() -> [Case; 3] {
    let p: f64 = 0.2;
    let lost = ("prefetch: unlimited, do: []", "lose: {what: ack, target: c, probability: 20%}");
    let failed = ("do: []", "fail: {target: c, probability: 20%}");
    [
        drained("lost acks, p = 20 %: duplicates", "ack_timeout: 50ms", lost, p / (1.0 - p), duplicates),
        drained("lost acks, p = 20 %: affected", "ack_timeout: 50ms", lost, p, affected),
        drained("failures, p = 20 %, limit 3", "max_deliveries: 3", failed, p * p * p, share_dropped),
    ]
}

/// 1 000 messages a second through consumers with these settings under a fault, until nothing is left.
fn drained(
    name: &'static str,
    queue: &str,
    (consumer, fault): (&str, &str),
    expected: f64,
    measured: fn(&Summary) -> f64,
) -> Case {
    let scenario = format!(
        "until: drained\nproducers: {{p: {{arrivals: {{poisson: 1000/s}}, do: [publish: q]}}}}\n\
         queues: {{q: {{{queue}}}}}\nconsumers: {{c: {{from: q, {consumer}}}}}\nfaults: [{{{fault}}}]\n"
    );
    Case { name, scenario, rate: 1000.0, warm_up: 0.0, expected, measured }
}

/// Mean 1 ms: the median is exp(-sigma²/2) ms. E\[S²\] is exp(sigma²) ms².
const LOGNORMAL: &str = "{lognormal: {median: 726149ns, sigma: 0.8}}";

/// Mean 0.9 · 0.5 ms + 0.1 · 5.5 ms; E\[S²\] = 0.9 · 0.25 ms² + 0.1 · 2 · 30.25 ms².
const MIXTURE: &str = "{mixture: [{weight: 90, constant: 500us}, {weight: 10, exponential: 5500us}]}";

/// One server with services of mean 1 ms and second moment `second_moment` ms²: Pollaczek and Khinchine's
/// mean wait, λ·E\[S²\] / 2(1 − ρ).
fn single(
    name: &'static str,
    load: f64,
    service: &str,
    second_moment: f64,
    measured: fn(&Summary) -> f64,
) -> Case {
    Case {
        name,
        scenario: scenario(1000.0 * load, "", "prefetch: 1", service),
        rate: 1000.0 * load,
        warm_up: 5.0,
        expected: load * second_moment / (2.0 * (1.0 - load)),
        measured,
    }
}

/// `instances` servers with `concurrency` handlers each, every service exponential with mean 1 ms, load 0.8.
fn many(name: &'static str, instances: u32, concurrency: u32) -> Case {
    let (servers, load) = (f64::from(instances * concurrency), 0.8);
    let settings = format!("instances: {instances}, prefetch: {concurrency}, concurrency: {concurrency}");
    Case {
        name,
        scenario: scenario(1000.0 * servers * load, "", &settings, "{exponential: 1ms}"),
        rate: 1000.0 * servers * load,
        warm_up: 2.0,
        expected: erlang_c(instances * concurrency, servers * load) / (servers * (1.0 - load)),
        measured: mean_wait,
    }
}

/// M/M/1/K with room for nine in line and one in service, load 0.9: the share turned away.
fn finite() -> Case {
    let (load, room) = (0.9_f64, 10);
    let power = |exponent: i32| libm::pow(load, f64::from(exponent));
    Case {
        name: "M/M/1/10, load 0.9: refused",
        scenario: scenario(900.0, "max_length: 9", "prefetch: 1", "{exponential: 1ms}"),
        rate: 900.0,
        warm_up: 0.0,
        expected: (1.0 - load) * power(room) / (1.0 - power(room + 1)),
        measured: share_dropped,
    }
}

fn scenario(rate: f64, queue: &str, consumer: &str, service: &str) -> String {
    format!(
        "producers: {{p: {{arrivals: {{poisson: {rate}/s}}, do: [publish: q]}}}}\n\
         queues: {{q: {{ack_timeout: off, {queue}}}}}\n\
         consumers: {{c: {{from: q, {consumer}, do: [work: {service}]}}}}\n"
    )
}

/// The chance to wait in M/M/c with `offered` Erlangs, by the recursion of Erlang's B.
fn erlang_c(servers: u32, offered: f64) -> f64 {
    let blocked = (1..=servers)
        .fold(1.0, |blocked, server| offered * blocked / (f64::from(server) + offered * blocked));
    let load = offered / f64::from(servers);
    blocked / (1.0 - load * (1.0 - blocked))
}

fn mean_wait(summary: &Summary) -> f64 {
    let (_, wait) = summary.latencies.iter().find(|(name, _)| *name == "wait").expect("every run has waits");
    wait.mean_ms.expect("messages were handled")
}

fn utilization(summary: &Summary) -> f64 {
    summary.consumers[0].1.utilization.expect("time passed")
}

fn completed(summary: &Summary) -> f64 {
    summary.throughput.completed.expect("time passed")
}

fn duplicates(summary: &Summary) -> f64 {
    summary.rates.duplicate_consumption_rate.value().expect("messages were handled")
}

fn affected(summary: &Summary) -> f64 {
    summary.rates.affected_rate.value().expect("messages were handled")
}

fn mean_depth(summary: &Summary) -> f64 {
    summary.queues[0].1.depth.mean.expect("time passed")
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn share_dropped(summary: &Summary) -> f64 {
    summary.outcomes.dropped as f64 / summary.ledger.published as f64
}
