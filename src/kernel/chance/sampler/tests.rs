//! Every distribution against an independent implementation, its own mean and its own variance.

use statrs::distribution as oracle_of;
use statrs::distribution::ContinuousCDF;

use super::super::{Draw, oracle, stream};
use super::Sampler;
use crate::quantity::Span;

const DRAWS: usize = 100_000;
const MS: f64 = 1e6;

fn ms(millis: u64) -> Span {
    Span::from_millis(millis)
}

/// Panics when asked.
struct Nothing;

impl Draw for Nothing {
    fn next_u64(&mut self) -> u64 {
        panic!("drew")
    }
}

/// Draws, and compares with the distribution function `cdf` of nanoseconds and with the moments.
fn check(name: &str, sampler: &Sampler, cdf: impl Fn(f64) -> f64) {
    let nanos = drawn(name, sampler);
    check_mean(name, sampler, &nanos);
    oracle::kolmogorov_smirnov(nanos, cdf);
}

fn drawn(name: &str, sampler: &Sampler) -> Vec<f64> {
    let mut draws = stream(5, "sampler", name);
    (0..DRAWS).map(|_| sampler.sample(&mut draws).as_nanos_f64()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "10^5 is exact")]
fn check_mean(name: &str, sampler: &Sampler, nanos: &[f64]) {
    let (Some(mean), Some(scv)) = (sampler.mean_nanos(), sampler.squared_coefficient_of_variation()) else {
        return;
    };
    let found = nanos.iter().sum::<f64>() / DRAWS as f64;
    let error = mean * (scv / DRAWS as f64).sqrt();
    assert!((found - mean).abs() < 4.0 * error, "{name}: mean {found}, {mean} ± {error} expected");
    let variance = nanos.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / DRAWS as f64;
    let found = variance / (mean * mean);
    assert!((found / scv - 1.0).abs() < 0.1, "{name}: variation {found}, {scv} expected");
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.expect("it is finite");
    assert!((found / expected - 1.0).abs() < 1e-9, "{found}, {expected} expected");
}

#[test]
fn exponential() {
    let of = oracle_of::Exp::new(1.0 / (5.0 * MS)).expect("valid");
    check("exponential", &Sampler::exponential(ms(5)), |x| of.cdf(x));
}

#[test]
fn uniform() {
    let of = oracle_of::Uniform::new(2.0 * MS, 7.0 * MS).expect("valid");
    check("uniform", &Sampler::uniform(ms(2), ms(7)), |x| of.cdf(x));
}

#[test]
fn normal_is_cut_at_zero() {
    for (mean, sd) in [(10, 1), (10, 8), (1, 20)] {
        let of = oracle_of::Normal::new(ms(mean).as_nanos_f64(), ms(sd).as_nanos_f64()).expect("valid");
        let cut = |x: f64| if x < 0.0 { 0.0 } else { of.cdf(x) };
        check(&format!("normal {mean} {sd}"), &Sampler::normal(ms(mean), ms(sd)), cut);
    }
}

#[test]
fn lognormal() {
    let of = oracle_of::LogNormal::new(libm::log(3.0 * MS), 0.7).expect("valid");
    check("lognormal", &Sampler::lognormal(ms(3), 0.7), |x| of.cdf(x));
}

#[test]
fn lognormal_by_mean_has_that_mean_and_percentile_and_the_smaller_sigma() {
    for (mean, p99) in [(100, 101), (1, 5), (10, 149)] {
        let sampler = Sampler::lognormal_by_mean(ms(mean), ms(p99));
        close(sampler.mean_nanos(), ms(mean).as_nanos_f64());
        let Sampler::Lognormal(inner) = &sampler else { panic!("not a lognormal") };
        let sigma = {
            let scv = sampler.squared_coefficient_of_variation().expect("it is finite");
            libm::log(1.0 + scv).sqrt()
        };
        assert!(sigma < 2.326_347_874, "{sigma} is the larger root in {inner:?}");
        let of = oracle_of::LogNormal::new(libm::log(ms(mean).as_nanos_f64()) - sigma * sigma / 2.0, sigma)
            .expect("valid");
        close(Some(of.cdf(ms(p99).as_nanos_f64())), 0.99);
        if mean == 1 {
            check("lognormal by mean", &sampler, |x| of.cdf(x));
        }
    }
}

#[test]
fn erlang_on_both_sides_of_the_switch() {
    for k in [1, 3, 16, 17, 400] {
        let of = oracle_of::Gamma::new(f64::from(k), f64::from(k) / (8.0 * MS)).expect("valid");
        check(&format!("erlang {k}"), &Sampler::erlang(k, ms(8)), |x| of.cdf(x));
    }
}

