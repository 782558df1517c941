//! The sort key of a URL in a CDXJ index (SURT), by which replay tools look it up.
//!
//! It is the reversed host, then port, path and sorted query, all in lower case, without a leading
//! `www.` and without session ids. A URL must give the same key as in the tools that read the index, so
//! the rules are those of the Internet Archive's `surt` 0.3.1 for Python, its oddities included. No
//! library is used, because the keys must match those rules exactly; a test compares them.

use std::sync::LazyLock;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode, percent_encode};
use regex::Regex;
use url::{Host, Url};

/// The SURT key of a URL.
pub(super) fn surt_key(url: &str) -> String {
    let Ok(parsed) = Url::parse(url) else { return url.to_ascii_lowercase() };
    let host = match parsed.host() {
        Some(Host::Domain(name)) => name.to_ascii_lowercase(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => String::new(),
    };
    let host = host.replace("..", ".");
    let host = strip_www(host.trim_matches('.'));
    let mut key = host.split('.').rev().collect::<Vec<_>>().join(",");
    if let Some(port) = parsed.port() {
        key.push(':');
        key.push_str(&port.to_string());
    }
    key.push(')');
    key.push_str(&normalize_path(&parsed));
    if let Some(query) = parsed.query().map(normalize_query).filter(|query| !query.is_empty()) {
        key.push('?');
        key.push_str(&query);
    }
    key
}

/// Removes `www.`, `www2.` and the like from the beginning of a host.
fn strip_www(host: &str) -> &str {
    host.strip_prefix("www")
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(host)
}

fn normalize_path(url: &Url) -> String {
    let plain = unescape_fully(url.path());
    let mut kept: Vec<&[u8]> = Vec::new();
    for part in plain.split(|byte| *byte == b'/').skip(1) {
        match part {
            b"." => {}
            b".." if !kept.is_empty() => drop(kept.pop()),
            part => kept.push(part),
        }
    }
    // Empty segments are dropped, except at the end, where one is the trailing slash.
    let last = kept.pop().unwrap_or_default();
    let mut path = vec![b'/'];
    for part in kept.into_iter().filter(|part| !part.is_empty()) {
        path.extend_from_slice(part);
        path.push(b'/');
    }
    path.extend_from_slice(last);
    let path =
        remove_sessions(percent_encode(&path, ESCAPED).to_string().to_ascii_lowercase(), &PATH_SESSIONS);
    match path.strip_suffix('/') {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => path,
    }
}

fn normalize_query(query: &str) -> String {
    let query = remove_sessions(percent_encode(&unescape_fully(query), ESCAPED).to_string(), &QUERY_SESSIONS)
        .to_ascii_lowercase();
    if query.len() <= 1 {
        return query;
    }
    // Parameters are sorted by name, then by value; a name without a value comes first.
    let split_parameter = |part: &'_ str| match part.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (part.to_owned(), None),
    };
    let mut parts: Vec<_> = query.split('&').map(split_parameter).collect();
    parts.sort_unstable();
    let join_parameter = |(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name,
    };
    parts.into_iter().map(join_parameter).collect::<Vec<String>>().join("&")
}

/// Session ids that ASP.NET puts into a path.
static PATH_SESSIONS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile_expressions(&[
        r"^(.*/)\((?:[a-z]\([0-9a-z]{24}\))+\)/([^?]+\.aspx.*)$",
        r"^(.*/)\([0-9a-z]{24}\)/([^?]+\.aspx.*)$",
    ])
});

/// Session ids in a query.
static QUERY_SESSIONS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile_expressions(&[
        "^(.*)(?:jsessionid=[0-9a-zA-Z]{32})(?:&(.*))?$",
        "^(.*)(?:phpsessid=[0-9a-zA-Z]{32})(?:&(.*))?$",
        "^(.*)(?:sid=[0-9a-zA-Z]{32})(?:&(.*))?$",
        "^(.*)(?:aspsessionid[a-zA-Z]{8}=[a-zA-Z]{24})(?:&(.*))?$",
        "^(.*)(?:cfid=[^&]+&cftoken=[^&]+)(?:&(.*))?$",
    ])
});

/// Compiles expressions that ignore case. A test uses each, so that none fails to compile unnoticed.
fn compile_expressions(texts: &[&str]) -> Vec<Regex> {
    texts.iter().filter_map(|text| Regex::new(&format!("(?i){text}")).ok()).collect()
}

/// Removes what each expression matches, except its two groups.
fn remove_sessions(mut text: String, expressions: &[Regex]) -> String {
    for expression in expressions {
        if let Some(found) = expression.captures(&text) {
            let group_text = |number| found.get(number).map_or("", |group| group.as_str());
            text = format!("{}{}", group_text(1), group_text(2));
        }
    }
    text
}

/// Decodes percent-encoding repeatedly until nothing changes.
fn unescape_fully(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    loop {
        let plain: Vec<u8> = percent_decode(&bytes).collect();
        if plain == bytes {
            return bytes;
        }
        bytes = plain;
    }
}

