//! Extraction with the local copy as guide: the part of the page that holds most of the article's
//! text is the article.
//!
//! No layout can hide the article from this, and no related story can be taken for it. What stands
//! among the article's paragraphs and is not in the copy is either an addition or furniture:
//! [`crate::text::extract::inline_boxes`] tells them apart.

use std::collections::HashSet;

use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use scraper::node::Node;

use crate::markup;
use crate::text::extract::blocks;
use crate::text::extract::blocks::{Block, name_of};
use crate::text::extract::inline_boxes::Island;
use crate::text::extract::{boilerplate, corrections};
use crate::text::ngrams::{NGRAM_LENGTH, NgramSet, hash_ngram, ngram_hashes};
use crate::text::{lexicon, normalize, sentence};

/// The article's element must hold this share of what the page holds of the guide.
const SHARE: f64 = 0.92;
/// A page that holds less of the guide than this is not read by it.
const MIN_HELD: f64 = 0.2;
/// A line longer than this, in bytes, is known by its n-grams.
const MAX_FRAME: usize = 120;
/// Guides shorter than this are known by their whole lines only.
const MIN_GUIDE: usize = 20;
/// And lines of fewer letters say nothing.
const MIN_LINES: usize = 6;

/// The local copy's text, ready to be looked up.
#[derive(Debug, Default)]
pub struct Guide {
    grams: NgramSet,
    /// Its lines and sentences in the normal form: for what is shorter than a gram.
    lines: HashSet<String>,
    /// The same without their digits: a line of which only the figure changed is known.
    frames: HashSet<String>,
    text: String,
}

impl Guide {
    /// Takes a text.
    pub fn new(text: &str) -> Self {
        let sentences = sentence::sentences(text).into_iter().filter_map(|range| text.get(range));
        let lines = text.lines().chain(sentences).map(normalize::letters);
        let lines: HashSet<String> = lines.filter(|line| !line.is_empty()).collect();
        let frames = lines.iter().filter_map(|line| frame(line)).collect();
        Self { grams: grams(text), lines, frames, text: text.to_owned() }
    }

    /// Whether a text is one of its lines but for the digits in it.
    fn has_frame(&self, text: &str) -> bool {
        frame(&normalize::letters(text)).is_some_and(|frame| self.frames.contains(&frame))
    }

    /// How many distinct n-grams it has.
    pub fn len(&self) -> usize {
        self.grams.len()
    }

    /// How many of its distinct n-grams some blocks hold.
    pub fn held_by(&self, blocks: &[String]) -> usize {
        self.grams.intersection(&grams(&blocks.join("\n"))).count()
    }

    /// Whether it has most of a text.
    pub fn knows(&self, text: &str) -> bool {
        let (held, all) = self.held(text);
        held.len() * 2 >= all
    }

    /// The n-grams of a text that it has, one for each place in the text, and how many the text has.
    fn held(&self, text: &str) -> (Vec<u64>, usize) {
        let letters: Vec<char> = normalize::letters(text).chars().collect();
        let all = letters.len().saturating_sub(NGRAM_LENGTH - 1);
        if all == 0 {
            let line: String = letters.into_iter().collect();
            // A stand-in for the grams that so short a line has none of.
            let known = self.lines.contains(&line);
            return (if known { vec![hash_ngram(&line.chars().collect::<Vec<_>>())] } else { Vec::new() }, 1);
        }
        (ngram_hashes(&letters).filter(|gram| self.grams.contains(gram)).collect(), all)
    }
}

/// A line without its digits; none where it has none, or little else.
fn frame(letters: &str) -> Option<String> {
    let frame: String = letters.chars().filter(|c| !c.is_ascii_digit()).collect();
    (frame.len() < letters.len() && frame.chars().count() >= 2).then_some(frame)
}

/// The hashes of a text's character n-grams, in the normal form.
fn grams(text: &str) -> NgramSet {
    let letters: Vec<char> = normalize::letters(text).chars().collect();
    ngram_hashes(&letters).collect()
}

