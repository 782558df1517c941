//! Where a store may lie, what may be in its folder, and who may read it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::PathBuf;

use super::filled_store::fill_store;
use super::*;
use crate::store::StoreException;

fn allowing(exception: StoreException) -> StoreOptions {
    StoreOptions { allow: BTreeSet::from([exception]), ..with_journal() }
}

fn make_store(dir: &Path) {
    let store = SledStore::open(dir, &with_journal()).unwrap().0;
    fill_store(&store);
    store.close().unwrap();
}

fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(opened: Result<T, StoreError>) -> String {
    match opened {
        Err(error @ StoreError::Refused { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

/// What each way to open a store says.
fn refusals_of_all(dir: &Path, options: &StoreOptions) -> Vec<String> {
    vec![
        refusal(SledStore::open(dir, options)),
        refusal(SledStore::open_existing(dir, options)),
        refusal(SledStore::open_for_inspection(dir, options)),
        refusal(StoreReader::open(dir, options).map(|_| ())),
        refusal(SledStore::rebuild(dir, options)),
        refusal(SledStore::repair(dir, options)),
        refusal(SledStore::compact(dir, options)),
    ]
}

#[test]
fn a_lock_that_is_a_link_is_not_followed_by_anything() {
    let dir = tempfile::tempdir().unwrap();
    let (store, victim) = (dir.path().join("store"), dir.path().join("victim"));
    make_store(&store);
    fs::write(&victim, "kept").unwrap();
    fs::remove_file(store.join("lock")).unwrap();
    symlink("../victim", store.join("lock")).unwrap();
    for said in refusals_of_all(&store, &with_journal()) {
        assert_eq!(said, format!("{}: it is a symbolic link in a store", store.join("lock").display()));
    }
    // Links may be allowed, but the lock is written and is never one.
    for said in refusals_of_all(&store, &allowing(StoreException::Links)) {
        assert_eq!(said, format!("{}: it is a symbolic link in a store", store.join("lock").display()));
    }
    let refused = SledStore::open(&store, &with_journal()).unwrap_err();
    assert!(matches!(refused, StoreError::Refused { exception: None, .. }), "{refused:?}");
    assert_eq!(fs::read(&victim).unwrap(), b"kept");
}

#[test]
fn every_file_of_a_store_must_be_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    make_store(&store);
    let segment = segments_in(&store).remove(0);
    let names = ["schema", "db", "db/conf", "db/db", "segments", "readers.sock", "db.compact", "other"];
    for path in names.iter().map(|name| store.join(name)).chain([segment]) {
        let aside = dir.path().join("aside");
        let existed = fs::rename(&path, &aside).is_ok();
        for (reason, make) in [
            ("it is a symbolic link in a store", (|path| symlink("/nowhere", path).unwrap()) as fn(&Path)),
            ("it is a pipe in a store", make_pipe),
        ] {
            make(&path);
            let expected = format!("{}: {reason}", path.display());
            assert_eq!(refusal(SledStore::open(&store, &with_journal())), expected);
            fs::remove_file(&path).unwrap();
        }
        if existed {
            fs::rename(&aside, &path).unwrap();
        }
    }
    SledStore::open(&store, &with_journal()).unwrap();
}

fn segments_in(store: &Path) -> Vec<PathBuf> {
    fs::read_dir(store.join("segments")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn segments_may_lie_elsewhere_where_links_are_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    make_store(&store);
    fs::rename(store.join("segments"), dir.path().join("big-disk")).unwrap();
    symlink("../big-disk", store.join("segments")).unwrap();
    let refused = SledStore::open(&store, &with_journal()).unwrap_err();
    let exception = Some(StoreException::Links);
    assert!(matches!(&refused, StoreError::Refused { exception: e, .. } if *e == exception), "{refused:?}");
    let opened = SledStore::open(&store, &allowing(StoreException::Links)).unwrap().0;
    assert!(!opened.read_runs().unwrap().is_empty());
    drop(opened);
    // What a linked folder has is looked at too, and other files must not be links.
    let segment = segments_in(&store).remove(0);
    fs::rename(&segment, dir.path().join("one")).unwrap();
    symlink("../one", &segment).unwrap();
    drop(SledStore::open(&store, &allowing(StoreException::Links)).unwrap());
    make_pipe(&store.join("segments/pipe"));
    refusal(SledStore::open(&store, &allowing(StoreException::Links)));
    fs::remove_file(store.join("segments/pipe")).unwrap();
    fs::rename(store.join("db/conf"), dir.path().join("conf")).unwrap();
    symlink("../../conf", store.join("db/conf")).unwrap();
    refusal(SledStore::open(&store, &allowing(StoreException::Links)));
}

#[test]
fn no_link_is_on_the_way_to_a_store_within_the_archive() {
    let dir = tempfile::tempdir().unwrap();
    let (real, elsewhere) = (dir.path().join("real"), dir.path().join("elsewhere"));
    fs::create_dir_all(real.join("archive")).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    symlink("real", dir.path().join("data")).unwrap();
    let archive = dir.path().join("data/archive");
    let inside = StoreOptions { without_links_below: vec![archive.clone()], ..with_journal() };
    // A link above the archive is the user's own.
    SledStore::open(&archive.join("store"), &inside).unwrap();
    symlink("../../elsewhere", archive.join("sub")).unwrap();
    let said = refusal(SledStore::open(&archive.join("sub/store"), &inside));
    let link = archive.join("sub");
    assert_eq!(said, format!("{}: a folder on the way to the store is a symbolic link", link.display()));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "nothing is made behind the link");

    symlink("store", archive.join("link")).unwrap();
    for said in refusals_of_all(&archive.join("link"), &with_journal()) {
        assert!(said.ends_with("link: the store is a symbolic link"), "{said}");
    }
    for options in [allowing(StoreException::Links), StoreOptions { named: true, ..inside.clone() }] {
        SledStore::open(&archive.join("link"), &options).unwrap();
    }
}

#[test]
fn a_store_of_another_user_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    make_store(dir.path());
    for path in [dir.path().to_owned(), dir.path().join("lock"), dir.path().join("db/conf")] {
        if chown(&path, Some(12_345), None).is_err() {
            println!("skipped: only root can give a file to another user");
            return;
        }
        for said in refusals_of_all(dir.path(), &with_journal()) {
            assert_eq!(said, format!("{}: it belongs to another user (user id 12345)", path.display()));
        }
        SledStore::open(dir.path(), &allowing(StoreException::OtherOwner)).unwrap();
        chown(&path, Some(0), None).unwrap();
    }
}

/// The permissions of everything below a folder that `closed` takes away, with the paths.
fn too_open(folder: &Path, closed: u32) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let mode = metadata.permissions().mode() & 0o777;
        if mode & closed != 0 {
            found.push((path.clone(), mode));
        }
        if metadata.is_dir() {
            found.extend(too_open(&path, closed));
        }
    }
    found
}

