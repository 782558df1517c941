//! Chooses the folder that is opened as the store: the one that the settings name, or what takes its place
//! where it may have come with the archive.
//!
//! The database of a store is a file format that can be crafted, and sled was not made to read hostile files.
//! The journal is read record by record, as an import is. So a store that this user neither made nor accepted
//! is never opened: its journal is copied into the user's state folder and a database is made from that.
//! `docs/design/trust.md` gives the reasons.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::AppError;
use super::settings::{LoadedSettings, quote_for_shell};
use super::stage_settings::store_options;
use super::telemetry;
use super::trust::{StoreOrigin, StoreRecords, UserTrust, origin_without_records};
use crate::store::SledStore;

/// Puts another folder in the place of `store.dir` where that one must not be opened. A folder that the user
/// named, with `--store` or as the setting, is opened as it is. Returns the folder that is left alone, if
/// there is one.
pub fn choose_store(
    loaded: &mut LoadedSettings,
    trust: &UserTrust,
    environment: &[(OsString, OsString)],
) -> Result<Option<PathBuf>, AppError> {
    let dir = loaded.settings.store.dir.clone();
    if loaded.is_store_named {
        return Ok(None);
    }
    let failed = |source| AppError::Read { path: dir.clone(), source };
    let records = StoreRecords::of_this_user(environment);
    let origin = match &records {
        Some(records) => records.origin_of(&dir),
        None => origin_without_records(&dir),
    };
    match origin.map_err(failed)? {
        StoreOrigin::New | StoreOrigin::Known => return Ok(None),
        // The store itself refuses what belongs to another user, unless `store.allow` says otherwise.
        _ if trust.trusts_everything() => return Ok(None),
        // sled reads nothing that it did not write. Where the folder cannot be recorded, it cannot be written.
        StoreOrigin::JournalOnly => {
            SledStore::check_folder(&dir, &store_options(&loaded.settings))?;
            if is_recorded(records.as_ref(), &dir) {
                let message = format!(
                    "{} came without a database; one is made from its journal, and from now on the store counts as \
                     your own",
                    dir.display()
                );
                telemetry::write_warning(&message, &hint_against(&dir));
                return Ok(None);
            }
        }
        StoreOrigin::Unknown | StoreOrigin::OfAnotherUser => {}
    }
    let Some(records) = records else {
        return Err(unknown_store(&dir, "there is no folder to keep a copy of it in"));
    };
    let place = records.replacement_of(&dir).map_err(failed)?;
    if !place.exists() {
        fill_replacement(loaded, &dir, &place)?;
    }
    telemetry::write_warning(
        &format!(
            "{} was made by somebody else or elsewhere and is left alone; {} is used, made from its journal",
            dir.display(),
            place.display()
        ),
        &hint_for(&dir),
    );
    loaded.settings.store.dir = place;
    Ok(Some(dir))
}

fn is_recorded(records: Option<&StoreRecords>, dir: &Path) -> bool {
    records.is_some_and(|records| records.record_store(dir, true).is_ok())
}

fn fill_replacement(loaded: &LoadedSettings, dir: &Path, place: &Path) -> Result<(), AppError> {
    let options = store_options(&loaded.settings);
    match SledStore::copy_journal(dir, place, &options.space) {
        Ok(true) => {}
        Ok(false) => return Err(unknown_store(dir, "it has no journal to read in its place")),
        Err(error) => return Err(unknown_store(dir, &format!("its journal cannot be copied: {error}"))),
    }
    tracing::info!("{}: making a database from the journal of {}", place.display(), dir.display());
    let (store, report) = SledStore::open(place, &options)?;
    for fault in &report.replay.faults {
        tracing::warn!("the journal is damaged: {fault}");
    }
    store.close()?;
    Ok(())
}

fn unknown_store(dir: &Path, reason: &str) -> AppError {
    AppError::UnknownStore { path: dir.to_owned(), reason: reason.to_owned() }
}

/// What takes the trust in a store back.
fn hint_against(dir: &Path) -> String {
    let dir = quote_for_shell(&dir.to_string_lossy());
    format!("if it came with somebody else's archive, take this back with: driftline trust --remove {dir}")
}

/// What allows a store.
fn hint_for(dir: &Path) -> String {
    let dir = quote_for_shell(&dir.to_string_lossy());
    format!("if it is your own, allow it with: driftline trust {dir}")
}
