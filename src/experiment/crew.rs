//! Runs every arm under every seed, several at once.
//!
//! The only place that starts threads. Each run stays on one; what comes out is in the order of arms and
//! seeds, whoever ran it and whoever was first.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::metrics::summary::Summary;
use crate::scenario::model::Scenario;
use crate::simulation;

use super::replications::{Replications, RunNumbers};

/// Seeds handed out together: those that are done when it is stopped are few seeds apart.
const AT_ONCE: usize = 32;

/// One of the scenarios that are compared.
#[derive(Clone, Copy, Debug)]
pub struct Arm<'s> {
    /// What tables call it.
    pub name: &'s str,
    /// What runs, with the seed of each run in place of its own.
    pub scenario: &'s Scenario,
}

/// Those who do the work, and how to talk to them.
pub struct Crew<'w> {
    pool: ThreadPool,
    /// Told from any thread how many runs are done.
    progress: &'w (dyn Fn(usize) + Sync),
    /// Once set, no further run begins.
    stop: &'w AtomicBool,
}

/// Why there are no replications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A run could not be finished; a sentence.
    Failed(String),
    /// It was stopped before a single seed was done in every arm.
    Stopped,
    /// There are no threads to be had; what the system says.
    NoThreads(String),
}

/// What came of the runs.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One for each arm, in their order, over the same seeds.
    pub arms: Vec<Replications>,
    /// Seeds that were asked for and not done in every arm.
    pub missing: usize,
}

/// A run and, for the first seed, all that it measured.
struct Done {
    numbers: RunNumbers,
    example: Option<Summary>,
}

impl<'w> Crew<'w> {
    /// A crew of `jobs` threads, or of one for each core.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(
        jobs: Option<usize>,
        progress: &'w (dyn Fn(usize) + Sync),
        stop: &'w AtomicBool,
    ) -> Result<Self, Trouble> {
        let pool = ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0)).build();
        let pool = pool.map_err(|error| Trouble::NoThreads(error.to_string()))?;
        Ok(Self { pool, progress, stop })
    }

    /// Runs every arm under every seed. Stopped, it gives the seeds before the first that was not done in every
    /// arm, so that what is there can be run again.
    ///
    /// # Errors
    /// If a run could not be finished, or none was.
    ///
    /// # Panics
    /// Without an arm or a seed.
    pub fn run(&self, arms: &[Arm<'_>], seeds: &[u64]) -> Result<Outcome, Trouble> {
        assert!(!arms.is_empty() && !seeds.is_empty(), "there is something to run");
        // The structure is the same under every seed, so the first run of each arm says what the rows hold.
        let first = self.round(arms, &seeds[..1], &[])?;
        let mut replications = Vec::with_capacity(arms.len());
        for (arm, done) in arms.iter().zip(first) {
            let example = done.and_then(|done| done.example).ok_or(Trouble::Stopped)?;
            replications.push(Replications::new(arm.name, example));
        }
        let mut outcome = Outcome { arms: replications, missing: 0 };
        self.extend(arms, &seeds[1..], &mut outcome)?;
        Ok(outcome)
    }

    /// Adds the runs of further seeds.
    ///
    /// # Errors
    /// If a run could not be finished.
    pub fn extend(&self, arms: &[Arm<'_>], seeds: &[u64], outcome: &mut Outcome) -> Result<(), Trouble> {
        let mut is_whole = outcome.missing == 0;
        for seeds in seeds.chunks(AT_ONCE) {
            let paths: Vec<&[String]> = outcome.arms.iter().map(|arm| arm.paths.as_slice()).collect();
            let mut done = self.round(arms, seeds, &paths)?.into_iter();
            for _ in seeds {
                let of_seed: Vec<Option<Done>> = done.by_ref().take(arms.len()).collect();
                is_whole = is_whole && of_seed.iter().all(Option::is_some);
                if is_whole {
                    let runs = of_seed.into_iter().flatten().map(|done| done.numbers);
                    outcome.arms.iter_mut().zip(runs).for_each(|(arm, run)| arm.runs.push(run));
                } else {
                    outcome.missing += 1;
                }
            }
        }
        Ok(())
    }

    /// All arms under the first seed, then under the second, and so on; without `paths`, whole summaries.
    fn round(
        &self,
        arms: &[Arm<'_>],
        seeds: &[u64],
        paths: &[&[String]],
    ) -> Result<Vec<Option<Done>>, Trouble> {
        let one = |task: usize| -> Result<Option<Done>, Trouble> {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let (arm, seed) = (arms[task % arms.len()], seeds[task / arms.len()]);
            let mut scenario = arm.scenario.clone();
            scenario.seed = seed;
            let ran = simulation::run(&scenario, &mut |_| {});
            let summary = ran.map_err(|error| {
                Trouble::Failed(format!("`{}`, seed {seed}: {}", arm.name, error.message))
            })?;
            let done = match paths.get(task % arms.len()) {
                Some(paths) => Done { numbers: RunNumbers::of(&summary, paths), example: None },
                None => Done { numbers: RunNumbers::of(&summary, &[]), example: Some(summary) },
            };
            (self.progress)(1);
            Ok(Some(done))
        };
        let tasks = arms.len() * seeds.len();
        let all: Vec<Result<Option<Done>, Trouble>> =
            self.pool.install(|| (0..tasks).into_par_iter().with_max_len(1).map(one).collect());
        // Of several troubles the first in order, whichever came first in time.
        all.into_iter().collect()
    }
}
