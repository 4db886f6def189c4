//! The chart of a number that depends on another: a line for each way of doing it, with intervals, and marks where
//! two lines cross.
//!
//! Owns what the chart says and where. Knows neither what was varied nor SVG or PNG.

use crate::report::number::{decimal, unbroken};
use crate::scenario::MetricUnit;

use super::axis::{Scale, short, ticks};
use super::gauge::{Ends, Gauge};
use super::label::{Board, around, fit, spread, tie};
use super::lettering::{bounds, width};
use super::marks::{MARKS, Mark, REACH};
use super::panel::{LINE, PLOT_LEFT, SIZE, SMALL, columns, row_name, rows, sheet};
use super::scene::{Ink, Point, Scene, Text, Weight};

/// Where a line passes: x, the mean, and its interval.
pub type Passing = (f64, f64, Option<(f64, f64)>);

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// What it is called.
    pub name: &'a str,
    /// In any order.
    pub points: &'a [Passing],
}

/// A place where two lines cross.
#[derive(Clone, Copy, Debug)]
pub struct Crossing<'a> {
    /// The two, by their places among the lines. Both are drawn through it, whatever the axis.
    pub of: (usize, usize),
    /// x and y, in the lines' units.
    pub at: (f64, f64),
    /// What it says.
    pub label: &'a str,
}

/// Lines over one axis.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    /// What the chart shows; the first that fits is taken.
    pub titles: &'a [String],
    /// How it was measured; the first that fits is taken.
    pub subtitles: &'a [String],
    /// What is varied.
    pub x_name: &'a str,
    /// What is measured: name and unit.
    pub y: (&'a str, MetricUnit),
    /// Up to nine can be told apart.
    pub series: &'a [Series<'a>],
    /// Marked with a dot and a label.
    pub crossings: &'a [Crossing<'a>],
}

/// Top and bottom of the plot, in logical pixels.
const PLOT: (f64, f64) = (78.0, 478.0);
/// Between the plot's sides and the outermost points.
const INSET: f64 = 18.0;
/// From the last points to the names.
const TO_NAMES: f64 = 30.0;
/// Em of the names.
const NAME: f64 = 13.0;
/// Names get at most this much room.
const WIDEST_NAME: f64 = 220.0;
/// From such a ratio of the largest x to the smallest on, the axis is logarithmic.
const WIDE: f64 = 8.0;
/// Up to so many different x are marked on a linear axis; of more, only round numbers are.
const MOST_MARKED: usize = 16;
/// Up to so many lines have bands for intervals; more have whiskers.
const MOST_BANDS: usize = 3;
/// How much of the ink covers a band.
const BAND: f64 = 0.16;
/// How far from their dots labels of crossings may stand.
const DISTANCES: [f64; 9] = [13.0, 20.0, 29.0, 40.0, 53.0, 68.0, 85.0, 104.0, 125.0];
/// Half the width of a whisker's cap.
const CAP: f64 = 3.5;

/// The chart, or `None` without a point in it.
#[must_use]
pub fn draw(lines: &Lines<'_>) -> Option<Scene> {
    let series: Vec<Vec<Passing>> = lines.series.iter().map(|one| passings(one.points)).collect();
    let names: Vec<String> = lines
        .series
        .iter()
        .map(|one| fit(&[one.name.to_owned()], NAME, Weight::SemiBold, WIDEST_NAME))
        .collect();
    let widest = names.iter().map(|name| width(name, NAME, Weight::SemiBold)).fold(0.0, f64::max);
    let right = SIZE.0 - 16.0 - 1.08 * widest - TO_NAMES;
    let (across, x_ticks) = x_axis(&series, (PLOT_LEFT + INSET, right))?;
    let values: Vec<f64> = series.iter().flatten().flat_map(reach).collect();
    let up = Gauge::new(&values, lines.y.1, (PLOT.1, PLOT.0), (Ends::Grounded, 6.0))?;
    let mut scene = sheet(lines.titles, lines.subtitles);
    let mut board = Board::new([PLOT_LEFT + 4.0, PLOT.0 - 10.0, right + TO_NAMES - 8.0, PLOT.1 - 2.0]);
    rows(&mut scene, &mut Board::new([0.0; 4]), &up.ticks, &up.scale, right + INSET / 2.0);
    let name = if up.logarithmic { format!("{} (logarithmic)", lines.y.0) } else { lines.y.0.to_owned() };
    row_name(&mut scene, &name, f64::midpoint(PLOT.0, PLOT.1));
    columns(&mut scene, &x_ticks, &across, PLOT.1, (lines.x_name, f64::midpoint(PLOT_LEFT, right)));
    draw_intervals(&mut scene, &mut board, &series, (&across, &up));
    let crossings: Vec<Crossing<'_>> =
        lines.crossings.iter().copied().filter(|one| one.at.0.is_finite() && one.at.1.is_finite()).collect();
    let drawn = draw_lines(&mut scene, &mut board, &series, &crossings, (&across, &up.scale));
    draw_names(&mut scene, &mut board, &named(&names, &drawn), right);
    for crossing in &crossings {
        draw_crossing(
            &mut scene,
            &mut board,
            crossing.label,
            (across.place(crossing.at.0), up.place(crossing.at.1)),
        );
    }
    Some(scene)
}

