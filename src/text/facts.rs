//! Title, author and date of a page: meta tags and JSON-LD first, then what is written near the
//! title. The engines' own dates were wrong in 3 of 14 pages.

use std::sync::LazyLock;

use regex::Regex;

use super::markup::{self, Token, Tokens};
use super::state::PageState;
use super::whole::WholeText;
use super::{entities, whole};

/// What a page says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The title without the site's name; empty where none was found.
    pub title: String,
    /// The author; empty where none was found.
    pub author: String,
    /// The date, `YYYY-MM-DD` or RFC 3339; empty where none was found.
    pub date: String,
}

impl Facts {
    /// Takes what a site's own rule found.
    pub fn prefer(&mut self, found: &super::site::Found) {
        for (fact, value) in [(&mut self.title, &found.title), (&mut self.author, &found.author)] {
            if !value.is_empty() {
                fact.clone_from(value);
            }
        }
        if let Some(date) = date_in(&found.date) {
            self.date = date;
        }
    }
}

#[derive(Default)]
struct Marked {
    meta: Vec<(String, String)>,
    headings: Vec<String>,
    times: Vec<String>,
    bylines: Vec<String>,
}

const TITLE_META: &[&str] = &["og:title", "twitter:title", "dc.title", "title"];
const AUTHOR_META: &[&str] = &[
    "author",
    "article:author",
    "byl",
    "dc.creator",
    "parsely-author",
    "sailthru.author",
    "og:article:author",
];
const DATE_META: &[&str] = &[
    "article:published_time",
    "og:published_time",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish-date",
    "publication_date",
    "dc.date.issued",
    "dc.date",
    "dcterms.date",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "weibo: article:create_at",
    "date",
];

