//! Finds the end of a URL in running text.

use crate::archive::markdown::entities;
use crate::archive::markdown::host_dot;
use crate::archive::markdown::path_words::UrlSegment;
use crate::archive::markdown::wikilink_opening_length;
use crate::unicode::character_classes::{is_hebrew, is_joiner_between, is_zero_width};
use crate::unicode::cjk::{is_cjk, is_cjk_punctuation};

/// Characters after which an ideograph continues a path.
const JOINTS: &str = "/=-_?&#.%+~,@|【[";

/// The length in bytes of the URL at the start of `rest`, or `None` if there is no URL. `opener` is the
/// character before it, whose closing counterpart ends the URL.
///
/// The rules are those of GFM's extended autolinks, with one addition: a URL also ends where a Chinese
/// sentence continues, because such text has no spaces ([`UrlSegment`]).
pub(super) fn bare_url_length(rest: &str, opener: Option<char>) -> Option<usize> {
    let scheme = scheme_length(rest)?;
    let mut end = rest.len();
    let mut before = '/';
    let mut from = scheme;
    let mut is_host = true;
    let mut segment = UrlSegment::default();
    rest.get(scheme..)?
        .chars()
        .next()
        .filter(|c| c.is_alphanumeric() || matches!(c, '[' | 'h' | '/' | ' '))?;
    let mut open = OpenBrackets { round: 0, square: 0, wikilinks: 0, opener };
    for (at, c) in rest.char_indices() {
        if at < from {
            continue;
        }
        // An ideograph continues a path only after a separator or another ideograph.
        let joined = is_cjk(before) || JOINTS.contains(before);
        if c == '['
            && let Some(length) = wikilink_opening_length(rest.get(at..)?).filter(|_| joined)
        {
            open.wikilinks += 1;
            from = at + length;
            continue;
        }
        if c == ']' && open.wikilinks > 0 && rest.get(at + 1..)?.starts_with(']') {
            open.wikilinks -= 1;
            from = at + 2;
            continue;
        }
        let behind = rest.get(at + c.len_utf8()..)?;
        is_host &= !matches!(c, '/' | '?' | '#');
        if is_host && host_dot::is_wide_dot(c) && host_dot::is_host_dot(rest.get(scheme..at)?, behind) {
            before = '.';
            continue;
        }
        let next = behind.chars().next();
        let is_gershayim = c == '"' && is_hebrew(before) && next.is_some_and(is_hebrew);
        if is_gershayim || next.is_some_and(|next| is_joiner_between(before, c, next)) {
            continue;
        }
        let (url, tail) = rest.split_at_checked(at)?;
        let is_sentence = || is_host || !segment.continues(url, tail, open.round > 0);
        let stop = c.is_whitespace()
            || c.is_control()
            || is_zero_width(c)
            || (is_cjk(c) && !joined && is_sentence())
            || (is_cjk_punctuation(c) && !matches!(c, '—' | '…' | '｜'))
            || matches!(c, '<' | '>' | '"' | '`' | '\u{2028}' | '\u{2029}' | '\u{fffd}')
            || (c == '&' && is_closing_entity(rest.get(at..)?))
            || open.ends_url(c, behind);
        if stop {
            end = at;
            break;
        }
        segment.push(at, c);
        before = c;
    }
    let url = trim_sentence_marks(rest.get(..end)?);
    (url.len() > scheme).then_some(url.len())
}

/// The brackets that are open inside a URL.
struct OpenBrackets {
    round: usize,
    square: usize,
    wikilinks: usize,
    opener: Option<char>,
}

impl OpenBrackets {
    /// Whether a bracket ends the URL, or starts something that is not part of it.
    fn ends_url(&mut self, c: char, rest: &str) -> bool {
        match c {
            '(' => self.round += 1,
            '[' if rest.starts_with(['[', '^']) => return true,
            '[' => self.square += 1,
            ')' if self.round > 0 => self.round -= 1,
            // A closing bracket without an opening one belongs to the sentence, unless a path clearly
            // continues behind it.
            ')' => return self.opener == Some('(') || !rest.starts_with(continues_path),
            ']' if rest.starts_with('(') => return true,
            ']' if self.square > 0 => self.square -= 1,
            ']' => return self.opener == Some('[') || rest.starts_with('['),
            _ => {}
        }
        false
    }
}

fn continues_path(c: char) -> bool {
    c.is_alphanumeric() || "/-_=&?#%+.)".contains(c)
}

/// Whether a character reference stands for a character that URLs cannot contain: white space, quotes,
/// brackets.
fn is_closing_entity(rest: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || is_cjk_punctuation(c) || matches!(c, '"' | '<' | '>');
    entities::decode_entity(rest).is_some_and(|(decoded, _)| decoded.contains(ends))
}

fn scheme_length(rest: &str) -> Option<usize> {
    for scheme in ["https://", "http://"] {
        if rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)) {
            return Some(scheme.len());
        }
    }
    None
}

/// Removes the punctuation that the sentence around the URL added.
fn trim_sentence_marks(mut url: &str) -> &str {
    // The number of closing brackets of each kind without an opening one.
    let extra =
        |open: char, close: char| url.matches(close).count().saturating_sub(url.matches(open).count());
    let mut closers = [(')', extra('(', ')')), (']', extra('[', ']')), ('}', extra('{', '}'))];
    while let Some(last) = url.chars().next_back() {
        let off = match last {
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '~' | '…' | '—' | '\\' | '|' | '｜' => true,
            _ => closers.iter_mut().any(|(close, count)| {
                let takes = *close == last && *count > 0;
                *count -= usize::from(takes);
                takes
            }),
        };
        if !off {
            return url;
        }
        url = url.get(..url.len() - last.len_utf8()).unwrap_or_default();
    }
    url
}
