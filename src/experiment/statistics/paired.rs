//! Two variants that ran on the same random numbers, compared seed by seed.
//!
//! The difference has the paired t interval (Law, *Simulation Modeling and Analysis*, 5th ed., section
//! 10.2.1). The ratio of the means has the interval of E. C. Fieller, "Some problems in interval estimation",
//! Journal of the Royal Statistical Society B 16 (1954), which heeds that the two are correlated and has no
//! bounds where the denominator cannot be told from zero.

use crate::kernel::chance::normal_quantile;

use super::student::{Sample, critical, two_sided};
use super::{CONFIDENCE, Interval};

/// How often a real difference shall be found, where the number of runs for it is asked.
const POWER: f64 = 0.8;

/// What pairs of observations say about b − a and b / a.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Pairs.
    pub count: usize,
    /// The mean of a.
    pub a: f64,
    /// The mean of b.
    pub b: f64,
    /// The mean of b − a.
    pub difference: f64,
    /// Its 95 % interval; `None` for fewer than two pairs.
    pub interval: Option<Interval>,
    /// Mean of b over mean of a; `None` where a's is zero.
    pub ratio: Option<f64>,
    /// Its 95 % interval; `None` where Fieller's has no bounds.
    pub ratio_interval: Option<Interval>,
    /// Two-sided, before any adjustment; `None` for fewer than two pairs.
    pub p: Option<f64>,
    /// Half the length of the interval over that without pairing (Welch's): below 1, pairing helped. `None`
    /// where one of the two never varies, since then there is nothing to pair.
    pub width_of_unpaired: Option<f64>,
    /// The standard deviation of the differences.
    pub deviation: f64,
}

impl Paired {
    /// Compares pair by pair; `None` without a pair.
    ///
    /// # Panics
    /// If the slices differ in length.
    #[must_use]
    pub fn of(a: &[f64], b: &[f64]) -> Option<Self> {
        assert_eq!(a.len(), b.len(), "every observation has its partner");
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
        let (first, second, between) = (Sample::of(a)?, Sample::of(b)?, Sample::of(&differences)?);
        let interval = between.interval();
        Some(Self {
            count: between.count,
            a: first.mean,
            b: second.mean,
            difference: between.mean,
            interval,
            ratio: (first.mean != 0.0).then(|| second.mean / first.mean),
            ratio_interval: fieller(&first, &second, &between),
            p: p_value(&between),
            width_of_unpaired: interval.and_then(|interval| gain(interval, &first, &second)),
            deviation: libm::sqrt(between.variance),
        })
    }

    /// About how many pairs tell a difference as large as the one seen from none, four times in five, where
    /// `comparisons` are made at once at 5 %; `None` where none was seen or there is no telling.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "comparisons are few")]
    pub fn pairs_needed(&self, comparisons: usize) -> Option<f64> {
        if self.difference == 0.0 || self.count < 2 {
            return None;
        }
        let level = (1.0 - CONFIDENCE) / comparisons.max(1) as f64;
        if self.deviation == 0.0 {
            // The sign test of n pairs has p = 2^(1 − n).
            return Some((1.0 - libm::log2(level)).ceil());
        }
        let z = normal_quantile(1.0 - level / 2.0) + normal_quantile(POWER);
        let root = z * self.deviation / self.difference;
        Some((root * root).ceil().max(2.0))
    }
}

/// The t test; where every pair differs by the same amount, whose variance says nothing, the sign test.
fn p_value(between: &Sample) -> Option<f64> {
    let freedom = between.freedom()?;
    if between.variance > 0.0 {
        return Some(two_sided(between.mean / between.standard_error(), freedom));
    }
    if between.mean == 0.0 {
        return Some(1.0);
    }
    Some(libm::exp2(-freedom))
}

/// How long the paired interval is beside that of B. L. Welch, "The generalization of Student's problem when
/// several different population variances are involved", Biometrika 34 (1947).
fn gain(paired: Interval, a: &Sample, b: &Sample) -> Option<f64> {
    let (va, vb) = (a.standard_error() * a.standard_error(), b.standard_error() * b.standard_error());
    let freedom = (va + vb) * (va + vb) / ((va * va + vb * vb) / a.freedom()?);
    let unpaired = critical(freedom.max(1.0)) * libm::sqrt(va + vb);
    (va > 0.0 && vb > 0.0).then(|| paired.half_width() / unpaired)
}

fn fieller(a: &Sample, b: &Sample, between: &Sample) -> Option<Interval> {
    let freedom = a.freedom()?;
    let n = freedom + 1.0;
    let t = critical(freedom);
    // Var(b − a) = Var(a) + Var(b) − 2 Cov.
    let covariance = (a.variance + b.variance - between.variance) / (2.0 * n);
    let (va, vb) = (a.variance / n, b.variance / n);
    // Solutions r of (b − r a)² = t² (vb − 2 r cov + r² va).
    let square = a.mean * a.mean - t * t * va;
    let half = a.mean * b.mean - t * t * covariance;
    let constant = b.mean * b.mean - t * t * vb;
    if square <= 0.0 {
        return None;
    }
    let root = libm::sqrt((half * half - square * constant).max(0.0));
    Some(Interval { low: (half - root) / square, high: (half + root) / square })
}

