//! `driftline man`: the manual pages, in roff, made from the definition of the command line.

use std::io::{self, Write};
use std::path::Path;

use clap::{Arg, ArgAction, Command, CommandFactory};
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::app::cli::{Cli, ManArgs};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::files;

/// What the foot of each page shows.
const PROGRAM_VERSION: &str = concat!("driftline ", env!("CARGO_PKG_VERSION"));

/// EXIT STATUS: each code with its meaning.
const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Nothing needs attention."),
    ("1", "The command could not do its job: input or output, the store, or the network as a whole failed."),
    ("2", "There are findings that the setting report.fail_on names."),
    ("3", "The usage or the configuration is wrong."),
    ("130", "Interrupted. The store and what was reported are whole; the same command goes on from there."),
];

/// FILES: each with its purpose.
const FILES: &[(&str, &str)] = &[
    ("driftline.toml", "The configuration, in the archive's root or above it. driftline init writes one."),
    (".driftline/", "The store, beside the configuration."),
    (
        ".driftline/segments/",
        "The journal: WARC files with every exchange, from which the database can be rebuilt.",
    ),
];

/// ENVIRONMENT: each variable with its meaning.
const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "DRIFTLINE_SECTION__KEY",
        "Sets the key of a section, as in DRIFTLINE_NETWORK__TIMEOUT=5s. It wins over driftline.toml; --set wins over it.",
    ),
    (
        "DRIFTLINE_TRUST",
        "With 1, trusts every driftline.toml and every store that belongs to this user, as driftline trust does. For CI, where a checkout and a restored cache have no history of trust.",
    ),
    ("DRIFTLINE_LOG", "A filter for log lines, such as driftline=debug. It wins over -v and -q."),
    ("HTTP_PROXY, HTTPS_PROXY, NO_PROXY", "The proxy, where network.proxy names none."),
    (
        "XDG_STATE_HOME",
        "The folder that holds driftline/, with what driftline trust allowed, the list of this user's stores, and copies of stores that came with archives; ~/.local/state where it is not set.",
    ),
    ("NO_COLOR", "Switches colours off where --color does not ask for them."),
    ("TMPDIR", "The folder for the temporary copy of a store that cannot be written."),
];

/// Prints a page, or writes all pages into a folder.
pub fn run_command(context: &Context, args: &ManArgs) -> Result<ExitStatus, AppError> {
    let mut program = Cli::command();
    program.build();
    if let Some(folder) = &args.all {
        write_all_pages(&program, folder)?;
        return Ok(ExitStatus::Clean);
    }
    let mut out = context.open_output()?;
    let written = match &args.command {
        None => write_main_page(&program, &mut out),
        Some(name) => write_command_page(find_command(&program, name)?, &mut out),
    };
    written.map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

fn find_command<'a>(program: &'a Command, name: &str) -> Result<&'a Command, AppError> {
    documented_commands(program).find(|command| command.get_name() == name).ok_or_else(|| {
        let names: Vec<&str> = documented_commands(program).map(Command::get_name).collect();
        AppError::Usage(format!("no command \"{name}\"; expected one of {}", names.join(", ")))
    })
}

fn documented_commands(program: &Command) -> impl Iterator<Item = &Command> {
    program.get_subcommands().filter(|command| command.get_name() != "help")
}

fn write_all_pages(program: &Command, folder: &Path) -> Result<(), AppError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| AppError::Write { path, source }
    };
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut page = Vec::new();
    let path = folder.join("driftline.1");
    write_main_page(program, &mut page)
        .and_then(|()| Ok(files::write_whole(&path, &page)?))
        .map_err(failed(&path))?;
    for command in documented_commands(program) {
        let path = folder.join(format!("driftline-{}.1", command.get_name()));
        page.clear();
        write_command_page(command, &mut page)
            .and_then(|()| Ok(files::write_whole(&path, &page)?))
            .map_err(failed(&path))?;
    }
    Ok(())
}

