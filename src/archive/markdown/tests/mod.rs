//! The reader against the forms that archives hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commonmark;
mod commonmark_deviations;
mod commonmark_texts;

use super::*;
use crate::archive::raw_link::RawLink;

/// Destination, label and place of each link.
fn links(text: &str) -> Vec<(String, String, String)> {
    let scanned = scan_markdown(text, 0);
    let shown = |link: &RawLink| {
        let place = format!("{}:{}", link.position.line, link.position.column);
        let picture = if link.image { "!" } else { "" };
        (link.destination.clone(), format!("{picture}{}", link.label), place)
    };
    scanned.links.iter().map(shown).collect()
}

fn destinations(text: &str) -> Vec<String> {
    links(text).into_iter().map(|link| link.0).collect()
}

fn text(source: &str) -> String {
    let scanned = scan_markdown(source, 0);
    scanned.rows.iter().map(|row| row.plain_text(&scanned.links)).collect::<Vec<_>>().join("|")
}

#[test]
fn places_count_characters_and_all_line_ends() {
    let found = links("一二\r\n三[四](u1)\rx [y](u2)\n\n  - ![z](u3)");
    let places: Vec<_> = found.iter().map(|link| link.2.as_str()).collect();
    assert_eq!(places, ["2:2", "3:3", "5:5"]);
}

#[test]
fn standard_links() {
    let source = "[a](https://a.example/x_(y) \"A (title)\") [b](<c d.md>) ![p](i.png 't') <https://auto.example/>\n\
                  [t][Ref] [ref][] [ref] [free]\n\n[ref]: https://r.example/z 'T'\n[unused]: /local/path\n";
    assert_eq!(
        destinations(source),
        [
            "https://a.example/x_(y)",
            "c d.md",
            "i.png",
            "https://auto.example/",
            "https://r.example/z",
            "https://r.example/z",
            "https://r.example/z",
            "/local/path",
        ]
    );
    let image = links("[![alt](i.png)](https://page.example/)");
    assert_eq!(image[0], ("https://page.example/".into(), String::new(), "1:1".into()));
    assert_eq!(image[1], ("i.png".into(), "!alt".into(), "1:2".into()));
}

#[test]
fn html_links_and_what_hides_links() {
    assert_eq!(
        links("看<a class=x href=\"https://a.example/?p=1&amp;q=2\">《[[zh:某]]文》</a>，<img alt=\"图\" src='i.jpg'>")
            .iter()
            .map(|l| (l.0.as_str(), l.1.as_str()))
            .collect::<Vec<_>>(),
        [("https://a.example/?p=1&amp;q=2", "《某文》"), ("i.jpg", "!图")]
    );
    assert_eq!(
        destinations(
            "<img data-src='a.png'> <img src='data:image/gif;base64,R0' data-src='b.png'> \
             <img srcset='c.png 1x, d.png 2x'> <img src='e.png' srcset='f.png 2x'>"
        ),
        ["a.png", "b.png", "c.png", "e.png"]
    );
    let hidden = "`[a](b)` ``x ` [c](d)`` <!-- [e](f)\n\nhttps://g.example --> <pre>[h](i)</pre> [seen](yes)\n\n\
                  ```\n[j](k)\n```\n\n    [indented](code)\n\n<script>var u='https://l.example'</script>";
    assert_eq!(destinations(hidden), ["yes"]);
    assert_eq!(destinations("<!-- never closed [kept](x)"), ["x"]);
    assert_eq!(destinations("\n    　缩进的段落 [文](y)"), ["y"]);
    assert_eq!(destinations("~~~\n[open](fence)\n"), Vec::<String>::new());
    assert_eq!(destinations("> ```\n> [code](x)\n> ```\n\n[3](y)"), ["y"]);
    assert_eq!(destinations("> ```\n> [code](x)\n[3](y)"), ["y"]);
    assert_eq!(destinations("- a\n  ```\n  [code](x)\n\n[3](y)"), ["y"]);
    assert_eq!(destinations("- ```\n  [code](x)\n- [3](y)"), ["y"]);
    assert_eq!(destinations("- a\n  ```\n[code](x)\n  ```\n[3](y)"), ["y"]);
}

