//! Watches how much of the disk is free, so that a command ends in order before the disk is full.
//!
//! A full disk is noticed anyway, by the write that fails; but then what was fetched meanwhile is lost. A file
//! system that does not know its size (some network and FUSE file systems say 0), or that cannot be asked, is
//! never taken for full.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::StoreError;

/// The most that [`MinFree::Auto`] leaves free, in bytes.
const AUTO_BYTES: u64 = 1 << 30;
/// The fraction of a small file system that [`MinFree::Auto`] leaves free, as a divisor.
const AUTO_PART: u64 = 20;

/// How much of the disk must stay free (`store.min_free`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinFree {
    /// 1 GiB, or a twentieth of a file system below 20 GiB.
    Auto,
    /// This number of bytes; 0 switches every check of free space off.
    Bytes(u64),
    /// This percentage of the file system.
    Percent(u8),
}

/// The size of a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// Its whole size.
    pub total: u64,
    /// What this user may still write.
    pub free: u64,
}

/// Measures the file system that holds a folder.
#[derive(Clone)]
pub struct SpaceGauge(Arc<Measure>);

type Measure = dyn Fn(&Path) -> io::Result<DiskSpace> + Send + Sync;

impl SpaceGauge {
    /// A gauge that asks this function; tests fill a disk with it that is not full.
    pub fn new(measure: impl Fn(&Path) -> io::Result<DiskSpace> + Send + Sync + 'static) -> Self {
        Self(Arc::new(measure))
    }
}

impl Default for SpaceGauge {
    fn default() -> Self {
        Self::new(|path| {
            let stats = fs4::statvfs(path)?;
            Ok(DiskSpace { total: stats.total_space(), free: stats.available_space() })
        })
    }
}

impl fmt::Debug for SpaceGauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpaceGauge")
    }
}

/// Two are equal if they are copies of one.
impl PartialEq for SpaceGauge {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SpaceGauge {}

/// How much must stay free, and how that is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceRule {
    /// How much must stay free.
    pub min_free: MinFree,
    /// How the free space is measured.
    pub gauge: SpaceGauge,
}

impl Default for SpaceRule {
    fn default() -> Self {
        Self { min_free: MinFree::Auto, gauge: SpaceGauge::default() }
    }
}

impl SpaceRule {
    /// Checks that `store.min_free` and `more` bytes are free where `path` is or would be. `purpose` says for
    /// what, such as "a run".
    ///
    /// # Errors
    /// [`StoreError::LowSpace`] if they are not.
    pub fn require(&self, path: &Path, purpose: &str, more: u64) -> Result<(), StoreError> {
        self.check(path, purpose, |total| self.min_free.bytes(total).saturating_add(more))
    }

    /// Checks that `bytes` are free, and no more than that: for what gives room in the end, or writes
    /// elsewhere.
    ///
    /// # Errors
    /// [`StoreError::LowSpace`] if they are not.
    pub fn require_only(&self, path: &Path, purpose: &str, bytes: u64) -> Result<(), StoreError> {
        self.check(path, purpose, |_| bytes)
    }

    fn check(&self, path: &Path, purpose: &str, needed: impl Fn(u64) -> u64) -> Result<(), StoreError> {
        let Some(DiskSpace { total, free }) = self.measure(path) else { return Ok(()) };
        let needed = needed(total);
        if free >= needed {
            return Ok(());
        }
        let purpose = purpose.to_owned();
        Err(StoreError::LowSpace { path: path.to_owned(), free, needed, purpose })
    }

    /// The file system of the nearest folder that exists; `None` if it is not known or must not be asked.
    fn measure(&self, path: &Path) -> Option<DiskSpace> {
        if self.min_free == MinFree::Bytes(0) {
            return None;
        }
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = absolute.ancestors().find(|folder| folder.exists())?;
        match (self.gauge.0)(folder) {
            Ok(space) => Some(space).filter(|space| space.total > 0),
            Err(error) => {
                tracing::debug!("{}: the free space is not known: {error}", folder.display());
                None
            }
        }
    }
}

