//! What the database holds and the journal lacks.

use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::content::manifest::{Kind, Manifest};
use crate::store::db::batch::Entry;
use crate::store::db::codec::unpack;
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_under;
use crate::store::db::keys::time_of_key;
use crate::store::db::stored_records::{StoredComparison, StoredRun, StoredUrl, StoredVisit};
use crate::store::db::tree::Pair;
use crate::store::journal::inventory::Census;
use crate::store::{ComparisonRecord, RunRecord, SnapshotError, SnapshotId};

/// What the journal lacks of a URL.
pub(super) struct Lack {
    pub(super) key: UrlKey,
    pub(super) url: String,
    pub(super) captures: Vec<SnapshotId>,
    /// Visits that it lacks, or whose capture it lacks.
    pub(super) visits: Vec<Entry>,
    pub(super) comparisons: Vec<ComparisonRecord>,
}

/// Calls `take` for every URL of which the journal lacks something. What cannot be read is passed
/// over: `verify` names it.
pub(super) fn each_lack(
    database: &Database,
    census: &Census,
    mut take: impl FnMut(Lack) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    let mut urls = Vec::new();
    read_on(
        "URLs",
        database.urls.each(|key, value| {
            let stored = database.unsealed::<StoredUrl>("a URL's record", value);
            urls.extend(key.first_chunk::<16>().zip(stored.ok()).map(|(key, stored)| (*key, stored.url)));
            Ok(())
        }),
    );
    for (key, url) in urls {
        let key = UrlKey::from_bytes(key);
        let lack = Lack {
            key,
            captures: captures(database, census, key),
            visits: visits(database, census, key),
            comparisons: comparisons(database, census, key),
            url,
        };
        if !(lack.captures.is_empty() && lack.visits.is_empty() && lack.comparisons.is_empty()) {
            take(lack)?;
        }
    }
    Ok(())
}

/// What could be read; what could not is only noted.
fn read_on<T: Default>(what: &str, read: Result<T, SnapshotError>) -> T {
    read.unwrap_or_else(|error| {
        tracing::debug!("{what} that cannot be read: {error}");
        T::default()
    })
}

fn captures(database: &Database, census: &Census, url: UrlKey) -> Vec<SnapshotId> {
    let found = read_on("snapshots", database.snapshots.under(url.as_bytes()));
    let ids = found.iter().filter_map(|(key, _)| Some(SnapshotId { url, at_ms: time_of_key(key)? }));
    ids.filter(|id| !census.captures.contains(id)).collect()
}

fn visits(database: &Database, census: &Census, url: UrlKey) -> Vec<Entry> {
    let mut visits = read_on("visits", visits_under(database, url));
    visits.retain(|(key, value)| match census.visits.get(key) {
        Some(true) => false,
        // The journal's visit lacks its capture; so may this one, where it was forgotten.
        Some(false) => {
            let stored = database.unsealed::<StoredVisit>("a visit", value);
            stored.is_ok_and(|stored| stored.snapshot.is_some())
        }
        None => true,
    });
    visits
}

fn comparisons(database: &Database, census: &Census, url: UrlKey) -> Vec<ComparisonRecord> {
    let found = read_on("comparisons", database.comparisons.under(url.as_bytes()));
    let lacking = found.iter().filter(|(key, _)| !census.comparisons.contains(&**key));
    let what = "a comparison";
    let read = |(_, value): &Pair| {
        database.unsealed::<StoredComparison>(what, value).and_then(|stored| stored.read(what)).ok()
    };
    lacking.filter_map(read).collect()
}

/// The contents of later stages that the journal lacks.
pub(super) fn contents(database: &Database, census: &Census) -> Vec<ContentHash> {
    let mut lacking = Vec::new();
    read_on(
        "contents",
        database.content.manifests.each(|key, value| {
            let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
            let kind = unpack::<Manifest>("a manifest", value).map(|manifest| manifest.kind);
            if matches!(kind, Ok(Kind::Blob | Kind::JournaledBlob)) {
                lacking.extend(hash.filter(|hash| !census.contents.contains(hash)));
            }
            Ok(())
        }),
    );
    lacking
}

/// The runs whose record the journal lacks, or holds an older form of.
pub(super) fn runs(database: &Database, census: &Census) -> Vec<RunRecord> {
    let mut lacking = Vec::new();
    read_on(
        "runs",
        database.runs.each(|_, value| {
            let run = database.unsealed::<StoredRun>("a run", value).and_then(|stored| stored.read("a run"));
            lacking.extend(run.ok().filter(|run| census.runs.get(&run.id) != Some(run)));
            Ok(())
        }),
    );
    lacking
}
