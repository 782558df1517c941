//! Extracts the article that a local copy guides to: the part of the page that holds most of the copy's
//! text.
//!
//! No layout can hide the article from this, and no related story can be taken for it. Text among the
//! article's paragraphs that the copy does not have is either an addition or boilerplate;
//! [`crate::text::extract::article_blocks`] decides which.

use std::collections::HashMap;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::node::Node;

use crate::markup;
use crate::text::extract::article_blocks::{BlockPlaces, LabelledText, label_blocks};
use crate::text::extract::blocks::{self, name_of};
use crate::text::extract::corrections::corrections_beside;
use crate::text::extract::guide::Guide;
use crate::text::ngrams::{NgramSet, ngram_hashes};
use crate::text::page_text::PageBlock;
use crate::text::{TextRules, normalize};

/// The article's element holds at least this share of what the page holds of the guide.
const ARTICLE_SHARE: f64 = 0.92;
/// A page that holds a smaller share of the guide is not read by it.
const MIN_HELD: f64 = 0.2;
/// Guides with fewer n-grams are matched by their whole lines only.
const MIN_GUIDE: usize = 20;
/// Guides with fewer letters are not matched at all.
const MIN_LINE_LETTERS: usize = 6;

/// How much of a page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The article's element.
    Article,
    /// All that is visible: what surrounds the article cancels itself against another version of the page.
    WholePage,
}

/// The labelled blocks of the part of the page that holds most of the guide's text, or of the whole page;
/// `None` where the page does not hold enough of it.
pub fn extract_guided(html: &str, guide: &Guide, reach: Reach, rules: &TextRules) -> Option<LabelledText> {
    if guide.ngram_count() < MIN_GUIDE {
        return extract_by_lines(html, guide).map(LabelledText::from);
    }
    let page = scraper::Html::parse_document(html);
    let root = page.tree.root();
    let scores = score_elements(root, guide, rules);
    let article = find_article(root, &scores, guide)?;
    let start = if reach == Reach::WholePage { root } else { article };
    let blocks = blocks::collect_blocks(start, |node| {
        // Hidden text that holds the guide is shown later, by a click, and belongs to the article.
        let holds_little = || {
            let held = scores.get(&node.id()).copied().unwrap_or(0);
            held == 0 || held * 2 < blocks::count_letters_below(node)
        };
        (blocks::is_hidden(&node, rules) && holds_little())
            || blocks::footnote_mark(node).is_some_and(|mark| !guide.text().contains(&mark))
    });
    let mut text = label_blocks(&blocks, guide, Some(BlockPlaces { root: start, article }), rules);
    let blocks = &mut text.blocks;
    if !blocks.iter().any(PageBlock::is_article) {
        return None;
    }
    let (above, below) = corrections_beside(article, guide, rules);
    let is_new = |text: &String| !blocks.iter().any(|block| block.is_article() && block.text == *text);
    let (above, below): (Vec<_>, Vec<_>) =
        (above.into_iter().filter(is_new).collect(), below.into_iter().filter(is_new).collect());
    blocks.splice(0..0, above.into_iter().map(PageBlock::of_article));
    blocks.extend(below.into_iter().map(PageBlock::of_article));
    Some(text)
}

/// The smallest element that holds nearly all that the page has of the guide; `None` where that is too little.
fn find_article<'a>(
    root: NodeRef<'a, Node>,
    scores: &HashMap<NodeId, usize>,
    guide: &Guide,
) -> Option<NodeRef<'a, Node>> {
    let total = scores.get(&root.id()).copied().unwrap_or(0);
    if (total as f64) < MIN_HELD * guide.ngram_count() as f64 {
        return None;
    }
    // Down the tree for as long as one child holds nearly all.
    let mut article = root;
    while let Some(child) = article.children().find(|child| {
        scores.get(&child.id()).is_some_and(|held| *held as f64 >= ARTICLE_SHARE * total as f64)
    }) {
        article = child;
    }
    // An article of one paragraph is that paragraph's parent: what follows it may be a correction.
    while is_leaf(article)
        && let Some(parent) = article.parent()
    {
        article = parent;
    }
    Some(article)
}

