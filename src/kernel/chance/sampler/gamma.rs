//! The Erlang distribution: sums of exponentials.
//!
//! Few of them are summed; many are drawn as a gamma variable, at a cost that does not grow.

use crate::quantity::Span;

use super::super::draw::Draw;
use super::super::normal;
use super::Spread;

/// Up to this many factors are multiplied. Each is at least 2^−53, so the product stays a normal
/// float (2^−848), and beyond it rejection is faster.
const MOST_FACTORS: u32 = 16;

/// The sum of independent exponentials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erlang {
    k: u32,
    /// Mean of one of them.
    scale: f64,
}

impl Erlang {
    pub(super) fn new(k: u32, mean: Span) -> Self {
        assert!(k > 0, "an Erlang distribution sums at least one exponential");
        Self { k, scale: mean.as_nanos_f64() / f64::from(k) }
    }
}

impl Spread for Erlang {
    fn draw(&self, draw: &mut impl Draw) -> f64 {
        if self.k > MOST_FACTORS {
            return self.scale * standard_gamma(f64::from(self.k), draw);
        }
        let product = (0..self.k).fold(1.0, |product, _| product * (1.0 - draw.open_uniform()));
        -self.scale * libm::log(product)
    }

    fn mean(&self) -> f64 {
        self.scale * f64::from(self.k)
    }

    fn second_moment(&self) -> f64 {
        self.scale * self.scale * f64::from(self.k) * (f64::from(self.k) + 1.0)
    }
}

/// A gamma variable of this shape, at least 1, and scale 1. Marsaglia and Tsang 2000, "A simple
/// method for generating gamma variables"; rejects fewer than 1 in 100 at the shapes used here.
fn standard_gamma(shape: f64, draw: &mut impl Draw) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = normal::quantile(draw.open_uniform());
        let root = 1.0 + c * z;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        if libm::log(draw.open_uniform()) < 0.5 * z * z + d * (1.0 - v + libm::log(v)) {
            return d * v;
        }
    }
}
