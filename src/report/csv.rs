//! `series.csv`: the course of the run, one row per queue and window, then one per service and window.
//!
//! Knows the columns; their names are the public ones, with units last, and `component` holds the name of the queue
//! or the service. Of a service, `stored` are requests received, `depth` and `backlog` those that wait, `unacked`
//! those that are handled.

use crate::metrics::summary::{QueuePoint, Summary};

const COLUMNS: [&str; 11] = [
    "component",
    "from_s",
    "until_s",
    "stored",
    "executed",
    "completed",
    "depth",
    "unacked",
    "backlog",
    "backlog_peak",
    "oldest_age_s",
];

/// The whole file, header first.
#[must_use]
pub fn series_csv(summary: &Summary) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let infallible = "writing to memory does not fail";
    writer.write_record(COLUMNS).expect(infallible);
    let queues = summary.queues.iter().map(|(name, queue)| (name, &queue.series));
    let services = summary.services.iter().map(|(name, service)| (name, &service.series));
    for (name, series) in queues.chain(services) {
        for point in series {
            writer.write_record(row(name, point)).expect(infallible);
        }
    }
    let bytes = writer.into_inner().expect(infallible);
    String::from_utf8(bytes).expect("names and numbers are UTF-8")
}

fn row(component: &str, point: &QueuePoint) -> [String; 11] {
    [
        component.to_owned(),
        seconds(point.until_s - point.length_s),
        seconds(point.until_s),
        point.stored.to_string(),
        point.executed.to_string(),
        point.completed.to_string(),
        point.depth.to_string(),
        point.unacked.to_string(),
        point.backlog.to_string(),
        point.backlog_peak.to_string(),
        seconds(point.oldest_age_s),
    ]
}

/// To the nanosecond, which is what virtual time resolves; subtraction's tail is cut off.
fn seconds(value: f64) -> String {
    let text = format!("{value:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
