//! A store that its user neither made nor accepted is read from its journal, and never opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::{self, Bench, Finished, Reply};

const URL: &str = "https://one.test/a/1";

/// An archive whose store was made by somebody else.
fn archive_with_store() -> Bench {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    let text = kit::story(1, 12);
    bench.repost("a/1.md", URL, "第1号消息", &text.iter().map(String::as_str).collect::<Vec<_>>());
    bench.run(&["run"]).expect_code(0);
    bench
}

/// A call by a user with a state folder of its own, who trusts the configuration.
fn command_of(bench: &Bench, user: &Path, args: &[&str]) -> Command {
    let mut command = bench.command(args);
    command.args(["--config", "driftline.toml"]);
    command.env_remove("DRIFTLINE_TRUST").env("XDG_STATE_HOME", user);
    command
}

fn call(bench: &Bench, user: &Path, args: &[&str]) -> Finished {
    Finished::of(command_of(bench, user, args))
}

/// Every file below a folder with its content.
fn content_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(content_of(&path));
        } else {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    files
}

fn copies(user: &Path) -> usize {
    std::fs::read_dir(user.join("driftline/copies")).map_or(0, Iterator::count)
}

#[test]
fn a_strangers_store_is_read_from_its_journal_and_left_alone() {
    let bench = archive_with_store();
    let store = bench.root().join(".driftline");
    // A database that sled would stumble over, were it opened.
    for path in content_of(&store.join("db")).keys() {
        std::fs::write(path, b"crafted").unwrap();
    }
    let before = content_of(&store);
    let user = tempfile::tempdir().unwrap();
    for args in
        [&["report", "--format", "jsonl"][..], &["history", URL], &["show", URL], &["store", "verify"]]
    {
        let read = call(&bench, user.path(), args).expect_code(0);
        assert!(read.stdout.contains("one.test") || read.stdout.contains("第1号消息") || args[0] == "store");
        assert_eq!(read.stderr.matches("is left alone").count(), 1, "{}", read.stderr);
        assert!(read.stderr.contains("driftline trust /"), "{}", read.stderr);
        assert_eq!(copies(user.path()), 1);
    }
    let run = call(&bench, user.path(), &["run", "--format", "jsonl"]).expect_code(0);
    assert_eq!(run.report().link("a/1.md", URL).attempts, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("\"unchanged\":true"),
        "the run knows what the journal holds: {}",
        run.stdout
    );
    assert!(content_of(&store) == before, "the store is as it was");
}

#[test]
fn trust_accepts_a_store_until_it_is_taken_back() {
    let bench = archive_with_store();
    let user = tempfile::tempdir().unwrap();
    let trusted = call(&bench, user.path(), &["trust", ".driftline"]).expect_code(0);
    assert!(trusted.stdout.starts_with("Trusted the store "), "{}", trusted.stdout);
    let report = call(&bench, user.path(), &["report"]).expect_code(0);
    assert_eq!((report.stderr.as_str(), copies(user.path())), ("", 0));
    let listed = call(&bench, user.path(), &["trust", "--list"]).expect_code(0).stdout;
    assert!(listed.ends_with(".driftline: store, accepted\n"), "{listed}");
    let removed = call(&bench, user.path(), &["trust", "--remove"]).expect_code(0).stdout;
    assert!(removed.contains(".driftline is no longer trusted."), "{removed}");
    let report = call(&bench, user.path(), &["report"]).expect_code(0);
    assert!(report.stderr.contains("is left alone"), "{}", report.stderr);
}

#[test]
fn what_the_user_names_and_ci_trusts_is_opened() {
    let bench = archive_with_store();
    let user = tempfile::tempdir().unwrap();
    let report = call(&bench, user.path(), &["report", "--store", ".driftline"]).expect_code(0);
    assert_eq!((report.stderr.as_str(), copies(user.path())), ("", 0));
    let mut command = command_of(&bench, user.path(), &["report"]);
    command.env("DRIFTLINE_TRUST", "1");
    let report = Finished::of(command).expect_code(0);
    assert_eq!((report.stderr.as_str(), copies(user.path())), ("", 0));
}

#[test]
fn an_own_store_is_known_after_it_moved_and_a_copy_is_not() {
    let bench = archive_with_store();
    let user = tempfile::tempdir().unwrap();
    let root = bench.root();
    std::fs::remove_dir_all(root.join(".driftline")).unwrap();
    call(&bench, user.path(), &["run"]).expect_code(0);
    if std::fs::metadata(&root).unwrap().created().is_err() {
        println!("skipped: this file system knows no time of birth");
        return;
    }
    std::fs::create_dir(root.join("elsewhere")).unwrap();
    std::fs::rename(root.join(".driftline"), root.join("elsewhere/.driftline")).unwrap();
    std::fs::rename(root.join("elsewhere/.driftline"), root.join(".driftline")).unwrap();
    assert_eq!(call(&bench, user.path(), &["report"]).expect_code(0).stderr, "");

    let copied = Command::new("cp").args(["-a", ".driftline", "copy"]).current_dir(&root).status().unwrap();
    assert!(copied.success());
    std::fs::remove_dir_all(root.join(".driftline")).unwrap();
    std::fs::rename(root.join("copy"), root.join(".driftline")).unwrap();
    let report = call(&bench, user.path(), &["report"]).expect_code(0);
    assert!(report.stderr.contains("is left alone"), "{}", report.stderr);
}

