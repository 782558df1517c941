//! Refuses a store whose folder or files would lead somewhere else, before anything in it is opened.
//!
//! A store can come with an archive: git checks out symbolic links, and an unpacked file may belong to
//! anybody. A link in the place of `lock` would let driftline empty a file of the user, a pipe would let it
//! wait for ever. sled opens its files itself and follows links, so everything in the folder is looked at
//! beforehand.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use super::StoreError;
use super::exception::StoreException;
use super::options::StoreOptions;
use crate::files::{describe_kind, is_trusted_owner, owner_of};

/// The deepest folders that are looked into. sled and the journal use two.
const MAX_DEPTH: usize = 8;
/// Where a socket may lie in a store, below its folder.
const SOCKET: &str = "readers.sock";
/// The folder of the journal.
const SEGMENTS: &str = "segments";

/// Checks the way to a store and all of its files. A store that does not exist yet passes, if the way does.
pub(super) fn check_store(dir: &Path, options: &StoreOptions) -> Result<(), StoreError> {
    check_way(dir, options)?;
    match std::fs::metadata(dir) {
        Ok(found) if found.is_dir() => {
            check_owner(dir, &found, options)?;
            check_entries(dir, options, 0)
        }
        Ok(found) => {
            Err(refuse(dir, format!("it is {}, not a folder", describe_kind(found.file_type())), None))
        }
        Err(_) => Ok(()),
    }
}

/// Checks that no symbolic link is on the way to the store: in its place, or between it and a folder of
/// [`StoreOptions::without_links_below`].
pub(super) fn check_way(dir: &Path, options: &StoreOptions) -> Result<(), StoreError> {
    if options.named || options.allow.contains(&StoreException::Links) {
        return Ok(());
    }
    let is_inside =
        |path: &Path| options.without_links_below.iter().any(|base| path.starts_with(base) && path != base);
    let way = dir.ancestors().filter(|path| *path == dir || is_inside(path));
    for path in way {
        if path.is_symlink() {
            let reason = if path == dir { "the store" } else { "a folder on the way to the store" };
            return Err(refuse(path, format!("{reason} is a symbolic link"), Some(StoreException::Links)));
        }
    }
    Ok(())
}

fn check_entries(folder: &Path, options: &StoreOptions, depth: usize) -> Result<(), StoreError> {
    if depth > MAX_DEPTH {
        return Err(refuse(folder, "it lies too deep to be of a store".to_owned(), None));
    }
    let failed = |source| StoreError::io(folder, source);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // The process that holds the store may just have removed it.
        Err(error) if depth > 0 && error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let Ok(found) = std::fs::symlink_metadata(&path) else { continue };
        let kind = found.file_type();
        check_owner(&path, &found, options)?;
        let is_reader_socket = depth == 0 && entry.file_name() == SOCKET && is_socket(&found);
        if kind.is_dir() {
            check_entries(&path, options, depth + 1)?;
        } else if kind.is_symlink() {
            check_link(&path, options, depth)?;
        } else if kind.is_file() && has_other_names(&path, &found) {
            if !options.allow.contains(&StoreException::Links) {
                let reason = "it has a second name (a hard link), and driftline writes into it".to_owned();
                return Err(refuse(&path, reason, Some(StoreException::Links)));
            }
        } else if !kind.is_file() && !is_reader_socket {
            return Err(refuse(&path, format!("it is {} in a store", describe_kind(kind)), None));
        }
    }
    Ok(())
}

/// Checks a symbolic link in a store. Folders and segments may lie elsewhere where the user allows it; files
/// that are written in their place may not.
fn check_link(path: &Path, options: &StoreOptions, depth: usize) -> Result<(), StoreError> {
    let is_segment = path.parent().and_then(Path::file_name).is_some_and(|folder| folder == SEGMENTS);
    let target =
        std::fs::metadata(path).ok().filter(|target| target.is_dir() || target.is_file() && is_segment);
    let reason = "it is a symbolic link in a store".to_owned();
    let Some(target) = target else { return Err(refuse(path, reason, None)) };
    if !options.allow.contains(&StoreException::Links) {
        return Err(refuse(path, reason, Some(StoreException::Links)));
    }
    check_owner(path, &target, options)?;
    if target.is_dir() { check_entries(path, options, depth + 1) } else { Ok(()) }
}

/// Whether a file that is written in its place has another name, so that writing would change that, too. A
/// complete segment is never written again.
#[cfg(unix)]
fn has_other_names(path: &Path, found: &Metadata) -> bool {
    let is_complete = path.extension().is_some_and(|extension| extension == "gz");
    std::os::unix::fs::MetadataExt::nlink(found) > 1 && !is_complete
}

#[cfg(not(unix))]
fn has_other_names(_: &Path, _: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_socket(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_socket(&found.file_type())
}

#[cfg(not(unix))]
fn is_socket(_: &Metadata) -> bool {
    false
}

fn check_owner(path: &Path, found: &Metadata, options: &StoreOptions) -> Result<(), StoreError> {
    if is_trusted_owner(found) || options.allow.contains(&StoreException::OtherOwner) {
        return Ok(());
    }
    let owner = owner_of(found).map(|id| format!(" (user id {id})")).unwrap_or_default();
    Err(refuse(path, format!("it belongs to another user{owner}"), Some(StoreException::OtherOwner)))
}

fn refuse(path: &Path, reason: String, exception: Option<StoreException>) -> StoreError {
    StoreError::Refused { path: path.to_owned(), reason, exception }
}
