//! A chart as a list of shapes: what is drawn where, before anything decides how.
//!
//! Owns the vocabulary (shapes, inks, anchors) and its two palettes; steps of numbers are `viridis`'s. Coordinates are logical pixels
//! from the upper left corner. Knows neither what the shapes mean nor SVG or PNG.

use super::viridis;

/// Where on the canvas, in logical pixels: x to the right, y down.
pub type Point = (f64, f64);

/// A chart, drawn from back to front.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Logical pixels.
    pub width: f64,
    /// Logical pixels.
    pub height: f64,
    /// From back to front.
    pub shapes: Vec<Shape>,
}

/// Something drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// An open line through points.
    Line {
        /// At least two.
        points: Vec<Point>,
        /// Its colour.
        ink: Ink,
        /// Logical pixels.
        width: f64,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        points: Vec<Point>,
        /// Its colour.
        ink: Ink,
        /// 0..1.
        opacity: f64,
    },
    /// A filled circle.
    Dot {
        /// Its centre.
        center: Point,
        /// Logical pixels.
        radius: f64,
        /// Its colour.
        ink: Ink,
    },
    /// One line of text.
    Text(Text),
}

/// One line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What it says.
    pub content: String,
    /// Its anchor on the baseline.
    pub at: Point,
    /// Which end of it stands at `at`.
    pub anchor: Anchor,
    /// Its colour.
    pub ink: Ink,
    /// Height of an em, in logical pixels.
    pub size: f64,
    /// How heavy it is.
    pub weight: Weight,
    /// Which way it runs.
    pub direction: Direction,
}

/// Which end of a text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// How heavy a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// 400.
    Regular,
    /// 600.
    SemiBold,
}

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Across,
    /// Bottom to top.
    Up,
}

/// A colour by its role; the series' colours are Okabe's and Ito's, told apart by everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Behind everything.
    Paper,
    /// Titles and annotations.
    Strong,
    /// Subtitles and axis labels.
    Muted,
    /// Grid lines.
    Grid,
    /// Okabe–Ito blue.
    Blue,
    /// Okabe–Ito vermillion.
    Vermillion,
    /// Okabe–Ito bluish green.
    Green,
    /// Okabe–Ito reddish purple.
    Purple,
    /// Okabe–Ito orange.
    Orange,
    /// Okabe–Ito sky blue.
    Sky,
    /// A number's colour, from the lowest, 0, to the highest, 255; the same on both papers.
    Heat(u8),
    /// Dark letters on a light [`Self::Heat`]; the same on both papers.
    Dark,
    /// Light letters on a dark [`Self::Heat`]; the same on both papers.
    Light,
}

impl Ink {
    /// Every ink that has a dark twin.
    pub const ALL: [Self; 10] = [
        Self::Paper,
        Self::Strong,
        Self::Muted,
        Self::Grid,
        Self::Blue,
        Self::Vermillion,
        Self::Green,
        Self::Purple,
        Self::Orange,
        Self::Sky,
    ];

    /// Red, green and blue on white paper; each ink's differ.
    #[must_use]
    pub const fn light(self) -> (u8, u8, u8) {
        match self {
            Self::Paper => (0xff, 0xff, 0xff),
            Self::Strong => (0x1f, 0x29, 0x37),
            Self::Muted => (0x6b, 0x72, 0x80),
            Self::Grid => (0xe5, 0xe7, 0xeb),
            Self::Blue => (0x00, 0x72, 0xb2),
            Self::Vermillion => (0xd5, 0x5e, 0x00),
            Self::Green => (0x00, 0x9e, 0x73),
            Self::Purple => (0xcc, 0x79, 0xa7),
            Self::Orange => (0xe6, 0x9f, 0x00),
            Self::Sky => (0x56, 0xb4, 0xe9),
            Self::Heat(step) => viridis::color(step),
            Self::Dark => (0x10, 0x14, 0x18),
            // A hair off the paper's white, which turns dark.
            Self::Light => (0xfe, 0xfe, 0xfe),
        }
    }

    /// Red, green and blue on dark paper: the same hues, lifted until they can be read.
    #[must_use]
    pub const fn dark(self) -> (u8, u8, u8) {
        match self {
            Self::Paper => (0x16, 0x1b, 0x22),
            Self::Strong => (0xf0, 0xf3, 0xf6),
            Self::Muted => (0x9b, 0xa3, 0xaf),
            Self::Grid => (0x30, 0x36, 0x3d),
            Self::Blue => (0x4d, 0xa8, 0xe0),
            Self::Vermillion => (0xf5, 0x8a, 0x42),
            Self::Green => (0x2e, 0xc4, 0x97),
            Self::Purple => (0xe0, 0x99, 0xc0),
            Self::Orange => (0xf2, 0xb8, 0x30),
            Self::Sky => (0x7c, 0xc8, 0xf2),
            Self::Heat(_) | Self::Dark | Self::Light => self.light(),
        }
    }
}

impl Scene {
    /// An empty sheet.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        let corners = vec![(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
        let paper = Shape::Area { points: corners, ink: Ink::Paper, opacity: 1.0 };
        Self { width, height, shapes: vec![paper] }
    }

    /// Draws a line through `points`; fewer than two draw nothing.
    pub fn line(&mut self, points: Vec<Point>, ink: Ink, width: f64) {
        if points.len() >= 2 {
            self.shapes.push(Shape::Line { points, ink, width });
        }
    }

    /// Draws a filled polygon.
    pub fn area(&mut self, points: Vec<Point>, ink: Ink, opacity: f64) {
        self.shapes.push(Shape::Area { points, ink, opacity });
    }

    /// Draws a filled circle with a rim of paper, which sets it off from the line below.
    pub fn dot(&mut self, center: Point, ink: Ink) {
        self.shapes.push(Shape::Dot { center, radius: 5.5, ink: Ink::Paper });
        self.shapes.push(Shape::Dot { center, radius: 4.0, ink });
    }

    /// Writes `text`.
    pub fn text(&mut self, text: Text) {
        self.shapes.push(Shape::Text(text));
    }

    /// Every text of the chart, in drawing order.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        })
    }
}

impl Text {
    /// A regular text of `size` beginning at `at`.
    pub fn new(content: impl Into<String>, at: Point, size: f64, ink: Ink) -> Self {
        Self {
            content: content.into(),
            at,
            anchor: Anchor::Start,
            ink,
            size,
            weight: Weight::Regular,
            direction: Direction::Across,
        }
    }

    /// The same, heavier.
    #[must_use]
    pub fn semi_bold(self) -> Self {
        Self { weight: Weight::SemiBold, ..self }
    }

    /// The same, anchored elsewhere.
    #[must_use]
    pub fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// The same, running upwards.
    #[must_use]
    pub fn upwards(self) -> Self {
        Self { direction: Direction::Up, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::Ink;

    #[test]
    fn inks_are_told_apart_by_their_light_colour_alone() {
        for (at, ink) in Ink::ALL.iter().enumerate() {
            assert!(Ink::ALL[..at].iter().all(|other| other.light() != ink.light()), "{ink:?}");
        }
    }

    #[test]
    fn what_is_the_same_on_both_papers_is_not_exchanged_for_a_dark_twin() {
        let steadies = (0..=255).map(Ink::Heat).chain([Ink::Dark, Ink::Light]);
        for steady in steadies {
            assert_eq!(steady.light(), steady.dark());
            assert!(Ink::ALL.iter().all(|ink| ink.light() != steady.light()), "{steady:?}");
        }
    }
}
