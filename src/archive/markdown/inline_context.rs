//! Which part of the text is being read for marks.

/// Where text is being read.
#[derive(Clone, Copy)]
pub(super) struct InlineContext {
    /// The end of what is read.
    pub(super) limit: usize,
    /// Inside a link's text: no other link may stand there.
    pub(super) in_label: bool,
    pub(super) depth: usize,
}
