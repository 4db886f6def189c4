//! Strategies along a growing number: who leads from where to where, where the lead passes on, and at what price.
//!
//! A study is a grid with one axis of words (a lock, a profile) and one of numbers (workers); the other axes are
//! its circumstances. Owns choice and wording; who leads is the business of
//! [`winners`](crate::experiment::winners).

use crate::experiment::headline::{Headline, headline_of};
use crate::experiment::pareto::{mean, varies};
use crate::experiment::replications::Replications;
use crate::experiment::winners::{Crossover, Lead, crossovers, leads};
use crate::report::number::{decimal, list};

use super::Experiment;
use super::cell;
use super::grid::{Grid, harm};

/// What a study asks about, the first that differs.
const ASKED: [&str; 4] =
    ["stores.*.throughput", "throughput.completed", "latency_ms.end_to_end.p99", "latency_ms.operation.p99"];
/// What is told as the price of a strategy.
const PRICES: [(&str, &str); 3] = [
    ("stores.*.store_calls", "store calls"),
    ("stores.*.cache_calls", "cache calls"),
    ("stores.*.conflicts", "conflicts"),
];
/// A summary tells of so many circumstances.
const MOST_TOLD: usize = 6;

/// Strategies along a number, under the same circumstances.
#[derive(Clone, Debug)]
pub struct Study<'a> {
    /// The circumstances, `write_share=20%`; empty if there is one.
    pub circumstances: String,
    /// What is asked about.
    pub headline: &'static Headline,
    /// What the numbers are called.
    pub number: &'a str,
    /// The numbers, growing.
    pub x: Vec<f64>,
    /// Their unit, with a blank before it where one belongs there.
    pub unit: &'static str,
    /// What the strategies are called.
    pub strategies: Vec<String>,
    /// The runs of each strategy at each number, `arms[point][strategy]`.
    pub arms: Vec<Vec<&'a Replications>>,
    /// Those that did no harm anywhere, among whom the lead is; everybody if nobody did none.
    pub harmless: Vec<usize>,
    /// Who leads at each number.
    pub leads: Vec<Option<Lead>>,
    /// Where the lead passes on.
    pub crossovers: Vec<Crossover>,
}

/// The studies that a grid holds, one for each combination of its other settings; none if it has no axis of words
/// and one of numbers, or gaps.
#[must_use]
pub fn studies<'a>(experiment: &Experiment<'a>, grid: &Grid<'a>) -> Vec<Study<'a>> {
    if !grid.is_whole() {
        return Vec::new();
    }
    let varied = grid.varied();
    let numbers = |axis: &usize| grid.axes[*axis].numbers();
    let Some(words) = varied.iter().copied().find(|axis| numbers(axis).is_none()) else { return Vec::new() };
    let along = varied.iter().find_map(|axis| Some((*axis, numbers(axis)?)));
    let Some((along, (x, unit))) = along else { return Vec::new() };
    let asked = ASKED.iter().filter_map(|path| headline_of(path));
    let Some(headline) = asked.into_iter().find(|headline| varies(headline, experiment.arms)) else {
        return Vec::new();
    };
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let others: Vec<usize> = varied.into_iter().filter(|axis| *axis != words && *axis != along).collect();
    let study = |at: Vec<usize>| {
        let arm = |point: usize, strategy: usize| {
            let mut at = at.clone();
            (at[along], at[words]) = (point, strategy);
            &experiment.arms[grid.arm(&at)]
        };
        let strategies = grid.settings(words);
        let arms: Vec<Vec<&Replications>> = order
            .iter()
            .map(|point| (0..strategies.len()).map(|strategy| arm(*point, strategy)).collect())
            .collect();
        let x: Vec<f64> = order.iter().map(|point| x[*point]).collect();
        let harmless = harmless(&arms);
        let (leads, crossovers) = led(headline, &x, &arms, &harmless);
        let circumstances = grid.label(&others, &at);
        let number = grid.names()[along];
        Study { circumstances, headline, number, x, unit, strategies, arms, harmless, leads, crossovers }
    };
    grid.combinations(&others).into_iter().map(study).collect()
}

/// Whoever did no harm at any number: what oversells is not the best at selling.
fn harmless(arms: &[Vec<&Replications>]) -> Vec<usize> {
    let all = 0..arms.first().map_or(0, Vec::len);
    let harmless: Vec<usize> =
        all.clone().filter(|strategy| arms.iter().all(|point| harm(point[*strategy]) == 0.0)).collect();
    if harmless.is_empty() { all.collect() } else { harmless }
}

