//! Everything that is still to happen, in one order: `(at, sequence)`.
//!
//! Most delays of a message queue are constants (links, timeouts), so each constant that wiring
//! registers gets a lane, where events come due in the order they were sent; the rest goes through one
//! heap. The next event is the least of the lanes' heads and the heap's.

use crate::quantity::{Span, Time};

use super::heap::Heap;
use super::lane::Lane;
use super::timer::TimerLanes;

/// `at` in the upper 64 bits, then the sequence number, and in the lowest 28 bits the place of the event's
/// payload in the heap: one comparison orders two events, and no two keys are equal.
pub(super) type Key = u128;

/// The key of an empty lane: after everything.
pub(super) const NEVER: Key = Key::MAX;

/// Places a key can name.
pub(super) const PLACES: u32 = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 28;

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
    /// In the timer lanes, or `NO_POSITION` for one in the heap.
    position: u32,
}

const NO_POSITION: u32 = u32::MAX;

/// Pending events.
#[derive(Debug)]
pub(super) struct Pending<T> {
    sequence: u64,
    delays: Vec<Span>,
    lanes: Vec<Lane<T>>,
    timers: TimerLanes<T>,
    heap: Heap<T>,
    /// The head of each source that was ever used; the heap is the first. Few, so that finding the least
    /// is a short scan.
    heads: Vec<Head>,
    /// Where in `heads` each lane, and each timer lane, has its head; `UNUSED` before its first event.
    lane_heads: Vec<[u8; 2]>,
}

/// The next event of a source.
#[derive(Clone, Copy, Debug)]
struct Head {
    key: Key,
    source: Source,
}

/// Where events wait.
#[derive(Clone, Copy, Debug)]
enum Source {
    Heap,
    Lane(u8),
    Timers(u8),
}

const HEAP: usize = 0;
const UNUSED: u8 = u8::MAX;

fn key(at: Time, sequence: u64) -> Key {
    Key::from(at.as_nanos()) << 64 | Key::from(sequence << PLACE_BITS)
}

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
            heads: vec![Head { key: NEVER, source: Source::Heap }],
            lane_heads: Vec::new(),
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
                self.lane_heads.push([UNUSED; 2]);
                self.delays.len() - 1
            }
        };
        Delay { span, lane: u8::try_from(lane).expect("there are at most 16 lanes") }
    }

    pub(super) fn push(&mut self, now: Time, delay: Delay, event: T) {
        let key = self.next_key(now + delay.span);
        if delay.lane == NO_LANE {
            self.heap.push(key, event);
            self.heads[HEAP].key = self.heap.head();
        } else {
            self.lanes[usize::from(delay.lane)].push(key, event);
            let head = self.head_of(Source::Lane(delay.lane));
            head.key = key.min(head.key);
        }
    }

    pub(super) fn push_at(&mut self, at: Time, event: T) {
        let key = self.next_key(at);
        self.heap.push(key, event);
        self.heads[HEAP].key = self.heap.head();
    }

    pub(super) fn push_timer(&mut self, now: Time, delay: Delay, event: T) -> TimerId {
        if delay.lane == NO_LANE {
            return self.push_timer_at(now + delay.span, event);
        }
        let key = self.next_key(now + delay.span);
        let position = self.timers.push(delay.lane, key, event);
        let head = self.head_of(Source::Timers(delay.lane));
        head.key = key.min(head.key);
        TimerId { key, position }
    }

    pub(super) fn push_timer_at(&mut self, at: Time, event: T) -> TimerId {
        let key = self.next_key(at);
        let key = self.heap.push(key, event);
        self.heads[HEAP].key = self.heap.head();
        TimerId { key, position: NO_POSITION }
    }

    /// Forgets a timer; one that has fired or was cancelled is left alone.
    pub(super) fn cancel(&mut self, timer: TimerId) {
        if timer.position == NO_POSITION {
            if self.heap.cancel(timer.key) {
                self.heads[HEAP].key = self.heap.head();
            }
        } else if let Some(list) = self.timers.cancel(timer.position, timer.key) {
            let key = self.timers.head(list);
            self.head_of(Source::Timers(list)).key = key;
        }
    }

    /// The next event, if it is due before `before`.
    pub(super) fn pop_before(&mut self, before: Time) -> Option<(Time, T)> {
        let least = self.least();
        if due(self.heads[least].key) >= before {
            return None;
        }
        let (key, event) = self.pop_from(least)?;
        Some((due(key), event))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len() + self.timers.len() + self.lanes.iter().map(Lane::len).sum::<usize>()
    }

    fn next_key(&mut self, at: Time) -> Key {
        self.sequence += 1;
        debug_assert!(self.sequence < 1 << (u64::BITS - PLACE_BITS), "2^36 events take hours");
        key(at, self.sequence)
    }

    /// The head of a lane or timer lane, which has one from its first event on.
    #[inline]
    fn head_of(&mut self, source: Source) -> &mut Head {
        let at = match source {
            Source::Heap => return &mut self.heads[HEAP],
            Source::Lane(lane) => &mut self.lane_heads[usize::from(lane)][0],
            Source::Timers(lane) => &mut self.lane_heads[usize::from(lane)][1],
        };
        if *at == UNUSED {
            *at = u8::try_from(self.heads.len()).expect("there are at most 33 sources");
            self.heads.push(Head { key: NEVER, source });
        }
        &mut self.heads[usize::from(*at)]
    }

    #[inline]
    fn least(&self) -> usize {
        let mut least = HEAP;
        let mut least_key = self.heads[HEAP].key;
        for (at, head) in self.heads.iter().enumerate().skip(1) {
            if head.key < least_key {
                least = at;
                least_key = head.key;
            }
        }
        least
    }

    #[inline]
    fn pop_from(&mut self, at: usize) -> Option<(Key, T)> {
        let head = &mut self.heads[at];
        let popped;
        (popped, head.key) = match head.source {
            Source::Heap => (self.heap.pop(), self.heap.head()),
            Source::Lane(lane) => {
                let lane = &mut self.lanes[usize::from(lane)];
                (lane.pop(), lane.head())
            }
            Source::Timers(lane) => (self.timers.pop(lane), self.timers.head(lane)),
        };
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
