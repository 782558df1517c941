//! Imports captures from the WARC, ARC and WACZ files of other tools.
//!
//! A `response`, a `resource` of the web, or a `revisit` whose body is known, becomes a visit with the
//! record's date, and a snapshot if it holds a page. Redirects wait until the page that they lead to comes,
//! and become hops of its capture; revisits wait for their original. Both may come with a later file, so
//! what still waits is settled after the last one. Every other record is counted under the reason for
//! skipping it. Importing a file twice adds nothing.

use std::path::{Path, PathBuf};

use super::capture_depositor::CaptureDepositor;
use super::content_codings::MAX_BODY;
use super::deferred_revisits::{DeferredRevisit, DeferredRevisits};
use super::import_report::{ImportJudgement, ImportLog, ImportOptions, ImportReport, ImportedPage};
use super::imported_hop::ImportedHop;
use super::input::file_part::FilePart;
use super::input::format::{InputFormat, detect_format};
use super::input::open::open_input;
use super::input::package::Package;
use super::record_to_exchange::{ExchangeReader, ReadOutcome};
use super::redirect_chains::{ChainLookup, MAX_HOPS, PendingRedirect, PendingRedirects, redirect_target};
use super::resume_after_damage::resume_in_foreign_file;
use super::revisit_targets::{RecordNames, RevisitTargets};
use crate::store::db::key_value_tree::KeyValueTree;
use crate::store::warc::member::Dictionary;
use crate::store::warc::record::WarcRecord;
use crate::store::warc::record_syntax::ReadRules;
use crate::store::warc::scan::{DamagedRange, Resumption, ScannedItem, resume_at_next_member, scan_records};
use crate::store::warc::warcinfo::names_driftline;
use crate::store::{RunId, SnapshotStore, StoreError};

/// How deep packages in packages are read.
const MAX_DEPTH: u32 = 4;
/// How often the revisits that wait are tried again, as an original may itself be one of them.
const MAX_PASSES: u32 = 8;
/// What can be imported, for messages.
const READABLE: &str =
    "WARC, ARC and WACZ files, plain or compressed with gzip or zstd, and zip files that hold some";

struct Importer<'a, J> {
    store: &'a dyn SnapshotStore,
    /// A folder for files without names.
    dir: &'a Path,
    logs: Vec<ImportLog>,
    exchanges: ExchangeReader<'a>,
    targets: RevisitTargets<'a>,
    revisits: DeferredRevisits,
    redirects: PendingRedirects,
    depositor: CaptureDepositor<'a, J>,
}

