//! The tables of a report, once for all formats: which numbers stand together, under which names.
//!
//! Owns the choice of rows and their wording. Knows no format: terminal, Markdown and HTML each draw
//! the same sections.

mod services;

use std::borrow::Cow;

use crate::metrics::summary::{Expected, FaultCount, Ledger, PeakShaving, Summary, Verdict};

use super::balance;
use super::finding::tells_of_messages;
use super::number::{decimal, group, millis_short, percent, seconds};
use super::unit::in_its_unit;

/// A heading with a table and perhaps a sentence below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub title: Cow<'static, str>,
    /// Names of all columns but the first, which are numbers unless [`Section::words`] says otherwise.
    pub columns: Vec<&'static str>,
    /// Positions in `columns` of those that hold words.
    pub words: Vec<usize>,
    /// Name first, then a cell per column.
    pub rows: Vec<Row>,
    /// What belongs below the table.
    pub note: Option<String>,
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What its numbers are of.
    pub name: String,
    /// One for each column; empty where there is nothing to say.
    pub cells: Vec<String>,
    /// How it should strike the reader.
    pub tone: Tone,
}

/// How a row should strike the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Like any other.
    Plain,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Worth a second look.
    Doubtful,
    /// The sum of those above.
    Total,
}

/// Every section the run gives reason for, in reading order.
#[must_use]
pub fn sections(summary: &Summary) -> Vec<Section> {
    let all = [
        balance::stocks(summary),
        balance::sums(summary),
        ledger(summary),
        outcomes(summary),
        operations(summary),
        rates(summary),
        latencies(summary),
        queues(summary),
        consumers(summary),
        services::calls(summary),
        services::requests(summary),
        services::services(summary),
        balance::stores(summary),
        faults(summary),
        expectations(summary),
    ];
    all.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

impl Row {
    pub(super) fn new(name: impl Into<String>, cells: Vec<String>, tone: Tone) -> Self {
        Self { name: name.into(), cells, tone }
    }
}

/// A section that the run gives no reason for.
fn nothing(title: &'static str) -> Section {
    Section { title: title.into(), columns: Vec::new(), words: Vec::new(), rows: Vec::new(), note: None }
}

/// Three levels, each with how often it happened beyond the first time.
fn ledger(summary: &Summary) -> Section {
    let ledger = &summary.ledger;
    if !tells_of_messages(summary) {
        return nothing("Ledger");
    }
    let level = |name: &str, count, (again_name, again): (&str, u64), bad: bool| {
        let tone = if bad && again > 0 { Tone::Bad } else { Tone::Plain };
        Row::new(name, vec![group(count), group(again), again_name.into()], tone)
    };
    let published =
        Row::new("published", vec![group(ledger.published), String::new(), String::new()], Tone::Plain);
    Section {
        title: "Ledger".into(),
        columns: vec!["in all", "again", "named"],
        words: vec![2],
        rows: vec![
            published,
            level("stored", ledger.stored, ("stored_duplicates", ledger.stored_duplicates), false),
            level("deliveries", ledger.deliveries, ("redeliveries", ledger.redeliveries), false),
            level(
                "executions",
                ledger.executions,
                ("duplicate_executions", ledger.duplicate_executions),
                true,
            ),
            level("effects", ledger.effects, ("duplicate_effects", ledger.duplicate_effects), true),
        ],
        note: other_counts(ledger),
    }
}

/// The counters outside the three levels that are not zero.
fn other_counts(ledger: &Ledger) -> Option<String> {
    const SHOWN: [&str; 10] = [
        "published",
        "expected_effects",
        "stored",
        "stored_duplicates",
        "deliveries",
        "redeliveries",
        "executions",
        "duplicate_executions",
        "effects",
        "duplicate_effects",
    ];
    let others: Vec<String> = ledger
        .named()
        .into_iter()
        .filter(|(name, count)| *count > 0 && !SHOWN.contains(name))
        .map(|(name, count)| format!("{name} {}", group(count)))
        .collect();
    (!others.is_empty()).then(|| others.join(" · "))
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are out of reach")]
fn share_of(count: u64, whole: u64) -> String {
    if whole == 0 { "–".into() } else { percent(count as f64 / whole as f64) }
}

/// How every message ended, per group; the sum is what was expected.
fn outcomes(summary: &Summary) -> Section {
    if !tells_of_messages(summary) {
        return nothing("Outcomes");
    }
    let whole = summary.outcomes.total();
    let share = |count| share_of(count, whole);
    let always = ["done", "lost"];
    let mut rows: Vec<Row> = summary
        .outcomes
        .named()
        .into_iter()
        .filter(|(name, count)| *count > 0 || always.contains(name))
        .map(|(name, count)| {
            let tone = match (name, count) {
                ("done" | "declined", _) | ("lost", 0) => Tone::Plain,
                ("lost" | "dropped", _) => Tone::Bad,
                _ => Tone::Doubtful,
            };
            Row::new(name, vec![group(count), share(count)], tone)
        })
        .collect();
    let total = summary.ledger.expected_effects;
    rows.push(Row::new("expected_effects", vec![group(total), share(total)], Tone::Total));
    Section { title: "Outcomes".into(), columns: vec!["count", "share"], words: Vec::new(), rows, note: None }
}

/// What users experienced, where not all of it was success, or nothing else is told.
fn operations(summary: &Summary) -> Section {
    let operations = &summary.operations;
    let share = |count| share_of(count, operations.started);
    let mut rows = Vec::new();
    if operations.started != operations.succeeded || !tells_of_messages(summary) {
        rows = operations
            .named()
            .into_iter()
            .filter(|(name, count)| *count > 0 && *name != "started")
            .map(|(name, count)| {
                let tone = if name == "succeeded" { Tone::Plain } else { Tone::Doubtful };
                Row::new(name, vec![group(count), share(count)], tone)
            })
            .collect();
        rows.push(Row::new(
            "started",
            vec![group(operations.started), share(operations.started)],
            Tone::Total,
        ));
    }
    let columns = vec!["count", "share"];
    Section { title: "Operations".into(), columns, words: Vec::new(), rows, note: None }
}

fn rates(summary: &Summary) -> Section {
    let rows =
        summary.rates.named().into_iter().filter(|(_, rate)| rate.denominator > 0).map(|(name, rate)| {
            let value = rate.value().map_or_else(|| "–".into(), percent);
            let of = format!("{} of {}", group(rate.numerator), group(rate.denominator));
            Row::new(name, vec![value, of], Tone::Plain)
        });
    Section {
        title: "Rates".into(),
        columns: vec!["rate", "count"],
        words: Vec::new(),
        rows: rows.collect(),
        note: None,
    }
}

fn latencies(summary: &Summary) -> Section {
    let time = |ms: Option<f64>| ms.map_or_else(|| "–".into(), millis_short);
    let rows = summary.latencies.iter().filter(|(_, latency)| latency.count > 0).map(|(name, latency)| {
        let mut cells = vec![group(latency.count)];
        let times = [
            latency.mean_ms,
            latency.p50_ms,
            latency.p90_ms,
            latency.p99_ms,
            latency.p999_ms,
            latency.max_ms,
        ];
        cells.extend(times.map(time));
        Row::new(*name, cells, Tone::Plain)
    });
    let missing = summary.end_to_end_missing;
    let note = (missing > 0).then(|| {
        let never = if missing == 1 {
            "message never had an effect and is"
        } else {
            "messages never had an effect and are"
        };
        format!("{} {never} missing from `end_to_end`, which looks the faster for it.", group(missing))
    });
    Section {
        title: "Times".into(),
        columns: vec!["count", "mean", "p50", "p90", "p99", "p99.9", "max"],
        words: Vec::new(),
        rows: rows.collect(),
        note,
    }
}

fn queues(summary: &Summary) -> Section {
    let is_service = |name: &String| summary.services.iter().any(|(service, _)| service == name);
    let rows = summary
        .peak_shaving
        .iter()
        .filter(|(name, _)| !is_service(name))
        .filter(|(_, shaving)| shaving.peak_in > 0.0 || shaving.peak_backlog > 0)
        .map(|(name, shaving)| Row::new(name, peak_cells(shaving), Tone::Plain));
    Section {
        title: "Queues".into(),
        columns: vec!["in/s", "out/s", "shaved", "backlog", "at", "drained in", "longest wait"],
        words: Vec::new(),
        rows: rows.collect(),
        note: Some("in/s, out/s and backlog are peaks.".into()),
    }
}

fn peak_cells(shaving: &PeakShaving) -> Vec<String> {
    let long = |value: f64| millis_short(value * 1e3);
    let drained = match shaving.drain_time {
        Some(drain) => long(drain),
        None if shaving.peak_backlog == 0 => "–".into(),
        None => "did not".into(),
    };
    vec![
        decimal(shaving.peak_in),
        decimal(shaving.peak_out),
        shaving.shaved.map_or_else(|| "–".into(), percent),
        group(shaving.peak_backlog),
        long(shaving.peak_backlog_at),
        drained,
        long(shaving.longest_wait),
    ]
}

fn consumers(summary: &Summary) -> Section {
    let rows =
        summary.consumers.iter().filter(|(_, consumer)| consumer.instances > 0).map(|(name, consumer)| {
            let busy = consumer.utilization.map_or_else(|| "–".into(), percent);
            let mean = |value: Option<f64>| value.map_or_else(|| "–".into(), decimal);
            let cells = vec![
                consumer.instances.to_string(),
                busy,
                mean(consumer.concurrency.mean),
                mean(consumer.queue_length.mean),
            ];
            Row::new(name, cells, Tone::Plain)
        });
    Section {
        title: "Consumers".into(),
        columns: vec!["instances", "utilization", "handlers at once", "prefetched"],
        words: Vec::new(),
        rows: rows.collect(),
        note: None,
    }
}

fn faults(summary: &Summary) -> Section {
    let rows = summary.faults.iter().map(|(name, FaultCount { planned, fired })| {
        let planned = planned.map_or_else(|| "–".into(), group);
        let (tone, never) = if *fired == 0 { (Tone::Doubtful, "never fired") } else { (Tone::Plain, "") };
        Row::new(name, vec![planned, group(*fired), never.into()], tone)
    });
    Section {
        title: "Faults".into(),
        columns: vec!["planned", "fired", ""],
        words: vec![2],
        rows: rows.collect(),
        note: None,
    }
}

fn expectations(summary: &Summary) -> Section {
    let rows = summary.expectations.iter().map(|expected| {
        let tone = match expected.verdict {
            Verdict::Held => Tone::Good,
            Verdict::Broken => Tone::Bad,
            Verdict::Unknown => Tone::Doubtful,
        };
        let cells = vec![expected.condition.clone(), measured(summary, expected), verdict_in_words(expected)];
        Row::new(&expected.metric, cells, tone)
    });
    Section {
        title: "Expected".into(),
        columns: vec!["condition", "measured", "verdict"],
        words: vec![2],
        rows: rows.collect(),
        note: None,
    }
}

/// What was measured, in the metric's own unit.
fn measured(summary: &Summary, expected: &Expected) -> String {
    expected.value.map_or_else(|| "nothing".into(), |value| in_its_unit(summary, &expected.metric, value))
}

fn verdict_in_words(expected: &Expected) -> String {
    let mark = match expected.verdict {
        Verdict::Held => "✓",
        Verdict::Broken => "✗",
        Verdict::Unknown => "?",
    };
    let name = expected.verdict.name();
    match &expected.reason {
        Some(reason) => format!("{mark} {name}: {reason}"),
        None => format!("{mark} {name}"),
    }
}

/// The line that says which run this is: its seed, how long it was, how much happened.
#[must_use]
pub fn run_line(summary: &Summary) -> String {
    format!(
        "seed {}, {} of virtual time, {} events, trace {:016x}",
        summary.seed,
        seconds(summary.ended_at.as_seconds()),
        group(summary.events),
        summary.trace_hash
    )
}
