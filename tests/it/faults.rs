//! Tests whose fault a failure is: the page's, its host's, or the user's network's. A page that was not
//! requested gets no strike.

use std::fmt::Write as _;
use std::net::UdpSocket;
use std::time::Duration;

use driftline::app::demo::server::{Conduct, Reply};
use driftline::report::LinkReport;
use driftline::verdict::{Cause, Verdict};

use crate::kit::{self, Bench, Report};

/// An article a URL; the report of a run over them.
fn cite(bench: &Bench, urls: &[String]) {
    let story = kit::story(1, 12);
    let paragraphs: Vec<&str> = story.iter().map(String::as_str).collect();
    for (number, url) in urls.iter().enumerate() {
        bench.repost(&format!("{number:03}.md"), url, "第1号消息", &paragraphs);
    }
}

fn urls<const N: usize>(short: [&str; N]) -> Vec<String> {
    short
        .iter()
        .map(|url| if url.contains("://") { (*url).to_owned() } else { format!("http://{url}") })
        .collect()
}

fn of<'a>(report: &'a Report, url: &str) -> &'a LinkReport {
    report.links.iter().find(|link| link.url.as_deref() == Some(url)).unwrap_or_else(|| panic!("no {url}"))
}

fn said(link: &LinkReport) -> (Verdict, Option<Cause>, u32) {
    (link.verdict, link.cause, link.strikes)
}

const FINE: (Verdict, Option<Cause>, u32) = (Verdict::Alive, None, 0);

#[test]
fn a_robots_file_that_is_cut_off_or_broken_blocks_and_is_no_strike() {
    let mut bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        ("short.test", "/robots.txt") => Reply::text("User-agent: *\n").sent(Conduct::Short(400)),
        ("garbled.test", "/robots.txt") => {
            Reply::text("User-agent: *\n").with_header("Content-Encoding", "gzip")
        }
        ("reset.test", "/robots.txt") => Reply::misbehaving(Conduct::Reset),
        ("silent.test", "/robots.txt") => Reply::misbehaving(Conduct::Silent),
        ("noise.test", "/robots.txt") => Reply::misbehaving(Conduct::Raw).with_body("garbage\r\n\r\n"),
        // A content coding that does not exist: the file can be read all the same.
        ("odd.test", "/robots.txt") => {
            Reply::text("User-agent: *\nDisallow: /no\n").with_header("Content-Encoding", "gbk")
        }
        (_, "/robots.txt") => Reply::status(404),
        _ => kit::story_page(1),
    });
    bench.set("network.timeout=700ms");
    let hosts = ["short", "garbled", "reset", "silent", "noise"];
    let mut all: Vec<String> = hosts.iter().map(|host| format!("http://{host}.test/a")).collect();
    all.extend(urls(["odd.test/yes", "odd.test/no", "free.test/a"]));
    cite(&bench, &all);
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
    for host in hosts {
        let link = of(&report, &format!("http://{host}.test/a"));
        assert_eq!(said(link), (Verdict::Blocked, Some(Cause::RobotsUnreachable), 0), "{host}");
        assert_eq!(link.attempts, 0, "{host}");
        assert!(bench.asked(&format!("{host}.test")).is_empty(), "{host} was asked for its page");
    }
    assert_eq!(said(of(&report, "http://odd.test/yes")), FINE);
    assert_eq!(said(of(&report, "http://odd.test/no")), (Verdict::Blocked, Some(Cause::Robots), 0));
}

#[test]
fn pages_that_hang_do_not_condemn_their_host() {
    let mut bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        path if path.starts_with("/hang") => Reply::misbehaving(Conduct::Silent),
        _ => kit::story_page(1),
    });
    bench.set("network.timeout=400ms").set("politeness.per_host_concurrency=1");
    bench.set("politeness.breaker_pause=100ms");
    let hang: Vec<String> = (0..5).map(|n| format!("http://one.test/hang{n}")).collect();
    let good = urls(["one.test/good1", "one.test/good2"]);
    cite(&bench, &[hang.clone(), good.clone()].concat());
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    for url in &hang {
        assert_eq!(said(of(&report, url)), (Verdict::Failing, Some(Cause::Timeout), 1), "{url}");
    }
    for url in &good {
        assert_eq!(said(of(&report, url)), FINE, "{url}");
    }
}

