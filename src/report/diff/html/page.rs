//! Writes a comparison as one self-contained HTML page.

use std::io::{self, Write};

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::escape::escape_text;
use super::header::write_header;
use super::row::{ChangePosition, write_row};
use crate::report::diff::labels::DiffLabels;
use crate::report::diff::rows;
use crate::report::diff::rows::VisibleRow;
use crate::text_diff::{Alignment, Comparison, RowKind};

const STYLE: &str = include_str!("../page/style.css");

const SCRIPT: &str = include_str!("../page/keys.js");
/// Equal sentences shown on each side of a change.
const CONTEXT: usize = 2;

/// Writes the page.
pub fn write_page(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &DiffLabels,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = rows::visible_rows(&alignment.rows, labels);
    let total = rows.iter(0..rows.len()).filter(VisibleRow::begins_change).count();
    let variants = alignment.rows.iter().any(|row| row.kind == RowKind::Variant);
    write_head(labels, out)?;
    write_header(alignment, comparison, labels, out)?;
    write_switches(total, variants, out)?;
    let (before, after) = labels.in_display_order(&labels.original, &labels.local);
    writeln!(out, "<main id=\"changes\" aria-label=\"Changes\">")?;
    writeln!(
        out,
        "<div class=\"cols\" aria-hidden=\"true\"><div>{}</div><div>{}</div></div>",
        escape_text(&before.heading),
        escape_text(&after.heading)
    )?;
    if total == 0 {
        writeln!(out, "<p class=\"sum\">No sentence changed.</p>")?;
    }
    let mut number = 0;
    for part in rows::fold_unchanged(&rows, CONTEXT) {
        if part.folded {
            writeln!(out, "<details><summary>{} unchanged sentences</summary>", part.to - part.from)?;
        }
        for shown in rows.iter(part.from..part.to) {
            number += usize::from(shown.begins_change());
            write_row(&shown, &ChangePosition { number, total }, labels, out)?;
        }
        if part.folded {
            writeln!(out, "</details>")?;
        }
    }
    write!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

fn write_head(labels: &DiffLabels, out: &mut dyn Write) -> io::Result<()> {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        policy_hash(STYLE),
        policy_hash(SCRIPT)
    );
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>What changed: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escape_text(&labels.local.name)
    )
}

/// A `'sha256-…'` source of a content security policy (CSP level 3, section 2.3.1).
fn policy_hash(content: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(content.as_bytes())))
}

/// Writes the switches of the view. They are plain form controls that style rules read, so they work
/// without scripts.
fn write_switches(total: usize, variants: bool, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(
        b"<input class=\"sw\" type=\"radio\" name=\"view\" id=\"side\" checked>\n\
          <input class=\"sw\" type=\"radio\" name=\"view\" id=\"inline\">\n\
          <input class=\"sw\" type=\"checkbox\" id=\"variants\">\n\
          <nav class=\"opts\" aria-label=\"View and changes\"><div class=\"bar\">\
          <label for=\"side\">Side by side</label><label for=\"inline\">Inline <kbd>i</kbd></label>",
    )?;
    if variants {
        out.write_all(b"<label for=\"variants\">Mark script, width and punctuation <kbd>v</kbd></label>")?;
    }
    if total > 0 {
        write!(
            out,
            "<span id=\"steps\" hidden><button type=\"button\" id=\"prev\" aria-keyshortcuts=\"p k\">Previous <kbd>p</kbd></button> \
             <button type=\"button\" id=\"next\" aria-keyshortcuts=\"n j\">Next <kbd>n</kbd></button> \
             <span id=\"at\" role=\"status\"></span></span><a class=\"skip\" href=\"#c1\">First change</a>"
        )?;
    }
    writeln!(out, "</div></nav>")
}
