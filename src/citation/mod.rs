//! Links, roles, repair: an [`crate::archive::Article`] in, its [`Citation`]s out.
//!
//! A citation says what a link is *for* (its [`Role`], from the evidence around it), where it leads
//! (its [`Target`], repaired with a record where the written destination was broken), and where it
//! stands. Its [`CanonicalUrl`] is what the crawl asks for: two articles that cite one page cause
//! one request.

#[allow(clippy::module_inception)] // The stage is named for the record that it produces.
mod citation;
mod cite;
mod link_target;
mod local;
mod percent_decoding;
mod read_archive;
mod repair;
mod repeated_links;
mod roles;
mod rules;

pub use citation::{ArticleCitations, Citation};
pub use cite::cite_article;
pub use link_target::LinkTarget;
pub use local::archive_files::LocalFiles;
pub use read_archive::{read_archive, read_archive_as};
pub use rules::CitationRules;
