//! Recognises boilerplate among the lines of an article: credits, captions, "Read more", a repeated title.

use crate::text::extract::blocks::Block;
use crate::text::page_text::{BlockRole, PageBlock};
use crate::text::prose::{count_visible_chars, ends_sentence, text_width};
use crate::text::{TextRules, normalize};

/// Captions are at most this wide; see [`text_width`].
const MAX_CAPTION_WIDTH: usize = 450;
/// Labels are at most this wide: twelve Chinese characters, or a few English words.
const MAX_LABEL_WIDTH: usize = 36;
/// A line with at least this many letters repeats the title where the title begins with it.
const MIN_TITLE_LETTERS: usize = 12;

/// Whether a block that a local copy does not have is boilerplate by its own words: it says so, or it is
/// the caption of a picture. `labels` says whether a short line that does not end as a sentence counts,
/// too: it does among paragraphs, but not among the lines of a transcript.
pub fn is_boilerplate_block(block: &Block, labels: bool, rules: &TextRules) -> bool {
    let text = &block.text;
    let (width, open) = (text_width(text), !ends_sentence(text));
    rules.boilerplate().is_boilerplate_label(text)
        || (width <= MAX_CAPTION_WIDTH && rules.boilerplate().is_caption(text))
        || (block.after_image && width <= MAX_CAPTION_WIDTH && (open || is_emphasised(block)))
        || (labels && open && width <= MAX_LABEL_WIDTH)
}

/// Whether all of a block is small or emphasised, as captions are.
fn is_emphasised(block: &Block) -> bool {
    block.emphasised_chars > 0 && block.emphasised_chars >= count_visible_chars(&block.text)
}

/// Labels the lines of a text: boilerplate is frame, and so is the title where it is repeated above the
/// text. A text of which that would be more than half is the article as it is.
pub fn label_lines(lines: Vec<String>, title: &str, rules: &TextRules) -> Vec<PageBlock> {
    let title = normalize::full_normal_form(title);
    let repeats_title = |line: &String| {
        let letters = normalize::full_normal_form(line);
        let begins_title = || letters.chars().count() >= MIN_TITLE_LETTERS && title.starts_with(&letters);
        !letters.is_empty() && (letters == title || begins_title())
    };
    let kept: Vec<bool> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            !(rules.boilerplate().is_boilerplate_line(line) || (at == 0 && repeats_title(line)))
        })
        .collect();
    let length = |only_kept: bool| -> usize {
        lines.iter().zip(&kept).filter(|(_, kept)| **kept || !only_kept).map(|(line, _)| line.len()).sum()
    };
    let keep_all = length(true) * 2 < length(false);
    let label = |(line, kept): (String, bool)| {
        let role = if kept || keep_all { BlockRole::Article } else { BlockRole::Frame };
        PageBlock { text: line, role }
    };
    lines.into_iter().zip(kept).map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boilerplate_is_removed_and_text_stays() {
        let text = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let clear = |lines, title| -> Vec<String> {
            let labelled = label_lines(lines, title, TextRules::built_in()).into_iter();
            labelled.filter(PageBlock::is_article).map(|block| block.text).collect()
        };
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
    fn captions_and_labels_are_boilerplate_and_sentences_are_not() {
        let block = |text: &str| Block { text: text.to_owned(), ..Block::default() };
        let is_block_of = |block: &Block, labels| is_boilerplate_block(block, labels, TextRules::built_in());
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
        assert!(is_block_of(&Block { emphasised_chars: 11, ..sentence }, false));
        for text in [
            "图片来源：某社据本地消息，图书馆将在下个月重新开放，读者可以预约。",
            "他为这座桥拍摄了许多照片，后来都捐给了图书馆。",
            "The photo was taken in May, she said.",
        ] {
            assert!(!is_block_of(&block(text), true), "{text}");
        }
    }
}
