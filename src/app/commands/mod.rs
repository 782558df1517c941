//! Holds the commands, one file each, whose entry is `run(&Context, args) -> Result<ExitStatus,
//! AppError>`.

pub mod completions;
#[cfg(feature = "demo")]
pub mod demo;
pub mod diff;
pub mod diff_files;
pub mod diff_output;
pub mod export;
pub mod history;
pub mod import;
mod import_inputs;
pub mod init;
pub mod input_rules;
pub mod links;
pub mod man;
pub mod read_file_error;
pub mod read_input;
pub mod report;
pub mod run;
pub mod show;
pub mod store;
mod store_output;
mod store_stats;
mod store_verify;
pub mod text;
pub mod text_explain;
pub mod trust;
pub mod version;

use super::cli::Command;
use super::context::Context;
use super::error::AppError;
use super::exit_codes::ExitStatus;

/// Runs a command.
pub fn dispatch_command(context: &Context, command: Command) -> Result<ExitStatus, AppError> {
    match command {
        Command::Init(args) => init::run_command(context, &args),
        Command::Trust(args) => trust::run_command(context, &args),
        Command::Links(args) => links::run_command(context, &args),
        Command::Run(args) => run::run_command(context, &args, run::CrawlKind::Run),
        Command::Check(args) => run::run_command(context, &args, run::CrawlKind::Check),
        Command::Diff(args) => diff::run_command(context, &args),
        Command::Text(args) => text::run_command(context, &args),
        Command::History(args) => history::run_command(context, &args),
        Command::Show(args) => show::run_command(context, &args),
        Command::Report(args) => report::run_command(context, &args),
        Command::Export(args) => export::run_command(context, &args),
        Command::Import(args) => import::run_command(context, &args),
        Command::Store(args) => store::run_command(context, &args),
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run_command(context, &args),
        Command::Completions(args) => completions::run_command(context, &args),
        Command::Man(args) => man::run_command(context, &args),
        Command::Version => version::run_command(context),
    }
}
