//! Stores an imported chain of exchanges as a visit and, if it is to be kept, as a snapshot.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::import_report::{ImportJudgement, ImportLog, ImportedPage};
use super::imported_hop::ImportedHop;
use super::taken_times::{FoundTime, TakenTimes};
use crate::fetch::Exchange;
use crate::model::{CanonicalUrl, ContentHash, UrlKey, clock};
use crate::store::db::keys::{later_time, unix_milliseconds};
use crate::store::{Hop, PageWrite, RunId, SnapshotId, SnapshotStore, StoreError, VisitRecord};

/// The most times that are remembered before a flush makes the store show them; some 50 MB of memory.
const MAX_REMEMBERED: usize = 300_000;

/// The reason to skip a capture when no time is left for it.
const TOO_MANY: &str = "more captures of one URL at one time than can be told apart";

pub(super) struct CaptureDepositor<'a, J> {
    store: &'a dyn SnapshotStore,
    run: RunId,
    judge: J,
    /// What this import has stored, which the store may not show yet, and what it found there.
    taken: TakenTimes,
    /// What the store holds of visits without a snapshot of their own, for the URLs whose visits were read.
    stored_visits: HashMap<(UrlKey, u64), ContentHash>,
    urls_with_visits_read: HashSet<UrlKey>,
    /// Captures with later dates are dated in the future, in milliseconds since 1970.
    until_ms: u64,
}

