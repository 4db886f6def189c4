//! Sweeps: a grid of settings, each cell of it the file with one setting of every axis put in.
//!
//! An axis is a path with its values, or a name with named sets of overrides, as variants are. Every cell is
//! read and checked before anything runs. Knows no values of components.

use std::collections::BTreeSet;

use super::alternative::Base;
use super::diagnostic::{Diagnostic, Severity, quoted};
use super::model::{Axis, Cell, Setting, Sweep, short_names};
use super::reader::Reader;
use super::registry;
use super::source::Place;
use super::tree::{Entry, Node, Value};

/// Nobody reads a grid of more dimensions.
const MOST_AXES: usize = 6;
/// An axis goes through so many settings.
const MOST_SETTINGS: usize = 200;
/// More cells are several studies.
const MOST_CELLS: usize = 10_000;
/// Mistakes in so many cells are enough to see what is wrong.
const MOST_BAD_CELLS: usize = 20;

/// An axis while it is read: its model and, for each setting, what it puts in.
struct Read {
    axis: Axis,
    changes: Vec<Vec<Entry>>,
}

/// The sweep of a file, complaints added to those of the file itself, which are not repeated.
pub(super) fn sweep(base: &Base<'_>, found: &mut Vec<Diagnostic>) -> Sweep {
    let Some(entry) = base.entry("sweep") else { return Sweep::default() };
    let mut reader = Reader::new(base.loader);
    let entries = reader.named(Some(&entry.node), "values, as in `consumers.booking.prefetch: [1, 10]`");
    let axes: Vec<Read> = entries.iter().filter_map(|entry| reader.axis(entry)).collect();
    reader.sizes(entry, &axes);
    let mut sound = reader.errors() == 0;
    found.extend(reader.into_found());
    // What is wrong with the file itself is wrong with every cell, and is said once.
    sound &= found.iter().all(|complaint| complaint.severity != Severity::Error);
    let cells = if sound { cells(base, &axes, found) } else { Vec::new() };
    Sweep { axes: axes.into_iter().map(|read| read.axis).collect(), cells }
}

/// Every combination, read as a whole.
fn cells(base: &Base<'_>, axes: &[Read], found: &mut Vec<Diagnostic>) -> Vec<Cell> {
    let count: usize = axes.iter().map(|read| read.changes.len()).product();
    let (mut cells, mut bad) = (Vec::new(), 0);
    // What one setting does wrong, it does wrong in many cells.
    let mut told = found.clone();
    for index in 0..if axes.is_empty() { 0 } else { count } {
        let at = position(index, axes);
        let mut reader = Reader::new(base.loader);
        let mut root = base.alone();
        for (read, setting) in axes.iter().zip(&at) {
            reader.change(&mut root, &read.changes[*setting], "a cell of a sweep");
        }
        let mut complaints = reader.into_found();
        complaints.retain(|one| !told.contains(one));
        let (scenario, said) = base.read(&root, &told);
        complaints.extend(said);
        let failed = complaints.iter().any(|one| one.severity == Severity::Error);
        let name = name_of(axes, &at);
        told.extend(complaints.iter().cloned());
        found.extend(complaints.into_iter().map(|one| placed(one, &name, axes, &at)));
        bad += usize::from(failed);
        if bad >= MOST_BAD_CELLS {
            break;
        }
        cells.extend(scenario.map(|scenario| Cell { name, at, scenario }));
    }
    cells
}

/// Which setting of each axis the cell has; the last axis changes fastest.
fn position(index: usize, axes: &[Read]) -> Vec<usize> {
    let mut rest = index;
    let mut at: Vec<usize> = Vec::with_capacity(axes.len());
    for read in axes.iter().rev() {
        at.push(rest % read.changes.len());
        rest /= read.changes.len();
    }
    at.reverse();
    at
}

/// `prefetch=1, ack_timeout=5s`.
fn name_of(axes: &[Read], at: &[usize]) -> String {
    let names: Vec<&str> = axes.iter().map(|read| read.axis.name.as_str()).collect();
    let parts = axes.iter().zip(at).zip(short_names(&names));
    let parts: Vec<String> = parts
        .map(|((read, setting), name)| format!("{name}={}", read.axis.settings[*setting].name))
        .collect();
    parts.join(", ")
}

/// The complaint with the cell it is about, unless it is about what one axis says.
fn placed(mut complaint: Diagnostic, name: &str, axes: &[Read], at: &[usize]) -> Diagnostic {
    let mut changes = axes.iter().zip(at).flat_map(|(read, setting)| &read.changes[*setting]).peekable();
    let Some(first) = changes.peek().map(|entry| entry.place.clone()) else { return complaint };
    let place = complaint.place().clone();
    let within = |outer: &Place| {
        outer.source == place.source
            && outer.span.start <= place.span.start
            && place.span.end <= outer.span.end
    };
    if !changes.any(|entry| within(&entry.place) || within(&entry.node.place)) {
        complaint.also(&first, format!("in the cell {}", quoted(name)));
    }
    complaint
}

