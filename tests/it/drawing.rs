//! What the tests of charts share: reading a drawn scene, and leaving it as a picture in the target's folder for
//! temporary files, to be looked at.

use std::fs;
use std::path::Path;

use mqlab::report::chart::lettering::bounds;
use mqlab::report::chart::render;
use mqlab::report::chart::scene::{Ink, Point, Scene, Shape};

pub(crate) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

pub(crate) fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| number.to_string()).collect()
}

/// Draws the scene into a file, and holds its texts to the sheet and apart.
pub(crate) fn look_at(name: &str, scene: &Scene) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts");
    fs::create_dir_all(&folder).expect("the target's folder can be written to");
    let png = render::png(scene).expect("it is encoded in memory");
    fs::write(folder.join(format!("{name}.png")), png).expect("the target's folder can be written to");
    let boxes: Vec<_> = scene.texts().map(|text| (bounds(text), &text.content)).collect();
    for (at, (a, what)) in boxes.iter().enumerate() {
        let on_sheet = a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= scene.width && a[3] <= scene.height;
        assert!(on_sheet, "{name}: `{what}` leaves the sheet: {a:?}");
        for (b, other) in &boxes[..at] {
            let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
            assert!(apart, "{name}: `{what}` covers `{other}`");
        }
    }
}

/// The text that says this.
pub(crate) fn place(scene: &Scene, what: &str) -> Point {
    let found = scene.texts().find(|text| text.content == what);
    found.unwrap_or_else(|| panic!("nothing says `{what}`")).at
}

pub(crate) fn says(scene: &Scene, what: &str) -> bool {
    scene.texts().any(|text| text.content == what)
}

/// The ink of the filled shape on top at a point.
pub(crate) fn ink_at(scene: &Scene, (x, y): Point) -> Ink {
    let covers = |points: &[Point]| {
        let within = |of: fn(&Point) -> f64, at: f64| {
            points.iter().map(of).fold(f64::MAX, f64::min) <= at
                && at <= points.iter().map(of).fold(f64::MIN, f64::max)
        };
        within(|point| point.0, x) && within(|point| point.1, y)
    };
    let mut inks = scene.shapes.iter().rev().filter_map(|shape| match shape {
        Shape::Area { points, ink, .. } if covers(points) => Some(*ink),
        _ => None,
    });
    inks.next().expect("the paper is everywhere")
}
