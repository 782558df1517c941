//! The rules that are data: walls, parking, logins, shells, words of "not found".
//!
//! They live in `config/*.toml` and can be extended without a new build: walls and lists of a
//! user's table are added to the embedded ones, single values replace them.

pub(in crate::verdict) mod rule;

use serde::Deserialize;

use super::signatures::rule::{Login, Parking, Shell, Soft404, Wall, WallRule, Words, patterns};

/// The files, embedded. Together they are one document.
const EMBEDDED: [&str; 4] = [
    include_str!("../../../config/walls.toml"),
    include_str!("../../../config/parking.toml"),
    include_str!("../../../config/soft404.toml"),
    include_str!("../../../config/gates.toml"),
];

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The table does not have the rules' form.
    #[error("signatures: {0}")]
    Form(#[from] toml::de::Error),
    /// A regular expression is malformed.
    #[error("signatures: the pattern {pattern:?} of {of}: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The rule that holds it.
        of: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A rule that states no condition would match every page.
    #[error("signatures: the wall {0:?} states no condition")]
    Empty(String),
}

/// The rules, ready to match.
#[derive(Clone, Debug)]
pub struct Signatures {
    pub(super) walls: Vec<Wall>,
    /// What known sites say, in words of their own, in the place of a page that is gone.
    pub(super) notices: Vec<Wall>,
    pub(super) parking: Parking,
    pub(super) soft404: Soft404,
    pub(super) login: Login,
    pub(super) shell: Shell,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Document {
    wall: Vec<WallRule>,
    notice: Vec<WallRule>,
    parking: ParkingRule,
    soft404: Soft404Rule,
    login: LoginRule,
    shell: ShellRule,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ParkingRule {
    markers: Vec<String>,
    hosts: Vec<String>,
    phrases: Vec<String>,
    max_text: Option<usize>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Soft404Rule {
    titles: Vec<String>,
    phrases: Vec<String>,
    hints: Vec<String>,
    paths: Vec<String>,
    max_text: Option<usize>,
    gates: Vec<String>,
    gate_paths: Vec<String>,
    troubles: Vec<String>,
    short_text: Option<usize>,
    similarity: Option<f64>,
    similarity_with_title: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LoginRule {
    paths: Vec<String>,
    parameters: Vec<String>,
    hosts: Vec<String>,
    fields: Vec<String>,
    max_text: Option<usize>,
    phrases: Vec<String>,
    max_phrase_text: Option<usize>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ShellRule {
    mounts: Vec<String>,
    max_text: Option<usize>,
}

impl Signatures {
    /// The rules that come with the program.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the embedded files are constant, and a test builds them"
    )]
    pub fn embedded() -> Self {
        Self::document().and_then(Self::build).expect("the embedded rules are whole")
    }

    /// The embedded rules, extended by a user's table of the same form.
    pub fn with_user(table: &toml::Table) -> Result<Self, SignatureError> {
        let user: Document = table.clone().try_into()?;
        let mut document = Self::document()?;
        document.extend(user);
        Self::build(document)
    }

    fn document() -> Result<Document, SignatureError> {
        let mut document = Document::default();
        for text in EMBEDDED {
            document.extend(toml::from_str(text)?);
        }
        Ok(document)
    }

    fn build(document: Document) -> Result<Self, SignatureError> {
        let Document { wall, notice, parking, soft404, login, shell } = document;
        Ok(Self {
            notices: notice.into_iter().map(Wall::build).collect::<Result<_, _>>()?,
            walls: wall.into_iter().map(Wall::build).collect::<Result<_, _>>()?,
            parking: Parking {
                markers: Words::new(&parking.markers)?,
                hosts: parking.hosts,
                phrases: Words::new(&parking.phrases)?,
                max_text: parking.max_text.unwrap_or(0),
            },
            soft404: Soft404 {
                titles: Words::new(&soft404.titles)?,
                phrases: Words::new(&soft404.phrases)?,
                paths: patterns(&soft404.paths, "soft404.paths")?,
                max_text: soft404.max_text.unwrap_or(0),
                short_text: soft404.short_text.unwrap_or(0),
                hints: Words::new(&soft404.hints)?,
                gates: Words::new(&soft404.gates)?,
                gate_paths: patterns(&soft404.gate_paths, "soft404.gate_paths")?,
                troubles: Words::new(&soft404.troubles)?,
                similarity: soft404.similarity.unwrap_or(1.0),
                similarity_with_title: soft404.similarity_with_title.unwrap_or(1.0),
            },
            login: Login {
                paths: patterns(&login.paths, "login.paths")?,
                parameters: login.parameters,
                hosts: patterns(&login.hosts, "login.hosts")?,
                fields: patterns(&login.fields, "login.fields")?,
                max_text: login.max_text.unwrap_or(0),
                phrases: Words::new(&login.phrases)?,
                max_phrase_text: login.max_phrase_text.unwrap_or(0),
            },
            shell: Shell {
                mounts: patterns(&shell.mounts, "shell.mounts")?,
                max_text: shell.max_text.unwrap_or(0),
            },
        })
    }
}

impl Document {
    fn extend(&mut self, other: Self) {
        self.wall.extend(other.wall);
        self.notice.extend(other.notice);
        self.parking.markers.extend(other.parking.markers);
        self.parking.hosts.extend(other.parking.hosts);
        self.parking.phrases.extend(other.parking.phrases);
        self.parking.max_text = other.parking.max_text.or(self.parking.max_text);
        self.soft404.titles.extend(other.soft404.titles);
        self.soft404.phrases.extend(other.soft404.phrases);
        self.soft404.paths.extend(other.soft404.paths);
        self.soft404.max_text = other.soft404.max_text.or(self.soft404.max_text);
        self.soft404.short_text = other.soft404.short_text.or(self.soft404.short_text);
        self.soft404.hints.extend(other.soft404.hints);
        self.soft404.gates.extend(other.soft404.gates);
        self.soft404.gate_paths.extend(other.soft404.gate_paths);
        self.soft404.troubles.extend(other.soft404.troubles);
        self.soft404.similarity_with_title =
            other.soft404.similarity_with_title.or(self.soft404.similarity_with_title);
        self.soft404.similarity = other.soft404.similarity.or(self.soft404.similarity);
        self.login.paths.extend(other.login.paths);
        self.login.parameters.extend(other.login.parameters);
        self.login.hosts.extend(other.login.hosts);
        self.login.fields.extend(other.login.fields);
        self.login.phrases.extend(other.login.phrases);
        self.login.max_phrase_text = other.login.max_phrase_text.or(self.login.max_phrase_text);
        self.login.max_text = other.login.max_text.or(self.login.max_text);
        self.shell.mounts.extend(other.shell.mounts);
        self.shell.max_text = other.shell.max_text.or(self.shell.max_text);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_embedded_rules_are_whole() {
        let rules = Signatures::embedded();
        assert!(rules.walls.len() > 20 && rules.walls.iter().all(|wall| !wall.name.is_empty()));
        assert!(rules.parking.max_text > 0 && rules.soft404.max_text > 0);
        assert!(rules.login.max_text > 0 && rules.shell.max_text > 0);
        assert!((0.9..1.0).contains(&rules.soft404.similarity));
    }

    #[test]
    fn a_user_extends_the_rules_and_is_told_what_is_wrong() {
        let table = |text: &str| text.parse::<toml::Table>().unwrap();
        let rules = Signatures::with_user(&table(
            "[[wall]]\nname = \"mine\"\nheader = { name = \"x-mine\" }\n[soft404]\nshort_text = 7\n\
             [[notice]]\nname = \"theirs\"\nhosts = [\"a.example\"]\ntext = [\"withdrawn\"]",
        ))
        .unwrap();
        assert_eq!(rules.notices.len(), Signatures::embedded().notices.len() + 1);
        assert_eq!(rules.walls.len(), Signatures::embedded().walls.len() + 1);
        assert_eq!(rules.soft404.short_text, 7);
        assert!(rules.soft404.titles.first("Page NOT Found").is_some(), "the embedded lists stay");
        for (text, named) in [
            ("[[wall]]\nname = \"all\"", "all"),
            ("[[wall]]\nname = \"x\"\nstatusses = [1]", "statusses"),
            ("[login]\npaths = [\"(\"]", "login.paths"),
        ] {
            let error = Signatures::with_user(&table(text)).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
