//! Writes a comparison for a terminal: changed sentences with context, the changed characters marked.

use std::io::{self, Write};

use crate::report::diff::labels::DiffLabels;
use crate::report::diff::rows;
use crate::report::diff::rows::{RowChange, VisibleRow};
use crate::report::palette::{Palette, paint};
use crate::report::sanitize;
use crate::text_diff::{Alignment, Comparison, RowText};

/// Equal sentences shown on each side of a change.
const CONTEXT: usize = 1;

/// The most characters of an equal sentence; longer ones are cut in the middle.
const MAX_CONTEXT_CHARS: usize = 120;

/// The most characters shown of a sentence at its old place; it is shown in full at its new place.
const MAX_MOVED_CHARS: usize = 48;

/// Writes a comparison. Lines before are marked `-`, lines after `+`, and a block that moved `<` at its
/// old place and `>` at its new one. Changed characters are shown reversed, or without colours in
/// `[-…-]` and `{+…+}`, as `git diff --word-diff` does.
pub fn write_diff(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &DiffLabels,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let palette = Palette::new(color);
    write_head(alignment, comparison, labels, palette, out)?;
    let rows = rows::visible_rows(&alignment.rows, labels);
    if !rows.iter(0..rows.len()).any(|shown| shown.change.is_change()) {
        return Ok(());
    }
    for part in rows::fold_unchanged(&rows, CONTEXT) {
        if part.folded {
            writeln!(
                out,
                "{}",
                paint(palette.dimmed(), &format!("  … {} unchanged sentences …", part.to - part.from))
            )?;
            continue;
        }
        for (next, shown) in (part.from + 1..).zip(rows.iter(part.from..part.to)) {
            if shown.block.is_some() && !shown.continues {
                let more = rows.iter(next..part.to).take_while(|next| next.continues).count();
                write_block_heading(&shown, more + 1, palette, out)?;
            }
            write_row(&shown, palette, out)?;
        }
    }
    Ok(())
}

fn write_head(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &DiffLabels,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (before, after) = labels.in_display_order(&labels.original, &labels.local);
    let named = |mark: &str, label: &crate::report::diff::labels::SideLabel| {
        format!("{mark} {}  ({})", sanitize::one_line(&label.name), label.heading.to_lowercase())
    };
    writeln!(out, "{}", paint(palette.removed_line(), &named("---", before)))?;
    writeln!(out, "{}", paint(palette.added_line(), &named("+++", after)))?;
    writeln!(out, "{}: {}", paint(palette.bold(), comparison.class.as_str()), labels.summarize(comparison))?;
    writeln!(
        out,
        "{}",
        paint(palette.dimmed(), &format!("not counted as a difference: {}", labels.form_names()))
    )?;
    for change in &comparison.key_changes {
        let kind = format!("! {}", sanitize::one_line(&change.kind));
        let (before, after) = labels.in_display_order(&change.original, &change.local);
        writeln!(out, "{}: {} → {}", paint(palette.doubt(), &kind), quote_text(before), quote_text(after))?;
    }
    if comparison.title_changed {
        let (before, after) = labels.in_display_order(&alignment.original_title, &alignment.local_title);
        writeln!(out, "\n{}", paint(palette.removed_line(), &format!("- # {}", title_text(before))))?;
        writeln!(out, "{}", paint(palette.added_line(), &format!("+ # {}", title_text(after))))?;
    }
    writeln!(out)
}

fn quote_text(text: &str) -> String {
    if text.is_empty() { "(nothing)".to_owned() } else { format!("“{}”", sanitize::one_line(text)) }
}

fn title_text(text: &str) -> String {
    if text.is_empty() { "(no title)".to_owned() } else { sanitize::one_line(text).into_owned() }
}

fn write_block_heading(
    shown: &VisibleRow<'_>,
    sentences: usize,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mark, what) =
        if shown.change == RowChange::MovedAway { ("<", "moved away") } else { (">", "moved here") };
    let number = shown.block.unwrap_or_default();
    let plural = if sentences == 1 { "" } else { "s" };
    writeln!(
        out,
        "{}",
        paint(palette.moved_line(), &format!("{mark} block {number} {what} ({sentences} sentence{plural}):"))
    )
}

