//! Character references of HTML text.

use std::borrow::Cow;

/// The named references that stand in articles. The full list of the standard has 2,231; the rest
/// stays as written on both sides of a comparison.
const NAMED: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("ensp", "\u{2002}"),
    ("emsp", "\u{2003}"),
    ("thinsp", "\u{2009}"),
    ("zwnj", "\u{200c}"),
    ("zwj", "\u{200d}"),
    ("lrm", "\u{200e}"),
    ("rlm", "\u{200f}"),
    ("shy", "\u{ad}"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("bdquo", "„"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("sbquo", "‚"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("lsaquo", "‹"),
    ("rsaquo", "›"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("hellip", "…"),
    ("middot", "·"),
    ("bull", "•"),
    ("times", "×"),
    ("divide", "÷"),
    ("deg", "°"),
    ("permil", "‰"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("euro", "€"),
    ("pound", "£"),
    ("yen", "¥"),
    ("cent", "¢"),
    ("sect", "§"),
    ("para", "¶"),
    ("plusmn", "±"),
    ("frac12", "½"),
    ("frac14", "¼"),
    ("frac34", "¾"),
    ("sup2", "²"),
    ("sup3", "³"),
    ("larr", "←"),
    ("rarr", "→"),
    ("uarr", "↑"),
    ("darr", "↓"),
    ("iexcl", "¡"),
    ("iquest", "¿"),
    ("agrave", "à"),
    ("aacute", "á"),
    ("acirc", "â"),
    ("atilde", "ã"),
    ("auml", "ä"),
    ("aring", "å"),
    ("aelig", "æ"),
    ("ccedil", "ç"),
    ("egrave", "è"),
    ("eacute", "é"),
    ("ecirc", "ê"),
    ("euml", "ë"),
    ("igrave", "ì"),
    ("iacute", "í"),
    ("icirc", "î"),
    ("iuml", "ï"),
    ("ntilde", "ñ"),
    ("ograve", "ò"),
    ("oacute", "ó"),
    ("ocirc", "ô"),
    ("otilde", "õ"),
    ("ouml", "ö"),
    ("oslash", "ø"),
    ("ugrave", "ù"),
    ("uacute", "ú"),
    ("ucirc", "û"),
    ("uuml", "ü"),
    ("yacute", "ý"),
    ("szlig", "ß"),
    ("Agrave", "À"),
    ("Aacute", "Á"),
    ("Auml", "Ä"),
    ("Aring", "Å"),
    ("Ccedil", "Ç"),
    ("Egrave", "È"),
    ("Eacute", "É"),
    ("Ntilde", "Ñ"),
    ("Ouml", "Ö"),
    ("Oslash", "Ø"),
    ("Uuml", "Ü"),
];

/// A text with its character references replaced; unknown ones stay as they are.
pub fn decode(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        let (before, reference) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let used = reference_at(reference, &mut out);
        if used == 0 {
            out.push('&');
            rest = reference.get(1..).unwrap_or_default();
        } else {
            rest = reference.get(used..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Appends the character that the reference at the start of `text` stands for, and returns its
/// length; 0 where there is none.
fn reference_at(text: &str, out: &mut String) -> usize {
    let body = text.get(1..).unwrap_or_default();
    if let Some(number) = body.strip_prefix('#') {
        let (digits, radix, skip) = match number.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16, 3),
            None => (number, 10, 2),
        };
        let len = digits.bytes().take(8).take_while(|b| char::from(*b).is_digit(radix)).count();
        let Ok(code) = u32::from_str_radix(digits.get(..len).unwrap_or_default(), radix) else { return 0 };
        out.push(
            windows_1252(code).or_else(|| char::from_u32(code)).filter(|c| *c != '\0').unwrap_or('\u{fffd}'),
        );
        return skip + len + usize::from(digits.as_bytes().get(len) == Some(&b';'));
    }
    let len = body.bytes().take(10).take_while(u8::is_ascii_alphanumeric).count();
    let name = body.get(..len).unwrap_or_default();
    if body.as_bytes().get(len) != Some(&b';') && !matches!(name, "amp" | "lt" | "gt" | "quot" | "nbsp") {
        return 0;
    }
    let Some((_, value)) = NAMED.iter().find(|(known, _)| *known == name) else { return 0 };
    out.push_str(value);
    1 + len + usize::from(body.as_bytes().get(len) == Some(&b';'))
}

/// The C1 range is read as windows-1252 (WHATWG HTML, section 13.2.5.80).
fn windows_1252(code: u32) -> Option<char> {
    const TABLE: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let index = usize::try_from(code.checked_sub(0x80)?).ok()?;
    TABLE.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_and_others_stay() {
        assert_eq!(decode("a&amp;b &#20013;&#x6587; &ldquo;x&rdquo; &#150;"), "a&b 中文 “x” –");
        assert_eq!(decode("R&D &unknown; &#; &#x; &ampx & &"), "R&D &unknown; &#; &#x; &ampx & &");
        assert_eq!(decode("&#0;&#99999999;&nbsp"), "\u{fffd}\u{fffd}\u{a0}");
        assert!(matches!(decode("plain"), Cow::Borrowed(_)));
    }
}
