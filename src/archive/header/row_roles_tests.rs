//! Tests the classification of rows with articles written for the purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::archive::*;
use crate::model::ArticleId;

fn read(text: &str) -> Article {
    let rules = ReadRules::embedded().unwrap();
    parse_article(ArticleId::new("a.md"), PathBuf::from("/none/a.md"), text, &rules)
}

fn left_out(article: &Article) -> Vec<(u32, RowRole)> {
    article.rows_left_out().map(|(line, role, _)| (line, role)).collect()
}

#[test]
fn rows_of_a_repost_are_classified() {
    let article = read(
        "\u{feff}### [:house:返回](README.md)\r\n---\r\n\r\n## 某地的[[zh:大事]]\r\n`4/5/2023 1:02 PM UTC 某组` [轉載自GNews](https://g.example/1)\r\n\r\n\
         翻译：甲｜校对：乙\r\n ![图](https://i.example/1.jpg)图片来源：某处 \r\n第一[[zh:段]]，见[此文](https://m.example/x)。\r\n\r\n第二段\n接着说。\r\n\r\n\
         https://media.example/out.mp4\r\n\r\n- 一项\r\n- 二项\r\n\r\n编辑 – 丙\r\n\r\n免责声明：本文仅代表作者个人观点。\r\n\r\n- [Terms](https://g.example/t)\r\n",
    );
    assert_eq!(article.title, "某地的大事");
    assert_eq!(article.author, "某组");
    assert_eq!(article.date.unwrap().to_string(), "2023-04-05T13:02:00Z");
    assert_eq!(article.links[article.repost.unwrap()].destination, "https://g.example/1");
    assert!(!article.is_index);
    let blocks = article.body_blocks();
    let body: Vec<_> = blocks.iter().map(|block| (block.line, block.text.as_str())).collect();
    assert_eq!(
        body,
        [
            (8, "图片来源：某处第一段，见此文。"),
            (11, "第二段接着说。"),
            (14, "https://media.example/out.mp4"),
            (16, "一项"),
            (17, "二项")
        ]
    );
    assert_eq!(
        left_out(&article),
        [
            (1, RowRole::Header),
            (4, RowRole::Title),
            (5, RowRole::Repost),
            (7, RowRole::Credit),
            (19, RowRole::Credit),
            (21, RowRole::Disclaimer),
            (23, RowRole::Disclaimer),
        ]
    );
}

#[test]
fn posts_and_transcripts_have_their_own_heads() {
    let post = read(
        "### [返回](README.md)\n---\n\n\n`@name 4/8/2022 12:32 PM UTC`\n\n[轉發自GETTR](https://g.example/p)\n\n正文。\n",
    );
    assert_eq!((post.title.as_str(), post.author.as_str()), ("", "@name"));
    assert_eq!(post.body_text(), "正文。");
    assert_eq!(left_out(&post), [(1, RowRole::Header), (5, RowRole::Byline), (7, RowRole::Repost)]);
    let transcript =
        read("## 某日视频\n[轉載自GNews](https://g.example/1)\n\n    大家好，这是缩进的一段话。\n");
    assert_eq!(
        (transcript.title.as_str(), transcript.body_text().as_str()),
        ("某日视频", "大家好，这是缩进的一段话。")
    );
}

#[test]
fn a_disclaimer_above_the_text_is_a_line_of_its_own() {
    let article = read("# 旧渡口\n\n免责声明：本文仅代表作者观点。\n\n渡船昨天停开。\n\n桥下周修好。\n");
    assert_eq!(article.body_text(), "渡船昨天停开。\n桥下周修好。");
    assert_eq!(left_out(&article), [(1, RowRole::Title), (3, RowRole::Disclaimer)]);
}

