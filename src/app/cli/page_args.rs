//! The arguments of the commands that show what is known of pages and texts.

use std::path::PathBuf;

use clap::Args;

use super::formats::{DiffFormat, Format, TextFormat};

/// `driftline diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// An article, a URL, or the first of two files
    #[arg(value_name = "ARTICLE|URL|FILE")]
    pub first: String,
    /// The second of two files
    #[arg(value_name = "FILE", conflicts_with_all = ["from", "to"])]
    pub second: Option<PathBuf>,
    /// The older side: local, first, latest, a date, a time or a snapshot id
    #[arg(long, value_name = "SNAPSHOT")]
    pub from: Option<String>,
    /// The newer side: local, first, latest, a date, a time or a snapshot id
    #[arg(long, value_name = "SNAPSHOT")]
    pub to: Option<String>,
    /// Choose how to print
    #[arg(long, value_enum, default_value_t)]
    pub format: DiffFormat,
}

/// `driftline text`.
#[derive(Clone, Debug, Args)]
pub struct TextArgs {
    /// Saved HTML or markdown files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Choose how to print
    #[arg(long, value_enum, default_value_t)]
    pub format: TextFormat,
    /// Explain how the text was found
    #[arg(long)]
    pub explain: bool,
}

/// `driftline history`.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// An article or a URL
    #[arg(value_name = "ARTICLE|URL")]
    pub target: String,
    /// Choose how to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `driftline show`.
#[derive(Clone, Debug, Args)]
pub struct ShowArgs {
    /// The URL
    #[arg(value_name = "URL")]
    pub url: String,
    /// Show the main text (the default)
    #[arg(long, group = "part")]
    pub text: bool,
    /// Show the body as it is stored
    ///
    /// A file or a pipe gets every byte. A terminal gets the text without control characters, which could
    /// change what it does.
    #[arg(long, group = "part")]
    pub raw: bool,
    /// Show the status and header fields of every hop
    #[arg(long, group = "part")]
    pub headers: bool,
    /// Show the newest snapshot of this time or before, or the one with this id
    ///
    /// A time is a date (2026-01-31, meaning its end in UTC) or RFC 3339 (2026-01-31T03:00:00Z).
    #[arg(long, value_name = "TIME|ID")]
    pub at: Option<String>,
}

/// `driftline report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Report the run with this id instead of the last one
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,
    /// Choose how to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