/// For a guide of a sentence or two: the blocks that are its lines, where the page has all of them, one
/// after another.
fn extract_by_lines(html: &str, guide: &Guide) -> Option<Vec<PageBlock>> {
    let wanted: Vec<String> =
        guide.text().lines().map(normalize::full_normal_form).filter(|line| !line.is_empty()).collect();
    if wanted.iter().map(|line| line.chars().count()).sum::<usize>() < MIN_LINE_LETTERS {
        return None;
    }
    let page = scraper::Html::parse_document(html);
    let blocks = blocks::block_texts(page.tree.root(), &[]);
    let (letters, blocks): (Vec<String>, Vec<String>) = blocks
        .into_iter()
        .map(|block| (normalize::full_normal_form(&block), block))
        .filter(|(letters, _)| !letters.is_empty())
        .unzip();
    let at = letters.windows(wanted.len()).position(|run| run == wanted)?;
    let found = blocks.into_iter().skip(at).take(wanted.len());
    Some(found.map(PageBlock::of_article).collect())
}

/// Whether nothing inside an element is a block of its own.
fn is_leaf(node: NodeRef<'_, Node>) -> bool {
    !node.descendants().skip(1).any(|inside| {
        let name = name_of(&inside);
        markup::is_block(name) && name != "br"
    })
}

