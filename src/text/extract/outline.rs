//! The elements of a page in the order of their start tags, each with how much text is below it, and which
//! of them are the page's frame.
//!
//! An element is frame by its name, its role, or the words of its classes, unless it holds too much of the
//! page for that: some sites call the box around everything `search-page` or `with-sidebar`.

use std::collections::HashMap;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::node::{Element, Node};

use crate::text::TextRules;
use crate::text::extract::blocks::{self, name_of};
use crate::text::extract::inline_boxes::for_each_name_word;
use crate::text::prose::count_visible_chars;

/// Elements that are frame wherever they stand.
const FRAME: &[&str] = &["nav", "footer", "dialog", "menu", "amp-sidebar", "amp-consent"];
/// Roles that are frame wherever they stand (WAI-ARIA 1.2, section 5.4).
const FRAME_ROLES: &[&str] =
    &["navigation", "search", "dialog", "alertdialog", "contentinfo", "menu", "menubar", "tablist"];
/// Roles of what is beside the text.
const SIDE_ROLES: &[&str] = &["complementary", "banner", "toolbar", "alert"];
/// Elements that hold the text itself, whatever their classes say.
const CONTENT: &[&str] = &["html", "body", "main", "article", "h1"];
/// Parts of a page whose header is theirs, not the page's.
const SECTIONS: &[&str] = &["main", "article", "section"];
/// Classes of stylesheets that hide an element.
const HIDING: &[&str] = &["d-none", "hide", "hidden", "is-hidden"];
/// What the classes of panels hold that a click opens: their text is the page's.
const PANELS: &[&str] = &["tab", "accordion", "collaps", "expand", "panel", "faq", "toggle"];
/// Names of the element that holds all of a page's own text.
const MAIN_IDS: &[&str] = &["content", "main", "main-content", "maincontent"];

/// Frame by its name or role holds at most this share of a page; hidden parts, and those that are frame by
/// their place or class, at most the others.
const MAX_FRAME: f64 = 0.6;
const MAX_HIDDEN: f64 = 0.5;
const MAX_SIDE: f64 = 0.3;
const MAX_UNSURE: f64 = 0.15;
/// A list of links, or a box of so many, whose items are shorter is navigation or a cloud of tags.
const MIN_MENU_LINKS: f64 = 0.9;
const MIN_MENU_ITEMS: usize = 4;
const MAX_MENU_ITEM: usize = 25;
/// The main element holds at least this share of what is not frame.
const MIN_MAIN: f64 = 0.5;

/// An element of a page.
pub struct Part<'a> {
    /// Its node.
    pub node: NodeRef<'a, Node>,
    /// The place of the element around it; its own for the first.
    pub parent: usize,
    /// The place after the last element in it.
    pub end: usize,
    /// Whether it is frame or in it.
    pub is_frame: bool,
    chars: usize,
    link_chars: usize,
    /// Characters below it that are not frame.
    own_chars: usize,
}

/// The elements of a page.
pub struct Outline<'a> {
    /// Each element, before those in it.
    pub parts: Vec<Part<'a>>,
    places: HashMap<NodeId, usize>,
}

impl<'a> Outline<'a> {
    /// Reads the elements below `root` and recognises the frame among them. It does not recurse.
    pub fn new(root: NodeRef<'a, Node>, rules: &TextRules) -> Self {
        let mut outline = Self { parts: Vec::new(), places: HashMap::new() };
        outline.collect(root);
        outline.add_up(|part| part.chars, |part, sum| part.chars = sum);
        outline.add_up(|part| part.link_chars, |part, sum| part.link_chars = sum);
        let all = outline.parts.first().map_or(0, |part| part.chars);
        outline.mark(|outline, part| outline.is_certain_frame(part, all, rules));
        let own = outline.measure_own();
        outline.mark(|_, part| Self::is_side(part, own, rules));
        outline.measure_own();
        outline
    }

    /// The place of an element; `None` where it holds no text.
    pub fn place_of(&self, element: NodeId) -> Option<usize> {
        self.places.get(&element).copied()
    }

    /// Whether a node is frame, or holds no text at all.
    pub fn is_frame(&self, node: NodeRef<'_, Node>) -> bool {
        node.value().is_element()
            && self.place_of(node.id()).and_then(|at| self.parts.get(at)).is_some_and(|part| part.is_frame)
    }

