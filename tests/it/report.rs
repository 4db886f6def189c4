//! What a report says, read by people before it became a golden.

use std::path::Path;

use mqlab::metrics::summary::Summary;
use mqlab::report::chart::{draw_all, lettering, render};
use mqlab::report::{Report, folder, terminal};

use crate::fixture;

#[test]
fn charts_stay_on_their_sheet() {
    for chart in draw_all(&fixture::burst()) {
        for text in chart.scene.texts() {
            let [left, top, right, bottom] = lettering::bounds(text);
            let (width, height) = (chart.scene.width, chart.scene.height);
            assert!(left >= 0.0 && top >= 0.0 && right <= width && bottom <= height, "{text:?}");
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(folder.join(format!("{}.svg", chart.name)), render::svg(&chart.scene)).expect("writable");
        let png = render::png(&chart.scene).expect("encodes in memory");
        std::fs::write(folder.join(format!("{}.png", chart.name)), png).expect("writable");
    }
}

#[test]
fn the_folder_holds_every_file() {
    let summary = fixture::burst();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("burst");
    folder::write(&folder, &report(&summary)).expect("writable");
    std::fs::write(folder.join("terminal.txt"), terminal::render(&report(&summary), Some("reports/burst"))).expect("writable");
    for name in ["index.html", "summary.json", "summary.md", "series.csv", "scenario.yaml"] {
        assert!(folder.join(name).is_file(), "{name}");
    }
}

fn report(summary: &Summary) -> Report<'_> {
    Report {
        summary,
        about: Some("A host puts 100 items on sale. 5 000 orders a second arrive for ten seconds at a shop that can book about 400 a second."),
        yaml: "scenario: Flash sale in a live room\nseed: 7\nqueues:\n  orders: {profile: sqs}\n",
        reproduce: "mqlab run scenarios/burst.yaml --seed 7",
        not_modelled: &["Brokers do not run out of memory.", "Disks are never slow."],
    }
}
