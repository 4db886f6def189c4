//! The course of a run in windows: few enough to draw, whatever the run's length.

use crate::quantity::{Span, Time};

use super::summary::QueuePoint;

/// Nanoseconds; no window is narrower.
const MILLISECOND: u64 = 1_000_000;

/// Windows are merged in pairs when there would be more than this many.
const MOST_WINDOWS: usize = 1200;

/// About this many windows cover the time in which arrivals come.
const WINDOWS_OF_ARRIVALS: u64 = 300;

/// The windows of a run, the same for every queue.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    width: Span,
    /// When the current one ends.
    pub(super) edge: Time,
    /// How many have ended.
    ended: usize,
}

/// What happened in the current window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) stored: u64,
    pub(super) executed: u64,
    pub(super) completed: u64,
    pub(super) backlog_peak: u64,
}

impl Windows {
    /// Windows for a run whose arrivals come for `run_for`: 1, 2 or 5 times a power of ten milliseconds wide.
    pub(super) fn new(run_for: Span) -> Self {
        let wanted = run_for.as_nanos() / WINDOWS_OF_ARRIVALS;
        let mut round =
            (0..10).flat_map(|power| [1, 2, 5].map(|digit| digit * 10u64.pow(power) * MILLISECOND));
        let width = round.find(|&width| width >= wanted).unwrap_or(wanted);
        let width = Span::from_nanos(width);
        Self { width, edge: Time::ZERO + width, ended: 0 }
    }

    /// Ends the current window for every queue; says whether pairs are to be merged afterwards.
    pub(super) fn turn(&mut self) -> bool {
        self.ended += 1;
        let is_full = self.ended == MOST_WINDOWS;
        if is_full {
            self.ended /= 2;
            self.width = self.width.saturating_mul(2);
        }
        self.edge = self.edge + self.width;
        is_full
    }

    /// How long the window that ends at `now` has lasted.
    pub(super) fn elapsed(&self, now: Time) -> Span {
        Span::from_nanos(self.width.as_nanos() - self.edge.since(now).as_nanos())
    }
}

/// Merges windows in pairs.
pub(super) fn merge_pairs(points: &mut Vec<QueuePoint>) {
    let pairs = points.chunks(2).map(|pair| match pair {
        [first, second] => merged(first, second),
        other => other[0],
    });
    *points = pairs.collect();
}

/// Merges a last window of no length, what happened at the very edge of a run, into the one before it.
/// A run of no length has no windows.
pub(super) fn merge_last(points: &mut Vec<QueuePoint>) {
    let edge = points.pop();
    if let (Some(last), Some(edge)) = (points.last_mut(), edge) {
        *last = merged(last, &edge);
    }
}

fn merged(first: &QueuePoint, second: &QueuePoint) -> QueuePoint {
    QueuePoint {
        length_s: first.length_s + second.length_s,
        stored: first.stored + second.stored,
        executed: first.executed + second.executed,
        completed: first.completed + second.completed,
        backlog_peak: first.backlog_peak.max(second.backlog_peak),
        ..*second
    }
}

#[cfg(test)]
mod tests {
    use super::Windows;
    use crate::quantity::Span;

    #[test]
    fn windows_have_round_widths() {
        for (run_for_ms, width_ms) in [(0, 1), (1000, 5), (60_000, 200), (180_000, 1000), (3_600_000, 20_000)]
        {
            let windows = Windows::new(Span::from_millis(run_for_ms));
            assert_eq!(windows.width, Span::from_millis(width_ms), "for {run_for_ms} ms");
        }
    }
}
