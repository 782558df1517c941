//! Recognises pages whose text must be paid for, by what they state in JSON-LD.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::page_view::{PageView, text_weight};
use crate::markup::{self, Token, Tokens};
use crate::text;

/// An `articleBody` of this many characters is more than a teaser.
const WHOLE_BODY: usize = 1500;
/// A main text of this weight is more than a teaser: 2,500 Latin letters, or 1,000 Chinese characters.
const WHOLE_WEIGHT: usize = 5000;

/// Whether a page states that its text must be paid for, and does not send it all the same. Many
/// publishers send the whole text and let scripts hide it.
pub(super) fn is_behind_paywall(view: &PageView<'_>) -> bool {
    states_price(view.html) && !holds_whole_text(view)
}

fn holds_whole_text(view: &PageView<'_>) -> bool {
    text::extract_page(view.html, Some(view.final_url), None, view.text_rules)
        .is_ok_and(|page| text_weight(&page.text()) >= WHOLE_WEIGHT)
}

/// Whether the page's JSON-LD says that its text must be paid for (schema.org, `isAccessibleForFree`).
fn states_price(html: &str) -> bool {
    if !html.contains("isAccessibleForFree") {
        return false;
    }
    find_linked_data(html).into_iter().any(|json| match serde_json::from_str::<Value>(json.trim()) {
        Ok(value) => is_not_free(&value),
        Err(_) => says_not_free(json),
    })
}

/// The contents of a page's JSON-LD scripts.
fn find_linked_data(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_linked_data = false;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, .. } => {
                is_linked_data = name.eq_ignore_ascii_case("script")
                    && markup::attribute_value(attributes, "type").is_some_and(|kind| {
                        kind.trim().to_ascii_lowercase().starts_with("application/ld+json")
                    });
            }
            Token::RawText { content, .. } if is_linked_data => found.push(content),
            _ => {}
        }
    }
    found
}

/// Looks for the statement in text that is not valid JSON, since templates write line breaks in strings and
/// commas too many. Only where nothing else could be meant.
fn says_not_free(json: &str) -> bool {
    static STATEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i)"isAccessibleForFree"\s*:\s*"?(?:https?://schema\.org/)?false\b"#).ok()
    });
    !json.contains("isPartOf") && STATEMENT.as_ref().is_some_and(|statement| statement.is_match(json))
}

/// Looks for the statement about the page itself and its parts only. What the page belongs to (a magazine
/// by subscription) may have a price of its own.
fn is_not_free(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_not_free),
        Value::Object(fields) => {
            let stated = match fields.get("isAccessibleForFree") {
                Some(Value::Bool(free)) => !free,
                Some(Value::String(free)) => free.trim().to_ascii_lowercase().ends_with("false"),
                _ => false,
            };
            // Search engines ask publishers to send the whole text beside its price.
            let has_body = fields
                .get("articleBody")
                .and_then(Value::as_str)
                .is_some_and(|body| body.chars().nth(WHOLE_BODY).is_some());
            let mut parts = ["@graph", "hasPart", "mainEntity"].iter().filter_map(|part| fields.get(*part));
            !has_body && (stated || parts.any(is_not_free))
        }
        _ => false,
    }
}
