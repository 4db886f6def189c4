//! Batch means: one long run cut into pieces whose means are nearly independent.
//!
//! Law, *Simulation Modeling and Analysis* (5th ed.), section 9.5.3. How far the pieces are from independent
//! is the lag-1 autocorrelation of their means, tested after J. von Neumann, "Distribution of the ratio of the
//! mean square successive difference to the variance", Annals of Mathematical Statistics 12 (1941).

use crate::kernel::chance::normal_quantile;

use super::CONFIDENCE;
use super::student::Sample;

/// The means of the batches of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Batches {
    /// One observation per batch.
    pub sample: Sample,
    /// Correlation of each batch's mean with the next one's; `None` where the means do not differ.
    pub autocorrelation: Option<f64>,
    /// Whether that is within chance: if not, the run is too short for its interval to be believed.
    pub independent: bool,
}

/// Cuts a run into `batches` of equal length, leaving out what is over at its beginning; `None` where a batch
/// would be empty or there are fewer than two.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a run has far fewer observations than 2^53")]
pub fn batches(run: &[f64], batches: usize) -> Option<Batches> {
    let length = run.len().checked_div(batches).filter(|length| *length > 0 && batches > 1)?;
    let kept = &run[run.len() - length * batches..];
    let means: Vec<f64> =
        kept.chunks_exact(length).map(|batch| batch.iter().sum::<f64>() / length as f64).collect();
    let sample = Sample::of(&means)?;
    let deviations: Vec<f64> = means.iter().map(|mean| mean - sample.mean).collect();
    let squares: f64 = deviations.iter().map(|deviation| deviation * deviation).sum();
    let products: f64 = deviations.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let ends = [deviations[0], deviations[batches - 1]].map(|deviation| deviation * deviation);
    let autocorrelation = (squares > 0.0).then(|| products / squares);
    let n = batches as f64;
    let scale = libm::sqrt((n * n - 1.0) / (n - 2.0).max(1.0));
    let independent = autocorrelation.is_none_or(|value| {
        let statistic = scale * (value + (ends[0] + ends[1]) / (2.0 * squares));
        statistic <= normal_quantile(CONFIDENCE)
    });
    Some(Batches { sample, autocorrelation, independent })
}

#[cfg(test)]
mod tests {
    use super::batches;
    use crate::kernel::chance::{Draw, stream};

    #[test]
    fn independent_observations_pass_and_a_slow_wave_does_not() {
        let mut luck = stream(5, "batches", "test");
        let noise: Vec<f64> = (0..10_000).map(|_| luck.uniform()).collect();
        let passed = batches(&noise, 20).expect("there is enough");
        assert!(passed.independent, "{passed:?}");
        assert!(passed.sample.interval().is_some_and(|interval| interval.contains(0.5)), "{passed:?}");
        let wave: Vec<f64> = (0..10_000).map(|at| f64::from(at % 5_000)).collect();
        let failed = batches(&wave, 20).expect("there is enough");
        assert!(!failed.independent, "{failed:?}");
    }

    #[test]
    fn what_is_over_is_left_out_at_the_beginning() {
        let cut = batches(&[99.0, 1.0, 1.0, 3.0, 3.0], 2).expect("two batches of two");
        assert_eq!((cut.sample.count, cut.sample.mean.to_bits()), (2, 2.0_f64.to_bits()));
        assert_eq!(batches(&[1.0], 2), None);
        assert_eq!(batches(&[1.0, 2.0], 1), None);
    }
}
