//! `driftline trust`: allows the configuration of an archive to reach beyond the archive, lists what is
//! allowed, and takes it back.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::app::cli::TrustArgs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::settings::{CONFIG_NAME, GuardedValue, Settings, SettingsError, find_config};
use crate::app::trust::{ConfigFile, FileTrust, TrustRecords, UserTrust, resolve_folder};
use crate::files::AcceptedKinds;
use crate::report::sanitize;

/// Runs the command.
pub fn run_command(context: &Context, args: &TrustArgs) -> Result<ExitStatus, AppError> {
    let trust = UserTrust::from_environment(&std::env::vars_os().collect::<Vec<_>>());
    let records = trust.records().ok_or_else(|| AppError::NotFound {
        what: "folder to keep the list of trusted files in".to_owned(),
        hint: "set XDG_STATE_HOME or HOME; in CI set DRIFTLINE_TRUST=1 instead".to_owned(),
    })?;
    let said = if args.list {
        list_trusted(records)?
    } else if args.remove {
        remove_trust(records, &args.dir)?
    } else {
        add_trust(records, &args.dir)?
    };
    let mut out = context.open_output()?;
    let written = said.iter().try_for_each(|line| writeln!(out, "{}", sanitize::one_line(line)));
    written.map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

fn add_trust(records: &TrustRecords, dir: &Path) -> Result<Vec<String>, AppError> {
    let path = if dir.is_file() { Some(dir.to_owned()) } else { find_config(dir) };
    let path = path.ok_or_else(|| AppError::NotFound {
        what: format!("{CONFIG_NAME} in {} or above it", dir.display()),
        hint: "`driftline init` writes one".to_owned(),
    })?;
    let file = ConfigFile::read(&path, AcceptedKinds::Files)
        .map_err(|source| SettingsError::Read { path: path.clone(), source })?;
    let shown = file.path.display().to_string();
    if let Some(id) = file.other_owner {
        return Err(AppError::Usage(format!(
            "{shown} belongs to another user (uid {id}) and cannot be trusted; name it with --config each time"
        )));
    }
    let values = Settings::find_guarded(&file)?;
    let allowed = values.iter().map(|value| (value.key(), value.digest.clone())).collect();
    records.trust_values(&file, allowed).map_err(write_failed(records))?;
    if values.is_empty() {
        return Ok(vec![format!("Trusted {shown}. It sets nothing that needs trust.")]);
    }
    let mut said = vec![format!("Trusted {shown}. It may now set:")];
    said.extend(values.iter().map(describe_value));
    Ok(said)
}

/// A key and its value, as they are in the file.
fn describe_value(value: &GuardedValue) -> String {
    format!("  line {}: {} = {}", value.line, value.key(), value.value)
}

fn remove_trust(records: &TrustRecords, dir: &Path) -> Result<Vec<String>, AppError> {
    let read_failed = |source| AppError::Read { path: dir.to_owned(), source };
    // The configuration may be gone: then the record is found by the folder.
    let path: PathBuf = match find_config(dir) {
        Some(path) => path,
        None => resolve_folder(&dir.join(CONFIG_NAME)).map_err(read_failed)?,
    };
    if records.forget_file(&path).map_err(write_failed(records))? {
        return Ok(vec![format!("{} is no longer trusted.", path.display())]);
    }
    Err(AppError::NotFound {
        what: format!("trust in {} to take back", path.display()),
        hint: "`driftline trust --list` shows what is trusted".to_owned(),
    })
}

fn list_trusted(records: &TrustRecords) -> Result<Vec<String>, AppError> {
    let failed = |source| AppError::Read { path: records.folder().to_owned(), source };
    Ok(records.list_files().map_err(failed)?.iter().map(describe_record).collect())
}

fn describe_record(record: &FileTrust) -> String {
    let mut parts: Vec<&str> = record.allowed.keys().map(String::as_str).collect();
    if record.made_here.is_some() {
        parts.push("made by driftline init here");
    }
    if parts.is_empty() {
        parts.push("nothing that needs trust");
    }
    let gone = if Path::new(&record.path).exists() { "" } else { " (no longer there)" };
    format!("{}{gone}: {}", record.path, parts.join(", "))
}

fn write_failed(records: &TrustRecords) -> impl Fn(io::Error) -> AppError {
    |source| AppError::Write { path: records.folder().to_owned(), source }
}
