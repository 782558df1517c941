//! Tests which texts are labels, in many languages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::CitationRules;
use super::label::LabelKind;
use crate::archive::rule_phrase;

fn classify_label(text: &str) -> Option<LabelKind> {
    CitationRules::embedded().unwrap().classify_label(text, false)
}

#[test]
fn labels_of_sources_in_all_languages() {
    for text in [
        "參考資料：",
        "**新闻来源**",
        "原文链接",
        "2. 参考链接",
        "相关新闻链接",
        "消息来源1",
        "文字版原文",
        "Sources:",
        "News source",
        "Original article link",
        "References",
        "参考文献",
        "引用元",
        "视频连接",
        "信息来源及链接",
        "参考链接一：",
        "参考（一）",
        "视频参看",
        "图文来源",
        "资源链接",
        "数据源",
        "Referencer",
        "Refrence:",
        "Sourse",
    ] {
        assert!(matches!(classify_label(text), Some(LabelKind::Source { .. })), "{text}");
    }
}

#[test]
fn labels_of_pictures_and_related_reading_are_recognised() {
    for text in ["图片来源", "圖片來源：", "Photo credit", "视频截图来源", "封面图片"] {
        assert_eq!(classify_label(text), Some(LabelKind::Picture), "{text}");
    }
    for text in ["延伸閱讀", "相关新闻", "上一篇：某文", "Related articles", "更多资讯，请关注："]
    {
        assert_eq!(classify_label(text), Some(LabelKind::Related), "{text}");
    }
    for text in [
        "他说",
        "新闻",
        "编辑",
        "",
        "12",
        "Partial lockdown",
        "Nextdoor",
        "Topics of today",
        "Courses",
        "Preference",
        "Credits",
    ] {
        assert_eq!(classify_label(text), None, "{text}");
    }
}

#[test]
fn titles_in_a_list_of_sources_are_not_labels() {
    let rules = CitationRules::embedded().unwrap();
    for title in [
        "加入北约 总统表态",
        "关注海峡局势",
        "推荐信风波",
        "热门景点关闭",
        "照片显示灾情",
        "Next-generation sequencing",
        "Contact tracing",
        "Share of the market",
        "Image of a comet",
    ] {
        assert_eq!(rules.classify_label(title, true), None, "{title}");
    }
    for label in
        ["上一篇：某文", "延伸阅读", "关注：", "Next: a page", "欢迎订阅我们的频道", "Follow us on X"]
    {
        assert_eq!(rules.classify_label(label, true), Some(LabelKind::Related), "{label}");
    }
    assert_eq!(rules.classify_label("图片来源", true), Some(LabelKind::Picture));
}

#[test]
fn an_unknown_word_with_a_labels_end_names_links_unless_it_invites() {
    let rules = CitationRules::embedded().unwrap();
    for label in ["法案链接", "白宫声明链接", "统计来源", "判决书原文2"] {
        assert!(rules.names_links(&rule_phrase::phrase_key(label)), "{label}");
    }
    for label in ["报名链接", "捐款链接", "购买链接", "入群邀请链接", "链接", "法案"] {
        assert!(!rules.names_links(&rule_phrase::phrase_key(label)), "{label}");
    }
}
