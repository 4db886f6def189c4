//! The tables of many runs: a row for each variant, then a row for each difference.
//!
//! Owns which numbers stand together and that they fit 80 columns. Knows no format.

use std::fmt::Write as _;

use crate::experiment::comparison::{Difference, Finding};
use crate::experiment::headline::{Headline, headline_of};
use crate::experiment::replications::Replications;
use crate::experiment::spread::{of_values, spread};
use crate::metrics::registry::Better;
use crate::metrics::summary::Verdict;
use crate::metrics::verdict::matches;
use crate::report::number::{decimal, group};
use crate::report::section::{Row, Section, Tone};
use crate::scenario::MetricUnit;

use super::Experiment;
use super::cell;
use super::cells;

/// Columns that a table may fill.
const WIDTH: usize = 80;
/// Less than this share off an interval is nothing.
const NOTHING: f64 = 0.005;
/// Columns between two cells.
const GAP: usize = 2;
/// Longer names are cut before a row of numbers, which need the room.
const LONGEST_BEFORE_NUMBERS: usize = 22;
/// And before the name of a metric.
const LONGEST_BEFORE_METRIC: usize = 16;

/// A column of the tables of variants.
struct Column {
    name: &'static str,
    cells: Vec<String>,
}

/// What a table of variants is about, and what its columns measure.
const GROUPS: [(&str, &[&str]); 4] = [
    (
        "Balance",
        &["balance.*.oversold", "balance.*.forgotten", "balance.*.difference", "stores.*.lost_updates"],
    ),
    (
        "Outcomes",
        &[
            "operations.succeeded",
            "outcomes.done",
            "outcomes.lost",
            "ledger.duplicate_effects",
            "ledger.duplicate_executions",
            "ledger.out_of_order",
        ],
    ),
    (
        "Waits",
        &[
            "latency_ms.operation.p50",
            "latency_ms.operation.p99",
            "latency_ms.end_to_end.p50",
            "latency_ms.end_to_end.p99",
            "peak_shaving.*.longest_wait",
            "peak_shaving.*.drain_time",
        ],
    ),
    (
        "Load and price",
        &[
            "peak_shaving.*.peak_backlog",
            "throughput.completed",
            "stores.*.throughput",
            "stores.*.conflicts",
            "services.*.retries",
            "services.*.wasted_s",
            "stores.*.store_calls",
            "stores.*.cache_calls",
        ],
    ),
];

/// What ends badly, told only where it happened.
const ENDINGS: [(&str, &str); 8] = [
    ("operations.rejected", "users rejected"),
    ("operations.timed_out", "timed out"),
    ("operations.failed", "failed"),
    ("operations.unfinished", "left waiting"),
    ("outcomes.unfinished", "unfinished"),
    ("outcomes.dead_lettered", "dead-lettered"),
    ("outcomes.dropped", "dropped"),
    ("outcomes.refused", "refused"),
];

/// Every table, in reading order.
#[must_use]
pub fn sections(experiment: &Experiment<'_>) -> Vec<Section> {
    if let Some(grid) = experiment.several_cells() {
        return cells::sections(experiment, grid);
    }
    let mut sections = Vec::new();
    for (title, paths) in GROUPS {
        let columns = paths
            .iter()
            .filter_map(|path| headline_of(path))
            .filter_map(|headline| column(experiment, headline));
        let mut columns: Vec<Column> = columns.collect();
        if title == "Outcomes" {
            columns.extend(endings(experiment));
        }
        sections.extend(tables(experiment, title, columns));
    }
    for b in 1..experiment.arms.len() {
        sections.extend(differences(experiment, b));
    }
    sections.extend(expectations(experiment));
    sections
}

/// A headline of every variant; `None` where none has it, or there is nothing of it anywhere.
fn column(experiment: &Experiment<'_>, headline: &Headline) -> Option<Column> {
    let columns: Vec<Option<Vec<Option<f64>>>> =
        experiment.arms.iter().map(|arm| headline.column(arm)).collect();
    let told = columns.iter().flatten().flatten().flatten().any(|value| *value != 0.0);
    let always = ["outcomes.done", "outcomes.lost"].contains(&headline.path);
    let cells: Vec<String> = columns.into_iter().map(|column| cell_of(headline, column)).collect();
    (told || (always && cells.iter().any(|cell| cell != "–")))
        .then_some(Column { name: headline.column_name, cells })
}

