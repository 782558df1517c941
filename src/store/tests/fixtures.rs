//! Values and stores that the tests begin with: pages, visits, comparisons, options, times.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::fetch::{Exchange, FetchFailure, HeaderField, Protocol, Response};
use crate::model::{ArticleId, CanonicalUrl, ContentHash, Role, Untrusted};
use crate::store::content;
use crate::store::db;
use crate::store::{
    ComparisonRecord, Hop, PageWrite, RunDetails, RunId, SledStore, SnapshotId, SpentBudgets, StoreOptions,
    VisitRecord,
};

/// Options without a journal, with a small page cache.
pub(super) fn without_journal() -> StoreOptions {
    StoreOptions { warc: false, cache_bytes: 8 << 20, ..StoreOptions::default() }
}

/// Opens a store without a journal.
pub(super) fn open_without_journal(dir: &Path) -> SledStore {
    SledStore::open(dir, &without_journal()).unwrap().0
}

/// The same options with a journal.
pub(super) fn with_journal() -> StoreOptions {
    StoreOptions { warc: true, ..without_journal() }
}

pub(super) fn url(text: &str) -> CanonicalUrl {
    CanonicalUrl::parse(text).unwrap()
}

/// The time a number of seconds after a fixed date, with a fraction below the millisecond.
pub(super) fn at_second(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::new(1_700_000_000 + seconds, 123_456_789).unwrap()
}

/// The same time in milliseconds since 1970.
pub(super) fn millisecond_of(seconds: i64) -> u64 {
    u64::try_from(at_second(seconds).as_millisecond()).unwrap()
}

pub(super) fn header_field(name: &str, value: &str) -> HeaderField {
    HeaderField { name: name.to_owned(), value: value.to_owned() }
}

pub(super) fn answered_exchange(
    url: &str,
    seconds: i64,
    status: u16,
    headers: Vec<HeaderField>,
    body: &[u8],
) -> Exchange {
    Exchange {
        url: url::Url::parse(url).unwrap(),
        at: at_second(seconds),
        elapsed: Duration::from_millis(12),
        remote: Some("127.0.0.1:8080".parse().unwrap()),
        connected: true,
        request_headers: vec![header_field("user-agent", "test"), header_field("accept", "*/*")],
        outcome: Ok(Response {
            status,
            status_line: None,
            protocol: Protocol::Http11,
            headers,
            body: Untrusted::new(body.to_vec()),
            truncated: None,
        }),
    }
}

pub(super) fn failed_exchange(url: &str, seconds: i64) -> Exchange {
    let mut exchange = answered_exchange(url, seconds, 200, Vec::new(), b"");
    exchange.outcome = Err(FetchFailure::Timeout);
    exchange
}

pub(super) fn html_answer(body: &[u8], etag: &str) -> (Vec<HeaderField>, Vec<u8>) {
    let headers = vec![
        header_field("content-type", "text/html; charset=utf-8"),
        header_field("etag", etag),
        header_field("content-length", &body.len().to_string()),
    ];
    (headers, body.to_vec())
}

pub(super) fn visit_record(
    url: &CanonicalUrl,
    run: u64,
    exchanges: &[Exchange],
    snapshot: Option<SnapshotId>,
) -> VisitRecord {
    let hop = |exchange: &Exchange| Hop {
        url: exchange.url.to_string(),
        status: exchange.outcome.as_ref().ok().map(|response| response.status),
    };
    VisitRecord {
        url: url.clone(),
        run: RunId(run),
        at: exchanges.last().unwrap().at,
        elapsed_ms: 12,
        attempts: 1,
        hops: exchanges.iter().map(hop).collect(),
        content_type: Some("text/html".to_owned()),
        snapshot,
        unchanged: false,
        judgement: json!({"verdict": "alive", "cause": null, "evidence": ["200", "短文"]}).into(),
    }
}

pub(super) fn run_details() -> RunDetails {
    RunDetails {
        articles: 3,
        links: 12,
        urls: 9,
        roles: vec![Role::Repost, Role::Source],
        exclude: vec!["*.example".to_owned()],
        robots_ignored: false,
        unreadable: vec!["a.md: it is not UTF-8".to_owned()],
        normal_forms: vec!["nfkc".to_owned()],
        max_chain: 2,
        spent: Some(SpentBudgets { run: Some("crawl.budget".to_owned()), ..SpentBudgets::default() }),
        stopped: None,
        clock_was_ahead: false,
    }
}

/// The page write of a page that was fetched in one hop and is stored.
pub(super) fn stored_page(address: &str, run: u64, seconds: i64, body: &[u8]) -> PageWrite {
    let (headers, body) = html_answer(body, &format!("\"{seconds}\""));
    let exchanges = vec![answered_exchange(address, seconds, 200, headers, &body)];
    let url = url(address);
    let id = SnapshotId { url: url.key(), at_ms: millisecond_of(seconds) };
    PageWrite {
        visit: visit_record(&url, run, &exchanges, Some(id)),
        exchanges,
        keep_body: true,
        body_hash: None,
        state: json!({"state": "ok", "strikes": 0}).into(),
        comparisons: Vec::new(),
    }
}

pub(super) fn comparison_record(article: &str, seconds: i64, local: &str, class: &str) -> ComparisonRecord {
    ComparisonRecord {
        article: ArticleId::new(article),
        at_ms: millisecond_of(seconds),
        local_text: ContentHash::of(local.as_bytes()),
        original_text: ContentHash::of(b"original"),
        original_body: ContentHash::of(b"body"),
        result: json!({"class": class, "local_in_original": 0.123_456_789_012_345_6}).into(),
    }
}

/// Random bytes, which no compression makes smaller; always the same for a seed.
pub(super) fn incompressible_bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..len).map(|_| random.u8(..)).collect()
}

/// The tree that holds the chunks of a content, and the key of the first one.
pub(super) fn first_chunk(store: &SledStore, hash: ContentHash) -> (db::tree::Tree, [u8; 8]) {
    let manifest = content::manifest::read_manifest(&store.database.content, hash).unwrap().unwrap();
    (store.database.content.slots.tree().clone(), manifest.first_slot.to_be_bytes())
}

pub(super) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
