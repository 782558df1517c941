//! A comparison for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::DriftReport;
use super::diff_text::Labels;
use crate::text_diff::{Alignment, Comparison, Row, RowKind};

/// Writes one object: `original` and `local` (what was compared), `drift` with the fields of the
/// contract, `titles`, and `changes`, one for each row that is not equal, in reading order.
pub fn render(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &Labels,
    out: &mut dyn Write,
) -> io::Result<()> {
    let changes: Vec<Value> =
        alignment.rows.iter().enumerate().filter_map(|(at, row)| change(at, row)).collect();
    let drift = DriftReport::of(comparison, "local");
    let object = json!({
        "schema": "driftline-diff/1",
        "original": labels.original,
        "local": labels.local,
        "drift": drift,
        "titles": { "original": alignment.original_title, "local": alignment.local_title },
        "sentences": alignment.rows.len(),
        "changes": changes,
    });
    serde_json::to_writer_pretty(&mut *out, &object)?;
    writeln!(out)
}

fn change(at: usize, row: &Row) -> Option<Value> {
    if row.kind == RowKind::Equal {
        return None;
    }
    let side = |text: &Option<crate::text_diff::RowText>| {
        text.as_ref().map(|text| {
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
