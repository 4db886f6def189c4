//! What one run measured, as plain data under its public names.
//!
//! [`Summary::tree`] (in `published`) lists every number in the order of the published JSON; the registry
//! describes each of them. Knows neither how the numbers came about nor how they are shown.

use crate::quantity::{Span, Time};

use super::store::{Balance, StoreSummary};

/// Everything one run of one seed measured.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The scenario's name.
    pub scenario: String,
    /// The seed it ran with.
    pub seed: u64,
    /// A fold of every event; equal hashes mean equal runs.
    pub trace_hash: u64,
    /// When the run ended.
    pub ended_at: Time,
    /// Where warm-up ended; statistics begin here.
    pub warm_up_until: Time,
    /// Events the kernel dispatched.
    pub events: u64,
    /// What users experienced.
    pub operations: Operations,
    /// The three-level ledger.
    pub ledger: Ledger,
    /// Where every (message, group) ended.
    pub outcomes: Outcomes,
    /// The ledger's rates.
    pub rates: Rates,
    /// Flows per second, over [warm-up, end).
    pub throughput: Throughput,
    /// Distributions of spans, by public name, in the published order.
    pub latencies: Vec<(&'static str, Latency)>,
    /// (message, group) pairs published after the warm-up that never had an effect: they are missing
    /// from `end_to_end`.
    pub end_to_end_missing: u64,
    /// By queue name, in the scenario's order.
    pub queues: Vec<(String, QueueSummary)>,
    /// By consumer name, in the scenario's order.
    pub consumers: Vec<(String, ConsumerSummary)>,
    /// By store name, in the scenario's order.
    pub stores: Vec<(String, StoreSummary)>,
    /// Of the tables that steps change, in the scenario's order.
    pub balance: Vec<Balance>,
    /// By service name, in the scenario's order.
    pub services: Vec<(String, ServiceSummary)>,
    /// By the name of a queue, then of a service, in the scenario's order.
    pub peak_shaving: Vec<(String, PeakShaving)>,
    /// By fault name, in the scenario's order.
    pub faults: Vec<(String, FaultCount)>,
    /// In the scenario's order.
    pub expectations: Vec<Expected>,
    /// All expectations together.
    pub verdict: Verdict,
    /// How long publishers were blocked in all, because the broker's memory limit was reached.
    pub publishers_blocked_for: Span,
    /// What a reader should know before believing the numbers, as plain sentences
    /// (a fault that never fired, a drain that did not end, a run too short for its warm-up).
    pub remarks: Vec<String>,
}

