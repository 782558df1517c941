//! Checks whether a markdown file has the heading or anchor that a fragment names.
//!
//! Site generators make anchors from headings in different ways (case, punctuation, script, numbers for
//! repeated headings). Both sides are therefore compared by their letters and digits. A heading that exists
//! is never reported as missing, at the price of accepting some that differ slightly.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::archive::markdown::entities;
use crate::archive::markdown::wikilink_opening_length;
use crate::archive::rule_phrase;

/// What comes before the name of an anchor.
const ANCHOR_STARTS: [&str; 5] = ["id=\"", "id='", "name=\"", "name='", "{#"];
/// What comes before the name of a footnote.
const FOOTNOTE_START: &str = "[^";
/// Anchors are put in order by at most this many bytes of their names.
const NAME_BYTES: usize = 256;

/// Whether `file` may have the fragment; `read` gives its headings and anchors. Files that are not markdown
/// are assumed to have any.
pub(in crate::citation) fn has_fragment(
    file: &Path,
    fragment: &str,
    read: impl FnOnce() -> Option<Arc<FileFragments>>,
) -> bool {
    let markdown = file
        .extension()
        .is_some_and(|end| ["md", "markdown", "mdx"].iter().any(|known| end.eq_ignore_ascii_case(known)));
    let wanted = rule_phrase::phrase_key(fragment);
    if !markdown || wanted.is_empty() || fragment.starts_with([':', '^'])
        // Every page has a top (HTML, "scroll to the fragment").
        || fragment.eq_ignore_ascii_case("top")
    {
        return true;
    }
    // A file that cannot be read cannot be checked.
    read().is_none_or(|known| known.holds(fragment, &wanted))
}

/// The headings and anchors of a markdown file. A file is read once for all links to its parts, since a
/// table of contents may have thousands of them.
#[derive(Debug)]
pub(in crate::citation) struct FileFragments {
    text: String,
    /// The keys of the headings.
    headings: HashSet<String>,
    /// Where the names of anchors begin in the text, in the order of the names.
    anchors: Vec<usize>,
    /// The same for footnotes.
    footnotes: Vec<usize>,
}

impl FileFragments {
    /// Reads the headings and anchors of a file's text.
    pub(in crate::citation) fn read(text: String) -> Self {
        let mut anchors: Vec<usize> =
            ANCHOR_STARTS.iter().flat_map(|start| find_names(&text, start)).collect();
        let mut footnotes = find_names(&text, FOOTNOTE_START);
        for places in [&mut anchors, &mut footnotes] {
            places.sort_by(|a, b| name_bytes(&text, *a).cmp(name_bytes(&text, *b)));
        }
        Self { headings: heading_keys(&text), anchors, footnotes, text }
    }

    /// The memory that it takes, in bytes, about.
    pub(in crate::citation) fn size(&self) -> usize {
        let keys: usize = self.headings.iter().map(|key| key.len() + 48).sum();
        self.text.len() + keys + 8 * (self.anchors.len() + self.footnotes.len())
    }

    /// Whether the file has the fragment, whose key is `wanted`.
    fn holds(&self, fragment: &str, wanted: &str) -> bool {
        // "twin-1" is the second heading "Twin".
        let numbered = wanted.trim_end_matches(|c: char| c.is_ascii_digit());
        self.headings.contains(wanted)
            || (!numbered.is_empty() && self.headings.contains(numbered))
            || self.has_name(&self.anchors, fragment)
            || self.has_name(&self.footnotes, &format!("{fragment}]"))
    }

    /// Whether one of the names at these places begins with `name`.
    fn has_name(&self, places: &[usize], name: &str) -> bool {
        let short = name.as_bytes().get(..NAME_BYTES).unwrap_or(name.as_bytes());
        let first = places.partition_point(|at| name_bytes(&self.text, *at) < short);
        let mut same =
            places.iter().skip(first).map(|at| self.text.as_bytes().get(*at..).unwrap_or_default());
        if short.len() == name.len() {
            return same.next().is_some_and(|rest| rest.starts_with(short));
        }
        same.take_while(|rest| rest.starts_with(short)).any(|rest| rest.starts_with(name.as_bytes()))
    }
}

/// The places behind each `start`.
fn find_names(text: &str, start: &str) -> Vec<usize> {
    memchr::memmem::find_iter(text.as_bytes(), start).map(|at| at + start.len()).collect()
}

/// The first bytes of the name at `at`, by which names are put in order.
fn name_bytes(text: &str, at: usize) -> &[u8] {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    rest.get(..NAME_BYTES).unwrap_or(rest)
}

/// The keys of all headings: as written, without the destinations of links, and as displayed.
fn heading_keys(text: &str) -> HashSet<String> {
    let mut keys = HashSet::new();
    let mut before = "";
    for line in text.lines() {
        let trimmed = line.trim_start_matches(['>', ' ', '\t', '\u{feff}']);
        if let Some(heading) = trimmed.strip_prefix('#') {
            let heading = heading.trim_start_matches('#');
            let plain = heading.split("{#").next().unwrap_or(heading);
            for shown in [plain, &heading_without_links(plain), &heading_as_shown(plain)] {
                keys.insert(rule_phrase::phrase_key(shown));
            }
        }
        let underline = !trimmed.is_empty() && trimmed.bytes().all(|b| matches!(b, b'=' | b'-'));
        if underline {
            keys.insert(rule_phrase::phrase_key(before));
        }
        before = trimmed;
    }
    keys
}

/// A heading as it is displayed, with character references decoded, tags removed, and wikilinks replaced by
/// their text.
fn heading_as_shown(heading: &str) -> String {
    let mut out = String::new();
    let mut rest = heading;
    // Behind the last ">" no tag ends.
    let last_end = heading.rfind('>').map_or(usize::MAX, |at| heading.len() - at);
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '&' => entities::decode_entity(rest).map(|(decoded, length)| {
                out.push_str(&decoded);
                length
            }),
            '<' if rest.len() < last_end => None,
            '<' => rest.find('>').map(|end| end + 1),
            '[' => wikilink_opening_length(rest),
            _ => None,
        };
        if length.is_none() {
            out.push(c);
        }
        rest = rest.get(length.unwrap_or(c.len_utf8())..).unwrap_or_default();
    }
    out
}

/// A heading without the destinations of its links.
fn heading_without_links(heading: &str) -> String {
    let mut out = String::new();
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn headings_and_marks_are_found_and_others_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.md");
        let has_fragment = |file: &Path, fragment: &str| {
            let read = || std::fs::read_to_string(file).ok().map(|text| Arc::new(FileFragments::read(text)));
            super::has_fragment(file, fragment, read)
        };
        let text = "# 第一節：开始\n\n## Getting *started*!\n\nUnder\n=====\n\n### [Linked](x.md) part {#own-id}\n## Salt &amp; pepper\n## H<sub>2</sub>O\n## 某[[zh:地]]志\n<a name='old'></a>\n";
        std::fs::write(&file, text).unwrap();
        for there in [
            "第一节开始",
            "getting-started",
            "Getting%20started",
            "under",
            "linked-part",
            "own-id",
            "old",
            "salt--pepper",
            "h2o",
            "某地志",
            "getting-started-1",
            ":~:text=x",
        ] {
            assert!(
                has_fragment(&file, &crate::citation::percent_decoding::percent_decode(there)),
                "{there}"
            );
        }
        for missing in ["ending", "第二节"] {
            assert!(!has_fragment(&file, missing), "{missing}");
        }
        std::fs::write(dir.path().join("a.pdf"), "").unwrap();
        assert!(has_fragment(&dir.path().join("a.pdf"), "page=2"));
    }
}
