//! Text and facts that a page carries as data: JSON-LD and the embedded state of script pages.
//!
//! Pages that scripts fill show nothing to an engine, yet carry the article as `articleBody`
//! (schema.org) or in a state object such as `__NEXT_DATA__`.

use std::collections::HashMap;

use serde_json::Value;

use super::markup::{self, Token, Tokens};
use super::{entities, whole};

/// Data blocks longer than this are not parsed.
const MAX_JSON: usize = 4 << 20;
/// How many values of a page's data are looked at.
const MAX_VALUES: usize = 200_000;
/// A string shorter than this is no paragraph of an embedded state.
const MIN_PROSE: usize = 40;

/// What the data of a page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageState {
    /// The article's text, a block an entry; empty where the data has none.
    pub blocks: Vec<String>,
    /// `headline` or `name` of the article.
    pub title: String,
    /// `author`'s name.
    pub author: String,
    /// `datePublished`.
    pub date: String,
    /// Every text that the data has, the best among them: a guide may choose another.
    pub texts: Vec<Vec<String>>,
}

/// Reads a page's data blocks.
pub fn read(html: &str) -> PageState {
    let mut state = PageState::default();
    let mut embedded = Prose::default();
    let mut kind = None;
    for token in Tokens::new(html) {
        match token {
            Token::Open { name, attributes, .. } if name.eq_ignore_ascii_case("script") => {
                kind = Some(script_kind(attributes));
            }
            Token::Raw { element: "script", content } if content.len() <= MAX_JSON => match kind.take() {
                Some(ScriptKind::LinkedData) => {
                    if let Some(value) = parse(content) {
                        linked_data(&value, &mut state);
                    }
                }
                Some(ScriptKind::Json) => {
                    if let Some(value) = parse(content) {
                        embedded.walk(&value);
                    }
                }
                Some(ScriptKind::Code) => {
                    if let Some(value) = assigned_state(content) {
                        embedded.walk(&value);
                    }
                }
                None => {}
            },
            _ => {}
        }
    }
    let found = embedded.texts(|_| true);
    // Without a guide only what is surely an article may stand for one.
    let surely = embedded.texts(is_sentences);
    if let Some(longest) = surely.iter().max_by_key(|blocks| length(blocks))
        && length(longest) > length(&state.blocks)
    {
        state.blocks.clone_from(longest);
    }
    state.texts.extend(found);
    state
}

/// The characters of some blocks.
pub fn length(blocks: &[String]) -> usize {
    blocks.iter().map(|block| block.chars().filter(|c| !c.is_whitespace()).count()).sum()
}

#[derive(Clone, Copy)]
enum ScriptKind {
    LinkedData,
    Json,
    Code,
}

fn script_kind(attributes: &str) -> ScriptKind {
    let kind = markup::attribute(attributes, "type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("ld+json") {
        ScriptKind::LinkedData
    } else if kind.contains("json") || markup::attribute(attributes, "id") == Some("__NEXT_DATA__") {
        ScriptKind::Json
    } else {
        ScriptKind::Code
    }
}

/// Parses JSON, forgiving the raw line breaks and tabs that many pages have inside strings.
fn parse(content: &str) -> Option<Value> {
    let content = content.trim().trim_start_matches("<!--").trim_start_matches("//<![CDATA[").trim();
    serde_json::from_str(content.trim_end_matches(';')).ok().or_else(|| {
        let cleaned: String = content.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut values = serde_json::Deserializer::from_str(&cleaned).into_iter::<Value>();
        values.next()?.ok()
    })
}

/// The object of `window.__INITIAL_STATE__ = {…}` and its like.
fn assigned_state(content: &str) -> Option<Value> {
    let head: String = content.trim_start().chars().take(120).collect();
    let (name, _) = head.split_once('=')?;
    let upper = name.to_ascii_uppercase();
    if !["STATE", "__DATA", "NUXT", "PRELOADED", "__APOLLO", "PAGE_DATA"]
        .iter()
        .any(|mark| upper.contains(mark))
    {
        return None;
    }
    let object = content.get(content.find('=')? + 1..)?.trim_start();
    let mut values = serde_json::Deserializer::from_str(object).into_iter::<Value>();
    values.next()?.ok().filter(Value::is_object)
}

