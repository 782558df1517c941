//! Stores an imported chain of exchanges as a visit and, if it is to be kept, as a snapshot.

use std::collections::HashMap;

use super::import_report::{ImportJudgement, ImportLog, ImportReport, ImportedPage};
use super::imported_hop::ImportedHop;
use crate::fetch::Exchange;
use crate::model::{CanonicalUrl, ContentHash, UrlKey, clock};
use crate::store::db::keys::unix_milliseconds;
use crate::store::{Hop, PageWrite, RunId, SnapshotId, SnapshotStore, StoreError, VisitRecord};

/// The most captures that are remembered before a flush makes the store show them.
const MAX_UNFLUSHED: usize = 100_000;

pub(super) struct CaptureDepositor<'a, J> {
    store: &'a dyn SnapshotStore,
    run: RunId,
    judge: J,
    /// What this import has stored for a URL and millisecond; the store may not show it yet.
    deposited: HashMap<(UrlKey, u64), ContentHash>,
    /// Captures with later dates are dated in the future, in milliseconds since 1970.
    until_ms: u64,
}

impl<'a, J: FnMut(&ImportedPage<'_>) -> ImportJudgement> CaptureDepositor<'a, J> {
    pub(super) fn new(store: &'a dyn SnapshotStore, run: RunId, judge: J) -> Self {
        let system = jiff::Timestamp::now();
        let now = if clock::is_believable(system) { system } else { jiff::Timestamp::MAX };
        let until_ms = unix_milliseconds(clock::latest_believed(now));
        Self { store, run, judge, deposited: HashMap::new(), until_ms }
    }

    /// Stores a chain, its page last, and counts it for the file of its first record. `lacks_target` says
    /// that it ends at a redirect. Returns the snapshot that holds the page, if there is one.
    pub(super) fn deposit_chain(
        &mut self,
        chain: Vec<ImportedHop>,
        lacks_target: bool,
        logs: &mut [ImportLog],
    ) -> Result<Option<SnapshotId>, StoreError> {
        let mut rest = ImportReport::default();
        let log = chain.first().and_then(|hop| logs.get_mut(hop.file));
        let report = log.map_or(&mut rest, |log| &mut log.report);
        let remarks: Vec<String> = chain.iter().flat_map(|hop| hop.remarks.clone()).collect();
        let exchanges: Vec<Exchange> = chain.into_iter().map(|hop| hop.exchange).collect();
        let (Some(first), Some(last)) = (exchanges.first(), exchanges.last()) else { return Ok(None) };
        let (Some(url), Ok(response)) = (CanonicalUrl::from_url(first.url.clone()), &last.outcome) else {
            return Ok(None);
        };
        let at_ms = unix_milliseconds(last.at);
        let body = ContentHash::of(response.body.expose());
        let (mut free_ms, is_known) = self.find_free_ms(url.key(), at_ms, body, true)?;
        if is_known {
            report.known += 1;
            return Ok(Some(SnapshotId { url: url.key(), at_ms: free_ms }));
        }
        let ImportJudgement { judgement, state, keep } =
            (self.judge)(&ImportedPage { url: &url, exchanges: &exchanges, remarks: &remarks, lacks_target });
        let hop = |exchange: &Exchange| Hop {
            url: exchange.url.as_str().to_owned(),
            status: exchange.outcome.as_ref().ok().map(|response| response.status),
        };
        let hops: Vec<Hop> = exchanges.iter().map(hop).collect();
        let mut identity = body;
        if !keep {
            identity = hash_hops(&hops);
            let (ms, is_known) = self.find_free_ms(url.key(), at_ms, identity, false)?;
            if is_known {
                report.known += 1;
                return Ok(None);
            }
            free_ms = ms;
        }
        let snapshot = keep.then_some(SnapshotId { url: url.key(), at_ms: free_ms });
        if self.deposited.len() >= MAX_UNFLUSHED {
            self.store.flush()?;
            self.deposited.clear();
        }
        self.deposited.insert((url.key(), free_ms), identity);
        let later_ms = i64::try_from(free_ms.saturating_sub(at_ms)).unwrap_or(0);
        let at = last.at.checked_add(jiff::SignedDuration::from_millis(later_ms)).unwrap_or(last.at);
        let visit = VisitRecord {
            run: self.run,
            at,
            elapsed_ms: 0,
            attempts: 1,
            hops,
            content_type: response.media_type(),
            snapshot,
            unchanged: false,
            judgement,
            url,
        };
        report.in_future += u64::from(free_ms > self.until_ms);
        let count = if keep { &mut report.captures } else { &mut report.visits };
        *count += 1;
        let exchanges = if keep { exchanges } else { Vec::new() };
        self.store.write_page(PageWrite {
            exchanges,
            keep_body: keep,
            body_hash: None,
            visit,
            state,
            comparisons: Vec::new(),
        })?;
        Ok(snapshot)
    }

    /// The first millisecond from `at_ms` on at which the URL has no other capture (or, without `keep`, no
    /// other visit), and whether an equal one is stored there. Most tools write dates in whole seconds, and
    /// a URL may have answered twice in one.
    fn find_free_ms(
        &self,
        url: UrlKey,
        mut at_ms: u64,
        identity: ContentHash,
        keep: bool,
    ) -> Result<(u64, bool), StoreError> {
        let visits = if keep { Vec::new() } else { self.store.read_visits(url)? };
        loop {
            let found = match self.deposited.get(&(url, at_ms)) {
                Some(found) => Some(*found),
                None if keep => self.store.read_snapshot(SnapshotId { url, at_ms })?.map(|found| found.body),
                None => {
                    let is_then = |visit: &&VisitRecord| unix_milliseconds(visit.at) == at_ms;
                    visits.iter().find(is_then).map(|visit| hash_hops(&visit.hops))
                }
            };
            match found {
                None => return Ok((at_ms, false)),
                Some(found) if found == identity => return Ok((at_ms, true)),
                Some(_) => at_ms = at_ms.saturating_add(1),
            }
        }
    }
}

/// Identifies a visit that kept no body by its hops and their statuses.
fn hash_hops(hops: &[Hop]) -> ContentHash {
    let line = |hop: &Hop| format!("{} {:?}\n", hop.url, hop.status);
    ContentHash::of(hops.iter().map(line).collect::<String>().as_bytes())
}
