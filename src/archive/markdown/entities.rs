//! HTML character references, as far as people leave them in markdown.

/// The longest reference that is looked at, in bytes, with `&` and `;`.
const LONGEST: usize = 12;

/// The character that a reference stands for, and the reference's length in bytes.
///
/// `text` starts with `&`. Only references closed by `;` count: `&copy=1` in a URL is not one.
pub fn decode_entity(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let end = bytes.iter().take(LONGEST).position(|&b| b == b';')?;
    let name = text.get(1..end)?;
    let found = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        char::from_u32(code).filter(|c| *c != '\0')?
    } else {
        match name {
            "amp" | "AMP" => '&',
            "lt" | "LT" => '<',
            "gt" | "GT" => '>',
            "quot" | "QUOT" => '"',
            "apos" => '\'',
            "nbsp" => '\u{a0}',
            "ensp" => '\u{2002}',
            "emsp" => '\u{2003}',
            "hellip" => '…',
            "mdash" => '—',
            "ndash" => '–',
            "ldquo" => '“',
            "rdquo" => '”',
            "lsquo" => '‘',
            "rsquo" => '’',
            "middot" => '·',
            "copy" => '©',
            "reg" => '®',
            _ => return None,
        }
    };
    Some((found, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_references_are_decoded_and_others_are_not() {
        assert_eq!(decode_entity("&amp;b"), Some(('&', 5)));
        assert_eq!(decode_entity("&#8217;"), Some(('’', 7)));
        assert_eq!(decode_entity("&#x27;s"), Some(('\'', 6)));
        assert_eq!(decode_entity("&copy=1;"), None);
        assert_eq!(decode_entity("&b=1&c=2;"), None);
        assert_eq!(decode_entity("&#0;"), None);
        assert_eq!(decode_entity("&"), None);
        assert_eq!(decode_entity("&文字文字文字;"), None);
    }
}
