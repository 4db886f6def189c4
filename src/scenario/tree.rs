//! A YAML text as a tree whose every key and value knows its place.
//!
//! Owns what is wrong with a text before anyone asks what it means: syntax, keys given twice,
//! several documents, aliases that explode, depth. Knows no word of the scenario language; scalars
//! stay text, since `100_000` and `off` mean what the reader of a key says.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::diagnostic::{Diagnostic, quoted};
use super::registry;
use super::source::{Place, Source};

/// Deeper nesting is refused; the language itself needs about ten levels.
const DEEPEST: usize = 40;

/// Nodes that aliases may add in all; past this a file is an attack, not an experiment.
const MOST_ALIASED: usize = 20_000;

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// From its first character to after its last.
    pub(super) place: Place,
    /// Where the key stands that holds it, if it is a value in a map.
    pub(super) named_at: Option<Place>,
    /// What stands there.
    pub(super) value: Value,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text, and whether it stands without quotes.
    Scalar { text: String, plain: bool },
    /// In the file's order.
    List(Vec<Node>),
    /// In the file's order, each key once.
    Map(Vec<Entry>),
}

/// One key of a map with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key's text.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) place: Place,
    /// What it holds.
    pub(super) node: Node,
}

impl Node {
    /// Nothing, at a place.
    pub(super) const fn empty(place: Place) -> Self {
        Self { place, named_at: None, value: Value::Scalar { text: String::new(), plain: true } }
    }

    /// Whether nothing stands here: `key:` without a value, `~` or `null`.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// Its entries, if it is a map; an empty node is an empty map.
    pub(super) fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::Scalar { .. } if self.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// What it is, in a word with its article.
    pub(super) fn what(&self) -> &'static str {
        match &self.value {
            Value::Scalar { .. } if self.is_empty() => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// Reads `source.text[from..]` as one YAML document.
pub(super) fn parse(source: &Arc<Source>, from: usize) -> Result<Node, Vec<Diagnostic>> {
    let text = &source.text[from..];
    let without_mark = text.trim_start_matches('\u{feff}');
    let from = from + text.len() - without_mark.len();
    let mut builder = Builder::new(source, from);
    for step in Parser::new_from_str(without_mark) {
        let flow = match step {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => Err(builder.syntax(&error)),
        };
        if let Err(fatal) = flow {
            builder.found.push(fatal);
            return Err(builder.found);
        }
    }
    if builder.found.is_empty() {
        let place = builder.place_at(0..0);
        Ok(builder.root.unwrap_or_else(|| Node::empty(place)))
    } else {
        Err(builder.found)
    }
}

/// A collection that has begun and not ended.
struct Frame {
    anchor: usize,
    start: usize,
    items: Items,
    /// Nodes in it so far, itself included.
    size: usize,
}

enum Items {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, keys: BTreeSet<String>, key: Option<(String, Place)> },
}

struct Builder<'s> {
    source: &'s Arc<Source>,
    from: usize,
    /// Byte offset of every character, where that is not simply its index.
    offsets: Option<Vec<usize>>,
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, (Node, usize)>,
    aliased: usize,
    documents: usize,
    root: Option<Node>,
    found: Vec<Diagnostic>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Arc<Source>, from: usize) -> Self {
        let text = &source.text[from..];
        let offsets = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self {
            source,
            from,
            offsets,
            stack: Vec::new(),
            anchors: BTreeMap::new(),
            aliased: 0,
            documents: 0,
            root: None,
            found: Vec::new(),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        let span = self.byte(span.start)..self.byte(span.end);
        match event {
            Event::DocumentStart(_) => self.begin_document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_ref(), &span);
                let plain = style == ScalarStyle::Plain;
                let place = self.place_at(span);
                self.attach(
                    Node { place, named_at: None, value: Value::Scalar { text: text.into_owned(), plain } },
                    anchor,
                    1,
                )
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_ref(), &span);
                self.open(anchor, span, Items::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_ref(), &span);
                let items = Items::Map { entries: Vec::new(), keys: BTreeSet::new(), key: None };
                self.open(anchor, span, items)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(anchor) => self.expand(anchor, span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin_document(&mut self, span: Range<usize>) -> Result<(), Diagnostic> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let place = self.place_at(span);
        let message = "the file holds several YAML documents".to_owned();
        let mut several = Diagnostic::error(&registry::SEVERAL_DOCUMENTS, &place, message);
        several.label("another one begins here").help("one file is one experiment: put each into its own");
        Err(several)
    }

    fn open(&mut self, anchor: usize, span: Range<usize>, items: Items) -> Result<(), Diagnostic> {
        if self.stack.len() < DEEPEST {
            self.stack.push(Frame { anchor, start: span.start, items, size: 1 });
            return Ok(());
        }
        let place = self.place_at(span);
        let message = format!("this is nested more than {DEEPEST} levels deep");
        Err(Diagnostic::error(&registry::TOO_DEEP, &place, message))
    }

    fn close(&mut self, end: usize) -> Result<(), Diagnostic> {
        let frame = self.stack.pop().expect("the parser closes only what it opened");
        let place = self.place_at(frame.start..end.max(frame.start));
        let value = match frame.items {
            Items::List(nodes) => Value::List(nodes),
            Items::Map { entries, .. } => Value::Map(entries),
        };
        self.attach(Node { place, named_at: None, value }, frame.anchor, frame.size)
    }

    fn expand(&mut self, anchor: usize, span: Range<usize>) -> Result<(), Diagnostic> {
        let place = self.place_at(span);
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            let message = "this alias contains itself".to_owned();
            return Err(Diagnostic::error(&registry::ALIAS_EXPLOSION, &place, message));
        };
        self.aliased += size;
        if self.aliased > MOST_ALIASED {
            let message = format!("aliases add more than {MOST_ALIASED} values to this file");
            let mut explosion = Diagnostic::error(&registry::ALIAS_EXPLOSION, &place, message);
            explosion.label("the last straw").help("write the values out, or use fewer aliases of aliases");
            return Err(explosion);
        }
        self.attach(node, 0, size)
    }

    /// Puts a finished node where it belongs: into the innermost open collection, or at the root.
    fn attach(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Diagnostic> {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.size += size;
        match &mut frame.items {
            Items::List(nodes) => nodes.push(node),
            Items::Map { entries, keys, key } => match key.take() {
                None => *key = Some(key_of(node)?),
                Some((name, place)) if keys.contains(&name) => {
                    let message = format!("the key {} is given twice", quoted(&name));
                    let mut twice = Diagnostic::error(&registry::DUPLICATE_KEY, &place, message);
                    twice.label("again here").help("keep one of the two");
                    if let Some(first) = entries.iter().find(|entry| entry.key == name) {
                        twice.also(&first.place, "first here");
                    }
                    self.found.push(twice);
                }
                Some((name, place)) => {
                    keys.insert(name.clone());
                    let named_at = Some(place.clone());
                    entries.push(Entry { key: name, place, node: Node { named_at, ..node } });
                }
            },
        }
        Ok(())
    }

    fn refuse_tag(&mut self, tag: Option<&Cow<'_, Tag>>, span: &Range<usize>) {
        let Some(tag) = tag else { return };
        let tag =
            format!("{}{}", if tag.is_yaml_core_schema() { "!!" } else { tag.handle.as_str() }, tag.suffix);
        let place = self.place_at(span.clone());
        let message = format!("YAML reads {} as a tag, and tags mean nothing here", quoted(&tag));
        let mut refused = Diagnostic::error(&registry::YAML_TAG, &place, message);
        refused.help("put the text in quotes, or remove the tag");
        self.found.push(refused);
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let text = &self.source.text;
        let at = self.byte(*error.marker());
        // At the end of the text there is nothing to see; its last character is where things stopped.
        let last =
            text[self.from..].trim_end().char_indices().last().map_or(self.from, |(at, _)| self.from + at);
        let at = if text[at..].trim().is_empty() { last } else { at };
        let width = text[at..].chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
        let place = Place { source: self.source.clone(), span: at..at + width };
        let message = format!("this is not valid YAML: {}", error.info());
        let mut syntax = Diagnostic::error(&registry::YAML_SYNTAX, &place, message);
        if let Some(help) = comment_help(text, self.from, at)
            .or_else(|| syntax_help(error.info()))
            .or_else(|| quoting_help(text, self.from, at))
        {
            syntax.help(help);
        }
        syntax
    }

    fn place_at(&self, span: Range<usize>) -> Place {
        Place { source: self.source.clone(), span }
    }

    /// The byte offset of a mark; the parser counts characters.
    fn byte(&self, mark: Marker) -> usize {
        let length = self.source.text.len() - self.from;
        let within = match &self.offsets {
            None => mark.index().min(length),
            Some(offsets) => offsets.get(mark.index()).copied().unwrap_or(length),
        };
        self.from + within
    }
}

