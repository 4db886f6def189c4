//! The summary a person reads in a terminal, 80 columns wide: the finding first, then the tables.
//!
//! Owns layout and colour. Writes ANSI colours always; whoever prints decides whether they stay.
//! Everything can be read without them.

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::metrics::summary::{Summary, Verdict};

use super::Report;
use super::finding::finding;
use super::section::{Row, Section, Tone, run_line, sections};

/// Columns text is wrapped at.
pub(super) const WIDTH: usize = 80;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// The whole summary, with a newline at its end; `folder` is where the report was written.
#[must_use]
pub fn render(report: &Report<'_>, folder: Option<&str>) -> String {
    let summary = report.summary;
    let mut page = Page::default();
    page.line(&painted(BOLD, &summary.scenario));
    page.line(&painted(DIM, &run_line(summary)));
    page.blank();
    page.paragraph("", &finding(summary));
    for section in sections(summary) {
        page.section(&section);
    }
    if !summary.remarks.is_empty() {
        page.heading("Remarks");
        for remark in &summary.remarks {
            page.paragraph("  ", remark);
        }
    }
    page.blank();
    page.line(&verdict_line(summary));
    if summary.verdict != Verdict::Held {
        page.line(&format!("  reproduce: {}", report.reproduce));
    }
    if let Some(folder) = folder {
        page.line(&format!("  report:    {folder}"));
    }
    page.text
}

/// One line for `--quiet`: the verdict and what it is about.
#[must_use]
pub fn render_quiet(summary: &Summary) -> String {
    let style = verdict_style(summary.verdict);
    format!("{} {}: {}\n", painted(style, summary.verdict.name()), summary.scenario, finding(summary))
}

/// Lines one below the other.
#[derive(Default)]
pub(super) struct Page {
    pub(super) text: String,
}

impl Page {
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    pub(super) fn heading(&mut self, title: &str) {
        self.blank();
        self.line(&painted(BOLD, title));
    }

    pub(super) fn paragraph(&mut self, indent: &str, text: &str) {
        for line in wrapped(text, WIDTH - indent.len()) {
            self.line(&format!("{indent}{line}"));
        }
    }

    pub(super) fn section(&mut self, section: &Section) {
        self.blank();
        let lines = table_lines(section);
        let styles = std::iter::once(BOLD).chain(section.rows.iter().map(row_style));
        for (line, style) in lines.iter().zip(styles) {
            self.line(&painted(style, line.trim_end()));
        }
        if let Some(note) = &section.note {
            for line in wrapped(note, WIDTH - 2) {
                self.line(&painted(DIM, &format!("  {line}")));
            }
        }
    }
}

/// The table as lines, the header first, one line for each row.
fn table_lines(section: &Section) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.add_row(
        std::iter::once(section.title.as_ref())
            .chain(section.columns.iter().map(|name| shown(section, name))),
    );
    for Row { name, cells, .. } in &section.rows {
        let indented = format!("  {name}");
        table.add_row(std::iter::once(indented.as_str()).chain(cells.iter().map(String::as_str)));
    }
    for index in 0..=section.columns.len() {
        let Some(column) = table.column_mut(index) else { continue };
        column.set_padding((0, 2));
        if index > 0 && !section.words.contains(&(index - 1)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().collect()
}

/// Columns of words explain themselves; only numbers need their names.
fn shown<'a>(section: &Section, name: &'a str) -> &'a str {
    let of_words = section.words.iter().any(|index| section.columns.get(*index) == Some(&name));
    if of_words { "" } else { name }
}

fn row_style(row: &Row) -> Style {
    match row.tone {
        Tone::Plain => Style::new(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Bad => AnsiColor::Red.on_default(),
        Tone::Doubtful => AnsiColor::Yellow.on_default(),
        Tone::Total => DIM,
    }
}

pub(super) fn verdict_style(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Held => AnsiColor::Green,
        Verdict::Broken => AnsiColor::Red,
        Verdict::Unknown => AnsiColor::Yellow,
    };
    color.on_default().bold()
}

fn verdict_line(summary: &Summary) -> String {
    let asked = summary.expectations.len();
    let held = summary.expectations.iter().filter(|one| one.verdict == Verdict::Held).count();
    let how_many = match asked {
        0 => "nothing was expected of this run".to_owned(),
        1 if held == 1 => "the one expectation came true".to_owned(),
        1 => "the one expectation did not come true".to_owned(),
        _ if held == asked => format!("all {asked} expectations came true"),
        _ => format!("{held} of {asked} expectations came true"),
    };
    format!("{} {how_many}", painted(verdict_style(summary.verdict), &format!("{}:", summary.verdict.name())))
}

pub(super) fn painted(style: Style, text: &str) -> String {
    if style.is_plain() || text.is_empty() { text.to_owned() } else { format!("{style}{text}{style:#}") }
}

/// Lines of at most `width` characters, broken between words.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    // A number and its unit or its groups stay together.
    let text = super::number::unbroken(text);
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a last line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| line.replace('\u{202f}', " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn paragraphs_break_between_words_and_never_inside_numbers() {
        assert_eq!(wrapped("one 10 000 two", 9), ["one", "10 000", "two"]);
        assert_eq!(wrapped("indivisible", 4), ["indivisible"]);
    }
}
