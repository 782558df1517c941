//! Tests the commands that maintain the store, from outside: import, verify, stats, export, compact,
//! rebuild, and the backup of `docs/operations.md`.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the program in a folder and gives what it printed, where it ends with this code.
#[track_caller]
pub(crate) fn driftline(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftline"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DRIFTLINE_") {
            command.env_remove(name);
        }
    }
    command.env("XDG_STATE_HOME", crate::kit::state_home());
    let output = command.current_dir(folder).env("NO_COLOR", "1").args(arguments).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\nstdout:\n{shown}\nstderr:\n{said}");
    shown + &said
}

fn response(url: &str, date: &str, body: &str) -> String {
    let block = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0-{date}>\r\nWARC-Date: {date}\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
}

/// A folder with a WARC of three captures of two pages, imported.
pub(crate) fn imported() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let warc = [
        response("https://a.example/one", "2020-01-02T03:04:05Z", "<p>The first text of the first page.</p>"),
        response(
            "https://a.example/one",
            "2021-01-02T03:04:05Z",
            "<p>The second text of the first page.</p>",
        ),
        response("https://b.example/two", "2021-06-02T03:04:05Z", "<p>The text of the other page.</p>"),
    ]
    .concat();
    fs::write(folder.path().join("old.warc"), warc).unwrap();
    let said = driftline(folder.path(), 0, &["import", "old.warc"]);
    assert!(said.contains("3 records, 3 new snapshots, 0 already known"), "{said}");
    folder
}

#[test]
fn an_imported_page_is_there_with_its_own_date() {
    let folder = imported();
    let shown =
        driftline(folder.path(), 0, &["show", "https://a.example/one", "--raw", "--at", "2020-12-31"]);
    assert_eq!(shown, "<p>The first text of the first page.</p>");
    let shown = driftline(folder.path(), 0, &["history", "https://a.example/one"]);
    assert!(shown.contains("2020-01-02 03:04:05Z  alive"), "{shown}");
    let again = driftline(folder.path(), 0, &["import", "old.warc"]);
    assert!(again.contains("0 new snapshots, 3 already known"), "{again}");
    // A file that is missing does not end the others.
    let said = driftline(folder.path(), 1, &["import", "missing.warc", "old.warc"]);
    assert!(said.contains("missing.warc: not imported: there is no such file"), "{said}");
    assert!(said.contains("old.warc: 3 records, 0 new snapshots, 3 already known"), "{said}");
}

#[test]
fn a_folder_a_pipe_and_a_redirect_alone_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let crawl = folder.path().join("crawl/archive");
    fs::create_dir_all(&crawl).unwrap();
    let page =
        response("https://a.example/one", "2020-01-02T03:04:05Z", "<p>The text of the first page.</p>");
    let answer = "HTTP/1.1 301 Moved\r\nLocation: /two\r\n\r\n";
    let redirect = format!(
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: 2020-01-02T03:04:06Z\r\nWARC-Target-URI: https://a.example/old\r\nContent-Length: {}\r\n\r\n{answer}\r\n\r\n",
        answer.len()
    );
    fs::write(crawl.join("one.warc"), &page).unwrap();
    fs::write(crawl.join("notes.txt"), "no captures").unwrap();
    fs::write(folder.path().join("old.warc"), redirect).unwrap();
    let said = driftline(folder.path(), 0, &["import", "crawl", "old.warc"]);
    assert!(said.contains("one.warc: 1 records, 1 new snapshots") && !said.contains("notes.txt"), "{said}");
    assert!(said.contains("1 new visits without a page"), "{said}");
    let shown = driftline(folder.path(), 0, &["history", "https://a.example/old", "-v"]);
    assert!(shown.contains("the page that it leads to was not imported"), "{shown}");
    let program = Command::new(env!("CARGO_BIN_EXE_driftline"))
        .args(["import", "-"])
        .current_dir(folder.path())
        .stdin(fs::File::open(crawl.join("one.warc")).unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&program.stdout);
    assert!(said.starts_with("standard input: 1 records, 0 new snapshots, 1 already known"), "{said}");
}

