//! The queue between the crawl and the writer, bounded in number and in bytes.
//!
//! A `Mutex` and three condition variables are enough, because pages come at most a few thousand times a
//! second. The queue also counts what is durable and keeps the first failure: after a write has failed,
//! nothing more is accepted, so that no later write can hide it.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::journal::PreparedRecords;
use crate::store::options::StoreOptions;
use crate::store::write::redate::Redating;
use crate::store::{PageWrite, RunRecord, SnapshotId, StoreError};

/// A job for the writer.
pub(in crate::store) enum WriteJob {
    /// Write what one finished URL adds.
    Page(Box<Submission>),
    /// Store content under its hash.
    Blob(ContentHash, Vec<u8>),
    /// Write the record of a run.
    Run(Box<RunRecord>),
    /// Forget snapshots of a URL.
    Forget(UrlKey, Vec<SnapshotId>),
    /// Give records of a URL other times.
    Redate(UrlKey, Vec<Redating>),
}

/// A page write on its way to the writer.
pub(in crate::store) struct Submission {
    pub page_write: PageWrite,
    /// The journal records of its exchanges, compressed where that was possible.
    pub prepared: Vec<Option<PreparedRecords>>,
    /// The function to call when the page is durable.
    pub ack: Option<Box<dyn FnOnce() + Send>>,
}

impl WriteJob {
    /// The approximate memory of the job in bytes.
    fn weight(&self) -> usize {
        let content = match self {
            Self::Page(submission) => {
                let body = |exchange: &crate::fetch::Exchange| {
                    exchange.outcome.as_ref().map_or(0, |response| response.body.len())
                };
                let bodies: usize = submission.page_write.exchanges.iter().map(body).sum();
                bodies + submission.prepared.iter().flatten().map(PreparedRecords::weight).sum::<usize>()
            }
            Self::Blob(_, bytes) => bytes.len(),
            Self::Run(_) | Self::Forget(..) | Self::Redate(..) => 0,
        };
        content.saturating_add(1024)
    }
}

/// A failure that can be turned into an error repeatedly.
#[derive(Clone)]
enum RecordedFailure {
    Io(PathBuf, io::ErrorKind, Option<i32>, String),
    Database(PathBuf, String),
    Damaged(String, String),
}

impl RecordedFailure {
    fn from_error(error: &StoreError) -> Self {
        match error {
            StoreError::Io { path, source } => {
                Self::Io(path.clone(), source.kind(), source.raw_os_error(), source.to_string())
            }
            StoreError::Database { path, reason } => Self::Database(path.clone(), reason.clone()),
            StoreError::Damaged { what, reason } => Self::Damaged(what.clone(), reason.clone()),
            other => Self::Database(PathBuf::new(), other.to_string()),
        }
    }

    fn to_error(&self) -> StoreError {
        match self {
            Self::Io(path, kind, code, text) => {
                let source =
                    code.map_or_else(|| io::Error::new(*kind, text.clone()), io::Error::from_raw_os_error);
                StoreError::Io { path: path.clone(), source }
            }
            Self::Database(path, reason) => {
                StoreError::Database { path: path.clone(), reason: reason.clone() }
            }
            Self::Damaged(what, reason) => StoreError::Damaged { what: what.clone(), reason: reason.clone() },
        }
    }
}

#[derive(Default)]
struct QueueState {
    jobs: VecDeque<(WriteJob, usize)>,
    /// The weight of what is queued or being written.
    weight: usize,
    /// The weight of what is queued.
    queued_weight: usize,
    /// When the oldest queued job was pushed.
    oldest: Option<Instant>,
    accepted: u64,
    durable: u64,
    durable_pages: u64,
    /// The number of threads in [`Queue::wait_durable`]. While there are any, groups are written at once.
    waiters: usize,
    closing: bool,
    failure: Option<RecordedFailure>,
}

/// The queue of write jobs.
pub(in crate::store) struct Queue {
    state: Mutex<QueueState>,
    work_available: Condvar,
    space_available: Condvar,
    became_durable: Condvar,
    options: StoreOptions,
}

/// Jobs that share one `fsync`.
pub(in crate::store) struct WriteGroup {
    pub jobs: Vec<WriteJob>,
    weight: usize,
}

