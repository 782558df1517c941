//! Recognises links below the text of many articles, which belong to the site's footer rather than to the
//! article.
//!
//! A page that several articles cite is among different rows in each of them; a footer has the same links
//! among the same rows. A link is therefore learnt together with a row beside it, or alone if most articles
//! have it.

pub(in crate::citation) mod footer_links;
mod learn;
pub(in crate::citation) mod link_fingerprint;
