//! The grid that the arms of a sweep form, and what is looked at in it.
//!
//! Owns the way from an arm to its settings and back, and which numbers are worth a picture.

use crate::experiment::advice::Advice;
use crate::experiment::headline::{HEADLINES, Headline, headline_of};
use crate::experiment::pareto::{Front, mean, varies};
use crate::experiment::replications::Replications;
use crate::scenario::model::{Axis, short_names};

/// A report shows so many numbers of a grid as pictures.
pub const MOST_PICTURES: usize = 3;

/// The axes of a grid, its cells that have run the arms of the experiment, the last axis changing fastest.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// What is varied.
    pub axes: &'a [Axis],
    /// Cells that no arm has run, by their positions, growing.
    pub absent: &'a [usize],
    /// The cells that no other beats, if two numbers differ.
    pub front: Option<&'a Front>,
    /// Which cell to take, if that was asked.
    pub advice: Option<&'a Advice>,
}

impl<'a> Grid<'a> {
    /// Whether every cell has run.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.absent.is_empty()
    }

    /// Which setting of each axis an arm has.
    #[must_use]
    pub fn at(&self, arm: usize) -> Vec<usize> {
        // Every absent cell up to here moves the arm's cell on by one.
        let mut rest = self.absent.iter().fold(arm, |cell, absent| cell + usize::from(*absent <= cell));
        let mut at: Vec<usize> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            at.push(rest % axis.settings.len());
            rest /= axis.settings.len();
        }
        at.reverse();
        at
    }

    /// The arm with these settings, where every cell has run.
    ///
    /// # Panics
    /// If one has not.
    #[must_use]
    pub fn arm(&self, at: &[usize]) -> usize {
        assert!(self.is_whole(), "pictures and conclusions are of whole grids");
        self.axes.iter().zip(at).fold(0, |arm, (axis, setting)| arm * axis.settings.len() + setting)
    }

    /// What the axes are called in tables and pictures.
    #[must_use]
    pub fn names(&self) -> Vec<&'a str> {
        let names: Vec<&str> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
        short_names(&names)
    }

    /// What the settings of an axis are called.
    #[must_use]
    pub fn settings(&self, axis: usize) -> Vec<String> {
        self.axes[axis].settings.iter().map(|setting| setting.name.clone()).collect()
    }

    /// Axes with more than one setting, in their order.
    #[must_use]
    pub fn varied(&self) -> Vec<usize> {
        (0..self.axes.len()).filter(|axis| self.axes[*axis].settings.len() > 1).collect()
    }

    /// Every combination of the settings of `axes`, the last changing fastest, as settings of all axes with the
    /// first setting of those that are left out.
    #[must_use]
    pub fn combinations(&self, axes: &[usize]) -> Vec<Vec<usize>> {
        let mut combinations = vec![vec![0; self.axes.len()]];
        for axis in axes {
            let settings = 0..self.axes[*axis].settings.len();
            let with = |at: &Vec<usize>, setting: usize| {
                let mut at = at.clone();
                at[*axis] = setting;
                at
            };
            combinations = combinations
                .iter()
                .flat_map(|at| settings.clone().map(|setting| with(at, setting)))
                .collect();
        }
        combinations
    }

    /// `lock=optimistic, workers=8`: the settings of some axes.
    #[must_use]
    pub fn label(&self, axes: &[usize], at: &[usize]) -> String {
        let names = self.names();
        let parts =
            axes.iter().map(|axis| format!("{}={}", names[*axis], self.axes[*axis].settings[at[*axis]].name));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// The headlines that differ among the arms, the most important first.
#[must_use]
pub fn telling(arms: &[Replications]) -> Vec<&'static Headline> {
    HEADLINES.iter().filter(|headline| varies(headline, arms)).collect()
}

/// What can go wrong with a message, with the word that stands beside its number in a cell.
pub const HARMS: [(&str, &str); 5] = [
    ("ledger.duplicate_effects", "twice"),
    ("outcomes.lost", "lost"),
    ("balance.*.oversold", "oversold"),
    ("balance.*.forgotten", "forgotten"),
    ("balance.*.difference", "off"),
];

/// All that went wrong in an arm, a run; 0 where nothing did.
#[must_use]
pub fn harm(arm: &Replications) -> f64 {
    let harms = HARMS.iter().filter_map(|(path, _)| mean(headline_of(path)?, arm));
    harms.map(f64::abs).sum()
}