/// The finite points from the left to the right.
fn passings(points: &[Passing]) -> Vec<Passing> {
    let mut seen: Vec<Passing> =
        points.iter().copied().filter(|point| point.0.is_finite() && point.1.is_finite()).collect();
    seen.sort_by(|a, b| a.0.total_cmp(&b.0));
    seen
}

/// Every number that the axis has to hold for a point.
fn reach((_, mean, interval): &Passing) -> [f64; 3] {
    let (low, high) = interval.unwrap_or((*mean, *mean));
    // An interval that reaches below 0 says that little is known, not that the axis has to go there.
    [if *mean >= 0.0 { low.max(0.0).min(*mean) } else { low }, *mean, high]
}

/// The axis across with its ticks: at the numbers given where these are few.
fn x_axis(series: &[Vec<Passing>], (from, to): (f64, f64)) -> Option<(Scale, Vec<(f64, String)>)> {
    let mut xs: Vec<f64> = series.iter().flatten().map(|point| point.0).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    let (low, high) = (*xs.first()?, *xs.last()?);
    let is_wide = low > 0.0 && high >= low * WIDE;
    let scale = if is_wide {
        Scale::logarithmic((low, high), (from, to))
    } else if high > low {
        Scale::linear((low, high), (from, to))
    } else {
        // A single x stands in the middle.
        Scale::linear((low - 1.0, high + 1.0), (from, to))
    };
    let round = || ticks(high, 8.0).into_iter().filter(|tick| *tick >= low).map(|tick| (tick, short(tick)));
    let given = |x: &f64| (*x, unbroken(&decimal(*x)));
    let labels: Vec<(f64, String)> =
        if is_wide || xs.len() <= MOST_MARKED { xs.iter().map(given).collect() } else { round().collect() };
    let mut kept: Vec<(f64, String)> = Vec::new();
    let mut end = f64::NEG_INFINITY;
    for (x, label) in labels {
        let half = width(&label, SMALL, Weight::Regular) / 2.0;
        if scale.place(x) - half >= end + 6.0 {
            end = scale.place(x) + half;
            kept.push((x, label));
        }
    }
    Some((scale, kept))
}

/// Bands or whiskers; labels keep off the bands' edges and the whiskers where they can.
fn draw_intervals(
    scene: &mut Scene,
    board: &mut Board,
    series: &[Vec<Passing>],
    (across, up): (&Scale, &Gauge),
) {
    for (points, mark) in series.iter().zip(MARKS.iter().cycle()) {
        let intervals: Vec<(f64, (f64, f64))> =
            points.iter().filter_map(|(x, _, of)| of.map(|of| (across.place(*x), of))).collect();
        if series.len() <= MOST_BANDS && intervals.len() > 1 {
            let lower = intervals.iter().map(|(x, (low, _))| (*x, up.place(*low)));
            let upper = intervals.iter().rev().map(|(x, (_, high))| (*x, up.place(*high)));
            let band: Vec<Point> = lower.chain(upper).collect();
            board.avoid_if_possible(&band);
            scene.area(band, mark.ink, BAND);
            continue;
        }
        for (x, (low, high)) in intervals {
            let whisker = vec![(x, up.place(low)), (x, up.place(high))];
            board.avoid_if_possible(&whisker);
            scene.line(whisker, mark.ink, 1.0);
            // One that goes on beyond the axis has no end to be capped.
            for y in [low, high].into_iter().filter(|end| *end >= up.range.0).map(|end| up.place(end)) {
                scene.line(vec![(x - CAP, y), (x + CAP, y)], mark.ink, 1.0);
            }
        }
    }
}

