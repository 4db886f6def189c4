//! One queue's levels, flows and course.

use crate::protocol::id::GroupId;
use crate::quantity::{Span, Time};

use super::level::{Age, Gauge, PeakRate};
use super::series::Tally;
use super::summary::{Harm, Level, PeakShaving, QueuePoint, QueueSummary};

/// When a queue's busiest phase of arrivals begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Its beginning.
    pub from: Time,
    /// Its end.
    pub until: Time,
}

/// What is measured of a queue.
#[derive(Debug)]
pub(super) struct QueueMeter {
    cut: Time,
    depth: Gauge,
    unacked: Gauge,
    backlog: Gauge,
    age: Age,
    /// Deliveries on the way or in a buffer.
    unstarted: u64,
    peak_in: PeakRate,
    peak_out: PeakRate,
    drain: Drain,
    longest_wait: Span,
    pub(super) tally: Tally,
    pub(super) points: Vec<QueuePoint>,
}

impl QueueMeter {
    pub(super) fn new(cut: Time, burst: Option<Burst>) -> Self {
        Self {
            cut,
            depth: Gauge::new(cut),
            unacked: Gauge::new(cut),
            backlog: Gauge::new(cut),
            age: Age::new(cut),
            unstarted: 0,
            peak_in: PeakRate::default(),
            peak_out: PeakRate::default(),
            drain: Drain::new(burst),
            longest_wait: Span::ZERO,
            tally: Tally::default(),
            points: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn stored(&mut self, now: Time) {
        self.tally.stored += 1;
        if now >= self.cut {
            self.peak_in.count(now);
        }
    }

    #[inline]
    pub(super) fn executed(&mut self, now: Time) {
        self.tally.executed += 1;
        if now >= self.cut {
            self.peak_out.count(now);
        }
    }

    /// A delivery is on its way; the queue's new state follows.
    #[inline]
    pub(super) fn sent(&mut self) {
        self.unstarted += 1;
    }

    /// A message waits in an inbox.
    pub(super) fn joined_the_buffer(&mut self, now: Time) {
        self.unstarted += 1;
        self.backlog_changed(now);
    }

    /// A delivery's handling started, or never will.
    #[inline]
    pub(super) fn left_the_buffer(&mut self, now: Time) {
        self.unstarted -= 1;
        self.backlog_changed(now);
    }

    #[inline]
    pub(super) fn waited(&mut self, span: Span) {
        self.longest_wait = self.longest_wait.max(span);
    }

    #[inline]
    pub(super) fn changed(&mut self, now: Time, ready: u32, unacked: u32, oldest_at: Time) {
        self.depth.set(now, u64::from(ready));
        self.unacked.set(now, u64::from(unacked));
        self.age.set(now, oldest_at);
        self.backlog_changed(now);
    }

    #[inline]
    fn backlog_changed(&mut self, now: Time) {
        let backlog = self.depth.value() + self.unstarted;
        if backlog == self.backlog.value() {
            return;
        }
        self.drain.watch(now, self.backlog.value(), backlog);
        self.backlog.set(now, backlog);
        self.tally.backlog_peak = self.tally.backlog_peak.max(backlog);
    }

    /// Ends a window at `until`.
    pub(super) fn end_window(&mut self, until: Time, length: Span) {
        let backlog = self.backlog.value();
        let next = Tally { backlog_peak: backlog, ..Tally::default() };
        let tally = std::mem::replace(&mut self.tally, next);
        self.points.push(QueuePoint {
            until_s: until.as_seconds(),
            length_s: length.as_seconds(),
            stored: tally.stored,
            executed: tally.executed,
            completed: tally.completed,
            depth: self.depth.value(),
            unacked: self.unacked.value(),
            backlog,
            backlog_peak: tally.backlog_peak,
            oldest_age_s: self.age.at(until),
        });
    }

    pub(super) fn summary(&mut self, end: Time, harm: Harm) -> QueueSummary {
        QueueSummary {
            depth: self.depth.summary(end),
            unacked: self.unacked.summary(end),
            oldest_age_s: self.age.summary(self.cut, end),
            harm,
            series: std::mem::take(&mut self.points),
        }
    }

    /// What waits, what is handled, and the course of both, where the line is a service's.
    pub(super) fn of_service(&mut self, end: Time) -> (Level, Level, Vec<QueuePoint>) {
        let (waiting, running) = (self.depth.summary(end), self.unacked.summary(end));
        (waiting, running, std::mem::take(&mut self.points))
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of a run are below 2^53"
    )]
    pub(super) fn peak_shaving(&mut self, end: Time) -> PeakShaving {
        // Nothing may have changed since the busiest phase ended, and what stands then counts.
        self.drain.watch(end, self.backlog.value(), self.backlog.value());
        let (peak_in, peak_out) = (self.peak_in.most() as f64, self.peak_out.most() as f64);
        let backlog = self.backlog.summary(end);
        PeakShaving {
            peak_in,
            peak_out,
            shaved: (peak_in > 0.0).then(|| 1.0 - peak_out / peak_in),
            peak_backlog: backlog.peak as u64,
            peak_backlog_at: backlog.peak_at_s,
            drain_time: self.drain.time(),
            longest_wait: self.longest_wait.as_seconds(),
        }
    }
}

/// How long a backlog takes to go.
///
/// With a busiest phase: from its end until the backlog is at most what it was when the phase began.
/// Without one: from the peak until it is zero again.
#[derive(Clone, Copy, Debug)]
struct Drain {
    burst: Option<Burst>,
    /// The backlog when the busiest phase began.
    before: u64,
    from: Time,
    peak: u64,
    drained_at: Option<Time>,
}

impl Drain {
    const fn new(burst: Option<Burst>) -> Self {
        let from = match burst {
            Some(burst) => burst.until,
            None => Time::ZERO,
        };
        Self { burst, before: 0, from, peak: 0, drained_at: None }
    }

