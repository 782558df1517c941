//! Tests politeness, from what the hosts saw of a run.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use driftline::app::demo::server::Reply;
use driftline::verdict::{Cause, Verdict};

use crate::kit::{self, Bench};

/// An article that cites these pages. Its own original is on `origin.test`.
fn cite(bench: &Bench, urls: &[String]) {
    let story = kit::story(1, 12);
    let paragraphs: Vec<&str> = story.iter().map(String::as_str).collect();
    let file = bench.repost("a.md", "http://origin.test/1", "第1号消息", &paragraphs);
    let mut markdown = std::fs::read_to_string(&file).unwrap() + "参考链接：\n\n";
    for (number, url) in urls.iter().enumerate() {
        writeln!(markdown, "- [来源{number}]({url})").unwrap();
    }
    std::fs::write(file, markdown).unwrap();
}

#[test]
fn one_host_is_asked_in_turn_at_the_stated_rate_and_others_meanwhile() {
    let mut bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1).after(Duration::from_millis(20)),
    });
    bench.set("politeness.requests_per_second=8").set("politeness.per_host_concurrency=1");
    let urls: Vec<String> =
        (0..6).flat_map(|number| ["one", "two"].map(|host| format!("http://{host}.test/{number}"))).collect();
    cite(&bench, &urls);
    let run = bench.run(&["run", "--format", "jsonl"]);
    let log = bench.server().log();
    for host in ["one.test", "two.test"] {
        let of_host: Vec<_> = log.iter().filter(|entry| entry.host == host).collect();
        assert_eq!(of_host.len(), 7, "six pages and the robots file");
        for pair in of_host.windows(2) {
            let [first, second] = pair else { unreachable!() };
            // 125 ms apart when sent; a busy machine may deliver a little earlier or later.
            let apart = second.at - first.at;
            assert!(
                apart >= Duration::from_millis(95),
                "{host}: {} came {apart:?} after {}",
                second.path,
                first.path
            );
            assert!(first.ended.is_some_and(|ended| ended <= second.at), "{host}: two requests at once");
        }
    }
    // One after the other would take twice as long.
    assert!(run.elapsed < Duration::from_millis(1600), "{:?}", run.elapsed);
}

#[test]
fn one_503_of_a_robots_file_costs_its_host_nothing() {
    let asked = AtomicU32::new(0);
    let mut bench = Bench::new(move |request| match (request.host.as_str(), request.path.as_str()) {
        ("busy.test", "/robots.txt") if asked.fetch_add(1, Ordering::Relaxed) == 0 => Reply::status(503),
        ("down.test", "/robots.txt") => Reply::status(503),
        (_, "/robots.txt") => Reply::text("User-agent: *\nDisallow: /private/\n"),
        _ => kit::story_page(1),
    });
    bench.set("network.retries=1").set("network.retry_wait=20ms").set("politeness.retry_after_cap=1s");
    let urls = ["busy.test/a", "busy.test/private/b", "down.test/c"].map(|url| format!("http://{url}"));
    cite(&bench, &urls);
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    let causes = urls.each_ref().map(|url| report.link("a.md", url).cause);
    assert_eq!(causes, [None, Some(Cause::Robots), Some(Cause::RobotsUnreachable)]);
    let log = bench.server().log();
    let files = |host| log.iter().filter(|entry| entry.host == host && entry.path == "/robots.txt").count();
    assert_eq!((files("busy.test"), files("down.test")), (2, 2));
}

#[test]
fn robots_files_are_obeyed_and_asked_for_once_a_host() {
    let bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        ("rules.test", "/robots.txt") => {
            Reply::text("User-agent: *\nDisallow: /private/\nAllow: /private/open\n")
        }
        ("broken.test", "/robots.txt") => Reply::status(500),
        (_, "/robots.txt") => Reply::status(404),
        _ => kit::story_page(1),
    });
    let urls =
        ["rules.test/a", "rules.test/private/b", "rules.test/private/open", "broken.test/c", "free.test/d"]
            .map(|url| format!("http://{url}"));
    cite(&bench, &urls);
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    let said = |url: &str| {
        let link = report.link("a.md", url);
        (link.verdict, link.cause)
    };
    assert_eq!(said(&urls[0]), (Verdict::Alive, None));
    assert_eq!(said(&urls[1]), (Verdict::Blocked, Some(Cause::Robots)));
    assert_eq!(said(&urls[2]), (Verdict::Alive, None));
    assert_eq!(said(&urls[3]), (Verdict::Blocked, Some(Cause::RobotsUnreachable)));
    assert_eq!(said(&urls[4]), (Verdict::Alive, None));
    let mut asked = bench.asked("rules.test");
    asked.sort_unstable();
    assert_eq!(asked, ["/a", "/private/open"]);
    assert_eq!(bench.asked("broken.test"), Vec::<String>::new());
    let robots =
        bench.server().log().iter().filter(|e| e.host == "rules.test" && e.path == "/robots.txt").count();
    assert_eq!(robots, 1);
    // The user agent names the program.
    let log = bench.server().log();
    assert!(
        log.iter().all(|entry| entry.header("user-agent").is_some_and(|agent| agent.contains("driftline")))
    );
}

