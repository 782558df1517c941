//! Text and facts that a page carries as data: JSON-LD and the embedded state of script pages.
//!
//! Pages that scripts fill show nothing to an engine, yet carry the article as `articleBody`
//! (schema.org) or in a state object such as `__NEXT_DATA__`.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::markup;
use crate::markup::{Token, Tokens};
use crate::text::extract::blocks;
use crate::text::html::visible_text;

/// Data blocks longer than this are not parsed.
const MAX_JSON: usize = 4 << 20;
/// How many values of a page's data are looked at.
const MAX_VALUES: usize = 200_000;
/// The same where a local copy guides, as a width: twenty Chinese characters.
const MIN_GUIDED: usize = 60;
/// So many titles are taken from the data, each no longer than this in bytes.
const MAX_TITLES: usize = 200;
const MAX_TITLE: usize = 600;
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
    /// `inLanguage`.
    pub language: String,
    /// What the data calls titles, of this article and of others.
    pub titles: Vec<String>,
    /// Every text that the data has, the best among them: a guide may choose another.
    pub texts: Vec<StateText>,
}

/// A text of a page's data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateText {
    /// Its blocks.
    pub blocks: Vec<String>,
    /// Its markup; empty where it has none.
    pub html: String,
}

impl StateText {
    /// The text of strings that stand for one text, one after another.
    fn of(strings: &[&String]) -> Self {
        let blocks = strings.iter().flat_map(|text| prose_blocks(text)).collect();
        let mut html = String::new();
        if strings.iter().any(|text| has_tags(text) || text.contains("&lt;")) {
            for text in strings {
                let decoded = htmlize::unescape_attribute(text.as_str());
                html.push_str("<div>");
                // A string without tags of its own has references to decode, and no `<`.
                html.push_str(if has_tags(text) { text } else { &decoded });
                html.push_str("</div>");
            }
        }
        Self { blocks, html }
    }
}

/// Reads a page's data blocks.
pub fn read(html: &str) -> PageState {
    let mut state = PageState::default();
    let mut embedded = Prose::default();
    let mut kind = None;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, .. } if name.eq_ignore_ascii_case("script") => {
                kind = Some(script_kind(attributes));
            }
            Token::RawText { element: "script", content } if content.len() <= MAX_JSON => match kind.take() {
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
    let found = embedded.texts(|_| true, true);
    // Without a guide only what is surely an article may stand for one.
    let surely = embedded.texts(is_sentences, false);
    if let Some(longest) = surely.iter().max_by_key(|text| length(&text.blocks))
        && length(&longest.blocks) > length(&state.blocks)
    {
        state.blocks.clone_from(&longest.blocks);
    }
    state.texts.extend(found);
    state.titles = embedded.titles;
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
    let kind = markup::attribute_value(attributes, "type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("ld+json") {
        ScriptKind::LinkedData
    } else if kind.contains("json") || markup::attribute_value(attributes, "id") == Some("__NEXT_DATA__") {
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
    let mut people = People::new();
    let mut left = MAX_VALUES;
    gather_people(value, &mut people, &mut left);
    left = MAX_VALUES;
    visit_linked(value, &people, state, &mut left);
}

fn visit_linked(value: &Value, people: &People, state: &mut PageState, left: &mut usize) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit_linked(item, people, state, left)),
        Value::Object(fields) => {
            let kind = fields.get("@type").map(kind_name).unwrap_or_default();
            let article = kind.contains("Article") || kind.contains("Posting") || kind.contains("Report");
            if article {
                fill(
                    &mut state.title,
                    fields.get("headline").or_else(|| fields.get("name")).and_then(Value::as_str),
                );
                fill(&mut state.language, fields.get("inLanguage").and_then(Value::as_str));
                fill(&mut state.date, fields.get("datePublished").and_then(moment).as_deref());
                let author = fields.get("author");
                fill(&mut state.author, author.map(|author| person(author, people)).as_deref());
            }
            for key in ["articleBody", "text"] {
                let body = fields.get(key).and_then(Value::as_str).unwrap_or_default();
                if (key == "articleBody" || article) && !body.is_empty() {
                    let text = StateText::of(&[&body.to_owned()]);
                    if length(&text.blocks) > length(&state.blocks) {
                        state.blocks.clone_from(&text.blocks);
                    }
                    state.texts.push(text);
                }
            }
            fields.values().filter(|field| field.is_object() || field.is_array()).for_each(|field| {
                visit_linked(field, people, state, left);
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

/// A date, also one that is stated as seconds or milliseconds since 1970.
fn moment(value: &Value) -> Option<String> {
    match value {
        Value::String(date) => Some(date.clone()),
        Value::Number(number) => {
            let number = number.as_i64()?;
            // Milliseconds, unless that would be a day of 1973 or before.
            let seconds = if number < 100_000_000_000 { number } else { number / 1000 };
            let moment = jiff::Timestamp::from_second(seconds).ok()?;
            // A small number is no date.
            (seconds > 100_000_000).then(|| moment.to_string())
        }
        _ => None,
    }
}

/// The names that the data gives under an `@id`, which other places of it refer to.
type People = HashMap<String, String>;

fn gather_people(value: &Value, people: &mut People, left: &mut usize) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather_people(item, people, left)),
        Value::Object(fields) => {
            let text = |key: &str| fields.get(key).and_then(Value::as_str);
            if let (Some(id), Some(name)) = (text("@id"), text("name")) {
                people.entry(id.to_owned()).or_insert_with(|| name.to_owned());
            }
            fields.values().for_each(|field| gather_people(field, people, left));
        }
        _ => {}
    }
}

