//! `driftline trust`: allows the configuration of an archive to reach beyond the archive and its store to be
//! opened, lists what is allowed, and takes it back.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::app::cli::TrustArgs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::settings::{CONFIG_NAME, GuardedValue, SettingSources, Settings, SettingsError, find_config};
use crate::app::stage_settings::store_options;
use crate::app::trust::{
    ConfigFile, FileTrust, StoreOrigin, StoreRecord, StoreRecords, TrustRecords, UserTrust, resolve_folder,
};
use crate::files::AcceptedKinds;
use crate::model::mask_credentials;
use crate::report::sanitize;
use crate::store::{SledStore, StoreError, StoreOptions};

/// What the user has trusted, and where it is kept.
struct Records {
    trust: UserTrust,
    files: TrustRecords,
    stores: StoreRecords,
}

/// Runs the command.
pub fn run_command(context: &Context, args: &TrustArgs) -> Result<ExitStatus, AppError> {
    let environment: Vec<_> = std::env::vars_os().collect();
    let records = Records::of_this_user(&environment)?;
    let said = if args.list {
        records.list_trusted()?
    } else if args.remove {
        records.remove_trust(&args.dir)?
    } else {
        records.add_trust(&args.dir, args.dry_run)?
    };
    let mut out = context.open_output()?;
    let written = said.iter().try_for_each(|line| writeln!(out, "{}", sanitize::one_line(line)));
    written.map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

impl Records {
    fn of_this_user(environment: &[(OsString, OsString)]) -> Result<Self, AppError> {
        let trust = UserTrust::from_environment(environment);
        let files = trust.records().cloned();
        match (files, StoreRecords::of_this_user(environment)) {
            (Some(files), Some(stores)) => Ok(Self { trust, files, stores }),
            _ => Err(AppError::NotFound {
                what: "folder to keep the list of what is trusted in".to_owned(),
                hint: "set XDG_STATE_HOME or HOME; in CI set DRIFTLINE_TRUST=1 instead".to_owned(),
            }),
        }
    }

    /// Allows what the folder's configuration sets, and its store to be opened; with `is_dry`, only says so.
    fn add_trust(&self, dir: &Path, is_dry: bool) -> Result<Vec<String>, AppError> {
        let config = config_of(dir);
        let (store, options) = self.store_of(dir, config.as_deref(), true)?;
        let origin = self.stores.origin_of(&store).map_err(write_failed(&store))?;
        if origin == StoreOrigin::OfAnotherUser {
            let store = store.display();
            return Err(AppError::Usage(format!(
                "the store {store} belongs to another user and cannot be trusted; make it your own with \
                 chown, or open it with --store and --set 'store.allow=[\"other-owner\"]'"
            )));
        }
        // Nothing is allowed where the store would be refused afterwards.
        SledStore::check_folder(&store, &options)?;
        let mut said = config.as_deref().map_or(Ok(Vec::new()), |path| self.add_file(path, is_dry))?;
        match origin {
            StoreOrigin::Unknown | StoreOrigin::JournalOnly => {
                said.extend(self.add_store(&store, &options, is_dry)?);
            }
            StoreOrigin::Known if said.is_empty() => {
                said.push(format!("The store {} is trusted already.", store.display()));
            }
            StoreOrigin::Known | StoreOrigin::New | StoreOrigin::OfAnotherUser => {}
        }
        if said.is_empty() {
            return Err(AppError::NotFound {
                what: format!("{CONFIG_NAME} in {} or above it, and no store", dir.display()),
                hint: "`driftline init` writes a configuration".to_owned(),
            });
        }
        Ok(said)
    }

    fn add_file(&self, path: &Path, is_dry: bool) -> Result<Vec<String>, AppError> {
        let read_failed = |source| SettingsError::Read { path: path.to_owned(), source };
        let file = ConfigFile::read(path, AcceptedKinds::Files).map_err(read_failed)?;
        let shown = file.path.display().to_string();
        if let Some(id) = file.other_owner {
            return Err(AppError::Usage(format!(
                "{shown} belongs to another user (uid {id}) and cannot be trusted; name it with --config each time"
            )));
        }
        let values = Settings::find_guarded(&file)?;
        if !is_dry {
            let allowed = values.iter().map(|value| (value.key(), value.digest.clone())).collect();
            let shown_values = values.iter().map(|value| (value.key(), show_value(value))).collect();
            let failed = write_failed(self.files.folder());
            self.files.trust_values(&file, allowed, shown_values).map_err(failed)?;
        }
        let mut said = vec![match (values.is_empty(), is_dry) {
            (true, true) => format!("{shown} sets nothing that needs trust."),
            (true, false) => format!("Trusted {shown}. It sets nothing that needs trust."),
            (false, true) => format!("Would trust {shown}. It could then set:"),
            (false, false) => format!("Trusted {shown}. It may now set:"),
        }];
        said.extend(values.iter().map(describe_value));
        Ok(said)
    }

    /// Accepts a store, and moves into it what was stored in its place.
    fn add_store(&self, store: &Path, options: &StoreOptions, is_dry: bool) -> Result<Vec<String>, AppError> {
        let copy = self.stores.replacement_of(store).map_err(write_failed(store))?;
        let shown = store.display();
        if is_dry {
            let mut said = vec![format!("Would trust the store {shown}.")];
            if copy.exists() {
                said.push(format!("Would move into it what was stored in its place, in {}.", copy.display()));
            }
            return Ok(said);
        }
        // This comes first: what fails here leaves everything as it was, to be tried again.
        let moved = if copy.exists() { take_over(&copy, store, options)? } else { None };
        self.stores.record_store(store, true).map_err(write_failed(store))?;
        let mut said = vec![format!("Trusted the store {shown}.")];
        said.extend(moved);
        Ok(said)
    }

    /// The store of an archive: the folder itself where it is one, else the one that its settings name. A store
    /// that only a trusted configuration may name counts where it is `trusted`, or about to be.
    fn store_of(
        &self,
        dir: &Path,
        config: Option<&Path>,
        trusted: bool,
    ) -> Result<(PathBuf, StoreOptions), AppError> {
        if is_store(dir) {
            return Ok((dir.to_owned(), store_options(&Settings::defaults(dir)?)));
        }
        if config.is_none() {
            return Ok((dir.join(".driftline"), store_options(&Settings::defaults(dir)?)));
        }
        let sources = SettingSources {
            config: config.filter(|_| trusted),
            search_from: dir,
            environment: &[],
            set: &[],
            store: None,
            trust: &self.trust,
        };
        let settings = Settings::load(&sources)?.settings;
        Ok((settings.store.dir.clone(), store_options(&settings)))
    }

    fn remove_trust(&self, dir: &Path) -> Result<Vec<String>, AppError> {
        let mut said = Vec::new();
        let config = config_of(dir);
        // A store that this user made stays known, unless it is named itself.
        let (store, _) = self.store_of(dir, config.as_deref(), false)?;
        if self.stores.forget_store(&store, !is_store(dir)).map_err(write_failed(&store))? {
            said.push(format!("The store {} is no longer trusted.", store.display()));
        }
        if !is_store(dir) {
            // The configuration may be gone: then its record is found by the folder.
            let path = config.map_or_else(|| resolve_folder(&dir.join(CONFIG_NAME)), Ok);
            let path = path.map_err(|source| AppError::Read { path: dir.to_owned(), source })?;
            if self.files.forget_file(&path).map_err(write_failed(self.files.folder()))? {
                said.push(format!("{} is no longer trusted.", path.display()));
            }
        }
        if said.is_empty() {
            return Err(AppError::NotFound {
                what: format!("trust in {} to take back", dir.display()),
                hint: "`driftline trust --list` shows what is trusted".to_owned(),
            });
        }
        Ok(said)
    }

    fn list_trusted(&self) -> Result<Vec<String>, AppError> {
        let failed = |source| AppError::Read { path: self.files.folder().to_owned(), source };
        let mut said: Vec<String> =
            self.files.list_files().map_err(failed)?.iter().flat_map(describe_record).collect();
        said.extend(self.stores.list_stores().map_err(failed)?.iter().map(describe_store));
        Ok(said)
    }
}

/// The configuration that is meant; none where the folder is a store.
fn config_of(dir: &Path) -> Option<PathBuf> {
    match dir {
        dir if dir.is_file() => Some(dir.to_owned()),
        dir if is_store(dir) => None,
        dir => find_config(dir),
    }
}

fn is_store(dir: &Path) -> bool {
    ["schema", "segments", "db"].iter().any(|name| dir.join(name).exists()) && !dir.join(CONFIG_NAME).exists()
}

/// Moves what was stored in the place of a store into it, and says what that is.
fn take_over(copy: &Path, store: &Path, options: &StoreOptions) -> Result<Option<String>, AppError> {
    let place = copy.display();
    let taken = match SledStore::take_over(copy, store, options) {
        Err(StoreError::OtherJournal { .. }) => {
            let reason = "the store has another journal by now";
            return Ok(Some(format!(
                "What was stored in its place stays in {place}, since {reason}; --store names it."
            )));
        }
        taken => taken?,
    };
    for fault in &taken.faults {
        tracing::warn!("the journal is damaged: {fault}");
    }
    if !taken.is_all {
        return Ok(Some(format!("{place} holds more than its journal and stays; --store names it.")));
    }
    if let Err(error) = std::fs::remove_dir_all(copy) {
        tracing::warn!("{place}: the copy is no longer needed, and cannot be removed: {error}");
    }
    let counts = [(taken.runs as u64, "run"), (taken.visits, "visit"), (taken.captures, "capture")];
    let is_new = counts.iter().any(|(number, _)| *number > 0);
    Ok(is_new.then(|| {
        let counts =
            counts.map(|(number, one)| format!("{number} {one}{}", if number == 1 { "" } else { "s" }));
        format!("Moved into it what was stored in its place: {}.", counts.join(", "))
    }))
}

/// A value as it is in the file, but for names and passwords in URLs.
fn show_value(value: &GuardedValue) -> String {
    mask_credentials(&value.value.to_string()).into_owned()
}

fn describe_value(value: &GuardedValue) -> String {
    format!("  line {}: {} = {}", value.line, value.key(), show_value(value))
}

/// A record with what it allows, a line for each value.
fn describe_record(record: &FileTrust) -> Vec<String> {
    let what = match (record.made_here.is_some(), record.allowed.is_empty()) {
        (true, _) => "made by driftline init here, all its values are allowed",
        (false, true) => "nothing that needs trust",
        (false, false) => "may set",
    };
    let mut said = vec![format!("{}{}: {what}", record.path, remark_if_gone(&record.path))];
    said.extend(record.allowed.keys().map(|key| match record.values.get(key) {
        Some(value) => format!("  {key} = {value}"),
        None => format!("  {key}"),
    }));
    said
}

fn describe_store(record: &StoreRecord) -> String {
    let accepted = if record.accepted { ", accepted" } else { "" };
    format!("{}{}: store{accepted}", record.path, remark_if_gone(&record.path))
}

fn remark_if_gone(path: &str) -> &'static str {
    if Path::new(path).exists() { "" } else { " (no longer there)" }
}

fn write_failed(path: &Path) -> impl Fn(io::Error) -> AppError {
    |source| AppError::Write { path: path.to_owned(), source }
}
