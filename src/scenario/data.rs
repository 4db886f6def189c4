//! Measured data: histograms, samples and traces, in CSV files or written out in the scenario.
//!
//! Fetches files through the [`Loader`](super::Loader) it is given and never opens one itself.

use std::sync::Arc;

use crate::quantity::{SPAN_UNITS, Span, parse_count, parse_number};

use super::diagnostic::quoted;
use super::reader::Reader;
use super::registry;
use super::source::{Place, Source};
use super::tree::{Node, Value};

/// A field of a table, with where it stands.
struct Cell {
    text: String,
    place: Place,
}

/// Rows of a file or of a list, and the unit that bare times are in.
struct Table {
    rows: Vec<Vec<Cell>>,
    unit: Option<&'static str>,
}

/// Upper bounds, ascending, with their counts.
pub(super) fn histogram(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<(Span, u64)>> {
    let table = table(reader, node, "a file name, or a list of `[upper bound, count]`", 2)?;
    let before = reader.errors();
    let mut bins: Vec<(Span, u64)> = Vec::new();
    let mut last = Span::ZERO;
    for row in &table.rows {
        let bound = time(reader, &row[0], table.unit);
        let count = parse_count(&row[1].text);
        if count.is_err() {
            bad_line(reader, &row[1].place, format!("{} is not a count", quoted(&row[1].text)));
        }
        let Some(bound) = bound else { continue };
        if bound <= last {
            let message =
                format!("the upper bound {} does not come after the one before", quoted(&row[0].text));
            bad_line(reader, &row[0].place, message);
        }
        last = bound;
        bins.push((bound, count.unwrap_or(0)));
    }
    if reader.errors() > before {
        return None;
    }
    let total = bins.iter().try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count));
    if matches!(total, None | Some(0)) {
        let message =
            if total.is_none() { "these counts overflow" } else { "a histogram without any counts" };
        reader.error(&registry::BAD_DISTRIBUTION, &node.place, message);
        return None;
    }
    Some(bins)
}

/// Measured spans.
pub(super) fn samples(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Span>> {
    let spans = times(reader, node)?;
    if spans.is_empty() {
        reader.error(&registry::BAD_DISTRIBUTION, &node.place, "samples of nothing");
        return None;
    }
    Some(spans)
}

/// Recorded instants, ascending.
pub(super) fn trace(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Span>> {
    let table = table(reader, node, "a file name, or a list of instants", 1)?;
    let before = reader.errors();
    let mut last = Span::ZERO;
    let mut instants = Vec::new();
    for row in &table.rows {
        let Some(at) = time(reader, &row[0], table.unit) else { continue };
        if at < last {
            bad_line(
                reader,
                &row[0].place,
                format!("{} comes before the instant above", quoted(&row[0].text)),
            );
        }
        last = at;
        instants.push(at);
    }
    (reader.errors() == before).then_some(instants)
}

fn times(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Span>> {
    let table = table(reader, node, "a file name, or a list of durations", 1)?;
    let before = reader.errors();
    let spans: Vec<Span> = table.rows.iter().filter_map(|row| time(reader, &row[0], table.unit)).collect();
    (reader.errors() == before).then_some(spans)
}

fn table(reader: &mut Reader<'_>, node: &Node, expected: &str, columns: usize) -> Option<Table> {
    match &node.value {
        Value::Scalar { text, .. } if !node.is_empty() => file(reader, node, text, columns),
        Value::List(items) => {
            let before = reader.errors();
            let rows = items.iter().filter_map(|item| inline_row(reader, item, columns)).collect();
            (reader.errors() == before).then_some(Table { rows, unit: None })
        }
        _ => {
            reader.wrong_type(node, expected);
            None
        }
    }
}

fn inline_row(reader: &mut Reader<'_>, item: &Node, columns: usize) -> Option<Vec<Cell>> {
    let nodes: Vec<&Node> = match (&item.value, columns) {
        (Value::Scalar { .. }, 1) => vec![item],
        (Value::List(cells), _) if cells.len() == columns && columns > 1 => cells.iter().collect(),
        _ => {
            let expected = if columns == 1 { "a duration" } else { "`[upper bound, count]`" };
            reader.wrong_type(item, expected);
            return None;
        }
    };
    let cells: Vec<Cell> = nodes
        .into_iter()
        .filter_map(|cell| {
            Some(Cell { text: reader.text(cell, "a value")?.to_owned(), place: cell.place.clone() })
        })
        .collect();
    (cells.len() == columns).then_some(cells)
}

fn file(reader: &mut Reader<'_>, node: &Node, path: &str, columns: usize) -> Option<Table> {
    let text = match reader.loader.load(path) {
        Ok(text) => text,
        Err(why) => {
            let message = format!("the file {} cannot be read: {why}", quoted(path));
            reader.error(&registry::DATA_FILE, &node.place, message);
            return None;
        }
    };
    let source = Arc::new(Source { name: path.to_owned(), text });
    let before = reader.errors();
    let mut table = Table { rows: Vec::new(), unit: None };
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(source.text.as_bytes());
    for (index, record) in records.records().enumerate() {
        let Ok(record) = record else { continue };
        let place = line_place(&source, record.position().map_or(0, csv::Position::byte));
        let header = record
            .get(0)
            .is_some_and(|cell| !cell.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)));
        if index == 0 && header {
            table.unit = header_unit(record.get(0).unwrap_or_default());
            continue;
        }
        if record.len() != columns {
            let message = format!("expected {columns} columns, found {}", record.len());
            bad_line(reader, &place, message).also(&node.place, "named here");
            continue;
        }
        table
            .rows
            .push(record.iter().map(|cell| Cell { text: cell.to_owned(), place: place.clone() }).collect());
    }
    (reader.errors() == before).then_some(table)
}

/// The unit that a header such as `latency_ms` names.
fn header_unit(header: &str) -> Option<&'static str> {
    let (_, suffix) = header.rsplit_once('_')?;
    SPAN_UNITS.into_iter().map(|(unit, _)| unit).find(|unit| *unit == suffix)
}

fn time(reader: &mut Reader<'_>, cell: &Cell, unit: Option<&str>) -> Option<Span> {
    match unit {
        Some(unit) if parse_number(&cell.text).is_ok() => {
            reader.span_from(&cell.place, &format!("{}{unit}", cell.text))
        }
        _ => reader.span_from(&cell.place, &cell.text),
    }
}

/// The line that begins at a byte of a file.
fn line_place(source: &Arc<Source>, byte: u64) -> Place {
    let start = usize::try_from(byte).unwrap_or(usize::MAX).min(source.text.len());
    let start = (start..=source.text.len()).find(|at| source.text.is_char_boundary(*at)).unwrap_or(0);
    let blank = source.text[start..].len() - source.text[start..].trim_start().len();
    let start = start + blank;
    let end = source.text[start..].find(['\n', '\r']).map_or(source.text.len(), |at| start + at);
    Place { source: source.clone(), span: start..end }
}

fn bad_line<'r>(
    reader: &'r mut Reader<'_>,
    place: &Place,
    message: String,
) -> &'r mut super::diagnostic::Diagnostic {
    reader.error(&registry::DATA_LINE, place, message)
}
