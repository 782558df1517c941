//! Finds the boxes of a page that only quote its article: a pull quote, a teaser, a comment that repeats a
//! sentence as it was before it was edited.
//!
//! A box that belongs to the article is at its place in the local copy. A quotation is at another one, or the
//! article has the same place in its own words.

use std::collections::HashMap;

use ego_tree::NodeRef;
use scraper::node::Node;

use crate::text::extract::blocks::Block;
use crate::text::extract::guide::{Guide, GuideMatch};
use crate::text::extract::inline_boxes::{InlineBoxes, is_caption_name};
use crate::text::ngrams::ngram_hashes;
use crate::text::{TextRules, normalize};

/// Which blocks only quote the article. `matches` says how each relates to the guide, in their order.
pub fn find_quotations(
    blocks: &[Block],
    matches: &[GuideMatch],
    root: NodeRef<'_, Node>,
    guide: &Guide,
    rules: &TextRules,
) -> Vec<bool> {
    let boxes = InlineBoxes::new(root, std::iter::empty(), rules);
    let is_boxed = |(block, found): (&Block, &GuideMatch)| {
        *found == GuideMatch::Own
            && block.element.is_some_and(|element| boxes.is_in_marked_box(element))
            // Captions are set where there is room for the picture.
            && !block.is_in_element(root, is_caption_name)
    };
    let in_box: Vec<bool> = blocks.iter().zip(matches).map(is_boxed).collect();
    let length = |wanted: bool| -> usize {
        let own = blocks.iter().zip(matches).zip(&in_box);
        let own = own.filter(|((_, found), within)| **found == GuideMatch::Own && **within == wanted);
        own.map(|((block, _), _)| block.text.len()).sum()
    };
    // Some sites have their whole text in boxes.
    if length(true) == 0 || length(false) < 2 * length(true) {
        return vec![false; blocks.len()];
    }
    let index = index_places(guide);
    let spans: Vec<Option<Span>> = blocks.iter().map(|block| find_span(block, &index)).collect();
    let open = |at: usize| spans.get(at).copied().flatten().filter(|_| in_box.get(at) == Some(&false));
    let told = Coverage::of_spans((0..blocks.len()).filter_map(open));
    let mut before = None;
    let mut quotations = vec![false; blocks.len()];
    let mut waiting: Vec<usize> = Vec::new();
    for at in 0..blocks.len() {
        if let Some(span) = open(at) {
            // What is in a box belongs before the text that follows it.
            for box_at in waiting.drain(..) {
                let middle = spans.get(box_at).copied().flatten().map_or(0, |span| span.middle);
                quotations[box_at] |= middle >= span.middle;
            }
            before = Some(span.middle);
        } else if let (Some(&true), Some(&Some(own))) = (in_box.get(at), spans.get(at)) {
            quotations[at] = told.holds(own.middle) || before.is_some_and(|before| own.middle <= before);
            waiting.push(at);
        }
    }
    quotations
}

/// Where a block's text is in the guide, in letters of its normal form.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    middle: u32,
    end: u32,
}

/// The places of the guide's n-grams: the first of each.
fn index_places(guide: &Guide) -> HashMap<u64, u32> {
    let letters: Vec<char> = normalize::full_normal_form(guide.text()).chars().collect();
    let mut index = HashMap::new();
    for (hash, at) in ngram_hashes(&letters).zip(0_u32..) {
        index.entry(hash).or_insert(at);
    }
    index
}

/// The middle nine tenths of a block's n-grams in the guide, since some occur by chance.
fn find_span(block: &Block, index: &HashMap<u64, u32>) -> Option<Span> {
    let letters: Vec<char> = normalize::full_normal_form(&block.text).chars().collect();
    let mut found: Vec<u32> = ngram_hashes(&letters).filter_map(|hash| index.get(&hash).copied()).collect();
    if found.len() * 2 < letters.len().saturating_sub(4) {
        return None;
    }
    found.sort_unstable();
    let at = |twentieths: usize| found.get(found.len().saturating_sub(1) * twentieths / 20).copied();
    Some(Span { start: at(1)?, middle: at(10)?, end: at(19)? })
}

