//! What a label says about the links that follow it.

/// What a label says about the links that it stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::citation) enum LabelKind {
    /// Sources follow. A weak label says so only where it stands as one: alone, or with a colon.
    Source {
        /// Whether it is made of weak words only.
        weak: bool,
    },
    /// A picture's origin follows.
    Picture,
    /// Related reading, other parts, channels follow.
    Related,
}
