//! Reads a page: its title, author, date, language and main text.

use url::Url;

use crate::text::extract::article_blocks::{LabelledText, label_texts};
use crate::text::extract::boilerplate::label_lines;
use crate::text::extract::guide::Guide;
use crate::text::extract::guided::{Reach, extract_guided};
use crate::text::extract::oversized::{extract_from_lines, prose_lines};
use crate::text::extract::site_page::read_by_site_rule;
use crate::text::extract::unguided::extract_unguided;
use crate::text::html::embedded_data::read_embedded_data;
use crate::text::html::embedded_text::{EmbeddedData, EmbeddedText, total_chars};
use crate::text::html::inert_text::bring_out_inert_text;
use crate::text::html::limits::{BoundedPage, enforce_limits};
use crate::text::html::visible_text::visible_text;
use crate::text::metadata;
use crate::text::page_text::{PageBlock, PageText, TextError};
use crate::text::rules::TextRules;

/// Longer pages are cut before they are read, in bytes. The client's limit on bodies is far lower.
const MAX_PAGE: usize = 32 << 20;
/// A page with scripts and fewer visible characters is a shell.
const MAX_SHELL_CHARS: usize = 200;

/// Reads a page: title, author, date and main text.
///
/// `guide` is the local copy's body text. Where the page holds enough of it, the article is the part of
/// the page that holds most of it. Else the data that the page carries (JSON-LD, embedded state) decides
/// where it holds more than what is visible, else the kind of the page
/// ([`crate::text::extract::unguided`]). Text that a browser keeps aside (`noscript`, `template`) is read where
/// there is hardly any other.
///
/// # Errors
/// The page is filled by scripts, holds no text, or exceeds the extractors' limits.
pub fn extract_page(
    html: &str,
    url: Option<&Url>,
    guide: Option<&str>,
    rules: &TextRules,
) -> Result<PageText, TextError> {
    read_page(html, url, guide, Reach::Article, rules)
}

/// [`extract_page`] with all that is visible: what surrounds the article is labelled as frame. It is for the
/// comparison of two versions of a page, of which `guide` is the article's text.
///
/// # Errors
/// As of [`extract_page`].
pub fn extract_whole_page(
    html: &str,
    url: Option<&Url>,
    guide: &str,
    rules: &TextRules,
) -> Result<PageText, TextError> {
    read_page(html, url, Some(guide), Reach::WholePage, rules)
}

fn read_page(
    html: &str,
    url: Option<&Url>,
    guide: Option<&str>,
    reach: Reach,
    rules: &TextRules,
) -> Result<PageText, TextError> {
    let mut end = html.len().min(MAX_PAGE);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let html = html.get(..end).unwrap_or_default();
    let mut page = visible_text(html, rules);
    let brought_out = bring_out_inert_text(html, page.visible_chars);
    if let Some(html) = &brought_out {
        page = visible_text(html, rules);
    }
    let html = brought_out.as_deref().unwrap_or(html);
    let data = read_embedded_data(html, rules);
    let mut metadata = metadata::read_metadata(html, &data, &page, rules);
    let bounded = enforce_limits(html);
    let (LabelledText { mut blocks, quotations }, mut from_data) = match guide {
        // Too large for a tree.
        Some(guide) if !bounded.extractable => {
            (of_article(extract_from_lines(&page.text, guide, rules)).into(), false)
        }
        Some(guide) => read_guided(&bounded, &data, &Guide::new(guide), reach, rules).unwrap_or_default(),
        None => (LabelledText::default(), false),
    };
    let site_rule = url.filter(|_| bounded.extractable).and_then(|url| rules.sites().rule_for(url));
    if let Some(found) = site_rule.map(|rule| read_by_site_rule(&bounded.html, rule)) {
        metadata.prefer_site_page(&found);
        if blocks.is_empty() {
            blocks = of_article(found.blocks);
        }
    }
    if blocks.is_empty() && bounded.extractable {
        let lines = extract_unguided(&bounded.html, &page, rules);
        blocks = label_lines(lines, &metadata.title, rules);
        // Scripts fill a page that shows less than half of what its data holds.
        let found: usize = blocks.iter().map(|block| block.text.chars().count()).sum();
        if found * 2 < total_chars(&data.blocks) {
            blocks.clear();
        }
    }
    if blocks.is_empty() {
        blocks = of_article(data.blocks.clone());
        from_data = !blocks.is_empty();
    }
    if blocks.is_empty() && !bounded.extractable {
        blocks = of_article(prose_lines(&page.text));
    }
    if blocks.is_empty() {
        return Err(match () {
            () if page.scripts > 0 && page.visible_chars < MAX_SHELL_CHARS => TextError::ScriptShell,
            () if !bounded.extractable => TextError::TooLarge,
            () => TextError::Nothing,
        });
    }
    let metadata::Metadata { title, author, date, declared_language, .. } = metadata;
    let whole = without_lines(page.text, quotations);
    let mut read = PageText { title, author, date, language: String::new(), blocks, whole };
    read.language = metadata::page_language(&declared_language, &read.text());
    if from_data {
        // A script will show what the data holds.
        let shown = read.blocks.iter().map(|block| &block.text);
        for line in std::iter::once(&read.title).chain(&data.titles).chain(shown) {
            read.whole.push('\n');
            read.whole.push_str(line);
        }
    }
    Ok(read)
}

