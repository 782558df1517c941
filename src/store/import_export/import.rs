//! Imports captures from the WARC files of other tools.
//!
//! A `response`, or a `revisit` whose body is known, becomes a visit with the record's date, and a snapshot
//! if it holds a page. Redirects wait until the page that they lead to comes, and become hops of its
//! capture. Every other record is counted under the reason for skipping it. Importing a file twice adds
//! nothing.

use std::path::Path;

use super::capture_depositor::CaptureDepositor;
use super::content_codings::MAX_BODY;
use super::import_report::{ImportJudgement, ImportLog, ImportReport, ImportedPage};
use super::record_to_exchange::ExchangeReader;
use super::redirect_chains::{ChainLookup, MAX_HOPS, PendingRedirect, PendingRedirects, redirect_target};
use super::resume_after_damage::resume_in_foreign_file;
use super::revisit_targets::{RecordNames, RevisitTargets};
use crate::fetch::Exchange;
use crate::store::db::key_value_tree::KeyValueTree;
use crate::store::warc::read::WarcRecord;
use crate::store::warc::scan::{DamagedRange, ScannedItem, scan_records};
use crate::store::warc::warcinfo::names_driftline;
use crate::store::{RunId, SnapshotStore, StoreError};

struct Importer<'a, J> {
    store: &'a dyn SnapshotStore,
    log: ImportLog,
    exchanges: ExchangeReader<'a>,
    targets: RevisitTargets<'a>,
    redirects: PendingRedirects,
    depositor: CaptureDepositor<'a, J>,
}

/// Imports a WARC file (plain, gzip by record, or one gzip stream) into the store, as visits of `run`.
/// `digests` keeps payload digests, to which later files may refer.
pub(in crate::store) fn import_warc(
    store: &dyn SnapshotStore,
    digests: KeyValueTree,
    path: &Path,
    run: RunId,
    judge: impl FnMut(&ImportedPage<'_>) -> ImportJudgement,
) -> Result<ImportReport, StoreError> {
    let mut importer = Importer {
        store,
        log: ImportLog::new(path),
        exchanges: ExchangeReader::new(store),
        targets: RevisitTargets::new(store, digests)?,
        redirects: PendingRedirects::default(),
        depositor: CaptureDepositor::new(store, run, judge),
    };
    scan_records(path, 0, MAX_BODY, resume_in_foreign_file, |item| match item {
        ScannedItem::Record(record, _) => importer.import_record(&record),
        ScannedItem::Damage(damage) => {
            importer.report_damage(&damage);
            Ok(())
        }
    })?;
    importer.settle_redirects()?;
    store.flush()?;
    Ok(importer.log.report)
}

impl<J: FnMut(&ImportedPage<'_>) -> ImportJudgement> Importer<'_, J> {
    fn report_damage(&mut self, damage: &DamagedRange) {
        let rest = damage.end.map_or("the rest was not read".to_owned(), |end| {
            format!("{} bytes were passed over", end.saturating_sub(damage.start))
        });
        self.log.add_fault(damage.start, &format!("{}; {rest}", damage.reason));
    }

    fn import_record(&mut self, record: &WarcRecord) -> Result<(), StoreError> {
        self.log.report.records += 1;
        match record.record_type() {
            "response" | "revisit" => {}
            "warcinfo" => {
                self.exchanges.written_by_driftline = names_driftline(&record.block);
                return Ok(());
            }
            "request" | "metadata" => return Ok(()),
            other => {
                self.log.count_skipped(&format!("a record of type {other}"));
                return Ok(());
            }
        }
        match self.exchanges.read_exchange(record, &mut self.targets, &mut self.log)? {
            Ok((exchange, names)) => self.import_exchange(exchange, &names),
            Err(reason) => {
                self.log.count_skipped(&reason);
                Ok(())
            }
        }
    }

    /// Keeps a redirect until its page comes; deposits a page together with all redirects that lead to it.
    fn import_exchange(&mut self, exchange: Exchange, names: &RecordNames) -> Result<(), StoreError> {
        let Ok(response) = &exchange.outcome else { return Ok(()) };
        if response.status == 304 {
            self.log.count_skipped("a 304, which has no content of its own");
            return Ok(());
        }
        if let Some(to) = redirect_target(&exchange) {
            if !self.redirects.push(PendingRedirect { exchange, to }) {
                self.log.count_skipped("more redirects at a time than are remembered");
            }
            return Ok(());
        }
        let is_whole = response.truncated.is_none();
        for (number, chain) in self.redirects.take_chains_to(exchange).into_iter().enumerate() {
            let id = self.depositor.deposit_chain(chain, &mut self.log.report)?;
            if let Some(id) = id.filter(|_| number == 0) {
                self.targets.add(names, id, is_whole)?;
            }
        }
        Ok(())
    }

    /// Completes the remaining redirects with pages that the store holds, because these came earlier.
    fn settle_redirects(&mut self) -> Result<(), StoreError> {
        let mut rest = self.redirects.take_all();
        // A redirect may lead to another one that is settled in the same pass.
        for _ in 0..MAX_HOPS {
            self.store.flush()?;
            let before = rest.len();
            let mut unsettled = Vec::new();
            for redirect in rest {
                match redirect.find_stored_chain(self.store)? {
                    ChainLookup::Complete(chain) => {
                        self.depositor.deposit_chain(chain, &mut self.log.report)?;
                    }
                    ChainLookup::OtherTime | ChainLookup::NotStored => unsettled.push(redirect),
                }
            }
            rest = unsettled;
            if rest.is_empty() || rest.len() == before {
                break;
            }
        }
        for redirect in rest {
            let reason = match redirect.find_stored_chain(self.store)? {
                ChainLookup::NotStored => "a redirect whose page is not in the file",
                _ => "a redirect whose page was captured at another time",
            };
            self.log.count_skipped(reason);
        }
        Ok(())
    }
}
