//! What keeps a caller from making things worse: retry budgets and circuit breakers.
//!
//! ```text
//!            failures in a row                  open_for over
//!  Closed ─────────────────────▶ Open ───────────────────────▶ HalfOpen ── a probe failed ─▶ Open
//!    ▲                                                             │
//!    └───────────────── as many probes succeeded ──────────────────┘
//! ```
//!
//! Pure: the time is an argument.

use crate::quantity::Time;
use crate::scenario::model::{Breaker, RetryBudget};

/// One instance's retry budget.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    rule: RetryBudget,
    tokens: f64,
}

impl Budget {
    /// A full one.
    #[must_use]
    pub fn new(rule: RetryBudget) -> Self {
        Self { rule, tokens: f64::from(rule.reserve) }
    }

    /// A call began, and earns its share of a retry.
    pub fn earn(&mut self) {
        self.tokens = (self.tokens + self.rule.ratio).min(f64::from(self.rule.reserve));
    }

    /// Takes a retry out; says whether there was one.
    pub fn spend(&mut self) -> bool {
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }
}

/// One instance's circuit breaker.
#[derive(Clone, Copy, Debug)]
pub struct Circuit {
    rule: Breaker,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Time },
    HalfOpen { let_through: u32, succeeded: u32 },
}

impl Circuit {
    /// A closed one.
    #[must_use]
    pub const fn new(rule: Breaker) -> Self {
        Self { rule, state: State::Closed { failures: 0 } }
    }

    /// Whether an attempt may be made at `now`; what is let through has to end.
    pub fn admits(&mut self, now: Time) -> bool {
        if let State::Open { until } = self.state
            && now >= until
        {
            self.state = State::HalfOpen { let_through: 0, succeeded: 0 };
        }
        match &mut self.state {
            State::Closed { .. } => true,
            State::Open { .. } => false,
            State::HalfOpen { let_through, .. } => {
                let is_probe = *let_through < self.rule.probes;
                *let_through += u32::from(is_probe);
                is_probe
            }
        }
    }

    /// An attempt that was let through succeeded.
    pub const fn succeeded(&mut self) {
        match &mut self.state {
            State::Closed { failures } => *failures = 0,
            State::HalfOpen { succeeded, .. } => {
                *succeeded += 1;
                if *succeeded >= self.rule.probes {
                    self.state = State::Closed { failures: 0 };
                }
            }
            // It was let through before the circuit opened.
            State::Open { .. } => {}
        }
    }

    /// An attempt that was let through failed.
    pub fn failed(&mut self, now: Time) {
        let opens = match &mut self.state {
            State::Closed { failures } => {
                *failures += 1;
                *failures >= self.rule.failures
            }
            State::HalfOpen { .. } => true,
            State::Open { .. } => false,
        };
        if opens {
            self.state = State::Open { until: now + self.rule.open_for };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Circuit};
    use crate::quantity::{Span, Time};
    use crate::scenario::model::{Breaker, RetryBudget};

    const fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_budget_spends_its_reserve_and_then_what_calls_earn() {
        let mut budget = Budget::new(RetryBudget { ratio: 0.25, reserve: 2 });
        assert_eq!([(); 3].map(|()| budget.spend()), [true, true, false]);
        (0..4).for_each(|_| budget.earn());
        assert_eq!([(); 2].map(|()| budget.spend()), [true, false]);
        (0..100).for_each(|_| budget.earn());
        assert_eq!([(); 3].map(|()| budget.spend()), [true, true, false]);
    }

    #[test]
    fn a_circuit_opens_probes_and_closes() {
        let rule = Breaker { failures: 2, open_for: Span::from_seconds(10), probes: 1 };
        let mut circuit = Circuit::new(rule);
        circuit.failed(at(0));
        circuit.succeeded();
        circuit.failed(at(1));
        assert!(circuit.admits(at(1)), "a success in between starts the count again");
        circuit.failed(at(2));
        assert!(!circuit.admits(at(11)));
        assert!(circuit.admits(at(12)) && !circuit.admits(at(12)), "one probe at a time");
        circuit.failed(at(13));
        assert!(!circuit.admits(at(22)) && circuit.admits(at(23)));
        circuit.succeeded();
        assert!(circuit.admits(at(23)) && circuit.admits(at(23)));
    }
}
