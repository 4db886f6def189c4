//! The mean of a sample and the t interval around the mean of what it was drawn from.
//!
//! Student (W. S. Gosset), "The probable error of a mean", Biometrika 6 (1908); as in A. M. Law, *Simulation
//! Modeling and Analysis* (5th ed.), section 4.5. Each observation is one run; runs are independent.

use super::special::{beta, inverse_beta};
use super::{CONFIDENCE, Interval};

/// What a sample says, its moments computed in two passes in its own order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Observations.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their variance, with n − 1 below; 0 for fewer than two.
    pub variance: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Sample {
    /// What `values` say; `None` for no values.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "samples are far smaller than 2^53")]
    pub fn of(values: &[f64]) -> Option<Self> {
        let first = *values.first()?;
        let count = values.len();
        // Deviations from the first value: equal values have a variance of exactly zero.
        let mean = first + values.iter().map(|value| value - first).sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let variance = if count > 1 { squares / (count - 1) as f64 } else { 0.0 };
        let min = values.iter().copied().fold(first, f64::min);
        let max = values.iter().copied().fold(first, f64::max);
        let mean = if min.total_cmp(&max).is_eq() { first } else { mean };
        let variance = if min.total_cmp(&max).is_eq() { 0.0 } else { variance };
        Some(Self { count, mean, variance, min, max })
    }

    /// The standard error of the mean.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "samples are far smaller than 2^53")]
    pub fn standard_error(&self) -> f64 {
        libm::sqrt(self.variance / self.count as f64)
    }

    /// The 95 % t interval of the mean; `None` for fewer than two observations.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        let freedom = self.freedom()?;
        let half = critical(freedom) * self.standard_error();
        Some(Interval { low: self.mean - half, high: self.mean + half })
    }

    /// Degrees of freedom.
    #[expect(clippy::cast_precision_loss, reason = "samples are far smaller than 2^53")]
    pub(super) fn freedom(&self) -> Option<f64> {
        (self.count > 1).then(|| (self.count - 1) as f64)
    }
}

/// The t that is exceeded in absolute value with probability 5 %.
#[must_use]
pub fn critical(freedom: f64) -> f64 {
    quantile(f64::midpoint(1.0, CONFIDENCE), freedom)
}

/// The probability of at most `t`, with `freedom` degrees of freedom.
#[must_use]
pub fn cdf(t: f64, freedom: f64) -> f64 {
    let tail = two_sided(t, freedom) / 2.0;
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The probability of |T| ≥ |t|.
#[must_use]
pub fn two_sided(t: f64, freedom: f64) -> f64 {
    beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// The t that is not exceeded with probability `p`, which lies between 0 and 1.
#[must_use]
pub fn quantile(p: f64, freedom: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "a quantile is asked for between 0 and 1");
    let tail = p.min(1.0 - p);
    // For small |t| the complement is the small quantity, and t = sqrt(ν·y/(1 − y)) keeps its digits.
    let y = inverse_beta(1.0 - 2.0 * tail, 0.5, freedom / 2.0);
    let t = libm::sqrt(freedom * y / (1.0 - y));
    if p < 0.5 { -t } else { t }
}

#[cfg(test)]
mod tests {
    use super::{Sample, cdf, critical, quantile, two_sided};
    use crate::kernel::chance::{Draw, stream};
    use statrs::distribution::{ContinuousCDF, StudentsT};

    fn close(ours: f64, theirs: f64, within: f64) {
        assert!((ours - theirs).abs() <= within, "{ours} is not {theirs}");
    }

    /// Table of the t distribution, NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
    #[test]
    fn agrees_with_the_published_table() {
        let table = [(1.0, 12.706), (2.0, 4.303), (4.0, 2.776), (9.0, 2.262), (29.0, 2.045), (100.0, 1.984)];
        for (freedom, t) in table {
            close(critical(freedom), t, 0.0005);
        }
        close(quantile(0.95, 10.0), 1.812, 0.0005);
        close(quantile(0.5, 3.0), 0.0, 1e-12);
    }

    #[test]
    fn agrees_with_an_independent_implementation() {
        for freedom in [1.0, 2.0, 5.0, 30.0, 199.0] {
            let oracle = StudentsT::new(0.0, 1.0, freedom).expect("positive parameters");
            for t in [-4.0, -1.0, 0.0, 0.3, 2.0, 10.0] {
                close(cdf(t, freedom), oracle.cdf(t), 1e-10);
                close(two_sided(t, freedom), 2.0 * oracle.cdf(-t.abs()), 1e-10);
            }
        }
    }

    /// The ten observations of the example in Law (5th ed.), section 4.5: mean 1.34, variance 0.17, and a 90 % interval of ±0.24.
    #[test]
    fn agrees_with_a_textbook() {
        let values = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09];
        let sample = Sample::of(&values).expect("ten values");
        close(sample.mean, 1.34, 0.005);
        close(sample.variance, 0.17, 0.005);
        close(quantile(0.95, 9.0) * sample.standard_error(), 0.24, 0.005);
    }

    #[test]
    fn equal_values_have_no_variance_and_one_value_has_no_interval() {
        let same = Sample::of(&[0.1, 0.1, 0.1]).expect("three values");
        close(same.variance, 0.0, 0.0);
        close(same.mean, 0.1, 0.0);
        assert_eq!(same.interval().map(|interval| (interval.low, interval.high)), Some((0.1, 0.1)));
        assert_eq!(Sample::of(&[1.0]).and_then(|sample| sample.interval()), None);
        assert_eq!(Sample::of(&[]), None);
    }

    /// 4 000 experiments of ten normal observations: a 95 % interval covers in 3 800 ± 4 × 13.8 of them.
    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        let mut luck = stream(7, "coverage", "test");
        let covered = (0..4_000)
            .filter(|_| {
                let values: Vec<f64> = (0..10).map(|_| (0..12).map(|_| luck.uniform()).sum()).collect();
                let interval = Sample::of(&values).and_then(|sample| sample.interval());
                interval.is_some_and(|interval| interval.contains(6.0))
            })
            .count();
        assert!((3_745..=3_855).contains(&covered), "{covered} of 4 000");
    }
}
