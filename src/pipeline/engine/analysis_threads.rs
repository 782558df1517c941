//! The threads on which pages are read and judged.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::frontier::lower_thread_priority;

/// As many threads as there are processors, and one queue. They are a runtime's threads for blocking
/// work; the runtime itself runs nothing, and the network's own has such threads only for name lookups.
pub(super) struct AnalysisThreads {
    handle: Handle,
    /// Taken when it is dropped.
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

    /// Where work is handed over.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for AnalysisThreads {
    fn drop(&mut self) {
        // The engine ends inside another runtime, where nothing may wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
