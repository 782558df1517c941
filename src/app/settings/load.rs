//! Finds `driftline.toml` and lays the sources of settings over each other.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::{SettingOrigin, SettingsError};
use super::guarded_keys::{GuardedValue, KeyGuards};
use super::keys::KnownKeys;
use super::layers::SettingLayers;
use super::merge::{BaseFolders, read_settings};
use super::sections::Settings;
use super::withheld::WithheldSettings;
use crate::app::trust::{ConfigFile, UserTrust};
use crate::files::{AcceptedKinds, describe_kind};

/// The name of the configuration.
pub const CONFIG_NAME: &str = "driftline.toml";

/// The built-in defaults, with their comments.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// Where settings are read from.
#[derive(Clone, Copy, Debug)]
pub struct SettingSources<'a> {
    /// The file of `--config`.
    pub config: Option<&'a Path>,
    /// Where the search for `driftline.toml` starts: here, then above.
    pub search_from: &'a Path,
    /// All variables of the environment.
    pub environment: &'a [(OsString, OsString)],
    /// The `--set` arguments.
    pub set: &'a [String],
    /// The folder of `--store`.
    pub store: Option<&'a Path>,
    /// Whom the user trusts. It matters for a file that is found; one that `--config` names is trusted.
    pub trust: &'a UserTrust,
}

/// Settings, and where they came from.
#[derive(Clone, Debug)]
pub struct LoadedSettings {
    /// The settings.
    pub settings: Settings,
    /// The folder of the configuration, or the current one: what article ids are relative to.
    pub root: PathBuf,
    /// The configuration, where there is one.
    pub config: Option<PathBuf>,
    /// What the configuration sets and the user has not trusted. The defaults are in its place.
    pub withheld: Option<WithheldSettings>,
    /// Whether the environment or the command line names the folder of the store.
    pub is_store_named: bool,
}

impl Settings {
    /// The built-in defaults, with paths below this folder.
    pub fn defaults(root: &Path) -> Result<Self, SettingsError> {
        let table = default_table()?;
        let keys = KnownKeys::from_defaults(&table);
        let layers = SettingLayers::new(&keys, table)?;
        read_settings(&layers, BaseFolders { config: root, current: root })
    }

    /// Finds the file, lays the sources over each other and judges every value.
    pub fn load(sources: &SettingSources<'_>) -> Result<LoadedSettings, SettingsError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| SettingsError::Read { path, source }
        };
        let current = std::env::current_dir().map_err(unreadable(Path::new(".")))?;
        let config = match sources.config {
            Some(path) => Some(path.to_owned()),
            None => find_config(&current.join(sources.search_from)),
        };
        let root = match config.as_deref().and_then(Path::parent) {
            Some(folder) => std::fs::canonicalize(current.join(folder)).map_err(unreadable(folder))?,
            None => current.clone(),
        };

        let table = default_table()?;
        let keys = KnownKeys::from_defaults(&table);
        let guards = KeyGuards::embedded(&table)?;
        let mut layers = SettingLayers::new(&keys, table.clone())?;
        let mut withheld = None;
        if let Some(path) = &config {
            // What is found may be anything; what is named may be a pipe.
            let accepted =
                if sources.config.is_some() { AcceptedKinds::FilesAndPipes } else { AcceptedKinds::Files };
            let file = ConfigFile::read(path, accepted).map_err(unreadable(path))?;
            layers.add_file(path, config_text(path, &file)?)?;
            if sources.config.is_none() {
                withheld = withhold_untrusted(&mut layers, &guards, &file, sources.trust, &root);
            }
        }
        layers.add_environment(sources.environment)?;
        for argument in sources.set {
            layers.add_argument(argument)?;
        }
        if let Some(folder) = sources.store {
            layers.add_path(&["store", "dir"], &current.join(folder), "--store")?;
        }
        let mut settings = read_settings(&layers, BaseFolders { config: &root, current: &current })?;
        settings.store.named = sources.store.is_some();
        settings.store.without_links_below = vec![root.clone(), current.clone()];
        let withheld = withheld.and_then(|withheld| withheld.without_replaced(&layers));
        let named = layers.origin_of("store.dir");
        let is_store_named = matches!(named, SettingOrigin::Environment(_) | SettingOrigin::CommandLine(_));
        Ok(LoadedSettings { settings, root, config, withheld, is_store_named })
    }

    /// The values of a configuration that need trust.
    pub fn find_guarded(file: &ConfigFile) -> Result<Vec<GuardedValue>, SettingsError> {
        let table = default_table()?;
        let keys = KnownKeys::from_defaults(&table);
        let mut layers = SettingLayers::new(&keys, table.clone())?;
        layers.add_file(&file.path, config_text(&file.path, file)?)?;
        let root = file.path.parent().unwrap_or(Path::new("."));
        Ok(KeyGuards::embedded(&table)?.find_guarded(&layers, root))
    }
}

/// The text of a configuration.
fn config_text<'f>(path: &Path, file: &'f ConfigFile) -> Result<&'f str, SettingsError> {
    std::str::from_utf8(&file.bytes).map_err(|error| SettingsError::Syntax {
        origin: SettingOrigin::File {
            path: path.to_owned(),
            line: line_of_byte(&file.bytes, error.valid_up_to()),
        },
        reason: "not UTF-8".to_owned(),
    })
}

/// Puts the defaults in the place of what a file sets and the user has not trusted.
fn withhold_untrusted(
    layers: &mut SettingLayers<'_>,
    guards: &KeyGuards<'_>,
    file: &ConfigFile,
    trust: &UserTrust,
    root: &Path,
) -> Option<WithheldSettings> {
    let verdict = trust.of_file(file);
    let mut values = guards.find_guarded(layers, root);
    values.retain(|value| !verdict.allows(&value.key(), &value.digest));
    for value in &values {
        layers.restore_default(&value.path, guards.default_of(&value.path));
    }
    WithheldSettings::new(&file.path, verdict, values)
}

/// The line that holds a byte, counted from 1.
fn line_of_byte(bytes: &[u8], offset: usize) -> usize {
    bytes.iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1
}

/// The nearest `driftline.toml` in a folder or above it.
pub fn find_config(folder: &Path) -> Option<PathBuf> {
    let folder = std::fs::canonicalize(folder).ok()?;
    folder.ancestors().map(|above| above.join(CONFIG_NAME)).find(|path| is_config(path))
}

/// Whether a file lies under the name of a configuration. What else lies there is said, and passed over.
fn is_config(path: &Path) -> bool {
    let Ok(found) = std::fs::metadata(path) else { return false };
    if !found.is_file() {
        let kind = describe_kind(found.file_type());
        tracing::warn!("{}: skipped, since it is {kind}, not a file", path.display());
    }
    found.is_file()
}

/// The defaults, parsed.
pub fn default_table() -> Result<toml::Table, SettingsError> {
    DEFAULTS.parse().map_err(|error: toml::de::Error| SettingsError::Syntax {
        origin: SettingOrigin::Default,
        reason: error.message().to_owned(),
    })
}
