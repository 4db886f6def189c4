//! The message-queue pipeline: producers, one broker, consumers, with a timer for every delivery.
//!
//! ```text
//!  producer ──1 ms──▶ broker ──1 ms──▶ consumer ──work──┐
//!     ▲ every interval  ▲ │ 30 s timer per delivery      │
//!     └─ tick           │ └─ fires: back to the head     │
//!                       └──────────── 1 ms ── ack ◀──────┘ (1 % are lost)
//! ```
//!
//! Every delay is constant, so pending events need no heap: a FIFO lane for each distinct span, and
//! the next event is the smallest of the lanes' heads. Timers are cancelled far more often than they
//! fire, so they form a linked list inside the slab of deliveries and are unlinked on cancelling.

use std::collections::VecDeque;

use super::{Counted, mix};

/// No delivery: the end of the list.
const NONE: u32 = u32::MAX;

/// The numbers of a pipeline; spans in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PipelineOptions {
    /// Published in all.
    pub(crate) messages: u64,
    /// Producers, staggered evenly over the interval.
    pub(crate) producers: u32,
    /// Between two messages of one producer.
    pub(crate) interval: u64,
    /// Consumers, one handler each.
    pub(crate) consumers: u32,
    /// Unacked deliveries that a consumer may hold.
    pub(crate) prefetch: u32,
    /// One way.
    pub(crate) link: u64,
    /// Of the handler.
    pub(crate) work: u64,
    /// From delivery on. Longer than a full buffer takes, so no ack comes after its timer.
    pub(crate) ack_timeout: u64,
    /// One ack in so many is lost.
    pub(crate) one_lost_in: u64,
}

impl PipelineOptions {
    /// 100 producers with 100 000 messages a second, 100 consumers, prefetch 10.
    ///
    /// A lost ack holds its credit for 30 s, so 1 000 credits are gone after a second and a backlog
    /// builds up: a broker in trouble, which is what a laboratory of reliability simulates.
    pub(crate) const fn standard(messages: u64) -> Self {
        Self {
            messages,
            producers: 100,
            interval: 1_000_000,
            consumers: 100,
            prefetch: 10,
            link: 1_000_000,
            work: 500_000,
            ack_timeout: 30_000_000_000,
            one_lost_in: 100,
        }
    }
}

#[derive(Clone, Copy)]
enum Event {
    /// A producer publishes its next message.
    Tick { producer: u32 },
    /// A message reaches the broker.
    Arrived { message: u64 },
    /// A delivery reaches its consumer.
    Delivered { delivery: u32 },
    /// A consumer's handler ends.
    Worked { consumer: u32 },
    /// An ack reaches the broker.
    Acked { delivery: u32 },
}

#[derive(Clone, Copy)]
struct Pending {
    at: u64,
    sequence: u64,
    event: Event,
}

/// An unacked delivery, and its timer's place in the list.
#[derive(Clone, Copy)]
struct Delivery {
    message: u64,
    times_out_at: u64,
    sequence: u64,
    attempt: u32,
    consumer: u32,
    earlier: u32,
    later: u32,
}

struct Consumer {
    /// Deliveries that wait; the one being handled is at the front.
    buffer: VecDeque<u32>,
    credit: u32,
}

struct Pipeline {
    options: PipelineOptions,
    now: u64,
    sequence: u64,
    published: u64,
    /// The lanes: everything that waits for a link, for the next tick, for a handler.
    links: VecDeque<Pending>,
    ticks: VecDeque<Pending>,
    works: VecDeque<Pending>,
    deliveries: Vec<Delivery>,
    free: Vec<u32>,
    first_timer: u32,
    last_timer: u32,
    /// Ready copies with their number of attempts so far.
    queue: VecDeque<(u64, u32)>,
    consumers: Vec<Consumer>,
    turn: usize,
    /// Credits of all consumers.
    credits: u64,
}

/// The standard pipeline with this many messages, run until all are acked.
pub(crate) fn pipeline(messages: u64) -> Counted {
    pipeline_with(PipelineOptions::standard(messages))
}

/// A pipeline, run until all is acked.
pub(crate) fn pipeline_with(options: PipelineOptions) -> Counted {
    let mut counted = Counted::NONE;
    let mut pipeline = Pipeline::new(options);
    while pipeline.step() {
        counted.count(pipeline.now);
    }
    assert!(pipeline.queue.is_empty() && pipeline.free.len() == pipeline.deliveries.len(), "all is acked");
    counted
}

impl Pipeline {
    fn new(options: PipelineOptions) -> Self {
        let consumer = || Consumer { buffer: VecDeque::new(), credit: options.prefetch };
        let mut pipeline = Self {
            options,
            now: 0,
            sequence: 0,
            published: 0,
            links: VecDeque::new(),
            ticks: VecDeque::new(),
            works: VecDeque::new(),
            deliveries: Vec::new(),
            free: Vec::new(),
            first_timer: NONE,
            last_timer: NONE,
            queue: VecDeque::new(),
            consumers: (0..options.consumers).map(|_| consumer()).collect(),
            turn: 0,
            credits: u64::from(options.prefetch) * u64::from(options.consumers),
        };
        for producer in 0..options.producers {
            let at = options.interval * u64::from(producer + 1) / u64::from(options.producers);
            let sequence = pipeline.next_sequence();
            pipeline.ticks.push_back(Pending { at, sequence, event: Event::Tick { producer } });
        }
        pipeline
    }