#[test]
fn a_bad_certificate_says_nothing_of_plain_http_nor_the_reverse() {
    let mut bench = Bench::new(|request| match (request.host.as_str(), request.tls) {
        ("plain-breaks.test", false) => Reply::misbehaving(Conduct::Reset),
        _ if request.path == "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    let all = urls([
        "https://untrusted.test/a",
        "http://untrusted.test/b",
        "http://plain-breaks.test/a",
        "https://plain-breaks.test/b",
    ]);
    cite(&bench, &all);
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    assert_eq!(said(of(&report, &all[3])), FINE);
    assert_eq!(said(of(&report, &all[2])), (Verdict::Blocked, Some(Cause::RobotsUnreachable), 0));
    bench.set("network.ca_certs=[]");
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    assert_eq!(said(of(&report, &all[0])).1, Some(Cause::TlsUntrusted));
    assert_eq!(said(of(&report, &all[1])), FINE);
}

#[test]
fn certificates_that_fail_everywhere_are_our_own_fault() {
    let mut bench = Bench::new(|_| kit::story_page(1));
    bench.set("network.ca_certs=[]");
    let all: Vec<String> = (0..5).map(|n| format!("https://h{n}.test/{n}")).collect();
    cite(&bench, &all);
    let run = bench.run(&["run"]).expect_code(1);
    assert!(run.stderr.contains("the clock or the certificates here"), "{}", run.stderr);
    let report = bench.run(&["report", "--format", "jsonl"]).report();
    for url in &all {
        assert_eq!(said(of(&report, url)), (Verdict::Failing, Some(Cause::TlsUntrusted), 0), "{url}");
    }
}

#[test]
fn a_canary_that_answers_itself_is_heard_and_one_that_is_led_away_is_not() {
    for (canary, code) in [("http://up.test/", 0), ("http://led.test/", 1), ("http://moved.test/", 0)] {
        let mut bench = Bench::new(|request| match request.host.as_str() {
            "up.test" => kit::story_page(1),
            "led.test" => Reply::redirect(302, "http://portal.test/in"),
            "moved.test" => Reply::redirect(301, "https://www.moved.test/"),
            _ => Reply::misbehaving(Conduct::Silent),
        });
        bench.set("network.timeout=400ms").set("politeness.robots=false");
        bench.set(&format!("network.canaries=[\"{canary}\"]"));
        cite(&bench, &urls(["slow.test/x"]));
        let run = bench.run(&["run", "--format", "jsonl"]).expect_code(code);
        if code == 0 {
            assert_eq!(said(of(&run.report(), "http://slow.test/x")).1, Some(Cause::Timeout));
        }
    }
}

#[test]
fn one_page_behind_all_hosts_is_a_gate_of_ours() {
    for (leads, told) in
        [(true, "all led to http://portal.test/in"), (false, "all showed one and the same page")]
    {
        let bench = Bench::new(move |request| match request.host.as_str() {
            host if host == "portal.test" || !leads => {
                kit::page("Free network", &["Accept the terms of use to go online."])
            }
            _ => Reply::redirect(302, "http://portal.test/in?from=you"),
        });
        let all: Vec<String> = (0..6).map(|n| format!("http://h{n}.test/2020/story-{n}.html")).collect();
        cite(&bench, &all);
        let run = bench.run(&["run"]).expect_code(1);
        let errors: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("error:")).collect();
        assert!(matches!(errors[..], [line] if line.contains(told)), "{}", run.stderr);
        let report = bench.run(&["report", "--format", "jsonl"]).report();
        for url in &all {
            let link = of(&report, url);
            assert!(link.verdict != Verdict::Dead && link.strikes == 0, "{link:?}");
        }
    }
}

/// A name server that answers NXDOMAIN for every name.
fn empty_nameserver() -> std::net::SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            let mut answer = query[..length].to_vec();
            // Response, recursion available, NXDOMAIN; no additional record (RFC 1035, section 4.1.1).
            (answer[2], answer[3]) = (0x81, 0x83);
            (answer[10], answer[11]) = (0, 0);
            let mut end = 12;
            while answer[end] != 0 {
                end += 1 + usize::from(answer[end]);
            }
            answer.truncate(end + 5);
            let _ = socket.send_to(&answer, from);
        }
    });
    own
}

