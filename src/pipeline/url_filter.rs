//! Decides which URLs are not fetched because the user excluded them: `[crawl] exclude`.

use globset::{Glob, GlobBuilder, GlobMatcher};
use url::Url;

use crate::frontier::HostKey;

/// The patterns of `[crawl] exclude`.
#[derive(Clone, Debug, Default)]
pub struct UrlFilter {
    written: Vec<String>,
    patterns: Vec<UrlPattern>,
}

#[derive(Clone, Debug)]
enum UrlPattern {
    /// A host and its subdomains.
    Host(String),
    /// A URL in which `*` stands for any text, `/` included.
    Url(GlobMatcher),
}

impl UrlPattern {
    /// Reads a pattern: with `/` or `*` a URL, else a host.
    fn parse(pattern: &str) -> Result<Self, globset::Error> {
        if pattern.contains(['/', '*']) {
            url_glob(pattern).map(|glob| Self::Url(glob.compile_matcher()))
        } else {
            Ok(Self::Host(pattern.trim_start_matches('.').to_ascii_lowercase()))
        }
    }

    fn matches(&self, url: &Url) -> bool {
        match self {
            Self::Host(host) => {
                let key = HostKey::from_url(url);
                let rest = key.host_name().strip_suffix(host.as_str());
                rest.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            Self::Url(glob) => glob.is_match(url.as_str()),
        }
    }
}

/// A glob in which only `*` is special: `?` begins the query of a URL, and brackets stand in addresses
/// and parameters.
fn url_glob(pattern: &str) -> Result<Glob, globset::Error> {
    // Two stars would mean folders to a glob.
    let parts = pattern.split('*').enumerate().filter(|(at, part)| *at == 0 || !part.is_empty());
    let mut glob: String = parts.map(|(_, part)| globset::escape(part)).collect::<Vec<_>>().join("*");
    if pattern.ends_with('*') && !glob.ends_with('*') {
        glob.push('*');
    }
    GlobBuilder::new(&glob).literal_separator(false).backslash_escape(false).build()
}

/// Checks a pattern of `[crawl] exclude`.
///
/// # Errors
/// Says why the pattern cannot be used: it is too long.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    UrlPattern::parse(pattern).map(|_| ()).map_err(|error| error.kind().to_string())
}

impl UrlFilter {
    /// Reads the patterns: with `/` or `*` a URL, else a host. A pattern that [`check_pattern`] refuses
    /// excludes nothing.
    pub fn new(patterns: &[String]) -> Self {
        Self {
            written: patterns.to_vec(),
            patterns: patterns.iter().filter_map(|pattern| UrlPattern::parse(pattern).ok()).collect(),
        }
    }

    /// The patterns as they are written.
    pub fn patterns_as_written(&self) -> &[String] {
        &self.written
    }

    /// Whether a URL is excluded.
    pub fn excludes(&self, url: &Url) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(url))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn hosts_and_url_patterns() {
        let patterns = ["ads.example", "https://a.example/private/*", "*.pdf", "http://b.example/x"];
        let excluded = UrlFilter::new(&patterns.map(str::to_owned));
        let has = |url: &str| excluded.excludes(&Url::parse(url).unwrap());
        assert!(has("https://ads.example/any"));
        assert!(has("https://eu.ads.example:8080/any"));
        assert!(!has("https://bads.example/any"));
        assert!(has("https://a.example/private/x/y"));
        assert!(!has("https://a.example/public"));
        assert!(has("https://c.example/paper.pdf"));
        assert!(!has("https://c.example/paper.pdf?x=1"));
        assert!(has("http://b.example/x"));
        assert!(!has("http://b.example/xy"));
    }

    #[test]
    fn only_the_star_is_special() {
        for (pattern, matching, other) in [
            ("https://a.example/?p=*", "https://a.example/?p=1&q=2", "https://a.example/xp=1"),
            ("https://a.example/x?y", "https://a.example/x?y", "https://a.example/xzy"),
            ("*[1]*", "https://a.example/a[1].html", "https://a.example/a1.html"),
            ("*{a,b}", "https://a.example/?q={a,b}", "https://a.example/?q=a"),
            ("https://*.example/*", "https://a.b.example/x/y", "http://a.b.example/x/y"),
            ("https://**/x", "https://a.example/y/x", "https://a.example/x/y"),
            ("*//a.example/*/x", "https://a.example/1/2/x", "https://a.example/x"),
            ("*", "https://a.example/", "https:"),
            ("**", "https://a.example/", "https:"),
            ("http://a.example/x", "http://a.example/x", "http://a.example/x/"),
            ("*/!x*", "https://a.example/!x", "https://a.example/x"),
            ("*.html", "https://a.example/a.html", "https://a.example/a.html#x"),
            ("*/新聞/*", "https://a.example/x?/新聞/", "https://a.example/x"),
        ] {
            let excluded = UrlFilter::new(&[pattern.to_owned()]);
            let has = |url: &str| Url::parse(url).is_ok_and(|url| excluded.excludes(&url));
            // The parser encodes what a URL may not hold.
            let is_kept = Url::parse(matching).unwrap().as_str() == matching;
            assert!(has(matching) || !is_kept, "{pattern} {matching}");
            assert!(!has(other), "{pattern} {other}");
            assert_eq!(check_pattern(pattern), Ok(()));
        }
    }
}
