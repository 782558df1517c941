//! URLs that the user does not want asked for: `[crawl] exclude`.

use url::Url;

use crate::frontier::HostKey;

/// The patterns of `[crawl] exclude`.
#[derive(Clone, Debug, Default)]
pub struct Excluded {
    written: Vec<String>,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
enum Pattern {
    /// A host and everything below it.
    Host(String),
    /// A URL in which `*` stands for any text: its parts between the stars.
    Url(Vec<String>),
}

impl Excluded {
    /// Reads the patterns: with `/` or `*` a URL, else a host.
    pub fn new(patterns: &[String]) -> Self {
        let read = |pattern: &String| {
            if pattern.contains(['/', '*']) {
                Pattern::Url(pattern.split('*').map(str::to_owned).collect())
            } else {
                Pattern::Host(pattern.trim_start_matches('.').to_ascii_lowercase())
            }
        };
        Self { written: patterns.to_vec(), patterns: patterns.iter().map(read).collect() }
    }

    /// The patterns as they are written.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Whether a URL is excluded.
    pub fn has(&self, url: &Url) -> bool {
        self.patterns.iter().any(|pattern| match pattern {
            Pattern::Host(host) => {
                let key = HostKey::from_url(url);
                let rest = key.host_name().strip_suffix(host.as_str());
                rest.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            Pattern::Url(parts) => matches(parts, url.as_str()),
        })
    }
}

/// Whether the parts stand in the text in their order, the first at its start and the last at its
/// end.
fn matches(parts: &[String], text: &str) -> bool {
    let Some((first, rest)) = parts.split_first() else { return false };
    let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
    let Some((last, middle)) = rest.split_last() else { return left.is_empty() };
    for part in middle {
        let Some((_, after)) = left.split_once(part.as_str()) else { return false };
        left = after;
    }
    left.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn hosts_and_url_patterns() {
        let patterns = ["ads.example", "https://a.example/private/*", "*.pdf", "http://b.example/x"];
        let excluded = Excluded::new(&patterns.map(str::to_owned));
        let has = |url: &str| excluded.has(&Url::parse(url).unwrap());
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
}
