//! The program around the stages: command line, settings, commands, exit codes, telemetry.

#[cfg(feature = "demo")]
pub mod demo;

use std::process::ExitCode;

/// Runs the program.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
