//! Separates a URL from what is attached to it: a second URL, punctuation, words of the sentence around it.

use crate::unicode::character_classes::is_zero_width;
use crate::unicode::cjk::{is_cjk, is_cjk_punctuation};

use crate::citation::percent_decoding::percent_decode;
use crate::citation::repair::scheme;

/// Punctuation after which a sentence continues, and which is unusual in paths.
const CLAUSE: [char; 10] = ['，', '。', '；', '！', '？', '、', '“', '”', '‘', '’'];
/// File endings behind which no word is part of the URL.
const ENDINGS: [&str; 9] = [".html", ".htm", ".shtml", ".php", ".aspx", ".asp", ".pdf", ".jsp", ".xhtml"];
/// A longer URL, in bytes, is data rather than a URL to which a sentence was attached.
const LONGEST: usize = 2048;
/// Elements whose tags are left behind URLs.
const TAGS: [&str; 12] = ["a", "br", "p", "div", "span", "li", "td", "b", "i", "em", "strong", "img"];
/// Folders whose pages are named by their titles.
const TITLES: [&str; 6] = ["/wiki/", "/item/", "/tag/", "/tags/", "/topic/", "/word/"];
/// Query parameters that contain a search text or another text.
const SEARCHES: [&str; 12] =
    ["q", "wd", "word", "query", "keyword", "keywords", "kw", "search", "s", "text", "title", "name"];
/// The number of consecutive digits that are the number of a page rather than part of a name.
const NUMBER: usize = 5;

/// Splits URLs that were written as one. A URL in the path or query of another one is not split off.
pub(in crate::citation) fn split_joined_urls(text: &str) -> Vec<String> {
    let inside = text.as_bytes().get(1..).unwrap_or_default();
    if !inside.windows(4).any(|four| four.eq_ignore_ascii_case(b"http")) {
        return vec![text.to_owned()];
    }
    let lower = text.to_ascii_lowercase();
    let mut cuts = vec![0];
    let mut from = 1;
    while let Some(found) = lower.get(from..).and_then(|rest| rest.find("http")) {
        let at = from + found;
        from = at + 4;
        let url =
            lower.get(at..).is_some_and(|rest| rest.starts_with("http://") || rest.starts_with("https://"));
        if url
            && lower.starts_with("http")
            && cuts.last().is_some_and(|start| text.get(*start..at).is_some_and(ends_url))
        {
            cuts.push(at);
        }
    }
    cuts.push(text.len());
    let parts = cuts.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?));
    let joints = |c: char| is_cjk_punctuation(c) || c.is_whitespace() || matches!(c, ',' | ';' | '|' | '+');
    let single = cuts.len() == 2;
    parts.map(|part| if single { part } else { part.trim_end_matches(joints) }.to_owned()).collect()
}

/// Whether a URL behind `before` is a separate one rather than part of it.
fn ends_url(before: &str) -> bool {
    let Some((last, length)) = last_decoded_char(before) else { return false };
    // Percent-encoding in a query is written by programs: "?text=Title%20https://…".
    if length > last.len_utf8() && before.contains('?') {
        return false;
    }
    is_cjk(last)
        || is_cjk_punctuation(last)
        || last.is_whitespace()
        || is_zero_width(last)
        || matches!(last, ',' | ';' | '|')
        || last.is_ascii_alphanumeric()
}

/// The last character, decoded if it is percent-encoded, and its length in bytes.
fn last_decoded_char(text: &str) -> Option<(char, usize)> {
    let last = text.chars().next_back()?;
    for groups in 1..=4 {
        let Some(at) = text.len().checked_sub(3 * groups) else { break };
        let Some(tail) = text.get(at..) else { break };
        if !tail.starts_with('%') {
            break;
        }
        let decoded = percent_decode(tail);
        let mut chars = decoded.chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && !decoded.contains('%')
        {
            return Some((c, 3 * groups));
        }
    }
    Some((last, last.len_utf8()))
}

/// Removes the punctuation and the words of the sentence behind a URL.
pub(in crate::citation) fn strip_trailing_text(url: &str, repairs: &mut Vec<&'static str>) -> String {
    // A text fragment quotes the page with its punctuation.
    if url.len() > LONGEST || url.contains("#:~:") {
        return url.to_owned();
    }
    let mut text = url;
    let host_start = text.find("://").map_or(0, |at| at + 3);
    if let Some(cut) = find_markup(text) {
        repairs.push("trailing-text");
        text = text.get(..cut).unwrap_or(text);
    }
    if let Some(cut) = find_text_after_host(text, host_start) {
        repairs.push("trailing-text");
        text = text.get(..cut).unwrap_or(text);
    }
    if let Some(cut) = find_text_after_path(text, host_start) {
        repairs.push("trailing-text");
        text = text.get(..cut).unwrap_or(text);
    }
    let before = text.len();
    while let Some((last, length)) = last_decoded_char(text) {
        let rest = text.get(..text.len() - length).unwrap_or_default();
        if rest.len() <= host_start || !is_stray(last, text) || (is_titled_path(text) && ends_a_title(last)) {
            break;
        }
        text = rest;
    }
    if text.len() < before {
        repairs.push("trailing-punctuation");
    }
    text.to_owned()
}

