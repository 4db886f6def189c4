//! What follows from many runs, in sentences made from the numbers and never saying more than their intervals.
//!
//! Owns choice and wording. A difference is called one only if its adjusted p says so; what is open is called
//! open, with the number of runs that would be expected to tell.

use crate::experiment::comparison::{Difference, Finding};
use crate::experiment::headline::HEADLINES;
use crate::experiment::replications::Replications;
use crate::experiment::spread::spread;
use crate::experiment::statistics::proportion::{clopper_pearson, none_of};
use crate::metrics::registry::Better;
use crate::report::number::{count_of, group, list, percent};
use crate::scenario::MetricUnit;

use super::Experiment;
use super::cell;
use super::cells;

/// A sentence names at most this many numbers of a kind; the table has them all.
const MOST_NAMED: usize = 3;
/// More runs than this are not worth naming.
const MOST_RUNS: f64 = 1e6;

/// At least one sentence; the first is the most important.
#[must_use]
pub fn sentences(experiment: &Experiment<'_>) -> Vec<String> {
    if let Some(grid) = experiment.several_cells() {
        return cells::sentences(experiment, grid);
    }
    if !experiment.is_comparison() {
        return one_arm(experiment);
    }
    let mut sentences = Vec::new();
    for b in 1..experiment.arms.len() {
        let of_b: Vec<&Difference> = experiment.differences.iter().filter(|one| one.b == b).collect();
        sentences.extend(about(experiment, b, &of_b));
    }
    if experiment.runs() == 1 {
        let seed = experiment.seeds();
        sentences.push(format!(
            "This is seed {seed} alone, which shows what can happen and not how often: `--runs 20` says more."
        ));
    }
    sentences
}

/// What one variant does otherwise than the first.
fn about(experiment: &Experiment<'_>, b: usize, of_b: &[&Difference]) -> Vec<String> {
    let (first, other) = (&experiment.arms[0].name, &experiment.arms[b].name);
    if of_b.is_empty() {
        return vec![format!("`{other}` and `{first}` measure nothing in common.")];
    }
    let found = |wanted: fn(&Difference) -> bool| -> Vec<&Difference> {
        of_b.iter().copied().filter(|one| wanted(one)).collect()
    };
    if experiment.runs() == 1 {
        return vec![single(first, other, &found(|one| one.paired.difference != 0.0))];
    }
    let shown = |wanted: fn(&Difference) -> bool| -> Vec<&Difference> {
        found(wanted).into_iter().filter(|one| shows(one)).collect()
    };
    let (better, worse, neither) = (shown(is_better), shown(is_worse), shown(is_neither));
    let open = found(|one| one.finding() == Finding::Open);
    let mut sentences = Vec::new();
    match (better.is_empty(), worse.is_empty()) {
        (true, true) if of_b.iter().all(|one| one.finding() == Finding::Same) => {
            let runs = count_of(experiment.runs() as u64, "run");
            return vec![format!(
                "`{other}` and `{first}` came to the same in each of {runs}: no difference was found."
            )];
        }
        (true, true) if open.is_empty() && neither.is_empty() => sentences.push(format!(
            "`{other}` and `{first}` differ in nothing that shows in the digits of the tables."
        )),
        (true, true) => {}
        (false, true) => sentences.push(format!(
            "`{other}` is better than `{first}` wherever they can be told apart: {}.",
            named(&better)
        )),
        (true, false) => sentences.push(format!(
            "`{other}` is worse than `{first}` wherever they can be told apart: {}.",
            named(&worse)
        )),
        (false, false) => {
            let (gains, losses) =
                (format!("better are {}", named(&better)), format!("worse are {}", named(&worse)));
            // The more important number comes first, whichever way it went.
            let rank = |told: &[&Difference]| HEADLINES.iter().position(|one| one == told[0].headline);
            let told = if rank(&better) < rank(&worse) { [gains, losses] } else { [losses, gains] };
            sentences.push(format!("`{other}` against `{first}` is a trade: {}.", told.join("; ")));
        }
    }
    if !neither.is_empty() {
        let sold = named(&neither);
        sentences.push(format!("More is not better where what was not there is sold: in `{other}`, {sold}."));
    }
    sentences.extend(undecided(experiment, (first, other), &open, sentences.is_empty()));
    sentences
}

/// Whether the two numbers look different as they are told.
fn shows(one: &Difference) -> bool {
    let value = |value: f64| cell::value(one.headline.unit, value);
    value(one.paired.a) != value(one.paired.b)
}

fn is_better(one: &Difference) -> bool {
    matches!((one.finding(), one.better), (Finding::More, Better::Higher) | (Finding::Less, Better::Lower))
}

fn is_worse(one: &Difference) -> bool {
    matches!((one.finding(), one.better), (Finding::More, Better::Lower) | (Finding::Less, Better::Higher))
}

fn is_neither(one: &Difference) -> bool {
    one.better == Better::Neither && matches!(one.finding(), Finding::More | Finding::Less)
}

/// One seed: what it came to.
fn single(first: &str, other: &str, differing: &[&Difference]) -> String {
    if differing.is_empty() {
        return format!("`{other}` came to the same as `{first}`.");
    }
    let what = |one: &&Difference| {
        let unit = one.headline.unit;
        format!(
            "{} {} instead of {}",
            one.headline.name,
            cell::value(unit, one.paired.b),
            cell::value(unit, one.paired.a)
        )
    };
    let told: Vec<String> = differing.iter().take(MOST_NAMED).map(what).collect();
    format!("`{other}` against `{first}`: {}{}.", list(&told), more(differing.len()))
}

