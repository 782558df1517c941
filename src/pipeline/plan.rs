//! Reads the archive into the plan of a run: the link table and the distinct URLs.
//!
//! The link table is written to the store while the archive is read, in pieces of a few hundred
//! articles, so that memory grows with the distinct URLs and not with the links. The store keeps pieces
//! by their hash, so an unchanged piece costs nothing. Reports read the table from there.
//!
//! The link table goes to the store while the archive is read, a piece for a few hundred articles,
//! so that memory grows with the distinct URLs and not with the links; pieces that did not change
//! since the last run cost nothing, since they are kept by their hash. Reports read it from there.

use std::collections::HashMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use crate::archive::{Archive, ArchiveError, Article, ReadRules};
use crate::citation;
use crate::citation::{ArticleCitations, Citation, CitationRules, LinkTarget};
use crate::frontier::Priority;
use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::{CanonicalUrl, Role, UrlKey};
use crate::store::{RunId, SnapshotStore, UrlRecord};

use super::article_language::article_language;
use super::error::RunError;
use super::role_set::RoleSet;
use super::url_filter::UrlFilter;

/// The number of articles in one piece of the link table.
const ARTICLES_PER_PIECE: usize = 256;
/// The most articles remembered that cite a URL. A page that more articles cite is no source of
/// quotations.
const MAX_CITERS: usize = 32;

/// One distinct URL of the run.
#[derive(Clone, Debug)]
pub struct PlannedUrl {
    /// The URL to ask for.
    pub url: CanonicalUrl,
    /// The roles in which it is linked.
    pub roles: RoleSet,
    /// The language in which it is asked for: that of the first article that is a repost of it, else of the
    /// first that cites it, in the order of paths. `None` where no article shows one.
    pub language: Option<Arc<str>>,
    /// The articles that are reposts of it, as indexes into [`Plan::articles`].
    pub reposts: Vec<u32>,
    /// The first articles that cite it, as indexes into [`Plan::articles`]. Their quotations are looked
    /// for in it.
    pub citers: Vec<u32>,
}

/// The newest visit of a URL.
#[derive(Clone, Copy, Debug)]
pub struct LastVisit {
    /// The run that made it.
    pub run: RunId,
    /// Its time, in milliseconds since 1970.
    pub at_ms: u64,
}

impl From<&UrlRecord> for LastVisit {
    fn from(record: &UrlRecord) -> Self {
        Self { run: record.last_run, at_ms: record.last_visit_ms }
    }
}

/// A URL of the plan.
pub enum Planned<'a> {
    /// The archive links to it.
    Archive(&'a PlannedUrl),
    /// A fetched page names it.
    Found(Arc<PlannedUrl>),
}

impl Deref for Planned<'_> {
    type Target = PlannedUrl;

    fn deref(&self) -> &PlannedUrl {
        match self {
            Self::Archive(planned) => planned,
            Self::Found(planned) => planned,
        }
    }
}

/// URLs that fetched pages name and the archive does not. They are added during the run.
#[derive(Debug, Default)]
struct FoundUrls {
    urls: Vec<Arc<PlannedUrl>>,
    by_key: HashMap<UrlKey, u32>,
}

/// An article that is a repost or cites something.
#[derive(Clone, Debug)]
pub struct PlannedArticle {
    /// Its id.
    pub id: ArticleId,
    /// Its path, from which it is read again when its original has arrived.
    pub path: PathBuf,
}

/// An article as it was read, with its links and its language.
struct CitingArticle {
    article: Article,
    citations: Vec<Citation>,
    language: Option<Arc<str>>,
}

/// What a run is to do.
#[derive(Debug, Default)]
pub struct Plan {
    /// Every distinct URL that is to be asked for.
    pub urls: Vec<PlannedUrl>,
    /// The index of each URL in `urls`.
    pub by_key: HashMap<UrlKey, u32>,
    /// The articles that are reposts or cite something.
    pub articles: Vec<PlannedArticle>,
    /// The pieces of the link table, in path order.
    pub link_table: Vec<ContentHash>,
    /// The number of articles that were read.
    pub article_count: u64,
    /// The number of links in them.
    pub link_count: u64,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<String>,
    found: RwLock<FoundUrls>,
}

