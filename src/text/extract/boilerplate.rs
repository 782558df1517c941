//! Lines among an article's paragraphs that are none: "Read more", credits, calls to subscribe.
//!
//! The words are data (`config/furniture.toml`).

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::extract::blocks;
use crate::text::extract::blocks::Block;
use crate::text::{normalize, sentence};

const SOURCE: &str = include_str!("../../../config/furniture.toml");
const MAX_START: usize = 300;
const MAX_HOLDS: usize = 200;
/// Captions are no wider than this; see [`blocks::width`].
const MAX_CAPTION: usize = 450;
/// What follows the word of a credit is no wider than this.
const MAX_CREDIT: usize = 60;
/// What follows a furniture word and is a sentence is at least so wide.
const MIN_SENTENCE: usize = 24;
/// Labels are no wider than this: twelve Chinese characters, or a few English words.
const LABEL: usize = 36;

/// The words of furniture lines.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Furniture {
    starts: Vec<String>,
    calls: Vec<String>,
    holds: Vec<String>,
    whole: Vec<String>,
    credits: Vec<String>,
    credit_ends: Vec<String>,
    captions: Vec<String>,
    classes: HashSet<String>,
    unseen: HashSet<String>,
}

static BUILT_IN: LazyLock<Furniture> = LazyLock::new(|| toml::from_str(SOURCE).unwrap_or_default());

/// A line as its words are looked for: in lower case, without marks and brackets at its start.
fn start_of(lower: &str) -> &str {
    lower.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©' && c != '(')
}

fn lower_of(line: &str) -> String {
    line.to_lowercase().replace('’', "'")
}

/// What follows the longest furniture word that a line begins with.
fn after_mark(start: &str) -> Option<(&'static str, &str)> {
    let bare = start.trim_start_matches('(');
    let marks = BUILT_IN.starts.iter();
    let found = marks.filter_map(|mark| {
        Some((mark.as_str(), [start, bare].iter().find_map(|s| s.strip_prefix(mark.as_str()))?))
    });
    found.max_by_key(|(mark, _)| mark.len())
}

fn is_furniture(line: &str) -> bool {
    is_furniture_but(line, |_, _, _| false)
}

/// Whether a line is furniture by its words. `spared` may say no of one that begins with such a word,
/// given the line, the word and what follows it.
fn is_furniture_but(line: &str, spared: impl Fn(&str, &str, &str) -> bool) -> bool {
    let chars = line.chars().count();
    if chars > MAX_START {
        return false;
    }
    let lower = lower_of(line);
    let start = start_of(&lower);
    let words = &*BUILT_IN;
    after_mark(start).is_some_and(|(mark, rest)| !spared(line, mark, rest))
        || (chars <= MAX_HOLDS && words.holds.iter().any(|mark| lower.contains(mark.as_str())))
        || words.whole.iter().any(|mark| start.trim_end_matches(|c: char| !c.is_alphanumeric()) == mark)
}

/// Whether a line that begins with a furniture word goes on as a sentence of the text does
/// ("扫码支付系统昨天瘫痪。", "Copyright law does not cover it."): it says something, and neither names
/// somebody nor speaks to the reader.
fn goes_on(line: &str, mark: &str, rest: &str) -> bool {
    let words = &*BUILT_IN;
    let wide = mark.chars().next_back().is_some_and(|c| u32::from(c) >= 0x2E80);
    let next = rest.trim_start_matches(if wide { &[','][..] } else { &[',', ' '][..] });
    let says = next.starts_with(|c: char| c.is_alphabetic())
        // After an English word a capital begins a name.
        && (wide || !line.contains(&capital(next)));
    let calls = |call: &String| {
        if call.is_ascii() {
            rest.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == call)
        } else {
            rest.contains(call.as_str())
        }
    };
    says && blocks::ends_sentence(line)
        && blocks::width(rest) >= MIN_SENTENCE
        && !mark.ends_with([':', '：'])
        && !words.calls.iter().any(calls)
}

/// The first word of a text in lower case, with a capital.
fn capital(text: &str) -> String {
    let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

/// Whether a class is one of those by which sites hide an element from all but screen readers.
pub fn is_unseen(class: &str) -> bool {
    BUILT_IN.unseen.contains(class)
}

/// All such classes.
pub fn unseen() -> impl Iterator<Item = &'static str> {
    BUILT_IN.unseen.iter().map(String::as_str)
}

/// Whether a word in the name of an element's class says that the element is furniture.
pub fn is_class(word: &str) -> bool {
    BUILT_IN.classes.contains(word)
}

