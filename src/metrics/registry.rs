//! The table of public metrics: what each is called, measured in, and means.
//!
//! `expect:` resolves names through it, the reference page prints it, and a test holds it to what
//! [`super::summary::Summary::tree`] really publishes.

use crate::scenario::{MetricPattern, MetricUnit};

use MetricUnit::{Count, Milliseconds, Number, PerSecond, Ratio, Seconds};

/// Whether less or more of it is what people want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// It depends.
    Neither,
}

/// A public metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its path in the results; `*` stands for the name of a component or fault.
    pub path: &'static str,
    /// What it is measured in.
    pub unit: MetricUnit,
    /// Which way is good.
    pub better: Better,
    /// What it is.
    pub definition: &'static str,
}

use Better::{Higher, Lower, Neither};

const fn metric(path: &'static str, unit: MetricUnit, better: Better, definition: &'static str) -> Metric {
    Metric { path, unit, better, definition }
}

/// The seven numbers of one latency.
macro_rules! latency {
    ($name:literal, $definition:literal) => {
        latency!(at "latency_ms.", $name, $definition)
    };
    (at $section:literal, $name:literal, $definition:literal) => {
        [
            metric(
                concat!($section, $name, ".count"),
                Count,
                Neither,
                concat!("how many were measured: ", $definition),
            ),
            metric(
                concat!($section, $name, ".mean"),
                Milliseconds,
                Lower,
                concat!("exact mean: ", $definition),
            ),
            metric(
                concat!($section, $name, ".p50"),
                Milliseconds,
                Lower,
                concat!("median: ", $definition),
            ),
            metric(
                concat!($section, $name, ".p90"),
                Milliseconds,
                Lower,
                concat!("90th percentile: ", $definition),
            ),
            metric(
                concat!($section, $name, ".p99"),
                Milliseconds,
                Lower,
                concat!("99th percentile: ", $definition),
            ),
            metric(
                concat!($section, $name, ".p999"),
                Milliseconds,
                Lower,
                concat!("99.9th percentile: ", $definition),
            ),
            metric(
                concat!($section, $name, ".max"),
                Milliseconds,
                Lower,
                concat!("exact largest: ", $definition),
            ),
        ]
    };
}

/// The three numbers of a level.
macro_rules! level {
    ($path:literal, $unit:expr, $definition:literal) => {
        [
            metric(concat!($path, ".mean"), $unit, Lower, concat!("average over time: ", $definition)),
            metric(concat!($path, ".peak"), $unit, Lower, concat!("largest: ", $definition)),
            metric(
                concat!($path, ".peak_at_s"),
                Seconds,
                Neither,
                concat!("when it was largest: ", $definition),
            ),
        ]
    };
}

/// A rate with what it is made of.
macro_rules! rate {
    ($name:literal, $numerator:literal, $denominator:literal) => {
        [
            metric(
                concat!("rates.", $name, ".value"),
                Ratio,
                Lower,
                concat!($numerator, " / ", $denominator),
            ),
            metric(concat!("rates.", $name, ".numerator"), Count, Neither, $numerator),
            metric(concat!("rates.", $name, ".denominator"), Count, Neither, $denominator),
        ]
    };
}

