//! The thin program around the library: everything is in [`driftline::app`].

use std::process::ExitCode;

fn main() -> ExitCode {
    driftline::app::main()
}