#[test]
fn text_that_looks_like_a_credit_or_a_disclaimer_stays() {
    // A list of prizes names an author under each item: that is its matter.
    let mut prizes = String::new();
    for n in 1..=5 {
        let _ = write!(prizes, "[第{n}篇](https://g.example/{n})\n\n作者：某{n}\n\n");
    }
    let article = read(&format!("## 评奖\n\n[轉載自GNews](https://g.example/r)\n\n{prizes}"));
    assert!(article.body_text().contains("作者：某5"));
    assert!(!article.is_index);
    // A disclaimer at the top of a transcript is a paragraph of it.
    let mut talk = String::new();
    for n in 1..=9 {
        let _ = write!(
            talk,
            "第{n}段说了很多很多的话，多到没有人会把它当作网站页脚里的一行文字，因为网站的页脚从来没有这样长的句子。\n\n"
        );
    }
    let article = read(&format!("## 直播\n\n免责声明：以视频为准。\n\n{talk}"));
    assert_eq!(article.body_blocks().len(), 10);
    for said in ["记者：那么下一步会怎样", "视频：某人谈这件事的真相", "内容：某事的来龙去脉"]
    {
        assert_eq!(read(said).body_text(), said);
    }
    for credit in ["音频处理/发稿：某", "校对 / 封面合成：某", "机听：某", "轉載自某某之聲", "记者：某某"]
    {
        assert_eq!(read(credit).body_text(), "", "{credit}");
    }
    assert!(read("编辑：这一句不是署名，因为它是一句话。").body_text().starts_with("编辑"));
}

#[test]
fn a_wrapped_line_with_a_link_alone_is_not_navigation() {
    let article = read(
        "---\ntitle: T\n---\n\nA paragraph that names\n[a page](https://a.example/x)\n[twice](https://a.example/y)\nand goes on.\n\n## Part\n\nText.\n",
    );
    assert_eq!(left_out(&article), []);
    let above = read("[Home](https://a.example/) | [All](https://a.example/all)\n\n# T\n\nText.\n");
    assert_eq!(left_out(&above), [(1, RowRole::Header), (3, RowRole::Title)]);
}

#[test]
fn index_pages_are_recognised_by_their_content() {
    let own = "# 目录\n\n[甲](1.md)\n\n[乙](2.md)\n\n[丙](/c/3.md)\n";
    assert!(read(own).is_index);
    assert!(!read(&format!("[轉載自GNews](https://g.example/1)\n\n{own}")).is_index);
    assert!(!read(&format!("{own}\n{}", "正文很长，所以它不是目录。".repeat(20))).is_index);
    let described = "# 目录\n\n- 2020-01-02 [甲](1.md)：讲的是一件往事，以及它后来怎样收场\n- 2020-01-03 [乙](2.md)：另一件\n- 2020-01-04 [丙](3.md)：再一件\n";
    assert!(read(described).is_index);
    assert!(read("# 目录\n\n| 日期 | 文 |\n| --- | --- |\n| 一月二日 | [甲](1.md) |\n| 一月三日 | [乙](2.md) |\n| 一月四日 | [丙](3.md) |\n").is_index);
    assert!(!read("# 短文\n\n见 [甲](1.md)。\n").is_index);
}

#[test]
fn front_matter_gives_what_the_text_does_not() {
    let article = read(
        "---\ntitle: Front\nauthor: Ann\ndate: 2024-05-06\nsource: https://w.example/a\n---\n\n# Heading\n\nText of two\nlines.\n",
    );
    assert_eq!((article.title.as_str(), article.author.as_str()), ("Front", "Ann"));
    assert_eq!(article.date.unwrap().to_string(), "2024-05-06T00:00:00Z");
    assert_eq!(article.links[article.repost.unwrap()].position, Position { line: 5, column: 9 });
    assert_eq!(article.body_text(), "Text of two lines.");
    assert_eq!(article.body_blocks()[0].line, 10);
}

#[test]
fn empty_and_hostile_files_are_articles() {
    let deep = format!("---\nsource: {}{}\n---\n", "[".repeat(50_000), "]".repeat(50_000));
    for text in ["", "\u{feff}", "\n\n\r\n", "---\n---", "`", &deep, "[", "\u{2028}"] {
        let article = read(text);
        assert!(article.body_text().len() <= 4 && !article.is_index, "{text:?}");
    }
}

