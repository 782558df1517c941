//! Holds the program around the stages: command line, settings, commands, exit codes and logs.
//!
//! It turns a command line into a report on standard output and an exit code. Only this folder uses all
//! stages, and only [`error`] turns their errors into messages.

pub mod cli;
pub mod commands;
pub mod context;
#[cfg(feature = "demo")]
pub mod demo;
pub mod error;
pub mod exit_codes;
pub mod output;
mod output_place;
pub mod process_limits;
pub mod progress;
pub mod progress_observer;
pub mod settings;
pub mod snapshot_selector;
pub mod stage_settings;
pub mod store_choice;
pub mod target;
pub mod telemetry;
pub mod trust;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::Cli;
use context::Context;
use error::AppError;
use exit_codes::ExitStatus;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    #[cfg(feature = "pdf")]
    if std::env::args_os().skip(1).eq([crate::text::WORKER_ARGUMENT]) {
        return ExitCode::from(u8::from(!crate::text::serve_pdf()));
    }
    run_with(std::env::args_os()).into()
}

/// Runs the program with these arguments, the program's name first.
pub fn run_with(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return print_usage(&error),
    };
    cli.global.color.apply();
    telemetry::start_logging(cli.global.verbose, cli.global.quiet);
    process_limits::raise_open_file_limit();
    process_limits::start_worker_threads();
    match Context::new(&cli).and_then(|context| commands::dispatch_command(&context, cli.command)) {
        Ok(status) => status,
        Err(error) => print_error(&error),
    }
}

/// Prints what clap reports. Help and version are results; everything else is wrong usage.
fn print_usage(error: &clap::Error) -> ExitStatus {
    use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
    let status = match error.kind() {
        DisplayHelp | DisplayVersion => ExitStatus::Clean,
        _ => ExitStatus::Usage,
    };
    // An error while printing this could not be reported.
    let _ = match error.kind() {
        // clap would name the command too, and a command has no version of its own.
        DisplayVersion => anstream::stdout().write_all(Cli::command().render_version().as_bytes()),
        _ => error.print(),
    };
    status
}

/// Prints what failed and what to do to standard error.
fn print_error(error: &AppError) -> ExitStatus {
    if !error.is_silent() {
        let mut stderr = anstream::stderr().lock();
        let _ = error.write_to(&mut stderr);
        let _ = stderr.flush();
    }
    error.exit_status()
}
