//! Turns a scene into SVG or PNG bytes through plotters' backends, one routine for both.
//!
//! Knows what a scene is made of, not what it shows.

use std::fmt::Write as _;

use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingErrorKind};

use super::lettering::Lettering;
use super::scene::{Ink, Point, Scene, Shape};

/// SVG units per logical pixel: plotters' coordinates are integers, and curves would step at 1.
const SVG_SCALE: f64 = 10.0;
/// Device pixels per logical pixel while drawing a PNG …
const PNG_SCALE: f64 = 4.0;
/// … of which squares of this side are averaged into one.
const PNG_AVERAGED: usize = 2;

/// The scene as an SVG document that is light or dark as its reader prefers, and light on paper.
#[must_use]
pub fn svg(scene: &Scene) -> String {
    let size = (pixels(scene.width, SVG_SCALE), pixels(scene.height, SVG_SCALE));
    let mut document = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut document, size);
        let drawn = draw(scene, &mut backend, SVG_SCALE);
        drawn.and_then(|()| backend.present()).expect("drawing into a string does not fail");
    }
    let root = format!(r#"<svg width="{}" height="{}" "#, size.0, size.1);
    let wanted = format!(
        r#"<svg class="chart" width="{}" height="{}" stroke-linejoin="round" "#,
        scene.width, scene.height
    );
    let document = document.replacen(&root, &wanted, 1);
    let after_root = document.find(">\n").map_or(0, |at| at + 2);
    format!("{}{}{}", &document[..after_root], dark_style(), &document[after_root..])
}

/// The scene as a PNG with two device pixels per logical one.
///
/// # Errors
/// Never in practice: it is encoded in memory.
pub fn png(scene: &Scene) -> Result<Vec<u8>, png::EncodingError> {
    let (width, height) = (pixels(scene.width, PNG_SCALE), pixels(scene.height, PNG_SCALE));
    let mut drawn = vec![0; width as usize * height as usize * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut drawn, (width, height));
        let done = draw(scene, &mut backend, PNG_SCALE);
        done.and_then(|()| backend.present()).expect("drawing into a buffer does not fail");
    }
    let averaged = average(&drawn, width as usize, height as usize);
    let side = u32::try_from(PNG_AVERAGED).expect("a small number");
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width / side, height / side);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&averaged)?;
    Ok(bytes)
}

/// A style sheet that exchanges every ink for its dark twin.
fn dark_style() -> String {
    let mut style = String::from("<style>@media screen and (prefers-color-scheme: dark) {");
    for ink in Ink::ALL {
        let (light, dark) = (hex(ink.light()), hex(ink.dark()));
        let _ = write!(style, r#"svg.chart [fill="{light}"]{{fill:{dark}}}"#);
        let _ = write!(style, r#"svg.chart [stroke="{light}"]{{stroke:{dark}}}"#);
    }
    style.push_str("}</style>\n");
    style
}

/// As plotters writes colours.
fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

fn draw<B: DrawingBackend>(
    scene: &Scene,
    backend: &mut B,
    scale: f64,
) -> Result<(), DrawingErrorKind<B::ErrorType>> {
    for shape in &scene.shapes {
        match shape {
            Shape::Line { points, ink, width } => {
                let pen = Pen { color: color(*ink, 1.0), width: pixels(*width, scale) };
                backend.draw_path(device(points, scale), &pen)?;
            }
            Shape::Area { points, ink, opacity } => {
                backend.fill_polygon(device(points, scale), &color(*ink, *opacity))?;
            }
            Shape::Dot { center, radius, ink } => {
                let radius = pixels(*radius, scale);
                backend.draw_circle(place(*center, scale), radius, &color(*ink, 1.0), true)?;
            }
            Shape::Text(text) => {
                let style = Lettering::new(text, color(text.ink, 1.0), scale);
                let at = style.position((text.at.0 * scale, text.at.1 * scale));
                backend.draw_text(&text.content, &style, place(at, 1.0))?;
            }
        }
    }
    Ok(())
}

/// A stroke.
struct Pen {
    color: BackendColor,
    width: u32,
}

impl BackendStyle for Pen {
    fn color(&self) -> BackendColor {
        self.color
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

fn color(ink: Ink, alpha: f64) -> BackendColor {
    BackendColor { alpha, rgb: ink.light() }
}

/// Device points; those that fall on their predecessor are left out, since plotters cannot tell the
/// direction of a line between them.
fn device(points: &[Point], scale: f64) -> Vec<BackendCoord> {
    let mut placed: Vec<BackendCoord> = points.iter().map(|point| place(*point, scale)).collect();
    placed.dedup();
    placed
}

#[expect(clippy::cast_possible_truncation, reason = "a chart is far smaller than 2^31 pixels")]
fn place((x, y): Point, scale: f64) -> BackendCoord {
    ((x * scale).round() as i32, (y * scale).round() as i32)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths are positive and far smaller than 2^32 pixels"
)]
fn pixels(length: f64, scale: f64) -> u32 {
    (length * scale).round() as u32
}

/// Averages squares of pixels, which smooths what plotters draws with hard edges.
fn average(drawn: &[u8], width: usize, height: usize) -> Vec<u8> {
    let side = PNG_AVERAGED;
    let area = u32::try_from(side * side).expect("a small number");
    let mut averaged = Vec::with_capacity(drawn.len() / (side * side));
    for top in (0..height).step_by(side) {
        for left in (0..width).step_by(side) {
            for channel in 0..3 {
                let mut sum = 0;
                for y in top..top + side {
                    for x in left..left + side {
                        sum += u32::from(drawn[(y * width + x) * 3 + channel]);
                    }
                }
                averaged.push(u8::try_from(sum / area).expect("a mean of bytes is a byte"));
            }
        }
    }
    averaged
}
