//! What a page holds and no reader is given to read: hidden elements, and text that is struck out.
//!
//! The markup is looked at, not the style sheets. `visibility` says nothing: some sites hide the
//! article itself until a script shows it.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::markup;
use crate::text::extract::boilerplate;

/// Elements whose text was taken back (WHATWG HTML, sections 4.5.5, 4.7.2, 16.2).
const STRUCK: &[&str] = &["del", "s", "strike"];

/// An element deeper than this inside one that is followed is not told from others.
const MAX_INSIDE: usize = 256;

/// Whether an element strikes its text out.
pub fn is_struck(name: &str) -> bool {
    matches!(name.len(), 1 | 3 | 6) && STRUCK.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a browser shows nothing of an element with these attributes, or shows it to screen readers
/// only.
pub fn is_hidden<'a>(attribute: impl Fn(&str) -> Option<&'a str>) -> bool {
    let undisplayed = |style: &str| {
        style.split(';').filter_map(|part| part.split_once(':')).any(|(key, value)| {
            key.trim().eq_ignore_ascii_case("display")
                && value.trim().to_ascii_lowercase().starts_with("none")
        })
    };
    attribute("hidden").is_some()
        || attribute("style").is_some_and(undisplayed)
        || attribute("class").is_some_and(|class| class.split_ascii_whitespace().any(boilerplate::is_unseen))
}

/// [`is_hidden`] of a tag's attribute text.
fn hides(attributes: &str) -> bool {
    // Most tags are told from those that may hide something by this alone.
    static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let marks = ["hidden", "none"].into_iter().chain(boilerplate::unseen());
        AhoCorasick::builder().ascii_case_insensitive(true).build(marks).ok()
    });
    attributes.len() >= 6
        && MARKS.as_ref().is_some_and(|marks| marks.is_match(attributes))
        && is_hidden(|name| markup::attribute_value(attributes, name))
}

/// One element of a stream of tokens, followed until it ends: at its own end tag, or, where that is
/// missing, at what ends it in a browser.
#[derive(Debug, Default)]
pub struct Within<'a> {
    /// The element that is followed, and those that are open in it.
    open: Vec<&'a str>,
}

impl<'a> Within<'a> {
    /// Whether the stream is inside such an element.
    pub fn is_inside(&self) -> bool {
        !self.open.is_empty()
    }

    /// Takes a start tag. `begins` says whether an element with this tag is one to follow; it is asked
    /// outside of such elements only.
    pub fn open(&mut self, name: &'a str, self_closing: bool, begins: impl FnOnce() -> bool) {
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
        } else if self.open.len() < MAX_INSIDE {
            self.open.push(name);
        }
    }

    /// Takes an end tag.
    pub fn close(&mut self, name: &str) {
        let Some(first) = self.open.first() else { return };
        if let Some(at) = self.open.iter().rposition(|known| known.eq_ignore_ascii_case(name)) {
            self.open.truncate(at);
        } else if markup::is_block(name) && !(name.eq_ignore_ascii_case("p") && markup::is_block(first)) {
            // The end of what is around it. A block stands in no paragraph.
            self.open.clear();
        }
    }
}

/// Follows what is struck out or hidden.
#[derive(Debug, Default)]
pub struct Veil<'a>(Within<'a>);

impl<'a> Veil<'a> {
    /// Whether the text at this place of the stream is not given to read.
    pub fn covers(&self) -> bool {
        self.0.is_inside()
    }

    /// Takes a start tag.
    pub fn open(&mut self, name: &'a str, attributes: &str, self_closing: bool) {
        self.0.open(name, self_closing, || is_struck(name) || hides(attributes));
    }

    /// Takes an end tag.
    pub fn close(&mut self, name: &str) {
        self.0.close(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::{Token, Tokens};

    fn seen(html: &str) -> String {
        let mut veil = Veil::default();
        let mut text = String::new();
        for token in Tokens::new(html) {
            match token {
                Token::StartTag { name, attributes, self_closing, .. } => {
                    veil.open(name, attributes, self_closing);
                }
                Token::EndTag { name, .. } => veil.close(name),
                Token::Text(part) if !veil.covers() => text.push_str(part),
                _ => {}
            }
        }
        text
    }

    #[test]
    fn struck_and_hidden_text_is_not_seen() {
        for html in [
            "a<del>x</del>b",
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
            assert_eq!(seen(html), "ab", "{html}");
        }
    }

    #[test]
    fn other_text_is_seen() {
        for html in [
            "a<ins>b</ins>",
            "a<div style='visibility:hidden'>b</div>",
            "a<div style='overflow:hidden' aria-hidden=true>b</div>",
            "<input type=hidden>a<br hidden>b",
            "a<div hidden/>b",
            "a<small>b</small>",
        ] {
            assert_eq!(seen(html), "ab", "{html}");
        }
        let deep = format!("a<div hidden>{}x{}</div>", "<i>".repeat(50_000), "</b>".repeat(50_000));
        assert_eq!(seen(&deep), "a");
    }
}
