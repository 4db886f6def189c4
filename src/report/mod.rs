//! From what a run measured to what people read.
//!
//! ```text
//! Summary ─▶ finding (sentences) ─┬▶ terminal, markdown, html   one file per format
//!         ─▶ section (tables) ────┘
//!         ─▶ json, csv            exact numbers
//!         ─▶ junit                what was expected, for CI
//!         ─▶ chart                SVG, PNG
//!                 all of them ─▶ folder (written beside, then renamed)
//! ```
//!
//! Knows the simulation only by its results: nothing here runs anything.

mod balance;
pub mod chart;
pub mod csv;
pub mod experiment;
pub mod finding;
pub mod folder;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod number;
pub mod section;
pub mod terminal;
pub mod unit;

use crate::metrics::summary::Summary;

/// A run with everything a report says about it.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What it measured.
    pub summary: &'a Summary,
    /// The scenario's own words about itself.
    pub about: Option<&'a str>,
    /// The scenario as it ran, every default spelled out.
    pub yaml: &'a str,
    /// One command that gives the same run.
    pub reproduce: &'a str,
    /// What the real systems do and the simulation leaves out, a sentence each.
    pub not_modelled: &'a [&'a str],
}
