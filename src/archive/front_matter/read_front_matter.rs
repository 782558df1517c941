//! Finds the front matter of a file and reads title, date, author and links from its values.

use super::entry::FrontMatterEntry;
use super::toml_entries::parse_toml_entries;
use super::yaml_entries::parse_yaml_entries;
use crate::archive::raw_link::{LinkForm, RawLink};
use crate::archive::read_rules::ReadRules;
use crate::archive::rule_phrase::phrase_key;

/// The metadata that the front matter states.
#[derive(Debug, Default)]
pub(in crate::archive) struct FrontMatter {
    /// The byte offset at which the article's text starts.
    pub end: usize,
    /// The title; empty where none is given.
    pub title: String,
    /// The date as it is written; empty where none is given.
    pub date: String,
    /// The authors, separated by commas; empty where none is given.
    pub author: String,
    /// The links, each with its key as its label.
    pub links: Vec<RawLink>,
    /// The index in `links` of the link that names the original.
    pub repost: Option<usize>,
}

/// Reads the front matter at the start of a file's text. Returns `None` for a file without front matter.
pub(in crate::archive) fn read_front_matter(text: &str, rules: &ReadRules) -> Option<FrontMatter> {
    let fence = ["---", "+++"].into_iter().find(|fence| {
        text.strip_prefix(fence)
            .is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']))
    })?;
    let mut lines = text.split_inclusive('\n');
    let start = lines.next()?.len();
    let mut close = start;
    let last = lines.find(|line| {
        let content = line.trim_end();
        let closes = content == fence || (fence == "---" && content == "...");
        close += if closes { 0 } else { line.len() };
        closes
    })?;
    let body = text.get(start..close)?;
    let entries = if fence == "---" { parse_yaml_entries(body)? } else { parse_toml_entries(body)? };
    Some(interpret_entries(entries, close + last.len(), rules))
}

fn interpret_entries(entries: Vec<FrontMatterEntry>, end: usize, rules: &ReadRules) -> FrontMatter {
    let mut out = FrontMatter { end, ..FrontMatter::default() };
    let mut best = usize::MAX;
    for entry in entries {
        let key = phrase_key(&entry.key);
        let is_named = |keys: &[String]| keys.contains(&key);
        let link = web_url_in(&entry.value);
        // Of a map, only its name, its title and its links count for the key.
        let is_whole = entry.part.is_empty() || matches!(entry.part.as_str(), "name" | "title");
        if is_named(&rules.front_title) && is_whole {
            out.title = on_one_line(entry.value);
        } else if is_named(&rules.front_date) && out.date.is_empty() {
            out.date = entry.value;
        } else if is_named(&rules.front_author) && link.is_none() && is_whole {
            if !out.author.is_empty() {
                out.author.push_str(", ");
            }
            let name = on_one_line(entry.value);
            // Clippers write names as wikilinks.
            let linked = name.strip_prefix("[[").and_then(|name| name.strip_suffix("]]"));
            out.author.push_str(linked.unwrap_or(&name));
        } else if let Some(link) = link {
            let rank = rules.front_repost.iter().position(|known| *known == key);
            if rank.is_none() && !is_named(&rules.front_sources) && !rules.keeps_all_front_links {
                continue;
            }
            if let Some(rank) = rank.filter(|rank| *rank < best) {
                best = rank;
                out.repost = Some(out.links.len());
            }
            out.links.push(RawLink {
                position: entry.position,
                label: entry.key,
                destination: link.to_owned(),
                image: false,
                form: LinkForm::FrontMatter,
            });
        }
    }
    out
}

/// Replaces the line breaks of a YAML block (`|`) by spaces.
fn on_one_line(value: String) -> String {
    if value.contains('\n') { value.split_whitespace().collect::<Vec<_>>().join(" ") } else { value }
}

/// The URL in a value: the value itself, a URL in angle brackets, or the destination of a markdown link.
fn web_url_in(value: &str) -> Option<&str> {
    let value = value.trim();
    let inner = value.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(value);
    let linked = || inner.strip_prefix('[')?.split_once("](")?.1.strip_suffix(')');
    let url = linked().unwrap_or(inner);
    let starts =
        |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    (starts("http://") || starts("https://")).then_some(url)
}
