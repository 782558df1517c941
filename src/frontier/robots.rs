//! The rules of robots.txt (RFC 9309) for the product token of this program.

use std::time::Duration;

use robotxt::{Agent, Robots};
use serde::{Deserialize, Serialize};
use url::Url;

use super::Rejection;
use super::robots_file::{is_line_end, matched_path, product_token, rewrite_robots_file};

/// The outcome of a request for a robots file (RFC 9309, section 2.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RobotsAccess {
    /// The file, up to the last whole line within [`RobotsAccess::BYTE_LIMIT`].
    Found(Vec<u8>),
    /// A 4xx status, or too many redirects: everything is allowed.
    Unavailable,
    /// A 5xx status, a 429, or no answer: nothing is allowed.
    Unreachable,
}

impl RobotsAccess {
    /// The bytes of a robots file that are read: 500 KiB (RFC 9309, section 2.5).
    pub const BYTE_LIMIT: u64 = 500 * 1024;
    /// The redirects that are followed to a robots file (RFC 9309, section 2.3.1.2).
    pub const MAX_REDIRECTS: usize = 5;

    /// The meaning of a final answer. A 429 counts as unreachable, since the host exists and asks for a
    /// pause. A body beyond the limit is cut after a whole line, since half a rule is a different rule.
    pub fn from_answer(status: u16, body: &[u8]) -> Self {
        match status {
            200..=299 => {
                let limit = usize::try_from(Self::BYTE_LIMIT).unwrap_or(usize::MAX);
                let whole_lines = body.get(..=limit).map_or(body, |beyond| {
                    let end = beyond.iter().rposition(|byte| is_line_end(*byte)).unwrap_or(0);
                    beyond.get(..end).unwrap_or_default()
                });
                Self::Found(whole_lines.to_vec())
            }
            429 | 500..=599 => Self::Unreachable,
            _ => Self::Unavailable,
        }
    }
}

/// The rules of one origin.
#[derive(Clone, Debug)]
pub struct RobotsRules {
    /// `None` where the robots file could not be fetched.
    rules: Option<Robots>,
}

impl RobotsRules {
    /// The rules for the product token `agent`, as in `driftline`.
    pub fn from_access(access: &RobotsAccess, agent: &str) -> Self {
        let rules = match access {
            RobotsAccess::Found(text) => {
                let token = product_token(agent.as_bytes());
                let rules = rewrite_robots_file(text, token);
                Some(Robots::parse(&rules, Agent::Exact(&String::from_utf8_lossy(token))))
            }
            RobotsAccess::Unavailable => Some(Robots::allow_all()),
            RobotsAccess::Unreachable => None,
        };
        Self { rules }
    }

    /// Whether the URL may be requested; `None` where the rules are unknown.
    pub fn allows_url(&self, url: &Url) -> Option<bool> {
        let rules = self.rules.as_ref()?;
        let is_robots_file = url.path() == "/robots.txt" && url.query().is_none();
        Some(is_robots_file || rules.is_allowed(&matched_path(url)))
    }

    /// Why the URL may not be requested; `None` where it may.
    pub(super) fn reject_url(&self, url: &Url) -> Option<Rejection> {
        match self.allows_url(url) {
            Some(true) => None,
            Some(false) => Some(Rejection::Robots { rule: self.deciding_rule(url).unwrap_or_default() }),
            None => Some(Rejection::RobotsUnreachable),
        }
    }

    /// The rule that decides about a URL, for the evidence of a verdict: `Disallow: /private`.
    pub fn deciding_rule(&self, url: &Url) -> Option<String> {
        let rule = self.rules.as_ref()?.matching_rule(&matched_path(url))?;
        let written = rule.pattern().strip_prefix('/').unwrap_or(rule.pattern());
        Some(format!("{}: {}", if rule.is_allow() { "Allow" } else { "Disallow" }, written))
    }

    /// The `Crawl-delay`, if the file states one.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.rules.as_ref()?.crawl_delay()
    }
}

