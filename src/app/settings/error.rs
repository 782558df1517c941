//! Defines the errors of the configuration, each with the place of the mistake.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingOrigin {
    /// In the built-in defaults.
    Default,
    /// In a file, on a line (from 1).
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// In a variable of the environment.
    Environment(String),
    /// In a `--set` (or another option) of the command line, as it was given.
    CommandLine(String),
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built-in defaults"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment: {name}"),
            Self::CommandLine(argument) => f.write_str(argument),
        }
    }
}

/// An error of the configuration.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("{origin}: invalid TOML: {reason}")]
    Syntax {
        /// Where.
        origin: SettingOrigin,
        /// What the parser said.
        reason: String,
    },
    /// There is no such key.
    #[error("{origin}: unknown key `{key}`")]
    UnknownKey {
        /// Where.
        origin: SettingOrigin,
        /// The key, dotted.
        key: String,
        /// The known key that is nearest.
        nearest: Option<String>,
    },
    /// The value is of another type.
    #[error("{origin}: `{key}` must be {expected}, not {found}")]
    WrongType {
        /// Where.
        origin: SettingOrigin,
        /// The key, dotted.
        key: String,
        /// What is expected, with an example.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The value is of the right type and makes no sense.
    #[error("{origin}: `{key}`: {reason}")]
    WrongValue {
        /// Where.
        origin: SettingOrigin,
        /// The key, dotted.
        key: String,
        /// What is wrong and what is allowed.
        reason: String,
    },
    /// A `--set` is not `KEY=VALUE`.
    #[error("--set {argument}: {reason}")]
    Argument {
        /// The argument.
        argument: String,
        /// What is wrong.
        reason: String,
    },
}

impl SettingsError {
    /// Whether the cause is a failure of the system and not a mistake in the configuration.
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() != io::ErrorKind::NotFound)
    }

    /// What to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::UnknownKey { nearest: None, .. } => {
                Some("`driftline init` writes a file with every key".to_owned())
            }
            Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("`driftline init` writes one".to_owned())
            }
            Self::Argument { .. } => Some("write it as --set network.timeout=5s".to_owned()),
            _ => None,
        }
    }
}
