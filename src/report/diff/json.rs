//! Writes a comparison as JSON for programs.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::model::mask_credentials;
use crate::report::diff::labels::DiffLabels;
use crate::report::json::write_pretty_json;
use crate::text_diff::Drift;
use crate::text_diff::{AlignedRow, Alignment, Comparison, RowKind, RowText, Rows, TextSide};

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
    let against = if labels.against_snapshot { "previous" } else { "local" };
    let (from, to) = labels.in_display_order(TextSide::Original, TextSide::Local);
    let object = DiffObject {
        schema: "driftline-diff/1",
        original: &labels.original.name,
        local: &labels.local.name,
        from,
        to,
        normal_forms: labels.forms.enabled_names(),
        drift: Drift::from_comparison(comparison, against),
        titles: Titles { original: &alignment.original_title, local: &alignment.local_title },
        sentences: alignment.rows.len(),
        changes: Changes(&alignment.rows),
    };
    write_pretty_json(out, &object)?;
    writeln!(out)
}

#[derive(Serialize)]
struct DiffObject<'a> {
    schema: &'static str,
    original: &'a str,
    local: &'a str,
    from: TextSide,
    to: TextSide,
    normal_forms: Vec<&'static str>,
    drift: Drift,
    titles: Titles<'a>,
    sentences: usize,
    changes: Changes<'a>,
}

#[derive(Serialize)]
struct Titles<'a> {
    original: &'a str,
    local: &'a str,
}

/// The rows that are not equal, which are made one at a time as they are written.
struct Changes<'a>(&'a Rows);

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().enumerate().filter_map(|(at, row)| row_to_json(at, row)))
    }
}

fn row_to_json(at: usize, row: AlignedRow<'_>) -> Option<Value> {
    if row.kind == RowKind::Equal {
        return None;
    }
    let side = |text: Option<RowText<'_>>| {
        text.map(|text| {
            if let Cow::Owned(masked) = mask_credentials(text.text) {
                return json!({ "text": masked, "spans": [[0, masked.chars().count()]] });
            }
            // The place up to which characters are counted: in bytes and in characters.
            let (mut bytes, mut count) = (0, 0);
            let mut chars_before = |end: usize| {
                count += text.text.get(bytes..end).map_or(0, |part| part.chars().count());
                bytes = end;
                count
            };
            let spans: Vec<[usize; 2]> =
                text.spans.iter().map(|span| [chars_before(span.start), chars_before(span.end)]).collect();
            json!({ "text": text.text, "spans": spans })
        })
    };
    Some(json!({
        "row": at,
        "kind": row.kind,
        "original": side(row.original),
        "local": side(row.local),
        "moved_to": row.moved_to,
    }))
}
