//! An axis for measured numbers: linear or logarithmic as their span wants it, with labelled ticks in their unit.
//!
//! Knows numbers and units, no chart in particular.

use crate::report::experiment::cell;
use crate::report::number::unbroken;
use crate::scenario::MetricUnit;

use super::axis::{Scale, decades, short};

/// Positive numbers whose largest is at least this many times the smallest stand on a logarithmic axis.
const LARGE_SPAN: f64 = 20.0;
/// A logarithmic axis with fewer powers of ten than this has 2 and 5 times them as well.
const FEWEST_DECADES: usize = 3;

/// Where an axis begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// At the least and the largest number.
    Tight,
    /// With some room on both sides; a linear axis begins at 0 unless the numbers are far from it.
    Roomy,
    /// At 0, with some room above; never logarithmic unless the span is beyond the eye.
    Grounded,
}

/// An axis with its ticks.
#[derive(Clone, Debug)]
pub struct Gauge {
    /// From numbers to logical pixels.
    pub scale: Scale,
    /// The numbers it covers.
    pub range: (f64, f64),
    /// Whether it is logarithmic. A zero then stands at its lower end.
    pub logarithmic: bool,
    /// Round numbers on it with what they are called.
    pub ticks: Vec<(f64, String)>,
}

impl Gauge {
    /// The axis for `values` from one logical pixel to another, with about `wanted` ticks; `None` without a
    /// finite value.
    #[must_use]
    pub fn new(
        values: &[f64],
        unit: MetricUnit,
        (from, to): (f64, f64),
        (ends, wanted): (Ends, f64),
    ) -> Option<Self> {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (least, most) = (finite().reduce(f64::min)?, finite().reduce(f64::max)?);
        let positive = finite().filter(|value| *value > 0.0).reduce(f64::min);
        let span = if ends == Ends::Grounded { 10.0 * LARGE_SPAN } else { LARGE_SPAN };
        let logarithmic = positive.filter(|low| least >= 0.0 && most >= low * span);
        if let Some(low) = logarithmic {
            let range = around_powers((low, most), ends, least == 0.0);
            let mut ticks = round_powers(range, wanted);
            if least == 0.0 && ends != Ends::Tight {
                ticks.retain(|tick| *tick >= low);
                ticks.insert(0, 0.0);
            }
            let scale = Scale::logarithmic(range, (from, to));
            return Some(Self { scale, range, logarithmic: true, ticks: named(ticks, unit) });
        }
        let range = around((least, most), ends);
        let ticks = round_between(range, wanted);
        let scale = Scale::linear(range, (from, to));
        Some(Self { scale, range, logarithmic: false, ticks: named(ticks, unit) })
    }

    /// Where `value` falls.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        self.scale.place(value)
    }
}

/// `value` in its unit, with blanks that do not break.
#[must_use]
pub fn written(unit: MetricUnit, value: f64) -> String {
    unbroken(&cell::value(unit, value))
}

fn named(ticks: Vec<f64>, unit: MetricUnit) -> Vec<(f64, String)> {
    ticks.into_iter().map(|tick| (tick, tick_name(unit, tick))).collect()
}

/// Thousands are short: an axis has little room beside it.
fn tick_name(unit: MetricUnit, tick: f64) -> String {
    match unit {
        MetricUnit::Count | MetricUnit::Number if tick.abs() >= 1e3 => short(tick),
        MetricUnit::PerSecond if tick.abs() >= 1e3 => format!("{}/s", short(tick)),
        _ => written(unit, tick),
    }
}

/// The ends of a logarithmic axis; a zero gets a place of its own below the least number.
fn around_powers((low, high): (f64, f64), ends: Ends, has_zero: bool) -> (f64, f64) {
    if ends == Ends::Tight {
        return (low, high);
    }
    let room = libm::pow(high / low, 0.07);
    (if has_zero { low / (room * room) } else { low / room }, high * room)
}

