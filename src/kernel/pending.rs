//! Everything that is still to happen, in one order: `(at, sequence)`.
//!
//! Most delays of a message queue are constants (links, timeouts), so each constant that wiring
//! registers gets a lane, where events come due in the order they were sent; the rest goes through one
//! heap. The next event is the least of the lanes' heads and the heap's.

use crate::quantity::{Span, Time};

use super::heap::{Heap, earlier};
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
    /// Both halves of its key: as one number it would make whatever holds it wider.
    key: [u64; 2],
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
    /// The head of the heap; outdated while that has a hole.
    heap_head: Key,
    /// The head of each lane that was ever used. Few, so that finding the least is a short scan. Filled up with
    /// `NEVER` to whole quads.
    heads: Vec<Key>,
    /// Whose each of `heads` is.
    sources: Vec<Source>,
    /// Where in `heads` each timer lane has its head; `UNUSED` before its first event.
    timer_heads: Vec<usize>,
}

/// Where events wait.
#[derive(Clone, Copy, Debug)]
enum Source {
    Lane(u8),
    Timers(u8),
}

/// Stands for the heap among sources, whose other numbers are places in `heads`.
const HEAP: usize = usize::MAX;
/// Heads are compared four at a time.
const QUAD: usize = 4;
/// Stands for the head of a lane that has had no event yet.
pub(super) const UNUSED: usize = usize::MAX;

#[inline]
fn key(at: Time, sequence: u64) -> Key {
    Key::from(at.as_nanos()) << 64 | Key::from(sequence << PLACE_BITS)
}

