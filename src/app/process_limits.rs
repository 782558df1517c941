//! Adapts the program to the limits of its process: open files and threads.
//!
//! The crawl takes what is left of the file descriptors after a reserve for the store, so that a host too many
//! is a slower run and never a store that cannot open its next file.

use std::num::NonZero;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;

use super::error::AppError;

/// Descriptors that are kept for the store, the archive's files, the terminal and the runtime.
const RESERVED_DESCRIPTORS: usize = 64;
/// A request holds its connection, and for a moment a second attempt (the other address family) or a look-up
/// of the name.
const DESCRIPTORS_OF_A_REQUEST: usize = 2;
/// The most idle connections that are worth keeping.
const MOST_IDLE_CONNECTIONS: usize = 4096;
/// The threads that a run with a store needs beside those that read the archive: of the database, the journal's
/// writer, the readers of other processes, those that judge pages and those that look names up. Without them
/// the database waits for ever for its own.
const STORE_THREADS: usize = 12;
/// What is assumed where the system states no limit.
const ASSUMED_DESCRIPTORS: usize = 4096;

/// How many descriptors the crawl may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The most requests at once.
    pub requests: usize,
    /// The most idle connections over all hosts.
    pub idle: usize,
}

impl ConnectionLimits {
    /// The limits of this process.
    pub fn of_process() -> Self {
        Self::from_descriptors(open_file_limit().unwrap_or(ASSUMED_DESCRIPTORS))
    }

    fn from_descriptors(limit: usize) -> Self {
        let left = limit - RESERVED_DESCRIPTORS.min(limit / 2);
        let idle = (left / 4).min(MOST_IDLE_CONNECTIONS);
        Self { requests: ((left - idle) / DESCRIPTORS_OF_A_REQUEST).max(1), idle }
    }
}

/// Raises the limit of open files as far as the system allows, since a usual limit of 1,024 is meant for
/// programs that use `select`.
pub fn raise_open_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        if limit.current == limit.maximum {
            return;
        }
        // Some systems state no hard limit, and take no more than this many.
        let targets = [limit.maximum, Some(10_240)];
        let raised = targets.into_iter().any(|target| {
            let is_more = target.is_none_or(|target| limit.current.is_some_and(|own| target > own));
            is_more && setrlimit(Resource::Nofile, Rlimit { current: target, maximum: limit.maximum }).is_ok()
        });
        if !raised {
            tracing::debug!("the limit of open files could not be raised");
        }
    }
}

/// The number of files that the process may have open; `None` where no limit is known.
fn open_file_limit() -> Option<usize> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok())
    }
    #[cfg(not(unix))]
    None
}

/// Checks that the threads of a store can be started.
///
/// # Errors
/// [`AppError::TooFewThreads`] if they cannot.
pub fn require_store_threads() -> Result<(), AppError> {
    match count_startable_threads(STORE_THREADS) {
        STORE_THREADS.. => Ok(()),
        startable => Err(AppError::TooFewThreads { startable, needed: STORE_THREADS }),
    }
}

/// Starts the threads that read the archive and make reports: one for each processor, or as many as the
/// system allows and the store leaves. rayon would start them itself, and panic where it cannot start all of them.
pub fn start_worker_threads() {
    let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|number| number.parse().ok());
    let wanted = asked.filter(|number| *number > 0);
    let wanted = wanted.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
    let startable = count_startable_threads(wanted + STORE_THREADS).saturating_sub(STORE_THREADS);
    let mut builder = rayon::ThreadPoolBuilder::new().num_threads(startable.max(1));
    if startable == 0 {
        builder = builder.use_current_thread();
    }
    if let Err(error) = builder.build_global() {
        tracing::debug!(%error, "the worker threads could not be started");
    }
}

/// How many of the wanted threads can run at once.
fn count_startable_threads(wanted: usize) -> usize {
    let gate = Arc::new(RwLock::new(()));
    let closed = gate.write();
    let started: Vec<_> = (0..wanted)
        .map_while(|_| {
            let gate = Arc::clone(&gate);
            let wait = move || drop(gate.read().unwrap_or_else(PoisonError::into_inner));
            thread::Builder::new().spawn(wait).ok()
        })
        .collect();
    drop(closed);
    started.into_iter().filter_map(|thread| thread.join().ok()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crawl_never_takes_the_descriptors_of_the_store() {
        for (limit, requests, idle) in
            [(16, 3, 2), (64, 12, 8), (256, 72, 48), (1024, 360, 240), (1 << 20, 522_208, 4096)]
        {
            let limits = ConnectionLimits::from_descriptors(limit);
            assert_eq!(limits, ConnectionLimits { requests, idle }, "{limit}");
            let used = limits.requests * DESCRIPTORS_OF_A_REQUEST + limits.idle;
            assert!(used + RESERVED_DESCRIPTORS.min(limit / 2) <= limit, "{limit}");
        }
    }

    #[test]
    fn too_few_threads_are_said_with_the_limit_to_raise() {
        assert!(require_store_threads().is_ok());
        let mut said = Vec::new();
        let error = AppError::TooFewThreads { startable: 3, needed: STORE_THREADS };
        assert!(error.write_to(&mut said).is_ok());
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains("3 of the 12 threads that a store needs can be started"), "{said}");
        assert!(said.contains("ulimit -u"), "{said}");
    }

    #[test]
    fn the_threads_that_can_be_started_are_counted() {
        assert_eq!(count_startable_threads(3), 3);
        assert_eq!(count_startable_threads(0), 0);
    }
}
