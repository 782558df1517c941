//! robots.txt by RFC 9309, for our own product token.

use robotxt::{Agent, Robots};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// What asking for a robots file gave (RFC 9309, section 2.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RobotsAccess {
    /// The file, up to the last whole line within [`RobotsAccess::BYTE_LIMIT`].
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
    /// Of a body beyond the limit, whole lines are kept: half a rule is another rule.
    pub fn from_answer(status: u16, body: &[u8]) -> Self {
        match status {
            200..=299 => {
                let limit = usize::try_from(Self::BYTE_LIMIT).unwrap_or(usize::MAX);
                let whole = body.get(..=limit).map_or(body, |beyond| {
                    let end = beyond.iter().rposition(|byte| is_line_end(*byte)).unwrap_or(0);
                    beyond.get(..end).unwrap_or_default()
                });
                Self::Found(whole.to_vec())
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
            RobotsAccess::Found(text) => {
                let token = String::from_utf8_lossy(product_token(agent.as_bytes()));
                Some(Robots::parse(&with_product_tokens(text), Agent::Exact(&token)))
            }
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

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0)
}

/// What a product token may hold (RFC 9309, section 2.2.1): the value ends at the first other byte, as in
/// `driftline/1.0`.
fn product_token(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|byte| !(byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_')));
    end.and_then(|end| value.get(..end)).unwrap_or(value)
}

/// The file with nothing but product tokens in its lines about agents.
fn with_product_tokens(text: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for line in text.split_inclusive(|byte| is_line_end(*byte)) {
        match agent_value(line) {
            Some(value) if !value.starts_with(b"*") => {
                kept.extend_from_slice(b"User-agent: ");
                kept.extend_from_slice(product_token(value));
                kept.extend(line.last().filter(|byte| is_line_end(**byte)));
            }
            _ => kept.extend_from_slice(line),
        }
    }
    kept
}

/// The value of a line about agents, in the spellings that are read.
fn agent_value(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii_start();
    let rest = ["user-agent", "user agent", "useragent"].iter().find_map(|key| {
        let (own, rest) = line.split_at_checked(key.len())?;
        own.eq_ignore_ascii_case(key.as_bytes()).then_some(rest)
    })?;
    let trimmed = rest.trim_ascii_start();
    match trimmed.strip_prefix(b":") {
        Some(value) => Some(value.trim_ascii()),
        None => (trimmed.len() < rest.len()).then(|| trimmed.trim_ascii()),
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

    /// A file whose limit lies within the last of these lines, `within` bytes from its beginning.
    fn cut_within(head: &str, last: &str, within: usize) -> RobotsRules {
        let limit = usize::try_from(RobotsAccess::BYTE_LIMIT).unwrap();
        let comment = "#".repeat(limit - head.len() - 1 - within);
        rules(&format!("{head}{comment}\n{last}\nDisallow: /beyond\n"))
    }

    #[test]
    fn a_large_file_is_cut_after_a_whole_line() {
        let head = "User-agent: *\nDisallow: /x/\n";
        let cut = cut_within(head, "Allow: /x/public/", "Allow: /x/".len());
        assert_eq!(cut.allows(&url("/x/secret")), Some(false), "half a rule is no rule");
        assert_eq!(cut.allows(&url("/beyond")), Some(true));
        let last = "Allow: /x/public/";
        let whole = cut_within(head, last, last.len());
        assert_eq!(whole.allows(&url("/x/public/a")), Some(true), "the line ends at the limit");
        let RobotsAccess::Found(kept) = RobotsAccess::from_answer(200, &vec![b'#'; 600 * 1024]) else {
            unreachable!()
        };
        assert!(kept.is_empty());
    }

    #[test]
    fn agents_are_told_by_their_whole_product_token() {
        for (agent, binds) in [
            ("driftline", true),
            ("DriftLine/1.0", true),
            ("driftline 2 (+http://x.example)", true),
            ("drift", false),
            ("driftline-images", false),
            ("driftlines", false),
            ("", false),
            ("360Spider", false),
        ] {
            for key in ["User-agent: ", "USER-AGENT:", "user-agent ", "\u{feff}Useragent : "] {
                let rules =
                    rules(&format!("{key}{agent}\r\nDisallow: /x\r\n\r\nUser-agent: *\nDisallow: /y\n"));
                assert_eq!(rules.allows(&url("/x")), Some(!binds), "{key}{agent}");
                assert_eq!(rules.allows(&url("/y")), Some(binds), "{key}{agent}");
            }
        }
        let both = rules("User-agent: driftline/1\nDisallow: /a\n\nUser-agent: driftline\nDisallow: /b\n");
        assert_eq!((both.allows(&url("/a")), both.allows(&url("/b"))), (Some(false), Some(false)));
    }

    #[test]
    fn the_robots_url_has_nothing_of_the_page() {
        let page = Url::parse("https://user:pw@a.example:8443/x/y?z#w").unwrap();
        assert_eq!(robots_url(&page).as_str(), "https://a.example:8443/robots.txt");
    }
}
