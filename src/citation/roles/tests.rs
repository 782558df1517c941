//! Tests roles with articles written for the purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use crate::archive::{ReadRules, parse_article};
use crate::citation::*;
use crate::model::{ArticleId, CanonicalUrl};

/// "role url" for each link to the web.
fn roles(text: &str) -> Vec<String> {
    let read = ReadRules::embedded().unwrap();
    let rules = CitationRules::embedded().unwrap();
    let article = parse_article(ArticleId::new("a.md"), PathBuf::from("/none/a.md"), text, &read);
    let cited = cite_article(&article, &rules, &LocalFiles::below("/none"));
    let web = cited.iter().filter_map(|c| Some((c.role, c.target.canonical()?)));
    web.map(|(role, url)| format!("{role} {}", url.as_url().path().trim_start_matches('/'))).collect()
}

const HEAD: &str = "### [:house:返回](README.md)\n---\n\n## 标题\n`1/2/2023 3:04 AM UTC 某人` [轉載自GNews](https://g.example/r)\n\n";

fn below(text: &str) -> Vec<String> {
    let mut found = roles(&format!("{HEAD}{text}"));
    assert_eq!(found.remove(0), "repost r");
    found
}

#[test]
fn the_original_is_recognised_by_its_marker() {
    assert_eq!(roles("[轉發自GETTR](https://g.example/p)\n\n文"), ["repost p"]);
    assert_eq!(roles("# T\n\nReposted from [The Wire](https://w.example/x).\n\nText."), ["repost x"]);
    assert_eq!(roles("# T\n\n転載元：https://w.example/x\n\n本文"), ["repost x"]);
    assert_eq!(roles("# T\n\n正文。\n\n[原文連接](https://w.example/x)\n"), ["repost x"]);
    assert_eq!(roles("# T\n\n*Originally published at [W](https://w.example/x).*\n"), ["repost x"]);
    assert_eq!(
        roles("---\ntitle: T\nsource: https://w.example/x\n---\nText [y](https://w.example/y)"),
        ["repost x", "mention y"]
    );
    for text in [
        "# T\n\n轉載自某站：https://w.example/x\n\n本文",
        "# T\n\n轉載自某站\nhttps://w.example/x\n\n本文",
        "# T\n\nReprinted from [W](https://w.example/x).\n\nText",
        "# T\n\nRepublished with permission from [W](https://w.example/x).\n\nText",
        "# T\n\n[某紙からの転載](https://w.example/x)\n\n本文",
        "# T\n\nOriginal: <https://w.example/x>\n\nText",
        "# T\n\n原文：https://w.example/x\n\n本文",
        "# T\n\n本文。\n\n转载自[某站](https://w.example/x)\n\n标签\n\n甲\n\n乙\n\n丙\n\n丁\n",
    ] {
        assert_eq!(roles(text), ["repost x"], "{text}");
    }
    // A home page is not an original, and an article has one original at most.
    assert_eq!(roles("转载自[某站](https://w.example/)\n\n文"), ["mention "]);
    assert_eq!(below("[转载自别处](https://w.example/x)"), ["mention x"]);
}

#[test]
fn labels_make_sources() {
    for text in [
        "信息来源：https://s.example/s",
        "正文结束。参考链接：[题](https://s.example/s)",
        "**[新闻来源](https://s.example/s)**",
        "原文[[zh:链]]接   ：\n\n[https://s.example/s](https://s.example/s)",
        "**參考資料**\n\n某标题\n[题](https://s.example/s)",
        "Source: [BBC](https://s.example/s)",
        "References\n\n\\[1\\] A. Author, A long English title of a paper about things https://s.example/s",
        "来源：某报 [题](https://s.example/s)",
        "参考文献：\n\n1. [题](https://s.example/s)",
        "出典：[記事](https://s.example/s)",
        "新闻链接：（https://s.example/s）",
        "第二段的视频链接：https://s.example/s",
        "Via <https://s.example/s>",
        "信息来源：某通讯社\nhttps://s.example/s",
        "新闻来源：The Wire\n\nhttps://s.example/s",
        "参考：《某法》\n\nhttps://s.example/s",
        "[来源：某报](https://s.example/s)",
        "[原文链接：某文](https://s.example/s)",
        "[【原文链接】某文](https://s.example/s)",
        "[Source: The Wire](https://s.example/s)",
        "参考（一）：https://s.example/s",
        "来源丨[题](https://s.example/s)",
        "法案链接：https://s.example/s",
        "白宫声明链接：\n[题](https://s.example/s)",
        "节选自：[题](https://s.example/s)",
        "Refrence:\n[题](https://s.example/s)",
        "参考链接：\n\n* * *\n\n[题](https://s.example/s)",
        "References\n=====\n\n[题](https://s.example/s)",
    ] {
        assert_eq!(below(text), ["source s"], "{text}");
    }
}

