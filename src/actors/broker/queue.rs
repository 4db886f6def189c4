//! A work queue: what happens to a copy from its storing to its end. Time is an argument; nothing is sent.
//!
//! ```text
//!             ┌──────────── take back ─────────────┐
//!             ▼                                    │
//!  store ─▶ Ready ── deliver ─▶ Unacked ── settle ─┴─▶ gone
//!    │        │  ▲                 │ take back, hidden for a while    │ keep
//!    │ expire,│  └── reveal ── Delayed                               Kept
//!    │overflow▼                    ▲
//!    │     gone (or dead-lettered, which the broker decides)
//!    └── with a delay ─────────────┘
//! ```
//!
//! - `levels`, `line`: the order of copies where any may be under way
//! - `groups`: the same where that depends on their keys

use std::collections::BTreeMap;

use std::collections::BTreeSet;

use crate::kernel::Slab;
use crate::protocol::id::{ConnectionId, CopyId, MessageId};
use crate::quantity::{Span, Time};
use crate::scenario::model::{self, Ordering, Overflow, Redelivery};

use super::copy::{Copy, CopyState, Holder, List, Which};
use super::dedup::{Dedup, ShownId};
use super::groups::{Groups, Rule};
use super::levels::Levels;

/// A work queue and its copies.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its settings.
    pub config: model::Queue,
    copies: Slab<Copy>,
    waiting: Waiting,
    ready: u32,
    /// Copies in line that are deleted already.
    deleted: u32,
    /// Whether some copy ever had a time to live: most queues need not look.
    can_expire: bool,
    unacked: List,
    /// Copies that nobody may see yet, by when that ends.
    hidden: BTreeMap<(Time, u64), CopyId>,
    dedup: Option<Dedup>,
    next_order: u64,
    bytes: u64,
}

