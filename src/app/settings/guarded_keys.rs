//! Decides which values of a configuration need the user's trust, by the list in `config/trust.toml`.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::error::{SettingOrigin, SettingsError};
use super::layers::{SettingLayers, dotted_path};
use super::quantity::{parse_duration, parse_size};

/// The list of keys with what may be set without trust.
pub(super) const TRUST_LIST: &str = include_str!("../../../config/trust.toml");

/// How many times the default a value may be where the default is the least.
const MOST_TIMES: f64 = 10.0;

/// Which values of a key count without trust. The words are those of `config/trust.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Freedom {
    Any,
    AtMost,
    AtLeast,
    Rate,
    Inside,
    Trusted,
}

/// A value of a configuration that needs trust.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardedValue {
    /// The key's path.
    pub path: Vec<String>,
    /// The line in the file.
    pub line: usize,
    /// The value as TOML.
    pub value: Value,
    /// Stands for the value, and for what it refers to, in the records of the user.
    pub digest: String,
}

impl GuardedValue {
    /// The key as it is written in TOML.
    pub fn key(&self) -> String {
        dotted_path(&self.path)
    }
}

/// The list, parsed.
#[derive(Debug)]
pub struct KeyGuards<'a> {
    list: Table,
    defaults: &'a Table,
}

impl<'a> KeyGuards<'a> {
    /// Reads the list.
    pub fn embedded(defaults: &'a Table) -> Result<Self, SettingsError> {
        let list = TRUST_LIST.parse().map_err(|error: toml::de::Error| SettingsError::Syntax {
            origin: SettingOrigin::Default,
            reason: error.message().to_owned(),
        })?;
        Ok(Self { list, defaults })
    }

    /// The values from the file that need trust, in the order of the file. `root` is the folder of the
    /// configuration.
    pub fn find_guarded(&self, layers: &SettingLayers<'_>, root: &Path) -> Vec<GuardedValue> {
        let mut found: Vec<GuardedValue> = Vec::new();
        for (path, setting) in layers.all_values() {
            let SettingOrigin::File { line, .. } = setting.origin else { continue };
            if !self.is_harmless(path, &setting.value, root) {
                let digest = digest_value(path, &setting.value, root);
                found.push(GuardedValue { path: path.clone(), line, value: setting.value.clone(), digest });
            }
        }
        found.sort_by_key(|guarded| guarded.line);
        found
    }

    /// The default of a key; a host's table has those of `[politeness]`.
    pub fn default_of(&self, path: &[String]) -> Option<&'a Value> {
        look_up(self.defaults, &class_path(path))
    }

    fn freedom_of(&self, path: &[String]) -> Freedom {
        let class = class_path(path);
        // A whole table can have one class, as [rules] and network.resolve have.
        let listed = (1..=class.len()).filter_map(|length| look_up(&self.list, class.get(..length)?));
        let word = listed.into_iter().find(|value| value.is_str());
        word.and_then(|word| word.clone().try_into().ok()).unwrap_or(Freedom::Trusted)
    }

    fn is_harmless(&self, path: &[String], value: &Value, root: &Path) -> bool {
        let default = self.default_of(path);
        if default == Some(value) {
            return true;
        }
        // A value that cannot be read is refused later, with a message.
        let amounts = || Some((amount_of(value), default.and_then(amount_of)?));
        match self.freedom_of(path) {
            Freedom::Any => true,
            Freedom::Trusted => false,
            Freedom::AtMost => amounts().is_some_and(|(own, most)| own.is_none_or(|own| own <= most)),
            Freedom::AtLeast => amounts().is_some_and(|(own, least)| {
                own.is_none_or(|own| (least..=least * MOST_TIMES).contains(&own))
            }),
            Freedom::Rate => {
                amounts().is_some_and(|(own, most)| own.is_none_or(|own| own != 0.0 && own <= most))
            }
            Freedom::Inside => value
                .as_str()
                .is_some_and(|text| resolve_path(root, text).is_some_and(|p| p.starts_with(root))),
        }
    }
}

/// The key under which a path is listed: the keys of a host stand for those of `[politeness]`.
pub(super) fn class_path(path: &[String]) -> Vec<&str> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["hosts", _, rest @ ..] => std::iter::once("politeness").chain(rest.iter().copied()).collect(),
        _ => words,
    }
}

fn look_up<'t>(table: &'t Table, path: &[&str]) -> Option<&'t Value> {
    let (last, above) = path.split_last()?;
    let mut table = table;
    for word in above {
        table = table.get(*word)?.as_table()?;
    }
    table.get(*last)
}

/// A number, a time in seconds or a size in bytes.
fn amount_of(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::String(text) => {
            let time = parse_duration(text).map(|time| time.as_secs_f64());
            time.or_else(|_| parse_size(text).map(|bytes| bytes as f64)).ok()
        }
        _ => None,
    }
}

/// Where a path leads after links are resolved; `None` where that cannot be said. What does not exist yet
/// is taken as it is written, and must not lead upwards.
fn resolve_path(root: &Path, text: &str) -> Option<PathBuf> {
    let whole = root.join(text);
    let existing = whole.ancestors().find(|path| path.symlink_metadata().is_ok())?;
    let missing = whole.strip_prefix(existing).ok()?;
    let is_plain = missing.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    is_plain.then_some(())?;
    let existing = std::fs::canonicalize(existing).ok()?;
    // Joined with nothing, a path would end in a separator.
    Some(if missing.as_os_str().is_empty() { existing } else { existing.join(missing) })
}

/// Stands for a value. What a path leads to is part of it: the place of the store, and the certificates.
fn digest_value(path: &[String], value: &Value, root: &Path) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(dotted_path(path).as_bytes());
    add(value.to_string().as_bytes());
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["store", "dir"] => {
            let place = value.as_str().and_then(|text| resolve_path(root, text));
            add(place.unwrap_or_default().as_os_str().as_encoded_bytes());
        }
        ["network", "ca_certs"] => {
            for name in value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                add(&std::fs::read(root.join(name)).unwrap_or_default());
            }
        }
        _ => {}
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_place_is_the_same_before_and_after_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("archive");
        std::fs::create_dir(&root).unwrap();
        let before = resolve_path(&root, "../store").unwrap();
        std::fs::create_dir(folder.path().join("store")).unwrap();
        let after = resolve_path(&root, "../store").unwrap();
        assert_eq!(before.as_os_str(), after.as_os_str());
    }
}
