//! The program and its commands.

use clap::{Parser, Subcommand};

use super::crawl_args::{LinksArgs, RunArgs};
use super::examples;
use super::global_args::GlobalArgs;
use super::page_args::{DiffArgs, HistoryArgs, ReportArgs, ShowArgs, TextArgs};
use super::store_args::{ExportArgs, ImportArgs, StoreArgs};
#[cfg(feature = "demo")]
use super::tool_args::DemoArgs;
use super::tool_args::{CompletionsArgs, InitArgs, ManArgs, TrustArgs};

/// Follow the repost links and cited sources of a markdown archive, and say what drifted, what died,
/// and what exactly changed
///
/// driftline keeps a snapshot of each page, compares each original with the local copy, and judges
/// each link. Start with `driftline init` and `driftline run`, or see `driftline demo`.
#[derive(Clone, Debug, Parser)]
#[command(name = "driftline", version, propagate_version = true)]
#[command(after_help = "Exit codes: 0 nothing needs attention, 1 could not do its job, 2 findings (see \
                        report.fail_on), 3 wrong usage or configuration, 130 interrupted.")]
#[command(after_long_help = examples::PROGRAM)]
pub struct Cli {
    /// The options that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Write a commented driftline.toml
    ///
    /// Every key is in the file with its default and an explanation. An existing file is never
    /// overwritten.
    #[command(after_long_help = examples::INIT)]
    Init(InitArgs),
    /// Allow the driftline.toml of an archive to reach beyond the archive, and its store to be opened
    ///
    /// A driftline.toml that is found may have come with the archive. What it sets about the network, about
    /// the load on hosts, and a store outside its folder counts only when it is trusted. The values that are
    /// there now are trusted; a new value of such a key is asked for again. A store that was made elsewhere
    /// is read from its journal until it is trusted.
    #[command(after_long_help = examples::TRUST)]
    Trust(TrustArgs),
    /// List every link of the archive with its role, without the network
    #[command(after_long_help = examples::LINKS)]
    Links(LinksArgs),
    /// Crawl what is due, keep snapshots, compare, judge and report
    ///
    /// A run that is interrupted goes on where it stopped when the same command is given again.
    #[command(after_long_help = examples::RUN)]
    Run(RunArgs),
    /// Check every link, without keeping pages or comparing texts
    #[command(after_long_help = examples::CHECK)]
    Check(RunArgs),
    /// Show what differs: a local copy and its original, two snapshots, or two files
    ///
    /// Two files need neither a store nor the network. For an article or a URL, --from and --to choose
    /// the two sides; without them, the local copy is compared with the newest snapshot.
    #[command(after_long_help = examples::DIFF)]
    Diff(DiffArgs),
    /// Extract title, author, date and main text from saved HTML or markdown files
    #[command(after_long_help = examples::TEXT)]
    Text(TextArgs),
    /// List every visit of an article's links or of a URL
    #[command(after_long_help = examples::HISTORY)]
    History(HistoryArgs),
    /// Show a stored snapshot
    #[command(after_long_help = examples::SHOW)]
    Show(ShowArgs),
    /// Report a finished run again, in any format, from the store alone
    #[command(after_long_help = examples::REPORT)]
    Report(ReportArgs),
    /// Write snapshots to a WARC or WACZ file
    #[command(after_long_help = examples::EXPORT)]
    Export(ExportArgs),
    /// Read captures from WARC files of other tools
    #[command(after_long_help = examples::IMPORT)]
    Import(ImportArgs),
    /// Maintain the store: verify, stats, compact, prune, rebuild
    #[command(after_long_help = examples::STORE)]
    Store(StoreArgs),
    /// Run the whole job on a bundled archive and a bundled web, offline
    #[cfg(feature = "demo")]
    #[command(after_long_help = examples::DEMO)]
    Demo(DemoArgs),
    /// Print a completion script for a shell
    #[command(after_long_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page, or that of one command
    #[command(after_long_help = examples::MAN)]
    Man(ManArgs),
    /// Print the version
    #[command(after_long_help = examples::VERSION)]
    Version,
}
