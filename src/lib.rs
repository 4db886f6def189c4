//! `mqlab`: a laboratory for message-queue reliability.
//!
//! The way of a scenario, and the rooms it passes; a room knows the rooms below it and none above.
//!
//! ```text
//!  YAML ─▶ scenario ─▶ simulation ──────────▶ metrics ─▶ report ─▶ terminal, HTML, SVG/PNG, JSON, CSV
//!          read, check  wire actors and       fold facts  draw and
//!          (pure)       faults, run kernel    as they come write
//! ```

pub mod actors;
pub mod cli;
pub mod faults;
pub mod kernel;
pub mod metrics;
pub mod protocol;
pub mod quantity;
pub mod report;
pub mod scenario;
pub mod simulation;
pub mod strategies;
