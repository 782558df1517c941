//! Reads the target of a command: an article of the archive, or a URL.

use std::path::Path;

use super::context::Context;
use super::error::AppError;
use crate::citation::{ArticleCitations, Citation, LinkTarget};
use crate::model::ArticleId;
use crate::model::{CanonicalUrl, Role};
use crate::pipeline::plan;
use crate::store::SnapshotStore;

/// An article or a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandTarget {
    /// An article.
    Article(ArticleId),
    /// A URL.
    Url(CanonicalUrl),
}

impl CommandTarget {
    /// Reads a URL, or else a path of an article.
    pub fn parse_text(text: &str, context: &Context) -> Self {
        if let Some(url) = CanonicalUrl::parse(text) {
            return Self::Url(url);
        }
        let path = Path::new(text);
        let below_root = std::fs::canonicalize(path).ok().and_then(|full| {
            let root = std::fs::canonicalize(&context.root).ok()?;
            full.strip_prefix(root).ok().map(Path::to_owned)
        });
        let id = below_root.unwrap_or_else(|| path.to_owned());
        let parts: Vec<String> =
            id.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        Self::Article(ArticleId::new(parts.join("/").trim_start_matches("./")))
    }
}

/// The citations of an article in the newest link table.
pub fn citations_of_article(
    store: &dyn SnapshotStore,
    article: &ArticleId,
) -> Result<Vec<Citation>, AppError> {
    let mut found = None;
    visit_articles(store, &mut |known| {
        let asked =
            known.article == *article || known.article.as_str().ends_with(&format!("/{}", article.as_str()));
        if asked && found.is_none() {
            found = Some(known.citations);
        }
    })?;
    found.ok_or_else(|| AppError::NotFound {
        what: format!("article {article} in the store"),
        hint: "name it as the report does; `driftline run PATH` reads new articles".to_owned(),
    })
}

/// The articles in the newest link table that are reposts of a URL.
pub fn reposts_of_url(store: &dyn SnapshotStore, url: &CanonicalUrl) -> Result<Vec<ArticleId>, AppError> {
    let mut found = Vec::new();
    visit_articles(store, &mut |known| {
        let is_repost = known.citations.iter().any(|citation| {
            citation.role == Role::Repost
                && matches!(&citation.target, LinkTarget::Web { canonical, .. } if canonical == url)
        });
        if is_repost {
            found.push(known.article);
        }
    })?;
    Ok(found)
}

fn visit_articles(store: &dyn SnapshotStore, each: &mut dyn FnMut(ArticleCitations)) -> Result<(), AppError> {
    let newest = store.read_runs()?.into_iter().next_back();
    for piece in newest.iter().flat_map(|run| &run.link_table) {
        plan::read_link_table_piece(store, *piece)?.into_iter().for_each(&mut *each);
    }
    Ok(())
}

/// The distinct web URLs among citations, reposts first, then sources, then the rest.
pub fn distinct_urls(citations: &[Citation]) -> Vec<(Role, CanonicalUrl)> {
    let mut urls: Vec<(Role, CanonicalUrl)> = Vec::new();
    for citation in citations {
        if let LinkTarget::Web { canonical, .. } = &citation.target
            && !urls.iter().any(|(_, known)| known == canonical)
        {
            urls.push((citation.role, canonical.clone()));
        }
    }
    urls.sort_by_key(|(role, _)| *role);
    urls
}
