//! Knows whom the user trusts: which `driftline.toml` may reach beyond its archive, and which stores this
//! user made.
//!
//! A configuration that is found beside an archive may have come with it. Which of its values need trust
//! is decided by `app::settings::guarded_keys`; this folder keeps what the user has allowed, in the user's
//! state folder. `docs/design/trust.md` gives the reasons.

mod config_file;
mod records;
mod state_folder;
mod stores;
mod variable;

pub use config_file::{ConfigFile, FileBirth, resolve_folder};
pub use records::{FileTrust, TrustRecords};
pub use stores::{StoreOrigin, StoreRecord, StoreRecords, origin_without_records, record_new_store};
pub use variable::TRUST_VARIABLE;

use std::ffi::OsString;

/// What the user has allowed.
#[derive(Clone, Debug, Default)]
pub struct UserTrust {
    /// Whether [`TRUST_VARIABLE`] is set.
    everything: bool,
    /// `None` where there is no state folder.
    records: Option<TrustRecords>,
}

impl UserTrust {
    /// Reads the environment, and finds the state folder of this user.
    pub fn from_environment(environment: &[(OsString, OsString)]) -> Self {
        let everything = variable::trusts_everything(environment);
        Self { everything, records: TrustRecords::of_this_user(environment) }
    }

    /// Whether [`TRUST_VARIABLE`] trusts all that belongs to this user.
    pub fn trusts_everything(&self) -> bool {
        self.everything
    }

    /// The records in the state folder.
    pub fn records(&self) -> Option<&TrustRecords> {
        self.records.as_ref()
    }

    /// What may be taken over from a file.
    pub fn of_file(&self, file: &ConfigFile) -> FileVerdict {
        if let Some(id) = file.other_owner {
            return FileVerdict::OfAnotherUser(id);
        }
        if self.everything {
            return FileVerdict::Everything;
        }
        match self.records.as_ref().and_then(|records| records.find_file(&file.path)) {
            Some(record) if record.is_made_here(file) => FileVerdict::Everything,
            Some(record) => FileVerdict::Values(record),
            None => FileVerdict::Nothing,
        }
    }
}

/// What may be taken over from a file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileVerdict {
    /// All of it.
    Everything,
    /// What needs no trust, and the values that this record holds.
    Values(FileTrust),
    /// Only what needs no trust.
    Nothing,
    /// Only what needs no trust; the file belongs to the user with this number.
    OfAnotherUser(u32),
}

impl FileVerdict {
    /// Whether the value of a key that needs trust is allowed.
    pub fn allows(&self, key: &str, digest: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Values(record) => record.allowed.get(key).is_some_and(|known| known == digest),
            Self::Nothing | Self::OfAnotherUser(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::files::AcceptedKinds;

    fn trust_with(variable: &str, state: &std::path::Path) -> UserTrust {
        UserTrust::from_environment(&[
            (TRUST_VARIABLE.into(), variable.into()),
            ("XDG_STATE_HOME".into(), state.into()),
        ])
    }

    #[test]
    fn the_variable_trusts_own_files_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("driftline.toml");
        std::fs::write(&path, "").unwrap();
        let mut file = ConfigFile::read(&path, AcceptedKinds::Files).unwrap();
        assert_eq!(trust_with("1", folder.path()).of_file(&file), FileVerdict::Everything);
        for no in ["", "0", "false", "No"] {
            assert_eq!(trust_with(no, folder.path()).of_file(&file), FileVerdict::Nothing, "{no}");
        }
        file.other_owner = Some(7);
        let verdict = trust_with("1", folder.path()).of_file(&file);
        assert_eq!(verdict, FileVerdict::OfAnotherUser(7));
        assert!(!verdict.allows("network.proxy", ""));
    }

    #[test]
    fn a_recorded_value_is_allowed_and_no_other_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("driftline.toml");
        std::fs::write(&path, "").unwrap();
        let file = ConfigFile::read(&path, AcceptedKinds::Files).unwrap();
        let trust = trust_with("", folder.path());
        let allowed = [("network.proxy".to_owned(), "a".to_owned())].into();
        trust.records().unwrap().trust_values(&file, allowed, std::collections::BTreeMap::new()).unwrap();
        let verdict = trust.of_file(&file);
        assert!(verdict.allows("network.proxy", "a"));
        assert!(!verdict.allows("network.proxy", "b") && !verdict.allows("network.resolve", "a"));
        assert!(trust.records().unwrap().forget_file(&file.path).unwrap());
        assert_eq!(trust.of_file(&file), FileVerdict::Nothing);
        assert!(!trust.records().unwrap().forget_file(&file.path).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn what_init_made_may_be_edited_and_not_exchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("driftline.toml");
        std::fs::write(&path, "a").unwrap();
        let made = ConfigFile::read(&path, AcceptedKinds::Files).unwrap();
        if made.birth.is_none() {
            println!("skipped: this file system knows no time of birth");
            return;
        }
        let trust = trust_with("", folder.path());
        trust.records().unwrap().record_made_here(&made).unwrap();
        std::fs::write(&path, "edited").unwrap();
        assert_eq!(
            trust.of_file(&ConfigFile::read(&path, AcceptedKinds::Files).unwrap()),
            FileVerdict::Everything
        );
        let other = folder.path().join("other");
        std::fs::write(&other, "a").unwrap();
        std::fs::rename(&other, &path).unwrap();
        let exchanged = trust.of_file(&ConfigFile::read(&path, AcceptedKinds::Files).unwrap());
        assert!(!exchanged.allows("network.proxy", ""), "{exchanged:?}");
    }
}