#[test]
fn a_sound_store_verifies_and_a_damaged_one_does_not() {
    let folder = imported();
    let shown = driftline(folder.path(), 0, &["store", "verify"]);
    assert!(shown.contains("3 snapshots") && shown.contains("no damage found"), "{shown}");
    let shown = driftline(folder.path(), 0, &["store", "stats", "--format", "json"]);
    let stats: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&stats["snapshots"], &stats["hosts"][0]["host"]), (&3.into(), &"a.example".into()));
    assert_eq!(
        (&stats["first_capture"], &stats["last_capture"]),
        (&"2020-01-02T03:04:05Z".into(), &"2021-06-02T03:04:05Z".into())
    );
    let shown = driftline(folder.path(), 0, &["store", "stats"]);
    assert!(shown.contains("a.example"), "{shown}");
    assert!(shown.contains("captured from 2020-01-02 03:04:05Z to 2021-06-02 03:04:05Z"), "{shown}");
    assert!(shown.starts_with("2 URLs, 3 visits, 3 snapshots, 0 comparisons, 0 runs\n"), "{shown}");

    let segments = folder.path().join(".driftline/segments");
    let segment = fs::read_dir(&segments).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(&segment, bytes).unwrap();
    let shown = driftline(folder.path(), 1, &["store", "verify"]);
    assert!(shown.contains("damaged: segment "), "{shown}");
    // The advice is right: the database is intact and needs no rebuild.
    assert!(
        shown.contains("everything in the database can be read") && !shown.contains("rebuild"),
        "{shown}"
    );
    let shown = driftline(folder.path(), 0, &["store", "verify", "--repair"]);
    assert!(shown.contains("repaired: segment ") && shown.contains("the old segment is kept as"), "{shown}");
    assert!(shown.contains("3 visits, 3 snapshots") && shown.contains("no damage found"), "{shown}");
    fs::remove_dir_all(folder.path().join(".driftline/db")).unwrap();
    let shown = driftline(folder.path(), 0, &["store", "verify"]);
    assert!(shown.contains("3 visits, 3 snapshots") && shown.contains("no damage found"), "{shown}");
}

#[test]
fn a_damaged_journal_costs_a_rebuild_nothing() {
    let folder = imported();
    let segments = folder.path().join(".driftline/segments");
    let segment = fs::read_dir(&segments).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&segment).unwrap();
    for part in 1..6 {
        let mut bad = bytes.clone();
        let place = bad.len() * part / 6;
        bad[place] ^= 0x20;
        fs::write(&segment, bad).unwrap();
        let shown = driftline(folder.path(), 0, &["store", "rebuild"]);
        assert!(shown.contains("rebuilt from the journal: 3 visits, 3 snapshots"), "{shown}");
        let shown = driftline(folder.path(), 0, &["store", "verify"]);
        assert!(shown.contains("3 visits, 3 snapshots") && shown.contains("no damage found"), "{shown}");
    }
    // All segments gone.
    for entry in fs::read_dir(&segments).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let shown = driftline(folder.path(), 1, &["store", "verify"]);
    assert!(shown.contains("are missing") && shown.contains("affects https://b.example/two"), "{shown}");
    driftline(folder.path(), 0, &["store", "verify", "--repair"]);
    driftline(folder.path(), 0, &["store", "rebuild"]);
    let shown = driftline(folder.path(), 0, &["show", "https://b.example/two", "--raw"]);
    assert_eq!(shown, "<p>The text of the other page.</p>");
}

#[test]
fn without_a_journal_a_damaged_database_is_said_and_left() {
    let folder = imported();
    fs::remove_dir_all(folder.path().join(".driftline/segments")).unwrap();
    fs::write(folder.path().join(".driftline/db/conf"), b"\xff\xfe nothing that sled wrote").unwrap();
    for arguments in [&["show", "https://b.example/two"][..], &["store", "verify"], &["import", "old.warc"]] {
        let said = driftline(folder.path(), 1, &[arguments, &["--set", "store.warc=false"]].concat());
        assert!(said.contains("left as it is") && said.contains("backup"), "{said}");
        assert!(!said.contains("panicked") && !said.contains("backtrace"), "{said}");
    }
    let names =
        fs::read_dir(folder.path().join(".driftline")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("damaged")));
}

#[test]
fn what_is_exported_can_be_imported_elsewhere() {
    let folder = imported();
    let said = driftline(folder.path(), 0, &["export", "--warc", "out.warc.gz", "--host", "a.example"]);
    assert!(said.contains("out.warc.gz: 2 snapshots"), "{said}");
    let said = driftline(folder.path(), 0, &["export", "--wacz", "out.wacz", "https://b.example/two"]);
    assert!(said.contains("out.wacz: 1 snapshots"), "{said}");
    driftline(folder.path(), 0, &["--store", "other", "import", "out.warc.gz"]);
    let shown = driftline(folder.path(), 0, &["--store", "other", "show", "https://a.example/one", "--raw"]);
    assert_eq!(shown, "<p>The second text of the first page.</p>");
    for wrong in [
        &["export"][..],
        &["export", "--warc", "a", "--wacz", "b"],
        &["export", "--warc", "a", "--from", "x"],
    ] {
        driftline(folder.path(), 3, wrong);
    }
    driftline(folder.path(), 1, &["--store", "none", "export", "--warc", "a.warc.gz"]);
}

