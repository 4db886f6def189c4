//! Reading values off the tree, collecting every complaint on the way.
//!
//! Each method returns `None` after it has complained, and its caller goes on with any stand-in:
//! whoever holds a complaint at the end gets no scenario. Knows shapes, not what they are for.

use std::collections::BTreeSet;

use super::Loader;
use super::diagnostic::{Diagnostic, Severity, quoted};
use super::foreign::{FOREIGN_KEYS, FOREIGN_VALUES, ForeignWord, recognise};
use super::registry::{self, Rule};
use super::shape::Shape;
use super::source::Place;
use super::tree::{Entry, Node, Value};
use super::words::Words;

/// Nobody reads more; beyond this something else is wrong, such as the wrong kind of file.
const MOST_COMPLAINTS: usize = 100;

/// Help lists so many names at most.
const MOST_LISTED: usize = 12;

/// Suggestions are looked for among so many names at most.
const MOST_CANDIDATES: usize = 500;

/// Collects complaints.
pub(super) struct Reader<'a> {
    /// Fetches data files.
    pub(super) loader: &'a dyn Loader,
    found: Vec<Diagnostic>,
}

/// A map whose keys were checked against its shape.
#[derive(Clone, Copy)]
pub(super) struct Fields<'t> {
    shape: &'static Shape,
    /// Where to point when something is missing.
    place: &'t Place,
    entries: &'t [Entry],
}

impl<'t> Fields<'t> {
    /// The value of a key, if it is given.
    pub(super) fn get(&self, name: &str) -> Option<&'t Node> {
        self.entry(name).map(|entry| &entry.node)
    }

    /// A key with its value, if it is given.
    pub(super) fn entry(&self, name: &str) -> Option<&'t Entry> {
        assert!(self.shape.names().any(|known| known == name), "`{name}` is no key of {}", self.shape.name);
        self.entries.iter().find(|entry| entry.key == name)
    }

    /// Where the map stands.
    pub(super) const fn place(&self) -> &'t Place {
        self.place
    }
}

impl<'a> Reader<'a> {
    pub(super) const fn new(loader: &'a dyn Loader) -> Self {
        Self { loader, found: Vec::new() }
    }

