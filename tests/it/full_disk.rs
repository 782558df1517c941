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
