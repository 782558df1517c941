//! Reads what is known of one URL in one run.

use crate::model::CanonicalUrl;
use crate::pipeline::error::RunError;
use crate::pipeline::page::StoredJudgement;
use crate::report::Redirect;
use crate::store::{RunId, SnapshotStore, VisitRecord};
use crate::verdict::{Judgement, LinkRecord, Verdict};

/// What is known of one URL in one run.
pub(super) struct UrlFacts {
    pub(super) visit: VisitRecord,
    pub(super) judgement: Judgement,
    pub(super) over_time: LinkRecord,
    pub(super) before: Option<Verdict>,
    pub(super) had_snapshot_before: bool,
}

pub(super) fn read_facts(
    store: &dyn SnapshotStore,
    run: RunId,
    url: &CanonicalUrl,
) -> Result<Option<UrlFacts>, RunError> {
    let mut visits = store.read_visits(url.key())?;
    let Some(place) = visits.iter().rposition(|visit| visit.run == run) else {
        return Ok(None);
    };
    let earlier = visits.iter().take(place).rfind(|visit| visit.run < run);
    let before = earlier.and_then(|visit| StoredJudgement::from_json(&visit.judgement));
    let had_snapshot_before = visits.iter().take(place).any(|visit| visit.snapshot.is_some());
    let mut visit = visits.swap_remove(place);
    // Parsed once and dropped, since facts are held for every URL.
    let Some(kept) = StoredJudgement::from_json(&std::mem::take(&mut visit.judgement)) else {
        return Ok(None);
    };
    Ok(Some(UrlFacts {
        visit,
        judgement: kept.judgement,
        over_time: kept.over_time,
        before: before.map(|kept| kept.judgement.verdict),
        had_snapshot_before,
    }))
}

pub(super) fn list_redirects(visit: &VisitRecord) -> Vec<Redirect> {
    let next = visit.hops.iter().skip(1);
    let pairs = visit.hops.iter().zip(next);
    pairs.map(|(hop, to)| Redirect { status: hop.status.unwrap_or_default(), to: to.url.clone() }).collect()
}
