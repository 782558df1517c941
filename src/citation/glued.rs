//! What stands glued to a URL: a second URL, punctuation, words of the sentence around it.

use crate::article::phrase::{is_cjk, is_cjk_punctuation, is_zero_width};

use super::scheme;

/// Punctuation after which a sentence goes on; none of it is usual inside a path.
const CLAUSE: [char; 10] = ['，', '。', '；', '！', '？', '、', '“', '”', '‘', '’'];
/// File endings after which no word belongs to the URL.
const ENDINGS: [&str; 9] = [".html", ".htm", ".shtml", ".php", ".aspx", ".asp", ".pdf", ".jsp", ".xhtml"];
/// A longer URL is data, not an address that a sentence was glued to; in bytes.
const LONGEST: usize = 2048;
/// So many digits in a row are a page's number, not the start of a name.
const NUMBER: usize = 5;

/// Several URLs written as one, cut apart. A URL inside another's path or query stays there.
pub(super) fn split(text: &str) -> Vec<String> {
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
        if url && lower.starts_with("http") && text.get(..at).is_some_and(ends_a_url) {
            cuts.push(at);
        }
    }
    cuts.push(text.len());
    let parts = cuts.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?));
    let joints = |c: char| is_cjk_punctuation(c) || c.is_whitespace() || matches!(c, ',' | ';' | '|' | '+');
    let single = cuts.len() == 2;
    parts.map(|part| if single { part } else { part.trim_end_matches(joints) }.to_owned()).collect()
}

/// Whether a URL that follows `before` is a new one, not a part of it.
fn ends_a_url(before: &str) -> bool {
    let Some((last, _)) = last_unit(before) else { return false };
    is_cjk(last)
        || is_cjk_punctuation(last)
        || last.is_whitespace()
        || is_zero_width(last)
        || matches!(last, ',' | ';' | '|')
        || last.is_ascii_alphanumeric()
}

/// The last character, percent-decoded where it is encoded, and its length in bytes.
fn last_unit(text: &str) -> Option<(char, usize)> {
    let last = text.chars().next_back()?;
    for groups in 1..=4 {
        let Some(at) = text.len().checked_sub(3 * groups) else { break };
        let Some(tail) = text.get(at..) else { break };
        if !tail.starts_with('%') {
            break;
        }
        let decoded = super::local::decode(tail);
        let mut chars = decoded.chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && !decoded.contains('%')
        {
            return Some((c, 3 * groups));
        }
    }
    Some((last, last.len_utf8()))
}

/// The URL without the punctuation and the words that its sentence left on it.
pub(super) fn without_tail(url: &str, repairs: &mut Vec<&'static str>) -> String {
    if url.len() > LONGEST {
        return url.to_owned();
    }
    let mut text = url;
    let host_start = text.find("://").map_or(0, |at| at + 3);
    if let Some(cut) = glued_host(text, host_start) {
        repairs.push("trailing-text");
        text = text.get(..cut).unwrap_or(text);
    }
    if let Some(cut) = glued_words(text, host_start) {
        repairs.push("trailing-text");
        text = text.get(..cut).unwrap_or(text);
    }
    let before = text.len();
    while let Some((last, length)) = last_unit(text) {
        let rest = text.get(..text.len() - length).unwrap_or_default();
        if rest.len() <= host_start || !is_stray(last, text) {
            break;
        }
        text = rest;
    }
    if text.len() < before {
        repairs.push("trailing-punctuation");
    }
    text.to_owned()
}

/// Whether a character at the end of a URL belongs to the sentence.
fn is_stray(last: char, text: &str) -> bool {
    let decoded = super::local::decode(text);
    let count = |c: char| decoded.matches(c).count();
    let paired = |open: char| count(open) >= count(last);
    match last {
        '"' => count('"') % 2 == 1,
        '\\' | '*' | '`' | '>' | '<' | ',' | ';' | '\u{fffd}' => true,
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

/// Where words begin that stand right behind a whole host: `https://host.org的报道`.
fn glued_host(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest.get(..end)?;
    let wide = host.find(|c: char| is_cjk(c) || is_cjk_punctuation(c))?;
    let ascii = host.get(..wide)?.trim_end_matches('.');
    (scheme::is_host(ascii) && scheme::is_registered(ascii)).then_some(start + wide)
}

/// Where words begin that stand behind a whole path: after a file's ending or a page's number, or
/// after a comma; only where nothing but words follows and none stands before.
fn glued_words(text: &str, start: usize) -> Option<usize> {
    let mut cut = text.len();
    let mut first = None;
    while let Some((c, length)) = text.get(..cut).and_then(last_unit) {
        if cut <= start || !(is_cjk(c) || is_cjk_punctuation(c) || c == ' ') {
            break;
        }
        cut -= length;
        first = Some(c);
    }
    let first = first?;
    let before = text.get(..cut)?;
    if cut <= start || super::local::decode(before).chars().any(is_cjk) {
        return None;
    }
    let tail = super::local::decode(text.get(cut..)?);
    if !tail.chars().any(is_cjk) {
        return None;
    }
    let clause = CLAUSE.contains(&first) || first == ' ';
    let lower = before.to_ascii_lowercase();
    let ended = ENDINGS.iter().any(|ending| lower.ends_with(ending));
    let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    (clause || ended || digits >= NUMBER).then_some(cut)
}
