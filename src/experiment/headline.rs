//! The numbers that variants are compared by, the most important first.
//!
//! Most are public paths. Some stand for several components at once, since a direct variant has a service
//! where the other has a queue: their path has a `*`, and the worst of them counts, or their sum.

use crate::metrics::registry::Better;
use crate::scenario::MetricUnit;

use super::replications::Replications;

/// A number to compare variants by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headline {
    /// Its public path, with a `*` where it stands for several components.
    pub path: &'static str,
    /// What sentences and rows call it.
    pub name: &'static str,
    /// What heads its column, as short as can be.
    pub column_name: &'static str,
    /// What it is measured in.
    pub unit: MetricUnit,
    /// Which way is good, unless [`better_among`](Self::better_among) says otherwise.
    pub better: Better,
    /// What a `*` makes of several.
    over: Over,
}

/// How the numbers of several components become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// There is one.
    One,
    /// They are added up.
    Sum,
    /// The largest.
    Worst,
    /// The largest among what is worked off; none where one of them is left undone.
    LastDrain,
}

use Better::{Higher, Lower};
use MetricUnit::{Count, Milliseconds, PerSecond, Seconds};

const fn headline(
    path: &'static str,
    [name, column_name]: [&'static str; 2],
    unit: MetricUnit,
    better: Better,
    over: Over,
) -> Headline {
    Headline { path, name, column_name, unit, better, over }
}

/// What was taken that was not there.
const OVERSOLD: &str = "balance.*.oversold";

/// What was done for people, sold out or not.
const GROW_BY_OVERSELLING: [&str; 4] =
    ["operations.succeeded", "outcomes.done", "throughput.completed", "stores.*.throughput"];

/// All of them; a scenario has those that it measures.
pub const HEADLINES: &[Headline] = &[
    headline(OVERSOLD, ["oversold", "oversold"], Count, Lower, Over::Sum),
    headline("balance.*.forgotten", ["forgotten", "forgotten"], Count, Lower, Over::Sum),
    headline("balance.*.difference", ["missing from the sum", "missing"], Count, Lower, Over::Sum),
    headline("stores.*.lost_updates", ["lost updates", "lost updates"], Count, Lower, Over::Sum),
    headline("operations.succeeded", ["users served", "served"], Count, Higher, Over::One),
    headline("outcomes.done", ["messages done", "done"], Count, Higher, Over::One),
    headline("outcomes.lost", ["messages lost", "lost"], Count, Lower, Over::One),
    headline("ledger.duplicate_effects", ["duplicate effects", "effects again"], Count, Lower, Over::One),
    headline("ledger.duplicate_executions", ["duplicate executions", "runs again"], Count, Lower, Over::One),
    headline("ledger.out_of_order", ["out of order", "out of order"], Count, Lower, Over::One),
    headline("latency_ms.operation.p50", ["user wait p50", "user p50"], Milliseconds, Lower, Over::One),
    headline("latency_ms.operation.p99", ["user wait p99", "user p99"], Milliseconds, Lower, Over::One),
    headline("latency_ms.end_to_end.p50", ["end to end p50", "effect p50"], Milliseconds, Lower, Over::One),
    headline("latency_ms.end_to_end.p99", ["end to end p99", "effect p99"], Milliseconds, Lower, Over::One),
    headline("peak_shaving.*.peak_backlog", ["peak backlog", "backlog"], Count, Lower, Over::Worst),
    headline("peak_shaving.*.longest_wait", ["longest wait", "longest wait"], Seconds, Lower, Over::Worst),
    headline("peak_shaving.*.drain_time", ["drained in", "drained in"], Seconds, Lower, Over::LastDrain),
    headline("throughput.completed", ["completed", "completed"], PerSecond, Higher, Over::One),
    headline("stores.*.throughput", ["commits", "commits"], PerSecond, Higher, Over::Sum),
    headline("stores.*.conflicts", ["conflicts", "conflicts"], Count, Lower, Over::Sum),
    headline("stores.*.retries", ["transaction retries", "tried again"], Count, Lower, Over::Sum),
    headline("services.*.retries", ["call retries", "call retries"], Count, Lower, Over::Sum),
    headline("services.*.wasted_s", ["wasted work", "wasted work"], Seconds, Lower, Over::Sum),
    headline("stores.*.store_calls", ["store calls", "store calls"], Count, Lower, Over::Sum),
    headline("stores.*.cache_calls", ["cache calls", "cache calls"], Count, Lower, Over::Sum),
];

/// The headline of this path.
#[must_use]
pub fn headline_of(path: &str) -> Option<&'static Headline> {
    HEADLINES.iter().find(|headline| headline.path == path)
}