impl Reader<'_> {
    fn axis(&mut self, entry: &Entry) -> Option<Read> {
        self.table_name(entry, "an axis");
        let is_path = matches!(entry.node.value, Value::List(_));
        let (settings, changes): (Vec<Setting>, Vec<Vec<Entry>>) = match &entry.node.value {
            Value::List(values) => values.iter().map(|value| of_value(entry, value)).unzip(),
            Value::Map(sets) => sets.iter().map(|set| self.of_set(set)).unzip(),
            Value::Scalar { .. } => {
                let expected = "a list of values, or a map from names to overrides";
                self.wrong_type(&entry.node, expected)
                    .help("as in `consumers.booking.prefetch: [1, 10, 100]`");
                return None;
            }
        };
        if settings.is_empty() {
            let message = format!("{} goes through no values", quoted(&entry.key));
            self.error(&registry::OUT_OF_RANGE, &entry.place, message).help("list at least one");
            return None;
        }
        self.repeated(&settings, entry);
        let axis = Axis { name: entry.key.trim().to_owned(), is_path, settings };
        Some(Read { axis, changes })
    }

    fn of_set(&mut self, set: &Entry) -> (Setting, Vec<Entry>) {
        self.table_name(set, "a setting");
        let overrides = self.named(Some(&set.node), "values, as in `consumers.booking.prefetch: 1`");
        let written = overrides.iter().map(|one| (one.key.clone(), on_one_line(&one.node))).collect();
        (Setting { name: set.key.trim().to_owned(), overrides: written }, overrides.to_vec())
    }

    /// The same setting twice would make the same cell twice.
    fn repeated(&mut self, settings: &[Setting], entry: &Entry) {
        let mut seen = BTreeSet::new();
        for setting in settings.iter().filter(|setting| !seen.insert(&setting.name)) {
            let message = format!("{} stands twice in {}", quoted(&setting.name), quoted(&entry.key));
            self.error(&registry::DUPLICATE_KEY, &entry.node.place, message).help("leave one of them out");
        }
    }

    fn sizes(&mut self, entry: &Entry, axes: &[Read]) {
        if let Some(read) = axes.iter().find(|read| read.changes.len() > MOST_SETTINGS) {
            let message = format!("{} goes through {} values", quoted(&read.axis.name), read.changes.len());
            self.error(&registry::OUT_OF_RANGE, &entry.place, message)
                .help(format!("at most {MOST_SETTINGS}"));
        }
        if axes.len() > MOST_AXES {
            let message = format!("the sweep has {} axes", axes.len());
            self.error(&registry::OUT_OF_RANGE, &entry.place, message).help(format!("at most {MOST_AXES}"));
        }
        let cells = axes.iter().map(|read| read.changes.len()).try_fold(1_usize, usize::checked_mul);
        if cells.is_none_or(|cells| cells > MOST_CELLS) {
            let cells = cells.map_or_else(|| "too many".to_owned(), |cells| cells.to_string());
            let message = format!("the sweep has {cells} cells");
            self.error(&registry::OUT_OF_RANGE, &entry.place, message)
                .help(format!("at most {MOST_CELLS}: vary less at once"));
        }
    }
}

/// A value of a path, and the override that puts it in.
fn of_value(axis: &Entry, value: &Node) -> (Setting, Vec<Entry>) {
    let written = on_one_line(value);
    let setting = Setting { name: bare(value, &written), overrides: vec![(axis.key.clone(), written)] };
    let change = Entry { key: axis.key.clone(), place: axis.place.clone(), node: value.clone() };
    (setting, vec![change])
}

/// A value as tables show it: text without quotes.
fn bare(value: &Node, written: &str) -> String {
    match &value.value {
        Value::Scalar { text, .. } if !value.is_empty() => text.clone(),
        _ => written.to_owned(),
    }
}

/// A value as YAML on one line.
fn on_one_line(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, plain } => scalar(text, *plain),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(on_one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entry = |entry: &Entry| format!("{}: {}", scalar(&entry.key, true), on_one_line(&entry.node));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Text in double quotes where it had quotes, or needs them among brackets.
fn scalar(text: &str, plain: bool) -> String {
    let needs = |c: char| ",[]{}#\"'\n\t&*!|>%@`".contains(c) || c.is_control();
    let ends_like_yaml =
        text.ends_with(' ') || text.starts_with(' ') || text.contains(": ") || text.ends_with(':');
    let harmless_percent = text.ends_with('%') && !text[..text.len() - 1].contains(needs);
    if plain && !ends_like_yaml && (harmless_percent || !text.contains(needs)) {
        return text.to_owned();
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}
