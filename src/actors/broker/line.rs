//! The order of a queue's ready copies.
//!
//! Fresh copies stand in the order they came. Returned ones go where the queue's policy says, which is
//! never among the fresh ones out of order: so two structures, merged at the head, serve every policy.

use std::collections::{BTreeMap, VecDeque};

use crate::protocol::id::CopyId;
use crate::scenario::model::Requeue;

/// Ready copies in delivery order. Appending takes constant time, returning O(log returned).
#[derive(Clone, Debug)]
pub struct Line {
    policy: Requeue,
    fresh: VecDeque<(u64, CopyId)>,
    returned: BTreeMap<u64, CopyId>,
    returns: u64,
}

impl Line {
    /// An empty line.
    #[must_use]
    pub const fn new(policy: Requeue) -> Self {
        Self { policy, fresh: VecDeque::new(), returned: BTreeMap::new(), returns: 0 }
    }

    /// Appends a copy whose `order` is higher than any before it.
    pub fn push(&mut self, order: u64, copy: CopyId) {
        self.fresh.push_back((order, copy));
    }

    /// Puts a copy back that first stood at `order`; `newest_order` is one beyond all orders so far.
    pub fn put_back(&mut self, order: u64, copy: CopyId, newest_order: u64) {
        match self.policy {
            Requeue::OriginalPlace => {
                self.returned.insert(order, copy);
            }
            Requeue::Head => {
                self.returned.insert(self.returns, copy);
                self.returns += 1;
            }
            Requeue::Tail => self.fresh.push_back((newest_order, copy)),
        }
    }

    /// The next copy.
    #[must_use]
    pub fn first(&self) -> Option<CopyId> {
        match self.first_returned() {
            Some(copy) => Some(copy),
            None => self.fresh.front().map(|(_, copy)| *copy),
        }
    }

    /// Takes the next copy.
    pub fn pop(&mut self) -> Option<CopyId> {
        if self.first_returned().is_some() {
            return self.returned.pop_first().map(|(_, copy)| copy);
        }
        self.fresh.pop_front().map(|(_, copy)| copy)
    }

    /// The first returned copy, if it goes before every fresh one.
    fn first_returned(&self) -> Option<CopyId> {
        if self.returned.is_empty() {
            return None;
        }
        let (order, copy) = self.returned.first_key_value()?;
        let is_before_fresh = match self.policy {
            Requeue::OriginalPlace => self.fresh.front().is_none_or(|(fresh, _)| order < fresh),
            Requeue::Head | Requeue::Tail => true,
        };
        is_before_fresh.then_some(*copy)
    }
}
