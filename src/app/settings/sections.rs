//! The settings as the rest of the program sees them: one struct for each section of `driftline.toml`.
//!
//! serde reads them from the merged sources; the functions in [`super::fields`] judge single values.
//! A value that a struct holds has been checked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::contact::Contact;
use super::fail_on::FailOn;
use super::fields;
use super::rules::RuleTables;
use crate::frontier::GroupBy;
use crate::model::Role;
use crate::store::{MinFree, StoreException};
use crate::text::NormalForms;

/// All settings, validated.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Settings {
    /// `[archive]`: which files are articles.
    pub archive: ArchiveSettings,
    /// `[network]`: how hosts are reached.
    pub network: NetworkSettings,
    /// `[politeness]` and `[hosts]`: the load that hosts are spared.
    pub politeness: PolitenessSettings,
    /// `[crawl]`: what is fetched.
    pub crawl: CrawlSettings,
    /// `[compare]`: which differences of form do not count as changes.
    pub compare: NormalForms,
    /// `[store]`: what is kept, and where.
    pub store: StoreSettings,
    /// `[report]`: what is shown, and what counts as a finding.
    pub report: ReportSettings,
    /// `[rules]`: what extends the built-in rules.
    #[serde(skip)]
    pub rules: RuleTables,
}

/// `[archive]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ArchiveSettings {
    /// Globs of files that are articles.
    #[serde(deserialize_with = "fields::file_patterns")]
    pub include: Vec<String>,
    /// Globs of files that are left out.
    #[serde(deserialize_with = "fields::file_patterns")]
    pub exclude: Vec<String>,
}

/// `[network]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NetworkSettings {
    /// Addresses to use instead of asking the DNS: a host in the form of the URL standard, or `*`, and
    /// `IP` or `IP:PORT`.
    #[serde(default, deserialize_with = "fields::resolve_entries")]
    pub resolve: Vec<(String, String)>,
    /// Name servers to ask instead of the system's.
    #[serde(deserialize_with = "fields::name_servers")]
    pub nameservers: Vec<SocketAddr>,
    /// PEM files, absolute.
    pub ca_certs: Vec<PathBuf>,
    /// Whether private addresses may be asked.
    pub allow_private: bool,
    /// The proxy; `None` means the one that the environment names, if any.
    #[serde(deserialize_with = "fields::proxy_url")]
    pub proxy: Option<Url>,
    /// The limit for a request as a whole.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub timeout: Duration,
    /// The limit for making the connection.
    #[serde(deserialize_with = "fields::positive_duration")]
    pub connect_timeout: Duration,
    /// The cap on a decoded body, in bytes.
    #[serde(deserialize_with = "fields::size_of_at_least::<_, 1>")]
    pub max_body: u64,
    /// The number of redirects that are followed.
    #[serde(deserialize_with = "fields::whole_number::<_, 0, 100>")]
    pub max_redirects: u32,
    /// How often a temporary failure is tried again in one run.
    #[serde(deserialize_with = "fields::whole_number::<_, 0, 20>")]
    pub retries: u32,
    /// The wait before the first of these retries.
    #[serde(deserialize_with = "fields::any_duration")]
    pub retry_wait: Duration,
    /// URLs on hosts that are known to be up.
    #[serde(deserialize_with = "fields::canary_urls")]
    pub canaries: Vec<Url>,
    /// How long a run waits for the end of an outage of this machine's network.
    #[serde(deserialize_with = "fields::any_duration")]
    pub outage_patience: Duration,
    /// A fixed `Accept-Language`; `None` to follow the language of the articles.
    #[serde(deserialize_with = "fields::language_preference")]
    pub accept_language: Option<String>,
    /// The `User-Agent` that the user chose; `None` for the default.
    #[serde(deserialize_with = "fields::user_agent_text")]
    pub user_agent: Option<String>,
    /// Where the operator of a host can complain.
    #[serde(deserialize_with = "fields::operator_contact")]
    pub contact: Option<Contact>,
}

impl NetworkSettings {
    /// The `User-Agent` to send: the user's, else driftline's with the contact.
    pub fn sent_user_agent(&self) -> String {
        match (&self.user_agent, &self.contact) {
            (Some(chosen), _) => chosen.clone(),
            (None, Some(contact)) => contact.user_agent(),
            (None, None) => DEFAULT_USER_AGENT.to_owned(),
        }
    }

    /// Whether requests say who sends them: by a contact, or by a user agent that the user chose.
    pub fn has_contact(&self) -> bool {
        self.user_agent.is_some() || self.contact.is_some()
    }
}

/// The `User-Agent` where neither one nor a contact is set.
pub const DEFAULT_USER_AGENT: &str = concat!(
    "driftline/",
    env!("CARGO_PKG_VERSION"),
    " (archive link checker; obeys robots.txt as \"driftline\")"
);

