//! `driftline history`: lists every visit of a URL, or of an article's links.

use std::collections::HashSet;
use std::io::{self, Write};

use serde::Serialize;

use crate::app::cli::{Format, HistoryArgs};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::stage_settings;
use crate::app::target;
use crate::app::target::CommandTarget;
use crate::model::{ArticleId, clock};
use crate::model::{CanonicalUrl, Role};
use crate::pipeline::page::compare;
use crate::pipeline::page::{StoredDrift, StoredJudgement};
use crate::report::{finding, json, sanitize};
use crate::store::{ComparisonRecord, Hop, RunId, SnapshotStore, VisitRecord};
use crate::text_diff::DriftClass;
use crate::text_diff::{Drift, MovedSide};
use crate::verdict::{Cause, LinkState, Verdict};

/// One visit, as the command prints it.
#[derive(Debug, Serialize)]
struct ShownVisit {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
    at: jiff::Timestamp,
    run: String,
    verdict: Option<Verdict>,
    cause: Option<Cause>,
    state: LinkState,
    strikes: u32,
    status: Option<u16>,
    hops: Vec<Hop>,
    attempts: u32,
    elapsed_ms: u64,
    unchanged: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dated_in_future: bool,
    snapshot: Option<String>,
    drift: Option<DriftClass>,
    moved_side: Option<MovedSide>,
    was_equal: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    equal_at: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quotes_lost: Vec<String>,
    evidence: Vec<String>,
    /// What the state means, for the text format.
    #[serde(skip)]
    state_remark: Option<String>,
    /// Sentences about the drift, for the text format.
    #[serde(skip)]
    remarks: Vec<String>,
}

/// The comparisons that belong to the visits of one URL.
struct VisitComparisons {
    /// With local copies, oldest first.
    local: Vec<ComparisonRecord>,
    /// With the snapshot before, oldest first.
    previous: Vec<ComparisonRecord>,
    /// Whether there is a local copy.
    copied: bool,
    /// Runs that compared nothing.
    checks: HashSet<RunId>,
}

impl VisitComparisons {
    fn load(
        store: &dyn SnapshotStore,
        url: &CanonicalUrl,
        articles: &[ArticleId],
        role: Option<Role>,
    ) -> Result<Self, AppError> {
        let copied = role.is_none_or(|role| role == Role::Repost) && !articles.is_empty();
        let mut local = Vec::new();
        for article in articles.iter().filter(|_| copied) {
            local.extend(store.read_comparisons(url.key(), article)?);
        }
        local.sort_by_key(|record| record.at_ms);
        let previous = store.read_comparisons(url.key(), &compare::previous_snapshot_key())?;
        let checks = store.read_runs()?.into_iter().filter(|run| run.command == "check");
        let checks = checks.map(|run| run.id).collect();
        Ok(Self { local, previous, copied, checks })
    }

    /// The drift that a visit found.
    fn drift_at(&self, visit: &VisitRecord) -> Option<Drift> {
        let at_ms = u64::try_from(visit.at.as_millisecond()).unwrap_or_default();
        if !self.copied {
            let made = self.previous.iter().find(|record| record.at_ms == at_ms)?;
            let kept = StoredDrift::from_record(made)?;
            let mut drift = kept.drift;
            drift.quotes_lost = kept.quotes.into_values().flatten().collect();
            drift.quotes_lost.dedup();
            return Some(drift);
        }
        let newest = self.local.iter().rfind(|record| record.at_ms <= at_ms)?;
        // The result of a comparison holds for as long as visits find the same page. A pruned visit has
        // no snapshot either, but unlike a failed one it was compared or found an unchanged page.
        let found = visit.snapshot.is_some() || (visit.unchanged && !self.checks.contains(&visit.run));
        if !found && newest.at_ms != at_ms {
            return None;
        }
        let mut drift = StoredDrift::from_record(newest)?.drift;
        if newest.at_ms != at_ms {
            drift.moved_side = MovedSide::Neither;
        }
        if drift.class.is_equal() {
            drift.equal_at = Some(visit.at);
        }
        Some(drift)
    }
}

