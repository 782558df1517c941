//! Parts of a page's source left out, in one pass over hostile markup.
//!
//! By hand and not by a regular expression: a page of unclosed comments would make an expression
//! start over at each of them, and the page's author chooses how many there are.

/// The source without comments, without the elements of these names (lower case) and all that is in
/// them, and without the tags that `noise` names. What is not closed reaches to the end, as it does
/// in a browser. Each part that is left out leaves a space.
pub fn without(html: &str, elements: &[&str], noise: impl Fn(&str) -> bool) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        let (before, tag) = rest.split_at(at);
        kept.push_str(before);
        if let Some(comment) = tag.strip_prefix("<!--") {
            kept.push(' ');
            let Some((_, after)) = comment.split_once("-->") else { return kept };
            rest = after;
            continue;
        }
        if let Some(element) = elements.iter().find(|element| opens(tag, element)) {
            kept.push(' ');
            let Some(after) = after_closing(tag, element) else { return kept };
            rest = after;
            continue;
        }
        let end = memchr::memchr(b'>', tag.as_bytes()).map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        // A `<` that opens nothing may stand before one that does.
        let inner = memchr::memrchr(b'<', tag.as_bytes()).filter(|inner| *inner > 0);
        if let Some(inner) = inner {
            let (text, _) = tag.split_at(inner);
            kept.push_str(text);
            rest = rest.get(at + inner..).unwrap_or_default();
            continue;
        }
        if noise(tag) {
            kept.push(' ');
        } else {
            kept.push_str(tag);
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// Whether a text begins with the opening tag of this element.
fn opens(text: &str, element: &str) -> bool {
    named(text, 1, element)
}

fn named(text: &str, skip: usize, element: &str) -> bool {
    let bytes = text.as_bytes();
    let name = bytes.get(skip..skip + element.len());
    let ends = bytes.get(skip + element.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    ends && name.is_some_and(|name| name.eq_ignore_ascii_case(element.as_bytes()))
}

/// What follows the closing tag of this element.
fn after_closing<'a>(text: &'a str, element: &str) -> Option<&'a str> {
    let closing = memchr::memmem::find_iter(text.as_bytes(), b"</")
        .find(|at| text.get(*at..).is_some_and(|tag| named(tag, 2, element)))?;
    let tag = text.get(closing..)?;
    let end = memchr::memchr(b'>', tag.as_bytes())?;
    tag.get(end + 1..)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn strip(html: &str) -> String {
        without(html, &["script", "noscript"], |tag| tag.starts_with("<meta")).replace(' ', "")
    }

    #[test]
    fn comments_elements_and_tags_are_left_out() {
        for (html, kept) in [
            ("a<!-- <b> -->c", "ac"),
            ("a<!-- <b>", "a"),
            ("a<ScRipt src=x>'<p>'</SCRIPT >b", "ab"),
            ("a<script>b", "a"),
            ("a<scripted>b", "a<scripted>b"),
            ("a<noscript><meta></noscript><meta x><p>b", "a<p>b"),
            ("1 < 2 <meta x> 3 < 4", "1<23<4"),
            ("文<p", "文<p"),
            ("<", "<"),
            ("<<<!--x-->", "<<"),
            ("", ""),
        ] {
            assert_eq!(strip(html), kept, "{html}");
        }
    }

    /// Half a megabyte that makes a careless scanner start over at every tag.
    #[test]
    fn hostile_markup_costs_one_pass() {
        let started = std::time::Instant::now();
        for piece in ["<!--", "<script>", "<", "</script", "<meta ", "<script></scrip"] {
            let html = piece.repeat(512 * 1024 / piece.len());
            assert!(without(&html, &["script", "style"], |_| false).len() <= html.len() + 1);
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
    }
}
