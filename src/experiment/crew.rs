//! Runs every arm under every seed, several at once.
//!
//! The only place that starts threads. Each run stays on one; what comes out is in the order of arms and
//! seeds, whoever ran it and whoever was first.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::metrics::outline::Outline;
use crate::metrics::summary::Summary;
use crate::scenario::model::{Cell, Scenario};
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

impl<'s> Arm<'s> {
    /// A cell of a sweep.
    #[must_use]
    pub fn of_cell(cell: &'s Cell) -> Self {
        Self { name: &cell.name, scenario: &cell.scenario }
    }
}

/// Remembers runs that are done, so that an experiment that was killed goes on where it was.
pub trait Memory: Sync {
    /// The first run of an arm, if it was kept and had this seed.
    fn first(&self, arm: &str, seed: u64) -> Option<Outline>;

    /// A later run of an arm, if it was kept.
    fn later(&self, arm: &str, seed: u64) -> Option<RunNumbers>;

    /// Keeps the first run of an arm.
    ///
    /// # Errors
    /// If it cannot be kept; a sentence.
    fn keep_first(&self, arm: &str, run: &Outline) -> Result<(), String>;

    /// Keeps a later run of an arm.
    ///
    /// # Errors
    /// If it cannot be kept; a sentence.
    fn keep_later(&self, arm: &str, run: &RunNumbers) -> Result<(), String>;
}

/// Those who do the work, and how to talk to them.
pub struct Crew<'w> {
    pool: ThreadPool,
    /// Told from any thread how many runs are done.
    progress: &'w (dyn Fn(usize) + Sync),
    /// Once set, no further run begins.
    stop: &'w AtomicBool,
    /// Where runs are kept. What is remembered has no course, so no arm has one then.
    memory: Option<&'w dyn Memory>,
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
    /// One for each arm that has run, in their order, over the same seeds.
    pub arms: Vec<Replications>,
    /// Seeds that were asked for and not done in every arm.
    pub missing: usize,
    /// Positions of the arms that have not run a single time, growing.
    pub absent: Vec<usize>,
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
        Ok(Self { pool, progress, stop, memory: None })
    }

    /// The same crew with a memory.
    #[must_use]
    pub fn remembering(self, memory: &'w dyn Memory) -> Self {
        Self { memory: Some(memory), ..self }
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
        let outcome = self.run_what_can(arms, seeds)?;
        if outcome.absent.is_empty() { Ok(outcome) } else { Err(Trouble::Stopped) }
    }

    /// The same, but stopped before every arm has run once it gives those that have.
    ///
    /// # Errors
    /// If a run could not be finished, or none was.
    ///
    /// # Panics
    /// Without an arm or a seed.
    pub fn run_what_can(&self, arms: &[Arm<'_>], seeds: &[u64]) -> Result<Outcome, Trouble> {
        assert!(!arms.is_empty() && !seeds.is_empty(), "there is something to run");
        // The structure is the same under every seed, so the first run of each arm says what the rows hold.
        let first = self.each(arms.len(), |at| self.first(&arms[at], seeds[0]))?;
        let mut outcome = Outcome { arms: Vec::with_capacity(arms.len()), missing: 0, absent: Vec::new() };
        for ((at, arm), first) in arms.iter().enumerate().zip(first) {
            match first {
                Some((outline, course)) => outcome.arms.push(Replications::new(arm.name, outline, course)),
                None => outcome.absent.push(at),
            }
        }
        match (outcome.arms.len(), outcome.absent.len()) {
            (0, _) => return Err(Trouble::Stopped),
            (_, 0) => self.extend(arms, &seeds[1..], &mut outcome)?,
            _ => outcome.missing = seeds.len(),
        }
        Ok(outcome)
    }

    /// Adds the runs of further seeds.
    ///
    /// # Errors
    /// If a run could not be finished.
    pub fn extend(&self, arms: &[Arm<'_>], seeds: &[u64], outcome: &mut Outcome) -> Result<(), Trouble> {
        let mut is_whole = outcome.missing == 0;
        for seeds in seeds.chunks(AT_ONCE) {
            // All arms under the first seed, then under the second, and so on.
            let later = |task: usize| {
                let (arm, seed) = (task % arms.len(), seeds[task / arms.len()]);
                self.later(&arms[arm], seed, &outcome.arms[arm].paths)
            };
            let mut done = self.each(arms.len() * seeds.len(), later)?.into_iter();
            for _ in seeds {
                let of_seed: Vec<Option<RunNumbers>> = done.by_ref().take(arms.len()).collect();
                is_whole = is_whole && of_seed.iter().all(Option::is_some);
                if is_whole {
                    let runs = of_seed.into_iter().flatten();
                    outcome.arms.iter_mut().zip(runs).for_each(|(arm, run)| arm.runs.push(run));
                } else {
                    outcome.missing += 1;
                }
            }
        }
        Ok(())
    }

    /// Does every task, and gives of several troubles the first in order, whichever came first in time.
    fn each<T: Send>(
        &self,
        tasks: usize,
        one: impl Fn(usize) -> Result<Option<T>, Trouble> + Sync,
    ) -> Result<Vec<Option<T>>, Trouble> {
        let told = |task: usize| {
            let done = one(task)?;
            if done.is_some() {
                (self.progress)(1);
            }
            Ok(done)
        };
        let all: Vec<_> =
            self.pool.install(|| (0..tasks).into_par_iter().with_max_len(1).map(told).collect());
        all.into_iter().collect()
    }

    /// The first run of an arm, with its course unless runs are remembered; `None` once stopped.
    fn first(&self, arm: &Arm<'_>, seed: u64) -> Result<Option<(Outline, Option<Summary>)>, Trouble> {
        if let Some(outline) = self.memory.and_then(|memory| memory.first(arm.name, seed)) {
            return Ok(Some((outline, None)));
        }
        let Some(summary) = self.simulate(arm, seed)? else { return Ok(None) };
        let outline = summary.outline();
        match self.memory {
            None => Ok(Some((outline, Some(summary)))),
            Some(memory) => {
                memory.keep_first(arm.name, &outline).map_err(Trouble::Failed)?;
                Ok(Some((outline, None)))
            }
        }
    }

    /// A later run of an arm; `None` once stopped.
    fn later(&self, arm: &Arm<'_>, seed: u64, paths: &[String]) -> Result<Option<RunNumbers>, Trouble> {
        if let Some(run) = self.memory.and_then(|memory| memory.later(arm.name, seed)) {
            return Ok(Some(run));
        }
        let Some(summary) = self.simulate(arm, seed)? else { return Ok(None) };
        let run = RunNumbers::of(&summary.outline(), paths);
        if let Some(memory) = self.memory {
            memory.keep_later(arm.name, &run).map_err(Trouble::Failed)?;
        }
        Ok(Some(run))
    }

    fn simulate(&self, arm: &Arm<'_>, seed: u64) -> Result<Option<Summary>, Trouble> {
        if self.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut scenario = arm.scenario.clone();
        scenario.seed = seed;
        let ran = simulation::run(&scenario, &mut |_| {});
        let failed = |error: simulation::RunError| {
            Trouble::Failed(format!("`{}`, seed {seed}: {}", arm.name, error.message))
        };
        ran.map(Some).map_err(failed)
    }
}