    /// The places of the main element and what is in it; of all where no element is the main one.
    pub fn main_range(&self) -> std::ops::Range<usize> {
        let all = self.parts.first().map_or(0, |part| part.own_chars);
        let is_main = |part: &Part<'_>| {
            part.node.value().as_element().is_some_and(|element| {
                element.name() == "main"
                    || element.attr("role") == Some("main")
                    || element.attr("id").is_some_and(|id| MAIN_IDS.contains(&id))
            })
        };
        let holds_most = |part: &Part<'_>| !part.is_frame && part.own_chars as f64 >= MIN_MAIN * all as f64;
        let mut parts = self.parts.iter().enumerate();
        let main = parts.find(|(_, part)| is_main(part) && holds_most(part));
        main.map_or(0..self.parts.len(), |(at, part)| at..part.end)
    }

    fn collect(&mut self, root: NodeRef<'a, Node>) {
        let mut open: Vec<usize> = Vec::new();
        let mut links = 0_usize;
        let mut skip: Option<NodeId> = None;
        for edge in root.traverse() {
            match edge {
                Edge::Open(node) if skip.is_none() => match node.value() {
                    Node::Text(text) => {
                        let Some(part) = open.last().and_then(|at| self.parts.get_mut(*at)) else { continue };
                        let chars = count_visible_chars(&text.text);
                        part.chars += chars;
                        part.link_chars += if links > 0 { chars } else { 0 };
                    }
                    Node::Element(element) if blocks::holds_no_text(element.name()) => skip = Some(node.id()),
                    Node::Element(element) => {
                        let at = self.parts.len();
                        let parent = open.last().copied().unwrap_or(at);
                        let (chars, link_chars, own_chars) = (0, 0, 0);
                        self.parts.push(Part {
                            node,
                            parent,
                            end: at + 1,
                            is_frame: false,
                            chars,
                            link_chars,
                            own_chars,
                        });
                        self.places.insert(node.id(), at);
                        open.push(at);
                        links += usize::from(element.name() == "a");
                    }
                    _ => {}
                },
                Edge::Close(node) if skip == Some(node.id()) => skip = None,
                Edge::Close(node) if skip.is_none() && node.value().is_element() => {
                    let end = self.parts.len();
                    if let Some(part) = open.pop().and_then(|at| self.parts.get_mut(at)) {
                        part.end = end;
                    }
                    links = links.saturating_sub(usize::from(name_of(&node) == "a"));
                }
                _ => {}
            }
        }
    }

    /// Adds to each element what is counted in the elements below it.
    fn add_up(&mut self, get: impl Fn(&Part<'a>) -> usize, set: impl Fn(&mut Part<'a>, usize)) {
        for at in (1..self.parts.len()).rev() {
            let Some(part) = self.parts.get(at) else { continue };
            let (parent, count) = (part.parent, get(part));
            if let Some(parent) = self.parts.get_mut(parent) {
                let sum = get(parent) + count;
                set(parent, sum);
            }
        }
    }

    /// Counts what is not frame below each element, and returns it for the whole page.
    fn measure_own(&mut self) -> usize {
        for at in (0..self.parts.len()).rev() {
            let Some(part) = self.parts.get(at) else { continue };
            let below = |at: usize| self.parts.get(at).map_or(0, |part| part.chars);
            let mut own = part.chars;
            let mut child = at + 1;
            let mut of_children = 0;
            while child < part.end {
                let Some(inside) = self.parts.get(child) else { break };
                own -= below(child);
                of_children += inside.own_chars;
                child = inside.end;
            }
            let own = if part.is_frame { 0 } else { own + of_children };
            if let Some(part) = self.parts.get_mut(at) {
                part.own_chars = own;
            }
        }
        self.parts.first().map_or(0, |part| part.own_chars)
    }

    /// Marks what is frame, and all that is in it.
    fn mark(&mut self, is_frame: impl Fn(&Self, &Part<'a>) -> bool) {
        for at in 1..self.parts.len() {
            let Some(part) = self.parts.get(at) else { continue };
            let around = self.parts.get(part.parent).is_some_and(|parent| parent.is_frame);
            let frame = part.is_frame || around || is_frame(self, part);
            if let Some(part) = self.parts.get_mut(at) {
                part.is_frame = frame;
            }
        }
    }

    /// Frame by its name, its role, or because it is hidden.
    fn is_certain_frame(&self, part: &Part<'a>, all: usize, rules: &TextRules) -> bool {
        let Some(element) = part.node.value().as_element() else { return false };
        let (name, share) = (element.name(), part.chars as f64 / all.max(1) as f64);
        if part.chars == 0 || CONTENT.contains(&name) || share > MAX_FRAME {
            return false;
        }
        if is_kept_hidden(part.node, element, rules) {
            return share < MAX_HIDDEN;
        }
        if name == "header" {
            let in_section = part.node.ancestors().any(|around| SECTIONS.contains(&name_of(&around)));
            return !in_section && (!self.holds(part, "h1") || part.link_chars * 2 > part.chars);
        }
        FRAME.contains(&name) || element.attr("role").is_some_and(|role| FRAME_ROLES.contains(&role))
    }

    /// Frame by its place or its classes, where it does not hold too much of what is left.
    fn is_side(part: &Part<'a>, all: usize, rules: &TextRules) -> bool {
        let Some(element) = part.node.value().as_element() else { return false };
        let (name, share) = (element.name(), part.own_chars as f64 / all.max(1) as f64);
        if part.own_chars == 0 || CONTENT.contains(&name) || share > MAX_HIDDEN {
            return false;
        }
        let links = part.link_chars as f64 / part.chars.max(1) as f64;
        if links > MIN_MENU_LINKS {
            let items = match name {
                "ul" | "ol" => part.node.children().filter(|inside| name_of(inside) == "li").count(),
                _ => part.node.children().filter(|inside| name_of(inside) == "a").count(),
            };
            let is_menu = items >= MIN_MENU_ITEMS || matches!(name, "ul" | "ol");
            if is_menu && part.own_chars / items.max(1) < MAX_MENU_ITEM {
                return true;
            }
        }
        if share >= MAX_SIDE {
            return false;
        }
        let (mut sure, mut unsure) = (false, false);
        for_each_name_word(element, |word| {
            sure |= rules.boilerplate().is_frame_class(word);
            unsure |= rules.boilerplate().is_side_class(word);
        });
        name == "aside"
            || element.attr("role").is_some_and(|role| SIDE_ROLES.contains(&role))
            || sure
            || (unsure && (share < MAX_UNSURE || links > 0.6))
            || (name == "form" && share < MAX_UNSURE)
    }

    fn holds(&self, part: &Part<'a>, name: &str) -> bool {
        let from = self.place_of(part.node.id()).unwrap_or(part.end);
        self.parts
            .get(from..part.end)
            .is_some_and(|inside| inside.iter().any(|part| name_of(&part.node) == name))
    }
}

