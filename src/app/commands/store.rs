//! `driftline store`: verifies, measures, compacts, prunes and rebuilds the store.

use std::io::{self, Write};

use crate::app::cli::{KeepRule, StoreAction, StoreArgs, StoreFormat};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::stage_settings;
use crate::model::format_size;
use crate::report::sanitize;
use crate::store::{
    CompactReport, FaultPlace, PrunePolicy, PruneReport, RebuildReport, RepairReport, Sample, SledStore,
    StoreStats, VerifyCoverage, VerifyReport, VerifyScope,
};

/// The number of hosts and runs that the text format lists.
const LISTED: usize = 15;
/// The number of affected URLs that the text format lists for a fault.
const AFFECTED: usize = 10;

/// Runs the command. Damage makes the exit code 1.
pub fn run_command(context: &Context, args: &StoreArgs) -> Result<ExitStatus, AppError> {
    let dir = &context.settings.store.dir;
    let options = stage_settings::store_options(&context.settings);
    match &args.action {
        StoreAction::Verify { repair, sample, seed, since_last, format } => {
            if *repair {
                let repaired = SledStore::repair(dir, &options)?;
                if *format == StoreFormat::Text {
                    let mut out = context.open_output()?;
                    write_repair(&repaired, &mut out).map_err(|error| out.write_error(error))?;
                    out.finish()?;
                }
            }
            let store = stage_settings::open_existing_store(&context.settings)?;
            let draw =
                |of_million| Sample { of_million, seed: seed.unwrap_or_else(|| fastrand::u64(..1 << 32)) };
            let scope = VerifyScope { sample: sample.map(draw), since_last: *since_last };
            let report = store.verify_scope(&scope)?;
            store.close()?;
            if *since_last && report.coverage.is_none() && !context.global.quiet {
                tracing::warn!("no earlier verification found everything whole, so everything was read");
            }
            let clean = report.faults.is_empty();
            print_report(context, *format, &report, |out| write_verify(&report, out))?;
            Ok(if clean { ExitStatus::Clean } else { ExitStatus::Failed })
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

fn print_report<T: serde::Serialize>(
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

fn write_verify(report: &VerifyReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "database: {} URLs, {} visits, {} snapshots, {} comparisons, {} runs",
        report.urls, report.visits, report.snapshots, report.comparisons, report.runs
    )?;
    writeln!(
        out,
        "contents: {} ({}), each checked against its hash",
        report.contents,
        format_size(report.content_bytes)
    )?;
    writeln!(out, "journal:  {} segments, {} records", report.segments, report.records)?;
    if let Some(head) = &report.head {
        writeln!(
            out,
            "chain:    {} segments name the one before; the last is {}",
            report.chain_links,
            sanitize::one_line(head)
        )?;
    }
    if let Some(coverage) = &report.coverage {
        write_coverage(coverage, out)?;
    }
    let only_here =
        report.visits_not_in_journal + report.captures_not_in_journal + report.contents_not_in_journal;
    if only_here > 0 {
        writeln!(
            out,
            "note: the journal lacks {} visits, {} captures and {} link tables that the database has; `driftline store verify --repair` adds them",
            report.visits_not_in_journal, report.captures_not_in_journal, report.contents_not_in_journal
        )?;
    }
    if report.orphan_chunks > 0 {
        let count = report.orphan_chunks;
        writeln!(out, "note: {count} chunks are unused; `driftline store compact` removes them")?;
    }
    for fault in &report.faults {
        writeln!(out, "damaged: {}: {}", sanitize::one_line(&fault.what), sanitize::one_line(&fault.reason))?;
        for affected in fault.affects.iter().take(AFFECTED) {
            writeln!(out, "    affects {}", sanitize::one_line(affected))?;
        }
        if fault.affects.len() > AFFECTED {
            let more = fault.affects.len() - AFFECTED;
            writeln!(out, "    … and {more} more; --format json lists all")?;
        }
    }
    let database = report.faults.iter().filter(|fault| fault.place == FaultPlace::Database).count();
    let journal = report.faults.len() - database;
    match (database, journal) {
        (0, 0) => writeln!(out, "no damage found"),
        (0, journal) => writeln!(
            out,
            "faults: {journal}, all in the journal; the database is undamaged, and everything can be read\n`driftline store verify --repair` restores to the journal what it has lost"
        ),
        (database, journal) => writeln!(
            out,
            "faults: {database} in the database, {journal} in the journal\n`driftline store rebuild` rebuilds the database from the journal, after saving what only the database has"
        ),
    }
}

fn write_coverage(coverage: &VerifyCoverage, out: &mut dyn Write) -> io::Result<()> {
    let percent = |part: u64, all: u64| if all == 0 { 100.0 } else { part as f64 * 100.0 / all as f64 };
    if let Some(since) = coverage.since {
        writeln!(out, "read what was written since the verification of {since}")?;
    }
    if let Some(seed) = coverage.seed {
        writeln!(out, "read a random sample; --seed {seed} draws it again")?;
    }
    writeln!(
        out,
        "looked at {} of {} pages ({:.1} %) and {} of {} of the journal ({:.1} %), and at all lengths and runs",
        coverage.pages,
        coverage.all_pages,
        percent(coverage.pages, coverage.all_pages),
        format_size(coverage.journal_bytes),
        format_size(coverage.all_journal_bytes),
        percent(coverage.journal_bytes, coverage.all_journal_bytes)
    )
}

fn write_repair(report: &RepairReport, out: &mut dyn Write) -> io::Result<()> {
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

fn write_stats(stats: &StoreStats, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{} URLs, {} visits, {} snapshots, {} comparisons, {} runs",
        stats.urls, stats.visits, stats.snapshots, stats.comparisons, stats.runs
    )?;
    writeln!(out, "\ndatabase     {:>10}", format_size(stats.database_bytes))?;
    writeln!(out, "journal      {:>10}", format_size(stats.journal_bytes))?;
    if let Some(head) = &stats.head {
        writeln!(out, "  the last segment is {}", sanitize::one_line(head))?;
    }
    if stats.aside_bytes > 0 {
        writeln!(out, "quarantined  {:>10}", format_size(stats.aside_bytes))?;
    }
    writeln!(out, "\ncaptured     {:>10}", format_size(stats.captured_bytes))?;
    writeln!(
        out,
        "bodies       {:>10}  {} distinct, stored once: {:.1} times less",
        format_size(stats.bodies.plain_bytes),
        stats.bodies.count,
        stats.dedupe_ratio()
    )?;
    writeln!(
        out,
        "packed       {:>10}  {:.1} times less",
        format_size(stats.bodies.packed_bytes),
        stats.compression_ratio()
    )?;
    let other = stats.blobs.packed_bytes + stats.long_records.packed_bytes;
    writeln!(out, "link tables  {:>10}", format_size(other))?;
    if !stats.hosts.is_empty() {
        writeln!(out, "\n{:>10}  {:>9}  {:>7}  host", "captured", "snapshots", "URLs")?;
    }
    for host in stats.hosts.iter().take(LISTED) {
        let name = sanitize::one_line(&host.host);
        writeln!(
            out,
            "{:>10}  {:>9}  {:>7}  {name}",
            format_size(host.captured_bytes),
            host.snapshots,
            host.urls
        )?;
    }
    if stats.hosts.len() > LISTED {
        writeln!(out, "… and {} more hosts; --format json lists all", stats.hosts.len() - LISTED)?;
    }
    if !stats.by_run.is_empty() {
        writeln!(out, "\n{:>10}  {:>9}  {:>7}  run", "captured", "snapshots", "visits")?;
    }
    let first = stats.by_run.len().saturating_sub(LISTED);
    for run in stats.by_run.iter().skip(first) {
        writeln!(
            out,
            "{:>10}  {:>9}  {:>7}  {}",
            format_size(run.captured_bytes),
            run.snapshots,
            run.visits,
            run.run
        )?;
    }
    Ok(())
}
