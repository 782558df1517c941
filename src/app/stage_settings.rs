//! Converts the settings into the parameters of the stages, which do not know the settings.

use std::time::Duration;

use super::error::AppError;
use super::process_limits::ConnectionLimits;
use super::settings::{HostSettings, Settings};
use super::trust::record_new_store;
use crate::archive::{FilePatterns, ReadRules};
use crate::citation::CitationRules;
use crate::fetch::{FetchSettings, ResolveMap};
use crate::frontier::{HostPoliteness, Politeness};
use crate::pipeline::engine::{Budget, EngineSettings};
use crate::store::{OpenReport, SledStore, SpaceGuard, SpaceRule, StoreOptions, StoreReader};
use crate::text::{PdfReader, TextRuleTables, TextRules};
use crate::text_diff::{CompareRules, KeyChangeRules};
use crate::verdict::Signatures;

/// The rules by which files are articles.
pub fn archive_rules(settings: &Settings) -> FilePatterns {
    FilePatterns { include: settings.archive.include.clone(), exclude: settings.archive.exclude.clone() }
}

/// The rules by which articles are read, with the user's additions.
pub fn read_rules(settings: &Settings) -> Result<ReadRules, AppError> {
    Ok(ReadRules::embedded()?.with_user(&settings.rules.table("article"))?)
}

/// The rules by which links get their roles, with the user's additions.
pub fn citation_rules(settings: &Settings) -> Result<CitationRules, AppError> {
    Ok(CitationRules::embedded()?.with_user(&settings.rules.table("citation"))?)
}

/// The rules by which pages are read, with the user's additions.
pub fn text_rules(settings: &Settings) -> Result<TextRules, AppError> {
    let tables = TextRuleTables {
        lexicon: settings.rules.table("lexicon"),
        boilerplate: settings.rules.table("boilerplate"),
        counters: settings.rules.table("counters"),
        sites: settings.rules.table("sites"),
    };
    Ok(TextRules::extended_with(&tables)?.with_pdf_reader(pdf_reader()))
}

/// PDF documents are read by this program, started once more for each.
fn pdf_reader() -> PdfReader {
    let program = std::env::current_exe().ok().filter(|_| cfg!(feature = "pdf"));
    program.map(PdfReader::with_program).unwrap_or_default()
}

/// The rules of comparisons: the steps of the normal form, the words that name key changes, and the rules
/// by which pages are read.
pub fn compare_rules(settings: &Settings) -> Result<CompareRules, AppError> {
    let key_changes = KeyChangeRules::with_user(&settings.rules.table("key_changes"))?;
    Ok(CompareRules { forms: settings.compare, key_changes, text: text_rules(settings)? })
}

/// The signatures of walls, soft 404s and parked pages, with the user's additions.
pub fn verdict_signatures(settings: &Settings) -> Result<Signatures, AppError> {
    Ok(Signatures::with_user(&settings.rules.table("verdict"))?)
}

/// The settings of the HTTP client.
pub fn fetch_settings(settings: &Settings) -> Result<FetchSettings, AppError> {
    let network = &settings.network;
    let resolve = ResolveMap::new(network.resolve.iter().map(|(host, to)| (host.as_str(), to.as_str())))
        .map_err(|error| AppError::Usage(format!("network.resolve: {error}")))?;
    Ok(FetchSettings {
        user_agent: network.sent_user_agent(),
        accept_language: network.accept_language.clone(),
        timeout: network.timeout,
        connect_timeout: network.connect_timeout,
        max_body: network.max_body,
        resolve,
        nameservers: network.nameservers.clone(),
        ca_certs: network.ca_certs.clone(),
        allow_private: network.allow_private,
        proxy: network.proxy.clone(),
        max_idle: ConnectionLimits::of_process().idle,
        ..FetchSettings::default()
    })
}

/// The margin that is added to the interval between two requests, or a hundredth of the interval if that
/// is less.
const INTERVAL_MARGIN: Duration = Duration::from_millis(1);

fn politeness_of(own: &HostSettings) -> Politeness {
    let interval = (own.requests_per_second > 0.0)
        .then(|| Duration::try_from_secs_f64(1.0 / own.requests_per_second).ok())
        .flatten()
        // A request can travel longer than the next one. The margin keeps the server from seeing the two
        // closer together than configured.
        .map(|interval| interval.saturating_add(INTERVAL_MARGIN.min(interval / 100)));
    Politeness {
        interval,
        per_host_concurrency: own.per_host_concurrency,
        robots: own.robots,
        crawl_delay_cap: own.max_crawl_delay,
        retry_after_cap: own.retry_after_cap,
        patience: own.patience,
        give_up_after: own.give_up_after,
        backoff_initial: own.backoff,
        breaker_pause: own.breaker_pause,
        max_pages: own.max_pages_per_host,
        max_time: own.max_time_per_host,
        max_bytes: own.max_bytes_per_host,
        ..Politeness::default()
    }
}

