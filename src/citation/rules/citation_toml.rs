//! Defines the form of `config/citation.toml` and of the user's table that adds to it.

use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CitationRulesFile {
    pub(super) addresses: AddressesSection,
    pub(super) source: SourceSection,
    pub(super) picture: PictureSection,
    pub(super) related: RelatedSection,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SourceSection {
    pub(super) heads: Vec<String>,
    pub(super) words: Vec<String>,
    pub(super) weak: Vec<String>,
    pub(super) tails: Vec<String>,
    pub(super) invitations: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AddressesSection {
    pub(super) channels: Vec<String>,
    pub(super) media: Vec<String>,
    pub(super) tracking: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PictureSection {
    pub(super) words: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RelatedSection {
    pub(super) starts: Vec<String>,
    pub(super) except: Vec<String>,
}
