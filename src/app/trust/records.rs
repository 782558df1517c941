//! Keeps what the user has trusted, one file for each configuration, in the user's state folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::config_file::{ConfigFile, FileBirth};
use super::state_folder::find_state_folder;
use crate::files::{AcceptedKinds, is_trusted_owner, read_with_metadata};

/// The most that is read of a record, in bytes.
const MAX_RECORD: u64 = 4 << 20;

/// What the user has allowed one configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTrust {
    /// The configuration, for people: what is not UTF-8 is replaced.
    pub path: String,
    /// By key, the digests of the values that need trust and have it.
    pub allowed: BTreeMap<String, String>,
    /// The same values as they are shown, without credentials.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// The file that `driftline init` made. As long as it is this very file, its user edits it.
    pub made_here: Option<FileBirth>,
}

impl FileTrust {
    /// Whether `driftline init` made this file.
    pub fn is_made_here(&self, file: &ConfigFile) -> bool {
        self.made_here.is_some() && self.made_here == file.birth
    }
}

/// The records of this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRecords {
    folder: PathBuf,
}

impl TrustRecords {
    /// The records in the state folder of this user; `None` where there is no such folder.
    pub fn of_this_user(environment: &[(OsString, OsString)]) -> Option<Self> {
        Some(Self { folder: find_state_folder(environment)?.join("trusted") })
    }

    /// What is allowed to a configuration, if anything.
    pub fn find_file(&self, path: &Path) -> Option<FileTrust> {
        read_json(&self.record_path(path))
    }

    /// Allows a configuration these values and no others: digests by key, and the values as they are shown.
    pub fn trust_values(
        &self,
        file: &ConfigFile,
        allowed: BTreeMap<String, String>,
        values: BTreeMap<String, String>,
    ) -> io::Result<()> {
        let made_here = self.find_file(&file.path).and_then(|record| record.made_here);
        self.write_record(file, &FileTrust { path: shown_path(&file.path), allowed, values, made_here })
    }

    /// Records that `driftline init` made a configuration.
    pub fn record_made_here(&self, file: &ConfigFile) -> io::Result<()> {
        let path = shown_path(&file.path);
        self.write_record(file, &FileTrust { path, made_here: file.birth, ..FileTrust::default() })
    }

    /// Takes back what is allowed to a configuration; `false` if nothing was.
    pub fn forget_file(&self, path: &Path) -> io::Result<bool> {
        match fs::remove_file(self.record_path(path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All records, by path.
    pub fn list_files(&self) -> io::Result<Vec<FileTrust>> {
        list_json(&self.folder, |record: &FileTrust| record.path.clone())
    }

    /// The folder of the records.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn record_path(&self, config: &Path) -> PathBuf {
        let name = blake3::hash(config.as_os_str().as_encoded_bytes()).to_hex();
        self.folder.join(format!("{name}.json"))
    }

    fn write_record(&self, file: &ConfigFile, record: &FileTrust) -> io::Result<()> {
        write_json(&self.record_path(&file.path), record)
    }
}

fn shown_path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Reads a record. One that cannot be read allows nothing, nor does one that another user wrote, where others
/// can write into the folder.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let (bytes, about) = read_with_metadata(path, MAX_RECORD, AcceptedKinds::Files).ok()?;
    is_trusted_owner(&about).then(|| serde_json::from_slice(&bytes).ok())?
}

/// Writes a record, whole or not at all, into a folder that only this user can read.
pub(super) fn write_json<T: Serialize>(path: &Path, record: &T) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut temporary, record)?;
    temporary.write_all(b"\n")?;
    temporary.persist(path)?;
    Ok(())
}

/// All records in a folder, in the order of a key.
pub(super) fn list_json<T: DeserializeOwned>(
    folder: &Path,
    key: impl Fn(&T) -> String,
) -> io::Result<Vec<T>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let is_record = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_record);
    let mut all: Vec<T> = paths.filter_map(|path| read_json(&path)).collect();
    all.sort_by_key(key);
    Ok(all)
}
