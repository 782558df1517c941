//! Tests that no drift is missed and none is reported by mistake, however much surrounds the text.

use std::io::Read as _;

use driftline::app::demo::server::Reply;
use driftline::fetch::body::charset;
use driftline::fetch::{Exchange, HeaderField, Protocol, Response};
use driftline::model::Untrusted;
use driftline::text::{TextRules, visible_text};
use driftline::text_diff::DriftClass;
use driftline::verdict::{Assessment, Cause, LocalCopyShare, PageEvidence, Signatures, judge_page};
use url::Url;

use crate::kit::{self, Bench};

/// A page with readers' comments in the article's own element, where no reader can tell them apart.
fn crowded(paragraphs: &[String]) -> Reply {
    let comments = [
        "北街小李：看完以后心里很暖和。",
        "过路人甲：明天我也去看一看，顺便带上孩子。",
        "老读者：希望多登这样的消息。",
    ];
    let all: Vec<&str> = paragraphs.iter().map(String::as_str).chain(comments).collect();
    kit::page("第5号消息", &all)
}

#[test]
fn an_edit_is_listed_though_comments_stand_below_it_and_comments_alone_are_not() {
    let local = kit::story(5, 12);
    let mut edited = local.clone();
    edited[1] = edited[1].replacen("编号为", "编号不再是", 1);
    let (same, other) = (local.clone(), edited);
    let bench = Bench::new(move |request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("edited.test", _) => crowded(&other),
        _ => crowded(&same),
    });
    let paragraphs: Vec<&str> = local.iter().map(String::as_str).collect();
    bench.repost("edited.md", "http://edited.test/5", "第5号消息", &paragraphs);
    bench.repost("same.md", "http://same.test/5", "第5号消息", &paragraphs);
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(2).report();
    let drift = |article: &str, url: &str| report.link(article, url).drift.clone().unwrap();
    let edited = drift("edited.md", "http://edited.test/5");
    assert!(edited.class.is_drift() && !edited.noise, "{edited:#?}");
    let same = drift("same.md", "http://same.test/5");
    assert_eq!((same.class, same.noise), (DriftClass::Identical, true));
    let text = bench.run(&["report"]).stdout;
    assert!(text.contains("edited.md:6") && !text.contains("same.md"), "{text}");
}

#[test]
fn a_comment_that_quotes_the_article_as_it_was_hides_no_edit() {
    let local = kit::story(6, 12);
    let mut edited = local.clone();
    edited[1] = edited[1].replacen("编号为", "编号不再是", 1);
    let added = format!("{}但市政府后来取消了这个计划。", local.join(""));
    let was = local.clone();
    let bench = Bench::new(move |request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("added.test", _) => kit::page("第6号消息", &[&added]),
        _ => {
            let quoted = format!("<div class=comments><div><p>{}</p></div></div>", was.join("</p><p>"));
            let page = kit::page_html("第6号消息", &edited.iter().map(String::as_str).collect::<Vec<_>>());
            Reply::html(page.replace("</article>", &format!("</article>{quoted}")))
        }
    });
    let paragraphs: Vec<&str> = local.iter().map(String::as_str).collect();
    bench.repost("quoted.md", "http://quoted.test/6", "第6号消息", &paragraphs);
    bench.repost("added.md", "http://added.test/6", "第6号消息", &paragraphs);
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(2).report();
    for (article, url) in [("quoted.md", "http://quoted.test/6"), ("added.md", "http://added.test/6")] {
        let found = report.link(article, url).drift.clone().unwrap();
        assert!(found.class.is_drift() && !found.noise, "{article} {found:#?}");
    }
}

/// A saved page, judged as a cited page of which there is no local copy.
fn judged_alone(url: &Url, body: Vec<u8>, signatures: &Signatures) -> Assessment {
    let media = "text/html";
    let html = charset::decode_text(&body, Some(media)).text;
    let whole = visible_text(&html, TextRules::built_in());
    let chain = [Exchange {
        url: url.clone(),
        at: jiff::Timestamp::UNIX_EPOCH,
        elapsed: std::time::Duration::ZERO,
        remote: None,
        connected: true,
        request_headers: Vec::new(),
        outcome: Ok(Response {
            status: 200,
            status_line: None,
            protocol: Protocol::Http11,
            headers: vec![HeaderField { name: "content-type".into(), value: media.into() }],
            body: Untrusted::new(body),
            truncated: None,
        }),
    }];
    let evidence = PageEvidence {
        requested: url,
        chain: &chain,
        html: Some(&html),
        title: &whole.title,
        visible: &whole.text,
        local: &LocalCopyShare::new(&|| None),
        probe: None,
        home: None,
        doubt: None,
        only_beginning: false,
        text_rules: TextRules::built_in(),
    };
    judge_page(&evidence, signatures)
}

/// Real articles, none of which is gone: the rules must not suspect them where there is no local copy as
/// evidence. A few are teasers of newspapers, which say so. A suspicion costs a probe, so a few are
/// allowed.
#[test]
fn real_articles_raise_no_alarm() {
    let Some(folder) = kit::shared("article-pages") else { return };
    let truth = std::fs::read_to_string(folder.join("ground-truth.json")).unwrap();
    let truth: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&truth).unwrap();
    let signatures = Signatures::embedded();
    let (mut pages, mut paid, mut suspected, mut wrong) = (0, Vec::new(), Vec::new(), Vec::new());
    for (id, gold) in &truth {
        let mut body = Vec::new();
        let file = std::fs::File::open(folder.join(format!("html/{id}.html.gz"))).unwrap();
        flate2::read::GzDecoder::new(file).read_to_end(&mut body).unwrap();
        let url = gold.get("url").and_then(|url| url.as_str()).unwrap_or("http://news.example/2022/a");
        let url = Url::parse(url).unwrap();
        pages += 1;
        match judged_alone(&url, body, &signatures) {
            Assessment::Judged(judgement) if judgement.verdict.is_fine() => {}
            Assessment::Judged(judgement) if judgement.cause == Some(Cause::Paywall) => paid.push(url),
            Assessment::Judged(judgement) => wrong.push(format!("{url}: {judgement:?}")),
            Assessment::NeedsProbe { reason, .. } => suspected.push(format!("{url}: {reason}")),
        }
    }
    println!("{pages} pages; {} teasers; suspected: {suspected:#?}; wrong: {wrong:#?}", paid.len());
    assert!(wrong.is_empty(), "{} of {pages} are called gone or closed: {wrong:#?}", wrong.len());
    assert!(paid.len() * 20 <= pages, "{} of {pages} are taken for teasers: {paid:#?}", paid.len());
    assert!(suspected.len() * 50 <= pages, "{} of {pages} are suspected: {suspected:#?}", suspected.len());
}
