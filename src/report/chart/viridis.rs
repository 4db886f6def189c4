//! The colours of numbers: viridis by Nathaniel Smith and Stéfan van der Walt (public domain), which grows
//! steadily lighter for every eye and in grey print.
//!
//! Knows no scale: which number gets which step is the chart's business.

/// Every fifteenth of its 256 steps; those between are mixed, and are at most 5 of 255 off.
const STEPS: [(u8, u8, u8); 18] = [
    (0x44, 0x01, 0x54),
    (0x48, 0x17, 0x69),
    (0x47, 0x2a, 0x7a),
    (0x43, 0x3d, 0x84),
    (0x3d, 0x4e, 0x8a),
    (0x35, 0x5e, 0x8d),
    (0x2e, 0x6d, 0x8e),
    (0x29, 0x7b, 0x8e),
    (0x23, 0x89, 0x8e),
    (0x1f, 0x97, 0x8b),
    (0x21, 0xa5, 0x85),
    (0x2e, 0xb3, 0x7c),
    (0x46, 0xc0, 0x6f),
    (0x65, 0xcb, 0x5e),
    (0x89, 0xd5, 0x48),
    (0xb0, 0xdd, 0x2f),
    (0xd8, 0xe2, 0x19),
    (0xfd, 0xe7, 0x25),
];
/// From one of them to the next.
const APART: u8 = 15;

/// Red, green and blue of a step, from the darkest, 0, to the lightest, 255.
#[must_use]
pub const fn color(step: u8) -> (u8, u8, u8) {
    let (at, beyond) = ((step / APART) as usize, step % APART);
    if beyond == 0 {
        return STEPS[at];
    }
    let (from, to) = (STEPS[at], STEPS[at + 1]);
    (mix(from.0, to.0, beyond), mix(from.1, to.1, beyond), mix(from.2, to.2, beyond))
}

#[expect(clippy::cast_possible_truncation, reason = "a mean of two bytes is a byte")]
const fn mix(from: u8, to: u8, beyond: u8) -> u8 {
    let (from, to, beyond, apart) = (from as u16, to as u16, beyond as u16, APART as u16);
    ((from * (apart - beyond) + to * beyond + apart / 2) / apart) as u8
}

#[cfg(test)]
mod tests {
    use super::color;

    /// As eyes weigh the colours (Rec. 709), without the curve.
    fn light(step: u8) -> f64 {
        let (red, green, blue) = color(step);
        0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue)
    }

    #[test]
    fn steps_grow_lighter_from_purple_to_yellow() {
        assert_eq!((color(0), color(255)), ((0x44, 0x01, 0x54), (0xfd, 0xe7, 0x25)));
        // Of two neighbours the mix can round to equally light bytes; of every other step it cannot.
        assert!((1..=255).all(|step| light(step) > light(step - 1) - 0.5));
        assert!((2..=255).all(|step| light(step) > light(step - 2)));
    }
}