fn write_row(shown: &VisibleRow<'_>, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    let before = shown.before.unwrap_or_default();
    let after = shown.after.unwrap_or_default();
    match shown.change {
        RowChange::Same => writeln!(
            out,
            "  {}",
            paint(palette.dimmed(), &cut_middle(&sanitize::one_line(after.text), MAX_CONTEXT_CHARS))
        ),
        RowChange::Elsewhere => {
            let text = sanitize::one_line(if after.text.is_empty() { before.text } else { after.text });
            writeln!(
                out,
                "  {}",
                paint(
                    palette.dimmed(),
                    &format!("{} (elsewhere on the page)", cut_middle(&text, MAX_CONTEXT_CHARS))
                )
            )
        }
        RowChange::Changed => {
            writeln!(out, "{} {}", paint(palette.removed_line(), "-"), mark_spans(&before, palette, false))?;
            writeln!(out, "{} {}", paint(palette.added_line(), "+"), mark_spans(&after, palette, true))
        }
        RowChange::Removed => writeln!(
            out,
            "{}",
            paint(palette.removed_line(), &format!("- {}", sanitize::one_line(before.text)))
        ),
        RowChange::Added => {
            writeln!(out, "{}", paint(palette.added_line(), &format!("+ {}", sanitize::one_line(after.text))))
        }
        // A moved sentence that also changed is shown in full; one that only moved is read at its new
        // place.
        RowChange::MovedAway if before.spans.is_empty() => {
            let text = cut_middle(&sanitize::one_line(before.text), MAX_MOVED_CHARS);
            writeln!(out, "{} {}", paint(palette.moved_line(), "<"), paint(palette.moved_line(), &text))
        }
        RowChange::MovedAway => {
            writeln!(out, "{} {}", paint(palette.moved_line(), "<"), mark_spans(&before, palette, false))
        }
        RowChange::MovedHere if after.spans.is_empty() => {
            writeln!(
                out,
                "{} {}",
                paint(palette.moved_line(), ">"),
                paint(palette.moved_line(), &sanitize::one_line(after.text))
            )
        }
        RowChange::MovedHere => {
            writeln!(out, "{} {}", paint(palette.moved_line(), ">"), mark_spans(&after, palette, true))
        }
    }
}

/// A text with its changed parts marked.
fn mark_spans(text: &RowText<'_>, palette: Palette, new: bool) -> String {
    let mut line = String::new();
    let mut from = 0;
    for span in text.spans {
        line.push_str(&sanitize::one_line(text.text.get(from..span.start).unwrap_or_default()));
        let part = sanitize::one_line(text.text.get(span.clone()).unwrap_or_default());
        line.push_str(&mark_span(&part, palette, new));
        from = span.end;
    }
    line.push_str(&sanitize::one_line(text.text.get(from..).unwrap_or_default()));
    line
}

fn mark_span(text: &str, palette: Palette, new: bool) -> String {
    match (palette.has_color(), new) {
        (true, false) => paint(palette.removed_span(), text),
        (true, true) => paint(palette.added_span(), text),
        (false, false) => format!("[-{text}-]"),
        (false, true) => format!("{{+{text}+}}"),
    }
}

/// Cuts the middle out of a long text.
fn cut_middle(text: &str, most: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let head: String = chars.iter().take(half).collect();
    let tail: String = chars.iter().skip(chars.len() - half).collect();
    format!("{head} … {tail}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::diff::labels::SideLabel;
    use crate::text::{NormalForms, PageText};
    use crate::text_diff::{CompareRules, TextSide, compare_aligned};

    fn rendered(a: &[&str], b: &[&str], before: TextSide, color: bool) -> String {
        let page = |blocks: &[&str]| PageText {
            blocks: blocks.iter().map(|b| (*b).into()).collect(),
            ..PageText::default()
        };
        let (comparison, alignment) = compare_aligned(&page(a), &page(b), &CompareRules::default());
        let labels = DiffLabels {
            original: SideLabel::new("the original", "a\u{1b}[2J".into()),
            local: SideLabel::new("the local copy", "b".into()),
            before,
            against_snapshot: false,
            forms: NormalForms::default(),
        };
        let mut out = Vec::new();
        write_diff(&alignment, &comparison, &labels, color, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn changes_are_marked_and_the_rest_folded() {
        let same = ["第一句没有变化。", "第二句没有变化。", "第三句没有变化。", "第四句没有变化。"];
        let a = [&same[..], &["共有十二人到场了。"]].concat();
        let b = [&same[..], &["共有十五人到场了。"]].concat();
        let shown = rendered(&a, &b, TextSide::Original, false);
        assert!(shown.starts_with("--- a  (original)\n+++ b  (local copy)\nminor-edit: "), "{shown}");
        assert!(shown.contains("- 共有十[-二-]人到场了。\n+ 共有十{+五+}人到场了。"), "{shown}");
        assert!(shown.contains("… 3 unchanged sentences …"));
        assert!(shown.contains("! number: “十二人” → “十五人”"));
        assert!(!shown.contains("第二句"));
    }

    #[test]
    fn what_was_before_is_taken_away_and_what_is_now_is_added() {
        let (a, b) = (["共有十二人到场了。"], ["共有十五人到场了。"]);
        let shown = rendered(&a, &b, TextSide::Local, false);
        assert!(shown.starts_with("--- b  (local copy)\n+++ a  (original)\n"), "{shown}");
        assert!(shown.contains("- 共有十[-五-]人到场了。\n+ 共有十{+二+}人到场了。"), "{shown}");
        assert!(shown.contains("! number: “十五人” → “十二人”"));
    }

    #[test]
    fn outside_text_cannot_steer_the_terminal() {
        let shown =
            rendered(&["甲\u{1b}]0;x\u{7}乙丙丁。"], &["甲乙丙戊己庚辛。"], TextSide::Original, false);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'));
        assert!(rendered(&["甲乙"], &["甲丙"], TextSide::Original, true).contains("\u{1b}["));
    }
}
