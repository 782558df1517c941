//! Which threads wait where the processors do not suffice for all.

/// A ninth of a processor, where a thread of the usual niceness wants it too.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lets the calling thread give way to those that send requests: these have their moment, while a page
/// can be judged and stored a little later.
///
/// Does nothing except on Linux, where a thread has a niceness of its own (sched(7)); elsewhere it is the
/// whole process's.
pub fn lower_thread_priority() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        // Who runs all of it with `nice` may have asked for more.
        let given = getpriority_process(None).and_then(|own| setpriority_process(None, own.max(NICENESS)));
        if let Err(error) = given {
            tracing::debug!(%error, "a thread keeps the network's priority");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_the_thread_that_asks_for_it_gives_way() {
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
