//! Variants compared with the first of them, seed by seed.
//!
//! Owns which pairs are tested, and that all tests together are adjusted. Words are the report's business.

use crate::metrics::registry::Better;

use super::crew::Outcome;
use super::headline::{HEADLINES, Headline};
use super::replications::Replications;
use super::statistics::holm;
use super::statistics::paired::Paired;

/// Adjusted p at which a difference is said to be one.
const SIGNIFICANT: f64 = 0.05;

/// What a variant does to one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The number.
    pub headline: &'static Headline,
    /// Which way is good here: neither for what overselling adds to, where one of the two oversold.
    pub better: Better,
    /// The arm it is compared with, by its place.
    pub a: usize,
    /// The arm that differs, by its place.
    pub b: usize,
    /// Over the seeds in which both measured it.
    pub paired: Paired,
    /// Holm's, over all comparisons; `None` for a single seed.
    pub p_adjusted: Option<f64>,
    /// How many comparisons were made in all.
    pub comparisons: usize,
}

/// What can be said about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// One seed: what it came to, and nothing about others.
    Anecdote,
    /// Equal in every run.
    Same,
    /// b has more.
    More,
    /// b has less.
    Less,
    /// They cannot be told apart.
    Open,
}

impl Difference {
    /// What can be said at 5 % over all comparisons.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let Paired { count, difference, deviation, .. } = self.paired;
        if count < 2 {
            return Finding::Anecdote;
        }
        if difference == 0.0 && deviation == 0.0 {
            return Finding::Same;
        }
        match self.p_adjusted {
            Some(p) if p <= SIGNIFICANT && difference > 0.0 => Finding::More,
            Some(p) if p <= SIGNIFICANT && difference < 0.0 => Finding::Less,
            _ => Finding::Open,
        }
    }

    /// About how many seeds would tell what was seen from nothing; `None` where nothing was seen.
    #[must_use]
    pub fn runs_needed(&self) -> Option<f64> {
        self.paired.pairs_needed(self.comparisons)
    }
}

/// Every headline of every arm against the first arm's, the arms in order, the headlines in theirs.
#[must_use]
pub fn differences(outcome: &Outcome) -> Vec<Difference> {
    let Some((first, others)) = outcome.arms.split_first() else { return Vec::new() };
    let mut found = Vec::new();
    for (other, b) in others.iter().zip(1..) {
        for headline in HEADLINES {
            if let Some(paired) = pair(headline, first, other) {
                let better = headline.better_among([first, other]);
                let p_adjusted = paired.p;
                found.push(Difference { headline, better, a: 0, b, paired, p_adjusted, comparisons: 0 });
            }
        }
    }
    let tested: Vec<f64> = found.iter().filter_map(|difference| difference.p_adjusted).collect();
    let mut adjusted = holm::adjusted(&tested).into_iter();
    for difference in &mut found {
        difference.p_adjusted = difference.p_adjusted.and_then(|_| adjusted.next());
        difference.comparisons = tested.len();
    }
    found
}

/// Both arms' values of the seeds in which both have one.
pub(super) fn pair(headline: &Headline, a: &Replications, b: &Replications) -> Option<Paired> {
    let (a, b) = (headline.column(a)?, headline.column(b)?);
    let (a, b): (Vec<f64>, Vec<f64>) = a.into_iter().zip(b).filter_map(|(a, b)| Some((a?, b?))).unzip();
    Paired::of(&a, &b)
}
