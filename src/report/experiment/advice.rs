//! Advice in words: the cell to take, how sure that is, and how the rules of thumb fare on the same numbers.
//!
//! Owns choice and wording; which cell it is, is the business of [`advice`](crate::experiment::advice).

use serde_json::{Value, json};

use crate::experiment::advice::{Advice, Choice, KNOBS, Met, knob};
use crate::experiment::headline::{Headline, headline_of};
use crate::experiment::spread::spread;
use crate::experiment::statistics::proportion::clopper_pearson;
use crate::quantity::Span;
use crate::report::chart::Chart;
use crate::report::chart::heat::{self, GridAxis};
use crate::report::chart::scene::Scene;
use crate::report::number::{decimal, group, millis_short, percent, unbroken};
use crate::report::section::{Row, Section, Tone};
use crate::scenario::MetricUnit;

use super::Experiment;
use super::cell;
use super::grid::Grid;
use super::heat_map::HeatMap;
use super::pictures::{chart, subtitles};
use super::tables::unit_of;

/// What is told of a rule beside how often it meets the goals.
const TOLD: [(&str, &str); 3] = [
    ("ledger.duplicate_executions", "runs again"),
    ("latency_ms.end_to_end.p99", "p99"),
    ("latency_ms.end_to_end.max", "longest"),
];

/// What is drawn beside how often the goals are met.
const DRAWN: [&str; 2] = ["ledger.duplicate_executions", "latency_ms.end_to_end.p99"];

/// The recommendation.
#[must_use]
pub fn sentences(experiment: &Experiment<'_>, advice: &Advice) -> Vec<String> {
    let name = |cell: usize| &experiment.arms[cell].name;
    let goals = experiment.judged.first().map_or(0, Vec::len);
    let goals = if goals == 1 { "the goal".to_owned() } else { format!("all {goals} goals") };
    let Some(choice) = advice.choice else {
        let (nearest, met) = (name(advice.nearest), advice.met[advice.nearest]);
        return vec![format!(
            "No cell meets {goals} in {} of runs; `{nearest}` comes nearest, with {}{}.",
            percent(advice.sure),
            in_runs(met),
            missed(experiment, advice.nearest)
        )];
    };
    let chosen = advice.met[choice.cell];
    vec![format!(
        "Take `{}`: the fewest instances that meet {goals}. It met them in {}, and in {} on seeds that it was not \
         chosen by{}.",
        name(choice.cell),
        in_runs(chosen),
        in_runs(choice.unseen),
        would(choice.unseen)
    )]
}

fn in_runs(met: Met) -> String {
    format!("{} runs", of_runs(met))
}

fn of_runs(met: Met) -> String {
    format!("{} of {}", group(met.runs), group(met.of))
}

/// How often other runs would.
fn would(met: Met) -> String {
    let share = clopper_pearson(met.runs, met.of);
    share.map_or_else(String::new, |share| {
        format!(", so {} to {} of all runs would", percent(share.low), percent(share.high))
    })
}

/// The goal that is missed most often.
fn missed(experiment: &Experiment<'_>, cell: usize) -> String {
    let judged = experiment.judged[cell].iter().filter(|one| one.held_in < experiment.arms[cell].runs.len());
    judged.min_by_key(|one| one.held_in).map_or_else(String::new, |one| {
        format!(
            "; most often it misses `{} {}`, which holds in {} of {}",
            one.metric,
            one.condition,
            group(one.held_in as u64),
            group(experiment.arms[cell].runs.len() as u64)
        )
    })
}

