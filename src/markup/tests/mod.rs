//! Holds the tokenizer against the WHATWG HTML standard, and against hostile input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod standard_cases;

use std::collections::HashSet;

use super::*;

/// The tokens of a page in a short notation: text as it is, `<name key=[value]>`, `</name>`,
/// `{comment}`, `!` for a doctype. Names are in lower case, references decoded, NUL replaced, and of
/// attributes with the same name only the first is listed, as in a browser.
fn notation(html: &str) -> String {
    let name = |text: &str| text.to_ascii_lowercase().replace('\0', "\u{fffd}");
    let mut out = String::new();
    for token in Tokens::new(html) {
        match token {
            Token::Text(text) => out.push_str(&htmlize::unescape(text)),
            Token::RawText { element: "title" | "textarea", content } => {
                out.push_str(&htmlize::unescape(content));
            }
            Token::RawText { content, .. } => out.push_str(content),
            Token::StartTag { name: tag, attributes, self_closing, .. } => {
                out.push('<');
                out.push_str(&name(tag));
                let mut seen = HashSet::new();
                for attribute in Attributes::new(attributes) {
                    let key = name(attribute.name);
                    let value = htmlize::unescape_attribute(attribute.value.unwrap_or_default());
                    if seen.insert(key.clone()) {
                        out.extend([" ", &key, "=[", &value.replace('\0', "\u{fffd}"), "]"]);
                    }
                }
                out.push_str(if self_closing { "/>" } else { ">" });
            }
            Token::EndTag { name: tag, .. } => out.extend(["</", &name(tag), ">"]),
            Token::Comment(source) => out.extend(["{", &comment_data(source), "}"]),
            Token::Doctype(_) => out.push('!'),
            Token::CutTag(_) => {}
        }
    }
    out
}

fn comment_data(source: &str) -> String {
    let data = if source.starts_with("<!--") {
        let data = source.strip_prefix("<!--").unwrap();
        ["-->", "--!>", "->", ">"].into_iter().find_map(|end| data.strip_suffix(end)).unwrap_or(data)
    } else {
        let data = source.strip_suffix('>').unwrap_or(source);
        data.strip_prefix("<!").or_else(|| data.strip_prefix("</")).unwrap_or_else(|| &data[1..])
    };
    data.replace('\0', "\u{fffd}")
}

/// Every byte of a page belongs to one token.
fn assert_covers(html: &str) {
    let whole: String = Tokens::new(html)
        .map(|token| match token {
            Token::Text(source)
            | Token::Comment(source)
            | Token::Doctype(source)
            | Token::CutTag(source)
            | Token::RawText { content: source, .. }
            | Token::StartTag { source, .. }
            | Token::EndTag { source, .. } => source,
        })
        .collect();
    assert_eq!(whole, html);
}

#[test]
fn tags_text_and_raw_elements_are_distinguished() {
    let tokens: Vec<Token<'_>> = Tokens::new("<p a='>'>x < 3<script>if (a</b) \"</p>\"</script>").collect();
    assert!(matches!(tokens.first(), Some(Token::StartTag { name: "p", attributes: " a='>'", .. })));
    assert!(tokens.contains(&Token::RawText { element: "script", content: "if (a</b) \"</p>\"" }));
    let text: String =
        tokens.iter().filter_map(|t| if let Token::Text(s) = t { Some(*s) } else { None }).collect();
    assert_eq!(text, "x < 3");
}

#[test]
fn an_unclosed_quotation_mark_ends_its_tag_at_the_next_bracket() {
    assert_eq!(notation("<a href=\"x>y</a>z"), "<a href=[x]>y</a>z");
    assert_eq!(notation("<p>a<a href='x"), "<p>a");
}

#[test]
fn attributes_are_found_by_name() {
    let attributes = r#" content = "a b" NAME='x' checked data-x=1 / "#;
    assert_eq!(attribute_value(attributes, "name"), Some("x"));
    assert_eq!(attribute_value(attributes, "content"), Some("a b"));
    assert_eq!(attribute_value(attributes, "checked"), Some(""));
    assert_eq!(attribute_value(attributes, "data-x"), Some("1"));
    assert_eq!(attribute_value(attributes, "none"), None);
    assert_eq!(attribute_value("=\"", "x"), None);
}

#[test]
fn element_kinds_are_found_whatever_their_case() {
    assert!(is_block("DIV") && is_block("br") && !is_block("span") && !is_block(""));
    assert!(is_void("Img") && !is_void("p"));
    assert!(is_closed_by_its_like("LI") && !is_closed_by_its_like("div"));
}

proptest::proptest! {
    #[test]
    fn every_byte_belongs_to_one_token(html in "([<>/!?=\"' a-c-]|script|title|<!--|--|\\PC)*") {
        assert_covers(&html);
    }
}

/// Half a megabyte that makes a careless scanner start over at every tag.
#[test]
fn hostile_markup_costs_one_pass() {
    let started = std::time::Instant::now();
    for piece in [
        "<!--",
        "<!",
        "<?",
        "</ ",
        "<script>",
        "<",
        "</script",
        "<meta ",
        "<script></scrip",
        "<a b=\"'",
        "<a b='>",
        "<script><!--<script>",
        "<title></titl",
        "<p/",
        "&",
        "<a b=\"x\"",
    ] {
        let html = piece.repeat(512 * 1024 / piece.len());
        assert!(Tokens::new(&html).count() <= html.len());
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
}
