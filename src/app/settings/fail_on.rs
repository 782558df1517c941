//! The kinds of findings that can make the exit code 2: `report.fail_on`.

use serde::Deserialize;

/// A kind of finding that can make the exit code 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum FailOn {
    /// Dead now, and was not before: confirmed in this run, or never seen alive and gone at first sight.
    NewlyDead,
    /// Was seen alive and fails in this run, for the first time since.
    NewlySuspect,
    /// Dead by its verdict, or by its state over time.
    Dead,
    /// Drifted now, and had not before.
    NewlyDrifted,
    /// Drifted.
    Drifted,
    /// Moved.
    Moved,
    /// Could not be judged.
    Failing,
    /// Refused by the server.
    Blocked,
    /// Not a URL.
    Invalid,
}

impl FailOn {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::NewlyDead,
        Self::NewlySuspect,
        Self::Dead,
        Self::NewlyDrifted,
        Self::Drifted,
        Self::Moved,
        Self::Failing,
        Self::Blocked,
        Self::Invalid,
    ];

    /// The kind's name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyDead => "newly-dead",
            Self::NewlySuspect => "newly-suspect",
            Self::Dead => "dead",
            Self::NewlyDrifted => "newly-drifted",
            Self::Drifted => "drifted",
            Self::Moved => "moved",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
            Self::Invalid => "invalid",
        }
    }
}

impl TryFrom<String> for FailOn {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("\"{word}\" is not one of {}", all.join(", "))
        })
    }
}
