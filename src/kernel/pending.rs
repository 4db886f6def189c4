//! Everything that is still to happen, in one order: `(at, sequence)`.
//!
//! Most delays of a message queue are constants (links, timeouts), so each constant that wiring
//! registers gets a lane, where events come due in the order they were sent; the rest goes through one
//! heap. The next event is the least of the lanes' heads and the heap's.

use crate::quantity::{Span, Time};

use super::heap::Heap;
use super::lane::Lane;
use super::timer::TimerLanes;

/// `at` in the upper and the sequence number in the lower 64 bits: one comparison orders two events.
pub(super) type Key = u128;

/// The key of an empty lane: after everything.
pub(super) const NEVER: Key = Key::MAX;

/// Beyond this many lanes, finding the least head costs more than the heap.
const MOST_LANES: usize = 16;

/// A constant delay, with the lane that wiring registered for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    span: Span,
    lane: u8,
}

const NO_LANE: u8 = u8::MAX;

impl Delay {
    /// How long it is.
    #[must_use]
    pub const fn span(self) -> Span {
        self.span
    }
}

/// Names a timer until it fires or is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    key: Key,
    position: u32,
}

/// Pending events.
#[derive(Debug)]
pub(super) struct Pending<T> {
    sequence: u64,
    delays: Vec<Span>,
    lanes: Vec<Lane<T>>,
    timers: TimerLanes<T>,
    heap: Heap<T>,
    /// The head of each source: the heap, then lane and timer lane of each delay in turn.
    heads: Vec<Key>,
}

const HEAP: usize = 0;

const fn lane_head(lane: u8) -> usize {
    1 + 2 * lane as usize
}

const fn timer_head(lane: u8) -> usize {
    2 + 2 * lane as usize
}

fn key(at: Time, sequence: u64) -> Key {
    Key::from(at.as_nanos()) << 64 | Key::from(sequence)
}

#[expect(clippy::cast_possible_truncation, reason = "the upper half of 128 bits has 64")]
const fn due(key: Key) -> Time {
    Time::from_nanos((key >> 64) as u64)
}

impl<T> Pending<T> {
    pub(super) fn new() -> Self {
        Self {
            sequence: 0,
            delays: Vec::new(),
            lanes: Vec::new(),
            timers: TimerLanes::new(),
            heap: Heap::new(),
            heads: vec![NEVER],
        }
    }

    /// The delay of length `span`, with a lane of its own while there are lanes left.
    pub(super) fn delay(&mut self, span: Span) -> Delay {
        let known = self.delays.iter().position(|&delay| delay == span);
        let lane = match known {
            Some(lane) => lane,
            None if self.delays.len() == MOST_LANES => return Delay { span, lane: NO_LANE },
            None => {
                self.delays.push(span);
                self.lanes.push(Lane::new());
                self.timers.add_lane();
                self.heads.extend([NEVER, NEVER]);
                self.delays.len() - 1
            }
        };
        Delay { span, lane: u8::try_from(lane).expect("there are at most 16 lanes") }
    }

    pub(super) fn push(&mut self, now: Time, delay: Delay, event: T) {
        let key = self.next_key(now + delay.span);
        if delay.lane == NO_LANE {
            self.heap.push(key, event);
            self.heads[HEAP] = self.heap.head();
        } else {
            self.lanes[usize::from(delay.lane)].push(key, event);
            let head = &mut self.heads[lane_head(delay.lane)];
            *head = key.min(*head);
        }
    }

    pub(super) fn push_at(&mut self, at: Time, event: T) {
        let key = self.next_key(at);
        self.heap.push(key, event);
        self.heads[HEAP] = self.heap.head();
    }

    pub(super) fn push_timer(&mut self, now: Time, delay: Delay, event: T) -> TimerId {
        if delay.lane == NO_LANE {
            return self.push_timer_at(now + delay.span, event);
        }
        let key = self.next_key(now + delay.span);
        let position = self.timers.push(delay.lane, key, event);
        let head = &mut self.heads[timer_head(delay.lane)];
        *head = key.min(*head);
        TimerId { key, position }
    }