/// The offset of markup that was copied with a URL: a tag, or the end of an attribute with further
/// attributes.
fn find_markup(text: &str) -> Option<usize> {
    if !text.contains(['"', '<', '%']) {
        return None;
    }
    let tag = |rest: &str, ends: &[&str]| {
        let inner = rest.trim_start_matches('/');
        let name = inner.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let behind = inner.get(name.len()..).unwrap_or_default();
        TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
            && ends.iter().any(|end| behind.starts_with(end))
    };
    text.char_indices().find_map(|(at, c)| {
        let rest = text.get(at + 1..)?;
        let begins = match c {
            '"' => rest.starts_with([' ', '>']),
            '<' => tag(rest, &[" ", "/", ">"]),
            // In a query, it may be a search text.
            '%' if rest.starts_with("3C") || rest.starts_with("3c") => {
                tag(rest.get(2..)?, &["%3E", "%3e", "%20", "/"]) && !text.get(..at)?.contains('?')
            }
            _ => false,
        };
        begins.then_some(at)
    })
}

/// Whether a URL names its page by a title, which can end as a sentence does.
fn is_titled_path(url: &str) -> bool {
    TITLES.iter().any(|part| url.contains(part))
}

fn ends_a_title(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '…')
}

/// Whether a URL ends in a search text.
fn ends_in_search_text(url: &str) -> bool {
    let parameter = url.split_once('?').and_then(|(_, query)| query.rsplit('&').next());
    let name = parameter.and_then(|parameter| parameter.split_once('=')).map(|(name, _)| name);
    name.is_some_and(|name| SEARCHES.contains(&name))
}

/// Whether a character at the end of a URL belongs to the sentence.
fn is_stray(last: char, text: &str) -> bool {
    let decoded = percent_decode(text);
    let count = |c: char| decoded.matches(c).count();
    let paired = |open: char| count(open) >= count(last);
    match last {
        '"' => count('"') % 2 == 1,
        '>' => !paired('<'),
        '\\' | '*' | '`' | '<' | ',' | ';' | '\u{fffd}' => true,
        ')' => !paired('('),
        ']' => !paired('['),
        '）' => !paired('（'),
        '】' => !paired('【') && !paired('['),
        '》' => !paired('《'),
        '」' => !paired('「'),
        '』' => !paired('『'),
        '”' => !paired('“'),
        '’' => !paired('‘'),
        '！' | '？' | '…' | '—' => !decoded.chars().any(is_cjk),
        c => is_cjk_punctuation(c) || c.is_whitespace() || is_zero_width(c),
    }
}

/// The offset of words right behind a complete host name: `https://host.org的报道`.
fn find_text_after_host(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest.get(..end)?;
    let wide = host.find(|c: char| is_cjk(c) || is_cjk_punctuation(c))?;
    let ascii = host.get(..wide)?.trim_end_matches('.');
    (scheme::looks_like_host(ascii) && scheme::has_public_suffix(ascii)).then_some(start + wide)
}

/// The offset of words behind a complete path: behind a file ending or the number of a page, or behind a
/// comma. Only words may follow it, and none may be before it.
fn find_text_after_path(text: &str, start: usize) -> Option<usize> {
    let mut cut = text.len();
    let mut first = None;
    while let Some((c, length)) = text.get(..cut).and_then(last_decoded_char) {
        if cut <= start || !(is_cjk(c) || is_cjk_punctuation(c) || c == ' ') {
            break;
        }
        cut -= length;
        first = Some(c);
    }
    let first = first?;
    let before = text.get(..cut)?;
    if is_titled_path(text) || ends_in_search_text(text) {
        return None;
    }
    if cut <= start || percent_decode(before).chars().any(is_cjk) {
        return None;
    }
    let tail = percent_decode(text.get(cut..)?);
    if !tail.chars().any(is_cjk) {
        return None;
    }
    let clause = CLAUSE.contains(&first) || first == ' ';
    let lower = before.to_ascii_lowercase();
    let ended = ENDINGS.iter().any(|ending| lower.ends_with(ending));
    let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    (clause || ended || digits >= NUMBER).then_some(cut)
}
