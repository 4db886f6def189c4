//! A queue anyone can understand: copies in `Vec`s, searched for everything.

use mqlab::actors::broker::queue::{Admission, Returned};
use mqlab::protocol::id::{ConnectionId, CopyId, Key, MessageId};
use mqlab::quantity::{Span, Time};
use mqlab::scenario::model::{self, Ordering, Overflow, Requeue};

/// A copy as the model sees it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plain {
    pub(crate) message: MessageId,
    pub(crate) key: Key,
    pub(crate) level: u8,
    pub(crate) size: u32,
    /// Its place.
    pub(crate) order: u64,
    pub(crate) deliveries: u32,
    pub(crate) enqueued_at: Time,
    pub(crate) expires_at: Time,
    /// Whether it was put back at the head and still stands there.
    is_returned: bool,
}

/// One that is out.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    pub(crate) id: CopyId,
    pub(crate) copy: Plain,
    pub(crate) holder: ConnectionId,
    pub(crate) leased_at: Time,
}

/// One that nobody may see.
#[derive(Clone, Debug)]
pub(crate) struct Hidden {
    pub(crate) id: CopyId,
    pub(crate) copy: Plain,
    until: Time,
}

/// The naive queue.
pub(crate) struct Naive {
    pub(crate) config: model::Queue,
    /// In the order in which they would be delivered if any could.
    pub(crate) ready: Vec<Plain>,
    pub(crate) unacked: Vec<Out>,
    pub(crate) hidden: Vec<Hidden>,
    pub(crate) kept: Vec<(CopyId, Plain)>,
    ids: Vec<(Time, MessageId)>,
    next_order: u64,
}

/// What is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) message: MessageId,
    pub(crate) key: Key,
    pub(crate) priority: u8,
    pub(crate) size: u32,
    pub(crate) ttl: Option<Span>,
    pub(crate) delay: Span,
}

