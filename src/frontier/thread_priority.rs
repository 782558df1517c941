//! Lowers the priority of threads whose work can wait while the processors are busy.

/// At this niceness a thread gets about a ninth of a processor that a thread of niceness 0 also wants.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lowers the priority of the calling thread, so that the threads that send requests run first: a page can be
/// judged and stored a little later, a request is due at a fixed time.
///
/// Does nothing except on Linux, where each thread has its own niceness (sched(7)); elsewhere the niceness is
/// that of the whole process.
pub fn lower_thread_priority() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        // A user who starts the program with `nice` may have asked for a higher value.
        let result = getpriority_process(None).and_then(|own| setpriority_process(None, own.max(NICENESS)));
        if let Err(error) = result {
            tracing::debug!(%error, "the priority of a worker thread could not be lowered");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_the_calling_thread_gets_a_lower_priority() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let usual = niceness();
        let (before, after) = std::thread::spawn(move || {
            let before = niceness();
            lower_thread_priority();
            (before, niceness())
        })
        .join()
        .unwrap();
        assert_eq!((before, after), (usual, usual.max(NICENESS)));
        assert_eq!(niceness(), usual);
    }
}
