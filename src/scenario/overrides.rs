//! Overrides: a dotted path into the file and a YAML value, put into the tree before it is read.
//!
//! What an override sets is then read like the file itself, so a wrong key or value gets the same
//! complaint, with the override as its place.

use std::ops::Range;
use std::sync::Arc;

use super::Override;
use super::diagnostic::{Diagnostic, quoted};
use super::reader::nearest;
use super::registry;
use super::shape::EXPECTATION;
use super::source::{Place, Source};
use super::tree::{self, Entry, Node, Value};

/// Sections whose keys are names of components, which an override cannot invent.
const SECTIONS: [&str; 5] = ["exchanges", "queues", "services", "producers", "consumers"];

/// One part of a path, with where it stands in the override.
struct Part {
    text: String,
    span: Range<usize>,
}

/// A path that was written down, as an option or as a key of the file.
struct Written<'t> {
    path: &'t str,
    /// Where all of it stands.
    place: Place,
    /// Whether that place holds the path letter by letter.
    is_literal: bool,
}

impl Written<'_> {
    /// Where a part of the path stands, or else the whole of it.
    fn place_of(&self, span: &Range<usize>) -> Place {
        if !self.is_literal {
            return self.place.clone();
        }
        let start = self.place.span.start;
        Place { source: self.place.source.clone(), span: start + span.start..start + span.end }
    }
}

/// Puts an override into the tree.
pub(super) fn apply(root: &mut Node, wanted: &Override) -> Result<(), Vec<Diagnostic>> {
    let text = format!("{}={}", wanted.path, wanted.value);
    let source = Arc::new(Source { name: wanted.origin.name().to_owned(), text });
    let place = Place { source: source.clone(), span: 0..wanted.path.len() };
    let written = Written { path: &wanted.path, place, is_literal: true };
    let parts = if wanted.origin.is_axis() {
        // The whole path is the axis' name, and is looked at when the cells are made.
        [("sweep", 0..0), (wanted.path.as_str(), 0..wanted.path.len())]
            .map(|(text, span)| Part { text: text.to_owned(), span })
            .into()
    } else {
        parts(&written).map_err(|complaint| vec![complaint])?
    };
    let mut value = tree::parse(&source, wanted.path.len() + 1)?;
    if value.is_empty() {
        // Complaints about an empty value had better not point at nothing.
        value.place = written.place.clone();
    }
    set(root, &parts, value, &written).map_err(|complaint| vec![complaint])
}

/// Puts into the tree what an entry of the file overrides: its key is a path, its value the new one.
pub(super) fn apply_entry(root: &mut Node, entry: &Entry) -> Result<(), Diagnostic> {
    let Place { source, span } = &entry.place;
    let is_literal = source.text.get(span.clone()) == Some(entry.key.as_str());
    let written = Written { path: &entry.key, place: entry.place.clone(), is_literal };
    let parts = parts(&written)?;
    set(root, &parts, entry.node.clone(), &written)
}

/// The first key that a path names, as far as it is one.
pub(super) fn first_part(path: &str) -> &str {
    path.split('.').next().unwrap_or(path).trim_matches(['"', '\''])
}

/// Splits at dots outside of quotes.
fn parts(written: &Written<'_>) -> Result<Vec<Part>, Diagnostic> {
    let path = written.path;
    let mut parts = Vec::new();
    let mut text = String::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in path.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('.', None) => {
                parts.push(Part { text: std::mem::take(&mut text), span: start..at });
                start = at + 1;
            }
            (c, _) => text.push(c),
        }
    }
    parts.push(Part { text, span: start..path.len() });
    join_metric(&mut parts);
    if quote.is_some() || parts.iter().any(|part| part.text.is_empty()) {
        let message = format!("{} is not a path", quoted(path));
        let mut complaint = Diagnostic::error(&registry::OVERRIDE_PATH, &written.place, message);
        complaint.help("a path looks like `consumers.booking.prefetch` or `faults.0.lose.probability`");
        return Err(complaint);
    }
    Ok(parts)
}

