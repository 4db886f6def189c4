//! The report folder: which files it holds, and that each is either whole or not there.
//!
//! Every file is written beside its place and renamed into it. Knows paths; what the files say is
//! the formats' business.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Report;
use super::chart::{Chart, draw_all, render};
use super::{csv, html, json, markdown};

/// An output that could not be written.
#[derive(Debug)]
pub struct WriteError {
    /// Which file or folder.
    pub path: PathBuf,
    /// What the system says.
    pub reason: String,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot write `{}`: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for WriteError {}

/// Writes every file of the report into `folder`, which is made if need be. Files of an earlier
/// report are replaced; charts this run gives no reason for are removed, other files stay.
///
/// # Errors
/// If something cannot be written; files written before it stay, each of them whole.
pub fn write(folder: &Path, report: &Report<'_>) -> Result<(), WriteError> {
    let charts = draw_all(report.summary);
    let svgs = write_charts(folder, &charts)?;
    replace(&folder.join("scenario.yaml"), report.yaml.as_bytes())?;
    replace(&folder.join("summary.json"), json::summary_json(report.summary).as_bytes())?;
    replace(&folder.join("summary.md"), markdown::render(report, &charts).as_bytes())?;
    replace(&folder.join("series.csv"), csv::series_csv(report.summary).as_bytes())?;
    replace(&folder.join("index.html"), html::render(report, &charts, &svgs).as_bytes())
}

/// Draws `charts` into the folder, which is made if need be, and removes those of an earlier report; gives
/// their SVGs.
pub(super) fn write_charts(folder: &Path, charts: &[Chart]) -> Result<Vec<String>, WriteError> {
    let pictures = folder.join("charts");
    fs::create_dir_all(&pictures).map_err(|error| cannot(&pictures, &error))?;
    let mut svgs = Vec::with_capacity(charts.len());
    for chart in charts {
        let svg = render::svg(&chart.scene);
        let png = render::png(&chart.scene)
            .map_err(|error| WriteError { path: pictures.join(&chart.name), reason: error.to_string() })?;
        replace(&pictures.join(format!("{}.svg", chart.name)), svg.as_bytes())?;
        replace(&pictures.join(format!("{}.png", chart.name)), &png)?;
        svgs.push(svg);
    }
    let wanted: Vec<&str> = charts.iter().map(|chart| chart.name.as_str()).collect();
    remove_others(&pictures, &wanted)?;
    Ok(svgs)
}

/// Writes beside, then renames, so that a reader never sees half a file.
///
/// # Errors
/// If it cannot be written; what was there stays.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    fs::write(&beside, content).and_then(|()| fs::rename(&beside, path)).map_err(|error| {
        // What is left of the attempt is of no use to anyone; that it cannot be removed either is no news.
        let _ = fs::remove_file(&beside);
        cannot(path, &error)
    })
}

/// Removes charts that an earlier run drew and this one does not.
fn remove_others(pictures: &Path, wanted: &[&str]) -> Result<(), WriteError> {
    let entries = fs::read_dir(pictures).map_err(|error| cannot(pictures, &error))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let drawn = path.extension().is_some_and(|end| end == "svg" || end == "png");
        let stale = path.file_stem().is_some_and(|stem| !wanted.iter().any(|name| stem == *name));
        if drawn && stale {
            fs::remove_file(&path).map_err(|error| cannot(&path, &error))?;
        }
    }
    Ok(())
}

fn cannot(path: &Path, error: &io::Error) -> WriteError {
    WriteError { path: path.to_owned(), reason: error.to_string() }
}
