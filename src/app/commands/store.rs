//! `driftline store`: verifies, measures, compacts, prunes and rebuilds the store.

use std::io::{self, Write};

use super::store_output::{print_report, write_repair};
use super::store_stats::write_stats;
use super::store_verify::verify_store;
use crate::app::cli::{KeepRule, StoreAction, StoreArgs};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::stage_settings;
use crate::model::format_size;
use crate::report::sanitize;
use crate::store::{CompactReport, PrunePolicy, PruneReport, RebuildReport, Sample, SledStore, VerifyScope};

/// Runs the command. Damage makes the exit code 1.
pub fn run_command(context: &Context, args: &StoreArgs) -> Result<ExitStatus, AppError> {
    let dir = &context.settings.store.dir;
    let options = stage_settings::store_options(&context.settings);
    match &args.action {
        StoreAction::Verify { repair, sample, seed, since_last, format } => {
            let draw =
                |of_million| Sample { of_million, seed: seed.unwrap_or_else(|| fastrand::u64(..1 << 32)) };
            let scope = VerifyScope { sample: sample.map(draw), since_last: *since_last };
            verify_store(context, *repair, &scope, *format)
        }
        StoreAction::Stats { format } => {
            let store = stage_settings::open_existing_store(&context.settings)?;
            let stats = store.stats()?;
            print_report(context, *format, &stats, |out| write_stats(&stats, out))?;
            Ok(ExitStatus::Clean)
        }
        StoreAction::Prune { keep, apply } => {
            if *apply {
                // Pruning without the compaction after it frees nothing.
                SledStore::check_room_to_compact(dir, &options)?;
            }
            let store = stage_settings::open_store_to_change(&context.settings)?;
            let report = store.prune(&prune_policy(keep), *apply)?;
            store.close()?;
            if *apply && report.forgotten > 0 {
                SledStore::compact(dir, &options)?;
            }
            let mut out = context.open_output()?;
            write_prune(&report, *apply, &mut out).map_err(|error| out.write_error(error))?;
            out.finish()?;
            Ok(ExitStatus::Clean)
        }
        StoreAction::Rebuild => {
            let report = SledStore::rebuild(dir, &options)?;
            let whole = report.faults.is_empty();
            let mut out = context.open_output()?;
            write_rebuild(&report, &mut out).map_err(|error| out.write_error(error))?;
            out.finish()?;
            Ok(if whole { ExitStatus::Clean } else { ExitStatus::Failed })
        }
        StoreAction::Compact => {
            let report = SledStore::compact(dir, &options)?;
            let mut out = context.open_output()?;
            write_compact(&report, &mut out).map_err(|error| out.write_error(error))?;
            out.finish()?;
            Ok(ExitStatus::Clean)
        }
    }
}

fn write_rebuild(report: &RebuildReport, out: &mut dyn Write) -> io::Result<()> {
    write_repair(&report.repaired, out)?;
    let done = if report.only_schema {
        "the file `schema` was written anew; without a journal, the database stays as it is"
    } else {
        "rebuilt from the journal"
    };
    writeln!(out, "{done}: {} visits, {} snapshots, {} runs", report.visits, report.captures, report.runs)?;
    if let Some(path) = &report.schema_aside {
        writeln!(out, "the unreadable file `schema` is kept as {}", path.display())?;
    }
    if let Some(aside) = &report.quarantined {
        writeln!(
            out,
            "the old database is kept as {}; remove it when nothing is missing",
            sanitize::one_line(&aside.path.display().to_string())
        )?;
    }
    report.faults.iter().try_for_each(|fault| writeln!(out, "damaged: {}", sanitize::one_line(fault)))
}

fn prune_policy(keep: &[KeepRule]) -> PrunePolicy {
    let mut policy = PrunePolicy::default();
    for rule in keep {
        match rule {
            KeepRule::First => policy.first = true,
            // The newest is always kept.
            KeepRule::Last => {}
            KeepRule::Changed => policy.changed = true,
            KeepRule::Younger(age) => {
                let since = jiff::Timestamp::now().saturating_sub(*age).unwrap_or(jiff::Timestamp::MIN);
                policy.since = Some(policy.since.map_or(since, |known| known.min(since)));
            }
        }
    }
    policy
}

fn write_prune(report: &PruneReport, applied: bool, out: &mut dyn Write) -> io::Result<()> {
    let verb = if applied { "removed" } else { "would be removed" };
    writeln!(
        out,
        "{} of {} snapshots of {} URLs {verb}, with {} bodies ({} packed)",
        report.forgotten,
        report.snapshots,
        report.urls,
        report.bodies,
        format_size(report.packed_bytes)
    )?;
    match (applied, report.forgotten) {
        (_, 0) => Ok(()),
        (false, _) => writeln!(out, "nothing was changed; --apply removes them"),
        (true, _) => writeln!(out, "the segments of the journal still have these captures"),
    }
}

fn write_compact(report: &CompactReport, out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = (format_size(report.before_bytes), format_size(report.after_bytes));
    if report.after_bytes >= report.before_bytes && report.dropped == 0 {
        return writeln!(out, "nothing to free: the database takes {before}");
    }
    writeln!(
        out,
        "the database took {before} and now takes {after}; {} unused records were removed",
        report.dropped
    )
}
