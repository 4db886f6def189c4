//! The composition root: a checked scenario becomes actors, fault rules and a kernel, and yields a summary.
//!
//! - `wiring`: components, links and connections; `arrivals`: their phases
//! - `logs`: logs, their groups and who reads them
//! - `groups`, `sites`: who is meant to get what, and where it is published
//! - `faulting`, `spells`: the scenario's faults as rules at their places, and those that last
//! - `stores`: stores, their clients, and the steps that run there
//! - `ways`: who calls which service, and how
//! - `nodes`: the broker's nodes, where it matters what they do
//! - `swarm`: how often those strike that the seed decides
//! - `scope`: what there is to measure
//! - `not_modelled`: what a reader of a report should know is left out
//! - `world`: the actors' arenas, and which of them an event is for
//!
//! Knows no format, and no statistics over seeds.

mod arrivals;
mod chance;
mod faulting;
mod groups;
mod guards;
mod logs;
mod nodes;
mod not_modelled;
mod remarks;
mod scope;
mod sites;
mod spells;
mod stores;
mod swarm;
mod ways;
mod wiring;
mod world;

use crate::kernel::{Halted, Kernel};
use crate::metrics::collector::RunFacts;
use crate::metrics::mser::Cut;
use crate::metrics::summary::Summary;
use crate::metrics::verdict;
use crate::protocol::Event;
use crate::quantity::{Span, Time};
use crate::scenario::model::{Scenario, Until, WarmUp};

pub use self::chance::{handler_time, mean_latency};
pub use self::not_modelled::NOT_MODELLED;
pub use self::world::Run;

/// How far a run has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Virtual time reached.
    pub now: Time,
    /// Events so far.
    pub events: u64,
}

/// Why a run could not be finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunError {
    /// What happened, in one sentence.
    pub message: String,
}

/// A drain ends at the latest this long after arrivals.
const LONGEST_DRAIN: Span = Span::from_seconds(24 * 3600);

/// Runs one seed of `scenario` and sums it up; `progress` is told about every 2^16 events.
///
/// # Errors
/// If over 10^7 events fall on one instant: the scenario loops without time passing.
pub fn run(scenario: &Scenario, progress: &mut dyn FnMut(Progress)) -> Result<Summary, RunError> {
    let (cut, remark) = match scenario.warm_up {
        WarmUp::For(span) => (Time::ZERO + span, None),
        WarmUp::Auto => find_warm_up(scenario, progress)?,
    };
    let mut run = Run::new(scenario, cut);
    play(scenario, &mut run, progress)?;
    let mut summary = finish(scenario, run);
    verdict::judge(&mut summary, &scenario.expect);
    summary.remarks = remarks::collect(scenario, &summary, remark);
    Ok(summary)
}

/// A run of `scenario` that can be stepped through event by event, for comparing two of them.
#[must_use]
pub fn stepwise(scenario: &Scenario) -> Kernel<Run> {
    Run::new(scenario, Time::ZERO)
}

fn play(
    scenario: &Scenario,
    kernel: &mut Kernel<Run>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), RunError> {
    let arrivals_end = Time::ZERO + scenario.run_for;
    let mut tell = |now, events| progress(Progress { now, events });
    kernel.run(arrivals_end, &mut tell).map_err(|halted| error(kernel, halted))?;
    kernel.pass_to(arrivals_end);
    if scenario.until == Until::Drained {
        kernel.world.drain();
        let latest = arrivals_end + LONGEST_DRAIN;
        kernel.run(latest, &mut tell).map_err(|halted| error(kernel, halted))?;
        if !kernel.listener().is_drained() {
            kernel.pass_to(latest);
        }
    }
    Ok(())
}

fn error(kernel: &Kernel<Run>, halted: Halted) -> RunError {
    let actor = kernel.world.name_of(halted.target);
    let event = Event::name_of(halted.kind);
    let message = format!(
        "time stopped passing at {}: over 10 million events at one instant, the last a `{event}` to `{actor}`; \
         a loop that takes no time, or far too many arrivals at once",
        halted.at.since(Time::ZERO)
    );
    RunError { message }
}

/// Runs the seed once to find where its warm-up ends.
fn find_warm_up(
    scenario: &Scenario,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Time, Option<String>), RunError> {
    let mut run = Run::new(scenario, Time::ZERO);
    play(scenario, &mut run, progress)?;
    Ok(match run.listener().warm_up_cut() {
        Cut::At(cut) => {
            let span = cut.since(Time::ZERO);
            (cut, Some(format!("MSER-5 found the end of the warm-up at {span}; statistics begin there")))
        }
        Cut::TooShort => {
            let remark = "the run is too short for MSER-5 to find the end of its warm-up; nothing was cut";
            (Time::ZERO, Some(remark.to_owned()))
        }
    })
}

fn finish(scenario: &Scenario, kernel: Kernel<Run>) -> Summary {
    let facts = RunFacts {
        scenario: scenario.name.clone(),
        seed: scenario.seed,
        trace_hash: kernel.trace_hash(),
        events: kernel.events(),
        ended_at: kernel.now(),
    };
    kernel.into_listener().finish(facts)
}
