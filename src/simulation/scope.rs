//! What there is to measure in a scenario.

use std::collections::BTreeSet;

use crate::metrics::collector::Scope;
use crate::metrics::{Burst, Groups};
use crate::protocol::id::QueueId;
use crate::quantity::{Span, Time};
use crate::scenario::model::{ArrivalShape, Producer, Scenario, Step, WarmUp};

use super::groups::{ConsumerGroups, routes};
use super::{faulting, stores, wiring};

pub(super) fn of(scenario: &Scenario, groups: &ConsumerGroups, cut: Time) -> Scope {
    let routes = routes(scenario);
    let groups_of = |queue: &QueueId| groups.of_queue[usize::from(queue.0)].iter().copied();
    let queues = groups.names.iter().zip(&groups.queues);
    let publishers = publishers(scenario, &routes);
    Scope {
        groups: Groups {
            of_site: routes.iter().map(|queues| queues.iter().flat_map(groups_of).collect()).collect(),
            of_queue: groups.of_queue.iter().map(|groups| groups.clone().into_boxed_slice()).collect(),
            settles: settles(scenario, groups),
        },
        queues: queues.map(|(name, queue)| (name.clone(), busiest(scenario, &publishers[queue.0]))).collect(),
        consumers: scenario
            .consumers
            .iter()
            .map(|consumer| {
                (consumer.name.clone(), consumer.instances, u64::from(wiring::handlers_at_once(consumer)))
            })
            .collect(),
        stores: stores::scopes(scenario),
        services: scenario
            .services
            .iter()
            .enumerate()
            .map(|(at, service)| {
                let burst = busiest(scenario, &callers_of(scenario, at));
                (service.name.clone(), service.instances, service.concurrency, burst)
            })
            .collect(),
        faults: scenario
            .faults
            .iter()
            .map(|fault| (fault.name.clone(), faulting::planned(scenario, fault)))
            .collect(),
        sources: scenario.producers.len(),
        warm_up_until: cut,
        finds_warm_up: scenario.warm_up == WarmUp::Auto,
        run_for: scenario.run_for,
    }
}

/// Which groups' copies a consumer settles, now or after they expire into a queue where one does.
fn settles(scenario: &Scenario, groups: &ConsumerGroups) -> Vec<bool> {
    let mut settles = vec![false; groups.queues.len()];
    for consumer in &scenario.consumers {
        settles[usize::from(groups.of_consumer(scenario, consumer).0)] = true;
    }
    let has_message_ttl = scenario.producers.iter().any(|producer| producer.message.ttl.is_some());
    // A chain of dead-letter queues is at most as long as there are queues.
    for _ in 0..scenario.queues.len() {
        let before = settles.clone();
        for (at, queue) in scenario.queues.iter().enumerate().filter(|(_, queue)| queue.log.is_none()) {
            let can_expire = queue.message_ttl.is_some() || has_message_ttl;
            if let Some(target) = queue.dead_letter.filter(|_| can_expire) {
                settles[at] |= settles[target.0];
            }
        }
        if settles == before {
            break;
        }
    }
    settles
}

/// By queue: the producers whose operations publish to it, themselves or through the services that they call.
fn publishers<'s>(scenario: &'s Scenario, routes: &[Vec<QueueId>]) -> Vec<Vec<&'s Producer>> {
    let mut routes = routes.iter();
    let reached: Vec<BTreeSet<QueueId>> = scenario
        .programs()
        .map(|(_, steps)| {
            let sites = steps.iter().filter_map(Step::publish).count();
            routes.by_ref().take(sites).flatten().copied().collect()
        })
        .collect();
    let services = reached.len() - scenario.services.len();
    let mut by_queue = vec![Vec::new(); scenario.queues.len()];
    for (producer, own) in scenario.producers.iter().zip(&reached) {
        let called = called_by(scenario, &producer.steps).into_iter();
        let of_called = called.flat_map(|service| &reached[services + service]);
        let all: BTreeSet<QueueId> = own.iter().chain(of_called).copied().collect();
        for queue in all {
            by_queue[usize::from(queue.0)].push(producer);
        }
    }
    by_queue
}

/// The producers whose operations call a service, themselves or through other services.
fn callers_of(scenario: &Scenario, service: usize) -> Vec<&Producer> {
    let calls = |producer: &&Producer| called_by(scenario, &producer.steps).contains(&service);
    scenario.producers.iter().filter(calls).collect()
}

/// The services that steps call, and those that these call in turn.
pub(super) fn called_by(scenario: &Scenario, steps: &[Step]) -> BTreeSet<usize> {
    let mut called = BTreeSet::new();
    let mut ahead: Vec<&[Step]> = vec![steps];
    while let Some(steps) = ahead.pop() {
        for call in steps.iter().filter_map(Step::call) {
            if called.insert(call.service.0) {
                ahead.push(&scenario.services[call.service.0].steps);
            }
        }
    }
    called
}

/// The phase with the highest rate among those of `producers` with several.
fn busiest(scenario: &Scenario, producers: &[&Producer]) -> Option<Burst> {
    let mut busiest: Option<(f64, Burst)> = None;
    for producer in producers.iter().filter(|producer| producer.arrivals.len() > 1) {
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
