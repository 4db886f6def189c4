//! What comes before a run and after it: reading and checking a file, setting up, and the page about it.

use criterion::{Criterion, SamplingMode};
use mqlab::metrics::summary::Summary;
use mqlab::report::chart::draw_all;
use mqlab::report::chart::render::svg;
use mqlab::report::{Report, html};
use mqlab::simulation;

use super::clock::fastest_millis;
use super::engine::{checked, large_text};

/// Each with a producer and a consumer of its own. With 5 000 a file is close to the most that is read.
const QUEUES: [u32; 3] = [500, 2_000, 5_000];
/// A page has some charts for every queue.
const QUEUES_OF_PAGE: [u32; 3] = [1, 20, 100];
const ROUNDS: u32 = 3;

/// Milliseconds of what is around a run, in a table.
pub(crate) fn print_table() {
    println!("| around a run | size | ms |\n|---|---|---|");
    for queues in QUEUES {
        let text = large_text(queues);
        let size = format!("{} lines, {} KB", text.lines().count(), text.len() / 1000);
        let millis = fastest_millis(ROUNDS, || checked(&text));
        println!("| reading and checking {queues} queues | {size} | {millis:.1} |");
    }
    for queues in QUEUES {
        let mut scenario = checked(&large_text(queues));
        scenario.run_for = mqlab::quantity::Span::from_nanos(1);
        let millis = fastest_millis(ROUNDS, || simulation::run(&scenario, &mut |_| {}));
        println!("| a run of them that ends at once | {queues} queues | {millis:.1} |");
    }
    for queues in QUEUES_OF_PAGE {
        let (text, summary) = reported(queues);
        let bytes = page(&text, &summary).len();
        let millis = fastest_millis(ROUNDS, || page(&text, &summary));
        println!("| the page about {queues} queues, with its charts | {} KB | {millis:.1} |", bytes / 1000);
    }
}

/// The same for criterion.
pub(crate) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("around a run");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    let text = large_text(500);
    group.bench_function("read and check 500 queues", |bencher| bencher.iter(|| checked(&text)));
    let (text, summary) = reported(20);
    group.bench_function("a page of 20 queues", |bencher| bencher.iter(|| page(&text, &summary)));
    group.finish();
}

/// A minute of so many queues.
fn reported(queues: u32) -> (String, Summary) {
    let text = large_text(queues);
    let summary = simulation::run(&checked(&text), &mut |_| {}).expect("time passes");
    (text, summary)
}

fn page(text: &str, summary: &Summary) -> String {
    let report = Report { summary, about: None, yaml: text, reproduce: "", not_modelled: &[] };
    let charts = draw_all(summary);
    let svgs: Vec<String> = charts.iter().map(|chart| svg(&chart.scene)).collect();
    html::render(&report, &charts, &svgs)
}
