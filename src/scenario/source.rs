//! Texts that a scenario is read from, and places in them.
//!
//! A source is the scenario file, a `--set` option, or a data file that the scenario names. Knows
//! nothing of YAML, and opens no files itself.

use std::ops::Range;
use std::sync::Arc;

use super::diagnostic::Diagnostic;
use super::registry;

/// Larger files are refused: a scenario is written by a person.
pub const MAX_SOURCE_BYTES: usize = 1 << 20;

/// A text with the name that diagnostics show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As shown in diagnostics: a path, or `--set`.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// A stretch of a source, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it is.
    pub source: Arc<Source>,
    /// From the first byte to after the last; both on character boundaries.
    pub span: Range<usize>,
}

impl Source {
    /// A source from the bytes of a file.
    ///
    /// # Errors
    /// If there are more than [`MAX_SOURCE_BYTES`], or they are not UTF-8.
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Box<Diagnostic>> {
        let name = name.to_owned();
        if bytes.len() > MAX_SOURCE_BYTES {
            return Err(Box::new(too_large(name)));
        }
        String::from_utf8(bytes).map(|text| Self { name: name.clone(), text }).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let end = at + '\u{fffd}'.len_utf8();
            let place = Place { source: Arc::new(Self { name, text }), span: at..end };
            let mut diagnostic =
                Diagnostic::error(&registry::NOT_UTF8, &place, "the file is not UTF-8 text".to_owned());
            diagnostic.label("this byte begins no character").help("save the file as UTF-8");
            Box::new(diagnostic)
        })
    }

    /// The complaint about this source being too large, if it is.
    pub(super) fn oversized(&self) -> Option<Diagnostic> {
        (self.text.len() > MAX_SOURCE_BYTES).then(|| too_large(self.name.clone()))
    }
}

impl Place {
    /// Line and column, both from 1, counted in characters.
    #[must_use]
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = &self.source.text[..self.span.start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The part of it on its first line, without blanks at the end.
    pub(super) fn first_line(&self) -> Range<usize> {
        let text = &self.source.text[self.span.clone()];
        let line = text.split(['\n', '\r']).next().unwrap_or_default().trim_end();
        self.span.start..self.span.start + line.len()
    }
}

fn too_large(name: String) -> Diagnostic {
    let message = format!("`{name}` is larger than 1 MiB");
    let place = Place { source: Arc::new(Source { name, text: String::new() }), span: 0..0 };
    let mut diagnostic = Diagnostic::error(&registry::TOO_LARGE, &place, message);
    diagnostic.help("put long traces and samples into files of their own and name those");
    diagnostic
}
