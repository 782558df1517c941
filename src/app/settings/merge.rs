//! Turns the merged sources into [`Settings`], and places each mistake where it was written.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};
use url::Host;

use super::error::{SettingOrigin, SettingsError};
use super::layers::{SettingLayers, SettingValue, dotted_path};
use super::rules::RuleTables;
use super::sections::Settings;
use crate::model::{RuleError, read_rule_table};

/// The folders that relative paths start from.
#[derive(Clone, Copy, Debug)]
pub struct BaseFolders<'a> {
    /// For paths of the file and of the defaults.
    pub config: &'a Path,
    /// For paths of the environment and the command line.
    pub current: &'a Path,
}

impl BaseFolders<'_> {
    fn absolute_path(self, path: &str, origin: &SettingOrigin) -> String {
        let base = match origin {
            SettingOrigin::Default | SettingOrigin::File { .. } => self.config,
            SettingOrigin::Environment(_) | SettingOrigin::CommandLine(_) => self.current,
        };
        base.join(path).to_string_lossy().into_owned()
    }

    /// Makes the paths of a setting absolute, where it holds paths.
    fn make_absolute(self, path: &[String], setting: &SettingValue) -> Result<Value, SettingsError> {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        if !matches!(words.as_slice(), ["store", "dir"] | ["network", "ca_certs"]) {
            return Ok(setting.value.clone());
        }
        let absolute = |value: &Value| match value.as_str() {
            Some("") => Err(wrong_value(path, setting, "is empty; write a path")),
            Some(text) => Ok(Value::String(self.absolute_path(text, &setting.origin))),
            None => Ok(value.clone()),
        };
        match &setting.value {
            Value::Array(list) => list.iter().map(absolute).collect::<Result<_, _>>().map(Value::Array),
            value => absolute(value),
        }
    }
}

fn wrong_value(path: &[String], setting: &SettingValue, reason: impl Into<String>) -> SettingsError {
    SettingsError::WrongValue {
        origin: setting.origin.clone(),
        key: dotted_path(path),
        reason: reason.into(),
    }
}

/// Reads the settings from the merged sources.
pub fn read_settings(layers: &SettingLayers<'_>, bases: BaseFolders<'_>) -> Result<Settings, SettingsError> {
    let mut merged = Table::new();
    for (path, setting) in layers.all_values() {
        if path.first().is_some_and(|section| section != "hosts") {
            insert_value(&mut merged, path, bases.make_absolute(path, setting)?);
        }
    }
    let rules = merged.remove("rules");
    nest_politeness(&mut merged, host_tables(layers)?);
    let located = |error: RuleError| locate_error(layers, error);
    let mut settings: Settings = read_rule_table(&merged).map_err(located)?;
    lengthen_default_patience(&mut settings, layers);
    Ok(Settings { rules: RuleTables::new(subtables(rules)).map_err(located)?, ..settings })
}

/// A run that may wait an hour for a `Retry-After` is patient for an hour, unless the patience is set.
fn lengthen_default_patience(settings: &mut Settings, layers: &SettingLayers<'_>) {
    let is_set = |section: &[&str]| {
        let path: Vec<String> = section.iter().chain(&["patience"]).map(|&word| word.to_owned()).collect();
        layers.all_values().get(&path).is_some_and(|setting| setting.origin != SettingOrigin::Default)
    };
    if is_set(&["politeness"]) {
        return;
    }
    let politeness = &mut settings.politeness;
    let written: Vec<&String> = layers
        .all_values()
        .keys()
        .filter_map(|path| match path.as_slice() {
            [section, name, key] if section == "hosts" && key == "patience" => Some(name),
            _ => None,
        })
        .collect();
    let sets_own = |host: &str| {
        written
            .iter()
            .any(|name| Host::parse(name.trim_end_matches('.')).is_ok_and(|name| name.to_string() == host))
    };
    let hosts = politeness.hosts.iter_mut().filter(|(host, _)| !sets_own(host)).map(|(_, own)| own);
    for own in hosts.chain(std::iter::once(&mut politeness.every_host)) {
        own.patience = own.patience.max(own.retry_after_cap);
    }
}

/// Sets a value below a path. A value of a later source can be a table where an earlier one is not.
fn insert_value(table: &mut Table, path: &[String], value: Value) {
    let mut table = table;
    let Some((key, above)) = path.split_last() else { return };
    for name in above {
        let inner = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
        if !inner.is_table() {
            *inner = Value::Table(Table::new());
        }
        let Some(next) = inner.as_table_mut() else { return };
        table = next;
    }
    table.insert(key.clone(), value);
}

fn subtables(rules: Option<Value>) -> BTreeMap<String, Table> {
    let Some(Value::Table(rules)) = rules else { return BTreeMap::new() };
    let table = |(name, value)| match value {
        Value::Table(table) => Some((name, table)),
        _ => None,
    };
    rules.into_iter().filter_map(table).collect()
}

/// Puts the keys of `[politeness]` that `[hosts]` can override into a table of their own, and beside it
/// a complete table for each host.
fn nest_politeness(merged: &mut Table, hosts: BTreeMap<String, Table>) {
    let Some(Value::Table(politeness)) = merged.get_mut("politeness") else { return };
    let mut every_host = std::mem::take(politeness);
    for key in ["concurrency", "host_key"] {
        politeness.extend(every_host.remove_entry(key));
    }
    let complete = |(name, overrides): (String, Table)| {
        let mut table = every_host.clone();
        table.extend(overrides);
        (name, Value::Table(table))
    };
    politeness.insert("hosts".to_owned(), Value::Table(hosts.into_iter().map(complete).collect()));
    politeness.insert("every_host".to_owned(), Value::Table(every_host));
}

/// The tables under `[hosts]`, by the host name as it stands in URLs.
fn host_tables(layers: &SettingLayers<'_>) -> Result<BTreeMap<String, Table>, SettingsError> {
    let (mut hosts, mut written_names) = (BTreeMap::<String, Table>::new(), BTreeMap::new());
    for (path, setting) in layers.all_values() {
        let [section, name, key] = path.as_slice() else { continue };
        if section != "hosts" {
            continue;
        }
        let wrong = |reason: &str| Err(wrong_value(path, setting, reason));
        match key.as_str() {
            "concurrency" => {
                return wrong("counts over all hosts: set it in [politeness], or per_host_concurrency here");
            }
            "host_key" => return wrong("says which hosts share their limits: set it in [politeness]"),
            _ => {}
        }
        let Ok(host) = Host::parse(name.trim_end_matches('.')) else {
            return wrong("the name of the table is not a host name");
        };
        let host = host.to_string();
        let earlier = written_names.entry(host.clone()).or_insert(name);
        if *earlier != name {
            return wrong(&format!("the same host as \"{earlier}\": keep one table"));
        }
        hosts.entry(host).or_default().insert(key.clone(), setting.value.clone());
    }
    Ok(hosts)
}

/// Adds to an error the place where its key was written.
fn locate_error(layers: &SettingLayers<'_>, error: RuleError) -> SettingsError {
    let written_key = |key: String| {
        key.replacen("politeness.every_host", "politeness", 1).replacen("politeness.hosts.", "hosts.", 1)
    };
    match error {
        RuleError::UnknownKey { key, nearest } => {
            SettingsError::UnknownKey { origin: layers.origin_of(&key), key, nearest }
        }
        RuleError::InvalidValue { key, reason } => {
            let key = written_key(key);
            SettingsError::WrongValue { origin: layers.origin_of(&key), key, reason }
        }
    }
}
