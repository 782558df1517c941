//! A comparison for a terminal: changed sentences with context, the changed characters marked.

use std::io::{self, Write};

use crate::report::diff::labels::Labels;
use crate::report::diff::rows;
use crate::report::diff::rows::{Fate, Shown};
use crate::report::sanitize;
use crate::text_diff::{Alignment, Comparison, RowText};

/// Equal sentences shown on each side of a change.
const CONTEXT: usize = 1;
/// Longer equal sentences are cut in the middle.
const MAX_CONTEXT_CHARS: usize = 120;
/// Of a sentence that moved away so much is shown; it stands whole where it is now.
const MAX_MOVED_CHARS: usize = 48;

/// Writes a comparison. What was before is marked `-`, what is now `+`, a block that moved `<` where
/// it was and `>` where it is. Changed characters are shown reversed; without colours they stand in
/// `[-…-]` and `{+…+}`, as `git diff --word-diff` has them.
pub fn render(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &Labels,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color };
    head(alignment, comparison, labels, &paint, out)?;
    let rows = rows::shown(&alignment.rows, labels);
    if !rows.iter().any(|shown| shown.fate.is_change()) {
        return Ok(());
    }
    for part in rows::parts(&rows, CONTEXT) {
        if part.folded {
            writeln!(out, "{}", paint.dim(&format!("  … {} unchanged sentences …", part.to - part.from)))?;
            continue;
        }
        let run = rows.get(part.from..part.to).unwrap_or_default();
        for (place, shown) in run.iter().enumerate() {
            if shown.block.is_some() && !shown.goes_on {
                let more = run.iter().skip(place + 1).take_while(|next| next.goes_on).count();
                name_block(shown, more + 1, &paint, out)?;
            }
            write_row(shown, &paint, out)?;
        }
    }
    Ok(())
}

fn head(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &Labels,
    paint: &Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (before, after) = labels.order(&labels.original, &labels.local);
    let named = |mark: &str, label: &crate::report::diff::labels::Label| {
        format!("{mark} {}  ({})", sanitize::line(&label.name), label.heading.to_lowercase())
    };
    writeln!(out, "{}", paint.gone(&named("---", before)))?;
    writeln!(out, "{}", paint.added(&named("+++", after)))?;
    writeln!(out, "{}: {}", paint.bold(comparison.class.as_str()), labels.summary(comparison))?;
    writeln!(out, "{}", paint.dim(&format!("not counted as a difference: {}", labels.forms())))?;
    for change in &comparison.telling {
        let kind = format!("! {}", sanitize::line(&change.kind));
        let (before, after) = labels.order(&change.original, &change.local);
        writeln!(out, "{}: {} → {}", paint.telling(&kind), quoted(before), quoted(after))?;
    }
    if comparison.title_changed {
        let (before, after) = labels.order(&alignment.original_title, &alignment.local_title);
        writeln!(out, "\n{}", paint.gone(&format!("- # {}", titled(before))))?;
        writeln!(out, "{}", paint.added(&format!("+ # {}", titled(after))))?;
    }
    writeln!(out)
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "(nothing)".to_owned() } else { format!("“{}”", sanitize::line(text)) }
}

fn titled(text: &str) -> String {
    if text.is_empty() { "(no title)".to_owned() } else { sanitize::line(text).into_owned() }
}

fn name_block(shown: &Shown<'_>, sentences: usize, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let (mark, what) = if shown.fate == Fate::MovedAway { ("<", "moved away") } else { (">", "moved here") };
    let number = shown.block.unwrap_or_default();
    let plural = if sentences == 1 { "" } else { "s" };
    writeln!(out, "{}", paint.moved(&format!("{mark} block {number} {what} ({sentences} sentence{plural}):")))
}

