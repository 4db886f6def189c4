//! The chart's own lettering: the embedded Inter, measured and drawn glyph by glyph.
//!
//! plotters places glyphs without their side bearings, which spaces text unevenly; this draws them
//! where the font wants them. Knows nothing of charts.

use std::convert::Infallible;

use ab_glyph::{Font, FontRef, InvalidFont, PxScale, ScaleFont, point};
use plotters_backend::{
    BackendColor, BackendCoord, BackendTextStyle, FontFamily, FontStyle, FontTransform,
    text_anchor::{HPos, Pos, VPos},
};

use super::scene::{Anchor, Direction, Text, Weight};

/// The family SVG readers fall back through.
pub const FAMILY: &str = "Inter, system-ui, sans-serif";

const REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.ttf");
const SEMI_BOLD: &[u8] = include_bytes!("fonts/Inter-SemiBold.ttf");

/// plotters-svg divides a style's size by this to get the em.
const SVG_SIZE_PER_EM: f64 = 1.24;
/// plotters-svg hangs text anchored at the top this far below its point, in ems.
const SVG_BASELINE_EM: f64 = 0.76;

/// The width of `text`, in logical pixels.
#[must_use]
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let font = font(weight);
    let scaled = font.as_scaled(em_scale(&font, size));
    text.chars().map(|c| f64::from(scaled.h_advance(font.glyph_id(c)))).sum()
}

/// The smallest upright box around `text`: left, top, right, bottom, in logical pixels.
#[must_use]
pub fn bounds(text: &Text) -> [f64; 4] {
    let along = width(&text.content, text.size, text.weight);
    let start = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -along / 2.0,
        Anchor::End => -along,
    };
    let (ascent, descent) = (0.76 * text.size, 0.22 * text.size);
    let (x, y) = text.at;
    match text.direction {
        Direction::Across => [x + start, y - ascent, x + start + along, y + descent],
        Direction::Up => [x - ascent, y - start - along, x + descent, y - start],
    }
}

/// A text at a backend's scale, as plotters wants to be told about it.
pub(super) struct Lettering {
    weight: Weight,
    anchor: Anchor,
    direction: Direction,
    color: BackendColor,
    /// Device pixels per em.
    em: f64,
}

impl Lettering {
    pub(super) fn new(text: &Text, color: BackendColor, scale: f64) -> Self {
        Self {
            weight: text.weight,
            anchor: text.anchor,
            direction: text.direction,
            color,
            em: text.size * scale,
        }
    }

    /// Where plotters has to be told to write so that the baseline runs through `at`.
    pub(super) fn position(&self, at: (f64, f64)) -> (f64, f64) {
        let up = self.em * SVG_BASELINE_EM;
        match self.direction {
            Direction::Across => (at.0, at.1 - up),
            Direction::Up => (at.0 - up, at.1),
        }
    }
}

impl BackendTextStyle for Lettering {
    type FontError = Infallible;

    fn color(&self) -> BackendColor {
        self.color
    }

    fn size(&self) -> f64 {
        self.em * SVG_SIZE_PER_EM
    }

    fn transform(&self) -> FontTransform {
        match self.direction {
            Direction::Across => FontTransform::None,
            Direction::Up => FontTransform::Rotate270,
        }
    }

    fn style(&self) -> FontStyle {
        match self.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::SemiBold => FontStyle::Bold,
        }
    }

    fn anchor(&self) -> Pos {
        let across = match self.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        Pos::new(across, VPos::Top)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(FAMILY)
    }

    #[expect(clippy::cast_possible_truncation, reason = "texts are far narrower than 2^31 pixels")]
    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), Infallible> {
        let along = width(text, self.em, self.weight).round() as i32;
        Ok(((0, 0), (along, self.em.round() as i32)))
    }

    #[expect(clippy::cast_possible_truncation, reason = "glyphs are far smaller than 2^31 pixels")]
    fn draw<E, DrawFunc: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        pos: BackendCoord,
        mut draw: DrawFunc,
    ) -> Result<Result<(), E>, Infallible> {
        let font = font(self.weight);
        let scale = em_scale(&font, self.em);
        let scaled = font.as_scaled(scale);
        let baseline = (self.em * SVG_BASELINE_EM) as f32;
        let mut pen = 0.0_f32;
        let mut drawn = Ok(());
        for c in text.chars() {
            let id = font.glyph_id(c);
            if let Some(outline) = font.outline_glyph(id.with_scale_and_position(scale, point(pen, baseline)))
            {
                let origin = outline.px_bounds().min;
                outline.draw(|x, y, coverage| {
                    let x = pos.0 + origin.x as i32 + x.cast_signed();
                    let y = pos.1 + origin.y as i32 + y.cast_signed();
                    let alpha = self.color.alpha * f64::from(coverage.min(1.0));
                    if drawn.is_ok() {
                        drawn = draw(x, y, BackendColor { alpha, ..self.color });
                    }
                });
            }
            pen += scaled.h_advance(id);
        }
        Ok(drawn)
    }
}

/// The font file texts of this weight are drawn with.
#[must_use]
pub const fn font_file(weight: Weight) -> &'static [u8] {
    match weight {
        Weight::Regular => REGULAR,
        Weight::SemiBold => SEMI_BOLD,
    }
}

fn font(weight: Weight) -> FontRef<'static> {
    let font: Result<_, InvalidFont> = FontRef::try_from_slice(font_file(weight));
    font.expect("the embedded fonts are valid")
}

/// The scale at which an em measures `em` pixels (`ab_glyph` scales by ascent and descent instead).
#[expect(clippy::cast_possible_truncation, reason = "a size needs no more than an f32 holds")]
fn em_scale(font: &FontRef<'_>, em: f64) -> PxScale {
    let units = font.units_per_em().expect("Inter states its units per em");
    PxScale::from(em as f32 * font.height_unscaled() / units)
}

#[cfg(test)]
mod tests {
    use super::{Weight, bounds, width};
    use crate::report::chart::scene::{Anchor, Ink, Text};

    #[test]
    fn heavier_and_longer_texts_are_wider() {
        assert!(width("backlog", 16.0, Weight::SemiBold) > width("backlog", 16.0, Weight::Regular));
        assert!(width("backlogs", 16.0, Weight::Regular) > width("backlog", 16.0, Weight::Regular));
    }

    #[test]
    fn the_box_of_an_upward_text_is_tall() {
        let text = Text::new("messages per second", (20.0, 100.0), 12.0, Ink::Muted);
        let [left, top, right, bottom] = bounds(&text.anchored(Anchor::Middle).upwards());
        assert!(bottom - top > 80.0 && right - left < 16.0);
    }
}
