//! Reads the chain of reposts behind an original, and the pages that were found along it, from the
//! store alone.

use std::collections::HashSet;

use crate::model::{CanonicalUrl, Role};
use crate::report::FoundPage;
use crate::store::{RunId, SnapshotStore};
use crate::verdict::LinkState;

use crate::pipeline::error::RunError;
use crate::pipeline::page::StoredJudgement;

/// What a visit of this run says about a page.
struct Visited {
    kept: StoredJudgement,
    status: Option<u16>,
    snapshot: Option<String>,
}

/// Reads chains of reposts of one run.
pub struct ChainReader<'a> {
    /// The store to read from.
    pub store: &'a dyn SnapshotStore,
    /// The run.
    pub run: RunId,
    /// The most reposts that a chain may have behind its first page.
    pub most: u64,
}

impl ChainReader<'_> {
    /// Reads the chain from this page to the first publisher (empty if the page names none), and every
    /// page that was found along it. `wanted` says which links were followed.
    pub fn read_chain(
        &self,
        from: &CanonicalUrl,
        wanted: &dyn Fn(Role, &CanonicalUrl) -> bool,
    ) -> Result<(Vec<String>, Vec<FoundPage>), RunError> {
        let mut chain = vec![from.clone()];
        let mut found: Vec<FoundPage> = Vec::new();
        let mut seen = HashSet::from([from.key()]);
        while let Some(page) = chain.last().cloned() {
            let Some(leads) = self.read_visit(&page)?.and_then(|visited| visited.kept.leads) else { break };
            for source in leads.sources.iter().filter(|source| wanted(Role::Source, source)) {
                if seen.insert(source.key()) {
                    found.push(self.describe_page(source, Role::Source, &page)?);
                }
            }
            let Some(next) = leads.repost.filter(|next| wanted(Role::Repost, next)) else { break };
            let is_new = chain.iter().all(|known| *known != next);
            if !is_new || chain.len() as u64 > self.most {
                break;
            }
            seen.insert(next.key());
            found.retain(|known| known.url != next.as_str());
            found.push(self.describe_page(&next, Role::Repost, &page)?);
            chain.push(next);
        }
        if chain.len() == 1 {
            chain.clear();
        }
        Ok((chain.iter().map(ToString::to_string).collect(), found))
    }

    fn describe_page(
        &self,
        url: &CanonicalUrl,
        role: Role,
        on: &CanonicalUrl,
    ) -> Result<FoundPage, RunError> {
        let visited = self.read_visit(url)?;
        let kept = visited.as_ref().map(|visited| &visited.kept);
        Ok(FoundPage {
            url: url.to_string(),
            role,
            on: on.to_string(),
            verdict: kept.map(|kept| kept.judgement.verdict),
            cause: kept.and_then(|kept| kept.judgement.cause),
            state: kept.map_or(LinkState::Ok, |kept| kept.over_time.state),
            status: visited.as_ref().and_then(|visited| visited.status),
            snapshot: visited.and_then(|visited| visited.snapshot),
        })
    }

    fn read_visit(&self, url: &CanonicalUrl) -> Result<Option<Visited>, RunError> {
        let Some(visit) = self.store.read_visit_in_run(url.key(), self.run)? else { return Ok(None) };
        let status = visit.hops.last().and_then(|hop| hop.status);
        let snapshot = visit.snapshot.map(|id| id.to_string());
        Ok(StoredJudgement::from_json(&visit.judgement).map(|kept| Visited { kept, status, snapshot }))
    }
}
