//! Brings out the text that a browser keeps aside: `noscript`, `template`, script templates and the
//! documents of `iframe srcdoc`. Some pages hold nothing else, and their scripts put it in its place.

use crate::markup::{self, Token, Tokens};
use crate::text::prose::count_visible_chars;

/// A page whose kept-aside text has fewer characters is read without it: it says that scripts are needed.
const MIN_CHARS: usize = 250;
/// The kept-aside text is this many times what the page shows, where it is the page's own.
const MIN_SHARE: usize = 2;
/// Types of scripts that hold markup, not code.
const TEMPLATE_TYPES: &[&str] =
    &["text/template", "text/x-template", "text/html", "text/x-handlebars-template"];

/// A page with its kept-aside text in place, where that is most of what it holds; `None` elsewhere.
/// `visible_chars` is how many characters the page shows, white space not counted.
pub fn bring_out_inert_text(html: &str, visible_chars: usize) -> Option<String> {
    let holds_any = || {
        Tokens::new(html).any(|token| matches!(token, Token::StartTag { name, attributes, .. } if keeps_aside(name, attributes)))
    };
    if visible_chars > html.len() / MIN_SHARE || !holds_any() {
        return None;
    }
    let mut out = String::with_capacity(html.len());
    let mut brought = 0;
    let (mut depth, mut template) = (0_usize, false);
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, source, .. } => {
                if is_wrapper(name) {
                    depth += 1;
                    out.push(' ');
                } else if name.eq_ignore_ascii_case("script") {
                    template = keeps_aside(name, attributes);
                    out.push_str(if template { "<div>" } else { source });
                } else if keeps_aside(name, attributes) {
                    let inside = markup::decoded_attribute(attributes, "srcdoc").unwrap_or_default();
                    brought += count_text(&inside);
                    out.push_str("<div>");
                    out.push_str(&inside);
                    out.push_str("</div>");
                } else {
                    out.push_str(source);
                }
            }
            Token::EndTag { name, source } => {
                if is_wrapper(name) {
                    depth = depth.saturating_sub(1);
                } else if template && name.eq_ignore_ascii_case("script") {
                    template = false;
                    out.push_str("</div>");
                } else {
                    out.push_str(source);
                }
            }
            Token::RawText { content, .. } => {
                brought += if template { count_text(content) } else { 0 };
                out.push_str(content);
            }
            Token::Text(text) => {
                brought += if depth > 0 { count_visible_chars(text) } else { 0 };
                out.push_str(text);
            }
            Token::Doctype(source) => out.push_str(source),
            Token::Comment(_) | Token::CutTag(_) => {}
        }
    }
    (brought >= MIN_CHARS && brought >= MIN_SHARE * visible_chars).then_some(out)
}

fn is_wrapper(name: &str) -> bool {
    markup::is_one_of(name, &["noscript", "template"])
}

/// Whether an element's text is not shown until a script puts it in its place.
fn keeps_aside(name: &str, attributes: &str) -> bool {
    let is_template = |kind: &str| TEMPLATE_TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind.trim()));
    is_wrapper(name)
        || (name.eq_ignore_ascii_case("script")
            && markup::attribute_value(attributes, "type").is_some_and(is_template))
        || (name.eq_ignore_ascii_case("iframe") && markup::attribute_value(attributes, "srcdoc").is_some())
}

fn count_text(html: &str) -> usize {
    Tokens::new(html)
        .map(|token| if let Token::Text(text) = token { count_visible_chars(text) } else { 0 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextRules;
    use crate::text::html::visible_text::visible_text;

    const TEXT: &str = "The mill stood idle for two winters, the miller said, and in the third the wheel was \
        turned again. The village paid for the new beams, and the river did the rest of the work. Whoever brings corn \
        on a Saturday takes the flour home the same evening, and pays with a loaf of the bread that is baked from it, as it was done before the war.";

    fn shown(html: &str) -> Option<String> {
        let visible = visible_text(html, TextRules::built_in());
        let page = bring_out_inert_text(html, visible.visible_chars)?;
        Some(visible_text(&page, TextRules::built_in()).text)
    }

    #[test]
    fn text_that_stands_nowhere_else_is_brought_out() {
        let escaped = format!("&lt;p&gt;{TEXT}&lt;/p&gt;");
        for page in [
            format!("<div id=app></div><noscript><p>{TEXT}</p></noscript>"),
            format!("<h1>Mill</h1><template><p>{TEXT}</p></template>"),
            format!("<h1>Mill</h1><script type='text/template'><p>{TEXT}</p></script>"),
            format!("<h1>Mill</h1><iframe srcdoc=\"{escaped}\"></iframe>"),
        ] {
            let text = shown(&page).unwrap_or_default();
            assert!(text.contains("pays with a loaf of the bread"), "{page}: {text}");
        }
    }

    #[test]
    fn a_page_that_shows_its_text_is_left_as_it_is() {
        let notice = "<noscript>Please turn on scripts to read this page.</noscript>";
        assert_eq!(shown(&format!("<div id=app></div>{notice}")), None);
        assert_eq!(shown(&format!("<p>{TEXT}</p><noscript><p>{TEXT}</p></noscript>")), None);
        assert_eq!(shown(&format!("<div></div><script>var a = '{TEXT}';</script>")), None);
    }
}
