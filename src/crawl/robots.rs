//! robots.txt by RFC 9309, for our own product token.

use robotxt::{Agent, Robots};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// What asking for a robots file gave (RFC 9309, section 2.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RobotsAccess {
    /// The file, up to [`RobotsAccess::BYTE_LIMIT`].
    Found(Vec<u8>),
    /// A 4xx status, or too many redirects: everything is allowed.
    Unavailable,
    /// A 5xx status, a rate limit, or no answer: nothing is allowed.
    Unreachable,
}

impl RobotsAccess {
    /// How much of a robots file is read: 500 KiB (RFC 9309, section 2.5).
    pub const BYTE_LIMIT: u64 = 500 * 1024;
    /// How many redirects are followed to a robots file (RFC 9309, section 2.3.1.2).
    pub const MAX_REDIRECTS: usize = 5;

    /// What a final answer means. 429 counts as unreachable: the host is there and asks for rest.
    pub fn from_answer(status: u16, body: &[u8]) -> Self {
        match status {
            200..=299 => {
                let limit = usize::try_from(Self::BYTE_LIMIT).unwrap_or(usize::MAX);
                Self::Found(body.iter().copied().take(limit).collect())
            }
            429 | 500..=599 => Self::Unreachable,
            _ => Self::Unavailable,
        }
    }
}

/// The rules of one origin for our product token.
#[derive(Clone, Debug)]
pub struct RobotsRules {
    rules: Option<Robots>,
}

impl RobotsRules {
    /// The rules that an answer gives; `agent` is the product token, for example `driftline`.
    pub fn new(access: &RobotsAccess, agent: &str) -> Self {
        let rules = match access {
            RobotsAccess::Found(text) => Some(Robots::parse(text, Agent::Prefix(agent))),
            RobotsAccess::Unavailable => Some(Robots::allow_all()),
            RobotsAccess::Unreachable => None,
        };
        Self { rules }
    }

    /// Whether the URL may be asked for; none where the rules could not be had.
    pub fn allows(&self, url: &Url) -> Option<bool> {
        self.rules.as_ref().map(|rules| rules.is_url_allowed(url))
    }

    /// The rule that decides about a URL, for the evidence: `Disallow: /private`.
    pub fn deciding_rule(&self, url: &Url) -> Option<String> {
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let rule = self.rules.as_ref()?.matching_rule(&path)?;
        Some(format!("{}: {}", if rule.is_allow() { "Allow" } else { "Disallow" }, rule.pattern()))
    }

    /// The `Crawl-delay`, where one is stated.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.rules.as_ref()?.crawl_delay()
    }
}

/// Where a URL's robots file lies.
pub fn robots_url(url: &Url) -> Url {
    let mut robots = url.clone();
    robots.set_path("/robots.txt");
    robots.set_query(None);
    robots.set_fragment(None);
    // Credentials in a link are not for robots files.
    let _ = robots.set_username("");
    let _ = robots.set_password(None);
    robots
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rules(text: &str) -> RobotsRules {
        RobotsRules::new(&RobotsAccess::from_answer(200, text.as_bytes()), "driftline")
    }

    fn url(path: &str) -> Url {
        Url::parse("http://a.example").unwrap().join(path).unwrap()
    }

    #[test]
    fn the_own_group_wins_over_the_star() {
        let rules = rules(
            "User-agent: *\nDisallow: /\n\nUser-agent: driftline\nDisallow: /private\nCrawl-delay: 2\n",
        );
        assert_eq!(rules.allows(&url("/open")), Some(true));
        assert_eq!(rules.allows(&url("/private/page?x=1")), Some(false));
        assert_eq!(rules.deciding_rule(&url("/private/x")).as_deref(), Some("Disallow: /private"));
        assert_eq!(rules.crawl_delay(), Some(Duration::from_secs(2)));
    }

    #[test]
    fn the_longest_match_decides_and_encodings_meet() {
        let rules =
            rules("\u{feff}User-agent: *\r\nDisallow: /a\r\nAllow: /a/b$\r\nDisallow: /%E6%96%B0\r\n");
        assert_eq!(rules.allows(&url("/a/b")), Some(true));
        assert_eq!(rules.allows(&url("/a/bc")), Some(false));
        assert_eq!(rules.allows(&url("/新聞")), Some(false));
        assert_eq!(rules.allows(&url("/robots.txt")), Some(true));
    }

    #[test]
    fn what_no_answer_means() {
        let of = |status| RobotsRules::new(&RobotsAccess::from_answer(status, b""), "driftline");
        assert_eq!(of(404).allows(&url("/")), Some(true));
        assert_eq!(of(403).allows(&url("/")), Some(true));
        assert_eq!(of(503).allows(&url("/")), None);
        assert_eq!(of(429).allows(&url("/")), None);
        let html = rules("<!DOCTYPE html><html><body>Not found. Disallow nothing</body></html>");
        assert_eq!(html.allows(&url("/any")), Some(true));
    }

    #[test]
    fn a_large_file_is_cut() {
        let mut text = b"User-agent: *\n".to_vec();
        text.resize(600 * 1024, b'#');
        let RobotsAccess::Found(kept) = RobotsAccess::from_answer(200, &text) else { unreachable!() };
        assert_eq!(kept.len(), 500 * 1024);
    }

    #[test]
    fn the_robots_url_has_nothing_of_the_page() {
        let page = Url::parse("https://user:pw@a.example:8443/x/y?z#w").unwrap();
        assert_eq!(robots_url(&page).as_str(), "https://a.example:8443/robots.txt");
    }
}