impl Headline {
    /// Its value in each run of an arm; `None` where the arm measures no such thing in any run.
    #[must_use]
    pub fn column(&self, arm: &Replications) -> Option<Vec<Option<f64>>> {
        if self.is_of_messages() && arm.measured("ledger.published").iter().all(|count| *count == 0.0) {
            return None;
        }
        let column = match self.over {
            Over::One => arm.column(self.path)?,
            Over::Sum => {
                self.several(arm, |values| values.iter().flatten().copied().reduce(|sum, value| sum + value))?
            }
            Over::Worst => self.several(arm, |values| values.iter().flatten().copied().reduce(f64::max))?,
            Over::LastDrain => drains(arm)?,
        };
        column.iter().any(Option::is_some).then_some(column)
    }

    /// Which way is good among these arms: neither for what was done for people where one of them oversold, since
    /// more of that is what was sold twice.
    #[must_use]
    pub fn better_among<'r>(&self, arms: impl IntoIterator<Item = &'r Replications>) -> Better {
        let misleads = GROW_BY_OVERSELLING.contains(&self.path) && arms.into_iter().any(has_oversold);
        if misleads { Better::Neither } else { self.better }
    }

    /// Whether it tells of messages, which a direct variant does not have: none done is no worse than some.
    fn is_of_messages(&self) -> bool {
        ["outcomes.", "ledger.", "throughput."].iter().any(|section| self.path.starts_with(section))
    }

    fn several(
        &self,
        arm: &Replications,
        one: impl Fn(&[Option<f64>]) -> Option<f64>,
    ) -> Option<Vec<Option<f64>>> {
        let (head, tail) = self.path.split_once('*')?;
        let matches = |path: &String| path.starts_with(head) && path.ends_with(tail);
        let at: Vec<usize> = (0..arm.paths.len()).filter(|at| matches(&arm.paths[*at])).collect();
        if at.is_empty() {
            return None;
        }
        let of_run =
            |numbers: &[Option<f64>]| -> Vec<Option<f64>> { at.iter().map(|at| numbers[*at]).collect() };
        Some(arm.runs.iter().map(|run| one(&of_run(&run.numbers))).collect())
    }
}

/// Whether more was taken than there was, in any run.
fn has_oversold(arm: &Replications) -> bool {
    let column = headline_of(OVERSOLD).and_then(|headline| headline.column(arm));
    column.is_some_and(|column| column.iter().flatten().any(|units| *units > 0.0))
}

/// Until when the last backlog was worked off. What nobody works on, such as a queue of dead letters, has no
/// say; what is worked on and not drained leaves the run without an answer.
fn drains(arm: &Replications) -> Option<Vec<Option<f64>>> {
    let ending = ".drain_time";
    let names = arm.paths.iter().filter_map(|path| path.strip_suffix(ending));
    let entries: Option<Vec<[usize; 3]>> = names
        .map(|name| {
            let at = |field: &str| arm.position(&format!("{name}.{field}"));
            Some([at("peak_out")?, at("peak_backlog")?, at("drain_time")?])
        })
        .collect();
    let entries = entries.filter(|entries| !entries.is_empty())?;
    let of_run = |numbers: &[Option<f64>]| {
        let mut last: Option<f64> = None;
        for [out, backlog, drain] in &entries {
            let has = |at: &usize| numbers[*at].is_some_and(|value| value > 0.0);
            if has(out) && has(backlog) {
                last = Some(last.unwrap_or(0.0).max(numbers[*drain]?));
            }
        }
        last
    };
    Some(arm.runs.iter().map(|run| of_run(&run.numbers)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Better, GROW_BY_OVERSELLING, OVERSOLD, headline_of};

    #[test]
    fn what_overselling_adds_to_is_otherwise_welcome() {
        assert!(headline_of(OVERSOLD).is_some_and(|headline| headline.better == Better::Lower));
        for path in GROW_BY_OVERSELLING {
            let headline = headline_of(path).unwrap_or_else(|| panic!("`{path}` is a headline"));
            assert!(headline.better == Better::Higher, "{path}");
        }
    }
}