fn cell_of(headline: &Headline, column: Option<Vec<Option<f64>>>) -> String {
    let column = column.unwrap_or_default();
    let missing = column.iter().any(Option::is_none);
    let values: Vec<f64> = column.into_iter().flatten().collect();
    // A drain that did not end in some runs has no mean over all of them.
    if missing && headline.path.ends_with("drain_time") {
        return "did not".into();
    }
    of_values(&values, headline.path)
        .map_or_else(|| "–".into(), |spread| cell::with_interval(headline.unit, &spread))
}

fn endings(experiment: &Experiment<'_>) -> Vec<Column> {
    let column = |(path, name): (&'static str, &'static str)| {
        let spreads: Vec<_> = experiment.arms.iter().map(|arm| spread(arm, path)).collect();
        let happened = spreads.iter().flatten().any(|spread| spread.sample.max > 0.0);
        let cell = |spread: &Option<_>| {
            spread
                .as_ref()
                .map_or_else(|| "–".into(), |spread| cell::with_interval(MetricUnit::Count, spread))
        };
        happened.then(|| Column { name, cells: spreads.iter().map(cell).collect() })
    };
    ENDINGS.into_iter().filter_map(column).collect()
}

/// As many tables as the columns need, each within the width.
fn tables(experiment: &Experiment<'_>, title: &'static str, columns: Vec<Column>) -> Vec<Section> {
    let names = if experiment.is_comparison() {
        cut_apart(experiment.arms, LONGEST_BEFORE_NUMBERS)
    } else {
        vec!["a run".to_owned(); experiment.arms.len()]
    };
    let first = names.iter().map(|name| name.chars().count() + GAP).chain([title.len()]).max().unwrap_or(0);
    let width = |column: &Column| {
        column.cells.iter().map(|cell| cell.chars().count()).chain([column.name.len()]).max().unwrap_or(0)
            + GAP
    };
    let mut tables: Vec<Vec<Column>> = Vec::new();
    let mut room = 0;
    for column in columns {
        let wanted = width(&column);
        if let Some(table) = tables.last_mut().filter(|_| wanted <= room) {
            table.push(column);
        } else {
            tables.push(vec![column]);
            room = WIDTH.saturating_sub(first);
        }
        room = room.saturating_sub(wanted);
    }
    tables.into_iter().map(|columns| table(title, &names, &columns)).collect()
}

/// The arms' names, each of at most so many characters: cut at the end, or in the middle where two would look alike.
fn cut_apart(arms: &[Replications], longest: usize) -> Vec<String> {
    let short: Vec<String> = arms.iter().map(|arm| cut(&arm.name, longest)).collect();
    let alike = |name: &String| short.iter().filter(|other| *other == name).count() > 1;
    let names = arms.iter().zip(&short);
    names.map(|(arm, name)| if alike(name) { cut_within(&arm.name, longest) } else { name.clone() }).collect()
}

/// A name of at most so many characters, its middle left out.
fn cut_within(name: &str, longest: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= longest {
        return name.to_owned();
    }
    let tail = longest / 2;
    let (head, rest) = letters.split_at(longest - 1 - tail);
    head.iter().chain(&['…']).chain(&rest[rest.len() - tail..]).collect()
}

/// A name of at most so many characters.
pub(super) fn cut(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        return name.to_owned();
    }
    name.chars().take(longest - 1).chain(['…']).collect()
}

fn table(title: &'static str, names: &[String], columns: &[Column]) -> Section {
    let rows = names.iter().enumerate().map(|(at, name)| {
        Row::new(name, columns.iter().map(|column| column.cells[at].clone()).collect(), Tone::Plain)
    });
    Section {
        title: title.into(),
        columns: columns.iter().map(|column| column.name).collect(),
        words: Vec::new(),
        rows: rows.collect(),
        note: None,
    }
}

/// What an arm does otherwise than the first, as far as it does.
fn differences(experiment: &Experiment<'_>, b: usize) -> Option<Section> {
    let of_b: Vec<&Difference> = experiment.differences.iter().filter(|one| one.b == b).collect();
    let rows: Vec<Row> = of_b.iter().filter(|one| differs(one)).map(|one| difference(one)).collect();
    if rows.is_empty() {
        return None;
    }
    let title = cut_apart(experiment.arms, LONGEST_BEFORE_NUMBERS).swap_remove(b);
    let columns = if experiment.runs() > 1 {
        vec!["differs by", "95 %", "ratio", "p", "narrower"]
    } else {
        vec!["differs by", "ratio"]
    };
    let rows =
        rows.into_iter().map(|row| Row { cells: row.cells.into_iter().take(columns.len()).collect(), ..row });
    Some(Section {
        title: title.into(),
        columns: columns.clone(),
        words: Vec::new(),
        rows: rows.collect(),
        note: Some(note(experiment, b, &of_b)),
    })
}

