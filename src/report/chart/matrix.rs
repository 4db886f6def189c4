//! The chart of what happened over two axes of names: a cell for each pair with a few short lines, calm where
//! nothing went wrong and redder the more did; a panel for each of several conditions.
//!
//! Owns what the chart says and where. Knows neither what the lines mean nor SVG or PNG.

use super::grid::{Cells, GAP, GridAxis, LEADING, corners, count, empty, label_rows, left_of};
use super::label::fit;
use super::lettering::width;
use super::panel::{SIZE, SMALL, sheet_of};
use super::scene::{Anchor, Ink, Point, Scene, Text, Weight};

/// What happened in one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixCell {
    /// How much went wrong, in any unit that all cells share; 0 is good.
    pub harm: f64,
    /// What is written into the cell, the most important first: where something went wrong, the first line that
    /// does not say that there are `0 ` of something stands out.
    pub lines: Vec<String>,
}

/// The cells under one condition.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    /// Its heading.
    pub name: &'a str,
    /// Row by row from the top; `None` where nothing was measured.
    pub cells: &'a [Vec<Option<MatrixCell>>],
}

/// Panels over the same two axes.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    /// What the chart shows; the first that fits is taken.
    pub titles: &'a [String],
    /// How it was measured; the first that fits is taken.
    pub subtitles: &'a [String],
    /// The columns, from the left.
    pub across: GridAxis<'a>,
    /// The rows, from the top.
    pub down: GridAxis<'a>,
    /// From the left or the top.
    pub panels: &'a [Panel<'a>],
}

/// Logical pixels from the top to the first panel.
const TOP: f64 = 74.0;
/// Em of the panels' names, and logical pixels from the top of a panel to below it.
const NAME: f64 = 13.0;
const HEADING: f64 = 24.0;
/// Between panels beside each other, and above each other.
const APART: (f64, f64) = (26.0, 20.0);
/// Around the lines of a cell, to both sides together, and above and below together.
const PADDING: (f64, f64) = (12.0, 11.0);
/// A column is no narrower where panels stand beside each other, and never wider.
const COLUMN: (f64, f64) = (64.0, 190.0);
/// Below the panels: the axis' name, and the legend.
const BELOW: f64 = 62.0;
/// A heading of a column has at most so many lines.
const MOST_LINES: usize = 2;
/// How strong a cell's colour is: where nothing went wrong, and from the least to the most that did.
const CALM: f64 = 0.24;
const HARMED: (f64, f64) = (0.16, 0.64);
/// What is so many powers of ten below the largest harm gets the faintest colour.
const DECADES: f64 = 3.0;

/// The chart, or `None` without a cell in it.
#[must_use]
pub fn draw(matrix: &Matrix<'_>) -> Option<Scene> {
    matrix.all().next()?;
    let layout = Layout::new(matrix);
    let bottom = layout.panels.iter().map(Cells::bottom).fold(0.0, f64::max);
    let mut scene = sheet_of(bottom + BELOW, matrix.titles, matrix.subtitles);
    let worst = matrix.all().map(|cell| cell.harm).filter(|harm| harm.is_finite()).fold(0.0, f64::max);
    for (at, (panel, cells)) in matrix.panels.iter().zip(&layout.panels).enumerate() {
        layout.head(&mut scene, panel, cells);
        if at == 0 || !layout.beside {
            label_rows(&mut scene, cells, &matrix.down, |row| row);
        }
        for place in places(cells.count) {
            match matrix.at(panel, place) {
                Some(cell) => draw_cell(&mut scene, cell, cells.bounds(place), worst),
                None => empty(&mut scene, cells.bounds(place)),
            }
        }
    }
    let last = layout.panels[layout.panels.len() - 1];
    let middle = f64::midpoint(layout.panels[0].corner.0, last.right());
    let name = Text::new(matrix.across.name, (middle, bottom + 20.0), SMALL, Ink::Muted);
    scene.text(name.anchored(Anchor::Middle));
    draw_legend(&mut scene, (layout.panels[0].corner.0, bottom + 46.0), worst);
    Some(scene)
}

