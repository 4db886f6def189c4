//! Random keys: fixed, evenly spread, or as skewed as Zipf's law says.
//!
//! Owns drawing an integer below a bound, in constant time and memory whatever the bound. Does not
//! know what the keys stand for.

use super::draw::Draw;

/// A way of drawing keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keys {
    /// Always this one; draws nothing.
    Fixed(u64),
    /// Each of `0..over` exactly as likely.
    Uniform {
        /// How many there are, at least one.
        over: u64,
    },
    /// Key k with probability proportional to 1/(k+1)^exponent.
    Zipf(Zipf),
}

/// Key k of `0..over` with probability proportional to 1/(k+1)^exponent, for any exponent above 0.
///
/// Rejection-inversion: Hörmann and Derflinger 1996, "Rejection-inversion to generate variates from
/// monotone discrete distributions". Accepts at least 7 of 10 whatever the parameters. The names of
/// the fields are the paper's: H is the integral of h(x) = x^−exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zipf {
    over: f64,
    exponent: f64,
    /// H(3/2) − h(1).
    first: f64,
    /// H(over + 1/2).
    last: f64,
    /// Whoever lies within this of a whole number is accepted without computing h.
    squeeze: f64,
}

impl Keys {
    /// Zipf over `0..over` (at most 2^53), for any `exponent` ≥ 0; 0 is the uniform distribution.
    #[must_use]
    pub fn zipf(over: u64, exponent: f64) -> Self {
        if exponent == 0.0 { Self::Uniform { over } } else { Self::Zipf(Zipf::new(over, exponent)) }
    }

    /// One key.
    pub fn draw(&self, draw: &mut impl Draw) -> u64 {
        match self {
            Self::Fixed(key) => *key,
            Self::Uniform { over } => draw.below(*over),
            Self::Zipf(zipf) => zipf.draw(draw),
        }
    }
}

impl Zipf {
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53, which is asserted")]
    fn new(over: u64, exponent: f64) -> Self {
        assert!((1..=1 << 53).contains(&over), "there are 1 to 2^53 keys, not {over}");
        assert!(exponent.is_finite() && exponent > 0.0, "an exponent is not negative, got {exponent}");
        let mut zipf = Self { over: over as f64, exponent, first: 0.0, last: 0.0, squeeze: 0.0 };
        zipf.first = zipf.integral(1.5) - 1.0;
        zipf.last = zipf.integral(zipf.over + 0.5);
        zipf.squeeze = 2.0 - zipf.inverse_integral(zipf.integral(2.5) - zipf.density(2.0));
        zipf
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number between 1 and 2^53"
    )]
    fn draw(&self, draw: &mut impl Draw) -> u64 {
        loop {
            // Falls from H(over + 1/2) as the fraction grows, so a larger fraction gives a smaller key.
            let area = self.last + draw.uniform() * (self.first - self.last);
            let x = self.inverse_integral(area);
            let rank = (x + 0.5).floor().clamp(1.0, self.over);
            if rank - x <= self.squeeze || area >= self.integral(rank + 0.5) - self.density(rank) {
                return rank as u64 - 1;
            }
        }
    }

    /// h(x) = x^−exponent.
    fn density(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// H(x) = (x^(1−exponent) − 1) / (1 − exponent), or ln x for exponent 1, without a jump there.
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        log * expm1_over((1.0 - self.exponent) * log)
    }

    /// The x with H(x) = `area`.
    fn inverse_integral(&self, area: f64) -> f64 {
        // Rounding may carry it below −1, where no x is.
        let t = (area * (1.0 - self.exponent)).max(-1.0);
        libm::exp(area * log1p_over(t))
    }
}

/// Below this, two terms of the series are exact and the quotient is not.
const SERIES_BELOW: f64 = 1e-8;

/// (e^t − 1) / t.
fn expm1_over(t: f64) -> f64 {
    if t.abs() < SERIES_BELOW { 1.0 + t / 2.0 } else { libm::expm1(t) / t }
}

/// ln(1 + t) / t.
fn log1p_over(t: f64) -> f64 {
    if t.abs() < SERIES_BELOW { 1.0 - t / 2.0 } else { libm::log1p(t) / t }
}

#[cfg(test)]
mod tests {
    use super::super::{oracle, stream};
    use super::Keys;

    const DRAWS: u32 = 200_000;

    /// Compares the frequencies of the first keys, and of all others together, with the exact ones.
    fn check(over: u64, exponent: f64) {
        let keys = Keys::zipf(over, exponent);
        let mut draws = stream(17, "zipf", "test");
        let shown = over.min(50);
        let mut counts = vec![0_u32; usize::try_from(shown).expect("at most 50") + 1];
        for _ in 0..DRAWS {
            let key = keys.draw(&mut draws);
            assert!(key < over);
            counts[usize::try_from(key.min(shown)).expect("at most 50")] += 1;
        }
        let weight = |key: u64| libm::pow(f64::from(u32::try_from(key + 1).expect("small")), -exponent);
        let total: f64 = (0..over).rev().map(weight).sum();
        let head: Vec<f64> = (0..shown).map(|key| weight(key) / total).collect();
        let rest = (1.0 - head.iter().sum::<f64>()).max(0.0);
        oracle::chi_square(&counts, &[head, vec![rest]].concat());
    }

    #[test]
    fn frequencies_follow_the_law() {
        for exponent in [0.0, 0.2, 0.5, 0.99, 1.0, 1.000_000_001, 1.1, 2.0, 5.0, 40.0] {
            for over in [1, 2, 3, 10, 100, 100_000] {
                check(over, exponent);
            }
        }
    }

    #[test]
    fn a_billion_keys_cost_no_more_than_ten() {
        // H(10^9) with exponent 1 is ln 10^9 + Euler's constant + 5 · 10^−10.
        let harmonic = 21.300_481_502_347_944;
        let keys = Keys::zipf(1_000_000_000, 1.0);
        let mut draws = stream(23, "zipf", "billion");
        let mut counts = [0_u32; 4];
        for _ in 0..DRAWS {
            let key = keys.draw(&mut draws);
            assert!(key < 1_000_000_000);
            counts[usize::try_from(key.min(3)).expect("at most 3")] += 1;
        }
        let head = [1.0, 0.5, 1.0 / 3.0].map(|weight| weight / harmonic);
        oracle::chi_square(&counts, &[head[0], head[1], head[2], 1.0 - head.iter().sum::<f64>()]);
    }

    #[test]
    fn a_fixed_key_is_that_key() {
        assert_eq!(Keys::Fixed(9).draw(&mut stream(1, "", "")), 9);
    }
}
