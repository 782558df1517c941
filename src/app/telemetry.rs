//! Logs on standard error, beside the progress display and never through it.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::report::sanitize;

/// The shared_screen that logs and progress share: whoever writes a line takes the display away first.
static SCREEN: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// The shared_screen that logs and progress share.
pub fn shared_screen() -> &'static MultiProgress {
    &SCREEN
}

/// Whether standard error is a terminal.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Starts logging. `DRIFTLINE_LOG`, where it is set, is a filter as `tracing` knows it and wins over
/// `-v` and `-q`.
pub fn start_logging(verbose: u8, quiet: bool) {
    let filter = std::env::var("DRIFTLINE_LOG").ok().and_then(|text| EnvFilter::try_new(text).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(filter_directives(verbose, quiet)));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(ScreenWriter)
        .with_ansi(false)
        .with_target(verbose > 1)
        .without_time()
        .finish();
    // A second start in one process (as in tests) keeps the first.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Only our own words by default: libraries warn about what is everyday life on the web.
fn filter_directives(verbose: u8, quiet: bool) -> &'static str {
    match (quiet, verbose) {
        (true, _) => "off,driftline=error",
        (false, 0) => "off,driftline=warn",
        (false, 1) => "warn,driftline=info",
        (false, 2) => "info,driftline=debug",
        (false, _) => "debug,driftline=trace",
    }
}

/// Writes one line to standard error with the display out of the way.
pub fn write_line(line: &str) {
    shared_screen().suspend(|| {
        // Where standard error is gone, there is nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{}", sanitize::one_line(line));
    });
}

struct ScreenWriter;

impl<'a> MakeWriter<'a> for ScreenWriter {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine(Vec::new())
    }
}

/// One event, cleaned and written as a whole when it is complete.
struct LogLine(Vec<u8>);

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.0);
        if !text.is_empty() {
            shared_screen().suspend(|| {
                let _ = io::stderr().lock().write_all(sanitize::text_block(&text).as_bytes());
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn every_level_is_a_valid_filter() {
        for quiet in [false, true] {
            for verbose in 0..5 {
                let text = filter_directives(verbose, quiet);
                assert!(EnvFilter::try_new(text).is_ok(), "{text}");
            }
        }
        assert_eq!(filter_directives(9, true), "off,driftline=error");
    }
}