fn of_article(lines: Vec<String>) -> Vec<PageBlock> {
    lines.into_iter().map(PageBlock::of_article).collect()
}

/// A text without each of some lines once.
fn without_lines(text: String, mut lines: Vec<String>) -> String {
    if lines.is_empty() {
        return text;
    }
    let is_kept = |line: &&str| {
        let same = lines.iter().position(|other| other.trim() == line.trim());
        same.map(|at| lines.swap_remove(at)).is_none()
    };
    text.lines().filter(is_kept).collect::<Vec<_>>().join("\n")
}

/// The article by the guide, from the page's elements, or from its data where that holds more; and
/// whether it is from the data.
fn read_guided(
    bounded: &BoundedPage<'_>,
    data: &EmbeddedData,
    guide: &Guide,
    reach: Reach,
    rules: &TextRules,
) -> Option<(LabelledText, bool)> {
    let visible = extract_guided(&bounded.html, guide, reach, rules);
    let in_data = data
        .texts
        .iter()
        .map(|text| (guide.count_held_by(text.blocks.iter().map(String::as_str)), text))
        .max_by_key(|(held, _)| *held);
    match (visible, in_data) {
        // The data may hold an older version, so it speaks only for a page that shows little of the text.
        (Some(text), Some((held, _))) if count_held_by_article(guide, &text.blocks) * 2 >= held => {
            Some((text, false))
        }
        (_, Some((held, text))) if held > 0 && held * 5 >= guide.ngram_count() => {
            Some((article_in_data(text, guide, rules).into(), true))
        }
        (visible, _) => visible.map(|text| (text, false)),
    }
}

fn count_held_by_article(guide: &Guide, blocks: &[PageBlock]) -> usize {
    guide.count_held_by(blocks.iter().filter(|block| block.is_article()).map(|block| block.text.as_str()))
}

/// A text of a page's data, with the boilerplate in it labelled.
fn article_in_data(text: &EmbeddedText, guide: &Guide, rules: &TextRules) -> Vec<PageBlock> {
    let read_markup = |html: &str| {
        let bounded = enforce_limits(html);
        let text = bounded.extractable.then(|| extract_guided(&bounded.html, guide, Reach::Article, rules));
        text.flatten().map(|text| text.blocks)
    };
    let marked_up = Some(text.html.as_str()).filter(|html| !html.is_empty()).and_then(read_markup);
    // Markup that hides some of the text is worse than the text without its markup.
    let in_data = || guide.count_held_by(text.blocks.iter().map(String::as_str));
    let is_whole = |blocks: &Vec<PageBlock>| count_held_by_article(guide, blocks) * 20 >= in_data() * 19;
    marked_up.filter(is_whole).unwrap_or_else(|| label_texts(&text.blocks, guide, rules))
}
