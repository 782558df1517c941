//! Keeps a store as closed as its folder.
//!
//! A store holds what may be private: cookies, credentials in URLs, pages behind a login. Its folder is made
//! for its owner alone, and no file in it is open to anybody to whom the folder is closed. Who wants to share
//! a store opens the folder (`chmod g+rx`); what is new in it then has the permissions of any new file, as far
//! as the folder's go.

use std::path::Path;

use super::StoreError;

/// Makes the folder of a store, open to its owner only. Folders above it are made as any other.
pub(super) fn create_folder(dir: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::io(dir, source);
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(above) = dir.parent() {
        std::fs::create_dir_all(above).map_err(failed)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        other => other.map_err(failed),
    }
}

/// Takes from everything in a store the permissions that its folder does not give. sled and the socket make
/// their files by the umask; until this runs, the folder itself keeps others out.
#[cfg(unix)]
pub(super) fn close_to_others(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(folder) = std::fs::metadata(dir) else { return };
    restrict_entries(dir, 0o077 & !folder.permissions().mode());
}

#[cfg(unix)]
fn restrict_entries(folder: &Path, closed: u32) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let Ok(found) = std::fs::symlink_metadata(&path) else { continue };
        if found.is_symlink() {
            continue;
        }
        let mode = found.permissions().mode();
        if mode & closed != 0 {
            let permissions = std::fs::Permissions::from_mode(mode & 0o777 & !closed);
            // It may be another user's, or just removed. The folder keeps others out all the same.
            if let Err(error) = std::fs::set_permissions(&path, permissions) {
                tracing::debug!("{}: {error}", path.display());
            }
        }
        if found.is_dir() {
            restrict_entries(&path, closed);
        }
    }
}

#[cfg(not(unix))]
pub(super) fn close_to_others(_: &Path) {}
