//! A configuration that came with an archive reaches no further than the archive until its user says so.

use std::path::Path;
use std::process::Command;

use driftline::app::demo::server::{Reply, Server};

use crate::kit::{self, Finished};

/// An archive with a link to a port of this machine, and a configuration of its own.
struct Case {
    dir: tempfile::TempDir,
    server: Server,
}

const HARMFUL: &str =
    "[network]\nallow_private = true\n[report]\nmax_listed = 3\n[store]\ndir = \"../victim\"\n";

impl Case {
    fn new(config: &str) -> Self {
        let server = Server::start(|_| Reply::status(404)).unwrap();
        let dir = tempfile::TempDir::with_prefix("driftline-it-trust-").unwrap();
        let case = Self { dir, server };
        let link =
            format!("# 题目\n\n正文一句。\n\n参考链接：[来源](http://{}/reboot)\n", case.server.http_addr());
        std::fs::create_dir(case.archive()).unwrap();
        std::fs::write(case.archive().join("a.md"), link).unwrap();
        case.configure(config);
        case
    }

    fn archive(&self) -> std::path::PathBuf {
        self.dir.path().join("archive")
    }

    fn configure(&self, config: &str) {
        std::fs::write(self.archive().join("driftline.toml"), config).unwrap();
    }

    /// A call from outside the archive by a user who has trusted nothing yet.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = kit::program(self.dir.path());
        command.args(args).env_remove("DRIFTLINE_TRUST");
        command.env("XDG_STATE_HOME", self.dir.path().join("state"));
        command
    }

    fn call(&self, args: &[&str]) -> Finished {
        Finished::of(self.command(args))
    }

    fn was_asked(&self) -> bool {
        !self.server.log().is_empty()
    }

    fn has_victim(&self) -> bool {
        self.dir.path().join("victim").exists()
    }
}

#[test]
fn what_came_with_the_archive_does_not_reach_out() {
    let case = Case::new(HARMFUL);
    for args in [&["run", "archive"][..], &["check", "archive", "-q"]] {
        let run = case.call(args);
        assert!(!case.was_asked() && !case.has_victim(), "{}", run.stderr);
        assert!(case.archive().join(".driftline").is_dir(), "{}", run.stderr);
        let said = &run.stderr;
        assert_eq!(said.matches("is not trusted").count(), 1, "{said}");
        assert!(said.contains("driftline.toml is not trusted"), "{said}");
        assert!(said.contains("network.allow_private (line 2), store.dir (line 6)"), "{said}");
        assert!(!said.contains("max_listed"), "{said}");
        assert!(said.contains("driftline trust /"), "{said}");
    }
}

#[test]
fn the_user_can_allow_it_in_four_ways() {
    let config = "[network]\nallow_private = true\n";
    let silent = |case: &Case, run: &Finished| {
        assert!(case.was_asked(), "{}", run.stderr);
        assert!(!run.stderr.contains("trusted"), "{}", run.stderr);
    };
    let case = Case::new(config);
    silent(&case, &case.call(&["run", "archive", "--config", "archive/driftline.toml"]));

    let case = Case::new(config);
    let mut command = case.command(&["run", "archive"]);
    command.env("DRIFTLINE_TRUST", "1");
    silent(&case, &Finished::of(command));

    let case = Case::new(config);
    silent(&case, &case.call(&["run", "archive", "--set", "network.allow_private=true"]));

    let case = Case::new(config);
    let trusted = case.call(&["trust", "archive"]).expect_code(0);
    assert!(trusted.stdout.contains("  line 2: network.allow_private = true\n"), "{}", trusted.stdout);
    silent(&case, &case.call(&["run", "archive"]));
}

#[test]
fn a_new_value_asks_again_and_a_harmless_change_does_not() {
    let case = Case::new("[network]\nallow_private = true\n");
    case.call(&["trust", "archive"]).expect_code(0);
    case.configure("# a remark\n[report]\nmax_listed = 5\n[network]\nallow_private = true\n");
    let run = case.call(&["run", "archive"]);
    assert!(case.was_asked() && !run.stderr.contains("trusted"), "{}", run.stderr);

    case.configure(HARMFUL);
    let run = case.call(&["run", "archive"]);
    assert!(run.stderr.contains("the defaults are used for store.dir (line 6)\n"), "{}", run.stderr);
    assert!(!case.has_victim(), "{}", run.stderr);

    let listed = case.call(&["trust", "--list"]).expect_code(0);
    assert!(
        listed.stdout.contains("archive/driftline.toml: may set\n  network.allow_private = true\n"),
        "{}",
        listed.stdout
    );
    case.call(&["trust", "--remove", "archive"]).expect_code(0);
    // The store that the user made stays known.
    let listed = case.call(&["trust", "--list"]).expect_code(0).stdout;
    assert!(listed.ends_with(".driftline: store\n") && !listed.contains("allow_private"), "{listed}");
    case.call(&["trust", "--remove", "archive"]).expect_code(1);
    case.server.clear_log();
    let run = case.call(&["run", "archive"]);
    assert!(!case.was_asked() && run.stderr.contains("network.allow_private"), "{}", run.stderr);
}

#[test]
fn commands_without_the_network_mention_only_the_store() {
    let case = Case::new(HARMFUL);
    let links = case.call(&["links", "archive"]).expect_code(0);
    assert!(links.stderr.contains("defaults are used for store.dir (line 6)\n"), "{}", links.stderr);
    case.configure("[network]\nallow_private = true\n");
    let said = case.call(&["links", "archive"]).expect_code(0).stderr;
    assert_eq!(said, "originals named: 0 of 1 articles\n");
}

