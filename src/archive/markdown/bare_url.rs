//! URLs that stand in the text as they are.

use crate::archive::markdown::entities;
use crate::archive::rule_phrase;
use crate::archive::rule_phrase::{is_cjk, is_cjk_punctuation, is_zero_width};

/// What may stand before an ideograph that goes on with a path.
const JOINTS: &str = "/=-_?&#.%+~,@|【[";

/// The length in bytes of the URL at the start of `rest`; none where there is no URL. `opener` is
/// the character before it: what closes that ends the URL.
///
/// GFM's extended autolinks, made to end where a Chinese sentence goes on: such text has no spaces.
pub(super) fn length(rest: &str, opener: Option<char>) -> Option<usize> {
    let scheme = scheme_length(rest)?;
    let mut end = rest.len();
    let mut before = '/';
    let mut from = scheme;
    rest.get(scheme..)?
        .chars()
        .next()
        .filter(|c| c.is_alphanumeric() || matches!(c, '[' | 'h' | '/' | ' '))?;
    let mut open = Open { round: 0, square: 0, wikilinks: 0, opener };
    for (at, c) in rest.char_indices() {
        if at < from {
            continue;
        }
        // An ideograph goes on with a path only where a separator or another one stands before.
        let joined = is_cjk(before) || JOINTS.contains(before);
        if c == '['
            && let Some(length) = rule_phrase::wiki_opening(rest.get(at..)?).filter(|_| joined)
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
        let stop = c.is_whitespace()
            || c.is_control()
            || is_zero_width(c)
            || (is_cjk(c) && !joined)
            || (is_cjk_punctuation(c) && !matches!(c, '—' | '…' | '｜'))
            || matches!(c, '<' | '>' | '"' | '`' | '\u{2028}' | '\u{2029}' | '\u{fffd}')
            || (c == '&' && is_end_reference(rest.get(at..)?))
            || open.ends(c, rest.get(at + c.len_utf8()..)?);
        if stop {
            end = at;
            break;
        }
        before = c;
    }
    let url = trim(rest.get(..end)?);
    (url.len() > scheme).then_some(url.len())
}

/// What is open while a URL is read.
struct Open {
    round: usize,
    square: usize,
    wikilinks: usize,
    opener: Option<char>,
}

impl Open {
    /// Whether a bracket ends the URL, or begins what is no part of it.
    fn ends(&mut self, c: char, rest: &str) -> bool {
        match c {
            '(' => self.round += 1,
            '[' if rest.starts_with(['[', '^']) => return true,
            '[' => self.square += 1,
            ')' if self.round > 0 => self.round -= 1,
            // Closed without being opened, it is the sentence's, unless a path plainly goes on.
            ')' => return self.opener == Some('(') || !rest.starts_with(goes_on),
            ']' if rest.starts_with('(') => return true,
            ']' if self.square > 0 => self.square -= 1,
            ']' => return self.opener == Some('[') || rest.starts_with('['),
            _ => {}
        }
        false
    }
}

fn goes_on(c: char) -> bool {
    c.is_alphanumeric() || "/-_=&?#%+.)".contains(c)
}

/// Whether a character reference stands for what no URL holds: white space, quotes, brackets.
fn is_end_reference(rest: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || is_cjk_punctuation(c) || matches!(c, '"' | '<' | '>');
    entities::decode(rest).is_some_and(|(c, _)| ends(c))
}

fn scheme_length(rest: &str) -> Option<usize> {
    for scheme in ["https://", "http://"] {
        if rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)) {
            return Some(scheme.len());
        }
    }
    None
}

/// Takes off what the sentence around the URL added.
fn trim(mut url: &str) -> &str {
    // How many closing marks of each kind have no opening one.
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