/// Whether a block that a local copy does not have is furniture by its own words: it says so, or it is
/// the caption of a picture. `labels` says whether a short line that ends as no
/// sentence does is furniture, too: it is among paragraphs, and not among the lines of a transcript.
pub fn is_block_of(block: &Block, labels: bool) -> bool {
    let text = &block.text;
    let (width, open) = (blocks::width(text), !blocks::ends_sentence(text));
    is_furniture_but(text, goes_on)
        || (width <= MAX_CAPTION && is_caption(text))
        || (block.after_image && width <= MAX_CAPTION && (open || is_slanted(block)))
        || (labels && open && width <= LABEL)
}

/// Whether all of a block is small or emphasised, as captions are.
fn is_slanted(block: &Block) -> bool {
    block.slanted > 0 && block.slanted >= block.text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Whether a line ends with the maker of a picture, or begins with the mark of a caption. A caption
/// is one sentence or two.
fn is_caption(text: &str) -> bool {
    if sentence::sentences(text).len() > 3 {
        return false;
    }
    let words = &*BUILT_IN;
    let lower = text.to_lowercase();
    let closes = |mark: &String| {
        lower.rfind(mark.as_str()).is_some_and(|at| {
            let after = lower.get(at + mark.len()..).unwrap_or_default();
            blocks::width(after) <= MAX_CREDIT && !after.contains(['。', '！', '？', '，'])
        })
    };
    let end = lower.trim_end_matches(|c: char| !c.is_alphanumeric());
    let start = lower.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '（' | '[' | '【'));
    words.captions.iter().any(|mark| start.starts_with(mark.as_str()))
        || words.credits.iter().any(closes)
        || words.credit_ends.iter().any(|mark| end.ends_with(mark.as_str()))
}

/// Takes furniture lines out, and the title where it is repeated above the text. A text of which
/// that would take half is left as it is.
pub fn clear(lines: Vec<String>, title: &str) -> Vec<String> {
    let title = normalize::letters(title);
    let repeats_title = |line: &String| {
        let letters = normalize::letters(line);
        !letters.is_empty()
            && (letters == title || (letters.chars().count() >= 12 && title.starts_with(&letters)))
    };
    let kept: Vec<bool> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| !(is_furniture(line) || (at == 0 && repeats_title(line))))
        .collect();
    let length = |wanted: bool| -> usize {
        lines.iter().zip(&kept).filter(|(_, kept)| **kept || !wanted).map(|(line, _)| line.len()).sum()
    };
    if length(true) * 2 < length(false) {
        return lines;
    }
    lines.into_iter().zip(kept).filter_map(|(line, kept)| kept.then_some(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_parses() {
        assert!(toml::from_str::<Furniture>(SOURCE).is_ok_and(|words| words.starts.len() > 40));
        assert!(is_class("newsletter") && !is_class("paragraph"));
    }

    #[test]
    fn furniture_goes_and_text_stays() {
        let text = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let lines = text(&[
            "A Title of Some Length",
            "The first paragraph of the story, long enough to be one and to outweigh the rest.",
            "[Read more: other story]",
            "“Follow us,” he said to the crowd, which did not move, for it had been told to stay where it was and so it did, all the long evening through, until the lights along the river went out one after another and nobody was left to ask what they had come to see or why they had stayed as long as they had, in the cold.",
            "(Reporting by A. B.)",
            "责任编辑：某某",
            "Advertisement",
        ]);
        let kept = clear(lines, "A Title of Some Length");
        assert_eq!(kept.len(), 2);
        let all = text(&["Read more", "Share this"]);
        assert_eq!(clear(all.clone(), ""), all);
    }

    #[test]
    fn captions_and_labels_are_furniture_and_sentences_are_not() {
        let block = |text: &str| Block { text: text.to_owned(), ..Block::default() };
        for text in [
            "▲ 桥上的行人",
            "河边的旧仓库。（图片来源：某社）",
            "渡口的早晨。本报记者 李四 摄",
            "渡口的早晨。（記者李四攝）",
            "The ferry at dawn. Photo by A. Body",
            "港の朝＝某社撮影",
        ] {
            assert!(is_block_of(&block(text), false), "{text}");
        }
        assert!(is_block_of(&block("河边的旧仓库"), true) && !is_block_of(&block("河边的旧仓库"), false));
        let after = Block { after_image: true, ..block("河边的旧仓库与行人") };
        assert!(is_block_of(&after, false));
        let sentence = Block { after_image: true, ..block("行人走过河边的旧仓库。") };
        assert!(!is_block_of(&sentence, false));
        assert!(is_block_of(&Block { slanted: 11, ..sentence }, false));
        for text in [
            "图片来源：某社据本地消息，图书馆将在下个月重新开放，读者可以预约。",
            "他为这座桥拍摄了许多照片，后来都捐给了图书馆。",
            "The photo was taken in May, she said.",
        ] {
            assert!(!is_block_of(&block(text), true), "{text}");
        }
    }
}
