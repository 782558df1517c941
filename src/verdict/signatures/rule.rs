//! One rule each: what it is built from, and how it matches.

use std::cell::OnceCell;

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use url::Url;

use crate::fetch::Response;
use crate::verdict::page_features;
use crate::verdict::signatures::SignatureError;

/// Up to how many visible characters words count as a wall, where a rule does not say.
const WALL_TEXT: usize = 1500;

/// A wall as it is written; `config/walls.toml` explains the keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::verdict) struct WallRule {
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
pub(in crate::verdict) struct HeaderRule {
    name: String,
    value: Option<String>,
}

/// One wall.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct Wall {
    pub(in crate::verdict) name: String,
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
pub(in crate::verdict) struct Parking {
    pub(in crate::verdict) markers: Words,
    pub(in crate::verdict) hosts: Vec<String>,
    pub(in crate::verdict) phrases: Words,
    pub(in crate::verdict) max_text: usize,
}

/// Words of "not found".
#[derive(Clone, Debug)]
pub(in crate::verdict) struct Soft404 {
    pub(in crate::verdict) titles: Words,
    pub(in crate::verdict) phrases: Words,
    pub(in crate::verdict) hints: Words,
    pub(in crate::verdict) paths: Vec<Regex>,
    pub(in crate::verdict) max_text: usize,
    pub(in crate::verdict) short_text: usize,
    pub(in crate::verdict) gates: Words,
    pub(in crate::verdict) gate_paths: Vec<Regex>,
    pub(in crate::verdict) troubles: Words,
    pub(in crate::verdict) similarity: f64,
    pub(in crate::verdict) similarity_with_title: f64,
}

/// Logins.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct Login {
    pub(in crate::verdict) paths: Vec<Regex>,
    pub(in crate::verdict) parameters: Vec<String>,
    pub(in crate::verdict) hosts: Vec<Regex>,
    pub(in crate::verdict) fields: Vec<Regex>,
    pub(in crate::verdict) max_text: usize,
    pub(in crate::verdict) phrases: Words,
    pub(in crate::verdict) max_phrase_text: usize,
}

/// Pages that scripts fill.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct Shell {
    pub(in crate::verdict) mounts: Vec<Regex>,
    pub(in crate::verdict) max_text: usize,
}

/// What a page shows of itself to the rules.
pub(in crate::verdict) struct Face<'a> {
    pub(in crate::verdict) requested: &'a Url,
    pub(in crate::verdict) final_url: &'a Url,
    pub(in crate::verdict) response: &'a Response,
    pub(in crate::verdict) title: &'a str,
    /// The source as it came; empty where the answer is no HTML.
    pub(in crate::verdict) html: &'a str,
    /// The source without policies and comments, made where a rule asks for it: most pages are too
    /// long for any.
    pub(in crate::verdict) stripped: OnceCell<String>,
    pub(in crate::verdict) visible: &'a str,
    /// Visible characters, white space not counted.
    pub(in crate::verdict) visible_len: usize,
}

impl Face<'_> {
    /// The source in which markers are looked for.
    pub(in crate::verdict) fn source(&self) -> &str {
        self.stripped.get_or_init(|| page_features::source(self.html))
    }
}

impl Wall {
    pub(in crate::verdict) fn build(rule: WallRule) -> Result<Self, SignatureError> {
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
    pub(in crate::verdict) fn found(&self, face: &Face<'_>) -> Option<String> {
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
pub(in crate::verdict) fn is_below(url: &Url, parent: &str) -> bool {
    url.host_str().is_some_and(|host| {
        host == parent || host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Words that are looked for at once, whatever their case (of ASCII letters).
#[derive(Clone, Debug)]
pub(in crate::verdict) struct Words {
    words: Vec<String>,
    automaton: Option<AhoCorasick>,
}

impl Words {
    pub(in crate::verdict) fn new(words: &[String]) -> Result<Self, SignatureError> {
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
    pub(in crate::verdict) fn first(&self, text: &str) -> Option<&str> {
        let found = self.automaton.as_ref()?.find(text)?;
        self.words.get(found.pattern().as_usize()).map(String::as_str)
    }
}

/// Compiles patterns; `of` names the rule in errors.
pub(in crate::verdict) fn patterns(sources: &[String], of: &str) -> Result<Vec<Regex>, SignatureError> {
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
