//! Values with their uncertainty as people read them: one unit for both, no more digits than they are worth.

use crate::experiment::spread::Spread;
use crate::experiment::statistics::Interval;
use crate::report::number::decimal;
use crate::scenario::MetricUnit;

/// `203 ±12 ms`; a single run, or one that never varied, has no `±`.
#[must_use]
pub fn with_interval(unit: MetricUnit, spread: &Spread) -> String {
    let mean = spread.sample.mean;
    let half = spread.half_width();
    let scale = Scale::of(unit, mean.abs().max(half));
    if spread.interval.is_none() || half == 0.0 {
        return scale.write(&decimal(mean / scale.divisor));
    }
    scale.write(&format!("{} ±{}", decimal(mean / scale.divisor), rough(half / scale.divisor)))
}

/// `203 ms`.
#[must_use]
pub fn value(unit: MetricUnit, value: f64) -> String {
    let scale = Scale::of(unit, value.abs());
    scale.write(&decimal(value / scale.divisor))
}

/// `+12.5 ms`.
#[must_use]
pub fn change(unit: MetricUnit, difference: f64) -> String {
    let sign = if difference > 0.0 { "+" } else { "" };
    format!("{sign}{}", value(unit, difference))
}

/// `10.1 to 14.9 ms`.
#[must_use]
pub fn range(unit: MetricUnit, interval: Interval) -> String {
    let scale = Scale::of(unit, interval.low.abs().max(interval.high.abs()));
    let (low, high) = (decimal(interval.low / scale.divisor), decimal(interval.high / scale.divisor));
    scale.write(&format!("{low} to {high}"))
}

/// `0.012`, `< 0.001`.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { format!("{p:.3}") }
}

/// Two significant digits, which is all that an interval's length is worth.
fn rough(value: f64) -> String {
    if value <= 0.0 || !value.is_finite() {
        return "0".into();
    }
    let step = libm::exp10(libm::log10(value).floor() - 1.0);
    decimal((value / step).round() * step)
}

/// What values of about this size are written in.
struct Scale {
    divisor: f64,
    suffix: &'static str,
}

impl Scale {
    fn of(unit: MetricUnit, size: f64) -> Self {
        let (divisor, suffix) = match unit {
            MetricUnit::Count | MetricUnit::Number => (1.0, ""),
            MetricUnit::Ratio => (0.01, " %"),
            MetricUnit::PerSecond => (1.0, "/s"),
            MetricUnit::Milliseconds => time(size),
            MetricUnit::Seconds => {
                let (divisor, suffix) = time(size * 1e3);
                (divisor / 1e3, suffix)
            }
        };
        Self { divisor, suffix }
    }

    fn write(&self, number: &str) -> String {
        format!("{number}{}", self.suffix)
    }
}

/// Milliseconds in the unit that fits.
const fn time(ms: f64) -> (f64, &'static str) {
    match ms {
        0.0 => (1.0, " ms"),
        v if v < 1.0 => (1e-3, " µs"),
        v if v < 1e3 => (1.0, " ms"),
        v if v < 600e3 => (1e3, " s"),
        v if v < 36_000e3 => (60e3, " min"),
        _ => (3_600e3, " h"),
    }
}

#[cfg(test)]
mod tests {
    use super::{change, p_value, range, with_interval};
    use crate::experiment::spread::of_values;
    use crate::experiment::statistics::Interval;
    use crate::scenario::MetricUnit;

    #[test]
    fn a_value_and_its_uncertainty_share_a_unit() {
        let spread = of_values(&[1_990.0, 2_010.0, 2_000.0], "x").expect("three values");
        assert_eq!(with_interval(MetricUnit::Milliseconds, &spread), "2 ±0.025 s");
        let one = of_values(&[2_000.0], "x").expect("a value");
        assert_eq!(with_interval(MetricUnit::Milliseconds, &one), "2 s");
        assert_eq!(range(MetricUnit::Seconds, Interval { low: -0.25, high: 0.5 }), "−250 to 500 ms");
        assert_eq!(change(MetricUnit::Count, 12.0), "+12");
        assert_eq!((p_value(0.000_4), p_value(0.012)), ("< 0.001".into(), "0.012".into()));
    }
}