/// A person's name, or the names of several.
fn person(value: &Value, people: &People) -> String {
    match value {
        Value::String(name) => name.clone(),
        Value::Array(all) => {
            let names = all.iter().map(|one| person(one, people)).filter(|name| !name.is_empty());
            names.collect::<Vec<String>>().join(", ")
        }
        Value::Object(fields) => match (fields.get("name"), fields.get("@id").and_then(Value::as_str)) {
            (Some(name), _) => person(name, people),
            (None, Some(id)) => people.get(id).cloned().unwrap_or_default(),
            (None, None) => String::new(),
        },
        _ => String::new(),
    }
}

fn fill(field: &mut String, value: Option<&str>) {
    let value = value.unwrap_or_default().trim();
    if field.is_empty() && !value.is_empty() {
        let decoded = htmlize::unescape_attribute(value);
        visible_text::push_text(field, &decoded);
    }
}

/// The blocks of a string of an article, which may be HTML or have escaped references.
fn prose_blocks(body: &str) -> Vec<String> {
    let decoded = htmlize::unescape_attribute(body);
    let text =
        if has_tags(&decoded) { visible_text::whole_text(&decoded).text } else { decoded.into_owned() };
    crate::text::extract::extractors::lines(&text)
}

fn has_tags(text: &str) -> bool {
    ["<p", "<br", "<div", "</", "<h2", "<img"].iter().any(|tag| text.contains(tag))
}

/// Long strings of an embedded state, by the key under which they stand.
///
/// A place is where strings stand in the data, the numbers of lists left out: the paragraphs of one
/// article have one place. A short string counts where others of its place are prose.
#[derive(Default)]
struct Prose {
    seen: usize,
    by_key: HashMap<String, Vec<(u64, String)>>,
    titles: Vec<String>,
}

impl Prose {
    fn walk(&mut self, value: &Value) {
        self.visit("", 0, value);
    }

    fn visit(&mut self, key: &str, place: u64, value: &Value) {
        self.seen += 1;
        if self.seen > MAX_VALUES {
            return;
        }
        match value {
            Value::String(text) if !text.trim().is_empty() => {
                let lower = key.to_ascii_lowercase();
                let title = lower.contains("title") || lower.contains("headline");
                if title && self.titles.len() < MAX_TITLES && text.len() < MAX_TITLE {
                    self.titles.push(htmlize::unescape_attribute(text).into_owned());
                }
                self.by_key.entry(key.to_owned()).or_default().push((place, text.clone()));
            }
            Value::Array(items) => items.iter().for_each(|item| self.visit(key, place, item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    let mut hasher = DefaultHasher::new();
                    (place, name).hash(&mut hasher);
                    self.visit(name, hasher.finish(), field);
                }
            }
            _ => {}
        }
    }

    /// The texts: for each key its longest string where that outweighs the others (an article among
    /// teasers), else its strings in order (paragraphs one by one).
    /// `both` asks for the other reading, too, before it: a guide knows which is right.
    fn texts(&self, is_text: impl Fn(&str) -> bool, both: bool) -> Vec<StateText> {
        // With a guide, a paragraph may be shorter: it is held against the copy.
        let long =
            |text: &str| text.chars().count() >= MIN_PROSE || (both && blocks::width(text) >= MIN_GUIDED);
        let mut keys: Vec<(&String, Vec<&String>)> = Vec::new();
        for (key, all) in &self.by_key {
            let prose: Vec<bool> = all.iter().map(|(_, text)| long(text) && is_prose(text)).collect();
            let marked = || all.iter().zip(&prose);
            let places: HashSet<u64> =
                marked().filter(|(_, prose)| **prose).map(|((place, _), _)| *place).collect();
            let chosen: Vec<&String> = marked()
                .filter(|((place, text), prose)| places.contains(place) && (!**prose || is_text(text)))
                .map(|((_, text), _)| text)
                .collect();
            if chosen.iter().any(|text| long(text) && is_text(text)) {
                keys.push((key, chosen));
            }
        }
        keys.sort();
        keys.into_iter()
            .flat_map(|(_, strings)| {
                let longest = strings.iter().max_by_key(|text| text.len()).copied();
                let total: usize = strings.iter().map(|text| text.len()).sum();
                let all = || StateText::of(&strings);
                match longest {
                    Some(one) if one.len() * 2 > total => {
                        let others = if both && strings.len() > 1 { Some(all()) } else { None };
                        others.into_iter().chain(std::iter::once(StateText::of(&[one]))).collect::<Vec<_>>()
                    }
                    _ => vec![all()],
                }
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
    let sample = if has_tags(&sample) { visible_text::whole_text(&sample).text } else { sample };
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
    fn an_author_may_be_named_elsewhere_and_a_date_be_a_number() {
        let page = r##"<script type="application/ld+json">{"@graph":[{"@type":"Article","headline":"T",
            "datePublished":1614824400000,"author":{"@id":"#a"}},{"@type":"Person","@id":"#a","name":"A"}]}</script>"##;
        let state = read(page);
        assert_eq!((state.author.as_str(), state.date.as_str()), ("A", "2021-03-04T02:20:00Z"));
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
