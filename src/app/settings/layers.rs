//! Merges the sources of settings key by key, and remembers where each value was written.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use toml::Value;
use toml::de::DeTable;

use super::error::{SettingOrigin, SettingsError};
use super::keys::{KnownKeys, ValueKind, describe_value};
use crate::app::trust::TRUST_VARIABLE;
use crate::model::{MASK, quote_key, visit_paths};

/// Variables that begin like a setting and are none.
const OTHER_VARIABLES: [&str; 2] = ["DRIFTLINE_LOG", TRUST_VARIABLE];

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct SettingValue {
    /// The value.
    pub value: Value,
    /// The place where it was written.
    pub origin: SettingOrigin,
}

/// All values by key path. A later source replaces single keys, never a whole table.
#[derive(Clone, Debug)]
pub struct SettingLayers<'k> {
    keys: &'k KnownKeys,
    values: BTreeMap<Vec<String>, SettingValue>,
    /// The lines of the file by dotted path, including those of list entries.
    lines: BTreeMap<String, SettingOrigin>,
}

impl<'k> SettingLayers<'k> {
    /// Starts with the defaults.
    pub fn new(keys: &'k KnownKeys, defaults: toml::Table) -> Result<Self, SettingsError> {
        let mut layers = Self { keys, values: BTreeMap::new(), lines: BTreeMap::new() };
        layers.add_checked(&mut Vec::new(), Value::Table(defaults), &|_| SettingOrigin::Default)?;
        Ok(layers)
    }

    /// All values.
    pub fn all_values(&self) -> &BTreeMap<Vec<String>, SettingValue> {
        &self.values
    }

    /// Puts the default, where there is one, in the place of a value.
    pub fn restore_default(&mut self, path: &[String], default: Option<&Value>) {
        match default {
            Some(value) => {
                let value = SettingValue { value: value.clone(), origin: SettingOrigin::Default };
                self.values.insert(path.to_owned(), value);
            }
            None => {
                self.values.remove(path);
            }
        }
    }