    #[inline]
    fn watch(&mut self, now: Time, old: u64, new: u64) {
        if new > self.peak {
            self.peak = new;
            if self.burst.is_none() {
                self.from = now;
                self.drained_at = None;
            }
        }
        match self.burst {
            Some(burst) if now <= burst.from => {
                self.before = if now < burst.from { new } else { old.min(self.before) }
            }
            Some(burst) if now >= burst.until && self.drained_at.is_none() => {
                // What was already gone when the phase ended drained in no time.
                if old <= self.before {
                    self.drained_at = Some(burst.until);
                } else if new <= self.before {
                    self.drained_at = Some(now);
                }
            }
            None if new == 0 && self.peak > 0 && self.drained_at.is_none() => self.drained_at = Some(now),
            _ => {}
        }
    }

    fn time(&self) -> Option<f64> {
        if self.peak == 0 {
            return None;
        }
        self.drained_at.map(|at| at.since(self.from).as_seconds())
    }
}

/// The queue of the group `id` among `meters`.
#[inline]
pub(super) fn of(meters: &mut [QueueMeter], id: GroupId) -> &mut QueueMeter {
    &mut meters[usize::from(id.0)]
}

#[cfg(test)]
mod tests {
    use super::{Burst, Drain};
    use crate::quantity::Time;

    const fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_burst_drains_to_what_was_there_before_it() {
        let mut drain = Drain::new(Some(Burst { from: at(10), until: at(20) }));
        let course = [(5, 0, 3), (11, 3, 50), (20, 50, 49), (30, 49, 4), (31, 4, 3), (40, 3, 0)];
        for (seconds, old, new) in course {
            drain.watch(at(seconds), old, new);
        }
        assert_eq!(drain.time(), Some(11.0));
    }

    #[test]
    fn without_a_burst_it_drains_from_the_peak_to_nothing() {
        let mut drain = Drain::new(None);
        for (seconds, old, new) in [(1, 0, 2), (2, 2, 0), (3, 0, 5), (6, 5, 1), (9, 1, 0)] {
            drain.watch(at(seconds), old, new);
        }
        assert_eq!(drain.time(), Some(6.0));
    }

    #[test]
    fn a_backlog_that_stays_has_no_drain_time() {
        let mut drain = Drain::new(Some(Burst { from: at(0), until: at(1) }));
        drain.watch(at(1), 9, 8);
        assert_eq!(drain.time(), None);
    }
}
