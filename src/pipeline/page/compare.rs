//! Compares a page: each local copy with the original, and the original with its last snapshot.

use std::collections::BTreeMap;

use super::analyst::Analyst;
use super::inputs::{FetchedPage, LocalCopy, PageContent};
use super::snapshot_pair::{extract_page, read_snapshots};
use super::stored_json::StoredDrift;
use crate::model::{ArticleId, ContentHash, Role};
use crate::pipeline::error::RunError;
use crate::pipeline::plan::PlannedUrl;
use crate::store::{ComparisonRecord, UrlRecord};
use crate::text::{NormalForms, TextError, normalize};
use crate::text_diff::{self, Drift, DriftClass, MovedSide, TRANSLATION};

/// The article id under which the comparison with the previous snapshot is stored.
pub fn previous_snapshot_key() -> ArticleId {
    ArticleId::new("")
}

fn is_translation(record: &ComparisonRecord) -> bool {
    let stored = StoredDrift::from_record(record);
    stored.is_some_and(|stored| stored.drift.reason.as_deref() == Some(TRANSLATION))
}

/// The drift class of a stored comparison.
pub fn drift_class_of(record: &ComparisonRecord) -> Option<DriftClass> {
    StoredDrift::from_record(record).map(|stored| stored.drift.class)
}

/// The most serious class among comparisons. The order of the classes is that of their weight.
pub fn most_serious(records: &[ComparisonRecord]) -> Option<DriftClass> {
    records.iter().filter_map(drift_class_of).max()
}

impl Analyst {
    /// Makes the comparisons that this visit calls for. A comparison whose two sides have not changed
    /// is not made again.
    pub(in crate::pipeline) fn compare_page(
        &self,
        planned: &PlannedUrl,
        previous: Option<&UrlRecord>,
        content: &PageContent,
        at_ms: u64,
    ) -> Result<Vec<ComparisonRecord>, RunError> {
        let (stored, stored_locals);
        let (original, locals) = match content {
            PageContent::None | PageContent::Same => return Ok(Vec::new()),
            PageContent::Body { original, locals } => (&**original, locals.as_slice()),
            PageContent::Unmodified => {
                stored_locals = self.read_local_copies(planned);
                let Some(hash) = previous.and_then(|record| record.latest_body) else {
                    return Ok(Vec::new());
                };
                if self.are_all_current(planned, &stored_locals, hash)? {
                    return Ok(Vec::new());
                }
                let Some(read) = self.read_newest_page(previous)? else { return Ok(Vec::new()) };
                stored = read;
                (&stored, stored_locals.as_slice())
            }
        };
        let mut records = Vec::new();
        for local in locals {
            // A page that was never visited has no stored comparison.
            let kept = match previous {
                Some(_) => self.store.read_comparisons(planned.url.key(), &local.article)?,
                None => Vec::new(),
            };
            if !self.is_current(&kept, local, original.hash()) {
                let mut record = self.compare_with_copy(planned, kept, original, local, at_ms)?;
                if is_translation(&record)
                    && let Some(over_time) = self.compare_with_previous(planned, original, previous, at_ms)?
                    && drift_class_of(&over_time).is_some_and(DriftClass::is_drift)
                {
                    // What the original said before shows what the copy in another language cannot.
                    record.result = over_time.result;
                }
                records.push(record);
            }
        }
        let cited = planned.roles.contains(Role::Source) || planned.roles.contains(Role::Mention);
        if cited
            && previous.is_some_and(|record| record.latest_body.is_some_and(|hash| hash != original.hash()))
        {
            records.extend(self.compare_with_previous(planned, original, previous, at_ms)?);
        }
        Ok(records)
    }

