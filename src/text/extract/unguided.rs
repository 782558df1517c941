//! Reads the main text of a page that no local copy guides to, by the kind of the page.
//!
//! The extractors know one kind: an article among other things. A thread is all its posts. On other pages
//! (lists, products, documentation, front pages) the text is all visible blocks that are not frame, and it
//! is read so where the extractors find much less than that, or something else.

use crate::text::TextRules;
use crate::text::extract::blocks::{self, Block};
use crate::text::extract::extractors::{CommonText, extract_common_text};
use crate::text::extract::outline::Outline;
use crate::text::extract::page_kind::{PageKind, declared_kind};
use crate::text::extract::posts::{find_posts, prose_width};
use crate::text::html::consent::remove_consent_dialogs;
use crate::text::html::limits::strip_page;
use crate::text::html::visible_text::VisibleText;
use crate::text::normalize;
use crate::text::prose::count_visible_chars;

/// A page that says it is a thread has posts that hold at least this share of its prose; one that does
/// not say so has posts that hold at least the other share, with little else in them.
const MIN_THREAD: f64 = 0.3;
const MIN_LIKELY_THREAD: f64 = 0.75;
const MAX_TEXT_OF_PROSE: f64 = 2.0;
/// Extractors that found this share of the text outside of links found the article, or the page.
const ENOUGH_OF_ARTICLE: f64 = 0.7;
const ENOUGH_OF_PAGE: f64 = 0.95;
/// Extractors that found a smaller share of the blocks that are not frame missed the article, or the page.
const MIN_OF_ARTICLE: f64 = 0.4;
const MIN_OF_PAGE: f64 = 0.7;
/// Extractors that found a smaller share of the prose missed it.
const MIN_OF_PROSE: f64 = 0.5;
/// Where less of what the extractors found is among the blocks, the two are different texts, and the
/// extractors' is taken if it is this much longer.
const MIN_COMMON: f64 = 0.6;
const MUCH_LONGER: f64 = 1.8;
/// Extractors whose texts are this alike in length, and prose, found the article.
const AGREED: f64 = 0.7;
/// A text of at least so many paragraphs that hold this share of it reads as an article.
const MIN_PARAGRAPHS: usize = 4;
const MOSTLY_PROSE: f64 = 0.85;

/// The main text, a block an entry; empty where there is none.
pub fn extract_unguided(html: &str, visible: &VisibleText, rules: &TextRules) -> Vec<String> {
    let without_dialogs = remove_consent_dialogs(html, rules);
    let html = without_dialogs.as_deref().unwrap_or(html);
    let kind = declared_kind(html);
    if kind == PageKind::Thread
        && let Some(posts) = WholePage::with(html, rules, |page| page.posts(MIN_THREAD, f64::INFINITY))
    {
        return posts;
    }
    let CommonText { lines: found, agreement } = extract_common_text(strip_page(html));
    let chars = total_chars(&found) as f64;
    let outside_links = visible.visible_chars.saturating_sub(visible.link_chars) as f64;
    let prose = found
        .iter()
        .filter(|line| prose_width(&Block::from_text(line)) > 0)
        .map(|line| count_visible_chars(line));
    let (paragraphs, of_prose) = prose.fold((0, 0), |(count, sum), chars| (count + 1, sum + chars));
    let is_prose = of_prose as f64 >= MOSTLY_PROSE * chars;
    // What the rest of an article's page holds (comments, other stories) may be longer than the article.
    if kind == PageKind::Article && paragraphs > 0 && is_prose && agreement >= AGREED {
        return found;
    }
    // What is paragraphs nearly throughout is an article, whatever the page says of itself.
    let reads_as_article = is_prose && paragraphs >= MIN_PARAGRAPHS;
    let kind = if kind == PageKind::Other && reads_as_article { PageKind::Article } else { kind };
    let enough = if kind == PageKind::Article { ENOUGH_OF_ARTICLE } else { ENOUGH_OF_PAGE };
    if chars > 0.0 && chars >= enough * outside_links && chars <= visible.visible_chars as f64 {
        return found;
    }
    WholePage::with(html, rules, |page| {
        let posts = || page.posts(MIN_LIKELY_THREAD, MAX_TEXT_OF_PROSE);
        if kind != PageKind::Article
            && let Some(posts) = posts()
        {
            return posts;
        }
        if page.is_better_than(&found, kind) { page.texts() } else { found.clone() }
    })
}

fn total_chars(lines: &[String]) -> usize {
    lines.iter().map(|line| count_visible_chars(line)).sum()
}

/// All blocks of a page that are not frame.
struct WholePage<'a> {
    outline: &'a Outline<'a>,
    blocks: Vec<Block>,
    rules: &'a TextRules,
}

