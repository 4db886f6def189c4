//! The trace hash: a fold of every event's time, target, kind and outcome.
//!
//! Equal hashes mean equal runs; two runs compared event by event show where they first differ.

use crate::quantity::Time;

use super::context::ActorId;

/// What became of an event when it came due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its target handled it.
    Delivered,
    /// Its target had died since it was sent.
    Dropped,
    /// Its target was paused and gets it later.
    Deferred,
}

/// An event that the trace can tell from others.
pub trait Traced {
    /// A small number that is stable for each kind of event.
    fn kind(&self) -> u8;

    /// Whether it reaches its target even while that is paused.
    fn pierces_pause(&self) -> bool {
        false
    }
}

/// The running hash. Two multiplications per event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trace(u64);

/// An odd constant with well spread bits: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Trace {
    pub(super) const fn new() -> Self {
        Self(0)
    }

    pub(super) fn fold(&mut self, at: Time, target: ActorId, kind: u8, outcome: Outcome) {
        let what = u64::from(target.index()) << 16 | u64::from(kind) << 8 | outcome as u64;
        self.0 = (self.0.rotate_left(23) ^ at.as_nanos()).wrapping_mul(SPREAD);
        self.0 = (self.0.rotate_left(29) ^ what).wrapping_mul(SPREAD);
    }

    pub(super) const fn hash(self) -> u64 {
        // The upper bits of a product are the well mixed ones: let them reach the lower ones too.
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(SPREAD);
        mixed ^ (mixed >> 29)
    }
}