#[test]
fn names_that_do_not_exist_are_told_so_while_witnesses_are_asked() {
    const EACH: usize = 24;
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1).after(Duration::from_millis(5)),
    });
    let mut config = format!(
        "[network]\nretries = 0\nnameservers = [\"{}\"]\n[politeness]\nrequests_per_second = 0\n[network.resolve]\n",
        empty_nameserver()
    );
    let mut all = Vec::new();
    for n in 0..EACH {
        writeln!(config, "\"live{n}.test\" = \"{}\"", bench.server().http_addr()).unwrap();
        all.push(format!("http://live{n}.test/a"));
        all.push(format!("http://gone{n}.test/a"));
    }
    bench.write("driftline.toml", &config);
    cite(&bench, &all);
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    for url in &all {
        let expected = if url.contains("live") { FINE } else { (Verdict::Dead, Some(Cause::DnsNxdomain), 1) };
        assert_eq!(said(of(&report, url)), expected, "{url}");
    }
}

#[test]
fn names_that_do_not_exist_are_dead_even_where_they_are_most() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    let config = format!(
        "[network]\nretries = 0\nnameservers = [\"{}\"]\n[network.resolve]\n\"live.test\" = \"{}\"\n",
        empty_nameserver(),
        bench.server().http_addr()
    );
    bench.write("driftline.toml", &config);
    let mut all = urls(["live.test/a"]);
    all.extend((0..6).map(|n| format!("http://gone{n}.test/a")));
    cite(&bench, &all);
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(2).report();
    assert_eq!(said(of(&report, &all[0])), FINE);
    for url in &all[1..] {
        assert_eq!(said(of(&report, url)), (Verdict::Dead, Some(Cause::DnsNxdomain), 1), "{url}");
    }
}

#[test]
fn a_rest_by_any_status_is_kept_and_told_as_what_it_was() {
    let mut bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("bad.test", _) => {
            Reply::status(502).with_header("Retry-After", "2").with_header("Retry-After", "7200")
        }
        ("busy.test", _) => Reply::status(503).with_header("Retry-After", "7200"),
        _ => kit::story_page(1),
    });
    bench.set("network.retries=2").set("network.retry_wait=10ms").set("politeness.per_host_concurrency=1");
    let all = urls(["bad.test/1", "bad.test/2", "busy.test/1", "busy.test/2"]);
    cite(&bench, &all);
    for process in 0..2 {
        let report = bench.run(&["run", "--format", "jsonl"]).report();
        for (place, url) in all.iter().enumerate() {
            let link = of(&report, url);
            let own = place % 2 == 0;
            assert_eq!((link.verdict, link.cause), (Verdict::Failing, Some(Cause::Http5xx)), "{url}");
            let status = if url.contains("bad") { "status 502: " } else { "status 503: " };
            assert!(link.evidence.join(" ").contains(status), "{url}: {:?}", link.evidence);
            assert_eq!(link.attempts, u32::from(own && process == 0), "{url}, process {process}");
            assert_eq!(link.strikes, u32::from(own), "only a page that was refused itself: {url}");
        }
    }
    assert_eq!((bench.asked("bad.test").len(), bench.asked("busy.test").len()), (1, 1));
}

#[test]
fn a_picture_of_which_no_more_is_wanted_is_there() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::bytes(200, "image/png", [b"\x89PNG".to_vec(), vec![0; 100_000]].concat()),
    });
    bench.write("a.md", "# 题\n\n正文一句。\n\n![图](http://pictures.test/large.png)\n");
    for command in ["run", "check", "run"] {
        let report = bench.run(&[command, "--format", "jsonl"]).expect_code(0).report();
        assert_eq!(said(of(&report, "http://pictures.test/large.png")), FINE, "{command}");
    }
}

#[test]
fn a_host_whose_robots_file_is_not_obeyed_is_told() {
    let mut bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::text("User-agent: *\nDisallow: /\n"),
        _ => kit::story_page(1),
    });
    cite(&bench, &urls(["http://den.test./a"]));
    assert!(!bench.run(&["run", "--format", "jsonl"]).report().run.summary.robots_ignored);
    bench.set("hosts.\"den.test\".robots=false");
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    assert!(report.run.summary.robots_ignored);
    assert_eq!(
        report.links.iter().filter(|link| link.verdict == Verdict::Alive).count(),
        2,
        "with the index"
    );
}

#[test]
fn a_redirect_with_a_password_shows_none() {
    let bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("from.test", _) => Reply::redirect(302, "http://u:secret@to.test/x"),
        _ => kit::story_page(1),
    });
    let all = urls(["from.test/a"]);
    cite(&bench, &all);
    let run = bench.run(&["run", "--format", "jsonl"]);
    assert_eq!(of(&run.report(), &all[0]).final_url.as_deref(), Some("http://to.test/x"));
    let history = bench.run(&["history", &all[0], "-v"]).stdout;
    assert!(!run.stdout.contains("secret") && !history.contains("secret"), "{history}");
}
