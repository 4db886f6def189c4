//! One rule: which fault, when it is armed, whom it concerns, and how likely it strikes.

use crate::kernel::chance::{LazyLuck, Purpose};
use crate::protocol::id::FaultId;
use crate::quantity::Time;

/// A half-open stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Armed {
    /// From here.
    pub from: Time,
    /// To just before here.
    pub until: Time,
}

impl Armed {
    /// Whether `now` lies in it.
    #[must_use]
    pub fn holds(self, now: Time) -> bool {
        self.from <= now && now < self.until
    }
}

/// A fault's trigger at one place.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Which fault.
    pub fault: FaultId,
    /// Its own luck, apart from every other's.
    pub purpose: Purpose,
    /// When it can strike.
    pub armed: Armed,
    /// Which instances, both ends included.
    pub instances: (u32, u32),
    /// How likely, per opportunity.
    pub probability: f64,
}

impl Rule {
    /// Whether it strikes `instance` now. Certain and impossible ones draw nothing.
    #[inline]
    #[must_use]
    pub fn strikes(&self, now: Time, instance: u32, luck: &LazyLuck<'_>) -> bool {
        let (first, last) = self.instances;
        first <= instance
            && instance <= last
            && self.armed.holds(now)
            && luck.happens(self.purpose, self.probability)
    }
}
