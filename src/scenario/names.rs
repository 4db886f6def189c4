//! The names of components: which there are, and what they refer to.
//!
//! All are known before anything else is read, so that order in the file does not matter.

use std::collections::BTreeMap;

use super::diagnostic::quoted;
use super::model::{Destination, ExchangeRef, QueueRef, ServiceRef, Store};
use super::reader::Reader;
use super::registry;
use super::source::Place;
use super::tree::{Entry, Node};
use super::values::is_off_word;

/// The broker's name where a component is expected.
pub(super) const BROKER: &str = "broker";

/// Longer names fit no table.
const LONGEST_NAME: usize = 64;

/// The entries of the sections whose keys are names.
#[derive(Clone, Copy)]
pub(super) struct Entries<'t> {
    /// `exchanges:`.
    pub(super) exchanges: &'t [Entry],
    /// `queues:`.
    pub(super) queues: &'t [Entry],
    /// `stores:`.
    pub(super) stores: &'t [Entry],
    /// `services:`.
    pub(super) services: &'t [Entry],
    /// `producers:`.
    pub(super) producers: &'t [Entry],
    /// `consumers:`.
    pub(super) consumers: &'t [Entry],
}

/// The names of a file, each list in its order.
pub(super) struct Names<'t> {
    /// Of queues; positions are [`QueueRef`]s.
    pub(super) queues: Vec<&'t str>,
    /// Of exchanges; positions are [`ExchangeRef`]s.
    pub(super) exchanges: Vec<&'t str>,
    /// Everything about the stores, once they are read; positions are
    /// [`StoreRef`](super::model::StoreRef)s.
    pub(super) stores: Vec<Store>,
    /// Of services; positions are [`ServiceRef`]s.
    pub(super) services: Vec<&'t str>,
    /// Of producers.
    pub(super) producers: Vec<&'t str>,
    /// Of consumers.
    pub(super) consumers: Vec<&'t str>,
    queue_places: BTreeMap<&'t str, usize>,
    exchange_places: BTreeMap<&'t str, usize>,
}

/// Where each name first stands. A file may have thousands, each referred to.
fn places(entries: &[Entry]) -> BTreeMap<&str, usize> {
    entries.iter().enumerate().rev().map(|(at, entry)| (entry.key.as_str(), at)).collect()
}

impl<'t> Names<'t> {
    /// Collects the names, complaining about bad ones and those used twice.
    pub(super) fn collect(reader: &mut Reader<'_>, entries: &Entries<'t>) -> Self {
        let Entries { exchanges, queues, stores, services, producers, consumers } = *entries;
        let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
        let parts = exchanges.iter().chain(queues).chain(stores).chain(services);
        for entry in parts.chain(producers).chain(consumers) {
            check_name(reader, &entry.place, &entry.key);
            if let Some(first) = seen.get(entry.key.as_str()) {
                let message = format!("the name {} is used twice", quoted(&entry.key));
                reader
                    .error(&registry::NAME_TAKEN, &entry.place, message)
                    .label("again here")
                    .also(first, "first here")
                    .help(
                        "queues, exchanges, stores, services, producers and consumers share one set of names",
                    );
            } else {
                seen.insert(&entry.key, &entry.place);
            }
        }
        let names = |entries: &'t [Entry]| entries.iter().map(|entry| entry.key.as_str()).collect();
        Self {
            queues: names(queues),
            exchanges: names(exchanges),
            stores: Vec::new(),
            services: names(services),
            producers: names(producers),
            consumers: names(consumers),
            queue_places: places(queues),
            exchange_places: places(exchanges),
        }
    }

    /// The queue a value names.
    pub(super) fn queue(&self, reader: &mut Reader<'_>, node: &Node) -> Option<QueueRef> {
        let name = reader.text(node, "the name of a queue")?;
        let found = self.queue_named(name);
        if found.is_none() && self.exchanges.contains(&name) {
            let message = format!("{} is an exchange, which holds nothing", quoted(name));
            reader
                .error(&registry::EXCHANGE_NOT_QUEUE, &node.place, message)
                .help("name a queue here, and let one of the exchange's `bindings` lead to it");
        } else if found.is_none() {
            reader.unknown_name(&node.place, "queue", name, &self.queues);
        }
        found
    }

    /// The exchange a value names.
    pub(super) fn exchange(&self, reader: &mut Reader<'_>, node: &Node) -> Option<ExchangeRef> {
        let name = reader.text(node, "the name of an exchange")?;
        let found = self.exchange_named(name);
        if found.is_none() {
            if self.queues.contains(&name) {
                let message = format!("{} is a queue, and here an exchange is needed", quoted(name));
                reader
                    .error(&registry::UNKNOWN_NAME, &node.place, message)
                    .help("name a fanout exchange with a binding to the queue");
            } else {
                reader.unknown_name(&node.place, "exchange", name, &self.exchanges);
            }
        }
        found
    }

    /// The service a value names.
    pub(super) fn service(&self, reader: &mut Reader<'_>, node: &Node) -> Option<ServiceRef> {
        let name = reader.text(node, "the name of a service")?;
        let found = self.services.iter().position(|service| *service == name).map(ServiceRef);
        if found.is_none() {
            reader.unknown_name(&node.place, "service", name, &self.services);
        }
        found
    }

    /// The queue or exchange a value names.
    pub(super) fn destination(&self, reader: &mut Reader<'_>, node: &Node) -> Option<Destination> {
        let name = reader.text(node, "the name of a queue or an exchange")?;
        let found = self.destination_named(name);
        if found.is_none() {
            let known: Vec<&str> = self.queues.iter().chain(&self.exchanges).copied().collect();
            let what = if self.exchanges.is_empty() { "queue" } else { "queue or exchange" };
            reader.unknown_name(&node.place, what, name, &known);
        }
        found
    }

    /// The queue or exchange of a name.
    pub(super) fn destination_named(&self, name: &str) -> Option<Destination> {
        let queue = self.queue_named(name).map(Destination::Queue);
        queue.or_else(|| self.exchange_named(name).map(Destination::Exchange))
    }

    fn queue_named(&self, name: &str) -> Option<QueueRef> {
        self.queue_places.get(name).copied().map(QueueRef)
    }

    fn exchange_named(&self, name: &str) -> Option<ExchangeRef> {
        self.exchange_places.get(name).copied().map(ExchangeRef)
    }

    /// Producers, consumers and services.
    pub(super) fn groups(&self) -> Vec<&'t str> {
        self.producers.iter().chain(&self.consumers).chain(&self.services).copied().collect()
    }
}

/// Complains about a name that would not survive paths, file names or `target:`.
pub(super) fn check_name(reader: &mut Reader<'_>, place: &Place, name: &str) {
    if name == BROKER || is_off_word(name) {
        let message = format!("{} cannot be a name, since it means something already", quoted(name));
        reader.error(&registry::BAD_NAME, place, message);
        return;
    }
    let good = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let starts_well = name.starts_with(char::is_alphanumeric);
    if !starts_well || !name.chars().all(good) || name.chars().count() > LONGEST_NAME {
        let message = format!("{} cannot be a name", quoted(name));
        reader.error(&registry::BAD_NAME, place, message).help(format!(
            "a name has letters, digits, `-`, `_` and `.`, begins with a letter or digit, and has at most {LONGEST_NAME} characters"
        ));
    }
}
