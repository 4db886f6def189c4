//! Reading quantities from the text of the scenario language: `1h 30min`, `2000/s`, `2%`, `100_000`.
//!
//! Says exactly what is wrong with a text and leaves the wording of complaints to its callers.

use super::{NANOS_PER_SECOND, Rate, Span};

/// The units of a span, with their nanoseconds.
pub const SPAN_UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", NANOS_PER_SECOND),
    ("min", 60 * NANOS_PER_SECOND),
    ("h", 3600 * NANOS_PER_SECOND),
    ("d", 86_400 * NANOS_PER_SECOND),
];

/// Faster than this, arrivals would share nanoseconds as a rule.
pub const FASTEST_PER_SECOND: f64 = 1e9;

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// No number where one should stand.
    NotANumber,
    /// A number without its unit; holds the number.
    NoUnit(String),
    /// A unit nobody knows; holds the unit.
    UnknownUnit(String),
    /// Below zero.
    Negative,
    /// More than the quantity can hold.
    TooLarge,
    /// A fraction where whole numbers are counted.
    NotWhole,
    /// A share above one.
    AboveOne,
}

impl Span {
    /// Reads `250us`, `1.5s`, `1h 30min`; rounds to the nanosecond. A bare `0` is no time.
    ///
    /// # Errors
    /// If it is not a span, with the first reason.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(QuantityError::NotANumber);
        }
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let mut total: u128 = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let (number, after) = split_number(rest);
            let unit_len =
                after.trim_start().find(|c: char| !c.is_alphabetic()).unwrap_or(after.trim_start().len());
            let (unit, tail) = after.trim_start().split_at(unit_len);
            total = total.saturating_add(nanos_of(number, unit)?);
            rest = tail.trim_start();
        }
        u64::try_from(total).map(Self::from_nanos).map_err(|_| QuantityError::TooLarge)
    }
}

impl Rate {
    /// Reads `2000/s`, `30/min`, `0.5/s`. A bare `0` never happens.
    ///
    /// # Errors
    /// If it is not a rate, with the first reason.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let text = text.trim();
        let Some((number, unit)) = text.split_once('/') else {
            return match parse_number(text)? {
                0.0 => Ok(Self::per_second(0.0)),
                _ => Err(QuantityError::NoUnit(text.to_owned())),
            };
        };
        let number = parse_number(number.trim())?;
        let unit = unit.trim();
        let (_, nanos) = SPAN_UNITS
            .into_iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| QuantityError::UnknownUnit(unit.to_owned()))?;
        let per_second =
            number * (Span::from_seconds(1).as_nanos_f64() / Span::from_nanos(nanos).as_nanos_f64());
        match per_second {
            n if n < 0.0 => Err(QuantityError::Negative),
            n if n > FASTEST_PER_SECOND => Err(QuantityError::TooLarge),
            n => Ok(Self::per_second(n)),
        }
    }
}

/// Reads a finite number, with or without `_` between its digits.
///
/// # Errors
/// If it is none.
pub fn parse_number(text: &str) -> Result<f64, QuantityError> {
    let plain = text.trim().replace('_', "");
    if !plain.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return Err(QuantityError::NotANumber);
    }
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(QuantityError::TooLarge),
        Err(_) => Err(QuantityError::NotANumber),
    }
}

/// Reads a whole number from zero on, with or without `_` between its digits.
///
/// # Errors
/// If it is none.
pub fn parse_count(text: &str) -> Result<u64, QuantityError> {
    let plain = text.trim().replace('_', "");
    if !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return plain.parse().map_err(|_| QuantityError::TooLarge);
    }
    match parse_number(text) {
        Ok(number) if number < 0.0 => Err(QuantityError::Negative),
        Ok(_) => Err(QuantityError::NotWhole),
        Err(_) => Err(QuantityError::NotANumber),
    }
}

/// Reads a share of a whole: `2%` or `0.02`.
///
/// # Errors
/// If it is none, or outside 0 to 1.
pub fn parse_share(text: &str) -> Result<f64, QuantityError> {
    let share = parse_ratio(text)?;
    match share {
        n if n < 0.0 => Err(QuantityError::Negative),
        n if n > 1.0 => Err(QuantityError::AboveOne),
        n => Ok(n),
    }
}

/// Reads a ratio of any size: `150%` or `1.5`.
///
/// # Errors
/// If it is none.
pub fn parse_ratio(text: &str) -> Result<f64, QuantityError> {
    match text.trim().strip_suffix('%') {
        Some(percent) => {
            let number = parse_number(percent)?;
            // The point moves in the text: dividing rounds once more, and 0.35 % would not be 0.0035.
            Ok(parse_number(&format!("{}e-2", percent.trim())).unwrap_or(number / 100.0))
        }
        None => parse_number(text),
    }
}