/// Gathers the facts.
pub fn facts(html: &str, state: &PageState, page: &WholeText) -> Facts {
    let marked = mark(html);
    let meta = |names: &[&str]| {
        names.iter().find_map(|name| {
            marked.meta.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    };
    let title = title(meta(TITLE_META), &state.title, &marked.headings, &page.title);
    let date = meta(DATE_META)
        .and_then(|value| date_in(&value))
        .or_else(|| date_in(&state.date))
        .or_else(|| marked.times.iter().find_map(|value| date_in(value)))
        .or_else(|| date_near_title(&page.text, &title))
        .unwrap_or_default();
    let author = Some(state.author.clone())
        .filter(|name| is_name(name))
        .or_else(|| meta(AUTHOR_META).filter(|name| is_name(name)))
        .or_else(|| marked.bylines.iter().find(|name| is_name(name)).cloned())
        .or_else(|| author_near_title(&page.text, &title))
        .unwrap_or_default();
    Facts { title, author: strip_by(&author), date }
}

fn mark(html: &str) -> Marked {
    let mut marked = Marked::default();
    let mut open: Option<(String, String, Capture)> = None;
    for token in Tokens::new(html) {
        match token {
            Token::Open { name, attributes, .. } if name.eq_ignore_ascii_case("meta") => {
                let key = markup::attribute(attributes, "property")
                    .or_else(|| markup::attribute(attributes, "name"))
                    .or_else(|| markup::attribute(attributes, "itemprop"));
                if let (Some(key), Some(value)) = (key, markup::attribute(attributes, "content")) {
                    let value = one_line(value);
                    if !value.is_empty() {
                        marked.meta.push((key.to_ascii_lowercase(), value));
                    }
                }
            }
            Token::Open { name, attributes, .. } => {
                if name.eq_ignore_ascii_case("time")
                    && let Some(value) = markup::attribute(attributes, "datetime")
                {
                    marked.times.push(value.to_owned());
                }
                if open.is_none()
                    && let Some(capture) = capture(name, attributes)
                {
                    open = Some((name.to_owned(), String::new(), capture));
                }
            }
            Token::Text(text) => {
                if let Some((_, content, _)) = &mut open
                    && content.len() < 1000
                {
                    whole::push_text(content, &entities::decode(text));
                }
            }
            Token::Close { name, .. } => {
                if let Some((element, content, capture)) =
                    open.take_if(|(element, _, _)| element.eq_ignore_ascii_case(name))
                {
                    let content = content.trim().to_owned();
                    match capture {
                        _ if content.is_empty() => {}
                        Capture::Heading => marked.headings.push(content),
                        Capture::Byline => marked.bylines.push(content),
                        Capture::Time => marked.times.push(content),
                    }
                    drop(element);
                }
            }
            Token::Raw { .. } | Token::Other(_) => {}
        }
    }
    marked
}

#[derive(Clone, Copy)]
enum Capture {
    Heading,
    Byline,
    Time,
}

fn capture(name: &str, attributes: &str) -> Option<Capture> {
    if name.eq_ignore_ascii_case("h1") {
        return Some(Capture::Heading);
    }
    if name.eq_ignore_ascii_case("time") {
        return Some(Capture::Time);
    }
    let property = markup::attribute(attributes, "itemprop").unwrap_or_default();
    match property {
        "author" => return Some(Capture::Byline),
        "datePublished" => return Some(Capture::Time),
        _ => {}
    }
    if markup::attribute(attributes, "rel") == Some("author") {
        return Some(Capture::Byline);
    }
    let classes = ["class", "id"].map(|key| markup::attribute(attributes, key).unwrap_or_default());
    let has = |wanted: &[&str]| {
        classes
            .iter()
            .flat_map(|c| c.split_ascii_whitespace())
            .any(|class| wanted.iter().any(|w| w.eq_ignore_ascii_case(class)))
    };
    if has(&["author", "byline", "author-name", "entry-author", "post-author", "byline-name"]) {
        return Some(Capture::Byline);
    }
    has(&[
        "date",
        "publish_time",
        "published",
        "pubdate",
        "post-date",
        "entry-date",
        "publish-date",
        "pub_date",
        "timestamp",
    ])
    .then_some(Capture::Time)
}

fn one_line(value: &str) -> String {
    let mut line = String::new();
    whole::push_text(&mut line, &entities::decode(value));
    line.trim().to_owned()
}

/// The title: the heading that the page's other titles contain, else the best of those without the
/// site's name.
fn title(meta: Option<String>, linked: &str, headings: &[String], page: &str) -> String {
    let stated = meta.filter(|t| !t.is_empty()).or_else(|| Some(linked.to_owned()).filter(|t| !t.is_empty()));
    let full = stated.clone().unwrap_or_else(|| page.to_owned());
    if let Some(heading) = headings.iter().find(|heading| {
        let (short, long) = (super::normal::letters(heading), super::normal::letters(&full));
        short.chars().count() >= 4 && long.contains(&short)
    }) {
        return heading.clone();
    }
    if full.is_empty() {
        return headings.first().cloned().unwrap_or_default();
    }
    without_site(&full)
}

/// Cuts ` - Site`, ` | Site` and their like off a title, where what is left is the longer part.
fn without_site(title: &str) -> String {
    for mark in [" | ", " - ", " – ", " — ", "_", " :: ", "｜", " » ", " - ", "|"] {
        if let Some((head, tail)) = title.rsplit_once(mark)
            && head.chars().count() > tail.chars().count()
        {
            return head.trim().to_owned();
        }
    }
    title.trim().to_owned()
}

fn is_name(name: &str) -> bool {
    let len = name.chars().count();
    (2..=120).contains(&len) && !name.contains("://") && name.chars().any(char::is_alphabetic)
}

fn strip_by(name: &str) -> String {
    let name = name.trim();
    let lower = name.to_lowercase();
    let cut = ["by ", "作者：", "作者:", "文：", "文/", "撰文：", "记者：", "記者：", "posted by "]
        .into_iter()
        .find(|prefix| lower.starts_with(prefix))
        .map_or(0, str::len);
    name.get(cut..).unwrap_or(name).trim().to_owned()
}

macro_rules! pattern {
    ($name:ident, $source:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($source).ok());
    };
}

pattern!(
    ISO,
    r"\b((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)\s*(Z|[+-]\d{2}:?\d{2})?)?"
);
pattern!(CJK, r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日");
pattern!(COMPACT, r"\b((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\b|T|\d{6}\b)");
pattern!(AMERICAN, r"\b(\d{1,2})/(\d{1,2})/((?:19|20)\d\d)\b");
pattern!(
    MONTH_FIRST,
    r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b"
);
pattern!(
    DAY_FIRST,
    r"(?i)\b(\d{1,2})(?:st|nd|rd|th)?\s+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?\s+((?:19|20)\d\d)\b"
);
pattern!(AUTHOR, r"(?m)(?:作者|撰文|文|编译|編譯|記者|记者|著者|執筆)\s*[：:／/]\s*([^\s，,。|｜：:]{2,20})");

/// The first date in a text, as `YYYY-MM-DD`, or RFC 3339 where time and offset are stated.
pub fn date_in(text: &str) -> Option<String> {
    date_at(text).map(|(_, date)| date)
}

fn date_at(text: &str) -> Option<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    if let Some(parts) = ISO.as_ref().and_then(|re| re.captures(text)) {
        let at = parts.get(0).map_or(0, |m| m.start());
        let get = |i| parts.get(i).map_or("", |m: regex::Match<'_>| m.as_str());
        if let Some(day) = day(get(1), get(2), get(3)) {
            let (time, zone) = (get(4), get(5));
            let full = if time.len() >= 5 && !zone.is_empty() { with_time(&day, time, zone) } else { day };
            found.push((at, full));
        }
    }
    for (re, order) in [
        (&CJK, [1, 2, 3]),
        (&COMPACT, [1, 2, 3]),
        (&AMERICAN, [3, 1, 2]),
        (&MONTH_FIRST, [3, 1, 2]),
        (&DAY_FIRST, [3, 2, 1]),
    ] {
        if let Some(parts) = re.as_ref().and_then(|re| re.captures(text)) {
            let at = parts.get(0).map_or(0, |m| m.start());
            let get = |i: usize| parts.get(i).map_or("", |m| m.as_str());
            if let Some(day) = day(get(order[0]), get(order[1]), get(order[2])) {
                found.push((at, day));
            }
        }
    }
    found.into_iter().min_by_key(|(at, _)| *at)
}

fn day(year: &str, month: &str, day: &str) -> Option<String> {
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

/// The lines around the title, where bylines stand: never the footer.
fn near_title<'a>(text: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let wanted = super::normal::letters(title);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines
        .iter()
        .rposition(|line| {
            wanted.chars().count() >= 4 && line.len() < 600 && super::normal::letters(line) == wanted
        })
        .unwrap_or(0);
    let footer = lines.len().saturating_sub(lines.len() / 5);
    lines
        .into_iter()
        .enumerate()
        .skip(at.saturating_sub(3))
        .take(14)
        .filter(move |(i, line)| (*i <= footer || footer < 10) && !is_copyright(line))
        .map(|(_, line)| line)
}

/// A footer's year is no date.
fn is_copyright(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["©", "(c)", "copyright", "版权", "版權", "all rights reserved"].iter().any(|mark| lower.contains(mark))
}

fn date_near_title(text: &str, title: &str) -> Option<String> {
    near_title(text, title).filter(|line| line.chars().count() < 160).find_map(date_in)
}

fn author_near_title(text: &str, title: &str) -> Option<String> {
    near_title(text, title)
        .filter(|line| line.chars().count() < 160)
        .find_map(|line| AUTHOR.as_ref()?.captures(line)?.get(1).map(|name| name.as_str().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::whole::whole_text;

    fn read(html: &str) -> Facts {
        facts(html, &super::super::state::read(html), &whole_text(html))
    }

    #[test]
    fn dates_of_many_forms() {
        for (text, date) in [
            ("2021-03-04", "2021-03-04"),
            ("2021-3-4 08:09", "2021-03-04"),
            ("2021-03-04T08:09:10+0800", "2021-03-04T08:09:10+08:00"),
            ("2021-03-04T08:09Z", "2021-03-04T08:09:00Z"),
            ("发布于2021年3月4日 星期四", "2021-03-04"),
            ("2021/03/04", "2021-03-04"),
            ("3/14/2021 5:00 PM", "2021-03-14"),
            ("March 4th, 2021", "2021-03-04"),
            ("4 Mar 2021", "2021-03-04"),
            ("20210304", "2021-03-04"),
        ] {
            assert_eq!(date_in(text).as_deref(), Some(date), "{text}");
        }
        for text in ["2021-13-04", "no 2021", "12345678901234", "99/99/2021"] {
            assert_eq!(date_in(text), None, "{text}");
        }
    }

    #[test]
    fn meta_comes_before_text() {
        let facts = read(
            "<title>某事发生了 - 某站</title><meta property='og:title' content='某事发生了 | 某站'>\
             <meta name=author content='张三'><meta property='article:published_time' content='2020-01-02T03:04:05Z'>\
             <h1>某事发生了</h1><p>2019年1月1日</p>",
        );
        assert_eq!(facts.title, "某事发生了");
        assert_eq!((facts.author.as_str(), facts.date.as_str()), ("张三", "2020-01-02T03:04:05Z"));
    }

    #[test]
    fn text_near_the_title_and_no_footer() {
        let facts = read(
            "<title>题目在此处</title><h1>题目在此处</h1><p>作者：李四　2020年5月6日</p><p>正文。</p><footer>© 2024-01-01</footer>",
        );
        assert_eq!((facts.author.as_str(), facts.date.as_str()), ("李四", "2020-05-06"));
        let facts = read("<title>题目在此处</title><p>正文。</p><footer>© 2024-01-01 某站</footer>");
        assert_eq!(facts.date, "");
        let facts = read("<title>The title here</title><span class=byline>By Jane Roe</span>");
        assert_eq!(facts.author, "Jane Roe");
    }
}
