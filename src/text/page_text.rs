//! What is read from a page or from a markdown file, and why a page may give no text.
//!
//! Nothing is cut from a text that will be compared: what surrounds an article (bylines, credits, captions,
//! disclaimers) stays in its place and is labelled as the frame. So a line that one side counts as frame
//! still finds its equal on the other side, whatever that side takes it for.

use serde::{Deserialize, Serialize};

use crate::archive::{Article, RowRole};

/// What a block is to its document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockRole {
    /// The article's own text.
    #[default]
    Article,
    /// What is said about the text: who edited it, a disclaimer. It is no difference where only one side
    /// has it, and one where the other side has it otherwise.
    Note,
    /// What surrounds the text: a byline, a caption, a teaser. It is never a difference.
    Frame,
}

/// A paragraph, a heading, a list item or a table row of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageBlock {
    /// Its text.
    pub text: String,
    /// What it is to the document.
    pub role: BlockRole,
}

impl PageBlock {
    /// A block of the article's own text.
    pub fn of_article(text: impl Into<String>) -> Self {
        Self { text: text.into(), role: BlockRole::Article }
    }

    /// A block of what surrounds the text.
    pub fn of_frame(text: impl Into<String>) -> Self {
        Self { text: text.into(), role: BlockRole::Frame }
    }

    /// Whether it is the article's own text.
    pub fn is_article(&self) -> bool {
        self.role == BlockRole::Article
    }
}

impl From<&str> for PageBlock {
    fn from(text: &str) -> Self {
        Self::of_article(text)
    }
}

impl From<String> for PageBlock {
    fn from(text: String) -> Self {
        Self::of_article(text)
    }
}

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
    /// The main text and its frame in reading order, one block (paragraph, heading, list item) an entry.
    pub blocks: Vec<PageBlock>,
    /// All visible text of the page, navigation and comments included. A sentence is searched for here
    /// before it counts as lost. Empty for markdown files.
    pub whole: String,
}

impl PageText {
    /// The main text as one string, a block a line, without its frame.
    pub fn text(&self) -> String {
        join_lines(self.article_blocks())
    }

    /// The main text and its frame as one string, a block a line.
    pub fn framed_text(&self) -> String {
        join_lines(self.blocks.iter().map(|block| block.text.as_str()))
    }

    /// Joins neighbouring blocks of one role into one of several lines, which takes less memory.
    pub fn join_blocks(&mut self) {
        let mut joined: Vec<PageBlock> = Vec::new();
        for block in std::mem::take(&mut self.blocks) {
            match joined.last_mut().filter(|last| last.role == block.role) {
                Some(last) => {
                    last.text.push('\n');
                    last.text.push_str(&block.text);
                }
                None => joined.push(block),
            }
        }
        self.blocks = joined;
    }

    /// The blocks of the main text, without its frame.
    pub fn article_blocks(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().filter(|block| block.is_article()).map(|block| block.text.as_str())
    }

    /// An article of the archive as a page's text, so that both sides of a comparison have one form. Its
    /// language stays empty, since no comparison needs it.
    ///
    /// `source_rows` says which rows are lists of sources or of related reading, as
    /// [`crate::citation::find_source_rows`] finds them. They are notes of the keeper.
    pub fn from_article(article: &Article, source_rows: &[bool]) -> Self {
        Self {
            title: article.title.clone(),
            author: article.author.clone(),
            date: article.date.map(|date| date.to_string()).unwrap_or_default(),
            language: String::new(),
            blocks: label_rows(article, source_rows),
            whole: String::new(),
        }
    }
}

/// The title may be in the front matter only; the page shows it all the same.
fn label_rows(article: &Article, source_rows: &[bool]) -> Vec<PageBlock> {
    let shows_title = article.row_roles.contains(&RowRole::Title);
    let title = Some(article.title.as_str()).filter(|title| !shows_title && !title.is_empty());
    let rows = article.text_blocks(source_rows).into_iter().map(|block| {
        let role = match block.role {
            RowRole::Body if !block.marked => BlockRole::Article,
            RowRole::Body | RowRole::Credit | RowRole::Disclaimer => BlockRole::Note,
            _ => BlockRole::Frame,
        };
        PageBlock { text: block.text, role }
    });
    title.map(PageBlock::of_frame).into_iter().chain(rows).collect()
}

fn join_lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for (at, line) in lines.enumerate() {
        if at > 0 {
            joined.push('\n');
        }
        joined.push_str(line);
    }
    joined
}

/// Why a page gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum TextError {
    /// The page is a shell that scripts fill.
    #[error("the page is filled by scripts")]
    ScriptShell,
    /// The document is of a kind that is not read as text.
    #[error("it is not a text document")]
    NotText,
    /// The text of a PDF document could not be taken out of it.
    #[error("the text of the PDF could not be read")]
    PdfUnreadable,
    /// A PDF document of pictures, as scanners make it.
    #[error("the PDF holds pictures of its pages and no text")]
    PdfWithoutText,
    /// The page holds no main text.
    #[error("no main text was found")]
    Nothing,
    /// The page exceeds the limits of the extractors.
    #[error("the page is too deep or too large")]
    TooLarge,
}
