//! How much of one text stands in the other, and whether a sentence stands in a page at all.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use memchr::memmem;

use crate::text::normalize;
use crate::text::normalize::{NormalForms, Unit, Units};

/// The length of the character n-grams whose shares are reported.
const GRAM: usize = 5;

/// Above this length only some n-grams are looked at: those whose hash says so, on both sides the
/// same ones. The share of a sample of a million is exact enough.
const SAMPLED: usize = 500_000;
/// One n-gram of so many is looked at in long texts.
const SAMPLE: u64 = 16;

fn grams(letters: &[char], sampled: bool) -> impl Iterator<Item = u64> {
    letters.windows(GRAM).map(hash).filter(move |hash| !sampled || (hash >> 32) % SAMPLE == 0)
}

/// FNV-1a on code points, then mixed so that every bit counts.
fn hash(gram: &[char]) -> u64 {
    let hash = gram.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, c| {
        (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// Takes a hash as it is.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// So many bytes of a text are looked for before the rest is compared.
const HEAD: usize = 48;
/// And at so many places in vain.
const MOST_MISSES: usize = 32;

type Set = HashSet<u64, BuildHasherDefault<AsIs>>;

/// The share of the first text's 5-grams that the second holds, and the reverse, both 0 to 1.
/// Texts shorter than a 5-gram are compared whole.
pub fn shares(first: &[char], second: &[char]) -> (f64, f64) {
    if first.len() < GRAM || second.len() < GRAM {
        let equal = f64::from(u8::from(first == second));
        return (equal, equal);
    }
    if first == second {
        return (1.0, 1.0);
    }
    let sampled = first.len().max(second.len()) > SAMPLED;
    let of_first: Set = grams(first, sampled).collect();
    let of_second: Set = grams(second, sampled).collect();
    let share = |letters: &[char], other: &Set| {
        let (mut held, mut total) = (0_usize, 0_usize);
        for gram in grams(letters, sampled) {
            total += 1;
            held += usize::from(other.contains(&gram));
        }
        held as f64 / total.max(1) as f64
    };
    (share(first, &of_second), share(second, &of_first))
}

/// Where a text stands in another, in bytes. Looked for by its first characters: what would be
/// prepared of a needle of thousands costs more than it saves here.
pub(super) fn occurrences<'a>(hay: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let (hay, needle) = (hay.as_bytes(), needle.as_bytes());
    let by_head = memmem::Finder::new(needle.get(..HEAD).unwrap_or(needle));
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
            // A text that repeats itself begins again everywhere: then the preparation pays.
            if misses == MOST_MISSES {
                by_all = Some(memmem::Finder::new(needle));
            }
        }
    })
}

/// A text in its normal form, in which sentences can be looked for without finding the end of one
/// word or number at the start of another.
#[derive(Debug, Default)]
pub struct Haystack {
    letters: String,
    /// Byte offsets in `letters` before which something that is no letter stood.
    breaks: Vec<usize>,
    /// Of them, those before which a line ended.
    lines: Vec<usize>,
}

/// The length of a character in UTF-8 by its first byte (RFC 3629, section 3).
fn length_by(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

/// A haystack that is being filled from a text.
struct Filling<'a> {
    text: &'a str,
    found: Haystack,
    /// Where the raw text goes on where no letter is passed over.
    expected: usize,
}

impl<'a> Filling<'a> {
    fn of(text: &'a str) -> Self {
        let found = Haystack { letters: String::with_capacity(text.len()), breaks: vec![0], lines: vec![0] };
        Self { text, found, expected: 0 }
    }

    /// Notes that a line ends here.
    fn end(&mut self) {
        self.found.breaks.push(self.found.letters.len());
        self.found.lines.push(self.found.letters.len());
    }

    /// Comes to letters of the raw text, and notes what stands before them.
    fn come_to(&mut self, raw: Range<usize>) {
        let between = self.text.get(self.expected..raw.start).unwrap_or_default();
        self.expected = raw.end;
        if between.is_empty() {
            return;
        }
        self.found.breaks.push(self.found.letters.len());
        if between.contains('\n') {
            self.found.lines.push(self.found.letters.len());
        }
    }
}

