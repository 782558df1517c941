//! Decides whether an ideograph inside a URL continues its path, or begins the sentence behind it.
//!
//! Chinese and Japanese text has no spaces, so that both look alike: `…/x的报道` is a URL and words,
//! `…/4月-245.jpg` is a URL. An ideograph behind a letter or a digit ends the URL, unless the path shows that
//! it needs more.

use crate::unicode::cjk::{is_cjk, is_cjk_punctuation};

/// The number of bytes in which the end of a path is looked for.
const LOOKAHEAD: usize = 256;
/// File endings, behind which no word is part of the URL.
const ENDINGS: [&str; 18] = [
    ".html", ".htm", ".shtml", ".xhtml", ".php", ".aspx", ".asp", ".jsp", ".pdf", ".doc", ".docx", ".jpg",
    ".jpeg", ".png", ".gif", ".webp", ".mp3", ".mp4",
];
/// Folders whose pages are named by their titles.
const TITLE_FOLDERS: [&str; 2] = ["/wiki/", "/item/"];
/// Hosts whose titles are written without spaces, by the start of their name.
const CJK_HOSTS: [&str; 9] =
    ["://zh.", "://zh-", "://ja.", "://ko.", "://yue.", "://wuu.", "://gan.", "://baike.", "://lzh."];
/// Words that continue a sentence behind a URL, and with which no title continues behind a letter.
const PARTICLES: [char; 12] = ['的', '是', '里', '裡', '中', '上', '和', '与', '與', '说', '說', '等'];

/// The part of a URL that is being read: a name of its path, or a name or value of its query.
#[derive(Default)]
pub(super) struct UrlSegment {
    start: usize,
    has_ideograph: bool,
}

impl UrlSegment {
    /// Reads the character at `at`.
    pub(super) fn push(&mut self, at: usize, c: char) {
        if matches!(c, '/' | '?' | '&' | '=' | '#') {
            *self = Self { start: at + 1, has_ideograph: false };
        }
        self.has_ideograph |= is_cjk(c);
    }

    /// Whether the ideograph at the start of `rest`, behind a letter or a digit, continues the URL so far.
    /// `has_open_bracket` says that a round bracket is open in it.
    pub(super) fn continues(&self, url: &str, rest: &str, has_open_bracket: bool) -> bool {
        let Some((head, segment)) = url.split_at_checked(self.start) else { return false };
        if has_file_ending(segment) {
            return false;
        }
        let word = first_word(rest);
        self.has_ideograph
            || (has_open_bracket && word.contains(')'))
            || (is_year(segment) && rest.starts_with('年'))
            || (is_title_folder(head) && continues_title(head, segment, rest))
            || ends_as_path(word)
    }
}

/// The text up to the next white space, quotation mark or Chinese punctuation.
fn first_word(rest: &str) -> &str {
    let is_end = |c: char| {
        c.is_whitespace() || is_cjk_punctuation(c) || matches!(c, '<' | '>' | '"' | '`' | '[' | ']')
    };
    let end = rest.char_indices().find(|(at, c)| *at > LOOKAHEAD || is_end(*c)).map(|(at, _)| at);
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

fn has_file_ending(text: &str) -> bool {
    let tail = text.as_bytes().last_chunk::<8>().map_or(text.as_bytes(), |tail| tail.as_slice());
    let tail = tail.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| tail.ends_with(ending.as_bytes()))
}

fn is_year(segment: &str) -> bool {
    segment.len() == 4 && segment.starts_with(['1', '2']) && segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_title_folder(head: &str) -> bool {
    let is_variant = || head.contains("wiki") && head.contains("/zh-");
    TITLE_FOLDERS.iter().any(|folder| head.contains(folder)) || is_variant()
}

/// Whether a title continues: behind the colon of a namespace, or in a language without spaces.
fn continues_title(head: &str, segment: &str, rest: &str) -> bool {
    let is_cjk_title = || CJK_HOSTS.iter().any(|host| head.contains(host)) || head.contains("/zh-");
    segment.ends_with(':') || (is_cjk_title() && !rest.starts_with(PARTICLES))
}

/// Whether a word that begins with an ideograph ends as the path of a file or a folder does.
fn ends_as_path(word: &str) -> bool {
    if word.contains("://") || word.contains("www.") {
        return false;
    }
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
    let Some((name, _)) = word.rsplit_once('.').filter(|_| has_file_ending(word)) else {
        return word.ends_with('/');
    };
    name.ends_with(|c: char| is_cjk(c) || c.is_ascii_digit() || c == ')')
}
