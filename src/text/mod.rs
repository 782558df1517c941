//! The text of a page: a decoded page in, its title, date, author and main text out.
//!
//! Also the normal forms in which texts are compared. Nothing here reaches the network, and
//! nothing that a page holds (depth, size) may cost more than a stated bound.

// The forms are passed as one thing: they may grow beyond what is cheap to copy.
#![allow(clippy::trivially_copy_pass_by_ref)]

mod document_kind;
pub mod extract;
pub mod html;
pub mod lexicon;
mod metadata;
pub mod ngrams;
pub mod normalize;
pub mod sentence;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::archive::Article;

pub use document_kind::is_text;
pub use extract::site_rules::{SiteRuleError, SiteRules};
pub use html::visible_text::{WholeText, whole_text};
pub use normalize::{NormalForms, fingerprint, folded};

/// What was read from a page (or a markdown file).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageText {
    /// The title; empty where none was found.
    pub title: String,
    /// The author; empty where none was found.
    pub author: String,
    /// The date, `YYYY-MM-DD` or RFC 3339; empty where none was found.
    pub date: String,
    /// The language as a BCP 47 tag (`zh-Hans`, `zh-Hant`, `ja`, `en` …); empty where nothing says.
    #[serde(default)]
    pub language: String,
    /// The main text, one block (paragraph, heading, list item) an entry.
    pub blocks: Vec<String>,
    /// All visible text of the page, navigation and comments included: where a sentence is looked
    /// for before it counts as lost. Empty for markdown files.
    pub whole: String,
}

impl PageText {
    /// The main text as one string, a block a line.
    pub fn text(&self) -> String {
        self.blocks.join("\n")
    }
}

/// Why a page gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum TextError {
    /// The page is a shell that scripts would fill.
    #[error("the page is filled by scripts")]
    ScriptShell,
    /// Not a kind of document that text is read from here.
    #[error("not a text document")]
    NotText,
    /// Nothing was found.
    #[error("no main text was found")]
    Nothing,
    /// The page defeated every engine within its bounds.
    #[error("the page is too deep or too large")]
    TooLarge,
}

/// Pages longer than this are cut before anything is read. The client caps bodies far below.
const MAX_PAGE: usize = 32 << 20;
/// Below this many visible characters a page with scripts is a shell.
const SHELL_CHARS: usize = 200;

/// Reads a page: title, author, date and main text.
///
/// `guide` is the local copy's body text: where the page holds enough of it, the part of the page
/// that holds most of it is the article. Else data that the page carries (JSON-LD, embedded state)
/// decides where it holds more than what is visible, else the vote of two engines.
pub fn extract(html: &str, url: Option<&Url>, guide: Option<&str>) -> Result<PageText, TextError> {
    extract_by(html, url, guide, SiteRules::embedded())
}

/// [`extract`] with rules for single sites of one's own.
pub fn extract_by(
    html: &str,
    url: Option<&Url>,
    guide: Option<&str>,
    sites: &SiteRules,
) -> Result<PageText, TextError> {
    let mut end = html.len().min(MAX_PAGE);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let html = html.get(..end).unwrap_or_default();
    let page = whole_text(html);
    let state = html::embedded_data::read(html);
    let mut facts = metadata::facts(html, &state, &page);
    let guarded = html::limits::guard(html);
    let (mut blocks, mut from_data) = match guide {
        // Too large for a tree.
        Some(guide) if !guarded.engines => (extract::oversized::extract(&page.text, guide), false),
        Some(guide) => {
            guided_blocks(&guarded, &state, &extract::guided::Guide::new(guide)).unwrap_or_default()
        }
        None => (Vec::new(), false),
    };
    if let Some(found) = url.filter(|_| guarded.engines).and_then(|url| sites.read(&guarded.html, url)) {
        facts.prefer(&found);
        if blocks.is_empty() {
            blocks = found.blocks;
        }
    }
    if blocks.is_empty() && guarded.engines {
        blocks = extract::boilerplate::clear(
            extract::extractors::vote(html::limits::strip(&guarded.html)),
            &facts.title,
        );
        // Where the page shows less than half of what its data holds, scripts fill it.
        if html::embedded_data::length(&blocks) * 2 < html::embedded_data::length(&state.blocks) {
            blocks.clear();
        }
    }
    if blocks.is_empty() {
        blocks.clone_from(&state.blocks);
        from_data = true;
    }
    if blocks.is_empty() {
        return Err(match () {
            () if page.scripts > 0 && page.visible_chars < SHELL_CHARS => TextError::ScriptShell,
            () if !guarded.engines => TextError::TooLarge,
            () => TextError::Nothing,
        });
    }
    let language = metadata::language(&facts.declared, &blocks.join("\n"));
    let mut whole = page.text;
    if from_data {
        // What a script will show is seen, too.
        for line in std::iter::once(&facts.title).chain(&state.titles).chain(&blocks) {
            whole.push('\n');
            whole.push_str(line);
        }
    }
    Ok(PageText { title: facts.title, author: facts.author, date: facts.date, language, blocks, whole })
}

/// The article by the guide: from the page's elements, or from the data where that holds more.
/// Returns whether it is the data's.
fn guided_blocks(
    guarded: &html::limits::Guarded<'_>,
    state: &html::embedded_data::PageState,
    guide: &extract::guided::Guide,
) -> Option<(Vec<String>, bool)> {
    let visible = extract::guided::extract(&guarded.html, guide);
    let in_state =
        state.texts.iter().map(|text| (guide.held_by(&text.blocks), text)).max_by_key(|(held, _)| *held);
    match (visible, in_state) {
        (Some(blocks), Some((data, _))) if guide.held_by(&blocks) * 10 >= data * 9 => Some((blocks, false)),
        (_, Some((data, text))) if data > 0 && data * 5 >= guide.len() => Some((of_data(text, guide), true)),
        (visible, _) => visible.map(|blocks| (blocks, false)),
    }
}

/// A text of a page's data without the furniture that stands in it.
fn of_data(text: &html::embedded_data::StateText, guide: &extract::guided::Guide) -> Vec<String> {
    let read = |html: &str| {
        let guarded = html::limits::guard(html);
        if guarded.engines { extract::guided::extract(&guarded.html, guide) } else { None }
    };
    let marked_up = Some(text.html.as_str()).filter(|html| !html.is_empty()).and_then(read);
    // Markup that hides some of the text is worth less than the text.
    let whole = |blocks: &Vec<String>| guide.held_by(blocks) * 20 >= guide.held_by(&text.blocks) * 19;
    marked_up.filter(whole).unwrap_or_else(|| extract::guided::clear(&text.blocks, guide))
}

/// An article of the archive as a page's text, so that both sides of a comparison have one form. Its
/// language stays empty, since no comparison asks for it: [`language_of`] tells it.
pub fn of_markdown(article: &Article) -> PageText {
    PageText {
        title: article.title.clone(),
        author: article.author.clone(),
        date: article.date.map(|date| date.to_string()).unwrap_or_default(),
        language: String::new(),
        blocks: article.body_blocks().into_iter().map(|block| block.text).collect(),
        whole: String::new(),
    }
}

/// The language of a text that declares none, as a BCP 47 tag; empty where its script does not say.
pub fn language_of(text: &str) -> String {
    metadata::language("", text)
}
