//! Decides whether an element among an article's paragraphs is a box of boilerplate (a related story,
//! share buttons, a caption) or text that was added to the article.
//!
//! The evidence is the element's own: its name, its role, the words of its class and id. A word that is
//! also on the way to the article's own paragraphs does not count, because some sites call every
//! paragraph `ad-friendly`.

use std::collections::HashSet;

use ego_tree::{NodeId, NodeRef};
use scraper::node::{Element, Node};

use crate::text::TextRules;
use crate::text::extract::blocks::name_of;

/// Elements for what is beside a text (WHATWG HTML, sections 4.3.5, 4.4.12, 4.10).
const ASIDE: &[&str] = &[
    "aside",
    "figure",
    "figcaption",
    "nav",
    "footer",
    "form",
    "dialog",
    "details",
    "amp-list",
    "amp-ad",
    "amp-sidebar",
    "amp-consent",
];

/// Roles of what is beside a text (WAI-ARIA 1.2, section 5.4; DPUB-ARIA 1.1 for the last two).
const ROLES: &[&str] = &[
    "complementary",
    "navigation",
    "search",
    "dialog",
    "alertdialog",
    "banner",
    "contentinfo",
    "form",
    "toolbar",
    "menu",
    "tablist",
    "doc-toc",
    "doc-pullquote",
];

/// Controls: a box with one is for use, not for reading.
const CONTROLS: &[&str] = &["input", "button", "select", "iframe", "video", "audio", "textarea"];

/// Items, and the lists that hold them.
const ITEMS: &[&str] = &["li", "td", "th", "dt", "dd"];
const LISTS: &[&str] = &["ul", "ol", "dl", "table"];

/// At most this many nodes of a box are searched for controls.
const MAX_NODES: usize = 200;

/// An article's element, and what leads to its own text.
pub struct InlineBoxes<'a, 'r> {
    root: NodeRef<'a, Node>,
    /// The elements that lead to the article's own text.
    own: HashSet<NodeId>,
    /// The words of their classes.
    own_words: HashSet<String>,
    /// The classes of the elements that hold the article's own text directly.
    own_classes: HashSet<String>,
    /// The elements that hold the article's paragraphs.
    paragraphs: HashSet<NodeId>,
    rules: &'r TextRules,
}

impl<'a, 'r> InlineBoxes<'a, 'r> {
    /// Takes the article's element and the elements that its own text is in.
    pub fn new(root: NodeRef<'a, Node>, own: impl Iterator<Item = NodeId>, rules: &'r TextRules) -> Self {
        let mut boxes = Self {
            root,
            own: HashSet::from([root.id()]),
            own_words: HashSet::new(),
            own_classes: HashSet::new(),
            paragraphs: HashSet::new(),
            rules,
        };
        for id in own {
            let Some(node) = root.tree().get(id) else { continue };
            boxes.paragraphs.extend(paragraph_holder(node));
            boxes.own_classes.extend(nearest_class(node).map(|(_, class)| class.to_owned()));
            for ancestor in std::iter::once(node).chain(node.ancestors()) {
                if !boxes.own.insert(ancestor.id()) {
                    break;
                }
                if let Some(element) = ancestor.value().as_element() {
                    for_each_name_word(element, |word| {
                        boxes.own_words.insert(word.to_owned());
                    });
                }
            }
        }
        boxes
    }

