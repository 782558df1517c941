//! Finds author and date in the lines around a page's title.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::published_date;
use crate::text::normalize;
use crate::text::prose::{ends_sentence, text_width};

/// Cuts "By", "作者：" and the like off a byline.
pub fn without_byline_word(name: &str) -> String {
    const WORDS: &[&str] = &[
        "posted by",
        "post by ",
        "written by ",
        "by ",
        "作者：",
        "作者:",
        "文：",
        "文/",
        "文／",
        "文｜",
        "撰文：",
        "记者：",
        "記者：",
        "本报记者",
        "记者 ",
        "記者 ",
        "文＝",
        "文=",
        "執筆：",
        "執筆:",
        "著者：",
        "取材・文＝",
        "責任編輯：",
    ];
    let name = name.trim();
    let lower = name.to_lowercase();
    let cut = WORDS.iter().find(|word| lower.starts_with(**word)).map_or(0, |word| word.len());
    name.get(cut..).unwrap_or(name).trim().to_owned()
}

/// Lines that name an author.
static AUTHOR_FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"(?:取材・文|文・写真|写真・文|構成・文|作者|撰文|撰稿|文|编译|編譯|記者|记者|著者|執筆|翻译|翻譯)\s*[：:／/|｜＝=]\s*([^\s，,。|｜：:／/＝=（）()【】]{2,20})",
        r"^(?:取材・)?文・([^\s，,。|｜：:／/＝=・（）()【】]{2,10})$",
        // 【记者张三综合报道】, （記者李四／台北報導）, 本报记者 王五 报道.
        r"(?:^|[（(【〔]|\d\s)\s*(?:本报|本報|本刊)?\s*(?:记者|記者)\s*([^\s，,。：:／/（）()【】]{2,6}?)\s*(?:[／/]|综合|綜合|报道|報導|[）)】〕])",
        r"^(?:[Ww]ritten |[Pp]osted )?[Bb][Yy] ((?:[A-Z][\p{L}.'’-]*\s?){1,4}(?:(?:, (?:[A-Z][\p{L}.'’-]*\s?){1,4}){0,3},? ?(?:and|&) (?:[A-Z][\p{L}.'’-]*\s?){1,4})?)(?:$|[,|·•—–-]| on )",
    ]
    .into_iter()
    .filter_map(|source| Regex::new(source).ok())
    .collect()
});

/// The title is searched for in this many lines of a page.
const MAX_LINES: usize = 1500;
/// Longer lines are not bylines, in characters.
const MAX_BYLINE: usize = 160;
/// A sentence is at least this wide; see [`text_width`].
const MIN_SENTENCE_WIDTH: usize = 60;

/// The lines around the title, where bylines are, those below it first: never the footer, and not the
/// title itself, which may name a date.
fn lines_near_title<'a>(text: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let wanted = normalize::full_normal_form(title);
    let lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    let at = lines.iter().rposition(|line| {
        wanted.chars().count() >= 4 && line.len() < 600 && normalize::full_normal_form(line) == wanted
    });
    let footer = lines.len().saturating_sub(lines.len() / 5);
    let below = at.map_or(0, |at| at + 1);
    let above = at.unwrap_or(0);
    (below..below + 13)
        .chain((above.saturating_sub(3)..above).rev())
        .filter_map(|at| Some((at, *lines.get(at)?)))
        .filter(|(at, line)| (*at <= footer || footer < 10) && !is_copyright(line))
        .map(|(_, line)| line)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Whether a line is a copyright notice, whose year is not the date of the page.
pub fn is_copyright(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["©", "(c)", "copyright", "版权", "版權", "all rights reserved"].iter().any(|mark| lower.contains(mark))
}

/// The date that a line near the title states.
pub fn date_near_title(text: &str, title: &str) -> Option<String> {
    // A sentence speaks of another day than the page's own.
    let is_sentence = |line: &str| text_width(line) >= MIN_SENTENCE_WIDTH && ends_sentence(line);
    lines_near_title(text, title)
        .filter(|line| line.chars().count() < MAX_BYLINE && !is_sentence(line))
        .find_map(published_date)
}

/// The author that a line near the title names.
pub fn author_near_title(text: &str, title: &str) -> Option<String> {
    lines_near_title(text, title).filter(|line| line.chars().count() < MAX_BYLINE).find_map(|line| {
        AUTHOR_FORMS.iter().find_map(|form| Some(form.captures(line)?.get(1)?.as_str().trim().to_owned()))
    })
}