impl<'a, J: FnMut(&ImportedPage<'_>) -> ImportJudgement> CaptureDepositor<'a, J> {
    pub(super) fn new(store: &'a dyn SnapshotStore, run: RunId, judge: J) -> Self {
        let system = jiff::Timestamp::now();
        let now = if clock::is_believable(system) { system } else { jiff::Timestamp::MAX };
        let until_ms = unix_milliseconds(clock::latest_believed(now));
        Self {
            store,
            run,
            judge,
            taken: TakenTimes::default(),
            stored_visits: HashMap::new(),
            urls_with_visits_read: HashSet::new(),
            until_ms,
        }
    }

    /// Stores a chain, its page last, and counts it for the file of its first record. `lacks_target` says
    /// that it ends at a redirect. Returns the snapshot that holds the page, if there is one.
    pub(super) fn deposit_chain(
        &mut self,
        chain: Vec<ImportedHop>,
        lacks_target: bool,
        logs: &mut [ImportLog],
    ) -> Result<Option<SnapshotId>, StoreError> {
        self.forget_times_above_limit()?;
        let mut rest = ImportLog::new(Path::new(""));
        let log = chain.first().and_then(|hop| logs.get_mut(hop.file)).unwrap_or(&mut rest);
        let remarks: Vec<String> = chain.iter().flat_map(|hop| hop.remarks.clone()).collect();
        let exchanges: Vec<Exchange> = chain.into_iter().map(|hop| hop.exchange).collect();
        let (Some(first), Some(last)) = (exchanges.first(), exchanges.last()) else { return Ok(None) };
        let (Some(url), Ok(response)) = (CanonicalUrl::from_url(first.url.clone()), &last.outcome) else {
            return Ok(None);
        };
        let at_ms = unix_milliseconds(last.at);
        let body = ContentHash::of(response.body.expose());
        let mut free_ms = match self.find_time(url.key(), at_ms, body)? {
            FoundTime::Free(ms) => ms,
            FoundTime::Known(at_ms) => {
                log.report.known += 1;
                return Ok(Some(SnapshotId { url: url.key(), at_ms }));
            }
            FoundTime::AllTaken => {
                log.count_skipped(TOO_MANY);
                return Ok(None);
            }
        };
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
            match self.find_time(url.key(), at_ms, identity)? {
                FoundTime::Free(ms) => free_ms = ms,
                FoundTime::Known(_) => {
                    log.report.known += 1;
                    return Ok(None);
                }
                FoundTime::AllTaken => {
                    log.count_skipped(TOO_MANY);
                    return Ok(None);
                }
            }
        }
        let Some(at) = later_time(last.at, free_ms.saturating_sub(at_ms)) else {
            log.count_skipped(TOO_MANY);
            return Ok(None);
        };
        let snapshot = keep.then_some(SnapshotId { url: url.key(), at_ms: free_ms });
        self.taken.add(url.key(), free_ms, identity);
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
        let report = &mut log.report;
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

    /// Stores the answer "not modified" as a visit at which the page was as in `snapshot`, and counts it.
    pub(super) fn deposit_confirmation(
        &mut self,
        hop: ImportedHop,
        snapshot: SnapshotId,
        logs: &mut [ImportLog],
    ) -> Result<(), StoreError> {
        self.forget_times_above_limit()?;
        let (Some(url), Some(log)) =
            (CanonicalUrl::from_url(hop.exchange.url.clone()), logs.get_mut(hop.file))
        else {
            return Ok(());
        };
        let status = hop.status();
        let ImportedHop { exchange, remarks, .. } = hop;
        let hops = vec![Hop { url: exchange.url.as_str().to_owned(), status }];
        let (at_ms, identity) = (unix_milliseconds(exchange.at), hash_hops(&hops));
        let free_ms = match self.find_time(url.key(), at_ms, identity)? {
            FoundTime::Free(ms) => Some(ms),
            FoundTime::Known(_) => {
                log.report.known += 1;
                return Ok(());
            }
            FoundTime::AllTaken => None,
        };
        let Some((free_ms, at)) =
            free_ms.and_then(|ms| Some((ms, later_time(exchange.at, ms.saturating_sub(at_ms))?)))
        else {
            log.count_skipped(TOO_MANY);
            return Ok(());
        };
        self.taken.add(url.key(), free_ms, identity);
        let page = ImportedPage {
            url: &url,
            exchanges: std::slice::from_ref(&exchange),
            remarks: &remarks,
            lacks_target: false,
        };
        let ImportJudgement { judgement, state, .. } = (self.judge)(&page);
        log.report.unchanged += 1;
        log.report.in_future += u64::from(free_ms > self.until_ms);
        let visit = VisitRecord {
            run: self.run,
            at,
            elapsed_ms: 0,
            attempts: 1,
            hops,
            content_type: None,
            snapshot: Some(snapshot),
            unchanged: true,
            judgement,
            url,
        };
        self.store.write_page(PageWrite { state, ..PageWrite::of_visit(visit) })
    }

    /// Finds the time at which to store a capture or a visit, unless it is stored.
    fn find_time(&mut self, url: UrlKey, at_ms: u64, identity: ContentHash) -> Result<FoundTime, StoreError> {
        if self.urls_with_visits_read.insert(url) {
            for visit in self.store.read_visits(url)? {
                let ms = unix_milliseconds(visit.at);
                if visit.snapshot.is_none_or(|snapshot| snapshot.at_ms != ms) {
                    self.stored_visits.insert((url, ms), hash_hops(&visit.hops));
                }
            }
        }
        let Self { store, taken, stored_visits, .. } = self;
        taken.find_time(url, at_ms, identity, |at_ms| match stored_visits.get(&(url, at_ms)) {
            Some(visit) => Ok(Some(*visit)),
            None => Ok(store.read_snapshot(SnapshotId { url, at_ms })?.map(|snapshot| snapshot.body)),
        })
    }

    /// Forgets the times that are remembered once they are too many. The store shows them after a flush.
    fn forget_times_above_limit(&mut self) -> Result<(), StoreError> {
        if self.taken.len() + self.stored_visits.len() + self.urls_with_visits_read.len() >= MAX_REMEMBERED {
            self.store.flush()?;
            self.taken = TakenTimes::default();
            self.stored_visits.clear();
            self.urls_with_visits_read.clear();
        }
        Ok(())
    }
}

/// Identifies a visit that kept no body by its hops and their statuses.
fn hash_hops(hops: &[Hop]) -> ContentHash {
    let line = |hop: &Hop| format!("{} {:?}\n", hop.url, hop.status);
    ContentHash::of(hops.iter().map(line).collect::<String>().as_bytes())
}
