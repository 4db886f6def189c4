//! What can go wrong, as ordered rules that each answer one question at one place.
//!
//! | place | question | rules |
//! |---|---|---|
//! | a link | does this message vanish, arrive twice, take longer? | [`LinkRules`], [`WayRules`] |
//! | a named point of a handler | what strikes the instance here? | [`PointRules`] |
//! | a handler's work | how much longer does it take? does it fail? | [`HandlerRules`] |
//! | the clock | who is struck now? | [`TimedFault`] |
//! | the clock | does something hold now that lasts? | [`Spells`], [`Partition`] |
//!
//! Knows nothing of what a message means. A rule that cannot match draws nothing.

mod link;
mod partition;
mod rule;
mod spell;
mod way;

pub use link::{Copies, Harm, LinkRules, Verdict};
pub use partition::{Instances, Leader, Partition, Separation};
pub use rule::{Armed, Rule};
pub use spell::Spells;
pub use way::{Parting, WayRules};

use std::rc::Rc;

use crate::kernel::ActorId;
use crate::kernel::chance::{LazyLuck, Sampler};
use crate::protocol::id::{FaultId, ProducerId};
use crate::quantity::{Span, Time};
use crate::scenario::model::{CrashHow, OutageHow, Point};

/// What strikes an instance at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strike {
    /// It dies.
    Crash {
        /// Who notices when.
        how: CrashHow,
        /// When it is back.
        restart_after: Span,
    },
    /// Its connection breaks.
    Cut {
        /// When it can be used again.
        restart_after: Span,
    },
    /// It freezes.
    Pause {
        /// For how long.
        lasts: Span,
    },
    /// It forgets its oldest keys.
    Evict {
        /// Which share of them.
        share: f64,
    },
    /// What it writes to its disk takes until this is over.
    Stall {
        /// For how long.
        lasts: Span,
    },
}

/// What strikes at the named points of a handler.
#[derive(Clone, Debug, Default)]
pub struct PointRules {
    rules: Vec<(Point, Rule, Strike)>,
}

impl PointRules {
    /// Adds a rule for one point.
    pub fn add(&mut self, point: Point, rule: Rule, strike: Strike) {
        self.rules.push((point, rule, strike));
    }

    /// Whether nothing ever strikes.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Every fault that strikes `instance` at `point`, in the scenario's order.
    pub fn strikes<'a>(
        &'a self,
        point: Point,
        now: Time,
        instance: u32,
        luck: &'a LazyLuck<'a>,
    ) -> impl Iterator<Item = (FaultId, Strike)> + 'a {
        self.rules
            .iter()
            .filter(move |(at, rule, _)| *at == point && rule.strikes(now, instance, luck))
            .map(|(_, rule, strike)| (rule.fault, *strike))
    }
}

/// What makes a handler slow or wrong.
#[derive(Clone, Debug, Default)]
pub struct HandlerRules {
    slow: Vec<(Rule, f64)>,
    fail: Vec<Rule>,
    poison: Vec<(Rule, ProducerId)>,
}

impl HandlerRules {
    /// Work of matching attempts takes `factor` times as long.
    pub fn add_slow(&mut self, rule: Rule, factor: f64) {
        self.slow.push((rule, factor));
    }

    /// Matching attempts fail.
    pub fn add_fail(&mut self, rule: Rule) {
        self.fail.push(rule);
    }

    /// Matching messages of `producer` fail, at every attempt.
    pub fn add_poison(&mut self, rule: Rule, producer: ProducerId) {
        self.poison.push((rule, producer));
    }

    /// Whether some attempt can take longer.
    #[inline]
    #[must_use]
    pub const fn can_slow(&self) -> bool {
        !self.slow.is_empty()
    }

    /// Whether some attempt can fail.
    #[inline]
    #[must_use]
    pub const fn can_fail(&self) -> bool {
        !self.fail.is_empty() || !self.poison.is_empty()
    }

    /// The faults that slow this attempt down, each with its factor.
    pub fn slowed<'a>(
        &'a self,
        now: Time,
        instance: u32,
        luck: &'a LazyLuck<'a>,
    ) -> impl Iterator<Item = (FaultId, f64)> + 'a {
        let striking = self.slow.iter().filter(move |(rule, _)| rule.strikes(now, instance, luck));
        striking.map(|(rule, factor)| (rule.fault, *factor))
    }

    /// The first fault that makes this attempt fail.
    #[must_use]
    pub fn fails(&self, now: Time, instance: u32, luck: &LazyLuck<'_>) -> Option<FaultId> {
        self.fail.iter().find(|rule| rule.strikes(now, instance, luck)).map(|rule| rule.fault)
    }

    /// The first fault that makes a message of `producer` fail at every attempt while it is armed; `luck` is
    /// the message's own.
    #[must_use]
    pub fn poisons(&self, producer: Option<ProducerId>, now: Time, luck: &LazyLuck<'_>) -> Option<FaultId> {
        let of = self.poison.iter().filter(|(_, whose)| Some(*whose) == producer);
        of.map(|(rule, _)| rule).find(|rule| rule.strikes(now, 0, luck)).map(|rule| rule.fault)
    }

    /// Whether some rule looks at the message rather than the attempt.
    #[must_use]
    pub fn has_poison(&self) -> bool {
        !self.poison.is_empty()
    }
}

/// A fault that the clock triggers.
#[derive(Clone, Debug)]
pub struct TimedFault {
    /// Which.
    pub fault: FaultId,
    /// Its name's hash, which keys the luck of its gaps.
    pub luck_key: u64,
    /// Whom it strikes, one instance.
    pub target: ActorId,
    /// What happens to it.
    pub strike: Strike,
    /// When it is due.
    pub due: Due,
}

/// When a timed fault is due.
#[derive(Clone, Debug)]
pub enum Due {
    /// Once.
    At(Time),
    /// Again and again, with these gaps, while armed.
    Every(Sampler, Armed),
}

/// A fault that lasts and that the clock triggers.
#[derive(Debug)]
pub struct TimedSpell {
    /// Which.
    pub fault: FaultId,
    /// What it is, and when it holds.
    pub visits: Visits,
}

/// What a fault that lasts visits upon whom.
#[derive(Debug)]
pub enum Visits {
    /// Components do not hear each other.
    Partition {
        /// When, and whom it parts.
        partition: Rc<Partition>,
        /// The consumers on either side.
        consumers: Vec<ActorId>,
    },
    /// The broker, or a service, is down.
    Outage {
        /// The broker, or each instance of the service.
        whom: Vec<ActorId>,
        /// What whoever asks gets.
        how: OutageHow,
        /// When.
        spells: Box<Spells>,
    },
}

impl Visits {
    /// The spell that holds at `now`, or else the next one.
    pub fn at_or_after(&mut self, now: Time) -> Option<Armed> {
        match self {
            Self::Partition { partition, .. } => partition.spell_at_or_after(now),
            Self::Outage { spells, .. } => spells.at_or_after(now),
        }
    }
}
