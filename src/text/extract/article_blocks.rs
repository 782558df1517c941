//! Decides which blocks of a page, or of its data, belong to the article of the local copy. The others are
//! its frame.

use ego_tree::NodeRef;
use scraper::node::Node;

use crate::text::TextRules;
use crate::text::extract::blocks::Block;
use crate::text::extract::boilerplate::is_boilerplate_block;
use crate::text::extract::guide::Guide;
use crate::text::extract::inline_boxes::InlineBoxes;
use crate::text::ngrams::NgramSet;
use crate::text::page_text::{BlockRole, PageBlock};
use crate::text::prose::{ends_sentence, text_width};

/// A longer line, in bytes, is recognised by its n-grams even where its digits changed.
const MAX_LINE_WITH_DIGITS: usize = 120;
/// A block at least this wide is a paragraph, whatever it ends with.
const PARAGRAPH_WIDTH: usize = 200;
/// A narrower block is not a sentence, whatever it ends with.
const MIN_SENTENCE_WIDTH: usize = 36;

/// How a block relates to the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GuideMatch {
    /// It holds text of the guide that no longer block holds.
    Own,
    /// All that it holds of the guide is also in other blocks: a quotation, a comment.
    Repeated,
    /// The guide does not have it.
    Absent,
}

/// The blocks, each with what it is to the article. `root` is the element that they come from.
pub fn label_blocks(
    blocks: &[Block],
    guide: &Guide,
    root: Option<NodeRef<'_, Node>>,
    rules: &TextRules,
) -> Vec<PageBlock> {
    let matches = match_blocks(blocks, guide);
    let own = || blocks.iter().zip(&matches).filter(|(_, found)| **found == GuideMatch::Own);
    let boxes = root.map(|root| InlineBoxes::new(root, own().filter_map(|(block, _)| block.element), rules));
    let is_list_item = |block: &Block| {
        block.element.zip(boxes.as_ref()).is_some_and(|(element, boxes)| boxes.is_list_item(element))
    };
    let is_in_box = |block: &Block| {
        block.element.zip(boxes.as_ref()).is_some_and(|(element, boxes)| boxes.is_in_box(element))
    };
    let first = matches.iter().position(|found| *found == GuideMatch::Own).unwrap_or(0);
    let last = matches.iter().rposition(|found| *found == GuideMatch::Own).unwrap_or(blocks.len());
    // The lines of a transcript end without a mark, and a short one may be an addition.
    let ended = own().filter(|(block, _)| ends_sentence(&block.text)).count();
    let labels = ended * 2 >= own().count();
    let is_article = |at: usize, block: &Block, found: GuideMatch| match found {
        GuideMatch::Own => true,
        _ if !block.is_mostly_links() && rules.lexicon().is_correction(&block.text) => true,
        // A caption or a quotation in a box repeats the text's words.
        GuideMatch::Repeated => !is_in_box(block) && !is_boilerplate_block(block, false, rules),
        GuideMatch::Absent => {
            let inside = at >= first && at <= last;
            !is_in_box(block)
                && !block.is_mostly_links()
                && !is_boilerplate_block(block, labels && !is_list_item(block), rules)
                && (inside || is_prose(&block.text))
        }
    };
    let label = |(at, (block, found)): (usize, (&Block, &GuideMatch))| {
        let role = if is_article(at, block, *found) { BlockRole::Article } else { BlockRole::Frame };
        PageBlock { text: block.text.clone(), role }
    };
    blocks.iter().zip(&matches).enumerate().map(label).collect()
}

/// The blocks of a page's data, each with what it is to the article.
pub fn label_texts(texts: &[String], guide: &Guide, rules: &TextRules) -> Vec<PageBlock> {
    let blocks: Vec<Block> = texts.iter().map(|text| Block::from_text(text)).collect();
    label_blocks(&blocks, guide, None, rules)
}

fn match_blocks(blocks: &[Block], guide: &Guide) -> Vec<GuideMatch> {
    let mut found = vec![GuideMatch::Absent; blocks.len()];
    let mut held: Vec<(usize, Vec<u64>, usize)> = Vec::new();
    for (at, (block, found)) in blocks.iter().zip(&mut found).enumerate() {
        let (ngrams, all) = guide.held_ngrams(&block.text);
        if ngrams.len() * 2 >= all {
            held.push((at, ngrams, all));
        } else if block.text.len() < MAX_LINE_WITH_DIGITS && guide.has_line_with_other_digits(&block.text) {
            *found = GuideMatch::Own;
        }
    }
    // The longest block that holds a text is the one that owns it.
    held.sort_by_key(|(_, ngrams, _)| std::cmp::Reverse(ngrams.len()));
    let mut seen = NgramSet::default();
    for (at, ngrams, all) in held {
        let fresh = ngrams.into_iter().filter(|hash| seen.insert(*hash)).count();
        if let Some(found) = found.get_mut(at) {
            *found = if fresh * 4 >= all { GuideMatch::Own } else { GuideMatch::Repeated };
        }
    }
    found
}

/// Whether a block is a sentence or a paragraph rather than a label: it ends as one, or is long.
fn is_prose(text: &str) -> bool {
    let width = text_width(text);
    width >= PARAGRAPH_WIDTH || (width >= MIN_SENTENCE_WIDTH && ends_sentence(text))
}
