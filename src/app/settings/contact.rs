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
        let is_comment = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '\\'));
        let is_url =
            || Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if is_comment && (is_url() || is_mail_address(text)) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "\"{text}\" is not a contact such as \"https://example.org/about-our-crawler\" or \"archive@example.org\""
        ))
    }
}

fn is_mail_address(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    let has_only = |text: &str, allowed: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || allowed.contains(c))
    };
    has_only(name, "!#$%&'*+-/=?^_`{|}~.")
        && has_only(domain, "-.")
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && matches!(Host::parse(domain), Ok(Host::Domain(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_mail_addresses_are_contacts() {
        for text in ["https://example.org/bot", "http://example.org", "a.b+c@mail.example.org"] {
            let agent = text.parse::<Contact>().map(|contact| contact.user_agent());
            assert_eq!(agent, Ok(format!("{PRODUCT} (+{text})")));
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
