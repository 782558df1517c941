//! A link as the file writes it, before its role and its URL are known.

use super::position::Position;

/// A link as it is written, before anyone has judged what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLink {
    /// Where it starts.
    pub position: Position,
    /// Its text, wikilinks resolved.
    pub label: String,
    /// Its destination, exactly as written.
    pub destination: String,
    /// Whether it is a picture.
    pub image: bool,
    /// In which form it is written.
    pub form: LinkForm,
}

/// The form in which a link is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkForm {
    /// `[text](destination)`, or `![text](destination)`.
    Inline,
    /// `[text][id]` with `[id]: destination` elsewhere, or an unused definition.
    Reference,
    /// `<https://…>`.
    Autolink,
    /// A URL standing in the text.
    Bare,
    /// `<a href>`, `<img src>` and the like.
    Html,
    /// A value of the front matter; the label is its key.
    FrontMatter,
}
