//! Defines a link as the file writes it, before its role and its URL are known.

use super::position::Position;

/// A link as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLink {
    /// Where the link starts.
    pub position: Position,
    /// The text of the link; wikilinks are replaced by their text.
    pub label: String,
    /// The destination, exactly as it is written.
    pub destination: String,
    /// Whether the link is an image.
    pub image: bool,
    /// The syntax in which the link is written.
    pub form: LinkForm,
}

/// The syntax in which a link is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkForm {
    /// `[text](destination)`, or `![text](destination)`.
    Inline,
    /// `[text][id]` with `[id]: destination` elsewhere, or an unused definition.
    Reference,
    /// `<https://…>`.
    Autolink,
    /// A URL in running text.
    Bare,
    /// `<a href>`, `<img src>` and the like.
    Html,
    /// A value of the front matter; its label is the key.
    FrontMatter,
}