    pub(super) fn push_timer_at(&mut self, at: Time, event: T) -> TimerId {
        let key = self.next_key(at);
        let position = self.heap.push(key, event);
        self.heads[HEAP] = self.heap.head();
        TimerId { key, position }
    }

    /// Forgets a timer; one that has fired or was cancelled is left alone.
    pub(super) fn cancel(&mut self, timer: TimerId) {
        if let Some(list) = self.timers.cancel(timer.position, timer.key) {
            self.heads[timer_head(list)] = self.timers.head(list);
        } else if self.heap.cancel(timer.position, timer.key) {
            self.heads[HEAP] = self.heap.head();
        }
    }

    /// When the next event is due.
    pub(super) fn next_at(&self) -> Option<Time> {
        let key = self.heads[self.least()];
        (key != NEVER).then(|| due(key))
    }

    /// The next event, if it is due before `before`.
    pub(super) fn pop_before(&mut self, before: Time) -> Option<(Time, T)> {
        let source = self.least();
        if due(self.heads[source]) >= before {
            return None;
        }
        let (key, event) = self.pop_from(source)?;
        Some((due(key), event))
    }

    pub(super) fn len(&self) -> usize {
        self.heap.len() + self.timers.len() + self.lanes.iter().map(Lane::len).sum::<usize>()
    }

    fn next_key(&mut self, at: Time) -> Key {
        self.sequence += 1;
        key(at, self.sequence)
    }

    fn least(&self) -> usize {
        let mut least = HEAP;
        let mut least_key = self.heads[HEAP];
        for (source, &head) in self.heads.iter().enumerate().skip(1) {
            if head < least_key {
                least = source;
                least_key = head;
            }
        }
        least
    }

    fn pop_from(&mut self, source: usize) -> Option<(Key, T)> {
        let (popped, head) = if source == HEAP {
            (self.heap.pop(), self.heap.head())
        } else {
            let lane = (source - 1) / 2;
            if source % 2 == 1 {
                let lane = &mut self.lanes[lane];
                (lane.pop(), lane.head())
            } else {
                let list = u8::try_from(lane).expect("there are at most 16 lanes");
                (self.timers.pop(list), self.timers.head(list))
            }
        };
        self.heads[source] = head;
        popped
    }
}

#[cfg(test)]
mod tests {
    use super::{Pending, TimerId};
    use crate::kernel::chance::{Draw, stream};
    use crate::quantity::{Span, Time};

    /// Drives the real structure and a sorted list with the same random operations.
    #[test]
    fn agrees_with_a_sorted_list_under_random_operations() {
        let mut chance = stream(7, "pending", "test");
        let mut pending = Pending::new();
        let delays: Vec<_> = (0..20).map(|n| pending.delay(Span::from_nanos(n * n))).collect();
        let mut naive: Vec<(Time, u64)> = Vec::new();
        let mut timers: Vec<(TimerId, u64)> = Vec::new();
        let mut now = Time::ZERO;
        for number in 0..20_000u64 {
            let choice = chance.next_u64() % 8;
            let delay = delays[usize::try_from(chance.next_u64() % 20).expect("small")];
            match choice {
                0 | 1 => {
                    pending.push(now, delay, number);
                    naive.push((now + delay.span(), number));
                }
                2 => {
                    let at = now + Span::from_nanos(chance.next_u64() % 300);
                    timers.push((pending.push_timer_at(at, number), number));
                    naive.push((at, number));
                }
                3 => {
                    timers.push((pending.push_timer(now, delay, number), number));
                    naive.push((now + delay.span(), number));
                }
                4 if !timers.is_empty() => {
                    let which = usize::try_from(chance.next_u64()).expect("64 bits") % timers.len();
                    let (timer, cancelled) = timers.swap_remove(which);
                    pending.cancel(timer);
                    naive.retain(|&(_, number)| number != cancelled);
                }
                _ => {
                    let expected = naive.iter().copied().min();
                    let popped = pending.pop_before(Time::NEVER);
                    assert_eq!(popped, expected);
                    if let Some(first) = expected {
                        now = first.0;
                        naive.retain(|&entry| entry != first);
                    }
                }
            }
            assert_eq!(pending.len(), naive.len());
        }
    }
}
