//! Recognises autolinks: `<https://…>` and `<name@host>`.

/// The length of an autolink at the start of `rest`: `<scheme:…>`, an absolute URI in angle brackets
/// (`CommonMark` 0.31, 6.5), or `<name@host>`.
pub(super) fn autolink_length(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('<')?;
    let scheme =
        inner.bytes().take(32).take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)).count();
    let absolute = scheme >= 2
        && inner.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && inner.as_bytes().get(scheme) == Some(&b':');
    let length = inner.find(|c: char| matches!(c, '<' | '>') || c.is_whitespace())?;
    let mail = || {
        inner.get(..length).is_some_and(|text| text.contains('@') && !text.contains(['=', '"', '/', '\\']))
    };
    (inner.as_bytes().get(length) == Some(&b'>') && (absolute || mail())).then_some(length + 2)
}