    /// Whether an element that does not hold the article's own text is in a box of boilerplate.
    pub fn is_in_box(&self, element: NodeId) -> bool {
        let holds_control = |top: NodeRef<'a, Node>| {
            top.descendants()
                .take(MAX_NODES)
                .any(|inside| CONTROLS.contains(&name_of(&inside)) || is_linked_heading(inside))
        };
        self.is_in_marked_box(element)
            // Another post of a thread has buttons, too.
            || (!self.is_set_as_own(element)
                && self.elements_beside(element).last().is_some_and(holds_control))
    }

    /// Whether an element is in a box that says what it is, by its name, role or class.
    pub fn is_in_marked_box(&self, element: NodeId) -> bool {
        let is_box = |node: NodeRef<'a, Node>| {
            node.value().as_element().is_some_and(|element| self.is_marked_as_box(node, element))
        };
        self.elements_beside(element).any(is_box)
    }

    /// An element and those around it that do not hold the article's own text, inside out.
    fn elements_beside(&self, element: NodeId) -> impl Iterator<Item = NodeRef<'a, Node>> {
        let node = self.root.tree().get(element);
        let path = node.into_iter().flat_map(|node| std::iter::once(node).chain(node.ancestors()));
        path.take_while(|node| !self.own.contains(&node.id()))
    }

    /// Whether an element outside of the article's own text is set as that text is, by its class, as another
    /// post of a thread.
    pub fn is_set_as_own(&self, element: NodeId) -> bool {
        let class = self.root.tree().get(element).and_then(nearest_class);
        class.is_some_and(|(id, class)| !self.own.contains(&id) && self.own_classes.contains(class))
    }

    /// Whether an element's text is a paragraph beside the article's own paragraphs, as they are.
    pub fn is_own_paragraph(&self, element: NodeId) -> bool {
        let holder = self.root.tree().get(element).and_then(paragraph_holder);
        holder.is_some_and(|holder| self.paragraphs.contains(&holder))
    }

    /// Whether an element is in a list or a table that holds text of the article: then its text is one
    /// more item, however short it is.
    pub fn is_list_item(&self, element: NodeId) -> bool {
        let Some(node) = self.root.tree().get(element) else { return false };
        let mut path = std::iter::once(node).chain(node.ancestors());
        let item = path.find(|node| ITEMS.contains(&name_of(node)) || self.own.contains(&node.id()));
        item.is_some_and(|item| !self.own.contains(&item.id()))
            && path
                .find(|node| LISTS.contains(&name_of(node)))
                .is_some_and(|list| self.own.contains(&list.id()))
    }

    fn is_marked_as_box(&self, node: NodeRef<'a, Node>, element: &Element) -> bool {
        if is_caption_name(element.name()) && is_slide(node) {
            return false;
        }
        if ASIDE.contains(&element.name()) || element.attr("role").is_some_and(|role| ROLES.contains(&role)) {
            return true;
        }
        let mut marked = false;
        let boilerplate = self.rules.boilerplate();
        for_each_name_word(element, |word| {
            marked |= boilerplate.is_box_class(word) && !self.own_words.contains(word);
        });
        marked
    }
}

/// The nearest element with a class around a node, or the node itself, and its class.
fn nearest_class(node: NodeRef<'_, Node>) -> Option<(NodeId, &str)> {
    std::iter::once(node).chain(node.ancestors()).find_map(|node| {
        let class = node.value().as_element()?.attr("class")?.trim();
        Some((node.id(), class)).filter(|(_, class)| !class.is_empty())
    })
}

/// The element that holds the paragraph in which a node is.
fn paragraph_holder(node: NodeRef<'_, Node>) -> Option<NodeId> {
    let paragraph = std::iter::once(node).chain(node.ancestors()).find(|node| name_of(node) == "p")?;
    paragraph.parent().map(|holder| holder.id())
}

/// Whether an element is a heading that is a link, or a link that is a heading: it leads to another
/// story, and the text beside it is that story's summary.
fn is_linked_heading(node: NodeRef<'_, Node>) -> bool {
    let is_heading = |node: &NodeRef<'_, Node>| matches!(name_of(node), "h2" | "h3" | "h4" | "h5" | "h6");
    let is_link = |node: &NodeRef<'_, Node>| name_of(node) == "a";
    let linked =
        || node.children().any(|inside| is_link(&inside)) || node.parent().is_some_and(|n| is_link(&n));
    is_heading(&node) && linked()
}

pub fn is_caption_name(name: &str) -> bool {
    matches!(name, "figure" | "figcaption")
}

/// Whether a figure is a slide with a heading and a paragraph: a part of the text, and no caption.
fn is_slide(figure: NodeRef<'_, Node>) -> bool {
    let below = || figure.descendants().take(MAX_NODES);
    let is_heading = |node: NodeRef<'_, Node>| matches!(name_of(&node), "h2" | "h3" | "h4" | "h5" | "h6");
    below().any(is_heading) && below().any(|node| name_of(&node) == "p")
}

