//! How many runs are enough: goes on until the mean of a metric is known within a share of itself.
//!
//! Law, *Simulation Modeling and Analysis* (5th ed.), section 9.4.1: with γ' = γ/(1 + γ) the relative error
//! is at most γ. The rule looks after every round, so its coverage is a little below 95 % for few runs, which
//! is why it begins with ten.

use super::crew::{Arm, Crew, Outcome, Trouble};
use super::replications::Replications;
use super::spread::spread;

/// Runs before the first look.
const FIRST: u64 = 10;
/// Nobody waits for more.
const MOST: u64 = 10_000;

/// A metric that shall be known so well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision<'s> {
    /// Its whole path.
    pub of: &'s str,
    /// Half of the interval over the mean.
    pub within: f64,
}

/// How far a search for precision came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// As exact as asked, in every arm.
    Enough,
    /// Not in so many runs; about this many would be needed, if that can be said.
    NotYet(Option<u64>),
}

impl Precision<'_> {
    /// About how many runs are needed in all, as the runs so far tell; `None` where they tell nothing,
    /// because the mean cannot be told from zero or nothing was measured.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of runs are small, and `as` saturates"
    )]
    pub fn runs_needed(&self, arm: &Replications) -> Option<u64> {
        let spread = spread(arm, self.of)?;
        let count = spread.sample.count as f64;
        let half = spread.sample.interval()?.half_width();
        if half == 0.0 {
            return Some(spread.sample.count as u64);
        }
        let wanted = self.within / (1.0 + self.within) * spread.sample.mean.abs();
        if wanted <= 0.0 {
            return None;
        }
        let root = half / wanted;
        Some((count * root * root).ceil().max(2.0) as u64)
    }

    /// Runs `arms` from `seed` on until each is exact enough, at most 10 000 times; `told` hears before every
    /// round how many runs are done and how many are expected.
    ///
    /// # Errors
    /// If a run could not be finished, or none was.
    pub fn reach(
        &self,
        crew: &Crew<'_>,
        arms: &[Arm<'_>],
        seed: u64,
        told: &mut dyn FnMut(u64, u64),
    ) -> Result<(Outcome, Reached), Trouble> {
        told(0, FIRST);
        let seeds =
            |from: u64, to: u64| -> Vec<u64> { (from..to).map(|at| seed.saturating_add(at)).collect() };
        let mut outcome = crew.run(arms, &seeds(0, FIRST))?;
        let mut done = FIRST;
        loop {
            let needed: Option<Vec<u64>> = outcome.arms.iter().map(|arm| self.runs_needed(arm)).collect();
            let most = needed.and_then(|needed| needed.into_iter().max());
            if most.is_some_and(|most| most <= done) {
                return Ok((outcome, Reached::Enough));
            }
            if outcome.missing > 0 || done >= MOST {
                return Ok((outcome, Reached::NotYet(most)));
            }
            // The estimate is rough at first, so no round more than doubles the runs.
            let target = most.unwrap_or(MOST).clamp(done + 1, 2 * done).min(MOST);
            told(done, most.unwrap_or(MOST).min(MOST));
            crew.extend(arms, &seeds(done, target), &mut outcome)?;
            done = target;
        }
    }
}
