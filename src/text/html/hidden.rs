//! Recognises text that a page does not show: hidden elements, and text that is struck out.
//!
//! It reads the markup, not the style sheets. `visibility` does not count, because some sites hide the
//! article itself until a script shows it.

use crate::markup;
use crate::text::rules::BoilerplateRules;

/// Elements whose text was taken back (WHATWG HTML, sections 4.5.5, 4.7.2, 16.2).
const STRUCK: &[&str] = &["del", "s", "strike"];
/// The shortest attribute text that can hide an element: `hidden`.
const MIN_HIDING_LENGTH: usize = 6;
/// Elements deeper than this inside a tracked element are not tracked themselves.
const MAX_TRACKED_DEPTH: usize = 256;

/// Whether an element of this name, with this value of `style`, strikes its text out (CSS Text Decoration 3,
/// section 2.1).
pub fn is_struck(name: &str, style: Option<&str>) -> bool {
    (matches!(name.len(), 1 | 3 | 6) && markup::is_one_of(name, STRUCK)) || style.is_some_and(strikes_out)
}

/// [`is_struck`] for a tag's attribute text.
pub fn is_struck_tag(name: &str, attributes: &str) -> bool {
    let style = Some(attributes).filter(|attributes| strikes_out(attributes));
    is_struck(name, style.and_then(|attributes| markup::attribute_value(attributes, "style")))
}

fn strikes_out(style: &str) -> bool {
    memchr::memmem::find(style.as_bytes(), b"line-through").is_some()
}

/// Whether a browser shows nothing of an element with these attributes, or shows it to screen readers
/// only.
pub fn is_hidden<'a>(attribute: impl Fn(&str) -> Option<&'a str>, rules: &BoilerplateRules) -> bool {
    let undisplayed = |style: &str| {
        style.split(';').filter_map(|part| part.split_once(':')).any(|(key, value)| {
            key.trim().eq_ignore_ascii_case("display")
                && value.trim().to_ascii_lowercase().starts_with("none")
        })
    };
    attribute("hidden").is_some()
        || attribute("style").is_some_and(undisplayed)
        || attribute("class")
            .is_some_and(|class| class.split_ascii_whitespace().any(|class| rules.is_hidden_class(class)))
}

/// [`is_hidden`] for a tag's attribute text.
fn hides_content(attributes: &str, rules: &BoilerplateRules) -> bool {
    attributes.len() >= MIN_HIDING_LENGTH
        && rules.may_hide(attributes)
        && is_hidden(|name| markup::attribute_value(attributes, name), rules)
}

/// Tracks one element of a stream of tokens until it ends: at its own end tag, or, where that is
/// missing, at what ends it in a browser.
#[derive(Debug, Default)]
pub struct ElementTracker<'a> {
    /// The tracked element, and those that are open in it.
    open: Vec<&'a str>,
}

impl<'a> ElementTracker<'a> {
    /// Whether the stream is inside a tracked element.
    pub fn is_inside(&self) -> bool {
        !self.open.is_empty()
    }

    /// Takes a start tag. `begins` says whether to track its element; it is called outside of tracked
    /// elements only.
    pub fn open_tag(&mut self, name: &'a str, self_closing: bool, begins: impl FnOnce() -> bool) {
        if markup::is_void(name) || self_closing {
            return;
        }
        if let Some(last) = self.open.last() {
            let same = last.eq_ignore_ascii_case(name) && markup::is_closed_by_its_like(name);
            // A block ends a paragraph.
            if same || (last.eq_ignore_ascii_case("p") && markup::is_block(name)) {
                self.open.pop();
            }
        }
        if self.open.is_empty() {
            if begins() {
                self.open.push(name);
            }
        } else if self.open.len() < MAX_TRACKED_DEPTH {
            self.open.push(name);
        }
    }

    /// Takes an end tag.
    pub fn close_tag(&mut self, name: &str) {
        let Some(first) = self.open.first() else { return };
        if let Some(at) = self.open.iter().rposition(|known| known.eq_ignore_ascii_case(name)) {
            self.open.truncate(at);
        } else if markup::is_block(name) && !(name.eq_ignore_ascii_case("p") && markup::is_block(first)) {
            // The end of an element around it. A paragraph holds no block.
            self.open.clear();
        }
    }
}

/// Tracks what is struck out or hidden.
#[derive(Debug)]
pub struct HiddenTracker<'a, 'r> {
    tracker: ElementTracker<'a>,
    rules: &'r BoilerplateRules,
}

impl<'a, 'r> HiddenTracker<'a, 'r> {
    /// Begins outside of hidden elements.
    pub fn new(rules: &'r BoilerplateRules) -> Self {
        Self { tracker: ElementTracker::default(), rules }
    }

    /// Whether the text at this place of the stream is hidden.
    pub fn is_inside(&self) -> bool {
        self.tracker.is_inside()
    }

    /// Takes a start tag.
    pub fn open_tag(&mut self, name: &'a str, attributes: &str, self_closing: bool) {
        let rules = self.rules;
        self.tracker.open_tag(name, self_closing, || {
            is_struck_tag(name, attributes) || hides_content(attributes, rules)
        });
    }

    /// Takes an end tag.
    pub fn close_tag(&mut self, name: &str) {
        self.tracker.close_tag(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::{Token, Tokens};
    use crate::text::TextRules;

    fn shown_text(html: &str) -> String {
        let mut tracker = HiddenTracker::new(TextRules::built_in().boilerplate());
        let mut text = String::new();
        for token in Tokens::new(html) {
            match token {
                Token::StartTag { name, attributes, self_closing, .. } => {
                    tracker.open_tag(name, attributes, self_closing);
                }
                Token::EndTag { name, .. } => tracker.close_tag(name),
                Token::Text(part) if !tracker.is_inside() => text.push_str(part),
                _ => {}
            }
        }
        text
    }

    #[test]
    fn struck_and_hidden_text_is_left_out() {
        for html in [
            "a<del>x</del>b",
            "a<span style=\"color:red; text-decoration: line-through\">x</span>b",
            "a<s>x<b>y</b></s>b",
            "a<div style='color:red; DISPLAY : none'>x<div>y</div>z</div>b",
            "a<p hidden>x<div>b</div>",
            "<ul><li>a<li hidden>x<li>b</ul>",
            "a<span class='big sr-only'>x</span>b",
            "<div><p>a<del>x</p><p>b</p></div>",
            "a<div hidden>x</p>y</div>b",
            "a<div hidden><ul><li>x<li>y</ul></div>b",
            "a<div hidden><input><br>x</div>b",
        ] {
            assert_eq!(shown_text(html), "ab", "{html}");
        }
    }

    #[test]
    fn other_text_is_kept() {
        for html in [
            "a<ins>b</ins>",
            "a<div style='visibility:hidden'>b</div>",
            "a<div style='overflow:hidden' aria-hidden=true>b</div>",
            "<input type=hidden>a<br hidden>b",
            "a<div hidden/>b",
            "a<small>b</small>",
        ] {
            assert_eq!(shown_text(html), "ab", "{html}");
        }
        let deep = format!("a<div hidden>{}x{}</div>", "<i>".repeat(50_000), "</b>".repeat(50_000));
        assert_eq!(shown_text(&deep), "a");
    }
}
