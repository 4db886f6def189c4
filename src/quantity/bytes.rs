//! Sizes in bytes: reading `1kB`, `10MB`, `1GiB`, and printing them.

use super::QuantityError;

/// The units of a size, with their bytes; those of a thousand first, which printing uses.
pub const SIZE_UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// How many of the units are thousands of one another.
const DECIMAL_UNITS: usize = 5;

/// Reads `1kB`, `1.5MB`, `1GiB`, in bytes, rounded down. A bare `0` is nothing.
///
/// # Errors
/// If it is not a size, with the first reason.
pub fn parse_bytes(text: &str) -> Result<u64, QuantityError> {
    let text = text.trim();
    if text == "0" {
        return Ok(0);
    }
    let end = text.find(char::is_alphabetic).unwrap_or(text.len());
    let (number, unit) = (text[..end].trim(), text[end..].trim());
    let digits = number.replace('_', "");
    if digits.starts_with('-') {
        return Err(QuantityError::Negative);
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(all_digits(whole) && all_digits(fraction)) || whole.len() + fraction.len() == 0 {
        return Err(QuantityError::NotANumber);
    }
    if unit.is_empty() {
        return Err(QuantityError::NoUnit(number.to_owned()));
    }
    let (_, scale) = SIZE_UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(|| QuantityError::UnknownUnit(unit.to_owned()))?;
    // Beyond 15 places even a tebibyte's fraction is below a byte.
    let fraction = &fraction[..fraction.len().min(15)];
    let read = |part: &str| match part {
        "" => Ok(0_u128),
        digits => digits.parse::<u128>().map_err(|_| QuantityError::TooLarge),
    };
    let places = u32::try_from(fraction.len()).map_err(|_| QuantityError::TooLarge)?;
    let bytes = read(whole)?
        .saturating_mul(u128::from(scale))
        .saturating_add(read(fraction)? * u128::from(scale) / 10_u128.pow(places));
    u64::try_from(bytes).map_err(|_| QuantityError::TooLarge)
}

/// A size as it is read, in the largest unit of a thousand that divides it: `1kB`, `1500B`.
#[must_use]
pub fn bytes_text(bytes: u64) -> String {
    let units = SIZE_UNITS[..DECIMAL_UNITS].iter().rev();
    let (unit, scale) =
        units.copied().find(|(_, scale)| bytes.is_multiple_of(*scale)).unwrap_or(SIZE_UNITS[0]);
    if bytes == 0 { "0B".to_owned() } else { format!("{}{unit}", bytes / scale) }
}

#[cfg(test)]
mod tests {
    use super::{QuantityError, bytes_text, parse_bytes};

    #[test]
    fn sizes_are_read_exactly() {
        let cases = [
            ("0", 0),
            ("17B", 17),
            ("1kB", 1_000),
            ("1.5 MB", 1_500_000),
            ("10_000 kB", 10_000_000),
            ("1KiB", 1_024),
            ("0.5GiB", 1 << 29),
            ("18446744073709551615B", u64::MAX),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_says_why() {
        let cases = [
            ("", QuantityError::NotANumber),
            ("big", QuantityError::NotANumber),
            ("1.2.3kB", QuantityError::NotANumber),
            ("100", QuantityError::NoUnit("100".into())),
            ("1kb", QuantityError::UnknownUnit("kb".into())),
            ("-1kB", QuantityError::Negative),
            ("99999999TB", QuantityError::TooLarge),
            ("999999999999999999999999999999999999999999B", QuantityError::TooLarge),
        ];
        for (text, why) in cases {
            assert_eq!(parse_bytes(text), Err(why), "{text}");
        }
    }

    #[test]
    fn sizes_survive_being_printed() {
        for bytes in [0, 1, 999, 1_000, 1_024, 1_500_000, 7_000_000_000, u64::MAX] {
            assert_eq!(parse_bytes(&bytes_text(bytes)), Ok(bytes));
        }
        assert_eq!(bytes_text(1_500_000), "1500kB");
    }
}
