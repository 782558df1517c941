//! Parses `Retry-After` (RFC 9110, section 10.2.3). How long a host is then left alone is decided in the
//! frontier, in `back_off.rs`.
//!
//! HTTP dates are parsed here and not by a crate, since servers also send the obsolete forms, wrong
//! weekdays, and years beyond the range of calendars.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// The longest wait that is returned: a longer one means "never", or is a mistake.
const MAX_WAIT: Duration = Duration::from_secs(366 * 24 * 3600);

/// The wait from `now` that a `Retry-After` states, in seconds or as an HTTP date; zero for a date in the
/// past, `None` for any other value.
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits still means "much later".
        value.parse().map_or(MAX_WAIT, Duration::from_secs)
    } else if let Ok(seconds) = value.parse::<f64>() {
        // Not in the RFC, but some rate limiters send a computed fraction.
        Duration::try_from_secs_f64(seconds).ok()?
    } else {
        let then = parse_http_date(value)?;
        Duration::try_from(then.duration_since(now)).unwrap_or_default()
    };
    Some(wait.min(MAX_WAIT))
}

/// Parses an HTTP date in one of the three forms of RFC 9110, section 5.6.7.
pub(in crate::fetch) fn parse_http_date(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    let value = value.strip_suffix("GMT").or_else(|| value.strip_suffix("UTC")).unwrap_or(value).trim();
    // The weekday is redundant, and often wrong.
    let rest = value.split_once(',').map_or(value, |(_, rest)| rest.trim());
    let forms = ["%d %b %Y %H:%M:%S", "%d-%b-%y %H:%M:%S", "%a %b %e %H:%M:%S %Y"];
    forms.iter().find_map(|form| {
        let time: DateTime = strtime::parse(form, rest).ok()?.to_datetime().ok()?;
        // The last day of the year 9999 is out of range; it means "never" anyway.
        Some(time.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |time| time.timestamp()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn seconds_and_dates_become_waits() {
        let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("1.5", Some(1)),
            ("99999999999999999999999", Some(MAX_WAIT.as_secs())),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(30)),
            ("Sun Nov  6 08:49:37 1994", Some(30)),
            ("Mon, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(MAX_WAIT.as_secs())),
            ("-5", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(parse_retry_after(value, now).map(|wait| wait.as_secs()), expected, "{value}");
        }
    }
}