/// The URL of the robots file that applies to a URL.
pub fn robots_url(url: &Url) -> Url {
    let mut robots = url.clone();
    robots.set_path("/robots.txt");
    robots.set_query(None);
    robots.set_fragment(None);
    // Credentials in a link are not sent for its robots file.
    let _ = robots.set_username("");
    let _ = robots.set_password(None);
    robots
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rules_of_file(text: &str) -> RobotsRules {
        RobotsRules::from_access(&RobotsAccess::from_answer(200, text.as_bytes()), "driftline")
    }

    fn url(path: &str) -> Url {
        Url::parse("http://a.example").unwrap().join(path).unwrap()
    }

    #[test]
    fn the_group_of_the_own_token_wins_over_the_star() {
        let rules = rules_of_file(
            "User-agent: *\nDisallow: /\n\nUser-agent: driftline\nDisallow: /private\nCrawl-delay: 2\n",
        );
        assert_eq!(rules.allows_url(&url("/open")), Some(true));
        assert_eq!(rules.allows_url(&url("/private/page?x=1")), Some(false));
        assert_eq!(rules.deciding_rule(&url("/private/x")).as_deref(), Some("Disallow: /private"));
        assert_eq!(rules.crawl_delay(), Some(Duration::from_secs(2)));
    }

    #[test]
    fn the_longest_match_decides_whatever_its_percent_encoding() {
        let rules = rules_of_file(
            "\u{feff}User-agent: *\r\nDisallow: /a\r\nAllow: /a/b$\r\nDisallow: /%E6%96%B0\r\n",
        );
        assert_eq!(rules.allows_url(&url("/a/b")), Some(true));
        assert_eq!(rules.allows_url(&url("/a/bc")), Some(false));
        assert_eq!(rules.allows_url(&url("/新聞")), Some(false));
        assert_eq!(rules.allows_url(&url("/robots.txt")), Some(true));
    }

    #[test]
    fn rules_match_as_in_the_standard_and_in_googles_parser() {
        for (rules, allowed, forbidden) in [
            ("Disallow: */customer/", vec!["/customer", "/xcustomer/"], vec!["/customer/a", "/x/customer/a"]),
            ("Disallow: *.pdf$", vec!["/a.pdf?x", "/a.pdfx"], vec!["/a.pdf", "/x/y.pdf"]),
            ("Disallow: *", vec!["/robots.txt"], vec!["/", "/a?b"]),
            ("Disallow: /*?*id=", vec!["/a?x=1"], vec!["/a?id=1", "/a?x=1&id=2"]),
            ("Disallow: /a%2Ab", vec!["/axb", "/ab"], vec!["/a*b", "/a%2Ab/c", "/a%2ab"]),
            ("Disallow: /a%24", vec!["/a", "/a/b"], vec!["/a$", "/a$b", "/a%24"]),
            ("Disallow: /a$b", vec!["/a"], vec!["/a$b/c", "/a%24b"]),
            ("Disallow: /$", vec!["/a", "/?x"], vec!["/"]),
            ("Disallow: */x/\nAllow: /x/a", vec!["/x/a"], vec!["/x/b", "/y/x/a"]),
            ("Disallow: /y\nAllow: */y/a", vec!["/y/a"], vec!["/y/b"]),
        ] {
            let rules_read = rules_of_file(&format!("User-agent: *\n{rules}\n"));
            for (paths, expected) in [(allowed, true), (forbidden, false)] {
                for path in paths {
                    assert_eq!(rules_read.allows_url(&url(path)), Some(expected), "{rules} {path}");
                }
            }
        }
        let star = rules_of_file("User-agent: *\nDisallow: */customer/");
        assert_eq!(star.deciding_rule(&url("/customer/a")).as_deref(), Some("Disallow: */customer/"));
    }

    #[test]
    fn agents_around_a_crawl_delay_are_one_group() {
        let rules = rules_of_file(
            "User-agent: driftline\nCrawl-delay: 4\nUser-agent: other\nDisallow: /x\n\nUser-agent: *\nDisallow: /\n",
        );
        assert_eq!(rules.allows_url(&url("/x")), Some(false));
        assert_eq!(rules.allows_url(&url("/y")), Some(true));
        assert_eq!(rules.crawl_delay(), Some(Duration::from_secs(4)));
    }

    #[test]
    fn a_status_says_whether_everything_or_nothing_is_allowed() {
        let of = |status| RobotsRules::from_access(&RobotsAccess::from_answer(status, b""), "driftline");
        assert_eq!(of(404).allows_url(&url("/")), Some(true));
        assert_eq!(of(403).allows_url(&url("/")), Some(true));
        assert_eq!(of(503).allows_url(&url("/")), None);
        assert_eq!(of(429).allows_url(&url("/")), None);
        let html = rules_of_file("<!DOCTYPE html><html><body>Not found. Disallow nothing</body></html>");
        assert_eq!(html.allows_url(&url("/any")), Some(true));
    }

    /// The rules of a file in which the byte limit falls into the line `last`, `within` bytes after its
    /// start.
    fn rules_cut_within(head: &str, last: &str, within: usize) -> RobotsRules {
        let limit = usize::try_from(RobotsAccess::BYTE_LIMIT).unwrap();
        let comment = "#".repeat(limit - head.len() - 1 - within);
        rules_of_file(&format!("{head}{comment}\n{last}\nDisallow: /beyond\n"))
    }

    #[test]
    fn a_large_file_is_cut_after_a_whole_line() {
        let head = "User-agent: *\nDisallow: /x/\n";
        let cut = rules_cut_within(head, "Allow: /x/public/", "Allow: /x/".len());
        assert_eq!(cut.allows_url(&url("/x/secret")), Some(false), "half a rule is no rule");
        assert_eq!(cut.allows_url(&url("/beyond")), Some(true));
        let last = "Allow: /x/public/";
        let whole = rules_cut_within(head, last, last.len());
        assert_eq!(whole.allows_url(&url("/x/public/a")), Some(true), "the line ends at the limit");
        let RobotsAccess::Found(kept) = RobotsAccess::from_answer(200, &vec![b'#'; 600 * 1024]) else {
            unreachable!()
        };
        assert!(kept.is_empty());
    }

    #[test]
    fn an_agent_line_applies_by_its_whole_product_token() {
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
                let rules = rules_of_file(&format!(
                    "{key}{agent}\r\nDisallow: /x\r\n\r\nUser-agent: *\nDisallow: /y\n"
                ));
                assert_eq!(rules.allows_url(&url("/x")), Some(!binds), "{key}{agent}");
                assert_eq!(rules.allows_url(&url("/y")), Some(binds), "{key}{agent}");
            }
        }
        let both =
            rules_of_file("User-agent: driftline/1\nDisallow: /a\n\nUser-agent: driftline\nDisallow: /b\n");
        assert_eq!((both.allows_url(&url("/a")), both.allows_url(&url("/b"))), (Some(false), Some(false)));
    }

    #[test]
    fn the_robots_url_keeps_only_scheme_host_and_port() {
        let page = Url::parse("https://user:pw@a.example:8443/x/y?z#w").unwrap();
        assert_eq!(robots_url(&page).as_str(), "https://a.example:8443/robots.txt");
    }
}
