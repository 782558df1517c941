//! Finds the runs that are dated in the future, and the times that they get.
//!
//! The clock of a run was ahead if a later run sees its times in the future. When it really ran is not
//! known, but it was between the run before it and the one that sees it. So its times are moved there, with
//! the distances between them kept where they fit. An imported capture keeps its date, whatever that is.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::model::{UrlKey, clock};
use crate::store::db::batch::Entry;
use crate::store::db::database::Database;
use crate::store::db::folded_visits::for_each_url_with_visits;
use crate::store::db::keys::{VisitKey, unix_milliseconds};
use crate::store::db::read_records::read_runs;
use crate::store::db::stored_records::StoredVisit;
use crate::store::write::redate::Redating;
use crate::store::{RunId, RunRecord, StoreError};

/// A snapshot's time may follow that of its visit by this much, in milliseconds, where another one had its
/// time already.
const MAX_BEHIND_VISIT: u64 = 1000;

/// What was dated in the future and is not any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CutTimes {
    /// Runs whose times were moved.
    pub runs: u64,
    /// Visits of theirs.
    pub visits: u64,
    /// The latest time that was found.
    pub latest: Option<Timestamp>,
}

/// What has to be written to move the times of runs out of the future.
#[derive(Default)]
pub(in crate::store) struct CutPlan {
    /// The runs, with their new times.
    pub(in crate::store) runs: Vec<RunRecord>,
    /// The new times of visits and snapshots, by URL.
    pub(in crate::store) urls: Vec<(UrlKey, Vec<Redating>)>,
    /// The counts.
    pub(in crate::store) cut: CutTimes,
}

/// A visit that is dated in the future.
struct FutureVisit {
    run: RunId,
    at_ms: u64,
    /// The time of its snapshot, if it is one of the same URL.
    snapshot_ms: Option<u64>,
}

/// The times of runs without one between them that is believed, and the times that they get: all in
/// milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct MovedSpan {
    from: u64,
    to: u64,
    /// The earliest and the latest new time.
    after: u64,
    before: u64,
}

impl MovedSpan {
    /// The new time: as long before the latest one as it was, or, where that does not fit, at the same part
    /// of the span.
    fn move_time(self, at_ms: u64) -> u64 {
        let (length, room) = (self.to.saturating_sub(self.from), self.before.saturating_sub(self.after));
        let passed = at_ms.saturating_sub(self.from).min(length);
        if length <= room {
            return self.before - (length - passed);
        }
        let part = u128::from(passed) * u128::from(room) / u128::from(length.max(1));
        self.after.saturating_add(u64::try_from(part).unwrap_or(room))
    }

    /// The same for a time that is moved only if it is beyond the limit.
    fn move_timestamp(self, at: Timestamp, limit: u64) -> Timestamp {
        let at_ms = unix_milliseconds(at);
        if at_ms <= limit {
            return at;
        }
        let moved = i64::try_from(self.move_time(at_ms)).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(moved).unwrap_or(at)
    }
}

/// Plans how the times beyond what is believed at `now` are moved.
pub(in crate::store) fn plan_cut(database: &Database, now: Timestamp) -> Result<CutPlan, StoreError> {
    let runs = read_runs(database)?;
    let limit = unix_milliseconds(clock::latest_believed(now));
    let times_of = |run: &RunRecord| {
        [Some(run.started), run.finished].into_iter().flatten().map(unix_milliseconds).collect::<Vec<u64>>()
    };
    let is_future = |run: &&RunRecord| times_of(run).iter().any(|at_ms| *at_ms > limit);
    let future: HashSet<RunId> = runs.iter().filter(is_future).map(|run| run.id).collect();
    if future.is_empty() {
        return Ok(CutPlan::default());
    }
    let mut found: Vec<(UrlKey, u64, Vec<FutureVisit>)> = Vec::new();
    let mut latest: BTreeMap<RunId, u64> = BTreeMap::new();
    for_each_url_with_visits(database, |url, visits| {
        let (before, visits) = read_future_visits(database, url, &visits, &future, limit)?;
        for visit in &visits {
            let latest = latest.entry(visit.run).or_default();
            *latest = visit.at_ms.max(*latest);
        }
        if !visits.is_empty() {
            found.push((url, before, visits));
        }
        Ok(())
    })?;
    let ends = |run: &RunRecord| {
        let all = times_of(run).into_iter().chain(latest.get(&run.id).copied());
        all.max().unwrap_or_default()
    };
    let spans = plan_spans(&runs, &future, limit, unix_milliseconds(now), ends);
    let mut plan = CutPlan::default();
    for (url, before, visits) in found {
        plan.cut.visits += visits.len() as u64;
        plan.urls.push((url, redate_visits(&visits, before, &spans, limit)));
    }
    for mut run in runs.into_iter().filter(|run| future.contains(&run.id)) {
        plan.cut.runs += 1;
        let last = Timestamp::from_millisecond(i64::try_from(ends(&run)).unwrap_or(i64::MAX)).ok();
        plan.cut.latest = plan.cut.latest.max(last);
        if let Some(span) = spans.get(&run.id) {
            run.started = span.move_timestamp(run.started, limit);
            run.finished = run.finished.map(|end| span.move_timestamp(end, limit));
        }
        run.details.clock_was_ahead = true;
        plan.runs.push(run);
    }
    Ok(plan)
}

