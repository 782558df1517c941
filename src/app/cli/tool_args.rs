//! The arguments of the commands around the program itself: `init`, `trust`, `demo`, `completions`, `man`.

use std::path::PathBuf;

use clap::Args;

#[cfg(feature = "demo")]
use super::formats::Format;
use crate::app::settings::Contact;

/// `driftline init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The archive's root
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Set network.contact to an https URL or a mail address
    ///
    /// The contact goes into the user agent, so that the operator of a crawled host can reach you.
    #[arg(long, value_name = "URL|MAIL")]
    pub contact: Option<Contact>,
}

/// `driftline trust`.
#[derive(Clone, Debug, Args)]
pub struct TrustArgs {
    /// The folder whose driftline.toml is meant; without one there, that of a folder above
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// List what is trusted, with the values that are allowed
    #[arg(long, conflicts_with_all = ["dir", "remove"])]
    pub list: bool,
    /// Take the trust back
    #[arg(long)]
    pub remove: bool,
    /// Show what would be allowed, and allow nothing
    #[arg(long, conflicts_with_all = ["list", "remove"])]
    pub dry_run: bool,
}

/// `driftline demo`.
#[cfg(feature = "demo")]
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Choose how to print
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

/// `driftline man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// The command whose page is printed; the main page without one
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
    /// Write all pages into DIR: driftline.1, driftline-run.1 and so on
    #[arg(long, value_name = "DIR", conflicts_with_all = ["command", "output"])]
    pub all: Option<PathBuf>,
}
