//! Rewrites a robots file into the form in which the parser reads it by the rules.
//!
//! The `robotxt` crate differs from RFC 9309 and from Google's parser, which many files were written for:
//!
//! - It compares whole values of `User-agent` lines. Only the product token counts (section 2.2.1).
//! - A `Crawl-delay` ends the agents of a group. It is no rule of the standard, so agents on both sides of it
//!   share one group.
//! - It puts a `/` before a rule that begins with `*`, so that `*/x` would not match at the root. All rules and
//!   [`matched_path`] get one here, which changes neither what matches nor which rule is the longest.
//! - A `*` or `$` of a URL is not matched by `%2A` and `%24` in a rule, which stand for them (section 2.2.3).
//!   [`matched_path`] encodes both, as do rules where the character is no operator.

use std::borrow::Cow;

use url::{Position, Url};

/// The spellings that the parser takes for a directive, the usual one first.
const AGENT_KEYS: [&str; 3] = ["user-agent", "user agent", "useragent"];
const DELAY_KEYS: [&str; 3] = ["crawl-delay", "crawl delay", "crawldelay"];
const ALLOW_KEYS: [&str; 3] = ["allow", "alow", "allaw"];
const DISALLOW_KEYS: [&str; 6] = ["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"];

/// What a line of a robots file says.
enum Line<'a> {
    Agent(&'a [u8]),
    Delay(&'a [u8]),
    Rule(&'static str, &'a [u8]),
}

/// The groups of a robots file that apply to the product token, one directive a line.
pub(super) fn rewrite_robots_file(text: &[u8], token: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut add = |key: &str, parts: &[&[u8]]| {
        out.extend_from_slice(key.as_bytes());
        out.push(b':');
        out.extend(parts.iter().copied().flatten());
        out.push(b'\n');
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let (mut in_agents, mut applies) = (false, false);
    let mut delays = Vec::new();
    for line in text.split(|byte| is_line_end(*byte)).filter_map(parse_line) {
        match line {
            Line::Agent(value) => {
                applies &= in_agents;
                in_agents = true;
                let own = product_token(value);
                let is_everyone = value
                    .strip_prefix(b"*")
                    .is_some_and(|rest| rest.trim_ascii_start().len() < rest.len() || rest.is_empty());
                if is_everyone || (!own.is_empty() && own.eq_ignore_ascii_case(token)) {
                    applies = true;
                    add("user-agent", &[if is_everyone { b"*" } else { own }]);
                }
            }
            Line::Delay(value) if in_agents => delays.push(value),
            Line::Delay(value) if applies => add("crawl-delay", &[value]),
            Line::Delay(_) => {}
            Line::Rule(key, value) => {
                in_agents = false;
                for delay in delays.drain(..).filter(|_| applies) {
                    add("crawl-delay", &[delay]);
                }
                if applies {
                    let start: &[u8] = if value.is_empty() { b"" } else { b"/" };
                    add(key, &[start, &encode_inner_dollars(value)]);
                }
            }
        }
    }
    for delay in delays.drain(..).filter(|_| applies) {
        add("crawl-delay", &[delay]);
    }
    out
}

/// The path and query of a URL in the form that the rewritten rules match.
pub(super) fn matched_path(url: &Url) -> String {
    let path = &url[Position::BeforePath..Position::AfterQuery];
    format!("/{}", path.replace('*', "%2A").replace('$', "%24"))
}

/// The directive in a line, without its comment.
fn parse_line(line: &[u8]) -> Option<Line<'_>> {
    let line = line.split(|byte| *byte == b'#').next().unwrap_or_default().trim_ascii();
    let value = |keys: &[&str]| keys.iter().find_map(|key| directive_value(line, key));
    if let Some(value) = value(&AGENT_KEYS) {
        return Some(Line::Agent(value));
    }
    if let Some(value) = value(&DELAY_KEYS) {
        return Some(Line::Delay(value));
    }
    let rule = |keys: &[&'static str]| Some((*keys.first()?, value(keys)?));
    let (key, value) = rule(&ALLOW_KEYS).or_else(|| rule(&DISALLOW_KEYS))?;
    Some(Line::Rule(key, value))
}

/// The value behind a key, which a colon or white space separates from it.
fn directive_value<'a>(line: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let (own, rest) = line.split_at_checked(key.len())?;
    if !own.eq_ignore_ascii_case(key.as_bytes()) {
        return None;
    }
    let trimmed = rest.trim_ascii_start();
    match trimmed.strip_prefix(b":") {
        Some(value) => Some(value.trim_ascii()),
        None => (trimmed.len() < rest.len()).then_some(trimmed),
    }
}

/// The product token at the start of a value (RFC 9309, section 2.2.1): it ends at the first byte that a
/// token cannot hold, as in `driftline/1.0`.
pub(super) fn product_token(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|byte| !(byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_')));
    end.and_then(|end| value.get(..end)).unwrap_or(value)
}

pub(super) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0)
}

/// The rule with each `$` but a last one encoded. Only at the end is it an operator.
fn encode_inner_dollars(rule: &[u8]) -> Cow<'_, [u8]> {
    let inner = rule.strip_suffix(b"$").unwrap_or(rule);
    if !inner.contains(&b'$') {
        return Cow::Borrowed(rule);
    }
    let mut out = inner.split(|byte| *byte == b'$').collect::<Vec<_>>().join(&b"%24"[..]);
    out.extend_from_slice(rule.get(inner.len()..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_own_groups_are_kept_and_delays_do_not_divide_agents() {
        let text = "Sitemap: https://a.example/s\nUser-agent: other\nCrawl-delay: 9\nDisallow: /z\n\n\
                    User-agent: *\r\nCrawl-delay: 5 # seconds\r\n\r\nUser-agent: GreedyBot/2\nDisallow : /x # no\n\
                    Disallow:\nuser-agent other\ndisalow: /q\n";
        let rewritten = rewrite_robots_file(text.as_bytes(), b"driftline");
        let expected = "user-agent:*\ncrawl-delay:5\ndisallow://x\ndisallow:\n";
        assert_eq!(String::from_utf8(rewritten).unwrap(), expected);
    }

    #[test]
    fn a_dollar_is_an_operator_only_at_the_end() {
        for (rule, encoded) in
            [("/a", "/a"), ("/a$", "/a$"), ("/a$b$", "/a%24b$"), ("$", "$"), ("/$$", "/%24$")]
        {
            assert_eq!(encode_inner_dollars(rule.as_bytes()).as_ref(), encoded.as_bytes(), "{rule}");
        }
    }
}
