//! The chart of two numbers that pull against each other: a dot for every candidate, and a stepped line along
//! those that no other beats in both.
//!
//! Owns what the chart says and where. Knows neither who is on the front nor SVG or PNG.

use crate::metrics::registry::Better;
use crate::scenario::MetricUnit;

use super::gauge::{Ends, Gauge};
use super::label::{Board, around, tie};
use super::lettering::bounds;
use super::panel::{LINE, PLOT_LEFT, SIZE, SMALL, columns, row_name, rows, sheet};
use super::scene::{Anchor, Ink, Point, Scene, Shape, Text};

/// One way to set everything.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// What it is called, in few words.
    pub name: &'a str,
    /// Its number across.
    pub x: f64,
    /// Its number upwards.
    pub y: f64,
    /// Whether no other is better in one number and no worse in the other.
    pub on_front: bool,
}

/// Candidates, and what their numbers are.
#[derive(Clone, Copy, Debug)]
pub struct Front<'a> {
    /// What the chart shows; the first that fits is taken.
    pub titles: &'a [String],
    /// How it was measured; the first that fits is taken.
    pub subtitles: &'a [String],
    /// The number across: name, unit, which way is better.
    pub x: (&'a str, MetricUnit, Better),
    /// The same upwards.
    pub y: (&'a str, MetricUnit, Better),
    /// In any order.
    pub candidates: &'a [Candidate<'a>],
}

/// Left, top, right and bottom of the plot, in logical pixels.
const PLOT: [f64; 4] = [PLOT_LEFT, 78.0, SIZE.0 - 40.0, 478.0];
/// Radius of a candidate that another beats.
const SMALL_DOT: f64 = 3.0;
/// How much of the ink covers what the front beats.
const SHADE: f64 = 0.07;
/// How far from their dots names may stand.
const DISTANCES: [f64; 8] = [10.0, 14.0, 20.0, 30.0, 44.0, 60.0, 84.0, 110.0];

