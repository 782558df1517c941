//! The one thread that writes.
//!
//! It takes groups from the queue, so that many deposits share one `fsync`, and owns `flush()`:
//! concurrent flushes are what deadlocks sled 0.34.7. A panic inside sled ends the writing, never
//! the program: it is reported like any other failed write.

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
use crate::store::journal::{JournalWriter, OpenWarcinfo};
use crate::store::options::StoreOptions;
use crate::store::write::apply::{Records, forget_snapshots, write_run};
use crate::store::write::page_records::{PageRecords, Taken};
use crate::store::write::queue::{Queue, Submission, WriteJob};
use crate::store::{RunRecord, SnapshotId, StoreError};

/// Starts the writer; with a journal, gives what its records must name.
pub(in crate::store) fn start(
    database: Database,
    queue: Arc<Queue>,
    options: &StoreOptions,
) -> Result<(JoinHandle<()>, Option<OpenWarcinfo>), StoreError> {
    let path = database.dir.clone();
    let mark = read_applied_position(&database)?;
    let journal = options.warc.then(|| JournalWriter::new(&path, options.segment_bytes, mark)).transpose()?;
    let open = journal.as_ref().map(JournalWriter::open_warcinfo);
    let mut writer =
        Writer { database, journal, bases: HostDictionaries::default(), level: options.compression_level };
    let thread = std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || {
            lower_thread_priority();
            writer.work(&queue);
        })
        .map_err(|source| StoreError::Io { path, source })?;
    Ok((thread, open))
}

struct Writer {
    database: Database,
    journal: Option<JournalWriter>,
    bases: HostDictionaries,
    level: i32,
}

/// A job, ready to be applied.
enum Ready {
    PageRecords(Box<PageRecords>),
    Content(ContentHash, Vec<u8>),
    Run(Box<RunRecord>),
    Forget(UrlKey, Vec<SnapshotId>),
}

/// Says what is stored for good. Whoever reads such a line may rely on it.
fn say_stored(item: &Ready) {
    let Ready::PageRecords(page_records) = item else { return };
    if let Some((snapshot, _)) = &page_records.capture {
        tracing::info!("stored {} {} {}", snapshot.id, snapshot.body, snapshot.url);
    }
}

impl Writer {
    fn work(&mut self, queue: &Queue) {
        while let Some(group) = queue.next_group() {
            let weight = group.weight();
            let count = group.jobs.len() as u64;
            let mut acks = Vec::new();
            let written = catch_unwind(AssertUnwindSafe(|| self.write(group.jobs, &mut acks)));
            let written = written.unwrap_or_else(|panic| {
                Err(StoreError::Database {
                    path: self.database.dir.clone(),
                    reason: format!("the writer panicked: {}", panic_message(panic.as_ref())),
                })
            });
            match written {
                Ok(deposits) => {
                    queue.written(count, deposits, weight);
                    for ack in acks {
                        ack();
                    }
                }
                Err(error) => {
                    // Whoever deposits or flushes next is told, and tells the user once.
                    tracing::debug!("{error}");
                    if let Some(journal) = &mut self.journal {
                        journal.roll_back();
                    }
                    queue.failed(&error);
                    return;
                }
            }
        }
        if let Some(Err(error)) = self.journal.as_mut().map(JournalWriter::finish_current) {
            // Everything is written; opening the store gives the segment its name.
            tracing::warn!("{error}");
        }
    }

    /// Writes a group and makes it durable: journal, `fsync`, database, flush. Says how many
    /// deposits it held.
    fn write(
        &mut self,
        jobs: Vec<WriteJob>,
        acks: &mut Vec<Box<dyn FnOnce() + Send>>,
    ) -> Result<u64, StoreError> {
        let effort = CompressionEffort::for_queue_length(jobs.len());
        if let Some(journal) = &mut self.journal {
            journal.set_effort(effort);
        }
        let mut deposits = 0;
        let mut ready = Vec::with_capacity(jobs.len());
        let mut taken = Taken::new();
        for job in jobs {
            if matches!(job, WriteJob::Page(..)) {
                deposits += 1;
            }
            ready.extend(self.prepare(job, &mut taken, acks)?);
        }
        let mark = self.journal.as_mut().map(JournalWriter::commit).transpose()?.flatten();
        let mut records = Records::default();
        for item in &ready {
            match item {
                Ready::PageRecords(page_records) => {
                    let bases = self.journal.is_some().then_some(&mut self.bases);
                    records.add(&self.database, page_records, (self.level, effort), bases)?;
                }
                Ready::Content(hash, bytes) => {
                    let kind =
                        if self.journal.is_some() { ContentKind::JournaledBlob } else { ContentKind::Blob };
                    store_content(&self.database.content, *hash, bytes, self.level, kind)?;
                }
                Ready::Run(run) => {
                    // A run must not be known as finished before its visits are there.
                    records.write(&self.database)?;
                    write_run(&self.database, run)?;
                }
                Ready::Forget(url, ids) => {
                    records.write(&self.database)?;
                    forget_snapshots(&self.database, *url, ids)?;
                }
            }
        }
        records.write(&self.database)?;
        if let Some(mark) = mark {
            write_applied_position(&self.database, mark)?;
        }
        self.database.flush()?;
        ready.iter().for_each(say_stored);
        Ok(deposits)
    }

    /// Appends a job to the journal's group; none where it adds nothing.
    fn prepare(
        &mut self,
        job: WriteJob,
        taken: &mut Taken,
        acks: &mut Vec<Box<dyn FnOnce() + Send>>,
    ) -> Result<Option<Ready>, StoreError> {
        match job {
            WriteJob::Page(submission) => {
                let Submission { page_write, prepared, ack } = *submission;
                acks.extend(ack);
                let (page_records, exchanges) = PageRecords::of(&self.database, page_write, taken)?;
                if let Some(journal) = &mut self.journal {
                    journal.add_visit(&self.database, &page_records, &exchanges, prepared)?;
                }
                Ok(Some(Ready::PageRecords(Box::new(page_records))))
            }
            WriteJob::Blob(hash, bytes) => {
                // One that only the database holds, of a run without a journal, is written into it now.
                let journaled = |kind| self.journal.as_ref().is_none_or(|own| own.has_content(hash, kind));
                if read_manifest(&self.database.content, hash)?
                    .is_some_and(|manifest| journaled(manifest.kind))
                {
                    return Ok(None);
                }
                if let Some(journal) = &mut self.journal {
                    journal.add_content(hash, &bytes)?;
                }
                Ok(Some(Ready::Content(hash, bytes)))
            }
            WriteJob::Run(run) => {
                if let Some(journal) = &mut self.journal {
                    journal.add_run(&run)?;
                }
                Ok(Some(Ready::Run(run)))
            }
            WriteJob::Forget(url, ids) => {
                if let Some(journal) = &mut self.journal {
                    journal.add_forget(&ids)?;
                }
                Ok(Some(Ready::Forget(url, ids)))
            }
        }
    }
}
