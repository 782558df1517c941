//! Any bytes are a file to import: WARC, ARC, zip, gzip or zstd, told apart by their first bytes. The import
//! must end without a panic, and account for every record.
#![no_main]

use std::sync::LazyLock;

use driftline::store::{
    ImportJudgement, ImportOptions, ImportReport, JsonText, RunId, SledStore, StoreOptions,
};
use libfuzzer_sys::fuzz_target;

struct Place {
    folder: tempfile::TempDir,
    store: SledStore,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let options = StoreOptions { warc: false, ..StoreOptions::default() };
    let (store, _) = SledStore::open(&folder.path().join("store"), &options).expect("a new store opens");
    Place { folder, store }
});

fuzz_target!(|bytes: &[u8]| {
    let path = PLACE.folder.path().join("input");
    std::fs::write(&path, bytes).expect("the input is written");
    let reports = PLACE.store.import_files(&[path], RunId(1), ImportOptions::default(), |_| ImportJudgement {
        judgement: JsonText::default(),
        state: JsonText::default(),
        keep: false,
    });
    let ImportReport { records, types, .. } = reports.expect("the store is sound").remove(0);
    assert_eq!(records, types.values().sum::<u64>());
});
