//! What follows from a grid, and its tables: which cells are best, which are beaten, and what each came to.
//!
//! Owns choice and wording for sweeps, as [`conclusion`](super::conclusion) and [`tables`](super::tables) do for
//! variants.

use crate::experiment::expecting;
use crate::experiment::headline::Headline;
use crate::experiment::pareto::{Front, mean};
use crate::experiment::replications::Replications;
use crate::experiment::spread::of_values;
use crate::metrics::registry::Better;
use crate::metrics::summary::Verdict;
use crate::report::number::{capitalized, count_of, group, list};
use crate::report::section::{Row, Section, Tone};

use super::Experiment;
use super::advice;
use super::cell;
use super::grid::{Grid, harm, telling};
use super::study;

/// Columns that a table may fill.
const WIDTH: usize = 80;
/// Columns between two cells of a table.
const GAP: usize = 2;
/// A sentence names at most this many cells.
const MOST_NAMED: usize = 4;
/// A table has at most this many rows; files have them all.
const MOST_ROWS: usize = 60;
/// The settings of a cell are cut to this where they stand before numbers.
const LONGEST_NAME: usize = 44;
/// What a table of cells tells first.
const FIRST: [&str; 8] = [
    "balance.*.oversold",
    "balance.*.forgotten",
    "outcomes.lost",
    "ledger.duplicate_effects",
    "stores.*.throughput",
    "latency_ms.end_to_end.p99",
    "stores.*.store_calls",
    "stores.*.cache_calls",
];

/// At least one sentence; the first is the most important.
#[must_use]
pub fn sentences(experiment: &Experiment<'_>, grid: &Grid<'_>) -> Vec<String> {
    let mut sentences: Vec<String> =
        grid.advice.map(|advice| advice::sentences(experiment, advice)).unwrap_or_default();
    sentences.extend(study::sentences(experiment, grid));
    let told = telling(experiment.arms);
    if sentences.is_empty() {
        sentences.extend(told.first().and_then(|headline| extremes(experiment, headline)));
    }
    sentences.extend(whatever(experiment, grid));
    sentences.extend(grid.front.map(|front| not_beaten(experiment, front)));
    if grid.advice.is_none() {
        sentences.extend(expectations_met(experiment));
    }
    if sentences.is_empty() {
        let cells = count_of(experiment.arms.len() as u64, "cell");
        sentences.push(format!("Nothing that was measured differs among the {cells}."));
    }
    if experiment.runs() == 1 && !experiment.runs_differ() {
        let seed = experiment.seeds();
        sentences.push(format!(
            "This is seed {seed} alone, which shows what can happen and not how often: `--runs 20` says more."
        ));
    }
    sentences
}

/// Where a number is best and where it is worst.
fn extremes(experiment: &Experiment<'_>, headline: &Headline) -> Option<String> {
    let mut means: Vec<(f64, &str)> =
        experiment.arms.iter().filter_map(|arm| Some((mean(headline, arm)?, arm.name.as_str()))).collect();
    means.sort_by(|a, b| a.0.total_cmp(&b.0));
    if headline.better == Better::Higher {
        means.reverse();
    }
    let ((best, _), (worst, where_worst)) = (*means.first()?, *means.last()?);
    let bests: Vec<&str> =
        means.iter().filter(|(value, _)| value.to_bits() == best.to_bits()).map(|(_, name)| *name).collect();
    let value = |value: f64| cell::value(headline.unit, value);
    let (best, worst) = (value(best), value(worst));
    let (what, bests) = (capitalized(headline.name), cells(&bests));
    Some(match headline.better_among(experiment.arms) {
        Better::Neither => format!(
            "{what}: most, {best}, in {bests}, least, {worst}, in `{where_worst}`; more is not better where what was \
             not there is sold."
        ),
        _ => format!("{what}: best {best} in {bests}, worst {worst} in `{where_worst}`."),
    })
}