#[test]
fn the_cells_of_a_table_are_blocks() {
    let blocks = |text: &str| -> Vec<String> {
        read(text).body_blocks().into_iter().map(|block| block.text).collect()
    };
    let table = "A first line of text.\n\n| Bird | Eggs | [Rise](#r) |\n|:--|--:|---|\n| Grey heron | 12 | -5% |\n| Ibis |  | +7% |\n\nA last line.\n";
    let cells = [
        "A first line of text.",
        "Bird",
        "Eggs",
        "Rise",
        "Grey heron",
        "12",
        "-5%",
        "Ibis",
        "+7%",
        "A last line.",
    ];
    assert_eq!(blocks(table), cells);
    let bare =
        table.replace("| Bird", "Bird").replace("|:--|--:|---|", ":--|--:|---").replace("| Grey", "Grey");
    assert_eq!(blocks(&bare.replace("| Ibis", "Ibis")), cells);
    assert_eq!(
        blocks("One line | with a bar\nand another one.\n"),
        ["One line | with a bar and another one."]
    );
}

#[test]
fn what_a_page_sets_above_its_words_is_no_text() {
    for (markdown, text) in [
        (
            "古い<ruby>渡<rp>(</rp><rt>わた</rt><rp>)</rp></ruby>し船は<ruby>桟橋<rt>さんばし</ruby>に戻った。",
            "古い渡し船は桟橋に戻った。",
        ),
        ("The pier<sup>[3](#note-3)</sup> was closed[12](#fn12).", "The pier was closed."),
        ("See chapter [3](other.md#three) and 5 < 7.", "See chapter 3 and 5 < 7."),
        ("<table><tr><th>Bird</th><th>12</th></tr><tr><td>65</td></tr></table>", "Bird 12 65"),
    ] {
        assert_eq!(read(markdown).body_text(), text, "{markdown}");
    }
}

#[test]
fn a_year_at_the_start_of_a_line_goes_on_its_sentence() {
    let wrapped = "The bell was cast in the year\n1907. It cracked long ago.\n";
    assert_eq!(read(wrapped).body_text(), wrapped.trim().replace('\n', " "));
    let item = "- The bell was cast in the year\n1907. It cracked long ago.\n- It was cast again.\n";
    assert_eq!(read(item).body_blocks().len(), 2);
    let list = "Three things are missing:\n1. a rope\n2. a lamp\n\n12. a later one\n13. another\n";
    assert_eq!(read(list).body_blocks().len(), 5);
}

#[test]
fn markers_of_many_languages_name_the_original() {
    let prose = "A long paragraph of prose that says what happened, to whom, when, and why it matters to anybody at all.";
    for line in [
        "原文来自某站 https://a.example/x",
        "本文由工具转码， 原文来自微信「某号」：[题](https://a.example/x)",
        "来源：https://a.example/x",
        "Saved from https://a.example/x",
        "Zuerst erschienen bei [Zeitung](https://a.example/x)",
        "Fuente: [Diario](https://a.example/x)",
        "Оригинал: [Статья](https://a.example/x)",
        "출처: https://a.example/x",
    ] {
        let article = read(&format!("# T\n\n{line}\n\n{prose}\n\nSee [B](https://b.example/y).\n"));
        let original = article.repost.map(|index| article.links[index].destination.as_str());
        assert_eq!(original, Some("https://a.example/x"), "{line}");
        assert!(left_out(&article).contains(&(3, RowRole::Repost)), "{line}");
    }
    // Below the text, a label for sources names just that.
    assert_eq!(read(&format!("# T\n\n{prose}\n\nFuente: https://a.example/x\n")).repost, None);
    for key in ["via", "originalURL", "mirror_of"] {
        let article = read(&format!("---\n{key}: https://a.example/x\n---\n\n{prose}\n"));
        assert!(article.repost.is_some(), "{key}");
    }
}

#[test]
fn a_source_below_sentences_however_short_is_no_original() {
    let with = |body: &str| read(&format!("# Ships\n\n{body}")).repost.is_some();
    assert!(with("Source: <https://a.example/1>\n\nThe harbour office published its figures.\n"));
    assert!(!with("The harbour office published its figures.\n\nSource: <https://a.example/1>\n"));
    assert!(!with("港口公布了数字，船都来了。\n\n来源：<https://a.example/1>\n"));
}
