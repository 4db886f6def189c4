//! Finds places for labels where they neither leave the frame nor cover a line or another label.
//!
//! Knows boxes and lines, not charts.

use super::lettering::{bounds, width};
use super::scene::{Anchor, Point, Text, Weight};

/// Logical pixels kept free around a label.
const MARGIN: f64 = 5.0;

/// A text farther than this from its point, in logical pixels, is tied to it.
const TIED_FROM: f64 = 14.0;

/// A rectangle of the canvas and what already stands in it.
pub struct Board {
    frame: [f64; 4],
    lines: Vec<Vec<Point>>,
    grid: Vec<Vec<Point>>,
    taken: Vec<[f64; 4]>,
}

impl Board {
    /// An empty board within left, top, right, bottom.
    #[must_use]
    pub const fn new(frame: [f64; 4]) -> Self {
        Self { frame, lines: Vec::new(), grid: Vec::new(), taken: Vec::new() }
    }

    /// Keeps labels off the line through `points`.
    pub fn avoid_line(&mut self, points: &[Point]) {
        self.lines.push(points.to_vec());
    }

    /// Keeps labels off the line through `points` where there is another place.
    pub fn avoid_if_possible(&mut self, points: &[Point]) {
        self.grid.push(points.to_vec());
    }

    /// The first of `candidates` that fits, which then takes its place.
    pub fn place(&mut self, candidates: impl IntoIterator<Item = Text>) -> Option<Text> {
        let mut fitting =
            candidates.into_iter().filter(|text| self.is_free(widened(bounds(text)))).peekable();
        let first = fitting.peek().cloned();
        let text = fitting.find(|text| !meets(&self.grid, bounds(text))).or(first)?;
        self.taken.push(bounds(&text));
        Some(text)
    }

    fn is_free(&self, wanted: [f64; 4]) -> bool {
        let [left, top, right, bottom] = self.frame;
        left <= wanted[0]
            && top <= wanted[1]
            && wanted[2] <= right
            && wanted[3] <= bottom
            && self.taken.iter().all(|taken| !overlap(*taken, wanted))
            && !meets(&self.lines, wanted)
    }
}

fn meets(lines: &[Vec<Point>], wanted: [f64; 4]) -> bool {
    lines.iter().any(|line| line.windows(2).any(|pair| crosses(pair[0], pair[1], wanted)))
}

/// Moves labels that want these baselines apart until each has `gap`, within `low..=high`, keeping
/// their order; the answer stands in the order asked.
#[must_use]
pub fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]).then(a.cmp(b)));
    let mut placed = wanted.to_vec();
    let mut least = low;
    for &index in &order {
        placed[index] = placed[index].max(least);
        least = placed[index] + gap;
    }
    let mut most = high;
    for &index in order.iter().rev() {
        placed[index] = placed[index].min(most);
        most = placed[index] - gap;
    }
    placed
}

/// The text at these distances from a point, the nearest first, in twelve directions: the corners are preferred,
/// since lines mostly leave a point at its sides.
#[must_use]
pub fn around(text: &Text, (x, y): Point, distances: &[f64]) -> Vec<Text> {
    const DIRECTIONS: [Point; 12] = [
        (0.8, -0.7),
        (-0.8, 0.7),
        (1.0, 0.0),
        (-1.0, 0.0),
        (-0.8, -0.7),
        (0.8, 0.7),
        (0.0, -1.0),
        (0.0, 1.0),
        (0.4, -0.9),
        (-0.4, 0.9),
        (-0.4, -0.9),
        (0.4, 0.9),
    ];
    let place = |off: f64, (right, down): Point| {
        let anchor = match right {
            0.0 => Anchor::Middle,
            v if v > 0.0 => Anchor::Start,
            _ => Anchor::End,
        };
        // Above a point the baseline is nearest to it, below it the tops of the letters.
        let drop = 0.36 * (1.0 + down.clamp(-0.9, 0.9)) * text.size;
        Text { at: (x + off * right, y + off * down + drop), anchor, ..text.clone() }
    };
    distances.iter().flat_map(|off| DIRECTIONS.map(|direction| place(*off, direction))).collect()
}

