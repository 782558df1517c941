//! Compares pages with local copies: text that was added is a change, boilerplate around the text is not.

use crate::text::{self, PageBlock, PageText, TextRules};
use crate::text_diff::{CompareRules, Comparison, DriftClass, compare};

const TITLE: &str = "旧桥的修缮工程将要开始";
const COPY: [&str; 4] = [
    "市里的工程师说，旧桥的修缮工程将会在五月开始，预计需要120天。",
    "附近的居民担心，施工期间他们每天要多走三公里的路，孩子上学也要绕道。",
    "运输部门答应增加两班渡轮，并且在河的两岸设立临时的车站，车票不会涨价。",
    "工程的费用由市里和省里分担，议会已经在上个月通过了预算。",
];

fn local() -> PageText {
    PageText { title: TITLE.to_owned(), blocks: COPY.map(PageBlock::from).to_vec(), ..PageText::default() }
}

/// A page with something between the second and the third paragraph, and something at the end.
fn page(between: &str, after: &str) -> String {
    format!(
        "<html><head><title>{TITLE} - 某报</title></head><body><ul><li><a href=/>首页</a></ul><h1>{TITLE}</h1><div class=text>\
         <p>{}</p><p>{}</p>{between}<p>{}</p><p>{}</p>{after}</div></body></html>",
        COPY[0], COPY[1], COPY[2], COPY[3]
    )
}

fn judge(html: &str) -> Comparison {
    let local = local();
    let original =
        text::extract_page(html, None, Some(&local.text()), TextRules::built_in()).unwrap_or_default();
    compare(&original, &local, &CompareRules::default())
}

#[test]
fn boilerplate_among_the_paragraphs_is_no_change() {
    for between in [
        "<div class='related-posts'><h3>相关阅读</h3><p>另一座桥在去年已经修好，花了不到一年的时间。</p></div>",
        "<aside><p>另一座桥在去年已经修好，花了不到一年的时间。</p></aside>",
        "<figure><img src=x><figcaption>桥上的行人走过结冰的路面。</figcaption></figure>",
        "<p><img src=x></p><p>▲桥上的行人走过结冰的路面。（图源：某社）</p>",
        "<p><img src=x><br><em>桥上的行人走过结冰的路面。</em></p>",
        "<p>【延伸阅读】<a href=/1>另一座桥在去年已经修好</a></p>",
        "<div><p>每天早上把最重要的消息送到您的信箱，随时可以取消。</p><input type=email><button>好</button></div>",
        "<blockquote class=pull><p>他们每天要多走三公里的路</p></blockquote>",
        "<div style='display:none'>看不见的一段话，是为了迷惑抄袭的人而写的。</div>",
        "<p>广告</p>",
        "<div class=share><a href=#>微博</a> <a href=#>微信</a></div>",
        "<script>var x = '脚本里的一段话也不是正文。';</script>",
    ] {
        let found = judge(&page(between, ""));
        assert!(!found.class.is_drift(), "{between}: {found:?}");
    }
}

#[test]
fn text_that_was_added_is_a_change() {
    for between in [
        "<p>反对者说，这笔钱应该先用来修缮学校的屋顶。</p>",
        "<div>反对者说，这笔钱应该先用来修缮学校的屋顶。</div>",
        "<p class=x1>反对者拍摄了旧桥的照片，并且把照片寄给了议会的每一位议员。</p>",
    ] {
        let found = judge(&page(between, ""));
        assert_eq!(found.class, DriftClass::MajorEdit, "{between}: {found:?}");
    }
    for note in [
        "<p>更正：工程需要的时间应为210天。</p>",
        "<aside class=note><p>编者注：本文发布后有修改。</p></aside>",
    ] {
        let found = judge(&page("", note));
        assert_eq!(
            found.key_changes.first().map(|t| t.kind.as_str()),
            Some("correction"),
            "{note}: {found:?}"
        );
        assert!(found.class.is_drift());
    }
}

#[test]
fn a_headline_about_a_correction_is_no_correction() {
    let links = "<ul><li><a href=/1>更正：某报承认人数有误</a></li><li><a href=/2>另一条消息</a></li></ul>";
    let found = judge(&page("", links));
    assert!(!found.class.is_drift(), "{found:?}");
}

