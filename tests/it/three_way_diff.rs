//! Tests the comparison of the first snapshot, the newest one and the local copy: who changed, and whether
//! the copy ever equalled the original.

use std::sync::{Arc, Mutex};

use driftline::app::demo::server::Reply;
use driftline::report::LinkChange;
use driftline::text_diff::DriftClass;
use driftline::text_diff::{Drift, MovedSide};

use crate::kit::{Bench, Finished, Report, repost_markdown, story};

const URL: &str = "http://news.example/a";
const TITLE: &str = "渡口的故事";

/// A page whose navigation, teasers and counter are not its text.
fn page_with(paragraphs: &[String], menu: &str, views: u32) -> String {
    let body = format!("<p>{}</p>\n", paragraphs.join("</p>\n<p>"));
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{TITLE}</title></head><body>\
         <nav><a href=\"/\">首页</a> <a href=\"/m\">{menu}</a></nav><main><article><h1>{TITLE}</h1>\
         <p class=meta>阅读 {views} 次</p>{body}</article>\
         <aside><h2>相关新闻</h2><ul><li><a href=/1>{menu}又有了新的说法</a></li></ul></aside></main>\
         <footer>版权所有 {menu}</footer></body></html>"
    )
}

/// An archive of one article, and the page that it is a repost of, which can be edited.
struct Desk {
    bench: Bench,
    original: Arc<Mutex<String>>,
}

impl Desk {
    fn new(local: &[String], original: &[String]) -> Self {
        let page = Arc::new(Mutex::new(page_with(original, "体育", 3)));
        let served = Arc::clone(&page);
        let bench = Bench::new(move |request| match request.path.as_str() {
            "/a" => Reply::html(served.lock().unwrap().clone()),
            _ => Reply::status(404),
        });
        bench.write("README.md", "# 目录\n");
        let desk = Self { bench, original: page };
        desk.edit_local(local);
        desk
    }

    fn edit_local(&self, paragraphs: &[String]) {
        let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
        self.bench.write("a.md", &repost_markdown(URL, TITLE, &paragraphs));
    }

    fn edit_original(&self, html: String) {
        *self.original.lock().unwrap() = html;
    }

    /// Runs the program and returns the report of the one link.
    fn run(&self, code: i32) -> (Drift, Option<LinkChange>) {
        let report: Report = self.bench.run(&["run", "--format", "jsonl"]).expect_code(code).report();
        let link = report.link("a.md", URL);
        (link.drift.clone().expect("compared"), link.change)
    }

    fn history(&self) -> String {
        let Finished { stdout, .. } = self.bench.run(&["history", "a.md", "-v"]).expect_code(0);
        stdout
    }
}

fn with(paragraphs: &[String], at: usize, sentence: &str) -> Vec<String> {
    let mut edited = paragraphs.to_vec();
    sentence.clone_into(&mut edited[at]);
    edited
}

