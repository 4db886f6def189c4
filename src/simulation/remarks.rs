//! What a reader should know before believing a run's numbers.

use crate::metrics::summary::Summary;
use crate::quantity::Span;
use crate::scenario::model::{
    AckMode, FaultKind, Level, Producer, PublishTo, QueueRef, Replication, Scenario, Step, Until,
};

use super::spells::BROKER;

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
    remarks.extend(broken_promises(scenario, summary));
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

/// What was confirmed and lost all the same, a sentence for each queue, and why as far as the scenario says.
fn broken_promises(scenario: &Scenario, summary: &Summary) -> Vec<String> {
    let mut sentences = Vec::new();
    for (name, measured) in &summary.queues {
        let count = measured.harm.lost_confirmed;
        // Where a log has several groups, each goes by `log:group`.
        let of = |queue: &str| {
            name.strip_prefix(queue).is_some_and(|group| group.is_empty() || group.starts_with(':'))
        };
        let Some(queue) = scenario.queues.iter().rposition(|queue| of(&queue.name)) else { continue };
        if count > 0 {
            let (messages, were) = if count == 1 { ("message", "was") } else { ("messages", "were") };
            let why = causes(scenario, summary, QueueRef(queue)).join(", or ");
            let why = if why.is_empty() { why } else { format!(": {why}") };
            sentences.push(format!("{count} confirmed {messages} of `{name}` {were} lost all the same{why}"));
        }
    }
    sentences
}

/// What a confirm of this queue does not cover, of what happened in this run.
fn causes(scenario: &Scenario, summary: &Summary, queue: QueueRef) -> Vec<&'static str> {
    let faults = scenario.faults.iter().zip(&summary.faults);
    let fired = || faults.clone().filter(|(_, (_, count))| count.fired > 0).map(|(fault, _)| fault);
    let broker_died = fired().any(|fault| {
        let is_broker = fault.target.as_ref().is_some_and(|target| target.component == BROKER);
        is_broker && matches!(fault.kind, FaultKind::Crash { .. })
    });
    let broker_parted = fired().any(|fault| match &fault.kind {
        FaultKind::Partition { between } => {
            between.iter().all(|side| side.iter().any(|member| member.component == BROKER))
        }
        _ => false,
    });
    let in_memory = !scenario.queues[queue.0].durable
        || scenario.producers.iter().any(|producer| is_careless(producer, queue));
    let acks_early = scenario.consumers.iter().filter(|consumer| consumer.from == queue).any(|consumer| {
        matches!(consumer.ack, AckMode::OnDelivery | AckMode::BeforeHandling | AckMode::Every(_))
    });
    let mut causes = Vec::new();
    match scenario.broker.replication {
        Replication::None if broker_died && in_memory => {
            causes.push("the broker died and had them in memory only");
        }
        Replication::Async if broker_died || broker_parted => {
            causes.push("another node took over before it had them (`replication: async`)");
        }
        _ => {}
    }
    let mut guards = scenario.consumers.iter().filter(|consumer| consumer.from == queue);
    if summary.ledger.suppressed_without_effect > 0 && guards.any(|consumer| consumer.idempotency.is_some()) {
        causes.push("an idempotency guard stopped them, though their effect never came");
    }
    if acks_early {
        causes.push("a consumer acked them before they were handled");
    }
    causes
}

/// Whether it publishes into this queue, as far as can be seen, what a disk never sees.
fn is_careless(producer: &Producer, queue: QueueRef) -> bool {
    let reaches = |step: &Step| match step {
        Step::Publish(publish) => match publish.to {
            PublishTo::Queue(to) => to == queue,
            PublishTo::Exchange(_) => true,
            PublishTo::MissingQueue(_) | PublishTo::MissingExchange(_) => false,
        },
        Step::Work { .. } | Step::Call(_) | Step::Transaction(_) => false,
    };
    !producer.message.persistent && producer.steps.iter().any(reaches)
}
