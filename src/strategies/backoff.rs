//! How long to wait before a retry.
//!
//! The jitters are those of "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

use crate::kernel::chance::Draw;
use crate::quantity::Span;
use crate::scenario::model::{Backoff, Jitter};

/// The wait before retry number `retry` (from 0), after a wait of `previous` before the last one.
///
/// Without jitter: base · factor^retry, at most the cap. A policy without jitter draws nothing.
#[must_use]
pub fn wait_before(policy: &Backoff, retry: u32, previous: Span, draw: &mut impl Draw) -> Span {
    let grown = policy.base.as_nanos_f64() * libm::pow(policy.factor, f64::from(retry));
    let cap = policy.cap.map_or(f64::INFINITY, Span::as_nanos_f64);
    let full = grown.min(cap);
    let nanos = match policy.jitter {
        Jitter::None => full,
        Jitter::Full => full * draw.uniform(),
        Jitter::Equal => full / 2.0 * (1.0 + draw.uniform()),
        Jitter::Decorrelated => {
            let base = policy.base.as_nanos_f64();
            let upper = (3.0 * previous.as_nanos_f64()).max(base);
            (base + (upper - base) * draw.uniform()).min(cap)
        }
    };
    Span::from_nanos_f64(nanos)
}

#[cfg(test)]
mod tests {
    use super::wait_before;
    use crate::kernel::chance::stream;
    use crate::quantity::Span;
    use crate::scenario::model::{Backoff, Jitter};

    fn policy(jitter: Jitter) -> Backoff {
        Backoff { base: Span::from_millis(50), factor: 2.0, cap: Some(Span::from_millis(300)), jitter }
    }

    #[test]
    fn without_jitter_it_doubles_up_to_the_cap() {
        let mut stream = stream(1, "backoff", "test");
        let waits = (0..5).map(|n| wait_before(&policy(Jitter::None), n, Span::ZERO, &mut stream));
        let millis: Vec<u64> = waits.map(|wait| wait.as_nanos() / 1_000_000).collect();
        assert_eq!(millis, [50, 100, 200, 300, 300]);
    }

    #[test]
    fn each_jitter_stays_in_its_range() {
        let mut stream = stream(1, "backoff", "test");
        let mut previous = Span::from_millis(50);
        for _ in 0..10_000 {
            let full = wait_before(&policy(Jitter::Full), 1, Span::ZERO, &mut stream);
            assert!(full <= Span::from_millis(100));
            let equal = wait_before(&policy(Jitter::Equal), 1, Span::ZERO, &mut stream);
            assert!(equal >= Span::from_millis(50) && equal <= Span::from_millis(100));
            let most = previous.saturating_mul(3).max(Span::from_millis(50)).min(Span::from_millis(300));
            previous = wait_before(&policy(Jitter::Decorrelated), 1, previous, &mut stream);
            assert!(previous >= Span::from_millis(50) && previous <= most);
        }
    }
}