#[test]
fn definitions_are_found_in_all_their_forms_and_not_in_code() {
    for (text, found) in [
        ("See [the minutes][m].\n\n[m]:\nhttps://a.example/m \"Minutes\"\n", vec!["https://a.example/m"]),
        ("See [x][q\\]].\n\n[q\\]]: https://a.example/q", vec!["https://a.example/q"]),
        ("~~~\n[c]: https://a.example/code\n~~~\n\n[c]", vec![]),
        ("[c]\n\n```\nopen\n\n[c]: https://a.example/c", vec!["https://a.example/c"]),
        ("[one][o] [two][t]\n\n[o]: sibling\n[t]: sub/page.md", vec!["sibling", "sub/page.md"]),
        ("[x][Long\n label]\n\n[Long label]: https://a.example/l", vec!["https://a.example/l"]),
        ("[x][long label]\n\n[Long\n  label]: https://a.example/l", vec!["https://a.example/l"]),
        ("[note]: nothing more\n\n[note]", vec![]),
        ("[note]: nothing\n\n[note]", vec![]),
        (
            "[^n]: See https://a.example/n and [x](https://a.example/x).",
            vec!["https://a.example/n", "https://a.example/x"],
        ),
    ] {
        assert_eq!(destinations(text), found, "{text}");
    }
}

