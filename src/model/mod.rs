//! Defines the ids and values that every stage shares.
//!
//! They identify articles, URLs and content, name the role of a link, and mark bytes that must not be
//! trusted. The types have no behaviour of a stage, so that a stage can use them without depending on the
//! stage that produces them.

mod article_id;
mod canonical_url;
pub mod clock;
mod content_hash;
mod credentials;
mod role;
mod rule_table;
mod size_text;
mod untrusted;
mod url_key;

pub use article_id::ArticleId;
pub use canonical_url::CanonicalUrl;
pub use clock::Clock;
pub use content_hash::ContentHash;
pub use credentials::{MASK, has_userinfo, mask_credentials, mask_destination, mask_userinfo};
pub use role::Role;
pub use rule_table::{
    RuleError, extend_rule_file, nearest_name, quote_key, read_rule_table, read_rule_text, visit_paths,
};
pub use size_text::format_size;
pub use untrusted::Untrusted;
pub use url_key::UrlKey;