const COUNTS: &[Metric] = &[
    metric("operations.started", Count, Neither, "arrivals that began their `do` list"),
    metric("operations.succeeded", Count, Higher, "operations that reached the end of their list"),
    metric("operations.rejected", Count, Lower, "operations that were told no"),
    metric("operations.timed_out", Count, Lower, "operations that heard nothing in time"),
    metric("operations.failed", Count, Lower, "operations that ended in any other way"),
    metric("operations.unfinished", Count, Lower, "operations still running at the end"),
    metric(
        "operations.applied_after_giving_up",
        Count,
        Lower,
        "operations whose user was told that they had not succeeded, and which changed a store all the same",
    ),
    metric(
        "operations.applied_again",
        Count,
        Lower,
        "commits beyond the first of the same step for one operation, by its retries",
    ),
    metric("ledger.published", Count, Neither, "messages, whatever their publish retries"),
    metric(
        "ledger.expected_effects",
        Count,
        Neither,
        "(message, consumer group) pairs that should have an effect",
    ),
    metric("ledger.unroutable", Count, Lower, "messages that no binding selected"),
    metric("ledger.returned", Count, Lower, "unroutable messages sent back to their producer"),
    metric("ledger.stored", Count, Neither, "copies the broker accepted"),
    metric(
        "ledger.stored_duplicates",
        Count,
        Lower,
        "copies beyond the first of their message in the same queue",
    ),
    metric("ledger.deduplicated", Count, Neither, "copies refused because their id was in the dedup window"),
    metric("ledger.confirmed", Count, Higher, "messages whose producer got a confirm"),
    metric("ledger.lost_confirmed", Count, Lower, "confirmed (message, group) pairs that ended lost"),
    metric("ledger.deliveries", Count, Neither, "copies sent to a consumer"),
    metric("ledger.redeliveries", Count, Lower, "deliveries beyond the first of the same copy and group"),
    metric("ledger.executions", Count, Neither, "handlers that reached the point `worked`"),
    metric(
        "ledger.duplicate_executions",
        Count,
        Lower,
        "executions beyond the first of their (message, group)",
    ),
    metric("ledger.suppressed", Count, Neither, "deliveries that an idempotency guard stopped"),
    metric(
        "ledger.suppressed_without_effect",
        Count,
        Lower,
        "suppressed deliveries where no effect existed yet",
    ),
    metric("ledger.effects", Count, Neither, "effects applied"),
    metric(
        "ledger.duplicate_effects",
        Count,
        Lower,
        "effects beyond the first of their (message, group, step)",
    ),
    metric("ledger.partial_effects", Count, Lower, "messages left with some of their effects but not all"),
    metric("ledger.declined", Count, Neither, "handlers that finished and decided against an effect"),
    metric("ledger.acks_sent", Count, Neither, "acks that consumers sent"),
    metric("ledger.acks_received", Count, Neither, "acks that reached the broker"),
    metric("ledger.late_acks", Count, Lower, "acks for a delivery that had been taken back"),
    metric("ledger.nacks", Count, Lower, "negative acks that reached the broker"),
    metric(
        "ledger.ack_timeouts",
        Count,
        Lower,
        "ack timeouts that struck: one per copy, or one per closed channel",
    ),
    metric("ledger.dead_lettered", Count, Lower, "copies moved to a dead-letter queue"),
    metric(
        "ledger.dead_lettered_after_effect",
        Count,
        Lower,
        "dead-lettered copies whose effect had been applied",
    ),
    metric(
        "ledger.out_of_order",
        Count,
        Lower,
        "executions after a later-published message of the same key in the same group",
    ),
    metric("ledger.replayed", Count, Neither, "deliveries of a deliberate replay"),
    metric("outcomes.done", Count, Higher, "its effect was applied at least once"),
    metric("outcomes.declined", Count, Neither, "no effect, by a handler's decision"),
    metric("outcomes.unfinished", Count, Lower, "still under way when the run ended"),
    metric("outcomes.dead_lettered", Count, Lower, "its last copy was moved to a dead-letter queue"),
    metric("outcomes.expired", Count, Lower, "its last copy outlived its time to live"),
    metric(
        "outcomes.dropped",
        Count,
        Lower,
        "its last copy was dropped by overflow, limit or rejection, or refused unheard",
    ),
    metric("outcomes.refused", Count, Lower, "no copy was left, and the producer knows"),
    metric("outcomes.lost", Count, Lower, "no effect, no copy, and nobody who could act knows"),
];

const SERVICES: &[Metric] = &[
    metric("services.*.calls", Count, Neither, "attempts at calls"),
    metric("services.*.retries", Count, Lower, "attempts beyond a step's first"),
    metric(
        "services.*.rejected",
        Count,
        Lower,
        "attempts that were told no: the service was full, or the caller's circuit breaker open",
    ),
    metric("services.*.timed_out", Count, Lower, "attempts that heard nothing in time"),
    metric("services.*.failed", Count, Lower, "attempts that failed in any other way"),
    metric("services.*.wasted", Count, Lower, "handlers that ended for a caller that had given up"),
    metric("services.*.wasted_s", Seconds, Lower, "their time"),
    metric("services.*.utilization", Ratio, Neither, "running handlers over handlers that could run"),
];

