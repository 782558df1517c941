//! Reads what is known of one URL in one run.

use crate::model::CanonicalUrl;
use crate::pipeline::error::RunError;
use crate::pipeline::page::StoredJudgement;
use crate::report::{LinkChange, Redirect};
use crate::store::{RunId, SnapshotStore, VisitRecord};
use crate::verdict::{Judgement, LinkRecord, LinkState, Verdict};

/// What is known of one URL in one run.
pub(super) struct UrlFacts {
    pub(super) visit: VisitRecord,
    pub(super) judgement: Judgement,
    pub(super) over_time: LinkRecord,
    /// The state before this run.
    pub(super) state_before: LinkState,
    pub(super) had_snapshot_before: bool,
}

impl UrlFacts {
    /// What this run changed about the link's state.
    pub(super) fn find_state_change(&self) -> Option<LinkChange> {
        let (before, now) = (self.state_before, self.over_time.state);
        let fails = matches!(self.judgement.verdict, Verdict::Dead | Verdict::Failing);
        match now {
            LinkState::Dead if fails && before != now => Some(LinkChange::NewlyDead),
            LinkState::Suspect if fails && before != now && self.over_time.last_ok.is_some() => {
                Some(LinkChange::NewlySuspect)
            }
            LinkState::Revived if self.judgement.verdict.is_fine() => Some(LinkChange::Recovered),
            _ => None,
        }
    }
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
        state_before: before.map(|kept| kept.over_time.state).unwrap_or_default(),
        had_snapshot_before,
    }))
}

pub(super) fn list_redirects(visit: &VisitRecord) -> Vec<Redirect> {
    let next = visit.hops.iter().skip(1);
    let pairs = visit.hops.iter().zip(next);
    pairs.map(|(hop, to)| Redirect { status: hop.status.unwrap_or_default(), to: to.url.clone() }).collect()
}