/// The page of the program, with a section for each command.
fn write_main_page(program: &Command, out: &mut dyn Write) -> io::Result<()> {
    let page = clap_mangen::Man::new(program.clone()).source(PROGRAM_VERSION);
    page.render_title(out)?;
    page.render_name_section(out)?;
    write_synopsis(program.get_name(), program, out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    for command in documented_commands(program) {
        write_command_section(command, out)?;
    }
    write_common_sections(program, out)?;
    let pages: Vec<String> =
        documented_commands(program).map(|command| format!("driftline-{}", command.get_name())).collect();
    write_see_also(&pages, out)
}

/// The page of one command.
fn write_command_page(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("driftline-{}", command.get_name());
    let usage_name = format!("driftline {}", command.get_name());
    let examples = command.clone();
    let command = command.clone().display_name(&name);
    let page = clap_mangen::Man::new(command.clone().bin_name(&usage_name)).source(PROGRAM_VERSION);
    page.render_title(out)?;
    page.render_name_section(out)?;
    write_synopsis(&usage_name, &command, out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    for action in command.get_subcommands().filter(|action| action.get_name() != "help") {
        write_command_section(action, out)?;
    }
    write_common_sections(&examples, out)?;
    write_see_also(&["driftline".to_owned()], out)
}

/// SYNOPSIS: the options with the names of their values, then the arguments.
fn write_synopsis(name: &str, command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let mut line = vec![bold(name)];
    let is_shown = |arg: &&Arg| !arg.is_hide_set();
    for arg in command.get_arguments().filter(|arg| !arg.is_positional()).filter(is_shown) {
        let (open, close) = if arg.is_required_set() { (" ", "") } else { (" [", "]") };
        line.push(roman(open));
        let flags = [
            arg.get_short().map(|short| format!("-{short}")),
            arg.get_long().map(|long| format!("--{long}")),
        ];
        line.push(bold(flags.into_iter().flatten().collect::<Vec<_>>().join("|")));
        if arg.get_action().takes_values() {
            line.extend([roman(" "), italic(value_name(arg))]);
        }
        let repeats = matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
        line.push(roman(if repeats { format!("{close}...") } else { close.to_owned() }));
    }
    for arg in command.get_positionals().filter(is_shown) {
        let (open, close) = if arg.is_required_set() { (" ", "") } else { (" [", "]") };
        let repeats = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        let end = if repeats { format!("{close}...") } else { close.to_owned() };
        line.extend([roman(open), italic(value_name(arg)), roman(end)]);
    }
    if command.has_subcommands() {
        line.extend([roman(" "), italic("COMMAND")]);
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text(line);
    roff.to_writer(out)
}

fn value_name(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    if names.is_empty() { arg.get_id().as_str().to_uppercase() } else { names.join(" ") }
}

/// A section with a command's summary, usage and options, without those that every command takes.
fn write_command_section(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, ".SH \"DRIFTLINE {}\"", command.get_name().to_uppercase())?;
    if let Some(about) = command.get_about() {
        writeln!(out, "{about}.")?;
    }
    let mut own = command.clone().mut_args(|arg| {
        let is_common = arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version");
        arg.hide(is_common)
    });
    let usage = own.render_usage().to_string();
    writeln!(out, ".PP\n{}", usage.trim_start_matches("Usage: ").replace('-', "\\-"))?;
    let mut options = Vec::new();
    clap_mangen::Man::new(own).render_options_section(&mut options)?;
    // The section's own heading gives way to the command's.
    let options = String::from_utf8_lossy(&options).replace(".SH OPTIONS\n", "");
    out.write_all(options.as_bytes())
}

/// EXAMPLES, EXIT STATUS, FILES and ENVIRONMENT.
fn write_common_sections(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    write_examples(command, out)?;
    for (heading, entries) in [("EXIT STATUS", EXIT_STATUS), ("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT)] {
        let mut roff = Roff::new();
        roff.control("SH", [heading]);
        for (term, meaning) in entries {
            roff.control("TP", []);
            roff.text([bold(*term)]);
            roff.text([roman(*meaning)]);
        }
        roff.to_writer(out)?;
    }
    Ok(())
}

/// The examples of the long help: a remark behind `# `, then its command lines.
fn write_examples(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let Some(help) = command.get_after_long_help().map(ToString::to_string) else { return Ok(()) };
    let Some((_, examples)) = help.split_once("Examples:\n") else { return Ok(()) };
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    // The text behind the first line that is not indented belongs to another section.
    for line in examples.lines().take_while(|line| line.is_empty() || line.starts_with("  ")) {
        match line.trim_start().strip_prefix("# ") {
            Some(remark) => {
                roff.control("PP", []);
                roff.text([roman(format!("{remark}:"))]);
            }
            None if line.is_empty() => {}
            None => {
                roff.control("IP", []);
                roff.text([roman(line.trim_start())]);
            }
        }
    }
    roff.to_writer(out)
}

fn write_see_also(pages: &[String], out: &mut dyn Write) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    for (at, page) in pages.iter().enumerate() {
        let end = if at + 1 < pages.len() { "(1)," } else { "(1)" };
        roff.text([bold(page.as_str()), roman(end)]);
    }
    roff.to_writer(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_page_has_the_sections_that_readers_look_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Cli::command();
        program.build();
        write_all_pages(&program, folder.path()).unwrap();
        let mut count = 0;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let page = std::fs::read_to_string(&path).unwrap();
            for section in
                ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "\"EXIT STATUS\"", "FILES", "ENVIRONMENT"]
            {
                assert!(
                    page.contains(&format!("\n.SH {section}\n")),
                    "{}: {section}\n{page}",
                    path.display()
                );
            }
            count += 1;
        }
        assert_eq!(count, documented_commands(&program).count() + 1);
    }

    #[test]
    fn an_unknown_command_is_wrong_usage_and_the_known_ones_are_named() {
        let mut program = Cli::command();
        program.build();
        let error = find_command(&program, "rnu").unwrap_err();
        assert!(error.to_string().contains("\"rnu\"") && error.to_string().contains("run"), "{error}");
        assert_eq!(error.exit_status(), ExitStatus::Usage);
    }
}
