//! The rules that are data: walls, parking, logins, shells, words of "not found".
//!
//! They live in `config/*.toml` and can be extended without a new build: walls and lists of a
//! user's table are added to the embedded ones, single values replace them.

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use url::Url;

use crate::fetch::Response;

/// The files, embedded. Together they are one document.
const EMBEDDED: [&str; 4] = [
    include_str!("../../config/walls.toml"),
    include_str!("../../config/parking.toml"),
    include_str!("../../config/soft404.toml"),
    include_str!("../../config/gates.toml"),
];

/// How much of a page's source is searched for markers: they stand near its beginning.
pub(super) const SEARCHED: usize = 512 * 1024;

/// Up to how many visible characters words count as a wall, where a rule does not say.
const WALL_TEXT: usize = 1500;

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
    pub(super) parking: Parking,
    pub(super) soft404: Soft404,
    pub(super) login: Login,
    pub(super) shell: Shell,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Document {
    wall: Vec<WallRule>,
    parking: ParkingRule,
    soft404: Soft404Rule,
    login: LoginRule,
    shell: ShellRule,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WallRule {
    name: String,
    statuses: Vec<u16>,
    header: Option<HeaderRule>,
    title: Vec<String>,
    body: Vec<String>,
    body_all: Vec<String>,
    text: Vec<String>,
    final_url: Vec<String>,
    max_text: Option<usize>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderRule {
    name: String,
    value: Option<String>,
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
    max_text: Option<usize>,
    short_text: Option<usize>,
    similarity: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LoginRule {
    paths: Vec<String>,
    parameters: Vec<String>,
    hosts: Vec<String>,
    fields: Vec<String>,
    max_text: Option<usize>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ShellRule {
    mounts: Vec<String>,
    max_text: Option<usize>,
}

/// One wall.
#[derive(Clone, Debug)]
pub(super) struct Wall {
    pub(super) name: String,
    statuses: Vec<u16>,
    header: Option<HeaderRule>,
    title: Words,
    body: Words,
    body_all: Vec<Words>,
    text: Words,
    final_url: Vec<Regex>,
    max_text: usize,
}

/// Parked names.
#[derive(Clone, Debug)]
pub(super) struct Parking {
    pub(super) markers: Words,
    pub(super) hosts: Vec<String>,
    pub(super) phrases: Words,
    pub(super) max_text: usize,
}

/// Words of "not found".
#[derive(Clone, Debug)]
pub(super) struct Soft404 {
    pub(super) titles: Words,
    pub(super) phrases: Words,
    pub(super) max_text: usize,
    pub(super) short_text: usize,
    pub(super) similarity: f64,
}

/// Logins.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) paths: Vec<Regex>,
    pub(super) parameters: Vec<String>,
    pub(super) hosts: Vec<Regex>,
    pub(super) fields: Vec<Regex>,
    pub(super) max_text: usize,
}

/// Pages that scripts fill.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    pub(super) mounts: Vec<Regex>,
    pub(super) max_text: usize,
}

/// What a page shows of itself to the rules.
pub(super) struct Face<'a> {
    pub(super) requested: &'a Url,
    pub(super) final_url: &'a Url,
    pub(super) response: &'a Response,
    pub(super) title: &'a str,
    /// The source without policies and comments.
    pub(super) source: &'a str,
    pub(super) visible: &'a str,
    /// Visible characters, white space not counted.
    pub(super) visible_len: usize,
}

impl Signatures {
    /// The rules that come with the program.
    #[expect(clippy::expect_used, reason = "the embedded files are constant, and a test builds them")]
    pub fn embedded() -> Self {
        Self::build(Self::document().expect("embedded rules")).expect("embedded rules")
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
        let Document { wall, parking, soft404, login, shell } = document;
        Ok(Self {
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
                max_text: soft404.max_text.unwrap_or(0),
                short_text: soft404.short_text.unwrap_or(0),
                similarity: soft404.similarity.unwrap_or(1.0),
            },
            login: Login {
                paths: patterns(&login.paths, "login.paths")?,
                parameters: login.parameters,
                hosts: patterns(&login.hosts, "login.hosts")?,
                fields: patterns(&login.fields, "login.fields")?,
                max_text: login.max_text.unwrap_or(0),
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
        self.parking.markers.extend(other.parking.markers);
        self.parking.hosts.extend(other.parking.hosts);
        self.parking.phrases.extend(other.parking.phrases);
        self.parking.max_text = other.parking.max_text.or(self.parking.max_text);
        self.soft404.titles.extend(other.soft404.titles);
        self.soft404.phrases.extend(other.soft404.phrases);
        self.soft404.max_text = other.soft404.max_text.or(self.soft404.max_text);
        self.soft404.short_text = other.soft404.short_text.or(self.soft404.short_text);
        self.soft404.similarity = other.soft404.similarity.or(self.soft404.similarity);
        self.login.paths.extend(other.login.paths);
        self.login.parameters.extend(other.login.parameters);
        self.login.hosts.extend(other.login.hosts);
        self.login.fields.extend(other.login.fields);
        self.login.max_text = other.login.max_text.or(self.login.max_text);
        self.shell.mounts.extend(other.shell.mounts);
        self.shell.max_text = other.shell.max_text.or(self.shell.max_text);
    }
}

impl Wall {
    fn build(rule: WallRule) -> Result<Self, SignatureError> {
        let words = !(rule.title.is_empty()
            && rule.body.is_empty()
            && rule.body_all.is_empty()
            && rule.text.is_empty());
        if !words && rule.statuses.is_empty() && rule.header.is_none() && rule.final_url.is_empty() {
            return Err(SignatureError::Empty(rule.name));
        }
        let body_all = rule.body_all.iter().map(|word| Words::new(std::slice::from_ref(word)));
        Ok(Self {
            statuses: rule.statuses,
            header: rule.header,
            title: Words::new(&rule.title)?,
            body: Words::new(&rule.body)?,
            body_all: body_all.collect::<Result<_, _>>()?,
            text: Words::new(&rule.text)?,
            final_url: patterns(&rule.final_url, &rule.name)?,
            max_text: rule.max_text.unwrap_or(if words { WALL_TEXT } else { usize::MAX }),
            name: rule.name,
        })
    }

    /// What of the page this wall is told by; none where it is not this wall.
    pub(super) fn found(&self, face: &Face<'_>) -> Option<String> {
        let mut told = Vec::new();
        if !self.statuses.is_empty() {
            if !self.statuses.contains(&face.response.status) {
                return None;
            }
            told.push(format!("status {}", face.response.status));
        }
        if let Some(header) = &self.header {
            let value = face.response.headers.iter().find_map(|field| {
                let fits = field.name.eq_ignore_ascii_case(&header.name)
                    && header.value.as_ref().is_none_or(|wanted| {
                        field.value.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase())
                    });
                fits.then_some(field.value.as_str())
            })?;
            told.push(format!("header {}: {value}", header.name));
        }
        if face.visible_len > self.max_text {
            return None;
        }
        if !self.final_url.is_empty() {
            let there = |url: &Url| self.final_url.iter().any(|pattern| pattern.is_match(url.as_str()));
            if !there(face.final_url) || there(face.requested) {
                return None;
            }
            told.push(format!("redirected to {}", face.final_url));
        }
        for (what, words, text) in [
            ("title", &self.title, face.title),
            ("source", &self.body, face.source),
            ("text", &self.text, face.visible),
        ] {
            if !words.is_empty() {
                told.push(format!("{what} holds {:?}", words.first(text)?));
            }
        }
        for word in &self.body_all {
            told.push(format!("source holds {:?}", word.first(face.source)?));
        }
        Some(told.join(", "))
    }
}

/// Words that are looked for at once, whatever their case (of ASCII letters).
#[derive(Clone, Debug)]
pub(super) struct Words {
    words: Vec<String>,
    automaton: Option<AhoCorasick>,
}

impl Words {
    fn new(words: &[String]) -> Result<Self, SignatureError> {
        let words: Vec<String> = words.iter().filter(|word| !word.is_empty()).cloned().collect();
        let automaton = if words.is_empty() {
            None
        } else {
            let built = AhoCorasick::builder().ascii_case_insensitive(true).build(&words);
            Some(built.map_err(|error| SignatureError::Pattern {
                pattern: words.join(", "),
                of: "a list of words".to_owned(),
                reason: error.to_string(),
            })?)
        };
        Ok(Self { words, automaton })
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The first of the words that a text holds.
    pub(super) fn first(&self, text: &str) -> Option<&str> {
        let found = self.automaton.as_ref()?.find(text)?;
        self.words.get(found.pattern().as_usize()).map(String::as_str)
    }
}

fn patterns(sources: &[String], of: &str) -> Result<Vec<Regex>, SignatureError> {
    let compile = |pattern: &String| {
        RegexBuilder::new(pattern)
            .case_insensitive(true)
            .dot_matches_new_line(true)
            .size_limit(1 << 20)
            .build()
            .map_err(|error| SignatureError::Pattern {
                pattern: pattern.clone(),
                of: of.to_owned(),
                reason: error.to_string(),
            })
    };
    sources.iter().map(compile).collect()
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
            "[[wall]]\nname = \"mine\"\nheader = { name = \"x-mine\" }\n[soft404]\nshort_text = 7",
        ))
        .unwrap();
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
