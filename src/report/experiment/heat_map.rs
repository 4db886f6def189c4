//! The picture of one number over two axes of a grid, the other settings held.
//!
//! Owns which cells are outlined and how the title tells the finding.

use crate::experiment::headline::Headline;
use crate::experiment::pareto::mean;
use crate::report::chart::heat::{self, GridAxis};
use crate::report::chart::scene::Scene;
use crate::report::number::{capitalized, unbroken};

use super::Experiment;
use super::cell;
use super::grid::Grid;
use super::pictures::{subtitles, way};

/// A number over two axes.
pub(super) struct HeatMap<'a> {
    pub(super) experiment: &'a Experiment<'a>,
    pub(super) grid: &'a Grid<'a>,
    pub(super) headline: &'static Headline,
    pub(super) across: usize,
    pub(super) up: Option<usize>,
    /// The settings of the other axes.
    pub(super) fixed: Vec<usize>,
    pub(super) others: &'a [usize],
}

impl HeatMap<'_> {
    pub(super) fn arm(&self, x: usize, y: usize) -> usize {
        let mut at = self.fixed.clone();
        at[self.across] = x;
        if let Some(up) = self.up {
            at[up] = y;
        }
        self.grid.arm(&at)
    }

    pub(super) fn draw(&self) -> Option<Scene> {
        let columns = self.grid.settings(self.across);
        let rows = self.up.map_or_else(|| vec![String::new()], |up| self.grid.settings(up));
        let value = |x: usize, y: usize| mean(self.headline, &self.experiment.arms[self.arm(x, y)]);
        let values: Vec<Vec<Option<f64>>> =
            (0..rows.len()).map(|y| (0..columns.len()).map(|x| value(x, y)).collect()).collect();
        let chosen = self.grid.advice.and_then(|advice| advice.choice).map(|choice| choice.cell);
        let is_member = |x: usize, y: usize| match chosen {
            Some(cell) => cell == self.arm(x, y),
            None => self.grid.front.is_some_and(|front| front.members.contains(&self.arm(x, y))),
        };
        let all = (0..rows.len()).flat_map(|y| (0..columns.len()).map(move |x| (x, y)));
        let marked: Vec<(usize, usize)> = all.filter(|(x, y)| is_member(*x, *y)).collect();
        let names = self.grid.names();
        let mut what = way(self.headline.better_among(self.experiment.arms)).to_owned();
        if !self.others.is_empty() {
            what = format!("{}; {what}", self.grid.label(self.others, &self.fixed));
        }
        if !marked.is_empty() {
            what.push_str(if chosen.is_some() {
                "; outlined: recommended"
            } else {
                "; outlined: not beaten"
            });
        }
        heat::draw(&heat::Grid {
            titles: &self.titles(),
            subtitles: &subtitles(self.experiment, &what),
            across: GridAxis { name: names[self.across], labels: &columns },
            up: GridAxis { name: self.up.map_or("", |up| names[up]), labels: &rows },
            values: &values,
            unit: self.headline.unit,
            marked: &marked,
        })
    }

    fn titles(&self) -> Vec<String> {
        let (columns, rows) = (
            self.grid.axes[self.across].settings.len(),
            self.up.map_or(1, |up| self.grid.axes[up].settings.len()),
        );
        let arms = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))).map(|(x, y)| self.arm(x, y));
        let means = arms.filter_map(|arm| Some((mean(self.headline, &self.experiment.arms[arm])?, arm)));
        let mut means: Vec<(f64, usize)> = means.collect();
        means.sort_by(|a, b| a.0.total_cmp(&b.0));
        let what = capitalized(self.headline.name);
        let (Some(low), Some(high)) = (means.first(), means.last()) else { return vec![what] };
        let value = |one: &(f64, usize)| cell::value(self.headline.unit, one.0);
        let axes: Vec<usize> = std::iter::once(self.across).chain(self.up).collect();
        let place = |one: &(f64, usize)| self.grid.label(&axes, &self.grid.at(one.1));
        if low.0.to_bits() == high.0.to_bits() {
            return vec![unbroken(&format!("{what}: {} everywhere", value(low)))];
        }
        let titles = [
            format!("{what}: from {} at {} to {} at {}", value(low), place(low), value(high), place(high)),
            format!("{what}: from {} to {}", value(low), value(high)),
        ];
        titles.iter().map(|title| unbroken(title)).collect()
    }
}
