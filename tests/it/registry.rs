//! The table of metrics and what a run publishes are the same.

use mqlab::metrics::registry::metrics;
use mqlab::metrics::verdict::matches;

use crate::laboratory::run;

/// Numbers of the run itself, which stand beside the tree.
const OF_THE_RUN: [&str; 2] = ["virtual_seconds", "events"];

/// Bounds of a rate, which a single seed leaves open.
fn is_bound_of_rate(path: &str) -> bool {
    path.starts_with("rates.") && matches!(path.rsplit_once('.'), Some((_, "low" | "high")))
}

#[test]
fn every_published_number_is_in_the_table_once_and_the_other_way_round() {
    let tree = run("run_for: 1s\nproducers: {p: {arrivals: {every: 100ms}, do: [publish: q, call: s]}}\n\
         services: {s: {}}\nqueues: {q: {}}\nstores: {db: {rows: {stock: {start: 5}, sum: {}}}, cache: {kind: cache}}\n\
         consumers: {c: {from: q, do: [update: {in: db, row: stock, add: -1, floor: 0}, update: {in: db, row: sum, add: 1}]}}\nfaults: [{fail: {target: c, probability: 10%}}]\n")
    .tree();
    let published: Vec<String> = tree.leaves().into_iter().map(|(path, _)| path).collect();
    for path in published.iter().filter(|path| !is_bound_of_rate(path)) {
        let rows = metrics().filter(|metric| matches(metric.path, path)).count();
        assert_eq!(rows, 1, "`{path}` stands in {rows} rows of the table");
    }
    for metric in metrics().filter(|metric| !OF_THE_RUN.contains(&metric.path)) {
        let is_published = published.iter().any(|path| matches(metric.path, path));
        assert!(is_published, "`{}` is in the table and nothing publishes it", metric.path);
    }
}

#[test]
fn the_run_itself_can_be_expected_of() {
    let summary = run("run_for: 1s\nproducers: {p: {arrivals: {every: 100ms}, do: [publish: q]}}\n\
         queues: {q: {}}\nconsumers: {c: {from: q}}\nexpect: {virtual_seconds: 1s, events: \"> 0\"}\n");
    assert_eq!(summary.verdict.name(), "held", "{:?}", summary.expectations);
}
