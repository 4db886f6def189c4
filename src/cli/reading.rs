//! From a name on the command line to a checked scenario: the file (or the shipped scenario), the
//! overrides, and every complaint printed.
//!
//! The one place that calls the scenario room. Knows files; does not know what a scenario means.

use std::fs;
use std::path::{Path, PathBuf};

use crate::metrics::registry;
use crate::scenario::diagnostic::{Diagnostic, Paint};
use crate::scenario::{self, Checked, Loader, Origin, Override, Source};

use super::output::{complain, note};
use super::shipped::{SHIPPED, shipped};

/// A file that was read and checked.
pub(super) struct Loaded {
    /// As given on the command line.
    pub file: String,
    /// The file's stem, which names its report.
    pub stem: String,
    /// What it says.
    pub checked: Checked,
}

/// Reads `file` with `overrides` and prints every complaint; `None` if it cannot run.
pub(super) fn load(file: &str, overrides: &[Override]) -> Option<Loaded> {
    load_again(file, overrides, &[])
}

/// The same for a file that was read before with other overrides; the warnings of then are not told again.
pub(super) fn load_again(file: &str, overrides: &[Override], told: &[Diagnostic]) -> Option<Loaded> {
    let (source, loader) = match open(file) {
        Ok(opened) => opened,
        Err(Unreadable::Complaint(message)) => {
            complain(&message);
            return None;
        }
        Err(Unreadable::Diagnostic(diagnostic)) => {
            print([&*diagnostic]);
            return None;
        }
    };
    match scenario::read(&source, overrides, &registry::patterns(), &loader) {
        Ok(checked) => {
            print(checked.warnings.iter().filter(|warning| !told.contains(warning)));
            Some(Loaded { file: file.to_owned(), stem: stem(file), checked })
        }
        Err(complaints) => {
            print(&complaints);
            None
        }
    }
}

/// `PATH=VALUE`, as `--set` takes it.
///
/// # Errors
/// If there is no `=` or nothing before it.
pub(super) fn parse_override(text: &str) -> Result<Override, String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok(Override { path: path.trim().to_owned(), value: value.to_owned(), origin: Origin::Set })
        }
        _ => Err("expected PATH=VALUE, for example `consumers.booking.prefetch=1`".into()),
    }
}

enum Unreadable {
    Complaint(String),
    Diagnostic(Box<Diagnostic>),
}

/// A file wins over a shipped scenario of the same name.
fn open(file: &str) -> Result<(Source, Folder), Unreadable> {
    let path = Path::new(file);
    let folder = Folder(path.parent().map(Path::to_owned).unwrap_or_default());
    match fs::read(path) {
        Ok(bytes) => {
            let source = Source::from_bytes(file, bytes).map_err(Unreadable::Diagnostic)?;
            Ok((source, folder))
        }
        Err(error) => match shipped(file) {
            Some(scenario) => {
                let source = Source { name: file.to_owned(), text: scenario.text.to_owned() };
                Ok((source, folder))
            }
            None => Err(Unreadable::Complaint(format!("cannot read `{file}`: {error}{}", suggestion(file)))),
        },
    }
}

/// The shipped scenario that `file` may have meant.
fn suggestion(file: &str) -> String {
    let wanted = stem(file);
    let nearest = SHIPPED
        .iter()
        .map(|scenario| (strsim::osa_distance(scenario.name, &wanted), scenario.name))
        .filter(|(distance, name)| *distance <= name.len() / 3)
        .min();
    nearest.map(|(_, name)| format!("; did you mean `{name}`?")).unwrap_or_default()
}

pub(super) fn print<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) {
    for diagnostic in diagnostics {
        note(&diagnostic.render(Paint::Colored));
        note("");
    }
}

fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    // `...yaml` has the stem `..`, and a report must not land beside or above its folder.
    stem.filter(|stem| !stem.chars().all(|c| c == '.')).unwrap_or_else(|| "scenario".into())
}

/// Loads data files that a scenario names, from the scenario's own folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder that the command was called in.
    pub(super) fn here() -> Self {
        Self(PathBuf::new())
    }
}

impl Loader for Folder {
    fn load(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_override, stem};

    #[test]
    fn reports_are_named_after_the_file() {
        assert_eq!(stem("scenarios/lost_ack.yaml"), "lost_ack");
        assert_eq!(stem("lost_ack"), "lost_ack");
        assert_eq!(stem("odd/...yaml"), "scenario");
        assert_eq!(stem("..yaml"), "scenario");
        assert_eq!(stem(".."), "scenario");
    }

    #[test]
    fn overrides_split_at_the_first_equals_sign() {
        let parsed = parse_override("a.b=c=d").map(|one| (one.path, one.value));
        assert_eq!(parsed, Ok(("a.b".into(), "c=d".into())));
        assert!(parse_override("=1").is_err() && parse_override("a").is_err());
    }
}
