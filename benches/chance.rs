//! What a random number costs: a message's luck, each sampler, keys and ramps.
//!
//! `cargo bench --bench chance`. Budget: 40 ns for the luck of an attempt, messages nearly in order.

use std::hint::black_box;

use criterion::Criterion;
use mqlab::kernel::chance::{Draw, Keys, Luck, LuckSource, Purpose, Ramp, Sampler, stream};
use mqlab::quantity::{Rate, Span};

const WORK: Purpose = Purpose::new("booking", "work#0");

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    sources(&mut criterion);
    samplers(&mut criterion);
    keys_and_ramps(&mut criterion);
    criterion.final_summary();
}

fn sources(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("source");
    let source = LuckSource::new(1);
    let mut message = 0;
    group.bench_function("luck of an attempt", |bencher| {
        bencher.iter(|| {
            message += 1;
            Luck::of(&source, message, 0)
        });
    });
    group.bench_function("luck of an attempt far from the last", |bencher| {
        bencher.iter(|| {
            message += 1_000_003;
            Luck::of(&source, message, 0)
        });
    });
    group.bench_function("unused lazy luck", |bencher| {
        bencher.iter(|| {
            message += 1;
            source.lazy(message, 0).happens(WORK, black_box(0.0))
        });
    });
    let luck = Luck::of(&source, 1, 0);
    group.bench_function("luck for a purpose", |bencher| bencher.iter(|| black_box(luck).uniform(WORK)));
    let mut arrivals = stream(1, "buyers", "arrivals");
    group.bench_function("stream", |bencher| bencher.iter(|| arrivals.next_u64()));
    let mut draws = luck.draws(WORK);
    group.bench_function("draws", |bencher| bencher.iter(|| draws.next_u64()));
    group.finish();
}

fn samplers(criterion: &mut Criterion) {
    let ms = Span::from_millis;
    let values: Vec<Span> = (1..1000).map(ms).collect();
    let bins: Vec<(Span, u64)> = (1..100).map(|bound| (ms(bound), bound)).collect();
    let mixed = vec![(99.0, Sampler::exponential(ms(15))), (1.0, Sampler::constant(ms(2000)))];
    let all = [
        ("constant", Sampler::constant(ms(5))),
        ("exponential", Sampler::exponential(ms(5))),
        ("uniform", Sampler::uniform(ms(5), ms(9))),
        ("normal", Sampler::normal(ms(5), ms(1))),
        ("lognormal", Sampler::lognormal_by_mean(ms(1), ms(5))),
        ("erlang 3", Sampler::erlang(3, ms(5))),
        ("erlang 100", Sampler::erlang(100, ms(5))),
        ("pareto", Sampler::pareto(ms(5), 1.5)),
        ("weibull", Sampler::weibull(0.7, ms(5))),
        ("mixture", Sampler::mixture(mixed)),
        ("histogram", Sampler::histogram(&bins)),
        ("samples", Sampler::samples(&values)),
    ];
    let mut group = criterion.benchmark_group("sampler");
    let mut draws = Luck::of(&LuckSource::new(1), 1, 0).draws(WORK);
    for (name, sampler) in all {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(&sampler).sample(&mut draws)));
    }
    group.finish();
}

fn keys_and_ramps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("other");
    let mut draws = Luck::of(&LuckSource::new(1), 1, 0).draws(WORK);
    for exponent in [0.0, 0.5, 1.0, 1.1] {
        let keys = Keys::zipf(1_000_000_000, exponent);
        group.bench_function(format!("zipf {exponent} of 10^9"), |bencher| {
            bencher.iter(|| black_box(keys).draw(&mut draws));
        });
    }
    let ramp = Ramp::new(Rate::per_second(100.0), Rate::per_second(5000.0), Span::from_seconds(10));
    group.bench_function("ramp", |bencher| {
        bencher.iter(|| ramp.next_gap(black_box(Span::from_seconds(5)), &mut draws));
    });
    group.finish();
}
