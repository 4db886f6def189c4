//! How up to nine lines are told apart without their colours: the form of their points, and dashes.
//!
//! Knows no chart in particular.

use super::scene::{Ink, Point, Scene, Shape};

/// How one line and its points look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// The line's colour, and its points'.
    pub ink: Ink,
    form: Form,
    is_dashed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Disc,
    Square,
    Diamond,
    Pointed,
    Hanging,
    Ring,
}

/// One for each line, in their order; seven colours, of which two come again with dashes.
pub const MARKS: [Mark; 9] = [
    Mark::new(Ink::Blue, Form::Disc),
    Mark::new(Ink::Vermillion, Form::Square),
    Mark::new(Ink::Green, Form::Diamond),
    Mark::new(Ink::Purple, Form::Pointed),
    Mark::new(Ink::Orange, Form::Hanging),
    Mark::new(Ink::Sky, Form::Ring),
    Mark::new(Ink::Strong, Form::Square),
    Mark { is_dashed: true, ..Mark::new(Ink::Blue, Form::Diamond) },
    Mark { is_dashed: true, ..Mark::new(Ink::Vermillion, Form::Ring) },
];

/// Logical pixels of a dash and of the space after it.
const DASH: (f64, f64) = (7.0, 4.0);
/// Half the height of a point.
pub const REACH: f64 = 4.0;

impl Mark {
    const fn new(ink: Ink, form: Form) -> Self {
        Self { ink, form, is_dashed: false }
    }

    /// Draws a line through `points`.
    pub fn line(self, scene: &mut Scene, points: &[Point], width: f64) {
        if self.is_dashed {
            for dash in dashes(points) {
                scene.line(dash, self.ink, width);
            }
        } else {
            scene.line(points.to_vec(), self.ink, width);
        }
    }

    /// Draws a point with a rim of paper.
    pub fn stamp(self, scene: &mut Scene, at: Point) {
        let dot = |radius, ink| Shape::Dot { center: at, radius, ink };
        match self.form {
            Form::Disc => scene.dot(at, self.ink),
            Form::Ring => scene.shapes.extend([
                dot(REACH + 1.5, Ink::Paper),
                dot(REACH + 0.5, self.ink),
                dot(REACH - 1.5, Ink::Paper),
            ]),
            _ => {
                scene.area(self.outline(at, 1.6), Ink::Paper, 1.0);
                scene.area(self.outline(at, 0.0), self.ink, 1.0);
            }
        }
    }

    /// The corners of a form that has some, grown on each side.
    fn outline(self, (x, y): Point, by: f64) -> Vec<Point> {
        let corner = |right: f64, down: f64| (x + right, y + down);
        match self.form {
            Form::Square => {
                let half = REACH - 0.4 + by;
                vec![corner(-half, -half), corner(half, -half), corner(half, half), corner(-half, half)]
            }
            Form::Pointed | Form::Hanging => {
                let down = if self.form == Form::Pointed { 1.0 } else { -1.0 };
                // A triangle's corners lie farther off than its sides.
                let (side, tip, foot) = (REACH + 1.2 + 1.8 * by, -REACH - 1.2 - 2.2 * by, REACH - 0.4 + by);
                vec![corner(0.0, down * tip), corner(side, down * foot), corner(-side, down * foot)]
            }
            Form::Diamond | Form::Disc | Form::Ring => {
                let reach = REACH + 1.2 + 1.4 * by;
                vec![corner(0.0, -reach), corner(reach, 0.0), corner(0.0, reach), corner(-reach, 0.0)]
            }
        }
    }
}

/// The pieces of a line that are drawn.
fn dashes(points: &[Point]) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let (mut is_drawn, mut left) = (true, DASH.0);
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = libm::hypot(to.0 - from.0, to.1 - from.1);
        let mut gone = 0.0;
        while length - gone > left {
            gone += left;
            let at = (from.0 + (to.0 - from.0) * gone / length, from.1 + (to.1 - from.1) * gone / length);
            if is_drawn {
                piece.push(at);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![at];
            }
            is_drawn = !is_drawn;
            left = if is_drawn { DASH.0 } else { DASH.1 };
        }
        left -= length - gone;
        if is_drawn {
            piece.push(to);
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

#[cfg(test)]
mod tests {
    use super::{MARKS, dashes};

    #[test]
    fn every_line_looks_different_even_without_colours() {
        for (at, mark) in MARKS.iter().enumerate() {
            assert!(
                MARKS[..at].iter().all(|other| (other.ink, other.is_dashed) != (mark.ink, mark.is_dashed))
            );
            let same_form = MARKS[..at]
                .iter()
                .filter(|other| (other.form, other.is_dashed) == (mark.form, mark.is_dashed));
            // Seven plain lines share six forms.
            assert!(same_form.count() <= usize::from(at == 6), "{mark:?}");
        }
    }

    #[test]
    fn dashes_follow_the_line_around_corners() {
        let pieces = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 20.0)]);
        assert_eq!(pieces[0], [(0.0, 0.0), (5.0, 0.0), (5.0, 2.0)]);
        assert_eq!(pieces[1], [(5.0, 6.0), (5.0, 13.0)]);
        assert_eq!(pieces[2], [(5.0, 17.0), (5.0, 20.0)]);
        assert!(dashes(&[]).is_empty());
    }
}
