//! The sources of settings, laid over each other: a key path to its value and where it was written.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::error::{Origin, SettingsError};
use super::keys::{Kind, KnownKeys, describe};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
}

/// All values, by key path. A later source replaces single keys, never a whole table.
#[derive(Clone, Debug)]
pub struct Layers<'k> {
    keys: &'k KnownKeys,
    leaves: BTreeMap<Vec<String>, Leaf>,
}

impl<'k> Layers<'k> {
    /// The defaults alone.
    pub fn new(keys: &'k KnownKeys, defaults: toml::Table) -> Result<Self, SettingsError> {
        let mut layers = Self { keys, leaves: BTreeMap::new() };
        layers.add(&mut Vec::new(), Value::Table(defaults), &|_| Origin::Default)?;
        Ok(layers)
    }

    /// All values.
    pub fn leaves(&self) -> &BTreeMap<Vec<String>, Leaf> {
        &self.leaves
    }

    /// Lays a file's text over what is there.
    pub fn add_file(&mut self, path: &Path, text: &str) -> Result<(), SettingsError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let at = |offset: usize| {
            let before = text.get(..offset).unwrap_or(text);
            Origin::File { path: path.to_owned(), line: before.matches('\n').count() + 1 }
        };
        let syntax = |error: &toml::de::Error| SettingsError::Syntax {
            origin: at(error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        };
        let values: toml::Table = text.parse().map_err(|error| syntax(&error))?;
        let spans = DeTable::parse(text).map_err(|error| syntax(&error))?;
        let mut lines = BTreeMap::new();
        note_spans(&mut Vec::new(), spans.get_ref(), &mut lines);
        let origin = |key: &[String]| at(lines.get(key).map_or(0, |span| span.start));
        self.add(&mut Vec::new(), Value::Table(values), &origin)
    }

    /// Lays the variables `DRIFTLINE_A__B` over what is there.
    pub fn add_environment(&mut self, variables: &[(OsString, OsString)]) -> Result<(), SettingsError> {
        for (name, value) in variables {
            let Some(name) = name.to_str() else { continue };
            let Some(key) = name.strip_prefix("DRIFTLINE_") else { continue };
            let path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
            // One word is a section (DRIFTLINE_HOSTS='{…}') or somebody else's variable.
            if path.len() < 2 && self.keys.kind(&path).is_none() {
                tracing::warn!("{name} is no setting: write two underscores between section and key");
                continue;
            }
            let origin = Origin::Environment(name.to_owned());
            let Some(value) = value.to_str() else {
                let reason = "not UTF-8".to_owned();
                return Err(SettingsError::WrongValue { origin, key: path.join("."), reason });
            };
            self.add_text(&path, value, &origin)?;
        }
        Ok(())
    }

    /// Lays a `--set KEY=VALUE` over what is there.
    pub fn add_argument(&mut self, argument: &str) -> Result<(), SettingsError> {
        let wrong = |reason: &str| SettingsError::Argument {
            argument: argument.to_owned(),
            reason: reason.to_owned(),
        };
        let equals = unquoted_equals(argument).ok_or_else(|| wrong("has no `=`"))?;
        let (key, value) = argument.split_at_checked(equals).ok_or_else(|| wrong("has no `=`"))?;
        let keys = toml_edit::Key::parse(key).map_err(|_| wrong("the key is not a dotted TOML key"))?;
        let path: Vec<String> = keys.iter().map(|key| key.get().to_owned()).collect();
        let origin = Origin::CommandLine(format!("--set {argument}"));
        self.add_text(&path, value.get(1..).unwrap_or_default().trim(), &origin)
    }

    /// Sets a key to a path that an option of its own gave.
    pub fn add_path(&mut self, key: &[&str], path: &Path, option: &str) -> Result<(), SettingsError> {
        let origin = Origin::CommandLine(option.to_owned());
        let key: Vec<String> = key.iter().map(|&word| word.to_owned()).collect();
        let Some(text) = path.to_str() else {
            let reason = format!("{}: not UTF-8", path.display());
            return Err(SettingsError::WrongValue { origin, key: dotted(&key), reason });
        };
        self.leaves.insert(key, Leaf { value: Value::String(text.to_owned()), origin });
        Ok(())
    }

    /// A value from outside a file: TOML where it is TOML, else a string. What must be a string is
    /// one even if it looks like a number, and one string stands for a list of one.
    fn add_text(&mut self, path: &[String], text: &str, origin: &Origin) -> Result<(), SettingsError> {
        let parsed = format!("v = {text}").parse::<toml::Table>().ok().filter(|table| table.len() == 1);
        let parsed = parsed.and_then(|mut table| table.remove("v"));
        let plain = || Value::String(text.to_owned());
        let value = match (self.keys.kind(path), parsed) {
            (Some(Kind::Text), Some(value)) if !value.is_str() => plain(),
            (Some(Kind::List), None) => Value::Array(vec![plain()]),
            (Some(Kind::List), Some(Value::String(text))) => Value::Array(vec![Value::String(text)]),
            (_, Some(value)) => value,
            (_, None) => plain(),
        };
        self.add(&mut path.to_owned(), value, &|_| origin.clone())
    }

    /// Checks a value against the known keys and lays it over what is there.
    fn add(
        &mut self,
        path: &mut Vec<String>,
        value: Value,
        origin: &dyn Fn(&[String]) -> Origin,
    ) -> Result<(), SettingsError> {
        let kind = if path.is_empty() { Some(Kind::Table) } else { self.keys.kind(path) };
        let Some(kind) = kind else {
            return Err(SettingsError::UnknownKey {
                origin: origin(path),
                key: dotted(path),
                nearest: self.keys.nearest(path),
            });
        };
        if !kind.accepts(&value) {
            return Err(SettingsError::WrongType {
                origin: origin(path),
                key: dotted(path),
                expected: self.keys.expectation(path, kind),
                found: describe(&value),
            });
        }
        match value {
            Value::Table(table) if kind == Kind::Table => {
                // The first mistake of a file is the one to report, so go by place, not by name.
                let mut entries: Vec<_> = table.into_iter().collect();
                entries.sort_by_key(|(key, _)| {
                    let mut whole = path.clone();
                    whole.push(key.clone());
                    match origin(&whole) {
                        Origin::File { line, .. } => line,
                        _ => 0,
                    }
                });
                for (key, value) in entries {
                    path.push(key);
                    self.add(path, value, origin)?;
                    path.pop();
                }
            }
            value => {
                self.leaves.insert(path.clone(), Leaf { value, origin: origin(path) });
            }
        }
        Ok(())
    }
}

/// A key path as it is written in TOML.
pub fn dotted(path: &[String]) -> String {
    let bare =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let words: Vec<String> =
        path.iter().map(|word| if bare(word) { word.clone() } else { format!("\"{word}\"") }).collect();
    words.join(".")
}

/// Where the `=` between key and value stands: outside quotes.
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

fn note_spans(path: &mut Vec<String>, table: &DeTable<'_>, lines: &mut BTreeMap<Vec<String>, Range<usize>>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        lines.insert(path.clone(), key.span());
        if let DeValue::Table(inner) = value.get_ref() {
            note_spans(path, inner, lines);
        }
        path.pop();
    }
}
