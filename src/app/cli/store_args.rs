//! The arguments of the commands that move captures and maintain the store.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Subcommand};

use super::formats::StoreFormat;
use crate::app::settings::quantity;

/// `driftline export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Export only what these articles link to, and these URLs
    #[arg(value_name = "ARTICLE|URL")]
    pub targets: Vec<String>,
    /// The file to write.
    #[command(flatten)]
    pub format: ExportFormat,
    /// Export only this host and its subdomains; may be repeated
    #[arg(long = "host", value_name = "HOST", action = ArgAction::Append)]
    pub hosts: Vec<String>,
    /// Export only snapshots from TIME on (2026-01-31 or RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Export only snapshots up to TIME
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

/// What `export` writes.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ExportFormat {
    /// Write a WARC 1.1 file with one gzip member a record; - for standard output
    #[arg(long, value_name = "FILE.warc.gz")]
    pub warc: Option<PathBuf>,
    /// Write a WACZ 1.1.1 file with index and page list; - for standard output
    #[arg(long, value_name = "FILE.wacz")]
    pub wacz: Option<PathBuf>,
}

/// `driftline import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// WARC, ARC and WACZ files, plain or compressed with gzip or zstd; folders of them; - for standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Also import records that are not what their digests say, and mark them in the history
    #[arg(long)]
    pub keep_wrong_digests: bool,
}

/// `driftline store`.
#[derive(Clone, Debug, Args)]
pub struct StoreArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: StoreAction,
}

/// What `store` does.
#[derive(Clone, Debug, Subcommand)]
pub enum StoreAction {
    /// Read every record, content and segment, and name what is damaged
    Verify {
        /// First restore to the journal what it has lost and the database still holds
        #[arg(long, conflicts_with_all = ["sample", "since_last"])]
        repair: bool,
        /// Read only a random part of the pages and of the journal, such as 5%
        #[arg(long, value_name = "PERCENT", value_parser = parse_share)]
        sample: Option<u32>,
        /// Draw the sample of an earlier verification again
        #[arg(long, value_name = "NUMBER", requires = "sample")]
        seed: Option<u64>,
        /// Read only what was written since the last verification that found everything whole
        ///
        /// If there was none, everything is read. With --sample, a random part of the rest is read too.
        #[arg(long)]
        since_last: bool,
        /// Choose how to print
        #[arg(long, value_enum, default_value_t)]
        format: StoreFormat,
    },
    /// Show the size of the store by kind, host and run
    Stats {
        /// Choose how to print
        #[arg(long, value_enum, default_value_t)]
        format: StoreFormat,
    },
    /// Give back the disk space that the database no longer needs
    Compact,
    /// List the snapshots that a rule would remove; with --apply, remove them
    Prune {
        /// Keep these besides the newest of each URL: first, last, changed, or an age such as 365d
        ///
        /// changed keeps every snapshot whose body differs from the one before.
        #[arg(long, required = true, value_delimiter = ',', value_name = "RULES", value_parser = parse_keep_rule)]
        keep: Vec<KeepRule>,
        /// Remove them
        #[arg(long)]
        apply: bool,
    },
    /// Rebuild the database from the journal; the old one is kept beside it
    Rebuild,
}

/// A rule of `store prune --keep`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepRule {
    /// The oldest.
    First,
    /// The newest.
    Last,
    /// Those whose body differs from the one before.
    Changed,
    /// Those that are younger than this.
    Younger(Duration),
}

/// Reads a percentage, in millionths.
fn parse_share(text: &str) -> Result<u32, String> {
    let wrong = || "expected a percentage above 0 and up to 100, such as 5% or 0.5%".to_owned();
    let percent: f64 = text.trim().trim_end_matches('%').trim_end().parse().map_err(|_| wrong())?;
    if !(percent > 0.0 && percent <= 100.0) {
        return Err(wrong());
    }
    // The bounds above make this a number from 1 to a million.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(((percent * 10_000.0).ceil() as u32).clamp(1, 1_000_000))
}

fn parse_keep_rule(text: &str) -> Result<KeepRule, String> {
    match text.trim() {
        "first" => Ok(KeepRule::First),
        "last" => Ok(KeepRule::Last),
        "changed" => Ok(KeepRule::Changed),
        age => quantity::parse_duration(age)
            .map(KeepRule::Younger)
            .map_err(|_| "expected first, last, changed or an age such as 365d".to_owned()),
    }
}
