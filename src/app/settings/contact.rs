//! The address under which the operator of a crawled host reaches whoever runs driftline.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// How the program names itself before a contact: without the patch version, which says nothing to
/// the operator of a host.
const PRODUCT: &str =
    concat!("driftline/", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// `network.contact`: an http or https URL, or a mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

const EXAMPLES: &str = "\"https://example.org/about-our-crawler\" or \"archive@example.org\"";

/// What the name of a mail address may hold besides letters and digits (RFC 5322, section 3.2.3).
const NAME_MARKS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// What the domain of a mail address may hold besides letters and digits.
const DOMAIN_MARKS: &str = "-.";

impl Contact {
    /// The `User-Agent` with this contact, in the form that crawlers commonly use.
    pub fn user_agent(&self) -> String {
        format!("{PRODUCT} (+{})", self.0)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Contact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The contact stands in a comment of a header field (RFC 9110, section 5.6.5).
        let is_refused = |c: &char| !c.is_ascii_graphic() || matches!(c, '(' | ')' | '\\');
        let mut refused: Vec<char> = text.chars().filter(is_refused).collect();
        let is_url =
            || Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if refused.is_empty() && (is_url() || is_mail_address(text)) {
            return Ok(Self(text.to_owned()));
        }
        if refused.is_empty() && !text.contains("://") {
            refused = chars_no_mail_address_has(text);
        }
        if refused.is_empty() {
            return Err(format!("\"{text}\" is not a contact such as {EXAMPLES}"));
        }
        let mut listed: Vec<String> = Vec::new();
        for c in refused {
            let shown = format!("\"{}\"", c.escape_debug());
            if !listed.contains(&shown) {
                listed.push(shown);
            }
        }
        Err(format!("{} must not be in a contact, which is such as {EXAMPLES}", listed.join(", ")))
    }
}

/// The characters that keep a text with an `@` from being a mail address.
fn chars_no_mail_address_has(text: &str) -> Vec<char> {
    let Some((name, domain)) = text.rsplit_once('@') else { return Vec::new() };
    let outside = |part: &str, marks: &str| -> Vec<char> {
        part.chars().filter(|&c| !c.is_ascii_alphanumeric() && !marks.contains(c)).collect()
    };
    [outside(name, NAME_MARKS), outside(domain, DOMAIN_MARKS)].concat()
}

fn is_mail_address(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    let has_only = |text: &str, allowed: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || allowed.contains(c))
    };
    has_only(name, NAME_MARKS)
        && has_only(domain, DOMAIN_MARKS)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && matches!(Host::parse(domain), Ok(Host::Domain(_)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn urls_and_mail_addresses_are_contacts() {
        for text in ["https://example.org/bot", "http://example.org", "a.b+c@mail.example.org"] {
            let agent = text.parse::<Contact>().map(|contact| contact.user_agent());
            assert_eq!(agent, Ok(format!("{PRODUCT} (+{text})")));
        }
    }

    #[test]
    fn refused_characters_are_named() {
        for (text, named) in [
            ("a b@example.org", "\" \" must"),
            ("ü(x)@example.org", "\"ü\", \"(\", \")\" must"),
            ("a;b;c@example_x.org", "\";\", \"_\" must"),
            ("https://example.org/\n", "\"\\n\" must"),
        ] {
            let error = text.parse::<Contact>().unwrap_err();
            assert!(error.starts_with(named), "{error}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "example.org",
            "me",
            "@example.org",
            "me@",
            "me@localhost",
            "me@a..org",
            "a b@example.org",
            "ftp://example.org",
            "https://",
            "https://example.org/)",
            "mailto:",
            "https://example.org/\n",
            "ü@example.org",
        ] {
            assert!(text.parse::<Contact>().is_err(), "{text}");
        }
    }
}
