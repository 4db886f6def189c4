//! What there is to measure in a scenario.

use crate::metrics::collector::Scope;
use crate::metrics::{Burst, Groups};
use crate::protocol::id::QueueId;
use crate::quantity::{Span, Time};
use crate::scenario::model::{ArrivalShape, Producer, QueueRef, Scenario, Step};

use super::{faulting, wiring};

pub(super) fn of(scenario: &Scenario, cut: Time) -> Scope {
    let queues = scenario.queues.iter().enumerate();
    Scope {
        groups: Groups { home: homes(scenario), settles: settles(scenario) },
        queues: queues.map(|(at, queue)| (queue.name.clone(), burst(scenario, QueueRef(at)))).collect(),
        consumers: scenario
            .consumers
            .iter()
            .map(|consumer| {
                (consumer.name.clone(), consumer.instances, u64::from(wiring::handlers_at_once(consumer)))
            })
            .collect(),
        faults: scenario
            .faults
            .iter()
            .map(|fault| (fault.name.clone(), faulting::planned(scenario, fault)))
            .collect(),
        sources: scenario.producers.len(),
        warm_up_until: cut,
        run_for: scenario.run_for,
    }
}

/// The queue of each site, in the order of the sites.
fn homes(scenario: &Scenario) -> Vec<QueueId> {
    let producers = scenario.producers.iter().map(|producer| &producer.steps);
    let consumers = scenario.consumers.iter().map(|consumer| &consumer.steps);
    let steps = producers.chain(consumers).flatten();
    let publishes = steps.filter_map(|step| match step {
        Step::Publish(publish) => Some(publish.to),
        Step::Work { .. } => None,
    });
    publishes.map(|queue| QueueId(u16::try_from(queue.0).expect("at most 2^16 queues"))).collect()
}

/// Which queues' copies a consumer settles, now or after they expire into a queue where one does.
fn settles(scenario: &Scenario) -> Vec<bool> {
    let mut settles = vec![false; scenario.queues.len()];
    for consumer in &scenario.consumers {
        settles[consumer.from.0] = true;
    }
    let has_message_ttl = scenario.producers.iter().any(|producer| producer.message.ttl.is_some());
    // A chain of dead-letter queues is at most as long as there are queues.
    for _ in 0..scenario.queues.len() {
        for (at, queue) in scenario.queues.iter().enumerate() {
            let can_expire = queue.message_ttl.is_some() || has_message_ttl;
            if let Some(target) = queue.dead_letter.filter(|_| can_expire) {
                settles[at] |= settles[target.0];
            }
        }
    }
    settles
}

/// The phase with the highest rate among those of the producers that publish to `queue`.
fn burst(scenario: &Scenario, queue: QueueRef) -> Option<Burst> {
    let publishers = scenario.producers.iter().filter(|producer| publishes_to(producer, queue));
    let mut busiest: Option<(f64, Burst)> = None;
    for producer in publishers.filter(|producer| producer.arrivals.len() > 1) {
        let mut from = Time::ZERO;
        for phase in &producer.arrivals {
            let lasts =
                phase.lasts.unwrap_or_else(|| scenario.run_for.saturating_sub(from.since(Time::ZERO)));
            let until = from + lasts;
            let rate = rate(&phase.shape, lasts);
            if busiest.is_none_or(|(most, _)| rate > most) {
                busiest = Some((rate, Burst { from, until }));
            }
            from = until;
        }
    }
    busiest.map(|(_, burst)| burst).filter(|burst| burst.until < Time::ZERO + scenario.run_for)
}

fn publishes_to(producer: &Producer, queue: QueueRef) -> bool {
    producer.steps.iter().any(|step| matches!(step, Step::Publish(publish) if publish.to == queue))
}

/// Arrivals per second in a phase, at the most.
#[expect(clippy::cast_precision_loss, reason = "rates are compared, not counted")]
fn rate(shape: &ArrivalShape, lasts: Span) -> f64 {
    match shape {
        ArrivalShape::Poisson(rate) => rate.as_per_second(),
        ArrivalShape::Every(gap) => 1.0 / gap.as_seconds(),
        ArrivalShape::AtOnce(_) => f64::INFINITY,
        ArrivalShape::Ramp { from, to } => from.as_per_second().max(to.as_per_second()),
        ArrivalShape::Trace(instants) => instants.len() as f64 / lasts.as_seconds(),
        ArrivalShape::Users { .. } | ArrivalShape::Silence => 0.0,
    }
}
