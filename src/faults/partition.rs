//! Two sets of components that do not hear each other for a while.
//!
//! Clients talk to the node that leads. So a partition comes between a client and the broker if it has the
//! client on one side and the leader on the other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::protocol::id::FaultId;
use crate::quantity::Time;

use super::spell::Spells;

/// From the first instance to the last, both included.
pub type Instances = (u32, u32);

/// Which node of the broker leads: the broker sets it, links look at it.
#[derive(Clone, Debug, Default)]
pub struct Leader(Rc<Cell<u32>>);

/// A partition, shared by everybody whom it concerns.
#[derive(Debug)]
pub struct Partition {
    fault: FaultId,
    /// The nodes of the broker on either side.
    nodes: [Vec<Instances>; 2],
    spells: RefCell<Spells>,
}

/// What a partition means for the link between the broker and one component.
#[derive(Clone, Debug)]
pub struct Separation {
    partition: Rc<Partition>,
    leader: Leader,
    /// The component's instances on either side.
    instances: [Vec<Instances>; 2],
}

impl Leader {
    /// The node that leads, or led last.
    #[must_use]
    pub fn get(&self) -> u32 {
        self.0.get()
    }

    /// Another node leads from now on.
    pub fn set(&self, node: u32) {
        self.0.set(node);
    }
}

impl Partition {
    /// A partition with these nodes of the broker on either side.
    #[must_use]
    pub const fn new(fault: FaultId, nodes: [Vec<Instances>; 2], spells: Spells) -> Self {
        Self { fault, nodes, spells: RefCell::new(spells) }
    }

    /// Which fault it is.
    #[must_use]
    pub const fn fault(&self) -> FaultId {
        self.fault
    }

    /// Whether it comes between two nodes of the broker, while it holds.
    #[must_use]
    pub fn parts_nodes(&self, one: u32, other: u32) -> bool {
        self.parts(side_of(&self.nodes, one), other)
    }

    /// Whether some node of the broker is on `side`, 0 or 1.
    #[must_use]
    pub const fn has_nodes(&self, side: usize) -> bool {
        !self.nodes[side].is_empty()
    }

    /// Whether some node of the broker is parted from another, while it holds.
    #[must_use]
    pub const fn is_inside_the_broker(&self) -> bool {
        self.has_nodes(0) && self.has_nodes(1)
    }

    /// When it ends, if it holds at `now`. Time only passes.
    #[must_use]
    pub fn heals_at(&self, now: Time) -> Option<Time> {
        self.spells.borrow_mut().ends_at(now)
    }

    /// The spell that holds at `now`, or else the next one.
    #[must_use]
    pub fn spell_at_or_after(&self, now: Time) -> Option<super::Armed> {
        self.spells.borrow_mut().at_or_after(now)
    }

    /// Whether somebody on `side` is parted from `node`.
    fn parts(&self, side: Option<usize>, node: u32) -> bool {
        side.is_some_and(|side| side_of(&self.nodes, node) == Some(1 - side))
    }
}

impl Separation {
    /// What `partition` means for a component with these instances on either side.
    #[must_use]
    pub const fn new(partition: Rc<Partition>, leader: Leader, instances: [Vec<Instances>; 2]) -> Self {
        Self { partition, leader, instances }
    }

    /// When `instance` and the broker hear each other again, if they do not at `now`.
    #[must_use]
    pub fn heals_at(&self, now: Time, instance: u32) -> Option<Time> {
        let ends_at = self.partition.heals_at(now)?;
        let side = side_of(&self.instances, instance);
        self.partition.parts(side, self.leader.get()).then_some(ends_at)
    }
}

/// On which side an instance is, if on one.
pub(super) fn side_of(sides: &[Vec<Instances>; 2], instance: u32) -> Option<usize> {
    sides.iter().position(|side| side.iter().any(|(first, last)| (*first..=*last).contains(&instance)))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Leader, Partition, Separation};
    use crate::faults::{Armed, Spells};
    use crate::protocol::id::FaultId;
    use crate::quantity::Time;

    const fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_client_is_cut_off_while_the_leader_is_on_the_other_side() {
        let once = Spells::once(Armed { from: at(1), until: at(9) });
        // `[[c#0, broker#0], [c#2, broker#1-2]]`
        let partition = Rc::new(Partition::new(FaultId(0), [vec![(0, 0)], vec![(1, 2)]], once));
        assert!(partition.parts_nodes(0, 2) && partition.parts_nodes(1, 0));
        assert!(!partition.parts_nodes(1, 2) && !partition.parts_nodes(0, 3));
        let leader = Leader::default();
        let link = Separation::new(Rc::clone(&partition), leader.clone(), [vec![(0, 0)], vec![(2, 2)]]);
        let cut_off = |now| [0, 1, 2].map(|instance| link.heals_at(now, instance).is_some());
        assert_eq!(cut_off(at(0)), [false; 3]);
        assert_eq!(cut_off(at(1)), [false, false, true], "node 0 leads");
        leader.set(1);
        assert_eq!(cut_off(at(2)), [true, false, false], "node 1 leads");
        leader.set(3);
        assert_eq!(cut_off(at(2)), [false; 3], "a node on neither side leads");
        leader.set(1);
        assert_eq!(link.heals_at(at(8), 0), Some(at(9)));
        assert_eq!(cut_off(at(9)), [false; 3]);
    }
}
