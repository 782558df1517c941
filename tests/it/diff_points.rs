//! Tests `driftline diff ARTICLE|URL` between two points in time, with each normal form, and its message
//! where there is nothing to compare.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use driftline::app::demo::server::Reply;
use driftline::text_diff::DriftClass;
use serde_json::Value;

use crate::kit::{Bench, page, page_html, repost_markdown, story};

const URL: &str = "http://news.example/a";
const SOURCE: &str = "http://paper.example/s";
const TITLE: &str = "渡口的故事";

fn texts(paragraphs: &[String]) -> Vec<&str> {
    paragraphs.iter().map(String::as_str).collect()
}

/// An archive whose one original was seen twice: the second paragraph is `一` in the copy, `二` in the
/// first snapshot, `三` in the second. Gives the snapshots' ids and times, oldest first.
fn seen_twice() -> (Bench, Vec<(String, String)>) {
    let version = |word: &str| {
        let mut text = story(51, 12);
        text[1] = format!("渡口在这一年里一共运送了{word}万名客人，比去年多。");
        text
    };
    let served = Arc::new(Mutex::new(version("二")));
    let now = Arc::clone(&served);
    let bench = Bench::new(move |request| match request.path.as_str() {
        "/a" => page(TITLE, &texts(&now.lock().unwrap())),
        "/s" => page("来源", &texts(&story(52, 12))),
        _ => Reply::status(404),
    });
    bench.write("README.md", "# 目录\n");
    let mut markdown = repost_markdown(URL, TITLE, &texts(&version("一")));
    writeln!(markdown, "信息源：[某报]({SOURCE})").unwrap();
    bench.write("a.md", &markdown);
    bench.run(&["run"]).expect_code(2);
    *served.lock().unwrap() = version("三");
    bench.run(&["run"]).expect_code(2);
    let visits = bench.run(&["history", URL, "--format", "jsonl"]).expect_code(0).stdout;
    let points = visits.lines().map(|line| {
        let visit: Value = serde_json::from_str(line).unwrap();
        let of = |name: &str| visit[name].as_str().unwrap().to_owned();
        (of("snapshot"), of("at"))
    });
    let points = points.collect();
    (bench, points)
}

/// What a diff says of the one changed figure: what was before, what is now.
fn figures(bench: &Bench, args: &[&str]) -> (String, String) {
    let args = [&["diff"], args, &["--format", "json"]].concat();
    let found = bench.run(&args).expect_code(0);
    let diff: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(diff["schema"], "driftline-diff/1");
    assert_eq!(diff["drift"]["class"], "minor-edit", "{diff}");
    let telling = &diff["drift"]["telling"][0];
    let side = |name: &str| telling[diff[name].as_str().unwrap()].as_str().unwrap()[..3].to_owned();
    (side("from"), side("to"))
}

fn pair(before: &str, after: &str) -> (String, String) {
    (before.to_owned(), after.to_owned())
}

