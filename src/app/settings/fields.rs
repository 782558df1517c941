//! Reads and judges single values for the structs of [`super::sections`].
//!
//! A message says what was written and what is allowed; the caller adds the key and the place.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use url::{Host, Url};

use super::contact::Contact;
use super::quantity::{parse_duration, parse_size};
use crate::archive::check_file_pattern;
use crate::frontier::GroupBy;
use crate::model::{MASK, Role};
use crate::pipeline::url_filter::check_pattern;
use crate::store::{MinFree, StoreException};

fn read_text<'de, D: Deserializer<'de>, T>(
    source: D,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    parse(&String::deserialize(source)?).map_err(D::Error::custom)
}

fn read_list<'de, D: Deserializer<'de>, T, L: FromIterator<T>>(
    source: D,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<L, D::Error> {
    let texts = Vec::<String>::deserialize(source)?;
    texts.iter().map(|text| parse(text)).collect::<Result<L, String>>().map_err(D::Error::custom)
}

/// Reads a text; an empty one is `None`.
fn read_optional<'de, D: Deserializer<'de>, T>(
    source: D,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    read_text(source, |text| if text.is_empty() { Ok(None) } else { parse(text).map(Some) })
}

/// A whole number within bounds.
pub fn whole_number<'de, D: Deserializer<'de>, const LEAST: u32, const MOST: u32>(
    source: D,
) -> Result<u32, D::Error> {
    let found = i64::deserialize(source)?;
    u32::try_from(found)
        .ok()
        .filter(|found| (LEAST..=MOST).contains(found))
        .ok_or_else(|| D::Error::custom(format!("{found} is not between {LEAST} and {MOST}")))
}

/// A limit; 0 is `None`.
pub fn whole_number_limit<'de, D: Deserializer<'de>>(source: D) -> Result<Option<u64>, D::Error> {
    let found = i64::deserialize(source)?;
    let limit = u64::try_from(found).map_err(|_| {
        D::Error::custom(format!("{found} is less than 0; write a whole number, or 0 for no limit"))
    })?;
    Ok(Some(limit).filter(|&limit| limit > 0))
}

/// A time such as `30s`.
pub fn any_duration<'de, D: Deserializer<'de>>(source: D) -> Result<Duration, D::Error> {
    read_text(source, parse_duration)
}

/// A time that is not zero.
pub fn positive_duration<'de, D: Deserializer<'de>>(source: D) -> Result<Duration, D::Error> {
    read_text(source, |text| match parse_duration(text)? {
        Duration::ZERO => Err(format!("\"{text}\" must be greater than 0")),
        time => Ok(time),
    })
}

/// A time as a limit; zero is `None`.
pub fn duration_limit<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Duration>, D::Error> {
    Ok(Some(any_duration(source)?).filter(|limit| !limit.is_zero()))
}

/// A size of at least `LEAST` bytes.
pub fn size_of_at_least<'de, D: Deserializer<'de>, const LEAST: u64>(source: D) -> Result<u64, D::Error> {
    read_text(source, |text| match parse_size(text)? {
        bytes if bytes < LEAST => Err(format!("\"{text}\" must be at least {LEAST} bytes")),
        bytes => Ok(bytes),
    })
}

/// A size as a limit; zero is `None`.
pub fn size_limit<'de, D: Deserializer<'de>>(source: D) -> Result<Option<u64>, D::Error> {
    Ok(Some(size_of_at_least::<D, 0>(source)?).filter(|&limit| limit > 0))
}

/// `store.min_free`: `auto`, a size, or a percentage of the file system.
pub fn min_free_space<'de, D: Deserializer<'de>>(source: D) -> Result<MinFree, D::Error> {
    read_text(source, |text| {
        if text == "auto" {
            return Ok(MinFree::Auto);
        }
        let wrong = |_| {
            format!("\"{text}\" is not \"auto\", a size such as \"512 MiB\", or a percentage such as \"5%\"")
        };
        match text.strip_suffix('%') {
            Some(percent) => {
                let percent: u8 = percent.trim().parse().map_err(|_| wrong(String::new()))?;
                if percent > 100 {
                    return Err(format!("\"{text}\" is more than 100%"));
                }
                Ok(MinFree::Percent(percent))
            }
            None => parse_size(text).map(MinFree::Bytes).map_err(wrong),
        }
    })
}

/// Requests a second.
pub fn request_rate<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    let found = f64::deserialize(source)?;
    if found >= 0.0 {
        return Ok(found);
    }
    Err(D::Error::custom(format!("{found} must be 0 or more")))
}

/// A host in the form of the URL standard, or `*`.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct ResolvedHost(String);

