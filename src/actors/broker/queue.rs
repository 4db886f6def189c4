//! A work queue: what happens to a copy from its storing to its end. Time is an argument; nothing is sent.
//!
//! ```text
//!             ┌──────────── take back ─────────────┐
//!             ▼                                    │
//!  store ─▶ Ready ── deliver ─▶ Unacked ── settle ─┴─▶ gone
//!             │  ▲                 │ nack with a delay
//!   expire,   │  └── delay over ── Delayed
//!   overflow  ▼
//!            gone (or dead-lettered, which the broker decides)
//! ```

use std::collections::BTreeSet;

use crate::kernel::Slab;
use crate::protocol::id::{CopyId, MessageId};
use crate::quantity::{Span, Time};
use crate::scenario::model::{self, Overflow};

use super::copy::{Copy, CopyState, Holder, List, Which};
use super::dedup::{Dedup, ShownId};
use super::line::Line;

/// A work queue and its copies.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its settings.
    pub config: model::Queue,
    copies: Slab<Copy>,
    line: Line,
    ready: u32,
    /// Copies in line that are deleted already.
    deleted: u32,
    /// Whether some copy ever had a time to live: most queues need not look.
    can_expire: bool,
    unacked: List,
    dedup: Option<Dedup>,
    next_order: u64,
}

/// Whether a publish may become a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Nothing is against it.
    Open,
    /// Its id is remembered.
    Known,
    /// There is no room, and it is refused.
    Full,
    /// There is no room, and it waits.
    Blocked,
}

