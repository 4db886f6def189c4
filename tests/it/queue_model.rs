//! The broker's queue against a naive one: random operations, and after each the same copies in the same
//! order.
//!
//! The model keeps ready copies in one `Vec`, in delivery order, and searches it for everything.

use mqlab::actors::broker::copy::{Copy, Holder, List, Which};
use mqlab::actors::broker::queue::{Admission, Queue, Returned};
use mqlab::kernel::Slab;
use mqlab::protocol::id::{CopyId, Key, MessageId, SiteId};
use mqlab::quantity::{Span, Time};
use mqlab::scenario::model::{self, Overflow, Requeue};

use crate::laboratory::scenario;
use crate::random_scenario::Luck;

/// A copy as the model sees it.
#[derive(Clone, Debug, PartialEq)]
struct Plain {
    message: MessageId,
    /// Its first place.
    order: u64,
    deliveries: u32,
    enqueued_at: Time,
    expires_at: Time,
    /// How many were put back at the head before it since it last was; none if it stands elsewhere.
    returned: Option<u64>,
}

/// A queue anyone can understand.
struct Model {
    config: model::Queue,
    ready: Vec<Plain>,
    unacked: Vec<(CopyId, Plain)>,
    delayed: Vec<(CopyId, Plain)>,
    ids: Vec<(Time, MessageId)>,
    next_order: u64,
    returns: u64,
}

impl Model {
    fn new(config: model::Queue) -> Self {
        Self {
            config,
            ready: Vec::new(),
            unacked: Vec::new(),
            delayed: Vec::new(),
            ids: Vec::new(),
            next_order: 0,
            returns: 0,
        }
    }