    pub(in crate::pipeline) fn are_all_current(
        &self,
        planned: &PlannedUrl,
        locals: &[LocalCopy],
        body: ContentHash,
    ) -> Result<bool, RunError> {
        for local in locals {
            let kept = self.store.read_comparisons(planned.url.key(), &local.article)?;
            if !self.is_current(&kept, local, body) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the last comparison of a copy was of these two texts, in these normal forms.
    fn is_current(&self, kept: &[ComparisonRecord], local: &LocalCopy, body: ContentHash) -> bool {
        kept.last().is_some_and(|last| {
            last.local_text == local.fingerprint
                && last.original_body == body
                && StoredDrift::from_record(last).is_some_and(|kept| kept.forms == self.compare.forms)
        })
    }

    fn compare_with_copy(
        &self,
        planned: &PlannedUrl,
        kept: Vec<ComparisonRecord>,
        original: &FetchedPage,
        local: &LocalCopy,
        at_ms: u64,
    ) -> Result<ComparisonRecord, RunError> {
        // The quick comparison folds all forms.
        let quick = (self.compare.forms == NormalForms::default())
            .then(|| {
                text_diff::compare_verbatim_folded(
                    &original.whole.text,
                    &local.text,
                    &local.body,
                    &local.folded,
                    &self.compare,
                )
            })
            .flatten();
        let (mut drift, original_text) = if let Some(comparison) = quick {
            // The page holds exactly the local copy's text.
            (Drift::from_comparison(&comparison, "local"), local.fingerprint)
        } else {
            match extract_page(original, Some(&local.body)) {
                Ok(page) => {
                    let comparison = text_diff::compare(&page, &local.text, &self.compare);
                    (Drift::from_comparison(&comparison, "local"), normalize::text_fingerprint(&page.text()))
                }
                Err(reason) => (Drift::unverifiable(&reason.to_string(), "local"), ContentHash::of(b"")),
            }
        };
        self.add_history(planned, kept, original, local, &mut drift)?;
        if drift.reason.as_deref() == Some(TRANSLATION) && drift.was_equal == Some(true) {
            // It was the copy's text once, so it is no translation but another article.
            (drift.class, drift.reason) = (DriftClass::Different, None);
        }
        let kept = StoredDrift { drift, forms: self.compare.forms, quotes: BTreeMap::new() };
        Ok(ComparisonRecord {
            article: local.article.clone(),
            at_ms,
            local_text: local.fingerprint,
            original_text,
            original_body: original.hash(),
            result: kept.to_json()?,
        })
    }

    /// Compares the original with its previous snapshot, which takes the place of the local copy.
    fn compare_with_previous(
        &self,
        planned: &PlannedUrl,
        original: &FetchedPage,
        previous: Option<&UrlRecord>,
        at_ms: u64,
    ) -> Result<Option<ComparisonRecord>, RunError> {
        let Some(before) = self.read_newest_page(previous)? else { return Ok(None) };
        // Two bodies without readable text (PDF, a script shell) are not equal for that reason.
        let same_text = before.whole.text == original.whole.text
            && (before.hash() == original.hash() || !original.whole.text.is_empty());
        let (drift, local_text, original_text) = if same_text {
            let text = normalize::text_fingerprint(&original.whole.text);
            (Drift::unchanged(), text, text)
        } else {
            match read_snapshots(&before, original, None) {
                Ok((then, now)) => {
                    let comparison = text_diff::compare(&now, &then, &self.compare);
                    let mut drift = Drift::from_comparison(&comparison, "previous");
                    // Both sides are the page, so only the original can have changed.
                    drift.moved_side = MovedSide::from_changes(drift.class.is_drift(), false);
                    (
                        drift,
                        normalize::text_fingerprint(&then.text()),
                        normalize::text_fingerprint(&now.text()),
                    )
                }
                Err(reason) => {
                    let nothing = ContentHash::of(b"");
                    (unread_change(reason), nothing, nothing)
                }
            }
        };
        // A page whose text cannot be read has not lost its quotations.
        let readable = drift.class != DriftClass::Unverifiable;
        let quotes =
            if readable { self.find_lost_quotes(planned, &before, original)? } else { BTreeMap::new() };
        let kept = StoredDrift { drift, forms: self.compare.forms, quotes };
        Ok(Some(ComparisonRecord {
            article: previous_snapshot_key(),
            at_ms,
            local_text,
            original_text,
            original_body: original.hash(),
            result: kept.to_json()?,
        }))
    }
}

/// The drift of a page with another body than before, of which at least one cannot be read.
fn unread_change(reason: TextError) -> Drift {
    // A page of scripts may be another one at every request; a document is not.
    let is_document =
        matches!(reason, TextError::NotText | TextError::PdfUnreadable | TextError::PdfWithoutText);
    if !is_document {
        return Drift::unverifiable(&reason.to_string(), "previous");
    }
    let reason = format!("the document changed, but {reason}");
    Drift { moved_side: MovedSide::Original, ..Drift::unverifiable(&reason, "previous") }
}