impl TryFrom<String> for ResolvedHost {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "*" => Ok(Self(name)),
            _ => Host::parse(&name)
                .map(|host| Self(host.to_string()))
                .map_err(|_| format!("\"{name}\" is not a host name, nor \"*\"")),
        }
    }
}

/// `IP` or `IP:PORT`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct ResolvedAddress(String);

impl TryFrom<String> for ResolvedAddress {
    type Error = String;

    fn try_from(address: String) -> Result<Self, String> {
        let bare = address.trim_start_matches('[').trim_end_matches(']');
        if address.parse::<SocketAddr>().is_ok() || bare.parse::<IpAddr>().is_ok() {
            return Ok(Self(address));
        }
        Err(format!("\"{address}\" is not IP or IP:PORT"))
    }
}

/// `network.resolve`. Its types place a mistake at the entry, not at the table.
pub fn resolve_entries<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<(String, String)>, D::Error> {
    let entries = BTreeMap::<ResolvedHost, ResolvedAddress>::deserialize(source)?;
    Ok(entries.into_iter().map(|(host, address)| (host.0, address.0)).collect())
}

/// `network.nameservers`: `IP` or `IP:PORT`.
pub fn name_servers<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<SocketAddr>, D::Error> {
    read_list(source, |text| {
        let address = text.parse::<SocketAddr>().ok();
        address
            .or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53)))
            .ok_or_else(|| format!("\"{text}\" is not IP or IP:PORT"))
    })
}

fn web_url(text: &str, expected: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| format!("\"{text}\" is not {expected}"))
}

/// `network.proxy`.
pub fn proxy_url<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Url>, D::Error> {
    read_optional(source, |text| {
        // The message must not show a password, however the address is written.
        web_url(text, "http://HOST:PORT").map_err(|error| match text.rfind('@') {
            Some(at) => {
                format!("\"{MASK}{}\" is not http://HOST:PORT", text.get(at..).unwrap_or_default())
            }
            None => error,
        })
    })
}

/// `network.canaries`.
pub fn canary_urls<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Url>, D::Error> {
    read_list(source, |text| web_url(text, "an http or https URL"))
}

/// `network.user_agent`.
pub fn user_agent_text<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    read_optional(source, |text| {
        if text.chars().all(|c| matches!(c, ' '..='~')) {
            return Ok(text.to_owned());
        }
        Err("a header field takes printable ASCII characters only".to_owned())
    })
}

/// `network.accept_language`: `article`, or the value of a header field.
pub fn language_preference<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    read_text(source, |text| match text {
        "article" => Ok(None),
        text if !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || " -,;=.*".contains(c)) =>
        {
            Ok(Some(text.to_owned()))
        }
        _ => Err(format!("\"{text}\" is neither \"article\" nor languages such as \"fr, en;q=0.7\"")),
    })
}

/// `network.contact`.
pub fn operator_contact<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Contact>, D::Error> {
    read_optional(source, str::parse)
}

/// `politeness.host_key`.
pub fn host_grouping<'de, D: Deserializer<'de>>(source: D) -> Result<GroupBy, D::Error> {
    read_text(source, |word| match word {
        "host" => Ok(GroupBy::Host),
        "domain" => Ok(GroupBy::Domain),
        "address" => Ok(GroupBy::Address),
        _ => Err(format!("\"{word}\" is not one of host, domain, address")),
    })
}

/// `crawl.roles`.
pub fn fetched_roles<'de, D: Deserializer<'de>>(source: D) -> Result<BTreeSet<Role>, D::Error> {
    read_list(source, |word| {
        [Role::Repost, Role::Source, Role::Mention, Role::Image, Role::Navigation]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| format!("\"{word}\" is not one of repost, source, mention, image, navigation"))
    })
}

/// `store.allow`.
pub fn store_exceptions<'de, D: Deserializer<'de>>(source: D) -> Result<BTreeSet<StoreException>, D::Error> {
    read_list(source, |word| {
        StoreException::ALL.into_iter().find(|exception| exception.as_str() == word).ok_or_else(|| {
            format!("\"{word}\" is not one of {}", StoreException::ALL.map(StoreException::as_str).join(", "))
        })
    })
}

/// `archive.include` and `archive.exclude`.
pub fn file_patterns<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    read_list(source, |text| {
        check_file_pattern(text).map_err(|reason| format!("\"{text}\" is not a file pattern: {reason}"))?;
        Ok(text.to_owned())
    })
}

/// `crawl.exclude`.
pub fn url_patterns<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    read_list(source, |text| {
        check_pattern(text).map_err(|reason| format!("\"{text}\" is not a URL pattern: {reason}"))?;
        Ok(text.to_owned())
    })
}
