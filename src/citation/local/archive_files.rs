//! Looks up files of the archive, and lists each folder only once: the links of an archive lead to the same
//! folders again and again.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::fragment::FileFragments;
use crate::archive::MAX_ARTICLE;
use crate::files::{AcceptedKinds, FileError, read_limited};

/// The number of folders that are remembered. When it is reached, all are forgotten.
const MOST_FOLDERS: usize = 4096;
/// The bytes of files whose headings and anchors are remembered. When there are more, all are forgotten.
const MOST_FRAGMENT_BYTES: usize = 64 << 20;

/// What a path refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::citation) enum PathKind {
    File,
    Folder,
}

/// The content of a folder.
#[derive(Debug)]
enum FolderListing {
    Known(HashMap<OsString, PathKind>),
    /// The folder exists but cannot be listed, so that its files are looked up one by one.
    Closed,
}

/// The files below an archive's root, as they were when their folder was first listed.
///
/// Names are compared exactly, even on file systems that ignore case: a link that works only there is
/// broken everywhere else.
#[derive(Debug)]
pub struct LocalFiles {
    root: PathBuf,
    folders: RwLock<HashMap<PathBuf, Arc<FolderListing>>>,
    fragments: RwLock<KnownFragments>,
}

/// The headings and anchors of a file; if it cannot be read, why, where that is to be said.
type ReadFragments = Result<Arc<FileFragments>, Option<String>>;

/// The headings and anchors of files.
#[derive(Debug, Default)]
struct KnownFragments {
    files: HashMap<PathBuf, ReadFragments>,
    bytes: usize,
}

impl LocalFiles {
    /// Creates an empty cache for the files below `root`.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), folders: RwLock::default(), fragments: RwLock::default() }
    }

    pub(in crate::citation) fn root(&self) -> &Path {
        &self.root
    }

    pub(in crate::citation) fn is_file(&self, path: &Path) -> bool {
        self.path_kind(path) == Some(PathKind::File)
    }

    /// What a path without `.` and `..` refers to; `None` if nothing exists there.
    pub(in crate::citation) fn path_kind(&self, path: &Path) -> Option<PathKind> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return kind_on_disk(path) };
        match &*self.folder_listing(folder) {
            FolderListing::Known(names) => names.get(name).copied(),
            FolderListing::Closed => kind_on_disk(path),
        }
    }

    /// The headings and anchors of a markdown file; `None` where it cannot be read, so that a link to one of
    /// its parts (`fragment`) is not checked.
    pub(in crate::citation) fn fragments_of(
        &self,
        file: &Path,
        fragment: &str,
    ) -> Option<Arc<FileFragments>> {
        match self.read_fragments(file) {
            Ok(known) => Some(known),
            Err(reason) => {
                if let Some(reason) = reason {
                    let file = file.display();
                    tracing::warn!("{file}: the link to #{fragment} was not checked, since {reason}");
                }
                None
            }
        }
    }

    fn read_fragments(&self, file: &Path) -> ReadFragments {
        if let Some(known) = self.fragments.read().unwrap_or_else(PoisonError::into_inner).files.get(file) {
            return known.clone();
        }
        let read = match read_limited(file, MAX_ARTICLE, AcceptedKinds::Files) {
            Ok(bytes) => Ok(Arc::new(FileFragments::read(String::from_utf8_lossy(&bytes).into_owned()))),
            Err(FileError::Io(_)) => Err(None),
            Err(error) => Err(Some(error.to_string())),
        };
        let mut known = self.fragments.write().unwrap_or_else(PoisonError::into_inner);
        let bytes = read.as_ref().map_or(0, |read| read.size()) + file.as_os_str().len();
        if known.bytes + bytes > MOST_FRAGMENT_BYTES {
            *known = KnownFragments::default();
        }
        known.bytes += bytes;
        known.files.insert(file.to_owned(), read.clone());
        read
    }

    fn folder_listing(&self, folder: &Path) -> Arc<FolderListing> {
        if let Some(known) = self.folders.read().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return Arc::clone(known);
        }
        let listing = Arc::new(list_folder(folder));
        let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
        if folders.len() >= MOST_FOLDERS {
            folders.clear();
        }
        folders.insert(folder.to_owned(), Arc::clone(&listing));
        listing
    }
}

fn list_folder(folder: &Path) -> FolderListing {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return FolderListing::Known(HashMap::new());
        }
        Err(_) => return FolderListing::Closed,
    };
    let mut names = HashMap::new();
    for entry in entries {
        let Ok(entry) = entry else { return FolderListing::Closed };
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_dir() => Some(PathKind::Folder),
            Ok(kind) if kind.is_symlink() => kind_on_disk(&entry.path()),
            Ok(_) => Some(PathKind::File),
            Err(_) => return FolderListing::Closed,
        };
        names.extend(kind.map(|kind| (entry.file_name(), kind)));
    }
    FolderListing::Known(names)
}

fn kind_on_disk(path: &Path) -> Option<PathKind> {
    let meta = fs::metadata(path).ok()?;
    Some(if meta.is_dir() { PathKind::Folder } else { PathKind::File })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_folder_is_listed_once_and_tells_files_from_folders() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("a.md"), "").unwrap();
        let files = LocalFiles::below(dir.path());
        let kind = |name: &str| files.path_kind(&dir.path().join(name));
        assert_eq!(kind("a.md"), Some(PathKind::File));
        assert_eq!(kind("sub"), Some(PathKind::Folder));
        assert_eq!((kind("A.md"), kind("b.md"), kind("none/a.md"), kind("a.md/b")), (None, None, None, None));
        assert_eq!(files.path_kind(Path::new("/")), Some(PathKind::Folder));
        fs::write(dir.path().join("b.md"), "").unwrap();
        assert_eq!(kind("b.md"), None, "it was listed before");
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_what_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("sub"), dir.path().join("to-sub")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("gone"), dir.path().join("to-gone")).unwrap();
        let files = LocalFiles::below(dir.path());
        assert_eq!(files.path_kind(&dir.path().join("to-sub")), Some(PathKind::Folder));
        assert_eq!(files.path_kind(&dir.path().join("to-gone")), None);
    }
}