/// Under `expect` a key is a metric, whose name has dots of its own.
fn join_metric(parts: &mut Vec<Part>) {
    if parts.len() < 3 || parts[0].text != "expect" {
        return;
    }
    let own_key = |part: &&Part| EXPECTATION.names().any(|name| name == part.text);
    let end = parts.len() - usize::from(parts.last().as_ref().is_some_and(own_key));
    let names: Vec<&str> = parts[1..end].iter().map(|part| part.text.as_str()).collect();
    let metric = Part { text: names.join("."), span: parts[1].span.start..parts[end - 1].span.end };
    parts.splice(1..end, [metric]);
}

fn set(root: &mut Node, parts: &[Part], value: Node, written: &Written<'_>) -> Result<(), Diagnostic> {
    let mut node = root;
    for (depth, part) in parts.iter().enumerate() {
        let place = written.place_of(&part.span);
        if node.is_empty() {
            node.value = Value::Map(Vec::new());
        }
        node = match &mut node.value {
            Value::Map(entries) => {
                let section = (depth == 1).then(|| parts[0].text.as_str());
                let invents = section.is_some_and(|section| SECTIONS.contains(&section));
                entry_of(entries, part, place, invents)?
            }
            Value::List(items) => item_of(items, part, place)?,
            Value::Scalar { text, .. } => return Err(no_way_on(text, part, &place)),
        };
    }
    node.value = value.value;
    node.place = value.place;
    Ok(())
}

/// The value of a key, which is added if it is not there and may be.
fn entry_of<'n>(
    entries: &'n mut Vec<Entry>,
    part: &Part,
    place: Place,
    must_exist: bool,
) -> Result<&'n mut Node, Diagnostic> {
    if let Some(at) = entries.iter().position(|entry| entry.key == part.text) {
        return Ok(&mut entries[at].node);
    }
    if must_exist {
        let message = format!("the scenario defines no {}", quoted(&part.text));
        let mut complaint = Diagnostic::error(&registry::OVERRIDE_PATH, &place, message);
        match nearest(&part.text, entries.iter().map(|entry| entry.key.as_str())) {
            Some(near) => complaint.help(format!("did you mean `{near}`?")),
            None => complaint.help("an override changes what the file defines"),
        };
        return Err(complaint);
    }
    let node = Node { named_at: Some(place.clone()), ..Node::empty(place.clone()) };
    entries.push(Entry { key: part.text.clone(), place, node });
    let last = entries.len() - 1;
    Ok(&mut entries[last].node)
}

/// An item by its number. A list of one map may be written as the map, so its keys lead into it as well.
fn item_of<'n>(items: &'n mut [Node], part: &Part, place: Place) -> Result<&'n mut Node, Diagnostic> {
    let count = items.len();
    let index = part.text.parse::<usize>().ok();
    if let Some(item) = index.filter(|index| *index < count) {
        return Ok(&mut items[item]);
    }
    if let ([Node { value: Value::Map(entries), .. }], None) = (&mut *items, index) {
        let known = entries.iter().any(|entry| entry.key == part.text);
        if known {
            return entry_of(entries, part, place, true);
        }
    }
    let message = format!("{} is not the number of an item", quoted(&part.text));
    let mut complaint = Diagnostic::error(&registry::OVERRIDE_PATH, &place, message);
    complaint.help(match count {
        0 => "this list is empty".to_owned(),
        1 => "this list has one item, number 0".to_owned(),
        _ => format!("this list has items 0 to {}", count - 1),
    });
    Err(complaint)
}

fn no_way_on(text: &str, part: &Part, place: &Place) -> Diagnostic {
    let message = format!("{} leads nowhere: there is a single value, {}", quoted(&part.text), quoted(text));
    let mut complaint = Diagnostic::error(&registry::OVERRIDE_PATH, place, message);
    complaint.help("set the whole value, as in `--set 'network.latency={exponential: 5ms}'`");
    complaint
}
