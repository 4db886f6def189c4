//! What every source of random numbers can do.
//!
//! Owns the conversions from raw bits to fractions, bounded integers and yes or no. Does not know
//! where the bits come from.

/// A source of independent, evenly distributed 64-bit numbers.
pub trait Draw {
    /// The next 64 bits.
    fn next_u64(&mut self) -> u64;

    /// A fraction in [0, 1): a multiple of 2^−53, each as likely.
    fn uniform(&mut self) -> f64 {
        fraction(self.next_u64())
    }

    /// A fraction in (0, 1), symmetric about one half: an odd multiple of 2^−53, each as likely.
    ///
    /// For inverting distribution functions that are infinite at 0 or 1.
    fn open_uniform(&mut self) -> f64 {
        open_fraction(self.next_u64())
    }

    /// An integer in `0..bound`, each exactly as likely (Lemire 2019, "Fast random integer generation
    /// in an interval"). One draw nearly always; more with probability below `bound` / 2^64.
    fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "no integer is below 0");
        let mut product = u128::from(self.next_u64()) * u128::from(bound);
        if low(product) < bound {
            // 2^64 mod bound: this many of the 2^64 products would make small results likelier.
            let excess = bound.wrapping_neg() % bound;
            while low(product) < excess {
                product = u128::from(self.next_u64()) * u128::from(bound);
            }
        }
        high(product)
    }

    /// Whether something of this probability happens. Draws nothing if it cannot or must.
    fn happens(&mut self, probability: f64) -> bool {
        if probability <= 0.0 {
            return false;
        }
        probability >= 1.0 || self.uniform() < probability
    }
}

/// The upper 53 bits as a fraction in [0, 1).
#[expect(clippy::cast_precision_loss, reason = "53 bits fit into the mantissa")]
pub(super) fn fraction(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (bits >> 11) as f64 * STEP
}

/// The upper 52 bits as a fraction in (0, 1). 52, because with 53 the largest would round to 1.
#[expect(clippy::cast_precision_loss, reason = "52 bits and a half fit into the mantissa")]
fn open_fraction(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 52) as f64;
    ((bits >> 12) as f64 + 0.5) * STEP
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
const fn low(product: u128) -> u64 {
    product as u64
}

const fn high(product: u128) -> u64 {
    (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::{Draw, fraction, open_fraction};

    /// Gives these numbers, then panics.
    struct Scripted(Vec<u64>);

    impl Draw for Scripted {
        fn next_u64(&mut self) -> u64 {
            self.0.remove(0)
        }
    }

    #[test]
    fn fractions_stay_inside_their_interval() {
        assert!(fraction(0).abs() < f64::MIN_POSITIVE);
        assert!(fraction(u64::MAX) < 1.0);
        assert!(open_fraction(0) > 0.0);
        assert!(open_fraction(u64::MAX) < 1.0);
        assert!((open_fraction(0) + open_fraction(u64::MAX) - 1.0).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn bounded_integers_reject_what_would_bias_them() {
        // 2^64 mod 3 is 1: exactly the product with low half 0 must be drawn again.
        let mut draw = Scripted(vec![0, u64::MAX]);
        assert_eq!(draw.below(3), 2);
        assert!(draw.0.is_empty());
        let mut draw = Scripted(vec![u64::MAX]);
        assert_eq!(draw.below(u64::MAX), u64::MAX - 1);
    }

    #[test]
    fn certainty_and_impossibility_draw_nothing() {
        let mut draw = Scripted(Vec::new());
        assert!(!draw.happens(0.0));
        assert!(draw.happens(1.0));
        assert!(Scripted(vec![0]).happens(1e-9));
        assert!(!Scripted(vec![u64::MAX]).happens(1.0 - 1e-9));
    }
}