#[cfg(test)]
mod tests {
    use super::Paired;
    use crate::kernel::chance::{Draw, stream};

    fn close(ours: f64, theirs: f64, within: f64) {
        assert!((ours - theirs).abs() <= within, "{ours} is not {theirs}");
    }

    /// Student's sleep data (1908), as R's `t.test(extra ~ group, paired = TRUE)` has it: t = −4.0621 with 9
    /// degrees of freedom, p = 0.002833, difference 1.58 between 0.70 and 2.46.
    #[test]
    fn agrees_with_r_on_students_own_data() {
        let a = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let b = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let paired = Paired::of(&a, &b).expect("ten pairs");
        close(paired.difference, 1.58, 1e-9);
        let interval = paired.interval.expect("ten pairs");
        close(interval.low, 0.700_114_2, 1e-6);
        close(interval.high, 2.459_885_8, 1e-6);
        close(paired.p.expect("ten pairs"), 0.002_833, 5e-7);
        assert!(paired.width_of_unpaired.is_some_and(|width| width < 0.6), "{paired:?}");
        // The first drug's mean of 0.75 cannot be told from zero, so the ratio has no bounds.
        close(paired.ratio.expect("not zero"), 2.33 / 0.75, 1e-9);
        assert_eq!(paired.ratio_interval, None);
    }

    /// With a constant denominator Fieller's interval is the t interval of the numerator, divided.
    #[test]
    fn a_ratio_to_a_constant_has_the_t_interval() {
        let paired = Paired::of(&[2.0; 4], &[1.0, 2.0, 3.0, 4.0]).expect("four pairs");
        let (ratio, difference) = (paired.ratio_interval.expect("bounded"), paired.interval.expect("four"));
        close(ratio.low, f64::midpoint(difference.low, 0.0) + 1.0, 1e-9);
        close(ratio.high, f64::midpoint(difference.high, 0.0) + 1.0, 1e-9);
    }

    #[test]
    fn equals_do_not_differ_and_a_constant_step_does() {
        let values = [3.0, 1.0, 4.0, 1.0, 5.0];
        let same = Paired::of(&values, &values).expect("five pairs");
        assert_eq!((same.p, same.pairs_needed(1)), (Some(1.0), None));
        // Always one more: 2^(1 − n) is at most 0.05 / 42 from n = 11 on.
        let steady = Paired::of(&[1.0; 10], &[2.0; 10]).expect("ten pairs");
        assert_eq!((steady.p, steady.pairs_needed(42)), (Some(libm::exp2(-9.0)), Some(11.0)));
        let more = values.map(|value| value + 1.0);
        let step = Paired::of(&values, &more).expect("five pairs");
        assert_eq!(step.p, Some(0.0625));
        let one = Paired::of(&[1.0], &[2.0]).expect("a pair");
        assert_eq!((one.p, one.interval, one.ratio), (None, None, Some(2.0)));
    }

    /// 2 000 comparisons of equals: 100 ± 4 × 9.7 look significant at 5 %.
    #[test]
    fn equals_look_different_as_often_as_advertised() {
        let mut luck = stream(11, "paired", "test");
        let mut values = || (0..8).map(|_| luck.uniform() + luck.uniform() + luck.uniform()).collect();
        let found = (0..2_000)
            .filter(|_| {
                let (a, b): (Vec<f64>, Vec<f64>) = (values(), values());
                Paired::of(&a, &b).and_then(|paired| paired.p).is_some_and(|p| p <= 0.05)
            })
            .count();
        assert!((61..=139).contains(&found), "{found} of 2 000");
    }

    /// The number of pairs it asks for finds the difference about four times in five.
    #[test]
    fn the_runs_needed_are_the_runs_needed() {
        let mut luck = stream(13, "power", "test");
        // Differences of mean 0.5 and variance 1: about (1.96 + 0.84)² / 0.25 = 31.4 pairs.
        let mut normal = || (0..12).map(|_| luck.uniform()).sum::<f64>() - 6.0;
        let pilot: Vec<f64> = (0..20_000).map(|_| 0.5 + normal()).collect();
        let needed = Paired::of(&vec![0.0; pilot.len()], &pilot).and_then(|paired| paired.pairs_needed(1));
        close(needed.expect("it differs"), 32.0, 1.5);
        let zeros = [0.0; 32];
        let found = (0..1_000)
            .filter(|_| {
                let values: Vec<f64> = (0..32).map(|_| 0.5 + normal()).collect();
                Paired::of(&zeros, &values).and_then(|paired| paired.p).is_some_and(|p| p <= 0.05)
            })
            .count();
        assert!((735..=850).contains(&found), "{found} of 1 000");
    }
}
