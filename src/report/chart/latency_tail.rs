//! The chart of latency tails: the share of messages slower than x, both axes logarithmic.
//!
//! Owns what the chart says and where. Knows neither SVG nor PNG.

use crate::metrics::summary::{Latency, Summary};
use crate::report::number::{decimal, group, millis, percent, unbroken};

use super::axis::{Scale, decades};
use super::label::Board;
use super::panel::{LINE, PLOT_LEFT, SIZE, SMALL, columns, row_name, rows, sheet};
use super::scene::{Anchor, Ink, Point, Scene, Text};

/// Top and bottom of the plot, in logical pixels.
const PLOT: (f64, f64) = (82.0, 478.0);
/// Em of the series' names.
const NAME: f64 = 13.0;
/// What is drawn, the most telling first, each with its own colour wherever it appears.
const SERIES: [(&str, &str, Ink); 6] = [
    ("end_to_end", "end to end", Ink::Blue),
    ("queue_wait", "queue wait", Ink::Vermillion),
    ("handler", "handler", Ink::Green),
    ("operation", "operation", Ink::Purple),
    ("confirm", "confirm", Ink::Orange),
    ("buffer_wait", "buffer wait", Ink::Sky),
];
/// Decades the time axis covers at most, counted from the slowest.
const MOST_DECADES: f64 = 7.0;

struct Curve<'a> {
    label: &'static str,
    ink: Ink,
    latency: &'a Latency,
}

/// The chart, or `None` where no latency above zero was measured.
#[must_use]
pub fn draw(summary: &Summary) -> Option<Scene> {
    let curves = curves(summary);
    let (low, high) = span_of_times(&curves)?;
    let least = least_share(&curves);
    let right = SIZE.0 - 40.0;
    let across = Scale::logarithmic((low, high), (PLOT_LEFT, right));
    let up = Scale::logarithmic((least, 1.0), (PLOT.1, PLOT.0));
    let mut scene = sheet(&titles(&curves[0]), &subtitles(summary, &curves[0]));
    let shares: Vec<_> = decades(least, 1.0).into_iter().map(|share| (share, percent(share))).collect();
    let mut board = Board::new([PLOT_LEFT + 4.0, PLOT.0 + 2.0, SIZE.0 - 4.0, PLOT.1 - 2.0]);
    rows(&mut scene, &mut board, &shares, &up, right);
    row_name(&mut scene, "share slower than x", f64::midpoint(PLOT.0, PLOT.1));
    let times: Vec<_> = decades(low, high).into_iter().map(|ms| (ms, decade_name(ms))).collect();
    columns(&mut scene, &times, &across, PLOT.1, ("latency x", f64::midpoint(PLOT_LEFT, right)));
    draw_curves(&mut scene, &mut board, &curves, (&across, &up), right);
    Some(scene)
}

/// The series with anything to show; one that equals another would only hide it.
fn curves(summary: &Summary) -> Vec<Curve<'_>> {
    let mut curves: Vec<Curve<'_>> = Vec::new();
    for (name, label, ink) in SERIES {
        let Some((_, latency)) = summary.latencies.iter().find(|(other, _)| *other == name) else { continue };
        let is_new = curves.iter().all(|curve| curve.latency.tail != latency.tail);
        if is_new && latency.tail.iter().any(|(ms, _)| *ms > 0.0) {
            curves.push(Curve { label, ink, latency });
        }
    }
    curves
}

/// Whole decades around all positive times.
fn span_of_times(curves: &[Curve<'_>]) -> Option<(f64, f64)> {
    let times =
        || curves.iter().flat_map(|curve| &curve.latency.tail).map(|(ms, _)| *ms).filter(|ms| *ms > 0.0);
    let (least, most) = (times().reduce(f64::min)?, times().reduce(f64::max)?);
    // The allowances keep a time that is itself a power of ten from adding a decade.
    let high = (libm::log10(most) - 1e-9).ceil();
    let low = (libm::log10(least) + 1e-9).floor().max(high - MOST_DECADES).min(high - 1.0);
    Some((libm::exp10(low), libm::exp10(high)))
}

/// The decade below the rarest share that a single message makes up.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn least_share(curves: &[Curve<'_>]) -> f64 {
    let most = curves.iter().map(|curve| curve.latency.count).max().unwrap_or(1).max(10);
    libm::exp10((libm::log10(1.0 / most as f64) + 1e-9).floor().clamp(-7.0, -1.0))
}

fn titles(curve: &Curve<'_>) -> Vec<String> {
    let Curve { label, latency, .. } = curve;
    let half = latency.p50_ms.unwrap_or_default();
    // A percentile says something only where several messages lie beyond it.
    let (share, tail) = match latency.count {
        10_000.. => ("one in a thousand more than", latency.p999_ms),
        1_000.. => ("one in a hundred more than", latency.p99_ms),
        _ => ("the slowest", latency.max_ms),
    };
    let tail = millis(tail.unwrap_or_default());
    let what = match *label {
        "end to end" => "Half of the messages took effect within",
        "queue wait" => "Half of the copies waited at most",
        "handler" => "Half of the handlers took at most",
        _ => "Half of them took at most",
    };
    vec![
        unbroken(&format!("{what} {}; {share} {tail}", millis(half))),
        unbroken(&format!("{label}: up to {tail}")),
    ]
}

