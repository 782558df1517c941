//! Reads date and author from a byline.

use jiff::civil::{self, Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};

/// The date and author that a byline states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::archive) struct Byline {
    pub date: Option<Timestamp>,
    pub author: String,
}

/// Parses `3/11/2023 2:51 AM UTC Name`, `@name 4/28/2022 12:32 PM UTC`, `2023-03-11 Name`, or a name.
pub(in crate::archive) fn parse_byline(text: &str) -> Byline {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| parse_day(word).is_some());
    let Some(at) = at else { return Byline { date: None, author: words.join(" ") } };
    let Some(date) = words.get(at).and_then(|word| parse_day(word)) else { return Byline::default() };
    let mut used = 1;
    let mut time = civil::Time::midnight();
    if let Some(found) = words.get(at + 1).and_then(|word| parse_clock_time(word)) {
        time = found;
        used += 1;
        let half = words.get(at + used).copied().unwrap_or_default();
        if half.eq_ignore_ascii_case("pm") || half.eq_ignore_ascii_case("am") {
            used += 1;
            let hour = time.hour() % 12 + if half.eq_ignore_ascii_case("pm") { 12 } else { 0 };
            time = civil::Time::new(hour, time.minute(), time.second(), 0).unwrap_or(time);
        }
        if words.get(at + used).is_some_and(|word| matches!(*word, "UTC" | "GMT" | "Z")) {
            used += 1;
        }
    }
    let names = words.get(..at).into_iter().chain(words.get(at + used..)).flatten();
    let author = names.copied().collect::<Vec<_>>().join(" ");
    Byline { date: to_utc_timestamp(date.to_datetime(time)), author }
}

/// Parses a date of the front matter: RFC 3339, also with a space in place of the `T`, or a date alone,
/// which means midnight UTC.
pub(in crate::archive) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let local: Option<DateTime> = text.parse().ok();
        local.and_then(to_utc_timestamp).or_else(|| parse_byline(text).date)
    })
}

fn to_utc_timestamp(at: DateTime) -> Option<Timestamp> {
    at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Parses `M/D/YYYY`, `YYYY-MM-DD`, `YYYY/M/D` or `YYYY年M月D日`.
fn parse_day(word: &str) -> Option<Date> {
    let word = word.trim_end_matches(['日', ',', '，', ':', '：']);
    let mut parts = word.split(['/', '-', '.', '年', '月']);
    let numbers = [parts.next()?, parts.next()?, parts.next()?];
    if parts.next().is_some()
        || numbers.iter().any(|n| n.is_empty() || !n.bytes().all(|b| b.is_ascii_digit()))
    {
        return None;
    }
    let [first, second, third] = numbers;
    let (year, month, day) = if first.len() == 4 { (first, second, third) } else { (third, first, second) };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn parse_clock_time(word: &str) -> Option<civil::Time> {
    let mut parts = word.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    civil::Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn case(text: &str) -> (String, String) {
        let stated = parse_byline(text);
        (stated.date.map(|date| date.to_string()).unwrap_or_default(), stated.author)
    }

    #[test]
    fn bylines_state_date_and_author_in_any_order() {
        assert_eq!(
            case("2/3/2023 12:05 AM UTC 某 编辑组"),
            ("2023-02-03T00:05:00Z".into(), "某 编辑组".into())
        );
        assert_eq!(case("@name 4/8/2022 12:32 PM UTC"), ("2022-04-08T12:32:00Z".into(), "@name".into()));
        assert_eq!(case("2021年5月6日 Ann"), ("2021-05-06T00:00:00Z".into(), "Ann".into()));
        assert_eq!(case("某农场"), (String::new(), "某农场".into()));
        assert_eq!(case("13/45/2023 x"), (String::new(), "13/45/2023 x".into()));
    }

    #[test]
    fn front_matter_dates() {
        let date = |text| parse_date(text).map(|date| date.to_string()).unwrap_or_default();
        assert_eq!(date("2024-05-06T07:08:09+02:00"), "2024-05-06T05:08:09Z");
        assert_eq!(date("2024-05-06 07:08:09"), "2024-05-06T07:08:09Z");
        assert_eq!(date("2024-05-06"), "2024-05-06T00:00:00Z");
        assert_eq!(date("soon"), "");
    }
}
