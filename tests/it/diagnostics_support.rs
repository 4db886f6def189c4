//! What tests of the scenario language share: a table of metrics, data files, and a way to read.

use mqlab::scenario::diagnostic::{Diagnostic, Paint, render_all};
use mqlab::scenario::{Checked, Loader, MetricPattern, MetricUnit, Origin, Override, Source, read};

/// A few metrics of each unit and kind of path.
pub(crate) const METRICS: &[MetricPattern] = &[
    MetricPattern { path: "operations.rejected", unit: MetricUnit::Count },
    MetricPattern { path: "ledger.executions", unit: MetricUnit::Count },
    MetricPattern { path: "ledger.duplicate_effects", unit: MetricUnit::Count },
    MetricPattern { path: "outcomes.lost", unit: MetricUnit::Count },
    MetricPattern { path: "rates.loss_rate.value", unit: MetricUnit::Ratio },
    MetricPattern { path: "throughput.offered", unit: MetricUnit::PerSecond },
    MetricPattern { path: "latency_ms.wait.mean", unit: MetricUnit::Milliseconds },
    MetricPattern { path: "latency_ms.end_to_end.p99", unit: MetricUnit::Milliseconds },
    MetricPattern { path: "latency_ms.queue_wait.p99", unit: MetricUnit::Milliseconds },
    MetricPattern { path: "queues.*.depth.peak", unit: MetricUnit::Number },
    MetricPattern { path: "peak_shaving.*.drain_time", unit: MetricUnit::Seconds },
    MetricPattern { path: "faults.*.fired", unit: MetricUnit::Count },
];

/// Data files that tests name.
pub(crate) struct Files;

impl Loader for Files {
    fn load(&self, path: &str) -> Result<String, String> {
        let text = match path {
            "bins.csv" => "upper_ms,count\n1,10\n5,80\n# a comment\n50,10\n",
            "trace.csv" => "at_s\n0\n0.5\n0.5\n12\n",
            "bad_bins.csv" => "1ms,10\n5ms,many\n3ms,10\n7,1\n",
            "bad_columns.csv" => "1ms,10\n5ms\n",
            _ => return Err("no such file".to_owned()),
        };
        Ok(text.to_owned())
    }
}

/// Reads a text as the file `test.yaml`.
pub(crate) fn read_text(text: &str, overrides: &[(&str, &str)]) -> Result<Checked, Vec<Diagnostic>> {
    let source = Source { name: "test.yaml".to_owned(), text: text.to_owned() };
    let overrides: Vec<Override> = overrides
        .iter()
        .map(|(path, value)| Override {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::Set,
        })
        .collect();
    read(&source, &overrides, METRICS, &Files)
}

/// Every complaint about a text, warnings included.
pub(crate) fn complaints(text: &str, overrides: &[(&str, &str)]) -> Vec<Diagnostic> {
    match read_text(text, overrides) {
        Ok(checked) => checked.warnings,
        Err(found) => found,
    }
}

/// What a user sees of a text.
pub(crate) fn rendered(text: &str, overrides: &[(&str, &str)]) -> String {
    render_all(&complaints(text, overrides), Paint::Plain)
}

/// Checks what a file gets, warnings included.
pub(crate) fn check(text: &str, expected: &str) {
    check_with(text, &[], expected);
}

/// Checks what a file with overrides gets.
pub(crate) fn check_with(text: &str, overrides: &[(&str, &str)], expected: &str) {
    let shown = rendered(text, overrides);
    assert_eq!(shown.trim(), expected.trim(), "this was shown:\n{shown}\n");
}
