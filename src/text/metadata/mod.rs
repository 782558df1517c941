//! Title, author and date of a page: meta tags and JSON-LD first, then what is written near the
//! title. The engines' own dates were wrong in 3 of 14 pages.

mod dates;
mod language;
mod page_markup;
mod title;

use std::sync::LazyLock;

use regex::Regex;

use super::extract::blocks;
use super::html::embedded_data::PageState;
use super::html::visible_text::WholeText;
use page_markup::mark;

pub use dates::{date_in, published_in};
pub use language::language;

/// What a page says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The title without the site's name; empty where none was found.
    pub title: String,
    /// The author; empty where none was found.
    pub author: String,
    /// The date, `YYYY-MM-DD` or RFC 3339; empty where none was found.
    pub date: String,
    /// The language that the page declares, as it is written; empty where it declares none.
    pub declared: String,
}

impl Facts {
    /// Takes what a site's own rule found.
    pub fn prefer(&mut self, found: &super::extract::site_rules::Found) {
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

const LANGUAGE_META: &[&str] = &["content-language", "og:locale", "inlanguage", "dc.language"];

/// Gathers the facts.
pub fn facts(html: &str, state: &PageState, page: &WholeText) -> Facts {
    let marked = mark(html);
    let meta = |names: &[&str]| {
        names.iter().find_map(|name| {
            marked.meta.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    };
    let title = title::title(meta(TITLE_META), &state.title, &marked, &page.title);
    let date = meta(DATE_META)
        .and_then(|value| date_in(&value))
        .or_else(|| date_in(&state.date))
        .or_else(|| published(&marked))
        .or_else(|| date_near_title(&page.text, &title))
        .or_else(|| marked.other_times.iter().find_map(|value| date_in(value)))
        .unwrap_or_default();
    let author = Some(state.author.clone())
        .filter(|name| is_name(name))
        .or_else(|| meta(AUTHOR_META).filter(|name| is_name(name)))
        .or_else(|| marked.bylines.iter().find(|name| is_name(name)).cloned())
        .or_else(|| author_near_title(&page.text, &title))
        .unwrap_or_default();
    let declared =
        marked.lang.clone().or_else(|| meta(LANGUAGE_META)).or_else(|| Some(state.language.clone()));
    Facts { title, author: strip_by(&author), date, declared: declared.unwrap_or_default() }
}

/// The first date among the marked times; the year of a copyright notice is none.
fn published(marked: &page_markup::Marked) -> Option<String> {
    let stated = marked.published.iter().chain(&marked.times);
    stated.filter(|value| !is_copyright(value)).find_map(|value| published_in(value))
}

fn is_name(name: &str) -> bool {
    let len = name.chars().count();
    (2..=120).contains(&len) && !name.contains("://") && name.chars().any(char::is_alphabetic)
}

/// Cuts the word off a byline that says that it is one.
fn strip_by(name: &str) -> String {
    const WORDS: &[&str] = &[
        "posted by ",
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

static AUTHORS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
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

/// The title stands among so many lines of a page.
const MAX_LINES: usize = 1500;

/// The lines around the title, where bylines stand, those below it first: never the footer, and not
/// the title itself, which may name a date.
fn near_title<'a>(text: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let wanted = super::normalize::letters(title);
    let lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    let at = lines.iter().rposition(|line| {
        wanted.chars().count() >= 4 && line.len() < 600 && super::normalize::letters(line) == wanted
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

/// A footer's year is no date.
fn is_copyright(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["©", "(c)", "copyright", "版权", "版權", "all rights reserved"].iter().any(|mark| lower.contains(mark))
}

fn date_near_title(text: &str, title: &str) -> Option<String> {
    // A sentence tells of another day than the page's own.
    let is_sentence = |line: &str| blocks::width(line) >= 60 && blocks::ends_sentence(line);
    near_title(text, title)
        .filter(|line| line.chars().count() < 160 && !is_sentence(line))
        .find_map(published_in)
}

fn author_near_title(text: &str, title: &str) -> Option<String> {
    near_title(text, title).filter(|line| line.chars().count() < 160).find_map(|line| {
        AUTHORS.iter().find_map(|form| Some(form.captures(line)?.get(1)?.as_str().trim().to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::html::visible_text::whole_text;

    fn read(html: &str) -> Facts {
        facts(html, &super::super::html::embedded_data::read(html), &whole_text(html))
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

    #[test]
    fn bylines_of_four_languages() {
        for (line, author) in [
            ("作者：李四", "李四"),
            ("文／王小明", "王小明"),
            ("（記者張三／台北報導）", "張三"),
            ("【记者赵六综合报道】", "赵六"),
            ("本报记者 王五 报道", "王五"),
            ("取材・文＝山本花子", "山本花子"),
            ("文・山田太郎", "山田太郎"),
            ("2021/3/4 上午 10:20　記者王大明／台北報導", "王大明"),
            ("By Jane Roe and John Doe", "Jane Roe and John Doe"),
            ("By Jane Roe, John Doe and Max Moe | Some Paper", "Jane Roe, John Doe and Max Moe"),
            ("By Jane Roe, Some Paper", "Jane Roe"),
            ("BY JOHN DOE", "JOHN DOE"),
        ] {
            let facts =
                read(&format!("<title>题目在此处</title><h1>题目在此处</h1><p>{line}</p><p>正文。</p>"));
            assert_eq!(facts.author, author, "{line}");
        }
        for line in [
            "记者注意到，道路已经封闭。",
            "警方 记者 都来了／没有人受伤",
            "By the time they came, it was over.",
            "文章的第一段在这里。",
        ] {
            let facts = read(&format!("<title>题目在此处</title><h1>题目在此处</h1><p>{line}</p>"));
            assert_eq!(facts.author, "", "{line}");
        }
    }

    #[test]
    fn the_year_of_a_copyright_notice_is_no_date() {
        for footer in [
            "<footer>© 2024-01-01 某站</footer>",
            "<div>Copyright 2001-2024. All rights reserved. Updated 2024-01-01</div>",
            "<p class=date>版权所有 © 2024年1月1日</p>",
            "<p>(c) January 1, 2024 Some Site</p>",
        ] {
            let page = format!("<title>题目在此处</title><h1>题目在此处</h1><p>正文。</p>{footer}");
            assert_eq!(read(&page).date, "", "{footer}");
        }
    }

    #[test]
    fn the_time_of_publication_comes_before_other_times() {
        let facts = read(
            "<time datetime=2024-09-09>今天</time><h1>题目在此处</h1><time datetime=2020-01-03>更新</time>\
             <time itemprop=datePublished datetime=2020-01-02>发布</time>",
        );
        assert_eq!(facts.date, "2020-01-02");
        let facts = read("<time datetime=2024-09-09>今天</time><h1>题目在此处</h1><time>2020年1月3日</time>");
        assert_eq!(facts.date, "2020-01-03");
    }

    fn titled(above: &str, below: &str) -> String {
        read(&format!("<title>题目在此处</title>{above}<h1>题目在此处</h1>{below}")).date
    }

    #[test]
    fn times_beside_the_article_are_none_of_it() {
        let text = "<p>来源：某报 2021年3月4日 10:20</p><p>正文在这里。</p>";
        for other in [
            "<footer>© <time datetime=2024-05-06>2024</time></footer>",
            "<footer>© 某站 <span class=date>2024-05-06</span></footer>",
            "<div class='site-footer'><time datetime=2024-05-06>2024</time></div>",
            "<aside><a href=/1>别的</a><time datetime=2024-05-06>5月6日</time></aside>",
            "<div class=comments><div><time datetime=2024-05-06T00:00:00Z>2024</time>好</div></div>",
        ] {
            assert_eq!(titled("", other), "", "{other}");
            assert_eq!(titled("", &format!("{text}{other}")), "2021-03-04", "{other}");
        }
        assert_eq!(titled("<div class=date>今天是2024年5月6日</div>", text), "2021-03-04");
        let footer = "<article><footer><time datetime=2021-03-04>3月4日</time></footer></article>";
        assert_eq!(titled("", footer), "2021-03-04");
    }

    #[test]
    fn the_day_of_a_sentence_or_of_an_update_is_not_the_page_s() {
        assert_eq!(titled("", "<p>1998年5月6日，洪水冲毁了旧的河堤，此后市民一直希望重建。</p>"), "");
        let line = "By Jane Roe | Updated March 5, 2021 | Published March 4, 2021";
        assert_eq!(titled("", &format!("<p>{line}</p>")), "2021-03-04");
        assert_eq!(titled("", "<p>2021-03-04 发布 2021-03-05 更新</p>"), "2021-03-04");
        assert_eq!(titled("", "<p>最終更新 2021年3月5日</p>"), "2021-03-05");
        let times = "<time class=updated datetime=2021-03-05>5</time><time datetime=2021-03-04>4</time>";
        assert_eq!(titled("", times), "2021-03-04");
    }
}
