//! Says how elements behave in a stream of tags: which are empty, which break a line of text.

use std::sync::LazyLock;

/// Elements that never have content (WHATWG HTML, section 13.1.2).
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements whose end tag may be left out because the next start tag of the same name implies it
/// (WHATWG HTML, section 13.1.2.4).
const CLOSED_BY_THEIR_LIKE: &[&str] = &["p", "li", "dd", "dt", "option", "tr", "td", "th", "optgroup"];

/// Elements that begin and end a line of text.
const BLOCK: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "button",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "br",
];

/// Whether a name is in a list of lower-case names, whatever its case.
pub fn is_one_of(name: &str, set: &[&str]) -> bool {
    set.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether an element never has content.
pub fn is_void(name: &str) -> bool {
    is_one_of(name, VOID)
}

/// Whether a start tag of the same name ends an element, so that such elements do not nest.
pub fn is_closed_by_its_like(name: &str) -> bool {
    is_one_of(name, CLOSED_BY_THEIR_LIKE)
}

/// Whether an element begins and ends a line of text.
pub fn is_block(name: &str) -> bool {
    // This is called for every tag of every page, so it compares only the names with the same first letter.
    static BY_LETTER: LazyLock<[Vec<&'static str>; 32]> = LazyLock::new(|| {
        let mut by_letter = [const { Vec::new() }; 32];
        for known in BLOCK {
            by_letter[letter_index(known)].push(*known);
        }
        by_letter
    });
    is_one_of(name, &BY_LETTER[letter_index(name)])
}

/// The first letter of a name, whatever its case, as a number below 32; other characters share these.
fn letter_index(name: &str) -> usize {
    usize::from(name.as_bytes().first().copied().unwrap_or_default() & 0x1f)
}