#[test]
fn code_and_nested_brackets_are_not_links() {
    assert_eq!(
        destinations("[a [b](https://i.example/) c](https://o.example/)"),
        ["https://i.example/", "https://o.example/"]
    );
    assert_eq!(destinations("[no `link](https://a.example/x`)"), Vec::<String>::new());
    assert_eq!(
        destinations("- item\n\n      [code](https://a.example/x)\n\n  [text](https://a.example/y)"),
        ["https://a.example/y"]
    );
    assert_eq!(
        destinations(
            "<pre><code>[x](https://a.example/x)</code></pre>\n<script>u = \"https://a.example/s\"</script>"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn a_list_keeps_its_links_whatever_its_indentation() {
    let nested = "10.  [a](/a)\n    \n    -   [b](/b)\n        \n    -   [c](/c)\n\n    [d](/d)\n";
    assert_eq!(destinations(nested), ["/a", "/b", "/c", "/d"]);
}

#[test]
fn wikilinks_become_their_text() {
    assert_eq!(
        text("在[[zh:某地]]的[[Some Page|某页]]和[[另页]]，[[zh:外[[zh:内]]层]]。"),
        "在某地的某页和另页，外内层。"
    );
    assert_eq!(text("# 题[[zh:甲|乙]]\n| [[zh:丙|丁]] | [[zh:未闭 | 戊 |"), "题乙|| 丁 | 未闭 | 戊 |");
    assert_eq!(links("[参考[[zh:链]]接](https://a.example/)")[0].1, "参考链接");
    assert_eq!(
        links("[[1]](https://a.example/n)"),
        [("https://a.example/n".into(), "[1]".into(), "1:1".into())]
    );
    assert_eq!(destinations("[[[zh:某]]人](a.md) [b[[zh:未闭](c.md)"), ["a.md", "c.md"]);
    assert_eq!(text("![[embedded.png]]后"), "后");
}

#[test]
fn broken_links_that_a_reader_still_follows() {
    assert_eq!(destinations("[题\n](https://a.example/p\n\n)")[0], "https://a.example/p");
    assert_eq!(destinations("[题](\nhttps://a.example/\n/tail)"), ["https://a.example/\n/tail"]);
    assert_eq!(destinations("[u]([u](https://a.example/u) 文 [v](w)"), ["[u](https://a.example/u", "w"]);
    assert_eq!(destinations("[标签]<https://a.example/v>"), ["https://a.example/v"]);
    assert_eq!(links("[标签]（https://a.example/全）后")[0].1, "标签");
    assert_eq!(destinations("[t] (https://a.example/gap)"), ["https://a.example/gap"]);
    assert_eq!(destinations("[t](https://a.example/f(x) 之后 (另)"), ["https://a.example/f(x"]);
    assert_eq!(destinations("[t](https://a.example/open and text"), ["https://a.example/open"]);
    assert_eq!(destinations("[t]()"), [""]);
    assert_eq!(destinations("[t](https://a.example/x (title))"), ["https://a.example/x"]);
    assert_eq!(destinations("![t](pic.png =100x200)"), ["pic.png"]);
}

#[test]
fn bare_urls_end_where_the_sentence_goes_on() {
    for (source, url) in [
        ("见https://a.example/x。后面", "https://a.example/x"),
        ("（https://a.example/x）", "https://a.example/x"),
        ("(see https://a.example/x_(y)).", "https://a.example/x_(y)"),
        ("https://a.example/x的报道", "https://a.example/x"),
        ("https://zh.example/wiki/中文_条目 后", "https://zh.example/wiki/中文_条目"),
        ("**https://a.example/b**", "https://a.example/b"),
        ("HTTPS://A.example/C, d", "HTTPS://A.example/C"),
        ("https://a.example/p[图](b.png)", "https://a.example/p"),
        ("https://a.example/a_b_c_?d=__e", "https://a.example/a_b_c_?d=__e"),
        ("https://a.example/y[[zh:编辑]]：某", "https://a.example/y"),
        ("https://a.example/wiki/[[zh:方针]] 后", "https://a.example/wiki/[[zh:方针]]"),
        ("https://a.example/a&nbsp;后文", "https://a.example/a"),
        ("https://a.example/a&quot; b", "https://a.example/a"),
        ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&amp;b=2"),
        ("(https://a.example/x),text", "https://a.example/x"),
        ("(https://a.example/x)(https://b.example/y)", "https://a.example/x"),
        ("[https://a.example/x][https://b.example/y]", "https://a.example/x"),
        ("https://a.example/x[^1]", "https://a.example/x"),
        ("(见 https://a.example/x),之后", "https://a.example/x"),
        ("https://a.example/x(1)a[2]b", "https://a.example/x(1)a[2]b"),
        ("https://a.example/x(1)的报道", "https://a.example/x(1)"),
        ("(https://a.example/x的报道)", "https://a.example/x"),
        ("https://a.example/2020的报道", "https://a.example/2020"),
        ("https://a.example/中文a.html的报道", "https://a.example/中文a.html"),
        ("https://en.wiki.example/wiki/DNA的条目", "https://en.wiki.example/wiki/DNA"),
        ("https://a.example/x的www.b.example/", "https://a.example/x"),
        ("https://a.example/x和y.z", "https://a.example/x"),
        ("https://a.example\u{200b}/x", "https://a.example"),
        ("https://gnews.org。后面", "https://gnews.org"),
        ("https://www。gnews。org/a。后面", "https://www。gnews。org/a"),
    ] {
        assert_eq!(destinations(source)[0], url, "{source}");
    }
    assert_eq!(destinations("https:// http:// httpx https"), Vec::<String>::new());
    assert_eq!(links("[https://a.example/a\\_b](c)")[0].1, "https://a.example/a_b");
}

#[test]
fn bare_urls_go_on_where_their_path_needs_it() {
    for url in [
        "https://zh.wiki.example/wiki/某某国家法_(2015年)",
        "https://en.wiki.example/wiki/Portal:首页",
        "https://wiki.example/zh-hans/2019某病毒病",
        "https://ja.wiki.example/wiki/T型シャツ",
        "https://a.example/2020年1月1日",
        "https://a.example/某人在discord的回答2份",
        "https://a.example/2022/4月-245.jpg",
        "https://a.example/5种方法/",
        "https://fa.wiki.example/wiki/می\u{200c}خواهم",
        "https://he.wiki.example/wiki/צה\"ל",
        "https://a.example/👩\u{200d}🔬",
        "http://例え。テスト/パス",
    ] {
        for (before, behind) in [("", ""), ("见 ", " 后面"), ("来源：", "，后面")] {
            assert_eq!(destinations(&format!("{before}{url}{behind}")), [url], "{before}{behind}");
        }
    }
}

#[test]
fn text_has_no_markup() {
    assert_eq!(
        text("**粗**体 *斜* a_b_c __d__ ~~e~~ 2 * 3 &lt;x&gt; \\*y\\*"),
        "粗体 斜 a_b_c d e 2 * 3 <x> *y*"
    );
    assert_eq!(text("[甲](https://x.example)**粗体**，[[zh:乙]]*斜*"), "甲粗体，乙斜");
    assert_eq!(text("# H\n> - q[^1]\n\n[^1]: 注"), "H|q| 注");
}

#[test]
fn unfriendly_input_is_read_in_linear_time() {
    for unit in [
        "[",
        "![",
        "](",
        "[a](",
        "<a href=\"",
        "<!--",
        "`",
        "[[zh:",
        "[x]: ",
        "**",
        "http://a)",
        "<",
        "(",
        "[^",
        "\\",
        "&amp",
        "http://a.example/x中",
        "a中",
        "(1中",
    ] {
        let source = unit.repeat(40_000);
        let start = std::time::Instant::now();
        scan_markdown(&source, 0);
        assert!(start.elapsed().as_secs() < 10, "{unit}: {:?}", start.elapsed());
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(source in "([\\[\\]()!<>`*_\\\\&;:/#\"' \n\r|-]|https://|\\[\\[zh:|a|中|。|\u{2028}|\u{feff}){0,80}") {
        let scanned = scan_markdown(&source, 0);
        let lines = u32::try_from(source.lines().count().max(1)).unwrap() + u32::try_from(source.matches('\r').count()).unwrap();
        for link in scanned.links {
            proptest::prop_assert!(link.position.line >= 1 && link.position.line <= lines + 1);
        }
    }
}
