//! Folds the older visits of a URL into few records.
//!
//! A page that is visited every week has hundreds of similar visits, and each separate record costs sled
//! about two hundred bytes besides its content. A compaction therefore folds the visits of a URL, except the
//! newest, into records of a few kilobytes in the tree `past`. A visit that is written again (because its
//! snapshot was forgotten) is in the tree `visits` and takes precedence over the folded one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::UrlKey;
use crate::store::db::batch::Entry;
use crate::store::db::codec::spilled_hash;
use crate::store::db::database::Database;
use crate::store::db::keys::{VisitKey, timed_key, visit_key};
use crate::store::error::damaged;
use crate::store::{RunId, StoreError};

/// The length in bytes up to which visits are folded, so that the record fits into a value.
const MAX_FOLDED_BYTES: usize = 5_000;

/// Folded visits, oldest first: time in milliseconds, run, and the value as it was in the tree `visits`.
#[derive(Serialize, Deserialize)]
struct StoredFoldedVisits(Vec<(u64, u64, Vec<u8>)>);

/// The visits of a URL as a compaction stores them.
#[derive(Default)]
pub(in crate::store) struct FoldedVisits {
    /// Visits with a record of their own: the newest, and those that are too long.
    pub(in crate::store) alone: Vec<Entry>,
    /// Records of folded visits, oldest first.
    pub(in crate::store) joined: Vec<Entry>,
}

/// The visits of a URL with their keys, oldest first.
pub(in crate::store) fn visits_of_url(database: &Database, url: UrlKey) -> Result<Vec<Entry>, StoreError> {
    let mut visits = BTreeMap::new();
    for (key, value) in database.folded_visits.entries_under(url.as_bytes())? {
        unfold_visits(database, url, &key, &value, &mut visits)?;
    }
    for (key, value) in database.visits.entries_under(url.as_bytes())? {
        visits.insert(key.to_vec(), value.to_vec());
    }
    Ok(visits.into_iter().collect())
}

fn unfold_visits(
    database: &Database,
    url: UrlKey,
    key: &[u8],
    value: &[u8],
    visits: &mut BTreeMap<Vec<u8>, Vec<u8>>,
) -> Result<(), StoreError> {
    let what = format!("the past visits of {url:?}");
    if key.len() != timed_key(url, 0).len() {
        return Err(damaged(&what, "the key is of another length".to_owned()));
    }
    let StoredFoldedVisits(past) = database.decode_value(&what, value)?;
    visits.extend(past.into_iter().map(|(at_ms, run, value)| (visit_key(url, at_ms, RunId(run)), value)));
    Ok(())
}

/// The URL in the key of a visit.
fn url_of(key: &[u8]) -> Result<UrlKey, StoreError> {
    let bytes = key.first_chunk::<16>();
    bytes
        .map(|bytes| UrlKey::from_bytes(*bytes))
        .ok_or_else(|| damaged("a visit", "its key is cut short".to_owned()))
}

/// Calls `take` for every URL that has visits, in key order.
pub(in crate::store) fn for_each_visited_url(
    database: &Database,
    mut take: impl FnMut(UrlKey) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut last = None;
    // Folding leaves the newest visit in `visits`, so every visited URL is found there.
    database.visits.for_each(|key, _| {
        let url = url_of(key)?;
        if last.replace(url) == Some(url) { Ok(()) } else { take(url) }
    })
}

/// Calls `take` for every URL that has visits, in key order, with its visits, oldest first. It is one pass
/// over the trees, because looking up each URL would make sled copy a page each time.
pub(in crate::store) fn for_each_url_with_visits(
    database: &Database,
    mut take: impl FnMut(UrlKey, Vec<Entry>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let has_past = database.folded_visits.first()?.is_some();
    let mut whole = |url: UrlKey, alone: Vec<Entry>| {
        if !has_past {
            return take(url, alone);
        }
        let mut visits = BTreeMap::new();
        for (key, value) in database.folded_visits.entries_under(url.as_bytes())? {
            unfold_visits(database, url, &key, &value, &mut visits)?;
        }
        visits.extend(alone);
        take(url, visits.into_iter().collect())
    };
    let mut open: Option<(UrlKey, Vec<Entry>)> = None;
    // Folding leaves the newest visit in `visits`, so every visited URL is found there.
    database.visits.for_each(|key, value| {
        let url = url_of(key)?;
        let entry = (key.to_vec(), value.to_vec());
        if let Some((_, visits)) = open.as_mut().filter(|(own, _)| *own == url) {
            visits.push(entry);
            return Ok(());
        }
        open.replace((url, vec![entry])).map_or(Ok(()), |(url, visits)| whole(url, visits))
    })?;
    open.map_or(Ok(()), |(url, visits)| whole(url, visits))
}

/// Calls `take` for every visit; the visits of a URL come oldest first.
pub(in crate::store) fn for_each_visit(
    database: &Database,
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for_each_url_with_visits(database, |_, visits| {
        visits.iter().try_for_each(|(key, value)| take(key, value))
    })
}

/// Folds the visits of a URL, which are given oldest first.
pub(in crate::store) fn fold_visits(
    database: &Database,
    url: UrlKey,
    mut visits: Vec<Entry>,
) -> Result<FoldedVisits, StoreError> {
    let mut fold_visits = FoldedVisits { alone: visits.pop().into_iter().collect(), joined: Vec::new() };
    let mut open: Vec<(u64, u64, Vec<u8>)> = Vec::new();
    let mut bytes = 0;
    for (key, value) in visits {
        if spilled_hash(&value).is_some() || value.len() > MAX_FOLDED_BYTES {
            fold_visits.alone.push((key, value));
            continue;
        }
        if bytes + value.len() > MAX_FOLDED_BYTES {
            fold_visits.joined.extend(encode_folded(database, url, std::mem::take(&mut open))?);
            bytes = 0;
        }
        let known = VisitKey::from_bytes(&key)?;
        bytes += value.len() + 16;
        open.push((known.at_ms, known.run.0, value));
    }
    fold_visits.joined.extend(encode_folded(database, url, open)?);
    Ok(fold_visits)
}

fn encode_folded(
    database: &Database,
    url: UrlKey,
    visits: Vec<(u64, u64, Vec<u8>)>,
) -> Result<Option<Entry>, StoreError> {
    let Some((first, ..)) = visits.first() else { return Ok(None) };
    let key = timed_key(url, *first);
    Ok(Some((key, database.encode_value("past visits", &StoredFoldedVisits(visits))?)))
}
