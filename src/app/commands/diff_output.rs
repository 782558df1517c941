//! Writes a comparison in the format that was asked for; `diff` of pages and of files share it.

use std::io::{self, Write};

use crate::app::cli::DiffFormat;
use crate::report::diff::labels::DiffLabels;
use crate::report::diff::{html, json, text};
use crate::text_diff::{Alignment, Comparison};

/// Writes what a comparison found. `color` says whether the output shows colours.
pub fn write_comparison(
    comparison: &Comparison,
    alignment: &Alignment,
    labels: &DiffLabels,
    format: DiffFormat,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        DiffFormat::Text => text::write_diff(alignment, comparison, labels, color, out),
        DiffFormat::Html => html::write_page(alignment, comparison, labels, out),
        DiffFormat::Json => json::write_diff(alignment, comparison, labels, out),
    }
}
