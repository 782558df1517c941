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
pub mod init;
pub mod input_rules;
pub mod links;
pub mod man;
pub mod read_input;
pub mod report;
pub mod run;
pub mod show;
pub mod store;
pub mod text;
pub mod text_explain;
pub mod version;

use super::cli::Command;
use super::context::Context;
use super::error::AppError;
use super::exit_codes::ExitStatus;

/// Runs a command.
pub fn dispatch(context: &Context, command: Command) -> Result<ExitStatus, AppError> {
    match command {
        Command::Init(args) => init::run(context, &args),
        Command::Links(args) => links::run(context, &args),
        Command::Run(args) => run::run(context, &args, run::CrawlKind::Run),
        Command::Check(args) => run::run(context, &args, run::CrawlKind::Check),
        Command::Diff(args) => diff::run(context, &args),
        Command::Text(args) => text::run(context, &args),
        Command::History(args) => history::run(context, &args),
        Command::Show(args) => show::run(context, &args),
        Command::Report(args) => report::run(context, &args),
        Command::Export(args) => export::run(context, &args),
        Command::Import(args) => import::run(context, &args),
        Command::Store(args) => store::run(context, &args),
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(context, &args),
        Command::Completions(args) => completions::run(context, &args),
        Command::Man(args) => man::run(context, &args),
        Command::Version => version::run(context),
    }
}
