//! A summary's numbers under their public names, in the order of the published JSON.

use super::store::{Balance, Reckoning, StoreSummary};
use super::summary::{
    ConsumerSummary, FaultCount, Fraction, Latency, Level, PeakShaving, QueueSummary, ServiceSummary,
    Summary, Throughput,
};
use super::tree::Node;

impl Summary {
    /// Every number from `operations` to `faults`, named and ordered as published.
    #[must_use]
    pub fn tree(&self) -> Node {
        let mut latencies: Vec<(String, Node)> =
            self.latencies.iter().map(|(name, latency)| ((*name).to_owned(), latency.tree())).collect();
        if let Some((_, Node::Map(fields))) = latencies.iter_mut().find(|(name, _)| name == "end_to_end") {
            fields.push(("without_effect".into(), Node::Count(self.end_to_end_missing)));
        }
        let balances: Vec<(String, Node)> =
            self.balance.iter().map(|one| (format!("{}.{}", one.store, one.row), one.tree())).collect();
        Node::map([
            ("operations", Node::counts(&self.operations.named())),
            ("ledger", Node::counts(&self.ledger.named())),
            ("outcomes", Node::counts(&self.outcomes.named())),
            ("balance", Node::Map(balances)),
            ("rates", Node::map(self.rates.named().map(|(name, rate)| (name, rate.tree())))),
            ("throughput", self.throughput.tree()),
            ("latency_ms", Node::Map(latencies)),
            ("queues", Node::named(&self.queues, QueueSummary::tree)),
            ("consumers", Node::named(&self.consumers, ConsumerSummary::tree)),
            ("services", Node::named(&self.services, ServiceSummary::tree)),
            ("stores", Node::named(&self.stores, StoreSummary::tree)),
            ("peak_shaving", Node::named(&self.peak_shaving, PeakShaving::tree)),
            ("faults", Node::named(&self.faults, FaultCount::tree)),
        ])
    }
}

impl Fraction {
    fn tree(self) -> Node {
        Node::map([
            ("value", Node::number(self.value())),
            ("low", Node::Null),
            ("high", Node::Null),
            ("numerator", Node::Count(self.numerator)),
            ("denominator", Node::Count(self.denominator)),
        ])
    }
}

impl Throughput {
    fn tree(&self) -> Node {
        Node::map([
            ("offered", Node::number(self.offered)),
            ("accepted", Node::number(self.accepted)),
            ("executed", Node::number(self.executed)),
            ("completed", Node::number(self.completed)),
        ])
    }
}

impl Latency {
    fn tree(&self) -> Node {
        Node::map([
            ("count", Node::Count(self.count)),
            ("mean", Node::number(self.mean_ms)),
            ("p50", Node::number(self.p50_ms)),
            ("p90", Node::number(self.p90_ms)),
            ("p99", Node::number(self.p99_ms)),
            ("p999", Node::number(self.p999_ms)),
            ("max", Node::number(self.max_ms)),
        ])
    }
}

impl Level {
    fn tree(&self) -> Node {
        self.tree_with_peak(Node::Number(self.peak))
    }

    /// As [`Self::tree`], for a level whose peak is a whole number.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a peak of counts is a count"
    )]
    fn tree_of_counts(&self) -> Node {
        self.tree_with_peak(Node::Count(self.peak as u64))
    }

    fn tree_with_peak(&self, peak: Node) -> Node {
        Node::map([
            ("mean", Node::number(self.mean)),
            ("peak", peak),
            ("peak_at_s", Node::Number(self.peak_at_s)),
        ])
    }
}

impl QueueSummary {
    fn tree(&self) -> Node {
        let levels = [
            ("depth", self.depth.tree_of_counts()),
            ("unacked", self.unacked.tree_of_counts()),
            ("oldest_age_s", self.oldest_age_s.tree()),
        ];
        let harm = self.harm.named().into_iter().map(|(name, count)| (name, Node::Count(count)));
        Node::Map(levels.into_iter().chain(harm).map(|(name, node)| (name.to_owned(), node)).collect())
    }
}

impl ConsumerSummary {
    fn tree(&self) -> Node {
        Node::map([
            ("utilization", Node::number(self.utilization)),
            ("fairness", Node::number(self.fairness)),
            ("concurrency", self.concurrency.tree_of_counts()),
            ("queue_length", self.queue_length.tree_of_counts()),
        ])
    }
}

impl ServiceSummary {
    fn tree(&self) -> Node {
        Node::map([
            ("calls", Node::Count(self.calls)),
            ("retries", Node::Count(self.retries)),
            ("rejected", Node::Count(self.rejected)),
            ("timed_out", Node::Count(self.timed_out)),
            ("failed", Node::Count(self.failed)),
            ("wasted", Node::Count(self.wasted)),
            ("wasted_s", Node::Number(self.wasted_s)),
            ("service_wait", self.service_wait.tree()),
            ("utilization", Node::number(self.utilization)),
            ("concurrency", self.concurrency.tree_of_counts()),
            ("queue_length", self.queue_length.tree_of_counts()),
        ])
    }
}

impl StoreSummary {
    fn tree(&self) -> Node {
        let counts = self.counts.named().into_iter().map(|(name, count)| (name, Node::Count(count)));
        let calls = match self.cache_calls {
            Some(calls) => ("cache_calls", Node::number(Some(calls))),
            None => ("store_calls", Node::number(self.store_calls)),
        };
        let others = [
            calls,
            ("throughput", Node::number(self.throughput)),
            ("utilization", Node::number(self.utilization)),
            ("disk_utilization", Node::number(self.disk_utilization)),
            ("cpu_utilization", Node::number(self.cpu_utilization)),
            ("lock_wait", self.lock_wait.tree()),
            ("connections", self.connections.tree_of_counts()),
            ("queue_length", self.queue_length.tree_of_counts()),
            ("lock_queue", self.lock_queue.tree_of_counts()),
        ];
        Node::Map(counts.chain(others).map(|(name, node)| (name.to_owned(), node)).collect())
    }
}

impl Balance {
    fn tree(&self) -> Node {
        match self.reckoning {
            Reckoning::Stock { start, capacity, accepted, row_change, oversold, forgotten } => Node::map([
                ("start", Node::Whole(start)),
                ("capacity", Node::Whole(capacity)),
                ("accepted", Node::Whole(accepted)),
                ("row_change", Node::Whole(row_change)),
                ("oversold", Node::Whole(oversold)),
                ("forgotten", Node::Whole(forgotten)),
            ]),
            Reckoning::Sum { expected, actual, difference } => Node::map([
                ("expected", Node::Whole(expected)),
                ("actual", Node::Whole(actual)),
                ("difference", Node::Whole(difference)),
            ]),
        }
    }
}

impl PeakShaving {
    fn tree(&self) -> Node {
        Node::map([
            ("peak_in", Node::Number(self.peak_in)),
            ("peak_out", Node::Number(self.peak_out)),
            ("shaved", Node::number(self.shaved)),
            ("peak_backlog", Node::Count(self.peak_backlog)),
            ("peak_backlog_at", Node::Number(self.peak_backlog_at)),
            ("drain_time", Node::number(self.drain_time)),
            ("longest_wait", Node::Number(self.longest_wait)),
        ])
    }
}

impl FaultCount {
    fn tree(&self) -> Node {
        Node::map([
            ("planned", self.planned.map_or(Node::Null, Node::Count)),
            ("fired", Node::Count(self.fired)),
        ])
    }
}
