//! Lines among an article's paragraphs that are none: "Read more", credits, calls to subscribe.
//!
//! The words are data (`config/furniture.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

use super::normal;

const SOURCE: &str = include_str!("../../config/furniture.toml");
const MAX_START: usize = 300;
const MAX_HOLDS: usize = 200;

/// The words of furniture lines.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Furniture {
    starts: Vec<String>,
    holds: Vec<String>,
    whole: Vec<String>,
}

static BUILT_IN: LazyLock<Furniture> = LazyLock::new(|| toml::from_str(SOURCE).unwrap_or_default());

fn is_furniture(line: &str) -> bool {
    let chars = line.chars().count();
    if chars > MAX_START {
        return false;
    }
    let lower = line.to_lowercase().replace('’', "'");
    let start = lower.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©' && c != '(');
    let bare = start.trim_start_matches('(');
    let words = &*BUILT_IN;
    words.starts.iter().any(|mark| start.starts_with(mark.as_str()) || bare.starts_with(mark.as_str()))
        || (chars <= MAX_HOLDS && words.holds.iter().any(|mark| lower.contains(mark.as_str())))
        || words.whole.iter().any(|mark| start.trim_end_matches(|c: char| !c.is_alphanumeric()) == mark)
}

/// Takes furniture lines out, and the title where it is repeated above the text. A text of which
/// that would take half is left as it is.
pub fn clear(lines: Vec<String>, title: &str) -> Vec<String> {
    let title = normal::letters(title);
    let repeats_title = |line: &String| {
        let letters = normal::letters(line);
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
}
