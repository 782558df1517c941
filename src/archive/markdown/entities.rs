//! Decodes the HTML character references that people leave in markdown.

use std::borrow::Cow;

/// The length of the longest reference, `&CounterClockwiseContourIntegral;`, in bytes.
const LONGEST: usize = 33;

/// Decodes the character reference at the start of `text`, which starts with `&`. Returns its text and its
/// length in bytes.
///
/// Only references closed by `;` count, as in `CommonMark` (0.31, 2.5). The rules of HTML differ for
/// attributes: `&copy=1` is decoded in text, but not in an attribute, and in a URL it is a parameter.
pub fn decode_entity(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let name = text.strip_prefix('&')?.as_bytes();
    let length =
        name.iter().take(LONGEST - 1).position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'#'))?;
    if name.get(length) != Some(&b';') {
        return None;
    }
    let written = text.get(..length + 2)?;
    // The rules for attributes do not decode a name that only starts like a known one.
    let decoded = htmlize::unescape_attribute(written);
    (decoded != written).then_some((decoded, length + 2))
}

/// Decodes the character references of a text. Returns `None` for a text without any.
pub fn decode_entities(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut is_decoded = false;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at..)?;
        let length = if let Some((decoded, length)) = decode_entity(rest) {
            is_decoded = true;
            out.push_str(&decoded);
            length
        } else {
            out.push('&');
            1
        };
        rest = rest.get(length..)?;
    }
    out.push_str(rest);
    is_decoded.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<(String, usize)> {
        decode_entity(text).map(|(decoded, length)| (decoded.into_owned(), length))
    }

    #[test]
    fn closed_references_are_decoded_and_others_are_not() {
        let found = |text: &str, length| Some((text.to_owned(), length));
        assert_eq!(decoded("&amp;b"), found("&", 5));
        assert_eq!(decoded("&#8217;"), found("’", 7));
        assert_eq!(decoded("&#x27;s"), found("'", 6));
        assert_eq!(decoded("&Auml;"), found("Ä", 6));
        assert_eq!(decoded("&NotEqualTilde;"), found("≂̸", 15));
        assert_eq!(decoded("&CounterClockwiseContourIntegral;"), found("∳", 33));
        // As CommonMark requires (0.31, 2.5).
        assert_eq!(decoded("&#0;"), found("\u{fffd}", 4));
        for text in
            ["&copy=1;", "&b=1&c=2;", "&", "&文字文字文字;", "&ampx;", "&nosuch;", "&notit;", "&;", "&#;"]
        {
            assert_eq!(decoded(text), None, "{text}");
        }
        assert_eq!(decode_entities("a&amp;b&copy=1&lt;").as_deref(), Some("a&b&copy=1<"));
        assert_eq!(decode_entities("a&b"), None);
    }
}
