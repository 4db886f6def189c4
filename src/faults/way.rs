//! What can happen to messages between two components that call each other, and who is cut off from whom.

use std::rc::Rc;

use crate::kernel::chance::LazyLuck;
use crate::protocol::id::FaultId;
use crate::quantity::{Span, Time};
use crate::scenario::model::LinkMessage;

use super::link::{Copies, LinkRules, Verdict};
use super::partition::{Instances, Partition, side_of};

/// What can happen on the way from one component to another, in one direction.
#[derive(Clone, Debug, Default)]
pub struct WayRules {
    /// Rules that name the sender, or every link.
    pub from: LinkRules,
    /// Rules that name the receiver.
    pub to: LinkRules,
    /// Partitions that can come between the two.
    pub partings: Vec<Parting>,
}

/// What a partition means between two components.
#[derive(Clone, Debug)]
pub struct Parting {
    partition: Rc<Partition>,
    /// The sender's instances on either side.
    from: [Vec<Instances>; 2],
    /// The receiver's.
    to: [Vec<Instances>; 2],
}

impl Parting {
    /// What `partition` means between components with these instances on either side; `None`: nothing.
    #[must_use]
    pub fn new(partition: Rc<Partition>, from: [Vec<Instances>; 2], to: [Vec<Instances>; 2]) -> Option<Self> {
        let parts = |side: usize| !from[side].is_empty() && !to[1 - side].is_empty();
        (parts(0) || parts(1)).then(|| Self { partition, from, to })
    }

    fn holds(&self, now: Time, from: u32, to: u32) -> bool {
        let sides = side_of(&self.from, from).zip(side_of(&self.to, to));
        sides.is_some_and(|(one, other)| one != other) && self.partition.heals_at(now).is_some()
    }
}

impl WayRules {
    /// Whether nothing can ever happen here.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.from.is_empty() && self.to.is_empty() && self.partings.is_empty()
    }

    /// Whether instances `from` and `to` do not hear each other now.
    #[must_use]
    pub fn parts(&self, now: Time, (from, to): (u32, u32)) -> bool {
        self.partings.iter().any(|parting| parting.holds(now, from, to))
    }

    /// What becomes of a message of kind `what` from instance `from` to instance `to`; `fired` hears of every
    /// fault that strikes it.
    pub fn judge(
        &self,
        what: LinkMessage,
        now: Time,
        (from, to): (u32, u32),
        luck: &LazyLuck<'_>,
        mut fired: impl FnMut(FaultId),
    ) -> Verdict {
        if self.parts(now, (from, to)) {
            return Verdict::Lost;
        }
        let mut verdict = Verdict::Passes { copies: Copies::One, later: Span::ZERO };
        for (rules, instance) in [(&self.from, from), (&self.to, to)] {
            verdict = match (verdict, rules.judge(what, now, instance, luck, &mut fired)) {
                (Verdict::Passes { copies: one, later }, Verdict::Passes { copies: other, later: more }) => {
                    let copies = if one == Copies::Two { one } else { other };
                    Verdict::Passes { copies, later: later + more }
                }
                _ => return Verdict::Lost,
            };
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::Parting;
    use crate::faults::{Armed, Partition, Spells};
    use crate::protocol::id::FaultId;
    use crate::quantity::Time;

    #[test]
    fn a_partition_parts_those_on_opposite_sides() {
        let once = Spells::once(Armed { from: Time::ZERO, until: Time::NEVER });
        let partition = Rc::new(Partition::new(FaultId(0), [vec![], vec![]], once));
        // `[[front#0, back#1], [back#0]]`
        let (front, back) = ([vec![(0, 0)], vec![]], [vec![(1, 1)], vec![(0, 0)]]);
        let parting = Parting::new(Rc::clone(&partition), front.clone(), back).expect("it parts the two");
        let parted = |from, to| parting.holds(Time::ZERO, from, to);
        assert!(parted(0, 0) && !parted(0, 1) && !parted(1, 0));
        assert!(Parting::new(partition, front.clone(), front).is_none(), "both are on one side");
    }
}
