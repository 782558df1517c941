//! Decides which blocks of a page, or of its data, belong to the article of the local copy. The others are
//! its frame.

use ego_tree::NodeRef;
use scraper::node::Node;

use crate::text::TextRules;
use crate::text::extract::blocks::Block;
use crate::text::extract::boilerplate::is_boilerplate_block;
use crate::text::extract::guide::{Guide, GuideMatch};
use crate::text::extract::inline_boxes::InlineBoxes;
use crate::text::extract::quotations::find_quotations;
use crate::text::ngrams::NgramSet;
use crate::text::page_text::PageBlock;
use crate::text::prose::{ends_sentence, text_width};

/// A longer line, in bytes, is recognised by its n-grams even where its digits changed.
const MAX_LINE_WITH_DIGITS: usize = 120;
/// A block at least this wide is a paragraph, whatever it ends with.
const PARAGRAPH_WIDTH: usize = 200;
/// A narrower block is not a sentence, whatever it ends with.
const MIN_SENTENCE_WIDTH: usize = 36;

/// Where blocks come from.
#[derive(Clone, Copy)]
pub struct BlockPlaces<'a> {
    /// The element that all of them are below.
    pub root: NodeRef<'a, Node>,
    /// The article's element: the root or one below it.
    pub article: NodeRef<'a, Node>,
}

impl BlockPlaces<'_> {
    fn is_in_article(&self, block: &Block) -> bool {
        if self.root.id() == self.article.id() {
            return true;
        }
        let node = block.element.and_then(|element| self.root.tree().get(element));
        node.is_some_and(|node| {
            node.id() == self.article.id() || node.ancestors().any(|above| above.id() == self.article.id())
        })
    }
}

/// The article and its frame.
#[derive(Debug, Default)]
pub struct LabelledText {
    /// The blocks, each with what it is to the article, without those that only repeat it.
    pub blocks: Vec<PageBlock>,
    /// What boxes quote of the article: it is no proof that the article still has it.
    pub quotations: Vec<String>,
}

impl From<Vec<PageBlock>> for LabelledText {
    /// A text of which nothing is quoted.
    fn from(blocks: Vec<PageBlock>) -> Self {
        Self { blocks, quotations: Vec::new() }
    }
}

/// The blocks, each with what it is to the article. `places` is unknown for text that is not from elements.
pub fn label_blocks(
    blocks: &[Block],
    guide: &Guide,
    places: Option<BlockPlaces<'_>>,
    rules: &TextRules,
) -> LabelledText {
    let inside: Vec<bool> =
        blocks.iter().map(|block| places.is_none_or(|places| places.is_in_article(block))).collect();
    let mut matches = match_blocks(blocks, guide);
    // What stands beside the article repeats it.
    for (found, inside) in matches.iter_mut().zip(&inside) {
        if !inside && *found == GuideMatch::Own {
            *found = GuideMatch::Repeated;
        }
    }
    let quoted = places.map(|places| find_quotations(blocks, &matches, places.root, guide, rules));
    let is_quotation =
        |at: usize| quoted.as_ref().and_then(|quoted| quoted.get(at)).copied().unwrap_or_default();
    for (_, found) in matches.iter_mut().enumerate().filter(|(at, _)| is_quotation(*at)) {
        *found = GuideMatch::Repeated;
    }
    let own = || blocks.iter().zip(&matches).filter(|(_, found)| **found == GuideMatch::Own);
    let elements = || own().filter_map(|(block, _)| block.element);
    let boxes = places.map(|places| InlineBoxes::new(places.root, elements(), rules));
    let is_list_item = |block: &Block| {
        block.element.zip(boxes.as_ref()).is_some_and(|(element, boxes)| boxes.is_list_item(element))
    };
    let is_in_box = |block: &Block| {
        block.element.zip(boxes.as_ref()).is_some_and(|(element, boxes)| boxes.is_in_box(element))
    };
    let is_in_marked_box = |block: &Block| {
        block.element.zip(boxes.as_ref()).is_some_and(|(element, boxes)| boxes.is_in_marked_box(element))
    };
    let is_paragraph_of_article = |block: &Block| {
        block.element.zip(boxes.as_ref()).is_some_and(|(element, boxes)| boxes.is_own_paragraph(element))
    };
    let first = matches.iter().position(|found| *found == GuideMatch::Own).unwrap_or(0);
    let last = matches.iter().rposition(|found| *found == GuideMatch::Own).unwrap_or(blocks.len());
    // Outside of the article's element only what is below the headline, or set as the text is, belongs to it.
    let headline = places.and_then(|places| {
        let above = blocks.get(..first).unwrap_or_default();
        above.iter().rposition(|block| block.is_in_headline(places.root))
    });
    let lead = headline.map_or(first..first, |headline| headline + 1..first);
    // The lines of a transcript end without a mark, and a short one may be an addition.
    let ended = own().filter(|(block, _)| ends_sentence(&block.text)).count();
    let labels = ended * 2 >= own().count();
    // A teaser below the article is a link, too.
    let is_only_links = |at: usize, block: &Block| {
        let within = at >= first && at <= last && is_paragraph_of_article(block);
        block.is_mostly_links() && !(within && is_prose(&block.text))
    };
    let is_article = |at: usize, block: &Block, inside: bool, found: GuideMatch| match found {
        GuideMatch::Own => true,
        _ if inside && !block.is_mostly_links() && rules.lexicon().is_correction(&block.text) => true,
        // A caption or a quotation in a box repeats the text's words.
        GuideMatch::Repeated => {
            inside
                && !is_in_box(block)
                && !is_only_links(at, block)
                && !is_boilerplate_block(block, false, rules)
        }
        GuideMatch::Absent => {
            let between = inside && at >= first && at <= last;
            let set_as_own = || {
                let place = block.element.zip(boxes.as_ref());
                place.is_some_and(|(element, boxes)| boxes.is_set_as_own(element))
            };
            let beside = if inside || set_as_own() {
                !is_in_box(block)
            } else {
                // The header of an article has buttons.
                lead.contains(&at) && !is_in_marked_box(block)
            };
            beside
                && !is_only_links(at, block)
                && !is_boilerplate_block(block, labels && !is_list_item(block), rules)
                && (between || is_prose(&block.text))
        }
    };
    let mut text = LabelledText::default();
    for (at, ((block, found), inside)) in blocks.iter().zip(&matches).zip(&inside).enumerate() {
        if is_article(at, block, *inside, *found) {
            text.blocks.push(PageBlock::of_article(block.text.clone()));
        } else if is_quotation(at) {
            text.quotations.push(block.text.clone());
        } else if *found != GuideMatch::Repeated {
            text.blocks.push(PageBlock::of_frame(block.text.clone()));
        }
    }
    text
}

/// The blocks of a page's data, each with what it is to the article.
pub fn label_texts(texts: &[String], guide: &Guide, rules: &TextRules) -> Vec<PageBlock> {
    let blocks: Vec<Block> = texts.iter().map(|text| Block::from_text(text)).collect();
    label_blocks(&blocks, guide, None, rules).blocks
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
