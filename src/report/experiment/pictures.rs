//! The pictures of a grid: lines where strategies run along a number, a matrix where all is words, else heat maps;
//! and the front.
//!
//! Owns which picture fits which grid, and their titles, which state the finding.

use crate::experiment::headline::{Headline, headline_of};
use crate::experiment::pareto::{Front, mean, varies};
use crate::experiment::spread::of_values;
use crate::metrics::registry::Better;
use crate::report::chart::heat::GridAxis;
use crate::report::chart::lines::{self, Crossing, Lines, Passing, Series};
use crate::report::chart::matrix::{self, Matrix, MatrixCell, Panel};
use crate::report::chart::pareto::{self, Candidate};
use crate::report::chart::scene::Scene;
use crate::report::chart::{Chart, file_name};
use crate::report::number::{capitalized, count_of, unbroken};

use super::Experiment;
use super::advice;
use super::cell;
use super::grid::{Grid, HARMS, MOST_PICTURES, harm, telling};
use super::heat_map::HeatMap;
use super::study::{Study, crossing, studies};

/// A report draws a number under so many combinations of further settings.
const MOST_COMBINATIONS: usize = 6;
/// What it costs, as a cell of a matrix tells it.
const PRICES: [(&str, &str); 3] = [
    ("stores.*.store_calls", "store calls"),
    ("stores.*.cache_calls", "cache calls"),
    ("throughput.completed", ""),
];
/// What is drawn below each study: work that was thrown away.
const RETRIES: &str = "stores.*.retries";
/// A cell of a matrix tells so much of each.
const MOST_LINES: usize = 3;

/// Every picture, the most telling first; none of a grid with gaps.
#[must_use]
pub fn draw(experiment: &Experiment<'_>, grid: &Grid<'_>) -> Vec<Chart> {
    let mut charts: Vec<Chart> = Vec::new();
    if !grid.is_whole() {
        return charts;
    }
    let varied = grid.varied();
    let all_words = varied.iter().all(|axis| grid.axes[*axis].numbers().is_none());
    let studies = studies(experiment, grid);
    if let Some(advice) = grid.advice {
        charts.extend(advice::pictures(experiment, grid, advice));
    } else if !studies.is_empty() {
        let drawn = studies.iter().take(MOST_COMBINATIONS).zip(1..);
        for (study, at) in drawn {
            charts.extend(of_study(experiment, study).map(|scene| chart(&named("study", at), scene)));
            let retries = headline_of(RETRIES).filter(|headline| varies(headline, experiment.arms));
            let price = retries.map(|headline| Study {
                headline,
                crossovers: Vec::new(),
                leads: Vec::new(),
                ..study.clone()
            });
            let scene = price.and_then(|price| of_study(experiment, &price));
            charts.extend(scene.map(|scene| chart(&named("study-retries", at), scene)));
        }
    } else if all_words && varied.len() > 1 {
        charts.extend(of_words(experiment, grid, &varied));
    } else {
        charts.extend(of_numbers(experiment, grid, &varied));
    }
    charts.extend(grid.front.and_then(|front| Some(chart("front", of_front(experiment, front)?))));
    charts
}

pub(super) fn chart(name: &str, scene: Scene) -> Chart {
    Chart::new(file_name(name), scene)
}

/// `study`, `study-2`, …
fn named(name: &str, at: usize) -> String {
    if at == 1 { name.to_owned() } else { format!("{name}-{at}") }
}

/// How it was measured: the longest line that fits is taken.
pub(super) fn subtitles(experiment: &Experiment<'_>, what: &str) -> Vec<String> {
    let runs = match experiment.runs() {
        1 => format!("seed {}", experiment.seeds()),
        runs => format!("mean of {} (seeds {})", count_of(runs as u64, "run"), experiment.seeds()),
    };
    let lines = [format!("{what}, {runs} — {}", experiment.scenario), format!("{what}, {runs}"), runs];
    lines.iter().map(|line| unbroken(line)).collect()
}

pub(super) fn way(better: Better) -> &'static str {
    match better {
        Better::Lower => "lower is better",
        Better::Higher => "higher is better",
        Better::Neither => "no way is better",
    }
}

