//! Checks whether a markdown file has the heading or anchor that a fragment names.
//!
//! Site generators make anchors from headings in different ways (case, punctuation, script, numbers for
//! repeated headings). Both sides are therefore compared by their letters and digits. A heading that exists
//! is never reported as missing, at the price of accepting some that differ slightly.

use std::path::Path;

use crate::archive::markdown::entities;
use crate::archive::markdown::wikilink_opening_length;
use crate::archive::{MAX_ARTICLE, rule_phrase};
use crate::files::{AcceptedKinds, FileError, read_limited};

/// Whether `file` may have the fragment. Files that are not markdown are assumed to have any.
pub(in crate::citation) fn has_fragment(file: &Path, fragment: &str) -> bool {
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
    match read_limited(file, MAX_ARTICLE, AcceptedKinds::Files) {
        Ok(bytes) => text_has_fragment(&String::from_utf8_lossy(&bytes), fragment, &wanted),
        // A file that cannot be read cannot be checked.
        Err(FileError::Io(_)) => true,
        Err(error) => {
            tracing::warn!("{}: the link to #{fragment} was not checked, since {error}", file.display());
            true
        }
    }
}

fn text_has_fragment(text: &str, fragment: &str, wanted: &str) -> bool {
    // "twin-1" is the second heading "Twin".
    let numbered = wanted.trim_end_matches(|c: char| c.is_ascii_digit());
    let matches = |heading: &str| {
        let key = rule_phrase::phrase_key(heading);
        key == wanted || (!numbered.is_empty() && key == numbered)
    };
    let mut before = "";
    for line in text.lines() {
        let trimmed = line.trim_start_matches(['>', ' ', '\t', '\u{feff}']);
        if let Some(heading) = trimmed.strip_prefix('#') {
            let heading = heading.trim_start_matches('#');
            let plain = heading.split("{#").next().unwrap_or(heading);
            if matches(plain) || matches(&heading_without_links(plain)) || matches(&heading_as_shown(plain)) {
                return true;
            }
        }
        let underline = !trimmed.is_empty() && trimmed.bytes().all(|b| matches!(b, b'=' | b'-'));
        if underline && matches(before) {
            return true;
        }
        before = trimmed;
    }
    ["id=\"", "id='", "name=\"", "name='", "{#"]
        .iter()
        .any(|start| text.contains(&format!("{start}{fragment}")))
        || text.contains(&format!("[^{fragment}]"))
}

/// A heading as it is displayed, with character references decoded, tags removed, and wikilinks replaced by
/// their text.
fn heading_as_shown(heading: &str) -> String {
    let mut out = String::new();
    let mut rest = heading;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '&' => entities::decode_entity(rest).map(|(decoded, length)| {
                out.push_str(&decoded);
                length
            }),
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
