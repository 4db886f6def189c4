//! Nanoseconds per event, beside simulations written by hand for the same questions.
//!
//! `cargo bench --bench engine` prints the table, then criterion's statistics;
//! `-- --test` checks the contenders against theory and stops.

mod common;

use std::hint::black_box;

use common::clock::nanos_per_event;
use common::handwritten::{PipelineOptions, Waits, hold, mm1, mmc, pipeline, pipeline_with};
use criterion::{Criterion, SamplingMode, Throughput};

/// Enough to leave the caches as a long run does, and under a second.
const MESSAGES: u64 = 1_000_000;
/// As many events for every number of actors.
const HOLD_EVENTS: u64 = 2_000_000;
const ACTORS: [u32; 3] = [100, 10_000, 1_000_000];
const CUSTOMERS: u64 = 2_000_000;

fn main() {
    check();
    let mut criterion = Criterion::default().configure_from_args();
    if !std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        print_table();
    }
    benches(&mut criterion);
    criterion.final_summary();
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

fn print_table() {
    let row = |name: &str, (nanos, counted): (f64, common::handwritten::Counted)| {
        println!("{name:<44} {nanos:>8.1} ns per event {:>12} events", counted.events);
    };
    row("pipeline, 100 000 msg/s", nanos_per_event(5, || pipeline(MESSAGES)));
    row("pipeline, 1 000 msg/s", nanos_per_event(5, || pipeline_with(calm(MESSAGES))));
    for actors in ACTORS {
        row(&format!("hold, {actors} actors"), nanos_per_event(3, || hold(actors, HOLD_EVENTS)));
    }
    row("M/M/1 at 80 %", nanos_per_event(5, || mm1(CUSTOMERS, 0.8).counted));
    row("M/M/10 at 80 %", nanos_per_event(5, || mmc(10, CUSTOMERS, 0.8).counted));
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
    group.bench_function("mm10", |bencher| bencher.iter(|| mmc(10, black_box(CUSTOMERS), 0.8)));
    group.finish();
}
