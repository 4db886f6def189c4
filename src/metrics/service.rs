//! One service: its calls as their callers see them, its requests as its instances do, and what was wasted.

use crate::protocol::fact::{Ending, RequestEnd, Try, Usage};
use crate::quantity::{Span, Time};

use super::histogram::Spans;
use super::queue::{Burst, QueueMeter};
use super::summary::{Level, PeakShaving, QueuePoint, ServiceSummary};

/// What is measured of a service.
#[derive(Debug)]
pub(super) struct ServiceMeter {
    cut: Time,
    calls: u64,
    retries: u64,
    rejected: u64,
    timed_out: u64,
    failed: u64,
    handled: u64,
    wasted: u64,
    wasted_for: Span,
    wait: Spans,
    /// Requests that wait and that are handled, as a queue's ready and unacked copies.
    line: QueueMeter,
    instances: Vec<Load>,
    waiting: u32,
    running: u32,
    /// Since when the oldest request of all waits; [`Time::NEVER`] if none does.
    oldest_at: Time,
}

/// What an instance has under way.
#[derive(Clone, Copy, Debug)]
struct Load {
    waiting: u32,
    running: u32,
    oldest_at: Time,
}

impl ServiceMeter {
    pub(super) fn new(cut: Time, instances: u32, burst: Option<Burst>) -> Self {
        let idle = Load { waiting: 0, running: 0, oldest_at: Time::NEVER };
        Self {
            cut,
            calls: 0,
            retries: 0,
            rejected: 0,
            timed_out: 0,
            failed: 0,
            handled: 0,
            wasted: 0,
            wasted_for: Span::ZERO,
            wait: Spans::new(),
            line: QueueMeter::new(cut, burst),
            instances: vec![idle; instances as usize],
            waiting: 0,
            running: 0,
            oldest_at: Time::NEVER,
        }
    }

    pub(super) fn called(&mut self, which: Try) {
        self.calls += 1;
        self.retries += u64::from(which == Try::Retry);
    }

    pub(super) fn call_failed(&mut self, ending: Ending) {
        match ending {
            Ending::Rejected => self.rejected += 1,
            Ending::TimedOut => self.timed_out += 1,
            Ending::Failed => self.failed += 1,
            Ending::Succeeded => unreachable!("what succeeded did not fail"),
        }
    }

    pub(super) fn received(&mut self, now: Time) {
        self.line.stored(now);
    }

    pub(super) fn started(&mut self, now: Time, received_at: Time) {
        let wait = now.since(received_at);
        self.line.waited(wait);
        if received_at >= self.cut {
            self.wait.record(wait);
        }
    }

    pub(super) fn executed(&mut self, now: Time) {
        self.line.executed(now);
    }

    pub(super) fn ended(&mut self, now: Time, end: RequestEnd) {
        if let RequestEnd::Handled { started_at, usage, ending } = end {
            self.handled += 1;
            self.line.tally.completed += u64::from(ending == Ending::Succeeded);
            if usage == Usage::Wasted {
                self.wasted += 1;
                self.wasted_for += now.since(started_at);
            }
        }
    }

    pub(super) fn changed(&mut self, now: Time, instance: u32, load: (u32, u32, Time)) {
        let (waiting, running, oldest_at) = load;
        let place = &mut self.instances[instance as usize];
        let before = std::mem::replace(place, Load { waiting, running, oldest_at });
        self.waiting = self.waiting + waiting - before.waiting;
        self.running = self.running + running - before.running;
        if oldest_at <= self.oldest_at {
            self.oldest_at = oldest_at;
        } else if before.oldest_at == self.oldest_at {
            // Only where the oldest of all left are the others looked at.
            self.oldest_at = self.instances.iter().map(|load| load.oldest_at).min().unwrap_or(Time::NEVER);
        }
        self.line.changed(now, self.waiting, self.running, self.oldest_at);
    }

    pub(super) fn line(&mut self) -> &mut QueueMeter {
        &mut self.line
    }

    pub(super) fn peak_shaving(&mut self, end: Time) -> PeakShaving {
        self.line.peak_shaving(end)
    }

    pub(super) fn summary(&mut self, end: Time, places: f64) -> ServiceSummary {
        let (queue_length, concurrency, series): (Level, Level, Vec<QueuePoint>) = self.line.of_service(end);
        ServiceSummary {
            instances: u32::try_from(self.instances.len()).expect("a u32 in the scenario"),
            calls: self.calls,
            retries: self.retries,
            rejected: self.rejected,
            timed_out: self.timed_out,
            failed: self.failed,
            handled: self.handled,
            wasted: self.wasted,
            wasted_s: self.wasted_for.as_seconds(),
            service_wait: self.wait.summary(),
            utilization: concurrency.mean.map(|mean| mean / places),
            concurrency,
            queue_length,
            series,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServiceMeter;
    use crate::quantity::Time;

    const fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn the_oldest_request_is_that_of_all_instances() {
        let mut meter = ServiceMeter::new(at(0), 3, None);
        let course = [
            (1, 0, at(1), at(1)),
            (2, 1, at(2), at(1)),
            (3, 2, at(3), at(1)),
            (4, 0, at(4), at(2)),
            (5, 1, Time::NEVER, at(3)),
            (6, 0, Time::NEVER, at(3)),
            (7, 2, Time::NEVER, Time::NEVER),
            (8, 1, at(8), at(8)),
        ];
        for (seconds, instance, oldest_at, expected) in course {
            let waiting = u32::from(oldest_at != Time::NEVER);
            meter.changed(at(seconds), instance, (waiting, 1, oldest_at));
            assert_eq!(meter.oldest_at, expected, "at {seconds} s");
        }
    }
}
