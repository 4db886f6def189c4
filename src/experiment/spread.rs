//! One number over the runs: where it lies, and how sure its mean is.

use super::replications::Replications;
use super::statistics::Interval;
use super::statistics::proportion::none_of;
use super::statistics::student::Sample;

/// A number over the runs in which it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Those runs.
    pub sample: Sample,
    /// The 95 % interval of the mean; `None` for a single run.
    pub interval: Option<Interval>,
}

/// What the runs say about the number at `path`; `None` where it was never measured.
#[must_use]
pub fn spread(arm: &Replications, path: &str) -> Option<Spread> {
    of_values(&arm.measured(path), path)
}

/// What values of the number at `path` say.
///
/// A share of which every run has none is bounded by the runs: if in a share s of all runs it were not zero,
/// `n` runs without it would be seen in (1 − s)^n of all experiments. Its mean is at most s.
#[must_use]
pub fn of_values(values: &[f64], path: &str) -> Option<Spread> {
    let sample = Sample::of(values)?;
    let mut interval = sample.interval();
    let is_rate = path.starts_with("rates.") && matches!(path.rsplit_once('.'), Some((_, "value")));
    if let Some(interval) = interval.as_mut().filter(|_| is_rate && sample.max == 0.0) {
        interval.high = none_of(values.len() as u64).unwrap_or(1.0);
    }
    Some(Spread { sample, interval })
}

impl Spread {
    /// Half of the interval; 0 for a single run.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        self.interval.map_or(0.0, Interval::half_width)
    }
}
