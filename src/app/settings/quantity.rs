//! Reads durations and sizes in the form that people write.

use std::time::Duration;

/// The units of a duration, in milliseconds.
const TIMES: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// The units of a size, in bytes; case is ignored.
const SIZES: [(&str, u64); 8] = [
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("kib", 1 << 10),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
    ("gb", 1_000_000_000),
    ("gib", 1 << 30),
];

/// Reads numbers with units, such as `250ms`, `30s`, `5m`, `1h30m` or `3d`, and adds them up.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a time such as \"250ms\", \"30s\" or \"1h30m\"");
    let mut rest = text.trim();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let (number, after) = split_number(rest).ok_or_else(wrong)?;
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(end).ok_or_else(wrong)?;
        let (_, factor) = TIMES.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        total =
            multiply_decimal(number, *factor).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = next.trim_start();
    }
    Ok(Duration::from_millis(total))
}

/// Reads `16 MiB`, `10MB`, `512 KiB`, `4096`, in bytes.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("\"{text}\" is not a size such as \"16 MiB\", \"10MB\" or \"4096\"");
    let (number, unit) = split_number(text.trim()).ok_or_else(wrong)?;
    let unit = unit.to_ascii_lowercase();
    let (_, factor) = SIZES.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    multiply_decimal(number, *factor).ok_or_else(wrong)
}

/// Splits after the leading decimal number, and after white space that follows it.
fn split_number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    (!number.is_empty()).then_some((number, rest.trim_start()))
}

/// Multiplies a decimal number by a factor, exactly for whole numbers; a fraction of a unit is cut off.
fn multiply_decimal(number: &str, factor: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
    let digits = u32::try_from(fraction.len()).ok()?;
    if digits > 9 {
        return None;
    }
    let fraction = fraction.parse::<u64>().ok()?.checked_mul(factor)? / 10_u64.pow(digits);
    whole.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn durations_add_up() {
        for (text, millis) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("1.5s", 1_500),
            ("3d", 259_200_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn a_duration_needs_a_unit_and_a_number() {
        for text in ["", "30", "s", "5 minutes", "-1s", "1h30", "1..5s", "99999999999999999999s", "1é"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_know_both_kinds_of_units() {
        for (text, bytes) in [
            ("16 MiB", 16 << 20),
            ("10MB", 10_000_000),
            ("512 kib", 512 << 10),
            ("4096", 4096),
            ("1.5 GiB", 3 << 29),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "16 MiBs", "1 TB x", "-1", "999999999999 GiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
