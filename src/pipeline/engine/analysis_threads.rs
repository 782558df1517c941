//! Runs the threads on which pages are read and judged.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::frontier::lower_thread_priority;

/// One thread per processor, with one shared queue. They are the blocking threads of a runtime that
/// runs nothing else; the blocking threads of the network's runtime serve name lookups only.
pub(super) struct AnalysisThreads {
    handle: Handle,
    /// `Drop` takes it out to shut it down.
    runtime: Option<Runtime>,
}

impl AnalysisThreads {
    pub(super) fn new() -> io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(threads)
            .thread_name("analyst")
            .on_thread_start(lower_thread_priority)
            .build()?;
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
