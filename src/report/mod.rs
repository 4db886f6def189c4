//! From what a run measured to what people read.
//!
//! ```text
//! Summary ─▶ finding (sentences) ─┬▶ terminal, markdown, html, json, csv   one file per format
//!                                 └▶ chart ─▶ SVG, PNG
//!                                      all of them ─▶ folder (written beside, then renamed)
//! ```
//!
//! Knows the simulation only by its results: nothing here runs anything.

pub mod chart;
pub mod csv;
pub mod finding;
pub mod json;
pub mod number;
