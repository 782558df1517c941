//! The text below an element as blocks, in order, each with what its place says about it.

use ego_tree::{NodeId, NodeRef};
use scraper::node::{Element, Node};

use crate::markup;
use crate::text::html::{hidden, visible_text};

/// A block of text.
#[derive(Debug, Default)]
pub struct Block {
    /// The text, white space collapsed.
    pub text: String,
    /// How many of its characters stand in links, white space not counted.
    pub link_chars: usize,
    /// The element that its first text stands in; none for text that is not from elements.
    pub element: Option<NodeId>,
    /// Whether a picture or a player stands between it and the text before it.
    pub after_image: bool,
    /// How many of its characters are small or emphasised, white space not counted.
    pub slanted: usize,
}

/// Elements that hold no article text, whatever stands in them.
const NO_TEXT: &[&str] = &[
    "script", "style", "title", "noscript", "template", "textarea", "iframe", "select", "button", "nav",
    "svg", "form", "head", "rt", "rp", "video", "audio", "object", "canvas", "dialog",
];

const SLANTED: &[&str] = &["em", "i", "small", "cite", "figcaption"];

const IMAGES: &[&str] = &["img", "picture", "video", "audio", "iframe", "object", "amp-img", "svg"];

/// The name of a node's element; empty for other nodes.
pub fn name_of<'a>(node: &NodeRef<'a, Node>) -> &'a str {
    node.value().as_element().map_or("", Element::name)
}

/// Whether a browser shows nothing of an element, by its own attributes.
pub fn is_hidden(element: &Element) -> bool {
    hidden::is_hidden(|name| element.attr(name))
}

/// How many letters and digits stand below a node.
pub fn letters_below(node: NodeRef<'_, Node>) -> usize {
    let texts = node.descendants().filter_map(|inside| inside.value().as_text());
    texts.map(|text| text.text.chars().filter(|c| c.is_alphanumeric()).count()).sum()
}

/// Whether most of the text below an element is struck out. Then that is how it looks, and the text
/// counts.
fn is_mostly_struck(root: NodeRef<'_, Node>) -> bool {
    let struck = |node: &NodeRef<'_, Node>| hidden::is_struck(name_of(node));
    let outermost = root.descendants().filter(struck).filter(|node| !node.ancestors().any(|a| struck(&a)));
    let letters: usize = outermost.map(letters_below).sum();
    letters > 0 && letters * 2 > letters_below(root)
}

/// The text below an element, a block an entry, without the elements that are named.
pub fn text_blocks(element: NodeRef<'_, Node>, removed: &[NodeId]) -> Vec<String> {
    blocks(element, |node| removed.contains(&node.id())).into_iter().map(|block| block.text).collect()
}

/// The text blocks below an element, in order, without recursion, and without what `leave` names.
pub fn blocks(root: NodeRef<'_, Node>, leave: impl Fn(NodeRef<'_, Node>) -> bool) -> Vec<Block> {
    let mut found = vec![Block::default()];
    let mut skip: Option<NodeId> = None;
    let mut link = 0_usize;
    let mut image = false;
    let mut set_lines = 0_usize;
    let mut slanted = 0_usize;
    let keep_struck = is_mostly_struck(root);
    for edge in root.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => {
                if skip.is_some() {
                    continue;
                }
                let name = name_of(&node);
                image |= IMAGES.contains(&name);
                let struck = !keep_struck && hidden::is_struck(name);
                if struck || NO_TEXT.contains(&name) || (node.id() != root.id() && leave(node)) {
                    skip = Some(node.id());
                } else if markup::is_block(name) {
                    found.push(Block::default());
                }
                link += usize::from(name == "a" && skip.is_none());
                set_lines += usize::from(name == "pre" && skip.is_none());
                slanted += usize::from(SLANTED.contains(&name) && skip.is_none());
                let Node::Text(text) = node.value() else { continue };
                // The line ends of preformatted text are line ends.
                let lines = text.text.split(|c| c == '\n' && set_lines > 0);
                for (n, line) in lines.enumerate() {
                    if n > 0 {
                        found.push(Block::default());
                    }
                    let Some(last) = found.last_mut() else { continue };
                    let chars = visible_text::push_text(&mut last.text, line);
                    last.link_chars += if link > 0 { chars } else { 0 };
                    last.slanted += if slanted > 0 { chars } else { 0 };
                    if chars > 0 {
                        last.after_image |= std::mem::take(&mut image);
                        last.element = last.element.or_else(|| node.parent().map(|parent| parent.id()));
                    }
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
                set_lines = set_lines.saturating_sub(usize::from(name == "pre"));
                slanted = slanted.saturating_sub(usize::from(SLANTED.contains(&name)));
                if markup::is_block(name) && name != "br" {
                    found.push(Block::default());
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

/// How wide a text is: a Chinese character counts three, a Latin letter one, which is what they say.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) >= 0x2E80 { 3 } else { 1 }).sum()
}

/// Whether a text ends as a sentence does.
pub fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(|c: char| c.is_whitespace() || is_closing(c));
    end.ends_with(['.', '!', '?', '。', '！', '？', '…', '；', ';'])
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '”' | '’' | '\'' | ')' | ']' | '」' | '』' | '）' | '】' | '»' | '›')
}

/// The mark of a footnote that an element is: `[1]`, `[注 2]`, or a bare number that is a link.
pub fn footnote_mark(node: NodeRef<'_, Node>) -> Option<String> {
    if name_of(&node) != "sup" {
        return None;
    }
    let mut text = String::new();
    let mut linked = false;
    for inside in node.descendants().take(16) {
        linked |= name_of(&inside) == "a";
        if let Node::Text(part) = inside.value() {
            text.push_str(part.text.trim());
        }
    }
    let bracketed =
        text.starts_with(['[', '［', '〔']) && text.ends_with([']', '］', '〕']) && text.chars().count() <= 8;
    let bare = linked && (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    (bracketed || bare).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Vec<Block> {
        let page = scraper::Html::parse_document(html);
        blocks(page.tree.root(), |node| {
            node.value().as_element().is_some_and(is_hidden) || footnote_mark(node).is_some()
        })
    }

    #[test]
    fn blocks_know_their_place() {
        let found = read(
            "<p>甲<b>乙</b></p><img src=x><p>丙 <a href=#>丁</a></p><p style='color:red; display: none'>戊</p>\
             <div hidden>己</div><ruby>漢<rt>かん</rt></ruby>字<br>庚\n辛<pre>壬\n癸</pre>",
        );
        let texts: Vec<&str> = found.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, ["甲乙", "丙 丁", "漢字", "庚 辛", "壬", "癸"]);
        assert_eq!((found[0].after_image, found[1].after_image, found[2].after_image), (false, true, false));
        assert_eq!(found[1].link_chars, 1);
    }

    #[test]
    fn footnote_marks_are_no_text() {
        let found = read(
            "<p>一句话<sup><a href=#f1>[1]</a></sup>，又一句<sup><a href=#f>2</a></sup>。10<sup>2</sup></p>",
        );
        assert_eq!(found[0].text, "一句话，又一句。102");
    }
}
