//! What all charts share: the sheet with its title, horizontal grid lines, axis labels, decimation.
//!
//! Knows no chart in particular.

use super::axis::Scale;
use super::label::{Board, fit};
use super::scene::{Anchor, Ink, Point, Scene, Text, Weight};

/// Logical pixels of every chart.
pub const SIZE: (f64, f64) = (960.0, 540.0);
/// Logical pixels from the left edge to titles.
pub const LEFT: f64 = 20.0;
/// Logical pixels from the left edge to the plot.
pub const PLOT_LEFT: f64 = 88.0;
/// Em of axis labels and annotations.
pub const SMALL: f64 = 12.0;
/// Width of a series' line.
pub const LINE: f64 = 2.0;
/// Room above the largest value.
pub const HEADROOM: f64 = 1.15;

/// More points than this are decimated: a line is no wider than that in pixels.
const MOST_POINTS: usize = 500;
/// Length of the small lines beside tick labels.
const TICK: f64 = 6.0;

/// A sheet with its title, which states the finding, and its grey subtitle; the first of each that
/// fits is taken.
#[must_use]
pub fn sheet(titles: &[String], subtitles: &[String]) -> Scene {
    sheet_of(SIZE.1, titles, subtitles)
}

/// The same, of another height in logical pixels.
#[must_use]
pub fn sheet_of(height: f64, titles: &[String], subtitles: &[String]) -> Scene {
    let mut scene = Scene::new(SIZE.0, height);
    let room = SIZE.0 - 2.0 * LEFT;
    let title = fit(titles, 18.0, Weight::SemiBold, room);
    scene.text(Text::new(title, (LEFT, 30.0), 18.0, Ink::Strong).semi_bold());
    let subtitle = fit(subtitles, 13.0, Weight::Regular, room);
    scene.text(Text::new(subtitle, (LEFT, 52.0), 13.0, Ink::Muted));
    scene
}

/// Horizontal grid lines at `ticks` with their labels on the left; labels on the board keep off them.
pub fn rows(scene: &mut Scene, board: &mut Board, ticks: &[(f64, String)], scale: &Scale, right: f64) {
    for (value, label) in ticks {
        let y = scale.place(*value);
        let line = vec![(PLOT_LEFT - TICK, y), (right, y)];
        board.avoid_if_possible(&line);
        scene.line(line, Ink::Grid, 1.0);
        let at = (PLOT_LEFT - TICK - 5.0, y + 0.36 * SMALL);
        scene.text(Text::new(label, at, SMALL, Ink::Muted).anchored(Anchor::End));
    }
}

/// Labels below the plot at `ticks`, each with a small line, and the name of the axis.
pub fn columns(scene: &mut Scene, ticks: &[(f64, String)], scale: &Scale, bottom: f64, name: (&str, f64)) {
    for (value, label) in ticks {
        let x = scale.place(*value);
        // A tick begins below the line that may run along the bottom.
        scene.line(vec![(x, bottom + LINE), (x, bottom + TICK)], Ink::Grid, 1.0);
        let at = (x, bottom + TICK + 13.0);
        scene.text(Text::new(label, at, SMALL, Ink::Muted).anchored(Anchor::Middle));
    }
    let (name, middle) = name;
    let at = (middle, bottom + TICK + 34.0);
    scene.text(Text::new(name, at, SMALL, Ink::Muted).anchored(Anchor::Middle));
}

/// The name of a vertical axis, beside it.
pub fn row_name(scene: &mut Scene, name: &str, middle: f64) {
    let text = Text::new(name, (LEFT + 10.0, middle), SMALL, Ink::Muted);
    scene.text(text.anchored(Anchor::Middle).upwards());
}

/// At most about 500 points with the same outline: of each stretch the lowest and the highest, in
/// their order; the ends are kept.
#[must_use]
pub fn decimate(points: &[Point]) -> Vec<Point> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil(MOST_POINTS / 2);
    let mut kept = vec![*first];
    for chunk in points.chunks(stretch) {
        let extreme = |wanted: fn(&(usize, &Point), &(usize, &Point)) -> std::cmp::Ordering| {
            chunk.iter().enumerate().max_by(wanted).map_or(0, |(index, _)| index)
        };
        let lowest = extreme(|a, b| b.1.1.total_cmp(&a.1.1));
        let highest = extreme(|a, b| a.1.1.total_cmp(&b.1.1));
        kept.extend([chunk[lowest.min(highest)], chunk[lowest.max(highest)]]);
    }
    kept.push(*last);
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::decimate;

    #[test]
    fn decimation_keeps_the_extremes_and_the_ends() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|x| (f64::from(x), f64::from(x % 7))).collect();
        points[4_321].1 = 99.0;
        points[8_765].1 = -99.0;
        let kept = decimate(&points);
        assert!(kept.len() <= 502, "{}", kept.len());
        assert!(kept.contains(&points[4_321]) && kept.contains(&points[8_765]));
        assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[9_999]));
        assert!(kept.is_sorted_by(|a, b| a.0 <= b.0));
    }
}
