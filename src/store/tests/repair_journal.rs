//! A damaged journal: what is cut off, what is reported, and how a repair writes it again.

use std::path::PathBuf;

use super::filled_store::{fill_store, segment_files};
use super::store_dump::{Dump, assert_same_dump, dump_of_any_order, dump_store};
use super::*;

fn never_compacting() -> StoreOptions {
    StoreOptions { compaction: Compaction::Never, ..with_journal() }
}

/// Makes a closed store with something of each kind in several segments, and returns its dump.
fn store_with_small_segments(dir: &Path) -> Dump {
    let store =
        SledStore::open(dir, &StoreOptions { segment_bytes: 4_000, group_len: 2, ..never_compacting() })
            .unwrap()
            .0;
    fill_store(&store);
    let before = dump_of_any_order(&store);
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    store.close().unwrap();
    before
}

/// The offset and the type of each record in a segment.
fn record_starts(path: &Path) -> Vec<(usize, String)> {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = warc::read::WarcReader::new(file, 0, 1 << 30).unwrap();
    let mut found = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        found.push((usize::try_from(record.offset).unwrap(), record.record_type().to_owned()));
    }
    found
}

/// Flips a bit in the middle of a record, given its start and end.
fn flip_bit_between(path: &Path, begin: usize, end: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[usize::midpoint(begin, end)] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

/// The store has no faults and holds what it held before, in the database and in the journal.
#[track_caller]
fn assert_sound(dir: &Path, before: &Dump) {
    let (store, report) = SledStore::open(dir, &never_compacting()).unwrap();
    assert_eq!(report.replay.faults, Vec::<String>::new());
    assert_same_dump(&dump_of_any_order(&store), before);
    let report = store.verify().unwrap();
    assert_eq!(report.faults, Vec::new());
    assert_eq!((report.visits_not_in_journal, report.captures_not_in_journal), (0, 0));
    drop(store);
}

/// The same after the database was deleted and rebuilt from the journal alone.
#[track_caller]
fn assert_sound_without_database(dir: &Path, before: &Dump) {
    std::fs::remove_dir_all(dir.join("db")).unwrap();
    assert_sound(dir, before);
}

#[test]
fn a_flipped_bit_in_the_journal_loses_nothing_while_the_database_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let before = store_with_small_segments(&original);
    let mut rounds = 0;
    for segment in segment_files(&original) {
        let name = segment.file_name().unwrap();
        let len = usize::try_from(segment.metadata().unwrap().len()).unwrap();
        let members = record_starts(&segment);
        let ends = members.iter().skip(1).map(|(begin, _)| *begin).chain([len]);
        for ((begin, kind), end) in members.iter().zip(ends) {
            if kind == "request" && rounds > 9 {
                continue;
            }
            rounds += 1;
            let copy = dir.path().join(format!("copy{rounds}"));
            copy_folder(&original, &copy);
            flip_bit_between(&copy.join("segments").join(name), *begin, end);
            let store = SledStore::open(&copy, &never_compacting()).unwrap().0;
            let faults = store.verify().unwrap().faults;
            assert!(!faults.is_empty(), "{kind} at {begin}");
            assert!(faults.iter().all(|fault| fault.place == FaultPlace::Journal), "{faults:#?}");
            let named = |start: &str| {
                faults.iter().flat_map(|fault| &fault.affects).any(|affected| affected.starts_with(start))
            };
            match kind.as_str() {
                "response" | "revisit" => assert!(named("http"), "{kind}: {faults:#?}"),
                "metadata" | "resource" => assert!(named(""), "{kind}: {faults:#?}"),
                _ => {}
            }
            assert_same_dump(&dump_of_any_order(&store), &before);
            drop(store);
            if rounds % 2 == 0 {
                let report = SledStore::rebuild(&copy, &never_compacting()).unwrap();
                assert_eq!(report.faults, Vec::<String>::new());
                assert_eq!((report.visits, report.captures, report.runs), (15, 13, 1));
                assert_eq!(report.repaired.kept.len(), 1, "the original segment is kept");
            } else {
                let repaired = SledStore::repair(&copy, &never_compacting()).unwrap();
                assert_eq!((repaired.lost, repaired.kept.len()), (Vec::new(), 1));
            }
            assert_sound(&copy, &before);
            assert_sound_without_database(&copy, &before);
        }
    }
    assert!(rounds > 25, "{rounds}");
}

