//! Turns the errors of all stages into messages for people, with a hint and an exit code.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};

use super::commands::read_file_error::ReadFileError;
use super::exit_codes::ExitStatus;
use super::settings::SettingsError;
use crate::archive::ArchiveError;
use crate::fetch::FetchError;
use crate::frontier::FrontierError;
use crate::model::RuleError;
use crate::pipeline::{NetworkFault, RunError};
use crate::report::sanitize;
use crate::store::{StoreError, StoreException};
use crate::text::TextError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The archive could not be read.
    #[error(transparent)]
    Article(#[from] ArchiveError),
    /// The network could not be set up.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The store failed.
    #[error(transparent)]
    Snapshot(#[from] StoreError),
    /// The configuration is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A rule file that the configuration extends is wrong.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// A file yields no text.
    #[error("{path}: {source}")]
    Text {
        /// The file.
        path: PathBuf,
        /// Why.
        source: TextError,
    },
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The stored state of a host is damaged.
    #[error(transparent)]
    Frontier(FrontierError),
    /// Standard output could not be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// The runtime could not be started.
    #[error("cannot start the runtime: {0}")]
    Runtime(io::Error),
    /// A file exists and is not overwritten.
    #[error("{path} already exists")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// What was asked for is not in the store or in the archive.
    #[error("no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
        /// What to do.
        hint: String,
    },
    /// The archive has no article.
    #[error("no article in {paths}")]
    NoArticles {
        /// The paths as they were given.
        paths: String,
    },
    /// The store may have come with the archive, and cannot be read in another way.
    #[error("{path}: nobody has trusted this store, and {reason}")]
    UnknownStore {
        /// The store's folder.
        path: PathBuf,
        /// Why nothing can be read in its place.
        reason: String,
    },
    /// The network here was down, or stood between the run and every host.
    #[error(transparent)]
    NetworkDown(NetworkFault),
    /// An argument that only the command itself can judge is wrong.
    #[error("{0}")]
    Usage(String),
    /// A time of `--from`, `--to` or `--at` cannot be read.
    #[error("{option}: invalid time \"{text}\"; expected {expected}")]
    InvalidTime {
        /// The option.
        option: &'static str,
        /// What was written.
        text: String,
        /// What is allowed.
        expected: &'static str,
        /// The command that takes the option.
        command: &'static str,
    },
    /// Interrupted by a signal; everything judged so far is stored.
    #[error("interrupted; the same command continues the run")]
    Interrupted,
    /// The limit of processes is too low for the threads of a store.
    #[error("{startable} of the {needed} threads that a store needs can be started")]
    TooFewThreads {
        /// How many can be started.
        startable: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A fault of driftline itself.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<ReadFileError> for AppError {
    fn from(error: ReadFileError) -> Self {
        match error {
            ReadFileError::Io { path, source } => Self::Read { path: path.into(), source },
            ReadFileError::Text { path, source } => Self::Text { path: path.into(), source },
        }
    }
}

impl From<RunError> for AppError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Snapshot(error) => Self::Snapshot(error),
            RunError::Fetch(error) => Self::Fetch(error),
            RunError::Frontier(error) => Self::Frontier(error),
            RunError::Output(error) => Self::Output(error),
            error => Self::Internal(error.to_string()),
        }
    }
}

impl AppError {
    /// Makes the error for a failed write to a file, or to standard output where `path` is `None`.
    pub fn write_failed(path: Option<&Path>, source: io::Error) -> Self {
        match path {
            Some(path) => Self::Write { path: path.to_owned(), source },
            None => Self::Output(source),
        }
    }

