//! Defines the role and the label that were found for one link.

use crate::model::Role;

/// The role and the label of one link.
#[derive(Clone, Debug, Default)]
pub(in crate::citation) struct LabelledLink {
    pub role: Option<Role>,
    /// The label before the link.
    pub label: Option<String>,
    /// Whether the link only follows others in a list of sources.
    pub listed: bool,
}
