//! Defines the command line: what `--help` shows and clap parses.
//!
//! The first paragraph of a comment is what `-h` shows of an option, and the whole is what `--help`
//! shows. Each command has examples in its long help, see [`examples`].

mod command;
mod crawl_args;
pub mod examples;
mod formats;
mod global_args;
mod page_args;
mod quantities;
mod store_args;
#[cfg(test)]
mod tests;
mod tool_args;

pub use command::{Cli, Command};
pub use crawl_args::{LimitArgs, LinksArgs, RunArgs};
pub use formats::{DiffFormat, Format, StoreFormat, TextFormat};
pub use global_args::{ColorChoice, GlobalArgs};
pub use page_args::{DiffArgs, HistoryArgs, ReportArgs, ShowArgs, TextArgs};
pub use store_args::{ExportArgs, ExportFormat, ImportArgs, KeepRule, StoreAction, StoreArgs};
#[cfg(feature = "demo")]
pub use tool_args::DemoArgs;
pub use tool_args::{CompletionsArgs, InitArgs, ManArgs, TrustArgs};
