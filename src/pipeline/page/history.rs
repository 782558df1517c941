//! Adds to a comparison what earlier visits say: which side changed, and whether both were ever equal.

use jiff::Timestamp;

use super::analyst::Analyst;
use super::inputs::{FetchedPage, LocalCopy};
use super::snapshot_pair::read_snapshots;
use super::stored_json::{StoredDrift, StoredJudgement};
use super::upstream_links::UpstreamLinks;
use crate::pipeline::clock::unix_ms;
use crate::pipeline::error::RunError;
use crate::pipeline::plan::PlannedUrl;
use crate::store::{ComparisonRecord, UrlRecord, VisitRecord};
use crate::text_diff::{self, Drift, DriftClass, MovedSide};
use crate::verdict::LinkRecord;

impl Analyst {
    /// The state of a link over time before this visit, and the upstream links that are known of its page.
    /// Where the last visit was made by a clock that was ahead, failures under that clock are left out: how
    /// many days there were between them is not known.
    pub(in crate::pipeline) fn state_before(
        &self,
        planned: &PlannedUrl,
        previous: Option<&UrlRecord>,
    ) -> Result<(LinkRecord, Option<UpstreamLinks>), RunError> {
        let Some(previous) = previous else { return Ok(Default::default()) };
        let Some(kept) = StoredJudgement::from_json(&previous.state) else { return Ok(Default::default()) };
        if !self.runs_with_clock_ahead.contains(&previous.last_run) {
            return Ok((kept.over_time, kept.leads));
        }
        let mut over_time = LinkRecord::default();
        for visit in self.store.read_visits(planned.url.key())? {
            if visit.at > self.latest_believed() {
                continue;
            }
            let Some(seen) = StoredJudgement::from_json(&visit.judgement) else { continue };
            over_time = if self.runs_with_clock_ahead.contains(&visit.run) {
                over_time.after_judgement(&seen.judgement, visit.at, false)
            } else {
                seen.over_time
            };
        }
        Ok((over_time, kept.leads))
    }

    /// Adds to a new comparison what the earlier ones (`kept`) say.
    pub(in crate::pipeline) fn add_history(
        &self,
        planned: &PlannedUrl,
        mut kept: Vec<ComparisonRecord>,
        original: &FetchedPage,
        local: &LocalCopy,
        drift: &mut Drift,
    ) -> Result<(), RunError> {
        // A comparison in other normal forms cannot be compared with this one.
        kept.retain(|record| {
            StoredDrift::from_record(record).is_some_and(|kept| kept.forms == self.compare.forms)
        });
        drift.was_equal = match () {
            () if drift.class.is_equal() => Some(true),
            () if drift.class.is_drift() => Some(false),
            () => None,
        };
        let Some((first, last)) = kept.first().zip(kept.last()) else { return Ok(()) };
        drift.moved_side = self.side_moved_since(planned, last, original, local, drift.class)?;
        if drift.class.is_equal() {
            return Ok(());
        }
        let mut visits = self.store.read_visits(planned.url.key())?;
        visits.retain(|visit| visit.at <= self.latest_believed());
        if let Some(at) = last_time_equal(&kept, &visits) {
            drift.was_equal = Some(true);
            drift.equal_at = Some(at);
        }
        let edited = first.local_text != local.fingerprint;
        if first.original_body == original.hash() {
            drift.moved_since_first = Some(MovedSide::from_changes(false, edited));
        } else if let Some((snapshot, before)) = self.read_first_page(planned)?
            && let Ok((oldest, newest)) = read_snapshots(&before, original, Some(&local.body))
        {
            let found = text_diff::compare_three_way(&oldest, &newest, &local.text, &self.compare);
            drift.moved_since_first = Some(found.moved_side(edited));
            if drift.was_equal != Some(true) && found.was_ever_equal() {
                drift.was_equal = Some(true);
                drift.equal_at = Some(snapshot.at());
            }
        }
        Ok(())
    }

    /// The side that changed since an earlier comparison. A change only around the text does not count
    /// as a change of the original.
    fn side_moved_since(
        &self,
        planned: &PlannedUrl,
        last: &ComparisonRecord,
        original: &FetchedPage,
        local: &LocalCopy,
        class: DriftClass,
    ) -> Result<MovedSide, RunError> {
        let edited = last.local_text != local.fingerprint;
        let was = StoredDrift::from_record(last).map(|kept| kept.drift.class);
        let differs =
            |class: DriftClass| class.is_drift().then_some(true).or(class.is_equal().then_some(false));
        let of_original = if last.original_body == original.hash() {
            Some(false)
        } else if !edited
            && let (Some(was), Some(now)) = (was.and_then(differs), differs(class))
            && !(was && now)
        {
            // The copy has not changed, so it shows whether the original has, and nothing needs to be
            // extracted.
            Some(was != now)
        } else {
            match self.read_page_with_body(planned, last.original_body)? {
                Some(before) if before.whole.text == original.whole.text => Some(false),
                Some(before) => match read_snapshots(&before, original, Some(&local.body)) {
                    Ok((then, now)) => Some(text_diff::compare(&now, &then, &self.compare).class.is_drift()),
                    Err(_) => None,
                },
                None => None,
            }
        };
        Ok(of_original.map_or(MovedSide::Unknown, |moved| MovedSide::from_changes(moved, edited)))
    }
}

/// When the local copy was last seen to be equal: at the last visit with a snapshot before the
/// comparison that found a difference.
fn last_time_equal(kept: &[ComparisonRecord], visits: &[VisitRecord]) -> Option<Timestamp> {
    let is_equal = |record: &ComparisonRecord| {
        StoredDrift::from_record(record).is_some_and(|kept| kept.drift.class.is_equal())
    };
    let place = kept.iter().rposition(is_equal)?;
    let from = kept.get(place)?.at_ms;
    let until = kept.get(place + 1).map_or(u64::MAX, |next| next.at_ms);
    let at_ms = |visit: &VisitRecord| unix_ms(visit.at);
    let within = |visit: &&VisitRecord| visit.snapshot.is_some() && (from..until).contains(&at_ms(visit));
    let seen = visits.iter().filter(within).map(|visit| visit.at).max();
    seen.or_else(|| Timestamp::from_millisecond(i64::try_from(from).ok()?).ok())
}
