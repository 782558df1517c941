//! Tests sources and mentions over time: what changed in them, and whether the passages that an article
//! quotes from them are still there.

use std::sync::{Arc, Mutex};

use driftline::app::demo::server::Reply;
use driftline::report::{LinkChange, LinkReport};
use driftline::text_diff::DriftClass;
use driftline::text_diff::{Drift, MovedSide};

use crate::kit::{Bench, story};

const URL: &str = "http://paper.example/report";
const QUOTE: &str = "我们在冬天以前一定会把旧码头修好";

/// The frame around the text of the page.
#[derive(Clone, Copy)]
struct Around {
    menu: &'static str,
    teaser: &'static str,
    views: u32,
}

const BEFORE: Around = Around {
    menu: "要闻",
    teaser: "县里的图书馆从下月起每晚多开一个小时，读者们都说这是一件好事。",
    views: 12,
};
const AFTER: Around = Around {
    menu: "体育与文化",
    teaser: "电车公司宣布末班车推迟到十一点半，票价和以前一样不会再有变化。",
    views: 5321,
};

fn page(paragraphs: &[String], around: Around) -> String {
    let body = format!("<p>{}</p>\n", paragraphs.join("</p>\n<p>"));
    let Around { menu, teaser, views } = around;
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>旧码头的报道</title></head><body>\
         <nav><ul><li><a href=\"/\">首页</a></li><li><a href=\"/m\">{menu}</a></li></ul></nav>\
         <div class=sidebar><h3>热门</h3><p><a href=/t>{teaser}</a></p></div>\
         <div class=content><h1>旧码头的报道</h1><p>{views} 次浏览 · 3 天前</p>{body}\
         <p><a href=/t2>{teaser}</a></p></div><footer>{menu}</footer></body></html>"
    )
}

struct Desk {
    bench: Bench,
    source: Arc<Mutex<String>>,
}

impl Desk {
    fn new(article: &str, source: String) -> Self {
        let page = Arc::new(Mutex::new(source));
        let served = Arc::clone(&page);
        let bench = Bench::new(move |request| match request.path.as_str() {
            "/report" => Reply::html(served.lock().unwrap().clone()),
            _ => Reply::status(404),
        });
        bench.write("a.md", article);
        Self { bench, source: page }
    }

    fn serve(&self, html: String) {
        *self.source.lock().unwrap() = html;
    }

    fn run(&self, code: i32) -> LinkReport {
        let report = self.bench.run(&["run", "--format", "jsonl"]).expect_code(code).report();
        report.link("a.md", URL).clone()
    }
}

fn drift(link: LinkReport) -> Drift {
    link.drift.expect("held against the last snapshot")
}

/// An article that quotes its source, in the other script and in its own marks.
fn article(quote: &str) -> String {
    format!(
        "## 碼頭的消息\n\n縣里的代表在會上說：「{quote}」。大家聽了都很高興，也有人問起了費用。\n\n信息源：[某報]({URL})\n"
    )
}

fn source_text() -> Vec<String> {
    let mut text = story(7, 12);
    text[1] = format!("代表在会上表示：“{QUOTE}。”会议到五点结束。");
    text
}

#[test]
fn what_stands_around_a_source_is_no_drift() {
    let text = source_text();
    let desk = Desk::new(&article(QUOTE), page(&text, BEFORE));
    assert_eq!(desk.run(0).drift, None, "there is nothing yet to hold it against");
    desk.serve(page(&text, AFTER));
    let link = desk.run(0);
    assert_eq!(link.change, None);
    let found = drift(link);
    assert!(found.class.is_equal(), "{found:?}");
    assert_eq!((found.against.as_str(), found.moved_side), ("previous", MovedSide::Neither));
    assert!(found.quotes_lost.is_empty() && found.was_equal.is_none());
}

#[test]
fn a_changed_sentence_of_a_source_is_drift_whatever_stands_around_it() {
    for around in [BEFORE, AFTER] {
        let text = source_text();
        let desk = Desk::new(&article(QUOTE), page(&text, BEFORE));
        desk.run(0);
        let mut edited = text.clone();
        edited[2] = "这一段被编辑部整个换掉了，说的是另外一件事情。".to_owned();
        desk.serve(page(&edited, around));
        let link = desk.run(2);
        assert_eq!(link.change, Some(LinkChange::NewlyDrifted));
        let found = drift(link);
        assert!(found.class.is_drift(), "{found:?}");
        assert_eq!(found.moved_side, MovedSide::Original);
        // Unchanged since: no drift against the last snapshot, and nothing new.
        let link = desk.run(0);
        assert_eq!((link.change, drift(link).class), (None, DriftClass::Identical));
    }
}

