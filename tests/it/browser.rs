//! Opens the pages of `driftline diff --format html` in a browser: keys and switches work, and nothing of
//! a hostile original runs. Skipped, with a remark, where there is no Chromium.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use driftline::app::demo::server::Reply;
use serde_json::{Value, json};

use crate::kit::{self, Bench, Chromium, repost_markdown, story};

const URL: &str = "http://news.example/a";
/// Sets a mark in the page that any of these attempts would leave.
const RAN: &str = "document.documentElement.setAttribute('data-ran','1')";

fn texts(paragraphs: &[String]) -> Vec<&str> {
    paragraphs.iter().map(String::as_str).collect()
}

/// Attempts to run a script, in the forms in which a page's markup can hold them.
fn attempts() -> Vec<String> {
    vec![
        format!("<script>{RAN}</script>"),
        format!("<img src=x onerror=\"{RAN}\">"),
        format!("<svg onload=\"{RAN}\"></svg>"),
        format!("<a id=trap href=\"javascript:{RAN}\">重要的链接</a>"),
        format!("<iframe srcdoc=\"&lt;script&gt;parent.{RAN}&lt;/script&gt;\"></iframe>"),
        format!(
            "<style>@import url(http://evil.example/x.css);</style><form action=\"javascript:{RAN}\"></form>"
        ),
    ]
}

