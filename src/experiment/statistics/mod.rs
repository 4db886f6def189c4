//! What may be said about a whole population from some runs of it: intervals, tests, and how many more
//! runs would be needed.
//!
//! - `special`: the incomplete beta function and its inverse, which the rest stands on
//! - `student`: the mean of a sample and its t interval
//! - `proportion`: shares of independent units, and what none of so many still allows
//! - `paired`: the difference and the ratio of two variants that ran on the same luck
//! - `holm`: several tests at once
//! - `batch`: one long run cut into pieces
//!
//! Pure: samples are slices in a fixed order, and sums are taken in that order. Knows no metric.

pub mod batch;
pub mod holm;
pub mod paired;
pub mod proportion;
mod special;
pub mod student;

/// The confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;

/// From where to where a value may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Half of its length.
    #[must_use]
    pub fn half_width(self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether a value lies in it, ends included.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}