impl Queue {
    pub(in crate::store) fn new(options: StoreOptions) -> Self {
        Self {
            state: Mutex::default(),
            work_available: Condvar::new(),
            space_available: Condvar::new(),
            became_durable: Condvar::new(),
            options,
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        // No code that holds the lock can panic between two related changes.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job; waits while there is no space. Returns the error of an earlier write that failed.
    pub(in crate::store) fn push(&self, job: WriteJob) -> Result<(), StoreError> {
        let weight = job.weight();
        let mut state = self.lock();
        loop {
            if let Some(failure) = &state.failure {
                return Err(failure.to_error());
            }
            let fits = state.weight.saturating_add(weight) <= self.options.queue_bytes
                && state.jobs.len() < self.options.queue_len;
            // One job always fits, because a body may be larger than the whole queue.
            if fits || state.weight == 0 {
                break;
            }
            state = self.space_available.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.weight += weight;
        state.queued_weight += weight;
        state.accepted += 1;
        state.oldest.get_or_insert_with(Instant::now);
        state.jobs.push_back((job, weight));
        // With several jobs, the writer already knows when the oldest is due.
        let wake = state.jobs.len() == 1 || state.waiters > 0 || self.is_group_due(&state);
        drop(state);
        if wake {
            self.work_available.notify_one();
        }
        Ok(())
    }

    /// Whether the next group is written without waiting for more jobs, because callers that wait for space
    /// hold up the crawl.
    fn is_group_due(&self, state: &QueueState) -> bool {
        state.weight.saturating_mul(2) >= self.options.queue_bytes
            || state.queued_weight >= self.options.group_bytes
            || state.jobs.len() >= self.options.group_len.min(self.options.queue_len)
    }

    /// The number of jobs that are not durable yet.
    pub(in crate::store) fn pending_jobs(&self) -> usize {
        let state = self.lock();
        usize::try_from(state.accepted.saturating_sub(state.durable)).unwrap_or(usize::MAX)
    }

    /// The weight of the jobs that are not durable yet.
    pub(in crate::store) fn pending_bytes(&self) -> u64 {
        self.lock().weight as u64
    }

    /// Waits until everything that is queued now is durable.
    pub(in crate::store) fn wait_durable(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        let until = state.accepted;
        state.waiters += 1;
        self.work_available.notify_one();
        let result = loop {
            if let Some(failure) = &state.failure {
                break Err(failure.to_error());
            }
            if state.durable >= until {
                break Ok(());
            }
            state = self.became_durable.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        state.waiters -= 1;
        result
    }

    /// The number of pages that are durable.
    pub(in crate::store) fn durable_pages(&self) -> u64 {
        self.lock().durable_pages
    }

    /// Waits for the next group; `None` if the queue is closed and empty, or has failed.
    pub(in crate::store) fn next_group(&self) -> Option<WriteGroup> {
        let mut state = self.lock();
        loop {
            if state.failure.is_some() {
                return None;
            }
            if state.jobs.is_empty() {
                if state.closing {
                    return None;
                }
                state = self.work_available.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let age = state.oldest.map(|oldest| oldest.elapsed()).unwrap_or_default();
            if state.closing
                || state.waiters > 0
                || self.is_group_due(&state)
                || age >= self.options.group_delay
            {
                break;
            }
            let rest = self.options.group_delay.saturating_sub(age);
            state = self.work_available.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        let mut jobs = Vec::new();
        let mut weight = 0;
        while let Some((job, job_weight)) = state.jobs.pop_front() {
            jobs.push(job);
            weight += job_weight;
            if weight >= self.options.group_bytes || jobs.len() >= self.options.group_len {
                break;
            }
        }
        state.queued_weight -= weight.min(state.queued_weight);
        if state.jobs.is_empty() {
            state.oldest = None;
        }
        Some(WriteGroup { jobs, weight })
    }

    /// Records that the jobs of a group are durable.
    pub(in crate::store) fn mark_durable(&self, count: u64, pages: u64, weight: usize) {
        let mut state = self.lock();
        state.durable += count;
        state.durable_pages += pages;
        state.weight -= weight.min(state.weight);
        drop(state);
        self.space_available.notify_all();
        self.became_durable.notify_all();
    }

    /// Records that a write failed. No further job is accepted.
    pub(in crate::store) fn mark_failed(&self, error: &StoreError) {
        let mut state = self.lock();
        state.failure.get_or_insert_with(|| RecordedFailure::from_error(error));
        let dropped = std::mem::take(&mut state.jobs);
        drop(state);
        drop(dropped);
        self.space_available.notify_all();
        self.became_durable.notify_all();
    }

    /// Closes the queue. What is queued is still written.
    pub(in crate::store) fn close(&self) {
        self.lock().closing = true;
        self.work_available.notify_all();
    }
}

impl WriteGroup {
    pub(in crate::store) fn weight(&self) -> usize {
        self.weight
    }
}