/// The blocks of the part of the page that holds most of the guide's text; none where the page does
/// not hold enough of it.
pub fn extract(html: &str, guide: &Guide) -> Option<Vec<String>> {
    if guide.len() < MIN_GUIDE {
        return by_lines(html, guide);
    }
    let page = scraper::Html::parse_document(html);
    let root = page.tree.root();
    let scores = score(root, guide);
    let total = scores.get(&root.id()).copied().unwrap_or(0);
    if (total as f64) < MIN_HELD * guide.len() as f64 {
        return None;
    }
    // Down the tree for as long as one child holds nearly all.
    let mut article = root;
    while let Some(child) = article
        .children()
        .find(|child| scores.get(&child.id()).is_some_and(|held| *held as f64 >= SHARE * total as f64))
    {
        article = child;
    }
    // An article of one paragraph is that paragraph's parent: what follows it may be a correction.
    while is_leaf(article)
        && let Some(parent) = article.parent()
    {
        article = parent;
    }
    let blocks = blocks::blocks(article, |node| {
        // Text that is shown later, by a click, may be the article's own.
        let hidden = || {
            let held = scores.get(&node.id()).copied().unwrap_or(0);
            held == 0 || held * 2 < blocks::letters_below(node)
        };
        (node.value().as_element().is_some_and(blocks::is_hidden) && hidden())
            || blocks::footnote_mark(node).is_some_and(|mark| !guide.text.contains(&mark))
    });
    let mut blocks = choose(&blocks, guide, Some(article));
    if !blocks.is_empty() {
        let (above, below) = corrections::beside(article, guide);
        blocks.splice(0..0, above);
        blocks.extend(below);
    }
    (!blocks.is_empty()).then_some(blocks)
}

/// For a guide of a sentence or two: the blocks that are its lines, where the page has all of them, one
/// after another.
fn by_lines(html: &str, guide: &Guide) -> Option<Vec<String>> {
    let wanted: Vec<String> =
        guide.text.lines().map(normalize::letters).filter(|line| !line.is_empty()).collect();
    if wanted.iter().map(|line| line.chars().count()).sum::<usize>() < MIN_LINES {
        return None;
    }
    let page = scraper::Html::parse_document(html);
    let blocks = blocks::text_blocks(page.tree.root(), &[]);
    let (letters, blocks): (Vec<String>, Vec<String>) = blocks
        .into_iter()
        .map(|block| (normalize::letters(&block), block))
        .filter(|(letters, _)| !letters.is_empty())
        .unzip();
    let at = letters.windows(wanted.len()).position(|run| run == wanted)?;
    blocks.get(at..at + wanted.len()).map(<[String]>::to_vec)
}

/// Whether nothing inside an element is a block of its own.
fn is_leaf(node: NodeRef<'_, Node>) -> bool {
    !node.descendants().skip(1).any(|inside| {
        let name = name_of(&inside);
        markup::is_block(name) && name != "br"
    })
}

type Scores = std::collections::HashMap<ego_tree::NodeId, usize>;

