//! The commands: one file each, with `run(&Context, args) -> Result<ExitStatus, AppError>`.

pub mod completions;
pub mod init;
pub mod man;

use super::cli::Command;
use super::context::Context;
use super::error::AppError;
use super::exit_codes::ExitStatus;

/// Runs a command.
pub fn dispatch(context: &Context, command: Command) -> Result<ExitStatus, AppError> {
    match command {
        Command::Init(args) => init::run(context, &args),
        Command::Links(_) => Err(AppError::Pending("links")), // PENDING
        Command::Run(_) => Err(AppError::Pending("run")),     // PENDING
        Command::Check(_) => Err(AppError::Pending("check")), // PENDING
        Command::Diff(args) if args.second.is_some() => Err(AppError::Pending("diff A B")), // PENDING
        Command::Diff(_) => Err(AppError::Pending("diff")),   // PENDING
        Command::Text(_) => Err(AppError::Pending("text")),   // PENDING
        Command::History(_) => Err(AppError::Pending("history")), // PENDING
        Command::Show(_) => Err(AppError::Pending("show")),   // PENDING
        Command::Report(_) => Err(AppError::Pending("report")), // PENDING
        #[cfg(feature = "demo")]
        Command::Demo(_) => Err(AppError::Pending("demo")), // PENDING
        Command::Completions(args) => completions::run(context, &args),
        Command::Man => man::run(context),
    }
}