const FLOWS: &[Metric] = &[
    metric("throughput.offered", PerSecond, Neither, "messages published per second"),
    metric("throughput.accepted", PerSecond, Neither, "copies stored per second"),
    metric("throughput.executed", PerSecond, Neither, "executions per second"),
    metric("throughput.completed", PerSecond, Higher, "first effects per second"),
    metric(
        "latency_ms.end_to_end.without_effect",
        Count,
        Lower,
        "(message, group) pairs without an effect, which `end_to_end` does not see",
    ),
    metric("queues.*.lost", Count, Lower, "messages lost, of those meant for the queue's consumers"),
    metric("queues.*.lost_confirmed", Count, Lower, "those of the lost whose producer got a confirm"),
    metric("queues.*.duplicate_executions", Count, Lower, "executions beyond the first of their message"),
    metric("consumers.*.utilization", Ratio, Neither, "running handlers over handlers that could run"),
    metric(
        "consumers.*.fairness",
        Ratio,
        Higher,
        "Jain's index of the handlings begun by each instance: (Σx)² / (n Σx²)",
    ),
    metric(
        "peak_shaving.*.peak_in",
        PerSecond,
        Neither,
        "most copies stored, or requests received, in a second (windows aligned to 0)",
    ),
    metric(
        "peak_shaving.*.peak_out",
        PerSecond,
        Neither,
        "most executions in a second (windows aligned to 0)",
    ),
    metric("peak_shaving.*.shaved", Ratio, Higher, "1 - peak_out / peak_in"),
    metric(
        "peak_shaving.*.peak_backlog",
        Count,
        Lower,
        "most copies ready, on the way, or in a prefetch buffer, or requests waiting",
    ),
    metric("peak_shaving.*.peak_backlog_at", Seconds, Neither, "when the backlog was largest"),
    metric(
        "peak_shaving.*.drain_time",
        Seconds,
        Lower,
        "from the end of the busiest phase, or else the peak, until the backlog was back",
    ),
    metric(
        "peak_shaving.*.longest_wait",
        Seconds,
        Lower,
        "longest time from enqueueing, or receipt, to the start of handling",
    ),
    metric("faults.*.planned", Count, Neither, "how often the fault was due, where that is known"),
    metric("faults.*.fired", Count, Neither, "how often the fault struck"),
    metric("virtual_seconds", Seconds, Neither, "virtual time the run took"),
    metric("events", Number, Neither, "events the kernel dispatched"),
];

