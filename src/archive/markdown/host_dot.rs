//! Recognises ideographic and full-width full stops that separate the labels of a host name.

/// Whether a character is a full stop that browsers read as the dot of a host name (UTS #46, section 2.3).
pub fn is_wide_dot(c: char) -> bool {
    matches!(c, '。' | '．' | '｡')
}

/// Whether a wide full stop between `before`, the host so far, and `after` separates two labels. It ends the
/// sentence where the host is already complete and nothing shows that another label follows.
pub fn is_host_dot(before: &str, after: &str) -> bool {
    let label = after.split(|c: char| !(c.is_alphanumeric() || c == '-')).next().unwrap_or_default();
    if before.is_empty() || label.is_empty() {
        return false;
    }
    let before: String = before.chars().map(|c| if is_wide_dot(c) { '.' } else { c }).collect();
    if !before.contains('.') {
        return before != "localhost";
    }
    let continues = after.get(label.len()..).is_some_and(|rest| rest.starts_with('/'));
    let joined = has_known_suffix(&format!("{before}.{label}"));
    if has_known_suffix(&before) { joined && continues } else { joined || continues }
}

fn has_known_suffix(host: &str) -> bool {
    psl::domain(host.to_ascii_lowercase().as_bytes()).is_some_and(|domain| domain.suffix().is_known())
}

/// The URL with dots in place of the wide full stops of its host; `None` where its host has none.
pub fn with_plain_host_dots(url: &str) -> Option<String> {
    let start = url.find("://")? + "://".len();
    let rest = url.get(start..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (mut out, mut found) = (url.get(..start)?.to_owned(), false);
    for (at, c) in rest.char_indices() {
        let is_dot =
            at < end && is_wide_dot(c) && is_host_dot(rest.get(..at)?, rest.get(at + c.len_utf8()..)?);
        found |= is_dot;
        out.push(if is_dot { '.' } else { c });
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_stop_is_a_dot_only_inside_a_host() {
        for (written, plain) in [
            ("https://www。gnews。org/x", Some("https://www.gnews.org/x")),
            ("https://www．gnews｡org", Some("https://www.gnews.org")),
            ("http://例え。テスト/パス。", Some("http://例え.テスト/パス。")),
            ("https://a。example/x", Some("https://a.example/x")),
            ("https://www。a。example/x", Some("https://www.a.example/x")),
            ("https://shop.example.com。cn/x", Some("https://shop.example.com.cn/x")),
            ("https://gnews.org。后面", None),
            ("https://gnews.org。See also", None),
            ("https://a.example。", None),
            ("https://a.example。Then", None),
            ("https://a.example/x。y/", None),
        ] {
            assert_eq!(with_plain_host_dots(written).as_deref(), plain, "{written}");
        }
    }
}
