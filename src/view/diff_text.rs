//! A comparison for a terminal: changed sentences with context, the changed characters marked.

use std::io::{self, Write};

use crate::text_diff::{Alignment, Comparison, DriftClass, Row, RowKind, RowText, Side};

/// What was compared, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The original: an address, a file, or a snapshot with its time.
    pub original: String,
    /// The local copy, or the other snapshot.
    pub local: String,
}

/// Equal sentences shown on each side of a change.
const CONTEXT: usize = 1;
/// Longer equal sentences are cut in the middle.
const MAX_CONTEXT_CHARS: usize = 120;

/// Writes a comparison. The original's words are marked `-`, the local copy's `+`; without colours
/// changed characters stand in `[-…-]` and `{+…+}`, as `git diff --word-diff` has them.
pub fn render(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &Labels,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color };
    head(alignment, comparison, labels, &paint, out)?;
    let rows = &alignment.rows;
    let shown: Vec<bool> = (0..rows.len())
        .map(|at| {
            let from = at.saturating_sub(CONTEXT);
            rows.get(from..(at + CONTEXT + 1).min(rows.len())).unwrap_or_default().iter().any(is_change)
        })
        .collect();
    let mut folded = 0;
    for (at, row) in rows.iter().enumerate() {
        if shown.get(at) != Some(&true) {
            folded += 1;
            continue;
        }
        fold_line(&mut folded, &paint, out)?;
        write_row(row, &paint, out)?;
    }
    if rows.iter().any(is_change) {
        fold_line(&mut folded, &paint, out)?;
    }
    Ok(())
}

/// A sentence for people that says what became of the text.
pub fn summary(comparison: &Comparison) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut parts = vec![match comparison.class {
        DriftClass::Identical => "identical: the text is the same".to_owned(),
        DriftClass::Cosmetic => "cosmetic: only markup, punctuation, width or script differ".to_owned(),
        DriftClass::MinorEdit => "minor-edit: a little was changed".to_owned(),
        DriftClass::MajorEdit => "major-edit: much was changed".to_owned(),
        DriftClass::Truncated => match comparison.missing_from {
            Some(Side::Local) => "truncated: the local copy lost a large part".to_owned(),
            _ => "truncated: the original lost a large part".to_owned(),
        },
        DriftClass::Rewritten => "rewritten: hardly a sentence was left as it was".to_owned(),
        DriftClass::Different => "different: another article stands there".to_owned(),
        DriftClass::Unverifiable => "unverifiable: there is no comparable text".to_owned(),
    }];
    if comparison.changed_sentences > 0 {
        let plural = if comparison.changed_sentences == 1 { "" } else { "s" };
        parts.push(format!("{} sentence{plural} changed", comparison.changed_sentences));
    }
    if comparison.title_changed {
        parts.push("the title changed".to_owned());
    }
    if comparison.noise {
        parts.push("the original holds more around the text".to_owned());
    }
    if comparison.class != DriftClass::Unverifiable {
        parts.push(format!(
            "{} of the local copy stands in the original, {} of the original in the local copy",
            percent(comparison.local_in_original),
            percent(comparison.original_in_local)
        ));
    }
    parts.join("; ")
}

fn head(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &Labels,
    paint: &Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", paint.gone(&format!("--- {}", clean(&labels.original))))?;
    writeln!(out, "{}", paint.added(&format!("+++ {}", clean(&labels.local))))?;
    writeln!(out, "{}", summary(comparison))?;
    for change in &comparison.telling {
        let kind = format!("! {}", clean(&change.kind));
        writeln!(out, "{}: {} -> {}", paint.telling(&kind), quoted(&change.original), quoted(&change.local))?;
    }
    if comparison.title_changed {
        writeln!(out, "\n{}", paint.gone(&format!("- # {}", clean(&alignment.original_title))))?;
        writeln!(out, "{}", paint.added(&format!("+ # {}", clean(&alignment.local_title))))?;
    }
    writeln!(out)
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "(nothing)".to_owned() } else { format!("\"{}\"", clean(text)) }
}

fn is_change(row: &Row) -> bool {
    !matches!(row.kind, RowKind::Equal | RowKind::Variant)
}

fn fold_line(folded: &mut usize, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    if *folded > 0 {
        let plural = if *folded == 1 { "" } else { "s" };
        writeln!(out, "{}", paint.dim(&format!("  … {folded} unchanged sentence{plural} …")))?;
        *folded = 0;
    }
    Ok(())
}