#[test]
fn a_list_of_sources_ends_with_prose_credits_and_other_lists() {
    let list = "参考链接：\n\n[1]: [甲](https://s.example/1)\n[2]：[乙](https://s.example/2)\n\n";
    for (after, last) in [
        ("编辑：某人 [频道](https://s.example/3)", "mention 3"),
        ("更多资讯，请关注：\n[推](https://s.example/3)", "mention 3"),
        ("延伸阅读：\n[推](https://s.example/3)", "mention 3"),
        ("---\n[推](https://s.example/3)", "mention 3"),
        ("## 另节\n[推](https://s.example/3)", "mention 3"),
        ("免责声明：本文仅代表作者。\n- [条款](https://s.example/3)", "navigation 3"),
        ("![图](https://s.example/p.png)\n[3] [丙](https://s.example/3)", "source 3"),
        ("[上一篇：某文](https://s.example/3)", "mention 3"),
        ("[延伸阅读：丙](https://s.example/3)", "mention 3"),
        ("[欢迎订阅我们的频道](https://s.example/3)", "mention 3"),
        ("[点击阅读更多精彩文章](https://s.example/3)", "mention 3"),
        ("**阅读更多**：\n[丙](https://s.example/3)", "mention 3"),
        ("官方网站：[丙](https://s.example/3)", "mention 3"),
        ("图片来源\n[丙](https://s.example/3)", "mention 3"),
        ("加入某组织 总统表态 [某台](https://s.example/3)", "source 3"),
        ("Next-generation things of our time https://s.example/3", "source 3"),
        ("[照片显示某事](https://s.example/3)", "source 3"),
        ("甲书\n[3] 乙书\n[4] 丙书\n[5] 丁书\n④ 戊书\n[5] [丙](https://s.example/3)", "source 3"),
        (
            "[3] A. Author and B. Author, A very long title of a very learned paper, in a journal of some weight, 2020.\n[4] [丙](https://s.example/3)",
            "source 3",
        ),
    ] {
        let found = below(&format!("{list}{after}"));
        assert_eq!(found[..2], ["source 1", "source 2"], "{after}");
        assert_eq!(found.last().unwrap(), last, "{after}");
    }
}

#[test]
fn other_links_are_not_sources() {
    for text in [
        "图片来源：https://s.example/m",
        "据[某报](https://s.example/m)报道，事情如此。",
        "某系统会因此关闭，不再工作，这是众所周知的事情。（请参见《[某文](https://s.example/m)》）",
        "点击[链接](https://s.example/m)即可看到这一段很长的文字里面所说的事情，以及其他的事情。",
        "上一篇：[某文](https://s.example/m)",
        "https://s.example/m",
        "相关新闻：\n[题](https://s.example/m)",
        "报名链接：https://s.example/m",
        "文字版：二〇一九年六月某日谈了很多别的事情\n\nhttps://s.example/m",
    ] {
        assert_eq!(below(text), ["mention m"], "{text}");
    }
}

#[test]
fn one_page_has_one_role_and_accounts_are_no_sources() {
    assert_eq!(
        below(
            "文中说到[甲][1]和[乙][b]。\n\n## References\n\n[1]: https://s.example/x\n[c]: https://s.example/z\n\n## 其他\n\n[b]: https://s.example/y\n"
        ),
        ["source x", "mention y", "source z"]
    );
    assert_eq!(below("见[文](https://s.example/x)。\n\n来源：https://s.example/x"), ["source x", "source x"]);
    let card = "视频链接：[某台](https://gettr.com/user/name)@Name[发表于 5:10](https://gettr.com/post/p1)\n\nhttps://media.example/v/out.mp4";
    assert_eq!(below(card), ["mention user/name", "source post/p1", "mention v/out.mp4"]);
}

