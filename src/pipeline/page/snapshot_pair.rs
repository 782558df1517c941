//! Reads two versions of a page, so that changed navigation, a counter, or an extraction that chose another
//! part of the page is no difference between them.
//!
//! There is one way for the snapshots of a run, for those that `diff` compares, and for saved files.

use std::collections::HashSet;

use crate::markup::{Token, Tokens};
use crate::text;
use crate::text::{BlockRole, CounterRules, PageBlock, PageText, TextError, TextRules, normalize};
use crate::text_diff;

use url::Url;

use super::inputs::FetchedPage;

/// A guide of which the page holds less than this share is not used.
const MIN_GUIDE_SHARE: f64 = 0.3;
/// A block wider than this is a paragraph, whatever it ends with. A Chinese character counts as three.
const MIN_PARAGRAPH_WIDTH: usize = 200;
/// The most letters of a line of counters.
const MAX_COUNTER_LETTERS: usize = 40;
/// A block with this many digits and no words is a time stamp or an id, not a figure for readers.
const MIN_STAMP_DIGITS: usize = 8;
/// The most bytes of a link's text that are read, so that an unclosed link does not swallow the page.
const MAX_LINK_BYTES: usize = 1000;

/// Extracts the text of a page. `guide` is as in [`text::extract_page`].
pub fn extract_page(page: &FetchedPage, guide: Option<&str>) -> Result<PageText, TextError> {
    let html = page.html()?;
    text::extract_page(html, Some(&page.url), guide, &page.text_rules)
}

/// A version of a page: a snapshot, or a saved file.
#[derive(Clone, Copy)]
pub struct PageVersion<'a> {
    /// The decoded page.
    pub html: &'a str,
    /// Its address, if it is known.
    pub url: Option<&'a Url>,
    /// All that is visible.
    pub visible: &'a str,
    /// The rules by which its text is found.
    pub rules: &'a TextRules,
}

impl<'a> PageVersion<'a> {
    /// A fetched page; an error where it is no text.
    fn of_page(page: &'a FetchedPage) -> Result<Self, TextError> {
        let html = page.html()?;
        Ok(Self { html, url: Some(&page.url), visible: &page.whole.text, rules: &page.text_rules })
    }

    fn extract_whole(&self, guide: &str) -> Result<PageText, TextError> {
        text::extract_whole_page(self.html, self.url, guide, self.rules)
    }
}

/// Reads two versions of a page whole, with their frame labelled: the older text, which takes the place of a
/// local copy, and the newer one. `guide` is the article's text if it is known; otherwise the older page's
/// main text is used.
pub fn read_versions(
    then: PageVersion<'_>,
    now: PageVersion<'_>,
    guide: Option<&str>,
) -> Result<(PageText, PageText), TextError> {
    let guide = guide.filter(|guide| text_diff::containment(guide, then.visible) >= MIN_GUIDE_SHARE);
    let guide = match guide {
        Some(guide) => guide.to_owned(),
        None => text::extract_page(then.html, then.url, None, then.rules)?.text(),
    };
    let mut older = then.extract_whole(&guide)?;
    let mut newer = now.extract_whole(&guide)?;
    let (of_older, of_newer) = (PageBlocks::of_version(&older, then), PageBlocks::of_version(&newer, now));
    of_newer.label_unshared(&mut older, &of_older);
    of_older.label_unshared(&mut newer, &of_newer);
    Ok((older, newer))
}

/// [`read_versions`] of two snapshots.
pub fn read_snapshots(
    then: &FetchedPage,
    now: &FetchedPage,
    guide: Option<&str>,
) -> Result<(PageText, PageText), TextError> {
    read_versions(PageVersion::of_page(then)?, PageVersion::of_page(now)?, guide)
}

/// What one page says about the blocks of the other.
struct PageBlocks<'a> {
    /// The letters of its links.
    blocks: HashSet<String>,
    /// The letters, without digits, of its lines of counters.
    counters: HashSet<String>,
    /// The letters of each visible line.
    lines: HashSet<String>,
    /// The letters of its links.
    links: HashSet<String>,
    /// The words of counters.
    rules: &'a CounterRules,
}

impl<'a> PageBlocks<'a> {
    fn of_version(text: &PageText, page: PageVersion<'a>) -> Self {
        let rules = page.rules;
        let blocks: HashSet<String> = text.article_blocks().map(normalize::full_normal_form).collect();
        let counters =
            text.article_blocks().filter_map(|block| counter_words(block, rules.counters())).collect();
        let links = link_texts(page.html, rules);
        let visible = page.visible.lines().map(normalize::full_normal_form).collect();
        Self { blocks, counters, lines: visible, links, rules: rules.counters() }
    }

    /// Whether a block, in letters, is a link, or a link with a short text behind it (`[VIDEO]`).
    fn is_link_text(&self, block: &str) -> bool {
        block.len() <= MAX_LINK_BYTES
            && block.char_indices().map(|(at, c)| at + c.len_utf8()).any(|end| {
                end * 10 >= block.len() * 7 && block.get(..end).is_some_and(|head| self.links.contains(head))
            })
    }