/// Splits the digits, `_` and `.` at the start from what follows; a sign belongs to the number.
fn split_number(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || *c == '_' || (*at == 0 && "+-".contains(*c))))
        .map_or(text.len(), |(at, _)| at);
    text.split_at(end)
}

/// The nanoseconds of a decimal number of a unit, exact, rounded half up.
fn nanos_of(number: &str, unit: &str) -> Result<u128, QuantityError> {
    let digits = number.replace('_', "");
    if digits.starts_with('-') {
        return Err(QuantityError::Negative);
    }
    let digits = digits.trim_start_matches('+');
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err(QuantityError::NotANumber);
    }
    if unit.is_empty() {
        return Err(QuantityError::NoUnit(number.to_owned()));
    }
    let unit = if matches!(unit, "µs" | "μs") { "us" } else { unit };
    let (_, scale) = SPAN_UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(|| QuantityError::UnknownUnit(unit.to_owned()))?;
    // Beyond 15 places even a day's fraction is below a nanosecond.
    let fraction = &fraction[..fraction.len().min(15)];
    let whole: u128 =
        if whole.is_empty() { 0 } else { whole.parse().map_err(|_| QuantityError::TooLarge)? };
    let parts: u128 =
        if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| QuantityError::NotANumber)? };
    let denominator = 10_u128.pow(u32::try_from(fraction.len()).map_err(|_| QuantityError::TooLarge)?);
    let from_fraction = (parts * u128::from(scale) + denominator / 2) / denominator;
    Ok(whole.saturating_mul(u128::from(scale)).saturating_add(from_fraction))
}

#[cfg(test)]
mod tests {
    use super::{QuantityError, parse_count, parse_share};
    use crate::quantity::{Rate, Span};

    #[test]
    fn spans_are_read_exactly() {
        let cases = [
            ("250us", 250_000),
            ("1.5s", 1_500_000_000),
            ("1h 30min", 5_400_000_000_000),
            ("1h30min", 5_400_000_000_000),
            ("100_000 ns", 100_000),
            ("0.1ns", 0),
            ("0", 0),
            ("18446744073.709551615s", u64::MAX),
        ];
        for (text, nanos) in cases {
            assert_eq!(Span::parse(text), Ok(Span::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_no_span_says_why() {
        let cases = [
            ("", QuantityError::NotANumber),
            ("fast", QuantityError::NotANumber),
            ("30", QuantityError::NoUnit("30".into())),
            ("1h 30", QuantityError::NoUnit("30".into())),
            ("5 sec", QuantityError::UnknownUnit("sec".into())),
            ("-1s", QuantityError::Negative),
            ("600y", QuantityError::UnknownUnit("y".into())),
            ("999999999h", QuantityError::TooLarge),
            ("99999999999999999999999999999999999999999999s", QuantityError::TooLarge),
            ("1.2.3s", QuantityError::NotANumber),
        ];
        for (text, why) in cases {
            assert_eq!(Span::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn spans_and_rates_survive_being_printed() {
        for nanos in [0, 1, 999, 1_000, 123_456_789, 60_000_000_001, 86_400_000_000_000, u64::MAX] {
            let span = Span::from_nanos(nanos);
            assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }
        for per_second in [0.0, 0.5, 1.0 / 3.0, 2000.0, 1e-12, 1e9] {
            let rate = Rate::per_second(per_second);
            assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
        }
    }

    #[test]
    fn rates_shares_and_counts_know_their_units() {
        assert_eq!(Rate::parse("30/min"), Ok(Rate::per_second(0.5)));
        assert_eq!(Rate::parse("2000"), Err(QuantityError::NoUnit("2000".into())));
        assert_eq!(Rate::parse("2/sec"), Err(QuantityError::UnknownUnit("sec".into())));
        assert_eq!(parse_share("2%"), Ok(0.02));
        assert_eq!(parse_share("0.35 %"), Ok(0.0035));
        assert_eq!(parse_share("2e%"), Err(QuantityError::NotANumber));
        assert_eq!(parse_share("2"), Err(QuantityError::AboveOne));
        assert_eq!(parse_share("nan"), Err(QuantityError::NotANumber));
        assert_eq!(parse_count("100_000"), Ok(100_000));
        assert_eq!(parse_count("1.5"), Err(QuantityError::NotWhole));
        assert_eq!(parse_count("1e3"), Err(QuantityError::NotWhole));
    }
}