/// The chart, or `None` without a candidate whose numbers are finite.
#[must_use]
pub fn draw(front: &Front<'_>) -> Option<Scene> {
    let seen: Vec<&Candidate<'_>> =
        front.candidates.iter().filter(|one| one.x.is_finite() && one.y.is_finite()).collect();
    let values = |of: fn(&Candidate<'_>) -> f64| seen.iter().map(|one| of(one)).collect::<Vec<f64>>();
    let [left, top, right, bottom] = PLOT;
    let across = Gauge::new(&values(|one| one.x), front.x.1, (left, right), (Ends::Roomy, 6.0))?;
    let up = Gauge::new(&values(|one| one.y), front.y.1, (bottom, top), (Ends::Roomy, 5.0))?;
    let mut scene = sheet(front.titles, front.subtitles);
    let mut board = Board::new([left + 4.0, top - 10.0, SIZE.0 - 8.0, bottom - 2.0]);
    draw_axes(&mut scene, &mut board, front, (&across, &up));
    let mut best: Vec<(Point, &str)> = Vec::new();
    for one in &seen {
        let at = (across.place(one.x), up.place(one.y));
        for arm in [[(at.0 - 3.0, at.1), (at.0 + 3.0, at.1)], [(at.0, at.1 - 3.0), (at.0, at.1 + 3.0)]] {
            board.avoid_line(&arm);
        }
        if one.on_front {
            best.push((at, one.name));
        }
    }
    best.sort_by(|a, b| a.0.0.total_cmp(&b.0.0).then(b.0.1.total_cmp(&a.0.1)));
    draw_front(&mut scene, &mut board, &best, (front.x.2, front.y.2));
    for one in seen.iter().filter(|one| !one.on_front) {
        let center = (across.place(one.x), up.place(one.y));
        scene.shapes.push(Shape::Dot { center, radius: SMALL_DOT, ink: Ink::Muted });
    }
    draw_best(&mut scene, &mut board, &best);
    Some(scene)
}

fn draw_axes(scene: &mut Scene, board: &mut Board, front: &Front<'_>, (across, up): (&Gauge, &Gauge)) {
    let [left, top, right, bottom] = PLOT;
    rows(scene, board, &up.ticks, &up.scale, right);
    for (tick, _) in &across.ticks {
        let x = across.place(*tick);
        scene.line(vec![(x, top), (x, bottom)], Ink::Grid, 1.0);
    }
    let name = axis_name(front.x, across.logarithmic);
    let ticks = thinned(across);
    columns(scene, &ticks, &across.scale, bottom, (&name, f64::midpoint(left, right)));
    row_name(scene, &axis_name(front.y, up.logarithmic), f64::midpoint(top, bottom));
}

fn axis_name((name, _, better): (&str, MetricUnit, Better), logarithmic: bool) -> String {
    let better = match better {
        Better::Lower => " — lower is better",
        Better::Higher => " — higher is better",
        Better::Neither => "",
    };
    let scale = if logarithmic { " (logarithmic)" } else { "" };
    format!("{name}{scale}{better}")
}

/// The ticks whose labels keep off the one before.
pub(super) fn thinned(across: &Gauge) -> Vec<(f64, String)> {
    let mut end = f64::NEG_INFINITY;
    let label = |tick: &(f64, String)| {
        let at = (across.place(tick.0), 0.0);
        bounds(&Text::new(&tick.1, at, SMALL, Ink::Muted).anchored(Anchor::Middle))
    };
    let mut kept = Vec::new();
    for tick in &across.ticks {
        let [left, _, right, _] = label(tick);
        if left >= end + 8.0 {
            kept.push(tick.clone());
            end = right;
        }
    }
    kept
}

/// The line between what some candidate reaches and what none does, and a shade over all that is beaten.
fn draw_front(scene: &mut Scene, board: &mut Board, best: &[(Point, &str)], better: (Better, Better)) {
    let points: Vec<Point> = best.iter().map(|(at, _)| *at).collect();
    let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else { return };
    let line = stairs(&points, better.0);
    board.avoid_line(&line);
    if better.0 != Better::Neither && better.1 != Better::Neither {
        let [left, top, right, bottom] = PLOT;
        let worst_y = if better.1 == Better::Higher { bottom } else { top };
        let mut beaten = line.clone();
        if better.0 == Better::Higher {
            beaten.extend([(last.0, worst_y), (left, worst_y), (left, first.1)]);
        } else {
            beaten.extend([(right, last.1), (right, worst_y), (first.0, worst_y)]);
        }
        scene.area(beaten, Ink::Blue, SHADE);
    }
    scene.line(line, Ink::Blue, LINE);
}

/// From each point of the front to the next, over the corner that both reach: going right for a lower number
/// across gains nothing until the next candidate, going right for a higher one has gained all at once.
fn stairs(points: &[Point], better: Better) -> Vec<Point> {
    let mut line: Vec<Point> = Vec::with_capacity(points.len() * 2);
    for point in points {
        if let Some(before) = line.last().copied() {
            line.push(match better {
                Better::Higher => (before.0, point.1),
                Better::Lower => (point.0, before.1),
                Better::Neither => before,
            });
        }
        line.push(*point);
    }
    line.dedup();
    line
}

/// The front's dots, and their names where there is room.
fn draw_best(scene: &mut Scene, board: &mut Board, best: &[(Point, &str)]) {
    let mut labels = Vec::new();
    for (at, name) in best {
        let text = Text::new(*name, *at, SMALL, Ink::Strong);
        if let Some(label) = board.place(around(&text, *at, &DISTANCES)) {
            if let Some(end) = tie(&label, *at) {
                scene.line(vec![*at, end], Ink::Muted, 1.0);
            }
            labels.push(label);
        }
    }
    for (at, _) in best {
        scene.dot(*at, Ink::Blue);
    }
    for label in labels {
        scene.text(label);
    }
}

#[cfg(test)]
mod tests {
    use super::stairs;
    use crate::metrics::registry::Better;

    #[test]
    fn stairs_turn_where_neither_candidate_is_beaten() {
        // On the canvas, y grows downwards: the second is lower and farther right.
        let points = [(10.0, 10.0), (30.0, 50.0)];
        assert_eq!(stairs(&points, Better::Lower), [(10.0, 10.0), (30.0, 10.0), (30.0, 50.0)]);
        assert_eq!(stairs(&points, Better::Higher), [(10.0, 10.0), (10.0, 50.0), (30.0, 50.0)]);
        assert_eq!(stairs(&points, Better::Neither), points);
        assert_eq!(stairs(&points[..1], Better::Lower), points[..1]);
    }
}