fn linked_data(value: &Value, state: &mut PageState) {
    let mut left = MAX_VALUES;
    visit_linked(value, state, &mut left);
}

fn visit_linked(value: &Value, state: &mut PageState, left: &mut usize) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit_linked(item, state, left)),
        Value::Object(fields) => {
            let kind = fields.get("@type").map(kind_name).unwrap_or_default();
            let article = kind.contains("Article") || kind.contains("Posting") || kind.contains("Report");
            if article {
                fill(
                    &mut state.title,
                    fields.get("headline").or_else(|| fields.get("name")).and_then(Value::as_str),
                );
                fill(&mut state.date, fields.get("datePublished").and_then(Value::as_str));
                let author = fields.get("author").map(person).unwrap_or_default();
                fill(&mut state.author, Some(&author));
            }
            for key in ["articleBody", "text"] {
                let body = fields.get(key).and_then(Value::as_str).unwrap_or_default();
                if (key == "articleBody" || article) && !body.is_empty() {
                    let blocks = prose_blocks(body);
                    state.texts.push(blocks.clone());
                    if length(&blocks) > length(&state.blocks) {
                        state.blocks = blocks;
                    }
                }
            }
            fields.values().filter(|field| field.is_object() || field.is_array()).for_each(|field| {
                visit_linked(field, state, left);
            });
        }
        _ => {}
    }
}