fn differs(one: &Difference) -> bool {
    one.paired.difference != 0.0 || one.paired.deviation != 0.0
}

fn difference(one: &Difference) -> Row {
    let Difference { headline, paired, .. } = one;
    let ratio = paired.ratio.map_or_else(|| "–".into(), decimal);
    let change = cell::change(headline.unit, paired.difference);
    let cells = match paired.interval {
        None => vec![change, ratio],
        Some(interval) => vec![
            change,
            cell::range(headline.unit, interval),
            ratio,
            one.p_adjusted.map_or_else(|| "–".into(), cell::p_value),
            paired.width_of_unpaired.map_or_else(|| "–".into(), narrower),
        ],
    };
    Row::new(headline.name, cells, tone(one))
}

/// Whether a difference is for the better.
pub(super) fn tone(one: &Difference) -> Tone {
    match (one.finding(), one.better) {
        (Finding::More, Better::Higher) | (Finding::Less, Better::Lower) => Tone::Good,
        (Finding::More, Better::Lower) | (Finding::Less, Better::Higher) => Tone::Bad,
        (Finding::Open, _) => Tone::Doubtful,
        _ => Tone::Plain,
    }
}

/// What a reader has to know about these differences.
fn note(experiment: &Experiment<'_>, b: usize, of_b: &[&Difference]) -> String {
    let mut note = format!("`{}` less `{}`", experiment.arms[b].name, experiment.arms[0].name);
    let comparisons = of_b.first().map_or(0, |one| one.comparisons);
    if experiment.runs() < 2 || comparisons == 0 {
        note.push_str(", under one seed: nothing says how much of it is luck.");
        return note;
    }
    let _ = write!(
        note,
        "; p after Holm over {comparisons} comparisons; \"narrower\" is what the same luck took off the interval."
    );
    let wider: Vec<&str> = of_b
        .iter()
        .filter(|one| differs(one) && one.paired.width_of_unpaired.is_some_and(|width| width > 1.0 - NOTHING))
        .map(|one| one.headline.name)
        .collect();
    if !wider.is_empty() {
        let _ = write!(note, " It took nothing off {}.", wider.join(", "));
    }
    note
}

/// What pairing took off an interval, in whole percents; below zero where it added.
fn narrower(width: f64) -> String {
    let percents = ((1.0 - width) * 100.0).round();
    if percents == 0.0 { "0 %".into() } else { format!("{} %", decimal(percents)) }
}

/// What was expected of each arm.
fn expectations(experiment: &Experiment<'_>) -> Vec<Section> {
    let mut rows = Vec::new();
    let names = cut_apart(experiment.arms, LONGEST_BEFORE_METRIC);
    for (arm, judged) in names.iter().zip(experiment.judged) {
        for one in judged {
            let tone = match one.verdict {
                Verdict::Held => Tone::Good,
                Verdict::Broken => Tone::Bad,
                Verdict::Unknown => Tone::Doubtful,
            };
            let name = if experiment.is_comparison() {
                format!("{arm}: {}", one.metric)
            } else {
                one.metric.clone()
            };
            let unit = unit_of(&one.path);
            let measured =
                one.spread.map_or_else(|| "nothing".into(), |spread| cell::with_interval(unit, &spread));
            let runs = format!("{} of {} runs", group(one.held_in as u64), group(one.of as u64));
            rows.push(Row::new(
                name,
                vec![one.condition.clone(), measured, runs, one.verdict.name().into()],
                tone,
            ));
        }
    }
    let columns = vec!["condition", "measured", "held in", "verdict"];
    let section = Section { title: "Expected".into(), columns, words: vec![2, 3], rows, note: None };
    (!section.rows.is_empty()).then_some(section).into_iter().collect()
}

/// What the metric at a path is measured in.
pub(super) fn unit_of(path: &str) -> MetricUnit {
    let known = crate::metrics::registry::metrics().find(|metric| matches(metric.path, path));
    known.map_or(MetricUnit::Number, |metric| metric.unit)
}

#[cfg(test)]
mod tests {
    use super::{cut, cut_within};

    #[test]
    fn long_names_are_cut_at_the_end_or_within() {
        assert_eq!(cut("key for a minute, skip", 16), "key for a minut…");
        assert_eq!(cut_within("key for a minute, skip", 16), "key for…te, skip");
        assert_eq!(cut_within("key for a minute, skip", 15), "key for…e, skip");
        assert_eq!(cut_within("short", 16), "short");
    }
}
