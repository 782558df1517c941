//! Reads tables of rules: those in `config/*.toml`, which are embedded, and those that a user adds
//! under `[rules]` in `driftline.toml`.
//!
//! Every stage that has rules as data reads them here, so that a wrong key or value is reported in the
//! same way for each: with the path of the key, from which `app::settings` finds file and line.

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// A mistake in a table of rules. Keys are dotted paths inside the table: `wall[0].header.name`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The table has a key that no rule has.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The path of the key.
        key: String,
        /// The path of the known key with the most similar name, if one is similar.
        nearest: Option<String>,
    },
    /// A value has the wrong type, or is not a usable phrase, pattern or selector.
    #[error("`{key}`: {reason}")]
    InvalidValue {
        /// The path of the key; empty where the whole table is meant.
        key: String,
        /// What is wrong with the value.
        reason: String,
    },
}

impl RuleError {
    /// An error about the value of a key.
    pub fn invalid(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::InvalidValue { key: key.into(), reason: reason.into() }
    }

    /// The path of the key that is wrong.
    pub fn key(&self) -> &str {
        match self {
            Self::UnknownKey { key, .. } | Self::InvalidValue { key, .. } => key,
        }
    }

    /// The same error, with its key below another one.
    #[must_use]
    pub fn below(self, parent: &str) -> Self {
        match self {
            Self::UnknownKey { key, nearest } => Self::UnknownKey {
                key: join_path(parent, &key),
                nearest: nearest.map(|nearest| join_path(parent, &nearest)),
            },
            Self::InvalidValue { key, reason } => Self::InvalidValue { key: join_path(parent, &key), reason },
        }
    }
}

fn join_path(parent: &str, key: &str) -> String {
    match (parent.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (_, true) => parent.to_owned(),
        _ => format!("{parent}.{key}"),
    }
}

/// Reads a table as a type whose `Deserialize` denies unknown fields.
///
/// # Errors
/// The first key that the type does not have, or whose value it refuses.
pub fn read_rule_table<T: DeserializeOwned>(table: &Table) -> Result<T, RuleError> {
    read_rule_text(&table.to_string())
}

/// Reads the text of a rule file as [`read_rule_table`] does.
///
/// # Errors
/// As [`read_rule_table`], and where the text is not TOML.
pub fn read_rule_text<T: DeserializeOwned>(text: &str) -> Result<T, RuleError> {
    toml::from_str(text).map_err(|error| match locate_error(text, &error) {
        RuleError::InvalidValue { key, reason } => {
            let lists_strings = || error.span().is_some_and(|span| takes_strings::<T>(text, &span));
            RuleError::invalid(key, describe_type_error(&reason, lists_strings).unwrap_or(reason))
        }
        unknown @ RuleError::UnknownKey { .. } => unknown,
    })
}

/// Reads an embedded rule file with a user's table added: lists are appended, tables are merged key by
/// key, strings that are sets of characters are joined, and any other value of the user replaces the
/// embedded one.
///
/// # Errors
/// As [`read_rule_table`], for the user's table.
pub fn extend_rule_file<T: DeserializeOwned>(embedded: &str, user: &Table) -> Result<T, RuleError> {
    if user.is_empty() {
        return read_rule_text(embedded);
    }
    let mut merged: Table =
        embedded.parse().map_err(|error: toml::de::Error| RuleError::invalid("", error.message()))?;
    // On its own first: a path into the merged table would not be one of the user's.
    read_rule_table::<T>(user)?;
    merge_tables(&mut merged, user);
    read_rule_table(&merged)
}

