//! Repairs a single URL: corrects its scheme and checks its host.

use super::destination::{Destination, RepairedLink};
use super::scheme::{self, UrlScheme};
use super::split_urls;
use crate::archive::markdown::with_plain_host_dots;
use crate::citation::percent_decoding::percent_decode;
use crate::model::CanonicalUrl;
use crate::unicode::cjk::{is_cjk, is_cjk_punctuation};

/// Repairs a single URL: removes what is attached to its end and corrects its scheme.
pub(in crate::citation) fn finish_url(part: &str, mut repairs: Vec<&'static str>) -> RepairedLink {
    let destination = match scheme::read_scheme(part, &mut repairs) {
        UrlScheme::Web(url) => web_destination(&url, &mut repairs),
        UrlScheme::Other { url, scheme } => Destination::Other { url, scheme },
        UrlScheme::Local => local_destination(part),
    };
    RepairedLink { destination, repairs }
}

/// A URL whose ends its writer marked, unchanged; `None` if it is not a web URL.
pub(in crate::citation) fn exact_url(written: &str) -> Option<RepairedLink> {
    let parsed = url::Url::parse(written).ok().filter(|parsed| host_fault(parsed).is_none())?;
    let canonical = CanonicalUrl::from_url(parsed)?;
    Some(RepairedLink {
        destination: Destination::Web { url: written.to_owned(), canonical },
        repairs: Vec::new(),
    })
}

fn web_destination(url: &str, repairs: &mut Vec<&'static str>) -> Destination {
    let dotted = with_plain_host_dots(url);
    if dotted.is_some() {
        repairs.push("host-dot");
    }
    let mut spaced = split_urls::strip_trailing_text(dotted.as_deref().unwrap_or(url), repairs);
    if spaced.contains([' ', '\u{3000}']) {
        spaced = spaced.replace(' ', "%20").replace('\u{3000}', "%E3%80%80");
        repairs.push("space");
    }
    match url::Url::parse(&spaced) {
        Err(error) => Destination::Nowhere(format!("not a URL: {error}")),
        Ok(parsed) => match host_fault(&parsed) {
            Some(fault) => Destination::Nowhere(fault),
            // The URL parser accepts a plain number as an IP address, but nobody writes addresses in this
            // way.
            None if matches!(parsed.host(), Some(url::Host::Ipv4(_))) && !has_dotted_host(&spaced) => {
                Destination::Nowhere("a number, not a host name".into())
            }
            None => match CanonicalUrl::from_url(parsed) {
                Some(canonical) => Destination::Web { url: spaced, canonical },
                None => Destination::Nowhere("not a web URL".into()),
            },
        },
    }
}

fn has_dotted_host(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|host| host.matches('.').count() == 3)
}

/// The reason why a host cannot exist on the public web.
fn host_fault(url: &url::Url) -> Option<String> {
    let Some(url::Host::Domain(host)) = url.host() else {
        return url.host().is_none().then(|| "the URL has no host".to_owned());
    };
    let name = host.trim_end_matches('.');
    if name == "localhost" {
        return None;
    }
    let Some((_, last)) = name.rsplit_once('.') else {
        return Some(format!("\"{host}\" is not a host name: it has no dot"));
    };
    let lettered =
        last.len() >= 2 && (last.starts_with("xn--") || last.bytes().all(|b| b.is_ascii_alphabetic()));
    let broken = name.split('.').any(str::is_empty);
    (!lettered || broken).then(|| format!("\"{host}\" is not a host name: it has no top-level domain"))
}

/// A path, or words that were never meant as a destination.
fn local_destination(text: &str) -> Destination {
    let name = text.split(['?', '#']).next().unwrap_or_default();
    let decoded = percent_decode(name);
    let sentence = decoded.chars().any(|c| is_cjk(c) || is_cjk_punctuation(c) || c.is_whitespace());
    let file = decoded.contains('/')
        || decoded.rsplit_once('.').is_some_and(|(_, end)| {
            (1..=8).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if sentence && !file {
        return Destination::Words(text.to_owned());
    }
    Destination::Local(text.to_owned())
}
