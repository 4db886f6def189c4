//! What a reader should know before believing a run's numbers.

use crate::metrics::summary::Summary;
use crate::quantity::Span;
use crate::scenario::model::{Level, Scenario, Until};

/// Plain sentences, the most important first.
pub(super) fn collect(scenario: &Scenario, summary: &Summary, warm_up: Option<String>) -> Vec<String> {
    let mut remarks = Vec::new();
    for (name, count) in &summary.faults {
        let is_asked_for = scenario.faults.iter().any(|fault| fault.name == *name && fault.level.is_none());
        if count.fired == 0 && is_asked_for {
            remarks.push(format!("the fault `{name}` never fired: this run says nothing about it"));
        }
    }
    remarks.extend(quiet_levels(scenario, summary));
    let unfinished = summary.outcomes.unfinished;
    if scenario.until == Until::Drained
        && summary.ended_at.since(crate::quantity::Time::ZERO) >= scenario.run_for + super::LONGEST_DRAIN
    {
        remarks.push(format!("the drain did not end within 24 h of virtual time: {unfinished} unfinished"));
    }
    if !summary.publishers_blocked_for.is_zero() {
        let blocked = Span::from_millis(summary.publishers_blocked_for.as_nanos() / 1_000_000);
        remarks.push(format!(
            "publishers were blocked for {blocked} in all: the broker's memory limit was reached"
        ));
    }
    for (at, (name, shaving)) in summary.peak_shaving.iter().enumerate() {
        let is_consumed = scenario.consumers.iter().any(|consumer| consumer.from.0 == at);
        if is_consumed && shaving.peak_backlog > 0 && shaving.drain_time.is_none() {
            remarks.push(format!("the backlog of `{name}` had not drained when the run ended"));
        }
    }
    remarks.extend(warm_up);
    remarks
}

/// The faults of a level that never fired, in one sentence for each level.
fn quiet_levels(scenario: &Scenario, summary: &Summary) -> Vec<String> {
    let mut levels: Vec<(Level, Vec<&str>)> = Vec::new();
    for (fault, (name, count)) in scenario.faults.iter().zip(&summary.faults) {
        let Some(level) = fault.level.filter(|_| count.fired == 0) else { continue };
        match levels.iter_mut().find(|(known, _)| *known == level) {
            Some((_, names)) => names.push(name),
            None => levels.push((level, vec![name])),
        }
    }
    let sentence = |(_, names): (Level, Vec<&str>)| {
        format!("of the level's faults these never fired: {}", names.join(", "))
    };
    levels.into_iter().map(sentence).collect()
}
