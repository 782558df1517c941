//! `driftline diff A B`: what differs between two files, each markdown or HTML. Needs no store and no
//! network.

use std::path::Path;

use super::reading::{self, FileText, ReadFileError};
use crate::app::cli::DiffFormat;
use crate::app::command::diff;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::wiring;
use crate::article::ReadRules;
use crate::text::NormalForms;
use crate::text_diff::{self, Alignment, Comparison, DriftClass};
use crate::view::diff_text::Labels;

/// Runs the command.
pub fn run(
    context: &Context,
    original: &Path,
    local: &Path,
    format: DiffFormat,
) -> Result<ExitStatus, AppError> {
    let rules = wiring::read_rules(&context.settings)?;
    let (comparison, alignment) = compare(original, local, &rules)?;
    let labels = Labels { original: original.display().to_string(), local: local.display().to_string() };
    let mut out = context.output()?;
    let written = diff::write(&comparison, &alignment, &labels, format, &mut out);
    written.map_err(|error| out.failed(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

/// Compares two files. Where one is markdown and the other is a page, the markdown guides the
/// page's extraction.
fn compare(original: &Path, local: &Path, rules: &ReadRules) -> Result<(Comparison, Alignment), AppError> {
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
