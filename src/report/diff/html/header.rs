//! Writes the head of the page: the title, what was compared, and the key changes.

use super::escape::{escape_text, language_attribute};
use super::merged_text::merged_html;
use crate::report::diff::labels::DiffLabels;
use crate::text::PageText;
use crate::text_diff::SearchBudget;
use crate::text_diff::{self, Alignment, Comparison, RowKind};
use std::io::{self, Write};

pub(super) fn write_header(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &DiffLabels,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (before, after) = labels.in_display_order(&labels.original, &labels.local);
    let (title_before, title_after) =
        labels.in_display_order(&alignment.original_title, &alignment.local_title);
    writeln!(out, "<header>")?;
    if comparison.title_changed {
        let title = changed_title(alignment, labels).unwrap_or_else(|| {
            let (before, after) =
                (text_or_remark(title_before, "no title"), text_or_remark(title_after, "no title"));
            format!("<del>{before}</del><br><ins>{after}</ins>")
        });
        writeln!(out, "<h1 dir=\"auto\"{}>{title}</h1>", language_attribute(title_before))?;
    } else {
        let title = if title_after.is_empty() { title_before } else { title_after };
        writeln!(
            out,
            "<h1 dir=\"auto\"{}>{}</h1>",
            language_attribute(title),
            text_or_remark(title, "What changed")
        )?;
    }
    writeln!(
        out,
        "<p class=\"sum\"><span class=\"badge\">{}</span> {}.</p>",
        comparison.class.as_str(),
        escape_text(&capitalize(&labels.summarize(comparison)))
    )?;
    writeln!(out, "<dl class=\"what\">")?;
    for (label, mark) in [(before, "before"), (after, "after")] {
        writeln!(
            out,
            "<dt>{} <span class=\"{mark}\">({mark})</span></dt><dd dir=\"auto\">{}</dd>",
            escape_text(&label.heading),
            escape_text(&label.name)
        )?;
    }
    writeln!(out, "<dt>Not counted as a difference</dt><dd>{}</dd></dl>", escape_text(&labels.form_names()))?;
    if !comparison.key_changes.is_empty() {
        writeln!(
            out,
            "<section class=\"telling\" aria-labelledby=\"most\"><h2 id=\"most\">What matters most</h2><ul>"
        )?;
        for change in &comparison.key_changes {
            let (old, new) = labels.in_display_order(&change.original, &change.local);
            writeln!(
                out,
                "<li>{}: <del{}>{}</del> <span aria-hidden=\"true\">→</span><span class=\"sr\"> became </span> <ins{}>{}</ins></li>",
                escape_text(&change.kind),
                language_attribute(old),
                text_or_remark(old, "nothing"),
                language_attribute(new),
                text_or_remark(new, "nothing")
            )?;
        }
        writeln!(out, "</ul></section>")?;
    }
    writeln!(out, "</header>")
}

/// The title in one line with its changes marked, if only a part of it changed.
fn changed_title(alignment: &Alignment, labels: &DiffLabels) -> Option<String> {
    let page = |title: &str| PageText { blocks: vec![title.into()], ..PageText::default() };
    let (original, local) = (page(&alignment.original_title), page(&alignment.local_title));
    let found = text_diff::align_texts(&original, &local, &labels.forms, &mut SearchBudget::of_comparison());
    let row = found.rows.get(0).filter(|_| found.rows.len() == 1)?;
    let (before, after) = labels.in_display_order(row.original, row.local);
    (row.kind == RowKind::Changed).then_some(())?;
    Some(merged_html(&before?, &after?, labels))
}

/// The escaped text, or a remark if it is empty.
fn text_or_remark(text: &str, remark: &str) -> String {
    if text.is_empty() { format!("<span class=\"note\">{remark}</span>") } else { escape_text(text) }
}

/// Makes the first letter a capital.
fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
