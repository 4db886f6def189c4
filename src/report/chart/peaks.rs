//! The chart of several variants that meet the same arrivals, above each other on one time axis: arrivals and
//! completions, the backlog, and the age of the oldest message.
//!
//! Owns what the chart says and where. Knows neither SVG nor PNG.

use crate::experiment::replications::Replications;
use crate::metrics::summary::{PeakShaving, QueuePoint, Summary};
use crate::report::experiment::Experiment;
use crate::report::number::{count_of, decimal, group, seconds, unbroken};

use super::axis::{Scale, count_ticks, short, ticks, time, time_ticks};
use super::label::{Board, spread};
use super::lettering::width;
use super::panel::{HEADROOM, LINE, PLOT_LEFT, SIZE, columns, decimate, row_name, rows, sheet_of};
use super::peak_shaving::{flow, merged, settled, windows_in_one};
use super::scene::{Ink, Point, Scene, Text, Weight};

/// More variants than this do not fit a page.
const MOST_VARIANTS: usize = 5;
/// Logical pixels from the top to the first variant's name.
const TOP: f64 = 84.0;
/// Logical pixels from a variant's name to the next one's.
const BLOCK: f64 = 312.0;
/// Top and bottom of the panels, from the variant's name.
const FLOW: (f64, f64) = (14.0, 124.0);
/// The same of the backlog.
const BACKLOG: (f64, f64) = (142.0, 212.0);
/// The same of the oldest message's age.
const AGE: (f64, f64) = (230.0, 284.0);
/// Logical pixels below the last panel, for the axis.
const BOTTOM: f64 = 60.0;
/// Em of the names.
const NAME: f64 = 13.0;

/// A variant's fullest queue (or service).
struct Block<'a> {
    variant: &'a str,
    queue: &'a str,
    /// Operations that did not succeed, and all of them.
    unserved: (u64, u64),
    /// (message, group) pairs lost, and all of them.
    lost: (u64, u64),
    shaving: &'a PeakShaving,
    arrivals: Vec<Point>,
    completed: Vec<Point>,
    backlog: Vec<Point>,
    age: Vec<Point>,
    until: f64,
}

/// What the panels of all variants share, so that they can be compared by eye.
struct Scales {
    across: Scale,
    until: f64,
    flow: f64,
    backlog: f64,
    age: f64,
    right: f64,
}

/// The chart of each variant's first run, or `None` unless two of them held something.
#[must_use]
pub fn draw(experiment: &Experiment<'_>) -> Option<Scene> {
    let mut blocks: Vec<Block<'_>> = experiment.arms.iter().filter_map(Block::new).collect();
    let all = blocks.len();
    blocks.truncate(MOST_VARIANTS);
    if blocks.len() < 2 {
        return None;
    }
    let bottom = TOP + BLOCK * (count(blocks.len()) - 1.0) + AGE.1;
    let mut scene = sheet_of(bottom + BOTTOM, &titles(&blocks), &subtitles(experiment, all));
    let scales = Scales::new(&blocks);
    for (at, block) in blocks.iter().enumerate() {
        draw_block(&mut scene, block, &scales, TOP + BLOCK * count(at));
    }
    let labels = time_ticks(scales.until, 7.0).into_iter().map(|tick| (tick, time(tick, scales.until)));
    let middle = f64::midpoint(PLOT_LEFT, scales.right);
    columns(&mut scene, &labels.collect::<Vec<_>>(), &scales.across, bottom, ("virtual time", middle));
    Some(scene)
}

impl<'a> Block<'a> {
    fn new(arm: &'a Replications) -> Option<Self> {
        let summary = arm.course.as_ref()?;
        // What nobody works on, such as a queue of dead letters, shaves nothing.
        let worked = summary.peak_shaving.iter().filter(|(_, shaving)| shaving.peak_out > 0.0);
        let (queue, shaving) = worked.max_by_key(|(_, shaving)| shaving.peak_backlog)?;
        let windows: Vec<&QueuePoint> =
            course(summary, queue)?.iter().filter(|point| point.length_s > 0.0).collect();
        let (first, last) = (windows.first()?, windows.last()?);
        let merged = merged(&windows, windows_in_one(windows.len(), first.length_s));
        Some(Self {
            variant: &arm.name,
            queue,
            unserved: (
                summary.operations.endings() - summary.operations.succeeded,
                summary.operations.started,
            ),
            lost: (summary.outcomes.lost, summary.outcomes.total()),
            shaving,
            arrivals: flow(&merged, |point| point.stored),
            completed: flow(&merged, |point| point.completed),
            backlog: line(&windows, |point| float(point.backlog_peak)),
            age: line(&windows, |point| point.oldest_age_s),
            until: last.until_s,
        })
    }
}

