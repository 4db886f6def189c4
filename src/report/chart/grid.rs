//! What charts of cells share: the two axes with their labels, and the rectangles of the cells.
//!
//! Knows nothing of what stands in the cells.

use super::label::fit;
use super::lettering::width;
use super::panel::{LEFT, SMALL};
use super::scene::{Anchor, Ink, Point, Scene, Text, Weight};

/// One axis of a grid.
#[derive(Clone, Copy, Debug)]
pub struct GridAxis<'a> {
    /// What varies along it.
    pub name: &'a str,
    /// What each column or row stands for, from the left, from below or from the top as the chart says.
    pub labels: &'a [String],
}

/// Labels of rows get at most this much room, in logical pixels.
const WIDEST_ROW: f64 = 190.0;
/// Labels of columns that run upwards get at most this much.
const LONGEST_COLUMN: f64 = 110.0;
/// The name beside the rows gets this much even where these are lower: a single row has that much around it.
const SHORTEST_SIDE: f64 = 92.0;
/// Between two labels beside each other.
const APART: f64 = 12.0;
/// Logical pixels of a line of small text.
pub(super) const LEADING: f64 = 15.0;
/// Between two cells.
pub(super) const GAP: f64 = 2.0;

/// Equal cells from one corner.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    /// Left and top.
    pub(super) corner: Point,
    /// Width and height of a cell with the gap to the next.
    pub(super) step: (f64, f64),
    /// Columns and rows.
    pub(super) count: (usize, usize),
}

impl Cells {
    /// Left, top, right and bottom of a cell, counted from the left and the top.
    pub(super) fn bounds(&self, (column, row): (usize, usize)) -> [f64; 4] {
        let (left, top) =
            (self.corner.0 + self.step.0 * count(column), self.corner.1 + self.step.1 * count(row));
        [left + GAP / 2.0, top + GAP / 2.0, left + self.step.0 - GAP / 2.0, top + self.step.1 - GAP / 2.0]
    }

    pub(super) fn right(&self) -> f64 {
        self.corner.0 + self.step.0 * count(self.count.0)
    }

    pub(super) fn bottom(&self) -> f64 {
        self.corner.1 + self.step.1 * count(self.count.1)
    }

    pub(super) fn middle(&self) -> Point {
        (f64::midpoint(self.corner.0, self.right()), f64::midpoint(self.corner.1, self.bottom()))
    }
}

/// The corners of a rectangle.
pub(super) fn corners([left, top, right, bottom]: [f64; 4]) -> Vec<Point> {
    vec![(left, top), (right, top), (right, bottom), (left, bottom)]
}

/// A rectangle within another, `by` from its edges; negative, around it.
pub(super) fn inset([left, top, right, bottom]: [f64; 4], by: f64) -> [f64; 4] {
    [left + by, top + by, right - by, bottom - by]
}

/// A cell where nothing was measured.
pub(super) fn empty(scene: &mut Scene, bounds: [f64; 4]) {
    scene.area(corners(bounds), Ink::Grid, 1.0);
    let at = (f64::midpoint(bounds[0], bounds[2]), f64::midpoint(bounds[1], bounds[3]) + 0.36 * SMALL);
    scene.text(Text::new("–", at, SMALL, Ink::Muted).anchored(Anchor::Middle));
}

/// Logical pixels that the name and the labels of the rows need at the left.
pub(super) fn left_of(rows: &GridAxis<'_>) -> f64 {
    let widest = rows.labels.iter().map(|label| width(label, SMALL, Weight::Regular)).fold(0.0, f64::max);
    LEFT + 32.0 + widest.min(WIDEST_ROW)
}

/// The labels of the rows at the left of the cells and the axis' name beside them; `at` gives the row of cells,
/// from the top, of the label with a number.
pub(super) fn label_rows(scene: &mut Scene, cells: &Cells, axis: &GridAxis<'_>, at: impl Fn(usize) -> usize) {
    let stride = stride(LEADING, cells.step.1);
    for (index, label) in axis.labels.iter().enumerate().step_by(stride) {
        let [_, top, _, bottom] = cells.bounds((0, at(index)));
        let label = fit(std::slice::from_ref(label), SMALL, Weight::Regular, WIDEST_ROW);
        let place = (cells.corner.0 - 9.0, f64::midpoint(top, bottom) + 0.36 * SMALL);
        scene.text(Text::new(label, place, SMALL, Ink::Muted).anchored(Anchor::End));
    }
    let room = (cells.bottom() - cells.corner.1).max(SHORTEST_SIDE);
    let name = fit(&[axis.name.to_owned()], SMALL, Weight::Regular, room);
    let place = (LEFT + 10.0, cells.middle().1);
    scene.text(Text::new(name, place, SMALL, Ink::Muted).anchored(Anchor::Middle).upwards());
}

