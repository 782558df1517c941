//! `driftline import`: reads captures from the WARC, ARC and WACZ files of other tools.

use std::io::{self, Write};

use super::import_inputs;
use crate::app::cli::ImportArgs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::stage_settings;
use crate::pipeline::page::StoredJudgement;
use crate::pipeline::page::{BodyHash, FetchedPage};
use crate::report::sanitize;
use crate::store::{
    ImportJudgement, ImportOptions, ImportReport, ImportedPage, RunId, SledStore, SnapshotStore,
};
use crate::text::TextRules;
use crate::verdict::{self, Assessment, Judgement, LocalCopyShare, PageEvidence, Signatures, Verdict};

/// Runs the command.
pub fn run_command(context: &Context, args: &ImportArgs) -> Result<ExitStatus, AppError> {
    let signatures = stage_settings::verdict_signatures(&context.settings)?;
    let text_rules = stage_settings::text_rules(&context.settings)?;
    let files = import_inputs::list_inputs(&args.files);
    let store = stage_settings::open_store(&context.settings)?;
    let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
    let mut out = context.open_output()?;
    for path in &files {
        store.check_room_to_import(path)?;
    }
    let options = ImportOptions { keep_wrong_digests: args.keep_wrong_digests };
    let judge = |page: &ImportedPage<'_>| judge_page(&store, page, &signatures, &text_rules);
    let reports = store.import_files(&files, RunId(now), options, judge)?;
    let is_clean = |report: &ImportReport| report.faults.is_empty() && report.failure.is_none();
    let status = if reports.iter().all(is_clean) { ExitStatus::Clean } else { ExitStatus::Failed };
    reports
        .iter()
        .try_for_each(|report| write_report(report, &mut out))
        .map_err(|error| AppError::write_failed(context.global.output.as_deref(), error))?;
    store.close()?;
    out.finish()?;
    Ok(status)
}

/// Writes what was imported from a file, what was skipped, and what is wrong with it.
fn write_report(report: &ImportReport, out: &mut dyn Write) -> io::Result<()> {
    let file = match report.file.as_str() {
        "-" => "standard input".into(),
        file => sanitize::one_line(file),
    };
    if let Some(failure) = &report.failure {
        writeln!(out, "{file}: not imported: {}", sanitize::one_line(failure))?;
        if report.records == 0 && report.faults.is_empty() {
            return Ok(());
        }
    }
    let ImportReport { records, captures, known, .. } = report;
    writeln!(out, "{file}: {records} records, {captures} new snapshots, {known} already known")?;
    if !report.types.is_empty() {
        let types: Vec<String> = report.types.iter().map(|(name, count)| format!("{count} {name}")).collect();
        writeln!(out, "  types: {}", sanitize::one_line(&types.join(", ")))?;
    }
    if report.visits > 0 {
        writeln!(out, "  {} new visits without a page: errors, walls and redirects", report.visits)?;
    }
    if report.unchanged > 0 {
        writeln!(out, "  {} new visits that found the page unchanged (304)", report.unchanged)?;
    }
    if report.describing > 0 {
        writeln!(out, "  {} records that describe others: warcinfo, request, metadata", report.describing)?;
    }
    if report.in_future > 0 {
        let dated = "dated in the future: kept with their dates, and not taken for the newest";
        writeln!(out, "  {} {dated}", report.in_future)?;
    }
    if report.other_members > 0 {
        writeln!(out, "  {} other files in the package, such as its index", report.other_members)?;
    }
    if report.unchecked > 0 {
        writeln!(out, "  {} digests not checked: unknown algorithm", report.unchecked)?;
    }
    for (remark, count) in &report.remarks {
        writeln!(out, "  taken {count}: {}", sanitize::one_line(remark))?;
    }
    for (reason, count) in &report.skipped {
        writeln!(out, "  skipped {count}: {}", sanitize::one_line(reason))?;
    }
    for fault in &report.faults {
        writeln!(out, "  damaged: {}", sanitize::one_line(fault))?;
    }
    if report.further_faults > 0 {
        writeln!(out, "  damaged: {} further places", report.further_faults)?;
    }
    Ok(())
}

/// Judges a page that another tool fetched, by the same rules as in a run. It sends no probe and counts
/// no strike, because the server's past answers cannot be requested again.
fn judge_page(
    store: &SledStore,
    page: &ImportedPage<'_>,
    signatures: &Signatures,
    text_rules: &TextRules,
) -> ImportJudgement {
    let Some((last, Ok(response))) = page.exchanges.last().map(|last| (last, &last.outcome)) else {
        return ImportJudgement::default();
    };
    let original =
        FetchedPage::from_response(response, &last.url, BodyHash::of_body(&response.body), text_rules);
    let (html, shown) = original.shown_by_server();
    let evidence = PageEvidence {
        requested: page.url.as_url(),
        chain: page.exchanges,
        html,
        title: &shown.title,
        visible: &shown.text,
        local: &LocalCopyShare::new(&|| None),
        probe: None,
        home: None,
        doubt: None,
        only_beginning: false,
        text_rules,
    };
    let mut judgement = match verdict::judge_page(&evidence, signatures) {
        // Whether the page is there was not seen, so no cause can be named.
        Assessment::Judged(judgement) if page.lacks_target => {
            let mut evidence = judgement.evidence;
            evidence.extend(response.header("location").map(|location| format!("it leads to {location}")));
            evidence.push("the page that it leads to was not imported".to_owned());
            Judgement::new(Verdict::Failing, None, evidence)
        }
        Assessment::Judged(judgement) => judgement,
        Assessment::NeedsProbe { reason, .. } => {
            Judgement::new(Verdict::Alive, None, [reason, "not probed".to_owned()])
        }
    };
    judgement.evidence.push("imported".to_owned());
    judgement.evidence.extend(page.remarks.iter().map(|remark| format!("imported with {remark}")));
    let fine = judgement.verdict.is_fine();
    let before = store.read_url(page.url.key()).ok().flatten();
    let before = before.and_then(|record| StoredJudgement::from_json(&record.state));
    let over_time = before.map(|kept| kept.over_time).unwrap_or_default();
    let over_time = over_time.after_judgement(&judgement, last.at, false);
    let value =
        StoredJudgement { judgement, over_time, language: None, leads: None }.to_json().unwrap_or_default();
    // As in a run, an error or a wall becomes a visit without a snapshot. A page that is cut short is
    // kept, because nothing better is available.
    let part = response.truncated.is_some() && (200..300).contains(&response.status);
    ImportJudgement { judgement: value.clone(), state: value, keep: fine || part }
}
