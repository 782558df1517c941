//! Writes one row of the comparison: its note, and both sides with their changed characters marked.

use std::io::{self, Write};
use std::ops::Range;

use super::escape::{escape_text, language_attribute};
use super::merged_text::merged_html;
use crate::report::diff::labels::DiffLabels;
use crate::report::diff::rows::{RowChange, VisibleRow};
use crate::text_diff::{self, RowKind, RowText};

/// The number of a change, and how many there are.
pub(super) struct ChangePosition {
    pub number: usize,
    pub total: usize,
}

pub(super) fn write_row(
    shown: &VisibleRow<'_>,
    position: &ChangePosition,
    labels: &DiffLabels,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (before, after) = labels.in_display_order(&labels.original, &labels.local);
    let block = shown.block.map_or(String::new(), |number| format!(" (block {number})"));
    let other = shown
        .row
        .moved_to
        .map_or(String::new(), |to| format!(" · <a href=\"#r{to}\">to its other place</a>"));
    let (class, note) = match shown.change {
        RowChange::Same => ("same plain", None),
        RowChange::Elsewhere => ("same", None),
        RowChange::Changed => ("changed", Some("changed".to_owned())),
        RowChange::Removed => ("gone", Some(format!("only in {}", escape_text(&before.noun)))),
        RowChange::Added => ("new", Some(format!("only in {}", escape_text(&after.noun)))),
        RowChange::MovedAway => ("moved", Some(format!("moved away{block}{other}"))),
        RowChange::MovedHere => ("moved", Some(format!("moved here{block}{other}"))),
    };
    let at = shown.at;
    if shown.continues {
        write!(out, "<div class=\"row {class} on\" id=\"r{at}\">")?;
    } else if let Some(note) = &note {
        let ChangePosition { number, total } = *position;
        write!(
            out,
            "<div class=\"row {class}\" id=\"r{at}\" data-change=\"{number}\" tabindex=\"-1\" role=\"group\" aria-label=\"Change {number} of {total}\">"
        )?;
        let back = (number > 1).then(|| format!(" · <a href=\"#c{}\">previous</a>", number - 1));
        let next = (number < total).then(|| format!(" · <a href=\"#c{}\">next</a>", number + 1));
        write!(
            out,
            "<div class=\"note\" id=\"c{number}\">{number}. {note}<span class=\"step\">{}{}</span></div>",
            back.unwrap_or_default(),
            next.unwrap_or_default()
        )?;
    } else {
        write!(out, "<div class=\"row {class}\" id=\"r{at}\">")?;
    }
    let (variants_before, variants_after) = match (shown.row.kind, shown.before, shown.after) {
        (RowKind::Variant, Some(before), Some(after)) => {
            text_diff::find_variant_spans(before.text, after.text)
        }
        _ => (Vec::new(), Vec::new()),
    };
    let elsewhere = shown.change == RowChange::Elsewhere;
    let equal = shown.change == RowChange::Same;
    let said = !equal && !shown.continues;
    write_side(
        &SideStyle { class: "b", name: &before.heading, said, equal, mark: "del", elsewhere },
        shown.before,
        &variants_before,
        out,
    )?;
    write_side(
        &SideStyle { class: "a", name: &after.heading, said, equal, mark: "ins", elsewhere },
        shown.after,
        &variants_after,
        out,
    )?;
    if let (RowChange::Changed, Some(before), Some(after)) = (shown.change, shown.before, shown.after) {
        write!(
            out,
            "<div class=\"m\"><p dir=\"auto\"{}>{}</p></div>",
            language_attribute(after.text),
            merged_html(&before, &after, labels)
        )?;
    }
    writeln!(out, "</div>")
}

/// How one side of a row is written.
struct SideStyle<'a> {
    class: &'a str,
    name: &'a str,
    /// Whether the side is named. In unchanged rows the name would only disturb users of screen
    /// readers.
    said: bool,
    /// Whether both sides are equal.
    equal: bool,
    mark: &'a str,
    elsewhere: bool,
}

fn write_side(
    own: &SideStyle<'_>,
    text: Option<RowText<'_>>,
    variants: &[Range<usize>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let class = own.class;
    let Some(text) = text else {
        let remark = if own.elsewhere { "<span class=\"note\">elsewhere on the page</span>" } else { "" };
        return write!(out, "<div class=\"{class}\">{remark}</div>");
    };
    // Both sides of an unchanged row are the same, so a screen reader reads it once.
    let twice = if own.equal && class == "b" && variants.is_empty() { " aria-hidden=\"true\"" } else { "" };
    write!(out, "<div class=\"{class}\"{twice}>")?;
    if own.said {
        write!(out, "<span class=\"tag\">{}</span><span class=\"sr\">: </span>", escape_text(own.name))?;
    }
    write!(out, "<p dir=\"auto\"{}>", language_attribute(text.text))?;
    let mark = own.mark;
    let spans =
        text.spans.iter().map(|s| (s, mark, "")).chain(variants.iter().map(|s| (s, "i", " class=\"v\"")));
    let mut from = 0;
    for (span, element, attributes) in spans {
        let before = text.text.get(from..span.start).unwrap_or_default();
        let inside = text.text.get(span.clone()).unwrap_or_default();
        write!(out, "{}<{element}{attributes}>{}</{element}>", escape_text(before), escape_text(inside))?;
        from = span.end;
    }
    write!(out, "{}</p></div>", escape_text(text.text.get(from..).unwrap_or_default()))
}
