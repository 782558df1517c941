//! Writes what several actions of `driftline store` have in common.

use std::io::{self, Write};

use crate::app::cli::StoreFormat;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::report::sanitize;
use crate::report::text::format_counted;
use crate::store::{RebuiltDatabase, RepairReport};

/// Prints a report as JSON, or as `text` writes it.
pub(super) fn print_report<T: serde::Serialize>(
    context: &Context,
    format: StoreFormat,
    report: &T,
    text: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), AppError> {
    let mut out = context.open_output()?;
    let written = match format {
        StoreFormat::Text => text(&mut out),
        StoreFormat::Json => {
            serde_json::to_writer(&mut out, report).map_err(io::Error::from).and_then(|()| writeln!(out))
        }
    };
    written.map_err(|error| out.write_error(error))?;
    out.finish()
}

/// Writes what a repair restored, and what it kept of the old.
pub(super) fn write_repair(report: &RepairReport, out: &mut dyn Write) -> io::Result<()> {
    if let Some(rebuilt) = &report.rebuilt {
        write_rebuilt(rebuilt, out)?;
    }
    for fault in &report.faults {
        writeln!(out, "repaired: {}", sanitize::one_line(fault))?;
    }
    if report.visits + report.contents + report.runs > 0 {
        writeln!(
            out,
            "restored to the journal: {} visits with {} captures, {} link tables, {} runs",
            report.visits, report.captures, report.contents, report.runs
        )?;
    }
    for path in &report.kept {
        let kept = path.display().to_string();
        writeln!(
            out,
            "the old segment is kept as {}; remove it when nothing is missing",
            sanitize::one_line(&kept)
        )?;
    }
    report.lost.iter().try_for_each(|lost| writeln!(out, "lost: {}", sanitize::one_line(lost)))
}

/// Writes that a damaged database was replaced by one from the journal.
pub(super) fn write_rebuilt(rebuilt: &RebuiltDatabase, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "repaired: the database was damaged ({}) and was made anew from the journal: {} with {}, {}",
        sanitize::one_line(&rebuilt.reason),
        format_counted(rebuilt.visits, "visit"),
        format_counted(rebuilt.captures, "capture"),
        format_counted(rebuilt.runs, "run")
    )?;
    let kept = rebuilt.kept_as.display().to_string();
    writeln!(
        out,
        "the damaged database is kept as {}; remove it when nothing is missing",
        sanitize::one_line(&kept)
    )
}