    /// The place of a dotted path with list entries, such as `rules.verdict.wall[1].hosts[0]`. For a path
    /// that was not written, the place of the nearest one above it.
    pub fn origin_of(&self, key: &str) -> SettingOrigin {
        let is_above = |path: &[String]| {
            let path = dotted_path(path);
            key.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let leaf = self.values.iter().find(|(path, _)| is_above(path)).map(|(_, leaf)| &leaf.origin);
        match leaf {
            None | Some(SettingOrigin::File { .. }) => {}
            Some(origin) => return origin.clone(),
        }
        let mut above = key;
        loop {
            if let Some(origin) = self.lines.get(above) {
                return origin.clone();
            }
            match above.rfind(['.', '[']) {
                Some(end) => above = above.get(..end).unwrap_or_default(),
                None => return leaf.cloned().unwrap_or(SettingOrigin::Default),
            }
        }
    }

    /// Adds the values of a file.
    pub fn add_file(&mut self, path: &Path, text: &str) -> Result<(), SettingsError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let at = |offset: usize| {
            let before = text.get(..offset).unwrap_or(text);
            SettingOrigin::File { path: path.to_owned(), line: before.matches('\n').count() + 1 }
        };
        let syntax = |error: &toml::de::Error| SettingsError::Syntax {
            origin: at(error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        };
        let values: toml::Table = text.parse().map_err(|error| syntax(&error))?;
        let spans = DeTable::parse(text).map_err(|error| syntax(&error))?;
        let mut lines = BTreeMap::new();
        visit_paths(spans.get_ref(), "", &mut |key, span| {
            lines.entry(key.to_owned()).or_insert_with(|| at(span.start));
        });
        let origin = |key: &[String]| lines.get(&dotted_path(key)).cloned().unwrap_or_else(|| at(0));
        self.add_checked(&mut Vec::new(), Value::Table(values), &origin)?;
        self.lines.extend(lines);
        Ok(())
    }

    /// Adds the values of the variables `DRIFTLINE_A__B`.
    pub fn add_environment(&mut self, variables: &[(OsString, OsString)]) -> Result<(), SettingsError> {
        for (name, value) in variables {
            let Some(name) = name.to_str() else { continue };
            let Some(key) = name.strip_prefix("DRIFTLINE_").filter(|_| !OTHER_VARIABLES.contains(&name))
            else {
                continue;
            };
            let path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
            // One word is a section (DRIFTLINE_HOSTS='{…}') or not a setting.
            if path.len() < 2 && self.keys.kind_of(&path).is_none() {
                tracing::warn!("{name} is not a setting; write two underscores between section and key");
                continue;
            }
            let origin = SettingOrigin::Environment(name.to_owned());
            let Some(value) = value.to_str() else {
                let reason = "not UTF-8".to_owned();
                return Err(SettingsError::WrongValue { origin, key: path.join("."), reason });
            };
            self.add_text(&path, value, &origin)?;
        }
        Ok(())
    }

    /// Adds the value of a `--set KEY=VALUE`.
    pub fn add_argument(&mut self, argument: &str) -> Result<(), SettingsError> {
        let wrong = |reason: &str| SettingsError::Argument {
            argument: argument.to_owned(),
            reason: reason.to_owned(),
        };
        let equals = unquoted_equals(argument).ok_or_else(|| wrong("has no `=`"))?;
        let (key, value) = argument.split_at_checked(equals).ok_or_else(|| wrong("has no `=`"))?;
        let keys = toml_edit::Key::parse(key).map_err(|_| wrong("the key is not a dotted TOML key"))?;
        let path: Vec<String> = keys.iter().map(|key| key.get().to_owned()).collect();
        let shown = if dotted_path(&path) == "network.proxy" && value.contains('@') {
            format!("{key}={MASK}")
        } else {
            argument.to_owned()
        };
        let origin = SettingOrigin::CommandLine(format!("--set {shown}"));
        self.add_text(&path, value.get(1..).unwrap_or_default().trim(), &origin)
    }

    /// Adds a path from an option such as `--store`.
    pub fn add_path(&mut self, key: &[&str], path: &Path, option: &str) -> Result<(), SettingsError> {
        let origin = SettingOrigin::CommandLine(option.to_owned());
        let key: Vec<String> = key.iter().map(|&word| word.to_owned()).collect();
        let Some(text) = path.to_str() else {
            let reason = format!("{}: not UTF-8", path.display());
            return Err(SettingsError::WrongValue { origin, key: dotted_path(&key), reason });
        };
        self.values.insert(key, SettingValue { value: Value::String(text.to_owned()), origin });
        Ok(())
    }

    /// Adds a value from outside a file, which is TOML if it parses, else a string. A key that takes a
    /// string takes the text even if it looks like a number, and a key that takes a list takes one
    /// string.
    fn add_text(&mut self, path: &[String], text: &str, origin: &SettingOrigin) -> Result<(), SettingsError> {
        let parsed = format!("v = {text}").parse::<toml::Table>().ok().filter(|table| table.len() == 1);
        let parsed = parsed.and_then(|mut table| table.remove("v"));
        let plain = || Value::String(text.to_owned());
        let value = match (self.keys.kind_of(path), parsed) {
            (Some(ValueKind::Text), Some(value)) if !value.is_str() => plain(),
            (Some(ValueKind::List), None) => Value::Array(vec![plain()]),
            (Some(ValueKind::List), Some(Value::String(text))) => Value::Array(vec![Value::String(text)]),
            (_, Some(value)) => value,
            (_, None) => plain(),
        };
        self.add_checked(&mut path.to_owned(), value, &|_| origin.clone())
    }

    /// Checks a value against the known keys and adds it.
    fn add_checked(
        &mut self,
        path: &mut Vec<String>,
        value: Value,
        origin: &dyn Fn(&[String]) -> SettingOrigin,
    ) -> Result<(), SettingsError> {
        let kind = if path.is_empty() { Some(ValueKind::Table) } else { self.keys.kind_of(path) };
        let Some(kind) = kind else {
            return Err(SettingsError::UnknownKey {
                origin: origin(path),
                key: dotted_path(path),
                nearest: self.keys.nearest_key(path),
            });
        };
        if !kind.accepts_value(&value) {
            return Err(SettingsError::WrongType {
                origin: origin(path),
                key: dotted_path(path),
                expected: self.keys.describe_expected(path, kind),
                found: describe_value(&value),
            });
        }
        match value {
            Value::Table(table) if matches!(kind, ValueKind::Table | ValueKind::Any) => {
                // Entries are checked in the order of the file, so that its first mistake is reported.
                let mut entries: Vec<_> = table.into_iter().collect();
                entries.sort_by_key(|(key, _)| {
                    let mut whole = path.clone();
                    whole.push(key.clone());
                    match origin(&whole) {
                        SettingOrigin::File { line, .. } => line,
                        _ => 0,
                    }
                });
                for (key, value) in entries {
                    path.push(key);
                    self.add_checked(path, value, origin)?;
                    path.pop();
                }
            }
            value => {
                self.values.insert(path.clone(), SettingValue { value, origin: origin(path) });
            }
        }
        Ok(())
    }
}

/// A key path as it is written in TOML.
pub fn dotted_path(path: &[String]) -> String {
    path.iter().map(|word| quote_key(word)).collect::<Vec<_>>().join(".")
}

/// Finds the `=` between key and value, which is the first one outside quotes.
fn unquoted_equals(argument: &str) -> Option<usize> {
    let mut quote = None;
    for (place, c) in argument.char_indices() {
        match (quote, c) {
            (None, '=') => return Some(place),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}
