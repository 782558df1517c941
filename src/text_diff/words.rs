//! The words of `config/text.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

const SOURCE: &str = include_str!("../../config/text.toml");

/// Markers that make a change telling.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// Beginnings of corrections and later notes.
    pub corrections: Vec<String>,
    /// Characters that negate, for scripts without spaces.
    pub negating_marks: Vec<String>,
    /// Words that negate.
    pub negating_terms: Vec<String>,
    /// Chinese numerals.
    pub numerals: String,
    /// Characters before which a numeral counts something.
    pub counting: String,
    /// What makes a figure a date.
    pub dates: Vec<String>,
}

static BUILT_IN: LazyLock<Words> = LazyLock::new(|| parse(SOURCE).unwrap_or_default());

/// Reads a word list in the form of `config/text.toml`.
pub fn parse(source: &str) -> Result<Words, toml::de::Error> {
    let mut words: Words = toml::from_str(source)?;
    for list in [&mut words.corrections, &mut words.negating_terms, &mut words.dates] {
        for word in list {
            *word = word.to_lowercase();
        }
    }
    Ok(words)
}

/// The built-in words.
pub fn built_in() -> &'static Words {
    &BUILT_IN
}

impl Words {
    /// Whether what follows a label is a time and no more, as in "Updated: 5 May 2020, 10:00".
    fn is_only_time(&self, text: &str) -> bool {
        let mut rest = text.to_owned();
        for word in &self.dates {
            rest = rest.replace(word.as_str(), " ");
        }
        let left: usize = rest
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_ascii() || word.len() > 3)
            .map(|word| word.chars().count())
            .sum();
        left < 4
    }

    /// Whether a sentence begins as a correction does.
    pub fn is_correction(&self, sentence: &str) -> bool {
        let start = sentence
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .chars()
            .take(48)
            .collect::<String>()
            .to_lowercase();
        self.corrections.iter().any(|mark| {
            start.strip_prefix(mark.as_str()).is_some_and(|rest| {
                if rest.contains(|c: char| c.is_ascii_digit()) && self.is_only_time(rest) {
                    return false;
                }
                // A bare word such as 更新 must be a label: 更新换代 is none.
                let label = rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
                let phrase = mark.contains(' ') || (!mark.is_ascii() && mark.chars().count() >= 4);
                phrase || label
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_parses() {
        let words = parse(SOURCE).unwrap_or_default();
        assert!(words.corrections.len() > 10 && words.negating_marks.len() > 5 && !words.numerals.is_empty());
        assert!(parse("unknown = 1").is_err());
    }

    #[test]
    fn corrections_are_labels() {
        let words = built_in();
        for text in [
            "更正：昨天的报道有误。",
            "【勘误】人数应为五人。",
            "Correction: the name",
            "编者按——",
            "An earlier version of this article said",
        ] {
            assert!(words.is_correction(text), "{text}");
        }
        for text in [
            "更新：2022年5月6日 07:08",
            "Updated: May 6, 2022 at 7:08 pm EST",
            "更新换代的设备",
            "Corrections officers said",
            "他说要更正。",
            "Updated daily, the list",
        ] {
            assert!(!words.is_correction(text), "{text}");
        }
    }
}
