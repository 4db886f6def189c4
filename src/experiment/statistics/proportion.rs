//! Shares of independent units that have a property: intervals, and what none of so many still allows.
//!
//! The unit is a run: messages of one run share its crashes, so they are not independent.

use crate::kernel::chance::normal_quantile;

use super::special::inverse_beta;
use super::{CONFIDENCE, Interval};

/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
#[must_use]
pub fn wilson(hits: u64, of: u64) -> Option<Interval> {
    if of == 0 {
        return None;
    }
    let (n, share) = (float(of), float(hits) / float(of));
    let z = normal_quantile(f64::midpoint(1.0, CONFIDENCE));
    let z2 = z * z;
    let center = share + z2 / (2.0 * n);
    let half = z * libm::sqrt(share * (1.0 - share) / n + z2 / (4.0 * n * n));
    let whole = 1.0 + z2 / n;
    Some(Interval { low: ((center - half) / whole).max(0.0), high: ((center + half) / whole).min(1.0) })
}

/// C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
/// binomial", Biometrika 26 (1934): two-sided, never below its confidence.
#[must_use]
pub fn clopper_pearson(hits: u64, of: u64) -> Option<Interval> {
    if of == 0 {
        return None;
    }
    let (k, n) = (float(hits), float(of));
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let low = if hits == 0 { 0.0 } else { inverse_beta(tail, k, n - k + 1.0) };
    let high = if hits == of { 1.0 } else { inverse_beta(1.0 - tail, k + 1.0, n - k) };
    Some(Interval { low, high })
}

/// The largest share that none of `of` units does not contradict at 95 %: the one-sided bound of Clopper and
/// Pearson, 1 − 0.05^(1/n). None of 4 still allows 53 %.
#[must_use]
pub fn none_of(of: u64) -> Option<f64> {
    (of > 0).then(|| -libm::expm1(libm::log(1.0 - CONFIDENCE) / float(of)))
}

#[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{clopper_pearson, none_of, wilson};
    use crate::experiment::statistics::Interval;

    fn close(ours: Option<Interval>, low: f64, high: f64) {
        let ours = ours.expect("there are units");
        assert!((ours.low - low).abs() < 5e-5 && (ours.high - high).abs() < 5e-5, "{ours:?}");
    }

    /// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
    /// (1998), table I: methods 3 (Wilson) and 5 (Clopper–Pearson).
    #[test]
    fn agrees_with_the_published_examples() {
        close(wilson(81, 263), 0.2553, 0.3662);
        close(clopper_pearson(81, 263), 0.2527, 0.3676);
        close(wilson(15, 148), 0.0624, 0.1605);
        close(clopper_pearson(15, 148), 0.0578, 0.1617);
        close(wilson(0, 20), 0.0, 0.1611);
        close(clopper_pearson(0, 20), 0.0, 0.1684);
        close(wilson(1, 29), 0.0061, 0.1718);
        close(clopper_pearson(1, 29), 0.0009, 0.1776);
    }

    #[test]
    fn none_of_a_few_says_little() {
        let bound = |of| none_of(of).map(|share| (share * 1e4).round() / 1e4);
        assert_eq!((bound(0), bound(1), bound(4)), (None, Some(0.95), Some(0.5271)));
        // The rule of three.
        assert_eq!(bound(300), Some(0.0099));
    }
}
