//! The options that every command takes.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

/// The options that every command takes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Read the configuration from FILE
    ///
    /// Without this option, driftline.toml is looked for in the archive's root (the first PATH) and in
    /// the folders above it.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use the store in DIR
    ///
    /// Without this option, the store is the folder .driftline beside the configuration, or the one that
    /// the setting store.dir names.
    #[arg(long, global = true, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Set one setting, such as network.timeout=5s
    ///
    /// May be repeated. The value is TOML, or else a string; it wins over the configuration and the
    /// environment. `driftline init` writes a file with every key.
    #[arg(
        long = "set",
        global = true,
        value_name = "KEY=VALUE",
        action = ArgAction::Append,
        hide_short_help = true
    )]
    pub set: Vec<String>,
    /// Write the result to FILE
    ///
    /// Without this option, the result goes to standard output. The file is replaced when the result is
    /// complete, so that an interrupted command leaves an earlier one whole. A pipe or a device is written
    /// through; a symbolic link stays, and what it leads to is replaced.
    #[arg(short, long = "output", global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Log more on standard error
    ///
    /// -vv and -vvv log still more. The variable `DRIFTLINE_LOG` takes a filter such as
    /// driftline=debug instead.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Log errors only, and show no progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Choose when to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", hide_short_help = true)]
    pub color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// Makes this the choice of all streams of this process.
    pub fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
