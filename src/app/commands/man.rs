//! `driftline man`: the manual page, in roff, with every command's options.

use std::io::{self, Write};

use clap::CommandFactory;

use crate::app::cli::Cli;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;

/// Prints the page.
pub fn run(context: &Context) -> Result<ExitStatus, AppError> {
    let mut out = context.output()?;
    write(&mut out).map_err(|error| out.failed(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

fn write(out: &mut dyn Write) -> io::Result<()> {
    let mut program = Cli::command();
    program.build();
    let page = clap_mangen::Man::new(program.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    for command in program.get_subcommands() {
        writeln!(out, ".SH \"DRIFTLINE {}\"", command.get_name().to_uppercase())?;
        if let Some(about) = command.get_about() {
            writeln!(out, "{about}.")?;
        }
        let mut own = command.clone().mut_args(|arg| {
            let global = arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version");
            arg.hide(global)
        });
        let usage = own.render_usage().to_string();
        writeln!(out, ".PP\n{}", usage.trim_start_matches("Usage: ").replace('-', "\\-"))?;
        let mut options = Vec::new();
        clap_mangen::Man::new(own).render_options_section(&mut options)?;
        // The section's own heading gives way to the command's.
        let options = String::from_utf8_lossy(&options).replace(".SH OPTIONS\n", "");
        out.write_all(options.as_bytes())?;
    }
    Ok(())
}
