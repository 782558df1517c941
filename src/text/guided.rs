//! Extraction with the local copy as guide: the part of the page that holds most of the article's
//! text is the article.
//!
//! No layout can hide the article from this, and no related story can be taken for it.

use std::collections::HashSet;

use ego_tree::NodeRef;
use scraper::node::Node;

use super::normal;

/// Character n-grams of this length tell one text from another.
const GRAM: usize = 5;
/// The article's element must hold this share of what the page holds of the guide.
const SHARE: f64 = 0.92;
/// A page that holds less of the guide than this is not read by it.
const MIN_HELD: f64 = 0.2;
/// Guides shorter than this say nothing.
const MIN_GUIDE: usize = 20;

/// The hashes of a text's character n-grams, in the normal form.
pub fn grams(text: &str) -> HashSet<u64> {
    let letters: Vec<char> = normal::letters(text).chars().collect();
    letters.windows(GRAM).map(gram_hash).collect()
}

/// A fast hash (FNV-1a on code points); collisions only blur a share.
pub fn gram_hash(gram: &[char]) -> u64 {
    gram.iter().fold(0xcbf2_9ce4_8422_2325, |hash, c| {
        (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The blocks of the part of the page that holds most of the guide's text; none where the page does
/// not hold enough of it.
pub fn extract(html: &str, guide: &str) -> Option<Vec<String>> {
    let wanted = grams(guide);
    if wanted.len() < MIN_GUIDE {
        return None;
    }
    let page = scraper::Html::parse_document(html);
    let root = page.tree.root();
    let scores = score(root, &wanted);
    let total = scores.get(&root.id()).copied().unwrap_or(0);
    if (total as f64) < MIN_HELD * wanted.len() as f64 {
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
    let blocks = trim(blocks(article, &[]), &wanted);
    (!blocks.is_empty()).then_some(blocks)
}

/// Whether nothing inside an element is a block of its own.
fn is_leaf(node: NodeRef<'_, Node>) -> bool {
    !node.descendants().skip(1).any(|inside| {
        let name = name_of(&inside);
        super::markup::is_block(name) && name != "br"
    })
}

type Scores = std::collections::HashMap<ego_tree::NodeId, usize>;

/// How many distinct n-grams of the guide each element holds, counted in the text node that has
/// them. A text that stands twice on the page (a teaser in the header) counts where it is longer:
/// each text node's share is weighed by its own length.
fn score(root: NodeRef<'_, Node>, wanted: &HashSet<u64>) -> Scores {
    let mut scores = Scores::new();
    let mut seen: HashSet<u64> = HashSet::new();
    let mut texts: Vec<(NodeRef<'_, Node>, Vec<u64>)> = Vec::new();
    for node in root.descendants() {
        let Node::Text(text) = node.value() else { continue };
        if is_hidden_text(node) {
            continue;
        }
        let letters: Vec<char> = normal::letters(&text.text).chars().collect();
        let held: Vec<u64> =
            letters.windows(GRAM).map(gram_hash).filter(|gram| wanted.contains(gram)).collect();
        if !held.is_empty() {
            texts.push((node, held));
        }
    }
    texts.sort_by_key(|(_, held)| std::cmp::Reverse(held.len()));
    for (node, held) in texts {
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

fn name_of<'a>(node: &NodeRef<'a, Node>) -> &'a str {
    node.value().as_element().map_or("", |element| element.name())
}

fn is_hidden_text(node: NodeRef<'_, Node>) -> bool {
    node.parent().is_some_and(|parent| {
        matches!(
            name_of(&parent),
            "script" | "style" | "title" | "noscript" | "template" | "textarea" | "iframe" | "option"
        )
    })
}

/// Elements that hold no article text, whatever stands in them.
fn is_furniture(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "title"
            | "noscript"
            | "template"
            | "textarea"
            | "iframe"
            | "select"
            | "button"
            | "nav"
            | "svg"
            | "form"
            | "head"
    )
}

/// The text below an element, a block an entry, without the elements that are named.
pub fn text_blocks(element: NodeRef<'_, Node>, removed: &[ego_tree::NodeId]) -> Vec<String> {
    blocks(element, removed).into_iter().map(|block| block.text).collect()
}

#[derive(Default)]
struct Block {
    text: String,
    link_chars: usize,
    caption: bool,
}

/// The text blocks below an element, in order, without recursion.
fn blocks(article: NodeRef<'_, Node>, removed: &[ego_tree::NodeId]) -> Vec<Block> {
    let mut captions = 0_usize;
    let mut found = vec![Block::default()];
    let mut skip: Option<ego_tree::NodeId> = None;
    let mut link = 0_usize;
    for edge in article.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => {
                if skip.is_some() {
                    continue;
                }
                let name = name_of(&node);
                captions += usize::from(name == "figcaption");
                if is_furniture(name) || removed.contains(&node.id()) {
                    skip = Some(node.id());
                } else if super::markup::is_block(name) {
                    found.push(Block { caption: captions > 0, ..Block::default() });
                }
                link += usize::from(name == "a");
                if let (Node::Text(text), Some(last)) = (node.value(), found.last_mut()) {
                    let chars = super::whole::push_text(&mut last.text, &text.text);
                    last.link_chars += if link > 0 { chars } else { 0 };
                }
            }
            ego_tree::iter::Edge::Close(node) => {
                if skip == Some(node.id()) {
                    skip = None;
                    continue;
                }
                if skip.is_some() {
                    continue;
                }
                let name = name_of(&node);
                link = link.saturating_sub(usize::from(name == "a"));
                captions = captions.saturating_sub(usize::from(name == "figcaption"));
                if super::markup::is_block(name) && name != "br" {
                    found.push(Block { caption: captions > 0, ..Block::default() });
                }
            }
        }
    }
    found.retain_mut(|block| {
        block.text.truncate(block.text.trim_end().len());
        !block.text.is_empty()
    });
    found
}

/// Drops blocks that the guide does not know and that are no prose: captions and links anywhere,
/// labels before the first and after the last block that the guide knows. Sentences stay, since they
/// may be a correction.
fn trim(blocks: Vec<Block>, wanted: &HashSet<u64>) -> Vec<String> {
    let known: Vec<bool> = blocks
        .iter()
        .map(|block| {
            let letters: Vec<char> = normal::letters(&block.text).chars().collect();
            let held = letters.windows(GRAM).filter(|gram| wanted.contains(&gram_hash(gram))).count();
            held * 2 >= letters.len().saturating_sub(GRAM - 1).max(1)
        })
        .collect();
    let first = known.iter().position(|known| *known).unwrap_or(0);
    let last = known.iter().rposition(|known| *known).unwrap_or(blocks.len());
    blocks
        .into_iter()
        .zip(known)
        .enumerate()
        .filter(|(at, (block, known))| {
            let inside = *at >= first && *at <= last;
            let linked =
                block.link_chars * 10 >= block.text.chars().filter(|c| !c.is_whitespace()).count() * 8;
            *known || (!linked && !block.caption && (inside || is_prose(&block.text)))
        })
        .map(|(_, (block, _))| block.text)
        .collect()
}

/// Whether a block is a sentence or a paragraph rather than a label: it ends as one, or is long.
fn is_prose(text: &str) -> bool {
    let width: usize = text.chars().map(|c| if u32::from(c) >= 0x2E80 { 3 } else { 1 }).sum();
    let end = text.trim_end_matches(['"', '”', '’', '\'', ')', ']', '」', '』', '）', '】']);
    width >= 200 || (width >= 36 && end.ends_with(['.', '!', '?', '。', '！', '？', '…', '；', ';']))
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
        let blocks = extract(page, GUIDE).unwrap_or_default();
        assert_eq!(blocks, GUIDE.lines().collect::<Vec<_>>());
    }

    #[test]
    fn a_page_without_the_guide_is_not_read_by_it() {
        assert_eq!(extract("<p>完全不同的内容，没有一句话相同，讲的是别的。</p>", GUIDE), None);
        assert_eq!(extract("<p>x</p>", "短"), None);
    }

    #[test]
    fn line_breaks_end_blocks() {
        let page = format!("<table><tr><td>{}</td></tr></table>", GUIDE.replace('\n', "<br>\n"));
        assert_eq!(extract(&page, GUIDE).map(|b| b.len()), Some(3));
    }
}
