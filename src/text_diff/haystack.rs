//! A text in its normal form in which whole sentences can be found.
//!
//! The normal form has no white space and no punctuation, so a plain search would find "5 people" in
//! "15 people". The haystack remembers where words, numbers and lines were separated.

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use memchr::memmem;

use crate::text::normalize;
use crate::text::normalize::{NormalChar, NormalFormSink, NormalForms};

/// A needle is first looked for by its first bytes, up to this many.
const NEEDLE_HEAD: usize = 48;
/// After this many heads that did not go on as the needle does, the whole needle is looked for.
const MAX_FALSE_HEADS: usize = 32;
/// After this many searches for whole sentences, the places at which they may begin are put in order.
const MAX_SCANS: usize = 32;
/// Those places are put in order by at most this many bytes behind them.
const ORDERED_BYTES: usize = 64;
/// Of a needle that occurs again and again, this many places are checked for boundaries.
const MAX_PLACES: usize = 64;

/// The places of a needle in a text, as byte offsets. The search is for the needle's head, since
/// preparing a search for thousands of bytes costs more than it saves here.
pub(super) fn find_places<'a>(hay: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let (hay, needle) = (hay.as_bytes(), needle.as_bytes());
    let by_head = memmem::Finder::new(needle.get(..NEEDLE_HEAD).unwrap_or(needle));
    let mut by_all = None;
    let (mut next, mut misses) = (0, 0);
    std::iter::from_fn(move || {
        loop {
            let finder = by_all.as_ref().unwrap_or(&by_head);
            let at = next + finder.find(hay.get(next..)?)?;
            next = at + 1;
            if hay.get(at..).is_some_and(|rest| rest.starts_with(needle)) {
                return Some(at);
            }
            misses += 1;
            // A text that repeats itself has the head everywhere; then the preparation pays.
            if misses == MAX_FALSE_HEADS {
                by_all = Some(memmem::Finder::new(needle));
            }
        }
    })
}

/// A text in its normal form, in which sentences can be found without taking the end of one word or
/// number for the start of another.
#[derive(Debug, Default)]
pub struct Haystack {
    letters: String,
    /// Byte offsets in `letters` at which the raw text has something that is no letter.
    breaks: Vec<usize>,
    /// Those of the breaks at which the raw text has a line end.
    line_breaks: Vec<usize>,
    /// How many whole sentences were looked for.
    scans: Cell<usize>,
    /// The breaks in the order of the letters behind them, made when many sentences are looked for.
    ordered: OnceCell<Vec<usize>>,
}

/// The bytes by which places are put in order.
fn first_bytes(bytes: &[u8]) -> &[u8] {
    bytes.get(..ORDERED_BYTES).unwrap_or(bytes)
}

/// The length of a character in UTF-8 by its first byte (RFC 3629, section 3).
fn utf8_length(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

/// Fills a haystack from the units of a normalised text.
struct HaystackBuilder<'a> {
    text: &'a str,
    haystack: Haystack,
    /// The raw offset of the next letter if nothing is skipped before it.
    expected: usize,
}

impl<'a> HaystackBuilder<'a> {
    fn new(text: &'a str) -> Self {
        let letters = String::with_capacity(text.len());
        let haystack = Haystack { letters, breaks: vec![0], line_breaks: vec![0], ..Haystack::default() };
        Self { text, haystack, expected: 0 }
    }

    /// Adds the normal form of `text`.
    fn push_normalized(&mut self, text: &'a str, forms: &NormalForms) {
        self.text = text;
        self.expected = 0;
        normalize::write_normal_form(text, forms, self);
    }

    /// Notes that a line ends here.
    fn end_line(&mut self) {
        self.haystack.breaks.push(self.haystack.letters.len());
        self.haystack.line_breaks.push(self.haystack.letters.len());
    }

    /// Notes a break where raw text was skipped before the letters at `raw`.
    fn note_break_before(&mut self, raw: Range<usize>) {
        let between = self.text.get(self.expected..raw.start).unwrap_or_default();
        let goes_on = || self.haystack.letters.ends_with(|c: char| c.is_ascii_digit());
        let is_digit =
            || self.text.get(raw.clone()).is_some_and(|raw| raw.starts_with(normalize::is_decimal));
        // Groups of digits are one figure, and `250` is not in `1,250`.
        let grouped = normalize::is_group_mark_alone(between) && goes_on() && is_digit();
        self.expected = raw.end;
        if between.is_empty() || grouped {
            return;
        }
        self.haystack.breaks.push(self.haystack.letters.len());
        if between.contains('\n') {
            self.haystack.line_breaks.push(self.haystack.letters.len());
        }
    }
}

impl NormalFormSink for HaystackBuilder<'_> {
    fn push_char(&mut self, unit: NormalChar) {
        let length = self.text.as_bytes().get(unit.at).map_or(1, |first| utf8_length(*first));
        self.note_break_before(unit.at..unit.at + length);
        self.haystack.letters.push_char(unit);
    }

    fn push_ideographs(&mut self, run: &str, at: usize, fold: impl Fn(char) -> char) {
        self.note_break_before(at..at + run.len());
        self.haystack.letters.push_ideographs(run, at, fold);
    }

    fn push_ascii(&mut self, run: &str, at: usize, small: bool) {
        self.note_break_before(at..at + run.len());
        self.haystack.letters.push_ascii(run, at, small);
    }
}

