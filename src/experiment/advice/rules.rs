//! Rules of thumb for prefetch and ack timeouts, on the numbers of a scenario.
//!
//! `RabbitMQ`'s own advice on prefetch is "the round trip over the handler's time", and 20 to 50 where that is not
//! known (<https://www.rabbitmq.com/blog/2014/04/14/finding-bottlenecks-with-rabbitmq-3-3>,
//! <https://www.cloudamqp.com/blog/how-to-optimize-the-rabbitmq-prefetch-count.html>); SQS's on the visibility
//! timeout is six times the function's (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>).

use crate::kernel::chance::stream;
use crate::metrics::summary::Summary;
use crate::quantity::Span;
use crate::scenario::model::{Advise, Scenario};
use crate::simulation::{handler_time, mean_latency};

/// Draws of a handler's time, of which the maximum and the p99 are taken.
const DRAWS: usize = 100_000;
/// How busy instances may be at the most, for how many are tried if nobody says so.
const LOADS: [f64; 3] = [0.9, 0.7, 0.5];
/// Heartbeats of brokers that have none are taken to be this long.
const HEARTBEAT: Span = Span::from_seconds(60);

/// What is known of the work, and what the rules make of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Copies a second that come into the consumer's queue.
    pub rate: f64,
    /// Of a handler's work.
    pub mean: Span,
    /// Of a handler's work.
    pub p99: Span,
    /// Of 100 000 draws of a handler's work.
    pub longest: Span,
    /// There and back between broker and consumer, on average.
    pub round_trip: Span,
    /// Ack timeouts by rule.
    pub ack_timeouts: Vec<(&'static str, Span)>,
    /// Prefetches by rule.
    pub prefetches: Vec<(&'static str, u64)>,
}

impl Rules {
    /// The rules for copies that come at `rate` a second.
    #[must_use]
    pub fn of(scenario: &Scenario, advise: &Advise, rate: f64) -> Self {
        let consumer = &scenario.consumers[advise.consumer];
        let mut luck = stream(scenario.seed, &consumer.name, "advice");
        let mut draws: Vec<Span> = (0..DRAWS).map(|_| handler_time(consumer, &mut luck)).collect();
        draws.sort_unstable();
        let nanos: u128 = draws.iter().map(|span| u128::from(span.as_nanos())).sum();
        let mean = Span::from_nanos(u64::try_from(nanos / DRAWS as u128).unwrap_or(u64::MAX));
        let p99 = draws[DRAWS - DRAWS / 100];
        let longest = draws[DRAWS - 1];
        let round_trip = mean_latency(scenario, &consumer.name).saturating_mul(2);
        let heartbeat = scenario.queues[consumer.from.0].heartbeat.unwrap_or(HEARTBEAT);
        Self {
            rate,
            mean,
            p99,
            longest,
            round_trip,
            ack_timeouts: vec![
                ("6 × mean", whole(mean.saturating_mul(6))),
                ("2 × p99", whole(p99.saturating_mul(2))),
                ("longest + heartbeat", whole(longest + heartbeat)),
            ],
            prefetches: vec![("1", 1), ("round trip ÷ time", over(round_trip, mean)), ("20", 20), ("50", 50)],
        }
    }

    /// How many instances are worth trying, for those loads that concurrency allows.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a load is positive, and `as` saturates"
    )]
    pub fn instances(&self, concurrency: u32) -> Vec<u64> {
        let load = self.rate * self.mean.as_seconds() / f64::from(concurrency);
        let mut instances: Vec<u64> = LOADS.iter().map(|busy| (load / busy).ceil().max(1.0) as u64).collect();
        instances.dedup();
        instances
    }
}

/// Copies a second that come into the queue of the consumer, while there are arrivals and after the warm-up.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
pub fn arriving(scenario: &Scenario, advise: &Advise, summary: &Summary) -> f64 {
    let queue = &scenario.queues[scenario.consumers[advise.consumer].from.0].name;
    let course = summary.queues.iter().find(|(name, _)| name == queue).map(|(_, queue)| &queue.series);
    let (from, until) = (summary.warm_up_until.as_seconds(), scenario.run_for.as_seconds());
    let windows = course.into_iter().flatten().filter(|window| {
        let begins = window.until_s - window.length_s;
        // Half a nanosecond more than the difference of two such numbers can be off.
        begins + 5e-10 >= from && begins < until
    });
    let (copies, seconds) =
        windows.fold((0_u64, 0.0), |(copies, seconds), one| (copies + one.stored, seconds + one.length_s));
    if seconds > 0.0 { copies as f64 / seconds } else { 0.0 }
}

/// Rounded up to two digits, as a person would set it, and at least a millisecond.
fn whole(span: Span) -> Span {
    const MILLI: u64 = 1_000_000;
    let millis = span.as_nanos().div_ceil(MILLI).max(1);
    let mut step = 1;
    while millis / step >= 100 {
        step *= 10;
    }
    Span::from_nanos(millis.div_ceil(step).saturating_mul(step).saturating_mul(MILLI))
}

/// How often one fits into the other, rounded up, and at least once.
fn over(span: Span, part: Span) -> u64 {
    span.as_nanos().div_ceil(part.as_nanos().max(1)).clamp(1, 1000)
}

#[cfg(test)]
mod tests {
    use super::{over, whole};
    use crate::quantity::Span;

    #[test]
    fn timeouts_are_rounded_up_to_two_digits() {
        let cases = [(0, 1), (1_234, 1_300), (99, 99), (101, 110), (60_001, 61_000)];
        for (millis, rounded) in cases {
            assert_eq!(whole(Span::from_millis(millis)), Span::from_millis(rounded), "{millis} ms");
        }
    }

    #[test]
    fn a_prefetch_covers_the_round_trip() {
        assert_eq!(over(Span::from_millis(1), Span::from_millis(20)), 1);
        assert_eq!(over(Span::from_millis(41), Span::from_millis(20)), 3);
        assert_eq!(over(Span::from_millis(41), Span::ZERO), 1000);
    }
}