/// Of a matrix with several panels: the pairs that do no harm in any of them.
fn whatever(experiment: &Experiment<'_>, grid: &Grid<'_>) -> Option<String> {
    let varied = grid.varied();
    let (pair, panels) = varied.split_at_checked(2)?;
    if !grid.is_whole() || panels.is_empty() || varied.iter().any(|axis| grid.axes[*axis].numbers().is_some())
    {
        return None;
    }
    let whole = grid.combinations(panels);
    let harmless = |at: &Vec<usize>| {
        whole.iter().all(|panel| {
            let mut at = at.clone();
            for axis in panels {
                at[*axis] = panel[*axis];
            }
            harm(&experiment.arms[grid.arm(&at)]) == 0.0
        })
    };
    let pairs: Vec<String> =
        grid.combinations(pair).iter().filter(|at| harmless(at)).map(|at| grid.label(pair, at)).collect();
    let names: Vec<&str> = panels.iter().map(|axis| grid.names()[*axis]).collect();
    Some(if pairs.is_empty() {
        format!("Nothing is without harm whatever the {}.", names.join(" and "))
    } else {
        let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
        format!("Without harm whatever the {}: {}.", names.join(" and "), cells(&pairs))
    })
}

/// The cells that no other beats.
fn not_beaten(experiment: &Experiment<'_>, front: &Front) -> String {
    let names: Vec<&str> = front.members.iter().map(|at| experiment.arms[*at].name.as_str()).collect();
    let metrics: Vec<String> = front.metrics.iter().map(|metric| metric.name.to_owned()).collect();
    let all = count_of(experiment.arms.len() as u64, "cell");
    let beaten = match names.len() {
        1 => "one beats or equals all others",
        _ => "these are not beaten by another",
    };
    format!("Of {all}, by their means of {}, {beaten}: {}.", list(&metrics), cells(&names))
}

/// How many cells meet all that was expected.
fn expectations_met(experiment: &Experiment<'_>) -> Option<String> {
    experiment.judged.iter().any(|judged| !judged.is_empty()).then(|| {
        let held: Vec<&str> = experiment
            .arms
            .iter()
            .zip(experiment.judged)
            .filter(|(_, judged)| expecting::verdict(judged) == Verdict::Held)
            .map(|(arm, _)| arm.name.as_str())
            .collect();
        let all = count_of(experiment.arms.len() as u64, "cell");
        match held.len() {
            0 => format!("No cell of {all} meets every expectation."),
            n if n == experiment.arms.len() => format!("All of {all} meet every expectation."),
            n => format!("Of {all} {} every expectation: {}.", meet(n), cells(&held)),
        }
    })
}

fn meet(count: usize) -> String {
    if count == 1 { "1 meets".into() } else { format!("{} meet", group(count as u64)) }
}

/// The first few by name.
fn cells(names: &[&str]) -> String {
    let told: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    if more == 0 { list(&told) } else { format!("{} and {} more", told.join(", "), group(more as u64)) }
}

/// Every table, in reading order.
#[must_use]
pub fn sections(experiment: &Experiment<'_>, grid: &Grid<'_>) -> Vec<Section> {
    let mut sections = Vec::new();
    sections.extend(grid.advice.map(|advice| advice::section(experiment, grid, advice)));
    if let Some(front) = grid.front {
        sections.push(front_table(experiment, grid, front));
    }
    sections.push(cells_table(experiment, grid));
    sections.extend(expected_table(experiment));
    sections
}

/// Each expectation with the number of cells that meet it.
fn expected_table(experiment: &Experiment<'_>) -> Option<Section> {
    let mut rows: Vec<(String, String, [u64; 3])> = Vec::new();
    for one in experiment.judged.iter().flatten() {
        let known = rows.iter().position(|row| (&row.0, &row.1) == (&one.metric, &one.condition));
        let at = known.unwrap_or_else(|| {
            rows.push((one.metric.clone(), one.condition.clone(), [0; 3]));
            rows.len() - 1
        });
        rows[at].2[match one.verdict {
            Verdict::Held => 0,
            Verdict::Broken => 1,
            Verdict::Unknown => 2,
        }] += 1;
    }
    let row = |(metric, condition, counts): (String, String, [u64; 3])| {
        let counts = counts.map(group);
        Row::new(metric, std::iter::once(condition).chain(counts).collect(), Tone::Plain)
    };
    (!rows.is_empty()).then(|| Section {
        title: "Expected".into(),
        columns: vec!["condition", "held in", "broken in", "unknown in"],
        words: Vec::new(),
        rows: rows.into_iter().map(row).collect(),
        note: Some("cells; each cell's own verdicts are in summary.json".into()),
    })
}

