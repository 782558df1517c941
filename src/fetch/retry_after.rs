//! When a server says to come back (RFC 9110, section 10.2.3), and HTTP dates.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// A wait longer than a year is a server's way of saying never, or a mistake.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// The wait that a `Retry-After` asks for, from `now`: seconds or an HTTP date. A date that is
/// past asks for no wait. None where the value is neither.
pub fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number is still "much later".
        value.parse().map_or(LONGEST, Duration::from_secs)
    } else if let Ok(seconds) = value.parse::<f64>() {
        // Not in the RFC; seen from rate limiters that compute it.
        Duration::try_from_secs_f64(seconds).ok()?
    } else {
        let then = http_date(value)?;
        Duration::try_from(then.duration_since(now)).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

/// An HTTP date in any of the three forms of RFC 9110, section 5.6.7, or with the dashes of old
/// cookies.
pub fn http_date(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    let value = value.strip_suffix("GMT").or_else(|| value.strip_suffix("UTC")).unwrap_or(value).trim();
    // The weekday is redundant, and wrong often enough.
    let rest = value.split_once(',').map_or(value, |(_, rest)| rest.trim());
    let forms = ["%d %b %Y %H:%M:%S", "%d-%b-%y %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%a %b %e %H:%M:%S %Y"];
    forms.iter().find_map(|form| {
        let time: DateTime = strtime::parse(form, rest).ok()?.to_datetime().ok()?;
        // The last day of the year 9999 is beyond the calendar here; it means "never" anyway.
        Some(time.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |time| time.timestamp()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn seconds_and_dates_are_waits() {
        let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("1.5", Some(1)),
            ("99999999999999999999999", Some(LONGEST.as_secs())),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(30)),
            ("Sun Nov  6 08:49:37 1994", Some(30)),
            ("Mon, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(LONGEST.as_secs())),
            ("-5", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(parse(value, now).map(|wait| wait.as_secs()), expected, "{value}");
        }
    }
}
