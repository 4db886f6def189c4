//! `index.html`: the whole report as one file that opens from disk, with no network, and prints well.
//!
//! Knows HTML; what it says comes from the finding, the sections and the charts.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Report;
use super::chart::{Chart, lettering, scene::Weight};
use super::finding::sentences;
use super::number::unbroken;
use super::section::{Row, Section, Tone, run_line, sections};

const STYLE: &str = include_str!("html/style.css");

/// The whole page; `svgs` are the `charts`, drawn, in the same order.
#[must_use]
pub fn render(report: &Report<'_>, charts: &[Chart], svgs: &[String]) -> String {
    let summary = report.summary;
    let body = html! {
        (head(report))
        main {
            @for (chart, svg) in charts.iter().zip(svgs) { (figure(chart, svg)) }
            @if charts.is_empty() { p.note { "Nothing passed through a queue or a service, so there is nothing to draw." } }
            div.tables { @for section in sections(summary) { (table(&section)) } }
            (remarks(&summary.remarks))
            (not_modelled(report.not_modelled))
            (again(report))
        }
        footer { "mqlab " (env!("CARGO_PKG_VERSION")) " · " (run_line(summary)) }
    };
    shell(&summary.scenario, &body)
}

/// A page that opens from disk with no network.
pub(super) fn shell(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Without this, browsers ask the server (or the disk) for a favicon of their own accord.
                link rel="icon" href="data:,";
                title { (title) " – mqlab" }
                style { (PreEscaped(font_faces())) (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// The embedded Inter, so that the charts' labels are as wide as they were measured.
fn font_faces() -> String {
    let face = |weight: Weight, range: &str| {
        let bytes = base64(lettering::font_file(weight));
        format!("@font-face{{font-family:Inter;font-weight:{range};src:url(data:font/ttf;base64,{bytes})}}\n")
    };
    face(Weight::Regular, "400") + &face(Weight::SemiBold, "600 700")
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for sextet in 0..4 {
            let index = (bits >> (18 - 6 * sextet)) & 63;
            let digit = if sextet <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' };
            text.push(digit);
        }
    }
    text
}

/// The finding, before anything else.
fn head(report: &Report<'_>) -> Markup {
    let summary = report.summary;
    let verdict = summary.verdict.name();
    let sentences = sentences(summary);
    html! {
        header {
            p.kicker { (summary.scenario) " · seed " (summary.seed) " · " span class={ "verdict " (verdict) } { (verdict) } }
            h1 { (marked(&sentences[0])) }
            @if sentences.len() > 1 { p.lede { (marked(&sentences[1..].join(" "))) } }
            @if let Some(about) = report.about { p.about { (about.trim()) } }
        }
    }
}

pub(super) fn figure(chart: &Chart, svg: &str) -> Markup {
    html! {
        figure role="img" aria-label=(chart.title) { (PreEscaped(svg)) }
    }
}

pub(super) fn table(section: &Section) -> Markup {
    let wide = section.columns.len() > 3 || section.rows.iter().any(is_long);
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

/// Whether half the page is too narrow for a row.
fn is_long(row: &Row) -> bool {
    const FITS_HALF_A_PAGE: usize = 48;
    let words = std::iter::once(&row.name).chain(&row.cells);
    words.map(|word| word.chars().count()).sum::<usize>() > FITS_HALF_A_PAGE
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

/// What a reader should know before believing the numbers.
pub(super) fn remarks(remarks: &[String]) -> Markup {
    html! {
        @if !remarks.is_empty() {
            section { h2 { "Remarks" } ul { @for remark in remarks { li { (marked(remark)) } } } }
        }
    }
}

pub(super) fn not_modelled(items: &[&str]) -> Markup {
    html! {
        @if !items.is_empty() {
            section { h2 { "Not modelled" } ul { @for item in items { li { (marked(item)) } } } }
        }
    }
}

fn again(report: &Report<'_>) -> Markup {
    the_same_again("This gives the same run, to the byte:", report.reproduce, report.yaml)
}

/// The command and the scenario.
pub(super) fn the_same_again(promise: &str, reproduce: &str, yaml: &str) -> Markup {
    html! {
        section {
            h2 { "Again" }
            p { (promise) }
            pre { code { (reproduce) } }
            details open {
                summary { "The scenario as it ran" }
                pre { code { (yaml) } }
            }
        }
    }
}

/// Text in which names between backticks stand in code, and numbers do not break.
pub(super) fn marked(text: &str) -> Markup {
    let text = unbroken(text);
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{base64, marked};

    #[test]
    fn base64_agrees_with_the_rfc() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn names_stand_in_code_and_nothing_is_markup() {
        assert_eq!(marked("`a<b` is").into_string(), "<code>a&lt;b</code> is");
    }
}