/// The ready copies.
#[derive(Clone, Debug)]
enum Waiting {
    /// Any of them may be under way.
    Free(Levels),
    /// That depends on the other copies of its key.
    Keyed(Box<Groups>),
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
        let keyed = |rule| Waiting::Keyed(Box::new(Groups::new(rule)));
        Self {
            waiting: match config.ordering {
                Ordering::Free => Waiting::Free(Levels::new(config.priorities, config.requeue)),
                Ordering::OnePerKey => keyed(Rule::OnePerKey),
                Ordering::KeyToOneConsumer => keyed(Rule::KeyToOneConsumer),
            },
            dedup: config.dedup_window.map(Dedup::new),
            config,
            copies: Slab::default(),
            ready: 0,
            deleted: 0,
            can_expire: false,
            unacked: List::new(Which::OfQueue),
            hidden: BTreeMap::new(),
            next_order: 0,
            bytes: 0,
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

    /// Stores a copy at the end of the line, or hides it for `delay` first; `ttl` is the message's own time
    /// to live and counts from here, as does its waiting.
    #[inline]
    pub fn store(&mut self, now: Time, mut copy: Copy, ttl: Option<Span>, delay: Span) -> CopyId {
        copy.state = CopyState::Ready;
        copy.enqueued_at = now;
        let ttl = match (ttl, self.config.message_ttl) {
            (Some(own), Some(of_queue)) => Some(own.min(of_queue)),
            (own, of_queue) => own.or(of_queue),
        };
        copy.expires_at = ttl.map_or(Time::NEVER, |ttl| now + ttl);
        self.can_expire |= copy.expires_at != Time::NEVER;
        if copy.priority > 0 {
            let highest = u8::try_from(self.config.priorities - 1).unwrap_or(u8::MAX);
            copy.level = copy.priority.min(highest);
        }
        copy.order = self.next_order();
        self.bytes += u64::from(copy.size);
        let id = CopyId(self.copies.insert(copy));
        if delay.is_zero() {
            self.enter(id);
        } else {
            self.hide(id, now + delay);
        }
        id
    }

    /// Whether some copy ever had a time to live.
    #[inline]
    #[must_use]
    pub const fn can_expire(&self) -> bool {
        self.can_expire
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
        let first = self.first_to_expire()?;
        if self.copies[first.0].expires_at > now { None } else { Some(self.take_out(first)) }
    }

    /// Sends the first copy that `holder` may get to it, who keeps it until it is settled or taken back.
    pub fn deliver(&mut self, now: Time, holder: Holder, channel: &mut List) -> Option<CopyId> {
        let id = self.take_next(holder.connection)?;
        self.unacked.push(&mut self.copies, id);
        channel.push(&mut self.copies, id);
        let copy = &mut self.copies[id.0];
        copy.delivered(now);
        copy.state = CopyState::Unacked;
        copy.holder = holder;
        if let Waiting::Keyed(groups) = &mut self.waiting {
            groups.sent(copy, holder.connection);
        }
        Some(id)
    }

    /// Sends the first copy that `consumer` may get to it, who need not answer, and forgets the copy.
    pub fn hand_over(&mut self, now: Time, consumer: ConnectionId) -> Option<(CopyId, Copy)> {
        let id = self.take_next(consumer)?;
        self.copies[id.0].delivered(now);
        Some((id, self.remove(id)))
    }

    /// Takes an unacked copy from its holder, whose list is `channel`.
    #[inline]
    fn release(&mut self, id: CopyId, channel: &mut List) {
        assert_eq!(self.copies[id.0].state, CopyState::Unacked, "only unacked copies are released");
        self.unacked.unlink(&mut self.copies, id);
        channel.unlink(&mut self.copies, id);
        if let Waiting::Keyed(groups) = &mut self.waiting {
            groups.released(&self.copies[id.0]);
        }
    }

    /// Deletes an unacked copy.
    #[inline]
    pub fn settle(&mut self, id: CopyId, channel: &mut List) {
        self.release(id, channel);
        self.bytes -= u64::from(self.copies[id.0].size);
        self.copies.discard(id.0);
    }

    /// Lets the ack timeout of an unacked copy begin anew.
    pub fn extend(&mut self, now: Time, id: CopyId) {
        assert_eq!(self.copies[id.0].state, CopyState::Unacked, "only unacked copies have a lease");
        self.copies[id.0].leased_at = now;
        // The list stays in the order in which leases end.
        self.unacked.unlink(&mut self.copies, id);
        self.unacked.push(&mut self.copies, id);
    }

    /// Makes an unacked copy deliverable again, at once or after it was hidden for a while, unless it was
    /// delivered too often already; then it is left to the caller, outside every list, for
    /// [`Self::remove_exhausted`] or [`Self::keep_exhausted`].
    pub fn take_back(&mut self, now: Time, id: CopyId, channel: &mut List, hidden_for: Span) -> Returned {
        self.release(id, channel);
        if self.is_exhausted(id) {
            return Returned::Exhausted;
        }
        if hidden_for.is_zero() {
            self.requeue(now, id);
        } else {
            self.hide(id, now + hidden_for);
        }
        Returned::Deliverable
    }

    /// How long a copy that is out stays hidden when it returns, as the queue has it.
    #[must_use]
    pub fn redelivery_delay(&self, id: CopyId) -> Span {
        let Redelivery::After(delays) = &self.config.redelivery else { return Span::ZERO };
        let deliveries = self.copies[id.0].deliveries_here() as usize;
        delays.get(deliveries.saturating_sub(1)).or(delays.last()).copied().unwrap_or(Span::ZERO)
    }

    /// Shows the copy that has been hidden longest beyond its time; says whether there was one.
    pub fn reveal(&mut self, now: Time) -> bool {
        if self.next_reveal().is_none_or(|at| at > now) {
            return false;
        }
        let Some((_, id)) = self.hidden.pop_first() else { return false };
        self.unhide(id);
        let copy = &mut self.copies[id.0];
        copy.state = CopyState::Ready;
        if copy.deliveries_here() > 0 {
            self.requeue(now, id);
            return true;
        }
        if let Waiting::Free(_) = self.waiting {
            // It joins the line as if it came now; in a group it keeps its place.
            self.copies[id.0].order = self.next_order();
        }
        self.enter(id);
        true
    }

    /// Removes a copy that [`Self::take_back`] found exhausted.
    pub fn remove_exhausted(&mut self, id: CopyId) -> Copy {
        self.remove(id)
    }

    /// Keeps a copy that [`Self::take_back`] found exhausted; it is delivered no more.
    pub fn keep_exhausted(&mut self, id: CopyId) -> &Copy {
        let copy = &mut self.copies[id.0];
        copy.state = CopyState::Kept;
        copy
    }

    /// Deletes a copy that nobody holds, wherever it is.
    pub fn delete(&mut self, id: CopyId) {
        match self.copies[id.0].state {
            CopyState::Ready => self.delete_ready(id),
            CopyState::Delayed => {
                let copy = &self.copies[id.0];
                self.hidden.remove(&(copy.hidden_until, copy.order));
                self.unhide(id);
                self.remove(id);
            }
            CopyState::Kept => {
                self.remove(id);
            }
            CopyState::Unacked | CopyState::Deleted => unreachable!("somebody holds it, or it is gone"),
        }
    }

    fn delete_ready(&mut self, id: CopyId) {
        self.ready -= 1;
        let copy = &mut self.copies[id.0];
        match &mut self.waiting {
            Waiting::Free(_) => {
                // The line still mentions it; it goes when it gets to the head.
                copy.state = CopyState::Deleted;
                self.bytes -= u64::from(copy.size);
                self.deleted += 1;
            }
            Waiting::Keyed(groups) => {
                groups.remove(copy);
                self.remove(id);
            }
        }
    }

    /// Puts back a copy whose ack was undone, unless it was delivered too often already; then it is left to
    /// the caller as [`Self::take_back`] leaves it.
    pub fn restore(&mut self, now: Time, copy: Copy) -> (CopyId, Returned) {
        self.bytes += u64::from(copy.size);
        let id = CopyId(self.copies.insert(copy));
        if self.is_exhausted(id) {
            return (id, Returned::Exhausted);
        }
        self.requeue(now, id);
        (id, Returned::Deliverable)
    }

    /// Takes out the copies that are not out with a consumer and that a crash loses.
    pub fn take_lost(&mut self, is_lost: impl Fn(&Copy) -> bool) -> Vec<Copy> {
        let is_free = |copy: &Copy| !matches!(copy.state, CopyState::Unacked | CopyState::Deleted);
        let lost = self.copies.iter().filter(|(_, copy)| is_free(copy) && is_lost(copy));
        let lost: Vec<u32> = lost.map(|(position, _)| position).collect();
        let taken = lost.into_iter().map(|position| {
            let copy = self.copies[position].clone();
            self.delete(CopyId(position));
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
    #[inline]
    #[must_use]
    pub fn copy(&self, id: CopyId) -> &Copy {
        &self.copies[id.0]
    }

    /// The copies in one opening of a connection, the oldest delivery first.
    #[must_use]
    pub fn held_in(&self, channel: &List) -> Vec<CopyId> {
        channel.ids(&self.copies)
    }

    /// The unacked copy whose lease ends first, with when that is noticed.
    #[must_use]
    pub fn next_timeout(&self) -> Option<(CopyId, Time)> {
        let timeout = self.config.ack_timeout?;
        let first = self.unacked.first()?;
        let due = self.copies[first.0].leased_at + timeout;
        let check = self.config.ack_timeout_check.as_nanos();
        let noticed = match check {
            0 => due,
            _ => Time::from_nanos(due.as_nanos().div_ceil(check).saturating_mul(check)),
        };
        Some((first, noticed))
    }

    /// When the next hidden copy may be seen.
    #[must_use]
    pub fn next_reveal(&self) -> Option<Time> {
        self.hidden.first_key_value().map(|((at, _), _)| *at)
    }

    /// When the first ready copy expires.
    pub fn next_expiry(&mut self) -> Option<Time> {
        if !self.can_expire {
            return None;
        }
        let first = self.first_to_expire()?;
        let at = self.copies[first.0].expires_at;
        (at != Time::NEVER).then_some(at)
    }

    /// Since when the first ready copy has waited; [`Time::NEVER`] if none does.
    pub fn oldest_at(&mut self) -> Time {
        self.first().map_or(Time::NEVER, |first| self.copies[first.0].enqueued_at)
    }

    /// Whether some copy may be delivered to someone.
    #[must_use]
    pub fn has_deliverable(&self) -> bool {
        match &self.waiting {
            Waiting::Free(_) => self.ready > 0,
            Waiting::Keyed(groups) => groups.has_any(),
        }
    }

    /// Whether some copy may be delivered to `consumer`.
    #[must_use]
    pub fn has_for(&self, consumer: ConnectionId) -> bool {
        match &self.waiting {
            Waiting::Free(_) => self.ready > 0,
            Waiting::Keyed(groups) => groups.first_for(consumer).is_some(),
        }
    }

    /// Bytes of all copies, hidden and kept ones included.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ready copies: those in line, even if others of their key have to go first; hidden ones are not.
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

    #[inline]
    fn next_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order - 1
    }

    /// Puts a copy that is in no list at the end of the line.
    #[inline]
    fn enter(&mut self, id: CopyId) {
        let copy = &self.copies[id.0];
        match &mut self.waiting {
            Waiting::Free(levels) => levels.push(copy.level, copy.order, id),
            Waiting::Keyed(groups) => groups.insert(copy, id),
        }
        self.ready += 1;
    }

    /// Puts a copy that is in no list back in line.
    fn requeue(&mut self, now: Time, id: CopyId) {
        let newest_order = self.next_order();
        let copy = &mut self.copies[id.0];
        copy.state = CopyState::Ready;
        copy.enqueued_at = now;
        match &mut self.waiting {
            Waiting::Free(levels) => levels.put_back(copy.level, copy.order, id, newest_order),
            Waiting::Keyed(groups) => groups.insert(copy, id),
        }
        self.ready += 1;
    }

    fn hide(&mut self, id: CopyId, until: Time) {
        let copy = &mut self.copies[id.0];
        copy.state = CopyState::Delayed;
        copy.hidden_until = until;
        self.hidden.insert((until, copy.order), id);
        if let Waiting::Keyed(groups) = &mut self.waiting {
            groups.hide(copy);
        }
    }

    fn unhide(&mut self, id: CopyId) {
        if let Waiting::Keyed(groups) = &mut self.waiting {
            groups.unhide(&self.copies[id.0]);
        }
    }

    #[inline]
    fn remove(&mut self, id: CopyId) -> Copy {
        let copy = self.copies.remove(id.0);
        self.bytes -= u64::from(copy.size);
        copy
    }

    /// The first copy in line, after sweeping deleted ones from the head.
    #[inline]
    fn first(&mut self) -> Option<CopyId> {
        self.sweep();
        match &self.waiting {
            Waiting::Free(levels) => levels.first(),
            Waiting::Keyed(groups) => groups.first(),
        }
    }

    /// Sweeps deleted copies from the head of the line.
    #[inline]
    fn sweep(&mut self) {
        if self.deleted > 0 {
            self.sweep_deleted();
        }
    }

    #[cold]
    fn sweep_deleted(&mut self) {
        let Waiting::Free(levels) = &mut self.waiting else { return };
        while let Some(first) = levels.first()
            && self.copies[first.0].state == CopyState::Deleted
        {
            levels.pop();
            self.copies.remove(first.0);
            self.deleted -= 1;
        }
    }

    /// Copies expire at the head of the line only.
    fn first_to_expire(&mut self) -> Option<CopyId> {
        match &self.waiting {
            Waiting::Free(_) => self.first(),
            Waiting::Keyed(groups) => groups.first_to_expire(),
        }
    }

    fn drop_first(&mut self) -> Option<Copy> {
        let first = self.first()?;
        Some(self.take_out(first))
    }

    /// Takes a ready copy out, which is the first in a line without groups.
    fn take_out(&mut self, id: CopyId) -> Copy {
        self.leave(id);
        self.remove(id)
    }

    fn leave(&mut self, id: CopyId) {
        match &mut self.waiting {
            Waiting::Free(levels) => {
                let first = levels.pop();
                debug_assert_eq!(first, Some(id), "only the first copy leaves a line");
            }
            Waiting::Keyed(groups) => groups.remove(&self.copies[id.0]),
        }
        self.ready -= 1;
    }

    /// Takes the next copy that `consumer` may get out of the line.
    #[inline]
    fn take_next(&mut self, consumer: ConnectionId) -> Option<CopyId> {
        match &self.waiting {
            Waiting::Free(_) => self.take_first(),
            Waiting::Keyed(groups) => {
                let id = groups.first_for(consumer)?;
                self.leave(id);
                Some(id)
            }
        }
    }

    /// Takes the first copy out of a line without groups.
    #[inline]
    fn take_first(&mut self) -> Option<CopyId> {
        self.sweep();
        let Waiting::Free(levels) = &mut self.waiting else { return None };
        let first = levels.pop()?;
        self.ready -= 1;
        Some(first)
    }
}