impl MinFree {
    /// The number of bytes that must stay free of a file system of `total` bytes.
    fn bytes(self, total: u64) -> u64 {
        match self {
            Self::Auto => AUTO_BYTES.min(total / AUTO_PART),
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => {
                let bytes = u128::from(total) * u128::from(percent) / 100;
                u64::try_from(bytes).unwrap_or(u64::MAX)
            }
        }
    }
}

/// A rule for the disk of one store, for those who do not know the store.
#[derive(Clone, Debug)]
pub struct SpaceGuard {
    /// The store's folder.
    pub dir: PathBuf,
    /// The rule.
    pub rule: SpaceRule,
}

impl SpaceGuard {
    /// Checks that enough is free for a run to go on. `unwritten` is the number of bytes that are already on
    /// their way to the disk.
    ///
    /// # Errors
    /// [`StoreError::LowSpace`] if it is not.
    pub fn check(&self, unwritten: u64) -> Result<(), StoreError> {
        let purpose = if unwritten == 0 { "a run" } else { "a run with what it has still to write" };
        self.rule.require(&self.dir, purpose, unwritten)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn rule(min_free: MinFree, total: u64, free: u64) -> SpaceRule {
        SpaceRule { min_free, gauge: SpaceGauge::new(move |_| Ok(DiskSpace { total, free })) }
    }

    fn passes(min_free: MinFree, total: u64, free: u64) -> bool {
        rule(min_free, total, free).require(Path::new("."), "a run", 0).is_ok()
    }

    #[test]
    fn the_default_suits_large_disks_and_small_ones() {
        let gib = 1 << 30;
        assert!(passes(MinFree::Auto, 500 * gib, gib));
        assert!(!passes(MinFree::Auto, 500 * gib, gib - 1));
        // A file system in memory of 64 MiB.
        assert!(passes(MinFree::Auto, 64 << 20, 4 << 20));
        assert!(!passes(MinFree::Auto, 64 << 20, 3 << 20));
        assert!(passes(MinFree::Percent(5), 1_000, 50));
        assert!(!passes(MinFree::Percent(5), 1_000, 49));
        assert!(!passes(MinFree::Bytes(100), 1_000, 99));
    }

    #[test]
    fn what_is_not_known_or_not_wanted_is_never_too_little() {
        assert!(passes(MinFree::Auto, 0, 0), "some file systems say 0");
        assert!(passes(MinFree::Bytes(0), 1_000, 0), "switched off");
        let unknown = SpaceGauge::new(|_| Err(io::ErrorKind::Unsupported.into()));
        let rule = SpaceRule { min_free: MinFree::Percent(100), gauge: unknown };
        assert!(rule.require(Path::new("."), "a run", 1 << 40).is_ok());
        assert!(!passes(MinFree::Auto, 1_000, 0), "a disk that is full");
    }

    #[test]
    fn the_message_says_how_much_where_and_for_what() {
        let rule = rule(MinFree::Bytes(1 << 20), 1 << 30, 3 << 19);
        let error = rule.require(Path::new("a/.driftline"), "the import", 2 << 20).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a/.driftline: 1.5 MiB are free on this disk, and the import needs 3.0 MiB"
        );
        // Without the reserve.
        assert!(rule.require_only(Path::new("a"), "the copy", 3 << 19).is_ok());
        assert!(rule.require_only(Path::new("a"), "the copy", (3 << 19) + 1).is_err());
    }

    #[test]
    fn a_folder_that_does_not_exist_yet_is_measured_where_it_would_be() {
        let folder = tempfile::tempdir().unwrap();
        let expected = folder.path().to_owned();
        let gauge = SpaceGauge::new(move |path| {
            assert_eq!(path, expected);
            Ok(DiskSpace { total: 100, free: 10 })
        });
        let rule = SpaceRule { min_free: MinFree::Bytes(11), gauge };
        assert!(rule.require(&folder.path().join("new/.driftline"), "a run", 0).is_err());
        // The real file system has a size.
        assert!(SpaceRule::default().measure(folder.path()).is_some());
    }
}