/// Draws the lines through their points and crossings, with marks at the points, and gives where these are.
///
/// Between points nothing was measured, and where two lines meet is found on linear scales: straight lines on a
/// logarithmic axis would meet beside their dot.
fn draw_lines(
    scene: &mut Scene,
    board: &mut Board,
    series: &[Vec<Passing>],
    crossings: &[Crossing<'_>],
    (across, up): (&Scale, &Scale),
) -> Vec<(Vec<Point>, Mark)> {
    let place = |point: &Passing| (across.place(point.0), up.place(point.1));
    let drawn: Vec<(Vec<Point>, Mark)> = series
        .iter()
        .zip(MARKS.into_iter().cycle())
        .map(|(points, mark)| (points.iter().map(place).collect(), mark))
        .collect();
    for (line, (points, mark)) in drawn.iter().enumerate() {
        let own = crossings.iter().filter(|one| one.of.0 == line || one.of.1 == line);
        let mut course = points.clone();
        course.extend(own.map(|one| (across.place(one.at.0), up.place(one.at.1))));
        course.sort_by(|a, b| a.0.total_cmp(&b.0));
        board.avoid_if_possible(&course);
        mark.line(scene, &course, LINE);
    }
    for (points, mark) in &drawn {
        for point in points {
            let (x, y) = *point;
            board.avoid_if_possible(&[(x, y - REACH), (x, y + REACH)]);
            mark.stamp(scene, *point);
        }
    }
    drawn
}

/// A line's name, its last point, and how it looks.
type Named<'l> = (&'l String, Point, Mark);

fn named<'l>(names: &'l [String], drawn: &[(Vec<Point>, Mark)]) -> Vec<Named<'l>> {
    let ends = names.iter().zip(drawn);
    ends.filter_map(|(name, (points, mark))| Some((name, *points.last()?, *mark))).collect()
}

/// The names of lines that reach the right side, beside it and tied to their last points; of others, near these.
fn draw_names(scene: &mut Scene, board: &mut Board, named: &[Named<'_>], right: f64) {
    let (there, before): (Vec<Named<'_>>, Vec<Named<'_>>) =
        named.iter().partition(|(_, end, _)| end.0 > right - TO_NAMES);
    let wanted: Vec<f64> = there.iter().map(|(_, end, _)| end.1 + 0.36 * NAME).collect();
    let heights = spread(&wanted, NAME + 4.0, PLOT.0 + NAME / 2.0, PLOT.1 + NAME / 2.0);
    for ((name, end, mark), y) in there.into_iter().zip(heights) {
        let tie = vec![(end.0 + 7.0, end.1), (right + TO_NAMES - 6.0, y - 0.36 * NAME)];
        scene.line(tie, mark.ink, 1.0);
        scene.text(Text::new(name, (right + TO_NAMES, y), NAME, mark.ink).semi_bold());
    }
    for (name, end, mark) in before {
        let text =
            |off: f64, drop: f64| Text::new(name, (end.0 + off, end.1 + drop), NAME, mark.ink).semi_bold();
        let places = [(11.0, 0.36 * NAME), (11.0, -8.0), (11.0, 18.0), (4.0, -24.0), (4.0, 34.0)];
        if let Some(label) = board.place(places.map(|(off, drop)| text(off, drop))) {
            scene.text(label);
        }
    }
}

/// A dot, and a label on a piece of paper: there may be no place without lines.
fn draw_crossing(scene: &mut Scene, board: &mut Board, what: &str, at: Point) {
    let text = Text::new(unbroken(what), at, SMALL, Ink::Strong);
    let label = board.place(around(&text, at, &DISTANCES));
    if let Some(label) = &label {
        let [left, top, right, bottom] = bounds(label);
        let paper = super::grid::corners([left - 3.0, top - 2.0, right + 3.0, bottom + 2.0]);
        scene.area(paper, Ink::Paper, 0.7);
        if let Some(end) = tie(label, at) {
            scene.line(vec![at, end], Ink::Strong, 1.0);
        }
    }
    scene.dot(at, Ink::Strong);
    if let Some(label) = label {
        scene.text(label);
    }
}
