//! What a report says, read by people before it became a golden.

use std::fs;
use std::path::{Path, PathBuf};

use mqlab::metrics::summary::{
    Latency, Ledger, Operations, Outcomes, PeakShaving, QueuePoint, QueueSummary, Summary, Verdict,
};
use mqlab::report::chart::{draw_all, lettering, render};
use mqlab::report::{Report, csv, finding, folder, html, json, markdown, terminal};

use crate::fixture;

const NOT_MODELLED: [&str; 2] = ["Brokers do not run out of memory.", "Disks are never slow."];

fn report(summary: &Summary) -> Report<'_> {
    Report {
        summary,
        about: Some("A host puts 100 items on sale. 5 000 orders a second arrive for ten seconds."),
        yaml: "scenario: Flash sale in a live room\nseed: 7\nqueues:\n  orders: {profile: sqs}\n",
        reproduce: "mqlab run scenarios/burst.yaml --seed 7",
        not_modelled: &NOT_MODELLED,
    }
}

/// An empty folder of the test's own.
fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the tests' own folder");
    }
    folder
}

/// Without colours and without the version, which changes with every release.
fn bare(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string().replace(env!("CARGO_PKG_VERSION"), "[version]")
}

#[test]
fn the_terminal_tells_a_burst() {
    let summary = fixture::burst();
    insta::assert_snapshot!(bare(&terminal::render(&report(&summary), Some("reports/burst/index.html"))));
    insta::assert_snapshot!(bare(&terminal::render_quiet(&summary)));
}

#[test]
fn the_terminal_tells_of_nothing() {
    let summary = fixture::nothing();
    insta::assert_snapshot!(bare(&terminal::render(&report(&summary), None)));
}

