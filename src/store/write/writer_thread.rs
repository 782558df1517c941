//! The one thread that writes.
//!
//! It takes groups from the queue, so that many pages share one `fsync`. It alone flushes the database,
//! because concurrent flushes can deadlock sled 0.34.7. A panic inside sled ends the writing but not the
//! program: it is reported like any other failed write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::frontier::lower_thread_priority;
use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::content::host_dictionary::HostDictionaries;
use crate::store::content::manifest::{ContentKind, read_manifest};
use crate::store::content::write::store_content;
use crate::store::db::database::Database;
use crate::store::db::sled_guard::panic_message;
use crate::store::journal::applied_position::{read_applied_position, write_applied_position};
use crate::store::journal::segment_seal::{read_seal, write_seal};
use crate::store::journal::{JournalWriter, OpenWarcinfo};
use crate::store::options::StoreOptions;
use crate::store::write::page_records::{GroupCaptures, PageRecords};
use crate::store::write::queue::{Queue, Submission, WriteJob};
use crate::store::write::record_writer::{RecordWriter, forget_snapshots, write_run};
use crate::store::write::redate::{Redating, redate_records};
use crate::store::{RunRecord, SnapshotId, StoreError};

/// Starts the writer. With a journal, it returns the `warcinfo` record that new records must name.
pub(in crate::store) fn start_writer(
    database: Database,
    queue: Arc<Queue>,
    options: &StoreOptions,
) -> Result<(JoinHandle<()>, Option<OpenWarcinfo>), StoreError> {
    let path = database.dir.clone();
    let position = read_applied_position(&database)?;
    let seal = read_seal(&database)?;
    let journal =
        options.warc.then(|| JournalWriter::new(&path, options.segment_bytes, position, seal)).transpose()?;
    let open = journal.as_ref().map(JournalWriter::open_warcinfo);
    let mut writer = Writer {
        database,
        journal,
        dictionaries: HostDictionaries::default(),
        level: options.compression_level,
    };
    let thread = std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || {
            lower_thread_priority();
            writer.run(&queue);
        })
        .map_err(|source| StoreError::Io { path, source })?;
    Ok((thread, open))
}

struct Writer {
    database: Database,
    journal: Option<JournalWriter>,
    dictionaries: HostDictionaries,
    level: i32,
}

/// A job whose part of the journal is written, and whose records are not yet in the database.
enum PreparedJob {
    PageRecords(Box<PageRecords>),
    Content(ContentHash, Vec<u8>),
    Run(Box<RunRecord>),
    Forget(UrlKey, Vec<SnapshotId>),
    Redate(UrlKey, Vec<Redating>),
}

/// Logs the id, body hash and URL of a snapshot that is durable. Tests and users rely on this line.
fn log_stored_snapshot(item: &PreparedJob) {
    let PreparedJob::PageRecords(page_records) = item else { return };
    if let Some((snapshot, _)) = &page_records.capture {
        tracing::info!("stored {} {} {}", snapshot.id, snapshot.body, snapshot.url);
    }
}

impl Writer {
    fn run(&mut self, queue: &Queue) {
        while let Some(group) = queue.next_group() {
            let weight = group.weight();
            let count = group.jobs.len() as u64;
            let mut acks = Vec::new();
            let written = catch_unwind(AssertUnwindSafe(|| self.write_group(group.jobs, &mut acks)));
            let written = written.unwrap_or_else(|panic| {
                Err(StoreError::Database {
                    path: self.database.dir.clone(),
                    reason: format!("the writer panicked: {}", panic_message(panic.as_ref())),
                })
            });
            match written {
                Ok(pages) => {
                    queue.mark_durable(count, pages, weight);
                    for ack in acks {
                        ack();
                    }
                }
                Err(error) => {
                    // The next call of `write_page` or `flush` returns the error, and its caller reports it.
                    tracing::debug!("{error}");
                    if let Some(journal) = &mut self.journal {
                        journal.roll_back();
                    }
                    queue.mark_failed(&error);
                    return;
                }
            }
        }
        if let Some(Err(error)) = self.journal.as_mut().map(JournalWriter::finish_current) {
            // Everything is written. The next opening of the store gives the segment its final name.
            tracing::warn!("{error}");
        }
    }

