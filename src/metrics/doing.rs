//! What operations bring about through stores, and what of it their users do not know.
//!
//! An operation is remembered from its first call or commit until it has ended and nothing it began is under
//! way any more, so memory follows what is under way.

use std::collections::BTreeMap;

use crate::protocol::Origin;
use crate::protocol::fact::Ending;
use crate::protocol::id::{Effect, OperationId};

/// Operations whose calls or commits may still have consequences.
#[derive(Debug, Default)]
pub(super) struct Doings {
    known: BTreeMap<OperationId, Doing>,
    /// Their calls and commits under way.
    under_way: u64,
    /// Operations whose user was told that they had not succeeded, and which changed something all the same.
    pub(super) applied_after_giving_up: u64,
    /// Commits beyond the first of the same step for one operation.
    pub(super) applied_again: u64,
}

#[derive(Debug, Default)]
struct Doing {
    under_way: u32,
    ended: Option<Ending>,
    /// A bit for each effect that was applied.
    applied: u64,
    is_counted: bool,
}

impl Doings {
    /// Whether nothing is under way.
    pub(super) const fn is_empty(&self) -> bool {
        self.under_way == 0
    }

    /// A call or a commit is under way.
    pub(super) fn began(&mut self, origin: Origin) {
        self.under_way += 1;
        if let Origin::Operation(id) = origin {
            self.known.entry(id).or_default().under_way += 1;
        }
    }

    /// It can have no further consequence.
    pub(super) fn over(&mut self, origin: Origin) {
        self.under_way -= 1;
        if let Origin::Operation(id) = origin {
            let doing = self.known.get_mut(&id).expect("what is over began");
            doing.under_way -= 1;
            if doing.under_way == 0 && doing.ended.is_some() {
                self.known.remove(&id);
            }
        }
    }

    /// A commit on behalf of an operation.
    pub(super) fn applied(&mut self, id: OperationId, effect: Effect) {
        let doing = self.known.get_mut(&id).expect("a commit is under way");
        let bit = 1 << effect.number;
        self.applied_again += u64::from(doing.applied & bit != 0);
        doing.applied |= bit;
        self.applied_after_giving_up += u64::from(doing.is_news());
    }

    /// Its user was told how it ended.
    pub(super) fn ended(&mut self, id: OperationId, ending: Ending) {
        let Some(doing) = self.known.get_mut(&id) else { return };
        doing.ended = Some(ending);
        self.applied_after_giving_up += u64::from(doing.is_news());
        if doing.under_way == 0 {
            self.known.remove(&id);
        }
    }
}

impl Doing {
    /// Whether it is seen only now that it changed something though its user was told otherwise.
    fn is_news(&mut self) -> bool {
        let is_unknown = self.applied != 0 && self.ended.is_some_and(|ending| ending != Ending::Succeeded);
        is_unknown && !std::mem::replace(&mut self.is_counted, true)
    }
}

#[cfg(test)]
mod tests {
    use super::Doings;
    use crate::protocol::Origin;
    use crate::protocol::fact::Ending;
    use crate::protocol::id::{Effect, OperationId, ProducerId};

    const ID: OperationId = OperationId { producer: ProducerId(0), number: 7 };
    const FIRST: Effect = Effect { number: 0, of: 2 };
    const SECOND: Effect = Effect { number: 1, of: 2 };

    #[test]
    fn what_was_applied_before_or_after_the_no_counts_once() {
        let mut doings = Doings::default();
        doings.began(Origin::Operation(ID));
        doings.began(Origin::Operation(ID));
        doings.applied(ID, FIRST);
        assert_eq!(doings.applied_after_giving_up, 0);
        doings.ended(ID, Ending::TimedOut);
        doings.applied(ID, SECOND);
        assert_eq!((doings.applied_after_giving_up, doings.applied_again), (1, 0));
        doings.over(Origin::Operation(ID));
        doings.applied(ID, FIRST);
        assert_eq!((doings.applied_after_giving_up, doings.applied_again), (1, 1));
        doings.over(Origin::Operation(ID));
        assert!(doings.is_empty() && doings.known.is_empty());
    }

    #[test]
    fn a_success_and_a_failure_without_effect_are_no_surprise() {
        let mut doings = Doings::default();
        for (ending, applies) in [(Ending::Succeeded, true), (Ending::Failed, false)] {
            doings.began(Origin::Operation(ID));
            if applies {
                doings.applied(ID, FIRST);
            }
            doings.over(Origin::Operation(ID));
            doings.ended(ID, ending);
        }
        doings.ended(ID, Ending::Failed);
        assert!(doings.applied_after_giving_up == 0 && doings.known.is_empty());
    }
}