/// What a returned copy may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// It can be delivered again.
    Deliverable,
    /// It was delivered as often as allowed.
    Exhausted,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(config: model::Queue) -> Self {
        Self {
            line: Line::new(config.requeue),
            dedup: config.dedup_window.map(Dedup::new),
            config,
            copies: Slab::default(),
            ready: 0,
            deleted: 0,
            can_expire: false,
            unacked: List::new(Which::OfQueue),
            next_order: 0,
        }
    }

    /// Whether a publish that shows `id` may be stored: length first, then dedup.
    pub fn admit(&mut self, now: Time, id: ShownId) -> Admission {
        if self.is_full() {
            match self.config.overflow {
                Overflow::Reject => return Admission::Full,
                Overflow::Block => return Admission::Blocked,
                Overflow::DropHead => {}
            }
        }
        let Some(dedup) = &mut self.dedup else { return Admission::Open };
        if dedup.knows(now, id) {
            return Admission::Known;
        }
        dedup.remember(now, id);
        Admission::Open
    }

    /// Stores a copy at the end of the line; `ttl` is the message's own time to live.
    pub fn store(&mut self, now: Time, mut copy: Copy, ttl: Option<Span>) -> CopyId {
        copy.state = CopyState::Ready;
        copy.enqueued_at = now;
        copy.expires_at =
            [ttl, self.config.message_ttl].into_iter().flatten().min().map_or(Time::NEVER, |ttl| now + ttl);
        self.can_expire |= copy.expires_at != Time::NEVER;
        copy.order = self.next_order;
        self.next_order += 1;
        let order = copy.order;
        let id = CopyId(self.copies.insert(copy));
        self.line.push(order, id);
        self.ready += 1;
        id
    }

    /// Takes the oldest ready copy out if the line is longer than it may be and `drop-head` says so.
    pub fn overflow(&mut self) -> Option<Copy> {
        let is_too_long = self.config.max_length.is_some_and(|most| u64::from(self.ready) > most);
        if is_too_long && self.config.overflow == Overflow::DropHead { self.drop_first() } else { None }
    }

    /// Takes the first ready copy out if it has outlived its time to live.
    pub fn expire(&mut self, now: Time) -> Option<Copy> {
        if !self.can_expire {
            return None;
        }
        let first = self.first()?;
        if self.copies[first.0].expires_at > now { None } else { self.drop_first() }
    }

    /// Sends the first ready copy to `holder`, who keeps it until it is settled or taken back.
    pub fn deliver(&mut self, now: Time, holder: Holder, channel: &mut List) -> Option<CopyId> {
        let id = self.take_first(now)?;
        let copy = &mut self.copies[id.0];
        copy.state = CopyState::Unacked;
        copy.holder = holder;
        self.unacked.push(&mut self.copies, id);
        channel.push(&mut self.copies, id);
        Some(id)
    }

    /// Sends the first ready copy to someone who need not answer, and forgets it.
    pub fn hand_over(&mut self, now: Time) -> Option<(CopyId, Copy)> {
        let id = self.take_first(now)?;
        Some((id, self.copies.remove(id.0)))
    }

    /// Takes an unacked copy from its holder, whose list is `channel`.
    fn release(&mut self, id: CopyId, channel: &mut List) {
        assert_eq!(self.copies[id.0].state, CopyState::Unacked, "only unacked copies are released");
        self.unacked.unlink(&mut self.copies, id);
        channel.unlink(&mut self.copies, id);
    }

    /// Deletes an unacked copy.
    pub fn settle(&mut self, id: CopyId, channel: &mut List) -> Copy {
        self.release(id, channel);
        self.copies.remove(id.0)
    }

    /// Makes an unacked copy deliverable again, unless it was delivered too often already; then it is
    /// left to the caller, outside every list, to be removed with [`Self::remove_exhausted`].
    pub fn take_back(&mut self, now: Time, id: CopyId, channel: &mut List) -> Returned {
        self.release(id, channel);
        if self.is_exhausted(id) {
            return Returned::Exhausted;
        }
        self.requeue(now, id);
        Returned::Deliverable
    }

    /// As [`Self::take_back`], but a deliverable copy stays hidden until [`Self::end_delay`].
    pub fn delay(&mut self, id: CopyId, channel: &mut List) -> Returned {
        self.release(id, channel);
        if self.is_exhausted(id) {
            return Returned::Exhausted;
        }
        self.copies[id.0].state = CopyState::Delayed;
        Returned::Deliverable
    }

    /// Ends the delay of `message`'s copy; says whether it still was delayed.
    pub fn end_delay(&mut self, now: Time, id: CopyId, message: MessageId) -> bool {
        let copy = self.copies.find(id.0).filter(|copy| copy.message == message);
        let is_delayed = copy.is_some_and(|copy| copy.state == CopyState::Delayed);
        if is_delayed {
            self.requeue(now, id);
        }
        is_delayed
    }

    /// Removes a copy that [`Self::take_back`] found exhausted.
    pub fn remove_exhausted(&mut self, id: CopyId) -> Copy {
        self.copies.remove(id.0)
    }

    /// Deletes a ready copy out of turn.
    pub fn delete_ready(&mut self, id: CopyId) {
        let copy = &mut self.copies[id.0];
        assert_eq!(copy.state, CopyState::Ready, "only ready copies are deleted out of turn");
        copy.state = CopyState::Deleted;
        self.ready -= 1;
        self.deleted += 1;
    }

    /// Puts back a copy whose ack was undone; gives it back if it was delivered too often already.
    pub fn restore(&mut self, now: Time, copy: Copy) -> Option<Copy> {
        let id = CopyId(self.copies.insert(copy));
        if self.is_exhausted(id) {
            return Some(self.copies.remove(id.0));
        }
        self.requeue(now, id);
        None
    }

    /// Takes out the copies that are not out with a consumer and that a crash loses.
    pub fn take_lost(&mut self, is_lost: impl Fn(&Copy) -> bool) -> Vec<Copy> {
        let waits = |copy: &Copy| matches!(copy.state, CopyState::Ready | CopyState::Delayed);
        let lost = self.copies.iter().filter(|(_, copy)| waits(copy) && is_lost(copy));
        let lost: Vec<u32> = lost.map(|(position, _)| position).collect();
        let taken = lost.into_iter().map(|position| {
            if self.copies[position].state == CopyState::Delayed {
                return self.copies.remove(position);
            }
            let copy = self.copies[position].clone();
            self.delete_ready(CopyId(position));
            copy
        });
        taken.collect()
    }

    /// Forgets ids whose copies were lost.
    pub fn forget(&mut self, lost: &BTreeSet<ShownId>) {
        if let Some(dedup) = &mut self.dedup {
            dedup.forget(lost);
        }
    }

    /// The copies that are out with consumers, the oldest delivery first.
    #[must_use]
    pub fn unacked_ids(&self) -> Vec<CopyId> {
        self.unacked.ids(&self.copies)
    }

    /// The copy at `id` if it still is one of `message`.
    #[must_use]
    pub fn find(&self, id: CopyId, message: MessageId) -> Option<&Copy> {
        self.copies.find(id.0).filter(|copy| copy.message == message && copy.state != CopyState::Deleted)
    }

    /// The copy at `id`, which exists.
    #[must_use]
    pub fn copy(&self, id: CopyId) -> &Copy {
        &self.copies[id.0]
    }

    /// The copies in one opening of a connection, the oldest delivery first.
    #[must_use]
    pub fn held_in(&self, channel: &List) -> Vec<CopyId> {
        channel.ids(&self.copies)
    }

    /// The unacked copy that was delivered first, with when its timeout is noticed.
    #[must_use]
    pub fn next_timeout(&self) -> Option<(CopyId, Time)> {
        let timeout = self.config.ack_timeout?;
        let first = self.unacked.first()?;
        let due = self.copies[first.0].delivered_at + timeout;
        let check = self.config.ack_timeout_check.as_nanos();
        let noticed = match check {
            0 => due,
            _ => Time::from_nanos(due.as_nanos().div_ceil(check).saturating_mul(check)),
        };
        Some((first, noticed))
    }

    /// When the first ready copy expires.
    pub fn next_expiry(&mut self) -> Option<Time> {
        if !self.can_expire {
            return None;
        }
        let first = self.first()?;
        let at = self.copies[first.0].expires_at;
        (at != Time::NEVER).then_some(at)
    }

    /// Since when the first ready copy has waited; [`Time::NEVER`] if none does.
    pub fn oldest_at(&mut self) -> Time {
        self.first().map_or(Time::NEVER, |first| self.copies[first.0].enqueued_at)
    }

    /// Ready copies.
    #[must_use]
    pub const fn ready(&self) -> u32 {
        self.ready
    }

    /// Unacked copies.
    #[must_use]
    pub const fn unacked(&self) -> u32 {
        self.unacked.len()
    }

    /// Whether `max_length` is reached.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.config.max_length.is_some_and(|most| u64::from(self.ready) >= most)
    }

    fn is_exhausted(&self, id: CopyId) -> bool {
        let deliveries = self.copies[id.0].deliveries_here();
        self.config.max_deliveries.is_some_and(|most| deliveries >= most)
    }

    fn requeue(&mut self, now: Time, id: CopyId) {
        let copy = &mut self.copies[id.0];
        copy.state = CopyState::Ready;
        copy.enqueued_at = now;
        let order = copy.order;
        self.line.put_back(order, id, self.next_order);
        self.next_order += 1;
        self.ready += 1;
    }

    /// The first copy in line, after sweeping deleted ones from the head.
    fn first(&mut self) -> Option<CopyId> {
        loop {
            let first = self.line.first()?;
            if self.deleted == 0 || self.copies[first.0].state != CopyState::Deleted {
                return Some(first);
            }
            self.line.pop();
            self.copies.remove(first.0);
            self.deleted -= 1;
        }
    }

    fn drop_first(&mut self) -> Option<Copy> {
        self.first()?;
        let id = self.line.pop()?;
        self.ready -= 1;
        Some(self.copies.remove(id.0))
    }

    fn take_first(&mut self, now: Time) -> Option<CopyId> {
        self.first()?;
        let id = self.line.pop()?;
        self.ready -= 1;
        let copy = &mut self.copies[id.0];
        copy.attempt = copy.attempt.next_delivery();
        copy.delivered_at = now;
        Some(id)
    }
}