    /// Writes a group and makes it durable: journal, `fsync`, database, flush. Returns its number of pages.
    fn write_group(
        &mut self,
        jobs: Vec<WriteJob>,
        acks: &mut Vec<Box<dyn FnOnce() + Send>>,
    ) -> Result<u64, StoreError> {
        let effort = CompressionEffort::for_queue_length(jobs.len());
        if let Some(journal) = &mut self.journal {
            journal.set_effort(effort);
        }
        let mut pages = 0;
        let mut prepared_jobs = Vec::with_capacity(jobs.len());
        let mut group_captures = GroupCaptures::new();
        for job in jobs {
            if matches!(job, WriteJob::Page(..)) {
                pages += 1;
            }
            prepared_jobs.extend(self.prepare_job(job, &mut group_captures, acks)?);
        }
        let position = self.journal.as_mut().map(JournalWriter::commit).transpose()?.flatten();
        let mut records = RecordWriter::default();
        for item in &prepared_jobs {
            match item {
                PreparedJob::PageRecords(page_records) => {
                    let dictionaries = self.journal.is_some().then_some(&mut self.dictionaries);
                    records.add_page(&self.database, page_records, (self.level, effort), dictionaries)?;
                }
                PreparedJob::Content(hash, bytes) => {
                    let kind =
                        if self.journal.is_some() { ContentKind::JournaledBlob } else { ContentKind::Blob };
                    store_content(&self.database.content, *hash, bytes, self.level, kind)?;
                }
                PreparedJob::Run(run) => {
                    // A run must not be visible as finished before its visits are.
                    records.write_pending(&self.database)?;
                    write_run(&self.database, run)?;
                }
                PreparedJob::Forget(url, ids) => {
                    records.write_pending(&self.database)?;
                    forget_snapshots(&self.database, *url, ids)?;
                }
                PreparedJob::Redate(url, changes) => {
                    records.write_pending(&self.database)?;
                    redate_records(&self.database, *url, changes)?;
                }
            }
        }
        records.write_pending(&self.database)?;
        if let Some(position) = position {
            write_applied_position(&self.database, position)?;
            if let Some(seal) = self.journal.as_ref().and_then(JournalWriter::last_seal) {
                write_seal(&self.database, seal)?;
            }
        }
        self.database.flush()?;
        prepared_jobs.iter().for_each(log_stored_snapshot);
        Ok(pages)
    }

    /// Appends a job to the journal; `None` if the database already has its content.
    fn prepare_job(
        &mut self,
        job: WriteJob,
        group_captures: &mut GroupCaptures,
        acks: &mut Vec<Box<dyn FnOnce() + Send>>,
    ) -> Result<Option<PreparedJob>, StoreError> {
        match job {
            WriteJob::Page(submission) => {
                let Submission { page_write, prepared, ack } = *submission;
                acks.extend(ack);
                let (page_records, exchanges) =
                    PageRecords::from_page_write(&self.database, page_write, group_captures)?;
                if let Some(journal) = &mut self.journal {
                    journal.add_visit(&self.database, &page_records, &exchanges, prepared)?;
                }
                Ok(Some(PreparedJob::PageRecords(Box::new(page_records))))
            }
            WriteJob::Blob(hash, bytes) => {
                // A blob that an earlier run stored without a journal is written into the journal now.
                let journaled = |kind| self.journal.as_ref().is_none_or(|own| own.has_content(hash, kind));
                if read_manifest(&self.database.content, hash)?
                    .is_some_and(|manifest| journaled(manifest.kind))
                {
                    return Ok(None);
                }
                if let Some(journal) = &mut self.journal {
                    journal.add_content(hash, &bytes)?;
                }
                Ok(Some(PreparedJob::Content(hash, bytes)))
            }
            WriteJob::Run(run) => {
                if let Some(journal) = &mut self.journal {
                    journal.add_run(&run)?;
                }
                Ok(Some(PreparedJob::Run(run)))
            }
            WriteJob::Forget(url, ids) => {
                if let Some(journal) = &mut self.journal {
                    journal.add_forget(&ids)?;
                }
                Ok(Some(PreparedJob::Forget(url, ids)))
            }
            WriteJob::Redate(url, changes) => {
                if let Some(journal) = &mut self.journal {
                    journal.add_redating(url, &changes)?;
                }
                Ok(Some(PreparedJob::Redate(url, changes)))
            }
        }
    }
}
