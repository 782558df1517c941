//! Links that stand below the text of many articles: a site's footer, not what the article cites.
//!
//! A page that several articles cite stands among other rows in each; a footer is the same link among
//! the same rows. So a link is learnt with a row beside it, or alone where most articles have it.

pub(in crate::citation) mod footer_links;
mod learn;
pub(in crate::citation) mod link_fingerprint;
