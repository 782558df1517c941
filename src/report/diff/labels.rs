//! Names the two sides of a diff, and says which of them is shown first.

use crate::text::NormalForms;
use crate::text_diff::{Comparison, DriftClass, TRANSLATION, TextSide};

/// The name of one side of a diff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideLabel {
    /// Its name in sentences, as in "the original".
    pub noun: String,
    /// Its name as a heading, as in "Original".
    pub heading: String,
    /// Which one it is: a URL with its time, or a file.
    pub name: String,
}

impl SideLabel {
    /// Makes the label of a side. `noun` begins with "the".
    pub fn new(noun: &str, name: String) -> Self {
        let bare = noun.strip_prefix("the ").unwrap_or(noun);
        let mut chars = bare.chars();
        let heading = chars.next().map(|first| first.to_uppercase().chain(chars).collect());
        Self { noun: noun.to_owned(), heading: heading.unwrap_or_default(), name }
    }
}

/// What was compared and how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLabels {
    /// The original: a page, or the first of two files.
    pub original: SideLabel,
    /// The local copy, the earlier snapshot, or the second of two files.
    pub local: SideLabel,
    /// The side that is shown first, as the text before: its words can be removed, the other side's can
    /// be added.
    pub before: TextSide,
    /// Whether both are snapshots of one page. Then `local` is the earlier one.
    pub against_snapshot: bool,
    /// The normal forms in which they were compared.
    pub forms: NormalForms,
}

impl DiffLabels {
    /// Puts two things in the order in which they are shown.
    pub fn in_display_order<T>(&self, original: T, local: T) -> (T, T) {
        match self.before {
            TextSide::Original => (original, local),
            TextSide::Local => (local, original),
        }
    }

    /// The names of the normal forms that were on.
    pub fn form_names(&self) -> String {
        let names = self.forms.enabled_names();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }

    /// Says in a sentence what changed.
    pub fn summarize(&self, comparison: &Comparison) -> String {
        let (original, local) = (&self.original.noun, &self.local.noun);
        let mut parts = vec![match comparison.class {
            DriftClass::Identical => "the text is the same".to_owned(),
            DriftClass::Cosmetic => "only markup, punctuation, width or script differ".to_owned(),
            DriftClass::MinorEdit => "a little was changed".to_owned(),
            DriftClass::MajorEdit => "much was changed".to_owned(),
            DriftClass::Truncated => match comparison.missing_from {
                Some(TextSide::Local) => format!("{local} lacks a large part"),
                _ => format!("{original} lacks a large part"),
            },
            DriftClass::Rewritten => "almost every sentence changed".to_owned(),
            DriftClass::Different => "a different article is there now".to_owned(),
            DriftClass::Unverifiable if comparison.reason.as_deref() == Some(TRANSLATION) => {
                "the texts are in different languages, so only their figures can be compared".to_owned()
            }
            DriftClass::Unverifiable => "there is no comparable text".to_owned(),
        }];
        match comparison.changed_sentences {
            0 => {}
            1 => parts.push("1 sentence changed".to_owned()),
            count => parts.push(format!("{count} sentences changed")),
        }
        if comparison.title_changed {
            parts.push("the title changed".to_owned());
        }
        if comparison.noise {
            parts.push(format!("{original} has more text around it"));
        }
        if !matches!(comparison.class, DriftClass::Unverifiable | DriftClass::Identical) {
            let (kept, known) =
                self.in_display_order(comparison.original_in_local, comparison.local_in_original);
            let (before, after) = self.in_display_order(original, local);
            parts.push(format!(
                "{} of {before} is in {after}, {} of {after} in {before}",
                format_percent(kept),
                format_percent(known)
            ));
        }
        parts.join("; ")
    }
}

/// A share in per cent. It is never rounded to 100 % or 0 % unless it is exactly that.
fn format_percent(share: f64) -> String {
    let rounded = (share * 100.0).round();
    match () {
        () if rounded >= 100.0 && share < 1.0 => "over 99 %".to_owned(),
        () if rounded < 1.0 && share > 0.0 => "under 1 %".to_owned(),
        () => format!("{rounded:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(format_percent(0.9999), "over 99 %");
        assert_eq!(format_percent(1.0), "100 %");
        assert_eq!(format_percent(0.001), "under 1 %");
        assert_eq!(format_percent(0.0), "0 %");
        assert_eq!(format_percent(0.984), "98 %");
    }

    #[test]
    fn headings_are_made_of_nouns() {
        assert_eq!(SideLabel::new("the local copy", String::new()).heading, "Local copy");
        assert_eq!(SideLabel::new("the first file", String::new()).heading, "First file");
    }
}
