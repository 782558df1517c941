//! URLs that stand in the text as they are.

use crate::article::phrase::{is_cjk, is_cjk_punctuation, is_zero_width};

/// The length in bytes of the URL at the start of `rest`; none where there is no URL.
///
/// GFM's extended autolinks, made to end where a Chinese sentence goes on: such text has no spaces.
pub(super) fn length(rest: &str) -> Option<usize> {
    let scheme = scheme_length(rest)?;
    let mut end = rest.len();
    let mut before = '/';
    let mut chars = rest.char_indices().skip_while(|(at, _)| *at < scheme).peekable();
    chars.peek().filter(|(_, c)| c.is_alphanumeric() || matches!(c, '[' | 'h' | '/' | ' '))?;
    for (at, c) in chars {
        // An ideograph goes on with a path only where a separator or another one stands before.
        let glued = is_cjk(c) && !(is_cjk(before) || "/=-_?&#.%+~,@|【[".contains(before));
        let stop = c.is_whitespace()
            || c.is_control()
            || is_zero_width(c)
            || glued
            || (is_cjk_punctuation(c) && !matches!(c, '—' | '…' | '｜'))
            || matches!(c, '<' | '>' | '"' | '`' | '\u{2028}' | '\u{2029}' | '\u{fffd}')
            || (c == ']' && rest.get(at + 1..).is_some_and(|next| next.starts_with('(')));
        if stop {
            end = at;
            break;
        }
        before = c;
    }
    let url = trim(rest.get(..end)?);
    (url.len() > scheme).then_some(url.len())
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