#[test]
fn a_capture_lost_in_both_is_reported_and_no_visit_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    fill_store(&store);
    store.close().unwrap();
    let segment = &segment_files(dir.path())[0];
    let bodies = record_starts(segment);
    // The last capture, which a later visit found unchanged.
    let place = bodies.iter().rposition(|(_, kind)| kind == "response").unwrap();
    flip_bit_between(segment, bodies[place].0, bodies[place + 1].0);
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let report = SledStore::rebuild(dir.path(), &never_compacting()).unwrap();
    assert!(report.faults.iter().any(|fault| fault.contains("http://r.example/start is lost")), "{report:?}");
    assert_eq!((report.visits, report.captures), (15, 12));
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    let key = url("http://r.example/start").key();
    let visits = store.read_visits(key).unwrap();
    assert_eq!(visits.len(), 2);
    assert!(visits.iter().all(|visit| visit.snapshot.is_none()), "{visits:#?}");
    assert_eq!(
        store.read_url(key).unwrap().unwrap().validators,
        None,
        "a 304 would refer to the lost capture"
    );
}

#[test]
fn missing_segments_are_reported_and_their_content_is_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let before = store_with_small_segments(&original);
    let all = segment_files(&original).len();
    assert!(all > 2);
    for (round, gone) in [0..1, 1..2, 0..all].into_iter().enumerate() {
        let copy = dir.path().join(format!("copy{round}"));
        copy_folder(&original, &copy);
        for segment in &segment_files(&copy)[gone.clone()] {
            std::fs::remove_file(segment).unwrap();
        }
        let (store, report) = SledStore::open(&copy, &never_compacting()).unwrap();
        assert!(report.replay.faults.iter().any(|fault| fault.contains("missing")), "{report:?}");
        let faults = store.verify().unwrap().faults;
        assert!(faults.iter().any(|fault| fault.reason.contains("missing")), "{faults:#?}");
        assert!(faults.iter().any(|fault| !fault.affects.is_empty()), "{faults:#?}");
        assert!(faults.iter().all(|fault| fault.place == FaultPlace::Journal), "{faults:#?}");
        drop(store);
        let repaired = SledStore::repair(&copy, &never_compacting()).unwrap();
        assert_eq!(repaired.lost, Vec::<String>::new());
        assert_sound(&copy, &before);
        assert_sound_without_database(&copy, &before);
        // A placeholder counts as a segment, so there is nothing left to repair.
        assert_eq!(SledStore::repair(&copy, &never_compacting()).unwrap(), RepairReport::default());
    }
}

#[test]
fn what_only_has_the_name_of_a_segment_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let before = store_with_small_segments(dir.path());
    let segments = dir.path().join("segments");
    let highest = format!("{}-20260101T000000Z.warc.gz", u64::MAX);
    std::fs::copy(&segment_files(dir.path())[0], segments.join(&highest)).unwrap();
    std::fs::create_dir(segments.join("00000001-20260101T000000Z.warc.gz")).unwrap();
    let (store, report) = SledStore::open(dir.path(), &never_compacting()).unwrap();
    for said in [&report.replay.faults, &faults_of(&store)] {
        let said = said.join("\n");
        assert!(said.contains(&highest) && said.contains("its number is far beyond"), "{said}");
        assert!(said.contains("it is a folder with the name of a segment"), "{said}");
        assert!(!said.contains("missing"), "{said}");
    }
    // The store takes new pages, and its own segments are read as before.
    store.write_page(stored_page("http://new.example/", 9, 99, b"<p>new</p>")).unwrap();
    store.close().unwrap();
    let repaired = SledStore::repair(dir.path(), &never_compacting()).unwrap();
    assert_eq!(repaired.faults.len(), 2, "{repaired:?}");
    assert!(segments.join(&highest).exists());
    std::fs::remove_file(segments.join(&highest)).unwrap();
    std::fs::remove_dir(segments.join("00000001-20260101T000000Z.warc.gz")).unwrap();
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    assert_eq!(faults_of(&store), Vec::<String>::new());
    assert!(store.read_url(url("http://new.example/").key()).unwrap().is_some());
    drop((store, before));
}

/// The reasons of what a verification finds.
fn faults_of(store: &SledStore) -> Vec<String> {
    store.verify().unwrap().faults.into_iter().map(|fault| fault.reason).collect()
}

#[test]
fn a_long_row_of_missing_segments_is_named_and_not_filled() {
    let dir = tempfile::tempdir().unwrap();
    let before = store_with_small_segments(dir.path());
    let files = segment_files(dir.path());
    let last = files.last().unwrap();
    let name = last.file_name().unwrap().to_string_lossy().into_owned();
    let (_, stamp) = name.split_once('-').unwrap();
    std::fs::rename(last, last.with_file_name(format!("00500000-{stamp}"))).unwrap();
    let (store, _) = SledStore::open(dir.path(), &never_compacting()).unwrap();
    let said = faults_of(&store).join("\n");
    assert!(said.contains("to 499999 are missing"), "{said}");
    drop((store, before));
    SledStore::repair(dir.path(), &never_compacting()).unwrap();
    assert!(segment_files(dir.path()).len() < files.len() + 10);
}

