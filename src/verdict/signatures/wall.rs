//! A wall or a notice: the conditions that it states, and whether a page meets all of them.

use regex::Regex;
use url::Url;

use super::document::{HeaderCondition, WallTable};
use super::phrases::{PhraseSet, compile_patterns};
use crate::model::RuleError;
use crate::verdict::page_view::PageView;

/// The longest visible text on which words count as a wall, in characters, where a rule does not say.
const DEFAULT_MAX_TEXT: usize = 1500;

/// A wall or a notice, compiled.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct Wall {
    pub(in crate::verdict) name: String,
    hosts: Vec<String>,
    statuses: Vec<u16>,
    header: Option<HeaderCondition>,
    title: PhraseSet,
    max_title: usize,
    body: PhraseSet,
    body_all: Vec<PhraseSet>,
    text: PhraseSet,
    final_url: Vec<Regex>,
    max_text: usize,
    max_source: usize,
}

impl Wall {
    /// Compiles a wall; `key` is its path, such as `wall[3]`.
    pub(super) fn from_table(table: WallTable, key: &str) -> Result<Self, RuleError> {
        let has_words = !(table.title.is_empty()
            && table.body.is_empty()
            && table.body_all.is_empty()
            && table.text.is_empty());
        if !has_words && table.statuses.is_empty() && table.header.is_none() && table.final_url.is_empty() {
            let reason =
                format!("the rule {:?} states no condition, so it would match every page", table.name);
            return Err(RuleError::invalid(key, reason));
        }
        let path = |field: &str| format!("{key}.{field}");
        let body_all = table.body_all.iter().enumerate();
        let body_all = body_all
            .map(|(at, word)| PhraseSet::new(std::slice::from_ref(word), &format!("{key}.body_all[{at}]")));
        Ok(Self {
            hosts: table.hosts,
            statuses: table.statuses,
            header: table.header,
            title: PhraseSet::new(&table.title, &path("title"))?,
            max_title: table.max_title.unwrap_or(usize::MAX),
            body: PhraseSet::new(&table.body, &path("body"))?,
            body_all: body_all.collect::<Result<_, _>>()?,
            text: PhraseSet::new(&table.text, &path("text"))?,
            final_url: compile_patterns(&table.final_url, &path("final_url"))?,
            max_source: table.max_source.unwrap_or(usize::MAX),
            max_text: table.max_text.unwrap_or(if has_words { DEFAULT_MAX_TEXT } else { usize::MAX }),
            name: table.name,
        })
    }

    /// The facts by which a page matches this wall; `None` where a condition is not met.
    pub(in crate::verdict) fn match_page(&self, view: &PageView<'_>) -> Option<String> {
        let mut facts = Vec::new();
        if !self.hosts.is_empty() && !self.hosts.iter().any(|host| is_at_or_below(view.final_url, host)) {
            return None;
        }
        if !self.statuses.is_empty() {
            if !self.statuses.contains(&view.response.status) {
                return None;
            }
            facts.push(format!("status {}", view.response.status));
        }
        if let Some(header) = &self.header {
            let value = view.response.headers.iter().find_map(|field| {
                let fits = field.name.eq_ignore_ascii_case(&header.name)
                    && header.value.as_ref().is_none_or(|wanted| {
                        field.value.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase())
                    });
                fits.then_some(field.value.as_str())
            })?;
            facts.push(format!("header {}: {value}", header.name));
        }
        if view.visible_length > self.max_text || view.html.len() > self.max_source {
            return None;
        }
        if !self.final_url.is_empty() {
            let matches = |url: &Url| self.final_url.iter().any(|pattern| pattern.is_match(url.as_str()));
            if view.final_url == view.requested || !matches(view.final_url) || matches(view.requested) {
                return None;
            }
            facts.push(format!("redirected to {}", view.final_url));
        }
        if view.title.chars().nth(self.max_title).is_some() {
            return None;
        }
        if !self.title.is_empty() {
            facts.push(format!("title holds {:?}", self.title.find_first(view.title)?));
        }
        if !self.text.is_empty() {
            facts.push(format!("text holds {:?}", self.text.find_first(view.visible)?));
        }
        // A known site's state may stand far below; elsewhere marks are near the top.
        let source = if self.hosts.is_empty() { view.source() } else { view.html };
        for words in self.body_all.iter().chain((!self.body.is_empty()).then_some(&self.body)) {
            facts.push(format!("source holds {:?}", words.find_first(source)?));
        }
        Some(facts.join(", "))
    }
}

/// Whether a URL's host is this one or below it.
pub(in crate::verdict) fn is_at_or_below(url: &Url, parent: &str) -> bool {
    url.host_str().is_some_and(|host| {
        host == parent || host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
    })
}
