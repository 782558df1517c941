//! Writes logs to standard error in such a way that they and the progress display do not overwrite each
//! other.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::report::sanitize;

/// The screen that logs and the progress display share. The display is hidden while a line is written.
static SCREEN: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// The screen that logs and the progress display share.
pub fn shared_screen() -> &'static MultiProgress {
    &SCREEN
}

/// Whether standard error is a terminal.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Starts logging. The variable `DRIFTLINE_LOG` holds a filter in the syntax of `tracing`, which wins
/// over `-v` and `-q`.
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
    // A second start in one process, as in tests, leaves the first in place.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The filter for a verbosity. Libraries are silent by default, because they warn about faults that are
/// common on the web.
fn filter_directives(verbose: u8, quiet: bool) -> &'static str {
    match (quiet, verbose) {
        (true, _) => "off,driftline=error",
        (false, 0) => "off,driftline=warn",
        (false, 1) => "warn,driftline=info",
        (false, 2) => "info,driftline=debug",
        (false, _) => "debug,driftline=trace",
    }
}

/// Writes one line to standard error while the progress display is hidden.
pub fn write_line(line: &str) {
    shared_screen().suspend(|| {
        // An error here could not be reported anywhere.
        let _ = writeln!(io::stderr().lock(), "{}", sanitize::one_line(line));
    });
}

/// Writes a warning with what to do about it to standard error, whatever the verbosity: for what changes a
/// result and is said once.
pub fn write_warning(message: &str, hint: &str) {
    let bad = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    let good = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    let (message, hint) = (sanitize::one_line(message), sanitize::one_line(hint));
    shared_screen().suspend(|| {
        let mut stderr = anstream::stderr().lock();
        let _ = writeln!(stderr, "{bad}warning:{bad:#} {message}\n  {good}hint:{good:#} {hint}");
    });
}

struct ScreenWriter;

impl<'a> MakeWriter<'a> for ScreenWriter {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine(Vec::new())
    }
}

/// One log event, cleaned and written in one piece when it is complete.
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
