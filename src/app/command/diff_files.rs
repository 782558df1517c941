//! `driftline diff A B`: what differs between two files, each markdown or HTML. Needs no store and no
//! network.

use std::io::{self, Write};
use std::path::Path;

use super::reading::{self, FileText, ReadFileError};
use crate::article::ReadRules;
use crate::text::NormalForms;
use crate::text_diff::{self, Alignment, Comparison, DriftClass};
use crate::view::{diff_html, diff_json, diff_text};

/// The forms in which a difference is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiffFormat {
    /// For a terminal.
    #[default]
    Text,
    /// One self-contained page.
    Html,
    /// For programs.
    Json,
}

/// Why two files could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffFilesError {
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] ReadFileError),
    /// The result could not be written.
    #[error("the difference could not be written: {0}")]
    Write(#[from] io::Error),
}

/// Compares two files and writes what differs. `color` is for [`DiffFormat::Text`].
pub fn run(
    original: &Path,
    local: &Path,
    format: DiffFormat,
    color: bool,
    rules: &ReadRules,
    out: &mut dyn Write,
) -> Result<Comparison, DiffFilesError> {
    let (comparison, alignment) = compare(original, local, rules)?;
    let labels =
        diff_text::Labels { original: original.display().to_string(), local: local.display().to_string() };
    match format {
        DiffFormat::Text => diff_text::render(&alignment, &comparison, &labels, color, out)?,
        DiffFormat::Html => diff_html::render(&alignment, &comparison, &labels, out)?,
        DiffFormat::Json => diff_json::render(&alignment, &comparison, &labels, out)?,
    }
    Ok(comparison)
}

/// Compares two files. Where one is markdown and the other is a page, the markdown guides the
/// page's extraction.
fn compare(
    original: &Path,
    local: &Path,
    rules: &ReadRules,
) -> Result<(Comparison, Alignment), DiffFilesError> {
    // Each is read once; a page is read again only where the other side can guide it.
    let second = reading::read(local, None, rules);
    let guide = second.as_ref().ok().map(|file| file.page.text());
    let first = match reading::read(original, guide.as_deref(), rules) {
        Err(ReadFileError::Text { .. }) => FileText::default(),
        other => other?,
    };
    let second = match second {
        Err(ReadFileError::Text { .. }) => FileText::default(),
        other => other?,
    };
    let (mut comparison, alignment) =
        text_diff::compare_aligned(&first.page, &second.page, &NormalForms::default());
    if first.page.whole.is_empty() && second.page.whole.is_empty() {
        seen_by_a_reader(&first, &second, &mut comparison);
    }
    Ok((comparison, alignment))
}

/// Credits, bylines and bare addresses are no text that is compared, yet two files that show
/// different ones are not identical.
fn seen_by_a_reader(first: &FileText, second: &FileText, comparison: &mut Comparison) {
    let shown = |file: &FileText| file.visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if comparison.class == DriftClass::Identical && shown(first) != shown(second) {
        comparison.class = DriftClass::Cosmetic;
    }
    let unchanged = matches!(comparison.class, DriftClass::Identical | DriftClass::Cosmetic);
    if unchanged && first.bare_links != second.bare_links {
        comparison.class = DriftClass::MinorEdit;
        comparison.changed_sentences = comparison.changed_sentences.max(1);
    }
}
