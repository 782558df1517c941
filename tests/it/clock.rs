//! Runs whose clock is wrong: a year ahead, in the year 2000, or with imports from 2099 beside them. The runs
//! after them behave as if nothing had been. `faketime` sets the clock; without it these tests are skipped.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use driftline::app::demo::server::Reply;
use driftline::report::LinkReport;
use driftline::verdict::{LinkState, Verdict};

use crate::kit::{Bench, Finished, page};

pub(crate) const URL: &str = "http://one.example/p";

/// An archive that cites one page, and a web in which that page answers as the mode says.
pub(crate) struct Web {
    pub(crate) bench: Bench,
    pub(crate) mode: Arc<Mutex<String>>,
}

/// The archive, or nothing where there is no `faketime`.
pub(crate) fn web() -> Option<Web> {
    let version =
        Command::new("faketime").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        println!("skipped: faketime is not installed");
        return None;
    }
    let mode = Arc::new(Mutex::new("ok".to_owned()));
    let answer = Arc::clone(&mode);
    let bench = Bench::new(move |request| {
        let mode = answer.lock().unwrap().clone();
        match mode.as_str() {
            _ if request.path == "/robots.txt" => Reply::status(404),
            "429" => Reply::status(429).with_header("Retry-After", "3600"),
            status if status.len() == 3 => Reply::status(status.parse().unwrap()),
            version => {
                let say =
                    |number: usize| format!("第{number}句说的是第{version}版的内容，每一句都有一点长。");
                let all: Vec<String> = (0..8).map(say).collect();
                page("一个题目", &all.iter().map(String::as_str).collect::<Vec<_>>())
            }
        }
    });
    bench.write("a.md", &format!("# 文章\n\n正文有一句话。\n\n参考链接：[来源]({URL})\n"));
    Some(Web { bench, mode })
}

impl Web {
    /// Runs a command under a clock that is ahead by so much (`+365d`), or behind.
    pub(crate) fn call(&self, offset: &str, args: &[&str]) -> Finished {
        let wanted = self.bench.command(args);
        let mut command = Command::new("faketime");
        command.args(["-f", offset]).arg(wanted.get_program()).args(wanted.get_args());
        command.stdin(Stdio::null()).current_dir(self.bench.root());
        for (name, value) in wanted.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Finished::of(command)
    }

    /// Runs the crawl under a clock while the page answers in a mode. Returns the report of the link, and
    /// what was said.
    #[track_caller]
    pub(crate) fn run(&self, offset: &str, mode: &str) -> (LinkReport, String) {
        mode.clone_into(&mut self.mode.lock().unwrap());
        let done = self.call(offset, &["run", "--format", "jsonl"]);
        let link = done.report().links.into_iter().find(|link| link.url.as_deref() == Some(URL));
        (link.expect("the link is reported"), done.stderr)
    }

    /// The visits that `history` lists: the time, and the rest of the line.
    fn history(&self, offset: &str) -> Vec<(String, String)> {
        let listed = self.call(offset, &["history", URL]).expect_code(0).stdout;
        let visits = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
        visits.map(|(time, rest)| (time.to_owned(), rest.to_owned())).collect()
    }
}

/// The year of the system's clock.
fn year() -> i16 {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year()
}

#[track_caller]
fn assert_in_order(visits: &[(String, String)], latest: i16) {
    assert!(visits.is_sorted_by_key(|(time, _)| time), "{visits:?}");
    let last: i16 = visits.last().unwrap().0[..4].parse().unwrap();
    assert!(last <= latest, "{visits:?}");
}

#[test]
fn a_rest_that_a_clock_ahead_noted_does_not_hold_for_a_year() {
    let Some(web) = web() else { return };
    assert_eq!(web.run("+400d", "ok").0.verdict, Verdict::Alive);
    web.run("+400d", "429");
    let (link, said) = web.run("+0", "ok");
    assert_eq!(link.verdict, Verdict::Alive, "{:?}", link.evidence);
    assert_eq!(said.matches("clock was ahead").count(), 1, "{said}");
    let (link, said) = web.run("+0", "ok");
    assert!(link.verdict == Verdict::Alive && link.unchanged);
    assert!(!said.contains("clock"), "it is said once: {said}");
    assert_eq!(web.run("+1d", "ok").0.verdict, Verdict::Alive);
    let visits = web.history("+1d");
    assert!(visits.len() >= 4, "{visits:?}");
    assert_in_order(&visits, year() + 1);
    // The report without an id is that of the last run.
    let last = web.call("+1d", &["report", "--format", "jsonl"]).report();
    assert!(last.links.iter().any(|link| link.url.as_deref() == Some(URL) && link.verdict == Verdict::Alive));
    web.call("+1d", &["store", "verify"]).expect_code(0);
    let first = web.call("+1d", &["report", "--format", "jsonl"]).stdout;
    web.call("+1d", &["store", "rebuild"]).expect_code(0);
    assert_eq!(web.call("+1d", &["report", "--format", "jsonl"]).stdout, first, "the journal says the same");
    assert_eq!(web.history("+1d"), visits);
}