/// The course of what `peak_shaving` knows by this name.
fn course<'s>(summary: &'s Summary, name: &str) -> Option<&'s [QueuePoint]> {
    let queue =
        summary.queues.iter().find(|(queue, _)| queue == name).map(|(_, queue)| queue.series.as_slice());
    let service = || summary.services.iter().find(|(service, _)| service == name);
    queue.or_else(|| service().map(|(_, service)| service.series.as_slice()))
}

fn line(windows: &[&QueuePoint], value: fn(&QueuePoint) -> f64) -> Vec<Point> {
    std::iter::once((0.0, 0.0)).chain(windows.iter().map(|point| (point.until_s, value(point)))).collect()
}

impl Scales {
    fn new(blocks: &[Block<'_>]) -> Self {
        let highest = |lines: fn(&Block<'_>) -> Vec<f64>| {
            let top = blocks.iter().flat_map(lines).fold(0.0, f64::max);
            if top > 0.0 { top * HEADROOM } else { 1.0 }
        };
        let until = blocks.iter().map(|block| block.until).fold(0.0, f64::max);
        let names =
            NAMES.iter().map(|(name, _)| 1.15 * width(name, NAME, Weight::SemiBold)).fold(0.0, f64::max);
        let right = SIZE.0 - 24.0 - names;
        Self {
            across: Scale::linear((0.0, until), (PLOT_LEFT, right)),
            until,
            flow: highest(|block| {
                block.arrivals.iter().chain(&block.completed).map(|point| point.1).collect()
            }),
            backlog: highest(|block| block.backlog.iter().map(|point| point.1).collect()),
            age: highest(|block| block.age.iter().map(|point| point.1).collect()),
            right,
        }
    }
}

/// The series with their colours, the same in every variant.
const NAMES: [(&str, Ink); 4] = [
    ("arrivals", Ink::Blue),
    ("completed", Ink::Vermillion),
    ("backlog", Ink::Green),
    ("oldest", Ink::Purple),
];

fn draw_block(scene: &mut Scene, block: &Block<'_>, scales: &Scales, top: f64) {
    let shaving = block.shaving;
    let heading = format!(
        "{} — {}: {}/s in, {}/s out, backlog {}, longest wait {}",
        block.variant,
        block.queue,
        decimal(shaving.peak_in),
        decimal(shaving.peak_out),
        group(shaving.peak_backlog),
        seconds(shaving.longest_wait)
    );
    scene.text(Text::new(unbroken(&heading), (PLOT_LEFT, top), NAME, Ink::Strong).semi_bold());
    let panel = |(from, to): (f64, f64)| (top + from, top + to);
    let flows = [(&block.arrivals, NAMES[0]), (&block.completed, NAMES[1])];
    draw_panel(
        scene,
        scales,
        panel(FLOW),
        ("per second", scales.flow, short_labels(scales.flow, 3.0)),
        &flows,
    );
    let backlog = ("waiting", scales.backlog, count_labels(scales.backlog));
    draw_panel(scene, scales, panel(BACKLOG), backlog, &[(&block.backlog, NAMES[2])]);
    let age = ("age", scales.age, time_labels(scales.age));
    draw_panel(scene, scales, panel(AGE), age, &[(&block.age, NAMES[3])]);
}

fn short_labels(top: f64, wanted: f64) -> Vec<(f64, String)> {
    ticks(top, wanted).into_iter().map(|tick| (tick, short(tick))).collect()
}

fn count_labels(top: f64) -> Vec<(f64, String)> {
    count_ticks(top, 2.0).into_iter().map(|tick| (tick, short(tick))).collect()
}

fn time_labels(top: f64) -> Vec<(f64, String)> {
    time_ticks(top, 2.0).into_iter().map(|tick| (tick, time(tick, top))).collect()
}

/// One panel: lines, the area below a single one, and their names at the right.
fn draw_panel(
    scene: &mut Scene,
    scales: &Scales,
    (top, bottom): (f64, f64),
    (name, highest, labels): (&str, f64, Vec<(f64, String)>),
    lines: &[(&Vec<Point>, (&str, Ink))],
) {
    let up = Scale::linear((0.0, highest), (bottom, top));
    let mut board = Board::new([PLOT_LEFT, top, scales.right, bottom]);
    rows(scene, &mut board, &labels, &up, scales.right);
    row_name(scene, name, f64::midpoint(top, bottom));
    let mut ends = Vec::new();
    for (points, (_, ink)) in lines {
        let line: Vec<Point> =
            decimate(points).iter().map(|point| (scales.across.place(point.0), up.place(point.1))).collect();
        if lines.len() == 1 {
            let mut corners = line.clone();
            corners.push((line[line.len() - 1].0, bottom));
            corners.push((line[0].0, bottom));
            scene.area(corners, *ink, 0.25);
        }
        ends.push(settled(&line) + 0.36 * NAME);
        scene.line(line, *ink, LINE);
    }
    let ends = spread(&ends, NAME + 4.0, top + NAME, bottom);
    for ((_, (name, ink)), y) in lines.iter().zip(ends) {
        scene.text(Text::new(*name, (scales.right + 12.0, y), NAME, *ink).semi_bold());
    }
}

/// What the chart shows, from the longest to the shortest way to say it.
fn titles(blocks: &[Block<'_>]) -> Vec<String> {
    let told = told_of_users(blocks).or_else(|| told_of_losses(blocks));
    let told = told.unwrap_or_else(|| told_of_waits(blocks));
    told.iter().map(|line| unbroken(line)).collect()
}

/// Where some variant serves its users and another does not, that is the finding.
fn told_of_users(blocks: &[Block<'_>]) -> Option<Vec<String>> {
    let (worst, best) = far_apart(blocks, |block| block.unserved.0)?;
    let (unserved, started) = worst.unserved;
    let share = format!("{} of {}", group(unserved), count_of(started, "user"));
    let short = format!("{} leaves {share} unserved", worst.variant);
    let others = match best.unserved.0 {
        0 => format!("{} none", best.variant),
        some => format!("{} {}", best.variant, group(some)),
    };
    let held = match best.shaving.peak_backlog {
        0 | 1 => String::new(),
        held => format!(", with a backlog of {}", group(held)),
    };
    let middle = format!("{short}, {others}");
    Some(vec![format!("{middle}{held}"), middle, short])
}

/// Where some variant loses messages and another does not, that is.
fn told_of_losses(blocks: &[Block<'_>]) -> Option<Vec<String>> {
    let (worst, best) = far_apart(blocks, |block| block.lost.0)?;
    let (lost, all) = worst.lost;
    let short = format!("{} loses {} of {}", worst.variant, group(lost), count_of(all, "message"));
    let others = match best.lost.0 {
        0 => "none".to_owned(),
        some => group(some),
    };
    Some(vec![format!("{short}, {} {others}", best.variant), short])
}

/// The variants with the most and the fewest of something, if one has more than twice as much as the other.
fn far_apart<'b, 'a>(
    blocks: &'b [Block<'a>],
    harm: fn(&Block<'_>) -> u64,
) -> Option<(&'b Block<'a>, &'b Block<'a>)> {
    let worst = blocks.iter().max_by_key(|block| harm(block))?;
    let best = blocks.iter().min_by_key(|block| harm(block))?;
    (harm(worst) > 0 && harm(best) * 2 <= harm(worst)).then_some((worst, best))
}

fn told_of_waits(blocks: &[Block<'_>]) -> Vec<String> {
    let waits = |block: &&Block<'_>| block.shaving.longest_wait;
    let (Some(longest), Some(shortest)) = (
        blocks.iter().max_by(|a, b| waits(a).total_cmp(&waits(b))),
        blocks.iter().min_by(|a, b| waits(a).total_cmp(&waits(b))),
    ) else {
        return Vec::new();
    };
    let told = |block: &Block<'_>| {
        format!("{} lets wait up to {}", block.variant, seconds(block.shaving.longest_wait))
    };
    let (least, most) = (shortest.shaving.longest_wait, longest.shaving.longest_wait);
    if most <= 2.0 * least {
        let range = format!("from {} to {}", seconds(least), seconds(most));
        return vec![
            format!("The longest waits hardly differ: {range}, the most with {}", longest.variant),
            format!("The longest waits hardly differ: {range}"),
        ];
    }
    let long = format!(
        "{} with a backlog of {}, {} up to {}",
        told(longest),
        count_of(longest.shaving.peak_backlog, "message"),
        shortest.variant,
        seconds(shortest.shaving.longest_wait)
    );
    vec![long, format!("{}, {}", told(longest), told(shortest)), told(longest)]
}

fn subtitles(experiment: &Experiment<'_>, all: usize) -> Vec<String> {
    let seed = experiment.arms.first().map_or(0, |arm| arm.example.seed);
    let which = if all > MOST_VARIANTS {
        format!("the first {MOST_VARIANTS} of {all} variants")
    } else {
        "every variant".to_owned()
    };
    let what = format!("the same arrivals in {which}, the same scales — seed {seed}");
    let lines = [format!("{what}, {}", experiment.scenario), what];
    lines.iter().map(|line| unbroken(line)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few variants")]
const fn count(blocks: usize) -> f64 {
    blocks as f64
}

#[expect(clippy::cast_precision_loss, reason = "backlogs are far below 2^53")]
const fn float(backlog: u64) -> f64 {
    backlog as f64
}
