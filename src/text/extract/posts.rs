//! Finds the posts of a thread: elements of one class, one after another, that hold most of a page's
//! sentences.

use std::collections::{HashMap, HashSet};

use crate::text::TextRules;
use crate::text::extract::blocks::Block;
use crate::text::extract::inline_boxes::for_each_word;
use crate::text::extract::outline::Outline;
use crate::text::prose::text_width;

/// A block at least this wide that is not mostly links is prose; see [`text_width`].
const MIN_PROSE_WIDTH: usize = 60;
/// The class of the posts holds at least this share of what the class with the most prose holds.
const MIN_OF_BEST: f64 = 0.75;

/// The posts of a page.
#[derive(Debug)]
pub struct Posts {
    /// For each block of the page, whether it is in a post.
    pub is_in_post: Vec<bool>,
    /// How much of the page's prose the posts hold, from 0 to 1.
    pub prose_share: f64,
    /// How many times their prose all of their text is.
    pub text_of_prose: f64,
}

/// How wide the prose of a block is: all of it or nothing.
pub fn prose_width(block: &Block) -> usize {
    let width = text_width(&block.text);
    if width >= MIN_PROSE_WIDTH && !block.is_mostly_links() { width } else { 0 }
}

/// The posts among a page's blocks: of all classes that are called so, the one that holds nearly all of
/// the prose with the least text around it.
pub fn find_posts(outline: &Outline<'_>, blocks: &[Block], rules: &TextRules) -> Option<Posts> {
    let places: Vec<Option<usize>> =
        blocks.iter().map(|block| block.element.and_then(|element| outline.place_of(element))).collect();
    // The prose and the text below each element.
    let mut below = vec![(0_usize, 0_usize); outline.parts.len()];
    let mut all_prose = 0;
    for (block, place) in blocks.iter().zip(&places) {
        let (prose, width) = (prose_width(block), text_width(&block.text));
        all_prose += prose;
        let Some(mut at) = *place else { continue };
        while let (Some(held), Some(part)) = (below.get_mut(at), outline.parts.get(at)) {
            held.0 += prose;
            held.1 += width;
            if part.parent == at {
                break;
            }
            at = part.parent;
        }
    }
    let mut candidates: HashMap<&str, Candidate> = HashMap::new();
    for (at, part) in outline.parts.iter().enumerate().filter(|(_, part)| !part.is_frame) {
        let class = part.node.value().as_element().and_then(|element| element.attr("class"));
        let Some((prose, width)) = below.get(at).copied().filter(|(_, width)| *width > 0) else { continue };
        let classes: HashSet<&str> = class.unwrap_or_default().split_ascii_whitespace().collect();
        for class in classes {
            if names_post(class, rules) {
                candidates.entry(class).or_default().take(at, part.end, prose, width);
            }
        }
    }
    let most = candidates.values().map(|found| found.prose).max().unwrap_or(0) as f64;
    let (_, chosen) = candidates
        .into_iter()
        .filter(|(_, found)| found.with_prose > 1 && found.prose as f64 >= MIN_OF_BEST * most)
        .min_by_key(|(class, found)| (found.width, *class))?;
    let is_in_post = places.iter().map(|place| place.is_some_and(|at| chosen.holds(at))).collect();
    Some(Posts {
        is_in_post,
        prose_share: chosen.prose as f64 / all_prose.max(1) as f64,
        text_of_prose: chosen.width as f64 / chosen.prose.max(1) as f64,
    })
}

fn names_post(class: &str, rules: &TextRules) -> bool {
    let mut found = false;
    for_each_word(class, |word| found |= rules.boilerplate().is_post_class(word));
    found
}

/// The elements of one class, without those inside another of them.
#[derive(Default)]
struct Candidate {
    ranges: Vec<(usize, usize)>,
    prose: usize,
    width: usize,
    with_prose: usize,
}

impl Candidate {
    fn take(&mut self, at: usize, end: usize, prose: usize, width: usize) {
        if self.ranges.last().is_some_and(|(_, last)| at < *last) {
            return;
        }
        self.ranges.push((at, end));
        self.prose += prose;
        self.width += width;
        self.with_prose += usize::from(prose > 0);
    }

    fn holds(&self, at: usize) -> bool {
        let after = self.ranges.partition_point(|(from, _)| *from <= at);
        after.checked_sub(1).and_then(|last| self.ranges.get(last)).is_some_and(|(_, end)| at < *end)
    }
}