impl Haystack {
    /// Normalises a text.
    pub fn new(text: &str, forms: &NormalForms) -> Self {
        let mut builder = HaystackBuilder::new(text);
        builder.push_normalized(text, forms);
        builder.end_line();
        builder.haystack
    }

    /// Normalises a text of which some lines are known in their normal form: their bytes in the text are
    /// `known`, and `folded` is their normal form. No needle is found that begins or ends within them.
    pub fn around_known_lines(text: &str, forms: &NormalForms, known: Range<usize>, folded: &str) -> Self {
        let mut builder = HaystackBuilder::new(text);
        builder.push_normalized(text.get(..known.start).unwrap_or_default(), forms);
        builder.end_line();
        builder.haystack.letters.push_str(folded);
        builder.end_line();
        builder.push_normalized(text.get(known.end..).unwrap_or_default(), forms);
        builder.end_line();
        builder.haystack
    }

    /// The whole text in its normal form.
    pub fn letters(&self) -> &str {
        &self.letters
    }

    fn is_break(&self, at: usize) -> bool {
        self.breaks.binary_search(&at).is_ok()
    }

    /// Whether a line begins or ends at a byte offset.
    pub fn is_line_break(&self, at: usize) -> bool {
        self.line_breaks.binary_search(&at).is_ok()
    }

    /// The first place, at or after `from`, at which a text in its normal form is between two breaks.
    pub fn find_whole(&self, needle: &str, from: usize) -> Option<usize> {
        let found = find_places(self.letters.get(from..)?, needle).take(MAX_PLACES).find(|at| {
            let start = from + at;
            self.is_break(start) && self.is_break(start + needle.len())
        });
        found.map(|at| from + at)
    }

    /// Whether a text in its normal form is somewhere between two breaks.
    pub fn holds_whole(&self, needle: &str) -> bool {
        if needle.is_empty() {
            return false;
        }
        let scans = self.scans.get();
        if scans < MAX_SCANS {
            self.scans.set(scans + 1);
            return self.find_whole(needle, 0).is_some();
        }
        self.holds_at_break(needle.as_bytes())
    }

    /// [`Self::holds_whole`] without reading the whole text for each needle: there may be as many needles as
    /// the text has sentences.
    fn holds_at_break(&self, needle: &[u8]) -> bool {
        let behind = |at: usize| self.letters.as_bytes().get(at..).unwrap_or_default();
        let head = needle.get(..ORDERED_BYTES).unwrap_or(needle);
        let ordered = self.ordered.get_or_init(|| {
            let mut places = self.breaks.clone();
            places.dedup();
            places.sort_by(|a, b| first_bytes(behind(*a)).cmp(first_bytes(behind(*b))));
            places
        });
        let first = ordered.partition_point(|at| first_bytes(behind(*at)) < head);
        let begins = ordered.iter().skip(first).take_while(|at| behind(**at).starts_with(head));
        begins.take(MAX_PLACES).any(|at| behind(*at).starts_with(needle) && self.is_break(at + needle.len()))
    }

    /// The letters between two byte offsets, widened to whole characters and cut to the text.
    pub fn slice_between(&self, from: usize, to: usize) -> &str {
        let mut from = from.min(self.letters.len());
        let mut to = to.min(self.letters.len());
        while !self.letters.is_char_boundary(from) {
            from -= 1;
        }
        while !self.letters.is_char_boundary(to) {
            to += 1;
        }
        self.letters.get(from..to).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_known_need_not_be_read() {
        let forms = NormalForms::default();
        let text = "首页 > 新闻 3\n第一句，3.5度。\n-2度，ＡＢ。\n尾 5";
        for known in ["第一句，3.5度。", "第一句，3.5度。\n-2度，ＡＢ。", "-2度，ＡＢ。", "尾 5", text]
        {
            let at = text.find(known).unwrap_or_default();
            let folded = normalize::normal_form(known, &forms);
            let short = Haystack::around_known_lines(text, &forms, at..at + known.len(), &folded);
            let long = Haystack::new(text, &forms);
            assert_eq!(short.letters(), long.letters(), "{known}");
            assert_eq!(short.find_whole(&folded, 0), long.find_whole(&folded, 0));
            for place in (0..=long.letters().len()).filter(|place| short.is_break(*place)) {
                assert!(long.is_break(place) && short.is_line_break(place) <= long.is_line_break(place));
            }
        }
    }

    #[test]
    fn many_sentences_are_found_as_few_are() {
        let sentences: Vec<String> = (0..3 * MAX_SCANS).map(|n| format!("第{n}句有{n}人")).collect();
        let page = Haystack::new(&sentences.join("。"), &NormalForms::default());
        for sentence in &sentences {
            assert!(page.holds_whole(sentence), "{sentence}");
            assert!(
                !page.holds_whole(&format!("{sentence}死亡")) && !page.holds_whole(&format!("{sentence}第"))
            );
        }
        assert!(page.ordered.get().is_some());
    }

    #[test]
    fn a_sentence_is_found_only_as_a_whole() {
        let page = Haystack::new("共有115人受伤。警方说，5人死亡。", &NormalForms::default());
        assert!(page.holds_whole("5人死亡"));
        assert!(!page.holds_whole("15人受伤"));
        assert!(!page.holds_whole("警方"), "警方说 goes on");
        assert!(page.holds_whole("警方说5人死亡"));
    }
}
