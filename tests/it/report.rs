//! What a report says, read by people before it became a golden.

use std::path::Path;

use mqlab::report::chart::{draw_all, lettering, render};

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