#[test]
fn new_records_do_not_refer_to_a_missing_segment() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    store.write_page(stored_page("http://a.example/", 1, 1, &incompressible_bytes(1, 9_000))).unwrap();
    store.store_blob(b"table").unwrap();
    store.close().unwrap();
    std::fs::remove_file(&segment_files(dir.path())[0]).unwrap();
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    for number in 2..5 {
        store
            .write_page(stored_page(
                &format!("http://b.example/{number}"),
                2,
                number,
                &incompressible_bytes(1, 9_000),
            ))
            .unwrap();
        store.store_blob(b"table").unwrap();
        store.flush().unwrap();
    }
    store.close().unwrap();
    let found = segment_files(dir.path());
    assert!(found[0].to_string_lossy().contains("00000002-"), "a number is not used again: {found:?}");
    assert!(found[0].metadata().unwrap().len() < 20_000, "the body is stored once");
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    assert_eq!(store.read_blob(ContentHash::of(b"table")).unwrap(), b"table");
    for number in 2..5 {
        let key = url(&format!("http://b.example/{number}")).key();
        let body = store.read_url(key).unwrap().unwrap().latest_body.unwrap();
        assert_eq!(
            store.read_body(body).unwrap().expose().as_ref(),
            incompressible_bytes(1, 9_000).as_slice()
        );
    }
}

#[test]
fn content_stored_without_a_journal_is_written_to_a_later_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    fill_store(&store);
    let before = dump_of_any_order(&store);
    store.close().unwrap();
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    store.store_blob(b"table").unwrap();
    store.store_blob(b"table").unwrap();
    store.write_page(stored_page("http://new.example/", 3, 100, b"reached")).unwrap();
    store.close().unwrap();
    let copy = dir.path().join("copy");
    copy_folder(&dir.path().join("segments"), &copy.join("segments"));
    let store = SledStore::open(&copy, &never_compacting()).unwrap().0;
    assert_eq!(store.read_blob(ContentHash::of(b"table")).unwrap(), b"table");
    assert!(store.read_body(ContentHash::of(b"reached")).is_ok());
    drop(store);
    let resources =
        record_starts(&segment_files(&copy)[0]).iter().filter(|(_, kind)| kind == "resource").count();
    assert_eq!(resources, 1);
    // Before a rebuild, what only the database holds is written to the journal.
    let report = SledStore::rebuild(dir.path(), &never_compacting()).unwrap();
    assert_eq!((report.faults, report.visits, report.captures), (Vec::new(), 16, 14));
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    let after = dump_of_any_order(&store);
    let lost: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// A store without its database as a killed writer leaves it, with an `.open` segment, and its dump.
fn store_of_killed_writer(dir: &Path) -> (PathBuf, Dump) {
    let original = dir.join("original");
    let store = SledStore::open(&original, &never_compacting()).unwrap().0;
    fill_store(&store);
    let before = dump_store(&store);
    let copy = dir.join("copy");
    copy_folder(&original, &copy);
    drop(store);
    std::fs::remove_dir_all(copy.join("db")).unwrap();
    (copy, before)
}

#[test]
fn a_wrong_checksum_at_the_end_of_an_open_segment_is_no_torn_end() {
    let dir = tempfile::tempdir().unwrap();
    let (copy, _) = store_of_killed_writer(dir.path());
    let open = segment_files(&copy)[0].clone();
    let len = open.metadata().unwrap().len();
    let (begin, kind) = record_starts(&open).pop().unwrap();
    assert_eq!(kind, "metadata");
    // In the checksum, so that everything else can be read.
    let mut bytes = std::fs::read(&open).unwrap();
    let place = bytes.len() - 6;
    assert!(begin < place);
    bytes[place] ^= 1;
    std::fs::write(&open, &bytes).unwrap();
    let (store, report) = SledStore::open(&copy, &never_compacting()).unwrap();
    assert_eq!(report.replay.faults.len(), 1, "{report:?}");
    let left = segment_files(&copy).remove(0);
    assert!(left.to_string_lossy().ends_with(".warc.gz"));
    assert_eq!(left.metadata().unwrap().len(), len, "nothing is cut off");
    let faults = store.verify().unwrap().faults;
    assert!(faults.iter().any(|fault| fault.what.contains(&format!("offset {begin}"))), "{faults:#?}");
}

