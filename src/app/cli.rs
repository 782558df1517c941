//! The command line, as `--help` shows it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::settings::{Contact, quantity};

/// Follows the repost links and cited sources of a markdown archive, and says what drifted, what
/// died, and what exactly changed.
#[derive(Clone, Debug, Parser)]
#[command(name = "driftline", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 nothing needs attention, 1 could not do its job, 2 findings (see \
                        report.fail_on), 3 wrong usage or configuration, 130 interrupted.")]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The configuration [default: driftline.toml in the archive's root or above it]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The store [default: .driftline beside the configuration]
    #[arg(long, global = true, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// One setting, for example network.timeout=5s; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub set: Vec<String>,
    /// Writes the result to this file instead of standard output
    #[arg(short, long = "output", global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Says more on standard error; -vv says everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// No progress and no warnings; errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes this the choice of all streams of this process.
    pub fn choose(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Writes a commented driftline.toml
    Init(InitArgs),
    /// Lists every link of the archive with its role; fetches nothing
    Links(LinksArgs),
    /// The main job: read the archive, crawl what is due, snapshot, compare, judge, report
    Run(RunArgs),
    /// Link rot only: judges every link, keeps no bodies, compares nothing
    Check(RunArgs),
    /// What differs: a local copy against its original, two snapshots, or two files
    Diff(DiffArgs),
    /// Title, author, date and main text of saved HTML or markdown files
    Text(TextArgs),
    /// Every visit of an article's links or of a URL: time, verdict, cause, drift
    History(HistoryArgs),
    /// A stored snapshot
    Show(ShowArgs),
    /// The last run again, in any format, from the store alone
    Report(ReportArgs),
    /// Writes snapshots to a WARC or WACZ file
    Export(ExportArgs),
    /// Reads captures from WARC files of other tools
    Import(ImportArgs),
    /// Care of the store: verify, stats, compact, prune, rebuild
    Store(StoreArgs),
    /// The whole job on a bundled archive and a bundled web on loopback, offline
    #[cfg(feature = "demo")]
    Demo(DemoArgs),
    /// Prints a completion script for a shell
    Completions(CompletionsArgs),
    /// Prints the manual page
    Man,
}

/// How `run`, `check`, `links`, `history` and `report` print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// One JSON object a line.
    Jsonl,
}

/// How `diff` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For a terminal.
    #[default]
    Text,
    /// A self-contained page.
    Html,
    /// One JSON object.
    Json,
}

/// How `text` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a file.
    Jsonl,
}

/// `driftline init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The archive's root
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Set network.contact: an https URL or a mail address for the operators of crawled hosts
    #[arg(long, value_name = "URL|MAIL")]
    pub contact: Option<Contact>,
}

/// `driftline links`.
#[derive(Clone, Debug, Args)]
pub struct LinksArgs {
    /// Files or folders of the archive
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `driftline run` and `driftline check`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Files or folders of the archive
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Starts anew instead of continuing an interrupted run
    #[arg(long)]
    pub fresh: bool,
    /// What the run may spend.
    #[command(flatten)]
    pub budget: BudgetArgs,
}

/// What a run may spend.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Budgets (what lies beyond stays due)")]
pub struct BudgetArgs {
    /// At most so many pages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_pages: Option<u64>,
    /// At most so long, for example 30m
    #[arg(long, value_name = "TIME", value_parser = some_time)]
    pub max_time: Option<Duration>,
    /// At most so many bytes of bodies, for example 2GB
    #[arg(long, value_name = "SIZE", value_parser = some_bytes)]
    pub max_bytes: Option<u64>,
    /// At most so many pages of each host
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_pages_per_host: Option<u64>,
    /// At most so long for each host, from its first request
    #[arg(long, value_name = "TIME", value_parser = some_time)]
    pub max_time_per_host: Option<Duration>,
    /// At most so many bytes of bodies of each host
    #[arg(long, value_name = "SIZE", value_parser = some_bytes)]
    pub max_bytes_per_host: Option<u64>,
}

/// `driftline diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// An article, a URL, or the first of two files
    #[arg(value_name = "ARTICLE|URL|FILE")]
    pub first: String,
    /// The second of two files; needs no store and no network
    #[arg(value_name = "FILE", conflicts_with_all = ["from", "to"])]
    pub second: Option<PathBuf>,
    /// The older side: a snapshot's id, a time, local, first or latest
    #[arg(long, value_name = "POINT")]
    pub from: Option<String>,
    /// The newer side: a snapshot's id, a time, local, first or latest
    #[arg(long, value_name = "POINT")]
    pub to: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: DiffFormat,
}

/// `driftline text`.
#[derive(Clone, Debug, Args)]
pub struct TextArgs {
    /// Saved HTML or markdown files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: TextFormat,
    /// Says how the text was found
    #[arg(long)]
    pub explain: bool,
}

