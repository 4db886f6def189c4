//! On whose behalf steps run.

use super::id::{Attempt, GroupId, Key, MessageId, OperationId};

/// On whose behalf steps run: it names the luck that they draw, and whose effects they apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Of the operation, message or call; no two share it.
    pub luck_key: u64,
    /// Which try at it.
    pub attempt: u32,
    /// What it is about.
    pub key: Key,
    /// What it is done for in the end.
    pub origin: Origin,
}

impl Task {
    /// Of the handling of a delivery: publish attempts before the one that made its copy.
    #[must_use]
    pub const fn resends(&self) -> u16 {
        Attempt::numbered(self.attempt).retries()
    }
}

/// What steps are done for in the end, through however many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A user's operation.
    Operation(OperationId),
    /// The handling of a message in one of the groups it is meant for.
    Handling(MessageId, GroupId),
    /// Nothing but an instance's own upkeep, which has no consequence for anybody.
    Upkeep,
}
