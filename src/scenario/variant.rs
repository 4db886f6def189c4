//! Variants and runs: what an experiment asks beside one run of its scenario.
//!
//! Each variant is the file with its overrides put in, read and checked as a whole, so a mistake in one gets
//! the same complaint as in the file itself, and the variant's name beside it. Knows no values of components.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Severity, quoted};
use super::expect::Metrics;
use super::model::{Runs, Variant};
use super::overrides::{apply_entry, first_part};
use super::reader::Reader;
use super::registry;
use super::shape::{RUNS, RUNS_UNTIL};
use super::source::Source;
use super::tree::{Entry, Node, Value};
use super::{Loader, MetricPattern};

/// What belongs to the file and not to one variant of it.
const SHARED: [&str; 4] = ["seed", "variants", "runs", "sweep"];

/// More would be no comparison that a person reads.
const MOST_VARIANTS: usize = 100;

/// More runs than this are not waited for.
const MOST_RUNS: u64 = 1_000_000;

/// Longer names fit no table.
const LONGEST_NAME: usize = 64;

/// The file that variants differ from, `--set` options put in.
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

/// The variants of a file, complaints added to those of the file itself, which are not repeated.
pub(super) fn variants(base: &Base<'_>, found: &mut Vec<Diagnostic>) -> Vec<Variant> {
    let entry = base.root.entries().and_then(|top| top.iter().find(|entry| entry.key == "variants"));
    let Some(entry) = entry else { return Vec::new() };
    let mut reader = Reader::new(base.loader);
    let entries =
        reader.named(Some(&entry.node), "overrides, as in `careful: {consumers.booking.prefetch: 1}`");
    if entries.len() > MOST_VARIANTS {
        let message = format!("there are {} variants", entries.len());
        reader.error(&registry::OUT_OF_RANGE, &entry.place, message).help(format!("at most {MOST_VARIANTS}"));
        found.extend(reader.into_found());
        return Vec::new();
    }
    found.extend(reader.into_found());
    // What is wrong with the file itself is wrong with every variant, and is said once.
    let sound = found.iter().all(|complaint| complaint.severity != Severity::Error);
    let mut variants = Vec::new();
    for entry in entries {
        match expanded(base, entry) {
            Ok(root) if sound => variants.extend(read(base, entry, &root, found)),
            Ok(_) => {}
            Err(complaints) => found.extend(complaints),
        }
    }
    variants
}

/// The file with the variant's overrides put in.
fn expanded(base: &Base<'_>, variant: &Entry) -> Result<Node, Vec<Diagnostic>> {
    let mut reader = Reader::new(base.loader);
    name(&mut reader, variant);
    let overrides = reader.named(Some(&variant.node), "values, as in `consumers.booking.prefetch: 1`");
    let mut root = base.root.clone();
    if let Value::Map(top) = &mut root.value {
        top.retain(|entry| !SHARED.contains(&entry.key.as_str()) || entry.key == "seed");
    }
    for wanted in overrides {
        if SHARED.contains(&first_part(&wanted.key)) {
            let message = format!("a variant has no {} of its own", quoted(first_part(&wanted.key)));
            let complaint = reader.error(&registry::VARIANT_MISFIT, &wanted.place, message);
            complaint.help("it is the same for all variants: say it at the top of the file");
        } else if let Err(complaint) = apply_entry(&mut root, wanted) {
            *reader.error(&registry::OVERRIDE_PATH, &wanted.place, "") = complaint;
        }
    }
    let complaints: Vec<Diagnostic> =
        reader.into_found().into_iter().map(|one| named(one, variant)).collect();
    if complaints.is_empty() { Ok(root) } else { Err(complaints) }
}

/// Reads the whole of a variant; only what the file itself has not been told is new.
fn read(base: &Base<'_>, variant: &Entry, root: &Node, found: &mut Vec<Diagnostic>) -> Option<Variant> {
    let mut reader = Reader::new(base.loader);
    let scenario = reader.scenario(root, base.source, base.metrics);
    let complaints = reader.into_found();
    let failed = complaints.iter().any(|complaint| complaint.severity == Severity::Error);
    // A service may well be for other variants only.
    let is_new = |one: &Diagnostic| !found.contains(one) && one.id() != registry::SERVICE_UNUSED.id;
    let new: Vec<Diagnostic> = complaints.into_iter().filter(is_new).collect();
    found.extend(new.into_iter().map(|one| named(one, variant)));
    let name = variant.key.trim().to_owned();
    scenario.filter(|_| !failed).map(|scenario| Variant { name, scenario })
}

/// The complaint with the variant it is about.
fn named(mut complaint: Diagnostic, variant: &Entry) -> Diagnostic {
    if *complaint.place() != variant.place {
        complaint.also(&variant.place, format!("in the variant {}", quoted(variant.key.trim())));
    }
    complaint
}

/// Names of variants are words for tables; they refer to nothing.
fn name(reader: &mut Reader<'_>, variant: &Entry) {
    let name = variant.key.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.contains(|c: char| c.is_control()) {
        reader
            .error(&registry::BAD_NAME, &variant.place, format!("{} cannot name a variant", quoted(name)))
            .help(format!("a name has 1 to {LONGEST_NAME} characters on one line"));
    }
}

impl Reader<'_> {
    /// `runs:`, a count or a precision.
    pub(super) fn runs(&mut self, node: Option<&Node>, metrics: &Metrics) -> Runs {
        let Some(node) = node else { return Runs::Count(1) };
        match &node.value {
            Value::Map(_) => self.precision(node, metrics).unwrap_or(Runs::Count(1)),
            _ => Runs::Count(self.count(node, 1..=MOST_RUNS).unwrap_or(1)),
        }
    }

    fn precision(&mut self, node: &Node, metrics: &Metrics) -> Option<Runs> {
        let fields = self.fields(node, &RUNS)?;
        let until = self.required(&fields, "until")?;
        let fields = self.fields(until, &RUNS_UNTIL)?;
        let (of, within) = (self.required(&fields, "of"), self.required(&fields, "within"));
        let of = of.and_then(|node| {
            let text = self.text(node, "a metric")?;
            self.metric(text, &node.place, metrics)
        });
        let within = within.and_then(|node| self.precise(node));
        Some(Runs::Until { of: of?.0, within: within? })
    }

    /// A share that an interval can come down to.
    fn precise(&mut self, node: &Node) -> Option<f64> {
        let share = self.share(node)?;
        if share > 0.0 {
            return Some(share);
        }
        self.error(&registry::OUT_OF_RANGE, &node.place, "no number of runs is exact").help("as in `5%`");
        None
    }
}
