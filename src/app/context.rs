//! Defines what every command receives: the settings, the archive's root and the global options.

use std::path::{Path, PathBuf};

use super::cli::{Cli, Command, GlobalArgs};
use super::error::AppError;
use super::output::Output;
use super::output_place::check_output_places;
use super::process_limits::require_store_threads;
use super::settings::{SettingSources, Settings};
use super::store_choice::choose_store;
use super::telemetry;
use super::trust::UserTrust;

/// What every command receives.
#[derive(Clone, Debug)]
pub struct Context {
    /// The settings, validated.
    pub settings: Settings,
    /// The folder that article ids are relative to: that of `driftline.toml`, or the current one.
    pub root: PathBuf,
    /// The options that every command takes.
    pub global: GlobalArgs,
    /// The store that is left alone because it is not trusted. The settings name the copy that takes its place.
    pub untrusted_store: Option<PathBuf>,
}

impl Context {
    /// Finds and reads the configuration. Commands that need no settings ignore it, so that a broken one
    /// does not stop them.
    pub fn new(cli: &Cli) -> Result<Self, AppError> {
        if needs_no_settings(&cli.command) {
            let root = PathBuf::from(".");
            let settings = Settings::defaults(&root)?;
            check_output_places(cli, &settings, &root)?;
            return Ok(Self { settings, root, global: cli.global.clone(), untrusted_store: None });
        }
        let start = config_search_start(&cli.command);
        let environment: Vec<_> = std::env::vars_os().collect();
        let trust = UserTrust::from_environment(&environment);
        let mut loaded = Settings::load(&SettingSources {
            config: cli.global.config.as_deref(),
            search_from: &start,
            environment: &environment,
            set: &cli.global.set,
            store: cli.global.store.as_deref(),
            trust: &trust,
        })?;
        let withheld = match loaded.withheld.take() {
            Some(withheld) if is_offline(&cli.command) => withheld.of_store(),
            withheld => withheld,
        };
        if let Some(withheld) = withheld {
            telemetry::write_warning(&withheld.message(), &withheld.hint());
        }
        check_output_places(cli, &loaded.settings, &loaded.root)?;
        let untrusted_store = if uses_store(&cli.command) {
            require_store_threads()?;
            choose_store(&mut loaded, &trust, &environment)?
        } else {
            None
        };
        let (settings, root, global) = (loaded.settings, loaded.root, cli.global.clone());
        Ok(Self { settings, root, global, untrusted_store })
    }

    /// Opens the output: standard output, or the file of `-o`.
    pub fn open_output(&self) -> Result<Output, AppError> {
        Output::open(self.global.output.as_deref())
    }
}

fn needs_no_settings(command: &Command) -> bool {
    matches!(
        command,
        Command::Init(_) | Command::Trust(_) | Command::Completions(_) | Command::Man(_) | Command::Version
    )
}

/// Whether a command opens the store.
fn uses_store(command: &Command) -> bool {
    match command {
        Command::Links(_) | Command::Text(_) => false,
        #[cfg(feature = "demo")]
        Command::Demo(_) => false,
        Command::Diff(args) => args.second.is_none(),
        command => !needs_no_settings(command),
    }
}

/// Whether a command leaves the network alone, so that of the settings that need trust only those of the
/// store matter to it.
fn is_offline(command: &Command) -> bool {
    matches!(
        command,
        Command::Links(_)
            | Command::Diff(_)
            | Command::Text(_)
            | Command::History(_)
            | Command::Show(_)
            | Command::Report(_)
            | Command::Export(_)
            | Command::Import(_)
            | Command::Store(_)
    )
}

/// The folder where the search for the configuration starts: the first path of the command.
fn config_search_start(command: &Command) -> PathBuf {
    let named = match command {
        Command::Links(args) => args.paths.first(),
        Command::Run(args) | Command::Check(args) => args.paths.first(),
        _ => None,
    };
    let Some(path) = named else { return PathBuf::from(".") };
    if path.is_dir() {
        return path.clone();
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => Path::new(".").to_owned(),
    }
}