impl WholePage<'_> {
    /// Reads a page and lets `take` look at it.
    fn with<T>(html: &str, rules: &TextRules, take: impl FnOnce(&WholePage<'_>) -> T) -> T {
        let page = scraper::Html::parse_document(html);
        let root = page.root_element();
        let outline = Outline::new(*root, rules);
        let blocks = blocks::collect_blocks(*root, |node| outline.is_frame(node));
        take(&WholePage { outline: &outline, blocks, rules })
    }

    /// The posts, where the page has some and they hold enough of it.
    fn posts(&self, min_share: f64, max_text: f64) -> Option<Vec<String>> {
        let posts = find_posts(self.outline, &self.blocks, self.rules)?;
        let is_thread = posts.prose_share >= min_share && posts.text_of_prose <= max_text;
        let blocks = self.blocks.iter().zip(&posts.is_in_post).filter(|(_, is_in_post)| **is_in_post);
        is_thread.then(|| blocks.map(|(block, _)| block.text.clone()).collect())
    }

    /// The blocks of the main element.
    fn main_blocks(&self) -> impl Iterator<Item = &Block> {
        let main = self.outline.main_range();
        let is_main = move |block: &&Block| {
            let place = block.element.and_then(|element| self.outline.place_of(element));
            place.is_none_or(|at| main.contains(&at))
        };
        self.blocks.iter().filter(is_main)
    }

    fn texts(&self) -> Vec<String> {
        self.main_blocks().map(|block| block.text.clone()).collect()
    }

    /// Whether the blocks are the text of the page rather than what the extractors found.
    fn is_better_than(&self, found: &[String], kind: PageKind) -> bool {
        let own = self.texts();
        let (of_own, of_found) = (total_chars(&own) as f64, total_chars(found) as f64);
        if of_own == 0.0 || of_found == 0.0 {
            return of_found == 0.0;
        }
        let letters: String = own.iter().map(|line| normalize::full_normal_form(line)).collect();
        let is_common = |line: &&String| letters.contains(&normalize::full_normal_form(line));
        let common: usize = found.iter().filter(is_common).map(|line| count_visible_chars(line)).sum();
        if (common as f64) < MIN_COMMON * of_found {
            return of_found < MUCH_LONGER * of_own;
        }
        let least = if kind == PageKind::Article { MIN_OF_ARTICLE } else { MIN_OF_PAGE };
        let prose = |blocks: &mut dyn Iterator<Item = &Block>| blocks.map(prose_width).sum::<usize>() as f64;
        let found_blocks: Vec<Block> = found.iter().map(|line| Block::from_text(line)).collect();
        of_found < least * of_own
            || prose(&mut found_blocks.iter()) < MIN_OF_PROSE * prose(&mut self.main_blocks())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::html::visible_text::visible_text;

    const MENU: &str = "<nav><a href=/>Home</a> <a href=/new>What is new</a></nav>";

    fn read(html: &str) -> String {
        let rules = TextRules::built_in();
        extract_unguided(html, &visible_text(html, rules), rules).join("\n")
    }

    fn paragraph(n: usize) -> String {
        format!(
            "Paragraph {n} tells how the miller of the lower valley mended his wheel in the spring, what the \
             beams cost him, and who of the neighbours came to help on the {n}th day of the work."
        )
    }

    fn paragraphs(numbers: std::ops::Range<usize>) -> String {
        numbers.map(|n| format!("<p>{}</p>", paragraph(n))).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_short_article_is_kept_from_long_comments() {
        let comments = (10..40)
            .map(|n| format!("<div class=entry><b>Reader {n}</b><p>{}</p></div>", paragraph(n)))
            .collect::<Vec<_>>()
            .concat();
        let page = |kind: &str| {
            format!(
                "<html><head><title>The wheel of the mill</title>{kind}</head><body>{MENU}<article><h1>The wheel \
                 of the mill</h1>{}</article><section class=comments>{comments}</section></body></html>",
                paragraphs(0..3)
            )
        };
        let text = read(&page("<meta property='og:type' content='article'>"));
        assert!(text.contains(&paragraph(2)) && !text.contains(&paragraph(10)), "{text}");
    }

    #[test]
    fn a_thread_is_all_its_posts() {
        let data = r#"<script type="application/ld+json">{"@type":"DiscussionForumPosting"}</script>"#;
        let posts = (0..6)
            .map(|n| {
                format!(
                    "<div class=row><div class=user>Member {n}</div><div class=postbody><p>{}</p><p>Yes, {n}.</p>\
                     </div></div>",
                    paragraph(n)
                )
            })
            .collect::<Vec<_>>().concat();
        let text = read(&format!("<head>{data}</head><body>{MENU}<h1>Mended wheels</h1>{posts}</body>"));
        for n in 0..6 {
            assert!(text.contains(&paragraph(n)) && text.contains(&format!("Yes, {n}.")), "{n}: {text}");
        }
        assert!(!text.contains("Member") && !text.contains("Home"), "{text}");
    }

    #[test]
    fn a_list_is_all_its_entries_without_the_frame() {
        let entries = (0..30)
            .map(|n| {
                format!("<div class=card><h3>Wheel of size {n}</h3><span>{n} crowns, in stock</span></div>")
            })
            .collect::<Vec<_>>()
            .concat();
        let text = read(&format!(
            "<body>{MENU}<main><h1>Wheels</h1><p>{}</p>{entries}</main><footer>Opening hours</footer></body>",
            paragraph(1)
        ));
        for n in 0..30 {
            assert!(text.contains(&format!("Wheel of size {n}")), "{n}: {text}");
        }
        assert!(
            text.contains(&paragraph(1)) && !text.contains("Home") && !text.contains("Opening"),
            "{text}"
        );
    }

    #[test]
    fn a_dialog_about_cookies_is_not_the_article() {
        let notice = "<p>We and our partners keep cookies on your device to measure how the pages are read, and to \
            show advertisements that fit what you have read before on other pages.</p>";
        let dialog = format!("<div id=cookie-banner>{}</div>", notice.repeat(20));
        let text =
            read(&format!("<body>{dialog}<article><h1>The wheel</h1>{}</article></body>", paragraphs(0..3)));
        assert!(text.contains(&paragraph(2)) && !text.contains("partners"), "{text}");
    }
}
