//! Tests of the store, with real sled databases in temporary folders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chain;
mod export;
mod faults;
mod filled_store;
mod fixtures;
mod foreign_lengths;
mod foreign_packages;
mod foreign_records;
mod future_times;
mod growth;
mod import;
mod import_edge_cases;
mod import_revisits;
mod journal_rebuild;
mod maintenance;
mod measure;
#[cfg(unix)]
mod readers;
mod repair_journal;
mod round_trip;
mod schema;
mod store_dump;
#[cfg(unix)]
mod store_folder;
mod verify_scope;
mod warc_files;

use std::path::Path;
use std::time::Duration;

use fixtures::*;
use serde_json::json;

use super::*;
use crate::fetch::{Protocol, Truncation};
use crate::model::{ArticleId, ContentHash, UrlKey};
