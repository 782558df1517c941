//! `driftline version`: prints what `driftline --version` prints.

use std::io::Write;

use clap::CommandFactory;

use crate::app::cli::Cli;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;

/// Prints name and version.
pub fn run_command(context: &Context) -> Result<ExitStatus, AppError> {
    let mut out = context.open_output()?;
    out.write_all(Cli::command().render_version().as_bytes()).map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}
