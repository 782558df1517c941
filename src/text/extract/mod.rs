//! Finds the main text of a page, with the local copy as guide where there is one.

mod article_blocks;
mod blocks;
mod boilerplate;
mod corrections;
mod extractors;
mod guide;
mod guided;
mod inline_boxes;
mod outline;
mod oversized;
mod page;
mod page_kind;
mod posts;
mod quotations;
mod site_page;
mod unguided;

pub use page::{extract_page, extract_whole_page};
pub(in crate::text) use site_page::SitePage;