fn key_of(node: Node) -> Result<(String, Place), Diagnostic> {
    match node.value {
        Value::Scalar { text, .. } => Ok((text, node.place)),
        Value::List(_) | Value::Map(_) => {
            let message = format!("a key is a word, not {}", node.what());
            let mut odd = Diagnostic::error(&registry::ODD_KEY, &node.place, message);
            odd.help("put the key in quotes if it begins with `[` or `{`");
            Err(odd)
        }
    }
}

/// Advice for complaints that say what is wrong and not what to do.
fn syntax_help(info: &str) -> Option<String> {
    let help = if info.contains("tab") {
        "indent with blanks: YAML allows no tabs"
    } else if info.contains("expected ',' or") {
        "a bracket or brace before this is not closed, or a comma is missing"
    } else if info.contains("mapping values are not allowed") {
        "put a text that contains `: ` in quotes, and keys of one map at the same indentation"
    } else {
        return None;
    };
    Some(help.to_owned())
}

/// Advice for a value that a comment swallowed, on the line of the error or the one before: `{key: #.paid}`.
fn comment_help(text: &str, from: usize, at: usize) -> Option<String> {
    let line_end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let last = text[from..line_end].lines().rev().filter(|line| !line.trim().is_empty()).take(2);
    let in_braces = |(before, _): &(&str, &str)| before.contains(['{', '[']);
    let mut swallowed = last.filter_map(|line| line.split_once(": #")).filter(in_braces);
    let (_, value) = swallowed.next()?;
    let end = value.find([',', '}', ']']).unwrap_or(value.len());
    let value = value[..end].trim_end();
    Some(format!("YAML reads ` #` as the beginning of a comment: quote it, as in `\"#{value}\"`"))
}

/// Advice for characters that begin something else in YAML than meant: `*.paid`, `> 5`, `@home`.
fn quoting_help(text: &str, from: usize, at: usize) -> Option<String> {
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1).max(from);
    let line_end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let line = &text[line_start..line_end];
    let starts_special = |part: &str| part.starts_with(['*', '&', '>', '|', '@', '`', '%', '!']);
    let value = line.split([':', '[', ',', '{', '-']).map(str::trim).find(|part| starts_special(part))?;
    let value = value.trim_end_matches(['}', ']']).trim_end();
    let first = value.chars().next()?;
    Some(format!("quote it: `\"{value}\"`; a leading `{first}` means something else to YAML"))
}
