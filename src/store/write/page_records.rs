//! What one finished URL adds, in the form in which the journal and the database take it.
//!
//! A [`PageWrite`] is what the crawl hands over; an [`PageRecords`] is what becomes of it: the capture
//! with its name, and what the visit means for the URL's record. The journal's reader makes the same
//! [`PageRecords`] from a segment, so a rebuilt store is made by the same steps as the first one.

use std::collections::HashMap;

use crate::fetch::{Exchange, Response, Truncation, Validators};
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::store::db::database::Database;
use crate::store::db::keys::unix_milliseconds;
use crate::store::db::read_records::read_stored_snapshot;
use crate::store::{
    CapturedHop, ComparisonRecord, JsonText, PageWrite, Snapshot, SnapshotId, StoreError, UrlRecord,
    VisitRecord,
};

/// Everything that one finished URL adds to the database, in one unit.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct PageRecords {
    /// A new capture and its body; none where the body is stored already.
    pub capture: Option<(Snapshot, Option<Untrusted>)>,
    /// The visit; its `snapshot` names the capture that holds the content.
    pub visit: VisitRecord,
    /// What becomes of the URL's validators.
    pub validators: ValidatorChange,
    /// The judgement over time after this visit.
    pub state: JsonText,
    /// Comparisons made at this visit.
    pub comparisons: Vec<ComparisonRecord>,
}

/// The captures of a group and their bodies.
pub(in crate::store) type GroupCaptures = HashMap<SnapshotId, ContentHash>;

/// What a visit does to the validators that the next conditional request sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum ValidatorChange {
    /// They stay: nothing came that replaces them.
    Keep,
    /// They are these now (or none), and the URL that sent them.
    Set(Option<(String, Validators)>),
}

impl PageRecords {
    /// What this page write adds to the database as it is, and its exchanges. The hash of the
    /// [body that it keeps](body_to_keep) must be known; `group_captures` are the captures of its group, which the database does
    /// not hold yet.
    pub(in crate::store) fn from_page_write(
        database: &Database,
        page_write: PageWrite,
        group_captures: &mut GroupCaptures,
    ) -> Result<(Self, Vec<Exchange>), StoreError> {
        let PageWrite { exchanges, keep_body, body_hash, mut visit, state, comparisons } = page_write;
        let capture = match (keep_body, exchanges.last().and_then(successful_answer).zip(body_hash)) {
            (true, Some(((last, answer), hash))) => {
                let wanted = visit.snapshot.filter(|id| id.url == visit.url.key());
                let at_ms = wanted.map_or_else(|| unix_milliseconds(last.at), |id| id.at_ms);
                let id =
                    find_free_id(database, group_captures, SnapshotId { url: visit.url.key(), at_ms }, hash)?;
                group_captures.insert(id, hash);
                visit.snapshot = Some(id);
                let snapshot = Snapshot {
                    id,
                    url: visit.url.clone(),
                    hops: exchanges.iter().filter_map(to_captured_hop).collect(),
                    body: hash,
                    body_len: answer.body.len() as u64,
                    truncated: answer.truncated,
                };
                Some((snapshot, Some(answer.body.clone())))
            }
            (true, None) => {
                // Nothing came that could be kept: a visit must not name a capture that is not there.
                visit.snapshot = None;
                None
            }
            (false, _) => None,
        };
        let validators = validator_change(&visit, &exchanges);
        Ok((Self { capture, visit, validators, state, comparisons }, exchanges))
    }

    /// The URL's record after this page's records, given the one before. Its state is left as it was: it is
    /// stored with the visit.
    pub(in crate::store) fn updated_url_record(&self, before: Option<UrlRecord>) -> UrlRecord {
        let visit = &self.visit;
        let at_ms = unix_milliseconds(visit.at);
        let mut record = before.unwrap_or_else(|| UrlRecord {
            url: visit.url.clone(),
            last_run: visit.run,
            last_visit_ms: 0,
            first_snapshot: None,
            latest_snapshot: None,
            latest_body: None,
            validators: None,
            state: JsonText::default(),
        });
        // An import may bring what is older than what is known: it adds to the past only.
        if at_ms >= record.last_visit_ms {
            record.last_run = visit.run;
            record.last_visit_ms = at_ms;
            if let ValidatorChange::Set(validators) = &self.validators {
                record.validators.clone_from(validators);
            }
        }
        if let Some((snapshot, _)) = &self.capture {
            let id = snapshot.id;
            if record.first_snapshot.is_none_or(|first| id.at_ms < first.at_ms) {
                record.first_snapshot = Some(id);
            }
            if record.latest_snapshot.is_none_or(|latest| id.at_ms >= latest.at_ms) {
                record.latest_snapshot = Some(id);
                record.latest_body = Some(snapshot.body);
            }
        }
        record
    }
}

/// The answer whose body a page write keeps.
pub(in crate::store) fn body_to_keep(page_write: &PageWrite) -> Option<&Response> {
    page_write
        .exchanges
        .last()
        .filter(|_| page_write.keep_body)
        .and_then(successful_answer)
        .map(|(_, answer)| answer)
}

fn successful_answer(exchange: &Exchange) -> Option<(&Exchange, &Response)> {
    exchange.outcome.as_ref().ok().map(|response| (exchange, response))
}

fn to_captured_hop(exchange: &Exchange) -> Option<CapturedHop> {
    let response = exchange.outcome.as_ref().ok()?;
    Some(CapturedHop {
        url: exchange.url.as_str().to_owned(),
        at: exchange.at,
        status: response.status,
        headers: response.headers.clone(),
    })
}

/// A name that no other content has: two captures of a URL within one millisecond are both kept.
fn find_free_id(
    database: &Database,
    group_captures: &GroupCaptures,
    mut id: SnapshotId,
    body: ContentHash,
) -> Result<SnapshotId, StoreError> {
    loop {
        let found = match group_captures.get(&id) {
            Some(found) => Some(*found),
            None => read_stored_snapshot(database, id)?.map(|found| found.body().0),
        };
        if found.is_none_or(|found| found == body) {
            return Ok(id);
        }
        id.at_ms = id.at_ms.saturating_add(1);
    }
}

/// The validators must always be those of the content that is kept: sent with anything else, a 304
/// would freeze what was never stored.
fn validator_change(visit: &VisitRecord, exchanges: &[Exchange]) -> ValidatorChange {
    let Some((last, answer)) = exchanges.last().and_then(successful_answer) else {
        return ValidatorChange::Keep;
    };
    if visit.snapshot.is_none() {
        return ValidatorChange::Keep;
    }
    let own = answer.validators().map(|validators| (last.url.as_str().to_owned(), validators));
    match (answer.status, answer.truncated) {
        // A 304 may leave out what has not changed (RFC 9110, section 15.4.5).
        (304, _) => own.map_or(ValidatorChange::Keep, |own| ValidatorChange::Set(Some(own))),
        // Cut off by accident: the next visit must get the whole.
        (_, Some(Truncation::Time | Truncation::Disconnect | Truncation::Decode)) => {
            ValidatorChange::Set(None)
        }
        // A part has the validators of the whole (RFC 9110, section 15.3.7).
        (206, _) => ValidatorChange::Set(None),
        (200..=299, _) => ValidatorChange::Set(own),
        _ => ValidatorChange::Keep,
    }
}