/// Runs the command.
pub fn run_command(context: &Context, args: &HistoryArgs) -> Result<ExitStatus, AppError> {
    let store = stage_settings::open_reader(&context.settings)?;
    let urls = match CommandTarget::parse_text(&args.target, context) {
        CommandTarget::Url(url) => {
            let articles = target::reposts_of_url(&store, &url)?;
            vec![(None, url, articles)]
        }
        CommandTarget::Article(article) => {
            let citations = target::citations_of_article(&store, &article)?;
            let with_article = |(role, url)| (Some(role), url, vec![article.clone()]);
            target::distinct_urls(&citations).into_iter().map(with_article).collect()
        }
    };
    let mut known = Vec::new();
    for (role, url, articles) in urls {
        let visits = shown_visits(&store, &url, &VisitComparisons::load(&store, &url, &articles, role)?)?;
        if !visits.is_empty() {
            known.push((role, url, visits));
        }
    }
    if known.is_empty() {
        return Err(AppError::NotFound {
            what: format!("visit of {}", args.target),
            hint: "`driftline run PATH` visits what the archive links to".to_owned(),
        });
    }
    let mut out = context.open_output()?;
    let evidence = context.global.verbose > 0;
    let written = match args.format {
        Format::Text => write_text(&known, evidence, &mut out),
        Format::Json => {
            let all: Vec<&ShownVisit> = known.iter().flat_map(|(_, _, visits)| visits).collect();
            write_json(&serde_json::json!({ "visits": all }), &mut out)
        }
        Format::Jsonl => {
            known.iter().flat_map(|(_, _, visits)| visits).try_for_each(|visit| write_json(visit, &mut out))
        }
    };
    written.map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

fn shown_visits(
    store: &dyn SnapshotStore,
    url: &CanonicalUrl,
    compared: &VisitComparisons,
) -> Result<Vec<ShownVisit>, AppError> {
    let records = store.read_visits(url.key())?;
    let shown = records.into_iter().map(|visit| {
        let dated_in_future = clock::is_in_future(visit.at);
        let drift = compared.drift_at(&visit).filter(|_| !dated_in_future);
        let kept = StoredJudgement::from_json(&visit.judgement);
        let (judgement, over_time) = match kept {
            Some(kept) => (Some(kept.judgement), kept.over_time),
            None => (None, crate::verdict::LinkRecord::default()),
        };
        ShownVisit {
            kind: "visit",
            url: visit.url.to_string(),
            at: visit.at,
            run: visit.run.to_string(),
            verdict: judgement.as_ref().map(|judgement| judgement.verdict),
            cause: judgement.as_ref().and_then(|judgement| judgement.cause),
            state: over_time.state,
            strikes: over_time.strikes,
            status: visit.hops.last().and_then(|hop| hop.status),
            hops: visit.hops,
            attempts: visit.attempts,
            elapsed_ms: visit.elapsed_ms,
            unchanged: visit.unchanged,
            dated_in_future,
            snapshot: visit.snapshot.map(|id| id.to_string()),
            drift: drift.as_ref().map(|drift| drift.class),
            moved_side: drift.as_ref().map(|drift| drift.moved_side),
            was_equal: drift.as_ref().and_then(|drift| drift.was_equal),
            equal_at: drift.as_ref().and_then(|drift| drift.equal_at),
            remarks: drift.as_ref().map(drift_remarks).unwrap_or_default(),
            quotes_lost: drift.map(|drift| drift.quotes_lost).unwrap_or_default(),
            state_remark: judgement.as_ref().and_then(|judgement| over_time.explain_state(judgement)),
            evidence: judgement.map(|judgement| judgement.evidence).unwrap_or_default(),
        }
    });
    Ok(shown.collect())
}

/// Describes the drift beyond its class.
fn drift_remarks(drift: &Drift) -> Vec<String> {
    let who = finding::describe_moved_side(drift);
    let lost = drift
        .quotes_lost
        .iter()
        .map(|quote| format!("quoted, and no longer there: “{}”", sanitize::one_line(quote)));
    who.into_iter().chain(finding::describe_equality(drift)).chain(lost).collect()
}

fn write_json<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    json::write_json(&mut *out, value)?;
    writeln!(out)
}

type HistoryEntry = (Option<Role>, CanonicalUrl, Vec<ShownVisit>);

fn write_text(known: &[HistoryEntry], evidence: bool, out: &mut dyn Write) -> io::Result<()> {
    for (place, (role, url, visits)) in known.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        match role {
            Some(role) => writeln!(out, "{}  ({role})", sanitize::one_line(url.as_str()))?,
            None => writeln!(out, "{}", sanitize::one_line(url.as_str()))?,
        }
        for visit in visits {
            write_visit(visit, evidence, out)?;
        }
    }
    Ok(())
}

fn write_visit(visit: &ShownVisit, evidence: bool, out: &mut dyn Write) -> io::Result<()> {
    let verdict = visit.verdict.map_or("unknown", Verdict::as_str);
    write!(out, "  {}  {verdict}", visit.at.strftime("%Y-%m-%d %H:%M:%SZ"))?;
    if let Some(cause) = visit.cause {
        write!(out, " ({})", cause.as_str())?;
    } else if let Some(status) = visit.status {
        write!(out, " ({status})")?;
    }
    if let Some(drift) = visit.drift {
        write!(out, ", {}", drift.as_str())?;
    }
    if visit.unchanged {
        write!(out, ", unchanged since the last visit")?;
    }
    if visit.dated_in_future {
        write!(out, ", dated in the future")?;
    }
    if visit.strikes > 0 {
        write!(out, ", {} strike{}", visit.strikes, if visit.strikes == 1 { "" } else { "s" })?;
    }
    writeln!(out)?;
    if evidence {
        for remark in &visit.remarks {
            writeln!(out, "      {remark}")?;
        }
        for hop in &visit.hops {
            let status = hop.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            writeln!(out, "      {status}  {}", sanitize::one_line(&hop.url))?;
        }
        for fact in &visit.evidence {
            writeln!(out, "      {}", sanitize::one_line(fact))?;
        }
        if visit.attempts > 1 && visit.hops.last().is_some_and(|hop| hop.status.is_some()) {
            writeln!(out, "      asked {} times", visit.attempts)?;
        }
        if let Some(words) = &visit.state_remark {
            writeln!(out, "      {words}")?;
        }
        if let Some(snapshot) = &visit.snapshot {
            writeln!(out, "      snapshot {snapshot}")?;
        }
    }
    Ok(())
}