#[test]
fn a_store_is_open_to_nobody_to_whom_its_folder_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("above/store");
    let store = SledStore::open(&path, &with_journal()).unwrap().0;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(path.join("readers.sock").exists());
    assert_eq!(too_open(&path, 0o077), []);
    fill_store(&store);
    store.close().unwrap();
    SledStore::compact(&path, &with_journal()).unwrap();
    SledStore::rebuild(&path, &with_journal()).unwrap();
    assert_eq!(too_open(&path, 0o077), []);

    // A folder that the user opened for a group stays so, and what was open to others no longer is.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
    let (schema, conf) = (path.join("schema"), path.join("db/conf"));
    fs::set_permissions(&schema, fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(&conf, fs::Permissions::from_mode(0o644)).unwrap();
    let store = SledStore::open(&path, &with_journal()).unwrap().0;
    assert_eq!(too_open(&path, 0o027), []);
    for open in [&schema, &conf] {
        assert_eq!(fs::metadata(open).unwrap().permissions().mode() & 0o777, 0o640);
    }
    drop(store);
}

#[test]
fn a_lock_that_other_hosts_do_not_see_is_refused() {
    use crate::store::lock::{LockPurpose, StoreLock};
    use crate::store::lock_reach::LockReach;
    let dir = tempfile::tempdir().unwrap();
    let acquire = |options: &StoreOptions| {
        let reach = |_: &fs::File| LockReach::ThisHostOnly("cifs".to_owned());
        StoreLock::acquire_where(dir.path(), LockPurpose::Write, options, reach).map(|_| ())
    };
    let said = refusal(acquire(&with_journal()));
    assert!(said.contains("network file system (cifs)") && said.contains("other hosts do not see"), "{said}");
    acquire(&allowing(StoreException::UnseenLock)).unwrap();
    let shared = |options: &StoreOptions| {
        let reach = |_: &fs::File| LockReach::ThisHostOnly("cifs".to_owned());
        StoreLock::acquire_shared_where(dir.path(), options, reach).map(|lock| lock.is_some())
    };
    refusal(shared(&with_journal()));
    assert!(shared(&allowing(StoreException::UnseenLock)).unwrap());
}
