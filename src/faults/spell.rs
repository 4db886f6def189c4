//! When a fault that lasts holds: once, or again and again.

use crate::kernel::chance::{Sampler, Stream};
use crate::quantity::{Span, Time};

use super::rule::Armed;

/// The spells of a fault, one after the other, found as time passes.
///
/// Their times follow from the fault's own chance alone, so whoever asks gets the same answer.
#[derive(Clone, Debug)]
pub struct Spells {
    /// The spell that holds now or comes next; `None` after the last.
    current: Option<Armed>,
    again: Option<Again>,
}

#[derive(Clone, Debug)]
struct Again {
    gap: Sampler,
    chance: Stream,
    lasts: Span,
    /// Spells begin in here.
    armed: Armed,
}

impl Spells {
    /// No spell at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { current: None, again: None }
    }

    /// One spell.
    #[must_use]
    pub const fn once(spell: Armed) -> Self {
        Self { current: Some(spell), again: None }
    }

    /// Spells of one length that begin while `armed`, with these gaps from beginning to beginning; one that
    /// would begin before the last is over begins when it is.
    #[must_use]
    pub fn every(gap: Sampler, chance: Stream, lasts: Span, armed: Armed) -> Self {
        let mut again = Again { gap, chance, lasts, armed };
        let first = again.after(armed.from, armed.from);
        Self { current: first, again: Some(again) }
    }

    /// The spell that holds at `now`, or else the next one. Time only passes: a later question cannot ask
    /// for an earlier instant.
    pub fn at_or_after(&mut self, now: Time) -> Option<Armed> {
        while let Some(spell) = self.current
            && spell.until <= now
        {
            self.current = self.again.as_mut().and_then(|again| again.after(spell.from, spell.until));
        }
        self.current
    }

    /// The end of the spell that holds at `now`.
    pub fn ends_at(&mut self, now: Time) -> Option<Time> {
        self.at_or_after(now).filter(|spell| spell.holds(now)).map(|spell| spell.until)
    }
}

impl Again {
    fn after(&mut self, began_at: Time, ended_at: Time) -> Option<Armed> {
        let gap = self.gap.as_constant().unwrap_or_else(|| self.gap.sample(&mut self.chance));
        let from = (began_at + gap).max(ended_at);
        self.armed.holds(from).then(|| Armed { from, until: from + self.lasts })
    }
}

#[cfg(test)]
mod tests {
    use super::Spells;
    use crate::faults::Armed;
    use crate::kernel::chance::{Sampler, stream};
    use crate::quantity::{Span, Time};

    const fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    fn every(gap: u64, lasts: u64, from: u64, until: u64) -> Spells {
        let gap = Sampler::constant(Span::from_seconds(gap));
        let armed = Armed { from: at(from), until: at(until) };
        Spells::every(gap, stream(1, "cut-off", "spells"), Span::from_seconds(lasts), armed)
    }

    #[test]
    fn once_holds_from_its_beginning_to_just_before_its_end() {
        let mut spells = Spells::once(Armed { from: at(3), until: at(5) });
        let ends: Vec<_> = (2..6).map(|second| spells.ends_at(at(second))).collect();
        assert_eq!(ends, [None, Some(at(5)), Some(at(5)), None]);
        assert_eq!(spells.at_or_after(at(6)), None);
    }

    #[test]
    fn gaps_run_from_beginning_to_beginning_while_armed() {
        let mut spells = every(10, 3, 5, 40);
        let mut begun = Vec::new();
        let mut now = at(0);
        while let Some(spell) = spells.at_or_after(now) {
            begun.push(spell.from);
            now = spell.until;
        }
        assert_eq!(begun, [at(15), at(25), at(35)]);
    }

    #[test]
    fn a_spell_waits_for_the_end_of_the_last() {
        let mut spells = every(1, 3, 0, 8);
        let held: Vec<_> = (0..12).map(|second| spells.ends_at(at(second))).collect();
        let mut expected = vec![None];
        for end in [4, 7, 10] {
            expected.extend([Some(at(end)); 3]);
        }
        expected.extend([None; 2]);
        assert_eq!(held, expected, "begun at 1, 4 and 7; the next would begin at 10");
    }
}
