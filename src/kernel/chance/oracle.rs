//! How the tests here tell a right distribution from a wrong one.
//!
//! Owns the tests of fit and their thresholds, all at a false alarm of 1 in 10 000. The seeds are
//! fixed, so a test that passes keeps passing.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// The Kolmogorov–Smirnov test of spans in whole nanoseconds against a distribution function.
///
/// Threshold: √(−ln(α/2) / 2) / √n, Kolmogorov's tail for large n. A span of x nanoseconds stands for
/// all of x ± 1/2, so the steps are compared at the edges.
pub(super) fn kolmogorov_smirnov(mut nanos: Vec<f64>, distribution: impl Fn(f64) -> f64) {
    nanos.sort_unstable_by(f64::total_cmp);
    let count = f64::from(u32::try_from(nanos.len()).expect("a few draws"));
    let mut below = 0.0;
    let mut largest: f64 = 0.0;
    for equal in nanos.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        let upto = below + f64::from(u32::try_from(equal.len()).expect("a few draws")) / count;
        largest = largest.max((below - distribution(equal[0] - 0.5)).abs());
        largest = largest.max((upto - distribution(equal[0] + 0.5)).abs());
        below = upto;
    }
    let threshold = 2.2252 / count.sqrt();
    assert!(largest < threshold, "distance {largest}, at most {threshold} expected");
}

/// Pearson's chi-square test of counts against probabilities; cells that expect fewer than ten are
/// put together.
pub(super) fn chi_square(counts: &[u32], probabilities: &[f64]) {
    let total: f64 = counts.iter().copied().map(f64::from).sum();
    let (mut statistic, mut cells) = (0.0, 0_u32);
    let (mut rare_count, mut rare_expected) = (0.0, 0.0);
    let mut cell = |count: f64, expected: f64| {
        statistic += (count - expected) * (count - expected) / expected;
        cells += 1;
    };
    for (&count, probability) in counts.iter().zip(probabilities) {
        let expected = total * probability;
        if expected < 10.0 {
            rare_count += f64::from(count);
            rare_expected += expected;
        } else {
            cell(f64::from(count), expected);
        }
    }
    if rare_expected >= 10.0 {
        cell(rare_count, rare_expected);
    } else {
        let unlikely = rare_expected + 5.0 * rare_expected.sqrt() + 5.0;
        assert!(rare_count < unlikely, "{rare_count} rare ones, {rare_expected} expected");
    }
    if cells > 1 {
        let freedom = ChiSquared::new(f64::from(cells - 1)).expect("there are cells");
        let chance = freedom.sf(statistic);
        assert!(chance > 1e-4, "chi-square {statistic} of {cells} cells has a chance of {chance}");
    }
}
