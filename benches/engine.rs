//! Nanoseconds per event, beside simulations written by hand for the same questions.
//!
//! `cargo bench --bench engine` prints the table, then criterion's statistics;
//! `-- --table` stops behind the table, `-- --test` checks the contenders against theory and stops,
//! `-- --instructions` counts instructions instead of time and holds them to their records, `-- --cores`
//! runs an experiment on one thread and on two, and `-- --scale` shows how time and memory grow.

mod common;

use std::hint::black_box;
use std::process::ExitCode;

use common::clock::nanos_per_event;
use common::handwritten::{Counted, PipelineOptions, Waits, hold, mm1, mmc, pipeline, pipeline_with};
use common::{around, cores, counting, engine, scale};
use criterion::{Criterion, SamplingMode, Throughput};

/// Enough to leave the caches as a long run does, and under a second.
const MESSAGES: u64 = 1_000_000;
/// As many events for every number of actors.
const HOLD_EVENTS: u64 = 2_000_000;
const ACTORS: [u32; 3] = [100, 10_000, 1_000_000];
const CUSTOMERS: u64 = 2_000_000;

fn main() -> ExitCode {
    // cargo adds a `--bench` of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if let [flag, name, size] = arguments.as_slice()
        && flag == "--workload"
    {
        counting::run_workload(name, size);
        return ExitCode::SUCCESS;
    }
    if scale::run_row(&arguments) {
        return ExitCode::SUCCESS;
    }
    if let [flag, wanted @ ..] = arguments.as_slice()
        && flag == "--scale"
    {
        return scale::print_table(wanted.first().map_or("", String::as_str));
    }
    if has("--instructions") {
        return counting::print_table();
    }
    if has("--cores") {
        return cores::print_table();
    }
    check();
    if !has("--test") && !has("--list") {
        print_table();
    }
    if !has("--table") {
        let mut criterion = Criterion::default().configure_from_args();
        benches(&mut criterion);
        around::benches(&mut criterion);
        criterion.final_summary();
    }
    ExitCode::SUCCESS
}

/// The pipeline with so little traffic that no credit runs out.
const fn calm(messages: u64) -> PipelineOptions {
    PipelineOptions { interval: 100_000_000, ..PipelineOptions::standard(messages) }
}

/// The hand-written loops must be right before they are fast.
fn check() {
    // Nothing lost: tick, arrival, delivery, work and ack of each message, and each producer's last tick.
    let safe = PipelineOptions { one_lost_in: u64::MAX, ..calm(10_000) };
    assert_eq!(pipeline_with(safe).events, 5 * 10_000 + 100);
    // Each lost ack adds a timeout, a delivery and work, and takes no ack: about 1 in 99 messages.
    let extra = pipeline_with(calm(10_000)).events - (5 * 10_000 + 100);
    assert!((200..400).contains(&extra), "{extra} events more");
    // M/M/1: the mean wait is ρ / (1 − ρ) services.
    near(mm1(CUSTOMERS, 0.5), 1.0);
    near(mmc(1, CUSTOMERS, 0.5), 1.0);
    // M/M/2: ρ² / (1 − ρ²).
    near(mmc(2, CUSTOMERS, 0.5), 1.0 / 3.0);
}

fn near(found: Waits, expected: f64) {
    let found = found.mean_wait;
    assert!((found / expected - 1.0).abs() < 0.02, "a mean wait of {found} services, {expected} expected");
}

#[expect(clippy::cast_precision_loss, reason = "events are fewer than 2^53")]
/// Nanoseconds per event by hand and through mqlab, in the same process.
fn print_table() {
    println!("| workload | by hand, ns/event | mqlab, ns/event | ratio | ratio of whole runs |");
    println!("|---|---|---|---|---|");
    let row = |name: &str, by_hand: (f64, Counted), ours: (f64, Counted)| {
        let whole = |(nanos, counted): (f64, Counted)| nanos * counted.events as f64;
        let (ratio, runs) = (ours.0 / by_hand.0, whole(ours) / whole(by_hand));
        println!("| {name} | {:.1} | {:.1} | {ratio:.2} | {runs:.2} |", by_hand.0, ours.0);
    };
    let by_hand = nanos_per_event(5, || pipeline(MESSAGES));
    row("pipeline, 100 000 msg/s", by_hand, nanos_per_event(5, || engine::pipeline("10us", "10s")));
    let by_hand = nanos_per_event(5, || pipeline_with(calm(MESSAGES)));
    row("pipeline, 1 000 msg/s", by_hand, nanos_per_event(5, || engine::pipeline("1ms", "1000s")));
    for actors in ACTORS {
        let by_hand = nanos_per_event(3, || hold(actors, HOLD_EVENTS));
        let ours = nanos_per_event(3, || engine::hold(actors, HOLD_EVENTS));
        row(&format!("kernel alone, {actors} actors"), by_hand, ours);
    }
    let by_hand = nanos_per_event(5, || mm1(CUSTOMERS / 2, 0.8).counted);
    row("M/M/1 at 80 %", by_hand, nanos_per_event(5, || engine::mmc(1, "1250000s")));
    let by_hand = nanos_per_event(5, || mmc(8, CUSTOMERS / 2, 0.8).counted);
    row("M/M/8 at 80 %", by_hand, nanos_per_event(5, || engine::mmc(8, "156250s")));
    let (nanos, _) = nanos_per_event(5, || engine::log("100s"));
    println!("\na log of eight partitions: {nanos:.1} ns/event");
    let (nanos, _) = nanos_per_event(5, || engine::locks(100_000));
    println!("row locks, 32 workers on 20 rows: {nanos:.1} ns/event");
    let (nanos, _) = nanos_per_event(5, || engine::short_runs(1000));
    println!("runs of 100 messages: {:.0} a second\n", 1e9 / nanos);
    around::print_table();
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("handwritten");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(pipeline(MESSAGES).events));
    group.bench_function("pipeline", |bencher| bencher.iter(|| pipeline(black_box(MESSAGES))));
    group.throughput(Throughput::Elements(HOLD_EVENTS));
    for actors in ACTORS {
        let name = format!("hold/{actors}");
        group.bench_function(name, |bencher| bencher.iter(|| hold(black_box(actors), HOLD_EVENTS)));
    }
    group.throughput(Throughput::Elements(2 * CUSTOMERS));
    group.bench_function("mm1", |bencher| bencher.iter(|| mm1(black_box(CUSTOMERS), 0.8)));
    group.bench_function("mm8", |bencher| bencher.iter(|| mmc(8, black_box(CUSTOMERS), 0.8)));
    group.finish();
    let mut group = criterion.benchmark_group("mqlab");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(engine::pipeline("10us", "10s").events));
    group.bench_function("pipeline", |bencher| bencher.iter(|| engine::pipeline(black_box("10us"), "10s")));
    group.throughput(Throughput::Elements(HOLD_EVENTS));
    for actors in ACTORS {
        let name = format!("hold/{actors}");
        group.bench_function(name, |bencher| bencher.iter(|| engine::hold(black_box(actors), HOLD_EVENTS)));
    }
    group.finish();
}
