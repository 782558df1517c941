//! Writes a comparison as JSON for programs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::model::mask_credentials;
use crate::report::diff::labels::DiffLabels;
use crate::report::sanitize;
use crate::text_diff::Drift;
use crate::text_diff::{AlignedRow, Alignment, Comparison, RowKind, RowText, TextSide};

/// Writes one object: `original` and `local` (what was compared), `from` and `to` (the same in the
/// order that was asked for), `normal_forms`, `drift` with the fields of the contract, `titles`, and
/// `changes`, one for each row that is not equal, in reading order. Spans are in characters; where a
/// name and password in a URL are masked, one span is the whole text.
pub fn write_diff(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &DiffLabels,
    out: &mut dyn Write,
) -> io::Result<()> {
    let changes: Vec<Value> =
        alignment.rows.iter().enumerate().filter_map(|(at, row)| row_to_json(at, row)).collect();
    let against = if labels.against_snapshot { "previous" } else { "local" };
    let (from, to) = labels.in_display_order(TextSide::Original, TextSide::Local);
    let object = json!({
        "schema": "driftline-diff/1",
        "original": labels.original.name,
        "local": labels.local.name,
        "from": from,
        "to": to,
        "normal_forms": labels.forms.enabled_names(),
        "drift": Drift::from_comparison(comparison, against),
        "titles": { "original": alignment.original_title, "local": alignment.local_title },
        "sentences": alignment.rows.len(),
        "changes": changes,
    });
    // Hostile characters occur only inside strings, where an escape means the same.
    let mut text = String::new();
    for c in serde_json::to_string_pretty(&object)?.chars() {
        if c != '\n' && (sanitize::is_hostile(c) || sanitize::is_line_break(c)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    writeln!(out, "{text}")
}

fn row_to_json(at: usize, row: &AlignedRow) -> Option<Value> {
    if row.kind == RowKind::Equal {
        return None;
    }
    let side = |text: &Option<RowText>| {
        text.as_ref().map(|text| {
            if let Cow::Owned(masked) = mask_credentials(&text.text) {
                return json!({ "text": masked, "spans": [[0, masked.chars().count()]] });
            }
            let spans: Vec<[usize; 2]> = text
                .spans
                .iter()
                .map(|span| {
                    let chars = |end: usize| text.text.get(..end).map_or(0, |head| head.chars().count());
                    [chars(span.start), chars(span.end)]
                })
                .collect();
            json!({ "text": text.text, "spans": spans })
        })
    };
    Some(json!({
        "row": at,
        "kind": row.kind,
        "original": side(&row.original),
        "local": side(&row.local),
        "moved_to": row.moved_to,
    }))
}
