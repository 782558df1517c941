//! Finds the end of elements whose content is not markup: scripts, styles, titles.

use memchr::{memchr, memchr2};

use super::elements::is_one_of;

/// Elements whose content is not markup (WHATWG HTML, section 13.2.6.4, "generic raw text element"
/// and "generic RCDATA element"). `noscript` is not one of them for a reader without scripts.
const RAW_TEXT: &[&str] = &["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

/// The name in lower case of a raw text element; `None` for any other.
pub(super) fn raw_text_element(name: &str) -> Option<&'static str> {
    if !is_one_of(name, RAW_TEXT) {
        return None;
    }
    RAW_TEXT.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

/// The length of an element's content, from its start tag to its end tag or to the end of the text.
pub(super) fn raw_text_length(bytes: &[u8], element: &str) -> usize {
    if element == "script" {
        return script_length(bytes);
    }
    memchr::memmem::find_iter(bytes, b"</")
        .find(|at| names_tag(bytes, at + 2, element))
        .unwrap_or(bytes.len())
}

/// How far a script is inside an old-style comment, in which `<script>` hides one `</script>`
/// (WHATWG HTML, sections 13.2.5.15 to 13.2.5.31).
#[derive(Clone, Copy, PartialEq, Eq)]
enum ScriptEscape {
    None,
    Escaped,
    DoubleEscaped,
}

fn script_length(bytes: &[u8]) -> usize {
    let mut escape = ScriptEscape::None;
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let found = match escape {
            ScriptEscape::None => memchr(b'<', rest),
            _ => memchr2(b'<', b'-', rest),
        };
        let Some(found) = found else { return bytes.len() };
        at += found;
        let rest = bytes.get(at..).unwrap_or_default();
        match escape {
            _ if escape != ScriptEscape::None && rest.starts_with(b"-->") => {
                escape = ScriptEscape::None;
                at += 3;
            }
            ScriptEscape::None if rest.starts_with(b"<!--") => {
                escape = ScriptEscape::Escaped;
                // Its dashes may be those of the end: `<!-->`.
                at += 2;
            }
            ScriptEscape::None | ScriptEscape::Escaped
                if rest.starts_with(b"</") && names_tag(rest, 2, "script") =>
            {
                return at;
            }
            ScriptEscape::Escaped if names_tag(rest, 1, "script") && rest.starts_with(b"<") => {
                escape = ScriptEscape::DoubleEscaped;
                at += 1;
            }
            ScriptEscape::DoubleEscaped if rest.starts_with(b"</") && names_tag(rest, 2, "script") => {
                escape = ScriptEscape::Escaped;
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Whether a tag's name is at an offset, followed by a character that ends names.
fn names_tag(bytes: &[u8], at: usize, name: &str) -> bool {
    let written = bytes.get(at..at + name.len());
    let ends =
        bytes.get(at + name.len()).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
    ends && written.is_some_and(|written| written.eq_ignore_ascii_case(name.as_bytes()))
}
