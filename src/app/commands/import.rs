//! `driftline import`: reads captures from the WARC files of other tools.

use std::io::Write;

use crate::app::cli::ImportArgs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::stage_settings;
use crate::pipeline::page::StoredJudgement;
use crate::pipeline::page::{BodyHash, FetchedPage};
use crate::report::sanitize;
use crate::store::{ImportJudgement, ImportedPage, RunId, SledStore, SnapshotStore};
use crate::text::TextRules;
use crate::verdict::{self, Assessment, Judgement, LocalCopyShare, PageEvidence, Signatures, Verdict};

/// Runs the command.
pub fn run_command(context: &Context, args: &ImportArgs) -> Result<ExitStatus, AppError> {
    let signatures = stage_settings::verdict_signatures(&context.settings)?;
    let text_rules = stage_settings::text_rules(&context.settings)?;
    let store = stage_settings::open_store(&context.settings)?;
    let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
    let mut out = context.open_output()?;
    let mut status = ExitStatus::Clean;
    for path in &args.files {
        store.check_room_to_import(path)?;
        let report =
            store.import_warc(path, RunId(now), |page| judge_page(&store, page, &signatures, &text_rules))?;
        let mut write = || {
            writeln!(
                out,
                "{}: {} records, {} new snapshots, {} already known",
                path.display(),
                report.records,
                report.captures,
                report.known
            )?;
            if report.visits > 0 {
                writeln!(out, "  {} new visits without a page: errors and walls", report.visits)?;
            }
            if report.unchecked > 0 {
                writeln!(out, "  {} digests not checked: unknown algorithm", report.unchecked)?;
            }
            for (reason, count) in &report.skipped {
                writeln!(out, "  skipped {count}: {}", sanitize::one_line(reason))?;
            }
            report
                .faults
                .iter()
                .try_for_each(|fault| writeln!(out, "  damaged: {}", sanitize::one_line(fault)))
        };
        write().map_err(|error| AppError::write_failed(context.global.output.as_deref(), error))?;
        if !report.faults.is_empty() {
            status = ExitStatus::Failed;
        }
    }
    store.close()?;
    out.finish()?;
    Ok(status)
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
    let evidence = PageEvidence {
        requested: page.url.as_url(),
        chain: page.exchanges,
        html: original.html.as_deref(),
        title: &original.whole.title,
        visible: &original.whole.text,
        local: &LocalCopyShare::new(&|| None),
        probe: None,
        home: None,
        only_beginning: false,
        text_rules,
    };
    let mut judgement = match verdict::judge_page(&evidence, signatures) {
        Assessment::Judged(judgement) => judgement,
        Assessment::NeedsProbe { reason, .. } => Judgement {
            verdict: Verdict::Alive,
            cause: None,
            evidence: vec![reason, "not probed".to_owned()],
        },
    };
    judgement.evidence.push("imported".to_owned());
    let fine = judgement.verdict.is_fine();
    let before = store.read_url(page.url.key()).ok().flatten();
    let before = before.and_then(|record| StoredJudgement::from_json(&record.state));
    let over_time = before.map(|kept| kept.over_time).unwrap_or_default();
    let over_time = over_time.after_judgement(&judgement, last.at, false);
    let value = StoredJudgement { judgement, over_time, leads: None }.to_json().unwrap_or_default();
    // As in a run, an error or a wall becomes a visit without a snapshot. A page that is cut short is
    // kept, because nothing better is available.
    let part = response.truncated.is_some() && (200..300).contains(&response.status);
    ImportJudgement { judgement: value.clone(), state: value, keep: fine || part }
}