#[test]
fn a_figure_that_changed_under_a_changed_menu_is_named() {
    let mut text = source_text();
    text[0] = "修码头一共要花费三百二十万元，由县里承担。".to_owned();
    let desk = Desk::new(&article(QUOTE), page(&text, BEFORE));
    desk.run(0);
    text[0] = "修码头一共要花费五百二十万元，由县里承担。".to_owned();
    desk.serve(page(&text, AFTER));
    let found = drift(desk.run(2));
    assert_eq!((found.class, found.changed_sentences), (DriftClass::MinorEdit, 1), "{found:?}");
    assert_eq!(found.key_changes[0].kind, "number");
    assert_eq!(found.key_changes[0].local, "三百二十万元");
}

#[test]
fn a_quotation_that_is_gone_is_named_until_it_is_back() {
    let text = source_text();
    let desk = Desk::new(&article(QUOTE), page(&text, BEFORE));
    assert!(desk.run(0).drift.is_none());
    let mut edited = text.clone();
    edited[1] = "代表在会上表示：“修码头的事情以后再谈。”会议到五点结束。".to_owned();
    desk.serve(page(&edited, BEFORE));
    assert_eq!(drift(desk.run(2)).quotes_lost, [QUOTE]);
    let shown = desk.bench.run(&["report"]).expect_code(2).stdout;
    assert!(shown.contains(&format!("quoted, but missing: “{QUOTE}”")), "{shown}");

    // The page stays as it is: the quotation is still gone, and the report still says so.
    let later = drift(desk.run(0));
    assert_eq!((later.class, later.quotes_lost.as_slice()), (DriftClass::Identical, &[QUOTE.to_owned()][..]));
    let shown = desk.bench.run(&["report"]).expect_code(0).stdout;
    assert!(shown.contains("Quotations missing from the source"), "{shown}");
    // Another paragraph changes: that it was there is known from the first snapshot.
    edited[3] = "末段换成了这一句新的话，与码头没有关系。".to_owned();
    desk.serve(page(&edited, BEFORE));
    assert_eq!(drift(desk.run(2)).quotes_lost, [QUOTE]);
    // Restored.
    desk.serve(page(&text, BEFORE));
    assert!(drift(desk.run(2)).quotes_lost.is_empty());
}

#[test]
fn a_page_that_cannot_be_read_has_lost_nothing() {
    let desk = Desk::new(&article(QUOTE), page(&source_text(), BEFORE));
    desk.run(0);
    desk.serve(
        "<!DOCTYPE html><html><head><title>旧码头的报道</title></head><body><div id=root></div>\
         <script src=/app.js></script></body></html>"
            .to_owned(),
    );
    let found = drift(desk.run(0));
    assert_eq!(found.class, DriftClass::Unverifiable, "{found:?}");
    assert!(found.quotes_lost.is_empty());
}

#[test]
fn another_file_without_text_is_not_called_the_same() {
    let served = Arc::new(Mutex::new("PK\u{3}\u{4} (The path cost 3200 dollars)"));
    let now = Arc::clone(&served);
    let bench = Bench::new(move |request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::bytes(200, "application/zip", *now.lock().unwrap()),
    });
    bench.write("README.md", "# 目录\n");
    bench.write("a.md", &article(QUOTE));
    bench.repost("b.md", "http://paper.test/b.pdf", "渡口", &["渡口今天通航，船工说水位正好。"]);
    bench.run(&["run"]).expect_code(0);
    *served.lock().unwrap() = "PK\u{3}\u{4} (The path cost 3300 dollars)";
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
    assert_eq!(drift(report.link("a.md", URL).clone()).class, DriftClass::Unverifiable);
    let shown = bench.run(&["diff", "b.md"]).expect_code(0);
    assert!(shown.stdout.contains("unverifiable") && shown.stderr.contains("not a text document"));
}

#[test]
fn what_was_never_there_is_not_lost() {
    // A translation, and words of someone else.
    let foreign = "We shall mend the old pier before the winter comes";
    let desk = Desk::new(&article(foreign), page(&source_text(), BEFORE));
    desk.run(0);
    let mut edited = source_text();
    edited[1] = "会议到六点才结束，代表们没有发表意见。".to_owned();
    desk.serve(page(&edited, BEFORE));
    let found = drift(desk.run(2));
    assert!(found.class.is_drift() && found.quotes_lost.is_empty(), "{found:?}");
}