#[test]
fn a_file_that_init_made_may_be_edited_by_its_user() {
    let case = Case::new("");
    let path = case.archive().join("driftline.toml");
    std::fs::remove_file(&path).unwrap();
    case.call(&["init", "archive"]).expect_code(0);
    if std::fs::metadata(&path).unwrap().created().is_err() {
        println!("skipped: this file system knows no time of birth");
        return;
    }
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("#allow_private = false", "allow_private = true")).unwrap();
    let run = case.call(&["run", "archive"]);
    assert!(case.was_asked() && !run.stderr.contains("trusted"), "{}", run.stderr);

    // A version control system or an unpacker puts another file in its place.
    case.server.clear_log();
    let other = case.archive().join("new");
    std::fs::write(&other, HARMFUL).unwrap();
    std::fs::rename(&other, &path).unwrap();
    let run = case.call(&["run", "archive"]);
    assert!(!case.was_asked() && run.stderr.contains("is not trusted"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_file_of_another_user_is_never_trusted() {
    let case = Case::new("[network]\nallow_private = true\n");
    let path = case.archive().join("driftline.toml");
    if std::os::unix::fs::chown(&path, Some(54_321), None).is_err() {
        println!("skipped: only the administrator can give a file away");
        return;
    }
    let refused = case.call(&["trust", "archive"]).expect_code(3);
    assert!(refused.stderr.contains("another user (uid 54321)"), "{}", refused.stderr);
    let mut command = case.command(&["run", "archive"]);
    command.env("DRIFTLINE_TRUST", "1");
    let run = Finished::of(command);
    assert!(!case.was_asked(), "{}", run.stderr);
    assert!(run.stderr.contains("belongs to another user (uid 54321)"), "{}", run.stderr);
    assert!(run.stderr.contains("--config /"), "{}", run.stderr);
    case.call(&["run", "archive", "--config", "archive/driftline.toml"]);
    assert!(case.was_asked());
}

#[cfg(unix)]
#[test]
fn a_record_that_another_user_wrote_allows_nothing() {
    let case = Case::new("[network]\nallow_private = true\n");
    case.call(&["trust", "archive"]).expect_code(0);
    let records = case.dir.path().join("state/driftline/trusted");
    let record = std::fs::read_dir(&records).unwrap().next().unwrap().unwrap().path();
    if std::os::unix::fs::chown(&record, Some(54_321), None).is_err() {
        println!("skipped: only the administrator can give a file away");
        return;
    }
    let run = case.call(&["run", "archive"]);
    assert!(!case.was_asked() && run.stderr.contains("is not trusted"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_the_store_out_of_the_archive() {
    let case = Case::new("[store]\ndir = \"inner/store\"\n");
    let victim = case.dir.path().join("victim");
    std::fs::create_dir(&victim).unwrap();
    std::os::unix::fs::symlink(&victim, case.archive().join("inner")).unwrap();
    let run = case.call(&["check", "archive"]);
    assert!(run.stderr.contains("store.dir (line 2)"), "{}", run.stderr);
    assert_eq!(std::fs::read_dir(&victim).unwrap().count(), 0);
    assert!(Path::new(&case.archive()).join(".driftline").is_dir());
}

#[test]
fn trust_shows_beforehand_what_it_would_allow() {
    let case = Case::new(HARMFUL);
    let shown = case.call(&["trust", "--dry-run", "archive"]).expect_code(0).stdout;
    assert!(shown.starts_with("Would trust /") && shown.contains("It could then set:"), "{shown}");
    assert!(shown.contains("  line 2: network.allow_private = true\n"), "{shown}");
    assert!(shown.contains("  line 6: store.dir = \"../victim\"\n"), "{shown}");
    assert_eq!(case.call(&["trust", "--list"]).expect_code(0).stdout, "");
    case.configure("[network]\nproxy = \"http://me:s3cr3t@127.0.0.1:9\"\n");
    case.call(&["trust", "archive"]).expect_code(0);
    let listed = case.call(&["trust", "--list"]).expect_code(0).stdout;
    assert!(listed.contains("  network.proxy = \"http://***@127.0.0.1:9\"\n"), "{listed}");
}

#[test]
fn a_result_takes_the_place_of_no_article_and_of_no_store() {
    let case = Case::new("");
    let article = case.archive().join("a.md");
    let before = std::fs::read_to_string(&article).unwrap();
    std::fs::write(case.dir.path().join("other.md"), "earlier").unwrap();
    for args in [
        &["links", "archive", "-o", "archive/a.md"][..],
        &["run", "archive", "-o", "archive/a.md"],
        &["links", "archive/a.md", "-o", "archive/../archive/a.md"],
        &["diff", "other.md", "archive/a.md", "-o", "other.md"],
        &["text", "other.md", "-o", "other.md"],
    ] {
        let refused = case.call(args).expect_code(3);
        assert!(refused.stderr.contains("read as an article"), "{args:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("remove it first"), "{args:?}: {}", refused.stderr);
    }
    assert_eq!(std::fs::read_to_string(&article).unwrap(), before);
    assert!(!case.was_asked());
    for args in [
        &["links", "archive", "-o", "archive/.driftline"][..],
        &["links", "archive", "-o", "archive/.driftline/x"],
        &["links", "archive", "-o", "out/x", "--store", "out/x"],
        &["export", "--warc", "here/db", "--store", "here"],
    ] {
        let refused = case.call(args).expect_code(3);
        assert!(refused.stderr.contains("the store belongs there"), "{args:?}: {}", refused.stderr);
    }
    assert!(!case.archive().join(".driftline").exists());
    case.call(&["links", "archive", "-o", "other.md"]).expect_code(0);
    case.call(&["links", "archive", "-o", "archive/new.txt"]).expect_code(0);
    case.call(&["links", "archive", "-o", "archive/new.txt"]).expect_code(0);
}
