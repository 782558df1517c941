//! Tests of the store, on real sled in temporary folders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod faults;
mod foreign;
mod growth;
mod import_export;
mod journal;
mod maintenance;
mod measure;
#[cfg(unix)]
mod readers;
mod repair_journal;
mod round_trip;
mod schema;

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::fetch::{Exchange, FetchFailure, HeaderField, Protocol, Response, Truncation};
use crate::model::{ArticleId, CanonicalUrl, ContentHash, Untrusted, UrlKey};

/// Options without a journal, and small enough to make groups.
fn plain() -> StoreOptions {
    StoreOptions { warc: false, cache_bytes: 8 << 20, ..StoreOptions::default() }
}

fn open(dir: &Path) -> SledStore {
    SledStore::open(dir, &plain()).unwrap().0
}

fn journaled() -> StoreOptions {
    StoreOptions { warc: true, ..plain() }
}

fn url(text: &str) -> CanonicalUrl {
    CanonicalUrl::parse(text).unwrap()
}

/// A time: so many seconds after a fixed day, with a part below the millisecond.
fn at(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::new(1_700_000_000 + seconds, 123_456_789).unwrap()
}

fn ms(seconds: i64) -> u64 {
    u64::try_from(at(seconds).as_millisecond()).unwrap()
}

fn field(name: &str, value: &str) -> HeaderField {
    HeaderField { name: name.to_owned(), value: value.to_owned() }
}

fn answer(url: &str, seconds: i64, status: u16, headers: Vec<HeaderField>, body: &[u8]) -> Exchange {
    Exchange {
        url: url::Url::parse(url).unwrap(),
        at: at(seconds),
        elapsed: Duration::from_millis(12),
        remote: Some("127.0.0.1:8080".parse().unwrap()),
        connected: true,
        request_headers: vec![field("user-agent", "test"), field("accept", "*/*")],
        outcome: Ok(Response {
            status,
            protocol: Protocol::Http11,
            headers,
            body: Untrusted::new(body.to_vec()),
            truncated: None,
        }),
    }
}

fn failure(url: &str, seconds: i64) -> Exchange {
    let mut exchange = answer(url, seconds, 200, Vec::new(), b"");
    exchange.outcome = Err(FetchFailure::Timeout);
    exchange
}

fn html(body: &[u8], etag: &str) -> (Vec<HeaderField>, Vec<u8>) {
    let headers = vec![
        field("content-type", "text/html; charset=utf-8"),
        field("etag", etag),
        field("content-length", &body.len().to_string()),
    ];
    (headers, body.to_vec())
}

fn visit(url: &CanonicalUrl, run: u64, exchanges: &[Exchange], snapshot: Option<SnapshotId>) -> VisitRecord {
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

/// A page that was fetched in one hop and is kept.
fn page(address: &str, run: u64, seconds: i64, body: &[u8]) -> Deposit {
    let (headers, body) = html(body, &format!("\"{seconds}\""));
    let exchanges = vec![answer(address, seconds, 200, headers, &body)];
    let url = url(address);
    let id = SnapshotId { url: url.key(), at_ms: ms(seconds) };
    Deposit {
        visit: visit(&url, run, &exchanges, Some(id)),
        exchanges,
        keep_body: true,
        body_hash: None,
        state: json!({"state": "ok", "strikes": 0}).into(),
        comparisons: Vec::new(),
    }
}

fn comparison(article: &str, seconds: i64, local: &str, class: &str) -> ComparisonRecord {
    ComparisonRecord {
        article: ArticleId::new(article),
        at_ms: ms(seconds),
        local_text: ContentHash::of(local.as_bytes()),
        original_text: ContentHash::of(b"original"),
        original_body: ContentHash::of(b"body"),
        result: json!({"class": class, "local_in_original": 0.123_456_789_012_345_6}).into(),
    }
}

/// Bytes that zstd cannot shrink, always the same for a seed.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..len).map(|_| random.u8(..)).collect()
}

/// The tree and the key of a content's first chunk.
fn first_chunk(store: &SledStore, hash: ContentHash) -> (db::tree::Tree, [u8; 8]) {
    let manifest = content::manifest::manifest(&store.database.content, hash).unwrap().unwrap();
    (store.database.content.places.tree().clone(), manifest.first.to_be_bytes())
}

fn copy_folder(from: &Path, to: &Path) {
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