/// Imports files into the store, as visits of `run`, and reports on each of them. A file that cannot be
/// read does not end the others. `digests` keeps payload digests, to which later files may refer; `dir` is
/// a folder for temporary files.
///
/// # Errors
/// The store failed, or there is no space for temporary files.
pub(in crate::store) fn import_files(
    store: &dyn SnapshotStore,
    (digests, dir): (KeyValueTree, &Path),
    paths: &[PathBuf],
    run: RunId,
    options: ImportOptions,
    judge: impl FnMut(&ImportedPage<'_>) -> ImportJudgement,
) -> Result<Vec<ImportReport>, StoreError> {
    let mut importer = Importer {
        store,
        dir,
        logs: Vec::new(),
        exchanges: ExchangeReader::new(store, options),
        targets: RevisitTargets::new(store, digests)?,
        revisits: DeferredRevisits::default(),
        redirects: PendingRedirects::default(),
        depositor: CaptureDepositor::new(store, run, judge),
    };
    for path in paths {
        importer.logs.push(ImportLog::new(path));
        importer.import_file(path)?;
    }
    importer.settle_revisits()?;
    importer.settle_redirects()?;
    store.flush()?;
    Ok(importer.logs.into_iter().map(|log| log.report).collect())
}

impl<J: FnMut(&ImportedPage<'_>) -> ImportJudgement> Importer<'_, J> {
    /// The index of the file that is being read, and its log.
    fn current(&mut self) -> Result<(usize, &mut ImportLog), StoreError> {
        let last = self.logs.len().saturating_sub(1);
        let log =
            self.logs.last_mut().ok_or_else(|| StoreError::io(self.dir, std::io::ErrorKind::Other.into()))?;
        Ok((last, log))
    }

    fn import_file(&mut self, path: &Path) -> Result<(), StoreError> {
        let mut part = match open_input(path, self.dir) {
            Ok(part) => part,
            Err(reason) => {
                self.current()?.1.report.failure = Some(reason);
                return Ok(());
            }
        };
        let is_unknown = detect_format(&mut part).is_ok_and(|format| format == InputFormat::Unknown);
        self.import_part(part, path, 0)?;
        let report = &mut self.current()?.1.report;
        let is_empty = report.records + report.other_members == 0;
        if is_empty && (is_unknown || report.faults.is_empty()) && report.failure.is_none() {
            report.failure = Some(format!("it holds no record; {READABLE} can be imported"));
        }
        Ok(())
    }

    /// Imports what is in a file or in a member of a package; `path` is its name in messages.
    fn import_part(&mut self, mut part: FilePart, path: &Path, depth: u32) -> Result<(), StoreError> {
        match detect_format(&mut part) {
            Ok(InputFormat::Unknown) => match Package::open(&part) {
                // A zip file may stand behind other bytes, such as a program that unpacks it.
                Ok(package) if !package.members.is_empty() => {
                    self.import_package(&package, &part, path, depth)
                }
                _ => self.scan(&mut part, path, resume_in_foreign_file),
            },
            Ok(InputFormat::Records) => self.scan(&mut part, path, resume_in_foreign_file),
            Ok(InputFormat::Zip) if depth < MAX_DEPTH => match Package::open(&part) {
                Ok(package) => self.import_package(&package, &part, path, depth),
                Err(reason) => {
                    let reason = format!("{reason}; whatever records are found in it are imported");
                    self.current()?.1.add_file_fault(&reason);
                    self.scan(&mut part, path, resume_at_next_member)
                }
            },
            Ok(InputFormat::Zip) => {
                self.current()?.1.add_file_fault("zip files in zip files, too deep to be read");
                Ok(())
            }
            Ok(InputFormat::Unsupported(what)) => {
                let log = self.current()?.1;
                if depth == 0 {
                    log.report.failure = Some(format!("it is {what}"));
                } else {
                    log.add_file_fault(&format!("it is {what}"));
                }
                Ok(())
            }
            Err(error) => {
                self.current()?.1.report.failure = Some(format!("it cannot be read: {error}"));
                Ok(())
            }
        }
    }

    /// Imports all members of a zip file that hold captures.
    fn import_package(
        &mut self,
        package: &Package,
        part: &FilePart,
        path: &Path,
        depth: u32,
    ) -> Result<(), StoreError> {
        for fault in &package.faults {
            self.current()?.1.add_file_fault(fault);
        }
        let mut read = 0_u64;
        for member in &package.members {
            let format = package.format_of(member);
            let is_capture_file = match format {
                Ok(InputFormat::Records | InputFormat::Zip) => true,
                _ => member.has_capture_name(),
            };
            if !is_capture_file {
                self.current()?.1.count_member_without_captures();
                continue;
            }
            read = read.saturating_add(package.packed_len(member));
            let opened = if read > part.len() {
                Err("the members of the zip file overlap, as only those of a zip bomb do".to_owned())
            } else {
                format.and_then(|_| package.open_member(member, self.dir))
            };
            let log = self.current()?.1;
            let outer = std::mem::replace(&mut log.place, path.join(&member.name).display().to_string());
            let member_path = PathBuf::from(log.place.clone());
            match opened {
                Ok((member_part, fault)) => {
                    if let Some(fault) = fault {
                        log.add_file_fault(&fault);
                    }
                    self.import_part(member_part, &member_path, depth + 1)?;
                }
                Err(reason) => log.add_file_fault(&reason),
            }
            self.current()?.1.place = outer;
        }
        Ok(())
    }

    /// Imports the records of a file.
    fn scan(
        &mut self,
        part: &mut FilePart,
        path: &Path,
        resume: impl FnMut(&mut FilePart, u64, &Dictionary) -> std::io::Result<Resumption>,
    ) -> Result<(), StoreError> {
        self.exchanges.written_by_driftline = false;
        let rules = ReadRules { max_block: MAX_BODY, is_lenient: true };
        let scanned = scan_records(part, path, 0, rules, resume, |item| match item {
            ScannedItem::Record(record, _) => self.import_record(&record),
            ScannedItem::Damage(damage) => self.report_damage(&damage),
        });
        match scanned {
            Err(StoreError::Io { path: failed, source }) if failed == path => {
                self.current()?.1.report.failure = Some(format!("it cannot be read to its end: {source}"));
                Ok(())
            }
            other => other.map(drop),
        }
    }

    fn report_damage(&mut self, damage: &DamagedRange) -> Result<(), StoreError> {
        let rest = damage.end.map_or("the rest was not read".to_owned(), |end| {
            format!("{} bytes were passed over", end.saturating_sub(damage.start))
        });
        self.current()?.1.add_fault(damage.start, &format!("{}; {rest}", damage.reason));
        Ok(())
    }

    fn import_record(&mut self, record: &WarcRecord) -> Result<(), StoreError> {
        let (file, log) = self.current()?;
        log.count_record(record.record_type());
        if record.passed_over > 0 {
            let reason = format!("{} bytes that belong to no record were passed over", record.passed_over);
            log.add_fault(record.offset.saturating_sub(record.passed_over), &reason);
        }
        if let Some(reason) = &record.wrong_length {
            log.add_fault(record.offset, reason);
        }
        match record.record_type() {
            "response" | "revisit" | "resource" => self.import_capture(file, record, true),
            "warcinfo" => {
                log.count_describing();
                self.exchanges.written_by_driftline = names_driftline(&record.block);
                Ok(())
            }
            "request" | "metadata" => {
                log.count_describing();
                Ok(())
            }
            "" => {
                log.count_skipped("a record without a WARC-Type");
                Ok(())
            }
            other => {
                log.count_skipped(&format!("a record of type {other}"));
                Ok(())
            }
        }
    }

    /// Imports the capture in a record. A revisit of something unknown waits if it `may_wait`.
    fn import_capture(&mut self, file: usize, record: &WarcRecord, may_wait: bool) -> Result<(), StoreError> {
        let Some(log) = self.logs.get_mut(file) else { return Ok(()) };
        self.targets.may_wait = may_wait;
        match self.exchanges.read_exchange(record, &mut self.targets, log)? {
            ReadOutcome::Capture(hop, _) if hop.status() == Some(304) => {
                self.import_confirmation(ImportedHop { file, ..*hop }, record)
            }
            ReadOutcome::Capture(hop, names) => self.import_hop(ImportedHop { file, ..*hop }, &names),
            ReadOutcome::Skipped(reason) => {
                log.count_skipped(&reason);
                Ok(())
            }
            ReadOutcome::LacksOriginal if may_wait => {
                let revisit = DeferredRevisit::new(file, record, self.exchanges.written_by_driftline);
                let pushed = self.revisits.push(self.dir, &revisit);
                if pushed.map_err(|error| StoreError::io(self.dir, error))? {
                    return Ok(());
                }
                // Too many wait, so this one is looked for at once.
                self.import_capture(file, record, false)
            }
            ReadOutcome::LacksOriginal => {
                log.count_skipped("a revisit of what is neither in the files nor in the store");
                Ok(())
            }
        }
    }

    /// Stores the answer "not modified" as a visit that found the page as an earlier capture has it.
    fn import_confirmation(&mut self, hop: ImportedHop, record: &WarcRecord) -> Result<(), StoreError> {
        let confirmed = self.targets.find_confirmed(record, &hop.exchange.url, hop.exchange.at)?;
        if let Some(snapshot) = confirmed {
            return self.depositor.deposit_confirmation(hop, snapshot.id, &mut self.logs);
        }
        if let Some(log) = self.logs.get_mut(hop.file) {
            log.count_skipped("a 304 whose page is neither in the files nor in the store");
        }
        Ok(())
    }

    /// Keeps a redirect until its page comes; deposits a page together with all redirects that lead to it.
    fn import_hop(&mut self, hop: ImportedHop, names: &RecordNames) -> Result<(), StoreError> {
        let Ok(response) = &hop.exchange.outcome else { return Ok(()) };
        let Some(log) = self.logs.get_mut(hop.file) else { return Ok(()) };
        if let Some(to) = redirect_target(&hop.exchange) {
            if !self.redirects.push(PendingRedirect { hop, to }) {
                log.count_skipped("more redirects at a time than are remembered");
            }
            return Ok(());
        }
        let is_whole = response.truncated.is_none();
        for (number, chain) in self.redirects.take_chains_to(hop).into_iter().enumerate() {
            let id = self.depositor.deposit_chain(chain, false, &mut self.logs)?;
            if let Some(id) = id.filter(|_| number == 0) {
                self.targets.add(names, id, is_whole)?;
            }
        }
        Ok(())
    }

    /// Tries the revisits that wait, until none of them finds its original any more.
    fn settle_revisits(&mut self) -> Result<(), StoreError> {
        let failed = |error| StoreError::io(self.dir, error);
        for pass in 1..=MAX_PASSES {
            let before = self.revisits.count;
            self.targets.begin_settling()?;
            for revisit in self.revisits.take_all().map_err(failed)? {
                let revisit = revisit.map_err(failed)?;
                let file = revisit.file;
                self.exchanges.written_by_driftline = revisit.written_by_driftline;
                let may_wait = pass < MAX_PASSES;
                self.import_capture(file, &revisit.into_record(), may_wait)?;
            }
            if self.revisits.count == 0 {
                return Ok(());
            }
            if self.revisits.count == before {
                break;
            }
        }
        self.targets.begin_settling()?;
        for revisit in self.revisits.take_all().map_err(failed)? {
            let revisit = revisit.map_err(failed)?;
            self.exchanges.written_by_driftline = revisit.written_by_driftline;
            self.import_capture(revisit.file, &revisit.into_record(), false)?;
        }
        Ok(())
    }

    /// Completes the remaining redirects with pages that the store holds, because these came earlier, or
    /// were requested later than a client would have. The others become visits of their own.
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
                        self.depositor.deposit_chain(chain, false, &mut self.logs)?;
                    }
                    ChainLookup::NotStored => unsettled.push(redirect),
                }
            }
            rest = unsettled;
            if rest.is_empty() || rest.len() == before {
                break;
            }
        }
        for redirect in rest {
            if let Some(log) = self.logs.get_mut(redirect.hop.file) {
                log.count_remark("a redirect without the page that it leads to");
            }
            self.depositor.deposit_chain(vec![redirect.hop], true, &mut self.logs)?;
        }
        Ok(())
    }
}