#[test]
fn a_torn_metadata_record_is_kept_in_a_file_beside() {
    let dir = tempfile::tempdir().unwrap();
    let (copy, _) = store_of_killed_writer(dir.path());
    let open = segment_files(&copy)[0].clone();
    let bytes = std::fs::read(&open).unwrap();
    let members = record_starts(&open);
    let groups: Vec<usize> =
        members.iter().enumerate().filter(|(_, (_, kind))| kind == "metadata").map(|(at, _)| at).collect();
    let before_last = members[groups[groups.len() - 2] + 1].0;
    std::fs::write(&open, &bytes[..bytes.len() - 9]).unwrap();
    let (store, report) = SledStore::open(&copy, &never_compacting()).unwrap();
    assert_eq!(report.replay.faults, Vec::<String>::new());
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    drop(store);
    let found = segment_files(&copy);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(std::fs::read(&found[0]).unwrap(), &bytes[..before_last]);
    assert!(found[1].to_string_lossy().contains(".warc.gz.torn-"), "{found:?}");
    assert_eq!(std::fs::read(&found[1]).unwrap(), &bytes[before_last..bytes.len() - 9]);
}

#[test]
fn a_compacted_database_with_a_damaged_end_is_restored_from_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let before = store_with_small_segments(&original);
    SledStore::compact(&original, &never_compacting()).unwrap();
    let whole = std::fs::read(original.join("db/db")).unwrap();
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap();
    for (round, back) in [0, 40, 400, 4_000].into_iter().enumerate() {
        let copy = dir.path().join(format!("copy{round}"));
        copy_folder(&original, &copy);
        let mut bytes = whole.clone();
        bytes[end - back..].fill(0);
        std::fs::write(copy.join("db/db"), bytes).unwrap();
        drop(SledStore::open(&copy, &never_compacting()).unwrap());
        assert_sound(&copy, &before);
    }
}

#[test]
fn the_fault_of_a_damaged_content_says_that_the_journal_holds_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &never_compacting()).unwrap().0;
    fill_store(&store);
    let body = ContentHash::of(b"reached");
    let (chunks, key) = first_chunk(&store, body);
    chunks.insert(key, b"\x01rotten.").unwrap();
    let faults = store.verify().unwrap().faults;
    assert_eq!((faults.len(), faults[0].place), (1, FaultPlace::Database));
    assert!(faults[0].reason.contains("the journal holds it whole"), "{faults:#?}");
    assert!(faults[0].affects[0].starts_with("http://r.example/start (snapshot "), "{faults:#?}");
    store.close().unwrap();
    let report = SledStore::rebuild(dir.path(), &never_compacting()).unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
    assert!(SledStore::open(dir.path(), &never_compacting()).unwrap().0.read_body(body).is_ok());
}

#[test]
fn a_store_that_cannot_be_written_is_read_from_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let (killed, before) = store_of_killed_writer(dir.path());
    let original = dir.path().join("original");
    let files = |dir: &Path| -> Vec<(PathBuf, u64)> {
        let mut found = Vec::new();
        let mut folders = vec![dir.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let kind = entry.file_type().unwrap();
                if kind.is_dir() {
                    folders.push(entry.path());
                } else {
                    found.push((entry.path(), entry.metadata().unwrap().len()));
                }
            }
        }
        found.sort();
        found
    };
    let denied = |kind: std::io::ErrorKind| StoreError::Io { path: original.clone(), source: kind.into() };
    assert!(crate::store::reads::temporary_copy::is_unwritable(&denied(
        std::io::ErrorKind::ReadOnlyFilesystem
    )));
    assert!(!crate::store::reads::temporary_copy::is_unwritable(&denied(std::io::ErrorKind::NotFound)));
    // A store that was closed, and one of a killed writer, whose segment is still open.
    for (place, number) in [(&original, 0), (&killed, 1)] {
        let untouched = files(place);
        let why = denied(std::io::ErrorKind::PermissionDenied);
        let copy = crate::store::reads::temporary_copy::copy_store(place, &why, &with_journal()).unwrap();
        let (store, _) = SledStore::open(copy.path(), &never_compacting().for_copy()).unwrap();
        assert_same_dump(&dump_store(&store), &before);
        assert_eq!(store.verify().unwrap().faults, Vec::new(), "{number}");
        drop(store);
        assert_eq!(files(place), untouched);
    }
    // Not while the store is open for writing.
    let store = SledStore::open(&original, &never_compacting()).unwrap().0;
    let why = denied(std::io::ErrorKind::PermissionDenied);
    let error =
        crate::store::reads::temporary_copy::copy_store(&original, &why, &with_journal()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    drop(store);
}
