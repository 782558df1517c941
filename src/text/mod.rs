//! The text of a page: a decoded page in, its title, date, author and main text out.
//!
//! Also the normal forms in which texts are compared. Nothing here reaches the network, and
//! nothing that a page holds (depth, size) may cost more than a stated bound.

// The forms are passed as one thing: they may grow beyond what is cheap to copy.
#![allow(clippy::trivially_copy_pass_by_ref)]

mod engines;
mod entities;
mod facts;
mod furniture;
mod guard;
mod guided;
mod kind;
pub mod markup;
pub mod normal;
pub mod sentence;
mod site;
mod state;
mod whole;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::article::Article;

pub use guided::gram_hash;
pub use kind::is_text;
pub use normal::{NormalForms, fingerprint, folded};
pub use site::{SiteRuleError, SiteRules};
pub use whole::{WholeText, whole_text};

/// What was read from a page (or a markdown file).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageText {
    /// The title; empty where none was found.
    pub title: String,
    /// The author; empty where none was found.
    pub author: String,
    /// The date, `YYYY-MM-DD` or RFC 3339; empty where none was found.
    pub date: String,
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
    let state = state::read(html);
    let mut facts = facts::facts(html, &state, &page);
    let guarded = guard::guard(html);
    let mut blocks = guide.and_then(|guide| guided_blocks(&guarded, &state, guide)).unwrap_or_default();
    if let Some(found) = url.filter(|_| guarded.engines).and_then(|url| sites.read(&guarded.html, url)) {
        facts.prefer(&found);
        if blocks.is_empty() {
            blocks = found.blocks;
        }
    }
    if blocks.is_empty() && guarded.engines {
        blocks = furniture::clear(engines::vote(&guard::strip(&guarded.html)), &facts.title);
        // Where the page shows less than half of what its data holds, scripts fill it.
        if state::length(&blocks) * 2 < state::length(&state.blocks) {
            blocks.clone_from(&state.blocks);
        }
    }
    if blocks.is_empty() {
        blocks.clone_from(&state.blocks);
    }
    if blocks.is_empty() {
        return Err(match () {
            () if page.scripts > 0 && page.visible_chars < SHELL_CHARS => TextError::ScriptShell,
            () if !guarded.engines => TextError::TooLarge,
            () => TextError::Nothing,
        });
    }
    Ok(PageText { title: facts.title, author: facts.author, date: facts.date, blocks, whole: page.text })
}

/// The article by the guide: from the page's elements, or from the data where that holds more.
fn guided_blocks(guarded: &guard::Guarded<'_>, state: &state::PageState, guide: &str) -> Option<Vec<String>> {
    let visible = if guarded.engines { guided::extract(&guarded.html, guide) } else { None };
    let wanted = guided::grams(guide);
    let held = |blocks: &[String]| {
        let found = guided::grams(&blocks.join("\n"));
        wanted.intersection(&found).count()
    };
    let in_state = state.texts.iter().map(|blocks| (held(blocks), blocks)).max_by_key(|(held, _)| *held);
    match (visible, in_state) {
        (Some(blocks), Some((data, _))) if held(&blocks) * 10 >= data * 9 => Some(blocks),
        (_, Some((data, blocks))) if data > 0 && data * 5 >= wanted.len() => Some(blocks.clone()),
        (visible, _) => visible,
    }
}

/// An article of the archive as a page's text, so that both sides of a comparison have one form.
pub fn of_markdown(article: &Article) -> PageText {
    PageText {
        title: article.title.clone(),
        author: article.author.clone(),
        date: article.date.map(|date| date.to_string()).unwrap_or_default(),
        blocks: article.body.iter().map(|block| block.text.clone()).collect(),
        whole: String::new(),
    }
}