#[test]
fn drift_is_judged_against_the_run_before_although_its_clock_was_ahead() {
    let Some(web) = web() else { return };
    web.run("+400d", "1");
    let (link, _) = web.run("+0", "2");
    let drift = link.drift.expect("compared with the snapshot of the run before");
    assert!(drift.class.is_drift() && !link.unchanged, "{drift:?}");
    let (link, _) = web.run("+1d", "2");
    assert!(link.unchanged && link.drift.is_none_or(|drift| !drift.class.is_drift()));
    assert!(web.call("+1d", &["show", URL]).expect_code(0).stdout.contains("第2版"));
}

#[test]
fn failures_under_a_clock_ahead_count_no_strikes() {
    let Some(web) = web() else { return };
    web.run("+0", "ok");
    assert_eq!(web.run("+1d", "404").0.strikes, 1);
    web.run("+500d", "404");
    // As if the run with the wrong clock had not been.
    assert_eq!(web.run("+2d", "404").0.strikes, 1);
    let (link, _) = web.run("+5d", "404");
    assert_eq!((link.strikes, link.state), (2, LinkState::Suspect));
    let (link, _) = web.run("+9d", "404");
    assert_eq!((link.strikes, link.state), (3, LinkState::Dead));
    assert_in_order(&web.history("+9d"), year() + 1);
}

#[test]
fn a_run_in_the_year_2000_takes_its_place_behind_the_runs_before_it() {
    let Some(web) = web() else { return };
    web.run("+0", "1");
    let (link, said) = web.run("-9500d", "2");
    assert!(said.contains("set the clock"), "{said}");
    assert!(link.drift.is_some_and(|drift| drift.class.is_drift()));
    let (link, said) = web.run("+1d", "2");
    assert!(link.unchanged && !said.contains("clock"), "{said}");
    let visits = web.history("+1d");
    assert_in_order(&visits, year() + 1);
    assert!(visits.iter().all(|(time, _)| time.as_str() > "2026"), "{visits:?}");
    assert!(web.call("+1d", &["show", URL]).expect_code(0).stdout.contains("第2版"));
}

#[test]
fn failures_in_the_year_2000_count_no_strikes() {
    let Some(web) = web() else { return };
    assert_eq!(web.run("-9500d", "404").0.strikes, 0);
    assert_eq!(web.run("+0", "404").0.strikes, 1);
    assert_eq!(web.run("+1d", "404").0.strikes, 1);
    assert_eq!(web.run("+4d", "404").0.strikes, 2);
    let (link, _) = web.run("+8d", "ok");
    assert_eq!((link.verdict, link.state), (Verdict::Alive, LinkState::Revived));
}

#[test]
fn an_import_from_2099_is_not_the_newest() {
    let Some(web) = web() else { return };
    let body = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>x</title><p>A page that is said to be of the year 2099, and is not the newest.</p>";
    let record = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0b0b0b0b-0000-4000-8000-000000000001>\r\nWARC-Date: 2099-01-01T00:00:00Z\r\nWARC-Target-URI: {URL}\r\nContent-Type: application/http;msgtype=response\r\nContent-Length: {}\r\n\r\n{body}\r\n\r\n",
        body.len()
    );
    web.bench.write("../future.warc", &record);
    let done = web.call("+0", &["import", "../future.warc"]).expect_code(0);
    assert!(done.stdout.contains("1 dated in the future"), "{}", done.stdout);
    let (link, _) = web.run("+0", "1");
    assert!(link.drift.is_none(), "there is no earlier snapshot that is believed");
    assert!(web.run("+1d", "2").0.drift.is_some_and(|drift| drift.class.is_drift()));
    let (link, said) = web.run("+2d", "3");
    assert!(link.drift.is_some_and(|drift| drift.class.is_drift()) && !said.contains("ahead"), "{said}");
    assert!(web.call("+2d", &["show", URL]).expect_code(0).stdout.contains("第3版"));
    let visits = web.history("+2d");
    assert_eq!(
        visits.iter().filter(|(_, rest)| rest.contains("dated in the future")).count(),
        1,
        "{visits:?}"
    );
    assert_eq!(visits.len(), 4);
}
