//! Reads dates as pages write them, in numbers, Chinese numerals, Japanese eras and English months.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_normalization::UnicodeNormalization;

/// How much of a text is searched for a date, in characters.
const MAX_TEXT: usize = 400;

macro_rules! pattern {
    ($name:ident, $source:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($source).ok());
    };
}

pattern!(
    ISO,
    r"\b((?:19|20)\d\d)[-/.]\s?(\d{1,2})[-/.]\s?(\d{1,2})(?:[T ]+(\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)\s*(Z|[+-]\d{2}:?\d{2})?)?"
);
pattern!(CJK, r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]");
pattern!(
    HAN,
    r"([一二][〇○零一二三四五六七八九]{3})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
);
pattern!(
    ERA,
    r"(令和|平成|昭和|民國|民国)\s*(元|\d{1,3}|[一二三四五六七八九十]{1,3})\s*年\s*(\d{1,2}|[一二三四五六七八九十]{1,2})\s*月\s*(\d{1,2}|[一二三四五六七八九十]{1,3})\s*日"
);
pattern!(COMPACT, r"\b((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\b|T|\d{6}\b)");
pattern!(SLASHED, r"\b(\d{1,2})/(\d{1,2})/((?:19|20)\d\d)\b");
pattern!(
    MONTH_FIRST,
    r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b"
);
pattern!(
    DAY_FIRST,
    r"(?i)\b(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?\s+((?:19|20)\d\d)\b"
);

/// The first date in a text, as `YYYY-MM-DD`, or in RFC 3339 where the text gives time and offset.
pub fn date_in(text: &str) -> Option<String> {
    let text: String = text.chars().take(MAX_TEXT).nfkc().collect();
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut search = |pattern: &LazyLock<Option<Regex>>, read: &dyn Fn(&Captures<'_>) -> Option<String>| {
        let first = pattern.as_ref().and_then(|re| {
            re.captures_iter(&text).find_map(|parts| Some((parts.get(0)?.start(), read(&parts)?)))
        });
        found.extend(first);
    };
    let part = |parts: &Captures<'_>, at: usize| parts.get(at).map_or("", |m| m.as_str()).to_owned();
    search(&ISO, &|parts| {
        let day = iso_date(&part(parts, 1), &part(parts, 2), &part(parts, 3))?;
        let (time, zone) = (part(parts, 4), part(parts, 5));
        Some(if time.len() >= 5 && !zone.is_empty() { with_time(&day, &time, &zone) } else { day })
    });
    search(&CJK, &|parts| iso_date(&part(parts, 1), &part(parts, 2), &part(parts, 3)));
    search(&HAN, &|parts| {
        let number = |at: usize| han_number(&part(parts, at)).map(|n| n.to_string());
        iso_date(&number(1)?, &number(2)?, &number(3)?)
    });
    search(&ERA, &|parts| {
        let number = |at: usize| {
            let text = part(parts, at);
            if text == "元" { Some(1) } else { text.parse().ok().or_else(|| han_number(&text)) }
        };
        let year = year_before_era(&part(parts, 1)) + number(2)?;
        iso_date(&year.to_string(), &number(3)?.to_string(), &number(4)?.to_string())
    });
    search(&COMPACT, &|parts| iso_date(&part(parts, 1), &part(parts, 2), &part(parts, 3)));
    // Month first; where that is not a date, day first.
    search(&SLASHED, &|parts| {
        let (first, second, year) = (part(parts, 1), part(parts, 2), part(parts, 3));
        iso_date(&year, &first, &second).or_else(|| iso_date(&year, &second, &first))
    });
    search(&MONTH_FIRST, &|parts| iso_date(&part(parts, 3), &part(parts, 1), &part(parts, 2)));
    search(&DAY_FIRST, &|parts| iso_date(&part(parts, 3), &part(parts, 2), &part(parts, 1)));
    found.into_iter().min_by_key(|(at, _)| *at).map(|(_, date)| date)
}

/// Words beside the date of a later change, and words beside the date of publication.
const CHANGED: &[&str] = &["updated", "modified", "更新", "修改", "修订", "修訂"];
const PUBLISHED: &[&str] =
    &["published", "posted", "发布", "發布", "發佈", "发表", "發表", "公開", "配信", "掲載"];

