//! What the broker's nodes tell each other, and what happens to them.
//!
//! The broker is one actor, which stands for whichever node leads; these messages are its own reminders of
//! what travels between nodes, and what the nodes' actors tell it.

use actix::Message;

use crate::quantity::Time;
use crate::scenario::model::CrashHow;

use super::id::Epoch;

/// A position in the broker's log of changes, from 1; 0 is before all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lsn(pub u64);

impl Lsn {
    /// The position behind this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Whether a change has to go to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// It stays in memory.
    Memory,
    /// It does.
    Disk,
}

/// Which write of a disk; one that a crash interrupted never ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Write(pub u32);

/// What travels between the leader and another node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voyage {
    /// Everything up to here.
    pub lsn: Lsn,
    /// Whose reign; what a former leader sent is void.
    pub term: u32,
    /// The other node.
    pub node: u16,
    /// Its life so far: what was sent to an earlier one is lost.
    pub incarnation: u16,
}

/// What the leader stored has reached another node.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Replicated {
    /// What and where.
    pub voyage: Voyage,
    /// Whether its last change has to go to disk.
    pub medium: Medium,
}

/// What another node has on disk is known to the leader.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Reported {
    /// What and where.
    pub voyage: Voyage,
}

/// A node's disk has written.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct DiskWrote {
    /// Which node.
    pub node: u16,
    /// Which write.
    pub write: Write,
}

/// The time of a failover has passed.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct FailoverDue {
    /// Which failover.
    pub election: u32,
}

/// A node has died.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct NodeDied {
    /// Which.
    pub node: u16,
    /// Whether its clients are told.
    pub how: CrashHow,
}

/// A node is back.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct NodeBack {
    /// Which.
    pub node: u16,
}

/// A node's disk does not write for a while.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct NodeStalls {
    /// Which.
    pub node: u16,
    /// When it goes on.
    pub until: Time,
}

// To the broker's clients.

/// The connection broke because the broker's process died.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct BrokerLost {
    /// The opening that broke.
    pub epoch: Epoch,
}

/// The broker can be reached (again), perhaps on another node.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct BrokerBack;
