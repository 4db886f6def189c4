//! A stored copy, and the lists it stands in while it is out with a consumer.

use crate::kernel::Slab;
use crate::protocol::id::{Attempt, ConnectionId, CopyId, Epoch, Key, MessageId, QueueId};
use crate::protocol::node::Lsn;
use crate::quantity::Time;

/// One copy of a message in one queue.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Which message.
    pub message: MessageId,
    /// What it is about.
    pub key: Key,
    /// The publish attempt that made it, and its deliveries so far.
    pub attempt: Attempt,
    /// Where it is.
    pub state: CopyState,
    /// Its place in the queue's first order.
    pub order: u64,
    /// When it entered, or returned to, the queue.
    pub enqueued_at: Time,
    /// When its time to live ends.
    pub expires_at: Time,
    /// When it was last delivered, or its lease last extended.
    pub leased_at: Time,
    /// Until when nobody sees it, while delayed.
    pub hidden_until: Time,
    /// The message's priority.
    pub priority: u8,
    /// The same, at most the highest of its queue.
    pub level: u8,
    /// In bytes.
    pub size: u32,
    /// With whom it is, while unacked.
    pub holder: Holder,
    /// Deliveries in queues where it was before it was dead-lettered into this one.
    pub deliveries_elsewhere: u32,
    /// When it was stored, in the broker's log: a leader without that part of the log does not know it. A
    /// move to a dead-letter queue changes nothing of that.
    pub lsn: Lsn,
    /// Earlier dead-letterings, the latest first.
    pub deaths: Option<Box<Vec<Death>>>,
    links: [Links; 2],
}

/// Where a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// In line.
    Ready,
    /// Delivered, unacked.
    Unacked,
    /// Hidden until its delay ends: newly stored, or returned.
    Delayed,
    /// Delivered as often as it may be, and kept all the same.
    Kept,
    /// Deleted while in line; the line still mentions it.
    Deleted,
}

/// The opening of a connection that a copy was sent on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Whose connection.
    pub connection: ConnectionId,
    /// Which opening of it.
    pub epoch: Epoch,
}

/// Why copies died in a queue, and how many times (`RabbitMQ`'s `x-death`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// Where.
    pub queue: QueueId,
    /// Why.
    pub reason: DeathReason,
    /// How often.
    pub count: u32,
}

/// Why a copy is dead-lettered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeathReason {
    /// A consumer refused it.
    Rejected,
    /// It outlived its time to live.
    Expired,
    /// It was the oldest in a full queue.
    MaxLength,
    /// It was delivered too often.
    DeliveryLimit,
}

impl Copy {
    /// A ready copy that was never delivered.
    #[must_use]
    pub fn new(message: MessageId, key: Key, retries: u16) -> Self {
        Self {
            message,
            key,
            attempt: Attempt::of_copy(retries),
            state: CopyState::Ready,
            order: 0,
            enqueued_at: Time::ZERO,
            expires_at: Time::NEVER,
            leased_at: Time::ZERO,
            hidden_until: Time::ZERO,
            priority: 0,
            level: 0,
            size: 0,
            holder: Holder::default(),
            deliveries_elsewhere: 0,
            lsn: Lsn::default(),
            deaths: None,
            links: [Links::NONE; 2],
        }
    }

    /// The same of a message that a handler sends back, after so many deliveries of the copy that it handles.
    ///
    /// It has no deaths behind it: `RabbitMQ` 4 does not read `x-death` from clients.
    #[must_use]
    pub fn sent_back_after(mut self, deliveries: u16) -> Self {
        self.attempt = self.attempt.after(deliveries);
        self.deliveries_elsewhere = u32::from(deliveries);
        self
    }

    /// It is delivered once more.
    #[inline]
    pub const fn delivered(&mut self, now: Time) {
        self.attempt = self.attempt.next_delivery();
        self.leased_at = now;
    }

    /// Deliveries in this queue.
    #[must_use]
    pub const fn deliveries_here(&self) -> u32 {
        self.attempt.delivery() - self.deliveries_elsewhere
    }
}

#[derive(Clone, Copy, Debug)]
struct Links {
    previous: u32,
    next: u32,
}

const END: u32 = u32::MAX;

impl Links {
    const NONE: Self = Self { previous: END, next: END };
}

/// Which of its two lists a copy is linked into.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// All unacked copies of the queue, the oldest delivery first.
    OfQueue = 0,
    /// The unacked copies of one opening of a connection, the oldest delivery first.
    OfChannel = 1,
}

/// A list of unacked copies, linked through the copies themselves. Appending and unlinking take constant
/// time wherever the copy stands.
#[derive(Clone, Copy, Debug)]
pub struct List {
    which: Which,
    first: u32,
    last: u32,
    len: u32,
}

impl List {
    /// An empty list of one sort.
    #[must_use]
    pub const fn new(which: Which) -> Self {
        Self { which, first: END, last: END, len: 0 }
    }

    /// How many copies it has.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The oldest.
    #[must_use]
    pub fn first(&self) -> Option<CopyId> {
        (self.first != END).then_some(CopyId(self.first))
    }

    /// Appends `id`.
    #[inline]
    pub fn push(&mut self, copies: &mut Slab<Copy>, id: CopyId) {
        copies[id.0].links[self.which as usize] = Links { previous: self.last, next: END };
        if self.last == END {
            self.first = id.0;
        } else {
            copies[self.last].links[self.which as usize].next = id.0;
        }
        self.last = id.0;
        self.len += 1;
    }

    /// Takes `id`, which is in this list, out of it.
    #[inline]
    pub fn unlink(&mut self, copies: &mut Slab<Copy>, id: CopyId) {
        let links = std::mem::replace(&mut copies[id.0].links[self.which as usize], Links::NONE);
        if links.previous == END {
            self.first = links.next;
        } else {
            copies[links.previous].links[self.which as usize].next = links.next;
        }
        if links.next == END {
            self.last = links.previous;
        } else {
            copies[links.next].links[self.which as usize].previous = links.previous;
        }
        self.len -= 1;
    }

    /// Every copy in it, the oldest delivery first.
    #[must_use]
    pub fn ids(&self, copies: &Slab<Copy>) -> Vec<CopyId> {
        let mut ids = Vec::with_capacity(self.len as usize);
        let mut at = self.first;
        while at != END {
            ids.push(CopyId(at));
            at = copies[at].links[self.which as usize].next;
        }
        ids
    }
}