/// How many distinct n-grams of the guide each element holds, counted in the text node that has
/// them. A text that stands twice on the page (a teaser in the header) counts where it is longer:
/// each text node's share is weighed by its own length. What is hidden counts only for what is shown
/// nowhere: an older version of the article must not stand for the one that is read.
fn score(root: NodeRef<'_, Node>, guide: &Guide) -> Scores {
    let mut scores = Scores::new();
    let mut seen = NgramSet::default();
    let mut texts: Vec<(NodeRef<'_, Node>, bool, Vec<u64>)> = Vec::new();
    let mut hidden = 0_usize;
    for edge in root.traverse() {
        let hides = |node: &NodeRef<'_, Node>| node.value().as_element().is_some_and(blocks::is_hidden);
        let node = match edge {
            Edge::Open(node) => node,
            Edge::Close(node) => {
                hidden -= usize::from(hides(&node));
                continue;
            }
        };
        hidden += usize::from(hides(&node));
        let Node::Text(text) = node.value() else { continue };
        if is_no_text(node) {
            continue;
        }
        let letters: Vec<char> = normalize::letters(&text.text).chars().collect();
        let held: Vec<u64> = ngram_hashes(&letters).filter(|gram| guide.grams.contains(gram)).collect();
        if !held.is_empty() {
            texts.push((node, hidden > 0, held));
        }
    }
    texts.sort_by_key(|(_, hidden, held)| (*hidden, std::cmp::Reverse(held.len())));
    for (node, _, held) in texts {
        let fresh = held.into_iter().filter(|gram| seen.insert(*gram)).count();
        if fresh == 0 {
            continue;
        }
        for ancestor in std::iter::once(node).chain(node.ancestors()) {
            *scores.entry(ancestor.id()).or_insert(0) += fresh;
        }
    }
    scores
}

fn is_no_text(node: NodeRef<'_, Node>) -> bool {
    node.parent().is_some_and(|parent| {
        matches!(
            name_of(&parent),
            "script" | "style" | "title" | "noscript" | "template" | "textarea" | "iframe" | "option"
        )
    })
}

/// What the guide says of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// It holds text of the guide that no longer block holds.
    Own,
    /// All that it holds of the guide stands in other blocks, too: a quotation, a comment.
    Again,
    /// The guide does not have it.
    No,
}

/// The blocks that are the article's. `root` is the element that they come from.
fn choose(blocks: &[Block], guide: &Guide, root: Option<NodeRef<'_, Node>>) -> Vec<String> {
    let known = known(blocks, guide);
    let island = root.map(|root| {
        let own = blocks.iter().zip(&known).filter(|(_, known)| **known == Known::Own);
        Island::new(root, own.filter_map(|(block, _)| block.element))
    });
    let item = |block: &Block| {
        block.element.zip(island.as_ref()).is_some_and(|(element, island)| island.is_item(element))
    };
    let marked = |block: &Block| {
        block.element.zip(island.as_ref()).is_some_and(|(element, island)| island.is_furniture(element))
    };
    let first = known.iter().position(|known| *known == Known::Own).unwrap_or(0);
    let last = known.iter().rposition(|known| *known == Known::Own).unwrap_or(blocks.len());
    // The lines of a transcript end without a mark, and a short one may be an addition.
    let own = || blocks.iter().zip(&known).filter(|(_, known)| **known == Known::Own);
    let ended = own().filter(|(block, _)| blocks::ends_sentence(&block.text)).count();
    let labels = ended * 2 >= own().count();
    blocks
        .iter()
        .zip(&known)
        .enumerate()
        .filter(|(at, (block, known))| match known {
            Known::Own => true,
            _ if !is_linked(block) && lexicon::built_in().is_correction(&block.text) => true,
            // Furniture that repeats the text's words: a caption, a quotation in a box.
            Known::Again => !marked(block) && !boilerplate::is_block_of(block, false),
            Known::No => {
                let inside = *at >= first && *at <= last;
                !marked(block)
                    && !is_linked(block)
                    && !boilerplate::is_block_of(block, labels && !item(block))
                    && (inside || is_prose(&block.text))
            }
        })
        .map(|(_, (block, _))| block.text.clone())
        .collect()
}

/// Whether a block is mostly links: a headline of another story.
pub fn is_linked(block: &Block) -> bool {
    block.link_chars * 2 >= block.text.chars().filter(|c| !c.is_whitespace()).count()
}