/// Who leads among some of the strategies, and where the lead passes on.
fn led(
    headline: &Headline,
    x: &[f64],
    arms: &[Vec<&Replications>],
    among: &[usize],
) -> (Vec<Option<Lead>>, Vec<Crossover>) {
    let rivals: Vec<Vec<&Replications>> =
        arms.iter().map(|point| among.iter().map(|strategy| point[*strategy]).collect()).collect();
    let mut leads = leads(headline, &rivals);
    let mut crossovers = crossovers(headline, x, &rivals, &leads);
    for lead in leads.iter_mut().flatten() {
        lead.best = among[lead.best];
        lead.leaders.iter_mut().for_each(|leader| *leader = among[*leader]);
    }
    for one in &mut crossovers {
        (one.from, one.to) = (among[one.from], among[one.to]);
    }
    (leads, crossovers)
}

/// The computed conclusion, a sentence for each of the circumstances; none of one seed.
#[must_use]
pub fn sentences(experiment: &Experiment<'_>, grid: &Grid<'_>) -> Vec<String> {
    let studies = studies(experiment, grid);
    let all = studies.len();
    let mut sentences: Vec<String> = studies.iter().take(MOST_TOLD).map(conclusion).collect();
    if all > MOST_TOLD {
        sentences.push(format!("{} more combinations are in the charts.", all - MOST_TOLD));
    }
    sentences
}

/// A stretch of numbers with the same leaders.
struct Stretch<'l> {
    first: usize,
    last: usize,
    leaders: &'l [usize],
}

fn conclusion(study: &Study<'_>) -> String {
    let told: Vec<String> = stretches(study).iter().map(|stretch| in_words(study, stretch)).collect();
    let head = match study.circumstances.as_str() {
        "" => format!("Best in {}", study.headline.name),
        known => format!("With {known}, best in {}", study.headline.name),
    };
    let crossings: Vec<String> = study.crossovers.iter().map(|one| crossing(study, one)).collect();
    let crossings = if crossings.is_empty() { String::new() } else { format!(" {}.", crossings.join("; ")) };
    format!("{head}: {}.{crossings}{}", told.join("; "), left_out(study))
}

/// Who does harm, and so cannot lead.
fn left_out(study: &Study<'_>) -> String {
    let names = study.strategies.iter().enumerate().filter(|(at, _)| !study.harmless.contains(at));
    let names: Vec<String> = names.map(|(_, name)| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!(" Left out, since they do harm: {}.", list(&names)) }
}

fn stretches<'s>(study: &'s Study<'_>) -> Vec<Stretch<'s>> {
    let mut stretches: Vec<Stretch<'s>> = Vec::new();
    for (point, lead) in study.leads.iter().enumerate() {
        let leaders = lead.as_ref().map_or(&[] as &[usize], |lead| lead.leaders.as_slice());
        match stretches.last_mut().filter(|stretch| stretch.leaders == leaders) {
            Some(stretch) => stretch.last = point,
            None => stretches.push(Stretch { first: point, last: point, leaders }),
        }
    }
    stretches
}

/// `optimistic at 2 to 8 workers (120/s, 4.1 store calls)`.
fn in_words(study: &Study<'_>, stretch: &Stretch<'_>) -> String {
    let (first, last) = (study.x[stretch.first], study.x[stretch.last]);
    let numbers = if first.to_bits() == last.to_bits() {
        format!("{} = {}{}", study.number, decimal(first), study.unit)
    } else {
        format!("{} = {} to {}{}", study.number, decimal(first), decimal(last), study.unit)
    };
    let names: Vec<String> = stretch.leaders.iter().map(|at| study.strategies[*at].clone()).collect();
    match stretch.leaders {
        [] => format!("nothing was measured at {numbers}"),
        [one] => format!("`{}` at {numbers} ({})", names[0], price(study, stretch, *one)),
        several if several.len() == study.harmless.len() => {
            format!("none can be told from the best at {numbers}")
        }
        _ => format!("{} cannot be told apart at {numbers}", list(&names)),
    }
}

/// What the leader reaches at the end of its stretch, and for what.
fn price(study: &Study<'_>, stretch: &Stretch<'_>, strategy: usize) -> String {
    let arm = study.arms[stretch.last][strategy];
    let value = |headline: &Headline| mean(headline, arm).map(|mean| cell::value(headline.unit, mean));
    let reached = value(study.headline).unwrap_or_default();
    let mut parts = vec![reached];
    for (path, name) in PRICES {
        let headline =
            headline_of(path).filter(|headline| mean(headline, arm).is_some_and(|mean| mean > 0.0));
        parts.extend(headline.and_then(value).map(|value| format!("{value} {name}")));
    }
    parts.join(", ")
}

/// `optimistic hands over to pessimistic at 11 workers`.
#[must_use]
pub fn crossing(study: &Study<'_>, one: &Crossover) -> String {
    let (from, to) = (&study.strategies[one.from], &study.strategies[one.to]);
    format!("`{to}` overtakes `{from}` at about {} = {}{}", study.number, rounded(one.at), study.unit)
}

/// Two significant digits: it lies between two points.
fn rounded(value: f64) -> String {
    if value <= 0.0 {
        return decimal(value);
    }
    let step = libm::exp10(libm::log10(value).floor() - 1.0);
    decimal((value / step).round() * step)
}
