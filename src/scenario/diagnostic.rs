//! A complaint about a scenario, as data, and how it looks on a terminal.
//!
//! Which complaints exist is the [`registry`](super::registry)'s business. Knows neither YAML nor
//! whether the terminal has colours: that is passed in.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::registry::Rule;
use super::source::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// It runs, but perhaps not as meant.
    Warning,
}

/// Whether text carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// None.
    Plain,
    /// ANSI escapes.
    Colored,
}

/// A place with what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub place: Place,
    /// A few words beside the caret; may be empty.
    pub label: String,
}

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The entry of the registry it belongs to; carries the stable id.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a period.
    pub message: String,
    /// The first is where the mistake is, the others are related.
    pub marks: Vec<Mark>,
    /// What can be done, a sentence each.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A complaint that stops the scenario from running.
    #[must_use]
    pub fn error(rule: &'static Rule, place: &Place, message: String) -> Self {
        Self::new(rule, Severity::Error, place, message)
    }

    /// A complaint that does not.
    #[must_use]
    pub fn warning(rule: &'static Rule, place: &Place, message: String) -> Self {
        Self::new(rule, Severity::Warning, place, message)
    }

    fn new(rule: &'static Rule, severity: Severity, place: &Place, message: String) -> Self {
        let mark = Mark { place: place.clone(), label: String::new() };
        Self { rule, severity, message, marks: vec![mark], help: Vec::new() }
    }

    /// Puts words beside the main caret.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.marks[0].label = label.into();
        self
    }

    /// Points at a related place.
    pub fn also(&mut self, place: &Place, label: impl Into<String>) -> &mut Self {
        self.marks.push(Mark { place: place.clone(), label: label.into() });
        self
    }

    /// Adds advice.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help.push(help.into());
        self
    }

    /// The stable id, for `mqlab explain`.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.rule.id
    }

    /// Where the mistake is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.marks[0].place
    }

    /// The complaint in the shape rustc made familiar, without a final newline.
    #[must_use]
    pub fn render(&self, paint: Paint) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(printable(&self.message)).id(self.rule.id);
        let mut group = Group::with_title(title);
        for excerpt in self.excerpts() {
            group = excerpt.add_to(group);
        }
        for help in &self.help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        let renderer = match paint {
            Paint::Plain => Renderer::plain(),
            Paint::Colored => Renderer::styled(),
        };
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }

    /// The marks, those in one source together, the main one's source first.
    fn excerpts(&self) -> Vec<Excerpt<'_>> {
        let mut excerpts: Vec<Excerpt<'_>> = Vec::new();
        for (index, mark) in self.marks.iter().enumerate() {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            match excerpts.iter_mut().find(|excerpt| excerpt.marks[0].1.place.source == mark.place.source) {
                Some(excerpt) => excerpt.marks.push((kind, mark)),
                None => excerpts.push(Excerpt { marks: vec![(kind, mark)] }),
            }
        }
        excerpts
    }
}

/// Several complaints with an empty line between them.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], paint: Paint) -> String {
    let rendered: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.render(paint)).collect();
    rendered.join("\n\n")
}

/// Marks in one source.
struct Excerpt<'d> {
    marks: Vec<(AnnotationKind, &'d Mark)>,
}

impl<'d> Excerpt<'d> {
    fn add_to(self, group: Group<'d>) -> Group<'d> {
        let source = &self.marks[0].1.place.source;
        if source.text.is_empty() {
            return group.element(Origin::path(source.name.as_str()));
        }
        let (lines, first_line) = self.lines();
        let annotations = self.marks.iter().map(|(kind, mark)| {
            let span = mark.place.first_line();
            let label = (!mark.label.is_empty()).then(|| printable(&mark.label));
            kind.span(span.start - lines.start..span.end - lines.start).label(label)
        });
        let annotations: Vec<_> = annotations.collect();
        group.element(
            Snippet::source(&source.text[lines])
                .line_start(first_line)
                .path(source.name.as_str())
                .annotations(annotations),
        )
    }

    /// The whole lines from the first mark to the last, and the number of the first: a renderer
    /// that saw all of a large file would take its time.
    fn lines(&self) -> (Range<usize>, usize) {
        let text = &self.marks[0].1.place.source.text;
        let spans = || self.marks.iter().map(|(_, mark)| mark.place.first_line());
        let first = spans().map(|span| span.start).min().unwrap_or(0);
        let last = spans().map(|span| span.end).max().unwrap_or(0);
        let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
        (start..end, text[..start].matches('\n').count() + 1)
    }
}

/// Text without characters that a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A user's text for a sentence: in backticks, shortened when it is long.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 48;
    if text.chars().count() <= LONGEST {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(LONGEST).collect::<String>())
}
