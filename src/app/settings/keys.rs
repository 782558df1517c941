//! Reads the known keys from `config/default.toml`, so that there is no second list that could differ.

use std::collections::BTreeMap;

use toml::Value;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A table, whose keys are checked one by one.
    Table,
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list of strings.
    List,
    /// Any type: the stage that owns the rules checks it.
    Any,
}

impl ValueKind {
    fn of_value(value: &Value) -> Self {
        match value {
            Value::Table(_) => Self::Table,
            Value::Integer(_) => Self::Integer,
            Value::Float(_) => Self::Number,
            Value::Boolean(_) => Self::Flag,
            Value::Array(_) => Self::List,
            Value::String(_) | Value::Datetime(_) => Self::Text,
        }
    }

    /// Whether a value is of this type.
    pub fn accepts_value(self, value: &Value) -> bool {
        match self {
            Self::Table => value.is_table(),
            Self::Text => value.is_str(),
            Self::Integer => value.is_integer(),
            Self::Number => value.is_float() || value.is_integer(),
            Self::Flag => value.is_bool(),
            Self::List => value.as_array().is_some_and(|list| list.iter().all(Value::is_str)),
            Self::Any => true,
        }
    }

    /// The type in words.
    pub fn describe_kind(self) -> &'static str {
        match self {
            Self::Table => "a table",
            Self::Text => "a string",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::List => "a list of strings",
            Self::Any => "anything",
        }
    }
}

/// Describes a value for messages such as "… must be a string, not …".
pub fn describe_value(value: &Value) -> String {
    match value {
        Value::Table(_) => "a table".to_owned(),
        // A list of tables may hold a password.
        Value::Array(list) if list.iter().any(Value::is_table) => "a list of tables".to_owned(),
        Value::Array(_) => format!("the list {value}"),
        Value::String(_) => format!("the string {value}"),
        Value::Integer(_) | Value::Float(_) => format!("the number {value}"),
        Value::Boolean(_) => format!("{value}"),
        Value::Datetime(_) => format!("the date {value}"),
    }
}

/// The known keys, with their types and defaults.
#[derive(Debug)]
pub struct KnownKeys {
    kinds: BTreeMap<Vec<String>, ValueKind>,
    examples: BTreeMap<Vec<String>, String>,
}

impl KnownKeys {
    /// Reads the keys from the parsed defaults.
    pub fn from_defaults(defaults: &toml::Table) -> Self {
        let mut known = Self { kinds: BTreeMap::new(), examples: BTreeMap::new() };
        known.add_table(&mut Vec::new(), defaults);
        known
    }

    fn add_table(&mut self, path: &mut Vec<String>, table: &toml::Table) {
        for (key, value) in table {
            path.push(key.clone());
            self.kinds.insert(path.clone(), ValueKind::of_value(value));
            match value {
                Value::Table(inner) => self.add_table(path, inner),
                _ => {
                    self.examples.insert(path.clone(), value.to_string());
                }
            }
            path.pop();
        }
    }

    /// The type of a key; `None` for an unknown key.
    pub fn kind_of(&self, path: &[String]) -> Option<ValueKind> {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["network", "resolve", _] => Some(ValueKind::Text),
            ["hosts", _] => Some(ValueKind::Table),
            ["hosts", _, key] => self.kinds.get(&["politeness".to_owned(), (*key).to_owned()][..]).copied(),
            ["rules", name, _, ..]
                if self.kinds.contains_key(&["rules".to_owned(), (*name).to_owned()][..]) =>
            {
                Some(ValueKind::Any)
            }
            _ => self.kinds.get(path).copied(),
        }
    }

    /// Describes the type of a key, with its default as an example.
    pub fn describe_expected(&self, path: &[String], kind: ValueKind) -> String {
        let owner = match path {
            [first, _, key] if first == "hosts" => vec!["politeness".to_owned(), key.clone()],
            _ => path.to_owned(),
        };
        match self.examples.get(&owner) {
            Some(example) if example != "\"\"" && example != "[]" => {
                format!("{} such as {example}", kind.describe_kind())
            }
            _ => kind.describe_kind().to_owned(),
        }
    }

    /// Finds the known key with the name most similar to an unknown one, if one is similar enough.
    pub fn nearest_key(&self, path: &[String]) -> Option<String> {
        let written = path.join(".");
        let last = path.last()?;
        let in_host = path.len() == 3 && path.first().is_some_and(|first| first == "hosts");
        let limit = (last.chars().count() / 3).max(2);
        self.kinds
            .keys()
            // A host's table takes only keys of [politeness].
            .filter(|key| {
                !in_host || (key.len() == 2 && key.first().is_some_and(|first| first == "politeness"))
            })
            .filter_map(|key| {
                let whole = strsim::damerau_levenshtein(&key.join("."), &written);
                let end = key.last().map_or(usize::MAX, |end| strsim::damerau_levenshtein(end, last));
                // A misspelt key in the same table is preferred to the right key in another table.
                let distance = whole.min(end.saturating_add(usize::from(key.len() != path.len())));
                (distance <= limit).then_some((distance, whole, key))
            })
            .min()
            .map(|(_, _, key)| match (in_host, key.last(), path) {
                (true, Some(end), [hosts, host, _]) => format!("{hosts}.\"{host}\".{end}"),
                _ => key.join("."),
            })
    }
}
