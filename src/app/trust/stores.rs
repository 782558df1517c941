//! Knows the stores that this user made or accepted, by a record outside of them.
//!
//! A store holds an id in the file `id`. The record of that id, in the state folder, says which folder it was
//! given to: by the number of its inode and the time of its birth, which a copy cannot have. The number of
//! the device is left out, because it changes when disks are mounted in another order.

use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config_file::FileBirth;
use super::records::{read_json, write_json};
use super::state_folder::find_state_folder;
use super::variable::trusts_everything;
use crate::files::is_trusted_owner;

/// The file in a store with its id.
const ID_FILE: &str = "id";
/// The length of an id in hexadecimal digits.
const ID_LENGTH: usize = 32;

/// A store that this user made or accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreRecord {
    /// Where the store was last seen, for people: what is not UTF-8 is replaced.
    pub path: String,
    /// Whether this user accepted it, having not made it.
    pub accepted: bool,
    /// Which folder it is.
    folder: FileBirth,
}

/// What is known of a folder that is to be opened as a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreOrigin {
    /// There is no folder, or nothing in it.
    New,
    /// This user made or accepted it.
    Known,
    /// It belongs to this user and nothing else is known: it may have come with an archive.
    Unknown,
    /// The same, but it has no database: opening it makes one from its journal.
    JournalOnly,
    /// It belongs to another user.
    OfAnotherUser,
}

/// The stores of this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRecords {
    state: PathBuf,
}

impl StoreRecords {
    /// The records in the state folder of this user; `None` where there is no such folder.
    pub fn of_this_user(environment: &[(OsString, OsString)]) -> Option<Self> {
        find_state_folder(environment).map(|state| Self { state })
    }

    /// What is known of a folder.
    pub fn origin_of(&self, dir: &Path) -> io::Result<StoreOrigin> {
        match origin_without_records(dir)? {
            StoreOrigin::Unknown | StoreOrigin::JournalOnly if self.is_known(dir)? => Ok(StoreOrigin::Known),
            origin => Ok(origin),
        }
    }

    fn is_known(&self, dir: &Path) -> io::Result<bool> {
        let Some(id) = read_id(dir) else { return Ok(false) };
        let record: Option<StoreRecord> = read_json(&self.record_path(&id));
        let folder = FileBirth::of(&fs::metadata(dir)?);
        Ok(record.is_some_and(|record| Some(record.folder) == folder))
    }

    /// Gives a folder, which must be there, a new id and records it, as made by this user or as accepted.
    pub fn record_store(&self, dir: &Path, accepted: bool) -> io::Result<()> {
        let path = fs::canonicalize(dir)?;
        let folder = FileBirth::of(&fs::metadata(&path)?).ok_or_else(|| {
            io::Error::new(io::ErrorKind::Unsupported, "the file system does not tell folders apart")
        })?;
        // An id that was copied with the store still belongs to the store that it was given to.
        if self.is_known(&path)?
            && let Some(id) = read_id(&path)
        {
            let _ = fs::remove_file(self.record_path(&id));
        }
        // A file that came with the store is replaced, and a link is not followed.
        let file = path.join(ID_FILE);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let id = new_id();
        writeln!(File::create_new(&file)?, "{id}")?;
        let path = path.to_string_lossy().into_owned();
        write_json(&self.record_path(&id), &StoreRecord { path, accepted, folder })
    }

    /// Forgets a store, or `only_accepted` where this user did not make it; `false` if nothing was forgotten.
    pub fn forget_store(&self, dir: &Path, only_accepted: bool) -> io::Result<bool> {
        if !dir.is_dir() || !self.is_known(dir)? {
            return Ok(false);
        }
        let Some(path) = read_id(dir).map(|id| self.record_path(&id)) else { return Ok(false) };
        let accepted = read_json(&path).is_some_and(|record: StoreRecord| record.accepted);
        if only_accepted && !accepted {
            return Ok(false);
        }
        fs::remove_file(path).map(|()| true)
    }

    /// All records, by path.
    pub fn list_stores(&self) -> io::Result<Vec<StoreRecord>> {
        super::records::list_json(&self.state.join("stores"), |record: &StoreRecord| record.path.clone())
    }

    /// The folder for what takes the place of a store that is not opened. Another store at the same path, and
    /// the same store with another journal, have a place of their own.
    pub fn replacement_of(&self, dir: &Path) -> io::Result<PathBuf> {
        let path = fs::canonicalize(dir)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(path.as_os_str().as_encoded_bytes());
        hasher.update(read_id(&path).unwrap_or_default().as_bytes());
        for (name, length) in list_segments(&path)? {
            hasher.update(name.as_encoded_bytes());
            hasher.update(&length.to_le_bytes());
        }
        let name = hasher.finalize().to_hex();
        Ok(self.state.join("copies").join(name.get(..16).unwrap_or_default()))
    }

    fn record_path(&self, id: &str) -> PathBuf {
        self.state.join("stores").join(format!("{id}.json"))
    }
}

