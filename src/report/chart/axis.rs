//! Axes: which numbers stand on them, how they are written, and where values fall.
//!
//! Knows no chart in particular.

/// A linear or logarithmic way from values to logical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Linear,
    Logarithmic,
}

impl Scale {
    /// Maps `low..high` to `from..to`; an empty range maps to `from`.
    #[must_use]
    pub const fn linear((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        Self { low, high, from, to, kind: Kind::Linear }
    }

    /// Maps positive `low..high` to `from..to` by their logarithms.
    #[must_use]
    pub fn logarithmic((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        assert!(low > 0.0 && high > low, "a logarithmic axis needs 0 < low < high");
        Self { low: libm::log10(low), high: libm::log10(high), from, to, kind: Kind::Logarithmic }
    }

    /// Where `value` falls, held within the axis.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        let value = match self.kind {
            Kind::Linear => value,
            Kind::Logarithmic => libm::log10(value.max(f64::MIN_POSITIVE)),
        };
        let range = self.high - self.low;
        let share = if range > 0.0 { ((value - self.low) / range).clamp(0.0, 1.0) } else { 0.0 };
        self.from + share * (self.to - self.from)
    }
}

/// Round numbers from 0 to at most `high`, about `wanted` of them, and at least 0 itself.
#[must_use]
pub fn ticks(high: f64, wanted: f64) -> Vec<f64> {
    if high <= 0.0 || !high.is_finite() {
        return vec![0.0];
    }
    spaced(high, round_step(high / wanted, &[1.0, 2.0, 5.0, 10.0]))
}

/// Like [`ticks`], for counts: no step below 1.
#[must_use]
pub fn count_ticks(high: f64, wanted: f64) -> Vec<f64> {
    if high <= 0.0 || !high.is_finite() {
        return vec![0.0];
    }
    spaced(high, round_step(high / wanted, &[1.0, 2.0, 5.0, 10.0]).max(1.0))
}

/// Like [`ticks`], for seconds: above a minute, in steps people count time in.
#[must_use]
pub fn time_ticks(high: f64, wanted: f64) -> Vec<f64> {
    const STEPS: [f64; 14] = [
        30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 21_600.0, 43_200.0,
        86_400.0, 172_800.0,
    ];
    let least = high / wanted;
    match STEPS.iter().find(|step| **step >= least) {
        Some(step) if least > 20.0 => spaced(high, *step),
        _ => ticks(high, wanted),
    }
}

/// Powers of ten from `low` to `high`, both included when they are such powers.
#[must_use]
pub fn decades(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (libm::log10(low).ceil(), libm::log10(high).floor());
    let mut exponent = first;
    let mut powers = Vec::new();
    while exponent <= last + 1e-9 {
        powers.push(libm::exp10(exponent));
        exponent += 1.0;
    }
    powers
}

/// A count or rate on an axis: `500`, `1.5k`, `60k`, `2M`.
#[must_use]
pub fn short(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        v if v >= 1e9 => (value / 1e9, "G"),
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    // Ticks have at most three significant digits; rounding hides the float's tail.
    let rounded = (scaled * 1e3).round() / 1e3;
    format!("{rounded}{unit}")
}

/// A time on an axis: `0 s`, `30 s`, `5 min`, `1 h 30`.
#[must_use]
pub fn time(seconds: f64, longest: f64) -> String {
    if longest < 300.0 {
        return format!("{} s", (seconds * 1e3).round() / 1e3);
    }
    let minutes = (seconds / 60.0 * 10.0).round() / 10.0;
    if longest < 7_200.0 {
        return format!("{minutes} min");
    }
    let hours = (seconds / 3_600.0 * 100.0).round() / 100.0;
    format!("{hours} h")
}

fn spaced(high: f64, step: f64) -> Vec<f64> {
    let mut ticks = vec![0.0];
    let mut index = 1.0;
    // The allowance keeps a tick that rounding put a hair beyond the end.
    while index * step <= high * (1.0 + 1e-9) {
        ticks.push(index * step);
        index += 1.0;
    }
    ticks
}

/// The smallest of `mantissas` × a power of ten that is at least `least`.
fn round_step(least: f64, mantissas: &[f64]) -> f64 {
    let power = libm::exp10(libm::log10(least).floor());
    let factor = mantissas.iter().find(|mantissa| **mantissa * power >= least * (1.0 - 1e-9));
    factor.copied().unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::{Scale, count_ticks, decades, short, ticks, time, time_ticks};

    #[test]
    fn ticks_are_round_and_stay_within() {
        assert_eq!(ticks(1_400.0, 4.0), [0.0, 500.0, 1_000.0]);
        assert_eq!(ticks(0.0, 4.0), [0.0]);
        assert_eq!(count_ticks(1.2, 4.0), [0.0, 1.0]);
        assert_eq!(time_ticks(180.0, 6.0), [0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0]);
        assert_eq!(decades(1.0, 1_000.0), [1.0, 10.0, 100.0, 1_000.0]);
    }

    #[test]
    fn numbers_on_axes_are_short() {
        assert_eq!(short(1_500.0), "1.5k");
        assert_eq!(short(0.1 + 0.2), "0.3");
        assert_eq!(time(90.0, 180.0), "90 s");
        assert_eq!(time(90.0, 600.0), "1.5 min");
    }

    #[test]
    fn values_beyond_an_axis_stay_on_it() {
        let scale = Scale::logarithmic((1.0, 100.0), (0.0, 200.0));
        assert!((scale.place(10.0) - 100.0).abs() < 1e-9);
        assert!((scale.place(0.0)).abs() < 1e-9);
        assert!((scale.place(1e9) - 200.0).abs() < 1e-9);
    }
}