fn known(blocks: &[Block], guide: &Guide) -> Vec<Known> {
    let mut found = vec![Known::No; blocks.len()];
    let mut held: Vec<(usize, Vec<u64>, usize)> = blocks
        .iter()
        .enumerate()
        .map(|(at, block)| (at, guide.held(&block.text)))
        .map(|(at, (h, n))| (at, h, n))
        .collect();
    held.retain(|(at, held, all)| {
        let known = held.len() * 2 >= *all;
        if !known
            && blocks
                .get(*at)
                .is_some_and(|block| block.text.len() < MAX_FRAME && guide.has_frame(&block.text))
            && let Some(known) = found.get_mut(*at)
        {
            *known = Known::Own;
        }
        known
    });
    held.sort_by_key(|(_, held, _)| std::cmp::Reverse(held.len()));
    let mut seen = NgramSet::default();
    for (at, held, all) in held {
        let fresh = held.into_iter().filter(|gram| seen.insert(*gram)).count();
        if let Some(known) = found.get_mut(at) {
            *known = if fresh * 4 >= all { Known::Own } else { Known::Again };
        }
    }
    found
}

/// The blocks of a page's data, without the furniture among them.
pub fn clear(blocks: &[String], guide: &Guide) -> Vec<String> {
    let plain = |text: &String| Block { text: text.clone(), ..Block::default() };
    choose(&blocks.iter().map(plain).collect::<Vec<Block>>(), guide, None)
}

/// Whether a block is a sentence or a paragraph rather than a label: it ends as one, or is long.
fn is_prose(text: &str) -> bool {
    let width = blocks::width(text);
    width >= 200 || (width >= 36 && blocks::ends_sentence(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = "第一段讲的是一件很重要的事情。\n第二段接着讲这件很重要的事情，又多说了几句。\n最后一段作了总结，文章到此结束。";

    #[test]
    fn the_part_that_holds_the_guide_is_the_article() {
        let page = "<html><body><div id=top><a href=/>首页</a><p>一段别的长长的介绍文字，与文章无关，但也有很多字。</p></div>\
            <div><div class=x><h1>题</h1><p>第一段讲的是一件很重要的事情。</p><p>第二段接着讲这件很重要的事情，又多说了几句。</p>\
            <script>最后一段作了总结</script><p>最后一段作了总结，文章到此结束。</p><p><a href=/1>分享</a></p></div></div>\
            <div><p>相关文章：另一件事情的报道。</p></div></body></html>";
        let blocks = extract(page, &Guide::new(GUIDE)).unwrap_or_default();
        assert_eq!(blocks, GUIDE.lines().collect::<Vec<_>>());
    }

    fn read(body: &str) -> Vec<String> {
        extract(
            &format!("<html><head><title>题</title></head><body>{body}</body></html>"),
            &Guide::new(GUIDE),
        )
        .unwrap_or_default()
    }

    fn paragraphs(text: &str) -> String {
        text.lines().flat_map(|line| ["<p>", line, "</p>"]).collect()
    }

    #[test]
    fn an_older_version_that_is_hidden_does_not_stand_for_the_article() {
        let new = paragraphs(&GUIDE.replace("很重要", "不重要"));
        let page = format!("<div>{new}</div><div style='display:none'>{}</div>", paragraphs(GUIDE));
        assert!(read(&page).join("").contains("不重要") && !read(&page).join("").contains("很重要"));
        // What a click shows is the article, where it stands nowhere else.
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
    fn a_sentence_that_begins_with_a_word_of_furniture_is_text() {
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
        assert_eq!(extract("<p>完全不同的内容，没有一句话相同，讲的是别的。</p>", &Guide::new(GUIDE)), None);
        assert_eq!(extract("<p>x</p>", &Guide::new("短")), None);
    }

    #[test]
    fn a_short_guide_is_known_by_its_lines() {
        let page = "<h1>渡口消息一则</h1><div><p>步道今天关闭，原因不明。</p></div><p>© 某网</p>";
        let found = extract(page, &Guide::new("步道今天关闭，原因不明。"));
        assert_eq!(found, Some(vec!["步道今天关闭，原因不明。".to_owned()]));
        assert_eq!(extract(page, &Guide::new("步道今天开放，原因不明。")), None);
    }

    #[test]
    fn line_breaks_end_blocks() {
        let page = format!("<table><tr><td>{}</td></tr></table>", GUIDE.replace('\n', "<br>\n"));
        assert_eq!(extract(&page, &Guide::new(GUIDE)).map(|b| b.len()), Some(3));
    }
}
