//! Reads what a page says of itself: its own address, its heading, and whether it is an article.

use url::Url;

use crate::markup::{BaseUrl, Token, Tokens, attribute_value, decoded_attribute};

/// The longest heading that is read, in bytes.
const MAX_HEADING: usize = 400;

/// What a page says of itself.
#[derive(Debug, Default)]
pub(super) struct PageClaims {
    /// The address that `<link rel="canonical">` or `og:url` names (RFC 6596).
    pub(super) canonical: Option<Url>,
    /// The text of the first `<h1>`.
    pub(super) heading: String,
    /// Whether `og:type` or linked data say that it is an article.
    pub(super) is_article: bool,
}

impl PageClaims {
    /// Reads the claims in a page's source.
    pub(super) fn read(source: &str, url: &Url) -> Self {
        let mut claims = Self::default();
        let mut named_by_graph = None;
        let mut in_heading = false;
        let mut base = BaseUrl::of_page(url);
        for token in Tokens::new(source) {
            match token {
                Token::StartTag { name, attributes, .. } if name.eq_ignore_ascii_case("link") => {
                    let rel = attribute_value(attributes, "rel").unwrap_or_default();
                    if claims.canonical.is_none()
                        && rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical"))
                    {
                        let href = decoded_attribute(attributes, "href");
                        claims.canonical = href.and_then(|href| base.as_url().join(&href).ok());
                    }
                }
                Token::StartTag { name, attributes, .. } if name.eq_ignore_ascii_case("meta") => {
                    let content = attribute_value(attributes, "content").unwrap_or_default();
                    match attribute_value(attributes, "property") {
                        Some("og:url") => {
                            named_by_graph = url.join(&htmlize::unescape_attribute(content)).ok();
                        }
                        Some("og:type") => claims.is_article |= content.eq_ignore_ascii_case("article"),
                        _ => {}
                    }
                }
                Token::StartTag { name, .. } if name.eq_ignore_ascii_case("h1") => {
                    in_heading = claims.heading.trim().is_empty();
                }
                Token::StartTag { name, attributes, .. } => base.read_tag(name, attributes),
                Token::EndTag { name, .. } if name.eq_ignore_ascii_case("h1") => in_heading = false,
                Token::Text(text) if in_heading && claims.heading.len() < MAX_HEADING => {
                    claims.heading.push_str(&htmlize::unescape(text));
                }
                Token::RawText { content, .. } => claims.is_article |= is_linked_article(content),
                _ => {}
            }
        }
        claims.canonical = claims.canonical.or(named_by_graph);
        claims
    }
}

/// Whether a script holds linked data of an article (schema.org's `Article` and the types below it).
fn is_linked_article(content: &str) -> bool {
    let Some((_, kind)) = content.split_once("\"@type\"") else { return false };
    let kind = kind.trim_start().trim_start_matches(':').trim_start().trim_start_matches(['[', '"', ' ']);
    let name = kind.split('"').next().unwrap_or_default();
    name.ends_with("Article") || name.ends_with("Posting")
}