/// How many distinct n-grams of the guide each element holds. Each is counted in the longest text that
/// has it, so that a teaser in the header does not count for the article. What is hidden counts only for
/// what is shown nowhere: an older version of the article must not be taken for the one that is shown.
fn score_elements(root: NodeRef<'_, Node>, guide: &Guide, rules: &TextRules) -> HashMap<NodeId, usize> {
    let mut scores = HashMap::new();
    let mut seen = NgramSet::default();
    let mut texts: Vec<(NodeRef<'_, Node>, bool, Vec<u64>)> = Vec::new();
    let mut hidden_depth = 0_usize;
    for edge in root.traverse() {
        let node = match edge {
            Edge::Open(node) => node,
            Edge::Close(node) => {
                hidden_depth -= usize::from(blocks::is_hidden(&node, rules));
                continue;
            }
        };
        hidden_depth += usize::from(blocks::is_hidden(&node, rules));
        let Node::Text(text) = node.value() else { continue };
        if holds_no_text(node) {
            continue;
        }
        let letters: Vec<char> = normalize::full_normal_form(&text.text).chars().collect();
        let held: Vec<u64> = ngram_hashes(&letters).filter(|hash| guide.has_ngram(*hash)).collect();
        if !held.is_empty() {
            texts.push((node, hidden_depth > 0, held));
        }
    }
    texts.sort_by_key(|(_, hidden, held)| (*hidden, std::cmp::Reverse(held.len())));
    for (node, _, held) in texts {
        let fresh = held.into_iter().filter(|hash| seen.insert(*hash)).count();
        if fresh == 0 {
            continue;
        }
        for ancestor in std::iter::once(node).chain(node.ancestors()) {
            *scores.entry(ancestor.id()).or_insert(0) += fresh;
        }
    }
    scores
}

/// Whether a text node is in an element whose text is not shown.
fn holds_no_text(node: NodeRef<'_, Node>) -> bool {
    node.parent().is_some_and(|parent| {
        matches!(
            name_of(&parent),
            "script" | "style" | "title" | "noscript" | "template" | "textarea" | "iframe" | "option"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = "第一段讲的是一件很重要的事情。\n第二段接着讲这件很重要的事情，又多说了几句。\n最后一段作了总结，文章到此结束。";

    fn extract(html: &str, guide: &str) -> Option<Vec<String>> {
        let blocks = extract_guided(html, &Guide::new(guide), Reach::Article, TextRules::built_in())?.blocks;
        Some(blocks.into_iter().filter(PageBlock::is_article).map(|block| block.text).collect())
    }

    #[test]
    fn the_part_that_holds_the_guide_is_the_article() {
        let page = "<html><body><div id=top><a href=/>首页</a><p>一段别的长长的介绍文字，与文章无关，但也有很多字。</p></div>\
            <div><div class=x><h1>题</h1><p>第一段讲的是一件很重要的事情。</p><p>第二段接着讲这件很重要的事情，又多说了几句。</p>\
            <script>最后一段作了总结</script><p>最后一段作了总结，文章到此结束。</p><p><a href=/1>分享</a></p></div></div>\
            <div><p>相关文章：另一件事情的报道。</p></div></body></html>";
        let blocks = extract(page, GUIDE).unwrap_or_default();
        assert_eq!(blocks, GUIDE.lines().collect::<Vec<_>>());
    }

    fn read(body: &str) -> Vec<String> {
        extract(&format!("<html><head><title>题</title></head><body>{body}</body></html>"), GUIDE)
            .unwrap_or_default()
    }

    fn paragraphs(text: &str) -> String {
        text.lines().flat_map(|line| ["<p>", line, "</p>"]).collect()
    }

    #[test]
    fn a_hidden_older_version_is_not_taken_for_the_article() {
        let new = paragraphs(&GUIDE.replace("很重要", "不重要"));
        let page = format!("<div>{new}</div><div style='display:none'>{}</div>", paragraphs(GUIDE));
        assert!(read(&page).join("").contains("不重要") && !read(&page).join("").contains("很重要"));
        // What a click shows is the article, where it is nowhere else.
        let (first, rest) = GUIDE.split_once('\n').unwrap_or_default();
        let page = format!("<div><p>{first}</p><div style='display:none'>{}</div></div>", paragraphs(rest));
        assert_eq!(read(&page).join("\n"), GUIDE);
    }

    #[test]
    fn struck_text_is_not_read() {
        let page = paragraphs(&GUIDE.replace("很重要", "<del>很</del><ins>不</ins>重要"));
        assert!(read(&page).join("").contains("不重要") && !read(&page).join("").contains('很'));
        let page = format!("<div><s>{}</s></div>", paragraphs(GUIDE));
        assert_eq!(read(&page).join("\n"), GUIDE);
    }

    #[test]
    fn a_sentence_that_begins_with_a_boilerplate_word_is_text() {
        let with = |line: &str| read(&paragraphs(&GUIDE.replacen('\n', &format!("\n{line}\n"), 1)));
        for line in [
            "扫码支付系统昨天瘫痪，许多人无法出行。",
            "责任编辑已经辞职，没有人解释其中的原因。",
            "Copyright law does not cover the plans, the court ruled on Tuesday.",
            "Follow us, the police told the two men, who were then arrested.",
        ] {
            assert!(with(line).iter().any(|block| block == line), "{line}");
        }
        for line in [
            "责任编辑：某某",
            "责任编辑张三。",
            "关注我们的公众号，每天阅读最新的消息。",
            "扫码关注我们，获取更多消息。",
            "Follow us on Twitter and Facebook for the latest stories.",
            "Reporting by Jane Roe in London; editing by John Doe.",
            "Subscribe to our newsletter and never miss a story again.",
            "Copyright 2024 Some Paper. No part of it may be printed.",
        ] {
            assert_eq!(with(line).join("\n"), GUIDE, "{line}");
        }
    }

    #[test]
    fn a_page_without_the_guide_is_not_read_by_it() {
        assert_eq!(extract("<p>完全不同的内容，没有一句话相同，讲的是别的。</p>", GUIDE), None);
        assert_eq!(extract("<p>x</p>", "短"), None);
    }

    #[test]
    fn a_short_guide_is_matched_by_its_lines() {
        let page = "<h1>渡口消息一则</h1><div><p>步道今天关闭，原因不明。</p></div><p>© 某网</p>";
        let found = extract(page, "步道今天关闭，原因不明。");
        assert_eq!(found, Some(vec!["步道今天关闭，原因不明。".to_owned()]));
        assert_eq!(extract(page, "步道今天开放，原因不明。"), None);
    }

    #[test]
    fn line_breaks_end_blocks() {
        let page = format!("<table><tr><td>{}</td></tr></table>", GUIDE.replace('\n', "<br>\n"));
        assert_eq!(extract(&page, GUIDE).map(|b| b.len()), Some(3));
    }
}
