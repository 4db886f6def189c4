//! `index.html` of many runs: the same page as for one, with the variants' charts and tables.

use maud::{Markup, html};

use crate::report::chart::Chart;
use crate::report::html::{figure, marked, not_modelled, remarks, shell, table, the_same_again};

use super::Experiment;
use super::conclusion::sentences;
use super::tables::sections;
use super::terminal::runs_line;

/// The whole page; `svgs` are the `charts`, drawn, in the same order.
#[must_use]
pub fn render(experiment: &Experiment<'_>, charts: &[Chart], svgs: &[String]) -> String {
    let body = html! {
        (head(experiment))
        main {
            @for (chart, svg) in charts.iter().zip(svgs) { (figure(chart, svg)) }
            div.tables { @for section in sections(experiment) { (table(&section)) } }
            (remarks(experiment.remarks))
            (not_modelled(experiment.not_modelled))
            (the_same_again("This gives the same runs, to the byte:", experiment.reproduce, experiment.yaml))
        }
        footer { "mqlab " (env!("CARGO_PKG_VERSION")) " · " (runs_line(experiment)) }
    };
    shell(experiment.scenario, &body)
}

fn head(experiment: &Experiment<'_>) -> Markup {
    let verdict = experiment.verdict().name();
    let sentences = sentences(experiment);
    html! {
        header {
            p.kicker { (experiment.scenario) " · " (runs_line(experiment)) " · " span class={ "verdict " (verdict) } { (verdict) } }
            h1 { (marked(&sentences[0])) }
            @for sentence in &sentences[1..] { p.lede { (marked(sentence)) } }
            @if let Some(about) = experiment.about { p.about { (about.trim()) } }
        }
    }
}
