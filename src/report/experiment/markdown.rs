//! `summary.md` of many runs.

use std::fmt::Write as _;

use crate::report::chart::Chart;
use crate::report::markdown::{escaped, write_list, write_section};

use super::Experiment;
use super::conclusion::sentences;
use super::tables::sections;
use super::terminal::runs_line;

/// The whole file; charts are linked beside it.
#[must_use]
pub fn render(experiment: &Experiment<'_>, charts: &[Chart]) -> String {
    let mut page = format!("# {}\n\n", escaped(experiment.scenario));
    let _ = writeln!(page, "**{}.** {}\n", experiment.verdict().name(), sentences(experiment).join(" "));
    if let Some(about) = experiment.about {
        let _ = writeln!(page, "{}\n", escaped(about.trim()));
    }
    let _ = writeln!(page, "{}\n", runs_line(experiment));
    for chart in charts {
        let _ = writeln!(page, "![{}](charts/{}.svg)\n", escaped(&chart.title), chart.name);
    }
    for section in sections(experiment) {
        write_section(&mut page, &section);
    }
    if !experiment.remarks.is_empty() {
        page.push_str("## Remarks\n\n");
        write_list(&mut page, experiment.remarks.iter().map(String::as_str));
    }
    if !experiment.not_modelled.is_empty() {
        page.push_str("## Not modelled\n\n");
        write_list(&mut page, experiment.not_modelled.iter().copied());
    }
    let _ = write!(page, "## Again\n\n```sh\n{}\n```\n", experiment.reproduce);
    page
}
