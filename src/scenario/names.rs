//! The names of components: which there are, and what they refer to.
//!
//! All are known before anything else is read, so that order in the file does not matter.

use std::collections::BTreeMap;

use super::diagnostic::quoted;
use super::model::QueueRef;
use super::reader::Reader;
use super::registry;
use super::source::Place;
use super::tree::{Entry, Node};
use super::values::is_off_word;

/// The broker's name where a component is expected.
pub(super) const BROKER: &str = "broker";

/// Longer names fit no table.
const LONGEST_NAME: usize = 64;

/// The names of a file, each list in its order.
pub(super) struct Names<'t> {
    /// Of queues; positions are [`QueueRef`]s.
    pub(super) queues: Vec<&'t str>,
    /// Of producers.
    pub(super) producers: Vec<&'t str>,
    /// Of consumers.
    pub(super) consumers: Vec<&'t str>,
}

impl<'t> Names<'t> {
    /// Collects the names, complaining about bad ones and those used twice.
    pub(super) fn collect(
        reader: &mut Reader<'_>,
        queues: &'t [Entry],
        producers: &'t [Entry],
        consumers: &'t [Entry],
    ) -> Self {
        let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
        for entry in queues.iter().chain(producers).chain(consumers) {
            check_name(reader, &entry.place, &entry.key);
            if let Some(first) = seen.get(entry.key.as_str()) {
                let message = format!("the name {} is used twice", quoted(&entry.key));
                reader
                    .error(&registry::NAME_TAKEN, &entry.place, message)
                    .label("again here")
                    .also(first, "first here")
                    .help("queues, producers and consumers share one set of names");
            } else {
                seen.insert(&entry.key, &entry.place);
            }
        }
        let names = |entries: &'t [Entry]| entries.iter().map(|entry| entry.key.as_str()).collect();
        Self { queues: names(queues), producers: names(producers), consumers: names(consumers) }
    }

    /// The queue a value names.
    pub(super) fn queue(&self, reader: &mut Reader<'_>, node: &Node) -> Option<QueueRef> {
        let name = reader.text(node, "the name of a queue")?;
        let found = self.queues.iter().position(|queue| *queue == name).map(QueueRef);
        if found.is_none() {
            reader.unknown_name(&node.place, "queue", name, &self.queues);
        }
        found
    }

    /// Producers and consumers.
    pub(super) fn groups(&self) -> Vec<&'t str> {
        self.producers.iter().chain(&self.consumers).copied().collect()
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