    /// Labels as frame what the other page's text does not share with this one and what is not text: links,
    /// counters, and, outside the shared paragraphs, labels and what is visible elsewhere on this page.
    fn label_unshared(&self, other: &mut PageText, of_other: &PageBlocks<'_>) {
        let letters: Vec<String> =
            other.blocks.iter().map(|block| normalize::full_normal_form(&block.text)).collect();
        let is_shared = |(block, own): (&PageBlock, &String)| block.is_article() && self.blocks.contains(own);
        let shared: Vec<bool> = other.blocks.iter().zip(&letters).map(is_shared).collect();
        let first = shared.iter().position(|shared| *shared);
        let last = shared.iter().rposition(|shared| *shared);
        let inside = |at: usize| match (first, last) {
            (Some(first), Some(last)) => at >= first && at <= last,
            _ => true,
        };
        for (at, ((block, own), shared)) in other.blocks.iter_mut().zip(&letters).zip(shared).enumerate() {
            if shared {
                continue;
            }
            let linked = !is_paragraph(&block.text) && of_other.is_link_text(own);
            let counted = is_time_stamp(own)
                || is_page_number(&block.text, self.rules)
                || counter_words(&block.text, self.rules).is_some_and(|bare| self.counters.contains(&bare));
            let beside = !inside(at) && (!is_paragraph(&block.text) || self.lines.contains(own));
            if linked || counted || beside {
                block.role = BlockRole::Frame;
            }
        }
    }
}

/// The letters of a line of counters, without its figures.
fn counter_words(line: &str, rules: &CounterRules) -> Option<String> {
    let letters = normalize::full_normal_form(line).to_lowercase();
    let counts = letters.chars().any(|c| c.is_ascii_digit())
        && letters.chars().count() <= MAX_COUNTER_LETTERS
        && rules.names_counter(&letters);
    counts.then(|| letters.chars().filter(|c| c.is_alphabetic()).collect())
}

/// Whether a block, in letters, is a time or a number that a machine wrote for itself.
fn is_time_stamp(letters: &str) -> bool {
    let digits = letters.chars().filter(char::is_ascii_digit).count();
    digits >= MIN_STAMP_DIGITS && letters.chars().filter(|c| c.is_alphabetic()).count() <= 2
}

/// Whether a block says which of how many pictures or pages this is ("3 of 15").
fn is_page_number(line: &str, rules: &CounterRules) -> bool {
    let words: Vec<&str> = line.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let [between] = words[..] else { return false };
    let edges =
        line.starts_with(|c: char| c.is_ascii_digit()) && line.ends_with(|c: char| c.is_ascii_digit());
    let between = between.trim().to_lowercase();
    edges && rules.joins_page_numbers(&between)
}

/// Whether a block is a paragraph rather than a label.
fn is_paragraph(text: &str) -> bool {
    let width: usize = text.chars().map(|c| if u32::from(c) >= 0x2E80 { 3 } else { 1 }).sum();
    let end = text.trim_end_matches(['"', '”', '’', '\'', ')', ']', '」', '』', '）', '】']);
    width >= MIN_PARAGRAPH_WIDTH || end.ends_with(['.', '!', '?', '。', '！', '？', '…', '；', ';'])
}

/// The letters of a page's links.
fn link_texts(html: &str, rules: &TextRules) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut open: Option<String> = None;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, .. } if name.eq_ignore_ascii_case("a") => open = Some(String::new()),
            Token::EndTag { name, .. } if name.eq_ignore_ascii_case("a") => {
                found.extend(
                    open.take()
                        .map(|text| normalize::full_normal_form(&text::visible_text(&text, rules).text)),
                );
            }
            Token::Text(text) => {
                if let Some(open) = &mut open
                    && open.len() < MAX_LINK_BYTES
                {
                    open.push_str(text);
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::ContentHash;
    use url::Url;

    const TEXT: [&str; 4] = [
        "渡口在春天里修好了旧码头，居民们都来看新船下水。",
        "船长说今年一共会运送三万名客人，比去年多出一成。",
        "票价和以前一样，学生和老人仍然只要付一半的钱。",
        "县里的代表感谢了所有出过力的人，会议到五点结束。",
    ];

    fn page(before: &str, after: &str) -> FetchedPage {
        let text = TEXT.map(|text| format!("<p>{text}</p>")).concat();
        let html = format!("<html><body><div><h1>旧码头</h1>{before}{text}{after}</div></body></html>");
        let url = Url::parse("http://a.example/").unwrap();
        FetchedPage::from_bytes(
            html.as_bytes(),
            Some("text/html; charset=utf-8"),
            &url,
            ContentHash::of(b""),
            TextRules::built_in(),
        )
    }

    fn blocks(then: &FetchedPage, now: &FetchedPage) -> (Vec<String>, Vec<String>) {
        let guide = TEXT.concat();
        let (older, newer) = read_snapshots(then, now, Some(&guide)).unwrap();
        let lines = |text: &PageText| text.article_blocks().map(str::to_owned).collect();
        (lines(&older), lines(&newer))
    }

    #[test]
    fn what_is_no_text_is_no_difference() {
        let then = page(
            "<p>12 次浏览</p><p>2019-11-13T23:06:00</p>",
            "<p><a href=/1>明天有大风</a> [图]</p><p>1 / 3</p>",
        );
        let now = page(
            "<p>873 次浏览</p><p>2020-01-30T03:16:00</p>",
            "<p><a href=/2>后天有大雨</a> [图]</p><p>2 / 7</p>",
        );
        let (older, newer) = blocks(&then, &now);
        assert_eq!(older, newer);
        assert!(TEXT.iter().all(|text| older.iter().any(|block| block == text)));
    }

    #[test]
    fn what_is_text_stays() {
        let now = page("", "<p>更正：此前报道的人数有误，应为三万五千名。</p>");
        let (older, newer) = blocks(&page("", ""), &now);
        assert!(newer.iter().any(|block| block.starts_with("更正")), "{newer:?}");
        assert!(!older.iter().any(|block| block.starts_with("更正")));
        let rules = TextRules::built_in().counters();
        assert!(
            !is_time_stamp(&normalize::full_normal_form("死亡 523 人"))
                && !is_page_number("12 of the 15", rules)
                && is_page_number("3 of 15", rules)
        );
        assert!(counter_words("死亡 523 人", rules).is_none() && counter_words("523 views", rules).is_some());
    }
}
