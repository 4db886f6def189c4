//! The broker's queue against a naive one: random operations, and after each the same copies in the same
//! order.

use mqlab::actors::broker::copy::{Copy, Holder, List, Which};
use mqlab::actors::broker::queue::{Admission, Queue, Returned};
use mqlab::kernel::Slab;
use mqlab::protocol::id::{ConnectionId, CopyId, Epoch, Key, MessageId, SiteId};
use mqlab::quantity::{Span, Time};
use mqlab::scenario::model::{self, AfterLimit, Ordering, Overflow};

use crate::laboratory::scenario;
use crate::naive_queue::{Arrival, Naive, Out, Plain};
use crate::random_scenario::Luck;

const CONSUMERS: u32 = 3;

fn small(luck: &mut Luck, below: u32) -> u32 {
    u32::try_from(luck.next() % u64::from(below)).expect("below a u32")
}

/// Both queues side by side, with the channels that hold what is out.
struct Pair {
    queue: Queue,
    model: Naive,
    channels: Vec<List>,
    now: Time,
    messages: u64,
}

impl Pair {
    fn new(config: &model::Queue) -> Self {
        Self {
            queue: Queue::new(config.clone()),
            model: Naive::new(config.clone()),
            channels: (0..CONSUMERS).map(|_| List::new(Which::OfChannel)).collect(),
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
            let arrival = Arrival {
                message,
                key: if luck.rarely(5) { Key::NONE } else { Key(small(luck, 3)) },
                priority: u8::try_from(small(luck, 4)).expect("small"),
                size: small(luck, 1000),
                ttl: luck.rarely(3).then(|| Span::from_millis(luck.next() % 40 + 1)),
                delay: if luck.rarely(4) { Span::from_millis(luck.next() % 20) } else { Span::ZERO },
            };
            let mut copy = Copy::new(message, arrival.key, 0);
            (copy.priority, copy.size) = (arrival.priority, arrival.size);
            let id = self.queue.store(self.now, copy, arrival.ttl, arrival.delay);
            self.model.store(self.now, &arrival, id);
        }
        let too_many = self.model.config.max_length.is_some_and(|most| self.model.ready.len() as u64 > most);
        let drops = too_many && self.model.config.overflow == Overflow::DropHead;
        let expected = drops.then(|| self.model.ready.remove(0).message);
        assert_eq!(self.queue.overflow().map(|copy| copy.message), expected);
    }

    fn deliver(&mut self, luck: &mut Luck) {
        let consumer = ConnectionId(small(luck, CONSUMERS));
        let has_one = self.queue.has_for(consumer);
        assert!(!has_one || self.queue.has_deliverable());
        let holder = Holder { connection: consumer, epoch: Epoch::default() };
        let delivered = self.queue.deliver(self.now, holder, &mut self.channels[consumer.0 as usize]);
        let expected = self.model.take(consumer);
        assert_eq!((has_one, delivered.is_some()), (expected.is_some(), expected.is_some()));
        let (Some(id), Some(expected)) = (delivered, expected) else { return };
        let copy = self.queue.copy(id);
        assert_eq!((copy.message, copy.deliveries_here()), (expected.message, expected.deliveries));
        assert_eq!((copy.enqueued_at, copy.leased_at), (expected.enqueued_at, self.now));
        self.model.unacked.push(Out { id, copy: expected, holder: consumer, leased_at: self.now });
    }

    fn hand_over(&mut self, luck: &mut Luck) {
        let consumer = ConnectionId(small(luck, CONSUMERS));
        let handed = self.queue.hand_over(self.now, consumer).map(|(_, copy)| copy.message);
        assert_eq!(handed, self.model.take(consumer).map(|copy| copy.message));
    }

    fn expire(&mut self) {
        let expired = self.queue.expire(self.now).map(|copy| copy.message);
        assert_eq!(expired, self.model.expire(self.now).map(|copy| copy.message));
    }

    /// One that is out, taken out of the model.
    fn some_unacked(&mut self, luck: &mut Luck) -> Option<Out> {
        let count = self.model.unacked.len();
        (count > 0).then(|| self.model.unacked.remove(luck.below(count)))
    }

    /// Acks, takes back or extends one that is out.
    fn answer(&mut self, luck: &mut Luck) {
        let Some(mut out) = self.some_unacked(luck) else { return };
        match luck.below(4) {
            0 => {
                let channel = &mut self.channels[out.holder.0 as usize];
                assert_eq!(self.queue.copy(out.id).message, out.copy.message);
                self.queue.settle(out.id, channel);
            }
            1 => self.take_back(out, Span::ZERO),
            2 => self.take_back(out, Span::from_millis(luck.next() % 20)),
            _ => {
                self.queue.extend(self.now, out.id);
                out.leased_at = self.now;
                self.model.unacked.push(out);
            }
        }
    }

    fn take_back(&mut self, out: Out, hidden_for: Span) {
        let Out { id, copy, holder, .. } = out;
        let channel = &mut self.channels[holder.0 as usize];
        let returned = self.queue.take_back(self.now, id, channel, hidden_for);
        assert_eq!(returned, self.model.verdict(&copy), "the limit strikes before the delay");
        match (returned, self.model.config.after_limit) {
            (Returned::Exhausted, AfterLimit::DeadLetter) => {
                assert_eq!(self.queue.remove_exhausted(id).message, copy.message);
            }
            (Returned::Exhausted, AfterLimit::Keep) => {
                assert_eq!(self.queue.keep_exhausted(id).message, copy.message);
                self.model.kept.push((id, copy));
            }
            (Returned::Deliverable, _) if hidden_for.is_zero() => self.model.put_back(self.now, copy),
            (Returned::Deliverable, _) => self.model.hide(id, copy, self.now + hidden_for),
        }
    }

