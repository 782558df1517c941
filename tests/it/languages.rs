//! Tests in which language pages are asked for.

use std::sync::{Arc, Mutex};

use driftline::app::demo::server::{Reply, Request};
use driftline::text_diff::DriftClass;
use driftline::verdict::Verdict;

use crate::kit::{self, Bench};

const ENGLISH: [&str; 3] = [
    "The gauge at the lighthouse has been read every day since 1871, and the keepers wrote each figure down.",
    "In the winter the book was kept in the kitchen, because the ink froze in the tower during the night.",
    "A new hand takes over the book every few years and tries to write as the one before did.",
];
const CHINESE: [&str; 3] = [
    "燈塔的潮汐儀自一八七一年以來每天都有人讀取，守塔人把每一個數字都寫進了簿子裡。",
    "冬天的時候，簿子放在廚房裡，因為到了夜裡，塔上的墨水會結冰。",
    "每過幾年就換一個人來記這本簿子，新來的人總是學著前一個人的字跡。",
];

/// A host that answers in the language that is preferred, and in German for all others.
fn negotiate(request: &Request) -> Reply {
    if request.path == "/robots.txt" {
        return Reply::status(404);
    }
    let preferred = request.header("accept-language").unwrap_or_default();
    let (tag, title, paragraphs) = match preferred.get(..2) {
        Some("en") => ("en", "The tide book", ENGLISH),
        Some("zh") => ("zh", "潮汐簿", CHINESE),
        _ => {
            ("de", "Das Gezeitenbuch", ["Wer liest denn dieses Buch noch, wenn es niemand mehr schreibt?"; 3])
        }
    };
    let etag = format!("\"{tag}\"");
    if request.header("if-none-match") == Some(&etag) {
        return Reply::status(304).with_header("etag", &etag);
    }
    kit::page(title, &paragraphs).with_header("etag", &etag).with_header("vary", "accept-language")
}

type Asked = Arc<Mutex<Vec<(String, String, bool)>>>;

/// An archive whose web negotiates, and for each request its path, the preferred language and whether it was
/// conditional.
fn negotiating_bench() -> (Bench, Asked) {
    let asked = Asked::default();
    let kept = Arc::clone(&asked);
    let bench = Bench::new(move |request| {
        if request.path != "/robots.txt" {
            let preferred = request.header("accept-language").unwrap_or_default();
            let tag = preferred.split([',', ';']).next().unwrap_or_default().to_owned();
            let is_conditional = request.header("if-none-match").is_some();
            kept.lock().unwrap().push((request.path.clone(), tag, is_conditional));
        }
        negotiate(request)
    });
    (bench, asked)
}

fn take_asked(asked: &Asked) -> Vec<(String, String, bool)> {
    let mut taken = std::mem::take(&mut *asked.lock().unwrap());
    taken.sort();
    taken
}

fn entry(path: &str, tag: &str, is_conditional: bool) -> (String, String, bool) {
    (path.to_owned(), tag.to_owned(), is_conditional)
}

/// An article of one's own that cites a page.
fn cite(bench: &Bench, path: &str, title: &str, paragraphs: &[&str], url: &str) {
    bench.write(path, &format!("## {title}\n\n{}\n\nSource: <{url}>\n", paragraphs.join("\n\n")));
}

#[test]
fn a_page_comes_in_the_language_of_the_article_that_reposts_it() {
    let (bench, asked) = negotiating_bench();
    bench.repost("a.md", "http://tide.test/one", "The tide book", &ENGLISH);
    bench.repost("b.md", "http://tide.test/two", "潮汐簿", &CHINESE);
    cite(&bench, "0.md", "潮汐簿", &CHINESE, "http://tide.test/one");
    let run = ["run", "--format", "jsonl"];
    let report = bench.run(&run).report();
    for (file, url) in [("a.md", "http://tide.test/one"), ("b.md", "http://tide.test/two")] {
        let link = report.link(file, url);
        let class = link.drift.as_ref().map(|drift| drift.class);
        assert_eq!((link.verdict, class), (Verdict::Alive, Some(DriftClass::Identical)), "{url}");
    }
    assert_eq!(take_asked(&asked), [entry("/one", "en", false), entry("/two", "zh-TW", false)]);
    bench.run(&run);
    assert_eq!(take_asked(&asked), [entry("/one", "en", true), entry("/two", "zh-TW", true)]);
}

