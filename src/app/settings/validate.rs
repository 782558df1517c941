//! From raw values to [`Settings`], each value judged once. What passes here needs no second look.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Value;
use url::{Host, Url};

use super::error::{Origin, SettingsError};
use super::layers::{Layers, Leaf, dotted};
use super::quantity::{parse_duration, parse_size};
use super::{
    ArchiveSettings, CrawlSettings, FailOn, HostPoliteness, NetworkSettings, PolitenessSettings,
    ReportSettings, RuleTables, Settings, StoreSettings,
};
use crate::frontier::HostUnit;
use crate::model::Role;
use crate::text::NormalForms;

/// How driftline introduces itself where the settings say nothing.
pub const USER_AGENT: &str = concat!(
    "driftline/",
    env!("CARGO_PKG_VERSION"),
    " (archive link checker; obeys robots.txt as \"driftline\")"
);

/// What relative paths are relative to.
#[derive(Clone, Copy, Debug)]
pub struct Bases<'a> {
    /// Paths of the file and of the defaults.
    pub config: &'a Path,
    /// Paths of the environment and the command line.
    pub current: &'a Path,
}

/// Judges all values.
pub fn validate(layers: &Layers<'_>, bases: Bases<'_>) -> Result<Settings, SettingsError> {
    let read = Reader { leaves: layers.leaves(), bases };
    Ok(Settings {
        archive: ArchiveSettings {
            include: read.strings(&["archive", "include"])?,
            exclude: read.strings(&["archive", "exclude"])?,
        },
        network: network(&read)?,
        politeness: politeness(&read)?,
        crawl: CrawlSettings {
            roles: read.each(&["crawl", "roles"], role)?.into_iter().collect::<BTreeSet<_>>(),
            exclude: read.strings(&["crawl", "exclude"])?,
            depth: read.count(&["crawl", "depth"], 1, 2)?,
            max_chain: read.count(&["crawl", "max_chain"], 1, 100)?,
            max_found: read.count(&["crawl", "max_found"], 1, 10_000)?,
            continue_within: read.duration(&["crawl", "continue_within"])?,
            max_pages: read.limit(&["crawl", "max_pages"])?,
            max_time: read.limit_of_time(&["crawl", "max_time"])?,
            max_bytes: read.limit_of_size(&["crawl", "max_bytes"])?,
        },
        compare: NormalForms {
            markup: read.flag(&["compare", "markup"])?,
            nfkc: read.flag(&["compare", "nfkc"])?,
            white_space: read.flag(&["compare", "white_space"])?,
            punctuation: read.flag(&["compare", "punctuation"])?,
            width: read.flag(&["compare", "width"])?,
            script: read.flag(&["compare", "script"])?,
            quotes: read.flag(&["compare", "quotes"])?,
            letter_case: read.flag(&["compare", "letter_case"])?,
        },
        store: StoreSettings {
            dir: read.path(&["store", "dir"])?,
            warc: read.flag(&["store", "warc"])?,
            cache: read.size(&["store", "cache"], 1 << 20)?,
        },
        report: ReportSettings {
            fail_on: read.each(&["report", "fail_on"], str::parse::<FailOn>)?.into_iter().collect(),
            max_listed: read
                .integer(&["report", "max_listed"], 1, 1_000_000)?
                .try_into()
                .unwrap_or(usize::MAX),
        },
        rules: RuleTables {
            article: read.rules("article"),
            citation: read.rules("citation"),
            verdict: read.rules("verdict"),
        },
    })
}

fn network(read: &Reader<'_>) -> Result<NetworkSettings, SettingsError> {
    Ok(NetworkSettings {
        resolve: read.resolve()?,
        nameservers: read.each(&["network", "nameservers"], |text| {
            let address = text.parse::<SocketAddr>().ok();
            address
                .or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53)))
                .ok_or_else(|| format!("\"{text}\" is not IP or IP:PORT"))
        })?,
        ca_certs: read.paths(&["network", "ca_certs"])?,
        allow_private: read.flag(&["network", "allow_private"])?,
        proxy: read.parsed(&["network", "proxy"], |text| match text {
            "" => Ok(None),
            text => match Url::parse(text) {
                Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(url)),
                _ => Err(format!("\"{text}\" is not http://HOST:PORT")),
            },
        })?,
        timeout: read.positive_duration(&["network", "timeout"])?,
        connect_timeout: read.positive_duration(&["network", "connect_timeout"])?,
        max_body: read.size(&["network", "max_body"], 1)?,
        max_redirects: read.count(&["network", "max_redirects"], 0, 100)?,
        retries: read.count(&["network", "retries"], 0, 20)?,
        retry_wait: read.duration(&["network", "retry_wait"])?,
        canaries: read.each(&["network", "canaries"], |text| match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
            _ => Err(format!("\"{text}\" is not an http or https URL")),
        })?,
        outage_patience: read.duration(&["network", "outage_patience"])?,
        user_agent: read.parsed(&["network", "user_agent"], |text| match text {
            "" => Ok(USER_AGENT.to_owned()),
            text if text.chars().all(|c| matches!(c, ' '..='~')) => Ok(text.to_owned()),
            _ => Err("a header field takes printable ASCII characters only".to_owned()),
        })?,
    })
}

