//! The summary of many runs in a terminal, 80 columns wide: what follows first, then the tables.
//!
//! Owns layout only; the page's looks are those of a single run's.

use crate::metrics::summary::Verdict;
use crate::report::number::count_of;
use crate::report::terminal::{BOLD, DIM, Page, painted, verdict_style};

use super::Experiment;
use super::conclusion::sentences;
use super::tables::sections;

/// The whole summary, with a newline at its end; `folder` is where the report was written.
#[must_use]
pub fn render(experiment: &Experiment<'_>, folder: Option<&str>) -> String {
    let mut page = Page::default();
    page.line(&painted(BOLD, experiment.scenario));
    page.line(&painted(DIM, &runs_line(experiment)));
    page.blank();
    for sentence in sentences(experiment) {
        page.paragraph("", &sentence);
    }
    for section in sections(experiment) {
        page.section(&section);
    }
    if !experiment.remarks.is_empty() {
        page.heading("Remarks");
        for remark in experiment.remarks {
            page.paragraph("  ", remark);
        }
    }
    page.blank();
    page.line(&verdict_line(experiment));
    if experiment.verdict() != Verdict::Held {
        page.line(&format!("  reproduce: {}", experiment.reproduce));
        if let Some(seed) = experiment.judged.iter().flatten().find_map(|judged| judged.broken_by) {
            page.line(&format!("  seed {seed} is the first to break an expectation"));
        }
    }
    if let Some(folder) = folder {
        page.line(&format!("  report:    {folder}"));
    }
    page.text
}

/// One line for `--quiet`.
#[must_use]
pub fn render_quiet(experiment: &Experiment<'_>) -> String {
    let verdict = experiment.verdict();
    let word = painted(verdict_style(verdict), verdict.name());
    format!("{word} {}: {}\n", experiment.scenario, sentences(experiment).join(" "))
}

/// Which runs these are.
#[must_use]
pub fn runs_line(experiment: &Experiment<'_>) -> String {
    let seeds = experiment.seeds();
    let runs = experiment.runs();
    let partial = if experiment.partial { ", partial: it was stopped" } else { "" };
    let what = if experiment.grid.is_some() { "cell" } else { "variant" };
    let variants = count_of(experiment.arms.len() as u64, what);
    if experiment.runs_differ() {
        let counts = experiment.arms.iter().map(|arm| arm.runs.len() as u64);
        let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
        return format!("{variants}, {least} to {most} runs each, ± is 95 %{partial}");
    }
    match (experiment.is_comparison() || experiment.grid.is_some(), runs) {
        (true, 1) => format!("{variants} on the same luck, seed {seeds}{partial}"),
        (true, _) => format!(
            "{variants} on the same luck, seeds {seeds} ({} each), ± is 95 %{partial}",
            count_of(runs as u64, "run")
        ),
        (false, _) => format!("seeds {seeds} ({}), ± is 95 %{partial}", count_of(runs as u64, "run")),
    }
}

fn verdict_line(experiment: &Experiment<'_>) -> String {
    let judged: Vec<Verdict> = experiment.judged.iter().flatten().map(|judged| judged.verdict).collect();
    let count = |verdict| judged.iter().filter(|one| **one == verdict).count();
    let verdict = experiment.verdict();
    let (held, broken, unknown) = (count(Verdict::Held), count(Verdict::Broken), count(Verdict::Unknown));
    let words = match (experiment.grid.and_then(|grid| grid.advice), judged.len()) {
        (Some(advice), _) if advice.choice.is_some() => "a cell meets the goals often enough".to_owned(),
        (Some(_), _) => "no cell meets the goals often enough".to_owned(),
        (None, judged) => counted(judged, held, broken, unknown),
    };
    format!("{} {words}", painted(verdict_style(verdict), &format!("{}:", verdict.name())))
}

fn counted(judged: usize, held: usize, broken: usize, unknown: usize) -> String {
    match judged {
        0 => "nothing was expected of these runs".to_owned(),
        all if held == all => format!("all {all} expectations held"),
        all => format!("of {all} expectations {held} held, {broken} broke, {unknown} cannot be said"),
    }
}
