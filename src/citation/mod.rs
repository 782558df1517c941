//! Turns the links of an [`Article`](crate::archive::Article) into [`Citation`]s.
//!
//! A citation says what a link is for (its [`Role`](crate::model::Role), from the text around it), where it
//! leads (its [`LinkTarget`], repaired if the written destination was broken, with a record of each repair)
//! and where it is in the file. Its [`CanonicalUrl`](crate::model::CanonicalUrl) is what the crawl
//! requests: a page that two articles cite is requested once.

#[allow(clippy::module_inception)] // The stage is named for the record that it produces.
mod citation;
mod cite;
mod learn_original_forms;
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
pub use roles::assign_roles::find_source_rows;
pub use rules::CitationRules;