impl Naive {
    pub(crate) fn new(config: model::Queue) -> Self {
        Self {
            config,
            ready: Vec::new(),
            unacked: Vec::new(),
            hidden: Vec::new(),
            kept: Vec::new(),
            ids: Vec::new(),
            next_order: 0,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.config.max_length.is_some_and(|most| self.ready.len() as u64 >= most)
    }

    pub(crate) fn admit(&mut self, now: Time, id: MessageId) -> Admission {
        match self.config.overflow {
            Overflow::Reject if self.is_full() => return Admission::Full,
            Overflow::Block if self.is_full() => return Admission::Blocked,
            _ => {}
        }
        let Some(window) = self.config.dedup_window else { return Admission::Open };
        self.ids.retain(|(seen_at, _)| *seen_at + window > now);
        if self.ids.iter().any(|(_, known)| *known == id) {
            return Admission::Known;
        }
        self.ids.push((now, id));
        Admission::Open
    }

    pub(crate) fn store(&mut self, now: Time, arrival: &Arrival, id: CopyId) {
        let ttl = [arrival.ttl, self.config.message_ttl].into_iter().flatten().min();
        let highest = self.config.priorities - 1;
        let copy = Plain {
            message: arrival.message,
            key: arrival.key,
            level: u8::try_from(highest.min(u32::from(arrival.priority))).expect("at most 255"),
            size: arrival.size,
            order: self.order(),
            deliveries: 0,
            enqueued_at: now,
            expires_at: ttl.map_or(Time::NEVER, |ttl| now + ttl),
            is_returned: false,
        };
        if arrival.delay.is_zero() {
            self.append(copy);
        } else {
            self.hidden.push(Hidden { id, copy, until: now + arrival.delay });
        }
    }

    /// Shows what has been hidden long enough, the earliest first.
    pub(crate) fn reveal(&mut self, now: Time) {
        self.hidden.sort_by_key(|hidden| (hidden.until, hidden.copy.order));
        while self.hidden.first().is_some_and(|hidden| hidden.until <= now) {
            let mut copy = self.hidden.remove(0).copy;
            if copy.deliveries > 0 {
                self.put_back(now, copy);
            } else if self.config.ordering == Ordering::Free {
                copy.order = self.order();
                self.append(copy);
            } else {
                self.insert_by_order(copy);
            }
        }
    }

    /// The copy that `consumer` gets next, taken out.
    pub(crate) fn take(&mut self, consumer: ConnectionId) -> Option<Plain> {
        let at = self.ready.iter().position(|copy| self.may_get(consumer, copy))?;
        let mut copy = self.ready.remove(at);
        copy.deliveries += 1;
        copy.is_returned = false;
        Some(copy)
    }

    fn may_get(&self, consumer: ConnectionId, copy: &Plain) -> bool {
        let mut out = self.unacked.iter().filter(|out| out.copy.key == copy.key);
        match self.config.ordering {
            Ordering::Free => true,
            Ordering::OnePerKey => {
                let is_before = |other: &Plain| {
                    other.key == copy.key && (copy.level, other.order) < (other.level, copy.order)
                };
                out.next().is_none() && !self.hidden.iter().any(|hidden| is_before(&hidden.copy))
            }
            Ordering::KeyToOneConsumer => out.all(|out| out.holder == consumer),
        }
    }

    /// Takes out what has expired and may go: the first in line, or wherever it stands where keys matter.
    pub(crate) fn expire(&mut self, now: Time) -> Option<Plain> {
        let first = match self.config.ordering {
            Ordering::Free => 0,
            _ => (0..self.ready.len()).min_by_key(|&at| (self.ready[at].expires_at, self.ready[at].order))?,
        };
        let is_old = self.ready.get(first)?.expires_at <= now;
        is_old.then(|| self.ready.remove(first))
    }

    pub(crate) fn next_expiry(&self) -> Option<Time> {
        let first = match self.config.ordering {
            Ordering::Free => self.ready.first().map(|copy| copy.expires_at),
            _ => self.ready.iter().map(|copy| copy.expires_at).min(),
        };
        first.filter(|at| *at != Time::NEVER)
    }

    pub(crate) fn next_reveal(&self) -> Option<Time> {
        self.hidden.iter().map(|hidden| hidden.until).min()
    }

    pub(crate) fn bytes(&self) -> u64 {
        let ready = self.ready.iter();
        let others = self.unacked.iter().map(|out| &out.copy).chain(self.hidden.iter().map(|it| &it.copy));
        ready
            .chain(others)
            .chain(self.kept.iter().map(|(_, copy)| copy))
            .map(|copy| u64::from(copy.size))
            .sum()
    }

    /// Whether a copy that returns was delivered too often.
    pub(crate) fn verdict(&self, copy: &Plain) -> Returned {
        match self.config.max_deliveries {
            Some(most) if copy.deliveries >= most => Returned::Exhausted,
            _ => Returned::Deliverable,
        }
    }

    pub(crate) fn hide(&mut self, id: CopyId, copy: Plain, until: Time) {
        self.hidden.push(Hidden { id, copy, until });
    }

    pub(crate) fn put_back(&mut self, now: Time, mut copy: Plain) {
        copy.enqueued_at = now;
        match self.config.requeue {
            Requeue::Tail if self.config.ordering == Ordering::Free => self.append(copy),
            Requeue::Head if self.config.ordering == Ordering::Free => {
                copy.is_returned = true;
                // Behind those returned before it, before everything else of its level.
                let goes_after = |other: &Plain| {
                    other.level > copy.level || (other.level == copy.level && other.is_returned)
                };
                let at = self.ready.iter().take_while(|other| goes_after(other)).count();
                self.ready.insert(at, copy);
            }
            _ => self.insert_by_order(copy),
        }
    }

    fn append(&mut self, copy: Plain) {
        let at = self.ready.iter().take_while(|other| other.level >= copy.level).count();
        self.ready.insert(at, copy);
    }

    fn insert_by_order(&mut self, copy: Plain) {
        let goes_after = |other: &Plain| {
            other.level > copy.level || (other.level == copy.level && other.order < copy.order)
        };
        let at = self.ready.iter().take_while(|other| goes_after(other)).count();
        self.ready.insert(at, copy);
    }

    fn order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }
}