    fn admit(&mut self, now: Time, id: MessageId) -> Admission {
        let is_full = self.config.max_length.is_some_and(|most| self.ready.len() as u64 >= most);
        match self.config.overflow {
            Overflow::Reject if is_full => return Admission::Full,
            Overflow::Block if is_full => return Admission::Blocked,
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

    fn store(&mut self, now: Time, message: MessageId, ttl: Option<Span>) {
        let ttl = [ttl, self.config.message_ttl].into_iter().flatten().min();
        let expires_at = ttl.map_or(Time::NEVER, |ttl| now + ttl);
        let order = self.next_order;
        self.next_order += 1;
        self.ready.push(Plain {
            message,
            order,
            deliveries: 0,
            enqueued_at: now,
            expires_at,
            returned: None,
        });
    }

    fn put_back(&mut self, now: Time, mut copy: Plain) -> Returned {
        if self.config.max_deliveries.is_some_and(|most| copy.deliveries >= most) {
            return Returned::Exhausted;
        }
        copy.enqueued_at = now;
        let at = match self.config.requeue {
            Requeue::OriginalPlace => self.ready.iter().position(|other| other.order > copy.order),
            Requeue::Head => {
                copy.returned = Some(self.returns);
                self.returns += 1;
                // Behind those returned before it, before everything else.
                Some(self.ready.iter().take_while(|other| other.returned.is_some()).count())
            }
            Requeue::Tail => None,
        };
        self.ready.insert(at.unwrap_or(self.ready.len()), copy);
        Returned::Deliverable
    }
}

/// Both queues side by side, with the channel that holds what is out.
struct Pair {
    queue: Queue,
    model: Model,
    channel: List,
    now: Time,
    messages: u64,
}

impl Pair {
    fn new(config: &model::Queue) -> Self {
        Self {
            queue: Queue::new(config.clone()),
            model: Model::new(config.clone()),
            channel: List::new(Which::OfChannel),
            now: Time::ZERO,
            messages: 0,
        }
    }

    fn publish(&mut self, luck: &mut Luck) {
        // Now and then a message that was published before.
        let number = if luck.rarely(4) { luck.next() % (self.messages + 1) } else { self.messages };
        self.messages += 1;
        let message = MessageId::new(SiteId(0), number);
        let admission = self.queue.admit(self.now, (message, 0));
        assert_eq!(admission, self.model.admit(self.now, message));
        if admission == Admission::Open {
            let ttl = luck.rarely(3).then(|| Span::from_millis(luck.next() % 40 + 1));
            self.queue.store(self.now, Copy::new(message, Key::NONE, 0), ttl);
            self.model.store(self.now, message, ttl);
        }
        let too_many = self.model.config.max_length.is_some_and(|most| self.model.ready.len() as u64 > most);
        let drops = too_many && self.model.config.overflow == Overflow::DropHead;
        let expected = drops.then(|| self.model.ready.remove(0).message);
        assert_eq!(self.queue.overflow().map(|copy| copy.message), expected);
    }

    fn deliver(&mut self) {
        let delivered = self.queue.deliver(self.now, Holder::default(), &mut self.channel);
        assert_eq!(delivered.is_none(), self.model.ready.is_empty());
        let Some(id) = delivered else { return };
        let mut expected = self.model.ready.remove(0);
        expected.deliveries += 1;
        expected.returned = None;
        let copy = self.queue.copy(id);
        assert_eq!((copy.message, copy.deliveries_here()), (expected.message, expected.deliveries));
        assert_eq!((copy.enqueued_at, copy.delivered_at), (expected.enqueued_at, self.now));
        self.model.unacked.push((id, expected));
    }

    fn hand_over(&mut self) {
        let handed = self.queue.hand_over(self.now).map(|(_, copy)| copy.message);
        let expected = (!self.model.ready.is_empty()).then(|| self.model.ready.remove(0).message);
        assert_eq!(handed, expected);
    }

    fn expire(&mut self) {
        let expired = self.queue.expire(self.now).map(|copy| copy.message);
        let is_old = self.model.ready.first().is_some_and(|copy| copy.expires_at <= self.now);
        assert_eq!(expired, is_old.then(|| self.model.ready.remove(0).message));
    }

    /// Acks, takes back or delays one that is out.
    fn answer(&mut self, luck: &mut Luck) {
        if self.model.unacked.is_empty() {
            return;
        }
        let (id, copy) = self.model.unacked.remove(luck.below(self.model.unacked.len()));
        match luck.below(3) {
            0 => assert_eq!(self.queue.settle(id, &mut self.channel).message, copy.message),
            1 => {
                let returned = self.queue.take_back(self.now, id, &mut self.channel);
                self.check_returned(id, copy, returned);
            }
            _ => {
                let returned = self.queue.delay(id, &mut self.channel);
                let is_spent = self.model.config.max_deliveries.is_some_and(|most| copy.deliveries >= most);
                assert_eq!(returned == Returned::Exhausted, is_spent, "the limit strikes before the delay");
                if is_spent {
                    assert_eq!(self.queue.remove_exhausted(id).message, copy.message);
                } else {
                    self.model.delayed.push((id, copy));
                }
            }
        }
    }

    fn end_delay(&mut self, luck: &mut Luck) {
        if self.model.delayed.is_empty() {
            return;
        }
        let (id, copy) = self.model.delayed.remove(luck.below(self.model.delayed.len()));
        assert!(self.queue.end_delay(self.now, id, copy.message), "it is delayed");
        assert_eq!(self.model.put_back(self.now, copy), Returned::Deliverable);
    }

    fn check_returned(&mut self, id: CopyId, copy: Plain, returned: Returned) {
        let message = copy.message;
        assert_eq!(returned, self.model.put_back(self.now, copy));
        if returned == Returned::Exhausted {
            assert_eq!(self.queue.remove_exhausted(id).message, message);
        }
    }

    /// A late ack deletes a copy that stands in line: one that was out before, wherever it stands now.
    fn delete_late(&mut self, luck: &mut Luck) {
        if self.model.unacked.is_empty() {
            return;
        }
        let (id, copy) = self.model.unacked.remove(luck.below(self.model.unacked.len()));
        let returned = self.queue.take_back(self.now, id, &mut self.channel);
        let order = copy.order;
        let message = copy.message;
        self.check_returned(id, copy, returned);
        if returned == Returned::Deliverable {
            self.queue.delete_ready(id);
            self.model.ready.retain(|other| other.order != order);
            assert!(self.queue.find(id, message).is_none(), "what was deleted is not found");
        }
    }

    fn compare(&mut self) {
        let model = &self.model;
        assert_eq!(self.queue.ready() as usize, model.ready.len());
        assert_eq!(self.queue.unacked() as usize, model.unacked.len());
        let held: Vec<CopyId> = model.unacked.iter().map(|(id, _)| *id).collect();
        let mut by_delivery = self.queue.held_in(&self.channel);
        by_delivery.sort();
        let mut expected = held.clone();
        expected.sort();
        assert_eq!(by_delivery, expected);
        assert_eq!(self.queue.oldest_at(), model.ready.first().map_or(Time::NEVER, |copy| copy.enqueued_at));
        let expiry = model.ready.first().map(|copy| copy.expires_at).filter(|at| *at != Time::NEVER);
        assert_eq!(self.queue.next_expiry(), expiry);
        let due = model.unacked.iter().map(|(id, _)| self.queue.copy(*id).delivered_at).min();
        let timeout = self.model.config.ack_timeout;
        let next = due.zip(timeout).map(|(delivered_at, timeout)| delivered_at + timeout);
        assert_eq!(self.queue.next_timeout().map(|(_, at)| at), next);
        let full = model.config.max_length.is_some_and(|most| model.ready.len() as u64 >= most);
        assert_eq!(self.queue.is_full(), full);
        self.compare_order();
    }

    /// The whole line, by emptying a copy of it.
    fn compare_order(&self) {
        let mut line = self.queue.clone();
        let order: Vec<MessageId> =
            std::iter::from_fn(|| line.hand_over(self.now)).map(|(_, copy)| copy.message).collect();
        let expected: Vec<MessageId> = self.model.ready.iter().map(|copy| copy.message).collect();
        assert_eq!(order, expected);
    }
}

/// Queues of every kind, as scenarios describe them.
fn configurations() -> Vec<model::Queue> {
    let mut all = Vec::new();
    for requeue in ["original-place", "head", "tail"] {
        for overflow in ["reject", "drop-head", "block"] {
            for limits in [
                "",
                "max_length: 5, message_ttl: 20ms",
                "max_deliveries: 2, dedup_window: 15ms",
                "max_length: 3, max_deliveries: 3, dedup_window: 40ms, ack_timeout: 7ms",
            ] {
                let text = format!(
                    "run_for: 1s\nproducers: {{p: {{arrivals: {{for: 1s}}, do: []}}}}\n\
                     queues: {{q: {{requeue: {requeue}, overflow: {overflow}, {limits}}}}}\n"
                );
                all.push(scenario(&text).queues.swap_remove(0));
            }
        }
    }
    all
}

#[test]
fn a_queue_does_what_the_naive_one_does() {
    for config in configurations() {
        for seed in 0..30 {
            let luck = &mut Luck(seed);
            let mut pair = Pair::new(&config);
            for _ in 0..200 {
                match luck.below(12) {
                    0..4 => pair.publish(luck),
                    4..6 => pair.deliver(),
                    6..8 => pair.answer(luck),
                    8 => pair.end_delay(luck),
                    9 => pair.expire(),
                    10 => pair.delete_late(luck),
                    _ if luck.rarely(4) => pair.hand_over(),
                    _ => pair.now = pair.now + Span::from_millis(luck.next() % 8),
                }
                pair.compare();
            }
        }
    }
}

/// The lists that run through the copies, against a `Vec`.
#[test]
fn a_list_does_what_a_vec_does() {
    let luck = &mut Luck(1);
    let mut copies = Slab::default();
    let (mut list, mut expected) = (List::new(Which::OfQueue), Vec::new());
    for number in 0..5_000 {
        if luck.rarely(2) || expected.is_empty() {
            let copy = Copy::new(MessageId::new(SiteId(0), number), Key::NONE, 0);
            let id = CopyId(copies.insert(copy));
            list.push(&mut copies, id);
            expected.push(id);
        } else {
            let id: CopyId = expected.remove(luck.below(expected.len()));
            list.unlink(&mut copies, id);
            copies.remove(id.0);
        }
        assert_eq!(list.ids(&copies), expected);
        assert_eq!((list.len() as usize, list.first()), (expected.len(), expected.first().copied()));
    }
}
