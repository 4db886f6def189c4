//! How an instance reads a log: it is a member of a group, polls, handles what it got, and commits.
//!
//! ```text
//!          ┌────────────── everything polled is handled ───────────────┐
//!          ▼                                                           │
//!   poll: carry out a new grant ─▶ commit what is due ─▶ Fetch ─▶ Records ─▶ handle, partition by
//!                                                        │  ▲            partition in order
//!                                                        └──┘ no answer in time: ask again
//! ```
//!
//! A poll loop on one thread, as Kafka's clients have it: partitions change hands only between two polls,
//! and heartbeats go on beside it. `Puller` is the state; `polling`, `committing` and `member` are what
//! the consumer does with it.

mod committing;
mod member;
mod polling;

use std::collections::VecDeque;

use crate::kernel::TimerId;
use crate::protocol::event::{Assignment, Deliver, Seek, SentRecord};
use crate::protocol::id::{Attempt, CopyId, Epoch, MessageId};
use crate::quantity::{Span, Time};
use crate::scenario::model::AckMode;

use super::Received;

/// What all instances of a consumer have in common as readers of a log.
#[derive(Clone, Debug)]
pub struct PullPlan {
    /// The least time between the beginnings of two polls.
    pub poll_every: Span,
    /// The most time between the answer to a poll and the next poll.
    pub poll_timeout: Span,
    /// How often it says that it is alive.
    pub heartbeat_every: Span,
    /// With instance and number it keys the luck of its requests.
    pub luck_key: u64,
}

/// How long a request waits for its answer (Kafka: `request.timeout.ms`, 30 s).
const REQUEST_TIMEOUT: Span = Span::from_seconds(30);

/// An instance as the reader of a log.
#[derive(Debug)]
pub(super) struct Puller {
    plan: PullPlan,
    /// Counts the times it joined its group.
    incarnation: u16,
    /// Whether it has left its group, or was put out, and knows it.
    is_out: bool,
    /// The grant it has carried out.
    applied: u32,
    /// A newer one that it will carry out before its next poll.
    told: Option<Box<Assignment>>,
    held: Vec<Held>,
    /// Whose turn it is among the partitions.
    turn: usize,
    /// Its polls so far, and the latest that was answered.
    polls: u32,
    answered: u32,
    is_waiting: bool,
    polled_at: Option<Time>,
    /// Where it wants to go on, to be said with the next poll.
    seeks: Vec<Seek>,
    /// Handled since the latest commit.
    uncommitted: u32,
    committed_at: Time,
    /// Requests so far.
    requests: u32,
    timers: Timers,
}

#[derive(Debug, Default)]
struct Timers {
    request: Option<TimerId>,
    gap: Option<TimerId>,
    commit: Option<TimerId>,
    poll: Option<TimerId>,
    beat: Option<TimerId>,
}

/// A partition that it works on.
#[derive(Debug)]
struct Held {
    partition: u32,
    since: u32,
    /// The first offset it has not got.
    next: u64,
    buffer: VecDeque<(u64, Received)>,
    /// No record before this is handled, unless it is asked for again.
    begins_at: u64,
    /// The record in a handler.
    running: Option<u64>,
    /// Everything below is done; said to be; known to be.
    done: u64,
    sent: u64,
    confirmed: u64,
    /// The latest record that is done: its luck is that of the commit.
    latest: Option<(MessageId, Attempt)>,
}

impl Puller {
    pub(super) fn new(plan: PullPlan) -> Self {
        Self {
            plan,
            incarnation: 0,
            is_out: false,
            applied: 0,
            told: None,
            held: Vec::new(),
            turn: 0,
            polls: 0,
            answered: 0,
            is_waiting: false,
            polled_at: None,
            seeks: Vec::new(),
            uncommitted: 0,
            committed_at: Time::ZERO,
            requests: 0,
            timers: Timers::default(),
        }
    }

    /// The next record that may be handled: in order within its partition, one of a partition at a time,
    /// and where it is committed before it is handled, not before that is known.
    pub(super) fn take_next(&mut self, mode: AckMode) -> Option<Received> {
        let count = self.held.len();
        for at in (0..count).map(|step| (self.turn + step) % count) {
            let held = &mut self.held[at];
            let Some((offset, _)) = held.buffer.front() else { continue };
            if held.running.is_some() || (mode == AckMode::BeforeHandling && held.confirmed <= *offset) {
                continue;
            }
            let Some((offset, mut received)) = held.buffer.pop_front() else { continue };
            assert!(offset >= held.begins_at, "an owner handles a partition in order");
            held.begins_at = offset + 1;
            held.running = Some(offset);
            received.delivery.copy = CopyId(u32::try_from(at).expect("partitions are counted in u32"));
            self.turn = at + 1;
            return Some(received);
        }
        None
    }

    /// Whether everything polled is handled, or will be polled again.
    pub(super) fn is_through(&self) -> bool {
        self.held.iter().all(|held| held.buffer.is_empty() && held.running.is_none())
    }

    /// The handler of a record has ended.
    pub(super) fn ended(&mut self, delivery: &Deliver) {
        self.held[delivery.copy.0 as usize].running = None;
    }

    /// Takes a record in, unless it is one of a partition that is not worked on any more, or came before.
    fn accept(&mut self, record: &SentRecord, epoch: Epoch, at: Time) -> bool {
        let place = |held: &&mut Held| held.partition == record.partition && held.since == record.since;
        let Some(held) = self.held.iter_mut().find(place) else { return false };
        if record.offset < held.next {
            return false;
        }
        held.next = record.offset + 1;
        let delivery = delivery_of(record, epoch);
        held.buffer.push_back((record.offset, Received { delivery, at }));
        true
    }

    /// Everything it has in its buffers, which it drops.
    fn drop_buffers(&mut self) -> Vec<Received> {
        self.held.iter_mut().flat_map(|held| held.buffer.drain(..)).map(|(_, received)| received).collect()
    }

    /// Its memory is gone; it will join as somebody new.
    fn forget(&mut self) {
        let requests = self.requests;
        let incarnation = self.incarnation.wrapping_add(1);
        *self = Self { incarnation, requests, ..Self::new(self.plan.clone()) };
    }
}

impl Held {
    const fn new(partition: u32, since: u32) -> Self {
        Self {
            partition,
            since,
            next: 0,
            buffer: VecDeque::new(),
            begins_at: 0,
            running: None,
            done: 0,
            sent: 0,
            confirmed: 0,
            latest: None,
        }
    }
}

/// A record as handlers know deliveries.
pub(super) const fn delivery_of(record: &SentRecord, epoch: Epoch) -> Deliver {
    let SentRecord { message, key, attempt, .. } = *record;
    Deliver { message, copy: CopyId(0), key, attempt, epoch }
}
