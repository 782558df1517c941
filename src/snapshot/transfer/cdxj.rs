//! Lines of a CDXJ index: sort key, time, JSON.

use url::Url;

/// The sort key of a URL (SURT): host from the back, then port, path and sorted query, all in lower
/// case, without a leading `www.`. This is the form that replay tools look up.
pub(super) fn sort_key(url: &str) -> String {
    let Ok(parsed) = Url::parse(url) else { return url.to_ascii_lowercase() };
    let host = parsed.host_str().unwrap_or_default().to_ascii_lowercase();
    let mut key = if matches!(parsed.host(), Some(url::Host::Domain(_))) {
        let bare = without_www(&host);
        bare.split('.').rev().collect::<Vec<_>>().join(",")
    } else {
        host
    };
    if let Some(port) = parsed.port() {
        key.push(':');
        key.push_str(&port.to_string());
    }
    key.push(')');
    let path = parsed.path().to_ascii_lowercase();
    // One slash at the end says nothing, except that there is a path.
    let path = match path.strip_suffix('/') {
        Some(rest) if !rest.is_empty() => rest,
        _ => &path,
    };
    key.push_str(path);
    if let Some(query) = parsed.query().filter(|query| !query.is_empty()) {
        let lower = query.to_ascii_lowercase();
        let mut parts: Vec<&str> = lower.split('&').collect();
        parts.sort_unstable();
        key.push('?');
        key.push_str(&parts.join("&"));
    }
    key
}

/// A host without `www.`, `www2.` and the like.
fn without_www(host: &str) -> &str {
    host.strip_prefix("www")
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        .and_then(|rest| rest.strip_prefix('.'))
        .filter(|rest| rest.contains('.'))
        .unwrap_or(host)
}

/// The time as CDX writes it: 14 digits.
pub(super) fn timestamp(at: jiff::Timestamp) -> String {
    at.strftime("%Y%m%d%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::sort_key;

    #[test]
    fn keys_are_those_that_replay_tools_look_up() {
        for (url, key) in [
            ("http://www.Example.com/", "com,example)/"),
            ("https://example.com:8443/A/b/?z=1&A=2", "com,example:8443)/a/b?a=2&z=1"),
            ("http://www2.a.example.co.uk/x", "uk,co,example,a)/x"),
            ("http://www.com/", "com,www)/"),
            ("http://127.0.0.1:8080/x?", "127.0.0.1:8080)/x"),
        ] {
            assert_eq!(sort_key(url), key);
        }
    }
}