impl Units for Filling<'_> {
    fn unit(&mut self, unit: Unit) {
        let length = self.text.as_bytes().get(unit.at).map_or(1, |first| length_by(*first));
        self.come_to(unit.at..unit.at + length);
        self.found.letters.unit(unit);
    }

    fn ideographs(&mut self, run: &str, at: usize, fold: impl Fn(char) -> char) {
        self.come_to(at..at + run.len());
        self.found.letters.ideographs(run, at, fold);
    }

    fn ascii(&mut self, run: &str, at: usize, small: bool) {
        self.come_to(at..at + run.len());
        self.found.letters.ascii(run, at, small);
    }
}

impl Haystack {
    /// Takes a text.
    pub fn new(text: &str, forms: &NormalForms) -> Self {
        let mut filling = Filling::of(text);
        normalize::hand_over(text, forms, &mut filling);
        filling.end();
        filling.found
    }

    /// Takes a text of which some lines are known already in their normal form: they stand in
    /// `known`, and are `folded`. Nothing is found that begins or ends within them.
    pub fn around_lines(text: &str, forms: &NormalForms, known: Range<usize>, folded: &str) -> Self {
        let mut filling = Filling::of(text.get(..known.start).unwrap_or_default());
        normalize::hand_over(filling.text, forms, &mut filling);
        filling.end();
        filling.found.letters.push_str(folded);
        filling.end();
        filling.text = text.get(known.end..).unwrap_or_default();
        filling.expected = 0;
        normalize::hand_over(filling.text, forms, &mut filling);
        filling.end();
        filling.found
    }

    /// The whole text in its normal form.
    pub fn letters(&self) -> &str {
        &self.letters
    }

    fn is_break(&self, at: usize) -> bool {
        self.breaks.binary_search(&at).is_ok()
    }

    /// Whether a line begins or ends at an offset.
    pub fn is_line(&self, at: usize) -> bool {
        self.lines.binary_search(&at).is_ok()
    }

    /// Where a text in its normal form stands whole, from an offset on.
    pub fn find(&self, needle: &str, from: usize) -> Option<usize> {
        let found = occurrences(self.letters.get(from..)?, needle).take(64).find(|at| {
            let start = from + at;
            self.is_break(start) && self.is_break(start + needle.len())
        });
        found.map(|at| from + at)
    }

    /// Whether a text in its normal form stands somewhere, whole.
    pub fn holds(&self, needle: &str) -> bool {
        !needle.is_empty() && self.find(needle, 0).is_some()
    }

    /// The letters from an offset on, bounded in bytes and cut at characters.
    pub fn around(&self, from: usize, to: usize) -> &str {
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

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn shares_are_directional() {
        let (of_short, of_long) = shares(&chars("甲乙丙丁戊己"), &chars("甲乙丙丁戊己庚辛壬癸子丑"));
        assert!((of_short - 1.0).abs() < 1e-9 && of_long < 0.5);
        assert_eq!(shares(&chars("甲乙"), &chars("甲乙")), (1.0, 1.0));
        assert_eq!(shares(&[], &chars("甲乙丙丁戊")), (0.0, 0.0));
    }

    #[test]
    fn lines_that_are_known_need_not_be_read() {
        let forms = NormalForms::default();
        let text = "首页 > 新闻 3\n第一句，3.5度。\n-2度，ＡＢ。\n尾 5";
        for known in ["第一句，3.5度。", "第一句，3.5度。\n-2度，ＡＢ。", "-2度，ＡＢ。", "尾 5", text]
        {
            let at = text.find(known).unwrap_or_default();
            let folded = normalize::folded(known, &forms);
            let short = Haystack::around_lines(text, &forms, at..at + known.len(), &folded);
            let long = Haystack::new(text, &forms);
            assert_eq!(short.letters(), long.letters(), "{known}");
            assert_eq!(short.find(&folded, 0), long.find(&folded, 0));
            for place in (0..=long.letters().len()).filter(|place| short.is_break(*place)) {
                assert!(long.is_break(place) && short.is_line(place) <= long.is_line(place));
            }
        }
    }

    #[test]
    fn a_sentence_is_found_whole_only() {
        let page = Haystack::new("共有115人受伤。警方说，5人死亡。", &NormalForms::default());
        assert!(page.holds("5人死亡"));
        assert!(!page.holds("15人受伤"));
        assert!(!page.holds("警方"), "警方说 goes on");
        assert!(page.holds("警方说5人死亡"));
    }
}
