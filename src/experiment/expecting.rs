//! Expectations over several seeds: held, broken, or not to be said.
//!
//! An exact value is asked of every run. Any other bound is asked of the mean, and the answer is open while
//! the interval of the mean straddles it. Knows no units and no wording but its reasons.

use crate::metrics::summary::Verdict;
use crate::metrics::verdict::{describe, holds, overall};
use crate::scenario::model::{Condition, Expectation};

use super::replications::Replications;
use super::spread::{Spread, of_values};

/// One expectation with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The metric as the user named it.
    pub metric: String,
    /// Its whole path.
    pub path: String,
    /// The bound, readable.
    pub condition: String,
    /// The metric over the runs; `None` if nothing was measured.
    pub spread: Option<Spread>,
    /// Runs in which it came true.
    pub held_in: usize,
    /// Runs in which it was measured.
    pub of: usize,
    /// The first seed that broke it by itself.
    pub broken_by: Option<u64>,
    /// What follows.
    pub verdict: Verdict,
    /// Why it is unknown, if it is.
    pub reason: Option<String>,
}

/// Judges every expectation.
#[must_use]
pub fn judge(expectations: &[Expectation], arm: &Replications) -> Vec<Judged> {
    expectations.iter().map(|expectation| judge_one(expectation, arm)).collect()
}

/// All of them together.
#[must_use]
pub fn verdict(judged: &[Judged]) -> Verdict {
    overall(judged.iter().map(|one| one.verdict))
}

fn judge_one(expectation: &Expectation, arm: &Replications) -> Judged {
    let condition = expectation.condition;
    let column = arm.column(&expectation.path).unwrap_or_default();
    let measured: Vec<(u64, f64)> =
        arm.runs.iter().zip(column).filter_map(|(run, value)| Some((run.seed, value?))).collect();
    let values: Vec<f64> = measured.iter().map(|(_, value)| *value).collect();
    let spread = of_values(&values, &expectation.path);
    let held_in = values.iter().filter(|value| holds(condition, **value)).count();
    let broken_by = measured.iter().find(|(_, value)| !holds(condition, *value)).map(|(seed, _)| *seed);
    let (verdict, reason) = match (silent_fault(expectation, arm, broken_by.is_none()), &spread) {
        (Some(fault), _) => (Verdict::Unknown, Some(format!("the fault `{fault}` never fired in any run"))),
        (None, None) => (Verdict::Unknown, Some("nothing was measured".to_owned())),
        (None, Some(spread)) => weigh(condition, spread, broken_by),
    };
    let (metric, path) = (expectation.metric.clone(), expectation.path.clone());
    let condition = describe(expectation);
    Judged { metric, path, condition, spread, held_in, of: values.len(), broken_by, verdict, reason }
}

/// A fault without which the expectation says nothing and that never struck.
fn silent_fault<'e>(expectation: &'e Expectation, arm: &Replications, holds: bool) -> Option<&'e String> {
    let own_fault = expectation.path.strip_prefix("faults.");
    expectation.needs.iter().find(|name| {
        let is_own = own_fault.is_some_and(|path| path.starts_with(name.as_str()));
        let fired: f64 = arm.measured(&format!("faults.{name}.fired")).iter().sum();
        fired == 0.0 && !(is_own && holds)
    })
}

fn weigh(condition: Condition, spread: &Spread, broken_by: Option<u64>) -> (Verdict, Option<String>) {
    let each_run = if broken_by.is_some() { Verdict::Broken } else { Verdict::Held };
    let Some(interval) = spread.interval.filter(|_| !matches!(condition, Condition::Equal(_))) else {
        return (each_run, None);
    };
    // Every condition is met on one stretch, so what its ends meet is met between them.
    if holds(condition, interval.low) && holds(condition, interval.high) {
        return (Verdict::Held, None);
    }
    let is_beyond = match condition {
        Condition::Equal(_) => unreachable!("an exact value is asked of every run"),
        Condition::Less(bound) => interval.low >= bound,
        Condition::AtMost(bound) => interval.low > bound,
        Condition::More(bound) => interval.high <= bound,
        Condition::AtLeast(bound) => interval.high < bound,
        Condition::Between(low, high) => interval.high < low || interval.low > high,
    };
    if is_beyond {
        return (Verdict::Broken, None);
    }
    (Verdict::Unknown, Some("the interval straddles the bound: more runs may tell".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::weigh;
    use crate::experiment::spread::of_values;
    use crate::metrics::summary::Verdict;
    use crate::scenario::model::Condition;

    fn verdict(condition: Condition, values: &[f64], path: &str) -> Verdict {
        let spread = of_values(values, path).expect("there are values");
        let broken = values.iter().position(|value| !crate::metrics::verdict::holds(condition, *value));
        weigh(condition, &spread, broken.map(|at| at as u64)).0
    }

    #[test]
    fn an_interval_across_the_bound_says_nothing() {
        // Mean 2, interval 2 ± 2.48.
        let values = [1.0, 2.0, 3.0];
        let of = |condition| verdict(condition, &values, "throughput.offered");
        assert_eq!(of(Condition::Less(5.0)), Verdict::Held);
        assert_eq!(of(Condition::Less(3.0)), Verdict::Unknown);
        assert_eq!(of(Condition::Less(-1.0)), Verdict::Broken);
        assert_eq!(of(Condition::AtLeast(5.0)), Verdict::Broken);
        assert_eq!(of(Condition::Between(-1.0, 5.0)), Verdict::Held);
        assert_eq!(of(Condition::Between(2.0, 5.0)), Verdict::Unknown);
    }

    #[test]
    fn an_exact_value_is_asked_of_every_run() {
        let of = |values: &[f64]| verdict(Condition::Equal(0.0), values, "outcomes.lost");
        assert_eq!(of(&[0.0, 0.0]), Verdict::Held);
        assert_eq!(of(&[0.0, 1.0]), Verdict::Broken);
    }

    #[test]
    fn no_loss_in_four_runs_still_allows_one_half() {
        let of =
            |runs: usize, bound| verdict(Condition::Less(bound), &vec![0.0; runs], "rates.loss_rate.value");
        assert_eq!(of(4, 0.01), Verdict::Unknown);
        assert_eq!(of(4, 0.53), Verdict::Held);
        assert_eq!(of(300, 0.01), Verdict::Held);
    }
}
