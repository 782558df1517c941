//! The one thread that writes.
//!
//! It takes groups from the queue, so that many deposits share one `fsync`, and owns `flush()`:
//! concurrent flushes are what deadlocks sled 0.34.7. A panic inside sled ends the writing, never
//! the program: it is reported like any other failed write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use super::SnapshotError;
use super::addition::Addition;
use super::apply::{apply_addition, apply_run};
use super::content::put_content;
use super::database::{Database, panic_message};
use super::options::StoreOptions;
use super::queue::{Job, Queue};

/// Starts the writer.
pub(super) fn start(
    database: Database,
    queue: Arc<Queue>,
    options: &StoreOptions,
) -> Result<JoinHandle<()>, SnapshotError> {
    let path = database.dir.clone();
    let mut writer = Writer { database, level: options.compression_level };
    std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer.work(&queue))
        .map_err(|source| SnapshotError::Io { path, source })
}

struct Writer {
    database: Database,
    level: i32,
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
                    tracing::error!("{error}");
                    queue.failed(&error);
                    return;
                }
            }
        }
    }

    /// Writes a group and makes it durable; says how many deposits it held.
    fn write(
        &mut self,
        jobs: Vec<Job>,
        acks: &mut Vec<Box<dyn FnOnce() + Send>>,
    ) -> Result<u64, SnapshotError> {
        let mut deposits = 0;
        for job in jobs {
            match job {
                Job::Deposit(deposit, ack) => {
                    deposits += 1;
                    acks.extend(ack);
                    let addition = Addition::of(&self.database, *deposit)?;
                    apply_addition(&self.database, &addition, self.level)?;
                }
                Job::Blob(hash, bytes) => {
                    put_content(&self.database, hash, &bytes, self.level, None)?;
                }
                Job::Run(run) => apply_run(&self.database, &run)?,
            }
        }
        self.database.guard(|| self.database.db.flush())?;
        Ok(deposits)
    }
}