/// The visits of future runs beyond the limit, and the newest time of the others.
fn read_future_visits(
    database: &Database,
    url: UrlKey,
    visits: &[Entry],
    future: &HashSet<RunId>,
    limit: u64,
) -> Result<(u64, Vec<FutureVisit>), StoreError> {
    let mut found = Vec::new();
    let mut others = Vec::new();
    for (key, value) in visits {
        let VisitKey { at_ms, run, .. } = VisitKey::from_bytes(key)?;
        if at_ms > limit && future.contains(&run) {
            let visit: StoredVisit = database.decode_value("a visit", value)?;
            let snapshot_ms = visit.snapshot(url).filter(|id| id.url == url).map(|id| id.at_ms);
            found.push(FutureVisit { run, at_ms, snapshot_ms });
        } else if at_ms <= limit {
            others.push((run, at_ms));
        }
    }
    found.sort_by_key(|visit| (visit.run, visit.at_ms));
    let first = found.first().map(|visit| visit.run);
    let earlier = others.iter().filter(|(run, _)| Some(*run) < first).map(|(_, at_ms)| *at_ms);
    Ok((earlier.max().unwrap_or_default(), found))
}

/// For each future run, the span in which it is and where that is moved to: between the run before it and
/// the one after it. The order of the runs is that of their ids, which no clock changes.
fn plan_spans(
    runs: &[RunRecord],
    future: &HashSet<RunId>,
    limit: u64,
    now_ms: u64,
    ends: impl Fn(&RunRecord) -> u64,
) -> BTreeMap<RunId, MovedSpan> {
    let mut spans = BTreeMap::new();
    let mut after = 0;
    let mut rest = runs;
    while let Some(first) = rest.first() {
        if !future.contains(&first.id) {
            after = after.max(ends(first));
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let count = rest.iter().take_while(|run| future.contains(&run.id)).count();
        let (group, behind) = rest.split_at(count);
        let next = behind.first().map_or(now_ms, |run| unix_milliseconds(run.started).min(now_ms));
        // A clock that was set ahead in the middle of a run left only a part of its times in the future.
        let starts = group.iter().map(|run| unix_milliseconds(run.started).max(limit.saturating_add(1)));
        let after = after.saturating_add(1);
        let span = MovedSpan {
            from: starts.min().unwrap_or_default(),
            to: group.iter().map(&ends).max().unwrap_or_default(),
            after,
            before: next.saturating_sub(1).max(after),
        };
        spans.extend(group.iter().map(|run| (run.id, span)));
        rest = behind;
    }
    spans
}

/// The new times of the visits of a URL, in the order of their runs, and of the snapshots that they made.
/// Each is later than the one before.
fn redate_visits(
    visits: &[FutureVisit],
    before: u64,
    spans: &BTreeMap<RunId, MovedSpan>,
    limit: u64,
) -> Vec<Redating> {
    let mut last = before;
    let mut known = HashSet::new();
    let mut changes = Vec::new();
    for FutureVisit { run, at_ms, snapshot_ms } in visits {
        let Some(span) = spans.get(run) else { continue };
        let to_ms = span.move_time(*at_ms).max(last.saturating_add(1));
        last = to_ms;
        changes.push(Redating { run: *run, from_ms: *at_ms, to_ms });
        let behind = snapshot_ms.filter(|snapshot_ms| *snapshot_ms > limit && !known.contains(snapshot_ms));
        let behind = behind.and_then(|snapshot_ms| snapshot_ms.checked_sub(*at_ms));
        if let Some(behind) = behind.filter(|behind| (1..=MAX_BEHIND_VISIT).contains(behind)) {
            let from_ms = at_ms.saturating_add(behind);
            changes.push(Redating { run: *run, from_ms, to_ms: to_ms.saturating_add(behind) });
            known.insert(from_ms);
            last = to_ms.saturating_add(behind);
        }
        known.insert(*at_ms);
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moved_with_their_distances_where_they_fit() {
        let span = MovedSpan { from: 10_000, to: 10_500, after: 100, before: 1_000 };
        assert_eq!([10_000, 10_200, 10_500].map(|at| span.move_time(at)), [500, 700, 1_000]);
        let tight = MovedSpan { after: 900, ..span };
        assert_eq!([10_000, 10_250, 10_500].map(|at| tight.move_time(at)), [900, 950, 1_000]);
        let none = MovedSpan { after: 1_000, ..span };
        assert_eq!([10_000, 10_500].map(|at| none.move_time(at)), [1_000, 1_000]);
    }

    #[test]
    fn visits_of_one_url_keep_their_order() {
        let span = MovedSpan { from: 10_000, to: 10_500, after: 1_000, before: 1_000 };
        let spans = BTreeMap::from([(RunId(1), span), (RunId(2), span)]);
        let visit = |run, at_ms, snapshot_ms| FutureVisit { run: RunId(run), at_ms, snapshot_ms };
        let visits = [visit(1, 10_000, Some(10_001)), visit(2, 10_400, Some(10_001))];
        let changes = redate_visits(&visits, 1_000, &spans, 5_000);
        let times: Vec<(u64, u64)> = changes.iter().map(|change| (change.from_ms, change.to_ms)).collect();
        assert_eq!(times, [(10_000, 1_001), (10_001, 1_002), (10_400, 1_003)]);
    }
}