const STORES: &[Metric] = &[
    metric("stores.*.calls", Count, Neither, "statements that arrived, commits too"),
    metric(
        "stores.*.commits",
        Count,
        Higher,
        "tries, and single statements that change a row, that committed",
    ),
    metric("stores.*.attempts", Count, Neither, "tries at transactions that clients began"),
    metric("stores.*.retries", Count, Lower, "tries beyond the first of their transaction"),
    metric(
        "stores.*.conflicts",
        Count,
        Lower,
        "tries rolled back because another had changed, or locked, what they needed",
    ),
    metric("stores.*.deadlocks", Count, Lower, "tries rolled back to end a deadlock"),
    metric("stores.*.lock_timeouts", Count, Lower, "tries rolled back after too long a wait for a lock"),
    metric("stores.*.gave_up", Count, Lower, "transactions that clients gave up"),
    metric("stores.*.sold_out", Count, Neither, "transactions that found nothing left to take"),
    metric(
        "stores.*.overwrites",
        Count,
        Lower,
        "changes of rows that had changed since the client read them",
    ),
    metric("stores.*.lost_updates", Count, Lower, "changes that clients were told of and that no row shows"),
    metric(
        "stores.*.store_calls",
        Number,
        Lower,
        "statements for each completed message, or where none was published each succeeded operation",
    ),
    metric("stores.*.cache_calls", Number, Lower, "the same of a cache"),
    metric("stores.*.throughput", PerSecond, Higher, "commits per second"),
    metric("stores.*.utilization", Ratio, Neither, "connections in use over those there are"),
    metric("stores.*.disk_utilization", Ratio, Neither, "how busy its disks were"),
    metric("stores.*.cpu_utilization", Ratio, Neither, "how busy its CPUs were"),
    metric("balance.*.start", Count, Neither, "what all rows held in the beginning"),
    metric("balance.*.capacity", Count, Neither, "what there was to take, with what was added meanwhile"),
    metric("balance.*.accepted", Count, Neither, "what was taken, as clients were told"),
    metric("balance.*.row_change", Count, Neither, "how much less the rows hold"),
    metric("balance.*.oversold", Count, Lower, "how much more was taken than there was, row by row"),
    metric("balance.*.forgotten", Count, Lower, "what was taken and no row shows"),
    metric("balance.*.expected", Count, Neither, "what was added, as clients were told"),
    metric("balance.*.actual", Count, Neither, "how much more the rows hold"),
    metric("balance.*.difference", Count, Lower, "what was added and no row shows"),
];

const FAMILIES: &[&[Metric]] = &[
    COUNTS,
    &rate!("redelivery_rate", "redeliveries", "(copy, group) pairs delivered at least once"),
    &rate!("duplicate_consumption_rate", "duplicate_executions", "(message, group) executed at least once"),
    &rate!(
        "affected_rate",
        "(message, group) executed more than once",
        "(message, group) executed at least once"
    ),
    &rate!("duplicate_effect_rate", "duplicate_effects", "(message, group) with at least one effect"),
    &rate!("loss_rate", "lost", "expected_effects"),
    &latency!("operation", "a succeeded operation, from arrival to end"),
    &latency!("operation_failed", "an operation that did not succeed, from arrival to end"),
    &latency!("confirm", "a publish, from its first attempt to its confirm"),
    &latency!("queue_wait", "a copy, from enqueueing or re-enqueueing to its sending to a consumer"),
    &latency!("buffer_wait", "a delivery, from its receipt to the start of its handling"),
    &latency!("wait", "a message, from its first enqueueing to the first start of its handling"),
    &latency!("handler", "a handler that ended, from start to end"),
    &latency!("end_to_end", "a message, from its publishing to its first effect"),
    &level!("queues.*.depth", Count, "ready copies; those hidden by a delay are not counted"),
    &level!("queues.*.unacked", Count, "delivered, unacked copies"),
    &level!("queues.*.oldest_age_s", Seconds, "age of the oldest ready copy"),
    &level!("consumers.*.concurrency", Count, "running handlers"),
    &level!("consumers.*.queue_length", Count, "deliveries waiting in prefetch buffers"),
    SERVICES,
    &latency!(
        "lock_wait",
        "a statement that locks a row, from its beginning to the lock; a lease, from the first try to the grant"
    ),
    &latency!(at "stores.*.", "lock_wait", "a statement that locks a row, from its beginning to the lock; a lease, from the first try to the grant"),
    &level!("stores.*.connections", Count, "transactions being served"),
    &level!("stores.*.queue_length", Count, "transactions that wait to be admitted or for a connection"),
    &level!("stores.*.lock_queue", Count, "statements that wait for a lock"),
    STORES,
    &latency!(at "services.*.", "service_wait", "a request, from its receipt to the start of its handling"),
    &level!("services.*.concurrency", Count, "running handlers"),
    &level!("services.*.queue_length", Count, "requests waiting"),
    FLOWS,
];

/// Every public metric.
pub fn metrics() -> impl Iterator<Item = &'static Metric> {
    FAMILIES.iter().copied().flatten()
}

/// What expectations may name.
#[must_use]
pub fn patterns() -> Vec<MetricPattern> {
    metrics().map(|metric| MetricPattern { path: metric.path, unit: metric.unit }).collect()
}
