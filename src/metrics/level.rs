//! Quantities over time: their mean by time, and their peak.

use crate::quantity::{NANOS_PER_SECOND, Time};

use super::summary::Level;

/// A count that changes in steps, such as a queue's depth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauge {
    value: u64,
    cut: Time,
    /// Each change times when it happened (at the cut, if before it), summed up: what the area under the value
    /// lacks for it to have had its last value all along.
    lacking: i128,
    peak: u64,
    peak_at: Time,
}

impl Gauge {
    /// A gauge at zero whose statistics begin at `cut`.
    pub(super) const fn new(cut: Time) -> Self {
        Self { value: 0, cut, lacking: 0, peak: 0, peak_at: cut }
    }

    #[inline]
    pub(super) const fn value(&self) -> u64 {
        self.value
    }

    #[inline]
    pub(super) fn set(&mut self, now: Time, value: u64) {
        if value != self.value {
            self.change(now, value);
        }
    }

    fn change(&mut self, now: Time, value: u64) {
        if now <= self.cut {
            return self.set_before_the_cut(now, value);
        }
        let change = value.cast_signed().wrapping_sub(self.value.cast_signed());
        self.lacking += i128::from(change) * i128::from(now.as_nanos());
        self.value = value;
        if value > self.peak {
            self.peak = value;
            self.peak_at = now;
        }
    }

    #[inline]
    pub(super) fn add(&mut self, now: Time) {
        self.set(now, self.value + 1);
    }

    #[inline]
    pub(super) fn take(&mut self, now: Time) {
        self.set(now, self.value - 1);
    }

    /// Before the cut nothing counts but what is in force when it comes: that is a peak for now.
    #[cold]
    fn set_before_the_cut(&mut self, now: Time, value: u64) {
        self.lacking = i128::from(value) * i128::from(self.cut.as_nanos());
        self.value = value;
        if now < self.cut {
            (self.peak, self.peak_at) = (value, now);
            return;
        }
        if self.is_peak_in_force_before_the_cut() {
            (self.peak, self.peak_at) = (0, now);
        }
        self.peak = self.peak.max(value);
    }

    fn is_peak_in_force_before_the_cut(&self) -> bool {
        self.peak_at < self.cut
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more than 53 bits")]
    pub(super) fn summary(&self, end: Time) -> Level {
        let nanos = end.since(self.cut).as_nanos();
        let area = i128::from(self.value) * i128::from(end.as_nanos()) - self.lacking;
        let has_peak = nanos > 0 || !self.is_peak_in_force_before_the_cut();
        Level {
            mean: (nanos > 0).then(|| area as f64 / nanos as f64),
            peak: if has_peak { self.peak as f64 } else { 0.0 },
            peak_at_s: self.peak_at.max(self.cut).as_seconds(),
        }
    }
}

/// The age of the oldest of something: it grows with time and falls in steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Age {
    /// Since when the oldest waits; [`Time::NEVER`] if nothing does.
    oldest_at: Time,
    since: Time,
    /// Seconds × seconds since the cut.
    area: f64,
    peak_s: f64,
    peak_at: Time,
}

impl Age {
    /// Nothing waits; statistics begin at `cut`.
    pub(super) const fn new(cut: Time) -> Self {
        Self { oldest_at: Time::NEVER, since: cut, area: 0.0, peak_s: 0.0, peak_at: cut }
    }

    #[inline]
    pub(super) fn set(&mut self, now: Time, oldest_at: Time) {
        if oldest_at != self.oldest_at {
            self.pass(now);
            self.oldest_at = oldest_at;
        }
    }

    /// The age at `now`, in seconds.
    pub(super) fn at(&self, now: Time) -> f64 {
        now.since(self.oldest_at).as_seconds()
    }

    fn pass(&mut self, now: Time) {
        if now <= self.since {
            return;
        }
        let (before, after) = (self.at(self.since), self.at(now));
        if self.oldest_at != Time::NEVER {
            self.area += f64::midpoint(before, after) * now.since(self.since).as_seconds();
        }
        if after > self.peak_s {
            self.peak_s = after;
            self.peak_at = now;
        }
        self.since = now;
    }

    pub(super) fn summary(mut self, cut: Time, end: Time) -> Level {
        self.pass(end);
        let seconds = end.since(cut).as_seconds();
        Level {
            mean: (seconds > 0.0).then(|| self.area / seconds),
            peak: self.peak_s,
            peak_at_s: self.peak_at.as_seconds(),
        }
    }
}

/// The largest number of happenings in a window of one second, windows aligned to zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PeakRate {
    /// When the present window ends.
    until: u64,
    count: u64,
    most: u64,
}

impl PeakRate {
    #[inline]
    pub(super) fn count(&mut self, now: Time) {
        if now.as_nanos() >= self.until {
            self.begin_window(now);
        }
        self.count += 1;
        self.most = self.most.max(self.count);
    }

    #[cold]
    fn begin_window(&mut self, now: Time) {
        self.until = (now.as_nanos() / NANOS_PER_SECOND + 1).saturating_mul(NANOS_PER_SECOND);
        self.count = 0;
    }

    pub(super) const fn most(&self) -> u64 {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::{Age, Gauge};
    use crate::quantity::Time;

    const fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_gauge_averages_over_time_after_the_cut() {
        let mut gauge = Gauge::new(at(2));
        gauge.set(at(1), 4);
        gauge.set(at(3), 1);
        let level = gauge.summary(at(4));
        assert_eq!((level.mean, level.peak, level.peak_at_s), (Some(2.5), 4.0, 2.0));
    }

    #[test]
    fn what_ends_at_the_cut_is_no_peak() {
        let mut gauge = Gauge::new(at(2));
        gauge.set(at(1), 4);
        assert_eq!(gauge.summary(at(2)).mean, None);
        assert_eq!((gauge.summary(at(2)).peak, gauge.summary(at(3)).peak), (0.0, 4.0));
        gauge.set(at(2), 1);
        gauge.set(at(2), 3);
        gauge.set(at(2), 2);
        let level = gauge.summary(at(4));
        assert_eq!((level.mean, level.peak, level.peak_at_s), (Some(2.0), 3.0, 2.0));
    }

    #[test]
    fn an_age_grows_until_the_oldest_leaves() {
        let mut age = Age::new(at(0));
        age.set(at(1), at(1));
        age.set(at(5), Time::NEVER);
        let level = age.summary(at(0), at(8));
        assert_eq!((level.mean, level.peak, level.peak_at_s), (Some(1.0), 4.0, 5.0));
    }
}
