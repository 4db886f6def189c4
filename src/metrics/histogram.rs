//! Distributions of spans: exact counts, means and largest values, percentiles within 0.1 %.

use hdrhistogram::Histogram;

use crate::quantity::Span;

use super::summary::Latency;

/// Three significant digits are a relative error of at most 0.1 %.
const DIGITS: u8 = 3;

/// A distribution of spans. Takes about 300 KB once it holds spans of every size.
#[derive(Debug)]
pub(super) struct Spans {
    histogram: Histogram<u64>,
    sum: u128,
    max: Span,
}

impl Spans {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new(DIGITS).expect("three digits are allowed");
        Self { histogram, sum: 0, max: Span::ZERO }
    }

    #[inline]
    pub(super) fn record(&mut self, span: Span) {
        let nanos = span.as_nanos().min(i64::MAX as u64);
        self.histogram.record(nanos).expect("the histogram grows to any span");
        self.sum += u128::from(nanos);
        self.max = self.max.max(span);
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more than 53 bits")]
    pub(super) fn summary(&self) -> Latency {
        let count = self.histogram.len();
        if count == 0 {
            return Latency::default();
        }
        let quantile = |q| {
            let nanos = self.histogram.value_at_quantile(q).min(self.max.as_nanos());
            Some(Span::from_nanos(nanos).as_millis_f64())
        };
        Latency {
            count,
            mean_ms: Some(self.sum as f64 / count as f64 / 1e6),
            p50_ms: quantile(0.5),
            p90_ms: quantile(0.9),
            p99_ms: quantile(0.99),
            p999_ms: quantile(0.999),
            max_ms: Some(self.max.as_millis_f64()),
            tail: self.tail(),
        }
    }

    /// Points of the complementary distribution, each at least 1 % apart in value or share.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    fn tail(&self) -> Vec<(f64, f64)> {
        const APART: f64 = 1.01;
        let total = self.histogram.len();
        let mut points: Vec<(f64, f64)> = Vec::new();
        let mut at_most = 0;
        for bucket in self.histogram.iter_recorded() {
            at_most += bucket.count_at_value();
            let nanos = bucket.value_iterated_to().min(self.max.as_nanos());
            let point = (Span::from_nanos(nanos).as_millis_f64(), (total - at_most) as f64 / total as f64);
            let is_apart = points.last().is_none_or(|&(ms, share)| {
                point.0 >= ms * APART || share >= point.1 * APART || at_most == total
            });
            if is_apart {
                points.push(point);
            }
        }
        points
    }
}
