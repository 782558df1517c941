//! The settings: defaults, file, environment and command line in, one validated [`Settings`] out.
//!
//! Every key, its default and its meaning stand in `config/default.toml` and nowhere else: the file
//! is embedded, it is what `init` writes, and the known keys are read from it. A wrong key or value
//! is an error that names the place; nothing is ignored in silence.

mod error;
mod keys;
mod layers;
pub mod quantity;
#[cfg(test)]
mod tests;
mod validate;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::frontier::HostUnit;
use crate::model::Role;
use crate::text::NormalForms;
pub use error::{Origin, SettingsError};
use keys::KnownKeys;
use layers::Layers;
use validate::Bases;
pub use validate::USER_AGENT;

/// The name of the configuration.
pub const CONFIG_NAME: &str = "driftline.toml";

/// The built-in defaults, with their comments.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// All settings, validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `[archive]`: which files are articles.
    pub archive: ArchiveSettings,
    /// `[network]`: how hosts are reached.
    pub network: NetworkSettings,
    /// `[politeness]` and `[hosts]`: how hosts are spared.
    pub politeness: PolitenessSettings,
    /// `[crawl]`: what is fetched.
    pub crawl: CrawlSettings,
    /// `[compare]`: which differences of form are none.
    pub compare: NormalForms,
    /// `[store]`: what is kept, and where.
    pub store: StoreSettings,
    /// `[report]`: what is shown, and what counts as a finding.
    pub report: ReportSettings,
    /// `[rules]`: what extends the built-in rules.
    pub rules: RuleTables,
}

/// `[archive]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveSettings {
    /// Globs of files that are articles.
    pub include: Vec<String>,
    /// Globs of files that are not.
    pub exclude: Vec<String>,
}

/// `[network]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    /// Where hosts lie: a host in the form of the URL standard, or `*`, and `IP` or `IP:PORT`.
    pub resolve: Vec<(String, String)>,
    /// Name servers instead of the system's.
    pub nameservers: Vec<SocketAddr>,
    /// PEM files, absolute.
    pub ca_certs: Vec<PathBuf>,
    /// Whether private addresses may be asked.
    pub allow_private: bool,
    /// The proxy; none means what the environment says.
    pub proxy: Option<Url>,
    /// For a request as a whole.
    pub timeout: Duration,
    /// For making the connection.
    pub connect_timeout: Duration,
    /// The cap on a decoded body, in bytes.
    pub max_body: u64,
    /// How many redirects are followed.
    pub max_redirects: u32,
    /// How many times a passing failure is tried again.
    pub retries: u32,
    /// How long to wait before the first of these tries.
    pub retry_wait: Duration,
    /// URLs on hosts that are known to be up.
    pub canaries: Vec<Url>,
    /// How long an outage of our own network is waited out.
    pub outage_patience: Duration,
    /// The `User-Agent`.
    pub user_agent: String,
}

/// `[politeness]` and `[hosts]`.
#[derive(Clone, Debug, PartialEq)]
pub struct PolitenessSettings {
    /// Towards hosts without a table of their own.
    pub every_host: HostPoliteness,
    /// Towards single hosts, by name; complete.
    pub hosts: BTreeMap<String, HostPoliteness>,
    /// How many requests run at once.
    pub concurrency: u32,
    /// Which hosts are spared together.
    pub host_key: HostUnit,
}

impl PolitenessSettings {
    /// The politeness towards a host, named as in a URL.
    pub fn towards(&self, host: &str) -> &HostPoliteness {
        self.hosts.get(host).unwrap_or(&self.every_host)
    }
}

/// The politeness towards one host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostPoliteness {
    /// Requests a second; 0 sets no limit.
    pub requests_per_second: f64,
    /// Requests at once.
    pub per_host_concurrency: u32,
    /// Whether robots.txt is obeyed.
    pub robots: bool,
    /// How far ahead a Retry-After is waited for within a run.
    pub retry_after_cap: Duration,
    /// The longest Crawl-delay that is obeyed.
    pub max_crawl_delay: Duration,
    /// The first wait after a refusal that names no time.
    pub backoff: Duration,
    /// How long a host is left alone after failed connections.
    pub breaker_pause: Duration,
    /// At most so many pages of it in a run.
    pub max_pages_per_host: Option<u64>,
    /// At most so long after its first request.
    pub max_time_per_host: Option<Duration>,
    /// At most so many bytes of bodies.
    pub max_bytes_per_host: Option<u64>,
}

/// `[crawl]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrawlSettings {
    /// Which roles are fetched.
    pub roles: BTreeSet<Role>,
    /// URL patterns that are not fetched: hosts, or URLs with `*`.
    pub exclude: Vec<String>,
    /// 1: the archive's links; 2: also what fetched originals name.
    pub depth: u32,
    /// How many reposts a chain may have behind the archive's own original.
    pub max_chain: u32,
    /// How many pages one original may add.
    pub max_found: u32,
    /// How long after an interruption the next run continues it.
    pub continue_within: Duration,
    /// At most so many pages.
    pub max_pages: Option<u64>,
    /// At most so long.
    pub max_time: Option<Duration>,
    /// At most so many bytes of bodies.
    pub max_bytes: Option<u64>,
}