#[test]
fn who_moved_is_said_at_each_run() {
    let text = story(41, 12);
    let desk = Desk::new(&text, &text);

    let (first, change) = desk.run(0);
    assert!(first.class.is_equal(), "{first:?}");
    assert_eq!((first.moved_side, first.was_equal, change), (MovedSide::Unknown, Some(true), None));

    let local = with(&text, 1, "这一段在档案里被人改写成了别的话，说的是船价。");
    desk.edit_local(&local);
    let (second, change) = desk.run(2);
    assert!(second.class.is_drift());
    assert_eq!((second.moved_side, change), (MovedSide::Local, Some(LinkChange::NewlyDrifted)));
    assert_eq!(second.was_equal, Some(true));
    assert!(second.equal_at.is_some() && second.equal_at == first.equal_at, "{second:?}");
    assert_eq!(second.moved_since_first, Some(MovedSide::Local));

    let original = with(&text, 2, "原文的这一段后来也被改了，说的是票价。");
    desk.edit_original(page_with(&original, "体育", 4));
    let (third, change) = desk.run(2);
    assert_eq!((third.moved_side, change), (MovedSide::Original, Some(LinkChange::NewlyDrifted)));
    assert_eq!(third.moved_since_first, Some(MovedSide::Both));
    assert_eq!((third.was_equal, third.equal_at), (Some(true), first.equal_at));

    desk.edit_original(page_with(&with(&original, 3, "又过了一周，原文的末段换成了这句话。"), "体育", 5));
    desk.edit_local(&with(&local, 0, "档案的首段这时也换成了另一句话，说的是天气。"));
    let (fourth, _) = desk.run(2);
    assert_eq!((fourth.moved_side, fourth.moved_since_first), (MovedSide::Both, Some(MovedSide::Both)));

    let (fifth, change) = desk.run(0);
    assert_eq!((fifth.class, fifth.moved_side, change), (fourth.class, MovedSide::Neither, None));
    assert_eq!(fifth.was_equal, Some(true));

    let day = first.equal_at.expect("equal").strftime("%Y-%m-%d").to_string();
    let history = desk.history();
    assert_eq!(history.matches("the original changed\n").count(), 1, "{history}");
    assert_eq!(history.matches("the local copy changed\n").count(), 1, "{history}");
    assert_eq!(history.matches("both sides changed\n").count(), 1, "{history}");
    let told = format!("the local copy was equal to the original on {day}");
    assert_eq!(history.matches(&told).count(), 4, "{history}");
    let shown = desk.bench.run(&["report"]).expect_code(0).stdout;
    assert!(shown.contains(&told), "{shown}");
}

#[test]
fn a_changed_menu_moves_nobody() {
    let text = story(42, 12);
    let local = with(&text, 1, "档案里的这一段从来都与原文不同，说的是船价。");
    let desk = Desk::new(&local, &text);
    let (first, change) = desk.run(2);
    assert_eq!((first.was_equal, change), (Some(false), Some(LinkChange::NewlyDrifted)));
    assert_eq!((first.moved_side, first.moved_since_first), (MovedSide::Unknown, None));

    for (menu, views) in [("财经", 90), ("本地要闻", 1200)] {
        desk.edit_original(page_with(&text, menu, views));
        let (later, change) = desk.run(0);
        assert_eq!((later.class, later.moved_side, change), (first.class, MovedSide::Neither, None));
        assert_eq!((later.was_equal, later.moved_since_first), (Some(false), Some(MovedSide::Neither)));
    }
    // A local edit counts as local even where the page's menu changed, too.
    desk.edit_original(page_with(&text, "国际", 5000));
    desk.edit_local(&with(&local, 2, "档案里的这一段也改了，说的是渡船的颜色。"));
    assert_eq!(desk.run(2).0.moved_side, MovedSide::Local);
}

#[test]
fn a_copy_that_goes_back_to_the_first_snapshot_was_equal_once() {
    let text = story(43, 12);
    let edited = with(&text, 1, "档案在第一次抓取之前就被人改过这一段。");
    let desk = Desk::new(&edited, &text);
    assert_eq!(desk.run(2).0.was_equal, Some(false));

    desk.edit_original(page_with(&with(&text, 2, "原文的这一段后来改了，说的是新船。"), "体育", 3));
    desk.edit_local(&text);
    let (later, _) = desk.run(2);
    assert_eq!((later.moved_side, later.was_equal), (MovedSide::Both, Some(true)), "{later:?}");
    let visits = desk.bench.run(&["history", URL, "--format", "jsonl"]).expect_code(0).stdout;
    let first: serde_json::Value = serde_json::from_str(visits.lines().next().unwrap()).unwrap();
    assert_eq!(first["at"], serde_json::to_value(later.equal_at).unwrap());
}

#[test]
fn a_title_that_is_edited_in_the_archive_is_seen() {
    let text = story(44, 12);
    let desk = Desk::new(&text, &text);
    assert!(desk.run(0).0.class.is_equal());
    let paragraphs: Vec<&str> = text.iter().map(String::as_str).collect();
    desk.bench.write("a.md", &repost_markdown(URL, "完全不同的一个题目", &paragraphs));
    let (drift, _) = desk.run(2);
    assert_eq!((drift.class, drift.title_changed), (DriftClass::MinorEdit, true));
    assert_eq!(drift.moved_side, MovedSide::Local);
}
