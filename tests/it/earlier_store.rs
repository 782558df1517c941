//! Tests that a store which an earlier version wrote opens and reads whole (`tests/fixtures/store_schema_2`).

use std::path::{Path, PathBuf};
use std::process::Command;

use driftline::frontier::{HostKey, HostState, RobotsAccess};
use driftline::model::{ArticleId, CanonicalUrl, Role};
use driftline::store::{Compaction, OpenReport, SledStore, SnapshotStore, StoreOptions, VisitRecord};
use serde_json::Value;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store_schema_2")
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the store, so that opening it does not change the fixture.
fn copied_store() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&fixture().join("store"), &folder.path().join("store"));
    folder
}

fn options() -> StoreOptions {
    StoreOptions { compaction: Compaction::Never, ..StoreOptions::default() }
}

fn page(path: &str) -> CanonicalUrl {
    CanonicalUrl::parse(&format!("http://127.0.0.1:8765/{path}")).unwrap()
}

/// The verdict of a visit and the statuses of its hops.
fn verdict_and_statuses(visit: &VisitRecord) -> (String, Vec<u16>) {
    let judgement: Value = visit.judgement.read().unwrap();
    let statuses = visit.hops.iter().filter_map(|hop| hop.status).collect();
    (judgement["verdict"].as_str().unwrap().to_owned(), statuses)
}

fn assert_reads_whole(store: &SledStore) {
    let found = store.verify().unwrap();
    assert_eq!(found.faults, Vec::new());
    assert_eq!(
        (found.urls, found.visits, found.snapshots, found.comparisons, found.runs, found.contents),
        (4, 12, 4, 3, 3, 4)
    );

    let harbour = ["four metres", "five metres"];
    let plan = ["The plan of the harbour"];
    let expected = [
        ("harbour", "alive", [vec![200], vec![200], vec![200]], &harbour[..]),
        ("plan", "alive", [vec![200], vec![304], vec![304]], &plan),
        ("old", "moved", [vec![301, 200], vec![301, 304], vec![301, 304]], &plan),
        ("gone", "dead", [vec![404], vec![404], vec![404]], &[]),
    ];
    let runs = store.read_runs().unwrap();
    for (path, verdict, statuses, texts) in expected {
        let url = page(path);
        let visits = store.read_visits(url.key()).unwrap();
        let read: Vec<_> = visits.iter().map(verdict_and_statuses).collect();
        let wanted: Vec<_> = statuses.into_iter().map(|hops| (verdict.to_owned(), hops)).collect();
        assert_eq!(read, wanted, "{path}");
        for (visit, run) in visits.iter().zip(&runs) {
            assert_eq!((&visit.url, visit.run), (&url, run.id), "{path}");
            assert_eq!(store.read_visit_in_run(url.key(), run.id).unwrap().as_ref(), Some(visit), "{path}");
        }
        let record = store.read_url(url.key()).unwrap().unwrap();
        assert_eq!(record.last_run, runs[2].id, "{path}");
        let state: Value = record.state.read().unwrap();
        assert_eq!(state["verdict"], verdict, "{path}: {state}");

        let snapshots = store.read_snapshots(url.key()).unwrap();
        assert_eq!(snapshots.len(), texts.len(), "{path}");
        assert_eq!(record.first_snapshot, snapshots.first().map(|snapshot| snapshot.id));
        assert_eq!(record.latest_snapshot, snapshots.last().map(|snapshot| snapshot.id));
        for (snapshot, text) in snapshots.iter().zip(texts) {
            let body = store.read_body(snapshot.body).unwrap();
            assert!(String::from_utf8_lossy(body.expose()).contains(text), "{path}");
            assert_eq!(store.read_snapshot(snapshot.id).unwrap().as_ref(), Some(snapshot), "{path}");
            let media = |field: &&driftline::fetch::HeaderField| field.name == "content-type";
            let field = snapshot.last_hop().unwrap().headers.iter().find(media).unwrap();
            assert_eq!(field.value, "text/html; charset=utf-8", "{path}");
        }
    }

    let compared = store.read_comparisons(page("harbour").key(), &ArticleId::new("one.md")).unwrap();
    let classes: Vec<Value> = compared.iter().map(|record| record.result.read().unwrap()).collect();
    let classes: Vec<_> = classes.iter().map(|result| result["class"].as_str().unwrap()).collect();
    assert_eq!(classes, ["minor-edit", "minor-edit"]);

    let commands: Vec<_> = runs.iter().map(|run| run.command.as_str()).collect();
    assert_eq!(commands, ["run", "check", "run"]);
    for run in &runs {
        let details = &run.details;
        assert!(run.finished.is_some_and(|finished| finished > run.started));
        assert_eq!((details.articles, details.links, details.urls), (2, 6, 4));
        assert_eq!(details.roles, [Role::Repost, Role::Source, Role::Mention, Role::Image]);
        assert_eq!(details.normal_forms.len(), 8);
        assert!(details.spent.as_ref().is_some_and(|spent| spent.run.is_none()));
        for piece in &run.link_table {
            assert!(!store.read_blob(*piece).unwrap().is_empty());
        }
    }
}

#[test]
fn a_store_of_an_earlier_version_opens_and_reads_whole() {
    let folder = copied_store();
    let dir = folder.path().join("store");
    let (store, report) = SledStore::open(&dir, &options()).unwrap();
    assert_eq!(report, OpenReport::default(), "nothing is put aside or taken from the journal");
    assert_reads_whole(&store);

    let host = HostKey::from("127.0.0.1:8765");
    let bytes = store.key_value_tree("hosts").unwrap().get(host.as_str().as_bytes()).unwrap().unwrap();
    let state = HostState::decode_record(&host, &bytes).unwrap();
    let RobotsAccess::Found(robots) = &state.robots[0].access else { panic!("{state:?}") };
    assert_eq!(robots, b"User-agent: *\nDisallow: /secret\n");
    store.close().unwrap();

    // What its journal holds is the same.
    let rebuilt = SledStore::rebuild(&dir, &options()).unwrap();
    assert_eq!((rebuilt.visits, rebuilt.captures, rebuilt.runs, rebuilt.faults), (12, 4, 3, Vec::new()));
    assert_reads_whole(&SledStore::open(&dir, &options()).unwrap().0);
}

#[test]
fn the_report_of_an_earlier_run_is_what_it_was() {
    let folder = copied_store();
    let output = Command::new(env!("CARGO_BIN_EXE_driftline"))
        .current_dir(folder.path())
        .args(["report", "--store", "store", "--format", "json"])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"));
    let text = std::fs::read_to_string(fixture().join("report.json")).unwrap();
    let mut expected: Value = serde_json::from_str(&text).unwrap();
    for links in [&mut report["links"], &mut expected["links"]] {
        for link in links.as_array_mut().unwrap().iter_mut().filter(|link| link["role"] == "local") {
            // These words are not stored: the report makes them.
            link["evidence"].take();
        }
    }
    drop_additions(&mut report, &expected);
    assert_eq!(report, expected);
}

/// Drops the fields that reports did not have when the store was written.
fn drop_additions(report: &mut Value, expected: &Value) {
    match (report, expected) {
        (Value::Object(fields), Value::Object(known)) => {
            fields.retain(|name, _| known.contains_key(name));
            for (name, value) in fields {
                drop_additions(value, &known[name]);
            }
        }
        (Value::Array(items), Value::Array(known)) => {
            items.iter_mut().zip(known).for_each(|(item, known)| drop_additions(item, known));
        }
        _ => {}
    }
}
