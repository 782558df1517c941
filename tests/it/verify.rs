//! Tests what `store verify` says of damage that it had to repair first, and of copies that it checks instead.

use std::fs;
use std::path::Path;

use crate::kit::{self, Bench, Reply};
use crate::store::{driftline, imported};

/// Makes the database of a store unreadable for sled.
fn damage_database(store: &Path) {
    fs::write(store.join("db/conf"), b"\xff\xfe nothing that sled wrote").unwrap();
}

/// Flips a bit in the middle of the store's first segment.
fn damage_journal(store: &Path) {
    let segment = fs::read_dir(store.join("segments")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(&segment, bytes).unwrap();
}

#[test]
fn a_database_that_had_to_be_rebuilt_is_damage_even_if_it_is_whole_now() {
    let folder = imported();
    let store = folder.path().join(".driftline");
    damage_database(&store);
    let shown = driftline(folder.path(), 1, &["store", "verify"]);
    assert!(shown.contains("repaired: the database was damaged ("), "{shown}");
    assert!(shown.contains("made anew from the journal: 3 visits with 3 captures, 0 runs"), "{shown}");
    assert!(shown.contains("kept as .driftline/db.damaged-") || shown.contains("/db.damaged-"), "{shown}");
    assert!(shown.contains("is repaired; no other damage found"), "{shown}");
    let shown = driftline(folder.path(), 0, &["store", "verify"]);
    assert!(shown.contains("no damage found") && !shown.contains("repaired"), "{shown}");

    damage_database(&store);
    let shown = driftline(folder.path(), 1, &["store", "verify", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
    assert_eq!((&report["rebuilt"]["visits"], &report["visits"]), (&3.into(), &3.into()), "{report}");
    let kept = report["rebuilt"]["kept_as"].as_str().unwrap();
    assert!(folder.path().join(kept).join("conf").exists(), "{kept}");

    // A repair that was asked for is no failure, and says the same.
    damage_database(&store);
    let shown = driftline(folder.path(), 0, &["store", "verify", "--repair"]);
    assert!(shown.contains("repaired: the database was damaged (") && shown.contains("no damage found"));
    damage_database(&store);
    let shown = driftline(folder.path(), 0, &["store", "verify", "--repair", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
    assert_eq!(report["repaired"]["rebuilt"]["captures"], 3, "{report}");
}

#[test]
fn damage_in_the_database_and_the_journal_is_said_of_both() {
    let folder = imported();
    damage_database(&folder.path().join(".driftline"));
    damage_journal(&folder.path().join(".driftline"));
    let shown = driftline(folder.path(), 1, &["store", "verify"]);
    assert!(shown.contains("in the journal, and the database was damaged too"), "{shown}");
    assert!(!shown.contains("can be read") && !shown.contains("3 snapshots"), "{shown}");
}

#[test]
fn the_copy_of_a_store_that_is_not_trusted_is_named_as_what_was_checked() {
    let bench = Bench::new(|_| Reply::status(404));
    let folder = imported();
    let (from, to) = (folder.path().join(".driftline"), bench.root().join(".driftline"));
    fs::create_dir_all(&to).unwrap();
    fs::rename(from.join("segments"), to.join("segments")).unwrap();
    fs::rename(from.join("db"), to.join("db")).unwrap();
    fs::rename(from.join("schema"), to.join("schema")).unwrap();
    damage_database(&to);
    let user = tempfile::tempdir().unwrap();
    let call = |args: &[&str]| {
        let mut command = bench.command(args);
        command.args(["--config", "driftline.toml"]);
        command.env_remove("DRIFTLINE_TRUST").env("XDG_STATE_HOME", user.path());
        kit::Finished::of(command).expect_code(0).stdout
    };
    let shown = call(&["store", "verify"]);
    assert!(shown.starts_with("note: only the copy ") && shown.contains("itself is not trusted"), "{shown}");
    assert!(shown.contains("3 snapshots") && shown.contains("no damage found"), "{shown}");
    let report: serde_json::Value =
        serde_json::from_str(&call(&["store", "verify", "--format", "json"])).unwrap();
    assert!(report["copy_of_untrusted"].as_str().unwrap().ends_with(".driftline"), "{report}");
    assert!(Path::new(report["store"].as_str().unwrap()).starts_with(user.path()), "{report}");
}

/// A store on a disk that is mounted to be read only, in a mount namespace of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_damaged_store_that_cannot_be_written_is_no_repaired_one() {
    let folder = imported();
    damage_database(&folder.path().join(".driftline"));
    let mount = "mount --bind .driftline .driftline && mount -o remount,bind,ro .driftline";
    let call = |script: &str| {
        let mut command = std::process::Command::new("unshare");
        command.args(["-Urm", "sh", "-c", &format!("{mount} && {script}"), env!("CARGO_BIN_EXE_driftline")]);
        command.env("XDG_STATE_HOME", kit::state_home()).env("NO_COLOR", "1").current_dir(folder.path());
        command.output()
    };
    if !call("true").is_ok_and(|done| done.status.success()) {
        eprintln!("skipped: nothing can be mounted in a user namespace here");
        return;
    }
    let done = call("exec \"$0\" store verify").unwrap();
    let shown = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{shown}");
    assert!(shown.contains("note: the store cannot be written ("), "{shown}");
    assert!(shown.contains("damaged: the database: ") && shown.contains("it stays as it is"), "{shown}");
    assert!(shown.contains("3 snapshots") && shown.contains("faults: 1 in the database, 0 in the journal"));
    assert!(!shown.contains("db.damaged-") && !shown.contains("repaired: "), "{shown}");
}
