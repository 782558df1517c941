//! What a configuration sets and the user has not trusted, and how that is said.

use std::path::{Path, PathBuf};

use super::error::SettingOrigin;
use super::guarded_keys::GuardedValue;
use super::layers::SettingLayers;
use crate::app::trust::FileVerdict;

/// The number of keys that a message names.
const NAMED: usize = 12;

/// What was not taken over from a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct WithheldSettings {
    file: PathBuf,
    verdict: FileVerdict,
    values: Vec<GuardedValue>,
}

impl WithheldSettings {
    /// What was withheld from a file; `None` if that is nothing.
    pub fn new(file: &Path, verdict: FileVerdict, values: Vec<GuardedValue>) -> Option<Self> {
        (!values.is_empty()).then(|| Self { file: file.to_owned(), verdict, values })
    }

    /// Leaves out what the environment or the command line sets.
    pub fn without_replaced(mut self, layers: &SettingLayers<'_>) -> Option<Self> {
        self.values.retain(|value| {
            let now = layers.all_values().get(&value.path).map(|setting| &setting.origin);
            !matches!(now, Some(SettingOrigin::Environment(_) | SettingOrigin::CommandLine(_)))
        });
        Self::new(&self.file, self.verdict, self.values)
    }

    /// Leaves out what does not concern the store.
    pub fn of_store(mut self) -> Option<Self> {
        self.values.retain(|value| value.path.first().is_some_and(|section| section == "store"));
        Self::new(&self.file, self.verdict, self.values)
    }

    /// The message: the file, and each key with its line.
    pub fn message(&self) -> String {
        let mut named: Vec<(String, usize)> = Vec::new();
        for value in &self.values {
            let key = match value.path.as_slice() {
                [network, resolve, _] if network == "network" && resolve == "resolve" => {
                    "network.resolve".to_owned()
                }
                _ => value.key(),
            };
            if !named.iter().any(|(known, _)| *known == key) {
                named.push((key, value.line));
            }
        }
        let more = named.len().saturating_sub(NAMED);
        let mut listed: Vec<String> =
            named.iter().take(NAMED).map(|(key, line)| format!("{key} (line {line})")).collect();
        if more > 0 {
            listed.push(format!("and {more} more"));
        }
        let reason = match self.verdict {
            FileVerdict::OfAnotherUser(id) => format!("belongs to another user (uid {id})"),
            _ => "is not trusted".to_owned(),
        };
        let (file, listed) = (self.file.display(), listed.join(", "));
        format!("{file} {reason}; the defaults are used for {listed}")
    }

    /// What allows it.
    pub fn hint(&self) -> String {
        if let FileVerdict::OfAnotherUser(_) = self.verdict {
            let file = quote_for_shell(&self.file.to_string_lossy());
            format!("read the file, then name it with --config {file}")
        } else {
            let folder = self.file.parent().unwrap_or(Path::new("."));
            let folder = quote_for_shell(&folder.to_string_lossy());
            format!("read the file, then allow this with: driftline trust {folder}")
        }
    }
}

/// A word as a POSIX shell reads it.
pub fn quote_for_shell(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@:,=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quote_for_shell;

    #[test]
    fn paths_in_hints_can_be_pasted() {
        assert_eq!(quote_for_shell("/srv/存档/a-b"), "/srv/存档/a-b");
        assert_eq!(quote_for_shell("/my archive/it's"), r"'/my archive/it'\''s'");
    }
}
