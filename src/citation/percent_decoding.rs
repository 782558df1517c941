//! Decodes percent-encoding in paths and URLs.

use std::borrow::Cow;

/// Decodes the percent-encoding of a text. A `%` without two hexadecimal digits stays as it is, and so does
/// the whole text if the decoded bytes are not UTF-8.
pub(in crate::citation) fn percent_decode(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_encoded_and_utf_8_is_decoded() {
        for (text, decoded) in [
            ("a%20b", "a b"),
            ("%E4%B8%AD", "中"),
            ("100%", "100%"),
            ("%zz%2", "%zz%2"),
            ("%FF%20", "%FF%20"),
        ] {
            assert_eq!(percent_decode(text), decoded, "{text}");
        }
    }
}
