//! The plan of a run: the archive in, the link table and the distinct URLs out.
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
use crate::store::SnapshotStore;

use super::error::RunError;
use super::role_set::RoleSet;
use super::url_filter::UrlFilter;

/// How many articles go into one piece of the link table.
const PIECE: usize = 256;
/// How many articles that cite a URL are remembered. A page that more of them cite is no source of
/// quotations.
const MAX_CITERS: usize = 32;

/// One distinct URL of the run.
#[derive(Clone, Debug)]
pub struct PlannedUrl {
    /// What is asked for.
    pub url: CanonicalUrl,
    /// Why it is linked.
    pub roles: RoleSet,
    /// The articles that are reposts of it, as indexes into [`Plan::articles`].
    pub reposts: Vec<u32>,
    /// The first articles that cite it, as indexes into [`Plan::articles`]: what they quote is looked
    /// for in it.
    pub citers: Vec<u32>,
}

/// A URL of the plan: one of the archive's, or one that was found in the run.
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

/// URLs that fetched pages name and the archive does not: they come up while the run goes on.
#[derive(Debug, Default)]
struct FoundUrls {
    urls: Vec<Arc<PlannedUrl>>,
    by_key: HashMap<UrlKey, u32>,
}

/// An article that has an original to be compared with, or a source to be looked for quotations in.
#[derive(Clone, Debug)]
pub struct PlannedArticle {
    /// Who it is.
    pub id: ArticleId,
    /// Where it is read again when its original has come.
    pub path: PathBuf,
}

/// What a run is to do.
#[derive(Debug, Default)]
pub struct Plan {
    /// Every distinct URL that is to be asked for.
    pub urls: Vec<PlannedUrl>,
    /// Where each URL stands in `urls`.
    pub by_key: HashMap<UrlKey, u32>,
    /// The articles that are reposts, or cite something.
    pub articles: Vec<PlannedArticle>,
    /// The pieces of the link table, in path order.
    pub link_table: Vec<ContentHash>,
    /// How many articles were read.
    pub article_count: u64,
    /// How many links stand in them.
    pub link_count: u64,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<String>,
    found: RwLock<FoundUrls>,
}

impl Plan {
    /// Reads the archive. A file that cannot be read is noted and passed over.
    pub fn read(
        archive: &Archive,
        read: &ReadRules,
        cite: &CitationRules,
        fetched: RoleSet,
        excluded: &UrlFilter,
        store: &dyn SnapshotStore,
    ) -> Result<Self, RunError> {
        let mut plan = Self::default();
        let mut piece = Vec::with_capacity(PIECE);
        let mut failed = None;
        citation::read_archive(archive, read, cite, |result| {
            if failed.is_some() {
                return;
            }
            if let Err(error) =
                plan.take(result, &|citation| is_due(citation, fetched, excluded), &mut piece, store)
            {
                failed = Some(error);
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        plan.put_piece(&mut piece, store)?;
        Ok(plan)
    }

    fn take(
        &mut self,
        result: Result<(Article, Vec<Citation>), ArchiveError>,
        is_due: &dyn Fn(&Citation) -> bool,
        piece: &mut Vec<ArticleCitations>,
        store: &dyn SnapshotStore,
    ) -> Result<(), RunError> {
        let (article, citations) = match result {
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
                && is_due(citation)
            {
                self.add(canonical, citation.role, &article, &mut own_index);
            }
        }
        piece.push(ArticleCitations { article: article.id, citations });
        if piece.len() == PIECE {
            self.put_piece(piece, store)?;
        }
        Ok(())
    }

    fn add(&mut self, url: &CanonicalUrl, role: Role, article: &Article, own_index: &mut Option<u32>) {
        let next = u32::try_from(self.urls.len()).unwrap_or(u32::MAX);
        let index = *self.by_key.entry(url.key()).or_insert(next);
        if index == next {
            self.urls.push(PlannedUrl {
                url: url.clone(),
                roles: RoleSet::default(),
                reposts: Vec::new(),
                citers: Vec::new(),
            });
        }
        let Some(planned) = self.urls.get_mut(index as usize) else { return };
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

    fn put_piece(
        &mut self,
        piece: &mut Vec<ArticleCitations>,
        store: &dyn SnapshotStore,
    ) -> Result<(), RunError> {
        if piece.is_empty() {
            return Ok(());
        }
        let bytes = postcard::to_stdvec(&*piece).map_err(|error| RunError::Encode(error.to_string()))?;
        self.link_table.push(store.put_blob(&bytes)?);
        piece.clear();
        Ok(())
    }

    /// A URL by its place: first those of the archive, then those that were found.
    pub fn get(&self, index: u32) -> Option<Planned<'_>> {
        let index = index as usize;
        if let Some(planned) = self.urls.get(index) {
            return Some(Planned::Archive(planned));
        }
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        found.urls.get(index - self.urls.len()).cloned().map(Planned::Found)
    }

    /// The place of a URL, if it has one.
    pub fn index_of(&self, url: &CanonicalUrl) -> Option<u32> {
        let key = url.key();
        let found = || self.found.read().unwrap_or_else(PoisonError::into_inner).by_key.get(&key).copied();
        self.by_key.get(&key).copied().or_else(found)
    }

    /// Adds a URL that a fetched page names; gives its place. It is treated as a source: its text is
    /// compared with its own last snapshot.
    pub fn add_found(&self, url: &CanonicalUrl) -> u32 {
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(self.urls.len() + found.urls.len()).unwrap_or(u32::MAX);
        let index = *found.by_key.entry(url.key()).or_insert(next);
        if index == next {
            let roles = RoleSet::of([Role::Source]);
            found.urls.push(Arc::new(PlannedUrl {
                url: url.clone(),
                roles,
                reposts: Vec::new(),
                citers: Vec::new(),
            }));
        }
        index
    }

    /// How early a URL is asked for: originals never seen, then sources never seen, then what was seen
    /// before, the longest ago first, then mentions; pictures last. What a run's budget left over is
    /// the longest ago of its kind at the next one. `last_visit_ms` is none for a URL that was never
    /// seen.
    pub fn priority(&self, index: u32, last_visit_ms: Option<u64>) -> Priority {
        let roles = self.get(index).map(|planned| planned.roles).unwrap_or_default();
        let original = roles.has(Role::Repost);
        let class = match last_visit_ms {
            None if original => 0,
            None if roles.has(Role::Source) => 1,
            Some(_) if original || roles.has(Role::Source) => 2,
            _ if roles.has(Role::Mention) => 3,
            _ => 4,
        };
        Priority { class, due_ms: last_visit_ms.unwrap_or_default() }
    }
}

fn is_due(citation: &Citation, fetched: RoleSet, excluded: &UrlFilter) -> bool {
    let LinkTarget::Web { canonical, .. } = &citation.target else { return false };
    fetched.has(citation.role) && !excluded.has(canonical.as_url())
}

/// Reads one piece of a link table back.
pub fn read_piece(store: &dyn SnapshotStore, hash: ContentHash) -> Result<Vec<ArticleCitations>, RunError> {
    let bytes = store.blob(hash)?;
    postcard::from_bytes(&bytes).map_err(|error| RunError::Encode(error.to_string()))
}