#[test]
fn a_page_that_articles_in_two_languages_cite_keeps_the_language_of_its_snapshot() {
    let (bench, asked) = negotiating_bench();
    let url = "http://tide.test/both";
    cite(&bench, "a/zh.md", "潮汐簿", &CHINESE, url);
    cite(&bench, "b/en.md", "The tide book", &ENGLISH, url);
    let first = bench.run(&["run", "b", "--format", "jsonl"]).report();
    assert_eq!(first.link("b/en.md", url).verdict, Verdict::Alive);
    let second = bench.run(&["run", "--format", "jsonl"]).report();
    assert!(second.link("a/zh.md", url).unchanged);
    assert_eq!(take_asked(&asked), [entry("/both", "en", false), entry("/both", "en", true)]);
}

#[test]
fn a_fixed_value_goes_into_every_request() {
    let (mut bench, asked) = negotiating_bench();
    bench.set("network.accept_language=fr, en;q=0.7");
    bench.repost("a.md", "http://tide.test/one", "The tide book", &ENGLISH);
    bench.run(&["check"]);
    let asked = take_asked(&asked);
    assert!(asked.contains(&entry("/one", "fr", false)), "{asked:?}");
    // So are the probes, which such a page in a foreign language causes.
    assert!(asked.iter().all(|(_, tag, _)| tag == "fr"), "{asked:?}");
}

const ORIGINAL: [&str; 4] = [
    "The harbour office counted 1,994 ships on the first day of the spring, of which most came from the north.",
    "Nobody there could remember that so many had come in on one day before, and the pilots worked all night.",
    "Two of them had to wait outside until the tide turned, and came in after that without any damage.",
    "The office will ask for three more pilots before the next season begins, and pay them out of the fees.",
];

#[test]
fn a_translation_is_not_another_article_and_its_original_is_watched() {
    let url = "http://paper.example/ships";
    let served = Arc::new(Mutex::new(ORIGINAL.map(str::to_owned)));
    let now = Arc::clone(&served);
    let bench = Bench::new(move |request| match request.path.as_str() {
        "/ships" => kit::page("Ships in spring", &now.lock().unwrap().each_ref().map(String::as_str)),
        _ => Reply::status(404),
    });
    bench.repost(
        "a.md",
        url,
        "春天的船",
        &[
            "港口办公室在春天的第一天数到了1949艘船，其中大部分来自北方，码头上站满了来看船的人。",
            "那里没有人记得以前有这么多船在同一天进港，领航员们整夜工作，直到最后一艘船靠岸。",
            "有两艘船不得不在外面等到潮水转向，后来也都平安进港，没有受到任何损坏。",
            "办公室将在下个季节开始以前再请三名领航员，他们的工资从费用里支付。",
        ],
    );
    let drift = |code| {
        let report = bench.run(&["run", "--format", "jsonl"]).expect_code(code).report();
        report.link("a.md", url).drift.clone().unwrap()
    };
    let first = drift(0);
    assert_eq!((first.class, first.reason.as_deref()), (DriftClass::Unverifiable, Some("translation")));
    let figures: Vec<&str> = first.key_changes.iter().map(|change| change.local.as_str()).collect();
    assert_eq!(figures, ["1949"]);
    let shown = bench.run(&["diff", "a.md"]).expect_code(0).stdout;
    assert!(shown.contains("the texts are in different languages"), "{shown}");
    served.lock().unwrap()[2] =
        "All of them came in before the tide turned, and three had lost their masts.".to_owned();
    let changed = drift(2);
    assert!(changed.class.is_drift() && changed.against == "previous", "{changed:?}");
    let after = drift(0);
    assert_eq!((after.class, after.reason.as_deref()), (DriftClass::Unverifiable, Some("translation")));
}