/// The first few of them, each with its size and how sure that is.
fn named(differences: &[&Difference]) -> String {
    let told: Vec<String> = differences.iter().take(MOST_NAMED).map(|one| sized(one)).collect();
    format!("{}{}", told.join("; "), more(differences.len()))
}

fn more(count: usize) -> String {
    if count > MOST_NAMED { format!("; and {} more", count - MOST_NAMED) } else { String::new() }
}

/// `user wait p99, 203 ms instead of 15 ms (170 to 206 ms more)`.
fn sized(one: &Difference) -> String {
    let (unit, paired) = (one.headline.unit, &one.paired);
    let values = format!(
        "{}, {} instead of {}",
        one.headline.name,
        cell::value(unit, paired.b),
        cell::value(unit, paired.a)
    );
    let Some(interval) = paired.interval else { return values };
    // The adjusted test can find a difference only where its own interval, which is longer, leaves zero out.
    let (low, high, word) = if paired.difference > 0.0 {
        (interval.low, interval.high, "more")
    } else {
        (-interval.high, -interval.low, "less")
    };
    let sizes = crate::experiment::statistics::Interval { low: low.max(0.0), high };
    format!("{values} ({} {word})", cell::range(unit, sizes))
}

/// What cannot be told apart, and how many runs would be expected to.
fn undecided(
    experiment: &Experiment<'_>,
    (first, other): (&str, &str),
    open: &[&Difference],
    is_all: bool,
) -> Option<String> {
    if open.is_empty() {
        return None;
    }
    let runs = count_of(experiment.runs() as u64, "run");
    let what = |one: &&Difference| match one.runs_needed() {
        Some(needed) if needed <= MOST_RUNS => {
            // So many did not tell, whatever is expected of them.
            let needed = rounded(needed).max(one.paired.count as u64 + 1);
            format!("{} (about {} would)", one.headline.name, group(needed))
        }
        _ => format!("{} (nothing suggests that more would)", one.headline.name),
    };
    let told: Vec<String> = open.iter().take(MOST_NAMED).map(what).collect();
    let names = format!("{}{}", list(&told), more(open.len()));
    Some(if is_all {
        format!("`{other}` and `{first}` cannot be told apart with {runs}: {names}.")
    } else {
        format!("Between `{other}` and `{first}` {runs} do not tell: {names}.")
    })
}

/// Two significant digits, upwards: it is an estimate.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and at most a million")]
fn rounded(runs: f64) -> u64 {
    let step = libm::exp10((libm::log10(runs).floor() - 1.0).max(0.0));
    ((runs / step).ceil() * step) as u64
}

/// How many users were served, where not all were.
fn served(arm: &Replications) -> Option<String> {
    let (started, succeeded) = (spread(arm, "operations.started")?, spread(arm, "operations.succeeded")?);
    let all = arm.column("operations.started") == arm.column("operations.succeeded");
    let count = |spread| cell::with_interval(MetricUnit::Count, &spread);
    (!all).then(|| format!("Of {} users a run {} were served.", count(started), count(succeeded)))
}

/// One arm over several seeds: what was lost and done again, and in how many runs.
fn one_arm(experiment: &Experiment<'_>) -> Vec<String> {
    let Some(arm) = experiment.arms.first() else { return vec!["Nothing ran.".into()] };
    let runs = arm.runs.len() as u64;
    let mut sentences = Vec::new();
    sentences.extend(served(arm));
    // Without messages there is none to lose.
    let published = arm.measured("ledger.published").iter().any(|count| *count > 0.0);
    for (path, noun) in
        [("outcomes.lost", "message was lost"), ("ledger.duplicate_effects", "effect was applied twice")]
    {
        let Some(found) = spread(arm, path).filter(|_| published) else { continue };
        let hit = arm.measured(path).iter().filter(|value| **value > 0.0).count() as u64;
        sentences.push(if hit == 0 {
            let bound = none_of(runs).map(percent).unwrap_or_default();
            format!(
                "No {noun} in any of {}, which still allows up to {bound} of all runs to have one.",
                count_of(runs, "run")
            )
        } else {
            let what = if path == "outcomes.lost" { "lost messages" } else { "duplicate effects" };
            let share = clopper_pearson(hit, runs).map(|share| {
                format!(" (of all runs {} to {} would)", percent(share.low), percent(share.high))
            });
            format!(
                "{} of {} had {what}{}, {} a run.",
                group(hit),
                count_of(runs, "run"),
                share.unwrap_or_default(),
                cell::with_interval(MetricUnit::Count, &found)
            )
        });
    }
    if let Some(wait) = spread(arm, "latency_ms.end_to_end.p99") {
        let mean = cell::with_interval(MetricUnit::Milliseconds, &wait);
        sentences.push(format!(
            "The p99 from end to end is {mean} on average, and {} in the worst run.",
            cell::value(MetricUnit::Milliseconds, wait.sample.max)
        ));
    }
    if sentences.is_empty() {
        sentences.push(format!("{} ran.", count_of(runs, "run")));
    }
    sentences
}