#[inline]
const fn due(key: Key) -> Time {
    Time::from_nanos((key >> 64) as u64)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
const fn halves(key: Key) -> [u64; 2] {
    [(key >> 64) as u64, key as u64]
}

const fn whole([upper, lower]: [u64; 2]) -> Key {
    (upper as Key) << 64 | lower as Key
}

impl<T> Pending<T> {
    pub(super) fn new() -> Self {
        Self {
            sequence: 0,
            delays: Vec::new(),
            lanes: Vec::new(),
            timers: TimerLanes::new(),
            heap: Heap::new(),
            heap_head: NEVER,
            heads: Vec::new(),
            sources: Vec::new(),
            timer_heads: Vec::new(),
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
                self.lanes.push(Lane::new(UNUSED));
                self.timers.add_lane();
                self.timer_heads.push(UNUSED);
                self.delays.len() - 1
            }
        };
        Delay { span, lane: u8::try_from(lane).expect("there are at most 16 lanes") }
    }

    #[inline]
    pub(super) fn push(&mut self, now: Time, delay: Delay, event: T) {
        let key = self.next_key(now + delay.span);
        let Some(lane) = self.lanes.get_mut(usize::from(delay.lane)) else {
            return self.push_to_heap(key, event);
        };
        if lane.push(key, event) {
            match self.heads.get_mut(lane.place) {
                Some(head) => *head = key,
                None => return self.begin_lane(delay.lane, key),
            }
        }
        if lane.is_full() {
            lane.grow();
        }
    }

    /// A lane has its first event.
    #[cold]
    fn begin_lane(&mut self, lane: u8, key: Key) {
        self.lanes[usize::from(lane)].place =
            begin_head(&mut self.heads, &mut self.sources, key, Source::Lane(lane));
    }

    #[inline]
    pub(super) fn push_at(&mut self, at: Time, event: T) {
        let key = self.next_key(at);
        self.push_to_heap(key, event);
    }

    // Apart from its callers: pushing to a lane needs no more registers than it has.
    #[inline(never)]
    fn push_to_heap(&mut self, key: Key, event: T) {
        self.heap.push(key, event);
        self.look_at_heap();
    }

    pub(super) fn push_timer(&mut self, now: Time, delay: Delay, event: T) -> TimerId {
        if delay.lane == NO_LANE {
            return self.push_timer_at(now + delay.span, event);
        }
        let key = self.next_key(now + delay.span);
        let position = self.timers.push(delay.lane, key, event);
        let place = &mut self.timer_heads[usize::from(delay.lane)];
        match self.heads.get_mut(*place) {
            Some(head) => *head = key.min(*head),
            None => *place = begin_head(&mut self.heads, &mut self.sources, key, Source::Timers(delay.lane)),
        }
        TimerId { key: halves(key), position }
    }

    pub(super) fn push_timer_at(&mut self, at: Time, event: T) -> TimerId {
        let key = self.next_key(at);
        let key = self.heap.push(key, event);
        self.look_at_heap();
        TimerId { key: halves(key), position: NO_POSITION }
    }

    /// Forgets a timer; one that has fired or was cancelled is left alone.
    pub(super) fn cancel(&mut self, timer: TimerId) {
        if timer.position == NO_POSITION {
            if self.heap.cancel(whole(timer.key)) {
                self.heap_head = self.heap.head();
            }
        } else if let Some(list) = self.timers.cancel(timer.position, whole(timer.key)) {
            self.heads[self.timer_heads[usize::from(list)]] = self.timers.head(list);
        }
    }

    /// When the next event is due, and which source has it; [`Time::NEVER`] if there is none.
    #[inline]
    pub(super) fn next(&mut self) -> (Time, usize) {
        if self.heap.has_hole() {
            self.heap.fill_hole();
            self.heap_head = self.heap.head();
        }
        let (quads, _) = self.heads.as_chunks::<QUAD>();
        let mut least = (HEAP, self.heap_head);
        for (quad, &[a, b, c, d]) in (0..).step_by(QUAD).zip(quads) {
            let left = earlier((quad, a), (quad + 1, b));
            let right = earlier((quad + 2, c), (quad + 3, d));
            least = earlier(least, earlier(left, right));
        }
        (due(least.1), least.0)
    }

    /// Takes the next event, which [`Self::next`] found in `source`.
    #[inline]
    pub(super) fn pop(&mut self, source: usize) -> T {
        match self.sources.get(source) {
            Some(&Source::Lane(lane)) => {
                let lane = &mut self.lanes[usize::from(lane)];
                let event = lane.pop();
                self.heads[source] = lane.head();
                event
            }
            Some(&Source::Timers(lane)) => self.pop_timer(source, lane),
            // The next head follows when somebody asks for it: mostly another event is pushed before.
            None => self.heap.pop().expect("a heap with a head has an event").1,
        }
    }

    fn pop_timer(&mut self, source: usize, lane: u8) -> T {
        let (_, event) = self.timers.pop(lane).expect("a lane with a head has a timer");
        self.heads[source] = self.timers.head(lane);
        event
    }

    /// Notes the head of the heap; while that has a hole, it follows when somebody asks for it.
    #[inline]
    fn look_at_heap(&mut self) {
        if !self.heap.has_hole() {
            self.heap_head = self.heap.head();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len() + self.timers.len() + self.lanes.iter().map(Lane::len).sum::<usize>()
    }

    #[inline]
    fn next_key(&mut self, at: Time) -> Key {
        self.sequence += 1;
        debug_assert!(self.sequence < 1 << (u64::BITS - PLACE_BITS), "2^36 events take hours");
        key(at, self.sequence)
    }
}

/// Makes a place for the head of a source that has its first event; says where.
#[cold]
fn begin_head(heads: &mut Vec<Key>, sources: &mut Vec<Source>, key: Key, source: Source) -> usize {
    let place = sources.len();
    if place == heads.len() {
        heads.resize(place + QUAD, NEVER);
    }
    heads[place] = key;
    sources.push(source);
    place
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
            let choice = chance.next_u64() % 9;
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
                8 => {
                    // From next to nothing to a year.
                    let span = chance.next_u64() >> (8 + chance.next_u64() % 56);
                    let at = now + Span::from_nanos(span);
                    timers.push((pending.push_timer_at(at, number), number));
                    naive.push((at, number));
                }
                4 if !timers.is_empty() => {
                    let which = usize::try_from(chance.next_u64()).expect("64 bits") % timers.len();
                    let (timer, cancelled) = timers.swap_remove(which);
                    pending.cancel(timer);
                    naive.retain(|&(_, number)| number != cancelled);
                }
                _ => {
                    let expected = naive.iter().copied().min();
                    let (at, source) = pending.next();
                    let popped = (at < Time::NEVER).then(|| (at, pending.pop(source)));
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
