//! The end of a run: what was folded becomes plain data, under the names of the scenario.

use crate::quantity::Time;

use super::super::queue::QueueMeter;
use super::super::store::{Balance, StoreSummary};
use super::super::summary::{ConsumerSummary, FaultCount, Latency, PeakShaving, ServiceSummary, Throughput};
use super::Metrics;

impl Metrics {
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
    pub(super) fn throughput(&self, end: Time) -> Throughput {
        let seconds = end.since(self.scope.warm_up_until).as_seconds();
        let per_second = |count: u64| (seconds > 0.0).then(|| count as f64 / seconds);
        Throughput {
            offered: per_second(self.flows.offered),
            accepted: per_second(self.flows.accepted),
            executed: per_second(self.flows.executed),
            completed: per_second(self.flows.completed),
        }
    }

    pub(super) fn latencies(&self) -> Vec<(&'static str, Latency)> {
        let locked = ("lock_wait", &self.lock_wait);
        [
            ("operation", &self.operation),
            ("operation_failed", &self.operation_failed),
            ("confirm", &self.confirm),
            ("queue_wait", &self.queue_wait),
            ("buffer_wait", &self.buffer_wait),
            ("wait", &self.wait),
            ("handler", &self.handler),
            ("end_to_end", &self.end_to_end),
        ]
        .into_iter()
        .chain((!self.stores.is_empty()).then_some(locked))
        .map(|(name, spans)| (name, spans.summary()))
        .collect()
    }

    pub(super) fn named_queues<T>(&mut self, summary: impl FnMut(&mut QueueMeter) -> T) -> Vec<(String, T)> {
        let names = self.scope.queues.iter().map(|(name, _)| name.clone());
        names.zip(self.queues.iter_mut().map(summary)).collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "handlers are fewer than 2^53")]
    pub(super) fn consumer_summaries(&self, end: Time) -> Vec<(String, ConsumerSummary)> {
        let meters = self.scope.consumers.iter().zip(&self.consumers);
        meters
            .map(|((name, instances, handlers), meter)| {
                let concurrency = meter.running.summary(end);
                let places = u64::from(*instances) * handlers;
                let summary = ConsumerSummary {
                    instances: *instances,
                    utilization: concurrency.mean.map(|mean| mean / places as f64),
                    fairness: fairness(&meter.handled),
                    concurrency,
                    queue_length: meter.buffered.summary(end),
                };
                (name.clone(), summary)
            })
            .collect()
    }

    pub(super) fn store_summaries(&self, end: Time) -> Vec<(String, StoreSummary)> {
        let stores = self.stores.iter().zip(&self.scope.stores);
        let cut = self.scope.warm_up_until;
        let completed = match self.book.ledger.published {
            0 => self.operations.succeeded,
            _ => self.book.effective(),
        };
        stores.map(|(meter, scope)| (scope.name.clone(), meter.summary(scope, cut, end, completed))).collect()
    }

    pub(super) fn balances(&self) -> Vec<Balance> {
        let stores = self.stores.iter().zip(&self.scope.stores);
        stores.flat_map(|(meter, scope)| meter.balances(scope)).collect()
    }

    /// By queue, then by service.
    pub(super) fn peak_shaving(&mut self, end: Time) -> Vec<(String, PeakShaving)> {
        let mut shaved = self.named_queues(|meter| meter.peak_shaving(end));
        let names = self.scope.services.iter().map(|(name, ..)| name.clone());
        shaved.extend(names.zip(self.services.iter_mut().map(|meter| meter.peak_shaving(end))));
        shaved
    }

    pub(super) fn service_summaries(&mut self, end: Time) -> Vec<(String, ServiceSummary)> {
        let meters = self.scope.services.iter().zip(&mut self.services);
        meters
            .map(|((name, instances, handlers, _), meter)| {
                (name.clone(), meter.summary(end, f64::from(*instances) * f64::from(*handlers)))
            })
            .collect()
    }

    pub(super) fn fault_counts(&self) -> Vec<(String, FaultCount)> {
        let counts = self.scope.faults.iter().zip(&self.fired);
        counts
            .map(|((name, planned), &fired)| (name.clone(), FaultCount { planned: *planned, fired }))
            .collect()
    }
}

/// Jain's index of fairness (Jain, Chiu, Hawe 1984): 1 where all have the same, 1/n where one has all; `None` of
/// nothing.
#[expect(clippy::cast_precision_loss, reason = "counts are fewer than 2^53")]
fn fairness(shares: &[u64]) -> Option<f64> {
    let sum: f64 = shares.iter().map(|share| *share as f64).sum();
    let squares: f64 = shares.iter().map(|share| (*share as f64) * (*share as f64)).sum();
    (squares > 0.0).then(|| sum * sum / (shares.len() as f64 * squares))
}

#[cfg(test)]
mod tests {
    use super::fairness;

    #[test]
    fn fairness_is_one_for_equals_and_a_share_for_one_alone() {
        assert_eq!(fairness(&[7, 7, 7]), Some(1.0));
        assert_eq!(fairness(&[9, 0, 0, 0]), Some(0.25));
        assert_eq!(fairness(&[1, 3]), Some(0.8));
        assert_eq!(fairness(&[0, 0]), None);
    }
}