fn merge_tables(target: &mut Table, user: &Table) {
    for (key, value) in user {
        match (target.get_mut(key), value) {
            (Some(Value::Array(list)), Value::Array(more)) => list.extend(more.iter().cloned()),
            (Some(Value::Table(inner)), Value::Table(more)) => merge_tables(inner, more),
            (Some(Value::String(set)), Value::String(more)) => set.push_str(more),
            _ => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Turns an error of the TOML reader, which knows bytes, into one that knows the key.
fn locate_error(text: &str, error: &toml::de::Error) -> RuleError {
    let message = error.message();
    let key = error.span().and_then(|span| {
        let document = DeTable::parse(text).ok()?;
        let mut innermost = None;
        find_innermost(document.get_ref(), "", span.start, &mut innermost);
        innermost.map(|(_, path)| path)
    });
    let key = key.unwrap_or_default();
    match unknown_field(message) {
        Some(field) => {
            let parent = key.strip_suffix(field).unwrap_or_default().trim_end_matches('.');
            let nearest = nearest_name(field, quoted_names(message).skip(1));
            RuleError::UnknownKey {
                key: join_path(parent, field),
                nearest: nearest.map(|name| join_path(parent, name)),
            }
        }
        None => RuleError::invalid(key, message),
    }
}

/// Whether a list of strings is accepted in place of the value at `span`.
fn takes_strings<T: DeserializeOwned>(text: &str, span: &std::ops::Range<usize>) -> bool {
    let (Some(before), Some(after)) = (text.get(..span.start), text.get(span.end..)) else { return false };
    match toml::from_str::<T>(&format!("{before}[\"\"]{after}")) {
        Ok(_) => true,
        // Another mistake, further on, says nothing of this value.
        Err(error) => error.span().is_none_or(|other| !(span.start..span.start + 4).contains(&other.start)),
    }
}

/// Says serde's "invalid type: FOUND, expected WANTED" as the settings say it; `None` for other messages.
fn describe_type_error(message: &str, lists_strings: impl FnOnce() -> bool) -> Option<String> {
    let (found, wanted) = message.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    let wanted = match wanted {
        "a sequence" if lists_strings() => "a list of strings",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "i64" => "a whole number",
        other if other == "a map" || other.starts_with("struct ") => "a table",
        other => other,
    };
    let found = match found.split_once(' ').unwrap_or((found, "")) {
        ("string", text) => format!("the string {text}"),
        ("integer", number) => format!("the number {}", number.trim_matches('`')),
        ("floating", number) => {
            format!("the number {}", number.trim_start_matches("point ").trim_matches('`'))
        }
        ("boolean", flag) => flag.trim_matches('`').to_owned(),
        ("map", _) => "a table".to_owned(),
        ("sequence", _) => "a list".to_owned(),
        _ => found.to_owned(),
    };
    Some(format!("must be {wanted}, not {found}"))
}

/// The field that serde did not expect.
fn unknown_field(message: &str) -> Option<&str> {
    message.starts_with("unknown field").then(|| quoted_names(message).next()).flatten()
}

/// The names between backquotes.
fn quoted_names(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

/// Of several names the one that is most similar to a misspelt one, if one is similar enough.
pub fn nearest_name<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (written.chars().count() / 3).max(2);
    names
        .map(|name| (strsim::damerau_levenshtein(name, written), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Calls a function with the path and the bytes of every key and list entry of a document.
pub fn visit_paths(table: &DeTable<'_>, parent: &str, visit: &mut dyn FnMut(&str, std::ops::Range<usize>)) {
    for (key, value) in table {
        let path = join_path(parent, &quote_key(key.get_ref()));
        visit(&path, key.span());
        visit_value(value.get_ref(), value.span(), &path, visit);
    }
}

fn visit_value(
    value: &DeValue<'_>,
    span: std::ops::Range<usize>,
    path: &str,
    visit: &mut dyn FnMut(&str, std::ops::Range<usize>),
) {
    match value {
        DeValue::Table(inner) => {
            visit(path, span);
            visit_paths(inner, path, visit);
        }
        DeValue::Array(list) => {
            visit(path, span);
            for (at, entry) in list.iter().enumerate() {
                visit_value(entry.get_ref(), entry.span(), &format!("{path}[{at}]"), visit);
            }
        }
        _ => visit(path, span),
    }
}

/// A key as it is written in a dotted path.
pub fn quote_key(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_bare { key.to_owned() } else { format!("\"{key}\"") }
}

/// Finds the shortest stretch that holds a byte.
fn find_innermost(table: &DeTable<'_>, parent: &str, byte: usize, found: &mut Option<(usize, String)>) {
    visit_paths(table, parent, &mut |path, span| {
        let length = span.len();
        if span.contains(&byte) && found.as_ref().is_none_or(|(shortest, _)| length <= *shortest) {
            *found = Some((length, path.to_owned()));
        }
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Rules {
        words: Vec<String>,
        marks: String,
        limit: Option<u32>,
        wall: Vec<Wall>,
        shell: Shell,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Shell {
        mounts: Vec<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Wall {
        name: String,
        #[serde(default)]
        statuses: Vec<u16>,
    }

    const EMBEDDED: &str = "words = [\"a\"]\nmarks = \"x\"\nlimit = 1\n[[wall]]\nname = \"w\"\n";

    fn extend(user: &str) -> Result<Rules, RuleError> {
        extend_rule_file(EMBEDDED, &user.parse().unwrap())
    }

    #[test]
    fn lists_are_appended_and_numbers_replaced() {
        let user =
            "words = [\"b\"]\nmarks = \"y\"\nlimit = 2\n[[wall]]\nname = \"v\"\n[shell]\nmounts = [\"m\"]";
        let rules = extend(user).unwrap();
        assert_eq!((rules.words.join(""), rules.marks.as_str(), rules.limit), ("ab".into(), "xy", Some(2)));
        assert_eq!((rules.wall.len(), rules.shell.mounts.len()), (2, 1));
        assert_eq!(extend("").unwrap(), read_rule_text(EMBEDDED).unwrap());
    }

    #[test]
    fn an_unknown_key_is_located_and_the_nearest_is_named() {
        let unknown = |key: &str, nearest: Option<&str>| RuleError::UnknownKey {
            key: key.to_owned(),
            nearest: nearest.map(str::to_owned),
        };
        for (user, expected) in [
            ("wrods = []", unknown("wrods", Some("words"))),
            ("[shell]\nmount = []", unknown("shell.mount", Some("shell.mounts"))),
            (
                "[[wall]]\nname = \"a\"\n[[wall]]\nname = \"b\"\nstatusses = [1]",
                unknown("wall[1].statusses", Some("wall[1].statuses")),
            ),
            ("zzzzzzzz = 1", unknown("zzzzzzzz", None)),
        ] {
            assert_eq!(extend(user).unwrap_err(), expected, "{user}");
        }
    }

    #[test]
    fn a_wrong_type_is_said_in_the_words_of_the_settings() {
        for (user, reason) in [
            ("words = \"x\"", "`words`: must be a list of strings, not the string \"x\""),
            ("marks = 3", "`marks`: must be a string, not the number 3"),
            ("limit = \"x\"", "`limit`: must be a whole number of 0 or more, not the string \"x\""),
            ("wall = true", "`wall`: must be a list, not true"),
            (
                "[[wall]]\nname = \"a\"\nstatuses = 1.5",
                "`wall[0].statuses`: must be a list, not the number 1.5",
            ),
        ] {
            assert_eq!(extend(user).unwrap_err().to_string(), reason, "{user}");
        }
    }

    #[test]
    fn a_wrong_value_is_located() {
        for (user, key) in [
            ("words = 3", "words"),
            ("words = [\"a\", 3]", "words[1]"),
            ("[shell]\nmounts = [\"a\", [], 3]", "shell.mounts[1]"),
            ("[[wall]]\nname = \"a\"\n[[wall]]\nstatuses = [1]", "wall[1]"),
            ("[[wall]]\nname = \"a\"\nstatuses = [1, \"x\"]", "wall[0].statuses[1]"),
        ] {
            let error = extend(user).unwrap_err();
            assert_eq!(error.key(), key, "{user}: {error}");
        }
    }
}