/// The politeness towards every host and towards single hosts.
pub fn politeness_settings(settings: &Settings) -> HostPoliteness {
    let hosts = &settings.politeness.hosts;
    HostPoliteness {
        default: politeness_of(&settings.politeness.every_host),
        hosts: hosts.iter().map(|(name, own)| (name.clone(), politeness_of(own))).collect(),
        group_by: settings.politeness.host_key,
    }
}

/// The engine's settings.
pub fn engine_settings(settings: &Settings) -> EngineSettings {
    EngineSettings {
        concurrency: usize::try_from(settings.politeness.concurrency)
            .unwrap_or(usize::MAX)
            .min(ConnectionLimits::of_process().requests),
        retries: settings.network.retries,
        retry_wait: settings.network.retry_wait,
        robots_agent: robots_agent(&settings.network.sent_user_agent()),
        robots_ttl: Duration::from_secs(24 * 60 * 60),
        max_redirects: max_redirects(settings),
        budget: Budget {
            pages: settings.crawl.max_pages,
            time: settings.crawl.max_time,
            bytes: settings.crawl.max_bytes,
        },
        canaries: settings.network.canaries.clone(),
        max_outage: settings.network.outage_patience,
        space: Some(space_guard(settings)),
        following: None,
        grace: Duration::from_secs(5),
    }
}

/// The number of redirects that are followed.
fn max_redirects(settings: &Settings) -> usize {
    usize::try_from(settings.network.max_redirects).unwrap_or(usize::MAX)
}

/// The product token in robots files (RFC 9309, section 2.2.1): the user agent's first word, up to
/// its version.
fn robots_agent(user_agent: &str) -> String {
    let token: String =
        user_agent.chars().take_while(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')).collect();
    if token.is_empty() { "driftline".to_owned() } else { token }
}

/// The options for opening the store.
pub fn store_options(settings: &Settings) -> StoreOptions {
    StoreOptions {
        cache_bytes: settings.store.cache,
        warc: settings.store.warc,
        space: space_rule(settings),
        named: settings.store.named,
        without_links_below: settings.store.without_links_below.clone(),
        allow: settings.store.allow.clone(),
        ..StoreOptions::default()
    }
}

/// How much of the disk must stay free.
fn space_rule(settings: &Settings) -> SpaceRule {
    SpaceRule { min_free: settings.store.min_free, ..SpaceRule::default() }
}

/// The same for the disk of the store.
pub fn space_guard(settings: &Settings) -> SpaceGuard {
    SpaceGuard { dir: settings.store.dir.clone(), rule: space_rule(settings) }
}

/// Opens the store, or creates it.
pub fn open_store(settings: &Settings) -> Result<SledStore, AppError> {
    let (dir, options) = (&settings.store.dir, store_options(settings));
    SledStore::check_folder(dir, &options)?;
    record_new_store(dir);
    let (store, report) = SledStore::open(dir, &options)?;
    warn_about(&report);
    Ok(store)
}

/// Opens an existing store for reading; if it cannot be written, a copy of it.
pub fn open_existing_store(settings: &Settings) -> Result<SledStore, AppError> {
    let (store, report) = SledStore::open_for_inspection(&settings.store.dir, &store_options(settings))?;
    warn_about(&report);
    Ok(store)
}

/// Opens an existing store for changes.
pub fn open_store_to_change(settings: &Settings) -> Result<SledStore, AppError> {
    let (store, report) = SledStore::open_existing(&settings.store.dir, &store_options(settings))?;
    warn_about(&report);
    Ok(store)
}

/// Opens the store for reading, even while another driftline uses it.
pub fn open_reader(settings: &Settings) -> Result<StoreReader, AppError> {
    let (store, report) = StoreReader::open(&settings.store.dir, &store_options(settings))?;
    warn_about(&report);
    Ok(store)
}

fn warn_about(report: &OpenReport) {
    if let Some(quarantine) = &report.quarantined {
        tracing::warn!(
            "the database is damaged ({}) and was moved to {}",
            quarantine.reason,
            quarantine.path.display()
        );
    }
    if let Some(damage) = report.copy.as_ref().and_then(|copy| copy.damage.as_ref()) {
        tracing::warn!(
            "the database is damaged ({damage}) and stays as it is, since the store cannot be written; what is read comes from the journal"
        );
    }
    warn_about_replay(report);
}

/// Warns about what the database lacked, and about damage in the journal that was met on the way.
pub fn warn_about_replay(report: &OpenReport) {
    let replay = &report.replay;
    if replay.visits > 0 {
        tracing::warn!(
            "{} visits with {} captures were missing in the database and were read from the journal",
            replay.visits,
            replay.captures
        );
    }
    for fault in &replay.faults {
        tracing::warn!("the journal is damaged: {fault}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_token_is_the_first_word() {
        assert_eq!(robots_agent("driftline/0.1.0 (+https://example.org)"), "driftline");
        assert_eq!(robots_agent("my-archive bot"), "my-archive");
        assert_eq!(robots_agent("42"), "driftline");
    }
}