#[test]
fn pareto() {
    for alpha in [0.5, 1.0, 1.5, 6.0] {
        let of = oracle_of::Pareto::new(2.0 * MS, alpha).expect("valid");
        check(&format!("pareto {alpha}"), &Sampler::pareto(ms(2), alpha), |x| of.cdf(x));
    }
    assert_eq!(Sampler::pareto(ms(2), 1.0).mean_nanos(), None);
    assert_eq!(Sampler::pareto(ms(2), 2.0).squared_coefficient_of_variation(), None);
    close(Sampler::pareto(ms(2), 2.0).mean_nanos(), 4.0 * MS);
    close(Sampler::pareto(ms(2), 4.0).squared_coefficient_of_variation(), 1.0 / 8.0);
}

#[test]
fn weibull() {
    for shape in [0.7, 1.0, 3.0] {
        let of = oracle_of::Weibull::new(shape, 4.0 * MS).expect("valid");
        check(&format!("weibull {shape}"), &Sampler::weibull(shape, ms(4)), |x| of.cdf(x));
    }
}

#[test]
fn mixture() {
    let parts = vec![(99.0, Sampler::exponential(ms(15))), (33.0, Sampler::uniform(ms(100), ms(200)))];
    let exp = oracle_of::Exp::new(1.0 / (15.0 * MS)).expect("valid");
    let uni = oracle_of::Uniform::new(100.0 * MS, 200.0 * MS).expect("valid");
    check("mixture", &Sampler::mixture(parts), |x| 0.75 * exp.cdf(x) + 0.25 * uni.cdf(x));
    let parts = vec![(99.0, Sampler::exponential(ms(15))), (1.0, Sampler::constant(ms(2000)))];
    close(Sampler::mixture(parts).mean_nanos(), 34.85 * MS);
    let parts = vec![(0.5, Sampler::pareto(ms(1), 1.0)), (0.5, Sampler::constant(ms(1)))];
    assert_eq!(Sampler::mixture(parts).mean_nanos(), None);
}

#[test]
fn histogram() {
    let bins = [(ms(10), 1), (ms(20), 0), (ms(40), 3)];
    let cdf = |x: f64| match x / MS {
        x if x < 10.0 => x.max(0.0) / 40.0,
        x if x < 20.0 => 0.25,
        x if x < 40.0 => 0.25 + 0.75 * (x - 20.0) / 20.0,
        _ => 1.0,
    };
    check("histogram", &Sampler::histogram(&bins), cdf);
}

#[test]
fn samples() {
    let values = [ms(7), ms(1), ms(1), ms(3)];
    let sampler = Sampler::samples(&values);
    let nanos = drawn("samples", &sampler);
    check_mean("samples", &sampler, &nanos);
    let count = |value: Span| {
        let found = nanos.iter().filter(|x| (**x - value.as_nanos_f64()).abs() < 1.0).count();
        u32::try_from(found).expect("few draws")
    };
    oracle::chi_square(&[count(ms(1)), count(ms(3)), count(ms(7))], &[0.5, 0.25, 0.25]);
}

#[test]
fn constants_draw_nothing() {
    let constants = [
        Sampler::constant(ms(3)),
        Sampler::uniform(ms(3), ms(3)),
        Sampler::normal(ms(3), Span::ZERO),
        Sampler::lognormal(ms(3), 0.0),
        Sampler::lognormal_by_mean(ms(3), ms(3)),
    ];
    for sampler in constants {
        assert_eq!(sampler.sample(&mut Nothing), ms(3));
        assert_eq!(sampler.as_constant(), Some(ms(3)));
        assert_eq!(sampler.mean_nanos(), Some(3.0 * MS));
        assert_eq!(sampler.squared_coefficient_of_variation(), Some(0.0));
    }
    assert_eq!(Sampler::constant(Span::ZERO).squared_coefficient_of_variation(), None);
}

/// Computed by a second implementation (Python, with `statistics.NormalDist`).
#[test]
fn samples_never_change() {
    let samplers = [
        Sampler::exponential(ms(5)),
        Sampler::normal(ms(5), ms(1)),
        Sampler::lognormal_by_mean(ms(1), ms(5)),
        Sampler::erlang(3, ms(5)),
        Sampler::erlang(30, ms(5)),
        Sampler::pareto(ms(5), 1.5),
        Sampler::weibull(0.7, ms(5)),
    ];
    let mut draws = stream(1, "pinned", "samples");
    let found = samplers.map(|sampler| sampler.sample(&mut draws).as_nanos());
    let expected = [3_078_644, 4_748_947, 3_776_043, 3_130_098, 3_662_789, 21_139_692, 1_502_983];
    assert_eq!(found, expected);
}