/// One line for each strategy along the number.
fn of_study(experiment: &Experiment<'_>, study: &Study<'_>) -> Option<Scene> {
    let points: Vec<Vec<Passing>> = (0..study.strategies.len()).map(|at| passing(study, at)).collect();
    let measured: Vec<usize> = (0..points.len()).filter(|at| !points[*at].is_empty()).collect();
    let series: Vec<Series<'_>> =
        measured.iter().map(|at| Series { name: &study.strategies[*at], points: &points[*at] }).collect();
    let line = |strategy: usize| measured.iter().position(|at| *at == strategy);
    let labels: Vec<String> = study
        .crossovers
        .iter()
        .map(|one| format!("{} → {}", study.strategies[one.from], study.strategies[one.to]))
        .collect();
    let crossings: Vec<Crossing<'_>> = study
        .crossovers
        .iter()
        .zip(&labels)
        .filter_map(|(one, label)| {
            Some(Crossing { of: (line(one.from)?, line(one.to)?), at: (one.at, one.value), label })
        })
        .collect();
    let x_name = match study.unit.trim() {
        "" => study.number.to_owned(),
        unit => format!("{} ({unit})", study.number),
    };
    let what = match study.circumstances.as_str() {
        "" => way(study.headline.better).to_owned(),
        known => format!("{known}; {}", way(study.headline.better)),
    };
    lines::draw(&Lines {
        titles: &study_titles(study),
        subtitles: &subtitles(experiment, &what),
        x_name: &x_name,
        y: (study.headline.name, study.headline.unit),
        series: &series,
        crossings: &crossings,
    })
}

fn passing(study: &Study<'_>, strategy: usize) -> Vec<Passing> {
    let at = |(x, arms): (&f64, &Vec<&_>)| {
        let values: Vec<f64> = study.headline.column(arms[strategy])?.into_iter().flatten().collect();
        let spread = of_values(&values, study.headline.path)?;
        Some((*x, spread.sample.mean, spread.interval.map(|interval| (interval.low, interval.high))))
    };
    study.x.iter().zip(&study.arms).filter_map(at).collect()
}

fn study_titles(study: &Study<'_>) -> Vec<String> {
    let what = capitalized(study.headline.name);
    let crossings: Vec<String> =
        study.crossovers.iter().map(|one| crossing(study, one).replace('`', "")).collect();
    let leads: Vec<&[usize]> = study.leads.iter().flatten().map(|lead| lead.leaders.as_slice()).collect();
    let always = leads.first().filter(|first| leads.iter().all(|leaders| leaders == *first));
    if study.leads.is_empty() {
        return vec![unbroken(&format!("{what} along {}", study.number))];
    }
    let titles = match (crossings.is_empty(), always) {
        (false, _) => vec![format!("{what}: {}", crossings.join(", ")), format!("{what}: {}", crossings[0])],
        (true, Some([one])) => vec![format!("{what}: {} is best everywhere", study.strategies[*one])],
        (true, _) => vec![format!("{what}: no strategy takes the lead from another for sure")],
    };
    titles.iter().map(|title| unbroken(title)).collect()
}

/// A matrix of the last two axes of words, or of the first two with a panel for each setting of the third.
fn of_words(experiment: &Experiment<'_>, grid: &Grid<'_>, varied: &[usize]) -> Vec<Chart> {
    let (down, across) = (varied[0], varied[1]);
    let panel_axes = &varied[2..];
    let combinations = grid.combinations(panel_axes);
    let told = Told::new(experiment);
    let mut charts = Vec::new();
    for (combinations, at) in combinations.chunks(3).take(MOST_COMBINATIONS).zip(1..) {
        let cells: Vec<Vec<Vec<Option<MatrixCell>>>> = combinations
            .iter()
            .map(|fixed| {
                let row = |y: usize| (0..grid.axes[across].settings.len()).map(move |x| (y, x));
                let cell = |(y, x): (usize, usize)| {
                    let mut at = fixed.clone();
                    (at[down], at[across]) = (y, x);
                    told.cell(experiment, grid.arm(&at))
                };
                (0..grid.axes[down].settings.len()).map(|y| row(y).map(cell).collect()).collect()
            })
            .collect();
        let names: Vec<String> = combinations.iter().map(|fixed| grid.label(panel_axes, fixed)).collect();
        let panels: Vec<Panel<'_>> =
            names.iter().zip(&cells).map(|(name, cells)| Panel { name, cells }).collect();
        let labels = (grid.settings(across), grid.settings(down));
        let scene = matrix::draw(&Matrix {
            titles: &Told::titles(experiment),
            subtitles: &subtitles(experiment, &told.what()),
            across: GridAxis { name: grid.names()[across], labels: &labels.0 },
            down: GridAxis { name: grid.names()[down], labels: &labels.1 },
            panels: &panels,
        });
        charts.extend(scene.map(|scene| chart(&named("matrix", at), scene)));
    }
    charts
}

/// What the cells of a matrix tell.
struct Told {
    harms: Vec<(&'static Headline, &'static str)>,
    prices: Vec<(&'static Headline, &'static str)>,
}

impl Told {
    /// What happened anywhere, the worst first.
    fn new(experiment: &Experiment<'_>) -> Self {
        let happened = |(path, word): &(&'static str, &'static str)| {
            let headline = headline_of(path)?;
            let any = experiment.arms.iter().any(|arm| mean(headline, arm).is_some_and(|mean| mean != 0.0));
            any.then_some((headline, *word))
        };
        let first =
            |all: &[(&'static str, &'static str)]| all.iter().filter_map(happened).take(MOST_LINES).collect();
        Self { harms: first(&HARMS), prices: first(&PRICES) }
    }

