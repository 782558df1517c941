//! Finds the language of an article, in which the pages that it cites are asked for.

use std::sync::Arc;

use crate::archive::{Article, RowRole};
use crate::text;

/// The number of bytes of the body that show its language.
const SAMPLE: usize = 2000;

/// The language of an article's body as a BCP 47 tag, or of its title where it has no body; `None` where neither
/// shows one.
pub(super) fn article_language(article: &Article) -> Option<Arc<str>> {
    let mut sample = String::new();
    for (row, role) in article.rows.iter().zip(&article.row_roles) {
        if *role == RowRole::Body && sample.len() < SAMPLE {
            sample.push_str(&row.plain_text(&article.links));
            sample.push('\n');
        }
    }
    let shown = if sample.trim().is_empty() { &article.title } else { &sample };
    Some(text::detect_language(shown)).filter(|tag| !tag.is_empty()).map(Arc::from)
}