fn write_row(row: &Row, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let empty = RowText::default();
    let original = row.original.as_ref().unwrap_or(&empty);
    let local = row.local.as_ref().unwrap_or(&empty);
    match row.kind {
        RowKind::Equal | RowKind::Variant => {
            let shown = if local.text.is_empty() { &original.text } else { &local.text };
            writeln!(out, "  {}", paint.dim(&middle_cut(&clean(shown))))
        }
        RowKind::Changed => {
            writeln!(out, "{} {}", paint.gone("-"), marked(original, paint, false))?;
            writeln!(out, "{} {}", paint.added("+"), marked(local, paint, true))
        }
        RowKind::OnlyOriginal => writeln!(out, "{}", paint.gone(&format!("- {}", clean(&original.text)))),
        RowKind::OnlyLocal => writeln!(out, "{}", paint.added(&format!("+ {}", clean(&local.text)))),
        RowKind::MovedOriginal => {
            writeln!(out, "{}", paint.moved(&format!("< moved away: {}", clean(&original.text))))
        }
        RowKind::MovedLocal => {
            writeln!(out, "{}", paint.moved(&format!("> moved here: {}", clean(&local.text))))
        }
    }
}

/// A text with its changed parts marked.
fn marked(text: &RowText, paint: &Paint, new: bool) -> String {
    let mut line = String::new();
    let mut from = 0;
    for span in &text.spans {
        line.push_str(&clean(text.text.get(from..span.start).unwrap_or_default()));
        let part = clean(text.text.get(span.clone()).unwrap_or_default());
        line.push_str(&paint.span(&part, new));
        from = span.end;
    }
    line.push_str(&clean(text.text.get(from..).unwrap_or_default()));
    line
}

fn middle_cut(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= MAX_CONTEXT_CHARS {
        return text.to_owned();
    }
    let half = MAX_CONTEXT_CHARS / 2;
    let head: String = chars.iter().take(half).collect();
    let tail: String = chars.iter().skip(chars.len() - half).collect();
    format!("{head} … {tail}")
}

/// Text from outside must not steer a terminal: control characters and direction marks go.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect()
}

struct Paint {
    color: bool,
}

impl Paint {
    fn with(&self, codes: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{codes}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn gone(&self, text: &str) -> String {
        self.with("31", text)
    }

    fn added(&self, text: &str) -> String {
        self.with("32", text)
    }

    fn moved(&self, text: &str) -> String {
        self.with("36", text)
    }

    fn dim(&self, text: &str) -> String {
        self.with("2", text)
    }

    fn telling(&self, text: &str) -> String {
        self.with("1;33", text)
    }

    fn span(&self, text: &str, new: bool) -> String {
        match (self.color, new) {
            (true, false) => self.with("31;7", text),
            (true, true) => self.with("32;7", text),
            (false, false) => format!("[-{text}-]"),
            (false, true) => format!("{{+{text}+}}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::text::{NormalForms, PageText};
    use crate::text_diff::compare_aligned;

    fn rendered(a: &[&str], b: &[&str], color: bool) -> String {
        let page = |blocks: &[&str]| PageText {
            blocks: blocks.iter().map(|b| (*b).to_owned()).collect(),
            ..PageText::default()
        };
        let (comparison, alignment) = compare_aligned(&page(a), &page(b), &NormalForms::default());
        let labels = Labels { original: "a\u{1b}[2J".into(), local: "b".into() };
        let mut out = Vec::new();
        render(&alignment, &comparison, &labels, color, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn changes_are_marked_and_the_rest_folded() {
        let same = ["第一句没有变化。", "第二句没有变化。", "第三句没有变化。", "第四句没有变化。"];
        let a = [&same[..], &["共有十二人到场了。"]].concat();
        let b = [&same[..], &["共有十五人到场了。"]].concat();
        let shown = rendered(&a, &b, false);
        assert!(shown.contains("- 共有十[-二-]人到场了。\n+ 共有十{+五+}人到场了。"), "{shown}");
        assert!(shown.contains("… 3 unchanged sentences …"));
        assert!(shown.contains("! number: \"十二人\" -> \"十五人\""));
        assert!(!shown.contains("第二句"));
    }

    #[test]
    fn outside_text_cannot_steer_the_terminal() {
        let shown = rendered(&["甲\u{1b}]0;x\u{7}乙丙丁。"], &["甲乙丙戊己庚辛。"], false);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'));
        assert!(rendered(&["甲乙"], &["甲丙"], true).contains("\u{1b}["));
    }
}