fn politeness(read: &Reader<'_>) -> Result<PolitenessSettings, SettingsError> {
    let every_host = read.host_politeness(None)?;
    let (mut hosts, mut spelled) = (BTreeMap::new(), BTreeMap::new());
    for (path, leaf) in read.leaves.range(vec!["hosts".to_owned()]..) {
        let [section, name, key] = path.as_slice() else { continue };
        if section != "hosts" {
            break;
        }
        let wrong = |reason: &str| SettingsError::WrongValue {
            origin: leaf.origin.clone(),
            key: dotted(path),
            reason: reason.to_owned(),
        };
        if key == "concurrency" {
            return Err(wrong("counts over all hosts: set it in [politeness], or per_host_concurrency here"));
        }
        if key == "host_key" {
            return Err(wrong("says which hosts are spared together: set it in [politeness]"));
        }
        let host = Host::parse(name.trim_end_matches('.'))
            .map_err(|_| wrong("the table's name is not a host name"))?
            .to_string();
        match spelled.get(&host) {
            Some(earlier) if *earlier != name => {
                return Err(wrong(&format!("the same host as \"{earlier}\": keep one table")));
            }
            Some(_) => {}
            None => {
                hosts.insert(host.clone(), read.host_politeness(Some(name))?);
                spelled.insert(host, name);
            }
        }
    }
    Ok(PolitenessSettings {
        every_host,
        hosts,
        concurrency: read.count(&["politeness", "concurrency"], 1, 65_535)?,
        host_key: read.parsed(&["politeness", "host_key"], |word| match word {
            "host" => Ok(HostUnit::Host),
            "domain" => Ok(HostUnit::Domain),
            "address" => Ok(HostUnit::Address),
            _ => Err(format!("\"{word}\" is not one of host, domain, address")),
        })?,
    })
}

fn role(word: &str) -> Result<Role, String> {
    [Role::Repost, Role::Source, Role::Mention, Role::Image, Role::Navigation]
        .into_iter()
        .find(|role| role.as_str() == word)
        .ok_or_else(|| format!("\"{word}\" is not one of repost, source, mention, image, navigation"))
}

struct Reader<'a> {
    leaves: &'a BTreeMap<Vec<String>, Leaf>,
    bases: Bases<'a>,
}

