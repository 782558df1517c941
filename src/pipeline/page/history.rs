//! Three ways at once: what a comparison of a local copy with its original says beside what was
//! before. Who moved, and was the copy ever equal to the original?

use jiff::Timestamp;
use url::Url;

use crate::model::ContentHash;
use crate::store::{ComparisonRecord, Snapshot, VisitRecord};
use crate::text_diff::{self, DriftClass};
use crate::text_diff::{Drift, MovedSide};

use crate::pipeline::RunError;
use crate::pipeline::page::judge::Analyst;
use crate::pipeline::page::persist::{Local, Original};
use crate::pipeline::page::snapshot_pair::same_part;
use crate::pipeline::page::stored_json::KeptDrift;
use crate::pipeline::plan::PlannedUrl;

impl Analyst {
    /// Adds to a comparison that was just made what the earlier ones say, which are `kept`.
    pub(in crate::pipeline) fn look_back(
        &self,
        planned: &PlannedUrl,
        mut kept: Vec<ComparisonRecord>,
        original: &Original,
        local: &Local,
        report: &mut Drift,
    ) -> Result<(), RunError> {
        // A comparison in other normal forms says nothing of this one.
        kept.retain(|record| KeptDrift::of(record).is_some_and(|kept| kept.forms == *self.forms));
        report.was_equal = match () {
            () if report.class.is_equal() => Some(true),
            () if report.class.is_drift() => Some(false),
            () => None,
        };
        let Some((first, last)) = kept.first().zip(kept.last()) else { return Ok(()) };
        report.moved_side = self.moved_since(planned, last, original, local, report.class)?;
        if report.class.is_equal() {
            return Ok(());
        }
        if let Some(at) = last_equal(&kept, &self.store.visits(planned.url.key())?) {
            report.was_equal = Some(true);
            report.equal_at = Some(at);
        }
        let edited = first.local_text != local.fingerprint;
        if first.original_body == original.hash() {
            report.moved_since_first = Some(MovedSide::from_changes(false, edited));
        } else if let Some((snapshot, before)) = self.first_page(planned)?
            && let Ok((oldest, newest)) = same_part(&before, original, Some(&local.body))
        {
            let found = text_diff::three_way(&oldest, &newest, &local.text, &self.forms);
            report.moved_since_first = Some(found.moved(edited));
            if report.was_equal != Some(true) && found.ever_equal() {
                report.was_equal = Some(true);
                report.equal_at = Some(snapshot.at());
            }
        }
        Ok(())
    }

    /// Who moved since an earlier comparison. The original has not moved where only something around
    /// its text has.
    fn moved_since(
        &self,
        planned: &PlannedUrl,
        last: &ComparisonRecord,
        original: &Original,
        local: &Local,
        class: DriftClass,
    ) -> Result<MovedSide, RunError> {
        let edited = last.local_text != local.fingerprint;
        let was = KeptDrift::of(last).map(|kept| kept.report.class);
        let differs =
            |class: DriftClass| class.is_drift().then_some(true).or(class.is_equal().then_some(false));
        let of_original = if last.original_body == original.hash() {
            Some(false)
        } else if !edited
            && let (Some(was), Some(now)) = (was.and_then(differs), differs(class))
            && !(was && now)
        {
            // The copy stayed: it measures the original, and nothing need be extracted.
            Some(was != now)
        } else {
            match self.page_of(planned, last.original_body)? {
                Some(before) if before.whole.text == original.whole.text => Some(false),
                Some(before) => match same_part(&before, original, Some(&local.body)) {
                    Ok((then, now)) => Some(text_diff::compare(&now, &then, &self.forms).class.is_drift()),
                    Err(_) => None,
                },
                None => None,
            }
        };
        Ok(of_original.map_or(MovedSide::Unknown, |moved| MovedSide::from_changes(moved, edited)))
    }

    /// The first snapshot of a page.
    pub(in crate::pipeline) fn first_page(
        &self,
        planned: &PlannedUrl,
    ) -> Result<Option<(Snapshot, Original)>, RunError> {
        let Some(first) = self.store.snapshots(planned.url.key())?.into_iter().next() else {
            return Ok(None);
        };
        Ok(self.stored(&first)?.map(|page| (first, page)))
    }

    /// A page by its body's hash.
    fn page_of(&self, planned: &PlannedUrl, body: ContentHash) -> Result<Option<Original>, RunError> {
        let snapshots = self.store.snapshots(planned.url.key())?;
        let found = snapshots.iter().rfind(|snapshot| snapshot.body == body);
        found.map_or(Ok(None), |snapshot| self.stored(snapshot))
    }

    /// A snapshot, read back as a page.
    pub(in crate::pipeline) fn stored(&self, snapshot: &Snapshot) -> Result<Option<Original>, RunError> {
        let body = self.store.body(snapshot.body)?;
        let Some(hop) = snapshot.last_hop() else { return Ok(None) };
        let Ok(url) = Url::parse(&hop.url) else { return Ok(None) };
        let media = hop.headers.iter().find(|field| field.name == "content-type");
        let media = media.map(|field| field.value.as_str());
        Ok(Some(Original::of_bytes(body.expose(), media, &url, snapshot.body)))
    }
}

/// When the local copy was last seen to be equal: the last visit that found the page there before
/// the comparison after that.
fn last_equal(kept: &[ComparisonRecord], visits: &[VisitRecord]) -> Option<Timestamp> {
    let is_equal =
        |record: &ComparisonRecord| KeptDrift::of(record).is_some_and(|kept| kept.report.class.is_equal());
    let place = kept.iter().rposition(is_equal)?;
    let from = kept.get(place)?.at_ms;
    let until = kept.get(place + 1).map_or(u64::MAX, |next| next.at_ms);
    let at_ms = |visit: &VisitRecord| u64::try_from(visit.at.as_millisecond()).unwrap_or_default();
    let within = |visit: &&VisitRecord| visit.snapshot.is_some() && (from..until).contains(&at_ms(visit));
    let seen = visits.iter().filter(within).map(|visit| visit.at).max();
    seen.or_else(|| Timestamp::from_millisecond(i64::try_from(from).ok()?).ok())
}
