//! Wall time of a run, for tables of nanoseconds per event, and of what is around it.
//!
//! Criterion has the statistics; this gives the one number that budgets are written in, of several
//! contenders in one process.

use std::hint::black_box;
use std::time::Instant;

use super::handwritten::Counted;

/// Nanoseconds per event of the fastest of `rounds` runs, and what the runs counted.
///
/// The fastest, because everything that disturbs a run makes it slower. All runs must count the same.
#[expect(clippy::disallowed_methods, reason = "a bench is about the wall clock")]
#[expect(clippy::cast_precision_loss, reason = "neither events nor nanoseconds reach 2^53")]
pub(crate) fn nanos_per_event(rounds: u32, run: impl Fn() -> Counted) -> (f64, Counted) {
    let mut fastest = f64::INFINITY;
    let mut counted: Option<Counted> = None;
    for _ in 0..rounds {
        let started_at = Instant::now();
        let found = run();
        fastest = fastest.min(started_at.elapsed().as_nanos() as f64 / found.events as f64);
        assert_eq!(found, *counted.get_or_insert(found), "two runs of the same differ");
    }
    (fastest, counted.expect("there was a round"))
}

/// Milliseconds of the fastest of `rounds` rounds of `work`.
#[expect(clippy::disallowed_methods, reason = "a bench is about the wall clock")]
pub(crate) fn fastest_millis<T>(rounds: u32, work: impl Fn() -> T) -> f64 {
    let timed = |_| {
        let started_at = Instant::now();
        black_box(work());
        started_at.elapsed().as_secs_f64() * 1e3
    };
    (0..rounds).map(timed).fold(f64::INFINITY, f64::min)
}
