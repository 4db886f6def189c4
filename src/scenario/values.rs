//! Single values: durations, rates, probabilities, counts, switches, and the words for "none".
//!
//! Turns what [`quantity`](crate::quantity) says about a text into a complaint that helps.

use std::ops::RangeInclusive;

use crate::quantity::{
    FASTEST_PER_SECOND, QuantityError, Rate, SIZE_UNITS, SPAN_UNITS, Span, parse_bytes, parse_count,
    parse_number, parse_share,
};

use super::diagnostic::quoted;
use super::reader::Reader;
use super::registry;
use super::source::Place;
use super::tree::{Node, Value};
use super::words::{BOOLEAN, Words};

impl Reader<'_> {
    /// A duration, zero allowed.
    pub(super) fn span(&mut self, node: &Node) -> Option<Span> {
        let text = self.text(node, "a duration such as `20ms`")?;
        self.span_from(&node.place, text)
    }

    /// A duration from a part of a text.
    pub(super) fn span_from(&mut self, place: &Place, text: &str) -> Option<Span> {
        match Span::parse(text) {
            Ok(span) => Some(span),
            Err(QuantityError::TooLarge) => {
                let message = format!("{} is beyond the end of virtual time", quoted(text));
                self.error(&registry::TIME_OVERFLOW, place, message).help("at most about 584 years");
                None
            }
            Err(why) => {
                let (message, help) = span_complaint(text, &why);
                self.error(&registry::BAD_DURATION, place, message).help(help);
                None
            }
        }
    }

    /// A duration that is not zero.
    pub(super) fn positive_span(&mut self, node: &Node) -> Option<Span> {
        let span = self.span(node)?;
        if span.is_zero() {
            self.error(&registry::OUT_OF_RANGE, &node.place, "this must be longer than no time");
            return None;
        }
        Some(span)
    }

    /// A rate, zero allowed.
    pub(super) fn rate(&mut self, node: &Node) -> Option<Rate> {
        let text = self.text(node, "a rate such as `100/s`")?;
        let (message, help) = match Rate::parse(text) {
            Ok(rate) => return Some(rate),
            Err(QuantityError::NoUnit(number)) => {
                (format!("{} has no unit", quoted(text)), format!("write `{number}/s` for so many a second"))
            }
            Err(QuantityError::UnknownUnit(unit)) => (
                format!("{} is no unit of time", quoted(&unit)),
                unit_help(&unit)
                    .unwrap_or_else(|| "a rate is a number per unit: `100/s`, `30/min`".to_owned()),
            ),
            Err(QuantityError::Negative) => {
                (format!("{} is below zero", quoted(text)), "rates begin at 0/s".to_owned())
            }
            Err(QuantityError::TooLarge) => (
                format!("{} is too fast", quoted(text)),
                format!("at most {FASTEST_PER_SECOND}/s, one every nanosecond"),
            ),
            Err(_) => (
                format!("{} is not a rate", quoted(text)),
                "a rate looks like `100/s` or `30/min`".to_owned(),
            ),
        };
        self.error(&registry::BAD_RATE, &node.place, message).help(help);
        None
    }

    /// A probability from 0 to 1.
    pub(super) fn share(&mut self, node: &Node) -> Option<f64> {
        let text = self.text(node, "a probability such as `2%`")?;
        let message = match parse_share(text) {
            Ok(share) => return Some(share),
            Err(QuantityError::AboveOne) => format!("{} is above one", quoted(text)),
            Err(QuantityError::Negative) => format!("{} is below zero", quoted(text)),
            Err(_) => format!("{} is not a probability", quoted(text)),
        };
        let help = match parse_number(text) {
            Ok(n) if n > 1.0 && n <= 100.0 => format!("for {n} percent write `{n}%`"),
            _ => "a probability is between 0% and 100%, or between 0 and 1".to_owned(),
        };
        self.error(&registry::BAD_PROBABILITY, &node.place, message).help(help);
        None
    }

    /// A size in bytes that is not zero.
    pub(super) fn size(&mut self, node: &Node) -> Option<u64> {
        let text = self.text(node, "a size such as `1kB`")?;
        let (message, help) = match parse_bytes(text) {
            Ok(0) => {
                self.error(&registry::OUT_OF_RANGE, &node.place, "this must be more than nothing");
                return None;
            }
            Ok(bytes) => return Some(bytes),
            Err(QuantityError::NoUnit(number)) => {
                let help = format!("write `{number}B` for bytes or `{number}kB` for thousands of them");
                (format!("{} has no unit", quoted(text)), help)
            }
            Err(QuantityError::UnknownUnit(unit)) => {
                let near = SIZE_UNITS.iter().find(|(ours, _)| ours.eq_ignore_ascii_case(&unit));
                let units: Vec<&str> = SIZE_UNITS.iter().map(|(unit, _)| *unit).collect();
                let help = near.map_or_else(
                    || format!("the units are {}", units.join(", ")),
                    |(ours, _)| format!("write `{ours}`"),
                );
                (format!("{} is no unit of size", quoted(&unit)), help)
            }
            Err(_) => {
                let help = "a size is a number with a unit: `500B`, `1.5kB`, `10MB`, `1GiB`";
                (format!("{} is not a size", quoted(text)), help.to_owned())
            }
        };
        self.error(&registry::BAD_SIZE, &node.place, message).help(help);
        None
    }

    /// A whole number in a range.
    pub(super) fn count(&mut self, node: &Node, range: RangeInclusive<u64>) -> Option<u64> {
        let text = self.text(node, "a whole number")?;
        self.count_from(&node.place, text, range)
    }

    /// A whole number from a part of a text.
    pub(super) fn count_from(
        &mut self,
        place: &Place,
        text: &str,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        match parse_count(text) {
            Ok(count) if range.contains(&count) => Some(count),
            Ok(_) | Err(QuantityError::Negative | QuantityError::TooLarge) => {
                let message = format!("{} is out of range", quoted(text));
                let help = if *range.end() == u64::MAX {
                    format!("it must be at least {}", range.start())
                } else {
                    format!("it must be from {} to {}", range.start(), range.end())
                };
                self.error(&registry::OUT_OF_RANGE, place, message).help(help);
                None
            }
            Err(_) => {
                let message = format!("{} is not a whole number", quoted(text));
                self.error(&registry::BAD_NUMBER, place, message)
                    .help("write the digits out, as in `100_000`");
                None
            }
        }
    }

    /// A whole number in a range below 2^32.
    pub(super) fn small_count(&mut self, node: &Node, range: RangeInclusive<u32>) -> Option<u32> {
        let count = self.count(node, u64::from(*range.start())..=u64::from(*range.end()))?;
        u32::try_from(count).ok()
    }

    /// A whole number, perhaps below zero.
    pub(super) fn whole(&mut self, node: &Node) -> Option<i64> {
        let text = self.text(node, "a whole number")?;
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let Some(size) = parse_count(digits).ok().and_then(|count| i64::try_from(count).ok()) else {
            let message = format!("{} is not a whole number", quoted(text));
            self.error(&registry::BAD_NUMBER, &node.place, message).help("as in `-1` or `100_000`");
            return None;
        };
        Some(if text.starts_with('-') { -size } else { size })
    }

    /// A finite number.
    pub(super) fn number(&mut self, node: &Node) -> Option<f64> {
        let text = self.text(node, "a number")?;
        let number = parse_number(text).ok();
        if number.is_none() {
            self.error(&registry::BAD_NUMBER, &node.place, format!("{} is not a number", quoted(text)));
        }
        number
    }

    /// A number that is at least `least`.
    pub(super) fn number_from(&mut self, node: &Node, least: f64) -> Option<f64> {
        let number = self.number(node)?;
        if number < least {
            let message = format!("`{number}` is out of range");
            self.error(&registry::OUT_OF_RANGE, &node.place, message)
                .help(format!("it must be at least {least}"));
            return None;
        }
        Some(number)
    }

    /// A number above zero.
    pub(super) fn positive_number(&mut self, node: &Node) -> Option<f64> {
        let number = self.number(node)?;
        if number <= 0.0 {
            self.error(&registry::OUT_OF_RANGE, &node.place, format!("`{number}` is not above zero"));
            return None;
        }
        Some(number)
    }

    /// A switch that stands for one of two things.
    pub(super) fn switch<T: Copy>(&mut self, node: &Node, words: Words<T>) -> Option<T> {
        let word = if self.boolean(node)? { "true" } else { "false" };
        words.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning)
    }

    /// A switch.
    pub(super) fn boolean(&mut self, node: &Node) -> Option<bool> {
        let text = self.text(node, "`true` or `false`")?;
        let found = BOOLEAN.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            self.unknown_value(&node.place, text, &["true", "false"]);
        }
        found
    }

    /// `None` for `off`, `none`, `unlimited` and `never`, and else what `read` makes of it.
    /// The outer `Option` is empty after a complaint.
    #[expect(clippy::option_option, reason = "one says whether it was read, the other is the value")]
    pub(super) fn or_off<T>(
        &mut self,
        node: &Node,
        read: impl FnOnce(&mut Self, &Node) -> Option<T>,
    ) -> Option<Option<T>> {
        if is_off(node) { Some(None) } else { read(self, node).map(Some) }
    }
}

