//! Reads texts and facts that a page carries as data: JSON-LD and the embedded state of script pages.
//!
//! A page that scripts fill shows an extractor nothing, yet carries the article as `articleBody`
//! (schema.org) or in a state object such as `__NEXT_DATA__`.

use serde_json::Value;

use crate::markup::{self, Token, Tokens};
use crate::text::TextRules;
use crate::text::html::embedded_text::{EmbeddedData, is_sentences, total_chars};
use crate::text::html::linked_data::read_linked_data;
use crate::text::html::script_state::StateStrings;

/// Longer scripts are not parsed, in bytes.
const MAX_JSON: usize = 4 << 20;
/// How far into a script the name of the state is searched for, in characters.
const MAX_STATE_NAME: usize = 120;
/// What the names of embedded states hold, in upper case.
const STATE_NAMES: [&str; 6] = ["STATE", "__DATA", "NUXT", "PRELOADED", "__APOLLO", "PAGE_DATA"];

/// Reads a page's data.
pub fn read_embedded_data(html: &str, rules: &TextRules) -> EmbeddedData {
    let mut data = EmbeddedData::default();
    let mut strings = StateStrings::default();
    let mut kind = None;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, .. } if name.eq_ignore_ascii_case("script") => {
                kind = Some(script_kind(attributes));
            }
            Token::RawText { element: "script", content } if content.len() <= MAX_JSON => match kind.take() {
                Some(ScriptKind::LinkedData) => {
                    if let Some(value) = parse_json(content) {
                        read_linked_data(&value, &mut data, rules);
                    }
                }
                Some(ScriptKind::Json) => {
                    if let Some(value) = parse_json(content) {
                        strings.collect(&value);
                    }
                }
                Some(ScriptKind::Code) => {
                    if let Some(value) = assigned_state(content) {
                        strings.collect(&value);
                    }
                }
                None => {}
            },
            _ => {}
        }
    }
    let found = strings.to_texts(|_| true, true, rules);
    // Without a guide, only what is certainly an article may be taken for one.
    let certain = strings.to_texts(is_sentences, false, rules);
    if let Some(longest) = certain.iter().max_by_key(|text| total_chars(&text.blocks))
        && total_chars(&longest.blocks) > total_chars(&data.blocks)
    {
        data.blocks.clone_from(&longest.blocks);
    }
    data.texts.extend(found);
    data.titles = strings.titles;
    data
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

/// Parses JSON, also with the raw line breaks and tabs that many pages have inside strings.
fn parse_json(content: &str) -> Option<Value> {
    let content = content.trim().trim_start_matches("<!--").trim_start_matches("//<![CDATA[").trim();
    serde_json::from_str(content.trim_end_matches(';')).ok().or_else(|| {
        let cleaned: String = content.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut values = serde_json::Deserializer::from_str(&cleaned).into_iter::<Value>();
        values.next()?.ok()
    })
}

/// The object of `window.__INITIAL_STATE__ = {…}` and similar scripts.
fn assigned_state(content: &str) -> Option<Value> {
    let head: String = content.trim_start().chars().take(MAX_STATE_NAME).collect();
    let (name, _) = head.split_once('=')?;
    let upper = name.to_ascii_uppercase();
    if !STATE_NAMES.iter().any(|mark| upper.contains(mark)) {
        return None;
    }
    let object = content.get(content.find('=')? + 1..)?.trim_start();
    let mut values = serde_json::Deserializer::from_str(object).into_iter::<Value>();
    values.next()?.ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> EmbeddedData {
        read_embedded_data(html, TextRules::built_in())
    }

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
    fn an_author_may_be_named_by_reference_and_a_date_be_a_number() {
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
    fn broken_data_is_ignored() {
        for page in [
            "<script type='application/ld+json'>{",
            "<script type='application/ld+json'>[[[",
            "<script>STATE=</script>",
        ] {
            assert_eq!(read(page), EmbeddedData::default());
        }
        let deep = format!("<script type='application/ld+json'>{}</script>", "[".repeat(100_000));
        assert_eq!(read(&deep), EmbeddedData::default());
    }
}