#[test]
fn a_page_that_scripts_fill_is_read_from_its_data() {
    let body = format!("<p>{}</p>", COPY.join("</p><p>"));
    let figure = "<figure><img src=x><figcaption>桥上的行人走过结冰的路面。</figcaption></figure>";
    let data = serde_json::json!({ "post": { "title": TITLE, "html": format!("{body}{figure}") } });
    let html = format!(
        "<title>某报</title><div id=app></div><script id=__NEXT_DATA__ type='application/json'>{data}</script>"
    );
    assert!(!judge(&html).class.is_drift());
    let found = judge(&html.replace("120天", "210天"));
    assert_eq!(found.key_changes.first().map(|t| t.kind.as_str()), Some("number"));
    // The data may hold one paragraph an entry, with short ones among them.
    let parts: Vec<_> = COPY.iter().map(|block| serde_json::json!({ "text": block })).collect();
    let data = serde_json::json!({ "article": { "title": TITLE, "parts": parts } });
    let html = format!("<title>{TITLE}</title><div id=app></div><script>window.__NUXT__={data}</script>");
    assert!(!judge(&html).class.is_drift());
}

#[test]
fn marks_of_lists_and_footnotes_are_not_text() {
    let marked = page("", "")
        .replace("<p>附近", "<p>2. 附近")
        .replace("天。</p>", "天。<sup><a href=#f>[1]</a></sup></p>");
    let found = judge(&marked);
    assert!(!found.class.is_drift(), "{found:?}");
}

#[test]
fn a_figure_changes_its_sentence_however_short() {
    let found = judge(&page("<p>第24572条，</p>", ""));
    assert!(!found.class.is_drift(), "{found:?}");
    let mut local = local();
    local.blocks.insert(2, "第24172条，".into());
    let original =
        text::extract_page(&page("<p>第24572条，</p>", ""), None, Some(&local.text()), TextRules::built_in())
            .unwrap_or_default();
    let found = compare(&original, &local, &CompareRules::default());
    assert!(found.class.is_drift() && found.key_changes.iter().any(|t| t.kind == "number"), "{found:?}");
}

/// What is found between a page of the copy's paragraphs with `between` and a copy with `line` in that place.
fn judge_line(line: &str, between: &str) -> Comparison {
    let [first, second, third, last] = COPY;
    let blocks = [first, second].into_iter().chain(line.lines()).chain([third, last]);
    let local = PageText { blocks: blocks.map(PageBlock::from).collect(), ..local() };
    let html = page(between, "");
    let original =
        text::extract_page(&html, None, Some(&local.text()), TextRules::built_in()).unwrap_or_default();
    compare(&original, &local, &CompareRules::default())
}

#[test]
fn the_rows_of_a_table_are_compared_cell_by_cell() {
    let html = "<table><tr><th>鸟</th><th>数量</th><th>变化</th></tr><tr><td>苍鹭</td><td>60</td><td>-12%</td></tr></table>";
    let cells = "鸟\n数量\n变化\n苍鹭\n60\n-12%";
    assert!(!judge_line(cells, html).class.is_drift());
    for (old, new) in [("60", "65"), ("-12%", "12%"), ("-12%", "-15%")] {
        let found = judge_line(&cells.replace(old, new), html);
        let named = found
            .key_changes
            .iter()
            .any(|change| (change.original.as_str(), change.local.as_str()) == (old, new));
        assert!(found.class.is_drift() && named, "{old} {new} {found:?}");
    }
}

#[test]
fn glued_titles_and_counters_are_no_change_and_figures_are() {
    let glued = format!("{TITLE} 桥边的茶馆已经开了四十年。");
    let paragraph = "<p>桥边的茶馆已经开了四十年。</p>";
    assert!(!judge_line(&glued, paragraph).class.is_drift());
    assert!(judge_line(&glued.replace("四十", "五十"), paragraph).class.is_drift());
    let overlapping = format!("{TITLE} 旧桥边的茶馆已经开了四十年。");
    assert!(!judge_line(&overlapping, "<p>旧桥边的茶馆已经开了四十年。</p>").class.is_drift());
    let counters = "<p>Posted 3 hours ago · 1,204 views</p>";
    assert!(!judge_line("Posted 1 hour ago · 900 views", counters).class.is_drift());
    let sentence = "<p>The tea house counted 1,204 views and likes, he said 3 days ago.</p>";
    assert!(
        judge_line("The tea house counted 1,304 views and likes, he said 3 days ago.", sentence)
            .class
            .is_drift()
    );
}

#[test]
fn the_numbers_of_notes_are_no_change_and_other_figures_are() {
    let plain = "The tea house is old, and it is poor.";
    for marked in [
        "<p>The tea house is old<sup><a href='#n1'>1</a></sup>, and it is poor<sup>[2]</sup>.</p>",
        "<p>The tea house is old,<sup><a href='#n1'>1</a></sup> and it is poor.</p>",
        "<p>The tea house is old[12], and it is poor.</p>",
    ] {
        let found = judge_line(plain, marked);
        assert!(!found.class.is_drift(), "{marked} {found:?}");
    }
    for changed in
        ["<p>The tea house 1 is old, and it is poor.</p>", "<p>The tea house is 90 old, and it is poor.</p>"]
    {
        assert!(judge_line(plain, changed).class.is_drift(), "{changed}");
    }
}