/// How the rules of thumb fare: each with the other settings of the cell that is recommended or comes nearest.
#[must_use]
pub fn section(experiment: &Experiment<'_>, grid: &Grid<'_>, advice: &Advice) -> Section {
    let base = grid.at(advice.choice.map_or(advice.nearest, |choice| choice.cell));
    let rules = &advice.rules;
    let timeouts = rules.ack_timeouts.iter().map(|(rule, timeout)| (*rule, KNOBS[2], timeout.to_string()));
    let prefetches = rules.prefetches.iter().map(|(rule, prefetch)| (*rule, KNOBS[1], prefetch.to_string()));
    let rows = timeouts.chain(prefetches).map(|(rule, ending, setting)| {
        let what = if ending == KNOBS[2] { "timeout" } else { "prefetch" };
        let cells = cell_with(grid, &base, ending, &setting).map_or_else(
            || vec!["not in the grid".to_owned()],
            |cell| {
                let told = TOLD.iter().map(|(path, _)| told(experiment, cell, path));
                std::iter::once(of_runs(advice.met[cell])).chain(told).collect()
            },
        );
        let mut cells: Vec<String> = std::iter::once(setting).chain(cells).collect();
        cells.resize(TOLD.len() + 2, String::new());
        Row::new(format!("{what}: {rule}"), cells, Tone::Plain)
    });
    let span = |span: Span| millis_short(span.as_millis_f64());
    let others: Vec<String> = KNOBS
        .iter()
        .filter_map(|ending| {
            Some(format!("{} = {}", ending.trim_start_matches('.'), knob(grid.axes, &base, ending)?))
        })
        .collect();
    Section {
        title: "Rules of thumb".into(),
        columns: ["value", "met in"].into_iter().chain(TOLD.iter().map(|(_, name)| *name)).collect(),
        words: Vec::new(),
        rows: rows.collect(),
        note: Some(format!(
            "Each with the rest as in {}. Work takes {} on average, {} at p99, {} at the longest of 100 000; there and \
             back takes {}; {} messages a second come into its queue.",
            others.join(", "),
            span(rules.mean),
            span(rules.p99),
            span(rules.longest),
            span(rules.round_trip),
            decimal(rules.rate)
        )),
    }
}

/// The mean at a path, without its interval, which the table of cells has.
fn told(experiment: &Experiment<'_>, cell: usize, path: &str) -> String {
    spread(&experiment.arms[cell], path)
        .map_or_else(|| "–".into(), |spread| cell::value(unit_of(path), spread.sample.mean))
}

/// Over prefetch and ack timeout, with as many instances as are recommended: how often all goals are met, how much is
/// done again, and how long it takes.
pub(super) fn pictures(experiment: &Experiment<'_>, grid: &Grid<'_>, advice: &Advice) -> Vec<Chart> {
    let axis = |ending: &str| grid.axes.iter().position(|axis| axis.name.ends_with(ending));
    let (Some(across), Some(up)) = (axis(KNOBS[1]), axis(KNOBS[2])) else { return Vec::new() };
    let others: Vec<usize> =
        grid.varied().into_iter().filter(|axis| *axis != across && *axis != up).collect();
    let fixed = grid.at(advice.choice.map_or(advice.nearest, |choice| choice.cell));
    let map = |headline| HeatMap {
        experiment,
        grid,
        headline,
        across,
        up: Some(up),
        fixed: fixed.clone(),
        others: &others,
    };
    let headlines: Vec<&'static Headline> = DRAWN.iter().filter_map(|path| headline_of(path)).collect();
    let Some(first) = headlines.first() else { return Vec::new() };
    let goals = goals_map(&map(first), advice).map(|scene| chart("goals", scene));
    let drawn = headlines.iter().filter_map(|headline| {
        let name = format!("heat-{}", headline.name.replace(' ', "_"));
        map(headline).draw().map(|scene| chart(&name, scene))
    });
    goals.into_iter().chain(drawn).collect()
}