/// Whether an element is hidden for good: not a panel that a click opens, nor text that a script will put
/// in its place (the streamed parts of React, whose ids are `S:0` and `B:0`).
fn is_kept_hidden(node: NodeRef<'_, Node>, element: &Element, rules: &TextRules) -> bool {
    let class = element.attr("class").unwrap_or_default();
    let id = element.attr("id").unwrap_or_default();
    let hides = class.split_ascii_whitespace().any(|class| HIDING.contains(&class));
    // A class for some widths of the window shows it again.
    let shown_again = || {
        ["block", "flex", "grid", "inline"].iter().any(|shown| {
            class.split_ascii_whitespace().any(|class| class.ends_with(shown) && class.contains([':', '-']))
        })
    };
    if !(blocks::is_hidden(&node, rules) || (hides && !shown_again())) {
        return false;
    }
    let named = format!("{class} {id} {}", element.attr("role").unwrap_or_default()).to_ascii_lowercase();
    !(id.starts_with("S:") || id.starts_with("B:") || PANELS.iter().any(|panel| named.contains(panel)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_text(html: &str) -> String {
        let page = scraper::Html::parse_document(html);
        let outline = Outline::new(page.tree.root(), TextRules::built_in());
        let blocks = blocks::collect_blocks(page.tree.root(), |node| outline.is_frame(node));
        blocks.into_iter().map(|block| block.text).collect::<Vec<_>>().join("|")
    }

    const LONG: &str =
        "The orchard at the bend of the road was planted by the school in the year of the flood.";

    #[test]
    fn frame_is_recognised_by_names_roles_and_classes() {
        for frame in [
            "<footer>Opening hours of the office</footer>",
            "<header><a href=/>The name of the site</a></header>",
            "<div role=navigation>Here and there</div>",
            "<div class='cookie-notice'>We keep cookies</div>",
            "<div class=relatedPosts>Another story</div>",
            "<ul><li><a href=/1>One</a><li><a href=/2>Two</a></ul>",
            "<div><a href=/1>One</a> <a href=/2>Two</a> <a href=/3>Three</a> <a href=/4>Four</a></div>",
            "<div style='display:none'>Not shown</div>",
            "<div class='d-none'>Not shown</div>",
            "<form>Your name</form>",
        ] {
            assert_eq!(
                own_text(&format!("<main><p>{LONG}</p><p>{LONG}</p></main>{frame}")),
                format!("{LONG}|{LONG}"),
                "{frame}"
            );
        }
    }

    #[test]
    fn what_holds_the_page_is_not_frame() {
        for (before, after) in [
            ("<div class='search-page sidebar'>", "</div>"),
            ("<header><h1>Head</h1>", "</header>"),
            ("<div hidden id='S:1'>", "</div>"),
            ("<div class='accordion-panel' style='display:none'>", "</div>"),
            ("<div class='hidden md:block'>", "</div>"),
        ] {
            let text = own_text(&format!("<p>Some words</p>{before}<p>{LONG}</p>{after}<p>{LONG}</p>"));
            assert!(text.matches(LONG).count() == 2, "{before}: {text}");
        }
        let script = format!("<script>{}</script>", "let a = 1;".repeat(100));
        let text = own_text(&format!("{script}<p>Some words</p><form><p>{LONG}</p><p>{LONG}</p></form>"));
        assert!(text.matches(LONG).count() == 2, "{text}");
    }
}