/// Whether a value is one of the words for "none".
pub(super) fn is_off(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar { text, .. } if is_off_word(text))
}

/// Whether a word means "none", and so can name no component.
pub(super) fn is_off_word(text: &str) -> bool {
    matches!(text, "off" | "none" | "unlimited" | "never")
}

fn span_complaint(text: &str, why: &QuantityError) -> (String, String) {
    match why {
        QuantityError::NoUnit(number) => (
            format!("{} has no unit", quoted(text)),
            format!("write `{number}s` for seconds or `{number}ms` for milliseconds"),
        ),
        QuantityError::UnknownUnit(unit) => {
            (format!("{} is no unit of time", quoted(unit)), unit_help(unit).unwrap_or_else(all_units))
        }
        QuantityError::Negative => {
            (format!("{} is below zero", quoted(text)), "virtual time only goes forward".to_owned())
        }
        _ => (
            format!("{} is not a duration", quoted(text)),
            "a duration is a number with a unit: `250us`, `1.5s`, `1h 30min`".to_owned(),
        ),
    }
}

fn all_units() -> String {
    let units: Vec<&str> = SPAN_UNITS.iter().map(|(unit, _)| *unit).collect();
    format!("the units are {}", units.join(", "))
}

/// What somebody probably meant by a unit.
fn unit_help(unit: &str) -> Option<String> {
    let ours = match unit.to_lowercase().as_str() {
        "m" => return Some("for minutes write `min`, for milliseconds `ms`".to_owned()),
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "ms" | "msec" | "millis" | "milliseconds" | "millisecond" => "ms",
        "usec" | "micros" | "microseconds" | "microsecond" => "us",
        "nanos" | "nanoseconds" | "nanosecond" | "nsec" => "ns",
        "mins" | "minute" | "minutes" | "min" => "min",
        "hr" | "hrs" | "hour" | "hours" | "h" => "h",
        "day" | "days" | "d" => "d",
        _ => return None,
    };
    Some(format!("write `{ours}`"))
}
