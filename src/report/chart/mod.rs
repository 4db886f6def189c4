//! The pictures of a run.
//!
//! ```text
//! Summary    ─▶ peak_shaving, latency_tail ─▶ Scene (shapes) ─▶ render ─▶ SVG, PNG
//! Experiment ─▶ bars, peaks ────────────────┤
//! numbers    ─▶ heat, matrix, pareto, lines ┘
//! ```
//!
//! A chart decides what to say and where; the renderer draws any scene. Nothing here knows files.

pub mod axis;
pub mod bars;
pub mod gauge;
pub mod grid;
pub mod heat;
pub mod label;
pub mod latency_tail;
pub mod lettering;
pub mod lines;
pub mod marks;
pub mod matrix;
pub mod panel;
pub mod pareto;
pub mod peak_shaving;
pub mod peaks;
pub mod render;
pub mod scene;
pub mod viridis;

use crate::metrics::summary::Summary;

use super::experiment::{Experiment, pictures};
use scene::Scene;

/// A report holds at most this many charts of queues and services: the fullest ones.
const MOST_QUEUES: usize = 6;

/// A chart with the name of its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The file's stem.
    pub name: String,
    /// What it shows, for readers who cannot see it.
    pub title: String,
    /// What is drawn.
    pub scene: Scene,
}

/// Every chart the run gives reason for: the queue or service with the largest backlog first, under the plain
/// name `peak_shaving`, then the latency tail, then others through which something passed.
#[must_use]
pub fn draw_all(summary: &Summary) -> Vec<Chart> {
    let mut queues: Vec<&(String, _)> = summary.peak_shaving.iter().collect();
    queues.sort_by_key(|(_, shaving)| std::cmp::Reverse(shaving.peak_backlog));
    let mut charts: Vec<Chart> = queues
        .into_iter()
        .filter_map(|(queue, _)| Some((queue, peak_shaving::draw(summary, queue)?)))
        .take(MOST_QUEUES)
        .enumerate()
        .map(|(index, (queue, scene))| {
            let plain = "peak_shaving".to_owned();
            let name = if index == 0 { plain } else { format!("{plain}-{}", file_name(queue)) };
            Chart::new(name, scene)
        })
        .collect();
    let tail = latency_tail::draw(summary).map(|scene| Chart::new("latency_tail".into(), scene));
    charts.splice(charts.len().min(1)..charts.len().min(1), tail);
    charts
}

/// The charts of several cells, or of several variants: what tells them apart most as bars, then their peaks above
/// each other. Of a single arm those of its first run.
#[must_use]
pub fn draw_experiment(experiment: &Experiment<'_>) -> Vec<Chart> {
    if let Some(grid) = experiment.several_cells() {
        return pictures::draw(experiment, grid);
    }
    if let [arm] = experiment.arms {
        return arm.course.as_ref().map(draw_all).unwrap_or_default();
    }
    let bars = bars::telling(experiment).into_iter().filter_map(|headline| {
        let name = format!("bars-{}", file_name(&headline.name.replace(' ', "_")));
        Some(Chart::new(name, bars::draw(experiment, headline)?))
    });
    let peaks = peaks::draw(experiment).map(|scene| Chart::new("peak_shaving".into(), scene));
    bars.chain(peaks).collect()
}

impl Chart {
    pub(super) fn new(name: String, scene: Scene) -> Self {
        let title = scene.texts().next().map(|text| text.content.clone()).unwrap_or_default();
        Self { name, title, scene }
    }
}

/// A queue's name as part of a file's name: what is no letter, digit, dot or dash becomes a dash.
pub(super) fn file_name(queue: &str) -> String {
    queue.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect()
}