/// Everything but visible ASCII, and also `#` and `%`.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'#').add(b'%');

#[cfg(test)]
mod tests {
    use super::{PATH_SESSIONS, QUERY_SESSIONS, surt_key};

    /// Expected keys: the results of `surt.surt(url)` in `surt` 0.3.1 for Python, which pywb and
    /// `cdxj-indexer` use.
    #[rustfmt::skip]
    const KEYS: &[(&str, &str)] = &[
        ("http://www.Example.com/", "com,example)/"),
        ("https://example.com:8443/A/b/?z=1&A=2", "com,example:8443)/a/b?a=2&z=1"),
        ("http://www2.a.example.co.uk/x", "uk,co,example,a)/x"),
        ("http://www.com/", "com)/"),
        ("http://127.0.0.1:8080/x?", "1,0,0,127:8080)/x"),
        ("http://127.0.0.1/a/1", "1,0,0,127)/a/1"),
        ("http://[::1]:8080/v6", "::1:8080)/v6"),
        ("http://[2001:db8::1]/v6", "2001:db8::1)/v6"),
        ("http://example.com//a//b", "com,example)/a/b"),
        ("http://example.com/a//", "com,example)/a"),
        ("http://example.com//", "com,example)/"),
        ("http://example.com/%7euser/%E4%B8%AD", "com,example)/~user/%e4%b8%ad"),
        ("http://example.com/a%2Fb%3Fc", "com,example)/a/b?c"),
        ("http://example.com/a%252525b", "com,example)/a%25b"),
        ("http://example.com/%252e%252e/b", "com,example)/../b"),
        ("http://example.com./dot", "com,example)/dot"),
        ("http://a..example.com/", "com,example,a)/"),
        ("http://example.com/p;jsessionid=0123456789abcdef0123456789abcdef?x=1", "com,example)/p;jsessionid=0123456789abcdef0123456789abcdef?x=1"),
        ("http://example.com/p?jsessionid=0123456789abcdef0123456789abcdef&z=1", "com,example)/p?z=1"),
        ("http://example.com/p?PHPSESSID=0123456789abcdef0123456789abcdef&z=1", "com,example)/p?z=1"),
        ("http://example.com/p?z=1&PHPSESSID=0123456789abcdef0123456789abcdef", "com,example)/p?&z=1"),
        ("http://example.com/p?sid=0123456789abcdef0123456789abcdef", "com,example)/p"),
        ("http://example.com/p?ASPSESSIONIDabcdefgh=abcdefghijklmnopqrstuvwx&b=1&a=2", "com,example)/p?a=2&b=1"),
        ("http://example.com/p?x=1&cfid=1&cftoken=2&y=3", "com,example)/p?x=1&y=3"),
        ("http://example.com/(S(abcdefghijklmnopqrstuvwx))/page.aspx?y", "com,example)/page.aspx?y"),
        ("http://example.com/(abcdefghijklmnopqrstuvwx)/page.aspx", "com,example)/page.aspx"),
        ("http://example.com/?b=2&a=1", "com,example)/?a=1&b=2"),
        ("http://example.com/?a-b=1&a=1&a", "com,example)/?a&a=1&a-b=1"),
        ("http://example.com/x?y&z=", "com,example)/x?y&z="),
        ("http://example.com/x?q=%E5%80%BC&p=a+b%20c", "com,example)/x?p=a+b%20c&q=%e5%80%bc"),
        ("http://example.com/x?a=%26b", "com,example)/x?a=&b"),
        ("http://example.com/x?&", "com,example)/x?&"),
        ("http://example.com/x?=", "com,example)/x?="),
        ("http://example.com/x??y", "com,example)/x??y"),
        ("http://example.com/index.html/", "com,example)/index.html"),
        ("http://example.com/a%20b%23c", "com,example)/a%20b%23c"),
        ("http://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF%E5%BE%84", "xn--0zwm56d,xn--fsqu00a)/%e8%b7%af%e5%be%84"),
        ("http://user:pw@example.com/u", "com,example)/u"),
        ("http://a_b.example.com/u", "com,example,a_b)/u"),
        ("http://sub.www.example.com/", "com,example,www,sub)/"),
        ("http://www.www.example.com/", "com,example,www)/"),
        ("http://wwwx.example.com/", "com,example,wwwx)/"),
        ("http://example.com/%FF%fe", "com,example)/%ff%fe"),
        ("http://example.com/a'b(c)[d]|e{f}", "com,example)/a'b(c)[d]|e{f}"),
        ("https://example.com:443/x", "com,example)/x"),
        ("http://example.com:443/x", "com,example:443)/x"),
    ];

    #[test]
    fn keys_are_those_that_replay_tools_look_up() {
        for (url, key) in KEYS {
            assert_eq!(surt_key(url), *key, "{url}");
        }
        assert_eq!((PATH_SESSIONS.len(), QUERY_SESSIONS.len()), (2, 5));
    }
}