/// Calls `take` with each word of an element's class, id and component name, in lower case:
/// `relatedPosts_2` has `related` and `posts`.
pub fn for_each_name_word(element: &Element, mut take: impl FnMut(&str)) {
    let named = ["class", "id", "data-component", "data-testid", "data-type"];
    named.into_iter().filter_map(|name| element.attr(name)).for_each(|value| for_each_word(value, &mut take));
}

/// Calls `take` with each word of a name, in lower case.
pub fn for_each_word(value: &str, mut take: impl FnMut(&str)) {
    let mut word = String::new();
    let mut before = ' ';
    for c in value.chars().take(400).chain(std::iter::once(' ')) {
        let hump = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if (hump || !c.is_ascii_alphabetic()) && !word.is_empty() {
            take(&word);
            word.clear();
        }
        if c.is_ascii_alphabetic() {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    // Methods of a type with a lifetime are not general enough to be passed by name.
    #![allow(clippy::redundant_closure_for_method_calls)]
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn judge(html: &str) -> bool {
        with_boxes(html, |boxes, what| boxes.is_in_box(what))
    }

    fn with_boxes(html: &str, judge: impl Fn(&InlineBoxes<'_, '_>, NodeId) -> bool) -> bool {
        let page = scraper::Html::parse_document(html);
        let find = |wanted: &str| {
            page.tree
                .nodes()
                .find(|node| node.value().as_text().is_some_and(|text| &*text.text == wanted))
                .and_then(|node| node.parent())
                .unwrap()
        };
        let own = std::iter::once(find("own").id());
        let boxes = InlineBoxes::new(page.tree.root(), own, TextRules::built_in());
        judge(&boxes, find("what").id())
    }

    #[test]
    fn marked_boxes_are_boilerplate() {
        for page in [
            "<p>own</p><aside><p>what</p></aside>",
            "<p>own</p><div class='relatedPosts'><p>what</p></div>",
            "<p>own</p><div id=share_2><span>what</span></div>",
            "<p>own</p><div role=complementary>what</div>",
            "<p>own</p><div class=author-card><p>what</p></div>",
            "<p>own</p><figure><img src=1.png><figcaption><p>what</p></figcaption></figure>",
            "<p>own</p><div class=c1><p>what</p><input type=email></div>",
            "<p>own</p><div class=c1><a href=/1><h4>other</h4></a><p>what</p></div>",
            "<p>own</p><div class=c1><h4><a href=/1>other</a></h4><p>what</p></div>",
        ] {
            assert!(judge(page), "{page}");
        }
    }

    #[test]
    fn paragraphs_like_the_others_are_not() {
        for page in [
            "<p>own</p><p>what</p>",
            "<p class=ad-friendly>own</p><p class=ad-friendly>what</p>",
            "<aside><p>own</p><p>what</p></aside>",
            "<div class=share><p>own</p><b>what</b></div>",
            "<p>own</p><div class=correction><em>what</em></div>",
            "<p>own</p><div><h4>other</h4><p>what</p></div>",
            "<p>own</p><figure><img src=1.png><figcaption><h3>other</h3><p>what</p></figcaption></figure>",
        ] {
            assert!(!judge(page), "{page}");
        }
    }

    #[test]
    fn an_item_of_a_list_of_the_article_is_one_of_its_items() {
        for (page, expected) in [
            ("<ul><li>own</li><li>what</li></ul>", true),
            ("<table><tr><td>own</td></tr><tr><td>what</td></tr></table>", true),
            ("<p>own</p><ul><li>what</li></ul>", false),
            ("<ul><li>own<span>what</span></li></ul>", false),
            ("<table><tr><td><p>own</p><p>what</p></td></tr></table>", false),
        ] {
            assert_eq!(with_boxes(page, |boxes, what| boxes.is_list_item(what)), expected, "{page}");
        }
    }
}