/// How labels of columns stand below them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Columns {
    /// Every so many of them, across.
    Across(usize),
    /// All of them, upwards, this long at most.
    Up(f64),
}

impl Columns {
    /// Numbers are thinned where they do not fit, and names turned: between names nobody can guess one.
    pub(super) fn new(labels: &[String], step: f64) -> Self {
        let widest = labels.iter().map(|label| width(label, SMALL, Weight::Regular)).fold(0.0, f64::max);
        let is_number = |label: &String| label.starts_with(|c: char| c.is_ascii_digit());
        if widest + APART <= step || labels.iter().all(is_number) {
            Self::Across(stride(widest + APART, step))
        } else {
            Self::Up(widest.min(LONGEST_COLUMN))
        }
    }

    /// Logical pixels of the labels and of the axis' name below them.
    pub(super) fn height(self) -> f64 {
        match self {
            Self::Across(_) => 52.0,
            Self::Up(longest) => longest + 44.0,
        }
    }

    /// The labels below the cells, and the axis' name below them.
    pub(super) fn draw(self, scene: &mut Scene, cells: &Cells, axis: &GridAxis<'_>) {
        let bottom = cells.bottom();
        let step = match self {
            Self::Across(stride) => stride,
            Self::Up(_) => stride(LEADING, cells.step.0),
        };
        for (column, label) in axis.labels.iter().enumerate().step_by(step) {
            let [left, _, right, _] = cells.bounds((column, 0));
            let middle = f64::midpoint(left, right);
            scene.text(match self {
                Self::Across(_) => {
                    Text::new(label, (middle, bottom + 17.0), SMALL, Ink::Muted).anchored(Anchor::Middle)
                }
                Self::Up(_) => {
                    let label = fit(std::slice::from_ref(label), SMALL, Weight::Regular, LONGEST_COLUMN);
                    let place = (middle + 0.36 * SMALL, bottom + 8.0);
                    Text::new(label, place, SMALL, Ink::Muted).anchored(Anchor::End).upwards()
                }
            });
        }
        let place = (cells.middle().0, bottom + self.height() - 10.0);
        scene.text(Text::new(axis.name, place, SMALL, Ink::Muted).anchored(Anchor::Middle));
    }
}

/// Every so many labels that need `need` each fit where there is one each `step`.
fn stride(need: f64, step: f64) -> usize {
    let mut stride = 1;
    while count(stride) * step < need {
        stride += 1;
    }
    stride
}

#[expect(clippy::cast_precision_loss, reason = "a grid has few cells")]
pub(super) const fn count(cells: usize) -> f64 {
    cells as f64
}

#[cfg(test)]
mod tests {
    use super::{Cells, Columns};

    fn labels(labels: &[&str]) -> Vec<String> {
        labels.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn numbers_are_thinned_and_names_are_turned() {
        let numbers = labels(&["1000", "2000", "3000"]);
        assert_eq!(Columns::new(&numbers, 60.0), Columns::Across(1));
        assert_eq!(Columns::new(&numbers, 15.0), Columns::Across(3));
        let names = labels(&["optimistic", "pessimistic"]);
        assert_eq!(Columns::new(&names, 90.0), Columns::Across(1));
        assert!(matches!(Columns::new(&names, 40.0), Columns::Up(_)));
    }

    #[test]
    fn cells_stand_beside_each_other_with_a_gap() {
        let cells = Cells { corner: (10.0, 20.0), step: (30.0, 40.0), count: (3, 2) };
        assert_eq!(cells.bounds((0, 0)).to_vec(), [11.0, 21.0, 39.0, 59.0]);
        assert_eq!(cells.bounds((2, 1)).to_vec(), [71.0, 61.0, 99.0, 99.0]);
        assert_eq!((cells.right(), cells.bottom()), (100.0, 100.0));
    }
}