#[test]
fn without_a_database_there_is_nothing_to_fear_and_without_a_journal_nothing_to_read() {
    let bench = archive_with_store();
    let user = tempfile::tempdir().unwrap();
    let store = bench.root().join(".driftline");
    let segments = bench.root().join("segments");
    std::fs::rename(store.join("segments"), &segments).unwrap();
    let refused = call(&bench, user.path(), &["report"]).expect_code(1);
    assert!(refused.stderr.contains("nobody has trusted this store"), "{}", refused.stderr);
    assert!(refused.stderr.contains("driftline trust"), "{}", refused.stderr);

    std::fs::remove_dir_all(&store).unwrap();
    std::fs::create_dir(&store).unwrap();
    std::fs::rename(&segments, store.join("segments")).unwrap();
    let report = call(&bench, user.path(), &["report", "--format", "jsonl"]).expect_code(0);
    assert_eq!(report.report().link("a/1.md", URL).attempts, 1, "{}", report.stderr);
    assert_eq!(copies(user.path()), 0);
    // That it counts as the user's own from now on is said once, with the way back.
    assert!(report.stderr.contains("came without a database"), "{}", report.stderr);
    assert!(report.stderr.contains("driftline trust --remove /"), "{}", report.stderr);
    assert_eq!(call(&bench, user.path(), &["report"]).expect_code(0).stderr, "");
}

#[test]
fn trust_moves_into_a_store_what_was_stored_in_its_place() {
    let bench = archive_with_store();
    let user = tempfile::tempdir().unwrap();
    bench.repost("a/2.md", "https://two.test/a/2", "第1号消息", &["第一句。"]);
    let run = call(&bench, user.path(), &["run", "--format", "jsonl"]);
    let before = run.report().link("a/2.md", "https://two.test/a/2").snapshot.clone();
    assert!(before.is_some(), "{}", run.stderr);
    let runs = |args: &[&str]| {
        let stats = call(&bench, user.path(), args).expect_code(0).stdout;
        serde_json::from_str::<serde_json::Value>(&stats).unwrap()["runs"].as_u64().unwrap()
    };
    assert_eq!(runs(&["store", "stats", "--format", "json"]), 2);
    let shown = call(&bench, user.path(), &["trust", "--dry-run"]).expect_code(0).stdout;
    assert!(shown.contains("Would move into it what was stored in its place, in /"), "{shown}");

    let trusted = call(&bench, user.path(), &["trust"]).expect_code(0).stdout;
    let moved = "Moved into it what was stored in its place: 1 run, 2 visits, 1 capture.\n";
    assert!(trusted.ends_with(moved), "{trusted}");
    assert_eq!(copies(user.path()), 0, "nothing is kept twice");
    assert_eq!(runs(&["store", "stats", "--format", "json"]), 2);
    let report = call(&bench, user.path(), &["report", "--format", "jsonl"]);
    assert_eq!(report.report().link("a/2.md", "https://two.test/a/2").snapshot, before, "{}", report.stderr);
    let verify = call(&bench, user.path(), &["store", "verify"]).expect_code(0);
    assert_eq!(verify.stderr, "", "the segments are one chain");
    call(&bench, user.path(), &["run"]);
    call(&bench, user.path(), &["store", "rebuild"]).expect_code(0);
    assert_eq!(runs(&["store", "stats", "--format", "json"]), 3);
}

#[cfg(unix)]
#[test]
fn trust_refuses_a_store_that_would_be_refused_afterwards() {
    let bench = archive_with_store();
    let user = tempfile::tempdir().unwrap();
    call(&bench, user.path(), &["trust"]).expect_code(0);
    let pipe = bench.root().join(".driftline/segments/pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for args in [&["trust"][..], &["trust", ".driftline"], &["trust", "--dry-run"]] {
        let refused = call(&bench, user.path(), args);
        assert_ne!(refused.code, Some(0), "{}", refused.stdout);
        assert!(refused.stderr.contains("it is a pipe in a store"), "{}", refused.stderr);
    }
    std::fs::remove_file(&pipe).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &pipe).unwrap();
    let refused = call(&bench, user.path(), &["trust"]);
    assert!(refused.code != Some(0) && refused.stderr.contains("symbolic link"), "{}", refused.stderr);
}

#[test]
fn a_journal_that_is_too_long_is_not_copied_and_the_way_out_is_named() {
    let bench = archive_with_store();
    let user = tempfile::tempdir().unwrap();
    let segment = bench.root().join(".driftline/segments/00000002-20260101T000000Z.warc.gz");
    std::fs::File::create(&segment).unwrap().set_len(5 << 30).unwrap();
    let refused = call(&bench, user.path(), &["report"]);
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("the journal has 5.0 GiB"), "{}", refused.stderr);
    assert!(refused.stderr.contains("driftline trust"), "{}", refused.stderr);
    assert!(!user.path().join("driftline/copies").exists());
}