#[test]
fn every_form_of_a_point_is_understood() {
    let (bench, points) = seen_twice();
    let [(first, first_at), (second, second_at)] = &points[..] else { panic!("{points:?}") };
    for subject in ["a.md", "./a.md", URL] {
        assert_eq!(figures(&bench, &[subject]), pair("一", "三"), "{subject}");
    }
    for (from, to, right) in [
        ("local", "latest", pair("一", "三")),
        ("local", "first", pair("一", "二")),
        ("first", "latest", pair("二", "三")),
        ("latest", "first", pair("三", "二")),
        ("latest", "local", pair("三", "一")),
        (first, second, pair("二", "三")),
        (second, first, pair("三", "二")),
        (first_at, second_at, pair("二", "三")),
        (first_at, "local", pair("二", "一")),
        ("first", "2999-12-31", pair("二", "三")),
    ] {
        assert_eq!(figures(&bench, &["a.md", "--from", from, "--to", to]), right, "{from} {to}");
    }
    assert_eq!(figures(&bench, &[URL, "--from", "first"]), pair("二", "三"));
    assert_eq!(figures(&bench, &[URL, "--to", "first"]), pair("一", "二"));
    assert_eq!(figures(&bench, &[URL, "--to", "local"]), pair("二", "一"));

    let shown = bench.run(&["diff", "a.md"]).expect_code(0).stdout;
    assert!(shown.starts_with("--- a.md  (local copy)\n+++ http://news.example/a ("), "{shown}");
    assert!(shown.contains("了[-一-]万名客人") && shown.contains("了{+三+}万名客人"), "{shown}");
    let colored = bench.run(&["diff", "a.md", "--color", "always"]).expect_code(0).stdout;
    assert!(colored.contains("\u{1b}[7m\u{1b}[31m一\u{1b}[0m") && !colored.contains("[-"), "{colored}");
    let shown = bench.run(&["diff", URL, "--from", "latest", "--to", "first"]).expect_code(0).stdout;
    assert!(shown.lines().next().unwrap().ends_with("  (later snapshot)"), "{shown}");
    assert!(shown.contains("[-三-]") && shown.contains("{+二+}"), "{shown}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (bench, points) = seen_twice();
    for (code, args, words) in [
        (3, &["a.md", "--from", "yesterday"][..], "invalid time"),
        (3, &["a.md", "--from", "local", "--to", "local"], "both sides are the local copy"),
        (1, &["a.md", "--from", "1999-01-01"], "at or before 1999-01-01 23:59:59Z; the first is of 20"),
        (1, &[SOURCE, "--from", "local"], "local copy of"),
        (1, &[SOURCE, "--from", &points[0].0], "with the id"),
        (1, &["b.md"], "b.md"),
        (1, &["http://nobody.example/"], "no snapshot of"),
        (3, &["a.md", "b.md", "--from", "first"], "cannot be used with"),
    ] {
        let found = bench.run(&[&["diff"], args].concat()).expect_code(code);
        assert!(found.stderr.contains(words), "{args:?}: {}", found.stderr);
        assert!(found.stdout.is_empty());
    }
    let found = bench.run(&["show", URL, "--at", "1999-01-01"]).expect_code(1);
    assert!(
        found.stderr.contains("at or before 1999-01-01 23:59:59Z; the first is of 20"),
        "{}",
        found.stderr
    );
    // A source that has been seen once, or never changed.
    let found = bench.run(&["diff", SOURCE]).expect_code(0);
    assert!(found.stdout.contains("identical: "), "{}", found.stdout);
    assert!(found.stderr.contains("every visit since has found the same page"), "{}", found.stderr);
}

#[test]
fn a_menu_that_changed_between_two_snapshots_is_no_difference() {
    let text = story(53, 12);
    let html = page_html(TITLE, &texts(&text));
    let served = Arc::new(Mutex::new(html.clone()));
    let now = Arc::clone(&served);
    let bench = Bench::new(move |request| match request.path.as_str() {
        "/s" => Reply::html(now.lock().unwrap().clone()),
        _ => Reply::status(404),
    });
    bench.write("a.md", &format!("## 题目\n\n正文一句。\n\n信息源：[某报]({SOURCE})\n"));
    bench.run(&["run"]).expect_code(0);
    let menu = "<aside><p><a href=/x>电车公司宣布末班车推迟到十一点半发车</a></p></aside></main>";
    *served.lock().unwrap() = html.replace("</main>", menu).replace("About", "关于我们和别的");
    bench.run(&["run"]).expect_code(0);
    let found = bench.run(&["diff", SOURCE]).expect_code(0).stdout;
    assert!(found.contains("\nidentical: "), "{found}");
}

/// The class of the one link, and whether the text report names these forms.
fn class_with(bench: &Bench, forms: &str) -> DriftClass {
    let run = bench.run(&["run", "--format", "jsonl"]);
    let report = run.report();
    assert_eq!(report.run.normal_forms.join(", "), forms);
    let shown = bench.run(&["report"]).stdout;
    assert!(shown.contains(&format!("not counted as a difference: {forms}\n")), "{shown}");
    report.link("a.md", URL).drift.clone().expect("compared").class
}

#[test]
fn each_normal_form_can_be_switched_off() {
    const ALL: &str = "markup, addresses, nfkc, white_space, quotes, width, punctuation, script, letter_case";
    let local = [
        "臺灣的漁民在碼頭上等候渡船，他們說今天的風不大。",
        "船长说：“我们会在六点以前开船。”然后就走了。",
        "这里写着 ＡＢＣ 三个字母，旁边是一面小旗，颜色是红的。",
    ];
    let original = [
        "台湾的渔民在码头上等候渡船，他们说今天的风不大。",
        "船长说：「我们会在六点以前开船。」然后就走了。",
        "这里写着 ABC 三个字母，旁边是一面小旗，颜色是红的。",
    ];
    let mut bench = Bench::new(move |request| match request.path.as_str() {
        "/a" => page(TITLE, &original),
        _ => Reply::status(404),
    });
    bench.write("README.md", "# 目录\n");
    bench.write("a.md", &repost_markdown(URL, TITLE, &local));
    assert_eq!(class_with(&bench, ALL), DriftClass::Cosmetic);

    let without = |name: &str| {
        let left: Vec<&str> = ALL.split(", ").filter(|form| *form != name).collect();
        left.join(", ")
    };
    // Neither page has changed, yet each switch takes effect, and so does switching it back on.
    bench.set("compare.script=false");
    assert!(class_with(&bench, &without("script")).is_drift());
    let diff = bench.run(&["diff", "a.md"]).expect_code(0).stdout;
    assert!(diff.contains("[-臺灣-]") || diff.contains("[-臺-]"), "{diff}");
    let html = bench.run(&["diff", "a.md", "--format", "html"]).expect_code(0).stdout;
    assert!(html.contains(&without("script")), "the page names the forms");
    bench.set("compare.script=true").set("compare.nfkc=false");
    assert!(class_with(&bench, &without("nfkc")).is_drift());
    bench.set("compare.nfkc=true").set("compare.punctuation=false");
    assert_eq!(class_with(&bench, &without("punctuation")), DriftClass::Cosmetic, "quotes are still one");
    bench.set("compare.quotes=false");
    let both = without("punctuation").replace("quotes, ", "");
    assert!(class_with(&bench, &both).is_drift());
    bench.set("compare.punctuation=true").set("compare.quotes=true");
    assert_eq!(class_with(&bench, ALL), DriftClass::Cosmetic);
    let wrong = bench.run(&["run", "--set", "compare.scripts=false"]).expect_code(3);
    assert!(wrong.stderr.contains("compare.script"), "{}", wrong.stderr);
}