fn write_row(shown: &Shown<'_>, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    let empty = RowText::default();
    let before = shown.before.unwrap_or(&empty);
    let after = shown.after.unwrap_or(&empty);
    match shown.fate {
        Fate::Same => writeln!(out, "  {}", paint.dim(&cut(&sanitize::line(&after.text), MAX_CONTEXT_CHARS))),
        Fate::Elsewhere => {
            let text = sanitize::line(if after.text.is_empty() { &before.text } else { &after.text });
            writeln!(
                out,
                "  {}",
                paint.dim(&format!("{} (elsewhere on the page)", cut(&text, MAX_CONTEXT_CHARS)))
            )
        }
        Fate::Changed => {
            writeln!(out, "{} {}", paint.gone("-"), marked(before, paint, false))?;
            writeln!(out, "{} {}", paint.added("+"), marked(after, paint, true))
        }
        Fate::Removed => writeln!(out, "{}", paint.gone(&format!("- {}", sanitize::line(&before.text)))),
        Fate::Added => writeln!(out, "{}", paint.added(&format!("+ {}", sanitize::line(&after.text)))),
        // What was changed besides stands whole; what only moved is read where it is now.
        Fate::MovedAway if before.spans.is_empty() => {
            let text = cut(&sanitize::line(&before.text), MAX_MOVED_CHARS);
            writeln!(out, "{} {}", paint.moved("<"), paint.moved(&text))
        }
        Fate::MovedAway => writeln!(out, "{} {}", paint.moved("<"), marked(before, paint, false)),
        Fate::MovedHere if after.spans.is_empty() => {
            writeln!(out, "{} {}", paint.moved(">"), paint.moved(&sanitize::line(&after.text)))
        }
        Fate::MovedHere => writeln!(out, "{} {}", paint.moved(">"), marked(after, paint, true)),
    }
}

/// A text with its changed parts marked.
fn marked(text: &RowText, paint: &Paint, new: bool) -> String {
    let mut line = String::new();
    let mut from = 0;
    for span in &text.spans {
        line.push_str(&sanitize::line(text.text.get(from..span.start).unwrap_or_default()));
        let part = sanitize::line(text.text.get(span.clone()).unwrap_or_default());
        line.push_str(&paint.span(&part, new));
        from = span.end;
    }
    line.push_str(&sanitize::line(text.text.get(from..).unwrap_or_default()));
    line
}

/// A long text without its middle.
fn cut(text: &str, most: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let head: String = chars.iter().take(half).collect();
    let tail: String = chars.iter().skip(chars.len() - half).collect();
    format!("{head} … {tail}")
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

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
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
    use crate::report::diff::labels::Label;
    use crate::text::{NormalForms, PageText};
    use crate::text_diff::{Side, compare_aligned};

    fn rendered(a: &[&str], b: &[&str], before: Side, color: bool) -> String {
        let page = |blocks: &[&str]| PageText {
            blocks: blocks.iter().map(|b| (*b).to_owned()).collect(),
            ..PageText::default()
        };
        let (comparison, alignment) = compare_aligned(&page(a), &page(b), &NormalForms::default());
        let labels = Labels {
            original: Label::new("the original", "a\u{1b}[2J".into()),
            local: Label::new("the local copy", "b".into()),
            before,
            against_snapshot: false,
            forms: NormalForms::default(),
        };
        let mut out = Vec::new();
        render(&alignment, &comparison, &labels, color, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn changes_are_marked_and_the_rest_folded() {
        let same = ["第一句没有变化。", "第二句没有变化。", "第三句没有变化。", "第四句没有变化。"];
        let a = [&same[..], &["共有十二人到场了。"]].concat();
        let b = [&same[..], &["共有十五人到场了。"]].concat();
        let shown = rendered(&a, &b, Side::Original, false);
        assert!(shown.starts_with("--- a  (original)\n+++ b  (local copy)\nminor-edit: "), "{shown}");
        assert!(shown.contains("- 共有十[-二-]人到场了。\n+ 共有十{+五+}人到场了。"), "{shown}");
        assert!(shown.contains("… 3 unchanged sentences …"));
        assert!(shown.contains("! number: “十二人” → “十五人”"));
        assert!(!shown.contains("第二句"));
    }

    #[test]
    fn what_was_before_is_taken_away_and_what_is_now_is_added() {
        let (a, b) = (["共有十二人到场了。"], ["共有十五人到场了。"]);
        let shown = rendered(&a, &b, Side::Local, false);
        assert!(shown.starts_with("--- b  (local copy)\n+++ a  (original)\n"), "{shown}");
        assert!(shown.contains("- 共有十[-五-]人到场了。\n+ 共有十{+二+}人到场了。"), "{shown}");
        assert!(shown.contains("! number: “十五人” → “十二人”"));
    }

    #[test]
    fn outside_text_cannot_steer_the_terminal() {
        let shown = rendered(&["甲\u{1b}]0;x\u{7}乙丙丁。"], &["甲乙丙戊己庚辛。"], Side::Original, false);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'));
        assert!(rendered(&["甲乙"], &["甲丙"], Side::Original, true).contains("\u{1b}["));
    }
}
