//! Faults whose frequency the seed decides.

use std::borrow::Cow;

use crate::kernel::chance::{Draw, stream};
use crate::quantity::Span;
use crate::scenario::model::{Distribution, Scenario};

/// Half of them are off; the others are this many times as frequent at the most, or as rare.
pub(super) const MOST: f64 = 10.0;

/// The scenario with every frequency settled: as it is, unless some are to be drawn.
///
/// A drawn fault is off with probability one half; otherwise it is [`MOST`]^x times as frequent as it says,
/// x even in -1..1. Each draws by its own name, so one more fault changes no other.
pub(super) fn settled(scenario: &Scenario) -> Cow<'_, Scenario> {
    if !scenario.faults.iter().any(|fault| fault.trigger.is_drawn) {
        return Cow::Borrowed(scenario);
    }
    let mut settled = scenario.clone();
    for fault in settled.faults.iter_mut().filter(|fault| fault.trigger.is_drawn) {
        let mut draws = stream(scenario.seed, &fault.name, "swarm");
        let trigger = &mut fault.trigger;
        trigger.is_drawn = false;
        if draws.happens(0.5) {
            trigger.probability = Some(0.0);
            continue;
        }
        let times = libm::pow(MOST, draws.uniform().mul_add(2.0, -1.0));
        if let Some(probability) = &mut trigger.probability {
            *probability = (*probability * times).min(1.0);
        }
        if let Some(Distribution::Exponential { mean }) = &mut trigger.every {
            *mean = rarer(*mean, times);
        }
    }
    Cow::Owned(settled)
}

/// The gap of something that comes `times` as often; at least a nanosecond.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a span of hours over a factor between a tenth and ten"
)]
fn rarer(mean: Span, times: f64) -> Span {
    Span::from_nanos((mean.as_nanos() as f64 / times).max(1.0) as u64)
}
