//! After a run: failures are counted, once it is clear that the fault was not our own network's.

use crate::store::{Deposit, RunId, SnapshotStore, VisitRecord};
use crate::verdict::{Cause, Judgement, LinkRecord, Outage, Verdict};

use super::RunError;
use super::page::StoredJudgement;
use super::plan::Plan;

/// Whether the host only asked for rest by an earlier status, and the page was not asked for: its own
/// answer would be the last.
fn is_rest(visit: &VisitRecord, judgement: &Judgement) -> bool {
    let own = visit.hops.last().and_then(|hop| hop.status).is_some_and(|status| status >= 400);
    matches!(judgement.cause, Some(Cause::Http4xx | Cause::Http5xx)) && !own
}

/// Brings the state over time of every link that failed in this run (its place in the plan is in
/// `failures`) up to date. Doing it twice changes nothing: a strike counts only days after the one before.
pub fn count_failures(
    plan: &Plan,
    failures: &[u32],
    store: &dyn SnapshotStore,
    run: RunId,
    trustworthy: bool,
    outage: Option<&Outage>,
) -> Result<(), RunError> {
    // What is read here must have been written.
    store.flush()?;
    for planned in failures.iter().filter_map(|index| plan.get(*index)) {
        let key = planned.url.key();
        let Some(mut visit) = store.visit_in_run(key, run)? else { continue };
        let Some(mut kept) = StoredJudgement::read(&visit.judgement) else { continue };
        if kept.judgement.verdict.is_fine() || is_rest(&visit, &kept.judgement) {
            continue;
        }
        if outage.is_some_and(|outage| {
            visit.hops.last().is_some_and(|hop| outage.is_portal_answer(&hop.url, &kept.judgement))
        }) {
            // What stands before every page of every host is a gate of ours.
            kept.judgement.verdict = Verdict::Blocked;
            kept.judgement.cause = Some(Cause::BotWall);
            kept.judgement
                .evidence
                .push("most hosts ended so in this run: not held against the page".to_owned());
            visit.judgement = kept.to_json()?;
            redeposit(store, visit.clone())?;
        }
        if !trustworthy && kept.judgement.cause == Some(Cause::DnsNxdomain) {
            // A name that does not exist where nothing can be reached is no news of the name.
            kept.judgement.verdict = Verdict::Failing;
            kept.judgement.cause = Some(Cause::DnsFailure);
            kept.judgement
                .evidence
                .push("most hosts failed in this run: not held against the page".to_owned());
            visit.judgement = kept.to_json()?;
            redeposit(store, visit.clone())?;
        }
        let after: LinkRecord = kept.over_time.after_judgement(&kept.judgement, visit.at, trustworthy);
        if after == kept.over_time {
            continue;
        }
        kept.over_time = after;
        visit.judgement = kept.to_json()?;
        redeposit(store, visit)?;
    }
    store.flush()?;
    Ok(())
}

/// Writes a visit again in its place.
fn redeposit(store: &dyn SnapshotStore, visit: VisitRecord) -> Result<(), RunError> {
    let deposit = Deposit::of_visit(visit);
    Ok(store.deposit(deposit)?)
}
