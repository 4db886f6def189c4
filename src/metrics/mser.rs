//! MSER-5: where the warm-up of a run ends.
//!
//! K. P. White, "An effective truncation heuristic for bias reduction in simulation output",
//! Simulation 69 (1997): among all cuts in the first half of the batches (here of five end-to-end times in
//! order of their completion), the one that makes the squared half-width of the remaining mean least.

use crate::quantity::{Span, Time};

/// Observations per batch at the start; batches are merged in pairs when there are too many.
const BATCH: u64 = 5;

/// Enough for a sharp cut, little enough to keep.
const MOST_BATCHES: usize = 1 << 14;

/// Batch means of a run's end-to-end times, with when each batch's first message was published.
#[derive(Clone, Debug)]
pub(super) struct Observations {
    batch: u64,
    batches: Vec<(Time, f64)>,
    current: (Time, f64),
    in_current: u64,
}

/// Where the warm-up ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Here.
    At(Time),
    /// The run is too short to tell: the best cut lies at the end of what may be cut.
    TooShort,
}

impl Default for Observations {
    fn default() -> Self {
        Self { batch: BATCH, batches: Vec::new(), current: (Time::ZERO, 0.0), in_current: 0 }
    }
}

impl Observations {
    #[inline]
    pub(super) fn add(&mut self, published_at: Time, span: Span) {
        if self.in_current == 0 {
            self.current = (published_at, 0.0);
        }
        self.current.1 += span.as_nanos_f64();
        self.in_current += 1;
        if self.in_current == self.batch {
            self.end_batch();
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "batches are small")]
    fn end_batch(&mut self) {
        let (first, sum) = self.current;
        self.batches.push((first, sum / self.batch as f64));
        self.in_current = 0;
        if self.batches.len() == MOST_BATCHES {
            self.batches = self.batches.chunks_exact(2).map(|pair| (pair[0].0, f64::midpoint(pair[0].1, pair[1].1))).collect();
            self.batch *= 2;
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "batches are few")]
    pub(super) fn cut(&self) -> Cut {
        let total = self.batches.len();
        let last_cut = total / 2;
        let (mut sum, mut squares) = (0.0, 0.0);
        let mut best = (f64::INFINITY, 0);
        for (at, &(_, mean)) in self.batches.iter().enumerate().rev() {
            sum += mean;
            squares += mean * mean;
            let left = (total - at) as f64;
            let score = (squares - sum * sum / left).max(0.0) / (left * left);
            if at <= last_cut && score <= best.0 {
                best = (score, at);
            }
        }
        match best.1 {
            _ if total < 10 => Cut::TooShort,
            at if at == last_cut => Cut::TooShort,
            at => Cut::At(if at == 0 { Time::ZERO } else { self.batches[at].0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cut, Observations};
    use crate::kernel::chance::{Draw, stream};
    use crate::quantity::{Span, Time};

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn cuts_an_initial_slope_and_nothing_else() {
        let mut chance = stream(3, "mser", "test");
        let mut observations = Observations::default();
        for second in 0..10_000u64 {
            let slope = 1.0 - (second.min(1000) as f64 / 1000.0);
            let span = Span::from_seconds_f64(1.0 + 5.0 * slope + chance.uniform());
            observations.add(Time::from_nanos(second * 1_000_000_000), span);
        }
        let Cut::At(cut) = observations.cut() else { panic!("10 000 observations are enough") };
        assert!((800.0..1100.0).contains(&cut.as_seconds()), "cut at {} s", cut.as_seconds());
    }

    #[test]
    fn a_steady_slope_is_too_short() {
        let mut observations = Observations::default();
        for second in 0..1000 {
            observations.add(Time::from_nanos(second), Span::from_seconds(second));
        }
        assert_eq!(observations.cut(), Cut::TooShort);
    }
}
