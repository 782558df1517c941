//! Defines which part of the text is being read, and inside of what.

/// The part of the text that is being read.
#[derive(Clone, Copy)]
pub(super) struct InlineContext {
    /// The end of the part.
    pub(super) limit: usize,
    /// Whether the part is the text of a link, which cannot contain other links.
    pub(super) in_label: bool,
    pub(super) depth: usize,
}
