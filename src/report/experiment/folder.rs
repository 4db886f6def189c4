//! The report folder of many runs: the files of a single run's, with every run's numbers in place of its
//! course.

use std::path::Path;

use crate::report::chart::draw_experiment;
use crate::report::folder::{WriteError, replace, write_charts};

use super::{Experiment, csv, html, json, markdown};

/// Writes every file of the report into `folder`, which is made if need be.
///
/// # Errors
/// If something cannot be written; files written before it stay, each of them whole.
pub fn write(folder: &Path, experiment: &Experiment<'_>) -> Result<(), WriteError> {
    let charts = draw_experiment(experiment);
    let svgs = write_charts(folder, &charts)?;
    replace(&folder.join("scenario.yaml"), experiment.yaml.as_bytes())?;
    replace(&folder.join("summary.json"), json::summary_json(experiment).as_bytes())?;
    replace(&folder.join("summary.md"), markdown::render(experiment, &charts).as_bytes())?;
    replace(&folder.join("runs.csv"), csv::runs_csv(experiment).as_bytes())?;
    replace(&folder.join("index.html"), html::render(experiment, &charts, &svgs).as_bytes())
}
