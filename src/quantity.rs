//! Virtual time, spans of it, and rates: the quantities every room shares.
//!
//! Owns their arithmetic, parsing and printing. Knows nothing of queues, files or clocks.

mod bytes;
mod parse;

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

pub use self::bytes::{SIZE_UNITS, bytes_text, parse_bytes};
pub use self::parse::{
    FASTEST_PER_SECOND, QuantityError, SPAN_UNITS, parse_count, parse_number, parse_ratio, parse_share,
};

/// Nanoseconds in one second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// An instant of virtual time, in nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

/// A length of virtual time, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

/// Happenings per second of virtual time; finite and not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Time {
    /// The start of every run.
    pub const ZERO: Self = Self(0);
    /// Later than everything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    #[must_use]
    pub fn as_seconds(self) -> f64 {
        Span(self.0).as_seconds()
    }

    /// The span since `earlier`, or zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// A span of whole `seconds`.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds * NANOS_PER_SECOND)
    }

    /// The span nearest to `seconds`; negative and NaN become zero, too large ones the longest span.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "`as` saturates, which is the documented behaviour"
    )]
    pub fn from_seconds_f64(seconds: f64) -> Self {
        Self((seconds * NANOS_PER_SECOND as f64).round() as u64)
    }

    /// The span nearest to `nanos`; negative and NaN become zero, too large ones the longest span.
    #[inline]
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "`as` saturates, which is the documented behaviour, and what lost bits above 2^53 has no fraction"
    )]
    pub fn from_nanos_f64(nanos: f64) -> Self {
        // As `f64::round`, which is a call on machines that cannot be sure of having an instruction for it.
        let whole = nanos as u64;
        Self(whole.saturating_add(u64::from(nanos - whole as f64 >= 0.5)))
    }

    /// The length in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The length in nanoseconds, as a float (exact up to 2^53, about 104 days).
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "spans beyond 104 days lose nanoseconds, which no statistic shows"
    )]
    pub const fn as_nanos_f64(self) -> f64 {
        self.0 as f64
    }

    /// The length in seconds.
    #[must_use]
    pub fn as_seconds(self) -> f64 {
        self.as_nanos_f64() / 1e9
    }

    /// The length in milliseconds.
    #[must_use]
    pub fn as_millis_f64(self) -> f64 {
        self.as_nanos_f64() / 1e6
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What is left after `other`, or no time at all.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `times` spans in a row, at most the longest span.
    #[must_use]
    pub const fn saturating_mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Rate {
    /// `per_second` happenings a second.
    ///
    /// # Panics
    /// If it is negative or not finite: a checked scenario holds no such rate.
    #[must_use]
    pub fn per_second(per_second: f64) -> Self {
        assert!(
            per_second.is_finite() && per_second >= 0.0,
            "a rate is finite and not negative, got {per_second}"
        );
        Self(per_second)
    }

    /// Happenings per second.
    #[must_use]
    pub const fn as_per_second(self) -> f64 {
        self.0
    }
}

impl Add<Span> for Time {
    type Output = Self;
    /// Saturates at [`Time::NEVER`].
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Self;
    /// Saturates at [`Time::ZERO`].
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl fmt::Display for Span {
    /// The shortest exact form the scenario language reads back: `250us`, `1.5s`, `1h 30min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MINUTE: u64 = 60 * NANOS_PER_SECOND;
        const HOUR: u64 = 60 * MINUTE;
        let nanos = self.0;
        if nanos == 0 {
            return f.write_str("0s");
        }
        if nanos >= MINUTE && nanos.is_multiple_of(NANOS_PER_SECOND) {
            let parts = [
                (nanos / HOUR, "h"),
                (nanos % HOUR / MINUTE, "min"),
                (nanos % MINUTE / NANOS_PER_SECOND, "s"),
            ];
            let written: Vec<String> =
                parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
            return f.write_str(&written.join(" "));
        }
        let (scale, unit) = match nanos {
            NANOS_PER_SECOND.. => (NANOS_PER_SECOND, "s"),
            1_000_000.. => (1_000_000, "ms"),
            1_000.. => (1_000, "us"),
            _ => (1, "ns"),
        };
        let digits = scale.ilog10() as usize;
        let fraction = format!("{:0digits$}", nanos % scale);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{}{unit}", nanos / scale),
            fraction => write!(f, "{}.{fraction}{unit}", nanos / scale),
        }
    }
}

impl fmt::Display for Rate {
    /// `2000/s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn spans_print_in_the_form_that_is_read_back() {
        let cases = [
            (0, "0s"),
            (1, "1ns"),
            (250_000, "250us"),
            (20_000_000, "20ms"),
            (1_500_000_000, "1.5s"),
            (60_000_000_000, "1min"),
            (5_400_000_000_000, "1h 30min"),
            (60_000_000_001, "60.000000001s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(Span::from_nanos(nanos).to_string(), text);
        }
    }
}
