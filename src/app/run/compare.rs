//! The comparisons of a page: each local copy with the original, and the original with its last
//! snapshot.

use url::Url;

use crate::article::ArticleId;
use crate::citation::Role;
use crate::snapshot::{ComparisonRecord, ContentHash, UrlRecord};
use crate::text::{self, PageText, TextError, normal};
use crate::text_diff::{self, DriftClass};
use crate::view::DriftReport;

use super::RunError;
use super::analyse::Analyst;
use super::conclude::{Content, Local, Original};
use super::plan::PlannedUrl;

/// Under this name the comparison of an original with its previous snapshot is kept.
pub fn previous_snapshot() -> ArticleId {
    ArticleId::new("")
}

/// The class of a kept comparison.
pub fn class_of(record: &ComparisonRecord) -> Option<DriftClass> {
    report_of(record).map(|report| report.class)
}

/// A kept comparison as it is reported; who moved is filled in by the report.
pub fn report_of(record: &ComparisonRecord) -> Option<DriftReport> {
    serde_json::from_value(record.result.clone()).ok()
}

/// The most serious class among comparisons. The classes are in the order of their weight.
pub fn most_serious(records: &[ComparisonRecord]) -> Option<DriftClass> {
    records.iter().filter_map(class_of).max()
}

fn extract(original: &Original, guide: Option<&str>) -> Result<PageText, TextError> {
    let html = original.html.as_deref().ok_or(TextError::NotText)?;
    text::extract(html, Some(&original.url), guide)
}

impl Analyst {
    /// All comparisons that this visit calls for; those whose two sides are what they were at the
    /// last comparison are left as they are kept.
    pub(super) fn compare(
        &self,
        planned: &PlannedUrl,
        previous: Option<&UrlRecord>,
        content: &Content,
        at_ms: u64,
    ) -> Result<Vec<ComparisonRecord>, RunError> {
        let (stored, stored_locals);
        let (original, locals) = match content {
            Content::None | Content::Same => return Ok(Vec::new()),
            Content::Body { original, locals } => (&**original, locals.as_slice()),
            Content::Unmodified => {
                stored_locals = self.locals(planned);
                let Some(hash) = previous.and_then(|record| record.latest_body) else {
                    return Ok(Vec::new());
                };
                if self.all_kept(planned, &stored_locals, hash)? {
                    return Ok(Vec::new());
                }
                let Some(read) = self.stored_original(previous)? else { return Ok(Vec::new()) };
                stored = read;
                (&stored, stored_locals.as_slice())
            }
        };
        let mut records = Vec::new();
        for local in locals {
            let kept = self.store.comparisons(planned.url.key(), &local.article)?;
            let same = kept.last().is_some_and(|last| {
                last.local_text == local.fingerprint && last.original_body == original.hash
            });
            if !same {
                records.push(self.against_local(original, local, at_ms)?);
            }
        }
        let cited = planned.roles.has(Role::Source) || planned.roles.has(Role::Mention);
        if cited
            && previous.is_some_and(|record| record.latest_body.is_some_and(|hash| hash != original.hash))
        {
            records.extend(self.against_previous(original, previous, at_ms)?);
        }
        Ok(records)
    }

    pub(super) fn all_kept(
        &self,
        planned: &PlannedUrl,
        locals: &[Local],
        body: ContentHash,
    ) -> Result<bool, RunError> {
        for local in locals {
            let kept = self.store.comparisons(planned.url.key(), &local.article)?;
            let same = kept
                .last()
                .is_some_and(|last| last.local_text == local.fingerprint && last.original_body == body);
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The newest snapshot, read back as a page.
    fn stored_original(&self, previous: Option<&UrlRecord>) -> Result<Option<Original>, RunError> {
        let Some(id) = previous.and_then(|record| record.latest_snapshot) else { return Ok(None) };
        let Some(snapshot) = self.store.snapshot(id)? else { return Ok(None) };
        let body = self.store.body(snapshot.body)?;
        let Some(hop) = snapshot.last_hop() else { return Ok(None) };
        let Ok(url) = Url::parse(&hop.url) else { return Ok(None) };
        let media = hop.headers.iter().find(|field| field.name == "content-type");
        let media = media.map(|field| field.value.as_str());
        Ok(Some(Original::of_bytes(body.expose(), media, &url, snapshot.body)))
    }

    fn against_local(
        &self,
        original: &Original,
        local: &Local,
        at_ms: u64,
    ) -> Result<ComparisonRecord, RunError> {
        let quick = text_diff::quick_compare(&original.whole.text, &local.text);
        let (report, original_text) = if let Some(comparison) = quick {
            // The page holds exactly the local copy's text.
            (DriftReport::of(&comparison, "local"), local.fingerprint)
        } else {
            match extract(original, Some(&local.body)) {
                Ok(page) => {
                    let fingerprint = normal::fingerprint(&page.text());
                    (
                        DriftReport::of(&text_diff::compare(&page, &local.text, &self.forms), "local"),
                        fingerprint,
                    )
                }
                Err(reason) => {
                    (DriftReport::unverifiable(&reason.to_string(), "local"), ContentHash::of(b""))
                }
            }
        };
        Ok(ComparisonRecord {
            article: local.article.clone(),
            at_ms,
            local_text: local.fingerprint,
            original_text,
            original_body: original.hash,
            result: serde_json::to_value(report).map_err(|error| RunError::Encode(error.to_string()))?,
        })
    }

    /// The original against its previous snapshot: which stands in the place of the local copy.
    fn against_previous(
        &self,
        original: &Original,
        previous: Option<&UrlRecord>,
        at_ms: u64,
    ) -> Result<Option<ComparisonRecord>, RunError> {
        let Some(before) = self.stored_original(previous)? else { return Ok(None) };
        let (now, then) = (extract(original, None), extract(&before, None));
        let hash = |side: &Result<PageText, TextError>| {
            side.as_ref().map_or_else(|_| ContentHash::of(b""), |page| normal::fingerprint(&page.text()))
        };
        let (original_text, local_text) = (hash(&now), hash(&then));
        let report = match (now, then) {
            (Ok(now), Ok(then)) => DriftReport::of(&text_diff::compare(&now, &then, &self.forms), "previous"),
            (Err(reason), _) | (_, Err(reason)) => DriftReport::unverifiable(&reason.to_string(), "previous"),
        };
        Ok(Some(ComparisonRecord {
            article: previous_snapshot(),
            at_ms,
            local_text,
            original_text,
            original_body: original.hash,
            result: serde_json::to_value(report).map_err(|error| RunError::Encode(error.to_string()))?,
        }))
    }
}