/// The front, sorted by the first number that it weighs.
fn front_table(experiment: &Experiment<'_>, grid: &Grid<'_>, front: &Front) -> Section {
    let mut members = front.members.clone();
    let first = |at: usize| front.means[at].as_ref().map_or(0.0, |means| means[0]);
    members.sort_by(|a, b| first(*a).total_cmp(&first(*b)));
    let rows = members.iter().take(MOST_ROWS).map(|at| {
        let arm = &experiment.arms[*at];
        Row::new(
            settings(grid, *at),
            front.metrics.iter().map(|metric| value(arm, metric)).collect(),
            Tone::Plain,
        )
    });
    let ways: Vec<String> = front
        .metrics
        .iter()
        .map(|metric| {
            let way = if metric.better == Better::Higher { "more" } else { "less" };
            let misleads = metric.better_among(experiment.arms) != metric.better;
            let only = if misleads { " (where nothing is oversold)" } else { "" };
            format!("{way} of {}{only}", metric.name)
        })
        .collect();
    Section {
        title: format!("Not beaten: {}", grid.names().join(" · ")).into(),
        columns: front.metrics.iter().map(|metric| metric.column_name).collect(),
        words: Vec::new(),
        rows: rows.collect(),
        note: Some(format!("Any other cell has no advantage over one of these; better is {}.", list(&ways))),
    }
}

/// Every cell with as many of the numbers that differ as fit, the most important first.
fn cells_table(experiment: &Experiment<'_>, grid: &Grid<'_>) -> Section {
    let arms = &experiment.arms[..experiment.arms.len().min(MOST_ROWS)];
    let names: Vec<String> = (0..arms.len()).map(|at| settings(grid, at)).collect();
    let mut columns = telling(experiment.arms);
    columns
        .sort_by_key(|headline| FIRST.iter().position(|path| *path == headline.path).unwrap_or(FIRST.len()));
    let widest = |cells: &[String]| cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let title = grid.names().join(" · ");
    let mut room = WIDTH.saturating_sub(widest(&names).max(title.chars().count()) + GAP);
    let mut chosen: Vec<(&'static str, Vec<String>)> = Vec::new();
    for headline in columns {
        let cells: Vec<String> = arms.iter().map(|arm| value(arm, headline)).collect();
        let wanted = widest(&cells).max(headline.column_name.len()) + GAP;
        if wanted <= room {
            room -= wanted;
            chosen.push((headline.column_name, cells));
        }
    }
    let is_member = |at: usize| grid.front.is_some_and(|front| front.members.contains(&at));
    let rows = names.into_iter().enumerate().map(|(at, name)| {
        let tone = if is_member(at) { Tone::Good } else { Tone::Plain };
        Row::new(name, chosen.iter().map(|(_, cells)| cells[at].clone()).collect(), tone)
    });
    let left = experiment.arms.len() - arms.len();
    Section {
        title: title.into(),
        columns: chosen.iter().map(|(name, _)| *name).collect(),
        words: Vec::new(),
        rows: rows.collect(),
        note: (left > 0)
            .then(|| format!("{} more cells are in summary.json and runs.csv.", group(left as u64))),
    }
}

/// A number of a cell with its interval.
fn value(arm: &Replications, headline: &Headline) -> String {
    let column = headline.column(arm).unwrap_or_default();
    let values: Vec<f64> = column.into_iter().flatten().collect();
    of_values(&values, headline.path)
        .map_or_else(|| "–".into(), |spread| cell::with_interval(headline.unit, &spread))
}

/// The settings of a cell, without the names of their axes.
fn settings(grid: &Grid<'_>, arm: usize) -> String {
    let at = grid.at(arm);
    let named = grid.axes.iter().zip(at).map(|(axis, at)| axis.settings[at].name.as_str());
    super::tables::cut(&named.collect::<Vec<_>>().join(" · "), LONGEST_NAME)
}
