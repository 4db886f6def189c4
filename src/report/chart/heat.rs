//! The chart of a number over two axes: a cell for each pair, coloured by the number, and the scale beside them.
//!
//! Owns what the chart says and where. Knows neither what was varied nor SVG or PNG.

use crate::scenario::MetricUnit;

use super::gauge::{Ends, Gauge, written};
pub use super::grid::GridAxis;
use super::grid::{Cells, Columns, corners, count, empty, inset, label_rows, left_of};
use super::lettering::width;
use super::panel::{SIZE, SMALL, sheet_of};
use super::scene::{Anchor, Ink, Scene, Text, Weight};

/// A grid with a number in each cell.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// What the chart shows; the first that fits is taken.
    pub titles: &'a [String],
    /// How it was measured; the first that fits is taken.
    pub subtitles: &'a [String],
    /// The columns, from the left.
    pub across: GridAxis<'a>,
    /// The rows, from below.
    pub up: GridAxis<'a>,
    /// Row by row from below; `None` where nothing was measured.
    pub values: &'a [Vec<Option<f64>>],
    /// What they are measured in.
    pub unit: MetricUnit,
    /// Cells to be outlined, (column, row).
    pub marked: &'a [(usize, usize)],
}

/// Logical pixels from the top to the cells.
const TOP: f64 = 78.0;
/// Logical pixels of all rows together, where each gets between the lowest and the highest.
const ROWS: f64 = 352.0;
const LOWEST_ROW: f64 = 12.0;
const HIGHEST_ROW: f64 = 64.0;
/// A column is no wider.
const WIDEST_COLUMN: f64 = 190.0;
/// Right of the cells: the scale's distance, its width, and its labels' distance.
const BAR: (f64, f64, f64) = (20.0, 14.0, 7.0);
/// The scale is at least this high, for its labels.
const LOWEST_BAR: f64 = 64.0;
/// The scale is drawn in so many steps.
const STRIPES: u8 = 64;
/// Smaller cells have no number written into them.
const READABLE: (f64, f64) = (60.0, 24.0);
/// So large a part of the numbers may lie beyond the scale's end …
const OUTLIERS: f64 = 0.05;
/// … if the others would have less than this share of its colours.
const FLATTENED: f64 = 0.5;
/// From this step on, dark letters stand out more than light ones (contrast by WCAG 2).
const LIGHT_FROM: u8 = 117;

/// The chart, or `None` where nothing was measured.
#[must_use]
pub fn draw(grid: &Grid<'_>) -> Option<Scene> {
    let colors = Colors::new(grid)?;
    let (columns, rows) = (grid.across.labels.len(), grid.up.labels.len());
    let left = left_of(&grid.up);
    let labels =
        colors.labels.iter().map(|(_, label)| width(label, SMALL, Weight::Regular)).fold(0.0, f64::max);
    // Other fonts, which readers of the bare SVG may have, are often wider.
    let right = SIZE.0 - 20.0 - 1.1 * labels - BAR.0 - BAR.1 - BAR.2;
    let step = (
        ((right - left) / count(columns)).min(WIDEST_COLUMN),
        (ROWS / count(rows)).clamp(LOWEST_ROW, HIGHEST_ROW),
    );
    let cells = Cells { corner: (left, TOP), step, count: (columns, rows) };
    let below = Columns::new(grid.across.labels, step.0);
    let bottom = cells.bottom() + below.height();
    let mut scene = sheet_of(bottom.max(TOP + LOWEST_BAR + 20.0) + 10.0, grid.titles, grid.subtitles);
    draw_cells(&mut scene, grid, &cells, &colors);
    label_rows(&mut scene, &cells, &grid.up, |row| rows - 1 - row);
    below.draw(&mut scene, &cells, &grid.across);
    draw_scale(&mut scene, &cells, &colors);
    Some(scene)
}

impl Grid<'_> {
    /// What was measured in a cell that the axes have.
    fn at(&self, (column, row): (usize, usize)) -> Option<f64> {
        self.values.get(row)?.get(column).copied().flatten().filter(|value| value.is_finite())
    }

    /// Column and row of every cell that the axes have.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let columns = self.across.labels.len();
        (0..self.up.labels.len()).flat_map(move |row| (0..columns).map(move |column| (column, row)))
    }
}

/// Which number gets which colour.
struct Colors {
    /// From numbers to 0..1.
    gauge: Gauge,
    /// Numbers on the scale and what they are called, from the lowest.
    labels: Vec<(f64, String)>,
}

impl Colors {
    fn new(grid: &Grid<'_>) -> Option<Self> {
        let mut values: Vec<f64> = grid.places().filter_map(|place| grid.at(place)).collect();
        values.sort_by(f64::total_cmp);
        let whole = gauge(&values, grid.unit)?;
        let beyond = outliers(values.len());
        let most = values[values.len() - 1 - beyond];
        let is_cut = beyond > 0 && most > values[0] && whole.place(most) < FLATTENED;
        if !is_cut {
            return Some(Self { labels: labels(&whole, grid.unit, values[0], ""), gauge: whole });
        }
        let cut = gauge(&values[..values.len() - beyond], grid.unit)?;
        Some(Self { labels: labels(&cut, grid.unit, values[0], "≥ "), gauge: cut })
    }

    fn ink(&self, value: f64) -> Ink {
        Ink::Heat(step(self.gauge.place(value)))
    }
}

fn gauge(values: &[f64], unit: MetricUnit) -> Option<Gauge> {
    Gauge::new(values, unit, (0.0, 1.0), (Ends::Tight, 3.0))
}