/// `[politeness]` and `[hosts]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PolitenessSettings {
    /// Towards hosts without a table under `[hosts]`.
    pub every_host: HostSettings,
    /// Towards single hosts, by name; complete.
    pub hosts: BTreeMap<String, HostSettings>,
    /// How many requests run at once.
    #[serde(deserialize_with = "fields::whole_number::<_, 1, 65_535>")]
    pub concurrency: u32,
    /// Which hosts share their limits.
    #[serde(deserialize_with = "fields::host_grouping")]
    pub host_key: GroupBy,
}

impl PolitenessSettings {
    /// The politeness towards a host, named as in a URL.
    pub fn towards(&self, host: &str) -> &HostSettings {
        self.hosts.get(host).unwrap_or(&self.every_host)
    }
}

/// The politeness towards one host.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HostSettings {
    /// Requests a second; 0 sets no limit.
    #[serde(deserialize_with = "fields::request_rate")]
    pub requests_per_second: f64,
    /// Requests at once.
    #[serde(deserialize_with = "fields::whole_number::<_, 1, 65_535>")]
    pub per_host_concurrency: u32,
    /// Whether robots.txt is obeyed.
    pub robots: bool,
    /// The longest Retry-After that a run waits for.
    #[serde(deserialize_with = "fields::any_duration")]
    pub retry_after_cap: Duration,
    /// The longest Crawl-delay that is obeyed.
    #[serde(deserialize_with = "fields::any_duration")]
    pub max_crawl_delay: Duration,
    /// The time that hanging and refused requests may cost a run.
    #[serde(deserialize_with = "fields::any_duration")]
    pub patience: Duration,
    /// How many of them in a row end the requests to the host for the run.
    #[serde(deserialize_with = "fields::whole_number::<_, 1, 10_000>")]
    pub give_up_after: u32,
    /// The first wait after a 429 or 503 without a Retry-After.
    #[serde(deserialize_with = "fields::any_duration")]
    pub backoff: Duration,
    /// How long a host is left alone after failed connections.
    #[serde(deserialize_with = "fields::any_duration")]
    pub breaker_pause: Duration,
    /// The limit of pages from one host in a run.
    #[serde(deserialize_with = "fields::whole_number_limit")]
    pub max_pages_per_host: Option<u64>,
    /// The limit of time from the first request to one host.
    #[serde(deserialize_with = "fields::duration_limit")]
    pub max_time_per_host: Option<Duration>,
    /// The limit of bytes of bodies from one host.
    #[serde(deserialize_with = "fields::size_limit")]
    pub max_bytes_per_host: Option<u64>,
}

/// `[crawl]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CrawlSettings {
    /// Which roles are fetched.
    #[serde(deserialize_with = "fields::fetched_roles")]
    pub roles: BTreeSet<Role>,
    /// URL patterns that are not fetched: hosts, or URLs with `*`.
    #[serde(deserialize_with = "fields::url_patterns")]
    pub exclude: Vec<String>,
    /// 1: the archive's links; 2: also what fetched originals name.
    #[serde(deserialize_with = "fields::whole_number::<_, 1, 2>")]
    pub depth: u32,
    /// How many reposts a chain may have behind the archive's own original.
    #[serde(deserialize_with = "fields::whole_number::<_, 1, 100>")]
    pub max_chain: u32,
    /// How many pages one original may add.
    #[serde(deserialize_with = "fields::whole_number::<_, 1, 10_000>")]
    pub max_found: u32,
    /// How long after an interruption the next run continues it.
    #[serde(deserialize_with = "fields::any_duration")]
    pub continue_within: Duration,
    /// The limit of pages in a run.
    #[serde(deserialize_with = "fields::whole_number_limit")]
    pub max_pages: Option<u64>,
    /// The limit of time.
    #[serde(deserialize_with = "fields::duration_limit")]
    pub max_time: Option<Duration>,
    /// The limit of bytes of bodies.
    #[serde(deserialize_with = "fields::size_limit")]
    pub max_bytes: Option<u64>,
}

/// `[store]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StoreSettings {
    /// The folder, absolute.
    pub dir: PathBuf,
    /// Whether `--store` names it.
    #[serde(skip)]
    pub named: bool,
    /// Where no symbolic link may be on the way to it: below the archive's root and the current folder.
    #[serde(skip)]
    pub without_links_below: Vec<PathBuf>,
    /// What is opened although it is refused otherwise.
    #[serde(deserialize_with = "fields::store_exceptions")]
    pub allow: BTreeSet<StoreException>,
    /// Whether WARC files are written.
    pub warc: bool,
    /// The database's cache, in bytes.
    #[serde(deserialize_with = "fields::size_of_at_least::<_, 1_048_576>")]
    pub cache: u64,
    /// How much of the disk must stay free.
    #[serde(deserialize_with = "fields::min_free_space")]
    pub min_free: MinFree,
}

/// `[report]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReportSettings {
    /// What makes the exit code 2.
    pub fail_on: BTreeSet<FailOn>,
    /// How many findings of a kind the text report lists.
    #[serde(deserialize_with = "fields::whole_number::<_, 1, 1_000_000>")]
    pub max_listed: u32,
}