/// Where there are no messages, there is no word of them.
#[test]
fn the_terminal_tells_of_users_and_services() {
    let text = bare(&terminal::render(&report(&fixture::called()), Some("reports/sale/index.html")));
    assert!(!text.contains("message") && !text.contains("Ledger"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_terminal_keeps_to_eighty_columns() {
    for summary in [fixture::burst(), fixture::called()] {
        let text = bare(&terminal::render(&report(&summary), None));
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{widest:?}");
    }
}

#[test]
fn a_service_has_its_chart_and_its_rows() {
    let summary = fixture::called();
    let charts = draw_all(&summary);
    assert_eq!(charts[0].name, "peak_shaving");
    assert!(charts[0].title.starts_with("shop gets up to 5"), "{}", charts[0].title);
    let words: Vec<&str> = charts[0].scene.texts().map(|text| text.content.as_str()).collect();
    assert!(words.contains(&"requests/s") && !words.iter().any(|word| word.contains("message")), "{words:?}");
    let series = csv::series_csv(&summary);
    assert_eq!(series.lines().filter(|line| line.starts_with("shop,")).count(), 180);
    assert!(series.starts_with("component,from_s,"), "the first column is not always of queues");
}

#[test]
fn findings_tell_of_users() {
    let of = |change: fn(&mut Summary)| {
        let mut summary = fixture::nothing();
        summary.queues = Vec::new();
        summary.operations = Operations { started: 100, succeeded: 100, ..Operations::default() };
        change(&mut summary);
        finding::finding(&summary)
    };
    insta::assert_snapshot!(of(|_| {}), @"All 100 operations succeeded.");
    insta::assert_snapshot!(of(|summary| {
        summary.latencies = fixture::called().latencies;
    }), @"All 100 operations succeeded, users waiting 2.83 s (p50) and 6.41 s (p99).");
    insta::assert_snapshot!(of(|summary| {
        summary.operations = Operations { started: 1, unfinished: 1, ..Operations::default() };
    }), @"None of 1 operation succeeded: 1 was still under way at the end.");
    insta::assert_snapshot!(of(|summary| {
        summary.operations.succeeded = 96;
        summary.operations.failed = 3;
        summary.operations.rejected = 1;
    }), @"96 of 100 operations succeeded; 1 was rejected and 3 failed.");
    // With messages, users come after them.
    insta::assert_snapshot!(of(|summary| {
        summary.ledger = Ledger { published: 100, expected_effects: 100, ..Ledger::default() };
        summary.outcomes = Outcomes { done: 100, ..Outcomes::default() };
        let waited = Latency { count: 100, mean_ms: Some(2.0), max_ms: Some(2.0), ..Latency::default() };
        summary.latencies = vec![("operation", waited)];
    }), @"All 100 messages were consumed exactly once. All 100 operations succeeded, users waiting 2 ms.");
    insta::assert_snapshot!(finding::finding(&fixture::called()), @"9 000 of 22 895 operations succeeded, users waiting 2.83 s (p50) and 6.41 s (p99); 1 was rejected and 13 894 timed out. Retries made 2.57 attempts of each call of `shop`, and 84.7 % of its work (49 895 of 58 895 requests) was done for callers that had given up. `shop` got up to 5 061 requests/s and handled up to 431/s: 45 969 requests waited at 19.8 s, and it needed 2 min 12 s to drain.");
}

#[test]
fn markdown_json_and_csv_say_the_same() {
    let summary = fixture::burst();
    let charts = draw_all(&summary);
    insta::assert_snapshot!(bare(&markdown::render(&report(&summary), &charts)));
    insta::assert_snapshot!(bare(&json::summary_json(&summary)));
    let series = csv::series_csv(&summary);
    assert_eq!(series.lines().count(), 1 + 2 * 180);
    let around_the_burst: Vec<&str> = series.lines().take(24).collect();
    insta::assert_snapshot!(around_the_burst.join("\n"));
}

#[test]
fn findings_choose_what_matters() {
    let fate = |change: fn(&mut Summary)| {
        let mut summary = fixture::nothing();
        summary.ledger = Ledger { published: 10_000, expected_effects: 10_000, ..Ledger::default() };
        summary.outcomes = Outcomes { done: 10_000, ..Outcomes::default() };
        change(&mut summary);
        finding::finding(&summary)
    };
    insta::assert_snapshot!(fate(|_| {}), @"All 10 000 messages were consumed exactly once.");
    insta::assert_snapshot!(fate(|summary| {
        summary.ledger.duplicate_executions = 206;
        summary.rates.affected_rate.numerator = 206;
        summary.rates.affected_rate.denominator = 10_000;
    }), @"206 of 10 000 messages were consumed twice (2.06 %); no effect was applied twice; none was lost.");
    insta::assert_snapshot!(fate(|summary| {
        summary.outcomes = Outcomes { done: 9_999, lost: 1, ..Outcomes::default() };
    }), @"1 of 10 000 messages was lost.");
    insta::assert_snapshot!(fate(|summary| {
        summary.ledger.redeliveries = 1;
    }), @"All 10 000 messages were consumed exactly once, despite 1 redelivery.");
    insta::assert_snapshot!(fate(|summary| {
        summary.outcomes = Outcomes { unfinished: 10_000, ..Outcomes::default() };
    }), @"All 10 000 messages were still under way at the end; none was lost.");
}

#[test]
fn the_page_needs_no_network_and_stays_small() {
    let summary = fixture::burst();
    let charts = draw_all(&summary);
    let svgs: Vec<String> = charts.iter().map(|chart| render::svg(&chart.scene)).collect();
    let page = html::render(&report(&summary), &charts, &svgs);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    let addresses = page.matches("http").count();
    let names_of_svg = page.matches("http://www.w3.org/2000/svg").count();
    assert_eq!(addresses, names_of_svg, "only the name of SVG itself looks like an address");
    assert!(!page.contains("<script"));
    assert_eq!(page.matches("<figure").count(), charts.len());
}

#[test]
fn nothing_in_a_scenario_becomes_markup() {
    let mut summary = fixture::burst();
    summary.scenario = "<script>alert(1)</script> & co".into();
    summary.queues[0].0 = "<b>".into();
    summary.peak_shaving[0].0 = "<b>".into();
    let charts = draw_all(&summary);
    let svgs: Vec<String> = charts.iter().map(|chart| render::svg(&chart.scene)).collect();
    let page = html::render(&report(&summary), &charts, &svgs);
    assert!(!page.contains("<script>") && !page.contains("<b>"));
}

#[test]
fn the_folder_holds_every_file_and_the_same_bytes_twice() {
    let summary = fixture::burst();
    let (once, twice) = (empty_folder("burst"), empty_folder("burst-again"));
    folder::write(&once, &report(&summary)).expect("writable");
    folder::write(&twice, &report(&summary)).expect("writable");
    folder::write(&twice, &report(&summary)).expect("writable over itself");
    let files = files_of(&once);
    assert_eq!(files, files_of(&twice));
    insta::assert_snapshot!(files.join("\n"));
    for file in files {
        assert_eq!(fs::read(once.join(&file)).ok(), fs::read(twice.join(&file)).ok(), "{file}");
    }
}

fn files_of(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for part in ["", "charts"] {
        let entries = fs::read_dir(folder.join(part)).expect("was written");
        let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
        files.extend(
            paths.filter_map(|path| Some(path.strip_prefix(folder).ok()?.to_string_lossy().into_owned())),
        );
    }
    files.sort();
    files
}

#[test]
fn charts_of_an_earlier_run_do_not_stay() {
    let folder = empty_folder("stale");
    folder::write(&folder, &report(&fixture::burst())).expect("writable");
    folder::write(&folder, &report(&fixture::nothing())).expect("writable");
    assert_eq!(
        files_of(&folder),
        ["index.html", "scenario.yaml", "series.csv", "summary.json", "summary.md"]
    );
}

#[test]
fn an_unwritable_folder_is_an_error_with_its_path() {
    let blocked = empty_folder("blocked");
    fs::write(&blocked, "a file where a folder should be").expect("writable");
    let error = folder::write(&blocked.join("report"), &report(&fixture::nothing())).expect_err("is a file");
    assert!(error.path.starts_with(&blocked) && !error.reason.is_empty());
    fs::remove_file(&blocked).expect("the tests' own file");
}

/// Runs that leave little to draw, or much.
fn odd_runs() -> Vec<Summary> {
    let of_series = |series: Vec<QueuePoint>, peak_backlog, peak_backlog_at| {
        let mut summary = fixture::nothing();
        summary.queues[0].1 = QueueSummary { series, ..QueueSummary::default() };
        summary.peak_shaving[0].1 = PeakShaving {
            peak_in: 1.0,
            peak_out: 1.0,
            peak_backlog,
            peak_backlog_at,
            ..PeakShaving::default()
        };
        summary
    };
    let window = |until_s, length_s, stored, backlog| QueuePoint {
        until_s,
        length_s,
        stored,
        completed: stored,
        backlog,
        backlog_peak: backlog,
        ..QueuePoint::default()
    };
    let long =
        (1..=20_000).map(|second: u32| window(f64::from(second), 1.0, 1_000_000_000, u64::from(second)));
    let mut one_latency = fixture::nothing();
    one_latency.latencies[1].1 = Latency {
        count: 1,
        max_ms: Some(20.0),
        p50_ms: Some(20.0),
        tail: vec![(20.0, 0.0)],
        ..Latency::default()
    };
    let mut no_latency = fixture::nothing();
    no_latency.latencies[1].1 = Latency { count: 9, tail: vec![(0.0, 0.0)], ..Latency::default() };
    let mut unpronounceable = fixture::burst();
    unpronounceable.scenario = "a very long name of a scenario that goes on and on ".repeat(8);
    unpronounceable.peak_shaving[0].0 = "orders".repeat(40);
    unpronounceable.queues[0].0 = "orders".repeat(40);
    unpronounceable.verdict = Verdict::Unknown;
    vec![
        of_series(vec![window(0.0, 0.0, 5, 5)], 5, 0.0),
        of_series(vec![window(0.25, 0.25, 5, 5)], 5, 0.0),
        of_series(vec![window(1.0, 1.0, 5, 0), window(1.000_001, 0.000_001, 1, 1)], 1, 1.0),
        of_series(long.collect(), 20_000, 20_000.0),
        one_latency,
        no_latency,
        unpronounceable,
        fixture::nothing(),
        fixture::burst(),
        fixture::called(),
    ]
}

#[test]
fn labels_of_any_chart_stay_on_their_sheet() {
    for (index, summary) in odd_runs().iter().enumerate() {
        folder::write(&empty_folder(&format!("odd-{index}")), &report(summary)).expect("writable");
        for chart in draw_all(summary) {
            for text in chart.scene.texts() {
                let [left, top, right, bottom] = lettering::bounds(text);
                let (width, height) = (chart.scene.width, chart.scene.height);
                assert!(left >= 0.0 && top >= 0.0 && right <= width && bottom <= height, "{index}: {text:?}");
            }
        }
    }
}

#[test]
fn labels_of_any_chart_keep_apart() {
    for (index, summary) in odd_runs().iter().enumerate() {
        for chart in draw_all(summary) {
            let boxes: Vec<_> =
                chart.scene.texts().map(|text| (lettering::bounds(text), &text.content)).collect();
            for (at, (a, first)) in boxes.iter().enumerate() {
                for (b, second) in &boxes[at + 1..] {
                    let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                    assert!(apart, "{index}: `{first}` covers `{second}`");
                }
            }
        }
    }
}