    /// Whether the error needs no message, because the reader of standard output has closed it, as `|
    /// head` does.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code.
    pub fn exit_status(&self) -> ExitStatus {
        match self {
            _ if self.is_silent() => ExitStatus::Clean,
            Self::Settings(error) if error.is_io() => ExitStatus::Failed,
            Self::Settings(_)
            | Self::Rules(_)
            | Self::Usage(_)
            | Self::InvalidTime { .. }
            | Self::Fetch(FetchError::CaCerts { .. })
            | Self::Article(ArchiveError::Pattern { .. }) => ExitStatus::Usage,
            Self::Interrupted => ExitStatus::Interrupted,
            _ => ExitStatus::Failed,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Article(error) => article_hint(error),
            Self::Fetch(error) => fetch_hint(error),
            Self::Snapshot(error) => snapshot_hint(error),
            Self::Frontier(FrontierError::DamagedHostState { .. }) => Some(
                "check the disk; `driftline store rebuild` makes the database anew from the journal".to_owned(),
            ),
            Self::Settings(error) => error.hint(),
            Self::Rules(_) => {
                Some("docs/configuration.md lists what each table under [rules] holds".to_owned())
            }
            Self::Text { source, .. } => text_hint(*source),
            Self::Read { source, .. }
            | Self::Write { source, .. }
            | Self::Output(source) => io_hint(source),
            Self::Runtime(_) => Some("check the limits of this session with `ulimit -a`".to_owned()),
            Self::Exists { .. } => Some("edit it, or move it away first".to_owned()),
            Self::NotFound { hint, .. } => Some(hint.clone()),
            Self::NoArticles { .. } => Some(
                "name a folder with markdown files, or set archive.include".to_owned(),
            ),
            Self::TooFewThreads { .. } => Some(
                "raise the limit of processes and threads (`ulimit -u`, in a container its limit of processes), or end \
                 other programs of this user"
                    .to_owned(),
            ),
            Self::UnknownStore { .. } => Some(
                "if it is your own, allow it with `driftline trust DIR`, or name it with --store DIR; in CI set DRIFTLINE_TRUST=1"
                    .to_owned(),
            ),
            Self::NetworkDown(_) => Some(
                "check the connection, network.nameservers and network.proxy; no link was judged by this failure. \
                 Hosts that are known to be up, named in network.canaries, tell an outage here from dead links"
                    .to_owned(),
            ),
            Self::Usage(_) => Some("see `driftline help`".to_owned()),
            Self::InvalidTime { option, command, .. } => {
                Some(format!("such as {option} 2020-06-30; see `driftline help {command}`"))
            }
            Self::Internal(_) => Some(
                "this is a bug in driftline; the store is undamaged, and the same command continues".to_owned(),
            ),
            Self::Interrupted => None,
        }
    }

    /// Writes `error: …` and, if there is a hint, `hint: …`.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let bad = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let good = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
        let text = self.to_string();
        // A path or a server's word may hold line breaks; only the program's own faults have several lines.
        let shown = match self {
            Self::Internal(_) => sanitize::text_block(&text),
            _ => sanitize::one_line(&text),
        };
        writeln!(out, "{bad}error:{bad:#} {shown}")?;
        match self.hint() {
            Some(hint) => writeln!(out, "  {good}hint:{good:#} {}", sanitize::one_line(&hint)),
            None => Ok(()),
        }
    }
}

fn article_hint(error: &ArchiveError) -> Option<String> {
    match error {
        ArchiveError::NotFound { .. } => Some("name a markdown file or a folder that holds some".to_owned()),
        ArchiveError::Read { source, .. } => io_hint(source),
        ArchiveError::NotUtf8 { .. } | ArchiveError::Skipped { .. } => None,
        ArchiveError::Pattern { .. } => {
            Some("patterns are globs such as **/*.md; see [archive] in driftline.toml".to_owned())
        }
    }
}

fn fetch_hint(error: &FetchError) -> Option<String> {
    match error {
        FetchError::CaCerts { .. } => Some(
            "name a PEM file with at least one certificate; paths are relative to driftline.toml".to_owned(),
        ),
        FetchError::Client(_) => None,
    }
}

