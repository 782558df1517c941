//! Combines what meta tags, JSON-LD, marked elements and the lines near the title say of a page.

use super::author_name::clean_author;
use super::byline::{author_near_title, date_near_title, is_copyright};
use super::dates::{date_in, published_date};
use super::page_markup::{PageMarkup, read_page_markup};
use super::title::choose_title;
use crate::text::extract::SitePage;
use crate::text::html::embedded_text::EmbeddedData;
use crate::text::{TextRules, VisibleText};

/// What a page says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The title without the site's name; empty where it was not found.
    pub title: String,
    /// The author; empty where it was not found.
    pub author: String,
    /// The date, `YYYY-MM-DD` or RFC 3339; empty where it was not found.
    pub date: String,
    /// The language that the page declares, as it is written; empty where it declares none.
    pub declared_language: String,
}

impl Metadata {
    /// Replaces what the rule of the page's site found.
    pub fn prefer_site_page(&mut self, found: &SitePage) {
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

/// Reads a page's metadata from its markup, its embedded data and its visible text.
pub fn read_metadata(html: &str, embedded: &EmbeddedData, page: &VisibleText, rules: &TextRules) -> Metadata {
    let marked = read_page_markup(html);
    let meta = |names: &[&str]| {
        names.iter().find_map(|name| {
            marked.meta.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    };
    let title = choose_title(meta(TITLE_META), &embedded.title, &marked, &page.title, rules.lexicon());
    let date = meta(DATE_META)
        .and_then(|value| date_in(&value))
        .or_else(|| date_in(&embedded.date))
        .or_else(|| marked_date(&marked))
        .or_else(|| date_near_title(&page.text, &title))
        .or_else(|| marked.other_times.iter().find_map(|value| date_in(value)))
        .unwrap_or_default();
    let names = |stated: &str| {
        let stated = Some(stated).filter(|stated| is_author_name(stated))?;
        Some(clean_author(stated, rules.lexicon())).filter(|name| is_author_name(name))
    };
    let author = names(&embedded.author)
        .or_else(|| meta(AUTHOR_META).and_then(|stated| names(&stated)))
        .or_else(|| marked.bylines.iter().find_map(|stated| names(stated)))
        .or_else(|| author_near_title(&page.text, &title).and_then(|stated| names(&stated)))
        .unwrap_or_default();
    let declared_language =
        marked.lang.clone().or_else(|| meta(LANGUAGE_META)).or_else(|| Some(embedded.language.clone()));
    Metadata { title, author, date, declared_language: declared_language.unwrap_or_default() }
}

/// The first date among the marked times, copyright notices apart.
fn marked_date(marked: &PageMarkup) -> Option<String> {
    let stated = marked.published.iter().chain(&marked.times);
    stated.filter(|value| !is_copyright(value)).find_map(|value| published_date(value))
}

fn is_author_name(name: &str) -> bool {
    let len = name.chars().count();
    (2..=120).contains(&len) && !name.contains("://") && name.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::html::embedded_data::read_embedded_data;
    use crate::text::visible_text;

    fn read(html: &str) -> Metadata {
        let rules = TextRules::built_in();
        read_metadata(html, &read_embedded_data(html, rules), &visible_text(html, rules), rules)
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
    fn text_near_the_title_counts_and_the_footer_does_not() {
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
    fn the_year_of_a_copyright_notice_is_not_a_date() {
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
    fn times_beside_the_article_do_not_count() {
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
    fn the_day_of_a_sentence_or_of_an_update_is_not_the_date_of_the_page() {
        assert_eq!(titled("", "<p>1998年5月6日，洪水冲毁了旧的河堤，此后市民一直希望重建。</p>"), "");
        let line = "By Jane Roe | Updated March 5, 2021 | Published March 4, 2021";
        assert_eq!(titled("", &format!("<p>{line}</p>")), "2021-03-04");
        assert_eq!(titled("", "<p>2021-03-04 发布 2021-03-05 更新</p>"), "2021-03-04");
        assert_eq!(titled("", "<p>最終更新 2021年3月5日</p>"), "2021-03-05");
        let times = "<time class=updated datetime=2021-03-05>5</time><time datetime=2021-03-04>4</time>";
        assert_eq!(titled("", times), "2021-03-04");
    }
}
