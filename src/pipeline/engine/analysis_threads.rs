//! Runs the threads on which pages are read and judged.

use std::io;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::frontier::lower_thread_priority;

/// How long a thread without work is kept: longer than a run.
const KEEP_ALIVE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// One thread per processor, with one shared queue. They are the blocking threads of a runtime that
/// runs nothing else; the blocking threads of the network's runtime serve name lookups only.
pub(super) struct AnalysisThreads {
    handle: Handle,
    /// `Drop` takes it out to shut it down.
    runtime: Option<Runtime>,
}

impl AnalysisThreads {
    pub(super) fn new() -> io::Result<Self> {
        // tokio panics where it cannot start its first thread, and makes do with fewer after that. So it
        // starts the first one here, after a thread was started to see whether that is possible.
        let attempt = std::thread::Builder::new().spawn(|| {})?;
        let _ = attempt.join();
        let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(threads)
            .thread_keep_alive(KEEP_ALIVE)
            .thread_name("analyst")
            .on_thread_start(lower_thread_priority)
            .build()?;
        drop(runtime.spawn_blocking(|| {}));
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// The handle through which work is spawned.
    pub(super) fn runtime_handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for AnalysisThreads {
    fn drop(&mut self) {
        // The engine is dropped inside another runtime, where blocking is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