/// Markup as text: what a page shows that writes about markup.
fn shown(markup: &str) -> String {
    markup.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A diff with one changed figure, one added and one removed paragraph, script variants, and far
/// more that is unchanged.
fn plain_diff(folder: &Path) -> PathBuf {
    let mut before = story(61, 30);
    before.insert(1, "台灣的漁民在碼頭上等候渡船。".to_owned());
    let mut after = before.clone();
    "台湾的渔民在码头上等候渡船。".clone_into(&mut after[1]);
    after[4] = after[4].replace("编号为", "号码为");
    after.remove(7);
    after.push("最后多了一段话，说的是明年的计划。".to_owned());
    std::fs::write(folder.join("a.md"), repost_markdown(URL, "题目", &texts(&before))).unwrap();
    std::fs::write(folder.join("b.md"), repost_markdown(URL, "题目", &texts(&after))).unwrap();
    kit::call(folder, &["diff", "a.md", "b.md", "--format", "html", "-o", "diff.html"]).expect_code(0);
    folder.join("diff.html")
}

/// Which change is the current one, and what the page says of it.
fn current(browser: &mut Chromium) -> (Value, Value) {
    let now = browser.value(
        "(() => { const now = document.querySelectorAll('.now'); \
         return now.length === 1 && now[0] === document.activeElement ? +now[0].dataset.change : null })()",
    );
    (now, browser.value("document.getElementById('at').textContent"))
}

#[test]
fn keys_and_switches_lead_through_the_changes() {
    let Some(mut browser) = Chromium::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = plain_diff(folder.path());
    browser.resize(1200, 500);
    browser.open(&page);
    let total = browser.value("document.querySelectorAll('[data-change]').length");
    let total = total.as_u64().unwrap();
    assert!(total >= 3, "{total}");
    assert_eq!(current(&mut browser), (Value::Null, json!(format!("{total} changes"))));

    browser.press("n");
    assert_eq!(current(&mut browser), (json!(1), json!(format!("1 of {total}"))));
    browser.press("j");
    assert_eq!(current(&mut browser).0, json!(2));
    browser.click("#next");
    assert_eq!(current(&mut browser), (json!(3), json!(format!("3 of {total}"))));
    let seen = browser.value(
        "(() => { const r = document.querySelector('.now').getBoundingClientRect(); \
         return r.top >= 0 && r.bottom <= innerHeight })()",
    );
    assert_eq!(seen, json!(true), "the change is scrolled into view");
    for _ in 0..total {
        browser.press("n");
    }
    assert_eq!(current(&mut browser).0, json!(total), "the last one stays");
    browser.press("p");
    browser.click("#prev");
    assert_eq!(current(&mut browser).0, json!(total - 2));

    // Side by side, then inline: by the label, by the key.
    let columns =
        "getComputedStyle(document.querySelector('.changed')).gridTemplateColumns.split(' ').length";
    let one_text = "getComputedStyle(document.querySelector('.changed .m')).display !== 'none' && \
                    getComputedStyle(document.querySelector('.changed .b')).display === 'none'";
    assert_eq!((browser.value(columns), browser.value(one_text)), (json!(2), json!(false)));
    browser.click("label[for=inline]");
    assert_eq!((browser.value(columns), browser.value(one_text)), (json!(1), json!(true)));
    browser.press("i");
    assert_eq!(browser.value(columns), json!(2));

    // Script variants are shown unmarked until the switch is set.
    let marked = "getComputedStyle(document.querySelector('i.v')).backgroundColor !== 'rgba(0, 0, 0, 0)'";
    assert_eq!(browser.value(marked), json!(false));
    browser.click("label[for=variants]");
    assert_eq!(browser.value(marked), json!(true));
    browser.press("v");
    assert_eq!(browser.value(marked), json!(false));

    // Unchanged parts are folded, and open on a click.
    let open = "document.querySelectorAll('details[open]').length";
    assert_eq!(browser.value(open), json!(0));
    browser.click("summary");
    assert_eq!(browser.value(open), json!(1));
    browser.press("o");
    assert_eq!(browser.value(open), browser.value("document.querySelectorAll('details').length"));

    assert_eq!(browser.complaints(), [""; 0]);
    assert!(browser.requested().iter().all(|url| url.ends_with("/diff.html")), "{:?}", browser.requested());
}

#[test]
fn the_page_fits_a_phone_the_dark_and_a_screen_reader() {
    let Some(mut browser) = Chromium::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = plain_diff(folder.path());
    browser.resize(340, 700);
    browser.open(&page);
    let fits = "document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(browser.value(fits), json!(true));
    let inline = "getComputedStyle(document.querySelector('.changed .m')).display";
    assert_eq!(browser.value(inline), json!("block"), "no room for two columns");
    browser.press("n");
    assert_eq!(current(&mut browser).0, json!(1));

    let background = "getComputedStyle(document.body).backgroundColor";
    let light = browser.value(background);
    let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
    browser.call("Emulation.setEmulatedMedia", &dark);
    assert_ne!(browser.value(background), light);

    browser.resize(1200, 700);
    browser.call("Accessibility.enable", &json!({}));
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().unwrap();
    let named = |role: &str| -> Vec<&str> {
        let of_role = nodes.iter().filter(|node| node["role"]["value"] == role && node["ignored"] == false);
        of_role.map(|node| node["name"]["value"].as_str().unwrap_or_default()).collect()
    };
    for role in ["banner", "main", "navigation", "heading", "deletion", "insertion", "status"] {
        assert!(!named(role).is_empty(), "{role}");
    }
    assert!(named("group").iter().any(|name| name.starts_with("Change 1 of ")), "{:?}", named("group"));
    assert_eq!(named("radio"), ["Side by side", "Inline i"]);
    assert!(named("button").contains(&"Next n"), "{:?}", named("button"));
    let said = named("StaticText");
    assert!(
        said.iter().any(|text| text.contains("removed")) && said.iter().any(|text| text.contains("added"))
    );
}

#[test]
fn without_scripts_the_page_still_reads() {
    let Some(mut browser) = Chromium::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = plain_diff(folder.path());
    browser.resize(1200, 700);
    browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.open(&page);
    assert_eq!(browser.value("document.getElementById('steps').hidden"), json!(true));
    let columns =
        "getComputedStyle(document.querySelector('.changed')).gridTemplateColumns.split(' ').length";
    assert_eq!(browser.value(columns), json!(2));
    browser.click("label[for=inline]");
    assert_eq!(browser.value(columns), json!(1));
    browser.click("a.skip");
    assert_eq!(browser.value("location.hash"), json!("#c1"));
    browser.click("#r1 a[href='#c2'], [data-change='1'] a[href='#c2']");
    assert_eq!(browser.value("location.hash"), json!("#c2"));
    let marked = "getComputedStyle(document.querySelector('[data-change=\"2\"]')).outlineStyle";
    assert_eq!(browser.value(marked), json!("solid"), "the change that was jumped to is marked");
}

#[test]
fn nothing_of_a_hostile_original_runs() {
    let Some(mut browser) = Chromium::start() else { return };
    let bench = Bench::new(|request| match request.path.as_str() {
        "/a" => {
            let mut html = format!(
                "<html><head><meta charset=utf-8><title>题目 {0}</title></head><body><h1>题目 {0}</h1>",
                shown(&attempts()[1])
            );
            for (paragraph, attempt) in story(62, 12).iter().zip(attempts()) {
                // Once as markup, once as text that says the same.
                write!(html, "{attempt}<p>{paragraph}{}</p>", shown(&attempt)).unwrap();
            }
            Reply::html(html + "</body></html>")
        }
        _ => Reply::status(404),
    });
    let name = "\"><img src=x onerror=eval(name)>.md";
    bench.repost(name, URL, &format!("题目 {}", attempts()[0]), &texts(&story(62, 12)));
    bench.run(&["run"]).expect_code(2);
    bench.run(&["diff", name, "--format", "html", "-o", "diff.html"]).expect_code(0);
    let page = bench.root().join("diff.html");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        html.contains("&lt;script&gt;") && html.contains("onerror="),
        "the attempts are in the page, as text"
    );

    browser.resize(1200, 700);
    browser.open(&page);
    let ran = "document.documentElement.hasAttribute('data-ran')";
    assert_eq!(browser.value(ran), json!(false));
    let alien = "document.querySelectorAll('img,iframe,svg,object,form,link,a[href^=javascript],[onload],[onerror]').length + \
                 document.querySelectorAll('script').length";
    assert_eq!(browser.value(alien), json!(1), "the page's own script is all");
    browser.press("n");
    assert_eq!(current(&mut browser).0, json!(1), "and that one runs");
    assert_eq!(browser.requested().len(), 1, "{:?}", browser.requested());

    // Were the escaping to fail, the page's own policy still lets nothing run.
    let injected = html.replacen("<main", &format!("{}<main", attempts().concat()), 1);
    let broken = bench.root().join("broken.html");
    std::fs::write(&broken, &injected).unwrap();
    browser.open(&broken);
    assert!(browser.value("document.querySelectorAll('main ~ *, img, iframe').length").as_u64() > Some(1));
    browser.click("#trap");
    browser.press("n");
    assert_eq!(current(&mut browser).0, json!(1));
    assert_eq!(browser.value(ran), json!(false));
    assert!(!browser.complaints().is_empty(), "the browser tells what it refused");
    assert!(!browser.requested().iter().any(|url| url.contains("evil.example")));

    // And without the policy they would run: the attempts are real.
    let policy = html.find("<meta http-equiv").unwrap();
    let end = policy + html[policy..].find('>').unwrap() + 1;
    let open_to_all = injected.replacen(&html[policy..end], "", 1);
    std::fs::write(&broken, open_to_all).unwrap();
    browser.open(&broken);
    kit::eventually("an attempt runs where nothing forbids it", || browser.value(ran) == json!(true));
}
