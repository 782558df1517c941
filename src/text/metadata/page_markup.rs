//! Reads what a page's markup says about it: meta tags, headings, times, bylines.

use crate::text::html::hidden::ElementTracker;
use crate::text::html::text_line;

use crate::markup;
use crate::markup::{Token, Tokens};

/// What a page's markup says about it.
#[derive(Default)]
pub struct PageMarkup {
    /// The names in lower case and the contents of meta tags.
    pub meta: Vec<(String, String)>,
    /// `<h1>` elements.
    pub headings: Vec<String>,
    /// The first `<h2>` elements.
    pub subheadings: Vec<String>,
    /// Times that are marked as the date of publication.
    pub published: Vec<String>,
    /// Other times, after the first heading.
    pub times: Vec<String>,
    /// Times before the first heading (a clock), and those of later changes.
    pub other_times: Vec<String>,
    /// Elements that are marked as bylines.
    pub bylines: Vec<String>,
    /// The page's `lang`.
    pub lang: Option<String>,
}

/// Elements beside the article, whose dates are not the article's. A footer inside an `article` belongs to
/// the article.
const BESIDE: &[&str] = &["aside", "nav", "footer"];
/// Classes and ids of such elements.
const BESIDE_NAMES: &[&str] = &[
    "footer",
    "site-footer",
    "page-footer",
    "foot",
    "copyright",
    "comments",
    "comment",
    "comment-list",
    "commentlist",
    "comments-area",
    "related",
    "related-posts",
    "related-articles",
    "related-stories",
    "related-news",
    "recommend",
    "recommended",
    "sidebar",
    "widget",
    "widget-area",
    "popular",
    "trending",
    "most-read",
    "ranking",
    "disqus_thread",
    "respond",
];
/// At most this many subheadings are kept: a title is near the top of a page.
const MAX_SUBHEADINGS: usize = 12;

/// Whether an element is beside the article.
fn is_beside(name: &str, attributes: &str, in_article: bool) -> bool {
    let listed = |set: &[&str], word: &str| set.iter().any(|known| known.eq_ignore_ascii_case(word));
    let named = |key: &str| {
        markup::attribute_value(attributes, key)
            .is_some_and(|value| value.split_ascii_whitespace().any(|word| listed(BESIDE_NAMES, word)))
    };
    let own_footer = in_article && name.eq_ignore_ascii_case("footer");
    // An element that holds the whole page may be named after a part of it.
    let holds_page = listed(&["html", "body", "main", "article"], name);
    !own_footer && !holds_page && (listed(BESIDE, name) || named("class") || named("id"))
}

/// Whether a time is that of a later change, by its own attributes.
fn is_change_time(attributes: &str) -> bool {
    let class = markup::attribute_value(attributes, "class").unwrap_or_default().to_ascii_lowercase();
    let changed = class.contains("updated") || class.contains("modified");
    (changed && !class.contains("publish"))
        || markup::attribute_value(attributes, "itemprop") == Some("dateModified")
}

