//! `summary.md`: the report as a page that reads well in a repository or a pull request.
//!
//! Knows Markdown; what it says comes from the finding, the sections and the charts.

use std::fmt::Write as _;

use super::Report;
use super::chart::Chart;
use super::finding::finding;
use super::section::{Section, run_line, sections};

/// The whole file; charts are linked beside it.
#[must_use]
pub fn render(report: &Report<'_>, charts: &[Chart]) -> String {
    let summary = report.summary;
    let mut page = format!("# {}\n\n", escaped(&summary.scenario));
    let _ = writeln!(page, "**{}.** {}\n", summary.verdict.name(), finding(summary));
    if let Some(about) = report.about {
        let _ = writeln!(page, "{}\n", escaped(about.trim()));
    }
    let _ = writeln!(page, "{}\n", run_line(summary));
    for chart in charts {
        let _ = writeln!(page, "![{}](charts/{}.svg)\n", escaped(&chart.title), chart.name);
    }
    for section in sections(summary) {
        write_section(&mut page, &section);
    }
    if !summary.remarks.is_empty() {
        page.push_str("## Remarks\n\n");
        write_list(&mut page, summary.remarks.iter().map(String::as_str));
    }
    if !report.not_modelled.is_empty() {
        page.push_str("## Not modelled\n\n");
        write_list(&mut page, report.not_modelled.iter().copied());
    }
    let _ = write!(page, "## Again\n\n```sh\n{}\n```\n", report.reproduce);
    page
}

pub(super) fn write_section(page: &mut String, section: &Section) {
    let _ = writeln!(page, "## {}\n", section.title);
    let _ = writeln!(page, "| | {} |", section.columns.join(" | "));
    page.push_str("|---|");
    for index in 0..section.columns.len() {
        page.push_str(if section.words.contains(&index) { "---|" } else { "--:|" });
    }
    page.push('\n');
    for row in &section.rows {
        let cells: Vec<String> = row.cells.iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(page, "| {} | {} |", escaped(&row.name), cells.join(" | "));
    }
    page.push('\n');
    if let Some(note) = &section.note {
        let _ = writeln!(page, "{}\n", escaped(note));
    }
}

pub(super) fn write_list<'a>(page: &mut String, items: impl Iterator<Item = &'a str>) {
    for item in items {
        let _ = writeln!(page, "- {}", item.trim());
    }
    page.push('\n');
}

/// A text that Markdown takes literally, on one line.
pub(super) fn escaped(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => literal.push(' '),
            '|' | '*' | '<' | '[' | ']' | '\\' => literal.extend(['\\', c]),
            _ => literal.push(c),
        }
    }
    literal
}
