//! The chart of one number in every variant: a bar each, its interval as a whisker, the best coloured.
//!
//! Owns what the chart says and where. Knows neither SVG nor PNG.

use crate::experiment::comparison::{Difference, Finding};
use crate::experiment::headline::{HEADLINES, Headline};
use crate::experiment::spread::{Spread, of_values};
use crate::metrics::registry::Better;
use crate::report::experiment::{Experiment, cell};
use crate::report::number::{capitalized, count_of, list, unbroken};

use super::axis::{Scale, ticks};
use super::label::fit;
use super::lettering::width;
use super::panel::{LINE, SIZE, SMALL, sheet_of};
use super::scene::{Anchor, Ink, Point, Scene, Text, Weight};

/// A report shows so many numbers as bars.
const MOST_CHARTS: usize = 3;
/// A chart holds so many bars.
const MOST_BARS: usize = 16;
/// Logical pixels from the top to the first bar.
const TOP: f64 = 84.0;
/// Logical pixels from one bar to the next.
const STEP: f64 = 50.0;
/// Logical pixels of a bar.
const BAR: f64 = 32.0;
/// Logical pixels below the last bar, for the axis.
const BOTTOM: f64 = 56.0;
/// Em of the variants' names and of the values.
const NAME: f64 = 13.0;
/// Half the height of a whisker's cap.
const CAP: f64 = 7.0;
/// Names get at most this much room.
const WIDEST_NAME: f64 = 260.0;

/// The numbers that tell the variants apart most: those found to differ, the most important first, or else
/// those that differed at all. Where neither way is good there is no best to draw.
#[must_use]
pub fn telling(experiment: &Experiment<'_>) -> Vec<&'static Headline> {
    let any = |headline: &&'static Headline, told: fn(&Difference) -> bool| {
        experiment.differences.iter().any(|one| one.headline == *headline && told(one))
    };
    let sure = |one: &Difference| matches!(one.finding(), Finding::More | Finding::Less);
    let seen = |one: &Difference| one.paired.difference != 0.0;
    let found = HEADLINES.iter().filter(|headline| any(headline, sure));
    let others = HEADLINES.iter().filter(|headline| !any(headline, sure) && any(headline, seen));
    let has_a_way = |headline: &&'static Headline| !any(headline, |one| one.better == Better::Neither);
    found.chain(others).filter(has_a_way).take(MOST_CHARTS).collect()
}

/// The chart of `headline`, or `None` where fewer than two variants have it.
#[must_use]
pub fn draw(experiment: &Experiment<'_>, headline: &'static Headline) -> Option<Scene> {
    let bars: Vec<(usize, Spread)> = experiment
        .arms
        .iter()
        .enumerate()
        .filter_map(|(at, arm)| {
            let values: Vec<f64> = headline.column(arm)?.into_iter().flatten().collect();
            Some((at, of_values(&values, headline.path)?))
        })
        .take(MOST_BARS)
        .collect();
    if bars.len() < 2 {
        return None;
    }
    let best = best(experiment, headline, &bars);
    let bottom = TOP + STEP * count(bars.len());
    let titles = titles(experiment, headline, &bars, &best);
    let mut scene = sheet_of(bottom + BOTTOM, &titles, &subtitles(experiment, headline));
    let names: Vec<String> = bars.iter().map(|(at, _)| name(&experiment.arms[*at].name)).collect();
    let left = names.iter().map(|name| width(name, NAME, Weight::Regular)).fold(0.0, f64::max) + 36.0;
    let right = SIZE.0 - 130.0;
    let highest = bars.iter().map(|(_, spread)| upper(spread)).fold(0.0, f64::max);
    let top = if highest > 0.0 { highest } else { 1.0 };
    let across = Scale::linear((0.0, top), (left, right));
    for tick in ticks(top, 5.0) {
        let x = across.place(tick);
        scene.line(vec![(x, TOP - 8.0), (x, bottom)], Ink::Grid, 1.0);
        let label =
            Text::new(unbroken(&cell::value(headline.unit, tick)), (x, bottom + 18.0), SMALL, Ink::Muted);
        scene.text(label.anchored(Anchor::Middle));
    }
    for (row, ((at, spread), name)) in bars.iter().zip(&names).enumerate() {
        let middle = TOP + STEP * count(row) + BAR / 2.0;
        let ink = if best.contains(at) { (Ink::Blue, 0.9) } else { (Ink::Muted, 0.45) };
        let label = Text::new(name, (left - 14.0, middle + 0.36 * NAME), NAME, Ink::Strong);
        scene.text(label.anchored(Anchor::End));
        bar(&mut scene, headline, spread, (&across, middle), ink);
    }
    Some(scene)
}