fn kind_name(value: &Value) -> String {
    match value {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// A person's name, or the names of several.
fn person(value: &Value) -> String {
    match value {
        Value::String(name) => name.clone(),
        Value::Array(people) => {
            let names: Vec<String> = people.iter().map(person).filter(|name| !name.is_empty()).collect();
            names.join(", ")
        }
        Value::Object(fields) => fields.get("name").map(person).unwrap_or_default(),
        _ => String::new(),
    }
}

fn fill(field: &mut String, value: Option<&str>) {
    let value = value.unwrap_or_default().trim();
    if field.is_empty() && !value.is_empty() {
        let decoded = entities::decode(value);
        whole::push_text(field, &decoded);
    }
}

/// The blocks of a string of an article, which may be HTML or have escaped references.
fn prose_blocks(body: &str) -> Vec<String> {
    let decoded = entities::decode(body);
    let text = if has_tags(&decoded) { whole::whole_text(&decoded).text } else { decoded.into_owned() };
    super::engines::lines(&text)
}

fn has_tags(text: &str) -> bool {
    ["<p", "<br", "<div", "</", "<h2", "<img"].iter().any(|tag| text.contains(tag))
}

/// Long strings of an embedded state, by the key under which they stand.
#[derive(Default)]
struct Prose {
    seen: usize,
    by_key: HashMap<String, Vec<String>>,
}

impl Prose {
    fn walk(&mut self, value: &Value) {
        self.visit("", value);
    }

    fn visit(&mut self, key: &str, value: &Value) {
        self.seen += 1;
        if self.seen > MAX_VALUES {
            return;
        }
        match value {
            Value::String(text) if text.chars().count() >= MIN_PROSE && is_prose(text) => {
                self.by_key.entry(key.to_owned()).or_default().push(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| self.visit(key, item)),
            Value::Object(fields) => fields.iter().for_each(|(name, field)| self.visit(name, field)),
            _ => {}
        }
    }

    /// The texts: for each key its longest string where that outweighs the others (an article among
    /// teasers), else its strings in order (paragraphs one by one).
    fn texts(&self, is_text: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
        let mut keys: Vec<(&String, Vec<&String>)> = self
            .by_key
            .iter()
            .map(|(key, all)| (key, all.iter().filter(|text| is_text(text)).collect()))
            .collect();
        keys.sort();
        keys.into_iter()
            .map(|(_, strings)| {
                let longest = strings.iter().map(|text| text.len()).max().unwrap_or(0);
                let total: usize = strings.iter().map(|text| text.len()).sum();
                let one = longest * 2 > total;
                let mut chosen: Vec<&String> =
                    strings.into_iter().filter(|text| !one || text.len() == longest).collect();
                if one {
                    chosen.truncate(1);
                }
                chosen.into_iter().flat_map(|text| prose_blocks(text)).collect()
            })
            .collect()
    }
}

/// Whether a string is sentences, markup or not: letters mostly, with the breaks that sentences have.
fn is_sentences(text: &str) -> bool {
    let sample: String = text.chars().take(400).collect();
    let all = sample.chars().count();
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let breaks = sample.chars().filter(|c| matches!(c, ' ' | '，' | '。' | '、' | '！' | '？')).count();
    !sample.starts_with('[') && letters * 2 > all && breaks * 30 > all
}

/// Whether a string is text for people: words with breaks between them, not code, addresses or
/// encoded data.
fn is_prose(text: &str) -> bool {
    let sample: String = text.chars().take(600).collect();
    let sample = if has_tags(&sample) { whole::whole_text(&sample).text } else { sample };
    if sample.starts_with(['{', '/']) || sample.starts_with("http") || sample.contains("function(") {
        return false;
    }
    let (mut letters, mut breaks, mut all, mut cjk) = (0, 0, 0, 0);
    for c in sample.chars() {
        all += 1;
        letters += usize::from(c.is_alphanumeric());
        breaks += usize::from(
            c.is_whitespace() || (!c.is_alphanumeric() && !matches!(c, '/' | '=' | '+' | '_' | '-')),
        );
        cjk += usize::from(u32::from(c) >= 0x2E80);
    }
    // Chinese writes long runs without a break; so does no address and no code.
    letters * 2 > all && (breaks * 30 > all || cjk * 2 > all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linked_data_gives_text_and_facts() {
        let page = r#"<script type="application/ld+json">{"@graph":[{"@type":["NewsArticle"],"headline":"T &amp; U",
            "datePublished":"2023-05-01T08:00:00Z","author":[{"name":"A"},{"name":"B"}],
            "articleBody":"First paragraph.

Second paragraph."}]}</script>"#;
        let state = read(page);
        assert_eq!(state.title, "T & U");
        assert_eq!((state.author.as_str(), state.date.as_str()), ("A, B", "2023-05-01T08:00:00Z"));
        assert_eq!(state.blocks.join("|").replace("  ", "|"), "First paragraph. Second paragraph.");
    }

    #[test]
    fn embedded_state_gives_text() {
        let body = "<p>这是第一段，讲的是一件事情，足够长的一段话。</p><p>这是第二段，接着讲同一件事情，也足够长。</p>";
        let page = format!(
            r#"<script id="__NEXT_DATA__" type="application/json">{}</script>"#,
            serde_json::json!({"props":{"post":{"body":body,"tags":["a"]},"more":[{"excerpt":"短"}]}})
        );
        assert_eq!(
            read(&page).blocks,
            ["这是第一段，讲的是一件事情，足够长的一段话。", "这是第二段，接着讲同一件事情，也足够长。"]
        );
        let assigned = page.replace(
            r#"<script id="__NEXT_DATA__" type="application/json">"#,
            "<script>window.__INITIAL_STATE__ = ",
        );
        assert_eq!(read(&assigned).blocks.len(), 2);
    }

    #[test]
    fn broken_data_is_no_data() {
        for page in [
            "<script type='application/ld+json'>{",
            "<script type='application/ld+json'>[[[",
            "<script>STATE=</script>",
        ] {
            assert_eq!(read(page), PageState::default());
        }
        let deep = format!("<script type='application/ld+json'>{}</script>", "[".repeat(100_000));
        assert_eq!(read(&deep), PageState::default());
    }
}
