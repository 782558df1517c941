//! The arguments of the commands that read an archive: `links`, `run` and `check`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::formats::Format;
use super::quantities::{parse_positive_duration, parse_positive_size};

/// `driftline links`.
#[derive(Clone, Debug, Args)]
pub struct LinksArgs {
    /// Files or folders of the archive
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Choose how to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `driftline run` and `driftline check`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Files or folders of the archive
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Choose how to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Start anew instead of continuing an interrupted run
    #[arg(long)]
    pub fresh: bool,
    /// The limits of the run.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// The limits of a run.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Limits (URLs over a limit are left for the next run)")]
pub struct LimitArgs {
    /// Stop after N pages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_pages: Option<u64>,
    /// Stop after TIME, such as 30m
    #[arg(long, value_name = "TIME", value_parser = parse_positive_duration)]
    pub max_time: Option<Duration>,
    /// Stop after SIZE of decoded bodies, such as 2GB
    #[arg(long, value_name = "SIZE", value_parser = parse_positive_size)]
    pub max_bytes: Option<u64>,
    /// Stop asking a host after N of its pages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_pages_per_host: Option<u64>,
    /// Stop asking a host TIME after its first request
    #[arg(long, value_name = "TIME", value_parser = parse_positive_duration)]
    pub max_time_per_host: Option<Duration>,
    /// Stop asking a host after SIZE of its decoded bodies
    #[arg(long, value_name = "SIZE", value_parser = parse_positive_size)]
    pub max_bytes_per_host: Option<u64>,
}