#[test]
fn index_pages_navigate_and_pictures_are_pictures() {
    let index = "# 目录\n\n- [甲](https://s.example/1)\n- [乙](https://s.example/2)\n- [丙](https://s.example/3)\n- [丁](https://s.example/4)\n- [戊](https://s.example/5)\n";
    assert!(roles(index).iter().all(|role| role.starts_with("navigation ")), "{:?}", roles(index));
    let cited = index.replace("# 目录", "# 题\n\n参考链接：");
    assert!(roles(&cited).iter().all(|role| role.starts_with("source ")), "{:?}", roles(&cited));
    assert_eq!(
        roles("# 题\n\n来源：\n\n- [甲](https://s.example/1)\n- [乙](https://s.example/2)"),
        ["source 1", "source 2"]
    );
    assert_eq!(
        below("![](https://s.example/i.png) ![a](https://s.example/j.png \"t\")"),
        ["image i.png", "image j.png"]
    );
    assert_eq!(
        roles("### [站](https://s.example/home) | [版](https://s.example/b)\n\n# 题\n\n文"),
        ["navigation home", "navigation b"]
    );
}

#[test]
fn tracking_parameters_go_only_where_the_user_says_so() {
    let url = CanonicalUrl::parse("HTTPS://A.example:443/x?utm_source=t&id=1&fbclid=2#part").unwrap();
    assert_eq!(url.as_str(), "https://a.example/x?utm_source=t&id=1&fbclid=2");
    let names = ["utm_*".to_owned(), "fbclid".to_owned()];
    assert_eq!(url.without_parameters(&names).as_str(), "https://a.example/x?id=1");
    let only = CanonicalUrl::parse("https://a.example/?fbclid=2").unwrap();
    assert_eq!(only.without_parameters(&names).as_str(), "https://a.example/");
    let rules = CitationRules::embedded().unwrap();
    assert!(rules.tracking_parameters().is_empty());
    let table = toml::from_str("[addresses]\ntracking = [\"utm_*\"]").unwrap();
    assert_eq!(rules.with_user(&table).unwrap().tracking_parameters(), ["utm_*"]);
}

#[test]
fn an_existing_file_is_neither_a_host_nor_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.md", "install.sh", "B note.md", "目录/x.md"] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let text = "[a](install.sh) [b](B%20note) [c](目录) [d](other.sh) [e](C note) [f](install.sh#L1)";
    let article =
        parse_article(ArticleId::new("a.md"), dir.path().join("a.md"), text, &ReadRules::embedded().unwrap());
    let cited = cite_article(&article, &CitationRules::embedded().unwrap(), &LocalFiles::below(dir.path()));
    let shown: Vec<_> = cited.iter().map(|c| c.target.shown().unwrap_or("-")).collect();
    assert_eq!(shown, ["install.sh", "B note.md", "目录", "https://other.sh", "-", "install.sh"]);
    assert!(cited.iter().all(|c| c.repairs.is_empty() || c.target.canonical().is_some()));
}

#[test]
fn rows_of_sources_are_told_from_the_text() {
    let rows_of = |text: &str| -> Vec<String> {
        let read = ReadRules::embedded().unwrap();
        let rules = CitationRules::embedded().unwrap();
        let article = parse_article(ArticleId::new("a.md"), PathBuf::from("/none/a.md"), text, &read);
        let listed = find_source_rows(&article, &rules);
        let rows = article.rows.iter().zip(listed).filter(|(_, listed)| *listed);
        rows.map(|(row, _)| row.plain_text(&article.links)).collect()
    };
    let text = "The ferry ran all winter, as [the paper](https://a.example/1) said on Monday.\n\n";
    for (sources, rows) in [
        ("Sources: [Paper](https://a.example/2), [Post](https://a.example/3)\n", 1),
        ("## Sources\n\n- [Paper](https://a.example/2)\n- [Post](https://a.example/3)\n", 3),
        ("参考资料：\n\n1. 某报 https://a.example/2\n2. 某社 https://a.example/3\n", 3),
        ("信息源：[某报](https://a.example/2)、 [某社](https://a.example/3)\n", 1),
        ("[信息来源](https://a.example/2)\n", 1),
    ] {
        assert_eq!(rows_of(&format!("# A title\n\n{text}{sources}")).len(), rows, "{sources}");
    }
    let prose = "According to sources: the ferry [runs again](https://a.example/4). Nobody had told the passengers why it stopped, and the town is glad.\n";
    assert_eq!(rows_of(&format!("# A title\n\n{text}{prose}")), [""; 0]);
}