/// The parts of the guide that some spans cover.
struct Coverage {
    /// Sorted, and none touches another one.
    parts: Vec<(u32, u32)>,
}

impl Coverage {
    fn of_spans(spans: impl Iterator<Item = Span>) -> Self {
        let mut all: Vec<(u32, u32)> = spans.map(|span| (span.start, span.end)).collect();
        all.sort_unstable();
        let mut parts: Vec<(u32, u32)> = Vec::new();
        for (start, end) in all {
            match parts.last_mut().filter(|last| start <= last.1) {
                Some(last) => last.1 = last.1.max(end),
                None => parts.push((start, end)),
            }
        }
        Self { parts }
    }

    fn holds(&self, place: u32) -> bool {
        let after = self.parts.partition_point(|(start, _)| *start <= place);
        after.checked_sub(1).and_then(|at| self.parts.get(at)).is_some_and(|(_, end)| place <= *end)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::text::{TextRules, extract_page};

    const LINES: [&str; 4] = [
        "The keeper of the lighthouse counted ninety ships on the first day of the spring.",
        "Nobody in the harbour could remember that so many had come in one day before.",
        "The pilots worked through the night and brought all but two of them to the quay.",
        "Two had to wait outside until the tide turned, and then they came in as well.",
    ];

    /// The article's text, and whether the page still shows `line` besides what boxes quote of it.
    fn read(body: &str, line: &str) -> (String, bool) {
        let html =
            format!("<html><head><title>Ships</title></head><body><article>{body}</article></body></html>");
        let page = extract_page(&html, None, Some(&LINES.join("\n\n")), TextRules::built_in()).unwrap();
        (page.text(), page.whole.contains(line))
    }

    fn paragraphs(lines: &[&str]) -> String {
        lines.iter().flat_map(|line| ["<p>", line, "</p>"]).collect()
    }

    #[test]
    fn a_box_at_the_place_that_it_has_in_the_copy_is_the_article() {
        let [first, second, rest @ ..] = LINES;
        let body = format!("<p>{first}</p><aside><p>{second}</p></aside>{}", paragraphs(&rest));
        let (text, shown) = read(&body, second);
        assert!(text.contains(second) && shown, "{text}");
    }

    #[test]
    fn a_box_at_another_place_only_quotes() {
        let [first, second, rest @ ..] = LINES;
        for quotation in
            [format!("<aside>{second}</aside>"), format!("<blockquote class=pullquote>{second}</blockquote>")]
        {
            let (text, shown) = read(&format!("<p>{first}</p>{}{quotation}", paragraphs(&rest)), second);
            assert!(!text.contains(second) && !shown, "{text}");
            let (text, shown) = read(&format!("{quotation}<p>{first}</p>{}", paragraphs(&rest)), second);
            assert!(!text.contains(second) && !shown, "{text}");
        }
    }

    #[test]
    fn a_comment_that_quotes_the_sentence_that_was_edited_does_not_take_its_place() {
        let edited = LINES[3].replace("came in as well", "sailed on to the south");
        let body = format!(
            "{}<p>{edited}</p><div class=comments><p>{}</p></div>",
            paragraphs(&LINES[..3]),
            LINES[3]
        );
        let (text, shown) = read(&body, LINES[3]);
        assert!(text.contains(&edited) && !text.contains(LINES[3]) && !shown, "{text}");
    }

    #[test]
    fn captions_are_set_anywhere() {
        let [first, second, rest @ ..] = LINES;
        let caption = format!("<figure><img src=a.png><figcaption>{second}</figcaption></figure>");
        let (_, shown) = read(&format!("<p>{first}</p>{}{caption}", paragraphs(&rest)), second);
        assert!(shown);
    }
}
