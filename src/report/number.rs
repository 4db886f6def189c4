//! Numbers as people read them: grouped, rounded to what matters, with units and right plurals.
//!
//! Owns every rounding for the eye. Exact numbers are the business of JSON and CSV.

/// `10 000`.
#[must_use]
pub fn group(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// Three significant digits, never fewer than all those before the point: `0.0123`, `12.3`, `5 031`.
#[must_use]
pub fn decimal(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { "–".into() };
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    if size < 1e-6 {
        return format!("{sign}{size:.1e}");
    }
    let decimals = usize::try_from(2 - exponent(size)).unwrap_or(0);
    let text = format!("{size:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), group);
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// `2.06 %`; what is not quite everything never reads `100 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let text = format!("{} %", decimal(share * 100.0));
    if text == "100 %" && share < 1.0 { "99.9+ %".into() } else { text }
}

/// A span given in milliseconds, in the unit that fits: `250 µs`, `15.3 ms`, `1.25 s`, `3 min 12 s`.
#[must_use]
pub fn millis(value: f64) -> String {
    match value {
        0.0 => "0 ms".into(),
        v if v < 0.001 => format!("{} ns", decimal(v * 1e6)),
        v if v < 1.0 => format!("{} µs", decimal(v * 1e3)),
        v if v < 999.5 => format!("{} ms", decimal(v)),
        v => seconds(v / 1e3),
    }
}

/// Like [`millis`], with one unit even beyond a minute, for tables: `76.2 s`, `16.7 min`.
#[must_use]
pub fn millis_short(value: f64) -> String {
    match value {
        v if (1_000.0..600_000.0).contains(&v) => format!("{} s", decimal(v / 1e3)),
        v if (1_000.0..36_000_000.0).contains(&v) => format!("{} min", decimal(v / 60e3)),
        v if v >= 1_000.0 => format!("{} h", decimal(v / 3_600e3)),
        v => millis(v),
    }
}

/// With a capital letter first, to begin a sentence or a title.
#[must_use]
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A span given in seconds, in the unit that fits.
#[must_use]
pub fn seconds(value: f64) -> String {
    match value {
        0.0 => "0 s".into(),
        v if v < 0.999_5 => millis(v * 1e3),
        v if v < 59.95 => format!("{} s", decimal(v)),
        v if v < 3_599.5 => {
            let whole = whole(v);
            two_units(whole / 60, "min", whole % 60, "s")
        }
        v => {
            let minutes = whole(v / 60.0);
            two_units(minutes / 60, "h", minutes % 60, "min")
        }
    }
}

/// `1 message`, `10 000 messages`; the plural is the noun with an s.
#[must_use]
pub fn count_of(count: u64, noun: &str) -> String {
    format!("{} {}", group(count), plural(count, noun))
}

/// The noun, with an s unless there is one of it.
#[must_use]
pub fn plural(count: u64, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// `was` or `were`.
#[must_use]
pub const fn was(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The same text with blanks inside numbers, and between numbers and units, that do not break.
#[must_use]
pub fn unbroken(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let keep = |index: usize| {
        let before = index.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(index + 1);
        before.is_some_and(char::is_ascii_digit)
            && after.is_some_and(|c| c.is_ascii_digit() || *c == '%')
            // `seed 7 2 of` is no number: groups have three digits.
            && (after == Some(&'%') || chars.get(index + 1..index + 4).is_some_and(all_digits))
    };
    chars.iter().enumerate().map(|(i, c)| if *c == ' ' && keep(i) { '\u{202f}' } else { *c }).collect()
}

fn all_digits(chars: &[char]) -> bool {
    chars.iter().all(char::is_ascii_digit)
}

fn two_units(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// The power of ten of the first of three significant digits, after rounding to them.
#[expect(clippy::cast_possible_truncation, reason = "exponents of floats fit")]
fn exponent(size: f64) -> i64 {
    let exponent = libm::log10(size).floor();
    let rounded = (size / libm::exp10(exponent - 2.0)).round();
    exponent as i64 + i64::from(rounded >= 1_000.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and spans of virtual time are below 2^64 s"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_in_threes() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1 000"), (1_234_567, "1 234 567")];
        for (count, text) in cases {
            assert_eq!(group(count), text);
        }
    }

    #[test]
    fn decimals_keep_three_significant_digits() {
        let cases = [
            (0.0, "0"),
            (0.012_345, "0.0123"),
            (9.996, "10"),
            (12.34, "12.3"),
            (402.4, "402"),
            (5_031.2, "5 031"),
            (-0.5, "−0.5"),
            (f64::INFINITY, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(decimal(value), text);
        }
    }

    #[test]
    fn spans_come_in_the_unit_that_fits() {
        let cases = [
            (0.0, "0 ms"),
            (0.25, "250 µs"),
            (15.32, "15.3 ms"),
            (999.999, "1 s"),
            (1_250.0, "1.25 s"),
            (59_990.0, "1 min"),
            (192_000.0, "3 min 12 s"),
            (5_400_000.0, "1 h 30 min"),
        ];
        for (value, text) in cases {
            assert_eq!(millis(value), text);
        }
    }

    #[test]
    fn almost_everything_is_not_everything() {
        assert_eq!(percent(0.999_999), "99.9+ %");
        assert_eq!(percent(0.0206), "2.06 %");
    }

    #[test]
    fn numbers_do_not_break_but_words_do() {
        assert_eq!(unbroken("10 000 of 20 %, seed 7"), "10\u{202f}000 of 20\u{202f}%, seed 7");
    }
}
