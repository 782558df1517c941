//! Tests the kit that the other tests use, without the program.

use std::io::{Read as _, Write as _};

use driftline::app::demo::server::Reply;
use driftline::text_diff::DriftClass;
use driftline::verdict::Verdict;

use crate::kit::{self, Bench, Finished, Report, Running};

const RUN: &str = r#"{"type":"run","schema":"driftline/1","id":"1700000000000","command":"run","started":"2026-01-31T03:00:00Z","finished":null,"interrupted":false,"summary":{"links":1}}"#;
const LINK: &str = r#"{"type":"link","article":"a.md","line":7,"column":43,"role":"repost","label":"L","url":"https://a.example/1","verdict":"alive","cause":null,"state":"ok","status":200,"final_url":"https://a.example/1","redirects":[{"status":301,"to":"https://a.example/1"}],"attempts":1,"fetched_at":"2026-01-31T03:00:00Z","elapsed_ms":120,"content_type":"text/html","unchanged":false,"snapshot":"s","strikes":0,"first_failed":null,"last_ok":null,"drift":{"class":"minor-edit","against":"local","moved_side":"original","missing_from":null,"local_in_original":0.98,"original_in_local":0.93,"changed_sentences":2,"noise":false,"title_changed":false},"archived":{"url":"https://b.example/","at":"2023-09-18T12:00:00Z"}}"#;

#[test]
fn a_report_of_the_contract_is_read_and_another_order_is_not() {
    let report = Report::parse(&format!("{RUN}\n{LINK}\n")).unwrap();
    assert_eq!((report.run.summary.links, report.raw.len()), (1, 2));
    let link = report.link("a.md", "https://a.example/1");
    assert_eq!((link.verdict, link.line, link.column), (Verdict::Alive, 7, 43));
    assert_eq!(link.drift.as_ref().unwrap().class, DriftClass::MinorEdit);
    assert_eq!(report.of("a.md").len(), 1);
    for (wrong, why) in [
        (format!("{LINK}\n{RUN}\n"), "line 1: type"),
        (format!("{RUN}\n{RUN}\n"), "line 2: type"),
        (LINK.replace("\"link\"", "\"other\""), "line 1: type"),
        ("no json".to_owned(), "line 1: "),
        (format!("{RUN}\n{}\n", LINK.replace("alive", "merry")), "line 2: "),
        (String::new(), "no run line"),
    ] {
        let said = Report::parse(&wrong).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_bench_has_an_archive_a_web_and_settings_that_join_them() {
    let mut bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::page("Title", &["First paragraph."]),
    });
    let file = bench.repost("news/1.md", "https://one.test/a/1", "Title", &["First paragraph."]);
    let markdown = std::fs::read_to_string(file).unwrap();
    assert!(markdown.contains("## Title\n") && markdown.contains("[轉載自GNews](https://one.test/a/1)"));
    let config = std::fs::read_to_string(bench.root().join("driftline.toml")).unwrap();
    let config: toml::Table = config.parse().unwrap();
    let addr = bench.server().http_addr().to_string();
    assert_eq!(config["network"]["resolve"]["*"].as_str(), Some(addr.as_str()));
    assert!(bench.root().join("../ca.pem").is_file());
    for path in ["/robots.txt", "/a/1"] {
        let mut stream = std::net::TcpStream::connect(&addr).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: one.test\r\n\r\n").unwrap();
        stream.read_to_string(&mut String::new()).unwrap();
    }
    assert_eq!(bench.asked("one.test"), ["/a/1"]);
    bench.set("network.timeout=1s");
    let args: Vec<_> =
        bench.command(&["run"]).get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
    assert_eq!(args, ["run", "--set", "network.timeout=1s"]);
}

#[test]
fn stories_are_stable_and_unlike() {
    assert_eq!(kit::story(7, 9), kit::story(7, 9));
    assert_eq!(kit::story(7, 9).len(), 3);
    let texts: std::collections::BTreeSet<String> =
        (0..200).map(|seed| kit::story(seed, 6).concat()).collect();
    assert_eq!(texts.len(), 200);
}

#[test]
fn a_process_is_waited_for_and_a_signal_reaches_it() {
    // Any program will do here.
    let shell = |script: &str| {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", script]);
        command
    };
    let finished = Finished::of(shell("printf out; printf err >&2; exit 3")).expect_code(3);
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out", "err"));
    let mut running = Running::of(shell("trap 'exit 130' INT; echo ready; while :; do sleep 0.05; done"));
    kit::eventually("the shell says that it is ready", || running.stdout() == "ready\n");
    assert!(!running.has_ended());
    running.signal("INT");
    assert_eq!(running.wait().code, Some(130));
    // A child process ends when the test drops it.
    let running = Running::of(shell("sleep 30"));
    let started = std::time::Instant::now();
    drop(running);
    assert!(started.elapsed() < std::time::Duration::from_secs(10));
}
