//! Tests that a store which came with an archive cannot lead driftline to files outside of it, and that a
//! store is closed to other users.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use driftline::app::demo::server::Reply;

use crate::kit::{self, Bench};

const SOURCE: &str = "http://one.test/1";

fn bench() -> Bench {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    bench.write("a.md", &format!("# T\n\n参考链接：[source]({SOURCE})\n"));
    bench
}

/// Every command that opens the store.
const COMMANDS: [&[&str]; 9] = [
    &["run", "."],
    &["check", "."],
    &["report"],
    &["history", SOURCE],
    &["show", SOURCE],
    &["export", "--warc", "out.warc.gz"],
    &["store", "stats"],
    &["store", "rebuild"],
    &["store", "compact"],
];

#[test]
fn a_lock_that_leads_out_of_the_archive_is_refused_by_every_command() {
    let bench = bench();
    bench.run(&["run", "."]).expect_code(0);
    let victim = bench.write("../home/profile", "export PATH=important\n");
    let lock = bench.root().join(".driftline/lock");
    fs::remove_file(&lock).unwrap();
    symlink("../../home/profile", &lock).unwrap();
    for command in COMMANDS {
        let run = bench.run(command).expect_code(1);
        assert!(run.stderr.contains("lock: it is a symbolic link in a store"), "{command:?}: {}", run.stderr);
        assert!(run.stderr.contains("hint: move it away"), "{command:?}: {}", run.stderr);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "export PATH=important\n", "{command:?}");
    }
}

#[test]
fn a_store_behind_a_link_is_refused_unless_the_user_says_otherwise() {
    let bench = bench();
    let elsewhere = bench.root().join("../elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink("../elsewhere", bench.root().join(".driftline")).unwrap();
    symlink("../elsewhere", bench.root().join("sub")).unwrap();
    let is_untouched = || fs::read_dir(&elsewhere).unwrap().count() == 0;
    let refused = |args: &[&str]| {
        let run = bench.run(args).expect_code(1);
        assert!(run.stderr.contains("symbolic link") && run.stderr.contains("--store DIR"), "{}", run.stderr);
        assert!(is_untouched(), "{args:?}");
        run.stderr
    };
    assert!(refused(&["run", "."]).contains(".driftline: the store is a symbolic link"));
    let behind = refused(&["run", ".", "--set", "store.dir=sub/store"]);
    assert!(behind.contains("sub: a folder on the way to the store is a symbolic link"), "{behind}");

    // An archive cannot vouch for itself.
    let config = fs::read_to_string(bench.root().join("driftline.toml")).unwrap();
    bench.write("driftline.toml", &format!("{config}\n[store]\nallow = [\"links\"]\n"));
    let mut untrusted = bench.command(&["run", ".", "--set", "network.resolve={\"*\"=\"127.0.0.1:9\"}"]);
    untrusted.env_remove("DRIFTLINE_TRUST");
    let untrusted = kit::Finished::of(untrusted).expect_code(1);
    for said in ["the store is a symbolic link", "store.allow", "driftline trust"] {
        assert!(untrusted.stderr.contains(said) && is_untouched(), "{said}: {}", untrusted.stderr);
    }
    bench.run(&["run", ".", "--set", "store.allow=[\"links\"]"]).expect_code(0);
    assert!(!is_untouched());
    // What the user names is the user's wish.
    bench.run(&["run", ".", "--store", ".driftline"]).expect_code(0);
    bench.run(&["run", "."]).expect_code(0);
}

#[test]
fn a_file_with_a_second_name_is_not_written_into() {
    let bench = bench();
    let precious = bench.write("../home/precious", "do not lose this\n");
    fs::create_dir(bench.root().join(".driftline")).unwrap();
    fs::hard_link(&precious, bench.root().join(".driftline/lock")).unwrap();
    let run = bench.run(&["run", "."]).expect_code(1);
    assert!(run.stderr.contains("lock: it has a second name"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&precious).unwrap(), "do not lose this\n");
}

#[test]
fn a_link_above_the_archive_is_the_users_own() {
    let bench = bench();
    let link = bench.root().join("../data");
    symlink("archive", &link).unwrap();
    let mut command = bench.command(&["run", link.to_str().unwrap()]);
    command.current_dir("/");
    kit::Finished::of(command).expect_code(0);
    assert!(bench.root().join(".driftline/schema").is_file());
}

#[test]
fn a_store_of_another_user_is_refused() {
    let bench = bench();
    bench.run(&["run", "."]).expect_code(0);
    let store = bench.root().join(".driftline");
    if chown(&store, Some(12_345), None).is_err() {
        println!("skipped: only root can give a folder to another user");
        return;
    }
    for command in COMMANDS {
        let run = bench.run(command).expect_code(1);
        assert!(
            run.stderr.contains("belongs to another user (user id 12345)"),
            "{command:?}: {}",
            run.stderr
        );
    }
    bench.run(&["report", "--set", "store.allow=[\"other-owner\"]"]).expect_code(0);
}

/// The files below a folder that a group or others may use.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.permissions().mode() & 0o077 != 0 {
            found.push(format!("{} {:o}", path.display(), metadata.permissions().mode()));
        }
        if metadata.is_dir() {
            found.extend(open_to_others(&path));
        }
    }
    found
}

#[test]
fn a_store_is_closed_to_others() {
    let bench = bench();
    let store = bench.root().join(".driftline");
    bench.run(&["run", "."]).expect_code(0);
    assert_eq!(fs::metadata(&store).unwrap().permissions().mode() & 0o777, 0o700);
    for command in [&["report"] as &[&str], &["store", "compact"], &["store", "rebuild"], &["run", "."]] {
        bench.run(command).expect_code(0);
        assert_eq!(open_to_others(&store), Vec::<String>::new(), "{command:?}");
    }
}
