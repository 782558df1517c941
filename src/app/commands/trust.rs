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
use crate::app::trust::{
    ConfigFile, FileTrust, StoreOrigin, StoreRecord, StoreRecords, TrustRecords, UserTrust, resolve_folder,
};
use crate::files::AcceptedKinds;
use crate::report::sanitize;

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
        records.add_trust(&args.dir)?
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

    fn add_trust(&self, dir: &Path) -> Result<Vec<String>, AppError> {
        let config = config_of(dir);
        let mut said = config.as_deref().map_or(Ok(Vec::new()), |path| self.add_file(path))?;
        let store = self.store_of(dir, config.as_deref())?;
        match self.stores.origin_of(&store).map_err(write_failed(&store))? {
            StoreOrigin::Unknown | StoreOrigin::JournalOnly => {
                let copy = self.stores.replacement_of(&store).map_err(write_failed(&store))?;
                self.stores.record_store(&store, true).map_err(write_failed(&store))?;
                said.push(format!("Trusted the store {}.", store.display()));
                if copy.exists() {
                    let copy = copy.display();
                    said.push(format!("What was stored in its place so far is in {copy}; --store names it."));
                }
            }
            StoreOrigin::OfAnotherUser => {
                let store = store.display();
                return Err(AppError::Usage(format!(
                    "the store {store} belongs to another user and cannot be trusted; make it your own with \
                     chown, or open it with --store and --set 'store.allow=[\"other-owner\"]'"
                )));
            }
            StoreOrigin::Known if said.is_empty() => {
                said.push(format!("The store {} is trusted already.", store.display()));
            }
            StoreOrigin::Known | StoreOrigin::New => {}
        }
        if said.is_empty() {
            return Err(AppError::NotFound {
                what: format!("{CONFIG_NAME} in {} or above it, and no store", dir.display()),
                hint: "`driftline init` writes a configuration".to_owned(),
            });
        }
        Ok(said)
    }

    fn add_file(&self, path: &Path) -> Result<Vec<String>, AppError> {
        let read_failed = |source| SettingsError::Read { path: path.to_owned(), source };
        let file = ConfigFile::read(path, AcceptedKinds::Files).map_err(read_failed)?;
        let shown = file.path.display().to_string();
        if let Some(id) = file.other_owner {
            return Err(AppError::Usage(format!(
                "{shown} belongs to another user (uid {id}) and cannot be trusted; name it with --config each time"
            )));
        }
        let values = Settings::find_guarded(&file)?;
        let allowed = values.iter().map(|value| (value.key(), value.digest.clone())).collect();
        self.files.trust_values(&file, allowed).map_err(write_failed(self.files.folder()))?;
        if values.is_empty() {
            return Ok(vec![format!("Trusted {shown}. It sets nothing that needs trust.")]);
        }
        let mut said = vec![format!("Trusted {shown}. It may now set:")];
        said.extend(values.iter().map(describe_value));
        Ok(said)
    }

    /// The store of an archive: the folder itself where it is one, else the one that its settings name.
    fn store_of(&self, dir: &Path, config: Option<&Path>) -> Result<PathBuf, AppError> {
        if is_store(dir) {
            return Ok(dir.to_owned());
        }
        if config.is_none() {
            return Ok(dir.join(".driftline"));
        }
        let sources = SettingSources {
            config: None,
            search_from: dir,
            environment: &[],
            set: &[],
            store: None,
            trust: &self.trust,
        };
        Ok(Settings::load(&sources)?.settings.store.dir)
    }

    fn remove_trust(&self, dir: &Path) -> Result<Vec<String>, AppError> {
        let mut said = Vec::new();
        let config = config_of(dir);
        // A store that this user made stays known, unless it is named itself.
        let store = self.store_of(dir, config.as_deref())?;
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
            self.files.list_files().map_err(failed)?.iter().map(describe_record).collect();
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

/// A key and its value, as they are in the file.
fn describe_value(value: &GuardedValue) -> String {
    format!("  line {}: {} = {}", value.line, value.key(), value.value)
}

fn describe_record(record: &FileTrust) -> String {
    let mut parts: Vec<&str> = record.allowed.keys().map(String::as_str).collect();
    if record.made_here.is_some() {
        parts.push("made by driftline init here");
    }
    if parts.is_empty() {
        parts.push("nothing that needs trust");
    }
    format!("{}{}: {}", record.path, remark_if_gone(&record.path), parts.join(", "))
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
