//! What is read from a page or from a markdown file, and why a page may give no text.

use serde::{Deserialize, Serialize};

use crate::archive::Article;

/// What was read from a page or from a markdown file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageText {
    /// The title; empty where it was not found.
    pub title: String,
    /// The author; empty where it was not found.
    pub author: String,
    /// The date, `YYYY-MM-DD` or RFC 3339; empty where it was not found.
    pub date: String,
    /// The language as a BCP 47 tag (`zh-Hans`, `zh-Hant`, `ja`, `en` …); empty where it is unknown.
    #[serde(default)]
    pub language: String,
    /// The main text, one block (paragraph, heading, list item) an entry.
    pub blocks: Vec<String>,
    /// All visible text of the page, navigation and comments included. A sentence is searched for here
    /// before it counts as lost. Empty for markdown files.
    pub whole: String,
}

impl PageText {
    /// The main text as one string, a block a line.
    pub fn text(&self) -> String {
        self.blocks.join("\n")
    }

    /// An article of the archive as a page's text, so that both sides of a comparison have one form. Its
    /// language stays empty, since no comparison needs it.
    pub fn from_article(article: &Article) -> Self {
        Self {
            title: article.title.clone(),
            author: article.author.clone(),
            date: article.date.map(|date| date.to_string()).unwrap_or_default(),
            language: String::new(),
            blocks: article.body_blocks().into_iter().map(|block| block.text).collect(),
            whole: String::new(),
        }
    }
}

/// Why a page gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum TextError {
    /// The page is a shell that scripts fill.
    #[error("the page is filled by scripts")]
    ScriptShell,
    /// The document is of a kind that is not read as text.
    #[error("not a text document")]
    NotText,
    /// The page holds no main text.
    #[error("no main text was found")]
    Nothing,
    /// The page exceeds the limits of the extractors.
    #[error("the page is too deep or too large")]
    TooLarge,
}