impl<'a> Matrix<'a> {
    fn size(&self) -> (usize, usize) {
        (self.across.labels.len(), self.down.labels.len())
    }

    /// What a panel has at a place that the axes have.
    fn at(&self, panel: &Panel<'a>, (column, row): (usize, usize)) -> Option<&'a MatrixCell> {
        let (columns, rows) = self.size();
        let cell = panel.cells.get(row)?.get(column)?.as_ref();
        cell.filter(|_| column < columns && row < rows)
    }

    fn all(&self) -> impl Iterator<Item = &'a MatrixCell> {
        let size = self.size();
        self.panels.iter().flat_map(move |panel| places(size).filter_map(move |place| self.at(panel, place)))
    }
}

/// Column and row of every cell.
fn places((columns, rows): (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |row| (0..columns).map(move |column| (column, row)))
}

/// Where the panels stand.
struct Layout {
    panels: Vec<Cells>,
    /// Beside each other rather than above.
    beside: bool,
    /// The columns' headings, in lines.
    columns: Vec<Vec<String>>,
}

impl Layout {
    fn new(matrix: &Matrix<'_>) -> Self {
        let size = matrix.size();
        let left = left_of(&matrix.down);
        let room = SIZE.0 - 24.0 - left;
        let panels = count(matrix.panels.len());
        let lines = || matrix.all().flat_map(|cell| &cell.lines);
        let need = lines().map(|line| width(line, SMALL, Weight::SemiBold)).fold(0.0, f64::max) + PADDING.0;
        let narrow = (room - APART.0 * (panels - 1.0)) / panels / count(size.0);
        let headings =
            |step: f64| matrix.across.labels.iter().all(|label| is_whole(label, step - PADDING.0 / 2.0));
        let beside = matrix.panels.len() > 1 && narrow >= need.max(COLUMN.0) && headings(narrow);
        let across = (if beside { narrow } else { room / count(size.0) }).min(COLUMN.1);
        let columns: Vec<Vec<String>> =
            matrix.across.labels.iter().map(|label| wrapped(label, across - PADDING.0 / 2.0)).collect();
        let head = HEADING + LEADING * count(columns.iter().map(Vec::len).max().unwrap_or(0)) + 4.0;
        let most = matrix.all().map(|cell| cell.lines.len()).max().unwrap_or(0).max(1);
        let step = (across, LEADING * count(most) + PADDING.1 + GAP);
        let (right, down) = (across * count(size.0) + APART.0, head + step.1 * count(size.1) + APART.1);
        let corner = |at: usize| {
            let (x, y) = if beside { (count(at), 0.0) } else { (0.0, count(at)) };
            (left + x * right, TOP + head + y * down)
        };
        let panels =
            (0..matrix.panels.len()).map(|at| Cells { corner: corner(at), step, count: size }).collect();
        Self { panels, beside, columns }
    }

    /// The panel's name, and the columns' headings below it, which stand on the cells.
    fn head(&self, scene: &mut Scene, panel: &Panel<'_>, cells: &Cells) {
        let lines = self.columns.iter().map(Vec::len).max().unwrap_or(0);
        let top = cells.corner.1 - 4.0 - LEADING * count(lines);
        let name = fit(&[panel.name.to_owned()], NAME, Weight::SemiBold, cells.right() - cells.corner.0);
        scene.text(Text::new(name, (cells.corner.0 + 1.0, top - 8.0), NAME, Ink::Strong).semi_bold());
        for (column, heading) in self.columns.iter().enumerate() {
            let [left, _, right, _] = cells.bounds((column, 0));
            for (line, words) in heading.iter().enumerate() {
                let y = cells.corner.1 - 7.0 - LEADING * count(heading.len() - 1 - line);
                let text = Text::new(words, (f64::midpoint(left, right), y), SMALL, Ink::Muted);
                scene.text(text.anchored(Anchor::Middle));
            }
        }
    }
}

