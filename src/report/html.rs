//! `index.html`: the whole report as one file that opens from disk, with no network, and prints well.
//!
//! Knows HTML; what it says comes from the finding, the sections and the charts.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::metrics::summary::Summary;

use super::Report;
use super::chart::Chart;
use super::finding::finding;
use super::number::unbroken;
use super::section::{Row, Section, Tone, run_line, sections};

const STYLE: &str = include_str!("html/style.css");

/// The whole page; `svgs` are the `charts`, drawn, in the same order.
#[must_use]
pub fn render(report: &Report<'_>, charts: &[Chart], svgs: &[String]) -> String {
    let summary = report.summary;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Without this, browsers ask the server (or the disk) for a favicon of their own accord.
                link rel="icon" href="data:,";
                title { (summary.scenario) " – mqlab" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(report))
                main {
                    @for (chart, svg) in charts.iter().zip(svgs) { (figure(chart, svg)) }
                    @if charts.is_empty() { p.note { "Nothing passed through a queue, so there is nothing to draw." } }
                    div.tables { @for section in sections(summary) { (table(&section)) } }
                    (remarks(summary))
                    (not_modelled(report.not_modelled))
                    (again(report))
                }
                footer { "mqlab " (env!("CARGO_PKG_VERSION")) " · " (run_line(summary)) }
            }
        }
    };
    page.into_string()
}

/// The finding, before anything else.
fn head(report: &Report<'_>) -> Markup {
    let summary = report.summary;
    let verdict = summary.verdict.name();
    html! {
        header {
            p.kicker { (summary.scenario) " · seed " (summary.seed) " · " span class={ "verdict " (verdict) } { (verdict) } }
            h1 { (marked(&finding(summary))) }
            @if let Some(about) = report.about { p.about { (about.trim()) } }
        }
    }
}

fn figure(chart: &Chart, svg: &str) -> Markup {
    html! {
        figure role="img" aria-label=(chart.title) { (PreEscaped(svg)) }
    }
}

fn table(section: &Section) -> Markup {
    let wide = section.columns.len() > 3;
    html! {
        section class=[wide.then_some("wide")] {
            h2 { (section.title) }
            table {
                thead { tr {
                    th {}
                    @for (index, column) in section.columns.iter().enumerate() {
                        th class=[section.words.contains(&index).then_some("words")] { (column) }
                    }
                } }
                tbody { @for row in &section.rows { (table_row(section, row)) } }
            }
            @if let Some(note) = &section.note { p.note { (marked(note)) } }
        }
    }
}

fn table_row(section: &Section, row: &Row) -> Markup {
    let tone = match row.tone {
        Tone::Plain => None,
        Tone::Good => Some("good"),
        Tone::Bad => Some("bad"),
        Tone::Doubtful => Some("doubtful"),
        Tone::Total => Some("total"),
    };
    html! {
        tr class=[tone] {
            th scope="row" { (row.name) }
            @for (index, cell) in row.cells.iter().enumerate() {
                td class=[section.words.contains(&index).then_some("words")] { (marked(cell)) }
            }
        }
    }
}

fn remarks(summary: &Summary) -> Markup {
    html! {
        @if !summary.remarks.is_empty() {
            section { h2 { "Remarks" } ul { @for remark in &summary.remarks { li { (marked(remark)) } } } }
        }
    }
}

fn not_modelled(items: &[&str]) -> Markup {
    html! {
        @if !items.is_empty() {
            section { h2 { "Not modelled" } ul { @for item in items { li { (marked(item)) } } } }
        }
    }
}

fn again(report: &Report<'_>) -> Markup {
    html! {
        section {
            h2 { "Again" }
            p { "This gives the same run, to the byte:" }
            pre { code { (report.reproduce) } }
            details open {
                summary { "The scenario as it ran" }
                pre { code { (report.yaml) } }
            }
        }
    }
}

/// Text in which names between backticks stand in code, and numbers do not break.
fn marked(text: &str) -> Markup {
    let text = unbroken(text);
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
