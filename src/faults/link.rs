//! What can happen to a message on a link, and who is cut off from whom.
//!
//! A link asks once for each message and gets one [`Verdict`]. A partition takes everything that is sent
//! while it holds; otherwise what is lost is lost, whatever else would have befallen it.

use crate::kernel::chance::{LazyLuck, Purpose, Sampler};
use crate::protocol::id::FaultId;
use crate::quantity::{Span, Time};
use crate::scenario::model::LinkMessage;

use super::partition::Separation;
use super::rule::Rule;

/// What a rule does to a message.
#[derive(Clone, Debug)]
pub enum Harm {
    /// It vanishes.
    Lose,
    /// It arrives twice, the second right behind the first.
    Double,
    /// It takes this much longer; where that is drawn, the purpose is its own.
    Delay(Sampler, Purpose),
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It never arrives.
    Lost,
    /// It arrives.
    Passes {
        /// How often.
        copies: Copies,
        /// How much longer than usual it takes.
        later: Span,
    },
}

/// How often a message arrives that is not lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// As it should.
    One,
    /// Twice, at the same instant.
    Two,
}

/// What can happen on a link, in one direction.
#[derive(Clone, Debug, Default)]
pub struct LinkRules {
    /// The losses first, then the others, each in the scenario's order.
    rules: Vec<(LinkMessage, Rule, Harm)>,
    separations: Vec<Separation>,
}

impl LinkRules {
    /// Adds a rule for messages of one kind.
    pub fn add(&mut self, what: LinkMessage, rule: Rule, harm: Harm) {
        let at = match harm {
            Harm::Lose => self.rules.partition_point(|(_, _, earlier)| matches!(earlier, Harm::Lose)),
            Harm::Double | Harm::Delay(..) => self.rules.len(),
        };
        self.rules.insert(at, (what, rule, harm));
    }

    /// Adds a partition that can come between the link's ends.
    pub fn separate(&mut self, separation: Separation) {
        self.separations.push(separation);
    }

    /// Whether nothing can ever happen here.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.separations.is_empty()
    }

    /// When `instance` and the broker hear each other again, if they do not now.
    #[must_use]
    pub fn heals_at(&self, now: Time, instance: u32) -> Option<Time> {
        self.separations.iter().filter_map(|separation| separation.heals_at(now, instance)).max()
    }

    /// What becomes of a message of kind `what` between the broker and `instance`; `fired` hears of every
    /// fault that strikes it. A partition fires when it begins, and not for each message.
    #[inline]
    pub fn judge(
        &self,
        what: LinkMessage,
        now: Time,
        instance: u32,
        luck: &LazyLuck<'_>,
        mut fired: impl FnMut(FaultId),
    ) -> Verdict {
        if !self.separations.is_empty() && self.heals_at(now, instance).is_some() {
            return Verdict::Lost;
        }
        let (mut copies, mut later) = (Copies::One, Span::ZERO);
        for (kind, rule, harm) in &self.rules {
            if *kind != what || !rule.strikes(now, instance, luck) {
                continue;
            }
            fired(rule.fault);
            match harm {
                Harm::Lose => return Verdict::Lost,
                Harm::Double => copies = Copies::Two,
                Harm::Delay(by, purpose) => {
                    later += by.as_constant().unwrap_or_else(|| by.sample(&mut luck.draws(*purpose)));
                }
            }
        }
        Verdict::Passes { copies, later }
    }
}

#[cfg(test)]
mod tests {
    use super::{Copies, Harm, LinkRules, Verdict};
    use crate::faults::{Armed, Rule};
    use crate::kernel::chance::{LuckSource, Purpose, Sampler};
    use crate::protocol::id::FaultId;
    use crate::quantity::{Span, Time};
    use crate::scenario::model::LinkMessage;

    const BY: Purpose = Purpose::new("fault by", "test");

    fn rule(fault: u16, probability: f64) -> Rule {
        let armed = Armed { from: Time::ZERO, until: Time::NEVER };
        let purpose = Purpose::new("fault", "test");
        Rule { fault: FaultId(fault), purpose, armed, instances: (0, 3), probability }
    }

    fn judge(rules: &LinkRules, what: LinkMessage, instance: u32) -> (Verdict, Vec<u16>) {
        let source = LuckSource::new(1);
        let mut fired = Vec::new();
        let verdict = rules.judge(what, Time::ZERO, instance, &source.lazy(5, 0), |id| fired.push(id.0));
        (verdict, fired)
    }

    #[test]
    fn a_loss_comes_before_everything_else() {
        let mut rules = LinkRules::default();
        let second = Span::from_seconds(1);
        rules.add(LinkMessage::Publish, rule(0, 1.0), Harm::Double);
        rules.add(LinkMessage::Publish, rule(1, 1.0), Harm::Delay(Sampler::constant(second), BY));
        let doubled = Verdict::Passes { copies: Copies::Two, later: second };
        assert_eq!(judge(&rules, LinkMessage::Publish, 0), (doubled, vec![0, 1]));
        rules.add(LinkMessage::Publish, rule(2, 1.0), Harm::Lose);
        assert_eq!(judge(&rules, LinkMessage::Publish, 0), (Verdict::Lost, vec![2]));
    }

    #[test]
    fn delays_add_up_and_concern_their_kind_and_instances() {
        let mut rules = LinkRules::default();
        let (second, minute) = (Span::from_seconds(1), Span::from_seconds(60));
        rules.add(LinkMessage::Ack, rule(0, 1.0), Harm::Delay(Sampler::constant(second), BY));
        rules.add(LinkMessage::Ack, rule(1, 1.0), Harm::Delay(Sampler::constant(minute), BY));
        let later = Verdict::Passes { copies: Copies::One, later: second + minute };
        assert_eq!(judge(&rules, LinkMessage::Ack, 3), (later, vec![0, 1]));
        let untouched = Verdict::Passes { copies: Copies::One, later: Span::ZERO };
        assert_eq!(judge(&rules, LinkMessage::Ack, 4), (untouched, vec![]));
        assert_eq!(judge(&rules, LinkMessage::Nack, 3), (untouched, vec![]));
    }
}
