//! Defines what a label says about the links that follow it.

/// What a label says about the links that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::citation) enum LabelKind {
    /// Sources follow. A weak label says so only if it is alone or has a colon.
    Source {
        /// Whether the label has weak words only.
        weak: bool,
    },
    /// The origin of a picture follows.
    Picture,
    /// Related reading, other parts of a series or channels follow.
    Related,
}
