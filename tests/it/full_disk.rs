//! Tests a full disk, as a process sees it: a limit on the length of its files.
#![cfg(unix)]

use std::fmt::Write as _;
use std::process::Command;

use driftline::app::demo::server::Reply;

use crate::kit::{self, Bench, Finished};

/// Pages whose paragraphs hardly compress.
fn page(number: u64) -> Reply {
    let mut random = fastrand::Rng::with_seed(number);
    let mut paragraphs = kit::story(number, 12);
    for _ in 0..20 {
        let mut text = String::new();
        for _ in 0..100 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{:016x}", random.u64(..));
        }
        paragraphs.push(text);
    }
    kit::page(&format!("第{number}号消息"), &paragraphs.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The command in a process whose files may have at most this number of KiB; a longer one is a write
/// error.
fn limited(command: &Command, kib: u32) -> Command {
    let mut limited = Command::new("sh");
    limited.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2));
    limited.arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

#[test]
fn a_full_disk_ends_the_run_with_one_message_and_the_next_run_goes_on() {
    let bench = Bench::new(|request| {
        let number = request.path.strip_prefix("/a/").and_then(|number| number.parse().ok());
        number.map_or(Reply::status(404), page)
    });
    for number in 0..80_u64 {
        let url = format!("https://h{}.test/a/{number}", number % 8);
        let paragraphs = kit::story(number, 12);
        let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
        bench.repost(&format!("{number}.md"), &url, &format!("第{number}号消息"), &paragraphs);
    }
    let full = Finished::of(limited(&bench.command(&["run"]), 700)).expect_code(1);
    let errors = full.stderr.lines().filter(|line| line.to_lowercase().contains("error")).count();
    assert_eq!(errors, 1, "{}", full.stderr);
    // The journal, the database or the queue reaches the end of the disk first; each has its own message.
    let said = full.stderr.to_lowercase().replace(' ', "");
    assert!(said.contains("filetoolarge"), "{}", full.stderr);
    assert!(full.stderr.contains("make room on the disk") && !said.contains("internal"), "{}", full.stderr);
    assert!(!full.stderr.contains("panicked"), "{}", full.stderr);

    let found = bench.run(&["store", "verify"]).expect_code(0);
    assert!(found.stdout.contains("no damage found"), "{}", found.stdout);
    let report =
        bench.run(&["run", "--format", "jsonl", "--set", "report.fail_on=[]"]).expect_code(0).report();
    assert_eq!(report.run.summary.judged, 80);
    bench.run(&["store", "verify"]).expect_code(0);
}

#[test]
fn a_run_does_not_begin_where_too_little_is_free() {
    let bench = Bench::new(|_| page(1));
    bench.write("a.md", "# A\n\n- [src](https://h1.test/a/1)\n");
    let refused = bench.run(&["run", "--set", "store.min_free=100%"]).expect_code(1);
    assert!(refused.stderr.contains("are free on this disk, and a run needs"), "{}", refused.stderr);
    assert!(refused.stderr.contains("lower store.min_free"), "{}", refused.stderr);
    assert!(bench.asked("h1.test").is_empty() && !bench.root().join(".driftline").exists());
    bench.run(&["run", "--set", "store.min_free=0", "--set", "report.fail_on=[]"]).expect_code(0);
    let export = bench.root().join("all.warc.gz");
    bench.run(&["export", "--warc", export.to_str().unwrap()]).expect_code(0);
    let import = ["import", export.to_str().unwrap(), "--set", "store.min_free=100%"];
    let refused = bench.run(&import).expect_code(1);
    assert!(refused.stderr.contains("and the import needs"), "{}", refused.stderr);
}

