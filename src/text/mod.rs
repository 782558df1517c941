//! The text of a page: a decoded page in, its title, date, author and main text out.
//!
//! Also the normal forms in which texts are compared. Nothing here reaches the network, and
//! nothing that a page holds (depth, size) may cost more than a stated bound.

use serde::{Deserialize, Serialize};

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