    fn cell(&self, experiment: &Experiment<'_>, arm: usize) -> Option<MatrixCell> {
        let arm = &experiment.arms[arm];
        let harms: Vec<(f64, &Headline, &str)> = self
            .harms
            .iter()
            .filter_map(|(headline, word)| Some((mean(headline, arm)?, *headline, *word)))
            .collect();
        let line = |mean: f64, headline: &Headline, word: &str| {
            unbroken(format!("{} {word}", cell::value(headline.unit, mean)).trim())
        };
        let mut lines: Vec<String> =
            harms.iter().map(|(mean, headline, word)| line(*mean, headline, word)).collect();
        lines.extend(
            self.prices
                .iter()
                .filter_map(|(headline, word)| Some(line(mean(headline, arm)?, headline, word))),
        );
        (!lines.is_empty()).then_some(MatrixCell { harm: harm(arm), lines })
    }

    fn titles(experiment: &Experiment<'_>) -> Vec<String> {
        let clean: Vec<&str> = (0..experiment.arms.len())
            .filter(|arm| harm(&experiment.arms[*arm]) == 0.0)
            .map(|arm| experiment.arms[arm].name.as_str())
            .collect();
        let all = experiment.arms.len();
        let short = match clean.len() {
            0 => format!("None of {all} combinations is without harm"),
            count if count == all => format!("All {all} combinations are without harm"),
            count => format!("{count} of {all} combinations do no harm"),
        };
        let mut titles = Vec::new();
        if (1..=3).contains(&clean.len()) && clean.len() < all {
            titles.push(unbroken(&format!("{short}: {}", clean.join("; "))));
        }
        titles.push(short);
        titles
    }

    fn what(&self) -> String {
        let names: Vec<&str> = self.harms.iter().map(|(headline, _)| headline.name).collect();
        if names.is_empty() {
            "what it costs".into()
        } else {
            format!("{}, and what it costs", names.join(", "))
        }
    }
}

/// Heat maps over the first two axes that vary, one for each of the most telling numbers and each combination of
/// the other settings.
fn of_numbers(experiment: &Experiment<'_>, grid: &Grid<'_>, varied: &[usize]) -> Vec<Chart> {
    let Some(across) = varied.first().copied() else { return Vec::new() };
    let up = varied.get(1).copied();
    let others = varied.get(2..).unwrap_or_default();
    let asked = grid.front.map(|front| front.metrics.clone()).unwrap_or_default();
    let also = telling(experiment.arms).into_iter().filter(|headline| !asked.contains(headline));
    let headlines: Vec<&Headline> = asked.iter().copied().chain(also).take(MOST_PICTURES).collect();
    let mut charts = Vec::new();
    for headline in headlines {
        for (fixed, at) in grid.combinations(others).into_iter().take(MOST_COMBINATIONS).zip(1..) {
            let name = format!("heat-{}", headline.name.replace(' ', "_"));
            let map = HeatMap { experiment, grid, headline, across, up, fixed, others };
            charts.extend(map.draw().map(|scene| chart(&named(&name, at), scene)));
        }
    }
    charts
}

/// The first two numbers of the front against each other.
fn of_front(experiment: &Experiment<'_>, front: &Front) -> Option<Scene> {
    let [y, x, ..] = front.metrics.as_slice() else { return None };
    let candidates: Vec<Candidate<'_>> = experiment
        .arms
        .iter()
        .zip(&front.means)
        .enumerate()
        .filter_map(|(at, (arm, means))| {
            let means = means.as_ref()?;
            Some(Candidate {
                name: &arm.name,
                x: means[1],
                y: means[0],
                on_front: front.members.contains(&at),
            })
        })
        .collect();
    let all = experiment.arms.len();
    let count = front.members.len();
    let beaten = if count == 1 { "1 cell is".to_owned() } else { format!("{count} cells are") };
    let titles = [
        format!("{} against {}: {beaten} not beaten, of {all}", capitalized(y.name), x.name),
        format!("{beaten} not beaten, of {all}"),
    ];
    let what = if front.metrics.len() > 2 {
        "every dot is a cell; the front weighs more than these two"
    } else {
        "every dot is a cell"
    };
    pareto::draw(&pareto::Front {
        titles: &titles.map(|title| unbroken(&title)),
        subtitles: &subtitles(experiment, what),
        x: (x.name, x.unit, x.better_among(experiment.arms)),
        y: (y.name, y.unit, y.better_among(experiment.arms)),
        candidates: &candidates,
    })
}