#[test]
fn an_export_that_takes_nothing_says_so_and_one_may_go_to_standard_output() {
    let folder = imported();
    let said = driftline(folder.path(), 1, &["export", "--warc", "out.warc.gz", "--host", "c.example"]);
    assert!(said.contains("no snapshot matches") && !folder.path().join("out.warc.gz").exists(), "{said}");
    for format in ["--warc", "--wacz"] {
        let output = Command::new(env!("CARGO_BIN_EXE_driftline"))
            .current_dir(folder.path())
            .env("XDG_STATE_HOME", crate::kit::state_home())
            .args(["export", format, "-"])
            .output()
            .unwrap();
        assert!(output.status.success());
        let start: &[u8] = if format == "--warc" { b"\x1f\x8b" } else { b"PK" };
        assert!(output.stdout.starts_with(start));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("-: 3 snapshots, {} bytes", output.stdout.len())), "{said}");
        assert!(!folder.path().join("-").exists());
    }
}

#[test]
fn an_imported_error_does_not_take_the_place_of_the_page() {
    let folder = imported();
    let gone = response("https://a.example/one", "2022-01-02T03:04:05Z", "<p>Nothing is here.</p>")
        .replace("200 OK", "404 No");
    fs::write(folder.path().join("gone.warc"), gone).unwrap();
    let said = driftline(folder.path(), 0, &["import", "gone.warc"]);
    assert!(said.contains("0 new snapshots") && said.contains("1 new visits without a page"), "{said}");
    let shown = driftline(folder.path(), 0, &["show", "https://a.example/one", "--raw"]);
    assert_eq!(shown, "<p>The second text of the first page.</p>");
    let shown = driftline(folder.path(), 0, &["history", "https://a.example/one"]);
    assert!(shown.contains("2022-01-02 03:04:05Z  dead"), "{shown}");
    // A page of which only a part arrived is kept, and reported as such.
    let part = response("https://a.example/one", "2023-01-02T03:04:05Z", "<p>The third text")
        .replace("Content-Length: 17\r", "Content-Length: 99\r");
    fs::write(folder.path().join("part.warc"), part).unwrap();
    driftline(folder.path(), 0, &["import", "part.warc"]);
    let shown = driftline(folder.path(), 0, &["show", "https://a.example/one", "--headers"]);
    assert!(shown.contains("\n200 OK\n") && shown.contains("content-length: 99"), "{shown}");
    let shown = driftline(folder.path(), 0, &["history", "https://a.example/one"]);
    assert!(shown.contains("body-incomplete"), "{shown}");
}

#[test]
fn compaction_and_rebuild_lose_nothing() {
    let folder = imported();
    for action in ["compact", "rebuild"] {
        driftline(folder.path(), 0, &["store", action]);
        let shown = driftline(folder.path(), 0, &["store", "verify"]);
        assert!(shown.contains("3 visits, 3 snapshots") && shown.contains("no damage found"), "{shown}");
    }
}

#[test]
fn pruning_asks_first() {
    let folder = imported();
    let said = driftline(folder.path(), 0, &["store", "prune", "--keep", "last"]);
    assert!(said.contains("1 of 3 snapshots of 1 URLs would be removed"), "{said}");
    let said = driftline(folder.path(), 0, &["store", "prune", "--keep", "first,30d", "--apply"]);
    assert!(said.contains("0 of 3 snapshots"), "{said}");
    driftline(folder.path(), 0, &["store", "prune", "--keep", "last", "--apply"]);
    let shown = driftline(folder.path(), 0, &["store", "verify"]);
    assert!(shown.contains("3 visits, 2 snapshots") && shown.contains("no damage found"), "{shown}");
    let shown = driftline(folder.path(), 0, &["show", "https://a.example/one", "--raw"]);
    assert_eq!(shown, "<p>The second text of the first page.</p>");
    driftline(folder.path(), 3, &["store", "prune"]);
    driftline(folder.path(), 3, &["store", "prune", "--keep", "nothing"]);
}

/// The commands of `docs/operations.md` in the code blocks that are marked as backup or restore.
#[test]
#[cfg(unix)]
fn the_documented_backup_restores() {
    let page = include_str!("../../docs/operations.md");
    let commands: Vec<&str> = page
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.strip_prefix("sh backup\n").or_else(|| block.strip_prefix("sh restore\n")))
        .collect();
    assert_eq!(commands.len(), 3, "two ways to back up, one to restore");
    let folder = imported();
    let program = Path::new(env!("CARGO_BIN_EXE_driftline")).parent().unwrap().display().to_string();
    for script in commands {
        let path = format!("{program}:{}", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("sh");
        command.current_dir(folder.path()).args(["-euc", script]).env("PATH", path);
        command.env("XDG_STATE_HOME", crate::kit::state_home());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{script}\n{said}");
    }
    let shown = driftline(folder.path(), 0, &["store", "verify"]);
    assert!(shown.contains("3 visits, 3 snapshots") && shown.contains("no damage found"), "{shown}");
}
