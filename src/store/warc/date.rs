//! The dates of WARC and ARC records.
//!
//! WARC 1.1 (section 5.4) takes the W3C profile of ISO 8601, from a year alone to nanoseconds. Writers also
//! leave out the `Z`, put a space in place of the `T`, or write the 14 digits of ARC and CDX files.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The date of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct RecordDate {
    /// The stated time, or the beginning of the stated year, month, day, hour or minute.
    pub at: Timestamp,
    /// Whether the text states less than the second.
    pub is_coarse: bool,
    /// Whether the text states a later time than can be kept; `at` is [`LATEST`] then.
    pub is_too_late: bool,
}

/// The latest time that is kept: some hours before the last that a timestamp can hold, as captures of one
/// second are told apart by a later time.
const LATEST: Timestamp = Timestamp::constant(253_402_200_000, 0);

impl RecordDate {
    /// A date; `at` is `None` if no timestamp can hold it.
    fn new(at: Option<Timestamp>, is_coarse: bool) -> Self {
        let is_too_late = at.is_none_or(|at| at > LATEST);
        Self { at: at.filter(|_| !is_too_late).unwrap_or(LATEST), is_coarse, is_too_late }
    }
}

/// Parses the date of a record; `None` if it is no date. A time without an offset is UTC.
pub(in crate::store) fn parse_record_date(text: &str) -> Option<RecordDate> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        let time = text.split_once(['T', 't', ' ']).map_or("", |(_, time)| time);
        let without_offset = time.split(['+', '-', 'Z', 'z']).next().unwrap_or_default();
        return Some(RecordDate::new(Some(at), without_offset.matches(':').count() < 2));
    }
    let text = text.trim_end_matches(['Z', 'z']);
    if text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse_digits(text);
    }
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    let mut numbers = date.split('-');
    let (year, month, day) = (numbers.next()?, numbers.next(), numbers.next());
    if numbers.next().is_some() || year.len() != 4 {
        return None;
    }
    let (time, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let mut numbers = time.split(':').filter(|part| !part.is_empty());
    let (hour, minute, second) = (numbers.next(), numbers.next(), numbers.next());
    if numbers.next().is_some() || (hour.is_some() && day.is_none()) {
        return None;
    }
    make_date([Some(year), month, day, hour, minute, second], fraction)
}

/// The date in `YYYYMMDD` and up to six digits for the time, as ARC and CDX files write it; further digits
/// are a fraction of the second.
fn parse_digits(text: &str) -> Option<RecordDate> {
    let part = |from: usize| text.get(from..from + 2);
    make_date(
        [text.get(..4), part(4), part(6), part(8), part(10), part(12)],
        text.get(14..).unwrap_or_default(),
    )
}

/// Makes the date of year, month, day, hour, minute, second, and the digits of a fraction of the second.
/// What is missing at the end is the beginning of the stated period.
fn make_date(parts: [Option<&str>; 6], fraction: &str) -> Option<RecordDate> {
    let number = |index: usize, least: i16| -> Option<i16> {
        match parts.get(index).copied().flatten() {
            Some(text) if text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok()
            }
            Some(_) => None,
            None => Some(least),
        }
    };
    let small = |index, least| i8::try_from(number(index, least)?).ok();
    // A leap second is the last second of its minute, as everywhere in POSIX time.
    let second = small(5, 0)?.min(59);
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanosecond: i32 = digits.parse().ok()?;
    let date = DateTime::new(
        number(0, 1)?,
        small(1, 1)?,
        small(2, 1)?,
        small(3, 0)?,
        small(4, 0)?,
        second,
        nanosecond,
    );
    // Only the last day or two of the year 9999 are no timestamp.
    let at = TimeZone::UTC.to_timestamp(date.ok()?).ok();
    Some(RecordDate::new(at, parts.iter().any(Option::is_none)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn dates_of_every_precision_are_read() {
        for (text, at, is_coarse) in [
            ("2016", "2016-01-01T00:00:00Z", true),
            ("2016-11", "2016-11-01T00:00:00Z", true),
            ("2016-11-16", "2016-11-16T00:00:00Z", true),
            ("2016-11-16T19:50Z", "2016-11-16T19:50:00Z", true),
            ("2016-11-16T19:50+01:00", "2016-11-16T18:50:00Z", true),
            ("2016-11-16T19:50:12Z", "2016-11-16T19:50:12Z", false),
            ("2016-11-16t19:50:12z", "2016-11-16T19:50:12Z", false),
            ("2016-11-16T19:50:12.5Z", "2016-11-16T19:50:12.5Z", false),
            ("2016-11-16T19:50:12.123456789Z", "2016-11-16T19:50:12.123456789Z", false),
            ("2016-11-16T19:50:12+01:00", "2016-11-16T18:50:12Z", false),
            ("2016-11-16T19:50:12", "2016-11-16T19:50:12Z", false),
            ("2016-11-16 19:50:12", "2016-11-16T19:50:12Z", false),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", false),
            ("20161116195012", "2016-11-16T19:50:12Z", false),
            ("20161116195012345", "2016-11-16T19:50:12.345Z", false),
            ("201611161950", "2016-11-16T19:50:00Z", true),
            ("20161116", "2016-11-16T00:00:00Z", true),
        ] {
            let found = parse_record_date(text).map(|date| (date.at.to_string(), date.is_coarse));
            assert_eq!(found, Some((at.to_owned(), is_coarse)), "{text}");
        }
        for text in ["9999-12-31T23:59:59Z", "99991231235959", "9999-12-31", "9999-12-30T21:00:00Z"] {
            let date = parse_record_date(text).unwrap();
            assert_eq!((date.at.to_string().as_str(), date.is_too_late), ("9999-12-30T20:00:00Z", true));
        }
        assert!(!parse_record_date("9999-12-30T20:00:00Z").unwrap().is_too_late);
        for text in ["", "yesterday", "16", "2016-13", "2016-11-31", "2016-11-16T25:00:00Z", "2016-11T10:00"]
        {
            assert_eq!(parse_record_date(text), None, "{text}");
        }
    }
}
