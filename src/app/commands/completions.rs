//! `driftline completions`: prints the completion script for a shell.

use std::io::Write;

use clap::CommandFactory;

use crate::app::cli::{Cli, CompletionsArgs};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;

/// Prints the script.
pub fn run_command(context: &Context, args: &CompletionsArgs) -> Result<ExitStatus, AppError> {
    // The script is made in memory, because clap_complete panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "driftline", &mut script);
    let mut out = context.open_output()?;
    out.write_all(&script).map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}
