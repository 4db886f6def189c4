//! Simulations written by hand, with no framework: the limit that the engine is measured against.
//!
//! Each is what a patient programmer would write for this one question: no configuration, no
//! metrics, no names, the best pending-event structure known for it. They use nothing of the kernel.

mod hold;
mod pipeline;
mod queueing;

pub(crate) use hold::hold;
pub(crate) use pipeline::{PipelineOptions, pipeline, pipeline_with};
pub(crate) use queueing::{Waits, mm1, mmc};

/// What a run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Events handled.
    pub(crate) events: u64,
    /// Folds the time of every event, so that no work can be optimised away and two runs compare.
    pub(crate) checksum: u64,
}

impl Counted {
    pub(crate) const NONE: Self = Self { events: 0, checksum: 0 };

    /// One event at `at`. The multiplier is that of 64-bit FNV.
    #[inline]
    pub(crate) const fn count(&mut self, at: u64) {
        self.events += 1;
        self.checksum = (self.checksum ^ at).wrapping_mul(0x0000_0100_0000_01b3);
    }
}

/// `SplitMix64`, the cheapest good generator.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    #[inline]
    pub(crate) const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// An exponential span with this mean, in nanoseconds.
    #[inline]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "53 random bits to nanoseconds"
    )]
    pub(crate) fn exponential(&mut self, mean: f64) -> u64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        let fraction = ((self.next_u64() >> 11) + 1) as f64 * STEP;
        (-mean * libm::log(fraction)) as u64
    }
}

/// `SplitMix64`'s finalizer.
#[inline]
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
