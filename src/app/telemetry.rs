//! Writes logs to standard error in such a way that they and the progress display do not overwrite each
//! other.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::model::MASK;
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
                let _ = writeln!(io::stderr().lock(), "{}", clean_event(&text));
            });
        }
    }
}

/// One log event as one line: whatever a file name, a host or a library puts into it, it fakes no other line
/// and shows no credentials.
fn clean_event(event: &str) -> String {
    hide_authorization(&sanitize::one_line(event.trim_end()))
}

/// Masks what follows the name of a field that holds credentials, as libraries log it, up to the end of a
/// quoted value or of the line.
fn hide_authorization(line: &str) -> String {
    const FIELD: &str = "authorization";
    // The lower-case form of ASCII letters has the same places.
    let lower = line.to_ascii_lowercase();
    let Some(found) = lower.find(FIELD) else { return line.to_owned() };
    let after = found + FIELD.len();
    let value = line.get(after..).unwrap_or_default();
    let start = value.find(|c: char| !matches!(c, '"' | '\'' | ':' | '=' | ' ')).unwrap_or(value.len());
    // Without a mark between them the word is part of a sentence.
    if !value.get(..start).is_some_and(|marks| marks.contains([':', '='])) {
        return line.to_owned();
    }
    let rest = value.get(start..).unwrap_or_default();
    let end = rest.find(['"', '\'', ',']).unwrap_or(rest.len());
    let head = line.get(..after + start).unwrap_or_default();
    format!("{head}{MASK}{}", hide_authorization(rest.get(end..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn an_event_is_one_line_without_secrets() {
        for (event, line) in [
            (" WARN a\nERROR b\u{1b}[31m\u{202e}.md\n", " WARN a ERROR b.md"),
            ("DEBUG proxy(http://me:secret@p.example:8080/)", "DEBUG proxy(http://***@p.example:8080/)"),
            ("TRACE Proxy-Authorization: Basic c2VjcmV0", "TRACE Proxy-Authorization: ***"),
            (r#"{"authorization": "Bearer s", "a": 1}"#, r#"{"authorization": "***", "a": 1}"#),
            ("INFO authorization is needed", "INFO authorization is needed"),
        ] {
            assert_eq!(clean_event(event), line);
        }
    }

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
