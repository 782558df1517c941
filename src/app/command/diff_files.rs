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
use crate::text::{NormalForms, PageText};
use crate::text_diff::{self, Alignment, Comparison, DriftClass, Side};
use crate::view::labels::{Label, Labels};

/// Runs the command.
pub fn run(
    context: &Context,
    original: &Path,
    local: &Path,
    format: DiffFormat,
) -> Result<ExitStatus, AppError> {
    let rules = wiring::read_rules(&context.settings)?;
    let forms = context.settings.compare;
    let (comparison, alignment) = compare(original, local, &rules, forms)?;
    let labels = Labels {
        original: Label::new("the first file", original.display().to_string()),
        local: Label::new("the second file", local.display().to_string()),
        before: Side::Original,
        against_snapshot: false,
        forms,
    };
    let mut out = context.output()?;
    let color = out.has_colors();
    let written = diff::write(&comparison, &alignment, &labels, format, color, &mut out);
    written.map_err(|error| out.failed(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

/// Compares two files. Where one is markdown and the other is a page, the markdown guides the
/// page's extraction.
fn compare(
    original: &Path,
    local: &Path,
    rules: &ReadRules,
    forms: NormalForms,
) -> Result<(Comparison, Alignment), AppError> {
    // Each is read once; a page is read again only where the other side can guide it.
    let second = readable(reading::read(local, None, rules))?;
    let guide = second.as_ref().map(|file| file.page.text());
    let first = readable(reading::read(original, guide.as_deref(), rules))?;
    let (Some(first), Some(second)) = (first, second) else {
        // What cannot be read has lost nothing.
        let nothing = PageText::default();
        let (comparison, alignment) = text_diff::compare_aligned(&nothing, &nothing, &forms);
        return Ok((Comparison { class: DriftClass::Unverifiable, ..comparison }, alignment));
    };
    let (mut comparison, alignment) = text_diff::compare_aligned(&first.page, &second.page, &forms);
    if first.page.whole.is_empty() && second.page.whole.is_empty() {
        seen_by_a_reader(&first, &second, &mut comparison);
    }
    Ok((comparison, alignment))
}

/// A file's text; none, with a warning, where it is a page in which none is found.
fn readable(read: Result<FileText, ReadFileError>) -> Result<Option<FileText>, AppError> {
    match read {
        Err(error @ ReadFileError::Text { .. }) => {
            tracing::warn!("{error}");
            Ok(None)
        }
        read => Ok(Some(read?)),
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_page_without_text_is_unverifiable_on_either_side() {
        let folder = tempfile::tempdir().unwrap();
        let (page, copy) = (folder.path().join("a.html"), folder.path().join("b.md"));
        std::fs::write(&page, "<html><body><div id=root></div><script>start()</script></body></html>")
            .unwrap();
        std::fs::write(&copy, "# 渡口\n\n渡口今天通航，船工说水位正好。\n").unwrap();
        let rules = ReadRules::embedded().unwrap();
        for (original, local) in [(&page, &copy), (&copy, &page), (&page, &page)] {
            let (comparison, alignment) = compare(original, local, &rules, NormalForms::default()).unwrap();
            assert_eq!(comparison.class, DriftClass::Unverifiable);
            assert!(comparison.missing_from.is_none() && alignment.rows.is_empty());
        }
    }
}