fn subtitles(summary: &Summary, curve: &Curve<'_>) -> Vec<String> {
    let whose = if curve.label == "operation" { "operations" } else { "messages" };
    let what = format!("share of {whose} slower than x, log–log");
    let count = format!("{} measured {}", group(curve.latency.count), curve.label);
    let seed = format!("seed {}", summary.seed);
    let lines = [
        format!("{what} — {}, {count}, {seed}", summary.scenario),
        format!("{what} — {count}, {seed}"),
        format!("{what} — {seed}"),
    ];
    lines.iter().map(|line| unbroken(line)).collect()
}

/// A power of ten on the time axis; beyond a second it stays in seconds, so that powers are seen.
fn decade_name(ms: f64) -> String {
    if ms < 1_000.0 { millis(ms) } else { unbroken(&format!("{} s", decimal(ms / 1e3))) }
}

fn draw_curves(
    scene: &mut Scene,
    board: &mut Board,
    curves: &[Curve<'_>],
    scales: (&Scale, &Scale),
    right: f64,
) {
    let lines: Vec<Vec<Point>> = curves.iter().map(|curve| steps(&curve.latency.tail, scales)).collect();
    for line in &lines {
        board.avoid_line(line);
    }
    // The most telling curve lies on top.
    for (curve, line) in curves.iter().zip(&lines).rev() {
        scene.line(line.clone(), curve.ink, LINE);
    }
    for (curve, line) in curves.iter().zip(&lines) {
        name_curve(scene, board, curve, line, right);
    }
    if let Some(curve) = curves.first() {
        mark_quantiles(scene, board, curve, scales);
    }
}

/// The empirical distribution: level between two points and falling at each, as it is, where a step is
/// large; straight from point to point where the steps are only those of the histogram.
fn steps(tail: &[(f64, f64)], (across, up): (&Scale, &Scale)) -> Vec<Point> {
    let mut line: Vec<Point> = Vec::with_capacity(tail.len() * 2 + 1);
    let mut before = 1.0;
    // All but the last point that everything is slower than would only repeat the frame's upper edge.
    let whole = tail.iter().take_while(|(_, share)| *share >= 1.0).count();
    for (ms, share) in &tail[whole.saturating_sub(1)..] {
        let x = across.place(*ms);
        if x <= PLOT_LEFT {
            // Zero, or too fast for the axis: the line comes in from the left at its height.
            line.clear();
        } else if *share < before * 0.75 {
            line.push((x, up.place(before)));
        }
        line.push((x, up.place(*share)));
        before = *share;
    }
    line.dedup();
    line
}

/// Writes the name beside the curve, as near to its lower end as there is room.
fn name_curve(scene: &mut Scene, board: &mut Board, curve: &Curve<'_>, line: &[Point], right: f64) {
    let text = |at, anchor| Text::new(curve.label, at, NAME, curve.ink).semi_bold().anchored(anchor);
    let heights = [14.0, 34.0, 60.0, 90.0, 120.0, 160.0, 200.0, 250.0, 300.0, 350.0];
    let beside = heights.into_iter().flat_map(|up| {
        let y = PLOT.1 - up;
        let x = x_at(line, y);
        [text((x + 10.0, y), Anchor::Start), text((x - 10.0, y), Anchor::End)]
    });
    let margin = heights.into_iter().map(|up| text((right, PLOT.1 - up), Anchor::End));
    if let Some(label) = board.place(beside.chain(margin)) {
        scene.text(label);
    }
}

/// Where a falling line passes the height `y`, or else ends.
fn x_at(line: &[Point], y: f64) -> f64 {
    line.iter().find(|point| point.1 >= y).or(line.last()).map_or(PLOT_LEFT, |point| point.0)
}

/// Marks the median and the percentiles that enough messages lie beyond.
fn mark_quantiles(scene: &mut Scene, board: &mut Board, curve: &Curve<'_>, (across, up): (&Scale, &Scale)) {
    let Latency { count, p50_ms, p99_ms, p999_ms, .. } = *curve.latency;
    let marks = [("p50", 0.5, p50_ms, 20), ("p99", 0.01, p99_ms, 1_000), ("p99.9", 0.001, p999_ms, 10_000)];
    for (name, share, ms, needed) in marks {
        let Some(ms) = ms.filter(|ms| *ms > 0.0 && count >= needed) else { continue };
        let at = (across.place(ms), up.place(share));
        let what = unbroken(&format!("{name} = {}", millis(ms)));
        let text = |off: f64, drop: f64, anchor| {
            Text::new(&what, (at.0 + off, at.1 + drop), SMALL, Ink::Strong).anchored(anchor)
        };
        let places = [-6.0, 4.0, 14.0, -20.0]
            .into_iter()
            .flat_map(|drop| [text(10.0, drop, Anchor::Start), text(-10.0, drop + 8.0, Anchor::End)]);
        if let Some(label) = board.place(places) {
            scene.dot(at, curve.ink);
            scene.text(label);
        }
    }
}