/// A label in lines no longer than `room`, broken between words; what does not fit then is cut.
fn wrapped(label: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let is_short = |text: &str| width(text, SMALL, Weight::Regular) <= room;
    for word in label.split_inclusive([' ', '-', '_']) {
        let is_full = lines.len() == MOST_LINES;
        match lines.last_mut() {
            Some(line) if is_full || is_short(format!("{line}{word}").trim_end()) => line.push_str(word),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| fit(&[line.trim_end().to_owned()], SMALL, Weight::Regular, room)).collect()
}

/// Whether nothing of the label has to be cut.
fn is_whole(label: &str, room: f64) -> bool {
    wrapped(label, room).iter().all(|line| !line.ends_with('…'))
}

/// How a cell is coloured: what is a thousand times less than the worst is faint, so that what rarely went wrong
/// does not look like what always does, and still not like what never did.
fn tint(harm: f64, worst: f64) -> (Ink, f64) {
    if harm <= 0.0 {
        return (Ink::Green, CALM);
    }
    let share = if harm < worst { (libm::log10(harm / worst) / DECADES + 1.0).max(0.0) } else { 1.0 };
    (Ink::Vermillion, HARMED.0 + share * (HARMED.1 - HARMED.0))
}

fn draw_cell(scene: &mut Scene, cell: &MatrixCell, bounds: [f64; 4], worst: f64) {
    let (ink, strength) = tint(cell.harm, worst);
    scene.area(corners(bounds), ink, strength);
    let [left, top, right, bottom] = bounds;
    let first = f64::midpoint(top, bottom) + 0.36 * SMALL - LEADING * (count(cell.lines.len()) - 1.0) / 2.0;
    let told = cell.lines.iter().position(|line| cell.harm > 0.0 && !line.starts_with("0 "));
    for (at, line) in cell.lines.iter().enumerate() {
        let weight = if told == Some(at) { Weight::SemiBold } else { Weight::Regular };
        let line = fit(std::slice::from_ref(line), SMALL, weight, right - left - 6.0);
        let place = (f64::midpoint(left, right), first + LEADING * count(at));
        let text = Text::new(line, place, SMALL, Ink::Strong).anchored(Anchor::Middle);
        scene.text(Text { weight, ..text });
    }
}

/// What the colours mean.
fn draw_legend(scene: &mut Scene, (left, y): Point, worst: f64) {
    const SIDE: f64 = 13.0;
    let square = |scene: &mut Scene, x: f64, (ink, strength): (Ink, f64)| {
        scene.area(corners([x, y - SIDE + 2.0, x + SIDE, y + 2.0]), ink, strength);
    };
    let write = |scene: &mut Scene, x: f64, what: &str| {
        scene.text(Text::new(what, (x, y), SMALL, Ink::Muted));
        x + width(what, SMALL, Weight::Regular)
    };
    square(scene, left + 1.0, tint(0.0, worst));
    let mut x = write(scene, left + SIDE + 8.0, "no harm") + 24.0;
    if worst > 0.0 {
        x = write(scene, x, "little") + 7.0;
        for power in [-3.0, -2.0, -1.0, 0.0] {
            square(scene, x, tint(worst * libm::exp10(power), worst));
            x += SIDE + 2.0;
        }
        write(scene, x + 5.0, "most harm");
    }
}

#[cfg(test)]
mod tests {
    use super::{CALM, HARMED, is_whole, tint, wrapped};
    use crate::report::chart::scene::Ink;

    #[test]
    fn harm_is_red_and_stronger_by_its_powers_of_ten() {
        let strength = |harm| tint(harm, 1_000.0).1;
        assert_eq!(tint(0.0, 1_000.0), (Ink::Green, CALM));
        assert_eq!((tint(0.001, 1_000.0), strength(1_000.0)), ((Ink::Vermillion, HARMED.0), HARMED.1));
        assert!((strength(100.0) - strength(10.0) - (strength(10.0) - strength(1.0))).abs() < 1e-9);
        assert!(strength(10.0) > strength(1.0));
    }

    #[test]
    fn headings_break_between_words_and_are_cut_where_they_must_be() {
        assert_eq!(wrapped("fencing token", 60.0), ["fencing", "token"]);
        assert_eq!(wrapped("fencing token", 160.0), ["fencing token"]);
        assert!(is_whole("fencing token", 60.0) && !is_whole("fencing token", 30.0));
        assert_eq!(wrapped("a very long heading with words", 60.0).len(), 2);
    }
}
