//! `driftline report`: reports a finished run again, in any format, from the store alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};

use crate::app::cli::{Format, ReportArgs};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::settings::FailOn;
use crate::app::stage_settings;
use crate::pipeline::report::RunReporter;
use crate::report::text;
use crate::report::text::FindingListing;
use crate::report::{RunSummary, json};
use crate::store::SnapshotStore;

/// Runs the command.
pub fn run_command(context: &Context, args: &ReportArgs) -> Result<ExitStatus, AppError> {
    let store = stage_settings::open_reader(&context.settings)?;
    let runs = store.read_runs()?;
    let record = match &args.run {
        Some(id) => {
            runs.into_iter().find(|run| run.id.to_string() == *id).ok_or_else(|| AppError::NotFound {
                what: format!("run {id}"),
                hint: "`driftline report` shows the last run with its id".to_owned(),
            })?
        }
        None => runs.into_iter().next_back().ok_or_else(|| AppError::NotFound {
            what: "run in this store".to_owned(),
            hint: "start one with `driftline run PATH`".to_owned(),
        })?,
    };
    let interrupted = record.finished.is_none();
    if interrupted && store.is_shared() {
        tracing::warn!("the run has not ended: this is what it has stored so far");
    }
    let mut reporter = RunReporter::new(&store, record)?;
    let summary = write_report(context, &mut reporter, interrupted, args.format)?;
    Ok(exit_status(&context.settings.report.fail_on, &summary))
}

/// Writes a report in a format and returns its counts.
pub fn write_report(
    context: &Context,
    reporter: &mut RunReporter<'_>,
    interrupted: bool,
    format: Format,
) -> Result<RunSummary, AppError> {
    let max_listed = usize::try_from(context.settings.report.max_listed).unwrap_or(usize::MAX);
    let is_on_terminal = context.global.output.is_none() && std::io::stdout().is_terminal();
    let mut listing = FindingListing::new(max_listed, is_on_terminal);
    let head = reporter.summarize_run(interrupted, &mut |link| {
        // The other formats write each link themselves, after the counts.
        if format == Format::Text {
            listing.add_link(link);
        }
    })?;
    let mut out = context.open_output()?;
    let written = {
        let sink: &mut dyn Write = &mut out;
        match format {
            Format::Text => text::write_report(&head, &listing, true, sink),
            Format::Json => json::write_report(&head, &mut reporter.links(), sink),
            Format::Jsonl => json::write_report_lines(&head, &mut reporter.links(), sink),
        }
    };
    written.map_err(|error| out.write_error(error))?;
    reporter.take_error()?;
    out.finish()?;
    Ok(head.summary)
}

/// The exit code for the findings of a run.
pub fn exit_status(fail_on: &BTreeSet<FailOn>, summary: &RunSummary) -> ExitStatus {
    let count = |counts: &BTreeMap<String, u64>, name: &str| counts.get(name).copied().unwrap_or_default();
    let found = fail_on.iter().any(|kind| {
        let number = match kind {
            FailOn::NewlyDead => count(&summary.changes, "newly-dead"),
            FailOn::NewlyDrifted => count(&summary.changes, "newly-drifted"),
            FailOn::NewlySuspect => count(&summary.changes, "newly-suspect"),
            FailOn::Dead => count(&summary.verdicts, "dead") + count(&summary.states, "dead"),
            FailOn::Moved => count(&summary.verdicts, "moved"),
            FailOn::Failing => count(&summary.verdicts, "failing"),
            FailOn::Blocked => count(&summary.verdicts, "blocked"),
            FailOn::Invalid => count(&summary.verdicts, "invalid"),
            FailOn::Drifted => ["minor-edit", "major-edit", "truncated", "rewritten", "different"]
                .iter()
                .map(|class| count(&summary.drift, class))
                .sum(),
        };
        number > 0
    });
    if found { ExitStatus::Findings } else { ExitStatus::Clean }
}
