//! Variants and runs: what an experiment asks beside one run of its scenario.
//!
//! Knows no values of components; a variant is an [`alternative`](super::alternative) with a name.

use super::alternative::Base;
use super::diagnostic::{Diagnostic, Severity, quoted};
use super::expect::Metrics;
use super::model::{Runs, Variant};
use super::reader::Reader;
use super::registry;
use super::shape::{RUNS, RUNS_UNTIL};
use super::tree::{Entry, Node, Value};

/// More would be no comparison that a person reads.
const MOST_VARIANTS: usize = 100;

/// More runs than this are not waited for.
const MOST_RUNS: u64 = 1_000_000;

/// The variants of a file, complaints added to those of the file itself, which are not repeated.
pub(super) fn variants(base: &Base<'_>, found: &mut Vec<Diagnostic>) -> Vec<Variant> {
    let Some(entry) = base.entry("variants") else { return Vec::new() };
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
    reader.table_name(variant, "a variant");
    let overrides = reader.named(Some(&variant.node), "values, as in `consumers.booking.prefetch: 1`");
    let mut root = base.alone();
    reader.change(&mut root, overrides, "a variant");
    let complaints: Vec<Diagnostic> =
        reader.into_found().into_iter().map(|one| named(one, variant)).collect();
    if complaints.is_empty() { Ok(root) } else { Err(complaints) }
}

/// Reads the whole of a variant; only what the file itself has not been told is new.
fn read(base: &Base<'_>, variant: &Entry, root: &Node, found: &mut Vec<Diagnostic>) -> Option<Variant> {
    let (scenario, new) = base.read(root, found);
    found.extend(new.into_iter().map(|one| named(one, variant)));
    Some(Variant { name: variant.key.trim().to_owned(), scenario: scenario? })
}

/// The complaint with the variant it is about.
fn named(mut complaint: Diagnostic, variant: &Entry) -> Diagnostic {
    if *complaint.place() != variant.place {
        complaint.also(&variant.place, format!("in the variant {}", quoted(variant.key.trim())));
    }
    complaint
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
