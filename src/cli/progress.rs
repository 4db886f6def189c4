//! A progress bar on standard error, for runs that keep a person waiting.
//!
//! Owns the wall clock. Stays silent off a terminal and during the first second.

use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::quantity::Span;
use crate::report::number::{group, seconds};
use crate::scenario::model::Scenario;
use crate::simulation::Progress;

/// A run shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);
const TEMPLATE: &str = "{spinner} {wide_bar:.cyan/dim} {msg}";

/// A bar that appears when a run takes longer than a second.
pub(super) struct Bar {
    began: Instant,
    run_for: Span,
    wanted: bool,
    shown: Option<ProgressBar>,
}

impl Bar {
    /// A bar for one run of `scenario`; a quiet one never shows.
    pub(super) fn new(scenario: &Scenario, quiet: bool) -> Self {
        let wanted = !quiet && stderr().is_terminal();
        Self { began: now(), run_for: scenario.run_for, wanted, shown: None }
    }

    /// Takes note of how far the run has come.
    pub(super) fn update(&mut self, progress: Progress) {
        if self.shown.is_none() {
            if !self.wanted || now().duration_since(self.began) < PATIENCE {
                return;
            }
            self.shown = Some(self.draw());
        }
        let Some(bar) = &self.shown else { return };
        let reached = progress.now.as_nanos();
        bar.set_position(reached.min(self.run_for.as_nanos()));
        let draining = if reached > self.run_for.as_nanos() { ", draining" } else { "" };
        let time = seconds(progress.now.as_seconds());
        bar.set_message(format!("{time} of virtual time, {} events{draining}", group(progress.events)));
    }

    /// Takes the bar off the screen.
    pub(super) fn clear(self) {
        if let Some(bar) = self.shown {
            bar.finish_and_clear();
        }
    }

    fn draw(&self) -> ProgressBar {
        let length = self.run_for.as_nanos().max(1);
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a person has waited is no virtual time")]
fn now() -> Instant {
    Instant::now()
}
