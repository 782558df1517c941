//! Tests hosts that give one body for several addresses.

use driftline::app::demo::server::Reply;
use driftline::verdict::{Cause, Verdict};

use crate::kit::{self, Bench};

/// An article that cites these pages.
fn cite(bench: &Bench, urls: &[&str]) {
    let links: Vec<String> = urls.iter().map(|url| format!("- <{url}>\n")).collect();
    let story = kit::story(7, 12).join("\n\n");
    bench.write("a.md", &format!("## 標題\n\n{story}\n\n參考鏈接：\n\n{}", links.concat()));
}

fn front(headlines: usize) -> String {
    let list: Vec<String> = (0..headlines)
        .map(|n| {
            format!(
                "<li><a href=/n/{n}>The harbour news of week {n}: ships, tides and the fish market</a></li>"
            )
        })
        .collect();
    format!(
        "<html><head><title>Harbour</title></head><body><form action=/s></form><ul>{}</ul></body></html>",
        list.concat()
    )
}

fn judged(bench: &Bench, urls: &[&str]) -> Vec<(Verdict, Option<Cause>)> {
    let report = bench.run(&["check", "--format", "jsonl"]).report();
    urls.iter().map(|url| report.link("a.md", url)).map(|link| (link.verdict, link.cause)).collect()
}

#[test]
fn the_home_page_for_every_address_is_a_soft_404() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::html(front(20)),
    });
    let urls = ["http://front.test/n/5", "http://front.test/a-walk"];
    cite(&bench, &urls);
    let gone = (Verdict::Dead, Some(Cause::Soft404));
    assert_eq!(judged(&bench, &urls), [gone; 2]);
    // In the next run, what was found out is not forgotten when the first page comes.
    assert_eq!(judged(&bench, &urls), [gone; 2]);
}

#[test]
fn a_notice_that_the_site_has_closed_is_a_soft_404_and_news_of_it_is_not() {
    let notice =
        "The Harbour Daily has ceased publication. We thank all our readers for twenty-six good years.";
    let bench = Bench::new(move |request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("closed.test", _) | (_, "/n/5") => kit::page("Harbour Daily", &[notice]),
        _ => kit::page("Other", &["Something else is written here, at some length."]),
    });
    let urls = ["http://closed.test/n/5", "http://news.test/n/5"];
    cite(&bench, &urls);
    let expected = [(Verdict::Dead, Some(Cause::Soft404)), (Verdict::Alive, None)];
    assert_eq!(judged(&bench, &urls), expected);
}

#[test]
#[allow(clippy::match_same_arms)] // A host for each row.
fn one_body_alone_makes_no_page_dead() {
    let bench = Bench::new(move |request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        // Two addresses of one page, on a host that reports missing pages.
        ("alias.test", "/1" | "/a-walk") => kit::story_page(1),
        ("alias.test", "/") => Reply::html(front(20)),
        ("alias.test", _) => Reply::status(404),
        // Scripts fill every page.
        ("shell.test", _) => {
            Reply::html(front(20).replace("<ul>", "<div id=root></div><script src=/app.js></script><ul>"))
        }
        // A gate with the menus of the site.
        ("gate.test", _) => Reply::html(front(3)),
        // A list that heeds no part of its address, on a host with another home page.
        ("list.test", "/") => kit::story_page(5),
        // A story for every address, and a query that is not heeded.
        ("story.test", _) => kit::story_page(6),
        _ => Reply::html(front(20)),
    });
    let urls = [
        "http://alias.test/1",
        "http://alias.test/a-walk",
        "http://shell.test/n/5",
        "http://shell.test/n/6",
        "http://gate.test/n/5",
        "http://gate.test/n/6",
        "http://list.test/index.php/1",
        "http://list.test/index.php/2",
        "http://story.test/1",
        "http://story.test/2",
        "http://query.test/?from=1",
        "http://query.test/?from=2",
    ];
    cite(&bench, &urls);
    for (url, (verdict, cause)) in urls.iter().zip(judged(&bench, &urls)) {
        assert_eq!(
            (verdict, cause.filter(|cause| *cause != Cause::JsShell)),
            (Verdict::Alive, None),
            "{url}"
        );
    }
}