/// What a folder itself says, for a user without records.
pub fn origin_without_records(dir: &Path) -> io::Result<StoreOrigin> {
    let about = match fs::metadata(dir) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(StoreOrigin::New),
        Err(error) => return Err(error),
    };
    if !is_trusted_owner(&about) {
        return Ok(StoreOrigin::OfAnotherUser);
    }
    let mut origin = StoreOrigin::New;
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        // A database, or one that a compaction left halfway.
        if name.as_encoded_bytes().starts_with(b"db") {
            return Ok(StoreOrigin::Unknown);
        }
        // A folder with nothing but an id was just begun.
        if name != ID_FILE {
            origin = StoreOrigin::JournalOnly;
        }
    }
    Ok(origin)
}

/// Records a store that is about to be made, so that it is known from then on. Without a state folder the
/// store is made all the same.
pub fn record_new_store(dir: &Path) {
    let environment: Vec<_> = std::env::vars_os().collect();
    let Some(records) = StoreRecords::of_this_user(&environment) else { return };
    let recorded = records.origin_of(dir).and_then(|origin| match origin {
        StoreOrigin::New => create_store_folder(dir).and_then(|()| records.record_store(dir, false)),
        _ => Ok(()),
    });
    if let Err(error) = recorded
        && !trusts_everything(&environment)
    {
        tracing::warn!(
            "{}: the store cannot be recorded as this user's ({error}); the next command needs DRIFTLINE_TRUST=1, \
             or a folder in XDG_STATE_HOME that can be written",
            dir.display()
        );
    }
}

/// Makes the folder of a store for its owner alone, as the store itself does.
fn create_store_folder(dir: &Path) -> io::Result<()> {
    if let Some(above) = dir.parent() {
        fs::create_dir_all(above)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// The names and the lengths of a journal's segments, in bytes, in order.
fn list_segments(store: &Path) -> io::Result<Vec<(OsString, u64)>> {
    let entries = match fs::read_dir(store.join("segments")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let read = |entry: io::Result<fs::DirEntry>| {
        entry.and_then(|found| Ok((found.file_name(), found.metadata()?.len())))
    };
    let mut segments = entries.map(read).collect::<io::Result<Vec<_>>>()?;
    segments.sort_unstable();
    Ok(segments)
}

fn read_id(dir: &Path) -> Option<String> {
    let path = dir.join(ID_FILE);
    if !fs::symlink_metadata(&path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(&path).ok()?.take(ID_LENGTH as u64 + 2).read_to_string(&mut text).ok()?;
    let id = text.trim_end();
    let is_id = id.len() == ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_ascii_lowercase())
}

/// A new id that cannot be guessed: the standard library draws the keys of its hash maps from the operating
/// system.
fn new_id() -> String {
    let mut hasher = blake3::Hasher::new();
    for number in 0..4_u32 {
        hasher.update(&RandomState::new().hash_one(number).to_le_bytes());
    }
    hasher.finalize().to_hex().get(..ID_LENGTH).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn records(folder: &Path) -> StoreRecords {
        StoreRecords { state: folder.join("state") }
    }

    #[test]
    fn a_store_is_known_by_its_folder_and_a_copy_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let records = records(folder.path());
        let (dir, copy, moved) = (folder.path().join("a"), folder.path().join("b"), folder.path().join("c"));
        assert_eq!(records.origin_of(&dir).unwrap(), StoreOrigin::New);
        fs::create_dir(&dir).unwrap();
        records.record_store(&dir, false).unwrap();
        assert_eq!(records.origin_of(&dir).unwrap(), StoreOrigin::New, "nothing is in it yet");
        fs::create_dir(dir.join("db")).unwrap();
        assert_eq!(records.origin_of(&dir).unwrap(), StoreOrigin::Known);
        fs::create_dir(&copy).unwrap();
        fs::copy(dir.join("id"), copy.join("id")).unwrap();
        fs::create_dir(copy.join("segments")).unwrap();
        assert_eq!(records.origin_of(&copy).unwrap(), StoreOrigin::JournalOnly);
        fs::create_dir(copy.join("db.replaced")).unwrap();
        assert_eq!(records.origin_of(&copy).unwrap(), StoreOrigin::Unknown);
        let place = records.replacement_of(&copy).unwrap();
        fs::write(copy.join("segments/1.warc.gz"), "more").unwrap();
        assert_ne!(records.replacement_of(&copy).unwrap(), place, "another journal has another place");
        records.record_store(&copy, true).unwrap();
        assert_eq!(records.origin_of(&dir).unwrap(), StoreOrigin::Known, "the copy takes nothing from it");
        fs::rename(&dir, &moved).unwrap();
        assert_eq!(records.origin_of(&moved).unwrap(), StoreOrigin::Known);
        assert!(!records.forget_store(&moved, true).unwrap());
        assert!(
            records.forget_store(&moved, false).unwrap() && !records.forget_store(&moved, false).unwrap()
        );
        assert_eq!(records.origin_of(&moved).unwrap(), StoreOrigin::Unknown);
    }

    #[cfg(unix)]
    #[test]
    fn an_id_that_is_a_link_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, victim) = (folder.path().join("a"), folder.path().join("victim"));
        fs::create_dir(&dir).unwrap();
        fs::write(&victim, "kept").unwrap();
        std::os::unix::fs::symlink(&victim, dir.join(ID_FILE)).unwrap();
        records(folder.path()).record_store(&dir, true).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
        assert!(read_id(&dir).is_some());
    }
}