/// The date of publication in a text that may also give the date of a later change; else its first date.
pub fn published_date(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let first = |words: &[&str], from: usize| {
        let rest = lower.get(from..)?;
        words.iter().filter_map(|word| rest.find(word)).min().map(|at| from + at)
    };
    let before_change = || {
        let changed = first(CHANGED, 0)?;
        let published = || first(PUBLISHED, changed).and_then(|at| date_in(text.get(at..)?));
        text.get(..changed).and_then(date_in).or_else(published)
    };
    before_change().or_else(|| date_in(text))
}

/// The year before the first of an era: Japanese eras, and that of the Republic of China.
fn year_before_era(era: &str) -> u32 {
    match era {
        "令和" => 2018,
        "平成" => 1988,
        "昭和" => 1925,
        _ => 1911,
    }
}

/// Reads a number in Chinese numerals: a row of digits, or one up to 99 with 十.
fn han_number(text: &str) -> Option<u32> {
    let digit =
        |c: char| "〇一二三四五六七八九".chars().position(|d| d == c).and_then(|n| u32::try_from(n).ok());
    let text = text.replace(['零', '○'], "〇");
    if let Some((tens, ones)) = text.split_once('十') {
        let tens = if tens.is_empty() { 1 } else { tens.chars().next().and_then(digit)? };
        let ones = if ones.is_empty() { 0 } else { ones.chars().next().and_then(digit)? };
        return Some(tens * 10 + ones);
    }
    text.chars().try_fold(0_u32, |number, c| Some(number * 10 + digit(c)?))
}

/// A date as `YYYY-MM-DD`, if it exists.
fn iso_date(year: &str, month: &str, day: &str) -> Option<String> {
    let month = month.parse().ok().or_else(|| month_number(month))?;
    let date = jiff::civil::Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    Some(date.to_string())
}

fn month_number(name: &str) -> Option<i8> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = name.to_lowercase();
    let at = MONTHS.iter().position(|month| lower.starts_with(month))?;
    i8::try_from(at + 1).ok()
}

fn with_time(day: &str, time: &str, zone: &str) -> String {
    let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
    let zone = match zone.len() {
        5 => format!("{}:{}", zone.get(..3).unwrap_or_default(), zone.get(3..).unwrap_or_default()),
        _ => zone.to_owned(),
    };
    let stamp = format!("{day}T{time}{zone}");
    if stamp.parse::<jiff::Timestamp>().is_ok() { stamp } else { day.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_many_forms() {
        for (text, date) in [
            ("2021-03-04", "2021-03-04"),
            ("2021-3-4 08:09", "2021-03-04"),
            ("2021-03-04T08:09:10+0800", "2021-03-04T08:09:10+08:00"),
            ("2021-03-04T08:09Z", "2021-03-04T08:09:00Z"),
            ("发布于2021年3月4日 星期四", "2021-03-04"),
            ("２０２１年３月４日", "2021-03-04"),
            ("二〇二一年三月四日", "2021-03-04"),
            ("二零二一年十二月二十四日", "2021-12-24"),
            ("令和3年3月4日", "2021-03-04"),
            ("令和元年5月1日", "2019-05-01"),
            ("令和三年三月四日", "2021-03-04"),
            ("昭和六十三年十二月二十四日", "1988-12-24"),
            ("民國110年3月4日", "2021-03-04"),
            ("2021年3月4日 8時9分", "2021-03-04"),
            ("2021/03/04", "2021-03-04"),
            ("2021. 3. 4", "2021-03-04"),
            ("3/14/2021 5:00 PM", "2021-03-14"),
            ("14/3/2021", "2021-03-14"),
            ("March 4th, 2021", "2021-03-04"),
            ("4 Mar 2021", "2021-03-04"),
            ("the 4th of March 2021", "2021-03-04"),
            ("20210304", "2021-03-04"),
            ("2021-13-04, then 2021-03-04", "2021-03-04"),
        ] {
            assert_eq!(date_in(text).as_deref(), Some(date), "{text}");
        }
        for text in ["2021-13-04", "no 2021", "12345678901234", "99/99/2021", "© 2021", "3月4日"] {
            assert_eq!(date_in(text), None, "{text}");
        }
    }
}
