//! Idempotency guards, ready to run: which key stands for a task, and what is done about it.
//!
//! A guard in the effect's transaction is part of that [`TransactionPlan`]; any other is a step of its own. Knows
//! no store and no actor.

use std::rc::Rc;

use crate::protocol::id::{GroupId, Key};
use crate::protocol::store::{KeyWork, Row, TableId};
use crate::protocol::{Origin, Task};
use crate::scenario::model::{IfTaken, KeyOf, OnStale};

use super::site::Sites;
use super::transacting::plan::TransactionPlan;

/// Publish attempts of one message that are told apart.
///
/// Model: resends under new ids have ids of their own, as in [`Attempt`](crate::protocol::id::Attempt).
const MOST_RESENDS: u64 = 128;

/// Where the keys are that a consumer recognises duplicates by.
#[derive(Clone, Copy, Debug)]
pub struct KeyNames {
    /// By what.
    pub of: KeyOf,
    /// The table of keys; of messages' ids each site has one, in their order from this on.
    pub first: TableId,
    /// The first table of ids for messages without a key, where each is to have a row all the same.
    pub ids: Option<TableId>,
}

/// What a transaction does about its task's key before anything else.
#[derive(Debug)]
pub struct KeyPlan {
    /// Which key.
    pub names: KeyNames,
    /// One after the other.
    pub steps: Vec<KeyStep>,
    /// What becomes of a task whose key is taken by somebody who is not done.
    pub if_taken: OnStale,
}

/// What is done about a key.
#[derive(Clone, Copy, Debug)]
pub enum KeyStep {
    /// Always the same.
    Work(KeyWork),
    /// The key's version becomes the message's number at its site.
    ///
    /// Model: messages about the same thing have numbers in the order of their publishing.
    Advance,
    /// The owner's number is checked, if it has one.
    Fence,
    /// The task's message goes into the inbox.
    Deposit,
    /// Any message of the inbox is asked for, of those delivered in this group.
    HandOut(GroupId),
}

/// A guard that is a step of its own.
#[derive(Clone, Debug)]
pub struct GuardStep {
    /// What it does.
    pub work: GuardWork,
    /// Whether it comes before the first step or after the last.
    pub place: GuardPlace,
    /// Whether the handler goes on where no store answers.
    pub fails_open: bool,
}

/// What a guard does.
#[derive(Clone, Debug)]
pub enum GuardWork {
    /// It asks a store.
    Ask(Rc<TransactionPlan>),
    /// It looks at what the instance remembers, and remembers the key.
    Remember(KeyNames),
}

/// When a guard does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardPlace {
    /// Before the first step.
    First,
    /// After the last.
    Last,
    /// Behind a decision against the effect: a message leaves its inbox without one.
    Declined,
    /// At no place of the list: a worker looks into its inbox.
    Inbox,
}

impl KeyNames {
    /// The key of a task; a message about nothing in particular has no business key, and is not guarded, or is by
    /// its id.
    ///
    /// # Panics
    /// If a site has published 2^32 messages (2^25, where each resend has an id of its own).
    #[must_use]
    pub fn key(&self, task: &Task, sites: &Sites) -> Option<Row> {
        let Origin::Handling(message, _) = task.origin else { return None };
        let first = match self.of {
            KeyOf::MessageId => self.first,
            KeyOf::Business if task.key != Key::NONE => {
                return Some(Row { table: self.first, number: task.key.0 });
            }
            KeyOf::Business => self.ids?,
        };
        let number = if sites.of(message).renews_id {
            message.number() * MOST_RESENDS + u64::from(task.resends())
        } else {
            message.number()
        };
        let number = u32::try_from(number).expect("memory holds fewer messages");
        Some(Row { table: TableId(first.0 + message.site().0), number })
    }
}

impl KeyStep {
    /// Whether the key is its owner's from then on, if it was not refused.
    #[must_use]
    pub const fn reserves(self) -> bool {
        match self {
            Self::Work(work) => work.reserves(),
            Self::Deposit => true,
            Self::Advance | Self::Fence | Self::HandOut(_) => false,
        }
    }
}

impl KeyPlan {
    /// How many steps it has.
    #[must_use]
    pub fn steps(&self) -> u32 {
        u32::try_from(self.steps.len()).expect("a guard has few steps")
    }

    /// Whether it is about whatever message an inbox holds, and not about the task's key.
    #[must_use]
    pub fn asks_for_any(&self) -> bool {
        matches!(self.steps[..], [KeyStep::HandOut(_)])
    }

    /// Whether a cache keeps the key.
    #[must_use]
    pub fn is_of_cache(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, KeyStep::Work(work) if work.is_of_cache()))
    }
}

impl From<IfTaken> for OnStale {
    fn from(if_taken: IfTaken) -> Self {
        match if_taken {
            IfTaken::Skip => Self::Drop,
            IfTaken::Retry => Self::Retry,
        }
    }
}
