//! `driftline store verify`: checks a store, and says which one, what was damaged, and what was repaired.

use std::io::{self, Write};

use serde::Serialize;

use super::store_output::{print_report, write_rebuilt, write_repair};
use crate::app::cli::StoreFormat;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::stage_settings;
use crate::model::format_size;
use crate::report::sanitize;
use crate::report::text::format_counted;
use crate::store::{
    FaultPlace, OpenReport, RebuiltDatabase, RepairReport, SledStore, VerifyCoverage, VerifyFault,
    VerifyReport, VerifyScope,
};

/// The number of affected URLs that the text format lists for a fault.
const AFFECTED: usize = 10;

/// What was checked and found, as it is printed.
#[derive(Serialize)]
struct Verification<'a> {
    /// The folder that was checked.
    store: String,
    /// The store of which that is a copy, and which was not opened because it is not trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_of_untrusted: Option<String>,
    /// Why the folder cannot be written, so that its database was checked in a temporary copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_in_copy: Option<String>,
    /// The damaged database that was replaced when the store was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    rebuilt: Option<RebuiltDatabase>,
    /// What `--repair` did before.
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired: Option<&'a RepairReport>,
    #[serde(flatten)]
    report: &'a VerifyReport,
}

/// Verifies the store, after repairing its journal if `repair` says so. Damage makes the exit code 1, also where
/// opening the store has repaired it.
pub(super) fn verify_store(
    context: &Context,
    repair: bool,
    scope: &VerifyScope,
    format: StoreFormat,
) -> Result<ExitStatus, AppError> {
    let dir = &context.settings.store.dir;
    let options = stage_settings::store_options(&context.settings);
    let repaired = if repair { Some(SledStore::repair(dir, &options)?) } else { None };
    let (store, opened) = SledStore::open_for_inspection(dir, &options)?;
    let rebuilt = opened.rebuilt_database();
    if rebuilt.is_none() {
        stage_settings::warn_about_replay(&opened);
    }
    let mut report = store.verify_scope(scope)?;
    store.close()?;
    if scope.since_last && report.coverage.is_none() && !context.global.quiet {
        tracing::warn!("no earlier verification found everything whole, so everything was read");
    }
    report.faults.extend(fault_of_original(&opened));
    let is_clean = report.faults.is_empty() && rebuilt.is_none();
    let verification = Verification {
        store: dir.display().to_string(),
        copy_of_untrusted: context.untrusted_store.as_ref().map(|store| store.display().to_string()),
        checked_in_copy: opened.copy.map(|copy| copy.reason),
        rebuilt,
        repaired: repaired.as_ref(),
        report: &report,
    };
    print_report(context, format, &verification, |out| write_verification(&verification, out))?;
    Ok(if is_clean { ExitStatus::Clean } else { ExitStatus::Failed })
}

/// The damage of a database that was replaced in a temporary copy only, and is as damaged as before.
fn fault_of_original(opened: &OpenReport) -> Option<VerifyFault> {
    let damage = opened.copy.as_ref()?.damage.as_ref()?;
    Some(VerifyFault {
        place: FaultPlace::Database,
        what: "the database".to_owned(),
        reason: format!(
            "{damage}; the store cannot be written, so it stays as it is, and only what the journal holds was checked"
        ),
        affects: Vec::new(),
    })
}

fn write_verification(verification: &Verification<'_>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(untrusted) = &verification.copy_of_untrusted {
        let (copy, untrusted) = (sanitize::one_line(&verification.store), sanitize::one_line(untrusted));
        writeln!(
            out,
            "note: only the copy {copy} was checked, which was made from the journal; {untrusted} itself is not trusted and was not opened"
        )?;
    }
    if let Some(reason) = &verification.checked_in_copy {
        let reason = sanitize::one_line(reason);
        writeln!(
            out,
            "note: the store cannot be written ({reason}); a temporary copy of its database was checked"
        )?;
    }
    if let Some(repaired) = verification.repaired {
        write_repair(repaired, out)?;
    }
    if let Some(rebuilt) = &verification.rebuilt {
        write_rebuilt(rebuilt, out)?;
    }
    write_report(verification.report, out)?;
    write_outcome(verification, out)
}

fn write_report(report: &VerifyReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "database: {}, {}, {}, {}, {}",
        format_counted(report.urls, "URL"),
        format_counted(report.visits, "visit"),
        format_counted(report.snapshots, "snapshot"),
        format_counted(report.comparisons, "comparison"),
        format_counted(report.runs, "run")
    )?;
    writeln!(
        out,
        "contents: {} ({}), each checked against its hash",
        report.contents,
        format_size(report.content_bytes)
    )?;
    writeln!(
        out,
        "journal:  {}, {}",
        format_counted(report.segments, "segment"),
        format_counted(report.records, "record")
    )?;
    if let Some(head) = &report.head {
        writeln!(
            out,
            "chain:    {} {} the one before; the last is {}",
            format_counted(report.chain_links, "segment"),
            if report.chain_links == 1 { "names" } else { "name" },
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
    Ok(())
}

/// Writes whether anything is damaged, and what to do about it.
fn write_outcome(verification: &Verification<'_>, out: &mut dyn Write) -> io::Result<()> {
    let faults = &verification.report.faults;
    let database = faults.iter().filter(|fault| fault.place == FaultPlace::Database).count();
    let journal = faults.len() - database;
    match (database, journal, verification.rebuilt.is_some()) {
        (0, 0, false) => writeln!(out, "no damage found"),
        (0, 0, true) => writeln!(out, "the database was damaged and is repaired; no other damage found"),
        (0, journal, false) => writeln!(
            out,
            "faults: {journal}, all in the journal; everything in the database can be read\n`driftline store verify --repair` restores to the journal what it has lost and the database holds"
        ),
        (0, journal, true) => writeln!(
            out,
            "faults: {journal} in the journal, and the database was damaged too: what only the damaged parts of both held is lost\n`driftline store verify --repair` removes the damaged parts from the journal"
        ),
        (database, journal, _) => writeln!(
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
