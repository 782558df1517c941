//! What the reader of roles has found for one link.

use crate::model::Role;

/// What the reader has found for one link.
#[derive(Clone, Debug, Default)]
pub(in crate::citation) struct LabelledLink {
    pub role: Option<Role>,
    /// The label that stands before it.
    pub label: Option<String>,
    /// It only follows others in a list of sources.
    pub listed: bool,
}
