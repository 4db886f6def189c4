//! The file with something changed: what a variant or a cell of a sweep runs.
//!
//! Each is read and checked as a whole, so a mistake in one gets the same complaint as in the file itself.
//! Knows no values of components, and not who wants the change.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Severity, quoted};
use super::model::Scenario;
use super::overrides::{apply_entry, first_part};
use super::reader::Reader;
use super::registry;
use super::source::Source;
use super::tree::{Entry, Node, Value};
use super::{Loader, MetricPattern};

/// What belongs to the file and not to one alternative of it.
const SHARED: [&str; 5] = ["seed", "variants", "runs", "sweep", "advise"];

/// Longer names fit no table.
const LONGEST_NAME: usize = 64;

/// The file that alternatives differ from, `--set` options put in.
pub(super) struct Base<'t> {
    /// All of it.
    pub(super) root: &'t Node,
    /// Its text.
    pub(super) source: &'t Arc<Source>,
    /// What expectations may name.
    pub(super) metrics: &'t [MetricPattern],
    /// Fetches data files.
    pub(super) loader: &'t dyn Loader,
}

impl Base<'_> {
    /// What stands at the top of the file under a name.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.root.entries().and_then(|top| top.iter().find(|entry| entry.key == name))
    }

    /// The file without its alternatives.
    pub(super) fn alone(&self) -> Node {
        let mut root = self.root.clone();
        if let Value::Map(top) = &mut root.value {
            top.retain(|entry| !SHARED.contains(&entry.key.as_str()) || entry.key == "seed");
        }
        root
    }

    /// Reads the whole of an alternative; with it what is said about it and not about the file itself.
    pub(super) fn read(&self, root: &Node, found: &[Diagnostic]) -> (Option<Scenario>, Vec<Diagnostic>) {
        let mut reader = Reader::new(self.loader);
        let scenario = reader.scenario(root, self.source, self.metrics);
        let complaints = reader.into_found();
        let failed = complaints.iter().any(|complaint| complaint.severity == Severity::Error);
        // A service may well be for other alternatives only.
        let is_new = |one: &Diagnostic| !found.contains(one) && one.id() != registry::SERVICE_UNUSED.id;
        (scenario.filter(|_| !failed), complaints.into_iter().filter(is_new).collect())
    }
}

impl Reader<'_> {
    /// Puts overrides into the tree; `what` is `a variant` or the like.
    pub(super) fn change(&mut self, root: &mut Node, overrides: &[Entry], what: &str) {
        for wanted in overrides {
            let first = first_part(&wanted.key);
            if SHARED.contains(&first) {
                let message = format!("{what} has no {} of its own", quoted(first));
                let complaint = self.error(&registry::VARIANT_MISFIT, &wanted.place, message);
                complaint.help("it is the same for the whole file: say it at the top");
            } else if let Err(complaint) = apply_entry(root, wanted) {
                *self.error(&registry::OVERRIDE_PATH, &wanted.place, "") = complaint;
            }
        }
    }

    /// Names of alternatives are words for tables; they refer to nothing.
    pub(super) fn table_name(&mut self, entry: &Entry, what: &str) {
        let name = entry.key.trim();
        let length = name.chars().count();
        if length == 0 || length > LONGEST_NAME || name.contains(|c: char| c.is_control()) {
            self.error(&registry::BAD_NAME, &entry.place, format!("{} cannot name {what}", quoted(name)))
                .help(format!("a name has 1 to {LONGEST_NAME} characters on one line"));
        }
    }
}