/// The ends of a linear axis.
fn around((low, high): (f64, f64), ends: Ends) -> (f64, f64) {
    let span = if high > low { high - low } else { high.abs().max(1.0) };
    match ends {
        Ends::Tight => (low, high),
        Ends::Roomy if low < 0.0 || low > span => (low - 0.1 * span, high + 0.1 * span),
        Ends::Roomy if low == 0.0 => (-0.06 * span, high + 0.1 * span),
        Ends::Roomy | Ends::Grounded => {
            let top = if high > 0.0 { high * 1.1 } else { 1.0 };
            (low.min(0.0) * 1.1, top)
        }
    }
}

/// Multiples of a round step within the range.
fn round_between((low, high): (f64, f64), wanted: f64) -> Vec<f64> {
    if high <= low {
        return vec![low];
    }
    let least = (high - low) / wanted;
    let power = libm::exp10(libm::log10(least).floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least * (1.0 - 1e-9));
    let step = factor.unwrap_or(10.0) * power;
    let mut index = (low / step - 1e-9).ceil();
    let mut ticks = Vec::new();
    while index * step <= high + 1e-9 * step {
        // Adding 0 makes a zero of a negative one.
        ticks.push(index * step + 0.0);
        index += 1.0;
    }
    ticks
}

/// Powers of ten within the range, about `wanted` of them; where these are few, 2 and 5 times them as well.
fn round_powers((low, high): (f64, f64), wanted: f64) -> Vec<f64> {
    let powers = decades(low, high);
    if powers.len() < FEWEST_DECADES {
        let first = libm::exp10(libm::log10(low).floor());
        let steps = decades(first, high).into_iter().flat_map(|power| [power, 2.0 * power, 5.0 * power]);
        return steps.filter(|tick| (low..=high).contains(tick)).collect();
    }
    let mut stride = 1;
    while powers.len().div_ceil(stride) > most(wanted) {
        stride += 1;
    }
    powers.into_iter().step_by(stride).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful")]
fn most(wanted: f64) -> usize {
    (wanted * 1.5).max(2.0) as usize
}

#[cfg(test)]
mod tests {
    use super::{Ends, Gauge};
    use crate::scenario::MetricUnit::{Count, Milliseconds};

    fn gauge(values: &[f64], ends: Ends) -> Gauge {
        Gauge::new(values, Count, (0.0, 100.0), (ends, 4.0)).expect("it has values")
    }

    fn ticks(gauge: &Gauge) -> Vec<f64> {
        gauge.ticks.iter().map(|(tick, _)| *tick).collect()
    }

    #[test]
    fn a_large_span_is_logarithmic_and_a_small_one_is_not() {
        assert!(!gauge(&[1.0, 19.0], Ends::Tight).logarithmic);
        let large = gauge(&[1.0, 100.0], Ends::Tight);
        assert!(large.logarithmic && (large.place(10.0) - 50.0).abs() < 1e-9);
        assert!(!gauge(&[-1.0, 100.0], Ends::Tight).logarithmic);
        assert!(!gauge(&[1.0, 100.0], Ends::Grounded).logarithmic);
    }

    #[test]
    fn a_zero_on_a_logarithmic_axis_has_a_place_below_the_least_number() {
        let roomy = gauge(&[0.0, 1.0, 1_000.0], Ends::Roomy);
        assert_eq!(ticks(&roomy), [0.0, 1.0, 10.0, 100.0, 1_000.0]);
        assert!(roomy.place(0.0).abs() < 1e-9 && roomy.place(1.0) > 10.0);
    }

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks(&gauge(&[3.0, 17.0], Ends::Tight)), [5.0, 10.0, 15.0]);
        assert_eq!(ticks(&gauge(&[7.0], Ends::Tight)), [7.0]);
        assert_eq!(ticks(&gauge(&[4.0, 90.0], Ends::Tight)), [5.0, 10.0, 20.0, 50.0]);
        let times = Gauge::new(&[0.5, 4_000.0], Milliseconds, (0.0, 1.0), (Ends::Tight, 4.0));
        let names: Vec<String> = times.expect("two").ticks.into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert!(Gauge::new(&[f64::NAN], Count, (0.0, 1.0), (Ends::Tight, 4.0)).is_none());
    }
}