/// Reads a page's markup.
pub fn read_page_markup(html: &str) -> PageMarkup {
    let mut marked = PageMarkup::default();
    let mut early = Vec::new();
    let mut beside = ElementTracker::default();
    let mut article = ElementTracker::default();
    let mut open: Option<(String, String, Capture)> = None;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, .. } if name.eq_ignore_ascii_case("meta") => {
                let key = ["property", "name", "itemprop", "http-equiv"]
                    .into_iter()
                    .find_map(|key| markup::attribute_value(attributes, key));
                if let (Some(key), Some(value)) = (key, markup::attribute_value(attributes, "content")) {
                    let value = decode_line(value);
                    if !value.is_empty() {
                        marked.meta.push((key.to_ascii_lowercase(), value));
                    }
                }
            }
            Token::StartTag { name, attributes, self_closing, .. } => {
                article.open_tag(name, self_closing, || name.eq_ignore_ascii_case("article"));
                beside.open_tag(name, self_closing, || is_beside(name, attributes, article.is_inside()));
                if beside.is_inside() {
                    continue;
                }
                if name.eq_ignore_ascii_case("html") && marked.lang.is_none() {
                    let lang = ["lang", "xml:lang"]
                        .into_iter()
                        .find_map(|key| markup::attribute_value(attributes, key));
                    marked.lang = lang.filter(|lang| !lang.is_empty()).map(str::to_owned);
                }
                if name.eq_ignore_ascii_case("time")
                    && let Some(value) = markup::attribute_value(attributes, "datetime")
                {
                    let published = markup::attribute_value(attributes, "itemprop") == Some("datePublished")
                        || markup::attribute_value(attributes, "pubdate").is_some();
                    match () {
                        () if published => marked.published.push(value.to_owned()),
                        () if is_change_time(attributes) => marked.other_times.push(value.to_owned()),
                        // A clock in the header does not date the article.
                        () if marked.headings.is_empty() => early.push(value.to_owned()),
                        () => marked.times.push(value.to_owned()),
                    }
                }
                if open.is_none()
                    && let Some(capture) = capture_kind(name, attributes)
                {
                    open = Some((name.to_owned(), String::new(), capture));
                }
            }
            Token::Text(text) => {
                if let Some((_, content, _)) = &mut open
                    && content.len() < 1000
                {
                    text_line::push_text(content, &htmlize::unescape(text));
                }
            }
            Token::EndTag { name, .. } => {
                article.close_tag(name);
                beside.close_tag(name);
                if let Some((element, content, capture)) =
                    open.take_if(|(element, _, _)| element.eq_ignore_ascii_case(name))
                {
                    let content = content.trim().to_owned();
                    match capture {
                        _ if content.is_empty() => {}
                        Capture::Heading => marked.headings.push(content),
                        Capture::Subheading if marked.subheadings.len() >= MAX_SUBHEADINGS => {}
                        Capture::Subheading => marked.subheadings.push(content),
                        Capture::Byline => marked.bylines.push(content),
                        Capture::Published => marked.published.push(content),
                        Capture::Time if marked.headings.is_empty() => early.push(content),
                        Capture::Time => marked.times.push(content),
                    }
                    drop(element);
                }
            }
            Token::RawText { .. } | Token::Comment(_) | Token::Doctype(_) | Token::CutTag(_) => {}
        }
    }
    // Without a heading nothing shows where the article begins.
    if marked.headings.is_empty() {
        marked.times = early;
    } else {
        early.append(&mut marked.other_times);
        marked.other_times = early;
    }
    marked
}

#[derive(Clone, Copy)]
enum Capture {
    Heading,
    Subheading,
    Byline,
    Published,
    Time,
}

/// What the text of an element is, if it is captured.
fn capture_kind(name: &str, attributes: &str) -> Option<Capture> {
    if name.eq_ignore_ascii_case("h1") {
        return Some(Capture::Heading);
    }
    if name.eq_ignore_ascii_case("h2") {
        return Some(Capture::Subheading);
    }
    if name.eq_ignore_ascii_case("time") {
        return (!is_change_time(attributes)).then_some(Capture::Time);
    }
    let property = markup::attribute_value(attributes, "itemprop").unwrap_or_default();
    match property {
        "author" => return Some(Capture::Byline),
        "datePublished" => return Some(Capture::Published),
        _ => {}
    }
    if markup::attribute_value(attributes, "rel") == Some("author") {
        return Some(Capture::Byline);
    }
    let classes = ["class", "id"].map(|key| markup::attribute_value(attributes, key).unwrap_or_default());
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

/// A value as one line, its references decoded.
fn decode_line(value: &str) -> String {
    let mut line = String::new();
    text_line::push_text(&mut line, &htmlize::unescape_attribute(value));
    line.trim().to_owned()
}
