//! Turns a page write into the records that the journal and the database store.
//!
//! A [`PageWrite`] is what the crawl submits. [`PageRecords`] are its records: the snapshot with its id, the
//! visit, and what the visit changes in the URL's record. Replaying the journal makes the same
//! [`PageRecords`] from a segment, so a rebuilt store takes the same steps as the first one.

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

/// All records that one finished URL adds. They are stored together.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct PageRecords {
    /// A new snapshot and its body; the body is `None` if it is stored already.
    pub capture: Option<(Snapshot, Option<Untrusted>)>,
    /// The visit. Its `snapshot` names the snapshot with the content.
    pub visit: VisitRecord,
    /// What the visit does to the validators of the URL.
    pub validators: ValidatorChange,
    /// The link state after this visit.
    pub state: JsonText,
    /// The comparisons made at this visit.
    pub comparisons: Vec<ComparisonRecord>,
}

/// The snapshots of a group and the hashes of their bodies.
pub(in crate::store) type GroupCaptures = HashMap<SnapshotId, ContentHash>;

/// What a visit does to the validators that the next conditional request sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum ValidatorChange {
    /// They stay, because nothing came that replaces them.
    Keep,
    /// They are replaced by these, with the URL that sent them, or removed.
    Set(Option<(String, Validators)>),
}

impl PageRecords {
    /// The records of a page write, and its exchanges. The hash of the [body to keep](body_to_keep) must be
    /// known. `group_captures` are the snapshots of the same group, which are not in the database yet.
    pub(in crate::store) fn from_page_write(
        database: &Database,
        page_write: PageWrite,
        group_captures: &mut GroupCaptures,
    ) -> Result<(Self, Vec<Exchange>), StoreError> {
        let PageWrite { exchanges, keep_body, body_hash, mut visit, state, comparisons } = page_write;
        let capture = match (keep_body, exchanges.last().and_then(successful_answer).zip(body_hash)) {
            (true, Some(((last, answer), hash))) => {
                let requested_id = visit.snapshot.filter(|id| id.url == visit.url.key());
                let at_ms = requested_id.map_or_else(|| unix_milliseconds(last.at), |id| id.at_ms);
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
                // Nothing came that could be kept, and a visit must not name a snapshot that does not exist.
                visit.snapshot = None;
                None
            }
            (false, _) => None,
        };
        let validators = validator_change(&visit, &exchanges);
        Ok((Self { capture, visit, validators, state, comparisons }, exchanges))
    }

    /// The URL's record after this page, given the one before. The state is left as it was, because it is
    /// stored with the visit. What is dated later than `until_ms` is not the newest.
    pub(in crate::store) fn updated_url_record(&self, before: Option<UrlRecord>, until_ms: u64) -> UrlRecord {
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
        // An import may add a visit that is older than the newest one, which then keeps its place in the
        // record.
        if (record.last_visit_ms..=until_ms).contains(&at_ms) {
            record.last_run = visit.run;
            record.last_visit_ms = at_ms;
            if let ValidatorChange::Set(validators) = &self.validators {
                record.validators.clone_from(validators);
            }
        }
        if let Some((snapshot, _)) = &self.capture
            && snapshot.id.at_ms <= until_ms
        {
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

/// The response whose body a page write keeps.
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
        status_line: response.status_line.clone(),
        headers: response.headers.clone(),
    })
}

/// The first id from `id` on that no other content has, so that two snapshots of a URL within one millisecond
/// are both kept.
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

/// The validators must be those of the stored content. With any others, a 304 would confirm content that was
/// never stored.
fn validator_change(visit: &VisitRecord, exchanges: &[Exchange]) -> ValidatorChange {
    let Some((last, answer)) = exchanges.last().and_then(successful_answer) else {
        return ValidatorChange::Keep;
    };
    if visit.snapshot.is_none() {
        return ValidatorChange::Keep;
    }
    let own = answer.validators().map(|validators| (last.url.as_str().to_owned(), validators));
    match (answer.status, answer.truncated) {
        // A 304 may omit headers that have not changed (RFC 9110, section 15.4.5).
        (304, _) => own.map_or(ValidatorChange::Keep, |own| ValidatorChange::Set(Some(own))),
        // The body was cut short by accident, so the next visit must request the whole.
        (_, Some(Truncation::Time | Truncation::Disconnect | Truncation::Decode)) => {
            ValidatorChange::Set(None)
        }
        // A partial response has the validators of the whole (RFC 9110, section 15.3.7).
        (206, _) => ValidatorChange::Set(None),
        (200..=299, _) => ValidatorChange::Set(own),
        _ => ValidatorChange::Keep,
    }
}
