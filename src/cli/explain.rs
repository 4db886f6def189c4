//! `mqlab explain`: more about a diagnostic, from the table that raises it.

use std::fmt::Write as _;
use std::io;

use anstyle::Style;
use clap::Args;

use crate::scenario::registry::{DIAGNOSTICS, Rule, rule};

use super::output::{Outcome, complain, emit};

const BOLD: Style = Style::new().bold();
/// Columns explanations are wrapped at.
const WIDTH: usize = 80;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A diagnostic's id, such as `unknown-name`; without one, all are listed
    #[arg(value_name = "ID")]
    id: Option<String>,
}

impl Explain {
    /// Explains one, or lists all.
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        let Some(id) = &self.id else { return emit(&all()).map(|()| Outcome::Held) };
        if let Some(rule) = rule(id) {
            return emit(&page(rule)).map(|()| Outcome::Held);
        }
        complain(&format!("there is no diagnostic `{id}`{}", nearest(id)));
        Ok(Outcome::Wrong)
    }
}

fn all() -> String {
    let widest = DIAGNOSTICS.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    DIAGNOSTICS.iter().fold(String::new(), |mut list, rule| {
        let _ = writeln!(list, "{:widest$}  {}", rule.id, rule.title);
        list
    })
}

fn page(rule: &Rule) -> String {
    let mut page = format!("{BOLD}{}{BOLD:#}: {}\n\n", rule.id, rule.title);
    for line in crate::report::terminal::wrapped(rule.explanation, WIDTH) {
        let _ = writeln!(page, "{line}");
    }
    if !rule.example.is_empty() {
        page.push_str("\nFor example:\n\n");
        for line in rule.example.lines() {
            let _ = writeln!(page, "    {line}");
        }
    }
    page
}

fn nearest(id: &str) -> String {
    let nearest = DIAGNOSTICS
        .iter()
        .map(|rule| (strsim::osa_distance(rule.id, id), rule.id))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .min();
    nearest.map_or_else(
        || "; `mqlab explain` lists them all".into(),
        |(_, known)| format!("; did you mean `{known}`?"),
    )
}