/// Declares a struct of counters together with its public names in order.
macro_rules! counters {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name { $($(#[$field_doc])* pub $field: u64),* }

        impl $name {
            /// Name and value of every counter, in the published order.
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}

pub(super) use counters;

counters!(
    /// How operations ended; the five endings add up to `started`. What they changed is counted beside that.
    Operations {
        /// Arrivals that began their `do` list.
        started,
        /// Reached the end of the list.
        succeeded,
        /// Were told no.
        rejected,
        /// Heard nothing in time.
        timed_out,
        /// Ended in any other way.
        failed,
        /// Were still running at the end.
        unfinished,
        /// Operations whose user was told that they had not succeeded, and which changed a store all the same.
        applied_after_giving_up,
        /// Commits beyond the first of the same step for one operation, by its retries.
        applied_again,
    }
);

impl Operations {
    /// How many ended, those included that were still running at the end.
    #[must_use]
    pub const fn endings(&self) -> u64 {
        self.succeeded + self.rejected + self.timed_out + self.failed + self.unfinished
    }
}

counters!(
    /// Counts of messages, copies, deliveries, executions and effects.
    Ledger {
        /// Messages.
        published,
        /// (message, group) pairs that should have an effect.
        expected_effects,
        /// Messages that no binding selected.
        unroutable,
        /// Unroutable messages sent back to their producer.
        returned,
        /// Copies the broker accepted.
        stored,
        /// Copies beyond the first of their message in one queue.
        stored_duplicates,
        /// Copies refused because their id was in the dedup window.
        deduplicated,
        /// Messages whose producer got a confirm.
        confirmed,
        /// Confirmed (message, group) pairs that ended lost.
        lost_confirmed,
        /// Copies sent to a consumer.
        deliveries,
        /// Deliveries beyond the first of their copy.
        redeliveries,
        /// Handlers that reached `worked`.
        executions,
        /// Executions beyond the first of their (message, group).
        duplicate_executions,
        /// Deliveries that an idempotency guard stopped.
        suppressed,
        /// Suppressed deliveries whose message had no effect yet.
        suppressed_without_effect,
        /// Effects applied.
        effects,
        /// Effects beyond the first of their (message, group, step).
        duplicate_effects,
        /// (message, group) pairs left with some of their effects but not all.
        partial_effects,
        /// Handlers that decided against an effect.
        declined,
        /// Acks that consumers sent.
        acks_sent,
        /// Acks that reached the broker.
        acks_received,
        /// Acks for a delivery that had been taken back.
        late_acks,
        /// Negative acks that reached the broker.
        nacks,
        /// Ack timeouts that struck.
        ack_timeouts,
        /// Copies moved to a dead-letter queue.
        dead_lettered,
        /// Dead-lettered copies whose effect had been applied.
        dead_lettered_after_effect,
        /// Executions after a later-published message of the same key in the same group.
        out_of_order,
        /// Deliveries of a deliberate replay.
        replayed,
    }
);

counters!(
    /// Where every (message, group) ended; they add up to `expected_effects`.
    Outcomes {
        /// Its effect was applied at least once.
        done,
        /// A handler decided against it.
        declined,
        /// Still under way when the run ended.
        unfinished,
        /// Its last copy was moved to a dead-letter queue.
        dead_lettered,
        /// Its last copy outlived its time to live.
        expired,
        /// Its last copy was thrown away on purpose.
        dropped,
        /// No copy was left, and the producer knows.
        refused,
        /// No effect, no copy, and nobody who could act knows.
        lost,
    }
);

counters!(
    /// What one group of consumers lost and did again.
    Harm {
        /// Messages lost, of those meant for the group.
        lost,
        /// Those of them whose producer got a confirm.
        lost_confirmed,
        /// Executions beyond the first of their message.
        duplicate_executions,
    }
);

impl Outcomes {
    /// The sum, which equals `expected_effects`.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.named().iter().map(|(_, count)| count).sum()
    }
}

/// A count over the count it is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fraction {
    /// What is counted.
    pub numerator: u64,
    /// Out of how many.
    pub denominator: u64,
}

impl Fraction {
    /// Their quotient; `None` for 0/0.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are out of reach")]
    pub fn value(self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }
}

/// The ledger's rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Redeliveries per copy delivered at least once.
    pub redelivery_rate: Fraction,
    /// Duplicate executions per (message, group) executed at least once; can exceed 1.
    pub duplicate_consumption_rate: Fraction,
    /// (message, group) executed more than once per executed at least once.
    pub affected_rate: Fraction,
    /// Duplicate effects per (message, group) with at least one effect.
    pub duplicate_effect_rate: Fraction,
    /// Lost per expected effect.
    pub loss_rate: Fraction,
}

impl Rates {
    /// Name and value of every rate, in the published order.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Fraction); 5] {
        [
            ("redelivery_rate", self.redelivery_rate),
            ("duplicate_consumption_rate", self.duplicate_consumption_rate),
            ("affected_rate", self.affected_rate),
            ("duplicate_effect_rate", self.duplicate_effect_rate),
            ("loss_rate", self.loss_rate),
        ]
    }
}

/// Flows, per second; `None` when no time passed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Throughput {
    /// Messages published.
    pub offered: Option<f64>,
    /// Copies stored.
    pub accepted: Option<f64>,
    /// Executions.
    pub executed: Option<f64>,
    /// First effects.
    pub completed: Option<f64>,
}

/// A distribution of spans, summed up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latency {
    /// How many were measured.
    pub count: u64,
    /// Their exact mean, in milliseconds; `None` without any (as all that follow).
    pub mean_ms: Option<f64>,
    /// 50th percentile, within 0.1 %.
    pub p50_ms: Option<f64>,
    /// 90th percentile, within 0.1 %.
    pub p90_ms: Option<f64>,
    /// 99th percentile, within 0.1 %.
    pub p99_ms: Option<f64>,
    /// 99.9th percentile, within 0.1 %.
    pub p999_ms: Option<f64>,
    /// The exact largest.
    pub max_ms: Option<f64>,
    /// The complementary distribution for charts: (milliseconds, share of spans that are longer),
    /// ascending in milliseconds, falling in share; at most a few hundred points.
    pub tail: Vec<(f64, f64)>,
}

/// A quantity over time, summed up over [warm-up, end).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Time average; `None` when no time passed.
    pub mean: Option<f64>,
    /// The largest.
    pub peak: f64,
    /// When it was first reached, in seconds.
    pub peak_at_s: f64,
}

/// One queue's levels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueSummary {
    /// Ready copies.
    pub depth: Level,
    /// Delivered, unacked copies.
    pub unacked: Level,
    /// Age of the oldest ready copy, in seconds.
    pub oldest_age_s: Level,
    /// What its consumers lost and did again.
    pub harm: Harm,
    /// Course of the run, for charts and `series.csv`.
    pub series: Vec<QueuePoint>,
}