fn snapshot_hint(error: &StoreError) -> Option<String> {
    Some(match error {
        StoreError::InUse { .. } => {
            "wait until the other driftline has ended, or name another store with --store DIR".to_owned()
        }
        StoreError::ReadOnly { .. } => return None,
        StoreError::Holder { .. } => {
            "wait until the other driftline has ended; end it (kill PID) where it hangs: what it has stored is safe".to_owned()
        }
        StoreError::NewerSchema { .. } => {
            "use the newer driftline; the store was left as it is".to_owned()
        }
        StoreError::OlderSchema { .. } => {
            "make its database anew from its journal with `driftline store rebuild`, or move the store away to begin a new one; it was left as it is"
                .to_owned()
        }
        StoreError::UnreadableSchema { .. } => {
            "check the disk; `driftline store rebuild` writes the file anew, and keeps the old one and the old database"
                .to_owned()
        }
        StoreError::NothingToRebuildFrom { .. } => {
            "`driftline store verify` says whether the database is whole; only a backup can replace a damaged one"
                .to_owned()
        }
        StoreError::Missing { .. } => {
            "run this in the archive's folder, or name its configuration with --config FILE or the store with --store DIR; `driftline run` makes the store".to_owned()
        }
        StoreError::Refused { exception, .. } => refused_hint(*exception),
        StoreError::Io { source, .. } => return io_hint(source),
        StoreError::LowSpace { .. } => {
            "make room on the disk, name a place on another one, or lower store.min_free; what was stored is safe, and the same command goes on with the rest"
                .to_owned()
        }
        StoreError::LargeJournal { .. } => {
            "allow the store with `driftline trust DIR`, or name it with --store DIR".to_owned()
        }
        StoreError::OtherJournal { .. } => "name the copy with --store to read it".to_owned(),
        StoreError::Database { .. } => {
            "check the disk; `driftline store rebuild` makes the database anew from the journal".to_owned()
        }
        StoreError::Unwritable { .. } => {
            "make room or set the permissions; or name a folder with room for a copy of its `db` in TMPDIR".to_owned()
        }
        StoreError::NoJournal { .. } => {
            "restore the store from a backup, or move it away to begin anew; `driftline store rebuild` takes what older segments hold, where there are some"
                .to_owned()
        }
        StoreError::Damaged { .. } => {
            "check the disk; `driftline store verify` names what is damaged, `driftline store rebuild` makes it anew"
                .to_owned()
        }
    })
}

fn refused_hint(exception: Option<StoreException>) -> String {
    let (first, whose) = match exception {
        None => return "move it away; a store has only files and folders of its own".to_owned(),
        Some(StoreException::Links) => ("remove the link", "where it is your own"),
        Some(StoreException::OtherOwner) => {
            ("rebuild a copy of it that is yours (docs/operations.md, Restore)", "where you trust its owner")
        }
        Some(StoreException::UnseenLock) => {
            ("keep the store on a local disk", "where only this host uses it")
        }
    };
    let name = exception.map_or("", StoreException::as_str);
    format!(
        "{first}, or name another store with --store DIR; {whose}, allow it with --set 'store.allow=[\"{name}\"]'"
    )
}

fn text_hint(error: TextError) -> Option<String> {
    match error {
        TextError::ScriptShell => Some("save the page from a browser after it has loaded".to_owned()),
        TextError::NotText => Some("HTML, markdown and PDF files are read".to_owned()),
        TextError::PdfWithoutText => Some("recognise its text with another program first".to_owned()),
        TextError::Nothing | TextError::TooLarge | TextError::PdfUnreadable => None,
    }
}

fn io_hint(error: &io::Error) -> Option<String> {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "check the permissions",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room on the disk, then run again"
        }
        // EAGAIN: a thread could not be started.
        io::ErrorKind::WouldBlock => "raise the limit of processes and threads (`ulimit -u`)",
        io::ErrorKind::ReadOnlyFilesystem => {
            "the disk is read-only; name another place with --store DIR or -o FILE"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn shown(error: &AppError) -> String {
        let mut bytes = Vec::new();
        error.write_to(&mut anstream::StripStream::new(&mut bytes)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn says_what_failed_and_what_to_do() {
        let error = AppError::from(StoreError::InUse { path: "a/.driftline".into(), pid: "17".into() });
        assert_eq!(
            shown(&error),
            "error: a/.driftline: the store is in use by process 17\n  hint: wait until the other driftline has \
             ended, or name another store with --store DIR\n"
        );
        assert_eq!(error.exit_status().code(), 1);
    }

    #[test]
    fn wrong_patterns_are_wrong_usage_and_missing_folders_are_not() {
        let pattern = ArchiveError::Pattern { pattern: "[".into(), reason: "unclosed".into() };
        assert_eq!(AppError::from(pattern).exit_status(), ExitStatus::Usage);
        let missing = ArchiveError::NotFound { path: "x".into() };
        assert_eq!(AppError::from(missing).exit_status(), ExitStatus::Failed);
    }

    #[test]
    fn a_closed_pipe_is_silent() {
        let error = AppError::write_failed(None, io::ErrorKind::BrokenPipe.into());
        assert!(error.is_silent());
        assert_eq!(error.exit_status(), ExitStatus::Clean);
        assert!(!AppError::write_failed(Some(Path::new("f")), io::ErrorKind::BrokenPipe.into()).is_silent());
    }

    #[test]
    fn control_characters_of_a_path_do_not_reach_the_terminal() {
        let error = AppError::from(ArchiveError::NotFound { path: "a\u{1b}[2Jb".into() });
        assert!(!shown(&error).contains('\u{1b}'), "{:?}", shown(&error));
    }
}