#[test]
fn a_host_that_asks_for_rest_gets_it_and_the_others_do_not_wait() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let mut bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("busy.test", _) if ASKED.fetch_add(1, Ordering::SeqCst) == 0 => {
            Reply::status(429).with_header("Retry-After", "1")
        }
        ("closed.test", _) => Reply::status(429).with_header("Retry-After", "86400"),
        _ => kit::story_page(1),
    });
    bench.set("network.retries=2").set("politeness.per_host_concurrency=1");
    let urls = ["busy.test/1", "busy.test/2", "closed.test/1", "closed.test/2", "free.test/1"]
        .map(|url| format!("http://{url}"));
    cite(&bench, &urls);
    let run = bench.run(&["run", "--format", "jsonl"]);
    assert!(run.elapsed < Duration::from_secs(20), "nobody waits a day: {:?}", run.elapsed);
    let report = run.report();
    for url in [&urls[0], &urls[1], &urls[4]] {
        assert_eq!(report.link("a.md", url).verdict, Verdict::Alive);
    }
    let refused = report.link("a.md", &urls[2]);
    assert_eq!((refused.verdict, refused.cause), (Verdict::Failing, Some(Cause::Http429)));
    assert_eq!(refused.strikes, 0, "a refusal is no strike");
    let unasked = report.link("a.md", &urls[3]);
    assert_eq!((unasked.verdict, unasked.cause), (Verdict::Failing, Some(Cause::Http429)));
    assert_eq!(report.run.summary.waiting, [("closed.test".to_owned(), 1)].into());
    assert_eq!(bench.asked("closed.test").len(), 1, "the second page is not tried at a host that wants rest");
    let log = bench.server().log();
    let busy: Vec<_> = log.iter().filter(|e| e.host == "busy.test" && e.path != "/robots.txt").collect();
    assert_eq!(busy.len(), 3);
    let rest = busy[1].at - busy[0].at;
    assert!(rest >= Duration::from_millis(950), "asked again after {rest:?}");
    let free = log.iter().find(|e| e.host == "free.test" && e.path == "/1").unwrap();
    assert!(free.at < busy[1].at, "the free host did not wait for the busy one");
    // The back-off of a day is kept for the next run.
    bench.run(&["run"]);
    assert_eq!(bench.asked("closed.test").len(), 1, "asked again in the next run");
}

#[test]
fn the_contact_is_sent_unless_the_user_agent_is_chosen() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    cite(&bench, &["http://one.test/1".to_owned()]);
    let agents = |settings: &[&str]| {
        bench.server().clear_log();
        let sets: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        bench.run(&[&["check"], sets.as_slice()].concat());
        let log = bench.server().log();
        let agents = log.iter().map(|entry| entry.header("user-agent").unwrap_or_default().to_owned());
        agents.collect::<std::collections::BTreeSet<String>>()
    };
    let contact = "network.contact=https://example.org/our-crawler";
    let version = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap().0;
    let named = format!("driftline/{version} (+https://example.org/our-crawler)");
    assert_eq!(agents(&[contact]), [named].into());
    assert_eq!(agents(&[contact, "network.user_agent=library-bot/2"]), ["library-bot/2".to_owned()].into());
    assert!(agents(&[]).iter().all(|agent| agent.starts_with("driftline/") && !agent.contains('+')));
}

#[test]
fn a_large_run_without_a_contact_warns_once() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    let warnings = |count: usize, setting: &str| {
        cite(&bench, &(0..count).map(|number| format!("http://one.test/{number}")).collect::<Vec<_>>());
        let run = bench.run(&["check", "--fresh", "--max-pages", "1", "--set", setting]);
        run.stderr.matches("network.contact").count()
    };
    // The article's own original is one more URL.
    assert_eq!(warnings(999, "network.contact="), 0);
    assert_eq!(warnings(1_000, "network.contact="), 1);
    assert_eq!(warnings(1_000, "network.contact=archive@example.org"), 0);
    assert_eq!(warnings(1_000, "network.user_agent=library-bot/2"), 0);
}
