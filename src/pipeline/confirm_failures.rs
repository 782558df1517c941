//! Counts the failures of a run once it is known that they were not caused by an outage here.

use crate::store::{PageWrite, RunId, SnapshotStore, VisitRecord};
use crate::verdict::{Cause, Judgement, LinkRecord, Outage, Verdict};

use super::RunError;
use super::page::StoredJudgement;
use super::plan::Plan;

/// Which failures of a run say something about their pages.
#[derive(Clone, Copy, Debug)]
pub struct FailureTrust<'a> {
    /// Whether nothing could be reached at all.
    pub no_network: bool,
    /// The outage that was found, if there was one.
    pub outage: Option<&'a Outage>,
    /// Whether the clock was wrong, so that nobody knows how many days are between two failures.
    pub is_clock_wrong: bool,
}

impl FailureTrust<'_> {
    fn covers(self, judgement: &Judgement) -> bool {
        !self.no_network && self.outage.is_none_or(|outage| !outage.may_have_caused(judgement))
    }
}

/// Updates the state over time of every link that failed in this run. `failures` holds their indexes in
/// the plan. Repeating it changes nothing, since a strike counts only if it comes days after the one
/// before.
pub fn count_failures(
    plan: &Plan,
    failures: &[u32],
    store: &dyn SnapshotStore,
    run: RunId,
    trust: FailureTrust<'_>,
) -> Result<(), RunError> {
    // The reads below must see everything that the run has queued.
    store.flush()?;
    for planned in failures.iter().filter_map(|index| plan.get(*index)) {
        let key = planned.url.key();
        let Some(mut visit) = store.read_visit_in_run(key, run)? else { continue };
        let Some(mut kept) = StoredJudgement::from_json(&visit.judgement) else { continue };
        if kept.judgement.verdict.is_fine() {
            continue;
        }
        if trust.outage.is_some_and(|outage| {
            visit.hops.last().is_some_and(|hop| outage.is_portal_answer(&hop.url, &kept.judgement))
        }) {
            // A page that most hosts show is a gate of the network here, not of these hosts.
            kept.judgement.verdict = Verdict::Blocked;
            kept.judgement.cause = Some(Cause::BotWall);
            kept.judgement.evidence.push(
                "most hosts ended in the same way in this run, so it does not count against this page"
                    .to_owned(),
            );
            visit.judgement = kept.to_json()?;
            replace_visit(store, visit.clone())?;
        }
        let trustworthy = trust.covers(&kept.judgement);
        if !trustworthy && kept.judgement.cause == Some(Cause::DnsNxdomain) {
            // While nothing can be reached, an unknown name says nothing about the domain.
            kept.judgement.verdict = Verdict::Failing;
            kept.judgement.cause = Some(Cause::DnsFailure);
            kept.judgement
                .evidence
                .push("most hosts failed in this run, so it does not count against this page".to_owned());
            visit.judgement = kept.to_json()?;
            replace_visit(store, visit.clone())?;
        }
        let counts = trustworthy && !trust.is_clock_wrong;
        let after: LinkRecord = kept.over_time.after_judgement(&kept.judgement, visit.at, counts);
        if after == kept.over_time {
            continue;
        }
        kept.over_time = after;
        visit.judgement = kept.to_json()?;
        replace_visit(store, visit)?;
    }
    store.flush()?;
    Ok(())
}

/// Replaces a visit in the store.
fn replace_visit(store: &dyn SnapshotStore, visit: VisitRecord) -> Result<(), RunError> {
    let page_write = PageWrite::of_visit(visit);
    Ok(store.write_page(page_write)?)
}
