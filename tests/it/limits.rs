//! Tests that a run fits into the limits of its process: open files and address space.
#![cfg(unix)]

use std::fmt::Write as _;
use std::process::Command;

use driftline::app::demo::server::Reply;
use driftline::verdict::Verdict;

use crate::kit::{self, Bench, Finished};

/// Runs the program with limits, which are arguments of the shell's `ulimit`.
fn run_limited(bench: &Bench, limits: &str, args: &[&str]) -> Finished {
    let program = bench.command(args);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{limits}; exec \"$0\" \"$@\"")).arg(program.get_program());
    shell.args(program.get_args());
    if let Some(folder) = program.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    Finished::of(shell)
}

/// A page on each of so many hosts, whose server keeps connections open.
fn many_hosts(count: usize) -> Bench {
    let mut bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    bench.set("network.retries=0");
    let mut markdown = "# 题\n\n正文一句。\n\n参考链接：\n\n".to_owned();
    for host in 0..count {
        writeln!(markdown, "- [来源{host}](http://h{host}.test/p)").unwrap();
    }
    bench.write("a.md", &markdown);
    bench
}

#[track_caller]
fn assert_all_alive(run: Finished, count: usize) {
    let report = run.expect_code(0).report();
    assert_eq!(report.links.len(), count);
    let bad: Vec<_> = report.links.iter().filter(|link| link.verdict != Verdict::Alive).collect();
    assert!(bad.is_empty(), "{} of {count}: {:?}", bad.len(), bad[0]);
}

#[test]
fn few_file_descriptors_make_a_run_slower_and_no_page_failing() {
    // Twice as many hosts as descriptors: the idle connections alone would take them all.
    let bench = many_hosts(200);
    assert_all_alive(run_limited(&bench, "ulimit -n 100", &["run", "--format", "jsonl"]), 200);
}

#[test]
fn fewer_descriptors_than_the_crawl_counts_on_are_waited_for() {
    // The program is started with most of its descriptors taken, which its own limits do not know.
    let bench = many_hosts(60);
    let taken: Vec<String> = (10..40).map(|number| format!("exec {number}<&0; ")).collect();
    let taken = taken.concat();
    // Two-digit descriptors need bash.
    let limits = format!("exec bash -c '{taken}ulimit -n 64; exec \"$0\" \"$@\"' \"$0\" \"$@\"");
    let run = run_limited(&bench, &limits, &["run", "--format", "jsonl"]);
    assert_all_alive(run, 60);
}

#[test]
fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let bench = many_hosts(100);
    let run = run_limited(&bench, "ulimit -S -n 40", &["run", "--format", "jsonl"]);
    assert!(!run.stderr.contains("file descriptor"), "{}", run.stderr);
    assert_all_alive(run, 100);
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_fits_into_two_gigabytes_of_address_space() {
    let bench = many_hosts(300);
    assert_all_alive(run_limited(&bench, "ulimit -v 2000000", &["run", "--format", "jsonl"]), 300);
}
