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
use crate::store::content::compression_level::Effort;
use crate::store::content::host_dictionary::Bases;
use crate::store::content::manifest::{Kind, manifest};
use crate::store::content::write::put_content;
use crate::store::db::database::Database;
use crate::store::db::sled_guard::panic_message;
use crate::store::journal::applied_position::{read_applied_position, write_applied_position};
use crate::store::journal::{JournalWriter, OpenWarcinfo};
use crate::store::options::StoreOptions;
use crate::store::write::apply::{Records, apply_forget, apply_run};
use crate::store::write::page_write::{Addition, Taken};
use crate::store::write::queue::{Handed, Job, Queue};
use crate::store::{RunRecord, SnapshotError, SnapshotId};

/// Starts the writer; with a journal, gives what its records must name.
pub(in crate::store) fn start(
    database: Database,
    queue: Arc<Queue>,
    options: &StoreOptions,
) -> Result<(JoinHandle<()>, Option<OpenWarcinfo>), SnapshotError> {
    let path = database.dir.clone();
    let mark = read_applied_position(&database)?;
    let journal = options.warc.then(|| JournalWriter::new(&path, options.segment_bytes, mark)).transpose()?;
    let open = journal.as_ref().map(JournalWriter::open_warcinfo);
    let mut writer = Writer { database, journal, bases: Bases::default(), level: options.compression_level };
    let thread = std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || {
            lower_thread_priority();
            writer.work(&queue);
        })
        .map_err(|source| SnapshotError::Io { path, source })?;
    Ok((thread, open))
}

struct Writer {
    database: Database,
    journal: Option<JournalWriter>,
    bases: Bases,
    level: i32,
}

/// A job, ready to be applied.
enum Ready {
    Addition(Box<Addition>),
    Content(ContentHash, Vec<u8>),
    Run(Box<RunRecord>),
    Forget(UrlKey, Vec<SnapshotId>),
}

/// Says what is stored for good. Whoever reads such a line may rely on it.
fn say_stored(item: &Ready) {
    let Ready::Addition(addition) = item else { return };
    if let Some((snapshot, _)) = &addition.capture {
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
                Err(SnapshotError::Database {
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
        jobs: Vec<Job>,
        acks: &mut Vec<Box<dyn FnOnce() + Send>>,
    ) -> Result<u64, SnapshotError> {
        let effort = Effort::with_waiting(jobs.len());
        if let Some(journal) = &mut self.journal {
            journal.set_effort(effort);
        }
        let mut deposits = 0;
        let mut ready = Vec::with_capacity(jobs.len());
        let mut taken = Taken::new();
        for job in jobs {
            if matches!(job, Job::Deposit(..)) {
                deposits += 1;
            }
            ready.extend(self.prepare(job, &mut taken, acks)?);
        }
        let mark = self.journal.as_mut().map(JournalWriter::commit).transpose()?.flatten();
        let mut records = Records::default();
        for item in &ready {
            match item {
                Ready::Addition(addition) => {
                    let bases = self.journal.is_some().then_some(&mut self.bases);
                    records.add(&self.database, addition, (self.level, effort), bases)?;
                }
                Ready::Content(hash, bytes) => {
                    let kind = if self.journal.is_some() { Kind::JournaledBlob } else { Kind::Blob };
                    put_content(&self.database.content, *hash, bytes, self.level, kind)?;
                }
                Ready::Run(run) => {
                    // A run must not be known as finished before its visits are there.
                    records.write(&self.database)?;
                    apply_run(&self.database, run)?;
                }
                Ready::Forget(url, ids) => {
                    records.write(&self.database)?;
                    apply_forget(&self.database, *url, ids)?;
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
        job: Job,
        taken: &mut Taken,
        acks: &mut Vec<Box<dyn FnOnce() + Send>>,
    ) -> Result<Option<Ready>, SnapshotError> {
        match job {
            Job::Deposit(handed) => {
                let Handed { deposit, prepared, ack } = *handed;
                acks.extend(ack);
                let (addition, exchanges) = Addition::of(&self.database, deposit, taken)?;
                if let Some(journal) = &mut self.journal {
                    journal.add_visit(&self.database, &addition, &exchanges, prepared)?;
                }
                Ok(Some(Ready::Addition(Box::new(addition))))
            }
            Job::Blob(hash, bytes) => {
                // One that only the database holds, of a run without a journal, is written into it now.
                let journaled = |kind| self.journal.as_ref().is_none_or(|own| own.has_content(hash, kind));
                if manifest(&self.database.content, hash)?.is_some_and(|manifest| journaled(manifest.kind)) {
                    return Ok(None);
                }
                if let Some(journal) = &mut self.journal {
                    journal.add_content(hash, &bytes)?;
                }
                Ok(Some(Ready::Content(hash, bytes)))
            }
            Job::Run(run) => {
                if let Some(journal) = &mut self.journal {
                    journal.add_run(&run)?;
                }
                Ok(Some(Ready::Run(run)))
            }
            Job::Forget(url, ids) => {
                if let Some(journal) = &mut self.journal {
                    journal.add_forget(&ids)?;
                }
                Ok(Some(Ready::Forget(url, ids)))
            }
        }
    }
}