    /// Everything found, errors first, each in the order of its place.
    pub(super) fn into_found(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.place().span.start));
        self.found.dedup();
        self.found.truncate(MOST_COMPLAINTS);
        self.found
    }

    /// How many errors there are so far; an unchanged number means a part was read without any.
    pub(super) fn errors(&self) -> usize {
        self.found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// Adds an error, to be given labels and help.
    pub(super) fn error(
        &mut self,
        rule: &'static Rule,
        place: &Place,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Diagnostic::error(rule, place, message.into()))
    }

    /// Adds a warning, to be given labels and help.
    pub(super) fn warning(
        &mut self,
        rule: &'static Rule,
        place: &Place,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Diagnostic::warning(rule, place, message.into()))
    }

    fn add(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.found.push(diagnostic);
        self.found.last_mut().expect("it was just added")
    }

    /// The node as a map of this shape; unknown keys are complained about at once.
    pub(super) fn fields<'t>(&mut self, node: &'t Node, shape: &'static Shape) -> Option<Fields<'t>> {
        let Some(entries) = node.entries() else {
            self.wrong_type(node, &format!("{}, which is a map", shape.name)).help(key_list(shape));
            return None;
        };
        for entry in entries {
            if !shape.names().any(|known| known == entry.key) {
                self.unknown_key(entry, shape);
            }
        }
        Some(Fields { shape, place: node.named_at.as_ref().unwrap_or(&node.place), entries })
    }

    /// The entries of a map from names to things; an absent node has none.
    pub(super) fn named<'t>(&mut self, node: Option<&'t Node>, what: &str) -> &'t [Entry] {
        let Some(node) = node else { return &[] };
        if let Some(entries) = node.entries() {
            return entries;
        }
        self.wrong_type(node, &format!("a map from names to {what}"));
        &[]
    }

    /// The items of a list; an absent or empty node has none.
    pub(super) fn list<'t>(&mut self, node: Option<&'t Node>, what: &str) -> &'t [Node] {
        match node {
            None => &[],
            Some(node) => match &node.value {
                Value::List(items) => items,
                _ if node.is_empty() => &[],
                _ => {
                    self.wrong_type(node, &format!("a list of {what}"));
                    &[]
                }
            },
        }
    }

    /// The text of a single value.
    pub(super) fn text<'t>(&mut self, node: &'t Node, expected: &str) -> Option<&'t str> {
        match &node.value {
            Value::Scalar { text, .. } if !node.is_empty() => Some(text),
            _ => {
                self.wrong_type(node, expected);
                None
            }
        }
    }

    /// What one of several words stands for.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, words: Words<T>) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let text = self.text(node, &format!("one of {}", or_list(&names)))?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            self.unknown_value(&node.place, text, &names);
        }
        found
    }

    /// Complains about a word that is not among those allowed.
    pub(super) fn unknown_value(&mut self, place: &Place, text: &str, allowed: &[&str]) {
        let fits =
            |word: &&ForeignWord| allowed.iter().any(|allowed| word.ours.contains(&format!("`{allowed}`")));
        if let Some(word) = recognise(FOREIGN_VALUES, text).filter(fits) {
            let message = format!("{} is a word of {}", quoted(text), word.system);
            self.error(&registry::FOREIGN_WORD, place, message).help(format!("write {} here", word.ours));
            return;
        }
        let message = format!("{} is not one of the values allowed here", quoted(text));
        let complaint = self.error(&registry::UNKNOWN_VALUE, place, message);
        if let Some(near) = nearest(text, allowed.iter().copied()) {
            complaint.help(format!("did you mean `{near}`?"));
        }
        complaint.help(format!("allowed are {}", or_list(allowed)));
    }

    /// Complains about a name that nothing bears.
    pub(super) fn unknown_name(&mut self, place: &Place, what: &str, name: &str, known: &[&str]) {
        let complaint =
            self.error(&registry::UNKNOWN_NAME, place, format!("there is no {what} {}", quoted(name)));
        match nearest(name, known.iter().copied()) {
            Some(near) => complaint.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => complaint.help(format!("the file defines no {what}")),
            None => {
                let distinct: BTreeSet<&str> = known.iter().copied().collect();
                let some: Vec<&str> = distinct.into_iter().take(MOST_LISTED).collect();
                let more =
                    if some.len() < known.len() && some.len() == MOST_LISTED { ", and others" } else { "" };
                complaint.help(format!("there is {}{more}", or_list(&some).replace(" or ", " and ")))
            }
        };
    }

    /// The value of a key that must be there.
    pub(super) fn required<'t>(&mut self, fields: &Fields<'t>, name: &str) -> Option<&'t Node> {
        let found = fields.get(name);
        if found.is_none() {
            let takes = fields.shape.keys.iter().find(|key| key.name == name).map_or("", |key| key.takes);
            let message = format!("{} needs `{name}`", fields.shape.name);
            self.error(&registry::MISSING_KEY, fields.place, message)
                .help(format!("add `{name}:`, it takes: {takes}"));
        }
        found
    }

    /// The one entry among `names` that a map has.
    pub(super) fn one_of<'t>(&mut self, fields: &Fields<'t>, names: &[&str]) -> Option<&'t Entry> {
        let mut given = fields.entries.iter().filter(|entry| names.contains(&entry.key.as_str()));
        let (first, second) = (given.next(), given.next());
        let Some(first) = first else {
            // An unknown key was probably meant to be it, and has its own complaint.
            if fields.entries.iter().all(|entry| fields.shape.names().any(|known| known == entry.key)) {
                let message = format!("{} is one of {}", fields.shape.name, or_list(names));
                self.error(&registry::CHOOSE_ONE, fields.place, message);
            }
            return None;
        };
        if let Some(second) = second {
            let message =
                format!("{} is either `{}` or `{}`, not both", fields.shape.name, first.key, second.key);
            self.error(&registry::CHOOSE_ONE, &second.place, message).also(&first.place, "the other one");
            return None;
        }
        Some(first)
    }

    /// Complains that something else was expected.
    pub(super) fn wrong_type(&mut self, node: &Node, expected: &str) -> &mut Diagnostic {
        let message = format!("expected {expected}, found {}", node.what());
        self.error(&registry::WRONG_TYPE, &node.place, message)
    }

    fn unknown_key(&mut self, entry: &Entry, shape: &Shape) {
        let name = quoted(&entry.key);
        let near = nearest(&entry.key, shape.names());
        if let Some(word) = recognise(FOREIGN_KEYS, &entry.key) {
            let message = format!("{name} is a word of {}", word.system);
            self.error(&registry::FOREIGN_WORD, &entry.place, message)
                .help(format!("use {} here", word.ours));
            return;
        }
        let complaint =
            self.error(&registry::UNKNOWN_KEY, &entry.place, format!("{} has no key {name}", shape.name));
        complaint.help(near.map_or_else(|| key_list(shape), |near| format!("did you mean `{near}`?")));
    }
}

fn key_list(shape: &Shape) -> String {
    let names: Vec<&str> = shape.names().collect();
    format!("its keys are {}", or_list(&names).replace(" or ", " and "))
}

/// `a`, `b` or `c`.
pub(super) fn or_list(words: &[&str]) -> String {
    let ticked: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match ticked.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The candidate most like `text`, if any is so like it that a slip of the finger explains it.
pub(super) fn nearest<'w>(text: &str, candidates: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // Similarity costs the product of both lengths.
    if text.len() > 200 {
        return None;
    }
    let plain = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
    let wanted = plain(text);
    candidates
        .into_iter()
        .take(MOST_CANDIDATES)
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&wanted, &plain(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