/// One queue in one window of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QueuePoint {
    /// When the window ends, in seconds.
    pub until_s: f64,
    /// How long it is, in seconds (the last one may be shorter).
    pub length_s: f64,
    /// Copies stored in the window.
    pub stored: u64,
    /// Executions in the window.
    pub executed: u64,
    /// First effects in the window.
    pub completed: u64,
    /// Ready copies at the window's end.
    pub depth: u64,
    /// Unacked copies at the window's end.
    pub unacked: u64,
    /// Copies whose handling has not started, at the window's end.
    pub backlog: u64,
    /// The largest backlog within the window.
    pub backlog_peak: u64,
    /// Age of the oldest ready copy at the window's end, in seconds.
    pub oldest_age_s: f64,
}

/// One consumer group of instances.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ConsumerSummary {
    /// Instances.
    pub instances: u32,
    /// Mean running handlers over the handlers that could run.
    pub utilization: Option<f64>,
    /// How evenly instances share the handlings; 1 is all alike, 1 over their number is one alone.
    pub fairness: Option<f64>,
    /// Handlers running.
    pub concurrency: Level,
    /// Deliveries waiting in prefetch buffers.
    pub queue_length: Level,
}

/// One service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceSummary {
    /// Instances.
    pub instances: u32,
    /// Attempts at calls.
    pub calls: u64,
    /// Those beyond a step's first.
    pub retries: u64,
    /// Attempts that were told no: full, or stopped by a circuit breaker.
    pub rejected: u64,
    /// Attempts that heard nothing in time.
    pub timed_out: u64,
    /// Attempts that failed in any other way.
    pub failed: u64,
    /// Handlers that ended, well or not.
    pub handled: u64,
    /// Handlers that ended for a caller that had given up.
    pub wasted: u64,
    /// Their seconds.
    pub wasted_s: f64,
    /// From a request's receipt to the start of its handling.
    pub service_wait: Latency,
    /// Mean running handlers over the handlers that could run.
    pub utilization: Option<f64>,
    /// Handlers running.
    pub concurrency: Level,
    /// Requests waiting.
    pub queue_length: Level,
    /// Course of the run: `stored` are requests received, `executed` handlers at `worked`, `completed` handlers
    /// that succeeded, `depth` and `backlog` requests waiting, `unacked` handlers running.
    pub series: Vec<QueuePoint>,
}

/// How a queue or a service shaved its peak.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PeakShaving {
    /// The largest number stored in a window of 1 s aligned to 0.
    pub peak_in: f64,
    /// The largest number executed in such a window.
    pub peak_out: f64,
    /// 1 − `peak_out`/`peak_in`.
    pub shaved: Option<f64>,
    /// The largest number of copies whose handling had not started.
    pub peak_backlog: u64,
    /// When, in seconds.
    pub peak_backlog_at: f64,
    /// Seconds from the end of the phase with the highest rate, or else from the peak, until the
    /// backlog was back; `None` if it never was.
    pub drain_time: Option<f64>,
    /// The longest time from a copy's enqueueing to the start of its handling, in seconds.
    pub longest_wait: f64,
}

/// How often a fault struck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultCount {
    /// How often it was due, where that is known beforehand.
    pub planned: Option<u64>,
    /// How often it struck.
    pub fired: u64,
}

/// Whether an expectation, or all of them, came true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did, or nothing was expected.
    Held,
    /// It did not.
    Broken,
    /// It cannot be said.
    Unknown,
}

/// One expectation with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The metric as the user named it.
    pub metric: String,
    /// The bound, readable (`< 5s`, `== 0`).
    pub condition: String,
    /// What was measured, in the metric's unit; `None` if nothing was.
    pub value: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
    /// Why it is unknown, if it is.
    pub reason: Option<String>,
}

impl Verdict {
    /// Its name in the results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

impl ServiceSummary {
    /// Attempts over calls, those stopped by a circuit breaker included; `None` without any.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are out of reach")]
    pub fn attempts_per_call(&self) -> Option<f64> {
        let begun = self.calls - self.retries;
        (begun > 0).then(|| self.calls as f64 / begun as f64)
    }

    /// Handlers that ended for a caller that had given up, of all that ended; `None` without any.
    #[must_use]
    pub fn wasted_share(&self) -> Option<f64> {
        Fraction { numerator: self.wasted, denominator: self.handled }.value()
    }
}

impl Summary {
    /// The course of the run as a queue, or else a service, of this name saw it.
    #[must_use]
    pub fn course(&self, name: &str) -> Option<&[QueuePoint]> {
        let queue = self.queues.iter().find(|(queue, _)| queue == name).map(|(_, queue)| &queue.series);
        let service = || self.services.iter().find(|(service, _)| service == name);
        queue.or_else(|| service().map(|(_, service)| &service.series)).map(Vec::as_slice)
    }

    /// The span statistics cover.
    #[must_use]
    pub const fn measured_for(&self) -> Span {
        self.ended_at.since(self.warm_up_until)
    }

    /// What an expectation may name: a number of [`Self::tree`], or of the run itself.
    #[must_use]
    pub fn number(&self, path: &str) -> Option<f64> {
        self.outline().number(path)
    }
}