/// `driftline history`.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// An article or a URL
    #[arg(value_name = "ARTICLE|URL")]
    pub subject: String,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `driftline show`.
#[derive(Clone, Debug, Args)]
pub struct ShowArgs {
    /// The URL
    #[arg(value_name = "URL")]
    pub url: String,
    /// The main text (the default)
    #[arg(long, group = "part")]
    pub text: bool,
    /// The body as it is stored
    #[arg(long, group = "part")]
    pub raw: bool,
    /// Every hop's status and header fields
    #[arg(long, group = "part")]
    pub headers: bool,
    /// The snapshot that was newest at this time (2026-01-31, RFC 3339) or has this id
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// `driftline report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// The run [default: the last one]
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `driftline export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Only what these articles link to, and these URLs [default: everything]
    #[arg(value_name = "ARTICLE|URL")]
    pub subjects: Vec<String>,
    /// What to write.
    #[command(flatten)]
    pub format: ExportFormat,
    /// Only this host and its subdomains; may be repeated
    #[arg(long = "host", value_name = "HOST", action = ArgAction::Append)]
    pub hosts: Vec<String>,
    /// Only snapshots from this time on (2026-01-31 or RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only snapshots up to this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

/// What `export` writes.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ExportFormat {
    /// A WARC 1.1 file, one gzip member a record; - for standard output
    #[arg(long, value_name = "FILE.warc.gz")]
    pub warc: Option<PathBuf>,
    /// A WACZ 1.1.1 file, with index and page list; - for standard output
    #[arg(long, value_name = "FILE.wacz")]
    pub wacz: Option<PathBuf>,
}

/// `driftline import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// WARC files: .warc, .warc.gz
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
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
    /// Reads every record, content and segment, and names what is damaged
    Verify {
        /// First writes into the journal anew what it has lost and the database holds
        #[arg(long)]
        repair: bool,
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: StoreFormat,
    },
    /// How large the store is: by kind, host and run
    Stats {
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: StoreFormat,
    },
    /// Gives back the space that the database no longer needs
    Compact,
    /// Says which snapshots would be forgotten; with --apply, forgets them
    Prune {
        /// What to keep besides the newest of a URL: first, last, changed (another body than the one
        /// before), or an age such as 365d
        #[arg(long, required = true, value_delimiter = ',', value_name = "RULE,…", value_parser = parse_keep)]
        keep: Vec<Keep>,
        /// Forgets them
        #[arg(long)]
        apply: bool,
    },
    /// Makes the database anew from the journal; the old one is kept beside it
    Rebuild,
}

/// A rule of `store prune --keep`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The oldest.
    First,
    /// The newest.
    Last,
    /// Those that changed.
    Changed,
    /// Those that are younger than this.
    Younger(Duration),
}

fn some_time(text: &str) -> Result<Duration, String> {
    quantity::parse_duration(text).and_then(|time| match time {
        Duration::ZERO => Err("must be more than nothing".to_owned()),
        time => Ok(time),
    })
}

fn some_bytes(text: &str) -> Result<u64, String> {
    quantity::parse_size(text).and_then(|bytes| match bytes {
        0 => Err("must be more than nothing".to_owned()),
        bytes => Ok(bytes),
    })
}

fn parse_keep(text: &str) -> Result<Keep, String> {
    match text.trim() {
        "first" => Ok(Keep::First),
        "last" => Ok(Keep::Last),
        "changed" => Ok(Keep::Changed),
        age => quantity::parse_duration(age)
            .map(Keep::Younger)
            .map_err(|_| "write first, last, changed or an age such as 365d".to_owned()),
    }
}

/// How `store` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StoreFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// `driftline demo`.
#[cfg(feature = "demo")]
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `driftline completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn paths_default_to_the_current_folder() {
        let cli = Cli::try_parse_from(["driftline", "run"]).unwrap();
        let Command::Run(args) = cli.command else { panic!("not run: {:?}", cli.command) };
        assert_eq!(args.paths, [PathBuf::from(".")]);
    }

    #[test]
    fn global_options_stand_before_and_after_the_command() {
        for line in [
            ["driftline", "--set", "network.timeout=5s", "check", "a"],
            ["driftline", "check", "a", "--set", "network.timeout=5s"],
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.global.set, ["network.timeout=5s"]);
        }
    }

    #[test]
    fn two_files_take_no_points_in_time() {
        assert!(Cli::try_parse_from(["driftline", "diff", "a.md", "b.md"]).is_ok());
        assert!(Cli::try_parse_from(["driftline", "diff", "a.md", "b.md", "--from", "first"]).is_err());
    }

    #[test]
    fn one_part_of_a_snapshot_is_shown_at_a_time() {
        assert!(Cli::try_parse_from(["driftline", "show", "https://a.example/", "--raw"]).is_ok());
        assert!(Cli::try_parse_from(["driftline", "show", "https://a.example/", "--raw", "--text"]).is_err());
    }
}