/// The scale's ends, and its round numbers between them. A logarithmic one that stands for zeros too says so.
fn labels(gauge: &Gauge, unit: MetricUnit, least: f64, most: &str) -> Vec<(f64, String)> {
    let (low, high) = gauge.range;
    let under = if gauge.logarithmic && least < low { "≤ " } else { "" };
    let mut labels = vec![(low, format!("{under}{}", written(unit, low)))];
    if high > low {
        let between = gauge.ticks.iter().filter(|(tick, _)| *tick > low && *tick < high);
        labels.extend(between.map(|(tick, _)| (*tick, written(unit, *tick))));
        labels.push((high, format!("{most}{}", written(unit, high))));
    }
    labels
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a part of a small number of cells"
)]
fn outliers(cells: usize) -> usize {
    (cells as f64 * OUTLIERS) as usize
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
fn step(share: f64) -> u8 {
    (share * 255.0).round() as u8
}

fn draw_cells(scene: &mut Scene, grid: &Grid<'_>, cells: &Cells, colors: &Colors) {
    let (columns, rows) = cells.count;
    let text = |value| written(grid.unit, value);
    let widest = grid
        .places()
        .filter_map(|place| Some(width(&text(grid.at(place)?), SMALL, Weight::Regular)))
        .fold(0.0, f64::max);
    let is_readable =
        cells.step.0 >= READABLE.0.max(widest + 14.0) && cells.step.1 >= READABLE.1 && columns * rows <= 100;
    for (column, row) in grid.places() {
        let mut bounds = cells.bounds((column, rows - 1 - row));
        if grid.marked.contains(&(column, row)) {
            // Two rings, of which one is seen beside any colour; thinner where little would be left within.
            let ring = (0.08 * cells.step.0.min(cells.step.1)).min(1.5);
            scene.area(corners(inset(bounds, -1.5)), Ink::Strong, 1.0);
            scene.area(corners(inset(bounds, ring)), Ink::Paper, 1.0);
            bounds = inset(bounds, 2.0 * ring);
        }
        let Some(value) = grid.at((column, row)) else {
            empty(scene, bounds);
            continue;
        };
        let ink = colors.ink(value);
        scene.area(corners(bounds), ink, 1.0);
        if is_readable {
            let at =
                (f64::midpoint(bounds[0], bounds[2]), f64::midpoint(bounds[1], bounds[3]) + 0.36 * SMALL);
            scene.text(Text::new(text(value), at, SMALL, lettering_on(ink)).anchored(Anchor::Middle));
        }
    }
}

/// Letters that can be read on a number's colour.
const fn lettering_on(ink: Ink) -> Ink {
    match ink {
        Ink::Heat(step) if step < LIGHT_FROM => Ink::Light,
        _ => Ink::Dark,
    }
}

/// The colours with their numbers, right of the cells.
fn draw_scale(scene: &mut Scene, cells: &Cells, colors: &Colors) {
    let (low, high) = colors.gauge.range;
    let left = cells.right() + BAR.0;
    let (top, bottom) = (TOP, cells.bottom().max(TOP + LOWEST_BAR));
    let height = |share: f64| bottom - share * (bottom - top);
    let is_single = high <= low;
    for stripe in 0..if is_single { 1 } else { STRIPES } {
        let share = |stripe: u8| f64::from(stripe) / f64::from(STRIPES);
        // Each reaches from its foot to the top, under those above it: edges that only meet let the paper through.
        let bounds = [left, top, left + BAR.1, height(share(stripe))];
        let ink = Ink::Heat(step(f64::from(stripe) / f64::from(STRIPES - 1)));
        scene.area(corners(bounds), ink, 1.0);
    }
    let at =
        |value: f64| if is_single { f64::midpoint(top, bottom) } else { height(colors.gauge.place(value)) };
    for (value, label) in apart(&colors.labels, at) {
        // The ends' labels stand within the scale's height, so that its foot keeps off the columns' labels.
        let y = (at(*value) + 0.36 * SMALL).clamp(top + 0.76 * SMALL, bottom);
        scene.text(Text::new(label, (left + BAR.1 + BAR.2, y), SMALL, Ink::Muted));
    }
}

/// The labels that keep off both ends' and off each other.
fn apart(labels: &[(f64, String)], at: impl Fn(f64) -> f64) -> Vec<&(f64, String)> {
    const LEAST: f64 = 24.0;
    let (Some(first), Some(last)) = (labels.first(), labels.last()) else { return Vec::new() };
    let mut kept = vec![first];
    for label in &labels[1..labels.len().max(2) - 1] {
        let before = kept[kept.len() - 1].0;
        if at(before) - at(label.0) >= LEAST && at(label.0) - at(last.0) >= LEAST {
            kept.push(label);
        }
    }
    if labels.len() > 1 {
        kept.push(last);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Ink, lettering_on, outliers};

    /// Relative luminance by WCAG 2.
    fn luminance(ink: Ink) -> f64 {
        let part = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.039_28 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
        };
        let (red, green, blue) = ink.light();
        0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    }

    fn contrast(a: Ink, b: Ink) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        (a / b).max(b / a)
    }

    #[test]
    fn letters_are_the_ones_that_stand_out_more() {
        for step in 0..=255 {
            let ink = Ink::Heat(step);
            let best = contrast(Ink::Dark, ink).max(contrast(Ink::Light, ink));
            assert!((contrast(lettering_on(ink), ink) - best).abs() < 1e-9 && best > 4.2, "{step}: {best}");
        }
    }

    #[test]
    fn few_cells_have_no_outliers() {
        assert_eq!([19, 20, 48, 400].map(outliers), [0, 1, 2, 20]);
    }
}