/// Where a line ends that ties a text to its point, if the text stands too far off to be seen as its own.
#[must_use]
pub fn tie(text: &Text, at: Point) -> Option<Point> {
    let [left, top, right, bottom] = bounds(text);
    let nearest = (at.0.clamp(left - 2.0, right + 2.0), at.1.clamp(top - 2.0, bottom + 2.0));
    (libm::hypot(nearest.0 - at.0, nearest.1 - at.1) > TIED_FROM).then_some(nearest)
}

/// The first of `candidates` narrower than `room`, or the last one cut short.
#[must_use]
pub fn fit(candidates: &[String], size: f64, weight: Weight, room: f64) -> String {
    if let Some(fitting) = candidates.iter().find(|text| width(text, size, weight) <= room) {
        return fitting.clone();
    }
    let mut text = candidates.last().cloned().unwrap_or_default();
    while !text.is_empty() && width(&format!("{text}…"), size, weight) > room {
        text.pop();
    }
    format!("{}…", text.trim_end())
}

fn widened([left, top, right, bottom]: [f64; 4]) -> [f64; 4] {
    [left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN]
}

fn overlap(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Whether the segment from `a` to `b` meets the box (Liang and Barsky, 1984).
fn crosses(a: Point, b: Point, [left, top, right, bottom]: [f64; 4]) -> bool {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (slope, room) in [(-dx, a.0 - left), (dx, right - a.0), (-dy, a.1 - top), (dy, bottom - a.1)] {
        if slope == 0.0 {
            if room < 0.0 {
                return false;
            }
        } else if slope < 0.0 {
            enter = enter.max(room / slope);
        } else {
            leave = leave.min(room / slope);
        }
    }
    enter <= leave
}

#[cfg(test)]
mod tests {
    use super::{Board, around, crosses, fit, spread, tie};
    use crate::report::chart::lettering::bounds;
    use crate::report::chart::scene::{Ink, Text, Weight};

    #[test]
    fn labels_keep_off_lines_and_each_other() {
        let mut board = Board::new([0.0, 0.0, 200.0, 100.0]);
        board.avoid_line(&[(0.0, 50.0), (200.0, 50.0)]);
        let at = |y| Text::new("label", (10.0, y), 12.0, Ink::Strong);
        assert_eq!(board.place([at(52.0), at(30.0)]).map(|text| text.at.1), Some(30.0));
        assert_eq!(board.place([at(30.0), at(200.0)]), None);
    }

    #[test]
    fn spreading_keeps_order_and_gap() {
        assert_eq!(spread(&[50.0, 50.0, 10.0], 18.0, 0.0, 100.0), [50.0, 68.0, 10.0]);
        assert_eq!(spread(&[99.0, 99.5], 18.0, 0.0, 100.0), [82.0, 100.0]);
    }

    #[test]
    fn places_around_a_point_keep_off_it_and_the_nearest_come_first() {
        let text = Text::new("label", (0.0, 0.0), 12.0, Ink::Strong);
        let places = around(&text, (50.0, 50.0), &[10.0, 30.0]);
        let off = |text: &Text| {
            let [left, top, right, bottom] = bounds(text);
            libm::hypot(50.0 - 50.0_f64.clamp(left, right), 50.0 - 50.0_f64.clamp(top, bottom))
        };
        assert_eq!(places.len(), 24);
        assert!(places[..12].iter().all(|place| (5.0..14.0).contains(&off(place))));
        assert!(places[12..].iter().all(|place| (25.0..34.0).contains(&off(place))));
        assert!(places[..12].iter().all(|place| tie(place, (50.0, 50.0)).is_none()));
        assert!(places[12..].iter().all(|place| tie(place, (50.0, 50.0)).is_some()));
    }

    #[test]
    fn segments_cross_boxes() {
        let unit = [0.0, 0.0, 1.0, 1.0];
        assert!(crosses((-1.0, 0.5), (2.0, 0.5), unit));
        assert!(!crosses((-1.0, 1.5), (2.0, 1.5), unit));
    }

    #[test]
    fn a_title_that_is_too_long_is_cut() {
        let cut = fit(&["a very long title indeed".into()], 18.0, Weight::SemiBold, 80.0);
        assert!(cut.ends_with('…') && cut.starts_with("a very"));
    }
}
