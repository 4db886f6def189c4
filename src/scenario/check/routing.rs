//! What only the whole map of exchanges and queues shows: exchanges off the way, keys that nobody looks
//! at, priorities and delays that have no effect where the messages end up.

use std::collections::{BTreeMap, BTreeSet};

use crate::quantity::Span;

use super::super::model::{
    Destination, Exchange, ExchangeKind, ExchangeRef, MessageSpec, Producer, Publish, PublishTo, Queue,
    QueueRef, Scenario, Step,
};
use super::super::reader::Reader;
use super::super::registry;
use super::super::source::Place;
use super::super::tree::Entry;
use super::{Entries, cluster::items, descend, place_in};

/// Longer than any run.
const NEVER: Span = Span::from_nanos(u64::MAX);

impl Reader<'_> {
    /// Warns about exchanges that nothing leaves or nothing enters.
    pub(super) fn question_exchanges(&mut self, scenario: &Scenario, entries: &[Entry]) {
        let mut entered: BTreeSet<usize> = BTreeSet::new();
        for publish in publishes(scenario) {
            if let PublishTo::Exchange(exchange) = publish.to {
                entered.insert(exchange.0);
            }
        }
        for exchange in &scenario.exchanges {
            entered.extend(next(exchange).filter_map(|to| match to {
                Destination::Exchange(exchange) => Some(exchange.0),
                Destination::Queue(_) => None,
            }));
        }
        for (at, (exchange, entry)) in scenario.exchanges.iter().zip(entries).enumerate() {
            if next(exchange).next().is_none() {
                let message = format!("nothing leaves the exchange `{}`", exchange.name);
                self.warning(&registry::EXCHANGE_UNBOUND, &entry.place, message)
                    .help("it has no `bindings` and no `alternate`, so all that is published to it is gone");
            }
            if !entered.contains(&at) {
                let message = format!("nobody publishes to the exchange `{}`", exchange.name);
                self.warning(&registry::EXCHANGE_UNUSED, &entry.place, message)
                    .help("no step publishes to it, and no exchange hands it anything");
            }
        }
    }

    /// Warns about what publish steps say to no effect.
    pub(super) fn question_publishes(&mut self, scenario: &Scenario, entries: &Entries<'_>) {
        let sections = [entries.producers, entries.consumers, entries.services];
        let entries_by_name: BTreeMap<&str, &Entry> =
            sections.into_iter().flatten().map(|entry| (entry.key.as_str(), entry)).collect();
        for (name, steps) in scenario.programs() {
            let Some(entry) = entries_by_name.get(name) else { continue };
            for (step, node) in steps.iter().zip(items(descend(&entry.node, &["do"]))) {
                let Step::Publish(publish) = step else { continue };
                let given = descend(node, &["publish", "routing_key"]).map(|node| &node.place);
                self.question_routing_key(scenario, publish, given, &node.place);
            }
        }
        for producer in &scenario.producers {
            self.question_message(scenario, producer, entries.producers);
        }
    }

    fn question_routing_key(
        &mut self,
        scenario: &Scenario,
        publish: &Publish,
        given: Option<&Place>,
        step: &Place,
    ) {
        match (&publish.to, given) {
            (PublishTo::Queue(queue), Some(place)) => {
                let name = &scenario.queues[queue.0].name;
                let message = format!("nobody looks at this routing key: `{name}` is a queue");
                self.warning(&registry::ROUTING_KEY_UNUSED, place, message)
                    .help("publish to an exchange whose `bindings` lead to the queue, or leave the key out");
            }
            (PublishTo::Exchange(exchange), None) => {
                let exchange = &scenario.exchanges[exchange.0];
                if matches!(exchange.kind, ExchangeKind::Direct | ExchangeKind::Topic) {
                    let message = format!("`{}` looks at the routing key, and there is none", exchange.name);
                    self.warning(&registry::ROUTING_KEY_MISSING, step, message)
                        .help(format!("write `publish: {{to: {}, routing_key: …}}`", exchange.name));
                }
            }
            _ => {}
        }
    }

    /// Warns about properties of messages that no queue they can get to honours.
    fn question_message(&mut self, scenario: &Scenario, producer: &Producer, entries: &[Entry]) {
        let queues: Vec<&Queue> =
            reached_by(scenario, producer).into_iter().map(|at| &scenario.queues[at.0]).collect();
        if queues.is_empty() {
            return;
        }
        let place = |key| place_in(entries, &producer.name, &["message", key]);
        let MessageSpec { priority, delay, ttl, .. } = producer.message;
        if queues.iter().all(|queue| queue.log.is_some()) {
            let given = [("priority", priority > 0), ("delay", !delay.is_zero()), ("ttl", ttl.is_some())];
            for (key, _) in given.into_iter().filter(|(_, given)| *given) {
                let message = format!("a log gives no heed to a message's `{key}`");
                self.warning(&registry::LOG_IGNORES, place(key), message)
                    .help("records are read in the order of storing, and kept for the log's `retention`");
            }
            return;
        }
        let levels = queues.iter().map(|queue| queue.priorities).max().unwrap_or(1);
        if priority >= levels && priority > 0 {
            let message = format!("no queue that it gets to has a level of priority {priority}");
            self.warning(&registry::PRIORITY_ABOVE_LEVELS, place("priority"), message).help(format!(
                "priorities begin at 0: for {priority} write `priorities: {}` on the queue",
                priority + 1
            ));
        }
        let longest = |queue: &&Queue| ttl.into_iter().chain(queue.message_ttl).min().unwrap_or(NEVER);
        let ttl = queues.iter().map(longest).max().unwrap_or(NEVER);
        if !delay.is_zero() && delay >= ttl {
            let message = format!("a message delayed by `{delay}` has expired by then, after `{ttl}`");
            self.warning(&registry::DELAY_ABOVE_TTL, place("delay"), message)
                .help("a time to live counts from storing");
        }
    }
}

fn publishes(scenario: &Scenario) -> impl Iterator<Item = &Publish> {
    scenario.programs().flat_map(|(_, steps)| steps).filter_map(Step::publish)
}

/// Where an exchange leads at once.
fn next(exchange: &Exchange) -> impl Iterator<Item = Destination> {
    let bound = exchange.bindings.iter().map(|binding| binding.to);
    bound.chain(exchange.alternate.map(Destination::Exchange))
}

/// Every queue that a producer's messages can get to, whatever their routing keys.
fn reached_by(scenario: &Scenario, producer: &Producer) -> BTreeSet<QueueRef> {
    let mut queues = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut ahead: Vec<ExchangeRef> = Vec::new();
    for step in &producer.steps {
        match step {
            Step::Publish(Publish { to: PublishTo::Queue(queue), .. }) => _ = queues.insert(*queue),
            Step::Publish(Publish { to: PublishTo::Exchange(exchange), .. }) => ahead.push(*exchange),
            _ => {}
        }
    }
    while let Some(exchange) = ahead.pop() {
        if !seen.insert(exchange) {
            continue;
        }
        for to in next(&scenario.exchanges[exchange.0]) {
            match to {
                Destination::Queue(queue) => _ = queues.insert(queue),
                Destination::Exchange(exchange) => ahead.push(exchange),
            }
        }
    }
    queues
}