/// Runs the commands of a shell script in a mount namespace of their own, where `.driftline` is a file system
/// in memory of this many MiB; `None` where this user may not make one.
#[cfg(target_os = "linux")]
fn on_small_disk(bench: &Bench, mib: u32, script: &str) -> Option<Finished> {
    let mut command = Command::new("unshare");
    let mount = format!("mount -t tmpfs -o size={mib}m tmpfs .driftline");
    std::fs::create_dir_all(bench.root().join(".driftline")).unwrap();
    let probe = ["-Urm", "sh", "-c", &mount];
    let may = command.args(probe).current_dir(bench.root()).output().is_ok_and(|done| done.status.success());
    if !may {
        eprintln!("skipped: no file system in memory can be mounted in a user namespace here");
        return None;
    }
    let given = bench.command(&[]);
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", &format!("{mount} && {script}")]);
    command.arg(given.get_program()).args(given.get_args()).current_dir(bench.root());
    for (name, value) in given.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    Some(Finished::of(command))
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_runs_low_ends_the_run_in_order_and_nothing_fetched_is_lost() {
    let bench = Bench::new(|request| {
        let number = request.path.strip_prefix("/a/").and_then(|number| number.parse().ok());
        // A page that is asked for to see how the host answers for one that is not there.
        let number = number.filter(|number| *number < 1_500);
        let page = number.map_or(Reply::status(404), page);
        page.after(std::time::Duration::from_millis(20))
    });
    let mut list = "# Sources\n\n".to_owned();
    for number in 0..1_500 {
        let _ = writeln!(list, "- [src](https://h{}.test/a/{number})", number % 8);
    }
    bench.write("a.md", &list);
    // "$0" is the program; its first run ends early, and the store is whole.
    let script = "\"$0\" \"$@\" run -v --set store.min_free=16MiB --format jsonl; echo \"code $?\"; \
                  \"$0\" \"$@\" store verify; echo \"code $?\"; \"$0\" \"$@\" report; \
                  \"$0\" \"$@\" run --set store.min_free=16MiB; echo \"code $?\"";
    let Some(finished) = on_small_disk(&bench, 32, script) else { return };
    let (out, err) = (&finished.stdout, &finished.stderr);
    let codes: Vec<&str> = out.lines().filter(|line| line.starts_with("code ")).collect();
    assert_eq!(codes, ["code 1", "code 0", "code 1"], "{err}");
    let head: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!((&head["type"], &head["interrupted"]), (&"run".into(), &true.into()), "{head}");
    let reason = head["interrupted_by"].as_str().unwrap();
    assert!(reason.contains("are free on this disk, and a run"), "{reason}");
    let judged = head["summary"]["judged"].as_u64().unwrap();
    assert!((1..1_500).contains(&judged), "{head}");
    let stored =
        err.lines().filter(|line| line.contains("stored ") && line.contains("https://h")).count() as u64;
    assert_eq!(judged, stored, "each page with a verdict is stored: {head}");
    assert!(out.contains("no damage found"), "{out}");
    assert!(out.contains("The reason: "), "the reason is kept for later reports: {out}");
    assert_eq!(err.matches("error: ").count(), 2, "one message for each run: {err}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_all_the_same_ends_the_run_with_its_report() {
    let bench = Bench::new(|request| {
        let number = request.path.strip_prefix("/a/").and_then(|number| number.parse().ok());
        number.filter(|number| *number < 400).map_or(Reply::status(404), page)
    });
    let mut list = "# Sources\n\n".to_owned();
    for number in 0..400 {
        let _ = writeln!(list, "- [src](https://h{}.test/a/{number})", number % 8);
    }
    bench.write("a.md", &list);
    let script =
        "\"$0\" \"$@\" run -v --set store.min_free=0 --format jsonl -o report.jsonl; echo \"code $?\"";
    let Some(finished) = on_small_disk(&bench, 6, script) else { return };
    let (out, err) = (&finished.stdout, &finished.stderr);
    assert_eq!(out, "code 1\n", "{err}");
    let report = std::fs::read_to_string(bench.root().join("report.jsonl")).unwrap();
    let head: serde_json::Value = serde_json::from_str(report.lines().next().unwrap()).unwrap();
    assert_eq!((&head["type"], &head["interrupted"]), (&"run".into(), &true.into()), "{head}");
    assert!(head["interrupted_by"].as_str().unwrap().to_lowercase().contains("space"), "{head}");
    let judged = head["summary"]["judged"].as_u64().unwrap();
    let stored =
        err.lines().filter(|line| line.contains("stored ") && line.contains("https://h")).count() as u64;
    assert!(judged > 0 && judged >= stored, "what was reported as stored is in the report: {head}\n{err}");
    assert_eq!(err.matches("error: ").count(), 1, "{err}");
    assert!(err.contains("make room on the disk") && !err.contains("panicked"), "{err}");
}
