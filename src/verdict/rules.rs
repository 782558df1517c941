//! One rule each: what it is built from, and how it matches.

use std::cell::OnceCell;

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use url::Url;

use super::page;
use super::signatures::SignatureError;
use crate::fetch::Response;

/// Up to how many visible characters words count as a wall, where a rule does not say.
const WALL_TEXT: usize = 1500;

/// A wall as it is written; `config/walls.toml` explains the keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WallRule {
    name: String,
    hosts: Vec<String>,
    statuses: Vec<u16>,
    header: Option<HeaderRule>,
    title: Vec<String>,
    max_title: Option<usize>,
    body: Vec<String>,
    body_all: Vec<String>,
    text: Vec<String>,
    final_url: Vec<String>,
    max_text: Option<usize>,
    max_source: Option<usize>,
}

/// A header field that a wall is told by.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderRule {
    name: String,
    value: Option<String>,
}

/// One wall.
#[derive(Clone, Debug)]
pub(super) struct Wall {
    pub(super) name: String,
    hosts: Vec<String>,
    statuses: Vec<u16>,
    header: Option<HeaderRule>,
    title: Words,
    max_title: usize,
    body: Words,
    body_all: Vec<Words>,
    text: Words,
    final_url: Vec<Regex>,
    max_text: usize,
    max_source: usize,
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
    pub(super) hints: Words,
    pub(super) paths: Vec<Regex>,
    pub(super) max_text: usize,
    pub(super) short_text: usize,
    pub(super) gates: Words,
    pub(super) gate_paths: Vec<Regex>,
    pub(super) troubles: Words,
    pub(super) similarity: f64,
    pub(super) similarity_with_title: f64,
}

/// Logins.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) paths: Vec<Regex>,
    pub(super) parameters: Vec<String>,
    pub(super) hosts: Vec<Regex>,
    pub(super) fields: Vec<Regex>,
    pub(super) max_text: usize,
    pub(super) phrases: Words,
    pub(super) max_phrase_text: usize,
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
    /// The source as it came; empty where the answer is no HTML.
    pub(super) html: &'a str,
    /// The source without policies and comments, made where a rule asks for it: most pages are too
    /// long for any.
    pub(super) stripped: OnceCell<String>,
    pub(super) visible: &'a str,
    /// Visible characters, white space not counted.
    pub(super) visible_len: usize,
}

impl Face<'_> {
    /// The source in which markers are looked for.
    pub(super) fn source(&self) -> &str {
        self.stripped.get_or_init(|| page::source(self.html))
    }
}

impl Wall {
    pub(super) fn build(rule: WallRule) -> Result<Self, SignatureError> {
        let words = !(rule.title.is_empty()
            && rule.body.is_empty()
            && rule.body_all.is_empty()
            && rule.text.is_empty());
        if !words && rule.statuses.is_empty() && rule.header.is_none() && rule.final_url.is_empty() {
            return Err(SignatureError::Empty(rule.name));
        }
        let body_all = rule.body_all.iter().map(|word| Words::new(std::slice::from_ref(word)));
        Ok(Self {
            hosts: rule.hosts,
            statuses: rule.statuses,
            header: rule.header,
            title: Words::new(&rule.title)?,
            max_title: rule.max_title.unwrap_or(usize::MAX),
            body: Words::new(&rule.body)?,
            body_all: body_all.collect::<Result<_, _>>()?,
            text: Words::new(&rule.text)?,
            final_url: patterns(&rule.final_url, &rule.name)?,
            max_source: rule.max_source.unwrap_or(usize::MAX),
            max_text: rule.max_text.unwrap_or(if words { WALL_TEXT } else { usize::MAX }),
            name: rule.name,
        })
    }

    /// What of the page this wall is told by; none where it is not this wall.
    pub(super) fn found(&self, face: &Face<'_>) -> Option<String> {
        let mut told = Vec::new();
        if !self.hosts.is_empty() && !self.hosts.iter().any(|host| is_below(face.final_url, host)) {
            return None;
        }
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
        if face.visible_len > self.max_text || face.html.len() > self.max_source {
            return None;
        }
        if !self.final_url.is_empty() {
            let there = |url: &Url| self.final_url.iter().any(|pattern| pattern.is_match(url.as_str()));
            if face.final_url == face.requested || !there(face.final_url) || there(face.requested) {
                return None;
            }
            told.push(format!("redirected to {}", face.final_url));
        }
        if face.title.chars().nth(self.max_title).is_some() {
            return None;
        }
        if !self.title.is_empty() {
            told.push(format!("title holds {:?}", self.title.first(face.title)?));
        }
        if !self.text.is_empty() {
            told.push(format!("text holds {:?}", self.text.first(face.visible)?));
        }
        for words in self.body_all.iter().chain((!self.body.is_empty()).then_some(&self.body)) {
            told.push(format!("source holds {:?}", words.first(face.source())?));
        }
        Some(told.join(", "))
    }
}

/// Whether a URL's host is this one or below it.
pub(super) fn is_below(url: &Url, parent: &str) -> bool {
    url.host_str().is_some_and(|host| {
        host == parent || host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Words that are looked for at once, whatever their case (of ASCII letters).
#[derive(Clone, Debug)]
pub(super) struct Words {
    words: Vec<String>,
    automaton: Option<AhoCorasick>,
}

impl Words {
    pub(super) fn new(words: &[String]) -> Result<Self, SignatureError> {
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

/// Compiles patterns; `of` names the rule in errors.
pub(super) fn patterns(sources: &[String], of: &str) -> Result<Vec<Regex>, SignatureError> {
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