impl Reader<'_> {
    /// Reads a value and judges it. The defaults hold every key, with the right type (a test holds
    /// that), and the layers let no other type in: `pick` fails on none of them.
    fn get<T>(
        &self,
        path: &[&str],
        pick: impl FnOnce(&Value, &Origin) -> Result<T, String>,
    ) -> Result<T, SettingsError> {
        let path: Vec<String> = path.iter().map(|&word| word.to_owned()).collect();
        let missing = Leaf { value: Value::Boolean(false), origin: Origin::Default };
        let leaf = self.leaves.get(&path).unwrap_or(&missing);
        pick(&leaf.value, &leaf.origin).map_err(|reason| SettingsError::WrongValue {
            origin: leaf.origin.clone(),
            key: dotted(&path),
            reason,
        })
    }

    fn parsed<T>(
        &self,
        path: &[&str],
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, SettingsError> {
        self.get(path, |value, _| parse(value.as_str().ok_or("must be a string")?))
    }

    fn each<T>(
        &self,
        path: &[&str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, SettingsError> {
        self.get(path, |value, _| {
            let list = value.as_array().ok_or("must be a list of strings")?;
            list.iter().map(|entry| parse(entry.as_str().ok_or("must be a list of strings")?)).collect()
        })
    }

    fn strings(&self, path: &[&str]) -> Result<Vec<String>, SettingsError> {
        self.each(path, |text| Ok(text.to_owned()))
    }

    fn flag(&self, path: &[&str]) -> Result<bool, SettingsError> {
        self.get(path, |value, _| value.as_bool().ok_or_else(|| "must be true or false".to_owned()))
    }

    fn integer(&self, path: &[&str], least: u64, most: u64) -> Result<u64, SettingsError> {
        self.get(path, |value, _| {
            let found = value.as_integer().ok_or("must be a whole number")?;
            u64::try_from(found).ok().filter(|found| (least..=most).contains(found)).ok_or_else(|| {
                if most >= i64::MAX as u64 {
                    format!("{found} is not a whole number from {least}")
                } else {
                    format!("{found} is not between {least} and {most}")
                }
            })
        })
    }

    fn count(&self, path: &[&str], least: u32, most: u32) -> Result<u32, SettingsError> {
        let found = self.integer(path, least.into(), most.into())?;
        Ok(u32::try_from(found).unwrap_or(most))
    }

    fn number(&self, path: &[&str], least: f64, most: f64) -> Result<f64, SettingsError> {
        self.get(path, |value, _| {
            let found = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
            let found = found.ok_or("must be a number")?;
            if (least..=most).contains(&found) {
                return Ok(found);
            }
            Err(if most < f64::MAX {
                format!("{found} is not between {least} and {most}")
            } else {
                format!("{found} is not a number from {least}")
            })
        })
    }

    fn duration(&self, path: &[&str]) -> Result<Duration, SettingsError> {
        self.parsed(path, parse_duration)
    }

    fn positive_duration(&self, path: &[&str]) -> Result<Duration, SettingsError> {
        self.parsed(path, |text| match parse_duration(text)? {
            Duration::ZERO => Err(format!("\"{text}\": must be more than nothing")),
            time => Ok(time),
        })
    }

    fn size(&self, path: &[&str], least: u64) -> Result<u64, SettingsError> {
        self.parsed(path, |text| match parse_size(text)? {
            bytes if bytes < least => Err(format!("\"{text}\": must be at least {least} bytes")),
            bytes => Ok(bytes),
        })
    }

    /// A limit; 0 sets none.
    fn limit(&self, path: &[&str]) -> Result<Option<u64>, SettingsError> {
        Ok(Some(self.integer(path, 0, i64::MAX as u64)?).filter(|&limit| limit > 0))
    }

    fn limit_of_time(&self, path: &[&str]) -> Result<Option<Duration>, SettingsError> {
        Ok(Some(self.duration(path)?).filter(|limit| !limit.is_zero()))
    }

    fn limit_of_size(&self, path: &[&str]) -> Result<Option<u64>, SettingsError> {
        Ok(Some(self.size(path, 0)?).filter(|&limit| limit > 0))
    }

    fn path(&self, path: &[&str]) -> Result<PathBuf, SettingsError> {
        self.get(path, |value, origin| {
            let text = value.as_str().filter(|text| !text.is_empty()).ok_or("must be a path")?;
            Ok(self.absolute(text, origin))
        })
    }

    fn paths(&self, path: &[&str]) -> Result<Vec<PathBuf>, SettingsError> {
        let texts = self.strings(path)?;
        self.get(path, |_, origin| Ok(texts.iter().map(|text| self.absolute(text, origin)).collect()))
    }

    fn absolute(&self, text: &str, origin: &Origin) -> PathBuf {
        match origin {
            Origin::Default | Origin::File { .. } => self.bases.config.join(text),
            Origin::Environment(_) | Origin::CommandLine(_) => self.bases.current.join(text),
        }
    }

    fn resolve(&self) -> Result<Vec<(String, String)>, SettingsError> {
        let mut entries = Vec::new();
        for (path, leaf) in self.leaves {
            let [section, table, name] = path.as_slice() else { continue };
            if section != "network" || table != "resolve" {
                continue;
            }
            let wrong = |reason: String| SettingsError::WrongValue {
                origin: leaf.origin.clone(),
                key: dotted(path),
                reason,
            };
            let host = match name.as_str() {
                "*" => "*".to_owned(),
                name => {
                    Host::parse(name).map_err(|_| wrong("not a host name, nor \"*\"".to_owned()))?.to_string()
                }
            };
            let address = leaf.value.as_str().unwrap_or_default();
            let bare = address.trim_start_matches('[').trim_end_matches(']');
            if address.parse::<SocketAddr>().is_err() && bare.parse::<IpAddr>().is_err() {
                return Err(wrong(format!("\"{address}\" is not IP or IP:PORT")));
            }
            entries.push((host, address.to_owned()));
        }
        Ok(entries)
    }

    /// The politeness towards one host, or towards all that have no table of their own.
    fn host_politeness(&self, host: Option<&str>) -> Result<HostPoliteness, SettingsError> {
        let own = |key: &'static str| -> Vec<&str> {
            match host {
                Some(host) if self.leaves.contains_key(&["hosts", host, key].map(str::to_owned)[..]) => {
                    vec!["hosts", host, key]
                }
                _ => vec!["politeness", key],
            }
        };
        Ok(HostPoliteness {
            requests_per_second: self.number(&own("requests_per_second"), 0.0, f64::MAX)?,
            per_host_concurrency: self.count(&own("per_host_concurrency"), 1, 65_535)?,
            robots: self.flag(&own("robots"))?,
            retry_after_cap: self.duration(&own("retry_after_cap"))?,
            max_crawl_delay: self.duration(&own("max_crawl_delay"))?,
            backoff: self.duration(&own("backoff"))?,
            breaker_pause: self.duration(&own("breaker_pause"))?,
            max_pages_per_host: self.limit(&own("max_pages_per_host"))?,
            max_time_per_host: self.limit_of_time(&own("max_time_per_host"))?,
            max_bytes_per_host: self.limit_of_size(&own("max_bytes_per_host"))?,
        })
    }

    fn rules(&self, name: &str) -> toml::Table {
        self.leaves
            .iter()
            .filter_map(|(path, leaf)| match path.as_slice() {
                [section, table, key] if section == "rules" && table == name => {
                    Some((key.clone(), leaf.value.clone()))
                }
                _ => None,
            })
            .collect()
    }
}
