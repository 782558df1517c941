//! Removes dialogs that ask for consent to cookies, which may be longer than the article they cover.

use crate::markup::{self, Token, Tokens};
use crate::text::TextRules;
use crate::text::html::hidden::ElementTracker;
use crate::text::prose::count_visible_chars;

/// A page that holds fewer characters without its dialogs is about consent.
const MIN_CHARS: usize = 200;
/// Elements that hold a whole page, whose class may say that a dialog is open.
const WHOLE: &[&str] = &["html", "body", "main", "article", "head"];

/// The page without its dialogs; `None` where it has none, or nothing else.
pub fn remove_consent_dialogs(html: &str, rules: &TextRules) -> Option<String> {
    let rules = rules.boilerplate();
    if !rules.is_consent_name(html) {
        return None;
    }
    let asks = |name: &str, attributes: &str| {
        let is_named = |attribute| {
            markup::attribute_value(attributes, attribute).is_some_and(|value| rules.is_consent_name(value))
        };
        !markup::is_one_of(name, WHOLE) && (is_named("id") || is_named("class"))
    };
    let mut tracker = ElementTracker::default();
    let mut out = String::with_capacity(html.len());
    let (mut left, mut removed) = (0, 0);
    for token in Tokens::new(html) {
        let was_inside = tracker.is_inside();
        match token {
            Token::StartTag { name, attributes, source, self_closing } => {
                tracker.open_tag(name, self_closing, || asks(name, attributes));
                if !tracker.is_inside() {
                    out.push_str(source);
                }
            }
            Token::EndTag { name, source } => {
                tracker.close_tag(name);
                if !was_inside {
                    out.push_str(source);
                }
            }
            Token::Text(text) if was_inside => removed += count_visible_chars(text),
            Token::Text(text) => {
                left += count_visible_chars(text);
                out.push_str(text);
            }
            Token::RawText { content, .. } if !was_inside => out.push_str(content),
            Token::Doctype(source) => out.push_str(source),
            Token::RawText { .. } | Token::Comment(_) | Token::CutTag(_) => {}
        }
    }
    (removed > 0 && left >= MIN_CHARS).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(html: &str) -> Option<String> {
        remove_consent_dialogs(html, TextRules::built_in())
    }

    #[test]
    fn a_dialog_is_removed_unless_it_is_all() {
        let text = format!("<article><p>{}</p></article>", "The barge was moored below the weir. ".repeat(8));
        let dialog = "<div id='consent-sdk'><h2>Your choice</h2><p>Cookies are kept.</p></div>";
        assert_eq!(removed(&format!("{text}{dialog}<p>End</p>")), Some(format!("{text}<p>End</p>")));
        assert_eq!(removed(&format!("<p>Short.</p>{dialog}")), None);
        assert_eq!(removed(&text), None);
        let open = format!("<body class='cookie-banner-open'>{text}</body>");
        assert_eq!(removed(&open), None);
    }
}