impl Plan {
    /// Reads the archive. A file that cannot be read is recorded and skipped. With `follows_language`, pages are
    /// asked for in the languages of their articles.
    pub fn read(
        archive: &Archive,
        read_rules: &ReadRules,
        citation_rules: &CitationRules,
        fetched: RoleSet,
        excluded: &UrlFilter,
        follows_language: bool,
        store: &dyn SnapshotStore,
    ) -> Result<Self, RunError> {
        let mut plan = Self::default();
        let mut piece = Vec::with_capacity(ARTICLES_PER_PIECE);
        let mut failed = None;
        // An article that cites nothing on the web asks for nothing, in no language.
        let make = |article: Article, citations: Vec<Citation>| {
            let cites = citations.iter().any(|citation| is_selected(citation, fetched, excluded));
            let language = (follows_language && cites).then(|| article_language(&article)).flatten();
            CitingArticle { article, citations, language }
        };
        citation::read_archive_as(archive, read_rules, citation_rules, make, |result| {
            if failed.is_some() {
                return;
            }
            if let Err(error) = plan.add_article(
                result,
                &|citation| is_selected(citation, fetched, excluded),
                &mut piece,
                store,
            ) {
                failed = Some(error);
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        plan.store_piece(&mut piece, store)?;
        Ok(plan)
    }

    fn add_article(
        &mut self,
        result: Result<CitingArticle, ArchiveError>,
        is_selected: &dyn Fn(&Citation) -> bool,
        piece: &mut Vec<ArticleCitations>,
        store: &dyn SnapshotStore,
    ) -> Result<(), RunError> {
        let CitingArticle { article, citations, language } = match result {
            Ok(read) => read,
            Err(error) => {
                self.unreadable.push(error.to_string());
                return Ok(());
            }
        };
        self.article_count += 1;
        self.link_count += citations.len() as u64;
        let mut own_index = None;
        for citation in &citations {
            if let LinkTarget::Web { canonical, .. } = &citation.target
                && is_selected(citation)
            {
                self.add_url(canonical, citation.role, &article, language.as_ref(), &mut own_index);
            }
        }
        piece.push(ArticleCitations { article: article.id, citations });
        if piece.len() == ARTICLES_PER_PIECE {
            self.store_piece(piece, store)?;
        }
        Ok(())
    }

    fn add_url(
        &mut self,
        url: &CanonicalUrl,
        role: Role,
        article: &Article,
        language: Option<&Arc<str>>,
        own_index: &mut Option<u32>,
    ) {
        let next = u32::try_from(self.urls.len()).unwrap_or(u32::MAX);
        let index = *self.by_key.entry(url.key()).or_insert(next);
        if index == next {
            self.urls.push(PlannedUrl {
                url: url.clone(),
                roles: RoleSet::default(),
                language: None,
                reposts: Vec::new(),
                citers: Vec::new(),
            });
        }
        let Some(planned) = self.urls.get_mut(index as usize) else { return };
        let is_first_repost = role == Role::Repost && planned.reposts.is_empty();
        if language.is_some() && (planned.language.is_none() || is_first_repost) {
            planned.language = language.cloned();
        }
        planned.roles.insert(role);
        let known_by = match role {
            Role::Repost => &mut planned.reposts,
            Role::Source | Role::Mention if planned.citers.len() < MAX_CITERS => &mut planned.citers,
            _ => return,
        };
        let article_index = *own_index.get_or_insert_with(|| {
            self.articles.push(PlannedArticle { id: article.id.clone(), path: article.path.clone() });
            u32::try_from(self.articles.len() - 1).unwrap_or(u32::MAX)
        });
        if known_by.last() != Some(&article_index) {
            known_by.push(article_index);
        }
    }

    fn store_piece(
        &mut self,
        piece: &mut Vec<ArticleCitations>,
        store: &dyn SnapshotStore,
    ) -> Result<(), RunError> {
        if piece.is_empty() {
            return Ok(());
        }
        let bytes = postcard::to_stdvec(&*piece).map_err(|error| RunError::Encode(error.to_string()))?;
        self.link_table.push(store.store_blob(&bytes)?);
        piece.clear();
        Ok(())
    }

    /// The URL with this index: first those of the archive, then those that were found.
    pub fn get(&self, index: u32) -> Option<Planned<'_>> {
        let index = index as usize;
        if let Some(planned) = self.urls.get(index) {
            return Some(Planned::Archive(planned));
        }
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        found.urls.get(index - self.urls.len()).cloned().map(Planned::Found)
    }

    /// The index of a URL, if the plan has it.
    pub fn index_of(&self, url: &CanonicalUrl) -> Option<u32> {
        let key = url.key();
        let found = || self.found.read().unwrap_or_else(PoisonError::into_inner).by_key.get(&key).copied();
        self.by_key.get(&key).copied().or_else(found)
    }

    /// Adds a URL that a fetched page names, and returns its index. It is treated as a source: its text
    /// is compared with its own last snapshot. `language` is that of the page that names it.
    pub fn add_found_url(&self, url: &CanonicalUrl, language: Option<Arc<str>>) -> u32 {
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(self.urls.len() + found.urls.len()).unwrap_or(u32::MAX);
        let index = *found.by_key.entry(url.key()).or_insert(next);
        if index == next {
            let roles = RoleSet::from_roles([Role::Source]);
            found.urls.push(Arc::new(PlannedUrl {
                url: url.clone(),
                roles,
                language,
                reposts: Vec::new(),
                citers: Vec::new(),
            }));
        }
        index
    }

    /// The priority of a URL: pages never visited, then those that the oldest run visited last; of these,
    /// originals, then sources, then mentions, then images. So what one run leaves over comes first in the
    /// next, of whatever kind it is. `last_visit` is `None` for a URL that was never visited.
    pub fn priority_of(&self, index: u32, last_visit: Option<LastVisit>) -> Priority {
        let roles = self.get(index).map(|planned| planned.roles).unwrap_or_default();
        let class = if roles.contains(Role::Repost) {
            0
        } else if roles.contains(Role::Source) {
            1
        } else if roles.contains(Role::Mention) {
            2
        } else {
            3
        };
        let (last_run, due_ms) = last_visit.map_or((0, 0), |last| (last.run.0, last.at_ms));
        Priority { last_run, class, due_ms }
    }
}

fn is_selected(citation: &Citation, fetched: RoleSet, excluded: &UrlFilter) -> bool {
    let LinkTarget::Web { canonical, .. } = &citation.target else { return false };
    fetched.contains(citation.role) && !excluded.excludes(canonical.as_url())
}

/// Reads one piece of a link table.
pub fn read_link_table_piece(
    store: &dyn SnapshotStore,
    hash: ContentHash,
) -> Result<Vec<ArticleCitations>, RunError> {
    let bytes = store.read_blob(hash)?;
    postcard::from_bytes(&bytes).map_err(|error| RunError::Encode(error.to_string()))
}
