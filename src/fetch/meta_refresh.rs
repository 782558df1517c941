//! Finds the target of a page that sends a browser elsewhere at once: by a `Refresh` header, or by
//! `<meta http-equiv=refresh>`.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use url::Url;

use super::Response;
use super::body::charset;
use crate::markup::{self, BaseUrl, Token, Tokens};

/// The bytes of a page in which a refresh is looked for.
const SEARCHED_BYTES: usize = 64 * 1024;
/// The longest delay in seconds that counts as a redirect. A longer one lets a reader see a notice.
const MAX_DELAY: f64 = 1.0;
/// Elements in which a browser that runs scripts obeys no `<meta>`.
const INERT_ELEMENTS: [&str; 2] = ["noscript", "template"];

/// The target of an instant refresh in the answer of `url`, as it is written, and the address that it is
/// relative to.
pub(super) fn find_refresh_target(url: &Url, response: &Response) -> Option<(String, Url)> {
    let (value, base) = match response.header("refresh") {
        Some(value) => (value.to_owned(), url.clone()),
        None => find_meta_refresh(url, response)?,
    };
    parse_refresh(&value).map(|target| (target.to_owned(), base))
}

fn find_meta_refresh(url: &Url, response: &Response) -> Option<(String, Url)> {
    static WORD: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["refresh"]).ok());
    let media = response.media_type();
    if !media.as_deref().is_none_or(|media| media.contains("html")) {
        return None;
    }
    let body = response.body.expose();
    let head = body.get(..SEARCHED_BYTES).unwrap_or(body);
    // Most pages lack the word, which is ASCII in every charset in use.
    WORD.as_ref()?.find(head)?;
    let text = charset::decode_text(head, response.header("content-type")).text;
    meta_refresh_content(&text, url)
}

/// The `content` of the first `<meta http-equiv=refresh>` that a browser with scripts obeys, and the base of
/// the page as stated before it.
fn meta_refresh_content(html: &str, url: &Url) -> Option<(String, Url)> {
    let mut base = BaseUrl::of_page(url);
    let mut inert: Option<&str> = None;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, .. } if inert.is_none() && markup::is_one_of(name, &INERT_ELEMENTS) => {
                inert = Some(name);
            }
            Token::EndTag { name, .. } if inert.is_some_and(|open| open.eq_ignore_ascii_case(name)) => {
                inert = None;
            }
            Token::StartTag { name, attributes, .. }
                if inert.is_none() && name.eq_ignore_ascii_case("meta") =>
            {
                let kind = markup::attribute_value(attributes, "http-equiv").unwrap_or_default();
                let content = markup::decoded_attribute(attributes, "content");
                if let Some(content) = content.filter(|_| kind.trim().eq_ignore_ascii_case("refresh")) {
                    return Some((content.into_owned(), base.as_url().clone()));
                }
            }
            Token::StartTag { name, attributes, .. } if inert.is_none() => base.read_tag(name, attributes),
            _ => {}
        }
    }
    None
}

/// The target in `0; url=…`, with the variations that the HTML standard allows (quotes, `,` for `;`, no
/// `url=`); `None` where the delay is longer than [`MAX_DELAY`].
fn parse_refresh(value: &str) -> Option<&str> {
    let value = value.trim_start();
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (delay, rest) = value.split_at(digits);
    let delay: f64 = if delay.is_empty() || delay == "." { return None } else { delay.parse().ok()? };
    if delay > MAX_DELAY {
        return None;
    }
    let rest = rest.trim_start().trim_start_matches([';', ',']).trim();
    let target = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => {
            let after = rest.get(3..).unwrap_or_default().trim_start();
            after.strip_prefix('=').map_or(rest, str::trim_start)
        }
        _ => rest,
    };
    let target = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = target.get(1..).unwrap_or_default();
            inner.split(quote).next().unwrap_or_default()
        }
        _ => target,
    };
    (!target.trim().is_empty()).then_some(target.trim())
}
