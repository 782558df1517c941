//! Defines a row of a markdown file: its kind, its text and its links.

use crate::archive::raw_link::{LinkForm, RawLink};
use crate::archive::rule_phrase;
use crate::archive::rule_phrase::LetterCount;

/// The kind of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkdownRowKind {
    /// A heading with its level, 1 to 6.
    Heading(u8),
    /// A thematic break.
    Rule,
    /// A list item.
    Item,
    /// A table row.
    Table,
    /// Any other line of text.
    Text,
    /// A line of code, whose links do not count.
    Code,
}

/// A part of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowSpan {
    /// Text without markup; wikilinks are replaced by their text.
    Text(String),
    /// A code span.
    Code(String),
    /// A link, as its index in the article's `links`.
    Link(usize),
    /// A reference definition, as the index of the first link that uses it.
    Definition(usize),
}

/// A line of the file, or several lines where a link continues over their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkdownRow {
    /// The line on which it starts, from 1.
    pub line: u32,
    /// The kind of the row.
    pub kind: MarkdownRowKind,
    /// Whether the line above is blank.
    pub after_blank: bool,
    /// The parts of the row, in order.
    pub spans: Vec<RowSpan>,
    /// The number of letters and digits outside of links.
    pub letters: LetterCount,
}

impl MarkdownRow {
    /// The text of the row with the labels of its links. Images are left out.
    pub fn plain_text(&self, links: &[RawLink]) -> String {
        let mut out = String::new();
        for span in &self.spans {
            match span {
                RowSpan::Text(text) | RowSpan::Code(text) => out.push_str(text),
                RowSpan::Link(index) => {
                    if let Some(link) = links.get(*index)
                        && !link.image
                        && link.form != LinkForm::Bare
                    {
                        out.push_str(&link.label);
                    }
                }
                RowSpan::Definition(_) => {}
            }
        }
        out
    }

    /// The text outside of links.
    pub fn own_text(&self) -> String {
        let mut out = String::new();
        for span in &self.spans {
            if let RowSpan::Text(text) | RowSpan::Code(text) = span {
                out.push_str(text);
            }
        }
        out
    }

    /// The number of letters and digits of [`MarkdownRow::own_text`].
    pub fn own_width(&self) -> usize {
        self.letters.width()
    }

    /// The weight of [`MarkdownRow::own_text`], see [`rule_phrase::key_weight`].
    pub fn own_weight(&self) -> usize {
        self.letters.weight()
    }

    /// The letters and digits of the row's text, in the form of a [`rule_phrase::phrase_key`].
    pub fn key_chars<'a>(&'a self, links: &'a [RawLink]) -> impl Iterator<Item = char> + 'a {
        let texts = self.spans.iter().filter_map(|span| match span {
            RowSpan::Text(text) | RowSpan::Code(text) => Some(text.as_str()),
            RowSpan::Link(index) => {
                links.get(*index).filter(|link| !link.image).map(|link| link.label.as_str())
            }
            RowSpan::Definition(_) => None,
        });
        texts.flat_map(rule_phrase::phrase_key_chars)
    }

    /// The indexes of its links.
    pub fn link_indexes(&self) -> impl Iterator<Item = usize> + '_ {
        self.spans.iter().filter_map(|span| match span {
            RowSpan::Link(index) => Some(*index),
            _ => None,
        })
    }
}