    fn reveal(&mut self) {
        while self.queue.reveal(self.now) {}
        self.model.reveal(self.now);
    }

    /// A late ack deletes a copy that nobody holds, wherever it is now.
    fn delete_late(&mut self, luck: &mut Luck) {
        let deleted = match luck.below(3) {
            0 if !self.model.hidden.is_empty() => {
                let hidden = self.model.hidden.remove(luck.below(self.model.hidden.len()));
                (hidden.id, hidden.copy.message)
            }
            1 if !self.model.kept.is_empty() => {
                let (id, copy) = self.model.kept.remove(luck.below(self.model.kept.len()));
                (id, copy.message)
            }
            _ => {
                let Some(out) = self.some_unacked(luck) else { return };
                let (id, Plain { message, order, .. }) = (out.id, out.copy.clone());
                if self.model.verdict(&out.copy) == Returned::Exhausted {
                    return self.take_back(out, Span::ZERO);
                }
                self.take_back(out, Span::ZERO);
                self.model.ready.retain(|other| other.order != order);
                (id, message)
            }
        };
        let (id, message) = deleted;
        self.queue.delete(id);
        assert!(self.queue.find(id, message).is_none(), "what was deleted is not found");
    }

    fn compare(&mut self) {
        let model = &self.model;
        assert_eq!(self.queue.ready() as usize, model.ready.len());
        assert_eq!(self.queue.unacked() as usize, model.unacked.len());
        for (consumer, channel) in (0..).map(ConnectionId).zip(&self.channels) {
            let mut held = self.queue.held_in(channel);
            held.sort();
            let of_consumer = model.unacked.iter().filter(|out| out.holder == consumer);
            let mut expected: Vec<CopyId> = of_consumer.map(|out| out.id).collect();
            expected.sort();
            assert_eq!(held, expected);
        }
        assert_eq!(self.queue.oldest_at(), model.ready.first().map_or(Time::NEVER, |copy| copy.enqueued_at));
        assert_eq!(self.queue.next_expiry(), model.next_expiry());
        assert_eq!(self.queue.next_reveal(), model.next_reveal());
        let due = model.unacked.iter().map(|out| out.leased_at).min();
        let timeout = model.config.ack_timeout;
        let next = due.zip(timeout).map(|(leased_at, timeout)| leased_at + timeout);
        assert_eq!(self.queue.next_timeout().map(|(_, at)| at), next);
        assert_eq!(self.queue.is_full(), model.is_full());
        assert_eq!(self.queue.bytes(), model.bytes());
        if model.config.ordering == Ordering::Free {
            self.compare_order();
        }
    }

    /// The whole line, by emptying a copy of it.
    fn compare_order(&self) {
        let mut line = self.queue.clone();
        let consumer = ConnectionId(0);
        let order: Vec<MessageId> =
            std::iter::from_fn(|| line.hand_over(self.now, consumer)).map(|(_, copy)| copy.message).collect();
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

fn agrees(config: &model::Queue, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let luck = &mut Luck(seed);
        let mut pair = Pair::new(config);
        for _ in 0..200 {
            match luck.below(12) {
                0..4 => pair.publish(luck),
                4..6 => pair.deliver(luck),
                6..8 => pair.answer(luck),
                8 => pair.reveal(),
                9 => pair.expire(),
                10 => pair.delete_late(luck),
                _ if luck.rarely(4) => pair.hand_over(luck),
                _ => pair.now = pair.now + Span::from_millis(luck.next() % 8),
            }
            pair.compare();
        }
    }
}

#[test]
fn a_queue_does_what_the_naive_one_does() {
    for config in configurations() {
        agrees(&config, 0..20);
        agrees(&model::Queue { priorities: 3, after_limit: AfterLimit::Keep, ..config }, 0..10);
    }
}

#[test]
fn a_queue_that_looks_at_keys_does_what_the_naive_one_does() {
    for config in configurations() {
        for ordering in [Ordering::OnePerKey, Ordering::KeyToOneConsumer] {
            for priorities in [1, 3] {
                agrees(&model::Queue { ordering, priorities, ..config.clone() }, 0..10);
            }
        }
    }
}

/// Per key never two under way, and never a later one before an earlier one that is still there.
#[test]
fn a_group_is_handled_one_after_the_other() {
    let config = model::Queue { ordering: Ordering::OnePerKey, ..configurations().swap_remove(0) };
    for seed in 0..100 {
        let luck = &mut Luck(seed);
        let mut pair = Pair::new(&config);
        // What was settled latest of each key.
        let mut settled = [0; 3];
        for number in 1..=300 {
            let key = small(luck, 3);
            let copy = Copy::new(MessageId::new(SiteId(0), number), Key(key), 0);
            pair.queue.store(pair.now, copy, None, Span::ZERO);
            let list = &mut pair.channels[0];
            while luck.rarely(2) && pair.queue.deliver(pair.now, Holder::default(), list).is_some() {}
            let out = pair.queue.held_in(list);
            let mut keys: Vec<Key> = out.iter().map(|id| pair.queue.copy(*id).key).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), out.len(), "one of each key");
            let Some(id) = (!out.is_empty()).then(|| out[luck.below(out.len())]) else { continue };
            match luck.below(3) {
                0 => {
                    let copy = pair.queue.copy(id).clone();
                    pair.queue.settle(id, list);
                    let latest = &mut settled[copy.key.0 as usize];
                    assert!(copy.message.number() > *latest, "in the order of publishing");
                    *latest = copy.message.number();
                }
                1 => {
                    pair.queue.take_back(pair.now, id, list, Span::from_millis(3));
                }
                _ => pair.now = pair.now + Span::from_millis(2),
            }
            while pair.queue.reveal(pair.now) {}
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
