//! `mqlab list`: the scenarios inside the binary.

use std::fmt::Write as _;
use std::io;

use anstyle::Style;
use serde_yaml::Value;

use crate::report::terminal::wrapped;

use super::output::{Outcome, emit};
use super::shipped::{SHIPPED, Shipped};

const BOLD: Style = Style::new().bold();
/// Columns descriptions are wrapped at.
const WIDTH: usize = 80;

/// Prints each with its own words about itself.
pub(super) fn execute() -> io::Result<Outcome> {
    let entries: Vec<String> = SHIPPED.iter().map(entry).collect();
    emit(&entries.join("\n")).map(|()| Outcome::Held)
}

fn entry(scenario: &Shipped) -> String {
    // The words are wanted even of a scenario that this version could not run.
    let top: Value = serde_yaml::from_str(scenario.text).unwrap_or(Value::Null);
    let words = |key: &str| top.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let mut entry = format!("{BOLD}{}{BOLD:#}  {}\n", scenario.name, words("scenario"));
    for line in wrapped(&words("about"), WIDTH - 2).iter().filter(|line| !line.is_empty()) {
        let _ = writeln!(entry, "  {line}");
    }
    entry
}