/// `[store]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// The folder, absolute.
    pub dir: PathBuf,
    /// Whether WARC files are written.
    pub warc: bool,
    /// The database's cache, in bytes.
    pub cache: u64,
}

/// `[report]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSettings {
    /// What makes the exit code 2.
    pub fail_on: BTreeSet<FailOn>,
    /// How many findings of a kind the text report lists.
    pub max_listed: usize,
}

/// `[rules]`: tables that the stages judge themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleTables {
    /// For the article stage.
    pub article: toml::Table,
    /// For the citation stage.
    pub citation: toml::Table,
    /// For the verdict stage.
    pub verdict: toml::Table,
}

/// A kind of finding that can make the exit code 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOn {
    /// Dead now, and was not before.
    NewlyDead,
    /// Dead.
    Dead,
    /// Drifted now, and had not before.
    NewlyDrifted,
    /// Drifted.
    Drifted,
    /// Moved.
    Moved,
    /// Could not be judged.
    Failing,
    /// Refused.
    Blocked,
    /// No URL.
    Invalid,
}

impl FailOn {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::NewlyDead,
        Self::Dead,
        Self::NewlyDrifted,
        Self::Drifted,
        Self::Moved,
        Self::Failing,
        Self::Blocked,
        Self::Invalid,
    ];

    /// The kind's name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyDead => "newly-dead",
            Self::Dead => "dead",
            Self::NewlyDrifted => "newly-drifted",
            Self::Drifted => "drifted",
            Self::Moved => "moved",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
            Self::Invalid => "invalid",
        }
    }
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("\"{word}\" is not one of {}", all.join(", "))
        })
    }
}

/// Where settings are read from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The file of `--config`.
    pub config: Option<&'a Path>,
    /// Where the search for `driftline.toml` starts: here, then above.
    pub search_from: &'a Path,
    /// All variables of the environment.
    pub environment: &'a [(OsString, OsString)],
    /// The `--set` arguments.
    pub set: &'a [String],
    /// The folder of `--store`.
    pub store: Option<&'a Path>,
}

/// Settings, and where they came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The folder of the configuration, or the current one: what article ids are relative to.
    pub root: PathBuf,
    /// The configuration, where there is one.
    pub config: Option<PathBuf>,
}

impl Settings {
    /// The built-in defaults, with paths below this folder.
    pub fn defaults(root: &Path) -> Result<Self, SettingsError> {
        let table = default_table()?;
        let keys = KnownKeys::from_defaults(&table);
        validate::validate(&Layers::new(&keys, table)?, Bases { config: root, current: root })
    }

    /// Finds the file, lays the sources over each other and judges every value.
    pub fn load(sources: &Sources<'_>) -> Result<Loaded, SettingsError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| SettingsError::Read { path, source }
        };
        let current = std::env::current_dir().map_err(unreadable(Path::new(".")))?;
        let config = match sources.config {
            Some(path) => Some(path.to_owned()),
            None => find_config(&current.join(sources.search_from)),
        };
        let root = match config.as_deref().and_then(Path::parent) {
            Some(folder) => std::fs::canonicalize(current.join(folder)).map_err(unreadable(folder))?,
            None => current.clone(),
        };

        let table = default_table()?;
        let keys = KnownKeys::from_defaults(&table);
        let mut layers = Layers::new(&keys, table)?;
        if let Some(path) = &config {
            let bytes = std::fs::read(path).map_err(unreadable(path))?;
            let text = String::from_utf8(bytes).map_err(|error| SettingsError::Syntax {
                origin: Origin::File {
                    path: path.clone(),
                    line: lines_before(error.as_bytes(), error.utf8_error().valid_up_to()),
                },
                reason: "not UTF-8".to_owned(),
            })?;
            layers.add_file(path, &text)?;
        }
        layers.add_environment(sources.environment)?;
        for argument in sources.set {
            layers.add_argument(argument)?;
        }
        if let Some(folder) = sources.store {
            layers.add_path(&["store", "dir"], &current.join(folder), "--store")?;
        }
        let settings = validate::validate(&layers, Bases { config: &root, current: &current })?;
        Ok(Loaded { settings, root, config })
    }
}

/// The line on which a byte stands.
fn lines_before(bytes: &[u8], offset: usize) -> usize {
    bytes.iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1
}

/// The nearest `driftline.toml` in a folder or above it.
fn find_config(folder: &Path) -> Option<PathBuf> {
    let folder = std::fs::canonicalize(folder).ok()?;
    folder.ancestors().map(|above| above.join(CONFIG_NAME)).find(|path| path.is_file())
}

fn default_table() -> Result<toml::Table, SettingsError> {
    DEFAULTS.parse().map_err(|error: toml::de::Error| SettingsError::Syntax {
        origin: Origin::Default,
        reason: error.message().to_owned(),
    })
}

/// What `init` writes: the defaults with every key commented out, so that later versions may change
/// a default for those who did not choose one. `# ` is a remark, `#` alone a key.
pub fn commented_default() -> String {
    let mut text = String::with_capacity(DEFAULTS.len() + 64);
    for line in DEFAULTS.lines() {
        let is_key = line.starts_with(|c: char| c.is_ascii_lowercase());
        if is_key {
            text.push('#');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}