/// In what share of runs all goals are met.
fn goals_map(map: &HeatMap<'_>, advice: &Advice) -> Option<Scene> {
    let grid = map.grid;
    let (across, up) = (map.across, map.up?);
    let (columns, rows) = (grid.settings(across), grid.settings(up));
    let share = |x: usize, y: usize| Some(advice.met[map.arm(x, y)].share());
    let values: Vec<Vec<Option<f64>>> =
        (0..rows.len()).map(|y| (0..columns.len()).map(|x| share(x, y)).collect()).collect();
    let chosen = advice.choice.map(|choice| grid.at(choice.cell));
    let marked: Vec<(usize, usize)> = chosen.iter().map(|at| (at[across], at[up])).collect();
    let title = match advice.choice.zip(chosen.as_ref()) {
        Some((choice, at)) => goals_title(choice, advice.met[choice.cell], &grid.label(&[across, up], at)),
        None => format!("No cell meets all goals in {} of runs", percent(advice.sure)),
    };
    let what = format!("share of runs that meet all goals, {}", grid.label(map.others, &map.fixed));
    heat::draw(&heat::Grid {
        titles: &[unbroken(&title)],
        subtitles: &subtitles(map.experiment, &what),
        across: GridAxis { name: grid.names()[across], labels: &columns },
        up: GridAxis { name: grid.names()[up], labels: &rows },
        values: &values,
        unit: MetricUnit::Ratio,
        marked: &marked,
    })
}

/// Why the cell was chosen: it meets the goals most often, or has most room among those that do as often.
fn goals_title(choice: Choice, met: Met, settings: &str) -> String {
    let how_often = if met.runs == met.of { "every run".to_owned() } else { in_runs(met) };
    match choice.as_good {
        1 => format!("All goals are met most surely with {settings}"),
        cells if choice.has_most_room => {
            format!("{cells} cells meet all goals in {how_often}: most room is left with {settings}")
        }
        cells => format!("{cells} cells meet all goals in {how_often}: one of them is {settings}"),
    }
}

/// The cell that differs from `base` in one knob, if the grid has it.
fn cell_with(grid: &Grid<'_>, base: &[usize], ending: &str, setting: &str) -> Option<usize> {
    let axis = grid.axes.iter().position(|axis| axis.name.ends_with(ending))?;
    let mut at = base.to_vec();
    at[axis] = grid.axes[axis].settings.iter().position(|known| known.name == setting)?;
    Some(grid.arm(&at))
}

/// The same for programs.
#[must_use]
pub fn json(experiment: &Experiment<'_>, advice: &Advice) -> Value {
    let met = |met: Met| {
        let share = clopper_pearson(met.runs, met.of);
        json!({
            "runs": met.runs, "of": met.of,
            "low": share.map(|share| share.low), "high": share.map(|share| share.high),
        })
    };
    let name = |cell: usize| &experiment.arms[cell].name;
    let rules = |rules: Vec<(&str, String)>| -> Value {
        rules
            .into_iter()
            .map(|(rule, value)| (rule.to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    json!({
        "sure": advice.sure,
        "cell": advice.choice.map(|choice| name(choice.cell)),
        "met": advice.choice.map(|choice| met(advice.met[choice.cell])),
        "met_unseen": advice.choice.map(|choice| met(choice.unseen)),
        "nearest": name(advice.nearest),
        "cells": experiment.arms.iter().zip(&advice.met).map(|(arm, one)| (arm.name.clone(), json!(one.runs)))
            .collect::<serde_json::Map<_, _>>(),
        "rules": {
            "ack_timeout": rules(advice.rules.ack_timeouts.iter().map(|(rule, span)| (*rule, span.to_string())).collect()),
            "prefetch": rules(advice.rules.prefetches.iter().map(|(rule, count)| (*rule, count.to_string())).collect()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::{Choice, Met, goals_title};

    #[test]
    fn a_title_says_why_the_cell_was_chosen() {
        let unseen = Met { runs: 0, of: 0 };
        let choice = |as_good, has_most_room| Choice { cell: 0, unseen, as_good, has_most_room };
        let title = |choice, runs| goals_title(choice, Met { runs, of: 20 }, "prefetch=1");
        assert_eq!(title(choice(1, true), 20), "All goals are met most surely with prefetch=1");
        assert_eq!(
            title(choice(3, true), 20),
            "3 cells meet all goals in every run: most room is left with prefetch=1"
        );
        assert_eq!(
            title(choice(2, false), 19),
            "2 cells meet all goals in 19 of 20 runs: one of them is prefetch=1"
        );
    }
}
