//! Reads the text below an element as blocks, in order, each with what its place says about it.

use ego_tree::{NodeId, NodeRef};
use scraper::node::{Element, Node};

use crate::markup;
use crate::text::TextRules;
use crate::text::html::{hidden, text_line};
use crate::text::prose::count_visible_chars;

/// A block of text.
#[derive(Debug, Default)]
pub struct Block {
    /// The text, white space collapsed.
    pub text: String,
    /// How many of its characters are in links, white space not counted.
    pub link_chars: usize,
    /// The element that its first text is in; `None` for text that is not from elements.
    pub element: Option<NodeId>,
    /// Whether a picture or a player is between it and the text before it.
    pub after_image: bool,
    /// How many of its characters are small or emphasised, white space not counted.
    pub emphasised_chars: usize,
}

impl Block {
    /// A text that is not from elements.
    pub fn from_text(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Whether it is in a headline of the page below `root`.
    pub fn is_in_headline(&self, root: NodeRef<'_, Node>) -> bool {
        self.is_in_element(root, |name| name == "h1")
    }

    /// Whether it is in an element of the page below `root` that has one of the names that are meant.
    pub fn is_in_element(&self, root: NodeRef<'_, Node>, is_meant: impl Fn(&str) -> bool) -> bool {
        let node = self.element.and_then(|element| root.tree().get(element));
        node.is_some_and(|node| {
            std::iter::once(node).chain(node.ancestors()).any(|node| is_meant(name_of(&node)))
        })
    }

    /// Whether most of it is links: the headline of another story.
    pub fn is_mostly_links(&self) -> bool {
        self.link_chars * 2 >= count_visible_chars(&self.text)
    }
}

/// Elements that hold no article text.
const NO_TEXT: &[&str] = &[
    "script", "style", "title", "noscript", "template", "textarea", "iframe", "select", "button", "nav",
    "svg", "head", "rt", "rp", "video", "audio", "object", "canvas", "dialog",
];

/// Elements whose text is small or emphasised.
const EMPHASISED: &[&str] = &["em", "i", "small", "cite", "figcaption"];

/// Pictures and players.
const IMAGES: &[&str] = &["img", "picture", "video", "audio", "iframe", "object", "amp-img", "svg"];

/// The name of a node's element; empty for other nodes.
pub fn name_of<'a>(node: &NodeRef<'a, Node>) -> &'a str {
    node.value().as_element().map_or("", Element::name)
}

/// Whether an element holds no text for reading, by its name.
pub fn holds_no_text(name: &str) -> bool {
    NO_TEXT.contains(&name)
}

/// Whether a browser shows nothing of a node, by its own attributes.
pub fn is_hidden(node: &NodeRef<'_, Node>, rules: &TextRules) -> bool {
    node.value()
        .as_element()
        .is_some_and(|element| hidden::is_hidden(|name| element.attr(name), rules.boilerplate()))
}

/// How many letters and digits are below a node, without those of scripts and the like.
pub fn count_letters_below(node: NodeRef<'_, Node>) -> usize {
    let is_read =
        |inside: &NodeRef<'_, Node>| inside.parent().is_none_or(|around| !holds_no_text(name_of(&around)));
    let texts = node.descendants().filter(is_read).filter_map(|inside| inside.value().as_text());
    texts.map(|text| text.text.chars().filter(|c| c.is_alphanumeric()).count()).sum()
}

fn is_struck(node: &NodeRef<'_, Node>) -> bool {
    node.value().as_element().is_some_and(|element| hidden::is_struck(element.name(), element.attr("style")))
}

/// Whether most of the text below an element is struck out. Then the page is set that way, and the text
/// counts.
fn is_mostly_struck(root: NodeRef<'_, Node>) -> bool {
    let outermost =
        root.descendants().filter(is_struck).filter(|node| !node.ancestors().any(|above| is_struck(&above)));
    let letters: usize = outermost.map(count_letters_below).sum();
    letters > 0 && letters * 2 > count_letters_below(root)
}

/// Whether an element is a form for filling in. Some sites put the whole page into one.
fn is_small_form(node: NodeRef<'_, Node>, root: NodeRef<'_, Node>) -> bool {
    name_of(&node) == "form" && count_letters_below(node) * 2 < count_letters_below(root)
}

/// The text of each block below an element, without the `removed` elements.
pub fn block_texts(element: NodeRef<'_, Node>, removed: &[NodeId]) -> Vec<String> {
    collect_blocks(element, |node| removed.contains(&node.id())).into_iter().map(|block| block.text).collect()
}

/// The text blocks below an element, in order, without the nodes that `is_left_out` says. It does not
/// recurse, so that no depth of a page overflows the stack.
pub fn collect_blocks(
    root: NodeRef<'_, Node>,
    is_left_out: impl Fn(NodeRef<'_, Node>) -> bool,
) -> Vec<Block> {
    let mut found = vec![Block::default()];
    let mut skip: Option<NodeId> = None;
    let mut link = 0_usize;
    let mut image = false;
    let mut preformatted = 0_usize;
    let mut emphasised = 0_usize;
    let keep_struck = is_mostly_struck(root);
    for edge in root.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => {
                if skip.is_some() {
                    continue;
                }
                let name = name_of(&node);
                image |= IMAGES.contains(&name);
                let struck = !keep_struck && is_struck(&node);
                if struck
                    || holds_no_text(name)
                    || is_small_form(node, root)
                    || (node.id() != root.id() && is_left_out(node))
                {
                    skip = Some(node.id());
                } else if markup::is_block(name) {
                    found.push(Block::default());
                }
                link += usize::from(name == "a" && skip.is_none());
                preformatted += usize::from(name == "pre" && skip.is_none());
                emphasised += usize::from(EMPHASISED.contains(&name) && skip.is_none());
                let Node::Text(text) = node.value() else { continue };
                // Preformatted text shows its line ends.
                let lines = text.text.split(|c| c == '\n' && preformatted > 0);
                for (n, line) in lines.enumerate() {
                    if n > 0 {
                        found.push(Block::default());
                    }
                    let Some(last) = found.last_mut() else { continue };
                    let chars = text_line::push_text(&mut last.text, line);
                    last.link_chars += if link > 0 { chars } else { 0 };
                    last.emphasised_chars += if emphasised > 0 { chars } else { 0 };
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
                preformatted = preformatted.saturating_sub(usize::from(name == "pre"));
                emphasised = emphasised.saturating_sub(usize::from(EMPHASISED.contains(&name)));
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

/// The text of an element that is the mark of a footnote: `[1]`, `[注 2]`, or a bare number that is a
/// link.
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
        collect_blocks(page.tree.root(), |node| {
            is_hidden(&node, TextRules::built_in()) || footnote_mark(node).is_some()
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
    fn footnote_marks_are_left_out() {
        let found = read(
            "<p>一句话<sup><a href=#f1>[1]</a></sup>，又一句<sup><a href=#f>2</a></sup>。10<sup>2</sup></p>",
        );
        assert_eq!(found[0].text, "一句话，又一句。102");
    }
}