fn bar(
    scene: &mut Scene,
    headline: &Headline,
    spread: &Spread,
    (across, middle): (&Scale, f64),
    ink: (Ink, f64),
) {
    let (zero, end) = (across.place(0.0), across.place(spread.sample.mean));
    let (up, down) = (middle - BAR / 2.0, middle + BAR / 2.0);
    scene.area(vec![(zero, up), (end, up), (end, down), (zero, down)], ink.0, ink.1);
    let mut label_at = end;
    if let Some(interval) = spread.interval.filter(|interval| interval.half_width() > 0.0) {
        let (low, high) = (across.place(interval.low), across.place(interval.high));
        let stroke =
            |scene: &mut Scene, from: Point, to: Point| scene.line(vec![from, to], Ink::Strong, LINE);
        stroke(scene, (low, middle), (high, middle));
        stroke(scene, (low, middle - CAP), (low, middle + CAP));
        stroke(scene, (high, middle - CAP), (high, middle + CAP));
        label_at = high;
    }
    let value = unbroken(&cell::value(headline.unit, spread.sample.mean));
    scene.text(Text::new(value, (label_at + 10.0, middle + 0.36 * NAME), NAME, Ink::Strong).semi_bold());
}

/// The variants that are told to be the best: those with the best mean and the same in every run, if they are told
/// apart from all others that the first variant is compared with; else none.
fn best(experiment: &Experiment<'_>, headline: &Headline, bars: &[(usize, Spread)]) -> Vec<usize> {
    let sign = if headline.better == Better::Higher { -1.0 } else { 1.0 };
    let key = |bar: &&(usize, Spread)| sign * bar.1.sample.mean;
    let Some((at, spread)) = bars.iter().min_by(|a, b| key(a).total_cmp(&key(b))) else { return Vec::new() };
    let runs = |at: usize| headline.column(&experiment.arms[at]);
    let (equals, others): (Vec<usize>, Vec<usize>) =
        bars.iter().map(|(arm, _)| *arm).partition(|arm| runs(*arm) == runs(*at));
    let is_sure = |one: &Difference| matches!(one.finding(), Finding::More | Finding::Less);
    let mut of_headline = experiment.differences.iter().filter(|one| one.headline == headline);
    let sure = if equals.contains(&0) {
        of_headline.all(|one| equals.contains(&one.b) || is_sure(one))
    } else {
        // Other variants are not tested against each other, so their intervals have to stay apart.
        let theirs = bars.iter().filter(|(arm, _)| *arm != 0 && others.contains(arm));
        of_headline.any(|one| one.b == *at && is_sure(one))
            && theirs.clone().all(|(_, theirs)| apart(spread, theirs))
    };
    if sure && !others.is_empty() { equals } else { Vec::new() }
}

fn apart(a: &Spread, b: &Spread) -> bool {
    match (a.interval, b.interval) {
        (Some(a), Some(b)) => a.high < b.low || b.high < a.low,
        _ => false,
    }
}

fn titles(
    experiment: &Experiment<'_>,
    headline: &Headline,
    bars: &[(usize, Spread)],
    best: &[usize],
) -> Vec<String> {
    let what = capitalized(headline.name);
    let mean_of = |(_, spread): &(usize, Spread)| spread.sample.mean;
    let (ours, others): (Vec<_>, Vec<_>) = bars.iter().partition(|(arm, _)| best.contains(arm));
    let sign = if headline.better == Better::Higher { -1.0 } else { 1.0 };
    let next = others.into_iter().map(mean_of).min_by(|a, b| (sign * a).total_cmp(&(sign * b)));
    let titles = match (ours.first().copied().map(mean_of), next) {
        (Some(value), Some(next)) => {
            let (value, next) = (cell::value(headline.unit, value), cell::value(headline.unit, next));
            let names: Vec<String> = best.iter().map(|arm| experiment.arms[*arm].name.clone()).collect();
            let several = format!("{what}: best are {} of {} variants with {value}", best.len(), bars.len());
            let told = match names.as_slice() {
                [one] => vec![format!("{what}: {one} is best with {value}")],
                [_, _] | [_, _, _] => {
                    vec![format!("{what}: {} are best with {value}", list(&names)), several]
                }
                _ => vec![several],
            };
            told.iter().flat_map(|told| [format!("{told}, the next has {next}"), told.clone()]).collect()
        }
        _ if experiment.runs() == 1 => vec![format!("{what} under one seed")],
        _ => vec![format!(
            "{what}: no variant is told to be the best with {}",
            count_of(experiment.runs() as u64, "run")
        )],
    };
    titles.iter().map(|title| unbroken(title)).collect()
}

fn subtitles(experiment: &Experiment<'_>, headline: &Headline) -> Vec<String> {
    let way = match headline.better {
        Better::Lower => "; lower is better",
        Better::Higher => "; higher is better",
        Better::Neither => "",
    };
    let runs = match experiment.runs() {
        1 => format!("seed {}", experiment.seeds()),
        runs => format!("mean of {runs} seeds ({}), whiskers = 95 % t interval", experiment.seeds()),
    };
    let lines = [format!("{runs}{way} — {}", experiment.scenario), format!("{runs}{way}")];
    lines.iter().map(|line| unbroken(line)).collect()
}

fn upper(spread: &Spread) -> f64 {
    spread.interval.map_or(spread.sample.mean, |interval| interval.high.max(spread.sample.mean))
}

fn name(name: &str) -> String {
    fit(&[name.to_owned()], NAME, Weight::Regular, WIDEST_NAME)
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few bars")]
const fn count(bars: usize) -> f64 {
    bars as f64
}