    /// Handles the next event; `false` if there is none.
    #[inline]
    fn step(&mut self) -> bool {
        let key = |lane: &VecDeque<Pending>| lane.front().map_or((u64::MAX, 0), |p| (p.at, p.sequence));
        let (links, ticks, works) = (key(&self.links), key(&self.ticks), key(&self.works));
        let timer = self.timer_key();
        let least = links.min(ticks).min(works).min(timer);
        if least.0 == u64::MAX {
            return false;
        }
        self.now = least.0;
        let lane = if least == links {
            &mut self.links
        } else if least == ticks {
            &mut self.ticks
        } else if least == works {
            &mut self.works
        } else {
            self.timed_out();
            return true;
        };
        if let Some(pending) = lane.pop_front() {
            self.handle(pending.event);
        }
        true
    }

    #[inline]
    fn handle(&mut self, event: Event) {
        match event {
            Event::Tick { producer } => self.publish(producer),
            Event::Arrived { message } => {
                self.queue.push_back((message, 0));
                self.deliver();
            }
            Event::Delivered { delivery } => {
                let consumer = self.deliveries[delivery as usize].consumer;
                let buffer = &mut self.consumers[consumer as usize].buffer;
                buffer.push_back(delivery);
                if buffer.len() == 1 {
                    self.work(consumer);
                }
            }
            Event::Worked { consumer } => self.worked(consumer),
            Event::Acked { delivery } => {
                self.settle(delivery);
                self.deliver();
            }
        }
    }

    #[inline]
    fn publish(&mut self, producer: u32) {
        if self.published == self.options.messages {
            return;
        }
        let message = self.published;
        self.published += 1;
        self.send(Event::Arrived { message });
        let (at, sequence) = (self.now + self.options.interval, self.next_sequence());
        self.ticks.push_back(Pending { at, sequence, event: Event::Tick { producer } });
    }

    /// Hands out ready copies while there is credit, to consumers in turn.
    #[inline]
    fn deliver(&mut self) {
        while self.credits > 0
            && let Some((message, attempts)) = self.queue.pop_front()
        {
            let consumer = self.next_consumer();
            let delivery = self.start_timer(message, attempts + 1, consumer);
            self.send(Event::Delivered { delivery });
        }
    }

    #[inline]
    fn next_consumer(&mut self) -> u32 {
        loop {
            let found = self.turn;
            self.turn = if found + 1 == self.consumers.len() { 0 } else { found + 1 };
            if self.consumers[found].credit > 0 {
                self.consumers[found].credit -= 1;
                self.credits -= 1;
                return u32::try_from(found).expect("consumers are counted in 32 bits");
            }
        }
    }

    #[inline]
    fn worked(&mut self, consumer: u32) {
        let buffer = &mut self.consumers[consumer as usize].buffer;
        let delivery = buffer.pop_front().expect("what was worked on is at the front");
        if !buffer.is_empty() {
            self.work(consumer);
        }
        let Delivery { message, attempt, .. } = self.deliveries[delivery as usize];
        let luck = mix(message ^ (u64::from(attempt) << 48));
        if luck >= u64::MAX / self.options.one_lost_in {
            self.send(Event::Acked { delivery });
        }
    }

    /// The earliest timer fires: its copy goes back to the head of the queue.
    fn timed_out(&mut self) {
        let delivery = self.first_timer;
        let Delivery { message, attempt, .. } = self.deliveries[delivery as usize];
        self.settle(delivery);
        self.queue.push_front((message, attempt));
        self.deliver();
    }

    #[inline]
    fn work(&mut self, consumer: u32) {
        let (at, sequence) = (self.now + self.options.work, self.next_sequence());
        self.works.push_back(Pending { at, sequence, event: Event::Worked { consumer } });
    }

    #[inline]
    fn send(&mut self, event: Event) {
        let (at, sequence) = (self.now + self.options.link, self.next_sequence());
        self.links.push_back(Pending { at, sequence, event });
    }

    #[inline]
    const fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    #[inline]
    fn timer_key(&self) -> (u64, u64) {
        self.deliveries
            .get(self.first_timer as usize)
            .map_or((u64::MAX, 0), |first| (first.times_out_at, first.sequence))
    }

    /// Takes a slot for a delivery and appends its timer to the list, which so stays in order.
    #[inline]
    fn start_timer(&mut self, message: u64, attempt: u32, consumer: u32) -> u32 {
        let times_out_at = self.now + self.options.ack_timeout;
        let (sequence, earlier) = (self.next_sequence(), self.last_timer);
        let delivery = Delivery { message, times_out_at, sequence, attempt, consumer, earlier, later: NONE };
        let slot = if let Some(slot) = self.free.pop() {
            self.deliveries[slot as usize] = delivery;
            slot
        } else {
            self.deliveries.push(delivery);
            u32::try_from(self.deliveries.len() - 1).expect("deliveries are counted in 32 bits")
        };
        match self.deliveries.get_mut(earlier as usize) {
            Some(earlier) => earlier.later = slot,
            None => self.first_timer = slot,
        }
        self.last_timer = slot;
        slot
    }

    /// Unlinks the timer, frees the slot and gives the credit back.
    #[inline]
    fn settle(&mut self, delivery: u32) {
        let Delivery { earlier, later, consumer, .. } = self.deliveries[delivery as usize];
        match self.deliveries.get_mut(earlier as usize) {
            Some(earlier) => earlier.later = later,
            None => self.first_timer = later,
        }
        match self.deliveries.get_mut(later as usize) {
            Some(later) => later.earlier = earlier,
            None => self.last_timer = earlier,
        }
        self.free.push(delivery);
        self.consumers[consumer as usize].credit += 1;
        self.credits += 1;
    }
}
